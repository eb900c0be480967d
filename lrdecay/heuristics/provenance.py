"""What a result comes from: the program of its experiment, and the code and tables below it."""

from __future__ import annotations

import ast
import hashlib
import inspect
import platform
import re
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

from ..checks import checked, refuse
from .registry import judged

PACKAGE = Path(__file__).resolve().parents[1]
# What no experiment imports, as a test holds: what draws, prints, asks, cites. Of this folder only
# what they do import counts; the other experiments do not, and words never do.
FACES = {"__main__", "cli", "labels", "mcp", "outputs", "plot", "release", "tuning"}
SHARED = {"cases.py", "evidence.py", "recipe.py", "recipes.py"}


@checked()
def source(id: str) -> str:  # noqa: A002, what it is called on every page
    """Return the program of an experiment, to be read, or pasted and run.

    It is the function named after the rule, with the imports, constants and helpers that it uses.

    Raises:
        ValueError: if there is no such rule, or it has no experiment.

    Examples:
        >>> program = {}
        >>> exec(source("H001"), program)
        >>> program["h001"](range(30)).small.answer.word
        'depends'
    """
    experiment = judged(id).experiment
    if experiment is None:
        raise refuse("id", id, "a rule with an experiment in small worlds")
    text = inspect.getsource(sys.modules[experiment.__module__])
    lines, body = text.splitlines(), ast.parse(text).body
    where = {name: node for node in body for name in _defined(node)}
    wanted, todo = set(), [id.lower()]
    while todo:
        name = todo.pop()
        if name in where and name not in wanted:
            wanted.add(name)
            todo += [n.id for n in ast.walk(where[name]) if isinstance(n, ast.Name)]
    parts: list[str] = []
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):  # alone in being kept in part
            node.names = [each for each in node.names if (each.asname or each.name) in wanted]
            parts += [ast.unparse(node)] if node.names else []
        elif wanted.intersection(_defined(node)):
            start = node.lineno - 1
            while lines[start - 1].startswith("# ") and not lines[start - 1].startswith("# ---"):
                start -= 1
            code = "\n".join(lines[start : node.end_lineno])
            apart = isinstance(node, (ast.FunctionDef, ast.ClassDef))
            parts.append(f"\n\n{code}\n\n" if apart else code)
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(parts)).strip() + "\n"


def _defined(node: ast.stmt) -> list[str]:
    """Return the names that a statement at the top of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name for alias in node.names]
    targets = getattr(node, "targets", [getattr(node, "target", node)])
    return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]


@checked()
def fingerprint(id: str | None = None) -> str:  # noqa: A002
    """Return a hash of what a result depends on: Python, NumPy, SciPy, code, and tables.

    The code of a rule is its program, `source`, and all of the package that computes: comments,
    docstrings, words and other experiments do not count. Of the tables that lie beside that code
    every byte counts. An edit of its core or its lab therefore runs every rule again.

    Args:
        id: of a rule that has an experiment; None for whatever may use all of the package, such as
            a notebook: then every file of it counts, as it stands.

    Raises:
        ValueError: if there is no such rule, or it has no experiment.
    """
    of = _files() if id is None else f"{_does(source(id))} {_computes()}"
    versions = [platform.python_version(), np.__version__, *(x.version for x in _scipy())]
    return hashlib.sha256(f"{' '.join(versions)} {of}".encode()).hexdigest()[:32]


@cache
def _scipy() -> list[metadata.Distribution]:
    """Return what there is of SciPy, which is optional and slow to import."""
    return [*metadata.distributions(name="scipy")]


def _files() -> str:
    """Return a hash of each file of the package."""
    return " ".join(f"{name} {_bytes(path)}" for name, path in _package().items())


def _computes() -> str:
    """Return a hash of each module that an experiment may import, and of what these read."""
    shared = {f"heuristics/{name}" for name in SHARED}
    return " ".join(
        f"{name} {_does(path.read_text('utf-8')) if path.suffix == '.py' else _bytes(path)}"
        for name, path in _package().items()
        if (
            name in shared
            if name.startswith("heuristics/")
            else re.split("[/.]", name)[0] not in FACES
        )
        and not name.startswith("lab/trials/")  # read when they are asked, and no part of a result
    )


def _package() -> dict[str, Path]:
    """Return each file of the package by its name, in the order of names."""
    found = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return dict(sorted((path.relative_to(PACKAGE).as_posix(), path) for path in found))


def _bytes(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _does(code: str) -> str:
    """Return a hash of what code does, whatever its comments and docstrings say."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
