"""A schedule made of schedules, computed without recursion and without computing a part twice."""

# ruff: noqa: SLF001 - methods of one base class

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .parts import shared_parts
from .schedule import Schedule
from .trace import Symbol

# Which schedule's rate is wanted, and at which step; None for its first rate, as a number.
Wanted = tuple[Schedule, Any]

_FIRST = np.zeros(())


@dataclass(frozen=True, repr=False)
class Composite(Schedule):
    """What is made of other schedules: it says in `_wants` which of their rates it needs."""

    @abstractmethod
    def _wants(self, k: Any, xp: Any) -> Generator[Wanted, Any, Any]:
        """Yield a schedule and a step for each rate that is wanted, and return the rate at `k`.

        What is sent back is the rate of that schedule at that step, in the kind of `k`.
        """

    def _lr(self, k: Any, xp: Any) -> Any:
        with np.errstate(all="ignore"):  # what is infinite or undefined is looked at by the caller
            return evaluate(self, k, xp)


@dataclass(frozen=True, repr=False)
class Of(Composite):
    """What is made of one schedule."""

    schedule: Schedule


class _Waiting(NamedTuple):
    """A composite whose rate at `k` is being computed, and what is known of others there."""

    schedule: Composite
    k: Any
    xp: Any
    rates: Generator[Wanted, Any, Any]
    known: dict[int, Any]


def evaluate(schedule: Composite, k: Any, xp: Any) -> Any:
    """Return the rate of a composite at `k`.

    A part that is wanted again at the same `k` is not computed again. Of arrays, which take memory,
    only those are kept that will be wanted again.
    """
    shared = None if isinstance(k, Symbol) else _shared(schedule)
    first: dict[int, Any] = {}  # the first rates
    waiting = [_Waiting(schedule, k, xp, schedule._wants(k, xp), {})]
    rate: Any = None
    while waiting:
        now = waiting[-1]
        try:
            part, at = now.rates.send(rate)
        except StopIteration as done:
            rate = done.value
            waiting.pop()
            if now.k is _FIRST or shared is None or id(now.schedule) in shared:
                now.known[id(now.schedule)] = rate
            continue
        space, known = now.xp, now.known
        if at is None:
            at, space, known = _FIRST, np, first
        elif at is not now.k:
            known = {}
        if id(part) in known:
            rate = known[id(part)]
        elif isinstance(part, Composite):
            waiting.append(_Waiting(part, at, space, part._wants(at, space), known))
            rate = None
        else:
            rate = part._lr(at, space)
            if known is first or shared is None or id(part) in shared:
                known[id(part)] = rate
    return rate


def is_first(k: Any) -> bool:
    """Whether the rate is wanted for the number of a schedule's first rate."""
    return k is _FIRST


def _shared(schedule: Schedule) -> frozenset[int]:
    kept = vars(schedule)
    if "_shared" not in kept:
        object.__setattr__(schedule, "_shared", shared_parts(schedule))
    return kept["_shared"]
