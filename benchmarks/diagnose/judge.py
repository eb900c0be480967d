"""Judges diagnosers on the curves that are for judging, none of which built ours."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from lrdecay.lab import runs
from lrdecay.tuning.diagnose import Diagnosis, diagnose

from .curves import CAUSES, Curve

NAMES = tuple(CAUSES)
FIGURES = Path("tests/data/diagnose.json")
EDGES = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def ours(curve: Curve) -> Diagnosis:
    """Return what `lrdecay.diagnose` says."""
    return diagnose(
        curve.steps,
        curve.losses,
        validation=curve.validation,
        rates=curve.rates,
        total_steps=curve.total_steps,
    )


def answers(curves: Iterable[Curve], say: Callable[[Curve], str]) -> dict[str, list[int]]:
    """Return by cause what is said of each curve, as numbers of `NAMES`."""
    found: dict[str, list[int]] = {}
    with np.errstate(all="ignore"):
        for one in curves:
            found.setdefault(one.cause, []).append(NAMES.index(say(one)))
    return found


def calibration(curves: Iterable[Curve]) -> list[dict[str, float]]:
    """Return, for symptoms of about a confidence, how many of them were the cause."""
    pairs = [
        (symptom.confidence, symptom.name == one.cause)
        for one in curves
        for symptom in ours(one).symptoms
        if symptom.name != "cannot-tell"
    ]
    rows = []
    for low, high in pairwise(EDGES):
        inside = [(sure, right) for sure, right in pairs if low <= sure < high + (high == 1.0)]
        sure, right = np.array(inside, dtype=float).T
        row = {"low": low, "high": high, "named": len(inside)}
        rows.append(row | {"confidence": round(sure.mean(), 3), "right": round(right.mean(), 3)})
    return rows


def published() -> dict[str, dict[str, int]]:
    """Return what is said of 27 published curves of language models, by schedule."""
    found: dict[str, Counter[str]] = {}
    for run in runs.nine_schedules():
        said = diagnose(run.steps, run.losses, rates=run.rates).name
        found.setdefault(run.schedule, Counter())[said] += 1
    return {schedule: dict(counts) for schedule, counts in found.items()}


def rates(said: Mapping[str, list[int]]) -> dict[str, float]:
    """Return shares: right, wrong, and abstained from, and of the healthy those called ill."""
    pairs = [(cause, NAMES[k]) for cause, column in said.items() for k in column]
    ill = [(cause, name) for cause, name in pairs if cause != "cannot-tell"]
    mine = [name for cause, name in pairs if cause == "healthy"]
    named = [(cause, name) for cause, name in pairs if name != "cannot-tell"]

    def share(part: list[Any], whole: list[Any]) -> float:
        return round(len(part) / max(len(whole), 1), 3)

    return {
        "right": share([one for one in pairs if one[0] == one[1]], pairs),
        "right_when_named": share([one for one in named if one[0] == one[1]], named),
        "cannot_tell": share([one for one in ill if one[1] == "cannot-tell"], ill),
        "healthy_called_ill": share([n for n in mine if n not in {"healthy", "cannot-tell"}], mine),
        "ill_called_healthy": share(
            [one for one in ill if one[0] != "healthy" and one[1] == "healthy"],
            [one for one in ill if one[0] != "healthy"],
        ),
    }


def figures(curves: list[Curve], peers: Mapping[str, Callable[[Curve], str]]) -> dict[str, Any]:
    """Return what stands in the file of figures."""
    said = {"lrdecay": answers(curves, lambda one: ours(one).name)}
    said |= {name: answers(curves, peer) for name, peer in peers.items()}
    return {
        "names": NAMES,
        "said": said,
        "rates": {name: rates(one) for name, one in said.items()},
        "calibration": calibration(curves),
        "published": published(),
    }


def written(found: Mapping[str, Any]) -> str:
    """Return the text of the file."""
    return json.dumps(found, indent=1, separators=(",", ":")).replace(",\n    ", ",") + "\n"
