"""What is looked at: the rates of a run, what comes after it, and what the schedule says of itself.

A schedule can be asked everything; a Python function only for its rates; a log has those of some
steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...checks import refuse
from ...schedule import Schedule
from ..horizon import horizon

Floats = NDArray[np.float64]
MOST = 5_000_000  # updates that are looked at one by one; of a longer run, so many of them
MOST_CALLS = 1_000_000  # of a Python function
ROUNDING = 1e-9
CLIMB = 0.05  # of the peak in one step: more is a restart


class Counts(NamedTuple):
    """How the updates of a run were counted; None where that is not known."""

    epochs: float | None = None
    accumulation: int = 1
    world_size: int = 1


@dataclass(frozen=True)
class Subject:
    """A schedule in a run.

    Attributes:
        schedule: None where only rates are known.
        name: of the schedule or the function.
        steps: those that have a rate, of the run.
        rates: of these steps.
        after: rates after the run, one a step; empty for a log.
        total: updates of the run.
        horizon: of the schedule; None where it has none.
        counts: how the updates were counted.
    """

    schedule: Schedule | None
    name: str
    steps: NDArray[np.int64]
    rates: Floats
    after: Floats
    total: int
    horizon: int | None
    counts: Counts

    @property
    def peak(self) -> float:
        """The highest rate of the run."""
        return float(np.nanmax(self.rates, initial=0.0))

    @property
    def parts(self) -> list[tuple[Any, int]]:
        """Every part of the schedule, with the step of the run at which it begins."""
        return [] if self.schedule is None else list(_parts(self.schedule, 0))

    def of(self, *kinds: type) -> list[tuple[Any, int]]:
        """Return the parts of some kinds."""
        return [(part, at) for part, at in self.parts if isinstance(part, kinds)]

    @property
    def cycles(self) -> bool:
        """Whether, of a rate that is all there is, one sees that it is meant to rise again."""
        if self.schedule is not None:
            return False
        named = any(word in self.name.lower() for word in ("cycl", "restart"))
        moves = np.diff(self.rates)
        falls = np.flatnonzero(moves < 0)  # a short warmup climbs in large steps as well
        climbs = moves[falls[0] :] > CLIMB * self.peak if falls.size else moves[:0] > 0
        return named or int(climbs.sum()) > 1

    @property
    def whole(self) -> bool:
        """Whether every step of the run has a rate."""
        return self.steps.size == self.total


def _parts(one: Any, at: int) -> Iterator[tuple[Any, int]]:
    yield one, at
    starts = {"second": getattr(one, "at", 0), "schedule": getattr(one, "warmup_steps", 0)}
    for field in fields(one):
        part = getattr(one, field.name)
        for each in part if isinstance(part, tuple) else (part,):
            if isinstance(each, Schedule):
                yield from _parts(each, at + int(starts.get(field.name, 0)))


def of_schedule(schedule: Schedule, total: int, counts: Counts) -> Subject:
    """Return a schedule in a run, and after it for as long again."""
    ends = horizon(schedule)
    more = min(max(total, (ends or 0) - total + 2), MOST)
    steps = np.arange(total) if total <= MOST else np.linspace(0, total - 1, MOST).astype(int)
    with np.errstate(all="ignore"):
        run = schedule(steps.astype(float))
        after = schedule(np.arange(total, total + more, dtype=float))
    return Subject(schedule, type(schedule).__name__, steps, run, after, total, ends, counts)


def of_function(function: Callable[[int], Any], total: int, counts: Counts, name: str) -> Subject:
    """Return a Python function of the step in a run."""
    if total > MOST_CALLS:
        raise refuse("total_steps", total, f"at most {MOST_CALLS:,} for a Python function")
    rates = np.array([float(function(k)) for k in range(2 * total)])
    return of_rates(rates, total, counts, name)


def of_rates(rates: Floats, total: int, counts: Counts, name: str) -> Subject:
    """Return rates of the steps 0 to `total` - 1 and of some after them."""
    run, after = rates[:total], rates[total:]
    ends = _seen_end(rates, total)
    return Subject(None, name, np.arange(run.size), run, after, total, ends, counts)


def of_part(rates: Floats, at: int, total: int, counts: Counts, name: str) -> Subject:
    """Return rates of the steps from `at` on, of the run and of some after it."""
    if at == 0:
        return of_rates(rates, total, counts, name)
    run, after = rates[: max(total - at, 1)], rates[max(total - at, 1) :]
    return Subject(None, name, np.arange(at, at + run.size), run, after, total, None, counts)


def of_log(at: NDArray[np.int64], logged: Floats, total: int, counts: Counts) -> Subject:
    """Return the rates of a log, straight lines between them; nothing comes after.

    Of a step that is there twice the last counts. What was before the first rate is not known, nor
    after the last, but of a log that has one every so many steps they are held for as many.
    """
    order = np.argsort(at, kind="stable")
    at, logged = at[order], logged[order]
    kept = np.append(np.diff(at) > 0, [True])
    at, logged = at[kept], logged[kept]
    if not np.isfinite(logged).all():
        return Subject(None, "the log", at, logged, np.zeros(0), total, None, counts)
    gap = int(np.median(np.diff(at))) if at.size > 1 else 1
    top = int(logged.argmax())
    if top > 0 and gap > 1:  # it may have come right after the rate before it: no warmup is blamed
        logged[top - 1] = logged[top]
    begin = 0 if at[0] <= gap else int(at[0])
    end = max(int(at[-1]), total - 1 if total <= at[-1] + gap else 0)
    steps = np.linspace(begin, end, min(end - begin + 1, MOST)).astype(np.int64)
    rates = np.interp(steps, at, logged)
    run = max(end + 1, total)
    return Subject(None, "the log", steps, rates, np.zeros(0), run, None, counts)


def _seen_end(rates: Floats, total: int) -> int | None:
    """Return where the rates come to their end, if that is seen.

    From there on they stay as they are, or climb again as slowly as PyTorch's cosine does.
    """
    if not np.isfinite(rates).all() or rates.size <= total:
        return None
    peak, moves = rates.max(initial=0.0), np.diff(rates)
    low = int(np.argmax(rates <= rates.min() + ROUNDING * peak))
    top = int(np.argmax(rates >= (1 - ROUNDING) * peak))
    falls = top < low and bool((moves[top:low] <= 0).all())
    if falls and low < moves.size and 0 < moves[low] < CLIMB * peak:
        return low
    changes = np.flatnonzero(np.abs(moves) > ROUNDING * rates[:-1])  # a fade has no end
    if changes.size == 0:
        return None
    last = int(changes[-1]) + 1
    return last if rates.size - last > max(2, rates.size // 20) else None
