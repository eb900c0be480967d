"""All families, tried on the points: what starts how is read off them, the rest is searched for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...schedule import Constant, Schedule
from .fitting import NEARLY, WITHIN, Points, Problem, interval, rounded, search
from .forms import WHOLE, Form, View, catalogue, ending, risers, shifted, warmed
from .stairs import pieces, stairs

Floats = NDArray[np.float64]
Found = tuple[Schedule, Callable[[], tuple[str, ...]]]
MOST_POINTS = 240  # that are searched; all others are looked at in the end
MOST_HOLD = 100_000
ROUNDS = 3
CYCLIC = {"CosineRestarts", "CosineCycles", "Cyclic"}


class Known(NamedTuple):
    """What is known beside the log: the rate of the peak, and the last step of the schedule."""

    peak: float | None = None
    total_steps: int | None = None


def proposed(points: Points, known: Known) -> list[Found]:
    """Return at most a few schedules a family, fitting or not, and what each leaves undecided."""
    few = thinned(points)
    found: list[Found] = [
        (one, tuple) for one in stairs(points if points.steps.size < 5000 else few)
    ]
    if found and isinstance(found[0][0], Constant):
        after = f"what comes after step {points.steps[-1]:,.0f}: the rate never changed"
        return [(found[0][0], lambda: (after,))]
    if known.peak is not None:
        found = [one for one in found if one[0].first_rate == known.peak]
    path = pieces(few)
    if path is not None:
        found.append((path, tuple))
    found += single(few, points, known)
    if not any(within(one, points) for one, _ in found):
        if few.steps[0] >= 1:  # a log may count its updates from 1
            for schedule, undecided in single(_earlier(few), _earlier(points), known):
                found.append((schedule.shift(1), undecided))
        for steps in _holds(few):
            epochs = _by_epoch(few, steps)
            for schedule, undecided in single(epochs, epochs, Known(known.peak)):
                found.append((schedule.hold(steps), undecided))
    return found


def _earlier(points: Points) -> Points:
    return points._replace(steps=points.steps - 1)


def within(schedule: Schedule, points: Points) -> bool:
    """Whether every rate is the schedule's, rounded."""
    with np.errstate(all="ignore"):
        return bool(
            (np.abs(schedule(points.steps) - points.rates) <= points.half * (1 + 1e-5)).all()
        )


def single(few: Points, points: Points, known: Known) -> Iterator[Found]:
    """Yield what is found for each family, with each warmup that its first points allow."""
    for forms in [*_behind(few), *risers().values()]:
        best: tuple[Problem, Floats, bool] | None = None
        for plain in forms:
            form = plain if known.total_steps is None else ending(plain, known.total_steps)
            if len(form.names) > few.steps.size:
                continue
            result = _refined(form, few, points, known.peak)
            if result is None:
                continue
            if best is None or _worst(result) < _worst(best):
                best = result
            if result[2]:
                break
        if best is None:
            continue
        made = _made(*best[:2])
        if made is not None:
            yield made, partial(_undecided, *best[:2]) if best[2] else tuple


def _worst(result: tuple[Problem, Floats, bool]) -> float:
    return float(np.abs(result[0].misses(result[1])).max())


def _refined(
    form: Form, few: Points, points: Points, peak: float | None
) -> tuple[Problem, Floats, bool] | None:
    """Return the fit of a form to a few points, and to those of all that it misses most."""
    view = _view(few)
    for _ in range(ROUNDS):
        problem, x, good = search(form, few, view, peak)
        if not good and np.abs(problem.misses(x)).max() > NEARLY:
            return problem, x, False
        x, good = rounded(problem, x)
        if not good or few.steps.size == points.steps.size:
            return problem, x, good
        misses = np.abs(Problem(form, points, peak).misses(x))
        if misses.max() <= WITHIN:
            return problem, x, True
        more = np.union1d(few.steps, points.steps[np.argsort(misses)[-20:]])
        few = points.at(np.flatnonzero(np.isin(points.steps, more)))
    return problem, x, False


def _made(problem: Problem, x: Floats) -> Schedule | None:
    given = {}
    for name, value in zip(problem.form.names, x.tolist(), strict=True):
        given[name] = (
            max(round(value), int(name in {"total_steps", "cycle_steps"}))
            if name in WHOLE
            else float(f"{value:.12g}")
        )
    try:
        return problem.form.make(given)
    except (ValueError, ArithmeticError):
        return None


def _undecided(problem: Problem, x: Floats) -> tuple[str, ...]:
    said = []
    for i in problem.moving:
        name = problem.form.names[i]
        low, high = interval(problem, x, i)
        words = {
            "start": "start of the cooldown",
            "peak_at": "warmup_steps",
            "noam_steps": "warmup_steps",
        }
        if name in WHOLE:
            low, high = max(np.ceil(low - 1e-9), 0.0), np.floor(high + 1e-9)
            if high > 1e3 * problem.points.steps[-1]:
                said.append(f"{words.get(name, name)}: {low:,.0f} or more")
            elif high - low >= 1:
                said.append(f"{words.get(name, name)}: {low:,.0f} to {high:,.0f}")
        elif high - low > 0.01 * max(abs(high), 1e-300):
            said.append(f"{words.get(name, name)}: {low:.4g} to {high:.4g}")
    begin = problem.points.steps[0]
    if begin > 0 and "shift" in problem.form.numbers:
        said.append(f"what was before step {begin:,.0f}, such as a warmup: the log starts there")
    return tuple(said)


# --- what the points say at once ------------------------------------------------------------------


