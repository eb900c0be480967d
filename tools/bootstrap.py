"""Make the project's environments, on any Python >= 3.8 and with nothing installed.

    python tools/bootstrap.py site          .venv with what builds the site
    python tools/bootstrap.py dev           the same, and what tests it
    python tools/bootstrap.py conformance   .venv-conformance: the package beside torch
    python tools/bootstrap.py croissant     .venv-croissant: the package beside mlcroissant
    python tools/bootstrap.py package       .venv-package: what builds and checks the package
    python tools/bootstrap.py lock          renew requirements/*.txt

An environment whose stamp fits is left alone. The stamp goes before anything is installed and
comes back last: an interrupted run leaves none, and the next one starts afresh.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
FETCHED = ROOT / ".venv-python"  # interpreters fetched by uv, inside the clone


class Environment(NamedTuple):
    """Where an environment lies, which Pythons will do (best first) and what goes into it."""

    folder: Path
    minors: tuple[int, ...]  # the x of Python 3.x
    locks: tuple[str, ...]  # each contains the ones before; the last is installed
    unlocked: str = ""


SITE_MINORS = (14, 13, 12)  # mkdocs-jupyter 0.27 needs 3.12; nothing newer than 3.14 was tried
ENVIRONMENTS = {
    "site": Environment(ROOT / ".venv", SITE_MINORS, ("site",)),
    "dev": Environment(ROOT / ".venv", SITE_MINORS, ("site", "dev")),
    # torch stays outside the lock: which build fits depends on the machine (CPU or CUDA) and on
    # where pip is told to look. The oldest Python comes first: torch is late on the newest.
    "conformance": Environment(
        ROOT / ".venv-conformance", (11, 12, 13, 14), ("conformance",), "torch==2.13.0"
    ),
    "croissant": Environment(ROOT / ".venv-croissant", (13, 14, 12, 11), ("croissant",)),
    "package": Environment(ROOT / ".venv-package", (13, 14, 12, 11), ("package",)),
}

# What `make lock` compiles: file, oldest Python, where pyproject.toml names the requirements.
COMPILED = (
    ("bootstrap", "3.8", ("--group", "bootstrap")),
    ("site", "3.12", ("pyproject.toml", "--group", "docs", "--extra", "plot")),
    (
        "dev",
        "3.12",
        ("pyproject.toml", "--group", "dev", "--extra", "plot", "-c", "requirements/site.txt"),
    ),
    ("conformance", "3.11", ("pyproject.toml", "--group", "conformance")),
    # The overrides of pyproject.toml leave out pandas, which this one needs: it has its own.
    (
        "croissant",
        "3.11",
        (
            "pyproject.toml",
            "--group",
            "croissant",
            "--no-config",
            "--override",
            "requirements/croissant.in",
        ),
    ),
    ("package", "3.11", ("--group", "package")),
)

# A Python without one of these modules cannot make a working environment.
PROBE = """
import ensurepip, ssl, sys, venv
print(sys.implementation.name, *sys.version_info[:2])
"""


def main() -> None:
    """Do what the command line asks; a failure is one sentence on stderr and exit status 1."""
    parser = argparse.ArgumentParser(description="Make the project's environments.")
    parser.add_argument("what", choices=[*ENVIRONMENTS, "lock"])
    parser.add_argument("--python", help="the interpreter to use; otherwise the best one found")
    chosen = parser.parse_args()
    try:
        with (ROOT / ".venv.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # two makes at once take turns
            if chosen.what == "lock":
                renew_locks()
            else:
                prepare(ENVIRONMENTS[chosen.what], chosen.python)
    except OSError as error:  # a checkout that may not be written, a full disk
        sys.exit(f"{error.filename or ROOT}: {error.strerror or error}.")
    except KeyboardInterrupt:
        sys.exit(130)


def prepare(environment: Environment, named: str | None) -> None:
    """Bring one environment up to date; do nothing when its stamp fits."""
    folder, minors, locks, unlocked = environment
    if named is not None:
        minor = probe(named)
        if minor is None or minor not in minors:
            sys.exit(f"PYTHON={named} is not a working {spoken(minors)}.")
        minors = (minor,)
    python = folder / "bin" / "python"
    stamp = folder / "lrdecay.json"
    found = read(stamp)
    wanted = state(locks, unlocked)
    installed = found.pop("installed", [])
    whole = bool(installed) and set(installed) <= contents(folder) and probe(python) in minors
    if whole and wanted.items() <= found.items():
        return
    # An environment may grow (site -> dev) but is never patched: what changed is made anew.
    all_locks = [lock for other in ENVIRONMENTS.values() for lock in other.locks]
    if not whole or not found.items() <= state(all_locks, unlocked).items():
        base = named or find_python(minors) or fetch_python(minors)
        say(f"Making {folder.name} with {base}")
        shutil.rmtree(folder, ignore_errors=True)
        run([base, "-m", "venv", folder], f"{base} could not make the environment {folder}.")
    stamp.unlink(missing_ok=True)
    path = REQUIREMENTS / f"{locks[-1]}.txt"
    say(f"Installing {path.relative_to(ROOT)} into {folder.name} (about half a minute)")
    # The locks are complete, but for what pyproject.toml leaves out of the conformance one.
    exact = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", path]
    pip(python, exact, path.name)
    if unlocked:
        say(f"Installing {unlocked} into {folder.name}")
        pip(python, [unlocked], unlocked)
    pip(python, ["--no-deps", "--no-build-isolation", "-e", ROOT], "lrdecay itself")
    made = dict(wanted, installed=sorted(contents(folder)))
    stamp.write_text(json.dumps(made, indent=1), encoding="utf-8")


def state(locks: tuple[str, ...] | list[str], unlocked: str) -> dict[str, str]:
    """What an environment was made from: scripts hold the root, metadata the version."""
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'(?m)^version = "(.+)"', pyproject)
    made_from = {"root": str(ROOT), "version": version[1] if version else "", "also": unlocked}
    for lock in locks:
        content = (REQUIREMENTS / f"{lock}.txt").read_bytes()
        made_from[lock] = hashlib.sha256(content).hexdigest()
    return made_from


def contents(folder: Path) -> set[str]:
    """Name what is installed in an environment: one that lost a package is made anew."""
    return {path.name for path in folder.glob("lib/python3*/site-packages/*")} - {"__pycache__"}


def read(stamp: Path) -> dict[str, Any]:
    """Return what the stamp says; nothing when it is missing or damaged."""
    try:
        return dict(json.loads(stamp.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return {}


def probe(python: str | Path) -> int | None:
    """Run a Python, since a name on PATH may be a shim that does not: the x of its 3.x."""
    command = [str(python), "-I", "-c", PROBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    name, major, minor = done.stdout.split()
    return int(minor) if (name, major) == ("cpython", "3") else None


def find_python(minors: tuple[int, ...]) -> Path | None:
    """Return the first Python that runs: on PATH, of pyenv, or fetched before."""
    folders = [Path(entry) for entry in os.get_exec_path()]
    pyenv = {os.environ.get("PYENV_ROOT", ""), str(Path.home() / ".pyenv")} - {""}
    for root in [*(f"{root}/versions" for root in sorted(pyenv)), str(FETCHED)]:
        with suppress(OSError):  # not there, or not ours to read
            folders += sorted((path / "bin" for path in Path(root).iterdir()), reverse=True)
    names = [*(f"python3.{minor}" for minor in minors), "python3", "python"]
    paths = (folder / name for name in names for folder in folders)
    return next((path for path in paths if probe(path) in minors), None)


def fetch_python(minors: tuple[int, ...]) -> Path:
    """Let uv, from a throwaway environment, fetch a Python into the clone."""
    version = f"3.{13 if 13 in minors else minors[0]}"
    say(f"No {spoken(minors)} on this machine: fetching {version} with uv")
    sentence = (
        f"There is no working {spoken(minors)} on this machine and uv could not fetch one: "
        f"install Python {version} and run make again."
    )
    with tempfile.TemporaryDirectory() as folder:
        uv = throwaway_uv(folder, sentence)
        run([uv, "python", "install", "--no-bin", "--install-dir", FETCHED, version], sentence)
    return find_python(minors) or sys.exit(sentence)


def throwaway_uv(folder: str, sentence: str) -> Path:
    """Install the locked uv into an environment in `folder`."""
    run([sys.executable, "-m", "venv", folder], sentence)
    python = Path(folder, "bin", "python")
    lock = REQUIREMENTS / "bootstrap.txt"
    run([python, "-I", "-m", "pip", "install", "-qq", "--require-hashes", "-r", lock], sentence)
    return Path(folder, "bin", "uv")


def renew_locks() -> None:
    """Compile pyproject.toml into requirements/*.txt: hashes, every platform, no index address."""
    with tempfile.TemporaryDirectory() as folder:
        uv = throwaway_uv(folder, "uv, which renews the lock files, could not be installed.")
        for name, oldest, source in COMPILED:
            output = f"requirements/{name}.txt"
            say(f"Renewing {output}")
            command = [uv, "pip", "compile", "--quiet", "--upgrade", *source]
            command += ["--universal", "--python-version", oldest, "--generate-hashes"]
            # Wheels alone: installing runs no build and needs no compiler.
            command += ["--no-build", "--no-emit-index-url", "--no-annotate", "--no-header"]
            run([*command, "-o", output], f"{output} could not be renewed.", quiet=False)


def pip(python: Path, arguments: list[str | Path], what: str) -> None:
    """Run pip, which minds the user's own index settings; it shows progress to a terminal only."""
    quiet = [] if sys.stderr.isatty() else ["-qq"]
    command = [python, "-I", "-m", "pip", "install", "--disable-pip-version-check"]
    # What pyproject.toml leaves out of the conformance lock is missing on purpose.
    command += ["--no-warn-conflicts", *quiet]
    run([*command, *arguments], f"{what} could not be installed into {python}.", quiet=False)


def run(command: list[str | Path], sentence: str, *, quiet: bool = True) -> None:
    """Run a command in the root; when it fails, say the sentence."""
    words = [str(part) for part in command]
    try:
        subprocess.run(words, cwd=ROOT, check=True, capture_output=quiet)
    except (OSError, subprocess.CalledProcessError):
        sys.exit(sentence)


def spoken(minors: tuple[int, ...]) -> str:
    """Name a range of Pythons."""
    return f"Python 3.{min(minors)} to 3.{max(minors)}"


def say(line: str) -> None:
    """Tell the user what takes time."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
