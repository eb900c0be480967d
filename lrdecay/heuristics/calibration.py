r"""Which assumption of the quadratic explains what it gets wrong about the shape of a decay.

The effect of a shape is how far it ends above linear decay, in shares of decay's gain, each at its
own best peak. It is known for our trials, for the published 124M sweep, and for a quadratic under
any assumptions. The quadratic of the rules has one more here: a share $s$ of the noise that stays,
where the rest falls with the loss, as it does in a network that can fit all of its data,

$$m_i \leftarrow (1 - \eta_k h_i)^2 m_i + \eta_k^2 c_i \left(s + (1 - s) L_k / L_0\right)$$

which is exact, since second moments enter linearly. A floor in the loss is no assumption to try: it
is in every loss alike and cancels in every share.

What is fitted to what, and what is held out, was fixed before any of it was computed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..checks import refuse
from ..lab import runs
from ..lab.inputs import Floats
from ..lab.quadratic import power_law
from ..lab.stats import Interval, jointly
from ..lab.trials import effects as trials
from ..lab.trials.shapes import NAMES, schedule


class Assumptions(NamedTuple):
    """What a quadratic takes for granted. By default, the middle of what the rules draw from.

    Attributes:
        spectrum: the curvatures fall as the index to this power.
        noise: its level, as for `lrdecay.lab.quadratic.power_law`.
        lies: the power of the curvature that the noise follows over directions: 1, 0.5 for its
            root, 0 for equal noise in all.
        stays: the share of the noise that does not fall with the loss, from 0 (interpolation) to 1.
        start: the squared errors at the start fall as the index to this power.
    """

    spectrum: float = 1.5
    noise: float = math.sqrt(5.0)
    lies: float = 1.0
    stays: float = 1.0
    start: float = 0.25


WORDS: Mapping[str, str] = MappingProxyType(
    {
        "noise": "how much noise there is",
        "lies": "in which directions the noise lies",
        "stays": "how much of the noise falls with the loss",
        "spectrum": "the shape of the spectrum",
        "start": "how far each direction starts from its minimum",
    }
)
"""The assumptions in words."""

GRID: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "spectrum": (1.0, 1.5, 2.0),
        "noise": tuple(math.sqrt(5.0) * 4.0**i for i in (-4, -3, -2, -1, 0, 1)),
        "lies": (0.0, 0.5, 1.0),
        "stays": (0.0, 0.1, 0.3, 1.0),
        "start": (-0.25, 0.0, 0.25),
    }
)
"""What a fit chooses from. Less noise and a flatter start than the rules draw were added after a
first fit, which lay at both ends; then the grid was thinned, which left the best where it was."""

SHAPES = tuple(name for name in NAMES if name not in {"constant", "linear"})
"""The shapes of the trials' grid, but for the two that are the unit."""

_PUBLISHED = {
    "cosine": "cosine to 0",
    "cosine_tenth": "cosine to 10 %",
    "wsd_10": "linear, last 10 %",
    "wsd_20": "linear, last 20 %",
    "wsd_40": "linear, last 40 %",
    "wsd_20_sqrt": "1-sqrt, last 20 %",
}
_STEPS = 300
_PEAKS = 2.0 ** -np.arange(-1.0, 10.0)  # down from the limit of stability
_BETWEEN = 2.0 ** (-np.array([-3, -2, -1, 1, 2, 3]) / 4)
_CHUNK = 600  # columns: with their directions they stay in a cache

Effects = Mapping[str, float]


class Fit(NamedTuple):
    """The assumptions under which a quadratic comes closest to given effects.

    Attributes:
        assumptions: of the grid.
        effects: of every shape, under them.
        error: the root of the mean squared difference over the shapes that were given.
    """

    assumptions: Assumptions
    effects: Effects
    error: float


# --- what is to be predicted ---------------------------------------------------------------------


@cache
def tried() -> Mapping[trials.Setting, Effects]:
    """Return the effects of shapes in every setting of our trials in which decay gains."""
    found: dict[trials.Setting, Effects] = {}
    for setting in trials.tried("constant", "linear"):
        if trials.gain(setting).low > 0:
            mean = {
                name: float(trials.losses(setting, name).mean())
                for name in ("constant", "linear", *SHAPES)
                if setting in trials.tried(name)
            }
            unit = mean["constant"] - mean["linear"]
            found[setting] = {
                name: (mean[name] - mean["linear"]) / unit for name in SHAPES if name in mean
            }
    return MappingProxyType(found)


