"""Families of stairs and of straight pieces: read off the log, without a search."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...families.multistep import MultiStep
from ...families.piecewise import Piecewise
from ...families.step import Step
from ...schedule import Constant, Schedule
from .fitting import NEARLY, WITHIN, Points, Problem, rounded, solve
from .forms import Form

MOST_LEVELS = 40
MOST_PIECES = 8
MOST_MULTIPLES = 40
MOST_TRIES = 3  # of paths, nearest first
HIDDEN = 4.0  # half units by which a path may miss where one more corner is looked for


class Level(NamedTuple):
    """Points with one rate: from `low` to `high` it may be, from step `first` to step `last`."""

    first: float
    last: float
    low: float
    high: float


def levels(points: Points) -> list[Level]:
    """Return the log as levels: points of one rate within rounding, one after the other."""
    found: list[Level] = []
    for step, rate, half in zip(*(one.tolist() for one in points), strict=True):
        low, high = rate - half, rate + half
        if found and low <= found[-1].high and high >= found[-1].low:
            last = found[-1]
            found[-1] = Level(last.first, step, max(low, last.low), min(high, last.high))
        else:
            found.append(Level(step, step, low, high))
    return found


def roundest(low: float, high: float) -> float:
    """Return the number from `low` to `high` that has the fewest digits.

    >>> roundest(0.0296, 0.0304), roundest(1234.2, 1290.0), roundest(-1e-9, 1e-3)
    (0.03, 1250.0, 0.0)
    """
    if low <= 0 <= high:
        return 0.0
    middle = 0.5 * (low + high)
    for digits in range(17):
        found = float(f"{middle:.{digits}e}")
        if low <= found <= high:
            return found
        unit = 10.0 ** (math.floor(math.log10(abs(middle))) - digits)
        for half in (0.5 * unit * math.ceil(low / (0.5 * unit)), unit * math.ceil(low / unit)):
            found = float(f"{half:.{digits + 1}e}")
            if low <= found <= high:
                return found
    return middle


def stairs(points: Points) -> list[Schedule]:
    """Return the schedules of constant pieces that fit the points, if there are few levels."""
    found = levels(points)
    if len(found) == 1:
        return [Constant(max(roundest(found[0].low, found[0].high), 0.0))]
    made: list[Schedule] = [*_steps(found)]
    if len(found) <= min(MOST_LEVELS, max(4, points.steps.size / 3)):
        made += _milestones(found)
    return made


def _steps(found: list[Level]) -> list[Schedule]:
    """Return equal drops by one factor, a whole number of them between two levels."""
    rates = np.array([0.5 * (one.low + one.high) for one in found])
    if (rates <= 0).any():
        return []
    drops = -np.diff(np.log(rates))
    if (drops <= 0).any() and (drops >= 0).any():
        return []
    best: list[tuple[tuple[int, int], Schedule]] = []
    for each in (1, 2, 3):
        unit = float(np.median(drops[np.abs(drops) < 1.5 * np.abs(drops).min()])) / each
        counts = np.round(drops / unit)
        unit = float(drops.sum() / counts.sum())
        after = np.concatenate([[0.0], np.cumsum(np.round(drops / unit))])
        for before in range(MOST_MULTIPLES):
            n = after + before
            least = max(math.floor(one.last / (k + 1)) + 1 for one, k in zip(found, n, strict=True))
            tops = [math.floor(one.first / k) for one, k in zip(found, n, strict=True) if k > 0]
            most = min(tops, default=least)
            if least > most or least < 1:
                continue
            size = int(roundest(least, most))
            if not least <= size <= most:
                size = least
            made = _factor(found, n, size)
            if made is not None:
                best.append(((each, before), made))
                break
        if best:
            break
    return [made for _, made in best[:1]]


def _factor(found: list[Level], n: NDArray[np.float64], size: int) -> Schedule | None:
    """Return the step schedule of `n` drops at each level whose factor is the roundest."""
    if min(one.low for one in found) <= 0:
        return None
    low = np.log([one.low for one in found])
    high = np.log([one.high for one in found])
    # ln base + n ln gamma within [low, high]: a region in the plane; its range of ln gamma first.
    slopes = [
        ((low[j] - high[i]) / (n[j] - n[i]), (high[j] - low[i]) / (n[j] - n[i]))
        for i in range(len(n))
        for j in range(i + 1, len(n))
        if n[j] > n[i]
    ]
    least, most = max(s[0] for s in slopes), min(s[1] for s in slopes)
    if least > most:
        return None
    for gamma in (roundest(math.exp(least), math.exp(most)), math.exp(0.5 * (least + most))):
        if gamma <= 0:
            continue
        slope = math.log(gamma)
        bottom, top = (low - n * slope).max(), (high - n * slope).min()
        if bottom <= top:
            return Step(roundest(math.exp(bottom), math.exp(top)), size, gamma)
    return None


def _milestones(found: list[Level]) -> list[Schedule]:
    """Return a drop at each change: by one factor if that fits, and to rates of their own."""
    at = [int(roundest(a.last + 1, b.first)) for a, b in pairwise(found)]
    values = [max(roundest(one.low, one.high), 0.0) for one in found]
    made: list[Schedule] = []
    one = _factor(found, np.arange(len(found), dtype=float), 1)
    if isinstance(one, Step):
        made.append(MultiStep(one.base_lr, tuple(at), one.gamma))
    elif min(values) > 0:
        factors = [b / a for a, b in pairwise(values)]
        made.append(MultiStep(values[0], tuple(at), tuple(float(f"{x:.12g}") for x in factors)))
    made.append(Piecewise(tuple(at), tuple(values)))
    return made


def pieces(points: Points) -> Schedule | None:
    """Return straight lines between few corners, if such a path fits.

    Corners are looked for where two lines meet, and then moved with the rates as in any family.
    """
    paths = [path for runs in _runs(points) for path in _bent(points, runs)]
    near = sorted((path for path in paths if path.worst <= NEARLY), key=_worst)
    for path in near[:MOST_TRIES]:
        x, fits = rounded(path.problem, path.x)
        given = dict(zip(path.problem.form.names, x.tolist(), strict=True))
        with suppress(ValueError):  # corners that have met
            if fits:
                return path.problem.form.make(given)
    return None


def _runs(points: Points) -> Iterator[list[tuple[int, int]]]:
    """Yield the points in runs on one line each, the longest from the first on or from the last.

    They differ where a point between two corners lies on the line before them, or after.
    """
    mirrored = Points(-points.steps[::-1], points.rates[::-1], points.half[::-1])
    last = points.steps.size - 1
    backward = [(last - end, last - begin) for begin, end in reversed(_straight(mirrored))]
    seen = None
    for runs in (_straight(points), backward):
        if (
            2 <= len(runs) <= MOST_PIECES
            and all(end > begin for begin, end in runs[:-1])
            and runs != seen
        ):
            seen = runs
            yield runs


def _bent(points: Points, runs: list[tuple[int, int]]) -> list[Path]:
    """Return the path with a corner between each two runs, or with one more if that is hidden."""
    best = _fitted(points, runs)
    if not HIDDEN >= best.worst > WITHIN:
        return [best]
    # A bend that rounding all but hides lies within one run: the corner is moved from there.
    tries = [_split(runs, i, share) for i in range(len(runs)) for share in (0.25, 0.5, 0.75)]
    return [best, *(_fitted(points, one) for one in tries if one)]


class Path(NamedTuple):
    """A path through the points: what it was fitted to, its numbers, and the largest miss."""

    problem: Problem
    x: NDArray[np.float64]
    worst: float


def _worst(path: Path) -> float:
    return path.worst


def _split(runs: list[tuple[int, int]], i: int, share: float) -> list[tuple[int, int]]:
    """Return the runs with one in two, or none if it is too short for that."""
    begin, end = runs[i]
    at = begin + round(share * (end - begin))
    return [*runs[:i], (begin, at), (at + 1, end), *runs[i + 1 :]] if begin < at < end - 1 else []


def _fitted(points: Points, runs: list[tuple[int, int]]) -> Path:
    """Return the path with a corner between each two runs that is nearest to the points."""
    k, y, half = points
    corners, fits_of, values = [], [], []
    for begin, end in runs:
        rows = slice(begin, end + 1)
        line = (0.0, y[begin]) if begin == end else np.polyfit(k[rows], y[rows], 1)
        fits_of.append(line)
    for (p, q), (_, end), (begin, _) in zip(pairwise(fits_of), runs, runs[1:], strict=False):
        gap = p[0] - q[0]
        corner = (q[1] - p[1]) / gap if gap else k[end]
        corners.append(float(np.clip(corner, max(k[end - 1], 1.0), k[begin])))
        values.append(float(np.polyval(p, corners[-1])))
    last = runs[-1]
    flat = np.ptp(y[last[0] : last[1] + 1]) <= 2 * half[last[0] : last[1] + 1].max()
    ends = corners if flat else [*corners, float(k[-1] + 1)]
    form = _path(len(ends), None if flat else float(k[-1] + 1))
    values = [np.polyval(fits_of[0], 0.0), *values]
    if not flat:
        values.append(np.polyval(fits_of[-1], ends[-1]))
    problem = Problem(form, points)
    free = np.arange(len(form.names))
    x = solve(problem, np.concatenate([ends[: len(form.numbers)], np.maximum(values, 0.0)]), free)
    return Path(problem, x, float(np.abs(problem.misses(x)).max()))


def _path(count: int, end: float | None) -> Form:
    """Return a path with so many corners after step 0, the last one at the end if there is one."""
    numbers = tuple(f"corner_{i}" for i in range(count if end is None else count - 1))
    rates = tuple(f"value_{i}" for i in range(count + 1))

    def columns(u: NDArray[np.float64], *given: float) -> tuple[NDArray[np.float64], ...]:
        at = np.maximum.accumulate([0.0, *given, *(() if end is None else (end,))])
        if (np.diff(at) <= 0).any():  # corners that have met
            at = at + 1e-9 * np.arange(at.size)
        return tuple(np.interp(u, at, row) for row in np.eye(at.size))

    def make(given: Mapping[str, float]) -> Schedule:
        at = [round(given[name]) for name in numbers] + ([] if end is None else [round(end)])
        values = tuple(float(f"{max(given[name], 0.0):.12g}") for name in rates)
        return Piecewise(tuple(at), values, between="linear")

    return Form("Piecewise", numbers, rates, columns, lambda _: np.zeros((1, 0)), make)


def _straight(points: Points) -> list[tuple[int, int]]:
    """Return the longest runs of points that lie on one line, from the first on."""
    k, y, h = points
    runs, begin, n = [], 0, k.size
    while begin < n:
        low, high, end = -math.inf, math.inf, begin
        for j in range(begin + 1, n):
            span = k[j] - k[begin]
            a = (y[j] - h[j] - y[begin] - h[begin]) / span
            b = (y[j] + h[j] - y[begin] + h[begin]) / span
            if max(low, a) > min(high, b):
                break
            low, high, end = max(low, a), min(high, b), j
        runs.append((begin, end))
        if len(runs) > 12:
            break
        begin = end + 1
    return runs
