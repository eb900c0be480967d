"""The search behind `lrdecay.lab.laws.fit`; it needs scipy."""
# ruff: noqa: SLF001 -- the other half of laws.py

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

from ..inputs import Floats
from .curves import AnnealingLaw, AnyLaw, Law, MultiPowerLaw, Observed
from .relaxation import Changes, changes

# Rates are divided by the highest one, so that the same first guesses serve every unit.
_ALPHAS = (0.3, 0.6, 1.0)
_SHAPES: dict[type[Law], tuple[tuple[float, ...], ...]] = {
    MultiPowerLaw: tuple((c, 0.5, 0.5) for c in (0.03, 0.3)),
    AnnealingLaw: ((0.99,), (0.998,), (0.9995,)),
}
# How far from a first guess the search may go, in logarithms: L0, A, alpha, weight, the shape.
_REACH = (3.0, 8.0, 2.0, 8.0)
_REACHES: dict[type[Law], tuple[float, ...]] = {
    MultiPowerLaw: (*_REACH, 5.0, 2.5, 1.5),
    AnnealingLaw: (*_REACH, 4.0),
}
_HUBER = 1e-3
_TINY = 1e-9


class _Data(NamedTuple):
    found: list[Changes]
    area: Floats
    logs: Floats


def search(runs: Sequence[Observed], law: type[AnyLaw], points: int) -> AnyLaw:
    """Return the best fit: many starts on few points, the best two again on all."""
    peak = max(run.lrs.max() for run in runs)
    rough = _prepare(runs, peak, max(10, points // 4), 0.02)
    fine = _prepare(runs, peak, points, 0.002)
    first = [
        _solve(rough, law, _start(rough, law, alpha, shape), 60)
        for alpha, shape in product(_ALPHAS, _SHAPES[law])
    ]
    first.sort(key=lambda found: found.cost)
    last = [_solve(fine, law, found.x, 200) for found in first[:2]]
    return _law(law, min(last, key=lambda found: found.cost).x)._for(peak)


def _prepare(runs: Sequence[Observed], peak: float, points: int, grain: float) -> _Data:
    found, logs = [], []
    for run in runs:
        size = run.steps.size
        some = np.unique(np.linspace(0, size - 1, min(points, size)).astype(np.int64))
        found.append(changes(run.lrs / peak, run.steps[some], grain))
        logs.append(np.log(run.losses[some]))
    area = np.concatenate([one.point_area for one in found])
    return _Data(found, area, np.concatenate(logs))


def _law(law: type[AnyLaw], x: Floats) -> AnyLaw:
    """Return the law of searched numbers: logarithms, and for a decay that of its speed."""
    values = np.exp(x)
    if law is AnnealingLaw:
        values[-1] = np.exp(-values[-1])
    return law(*values.tolist())


def _unlaw(law: type[AnyLaw], values: Floats) -> Floats:
    values = np.maximum(values, _TINY)
    if law is AnnealingLaw:
        values[-1] = -np.log(values[-1])
    return np.log(values)


def _fallen(data: _Data, law: AnyLaw) -> Floats:
    return np.concatenate([law._fallen(one) for one in data.found])


def _start(data: _Data, law: type[AnyLaw], alpha: float, shape: tuple[float, ...]) -> Floats:
    """Return a start: the rest of the law is linear in the loss."""
    power = data.area**-alpha
    fallen = _fallen(data, _law(law, _unlaw(law, np.array([1.0, 1.0, alpha, 1.0, *shape]))))
    table = np.stack([np.ones_like(power), power, -fallen], axis=1)
    floor, factor, weight = np.linalg.lstsq(table, np.exp(data.logs))[0]
    floor = max(floor, 0.1 * np.exp(data.logs).min())
    return _unlaw(law, np.array([floor, max(factor, 0.1), alpha, max(weight, 0.01), *shape]))


def _solve(data: _Data, law: type[AnyLaw], x: Floats, most: int) -> OptimizeResult:
    def parts(x: Floats) -> tuple[AnyLaw, Floats, Floats, Floats]:
        one = _law(law, x)
        power, fallen = data.area**-one.alpha, _fallen(data, one)
        loss = one.L0 + one.A * power - one._weight() * fallen
        return one, power, fallen, np.maximum(loss, _TINY)

    def residuals(x: Floats) -> Floats:
        return np.log(parts(x)[-1]) - data.logs

    def jacobian(x: Floats) -> Floats:
        one, power, fallen, loss = parts(x)
        columns = [
            np.full_like(loss, one.L0),
            one.A * power,
            -one.A * power * one.alpha * np.log(data.area),
            -one._weight() * fallen,
        ]
        for i in range(len(columns), x.size):
            moved = x.copy()
            moved[i] += 1e-5
            slope = (_fallen(data, _law(law, moved)) - fallen) / 1e-5
            columns.append(-one._weight() * slope)
        return np.stack(columns, axis=1) / loss[:, None]

    return least_squares(
        residuals,
        x,
        jacobian,
        bounds=(x - _REACHES[law], x + _REACHES[law]),
        loss="huber",
        f_scale=_HUBER,
        max_nfev=most,
    )
