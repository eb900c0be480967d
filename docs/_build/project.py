"""Where everything is, and how the builder writes files."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TEMPORARY = ".part"


class BuildError(Exception):
    """A build that failed for a reason the message tells in full."""


@dataclass(frozen=True)
class Project:
    """The folders of one checkout."""

    root: Path = ROOT

    @property
    def notebooks(self) -> Path:
        """Sources of the notebooks, without outputs."""
        return self.root / "notebooks"

    @property
    def package(self) -> Path:
        """The package that the notebooks show."""
        return self.root / "lrdecay"

    @property
    def build(self) -> Path:
        """Everything made from notebooks; git ignores it."""
        return self.root / "build"

    @property
    def cache(self) -> Path:
        """What saves work in the next build; safe to delete."""
        return self.build / ".cache"

    @property
    def site(self) -> Path:
        """The finished site."""
        return self.root / "site"

    def sources(self) -> list[Path]:
        """Return the notebooks, by name."""
        return sorted(self.notebooks.glob("*.ipynb"))


def place(name: str, index: int, cell: dict[str, Any]) -> str:
    """Name a cell for a message: notebook, number, id and first line."""
    first = next((line.strip() for line in cell["source"].splitlines() if line.strip()), "empty")
    return f"notebooks/{name}.ipynb, cell {index + 1} ({cell.get('id')}: {first[:60]!r})"


def write(path: Path, text: str) -> bool:
    """Write a file whole or not at all, and only if that changes it; return whether it did.

    An unchanged file keeps its date, so a server that watches it does not build again.
    """
    data = text.encode()
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
    part.write_bytes(data)
    part.replace(path)
    return True


def remove_others(folder: Path, keep: Iterable[Path]) -> None:
    """Delete every file below `folder` that is not in `keep`, and folders left empty."""
    kept = set(keep)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()


def remove_parts(folder: Path) -> None:
    """Delete what an interrupted build left half-written: only while no other build runs."""
    for path in folder.rglob(f"*{TEMPORARY}"):
        path.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Let one process at a time pass; the others wait. The lock ends with its process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if os.name == "posix":  # elsewhere atomic writes alone have to do
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Waiting for another build to finish.", file=sys.stderr, flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
