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

from site_builder import files, server
from site_builder.files import ROOT, BuildError

# With Ctrl-C heard: a shell's background jobs, and so their children, ignore it.
SERVE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("site_builder", run_name="__main__", alter_sys=True)
"""


def fetch(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def served(tmp_path):
    """A folder that is served, the port, and what the server prints."""
    (tmp_path / "404.html").write_text("lost")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("found")
    port = free_port()
    running = server.Server(lambda: None, tmp_path, port, "https://example.org/rates/")
    thread = threading.Thread(target=running.serve)
    thread.start()
    until = time.monotonic() + 10
    while not running.serve_thread.is_alive():
        assert time.monotonic() < until
        time.sleep(0.01)
    fetch(f"http://127.0.0.1:{port}/")  # it has said where it is
    yield running, port
    running.shutdown()
    thread.join()


def test_server_answers_below_the_sub_path(served):
    _, port = served
    here = f"http://127.0.0.1:{port}"
    assert fetch(f"{here}/rates/page/") == (200, "found")
    assert fetch(f"{here}/rates/page") == (200, "found")  # sent on
    for path in ("rates/none/", "page/", "../../etc/passwd", "rates/%00", "rates/"):
        assert fetch(f"{here}/{path}") == (404, "lost"), path
    with urllib.request.urlopen(f"{here}/rates/page/", timeout=10) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_a_port_that_cannot_be_had_is_told_before_anything_is_built(served):
    _, port = served
    with pytest.raises(BuildError, match=rf"^Port {port} is in use; `make site PORT={port + 1}`"):
        server.free(port)
    for odd in (0, -1, 65536):
        with pytest.raises(BuildError, match=rf"^PORT must be from 1 to 65535, not {odd}.$"):
            server.free(odd)


def test_a_browser_that_says_nothing_is_not_waited_for(served, monkeypatch, capfd):
    _, port = served
    monkeypatch.setattr(server, "PATIENCE", 0.2)
    with socket.create_connection(("127.0.0.1", port)) as silent:
        silent.settimeout(10)
        assert silent.recv(1) == b""  # hung up
    assert capfd.readouterr().err == ""


CONFIG = """
INHERIT: build/from-make-build.yml
docs_dir: build/docs
site_name: tiny
plugins:
  - search
  - mkdocs-jupyter: {include: ["*.ipynb"], ignore: ["*.md"], markdown_cell_processor: mkdocs,
      cache: false, mathjax_version: 2, custom_template: site_builder/templates/notebook.md}
markdown_extensions:
  attr_list: {}
  md_in_html: {}
  pymdownx.arithmatex: {generic: true}
  site_builder.markdown: {}