def typical() -> Effects:
    """Return the median effect of each shape over the settings of our trials.

    Examples:
        >>> sorted(typical())[:2]
        ['cosine', 'cosine_tenth']
    """
    return {
        name: float(np.median([each[name] for each in tried().values() if name in each]))
        for name in SHAPES
        if any(name in each for each in tried().values())
    }


def published() -> Effects:
    """Return the effects of shapes in the published 124M sweep at 50,000 updates.

    Examples:
        >>> round(published()["cosine_tenth"], 2)
        0.18
    """
    arms = runs.arms()
    return {
        name: runs.compare(arms[arm], arms["linear, whole run"]).share.estimate
        for name, arm in _PUBLISHED.items()
    }


# --- what a quadratic predicts -------------------------------------------------------------------


def predicted(assumptions: Sequence[Assumptions], *, steps: int = _STEPS) -> Floats:
    """Return the effects of `SHAPES` on quadratics, exactly, shape (quadratics, shapes).

    Every shape has the best of a grid of peaks up to the limit of stability, between whose points a
    parabola is laid. Where decay gains nothing there is no share, and the row is inf.

    Args:
        assumptions: one or more.
        steps: updates, >= 20.

    Raises:
        ValueError: if there are none, or too few updates.

    Examples:
        >>> effects = predicted([Assumptions()])
        >>> effects.shape == (1, len(SHAPES))
        True
    """
    if not assumptions:
        raise refuse("assumptions", assumptions, "one or more")
    if steps < 20:
        raise refuse("steps", steps, "at least 20")
    names = ("constant", "linear", *SHAPES)
    rates = np.stack([schedule(name, 1.0, steps).sample(steps) for name in names])
    least = np.stack([_least(one, rates) for one in assumptions])
    constant, linear, others = least[:, :1], least[:, 1:2], least[:, 2:]
    with np.errstate(all="ignore"):
        found = (others - linear) / (constant - linear)
    return np.where(constant > linear * (1.0 + 1e-6), found, np.inf)


def final(one: Assumptions, lrs: Floats) -> Floats:
    """Return the exact expected loss after the last update; inf where a run diverged.

    Args:
        one: the quadratic.
        lrs: learning rates, shape (runs, updates).

    Examples:
        >>> from lrdecay.lab import quadratic
        >>> rates = np.full((1, 50), 0.5)
        >>> usual = quadratic.power_law(1.5, noise=5**0.5, error=0.25, bins=30)
        >>> bool(np.isclose(final(Assumptions(), rates), quadratic.loss(usual, rates))[0])
        True
    """
    problem = power_law(
        one.spectrum, noise=one.noise, error=one.start, anisotropy=one.lies, bins=30
    )
    h, c = problem.h[:, None], problem.c[:, None]
    slope = 0.5 * problem.weight * problem.h
    first = float(slope @ problem.m)
    found = np.empty(len(lrs))
    for at in range(0, found.size, _CHUNK):
        some = lrs[at : at + _CHUNK].T
        m = np.repeat(problem.m[:, None], some.shape[1], axis=1)
        t = np.empty_like(m)
        with np.errstate(all="ignore"):  # to diverge is a result
            for lr in some:
                noise = lr * lr
                if one.stays < 1.0:
                    noise = noise * (one.stays + (1.0 - one.stays) / first * (slope @ m))
                np.multiply(h, lr, out=t)
                np.subtract(1.0, t, out=t)
                t *= t
                m *= t
                m += np.multiply(c, noise, out=t)
        found[at : at + _CHUNK] = slope @ m
    return np.where(np.isfinite(found), found, np.inf)


def _least(one: Assumptions, rates: Floats) -> Floats:
    """Return the least final loss of each shape: of a grid of peaks, a finer one, a parabola."""
    rows = np.arange(len(rates))[:, None]
    peaks = np.broadcast_to(_PEAKS, (len(rates), _PEAKS.size))
    losses = _at(one, rates, peaks)
    more = np.minimum(peaks[rows, losses.argmin(axis=1)[:, None]] * _BETWEEN, _PEAKS[0])
    peaks = np.concatenate([peaks, more], axis=1)
    losses = np.concatenate([losses, _at(one, rates, more)], axis=1)
    order = peaks.argsort(axis=1)
    return np.array(
        [_vertex(*row) for row in zip(np.log(peaks[rows, order]), losses[rows, order], strict=True)]
    )


