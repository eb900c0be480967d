"""Build the sdist and the wheel, and look at them from outside: `make package`.

The wheel is made from the sdist, so that what that lacks is missed here. It is installed into an
empty environment of each supported Python that is found, and used from a folder that knows nothing
of the checkout.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from tools.bootstrap import ROOT, find_python

DIST = ROOT / "dist"
MINORS = (11, 12, 13, 14)  # that is, 3.11 to 3.14: those of the matrix in package.yml

# With what it requires alone; the extras are told by name.
PROGRAM = """
import sys
import lrdecay as lrd
from lrdecay import dialects, export, heuristics, lab

assert not sys.prefix.startswith(sys.argv[1]), sys.prefix
assert lrd.__file__.startswith(sys.prefix), lrd.__file__
assert lrd.__version__ == sys.argv[2], lrd.__version__
assert lrd.warmup_cosine(3e-4, 1000, 100)([0, 100, 1000]).tolist()[1:] == [3e-4, 0.0]
assert set(heuristics.recorded()) == set(heuristics.JUDGED)
try:
    import lrdecay.plot
except ModuleNotFoundError as error:
    assert "pip install lrdecay[plot]" in str(error), error
else:
    raise AssertionError("the environment is not empty")
"""


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command, whose output is shown if it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def build() -> tuple[Path, Path]:
    """Return the sdist and the wheel, made anew and described as an index wants it."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", DIST)
    (sdist,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    return sdist, wheel


def look(sdist: Path, wheel: Path) -> None:
    """See that the wheel holds the package and nothing else, and that the sdist has its papers."""
    tracked = subprocess.run(
        ["git", "ls-files", "lrdecay"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    if held != set(tracked.stdout.split()):
        sys.exit(f"{wheel.name} and git differ in {sorted(held ^ set(tracked.stdout.split()))}")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    papers = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "SKILL.md"}
    if not papers <= names:
        sys.exit(f"{sdist.name} lacks {sorted(papers - names)}")


def use(python: Path, wheel: Path, version: str) -> None:
    """Install the wheel into an empty environment, and use it as its readers would."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        run(python, "-m", "venv", folder / "clean")
        scripts = folder / "clean" / "bin"
        run(scripts / "python", "-I", "-m", "pip", "install", "-q", wheel)
        run(scripts / "python", "-I", "-c", PROGRAM, ROOT, version, cwd=folder)
        run(scripts / "lrdecay", "--version", cwd=folder)
        run(scripts / "python", "-I", "-m", "lrdecay", "cite", "H001", cwd=folder)
        run(scripts / "python", "-I", "-m", "pip", "install", "-q", f"{wheel}[lab]")
        run(scripts / "lrdecay", "verify", "H001", "--store", "results", cwd=folder)


def main() -> None:
    """Do all of it; the first thing that is not as it should be ends it with a message."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    sdist, wheel = build()
    look(sdist, wheel)
    found = {minor: find_python((minor,)) for minor in MINORS}
    found[sys.version_info.minor] = Path(sys.executable)
    pythons = {minor: python for minor, python in found.items() if python is not None}
    with ThreadPoolExecutor(2) as pool:  # each waits for processes
        uses = pool.map(lambda python: use(python, wheel, version), pythons.values())
        for minor, _ in zip(pythons, uses, strict=True):
            print(f"{wheel.name} works with Python 3.{minor}")


if __name__ == "__main__":
    main()
