"""Runs the experiments of rules, keeps their results, and compares them with what was recorded."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from ..arguments import checked
from ..checks import refuse
from ..lab.sweep import sweep
from .evidence import Evidence
from .registry import RULES
from .rule import Rule

PACKAGE = Path(__file__).resolve().parents[1]
STORE = "LRDECAY_STORE"  # environment variable: the folder where `run` keeps results
RECORDED = Path(__file__).with_name("recorded.json")
_CLOSE = 1e-9  # relative: other processors and libraries round otherwise

Outcome = Literal["same", "within the interval", "changed"]


@checked()
def run(id: str, *, seeds: range | None = None, store: str | Path | None = None) -> Evidence:  # noqa: A002, what it is called on every page
    """Return what the experiment of a rule measures.

    Args:
        id: of a rule that has an experiment, such as "H001".
        seeds: those of the site by default.
        store: a folder of results, used and filled; by default the one that the environment
            variable LRDECAY_STORE names, if any. A result belongs to the code that it came from.

    Raises:
        ValueError: if there is no such rule, or it has no experiment.

    Examples:
        >>> run("H001").verdict.word
        'holds when'
    """
    return run_all([id], seeds=seeds, store=store)[id]


@checked()
def run_all(
    ids: Iterable[str] | None = None,
    *,
    seeds: range | Literal["disjoint"] | None = None,
    executor: Executor | None = None,
    store: str | Path | None = None,
    progress: bool = False,
) -> dict[str, Evidence]:
    """Return what the experiments of several rules measure, by id.

    Args:
        ids: of rules that have an experiment; all of them by default.
        seeds: those of the site by default; "disjoint" for as many others of each.
        executor: as for `lrdecay.lab.sweep.sweep`.
        store: as for `run`.
        progress: draw a bar on stderr.

    Raises:
        ValueError: if there is no such rule, or it has no experiment.
    """
    chosen = [judged(id_) for id_ in (JUDGED if ids is None else ids)]
    cases = [
        {"id": rule.id, "start": which.start, "stop": which.stop, "code": fingerprint(rule)}
        for rule in chosen
        for which in [rule.disjoint if seeds == "disjoint" else seeds or rule.seeds]
    ]
    folder = os.environ.get(STORE) or None if store is None else store
    found = sweep(_measure, cases, executor=executor, store=folder, progress=progress)
    return {rule.id: Evidence.from_data(data) for rule, data in zip(chosen, found, strict=True)}


JUDGED = tuple(rule.id for rule in RULES.values() if rule.experiment is not None)


@checked()
def judged(id: str) -> Rule:  # noqa: A002
    """Return a rule that has an experiment.

    Raises:
        ValueError: if there is none of this id.
    """
    rule = RULES.get(id)
    if rule is None or rule.experiment is None:
        raise refuse("id", id, f"a rule with an experiment: {', '.join(JUDGED)}")
    return rule


def _measure(id: str, start: int, stop: int, code: str) -> dict[str, Any]:  # noqa: A002, ARG001, part of the key
    experiment = judged(id).experiment
    assert experiment is not None
    return experiment(range(start, stop)).as_data()


# --- what a result depends on ------------------------------------------------------------------


def fingerprint(rule: Rule) -> str:
    """Return a hash of the code that a rule's experiment runs, and of Python and NumPy.

    Of each module of this package that the rule's own imports, at any depth, what it does counts:
    comments, docstrings and the words of rules do not.
    """
    assert rule.experiment is not None
    total = hashlib.sha256(f"{platform.python_version()} {np.__version__}".encode())
    for name in sorted(_closure(rule.experiment.__module__)):
        total.update(f"{name} {_code(name)}".encode())
    return total.hexdigest()[:32]


def _closure(module: str) -> set[str]:
    found: set[str] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += _imports(name)
    return found


def _spec(module: str) -> ModuleSpec:
    """Return where a module is, without running it: some need a library that is optional."""
    spec = find_spec(module)
    assert spec is not None
    return spec


@cache
def _tree(module: str) -> ast.Module:
    tree = ast.parse(Path(str(_spec(module).origin)).read_text("utf-8"))
    tree.body = [node for node in tree.body if not _is_rule(node)]
    for node in ast.walk(tree):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return tree


def _is_rule(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "RULE"


@cache
def _code(module: str) -> str:
    return hashlib.sha256(ast.dump(_tree(module)).encode()).hexdigest()


@cache
def _imports(module: str) -> frozenset[str]:
    """Return the modules of this package that one of them imports."""
    own = __name__.partition(".")[0]
    parent = _spec(module).parent or own
    found: set[str] = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom):
            base = parent.split(".")
            base = base[: len(base) - node.level + 1] if node.level else []
            name = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            if name.split(".")[0] == own:
                subs = {f"{name}.{alias.name}" for alias in node.names}
                modules = {sub for sub in subs if _is_module(sub)}
                found |= modules
                if len(modules) < len(subs):
                    found.add(name)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == own}
    # The words of rules and the list of them do not change what one experiment measures.
    return frozenset(found - {f"{own}.heuristics.rule", f"{own}.heuristics.registry"})


def _is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.joinpath("__init__.py").is_file()


# --- what the site printed ---------------------------------------------------------------------


@cache
def recorded() -> Mapping[str, Evidence]:
    """Return, by id, what the site of this release prints: the evidence, without charts."""
    entries = json.loads(RECORDED.read_text("utf-8"))
    return MappingProxyType({id_: Evidence.from_data(data) for id_, data in entries.items()})


def record(found: Mapping[str, Evidence]) -> str:
    """Return the text of the file that `recorded` reads."""
    entries = {id_: replace(found[id_], chart=None).as_data() for id_ in sorted(found)}
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


@checked()
def compare(id: str, evidence: Evidence) -> Outcome:  # noqa: A002
    """Return how a result stands to the one that the site prints.

    "same": every number, but for the rounding of other processors. "within the interval": the
    verdict is the same, and each estimate lies in the interval that was printed. Else "changed".
    """
    printed = recorded().get(id)
    if printed is None or printed.verdict != evidence.verdict:
        return "changed"
    old, new = printed.values, evidence.values
    if old.keys() != new.keys():
        return "changed"
    close = {key for key in old if np.allclose(old[key], new[key], rtol=_CLOSE, atol=1e-12)}
    inside = {key for key in old if old[key].low <= new[key].estimate <= old[key].high}
    if close == old.keys():
        return "same"
    # An exact number has no interval to lie in, and may still be rounded otherwise.
    return "within the interval" if close | inside == old.keys() else "changed"
