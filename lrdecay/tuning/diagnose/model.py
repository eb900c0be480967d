"""How sure: an additive softmax over traits, fitted on curves of the lab whose cause is known.

Each trait is read off a piecewise-linear function with a value at each of its knots, one function a
symptom; a symptom's score is their sum. What a curve does not show is left out, and the confidences
of the others sum to 1. So a confidence is the share of the lab's curves that look like this one and
had that cause. `python -m benchmarks.diagnose build` makes the weights.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .points import Floats

FILE = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, eq=False)
class Model:
    """Weights (traits, knots, symptoms) and where the knots are (traits, knots)."""

    traits: tuple[str, ...]
    symptoms: tuple[str, ...]
    knots: Floats
    weights: Floats

    def confidences(self, traits: Mapping[str, float], shown: Collection[str]) -> dict[str, float]:
        """Return the confidence of each symptom that is shown, in no order."""
        columns = basis(np.array([[traits[name] for name in self.traits]]), self.knots)[0]
        scores = columns @ self.weights.reshape(-1, len(self.symptoms))
        found = {s: float(v) for s, v in zip(self.symptoms, scores, strict=True) if s in shown}
        highest = max(found.values())
        odds = {name: float(np.exp(score - highest)) for name, score in found.items()}
        return {name: one / sum(odds.values()) for name, one in odds.items()}


def basis(values: Floats, knots: Floats) -> Floats:
    """Return hat functions (rows, traits * knots) of values (rows, traits)."""
    places = np.arange(knots.shape[1], dtype=np.float64)
    columns = []
    for trait, at in zip(values.T, knots, strict=True):
        where = np.interp(trait, at, places)[:, None]
        columns.append(np.maximum(1.0 - np.abs(where - places), 0.0))
    return np.concatenate(columns, axis=1)


@cache
def stored() -> Model:
    """Return the model of the package."""
    told = json.loads(FILE.read_text("utf-8"))
    knots, weights = (np.array(told[name], dtype=np.float64) for name in ("knots", "weights"))
    return Model(tuple(told["traits"]), tuple(told["symptoms"]), knots, weights)
