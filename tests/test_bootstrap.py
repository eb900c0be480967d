"""The bootstrap of environments: what it finds, what it makes anew, one sentence when it fails."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

PATH = ROOT / "tools" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The module, for a checkout of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "site.txt").write_text("numpy==2.0\n", "utf-8")
    (tmp_path / "pyproject.toml").write_text('version = "1.0"\n', "utf-8")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(module, "FETCHED", tmp_path / ".venv-python")
    return module


@pytest.mark.parametrize("root", ["missing", "file"])
def test_a_pyenv_that_cannot_be_read_is_passed_over(bootstrap, tmp_path, monkeypatch, root):
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "versions").write_text("no folder", "utf-8")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / root))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert bootstrap.find_python((sys.version_info.minor,)) is not None


def test_a_python_that_does_not_run_is_passed_over(bootstrap, tmp_path, monkeypatch):
    shims = tmp_path / "shims"
    shims.mkdir()
    name = f"python3.{sys.version_info.minor}"
    (shims / name).write_text("#!/bin/sh\nexit 127\n", "utf-8")
    (shims / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{shims}:{Path(sys.executable).parent}")
    assert bootstrap.find_python((sys.version_info.minor,)).parent != shims


@pytest.mark.parametrize("lost", [None, "numpy", "numpy-2.0.dist-info"])
def test_an_environment_is_made_anew_when_a_package_is_missing(bootstrap, tmp_path, lost):
    folder = tmp_path / ".venv"
    packages = folder / "lib" / "python3.13" / "site-packages"
    for name in ("numpy", "numpy-2.0.dist-info"):
        (packages / name).mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(sys.executable)
    environment = bootstrap.Environment(folder, (sys.version_info.minor,), ("site",))
    stamp = bootstrap.state(["site"], "") | {"installed": sorted(bootstrap.contents(folder))}
    (folder / "lrdecay.json").write_text(json.dumps(stamp), "utf-8")
    made = []

    def run(command, *_, **__):
        folder.mkdir(exist_ok=True)
        made.append(command)

    bootstrap.run = run
    if lost:
        (packages / lost).rmdir()
    bootstrap.prepare(environment, None)
    assert bool(made) is (lost is not None)


def test_a_checkout_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "bootstrap.py").write_bytes(PATH.read_bytes())
    (tmp_path / ".venv.lock").mkdir()  # in place of the file that is to be written first
    command = [sys.executable, tmp_path / "tools" / "bootstrap.py", "site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == f"{tmp_path / '.venv.lock'}: Is a directory."
