"""Remedies for a symptom: the rules that name it, those first that were worth most."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from ..checks import refuse
from . import citing
from .cases import GAIN, REAL
from .evidence import Evidence
from .registry import RULES
from .rule import SYMPTOMS, Rule, Symptom
from .running import recorded

UNIT = "H005"  # what it measures is decay's gain itself


class Remedy(NamedTuple):
    """A rule, and what it was worth in real training: a share of decay's gain, if it has one."""

    rule: Rule
    worth: float | None


def remedies(symptom: Symptom) -> list[Remedy]:
    """Return the rules that name a symptom, ranked by evidence and then by what they were worth.

    Rules that real training decided come first, then those of small worlds, facts, and questions
    that are open. Within each of these the largest effect comes first, and what has none in shares
    of decay's gain last.

    Args:
        symptom: one of `SYMPTOMS`.

    Raises:
        ValueError: if there is no such symptom.

    Examples:
        >>> [remedy.rule.id for remedy in remedies("loss spikes early")][:2]
        ['H081', 'H068']
    """
    if symptom not in SYMPTOMS:
        raise refuse("symptom", symptom, f"one of {', '.join(SYMPTOMS)}")
    named = [rule for rule in RULES.values() if symptom in rule.symptoms]
    found = [Remedy(rule, _worth(rule, recorded().get(rule.id))) for rule in named]
    return sorted(found, key=lambda one: (_kind(recorded().get(one.rule.id)), -(one.worth or 0.0)))


def _worth(rule: Rule, evidence: Evidence | None) -> float | None:
    """Return the share of decay's gain that at least half of the real cases reach.

    It is what separates the better choice from the other, whichever the question is about.
    """
    if rule.id == UNIT:
        return 1.0
    cases = evidence.cases if evidence else ()
    effects = [abs(c.effect.estimate) for c in cases if c.world in REAL and c.unit == GAIN]
    return statistics.median_low(effects) if effects else None


def _kind(evidence: Evidence | None) -> int:
    """Return 0 for what real training decided, up to 3 for an open question."""
    answer = citing.answer(evidence)
    if answer.word == "undecided":
        return 3
    return {"cited": 2, "small worlds only": 1, "algebra": 1}.get(answer.strength, 0)
