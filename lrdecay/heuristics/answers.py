"""How a rule's question is answered: the one place where cases become a word.

1. Published runs and our trials answer wherever any of them is decided; small worlds explain, and
   answer only where none is.
2. The cases of a setting, which is data and model, have one vote. If its decided cases disagree,
   the answer depends on what they differ in; where nothing separates them, half of the vote goes
   either way.
3. Of the decided settings all, at least two thirds, at most a third, or none support the claim:
   yes, mostly yes, mostly no, no. "Yes" and "no" take two settings; one alone gives "mostly".
4. Else it depends, if a condition that a reader can check on their own run separates all decided
   cases: a trait, or the number of updates. Without one the question is undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .cases import REAL, WORLDS, Case, Outcome

Word = Literal["yes", "mostly yes", "depends", "mostly no", "no", "undecided", "fact"]
Side = Literal["yes", "no"]
Strength = str
_SIDES: tuple[tuple[Side, Outcome], ...] = (("yes", "supports"), ("no", "contradicts"))


@dataclass(frozen=True)
class Answer:
    """A word, what it rests on, and for "depends" both answers.

    Attributes:
        word: see the head of this module.
        strength: in words: "published runs and our trials", "small worlds only", "algebra".
        sides: for "depends", what holds and whether the answer is then yes or no.
        decided: how many settings of those that answer are decided.
        settings: how many there are.
        otherwise: what the small worlds say, where real evidence answers and they disagree.

    Examples:
        >>> sides = (("AdamW", "yes"), ("SGD", "no"))
        >>> str(Answer("depends", "our trials", sides, 4, 4))
        'depends (AdamW: yes; SGD: no)'
    """

    word: Word
    strength: Strength
    sides: tuple[tuple[str, Side], ...] = ()
    decided: int = 0
    settings: int = 0
    otherwise: Word | None = None

    def __str__(self) -> str:
        sides = "; ".join(f"{what}: {word}" for what, word in self.sides)
        return f"{self.word} ({sides})" if sides else self.word

    @property
    def positive(self) -> bool:
        """Whether the claim comes out right, or for the greater part."""
        return self.word in {"yes", "mostly yes", "fact"}


def answer(cases: Sequence[Case]) -> Answer:
    """Return what cases say to the question that their claim answers.

    Raises:
        ValueError: if there are none.
    """
    if not cases:
        raise ValueError("cases must be one or more, got none")
    real = [case for case in cases if case.world in REAL]
    small = [case for case in cases if case.world not in REAL]
    if not _decided(real):
        # Where real runs were asked and none is decided, they explain nothing either.
        return _judge(small, _small(small)) if small else _judge(real, _worlds(real))
    found = _judge(real, _worlds(real))
    toys = _judge(small, "").word if small else None
    differ = toys is not None and _sign(toys) * _sign(found.word) < 0
    return Answer(
        found.word,
        found.strength,
        found.sides,
        found.decided,
        found.settings,
        toys if differ else None,
    )


def _judge(cases: Sequence[Case], strength: Strength) -> Answer:
    groups = _grouped(cases, lambda case: case.pooled)
    found = ({case.outcome for case in _decided(group)} for group in groups.values())
    votes = [vote for vote in found if vote]

    def says(word: Word, sides: tuple[tuple[str, Side], ...] = ()) -> Answer:
        return Answer(word, strength, sides, len(votes), len(groups))

    if not votes:
        return says("undecided")
    for_it = sum(1.0 if vote == {"supports"} else 0.5 * ("supports" in vote) for vote in votes)
    share = for_it / len(votes)
    if strength == "algebra" and share == 1.0:
        return says("fact")
    if 1 / 3 < share < 2 / 3 or any(len(vote) > 1 for vote in votes):
        if sides := condition(cases):
            return says("depends", sides)
        if 1 / 3 < share < 2 / 3:
            return says("undecided")
    sure = share in {0.0, 1.0} and len(votes) > 1
    if share > 0.5:
        return says("yes" if sure else "mostly yes")
    return says("no" if sure else "mostly no")


def condition(cases: Sequence[Case]) -> tuple[tuple[str, Side], ...]:
    """Return what separates the decided cases that support from those that contradict, or ().

    Traits are tried in the order in which the cases name them, then the number of updates.
    """
    decided = _decided(cases)
    if len({case.outcome for case in decided}) < 2:
        return ()
    for name in dict.fromkeys(name for case in decided for name in case.traits):
        if all(name in case.traits for case in decided):
            groups = _grouped(decided, lambda case, name=name: case.traits[name])
            outcomes = {value: {case.outcome for case in group} for value, group in groups.items()}
            if all(len(found) == 1 for found in outcomes.values()):
                return tuple(
                    (", ".join(value for value, one in outcomes.items() if one == {outcome}), word)
                    for word, outcome in _SIDES
                )
    horizons = sorted({case.updates for case in decided})
    if horizons[0] == 0:
        return ()
    for least in horizons[1:]:
        long = {case.outcome for case in decided if case.updates >= least}
        short = {case.outcome for case in decided if case.updates < least}
        if len(long) == len(short) == 1:  # the outcomes differ, so the two do
            words = f"runs of {least:,} updates or more", "shorter runs"
            return tuple(
                zip(words if long == {"supports"} else words[::-1], ("yes", "no"), strict=True)
            )
    return ()


def _decided(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.outcome != "undecided"]


def _grouped(cases: Iterable[Case], by: Callable[[Case], str]) -> dict[str, list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(by(case), []).append(case)
    return groups


def _worlds(cases: Sequence[Case]) -> Strength:
    """Name the worlds that are decided, or all of them where none is."""
    named = {case.world for case in _decided(cases) or cases}
    return " and ".join(words for world, words in WORLDS.items() if world in named)


def _small(cases: Sequence[Case]) -> Strength:
    return "algebra" if {case.world for case in cases} == {"algebra"} else "small worlds only"


def _sign(word: Word) -> int:
    return {"yes": 1, "mostly yes": 1, "mostly no": -1, "no": -1}.get(word, 0)
