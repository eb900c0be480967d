"""Sums of relaxations: how every change of the learning rate is felt at later steps, in O(T)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..inputs import Floats

# Of the grid of timescales: the trapezoid rule is then right to about 1e-10 for powers up to 5.
_SPACING = 0.3
_AT_ONCE = 4096  # changes, to keep memory low
_FEW = 250  # points, for which the plain sum is faster


class Changes(NamedTuple):
    """The changes of the learning rate, each a row, and the points at which they are felt.

    Attributes:
        drop: by how much the rate fell.
        lr: the rate it fell to.
        step: the update that used this rate first; a mean where changes were put together.
        area: the sum of the rates before that update, likewise.
        point: the first point that feels it; rises.
        point_step: the update after which the loss is asked for, one a point.
        point_area: the sum of the rates up to it, itself included.
    """

    drop: Floats
    lr: Floats
    step: Floats
    area: Floats
    point: NDArray[np.int64]
    point_step: Floats
    point_area: Floats


def changes(lrs: Floats, at: NDArray[np.int64], grain: float = 0.0) -> Changes:
    """Return the changes of rates (T,) up to rising steps `at`.

    With a `grain`, consecutive changes between two points count as one while they add up to less
    than this share of the highest rate. Then a fit need not sum thousands of equal crumbs.
    """
    area = np.concatenate([[0.0], np.cumsum(lrs)])
    drop = lrs[:-1] - lrs[1:]
    step = np.flatnonzero(drop) + 1
    step = step[step <= at[-1]]
    drop, lr, before = drop[step - 1], lrs[step], area[step]
    point = np.searchsorted(at, step)
    when = step.astype(np.float64)
    if grain and step.size:
        size = np.abs(drop)
        travelled = np.floor((np.cumsum(size) - size) / (grain * lrs.max()))
        new = (np.diff(travelled, prepend=-1) > 0) | (np.diff(point, prepend=-1) > 0)
        first = np.flatnonzero(new)
        total = np.add.reduceat(size, first)

        def mean(values: Floats) -> Floats:
            return np.add.reduceat(values * size, first) / total

        drop, point = np.add.reduceat(drop, first), point[first]
        lr, when, before = mean(lr), mean(when), mean(before)
    return Changes(drop, lr, when, before, point, at.astype(np.float64), area[at + 1])


def exponential(found: Changes, decay: float) -> Floats:
    """Return at each point the sum of drop (1 - decay^n) / (1 - decay), n updates after."""
    speed = np.array([-math.log(decay)])
    weights = np.full((found.drop.size, 1), 1 / (1 - decay))
    return _relaxed(found, weights.__getitem__, speed, found.step - 1, found.point_step)


def power(found: Changes, scale: Floats, beta: float) -> Floats:
    r"""Return at each point the sum of drop (1 - (1 + scale S)^-beta), S being the area since.

    At many points, the sum would take a time of their number times that of the changes. But with a
    gamma density $\rho$, $(1 + c S)^{-\beta} = \int \rho(v) e^{-v S} dv$, and exponentials need no
    memory but their sum.
    """
    if not found.drop.size:
        return np.zeros(found.point_area.size)
    if found.point_area.size <= _FEW:
        felt = np.searchsorted(found.point, np.arange(found.point_area.size), side="right")
        return np.array(
            [
                (found.drop[:n] * (1 - (1 + scale[:n] * (now - found.area[:n])) ** -beta)).sum()
                for n, now in zip(felt, found.point_area, strict=True)
            ]
        )
    low = math.log(min(scale.min(), 1 / found.point_area[-1])) - 28 / (1 + beta)
    high = math.log(scale.max()) + 3.7
    speed = np.exp(np.arange(low, high + _SPACING, _SPACING))

    def weights(rows: slice) -> Floats:
        share = speed / scale[rows, None]
        return share**beta * np.exp(-share) * (_SPACING / math.gamma(beta))

    return _relaxed(found, weights, speed, found.area, found.point_area)


def _relaxed(
    found: Changes,
    weights: Callable[[slice], Floats],
    speed: Floats,
    start: Floats,
    clock: Floats,
) -> Floats:
    """Return the sums of weight drop (1 - e^(-speed time)) over changes and speeds, at the points.

    `start` and `clock` are when the changes and the points are.
    """
    result = np.empty(clock.size)
    begun, left = np.zeros(speed.size), np.zeros(speed.size)
    lag = clock[found.point] - start
    pause = np.diff(clock, prepend=clock[:1])
    edges = np.searchsorted(found.point, np.arange(clock.size + 1)).tolist()
    block = max(1, clock.size * _AT_ONCE // max(1, found.drop.size))
    for first in range(0, clock.size, block):
        last = min(first + block, clock.size)
        rows = slice(edges[first], edges[last])
        gain = found.drop[rows, None] * weights(rows)
        kept = gain * np.exp(-speed * lag[rows, None])
        for p in range(first, last):
            left *= np.exp(-speed * pause[p])
            for row in range(edges[p] - edges[first], edges[p + 1] - edges[first]):
                begun += gain[row]
                left += kept[row]
            result[p] = (begun - left).sum()
    return result
