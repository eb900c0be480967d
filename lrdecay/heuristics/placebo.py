"""Placebos: what the machinery answers where the right answer is known beforehand.

With its arms swapped a claim of superiority must not come out right where it did before, and with
two equal arms never. A claim that one schedule is no worse than others does come out right for
equal arms, and says so in its words; for "the best default" every schedule is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..lab.stats import Interval
from . import real
from .answers import Answer, answer
from .cases import Case
from .evidence import Evidence

Placebo = Callable[[Case], Case]


class Tried(NamedTuple):
    """What became of a rule's cases that compare two arms.

    Attributes:
        claims: the kinds of claim among them.
        found: the answer to them as they are.
        swapped: with the arms swapped.
        equal: with two equal arms, and intervals as wide as they were.
    """

    claims: tuple[str, ...]
    found: Answer
    swapped: Answer
    equal: Answer

    @property
    def passed(self) -> bool:
        """Whether a claim of superiority came out wrong on both placebos."""
        if self.claims != ("superiority",):
            return True
        return not self.equal.positive and not (self.found.positive and self.swapped.positive)


def tried(evidence: Evidence) -> Tried | None:
    """Return what the placebos give, or None if no case compares two arms.

    A threshold, such as a share of runs or a power, has no arms.
    """
    cases = [case for case in evidence.cases if case.claim != "threshold"]
    if not cases:
        return None
    claims = tuple(sorted({case.claim for case in cases}))
    return Tried(claims, answer(cases), *(answer(placebo(cases)) for placebo in (swapped, equal)))


def swapped(cases: Sequence[Case]) -> list[Case]:
    """Return the cases with their arms swapped."""
    return [
        replace(case, effect=Interval(-e.estimate, -e.high, -e.low, e.n))
        for case in cases
        for e in (case.effect,)
    ]


def equal(cases: Sequence[Case]) -> list[Case]:
    """Return the cases as if their arms were equal: intervals as wide, around 0."""
    return [
        replace(case, effect=Interval(0.0, -wide, wide, case.effect.n))
        for case in cases
        for wide in ((case.effect.high - case.effect.low) / 2,)
    ]


def defaults(shapes: Sequence[str]) -> Mapping[str, Answer]:
    """Return for each schedule of a set whether it is a safe default, as H007 asks of one.

    Args:
        shapes: of the trials' grid, such as "linear" and "wsd_20".
    """
    return {shape: answer(list(real.best_default(shape))) for shape in shapes}