def thinned(points: Points) -> Points:
    """Return few of the points: evenly, and those at which the curve bends or jumps most."""
    n = points.steps.size
    if n <= MOST_POINTS:
        return points
    evenly = np.unique(np.linspace(0, n - 1, MOST_POINTS // 2).astype(int))
    slopes = np.abs(np.diff(points.rates))
    bends = np.abs(np.diff(points.rates, 2))
    first = np.arange(min(12, n))
    jumps = np.argsort(slopes)[-30:]
    corners = np.argsort(bends)[-30:] + 1
    rows = np.unique(np.concatenate([evenly, first, jumps, jumps + 1, corners]))
    return points.at(rows)


def _view(points: Points) -> View:
    k, y, h = points
    top = y.max()
    at_top = np.flatnonzero(y >= top - 2 * h[y.argmax()])
    last = int(at_top[-1])
    after = k[min(last + 1, k.size - 1)]
    jumps = np.flatnonzero(np.diff(y) > 2 * (h[1:] + h[:-1]))
    big = jumps[np.diff(y)[jumps] > 0.1 * (top - y.min())] if jumps.size else jumps
    peak = int(y.argmax())
    rises = tuple((float(k[i]), float(k[i + 1])) for i in big if i >= peak)
    gap = float(np.median(np.diff(k)))
    return View(float(max(k[-1], 1.0)), (float(k[last]), float(after)), rises, gap)


def _behind(points: Points) -> Iterator[list[Form]]:
    """Yield the forms of each family, with what may be in front of it."""
    k, y, h = points
    plain = catalogue()
    peak = int(np.flatnonzero(y >= y.max() - 2 * h[y.argmax()])[0])
    rising = peak > 0 and y[0] < y[peak] - 2 * (h[0] + h[peak])
    firsts = _firsts(points, peak) if rising else []
    widths = _widths(points, peak) if rising else np.zeros(0)
    repeats = k.size < 12 or bool((np.diff(y)[peak:] > 2 * h[peak + 1 :]).any())
    for name, every in plain.items():
        # Further cycles differ from the first only in a log that shows one.
        forms = every if repeats or name not in CYCLIC else every[:2]
        if not rising:
            late = []
            if name != "Constant" and k[peak] >= 0:
                last = int(np.flatnonzero(y >= y.max() - 2 * h[y.argmax()])[-1])
                begin, end = k[last], k[min(last + 1, k.size - 1)]
                if last > 0 or k[0] > 0:
                    at = np.unique(
                        np.clip([begin - (end - begin), begin, 0.5 * (begin + end), k[0]], 0, None)
                    )
                    late = [
                        shifted(form, at) for form in forms if form.family not in {"WSD", "Cyclic"}
                    ]
            yield [*forms, *late]
            continue
        made = [warmed(form, first, widths) for form in forms for first in firsts]
        if "start" in firsts or not firsts:
            made = []
        made += [warmed(form, "zero", widths, start=True) for form in forms[:2]]
        if name in {"Cyclic", "CosineRestarts", "CosineCycles", "Exponential"}:
            made = [*forms, *made] if name != "CosineCycles" else made
        yield sorted(made, key=lambda form: len(form.names) + form.extra)


def _firsts(points: Points, peak: int) -> list[str]:
    """Return the warmups from 0 whose straight line passes all points before the peak."""
    k, y, h = points.at(np.arange(peak))
    found = []
    for first, offset in (("1/(w+1)", 1.0), ("zero", 0.0), ("1/w", 1.0)):
        at = k + offset
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = np.where(at > 0, (y - h) / at, 0.0), np.where(at > 0, (y + h) / at, np.inf)
        if low.max() <= high.min() * (1 + 1e-9) and (y[at == 0] <= h[at == 0]).all():
            found.append(first)
    return found


def _widths(points: Points, peak: int) -> Floats:
    """Return lengths at which the warmup may end."""
    k, y, _ = points
    before, at = k[peak - 1], k[peak]
    after = k[min(peak + 1, k.size - 1)]
    near = [0.5 * (before + at), at]
    if peak >= 2 and y[peak - 1] > y[0]:
        slope = (y[peak - 1] - y[0]) / (k[peak - 1] - k[0])
        near.append(k[0] + (y[peak] - y[0]) / slope)
    elif y[0] > 0:
        near.append((k[0] + 1) * y[peak] / y[0] - 1)
    else:
        near.append(0.75 * before + 0.25 * at)
    return np.unique(np.clip(near, 1.0, max(after, 1.0)))


def _holds(points: Points) -> list[int]:
    """Return the roundest numbers of steps for which every rate seems to be held."""
    k, y, _ = points
    change = np.diff(y) != 0
    if change.all() or change.sum() < 2:
        return []
    most = int(min(MOST_HOLD, k[-1] / 2))
    sizes = np.arange(2, most + 1)
    good = np.ones(sizes.size, dtype=bool)
    last = int(np.flatnonzero(change)[-1])
    for i in range(last + 1):
        apart = k[i] // sizes != k[i + 1] // sizes
        if change[i]:
            good &= apart
    # Where nothing changed the epoch is the same, or the curve was flat: the most that can be.
    same = np.zeros(sizes.size)
    for i in np.flatnonzero(~change[:last]):
        same += k[i] // sizes == k[i + 1] // sizes
    if not good.any() or same[good].max() == 0:
        return []
    best = sizes[good & (same == same[good].max())].tolist()
    best.sort(key=lambda size: (len(str(size).strip("0")), -size))
    return best[:2]


def _by_epoch(points: Points, steps: int) -> Points:
    """Return one point an epoch."""
    epochs = points.steps // steps
    first = np.flatnonzero(np.append([True], np.diff(epochs) > 0))
    chosen = points.at(first)
    return Points(epochs[first], chosen.rates, chosen.half)
