"""The builder beside another one, and stopped in the middle."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import checkouts

pytest.importorskip("nbclient")

from site_builder import notebooks
from site_builder.files import ROOT


@pytest.fixture
def project(tmp_path):
    return checkouts.make(tmp_path / "checkout")


UPDATE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from site_builder import __main__ as cli
from site_builder.files import Project
cli.Project = lambda: Project(Path(sys.argv[2]))
sys.exit(cli.main(["notebooks"]))
"""


def start(project):
    return subprocess.Popen(
        [sys.executable, "-c", UPDATE, str(ROOT), str(project.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def children(pid):
    listed = subprocess.run(
        ["pgrep", "-f", "ipykernel_launcher.*"], capture_output=True, text=True, check=False
    )
    found = set()
    for child in listed.stdout.split():
        try:
            environment = Path(f"/proc/{child}/environ").read_text()
        except OSError:
            continue
        if f"JPY_PARENT_PID={pid}\0" in environment:
            found.add(child)
    return found


def test_two_builds_at_a_time_share_the_work(project):
    checkouts.save(project, "first", checkouts.GOOD)
    both = [start(project), start(project)]
    said = sorted(process.communicate(timeout=100)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("1 run" in text for text in said) == 1
    assert sum("Waiting for another build" in text for text in said) == 1
    assert not list(project.build.rglob("*.part"))


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads Linux's /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_nothing_half_done(project, number):
    marker = project.root / "running"
    checkouts.save(project, "first", ["1"])
    checkouts.save(
        project,
        "slow",
        [f"import pathlib, time\npathlib.Path({str(marker)!r}).touch()\ntime.sleep(60)"],
    )
    process = start(project)
    until = time.monotonic() + 60
    while not (marker.exists() and (project.cache / "notebooks" / "first.json").exists()):
        assert time.monotonic() < until
        time.sleep(0.05)
    kernels = children(process.pid)
    assert kernels
    os.kill(process.pid, number)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("Stopped.")
    assert "Traceback" not in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in kernels)
    shutil.copy(project.notebooks / "first.ipynb", project.notebooks / "slow.ipynb")
    (project.cache / "notebooks" / "x.json.1.part").write_text("half")
    assert notebooks.update(project)[1] == ["slow"]  # the first was finished, and is kept
    assert not list(project.build.rglob("*.part"))


RULE = """
import os, pathlib, time

def run_all(*, executor, store, progress):
    list(executor.map(work, range(2)))

def work(number):
    pathlib.Path(f"running-{number}-{os.getpid()}").touch()
    time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads Linux's /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_the_rules_stops_their_workers(project, number):
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lrdecay", project.package, ignore=ignore, dirs_exist_ok=True)
    with (project.package / "heuristics" / "__init__.py").open("a") as file:
        file.write(RULE)
    shutil.copytree(ROOT / "site_builder", project.root / "site_builder")
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from site_builder.__main__ import main\n"
    code += "if __name__ == '__main__': sys.exit(main(['build']))"
    (project.root / "start.py").write_text(code)
    process = subprocess.Popen(
        [sys.executable, "start.py"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while len(found := list(project.root.glob("running-*"))) < 2:
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.kill(process.pid, number)
    said, _ = process.communicate(timeout=20)  # a worker that is left holds the pipe open
    assert (process.returncode, said.splitlines()[-1][:8]) == (130, "Stopped."), said
    assert "Traceback" not in said
    assert not any(Path(f"/proc/{path.name.rpartition('-')[2]}").exists() for path in found)
