"""A rule of thumb: what it says, what it rests on, and the experiment that judges it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from ..checks import refuse
from .evidence import Evidence

Topic = Literal[
    "noise",
    "ending",
    "cooldown",
    "tuning",
    "warmup",
    "cycles",
    "batch size",
    "optimizers",
    "shape",
    "known runs",
]
Situation = Literal[
    "choosing a schedule",
    "tuning the peak rate",
    "starting a run",
    "during a run",
    "extending a run",
    "changing the batch size",
    "fine-tuning",
    "pre-training",
    "reading papers",
]
Symptom = Literal[
    "loss diverges",
    "loss spikes early",
    "loss oscillates",
    "loss stalls",
    "final loss too high",
    "results differ between seeds",
    "the horizon changed",
    "no budget to tune",
]
TOPICS: tuple[Topic, ...] = get_args(Topic)
SITUATIONS: tuple[Situation, ...] = get_args(Situation)
SYMPTOMS: tuple[Symptom, ...] = get_args(Symptom)

DISJOINT = 10_000  # a second set of seeds starts here
# A placeholder outside of formulas.
_PLACE = re.compile(r"\$[^$]+\$|\{(?P<name>[a-zA-Z_]\w*)(?::(?P<spec>[^{}]*))?\}")
Experiment = Callable[[range], Evidence]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of thumb about the learning rate.

    `action`, `value`, `tradeoff`, `reasoning`, `not_when` and the words of the chart may hold
    measured numbers as `{key}` or `{key:.0%}`: see `told`.

    Args:
        id: "H" and three digits; never reused.
        name: a few words, for menus and tables.
        question: what someone who tunes a model asks; ends with a question mark.
        claim: the sentence that is judged.
        topic: one of `TOPICS`.
        action: what to do.
        value: what it buys.
        tradeoff: what it costs.
        reasoning: why, in Markdown.
        not_when: where it does not apply.
        conditions: what the experiment ran: model, steps, seeds, how rates were chosen.
        sources: keys of `references.bib`.
        situations: of `SITUATIONS`, at least one.
        symptoms: of `SYMPTOMS`.
        related: ids of other rules.
        experiment: takes seeds, returns what it measured. None for a cited fact.
        seeds: the seeds that the site shows.

    Raises:
        ValueError: if a field has another form.
    """

    id: str
    name: str
    question: str
    claim: str
    topic: Topic
    action: str
    value: str
    tradeoff: str
    reasoning: str
    not_when: str
    conditions: str
    sources: tuple[str, ...]
    situations: tuple[Situation, ...]
    symptoms: tuple[Symptom, ...] = ()
    related: tuple[str, ...] = ()
    experiment: Experiment | None = None
    seeds: range = range(0)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"H\d{3}", self.id):
            raise refuse("id", self.id, "H and three digits")
        if not self.question.endswith("?"):
            raise refuse("question", self.question, "a question")
        chosen = (
            ("topic", (self.topic,), TOPICS),
            ("situations", self.situations, SITUATIONS),
            ("symptoms", self.symptoms, SYMPTOMS),
        )
        for name, values, allowed in chosen:
            if not set(values) <= set(allowed):
                raise refuse(name, values, f"among {', '.join(allowed)}")
        if not self.situations:
            raise refuse("situations", self.situations, "at least one")
        if (self.experiment is None) is not (len(self.seeds) == 0):
            raise refuse("seeds", self.seeds, "given with an experiment, and only then")
        if self.experiment is None and not self.sources:
            raise refuse("sources", self.sources, "at least one: a fact is cited")

    @property
    def disjoint(self) -> range:
        """As many other seeds, to see whether the verdict stays."""
        start = self.seeds.start + DISJOINT
        return range(start, start + len(self.seeds))

    def told(self, words: str, evidence: Evidence | None) -> str:
        """Return words with the measured numbers in place of their `{key}`.

        Raises:
            ValueError: if a `{key}` names no number of the evidence.

        Examples:
            >>> from lrdecay.heuristics import RULES
            >>> RULES["H051"].told(r"formulas such as $x^{2}$ stay", None)
            'formulas such as $x^{2}$ stay'
        """
        values = {} if evidence is None else evidence.values

        def one(found: re.Match[str]) -> str:
            name, spec = found["name"], found["spec"] or ""
            if name is None:  # a formula
                return found[0]
            if name not in values:
                raise refuse(f"the placeholder in {self.id}", name, f"one of {[*values]}")
            return format(values[name], spec)

        return _PLACE.sub(one, words)
