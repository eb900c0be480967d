"""The pages: built whole, once, the same every time; served; rebuilt while editing."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from tests import checkouts

pytest.importorskip("mkdocs_jupyter")

from docs._build import server
from docs._build.project import ROOT, BuildError

# With Ctrl-C heard: a shell's background jobs, and so their children, ignore it.
SERVE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("docs._build", run_name="__main__", alter_sys=True)
"""


def fetch(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_server_answers_below_the_sub_path(tmp_path):
    (tmp_path / "404.html").write_text('<script>{"base": "/rates/"}</script>lost')
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("found")
    with server.open_server(tmp_path, 0) as running:
        port = running.server_address[1]
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            assert fetch(f"http://127.0.0.1:{port}/page/") == (200, "found")
            assert fetch(f"http://127.0.0.1:{port}/rates/page/") == (200, "found")
            status, text = fetch(f"http://127.0.0.1:{port}/none/")
            assert (status, text[-4:]) == (404, "lost")
            assert fetch(f"http://127.0.0.1:{port}/../../etc/passwd")[0] == 404
            with pytest.raises(BuildError, match=rf"^Port {port} is in use; choose another"):
                server.open_server(tmp_path, port)
        finally:
            running.shutdown()
            thread.join()


CONFIG = """
site_name: tiny
site_url: http://127.0.0.1:8000/
exclude_docs: /_build/
hooks: [docs/_build/hook.py]
plugins:
  - mkdocs-jupyter: {notebook_dirs: {notebooks: build/notebooks}, include: ["*.ipynb"],
      ignore: ["*.md", "*.py"], markdown_cell_processor: mkdocs, cache: false, mathjax_version: 2}
markdown_extensions:
  - pymdownx.arithmatex: {generic: true}
"""


@pytest.fixture
def checkout(tmp_path):
    project = checkouts.make(tmp_path / "checkout")
    docs = project.root / "docs"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "docs" / "_build", docs / "_build", ignore=ignore)
    (project.root / "mkdocs.yml").write_text(CONFIG)
    (docs / "index.md").write_text("# Home\n\n{{ figure first.line }}\n\n$x$\n")
    checkouts.save(project, "first", checkouts.GOOD)
    return project


def run(project, *command):
    clean = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project.root,
        env=clean | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_site_is_built_once_whole_and_the_same_every_time(checkout):
    status, said = run(checkout, "docs._build", "build")
    assert (status, "1 notebooks run" in said) == (0, True), said
    first = checkouts.contents(checkout.site)
    home = first["index.html"].decode()
    assert 'src="notebooks/figures/first-line-light.svg#only-light"' in home
    assert "<math>" in home
    assert "notebooks/figures/first-line-dark.svg" in first
    assert not any("_build" in name for name in first)
    assert b"1980-01-01" in first["sitemap.xml"]  # outside git there is no other date

    assert "up to date" in run(checkout, "docs._build", "build")[1]
    (checkout.site / "index.html").unlink()  # a site with a hole is made again
    shutil.rmtree(checkout.build)
    assert run(checkout, "docs._build", "build")[0] == 0
    assert checkouts.contents(checkout.site) == first

    page = checkout.root / "docs" / "index.md"
    good = page.read_text()
    for text, message in (
        ("{{ figure first.none }}", "index.md: embed '{{ figure first.none }}': first has no fig"),
        (r"$\nosuch$", r"index.md: formula '\\nosuch', at character 0: Unknown command"),
        ("[gone](gone.md)", "gone.md"),
    ):
        page.write_text(text)
        status, said = run(checkout, "docs._build", "build")
        assert status == 1
        assert message in said
        assert "Traceback" not in said
        assert checkouts.contents(checkout.site) == first

    page.write_text(good + "\nMore.\n")
    checkout.site.rename(checkout.build / "site.old")  # as if stopped in the middle of the swap
    status, said = run(checkout, "docs._build", "build")
    assert (status, "0 notebooks run" in said) == (0, True), said
    assert b"More." in checkouts.contents(checkout.site)["index.html"]
    assert sorted(path.name for path in checkout.build.glob("site.*")) == []


def test_bare_mkdocs_brings_the_notebooks_up_to_date(checkout):
    status, said = run(checkout, "mkdocs", "build", "--strict", "--quiet")
    assert status == 0, said
    assert "Notebook 1 of 1: first" in said
    checkouts.save(checkout, "first", ["1 / 0"])
    status, said = run(checkout, "mkdocs", "build", "--quiet")
    assert status == 1
    assert "notebooks/first.ipynb, cell 2 (cell-1: '1 / 0'): ZeroDivisionError" in said
    assert "Traceback" not in said


def test_live_reload_runs_only_what_an_edit_touches(checkout):
    (checkout.root / "mkdocs.yml").write_text(CONFIG + "watch: [lrdecay, notebooks]\n")
    checkouts.save(checkout, "second", ["1"])
    said = checkout.root / "said"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, "serve", "--port", str(port)],
            cwd=checkout.root,
            stdout=out,
            stderr=subprocess.STDOUT,
        )

    def wait(text, count=1):
        until = time.monotonic() + 60
        while said.read_text().count(text) < count:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < until, said.read_text()
            time.sleep(0.1)

    try:
        wait("Serving on")
        checkouts.save(checkout, "second", ["2"])
        wait("Reloading browsers")
        assert said.read_text().count("Notebook 1 of 2") == 1
        assert said.read_text().count("Notebook 1 of 1: second") == 1
        page = checkout.root / "docs" / "index.md"
        page.write_text(page.read_text() + "More.\n")
        wait("Reloading browsers", 2)
        assert said.read_text().count("Notebook") == 3
        assert "More." in fetch(f"http://127.0.0.1:{port}/")[1]
        (checkout.package / "new.py").write_text("")
        wait("Reloading browsers", 3)
        assert said.read_text().count("Notebook 1 of 2") == 2
        time.sleep(3)  # what the build wrote must not start another one
        assert said.read_text().count("Detected file changes") == 3
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    assert "Traceback" not in said.read_text()
