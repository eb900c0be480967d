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
BACK = 3  # points that both may pass through


def joined(points: Points, known: Known) -> Iterator[Found]:
    """Yield schedules joined of two that pass through all points, each on its own clock.

    The first may pass through a few of the second's points too: where a hand-off is found, one is
    looked for a point earlier as well, and before that up to `BACK` points.
    """
    size = points.steps.size
    left = BACK
    for end in range(min(_reach(points, known), size - LEAST), LEAST - 1, -1):
        if not left:
            return
        left -= 1
        before, after = points.at(np.arange(end)), points.at(np.arange(end, size))
        seconds = _behind(before, after, known)
        firsts = list(_parts(before, Known(known.peak))) if seconds else []
        for first, undecided in firsts:
            for second, at, goes_on in seconds:
                both = Then(first, second, at)
                yield both, partial(_undecided, before, after, undecided, goes_on)
        if firsts:
            left = min(left, 1)


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


def _behind(before: Points, after: Points, known: Known) -> list[tuple[Schedule, int, Any]]:
    """Return what passes through the points that are left, and the step of its 0."""
    low, high = int(before.steps[-1]) + 1, int(after.steps[0])
    for at in dict.fromkeys((round(roundest(low, high)), low, high)):
        end = None if known.total_steps is None else known.total_steps - at
        if not low <= at <= high or (end is not None and end < 1):
            continue
        rest = after._replace(steps=after.steps - at)
        found: list[tuple[Schedule, int, Any]] = []
        for second, undecided in _parts(rest, Known(None, end)):
            if isinstance(second, Shift) and at + second.steps <= high:
                found.append((second.schedule, at + second.steps, undecided))
            else:
                found.append((second, at, undecided))
        if found:
            return found
    return []


def _undecided(before: Points, after: Points, *both: Any) -> tuple[str, ...]:
    low, high = before.steps[-1] + 1, after.steps[0]
    said = [f"at: {low:,.0f} to {high:,.0f}"] if high > low else []
    for name, one in zip(("first", "second"), both, strict=True):
        said += [f"{name}, {words}" for words in one() if "the log starts there" not in words]
    return tuple(said)
