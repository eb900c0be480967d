"""Remedies for a symptom: the rules that name it, those first that were worth most."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple

from ..checks import refuse
from ..messages import quoted
from . import citing
from .cases import GAIN, REAL
from .evidence import Evidence
from .registry import RULES
from .rule import SITUATIONS, SYMPTOMS, Rule, Symptom
from .running import recorded

UNIT = "H005"  # what it measures is decay's gain itself

# Symptoms by their ids, which stay: pages, commands and programs name them so.
IDS: MappingProxyType[str, Symptom] = MappingProxyType(
    {
        "diverges": "loss diverges",
        "spikes": "loss spikes early",
        "oscillates": "loss oscillates",
        "stalls": "loss stalls",
        "too-high": "final loss too high",
        "seeds": "results differ between seeds",
        "horizon": "the horizon changed",
        "no-budget": "no budget to tune",
    }
)
# What a loss curve can be diagnosed with, by the id of the symptom whose remedies are for it, or by
# the rules to read where none of these symptoms is behind it.
DIAGNOSES: MappingProxyType[str, str | tuple[str, ...]] = MappingProxyType(
    {
        "diverged": "diverges",
        "early-spike": "spikes",
        "early-instability": "spikes",
        "warmup-too-short": "spikes",
        "oscillating-late": "oscillates",
        "late-oscillation": "oscillates",
        "on-its-noise-floor": "oscillates",
        "starved": "stalls",
        "plateau-rule-fired-on-noise": "stalls",
        "decayed-too-early": "too-high",
        "warmup-too-long": ("H030",),
        "still-improving-at-the-end": "too-high",
        "overfitting": "too-high",
        "cooldown-under-way": ("H006", "H050"),
        "healthy": ("H026", "H023"),
        "cannot-tell": ("H004", "H026"),
    }
)


class Remedy(NamedTuple):
    """A rule, and what it was worth in real training: a share of decay's gain, if it has one."""

    rule: Rule
    worth: float | None

    def told(self, site: str) -> dict[str, Any]:
        """Return it as data: its rule's question, answer and action, and what it was worth.

        Args:
            site: address of the site; "" for addresses relative to its root.
        """
        whole = citing.entry(self.rule, recorded().get(self.rule.id), site)
        kept = ("id", "question", "answer", "strength", "sides", "action", "url")
        return {name: whole[name] for name in kept} | {"worth": self.worth}


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
    return _ranked(rule for rule in RULES.values() if symptom in rule.symptoms)


def listed(symptom: str = "", situation: str = "", words: str = "") -> list[Remedy]:
    """Return the rules for a symptom, a situation and words, ranked as `remedies` are.

    Args:
        symptom: an id of `IDS`, what a diagnosis says, or one of `SYMPTOMS`; "" for any.
        situation: one of `SITUATIONS`, with spaces or hyphens; "" for any.
        words: all of which are in a rule's question or name.

    Raises:
        ValueError: if there is no such symptom or situation; the message says what is near.

    Examples:
        >>> listed("late-oscillation") == listed("oscillates") == remedies("loss oscillates")
        True
        >>> "H009" in [remedy.rule.id for remedy in listed(words="cosine run")]
        True
    """
    about: dict[str, str | tuple[str, ...]] = {**IDS, **{one: one for one in SYMPTOMS}}
    for name, what in DIAGNOSES.items():
        about[name] = IDS[what] if isinstance(what, str) else what
    wanted = _known("symptom", symptom, about, IDS)
    place = _known("situation", situation, {one: one for one in SITUATIONS}, SITUATIONS)
    return _ranked(
        rule
        for rule in RULES.values()
        if (wanted is None or wanted in rule.symptoms or rule.id in wanted)
        and (place is None or place in rule.situations)
        and all(word in f"{rule.question} {rule.name}".lower() for word in words.lower().split())
    )


def _known(what: str, name: str, known: Mapping[str, Any], ids: Iterable[str]) -> Any:
    """Return what a name stands for, with spaces or hyphens; None for no name."""
    known = {one.replace(" ", "-"): value for one, value in known.items()}
    plain = name.strip().lower().replace(" ", "-")
    if not plain or plain in known:
        return known.get(plain)
    near = get_close_matches(plain[:100], known, 2)
    names = ", ".join(one.replace(" ", "-") for one in ids)
    hint = f"did you mean {' or '.join(near)}?" if near else f"try {names}"
    raise ValueError(f"there is no {what} {quoted(name)}; {hint}")


def _ranked(rules: Iterable[Rule]) -> list[Remedy]:
    found = [Remedy(rule, _worth(rule, recorded().get(rule.id))) for rule in rules]
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
