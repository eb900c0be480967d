"""Two schedules, one behind the other: how far one passes through the log, and what goes on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...schedule import Schedule, Shift, Then
from .candidates import Found, Known, single, thinned, within
from .fitting import Points
from .stairs import roundest
from .written import count, parameters

LEAST = 3  # points on either side
SPARE = 2  # points more than numbers, or the two could be anything
BACK = 3  # points by which the first may pass through what the second wrote


def joined(points: Points, known: Known) -> Iterator[Found]:
    """Yield schedules joined of two that pass through all points, each on its own clock."""
    length = _reach(points, known)
    for end in range(length, max(length - BACK, LEAST - 1), -1):
        if points.steps.size - end < LEAST:
            continue
        before, after = points.at(np.arange(end)), points.at(np.arange(end, points.steps.size))
        firsts = list(_parts(before, Known(known.peak)))
        for second, at, goes_on in _behind(before, after, known) if firsts else ():
            for first, undecided in firsts:
                both = Then(first, second, at)
                yield both, partial(_undecided, before, after, undecided, goes_on)


def _reach(points: Points, known: Known) -> int:
    """Return through how many of the first points a single schedule passes."""
    good, bad = LEAST, points.steps.size
    while bad - good > 1:
        middle = (good + bad) // 2
        some = points.at(np.arange(middle))
        if next(_fitting(some, Known(known.peak)), None):
            good = middle
        else:
            bad = middle
    return good


def _fitting(points: Points, known: Known) -> Iterator[Found]:
    return (one for one in single(thinned(points), points, known) if within(one[0], points))


def _parts(points: Points, known: Known) -> Iterator[Found]:
    """Yield what passes through the points and has fewer numbers than there are."""
    for one in _fitting(points, known):
        if count(parameters(one[0])[1]) + SPARE <= points.steps.size:
            yield one


def _behind(before: Points, after: Points, known: Known) -> Iterator[tuple[Schedule, int, Any]]:
    """Yield what passes through the points that are left, and the step of its 0."""
    low, high = int(before.steps[-1]) + 1, int(after.steps[0])
    for at in sorted({low, high, round(roundest(low, high))}):
        end = None if known.total_steps is None else known.total_steps - at
        if not low <= at <= high or (end is not None and end < 1):
            continue
        rest = after._replace(steps=after.steps - at)
        for second, undecided in _parts(rest, Known(None, end)):
            if isinstance(second, Shift) and at + second.steps <= high:
                yield second.schedule, at + second.steps, undecided
            else:
                yield second, at, undecided


def _undecided(before: Points, after: Points, *both: Any) -> tuple[str, ...]:
    low, high = before.steps[-1] + 1, after.steps[0]
    said = [f"at: {low:,.0f} to {high:,.0f}"] if high > low else []
    for name, one in zip(("first", "second"), both, strict=True):
        said += [f"{name}, {words}" for words in one() if "the log starts there" not in words]
    return tuple(said)
