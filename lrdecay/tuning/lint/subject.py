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
from ..logs.log import last_of_each

Floats = NDArray[np.float64]
MOST = 5_000_000  # updates that are looked at one by one; of a longer run, so many of them
MOST_CALLS = 1_000_000  # of a Python function
ROUNDING = 1e-9
CLIMB = 0.05  # of the peak in one step: more is a restart
MOST_AFTER = 200_000  # updates after a run that are looked at


class Counts(NamedTuple):
    """How the updates of a run were counted; None where that is not known."""

    epochs: float | None = None
    accumulation: int = 1
    world_size: int = 1
    dataset_size: int | None = None


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
        marks: steps at which a scheduler says that it will change.
    """

    schedule: Schedule | None
    name: str
    steps: NDArray[np.int64]
    rates: Floats
    after: Floats
    total: int
    horizon: int | None
    counts: Counts
    marks: tuple[int, ...] = ()

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
        named = named and not self.is_one_cycle
        moves = np.diff(self.rates)
        falls = np.flatnonzero(moves < 0)  # a short warmup climbs in large steps as well
        climbs = moves[falls[0] :] > 0.5 * np.ptp(self.rates) if falls.size else moves[:0] > 0
        return named or int(climbs.sum()) > 1

    @property
    def is_one_cycle(self) -> bool:
        """Whether a name alone tells of a long rise before a long fall."""
        words = self.name.lower().replace("_", "")
        return self.schedule is None and any(one in words for one in ("onecycle", "slanted"))

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


def of_function(
    function: Callable[[int], Any], total: int, counts: Counts, name: str
) -> tuple[Subject, str]:
    """Return a Python function of the step in a run, and the error in which it ends, if it does."""
    if total > MOST_CALLS:
        raise refuse("total_steps", total, f"at most {MOST_CALLS:,} for a Python function")
    rates, stops = sampled(function, total + ahead(total, counts))
    run = np.append(rates, np.full(max(total - rates.size, 0), np.nan))
    return of_rates(run, total, counts, name), stops


def sampled(function: Callable[[int], Any], steps: int) -> tuple[Floats, str]:
    """Return the first rates of a function, and the error in which it ends, if it does.

    Raises:
        ValueError: if it has no first rate.
    """
    rates: list[float] = []
    for k in range(steps):
        try:
            rates.append(float(function(k)))
        except Exception as error:  # noqa: BLE001, of a function of anybody's
            if k == 0:
                raise refuse("schedule", function, f"a function of the step ({error})") from None
            return np.array(rates), str(error)
    return np.array(rates), ""


def ahead(total: int, counts: Counts) -> int:
    """Return how many rates after a run are looked at.

    So many that the end of a schedule is seen that counts forward passes, or those of each process,
    and that the rates are seen to stay as they are.
    """
    most = total * counts.accumulation * counts.world_size
    return min(most + most // 4 + 2, MOST_AFTER)


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


def of_log(at: NDArray[np.int64], lr: Floats, total: int, counts: Counts) -> Subject:
    """Return the rates of a log, straight lines between them; nothing comes after.

    Of a step that is there twice the last counts. What was before the first rate is not known, nor
    after the last, but of a log that has one every so many steps they are held for as many.
    """
    at, lr = last_of_each(at, lr)
    if not np.isfinite(lr).all():
        return Subject(None, "the log", at, lr, np.zeros(0), total, None, counts)
    gap = int(np.median(np.diff(at))) if at.size > 1 else 1
    top = int(lr.argmax())
    if top > 0 and gap > 1:  # it may have come right after the rate before it: no warmup is blamed
        lr[top - 1] = lr[top]
    begin = 0 if at[0] <= gap else int(at[0])
    end = total - 1 if at[-1] <= total <= at[-1] + gap else int(at[-1])
    steps = np.linspace(begin, end, min(end - begin + 1, MOST)).astype(np.int64)
    rates = np.interp(steps, at, lr)
    run = max(end + 1, total)
    return Subject(None, "the log", steps, rates, np.zeros(0), run, None, counts)


def stairs(rates: Floats) -> NDArray[np.int64]:
    """Return the steps at which rates change, if they stay as they are in between; else none."""
    at = np.flatnonzero(np.abs(np.diff(rates)) > ROUNDING * np.abs(rates[:-1])) + 1
    return at if np.diff(at).min(initial=rates.size) > 1 else at[:0]


def _seen_end(rates: Floats, total: int) -> int | None:
    """Return where the rates come to their end, if that is seen.

    From there on they stay as they are, or climb again as slowly as PyTorch's cosine does.
    """
    if not np.isfinite(rates).all() or rates.size <= total:
        return None
    peak, moves = rates.max(initial=0.0), np.diff(rates)
    top = int(np.argmax(rates >= (1 - ROUNDING) * peak))
    low = top + int(np.argmax(rates[top:] <= rates[top:].min() + ROUNDING * peak))
    falls = top < low and bool((moves[top:low] <= ROUNDING * peak).all())
    if falls and low < moves.size and 0 < moves[low] < CLIMB * peak:
        return low
    changes = np.flatnonzero(np.abs(moves) > ROUNDING * rates[:-1])  # a fade has no end
    if changes.size == 0:
        return None
    last = int(changes[-1]) + 1
    treads = np.diff(stairs(rates), prepend=0)
    if treads.size > 1 and np.ptp(treads) <= 1 and rates.size - last <= treads.max() + 1:
        return None  # such stairs go on
        return None
    return last if rates.size - last > max(2, rates.size // 20) else None