"""


@pytest.fixture
def checkout(tmp_path):
    project = checkouts.make(tmp_path / "checkout")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "site_builder", project.root / "site_builder", ignore=ignore)
    (project.root / "mkdocs.yml").write_text(CONFIG)
    project.sources.mkdir()
    (project.sources / "nav.yml").write_text("- index.md\n- more.md\n- notebooks/first.ipynb\n")
    (project.sources / "index.md").write_text('# Home\n\n{{ figure("first.line") }}\n\n$x$\n')
    (project.sources / "more.md").write_text("# More\n\n[home](index.md#home)\n")
    checkouts.save(project, "first", checkouts.GOOD)
    return project


def run(project, *command, **more):
    clean = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project.root,
        env=clean | {"NO_MKDOCS_2_WARNING": "1", **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_site_is_built_once_whole_and_the_same_every_time(checkout):
    status, said = run(checkout, "site_builder", "build")
    assert (status, "1 notebooks run" in said) == (0, True), said
    first = checkouts.contents(checkout.site)
    home = first["index.html"].decode()
    assert 'src="notebooks/figures/first-line-light.svg#only-light"' in home
    assert "<math>" in home
    assert '<a href="notebooks/first/">Run this</a>' in home
    page = first["notebooks/first/index.html"].decode()
    assert 'src="../figures/first-line-light.svg#only-light"' in page
    assert "&lt;style" not in page
    assert "<style" not in page
    assert page.count("one\ntwo") == 1
    assert page.count("<caption>All of") == 1
    assert "notebooks/figures/first-line-dark.svg" in first
    assert b"1980-01-01" in first["sitemap.xml"]  # outside git there is no other date

    assert "up to date" in run(checkout, "site_builder", "build")[1]
    (checkout.site / "index.html").unlink()  # a site with a hole is made again
    shutil.rmtree(checkout.build)
    assert run(checkout, "site_builder", "build")[0] == 0
    assert checkouts.contents(checkout.site) == first

    page = checkout.sources / "index.md"
    good = page.read_text()
    for text, message in (
        ('{{ figure("first.none") }}', "docs/index.md, line 1: figure('first.none'): first has no"),
        (r"$\nosuch$", r"page 'index.md': formula '\\nosuch', at character 0: Unknown command"),
        ("[gone](gone.md)", "gone.md"),
    ):
        page.write_text(text)
        status, said = run(checkout, "site_builder", "build")
        assert status == 1
        assert message in said
        assert "Traceback" not in said
        assert checkouts.contents(checkout.site) == first

    page.write_text(good + "\nMore.\n")
    template = checkout.root / "site_builder" / "templates" / "notebook.md"
    template.write_text(template.read_text().replace("lr-output", "lr-other"))
    checkout.site.rename(checkout.root / ".site.old")  # as if stopped in the middle of the swap
    status, said = run(checkout, "site_builder", "build")
    assert (status, "0 notebooks run" in said) == (0, True), said
    assert b"More." in checkouts.contents(checkout.site)["index.html"]
    assert b"lr-other" in checkouts.contents(checkout.site)["notebooks/first/index.html"]
    assert list(checkout.root.glob(".site.*")) == []


def test_bare_mkdocs_makes_the_same_site_and_says_what_it_lacks(checkout):
    status, said = run(checkout, "mkdocs", "build", "--strict")
    assert status == 1
    assert said.count("\n") == 1
    assert "'build/from-make-build.yml' does not exist" in said
    run(checkout, "site_builder", "build")
    built = checkouts.contents(checkout.site)
    status, said = run(checkout, "mkdocs", "build", "--strict", SOURCE_DATE_EPOCH="315532800")
    assert status == 0, said
    index = "search/search_index.json"  # which the builder shortens
    assert checkouts.contents(checkout.site) | {index: b""} == built | {index: b""}


@pytest.mark.parametrize(
    ("spoil", "more", "sentence"),
    [
        (
            "",
            {"SOURCE_DATE_EPOCH": "garbage"},
            "SOURCE_DATE_EPOCH must be seconds since 1970, not",
        ),
        ("full", {}, "/checkout/build: No space left on device"),
        ("latin", {}, "docs/latin.md is not in UTF-8: invalid start byte"),
    ],
)
def test_what_cannot_be_built_is_one_sentence(checkout, spoil, more, sentence):
    if spoil == "full":  # as a write does on a disk without room
        (checkout.root / "sitecustomize.py").write_text(
            "import pathlib\n"
            "def write(self, data):\n"
            "    raise OSError(28, 'No space left on device', 'x/checkout/build')\n"
            "pathlib.Path.write_bytes = write\n"
        )
        more = {"PYTHONPATH": str(checkout.root)}
    if spoil == "latin":
        (checkout.sources / "latin.md").write_bytes(b"Gr\xfc\xdfe")
    status, said = run(checkout, "site_builder", "build", **more)
    last = [line for line in said.splitlines() if not line.startswith("Notebook")]
    assert status == 1
    assert len(last) == 1, said
    assert sentence in last[0]


def git(project, *words):
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *who, *words], cwd=project.root, check=True, capture_output=True)


def test_pages_are_dated_by_commits(checkout):
    history = files.history
    assert history(checkout.root) == ("", "", {})  # no git, no warning
    git(checkout, "init", "-q")
    git(checkout, "add", "docs")
    git(checkout, "commit", "-q", "-m", "one", "--date=2020-01-02T00:00:00")
    (checkout.sources / "more.md").write_text("# More\n")
    git(checkout, "commit", "-q", "-a", "-m", "two", "--date=2021-02-03T00:00:00")
    commit, second, days = history(checkout.root)
    assert len(commit) == 40
    assert second.isdigit()
    assert (days["docs/index.md"], days["docs/more.md"]) == ("2020-01-02", "2021-02-03")


def test_a_clone_without_history_and_a_git_that_refuses_are_warned_of(checkout, tmp_path, capsys):
    for number in "12":
        git(checkout, "init", "-q")
        (checkout.sources / "more.md").write_text(number)
        git(checkout, "add", "docs")
        git(checkout, "commit", "-q", "-m", number)
    shallow = tmp_path / "shallow"
    git(checkout, "clone", "-q", "--depth=1", checkout.root.as_uri(), str(shallow))
    commit, second, days = files.history(shallow)
    assert (len(commit), second.isdigit(), days) == (40, True, {})
    assert capsys.readouterr().err.count("\n") == 1
    (shallow / ".git" / "HEAD").write_text(
        "nonsense"
    )  # as good as an owner that git does not trust
    assert files.history(shallow) == ("", "", {})
    said = capsys.readouterr().err
    assert said.startswith("Warning: pages have no dates of their changes: fatal: ")
    assert said.count("\n") == 1


def test_live_reload_runs_only_what_an_edit_touches(checkout):
    checkouts.save(checkout, "second", ["1"])
    nav = checkout.sources / "nav.yml"
    nav.write_text(f"{nav.read_text()}- notebooks/second.ipynb\n")
    said = checkout.root / "said"
    port = free_port()
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

    def shown(path=""):
        return fetch(f"http://127.0.0.1:{port}/{path}")[1]

    try:
        wait("The site is at")
        checkouts.save(checkout, "second", ["2"])
        wait("shown after")
        assert said.read_text().count("Notebook 1 of 2") == 1
        assert said.read_text().count("Notebook 1 of 1: second") == 1
        page = checkout.sources / "index.md"
        good = page.read_text()
        checkouts.put(checkout, page, good + "[More](more.md#more).\n")
        wait("shown after", 2)
        assert said.read_text().count("Notebook") == 3
        assert "More</a>" in shown()
        assert "livereload" in shown()
        assert '"location":"more/' in shown("search/search_index.json")  # finds the other pages
        checkouts.put(checkout, page, "{{ nothing }}")
        wait("'nothing' is undefined")
        assert "More</a>" in shown()  # as it was
        checkouts.put(checkout, page, good)
        wait("shown after", 3)
        assert "More</a>" not in shown()
        (checkout.package / "new.py").write_text("")
        wait("shown after", 4)
        assert said.read_text().count("Notebook 1 of 2") == 2
        time.sleep(3)  # what the build wrote must not start another one
        assert said.read_text().count("shown after") == 4
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    assert "Traceback" not in said.read_text()
    assert "WARNING" not in said.read_text()
    assert "livereload" not in (checkout.site / "index.html").read_text()
