"""One form, fitted to points that are known to half a unit each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .forms import LEAST, WHOLE, Form, View

Floats = NDArray[np.float64]
STARTS = 3  # of the search, the best of the grid
WITHIN = 1 + 1e-6  # half units
NEARLY = 1.3  # half units; what misses by more fits no better when it is rounded
SMOOTH, JUMPY = 5.0, 40.0  # hundredths of the peak by which a grid's best may miss, in the mean
HOPELESS = 100.0  # half units
MARGINS = (0.85, 0.97, 0.9995, 1.0)  # of half a unit, one after the other
COUNTS = {"cycles"}  # searched by the grid alone
SOFT = (1e-3, 3e-5)  # shares of the peak: first to get near, then nearer
FAR = 5.0  # of the first, beyond which a point is not near
JUMPS = {"CosineRestarts", "CosineCycles", "Cyclic", "Polynomial"}
LARGE = 1000  # rows of a grid


class Points(NamedTuple):
    """What was logged: steps, rates, and half a unit of each."""

    steps: Floats
    rates: Floats
    half: Floats

    def at(self, rows: NDArray[np.intp]) -> Points:
        """Return some of them."""
        return Points(self.steps[rows], self.rates[rows], self.half[rows])


class Problem:
    """The numbers and rates of a form, in one vector."""

    def __init__(self, form: Form, points: Points, peak: float | None = None) -> None:
        """Keep them; a peak that is known is not moved."""
        self.form, self.points, self.peak = form, points, peak
        kept = COUNTS if peak is None else {*COUNTS, "base_lr"}
        self.moving = [i for i, name in enumerate(form.names) if name not in kept]
        self.numbers = len(form.numbers)
        low = [LEAST.get(name, 1.0 if name in WHOLE else 1e-9) for name in form.numbers]
        if form.family == "Exponential":
            low = [
                -1e6 if name == "rate" else one for name, one in zip(form.numbers, low, strict=True)
            ]
        self.low = np.array([*low, *(0.0 for _ in form.rates)])

    def columns(self, x: Floats) -> Floats:
        """Return the numbers that the rates are multiplied with."""
        return _finite(np.array(self.form.columns(self.points.steps, *x[: self.numbers].tolist())))

    def misses(self, x: Floats, half: Floats | None = None) -> Floats:
        """Return by how many half units each point is missed."""
        half = self.points.half if half is None else half
        return (x[self.numbers :] @ self.columns(x) - self.points.rates) / half

    def slopes(self, x: Floats, free: NDArray[np.intp], half: Floats) -> Floats:
        """Return how the misses change with each free number."""
        columns = self.columns(x)
        at = x[self.numbers :] @ columns
        found = []
        for i in free:
            if i >= self.numbers:
                found.append(columns[i - self.numbers] / half)
                continue
            moved = x.copy()
            step = 1e-6 * max(abs(x[i]), 1e-3)
            moved[i] += step
            found.append((moved[self.numbers :] @ self.columns(moved) - at) / half / step)
        return np.stack(found, axis=1)


def _finite(found: Floats) -> Floats:
    if np.isfinite(found).all():
        return found
    return np.nan_to_num(found, nan=1e6, posinf=1e6, neginf=-1e6)


def starts(form: Form, points: Points, view: View, most: int = STARTS) -> tuple[list[Floats], bool]:
    """Return the best points of the form's grid with their rates, and whether they come near.

    To come near is to miss by a few hundredths of the peak, or at few points: near a jump.
    """
    grid = form.grid(view)
    rows = np.unique(np.linspace(0, points.steps.size - 1, 48).astype(int))
    some = points.at(rows)
    half = np.maximum(some.half, 0.01 * np.abs(points.rates).max())
    if len(grid) > LARGE:  # a third of the rows says which part of it is worth all of them
        third = slice(None, None, 3)
        error, _ = _least_squares(form, grid, some.at(np.arange(rows.size)[third]), half[third])
        grid = grid[np.sort(np.argsort(error, kind="stable")[: len(grid) // 5])]
    error, rate = _least_squares(form, grid, some, half)
    chosen: list[int] = []
    for i in np.argsort(error, kind="stable")[:40]:
        # Starts that are neighbours lead to the same place.
        if all(
            np.abs(grid[i] - grid[j]).max(initial=0) > 0 and _apart(grid[i], grid[j])
            for j in chosen
        ):
            chosen.append(int(i))
        if len(chosen) == most:
            break
    near = error.min() / rows.size <= (JUMPY if form.family in JUMPS else SMOOTH) ** 2
    return [np.concatenate([grid[i], rate[i]]) for i in chosen], bool(near)


def _apart(one: Floats, other: Floats) -> bool:
    return bool((np.abs(one - other) > 0.06 * np.abs(one)).any()) or one.size == 0


def _least_squares(form: Form, grid: Floats, some: Points, half: Floats) -> tuple[Floats, Floats]:
    numbers = [grid[:, i : i + 1] for i in range(grid.shape[1])]
    shape = (len(grid), some.steps.size)
    found = form.columns(some.steps[None], *numbers)
    columns = np.stack([_finite(np.broadcast_to(one, shape) / half) for one in found], 1)
    aim = some.rates / half
    gram = columns @ columns.transpose(0, 2, 1)
    right = columns @ aim
    gram = gram + 1e-9 * np.eye(len(found)) * (
        np.trace(gram, axis1=1, axis2=2)[:, None, None] + 1e-300
    )
    rates = np.linalg.solve(gram, right[..., None])[..., 0]
    for j in range(len(found)):  # rates are not negative: leave out the one that is
        bad = rates[:, j] < 0
        if bad.any() and len(found) == 2:
            other = 1 - j
            rates[bad, j] = 0.0
            rates[bad, other] = right[bad, other] / gram[bad, other, other]
    rates = np.maximum(rates, 0.0)
    fitted = (rates[:, None] @ columns)[:, 0]
    return ((fitted - aim) ** 2).sum(1), rates


def solve(problem: Problem, x: Floats, free: NDArray[np.intp]) -> Floats:
    """Return numbers near `x` that lie within all half units, or close to it; only `free` move."""
    if not free.size:
        return x
    half = problem.points.half
    x = _descend(problem, np.maximum(x, problem.low), free, half, None, 10)
    best, worst = x, np.abs(problem.misses(x)).max()
    for margin in MARGINS:
        if worst <= WITHIN or worst > HOPELESS:
            break
        x = _descend(problem, x, free, half, margin, 14)
        miss = np.abs(problem.misses(x)).max()
        if miss < worst:
            best, worst = x, miss
    return best


def _descend(  # noqa: C901, PLR0917 - a walk, in one piece
    problem: Problem,
    x: Floats,
    free: NDArray[np.intp],
    half: Floats,
    margin: float | None,
    most: int,
) -> Floats:
    """Return the end of a walk down the sum of squares, of misses or of what exceeds the margin."""

    def cost(at: Floats) -> tuple[Floats, float]:
        miss = problem.misses(at, half)
        if margin is not None:
            miss = np.sign(miss) * np.maximum(np.abs(miss) - margin, 0.0)
        return miss, float(miss @ miss)

    miss, value = cost(x)
    damping = 1e-3
    for _ in range(most if free.size else 0):
        if value == 0 or not np.isfinite(value):
            break
        slopes = problem.slopes(x, free, half)
        if margin is not None:
            slopes = slopes * (miss != 0)[:, None]
        size = np.sqrt((slopes**2).sum(0))
        size[size == 0] = 1.0
        scaled = slopes / size
        aim = np.concatenate([-miss, np.zeros(free.size)])
        better = False
        for _ in range(5):
            ridge = np.sqrt(damping + 1e-20) * np.eye(free.size)
            # Not by the square of the slopes: half units of one log can be 10^8 apart.
            move = np.linalg.lstsq(np.concatenate([scaled, ridge]), aim, rcond=None)[0] / size
            tried = x.copy()
            tried[free] += move
            tried = np.maximum(tried, problem.low)
            new, new_value = cost(tried)
            if new_value < value:
                better = True
                break
            damping = max(damping * 8, 1e-6)
        if not better:
            break
        gain = (value - new_value) / value
        x, miss, value = tried, new, new_value
        damping = damping / 10 if damping > 1e-9 else 0.0
        if margin is None and gain < 1e-3:
            break
        if margin is not None and gain < 1e-2 and value > 1:
            break
        if margin is not None and np.abs(problem.misses(x, half)).max() <= WITHIN:
            break
    return x


def _elsewhere(misses: Floats, form: Form) -> bool:
    """Whether a coarse walk ended far from more points than those at a jump or an end."""
    share = 0.6 if form.family in JUMPS else 0.3
    return int((np.abs(misses) > FAR).sum()) > max(3, share * misses.size)


def fits(problem: Problem, x: Floats) -> bool:
    """Whether all points are within half a unit."""
    return bool(np.abs(problem.misses(x)).max() <= WITHIN)


def search(  # noqa: C901 - near, nearer, rounded
    form: Form, points: Points, view: View, peak: float | None = None
) -> tuple[Problem, Floats, bool]:
    """Return the best that was found for a form, and whether it fits before it is rounded."""
    problem = Problem(form, points, peak)
    free = np.array(problem.moving, dtype=int)
    largest = np.abs(points.rates).max()
    with np.errstate(all="ignore"):
        begin, near = starts(form, points, view)
        if not near:
            return problem, begin[0], False
        walked = []
        soft = np.maximum(points.half, SOFT[0] * largest)
        finer = np.maximum(points.half, SOFT[1] * largest)
        for x in begin:
            at = np.maximum(x, problem.low)
            if peak is not None and "base_lr" in form.rates:
                at[form.names.index("base_lr")] = peak
            at = _descend(problem, at, free, soft, None, 8)
            if _elsewhere(problem.misses(at, soft), form):
                walked.append((np.inf, at))
                continue
            at = _descend(problem, at, free, finer, None, 8)
            walked.append((float(np.square(problem.misses(at, finer)).sum()), at))
        walked.sort(key=lambda pair: pair[0])
        best, worst = walked[0][1], np.inf
        if not np.isfinite(walked[0][0]):
            return problem, best, False
        for cost, at in walked:
            if cost > 30 * walked[0][0] + points.steps.size:
                break
            x = solve(problem, at, free)
            miss = float(np.abs(problem.misses(x)).max())
            if miss < worst:
                best, worst = x, miss
            if worst <= WITHIN:
                break
        if WITHIN < worst < 1e4 and "total_steps" in form.names:
            # A family that is steep at its end has a trap on the wrong side of the last point.
            at = best.copy()
            front = [
                at[i] for i, name in enumerate(form.names) if name in {"warmup_steps", "shift"}
            ]
            at[form.names.index("total_steps")] = points.steps[-1] - sum(front) + 1
            at = solve(problem, at, free)
            miss = float(np.abs(problem.misses(at)).max())
            if miss < worst:
                best, worst = at, miss
    return problem, best, worst <= WITHIN


@np.errstate(all="ignore")
def rounded(problem: Problem, x: Floats) -> tuple[Floats, bool]:
    """Return the same with whole numbers whole, and all as round as the points allow."""
    names = problem.form.names
    whole = [i for i, name in enumerate(names) if name in WHOLE]
    x, free = _whole(problem, x, whole)
    numbers = [i for i in range(problem.numbers) if i not in whole]
    rates = list(range(problem.numbers, len(names)))
    found = [_fixed(problem, x, [*numbers, *rates], free)]
    if numbers:
        found.append(_fixed(problem, x, [*rates, *numbers], free))
    x, _ = min(found, key=lambda one: (not fits(problem, one[0]), _length(one[0])))
    return x, fits(problem, x)


def _whole(problem: Problem, x: Floats, whole: list[int]) -> tuple[Floats, list[int]]:
    """Return numbers of which those of `whole` are, and what is free then."""
    best, free = _fixed(problem, x, whole, problem.moving)
    if fits(problem, best) or not fits(problem, x):
        return best, free
    # A round one can leave none to the next: those nearest, together.
    rest = np.array(free, dtype=int)
    moving = [i for i in whole if i in problem.moving]
    for shift in product((0.0, 1.0, -1.0), repeat=min(len(moving), 2)):
        tried = x.copy()
        tried[moving] = np.round(x[moving])
        tried[moving[: len(shift)]] += shift
        tried = solve(problem, np.maximum(tried, problem.low), rest)
        if fits(problem, tried):
            return tried, free
    return best, free


def _length(x: Floats) -> int:
    return sum(len(f"{value:.10e}".partition("e")[0].rstrip("0")) for value in x.tolist())


def _fixed(
    problem: Problem, x: Floats, order: list[int], free: list[int]
) -> tuple[Floats, list[int]]:
    """Return the numbers with those of `order` rounded, one after the other; what is free then."""
    names, free = problem.form.names, list(free)
    for i in [i for i in order if i in problem.moving]:
        free.remove(i)
        rest = np.array(free, dtype=int)
        nearest, least = x, np.inf
        for value in _round_values(x, i, names):
            tried = x.copy()
            tried[i] = value
            if tried[i] < problem.low[i]:
                continue
            tried = solve(problem, tried, rest)
            miss = float(np.abs(problem.misses(tried)).max())
            if miss < least:
                nearest, least = tried, miss
            if miss <= WITHIN:
                break
        if least <= WITHIN or names[i] in WHOLE:
            x = nearest  # of whole numbers the nearest, where a region is too thin to walk into
    return x, free


def _round_values(x: Floats, i: int, names: tuple[str, ...]) -> Iterator[float]:
    """Yield values of one number near what it is, the roundest first."""
    value, name = float(x[i]), names[i]
    if name not in WHOLE:
        yield 0.0
        for digits in range(1, 13):
            yield float(f"{value:.{digits - 1}e}")
        yield value
        return
    seen: set[float] = set()
    warmup = float(x[names.index("warmup_steps")]) if "warmup_steps" in names else 0.0
    places = len(str(int(abs(value) + 1)))
    for digits in range(1, places + 1):
        unit = 10.0 ** (places - digits)
        near = [unit * round(value / unit)]
        if warmup == round(warmup) and name != "warmup_steps":  # the horizon with the warmup in it
            near.append(unit * round((value + warmup) / unit) - warmup)
        for one in near:
            if one not in seen and abs(one - value) <= max(0.3 * value, 3):
                seen.add(one)
                yield one
    base = round(value)
    for shift in (-1, 1, -2, 2, -3, 3):
        if base + shift not in seen:
            yield base + shift


@np.errstate(all="ignore")
def interval(problem: Problem, x: Floats, i: int) -> tuple[float, float]:
    """Return the least and the greatest value of one number with which the points still fit."""
    rest = np.array([j for j in problem.moving if j != i], dtype=int)
    ends = []
    for sign in (-1, 1):
        good, at = float(x[i]), x
        reach = max(abs(good), 1e-12) * 1e-3
        bad = None
        for _ in range(14):
            value = good + sign * reach if bad is None else 0.5 * (good + bad)
            if value < problem.low[i]:
                bad = problem.low[i] if bad is None else bad
                value = problem.low[i]
                if good == value:
                    break
            tried = at.copy()
            tried[i] = value
            tried = solve(problem, tried, rest)
            if fits(problem, tried):
                good, at = value, tried
                reach *= 6
            else:
                bad = value
            if bad is not None and abs(bad - good) <= 0.1 * max(abs(good - x[i]), 1e-3 * abs(x[i])):
                break
        ends.append(good)
    return ends[0], ends[1]
