"""The law that fits observed losses best; the search needs scipy."""
# ruff: noqa: SLF001 -- a fit works inside the laws

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Steps, check, checked, refuse
from ...messages import needs
from ..inputs import Floats, rates
from .curves import AnnealingLaw, Law, MultiPowerLaw, updates
from .relaxation import Changes, changes

AnyLaw = TypeVar("AnyLaw", bound=Law)

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


class Observed(NamedTuple):
    """A run: its learning rates, the updates after which a loss was taken, and these losses."""

    lrs: Floats
    steps: NDArray[np.int64]
    losses: Floats


class _Data(NamedTuple):
    found: list[Changes]
    area: Floats
    logs: Floats


@checked()
def fit(
    curves: Iterable[tuple[ArrayLike, ArrayLike, ArrayLike]],
    law: type[AnyLaw] = MultiPowerLaw,  # ty: ignore[invalid-parameter-default]
    *,
    points: int = 200,
) -> AnyLaw:
    r"""Return the law that fits loss curves best.

    Minimises the Huber loss of $\log L$, quadratic up to 0.001, as the authors of the multi-power
    law do, from several starts, so that no first guess is asked for. Falls of the rate that are
    small and close together count as one meanwhile, at a cost of about 1e-4 in the loss.

    A constant rate alone cannot tell what a fall brings: give at least one curve with decay.

    Args:
        curves: for each run its learning rates (T,); the updates, from 0 to T - 1 and rising, after
            which the loss was taken; and these losses, > 0. Leave out the noisy beginning.
        law: `MultiPowerLaw` or `AnnealingLaw`.
        points: of each curve that are used, at most, evenly spread; >= 10.

    Raises:
        ValueError: if an argument is out of its range.
        ModuleNotFoundError: if scipy is not installed.
    """
    most = check("points", points, Steps)
    if law not in {MultiPowerLaw, AnnealingLaw}:
        raise refuse("law", law, "MultiPowerLaw or AnnealingLaw")
    runs = [_run(*curve) for curve in curves]
    if most < 10 or not runs:
        raise refuse(*(("points", points, ">= 10") if runs else ("curves", [], "one or more")))
    return _search(runs, law, most)


def _run(lrs: ArrayLike, steps: ArrayLike, losses: ArrayLike) -> Observed:
    """Return one curve for `fit`, checked."""
    array, loss = rates("lrs", lrs), rates("losses", losses)
    if array.ndim > 1 or loss.ndim > 1:
        raise refuse("lrs and losses", (array.shape, loss.shape), "of shapes (T,) and (n,)")
    at = updates(steps, array.size)
    if at.size != loss.size or loss.min() <= 0:
        raise refuse("losses", losses, f"{at.size} numbers > 0, one for each of steps")
    if not array[: at[0] + 1].any():
        raise refuse("steps", int(at[0]), "from the first update with a rate above 0 on")
    return Observed(array, at, loss)


def _search(runs: Sequence[Observed], law: type[AnyLaw], points: int) -> AnyLaw:
    """Return the best fit: many starts on few points, the best two again on all."""
    peak = max(run.lrs.max() for run in runs)
    rough = _prepare(runs, peak, max(10, points // 4), 0.02)
    fine = _prepare(runs, peak, points, 0.002)
    first = [
        _solve(rough, law, _start(rough, law, alpha, shape), 60)
        for alpha, shape in product(_ALPHAS, _SHAPES[law])
    ]
    first.sort(key=lambda found: found.cost)
    # Real losses scatter by far more than the Huber loss is quadratic in: it takes its time.
    last = [_solve(fine, law, found.x, 5000) for found in first[:2]]
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


def _solve(data: _Data, law: type[AnyLaw], x: Floats, most: int) -> Any:
    with needs("scipy", "lab", "fitting"):
        from scipy.optimize import least_squares

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
