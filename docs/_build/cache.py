"""What a notebook's outputs depend on, and the store of executed notebooks.

The key covers the notebook, every file of the package, Python, and the versions of the
distributions that the notebook and the package import at any depth of their code (an optional one
that is not installed counts as absent) with those that run a kernel. Distributions that these use
in turn are left out: their versions are pinned by the lock files and rarely change a result.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
import re
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

from .project import write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCHEMA = "1"  # raise it when execution or normalisation changes
RUNNERS = ("ipykernel", "ipython", "nbclient")


def imported(code: str) -> set[str]:
    """Return the top-level modules that Python code imports, notebook magics allowed."""
    lines = (re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in code.splitlines())
    names: set[str] = set()
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return names  # running it says why, and where
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names


@functools.cache
def _distributions() -> dict[str, list[str]]:
    return {name: sorted(set(found)) for name, found in metadata.packages_distributions().items()}


@functools.cache
def version(module: str) -> str:
    """Return the version of the distribution a module comes from, or "absent"."""
    try:
        return metadata.version(module.replace("_", "-"))
    except metadata.PackageNotFoundError:
        if importlib.util.find_spec(module) is None:
            return "absent"
    names = _distributions().get(module, [])  # slow, so only where the names differ
    return ",".join(f"{name} {metadata.version(name)}" for name in names) or "absent"


def digest(parts: Iterable[tuple[str, bytes]]) -> str:
    """Return one hash of named parts; no two different lists of parts run together."""
    total = hashlib.sha256()
    for name, data in parts:
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def files(folder: Path) -> list[tuple[str, bytes]]:
    """Return the path and bytes of each file below a folder, without what Python compiles."""
    found = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in sorted(found)]


class Keys:
    """Cache keys of notebooks; reads the package once."""

    def __init__(self, package: Path) -> None:
        parts = files(package)
        self._own = package.name
        self._package = digest(parts)
        self._modules = {
            module
            for name, data in parts
            if name.endswith(".py")
            for module in imported(data.decode())
        }

    def of(self, source: bytes) -> str:
        """Return the key of a notebook's source."""
        cells = json.loads(source).get("cells", [])
        code = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        modules = self._modules.union(RUNNERS, *map(imported, code)) - {self._own}
        versions = {module: version(module) for module in sorted(modules)}
        return digest(
            [
                ("schema", SCHEMA.encode()),
                ("python", f"{sys.implementation.name} {sys.version}".encode()),
                ("versions", json.dumps(versions).encode()),
                ("package", self._package.encode()),
                ("notebook", source),
            ]
        )


def load(path: Path, key: str) -> dict[str, Any] | None:
    """Return the executed notebook stored under this key, or None; a damaged entry is no entry."""
    try:
        entry = json.loads(path.read_bytes())
        body = entry["notebook"]
        if entry["key"] == key and entry["sha256"] == digest([(key, body.encode())]):
            return json.loads(body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def store(path: Path, key: str, notebook: dict[str, Any]) -> None:
    """Store an executed notebook with its key and a checksum."""
    body = json.dumps(notebook, ensure_ascii=False, sort_keys=True)
    entry = {"key": key, "sha256": digest([(key, body.encode())]), "notebook": body}
    write(path, json.dumps(entry, ensure_ascii=False))
