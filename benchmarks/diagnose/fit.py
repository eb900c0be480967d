"""Fits the weights of the diagnoser on the curves that are for building it."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from lrdecay.tuning.diagnose import symptoms
from lrdecay.tuning.diagnose.model import basis
from lrdecay.tuning.diagnose.points import Floats, cleaned
from lrdecay.tuning.diagnose.traits import measure

from .curves import Curve

NAMES = tuple(symptoms.KINDS)
QUANTILES = (0.02, 0.25, 0.5, 0.75, 0.98)
PENALTY = 1.0  # on squared weights; 0.3 and 3 do no better in cross-validation on the same curves


def table(curves: Iterable[Curve]) -> tuple[list[str], Floats, NDArray[np.bool_], NDArray[np.intp]]:
    """Return names of traits, traits, what each curve shows, and the answer that is right.

    Where a curve does not show its cause, as one without rates, the right answer is that nobody
    can tell.
    """
    rows, shown, right = [], [], []
    names: list[str] = []
    for one in curves:
        found = cleaned(one.steps, one.losses, one.validation, one.rates, one.total_steps)
        if found.losses.size < symptoms.KINDS["diverged"].fewest:
            continue
        measured = measure(found)
        names = list(measured)
        words = symptoms.shown(measured)
        seen = [name in words for name in NAMES]
        if sum(seen) == 1:
            continue
        at = NAMES.index(one.cause)
        rows.append(list(measured.values()))
        shown.append(seen)
        right.append(at if seen[at] else NAMES.index("cannot-tell"))
    return names, np.array(rows), np.array(shown), np.array(right)


def knots(values: Floats) -> Floats:
    """Return the quantiles of each trait, made to rise."""
    found = np.quantile(values, QUANTILES, axis=0).T
    low, high = values.min(axis=0)[:, None], values.max(axis=0)[:, None]
    flat = np.linspace(0.0, 1.0, len(QUANTILES)) * np.maximum(high - low, 1e-6) + low
    spread = np.maximum(high - low, 1e-6) * 1e-6 * np.arange(len(QUANTILES))
    usable = (np.diff(found, axis=1) > 0).all(axis=1, keepdims=True)
    distinct = np.maximum.accumulate(found, axis=1) + spread
    return np.where(usable, found, np.where((found[:, :1] == found[:, -1:]), flat, distinct))


def weights(
    columns: Floats, shown: NDArray[np.bool_], right: NDArray[np.intp], penalty: float = PENALTY
) -> Floats:
    """Return weights (columns, symptoms) of the least penalised loss, over what is shown."""
    rows, shape = np.arange(right.size), (columns.shape[1], shown.shape[1])

    def cost(flat: Floats) -> tuple[float, Floats]:
        w = flat.reshape(shape)
        scores = np.where(shown, columns @ w, -np.inf)
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        share = odds / odds.sum(axis=1, keepdims=True)
        loss = -np.log(np.maximum(share[rows, right], 1e-300)).sum()
        share[rows, right] -= 1.0
        return loss + penalty * (flat @ flat), (columns.T @ share + 2.0 * penalty * w).ravel()

    done = minimize(
        cost, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 400}
    )
    return done.x.reshape(shape)


def fitted(curves: Iterable[Curve]) -> str:
    """Return the text of `weights.json`."""
    names, values, shown, right = table(curves)
    at = np.array([[float(f"{x:.5g}") for x in row] for row in knots(values)])
    found = weights(basis(values, at), shown, right).reshape(*at.shape, len(NAMES))
    told = {
        "traits": names,
        "symptoms": list(NAMES),
        "knots": at.tolist(),
        "weights": np.round(found, 2).tolist(),
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in told.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
