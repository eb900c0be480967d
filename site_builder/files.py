"""Where everything is, how files are written, and what a build can depend on."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

ROOT = Path(__file__).resolve().parents[1]


class BuildError(Exception):
    """A build that failed for a reason the message tells in full."""


class Project:
    """The folders of one checkout."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.sources = root / "docs"
        self.notebooks = root / "notebooks"
        self.package = root / "lrdecay"
        self.build = root / "build"  # all that is made, but the site
        self.docs = self.build / "docs"  # what a site generator reads
        self.cache = self.build / ".cache"  # saves work in the next build; safe to delete
        self.site = root / "site"


def write(path: Path, content: str | bytes) -> bool:
    """Write a file whole or not at all, and only if that changes it; return whether it did."""
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
    return True


def mirror(folder: Path, files: Mapping[str, str | bytes]) -> set[str]:
    """Make a folder hold these files and no others; return the names of those that changed."""
    changed = {name for name, content in files.items() if write(folder / name, content)}
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif name not in files:
            path.unlink()
            changed.add(name)
    return changed


def contents(folder: Path) -> list[tuple[str, bytes]]:
    """Return the path and bytes of each file below a folder, without what Python compiles."""
    found = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in sorted(found)]


def listing(folder: Path) -> str:
    """Return a hash of the names and sizes in a folder, to notice when a part of it went."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return digest((str(path.relative_to(folder)), str(path.stat().st_size)) for path in found)


def digest(parts: Iterable[tuple[str, bytes | str]]) -> str:
    """Return one hash of named parts; no two different lists of parts run together."""
    total = hashlib.sha256()
    for name, part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


@cache
def installed() -> str:
    """Return this Python and the version of everything that it can import."""
    found = {f"{one.name} {one.version}" for one in metadata.distributions()}
    return "\n".join([sys.version, *sorted(found)])


def load(path: Path, key: str) -> Any:
    """Return what `keep` stored under this key, or None; a damaged entry is no entry."""
    try:
        first, body = path.read_text("utf-8").split("\n", 1)
        return json.loads(body) if first == digest([(key, body)]) else None
    except (OSError, ValueError):
        return None


def keep(path: Path, key: str, value: object) -> None:
    """Store a value with a checksum that covers its key."""
    body = json.dumps(value, ensure_ascii=False)
    write(path, f"{digest([(key, body)])}\n{body}")


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
                say("Waiting for another build to finish.")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def history(root: Path) -> tuple[str, str, dict[str, str]]:
    """Return the commit, its second, and the day of the last commit of each file.

    A file that no commit holds has no day: one taken from the clock would differ between builds.
    """
    commit, second, days = "", "", {}
    if (root / ".git").exists() and which("git") is not None:
        log = git(root, "log", "--format=%x00%H %ct %as", "--name-only")
        for part in reversed(log.stdout.split("\0")[1:]):  # what is newer comes later
            about, *names = part.split("\n")
            commit, second, day = about.split()
            days |= dict.fromkeys(names, day)
        reason = log.stderr.partition("\n")[0] if log.returncode else ""
        if git(root, "rev-parse", "--is-shallow-repository").stdout == "true\n":
            days, reason = {}, "the clone is shallow: git fetch --unshallow"
        if reason:
            say(f"Warning: pages have no dates of their changes: {reason}")
    return commit, second, days


def git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Ask git."""
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)


def say(line: str) -> None:
    """Tell the user something."""
    print(line, file=sys.stderr, flush=True)
