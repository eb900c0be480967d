"""Runs the experiments of rules, keeps their results, and compares them with what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from ..checks import checked
from ..lab.sweep import sweep
from . import real
from .evidence import Evidence
from .provenance import fingerprint
from .registry import JUDGED, judged

RECORDED = Path(__file__).with_name("recorded.json")
_CLOSE = 1e-9  # relative: other processors and libraries round otherwise

Outcome = Literal["same", "within the interval", "changed"]


@checked()
def run(id: str, *, seeds: range | None = None, store: str | Path | None = None) -> Evidence:  # noqa: A002, what it is called on every page
    """Return what the experiment of a rule measures, after what real training found.

    Args:
        id: of a rule that is judged, such as "H001".
        seeds: those of the site by default. Real training has its own.
        store: a folder of results, used and filled. A result belongs to the code that it came
            from: see `fingerprint`.

    Raises:
        ValueError: if there is no such rule, or it is a cited fact.

    Examples:
        >>> str(run("H014").answer)
        'no'
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
        ids: of rules that are judged; all of them by default.
        seeds: those of the site by default; "disjoint" for as many others of each.
        executor: as for `lrdecay.lab.sweep.sweep`.
        store: as for `run`.
        progress: draw a bar on stderr.

    Raises:
        ValueError: if there is no such rule, or it is a cited fact.
    """
    chosen = [judged(id_) for id_ in (JUDGED if ids is None else ids)]
    cases = [
        {"id": rule.id, "start": which.start, "stop": which.stop}
        | ({} if store is None else {"code": fingerprint(rule.id)})
        for rule in chosen
        if rule.experiment is not None
        for which in [rule.disjoint if seeds == "disjoint" else seeds or rule.seeds]
    ]
    small = iter(sweep(_measure, cases, executor=executor, store=store, progress=progress))
    return {
        rule.id: Evidence(rule.measure, real.cases(rule.id))
        if rule.experiment is None
        else Evidence.from_data(next(small)).with_real(real.cases(rule.id))
        for rule in chosen
    }


def _measure(id: str, start: int, stop: int, code: str = "") -> dict[str, Any]:  # noqa: A002, ARG001, part of the key
    experiment = judged(id).experiment
    assert experiment is not None
    return experiment(range(start, stop)).as_data()


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
    answer is the same, and each estimate lies in the interval that was printed. Else "changed".
    """
    printed = recorded().get(id)
    if printed is None or printed.answer.word != evidence.answer.word:
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