def _at(one: Assumptions, rates: Floats, peaks: Floats) -> Floats:
    lrs = rates[:, None, :] * peaks[:, :, None]
    return final(one, lrs.reshape(-1, rates.shape[1])).reshape(peaks.shape)


def _vertex(x: Floats, y: Floats) -> float:
    """Return the least value of a parabola through the least point and its neighbours."""
    at = int(y.argmin())
    near = slice(at - 1, at + 2)
    even = at not in {0, len(x) - 1} and np.isclose(*np.diff(x[near]))
    if not (even and np.isfinite(y[near]).all()):
        return float(y[at])
    left, middle, right = y[near]
    bend = left - 2.0 * middle + right
    return float(middle - (right - left) ** 2 / (8.0 * bend)) if bend > 0.0 else float(middle)


# --- the fit -------------------------------------------------------------------------------------


def fit(target: Effects, free: Iterable[str] = Assumptions._fields) -> Fit:
    """Return the assumptions under which the quadratic comes closest to given effects.

    Args:
        target: the effect of each shape, of `SHAPES`.
        free: names of assumptions that may be chosen from `GRID`; the others are as in the rules.

    Raises:
        ValueError: if a name is unknown, or the target has none of the shapes.

    Examples:
        >>> fit(typical(), ()).assumptions == Assumptions()
        True
    """
    return fits(target, free)[0]


def fits(target: Effects, free: Iterable[str] = Assumptions._fields) -> list[Fit]:
    """Return every choice of assumptions, the closest first: how sharp a fit is.

    Args:
        target: as for `fit`.
        free: as for `fit`.

    Raises:
        ValueError: as for `fit`.
    """
    names = set(free)
    if not names <= set(Assumptions._fields):
        raise refuse("free", sorted(names), f"among {', '.join(Assumptions._fields)}")
    if not target.keys() & set(SHAPES):
        raise refuse("target", sorted(target), f"some of {', '.join(SHAPES)}")
    usual = Assumptions()
    choices = [
        GRID[name] if name in names else (getattr(usual, name),) for name in Assumptions._fields
    ]
    grid = [Assumptions(*values) for values in product(*choices)]
    found = [Fit(one, _effects(one), error(_effects(one), target)) for one in grid]
    return sorted(found, key=lambda one: one.error)


@cache
def _effects(one: Assumptions) -> Effects:
    return dict(zip(SHAPES, predicted([one])[0].tolist(), strict=True))


def error(effects: Effects, target: Effects) -> float:
    """Return the root of the mean squared difference, over the shapes that both have.

    Examples:
        >>> error({"cosine": 0.5, "rex": 1.0}, {"cosine": 0.25})
        0.25
    """
    both = [name for name in target if name in effects]
    return float(np.sqrt(np.mean([(effects[name] - target[name]) ** 2 for name in both])))


def signs(effects: Effects, target: Effects) -> tuple[int, int]:
    """Return how many effects have the sign of the target, and how many shapes both have.

    Examples:
        >>> signs({"cosine": 0.5, "rex": 1.0}, {"cosine": 0.25, "rex": -0.1})
        (1, 2)
    """
    both = [name for name in target if name in effects]
    return sum(bool(effects[name] * target[name] > 0) for name in both), len(both)


def closer(effects: Effects, others: Effects, target: Effects) -> Interval:
    """Return by how much the error of effects is below that of others, shapes resampled.

    Args:
        effects: of shapes.
        others: of the same shapes, such as 0 for all of them.
        target: what both are to predict.

    Examples:
        >>> target = {"cosine": 0.5, "rex": -0.5}
        >>> closer(target, dict.fromkeys(target, 0.0), target).estimate
        0.5
    """
    both = [name for name in target if name in effects and name in others]
    columns = [[(one[name] - target[name]) ** 2 for name in both] for one in (effects, others)]

    def of(mine: Floats, theirs: Floats, axis: int) -> Floats:
        return np.sqrt(theirs.mean(axis=axis)) - np.sqrt(mine.mean(axis=axis))

    return jointly(columns, of)
