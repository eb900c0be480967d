"""A rule of thumb: what it says, what it rests on, and the experiment that judges it.

Its words are a Markdown file of `rules/`; its experiment in small worlds is a function of
`experiments/`, and what it asks of real training one of `real`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, get_args

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
    "fine-tuning",
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

    `action`, `value`, `tradeoff`, `reasoning`, `not_when`, `conditions` and the words of the chart
    may hold measured numbers as `{key}`, or as `{key:+.0%}` where the format is not that of the
    evidence: see `told`.

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
        seeds: those of its experiment that the site shows; none without one.
        measure: where only real training judges it: what an effect is, as a column heading.
        changes: what changed in its claim, cases or statistic since a release, and why.

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
    seeds: range = range(0)
    measure: str = ""
    changes: str = ""

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
        if not self.is_judged and not self.sources:
            raise refuse("sources", self.sources, "at least one: a fact is cited")
        if self.seeds and self.measure:
            raise refuse("measure", self.measure, "said by the experiment, where there is one")

    @property
    def is_judged(self) -> bool:
        """Whether evidence of ours judges it, as none does a cited fact."""
        return bool(self.seeds or self.measure)

    @property
    def experiment(self) -> Experiment | None:
        """Takes seeds, returns what it measured. None where no small world is asked."""
        if not self.seeds:
            return None
        module = import_module(f".experiments.{self.topic.replace(' ', '_')}", __package__)
        return getattr(module, self.id.lower())

    @property
    def disjoint(self) -> range:
        """As many other seeds, to see whether the answer of small worlds stays."""
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

        def one(found: re.Match[str]) -> str:
            name = found["name"]
            if name is None:  # a formula
                return found[0]
            if evidence is None or name not in evidence.values:
                known = [] if evidence is None else [*evidence.values]
                raise refuse(f"the placeholder in {self.id}", name, f"one of {known}")
            return format(evidence.values[name], found["spec"] or evidence.format_of(name))

        return _PLACE.sub(one, words)


# --- a rule as a file --------------------------------------------------------------------------

_SECTIONS = {
    "Action": "action",
    "Value": "value",
    "Trade-off": "tradeoff",
    "Why": "reasoning",
    "When not": "not_when",
    "Conditions": "conditions",
    "Changes": "changes",
}
_LISTS = ("situations", "symptoms", "related", "sources")


def parse(text: str) -> Rule:
    """Return the rule that a file of `rules/` tells.

    Between two lines of `---` stand `name: value` and `name: [value, value]`; then the question as
    title, the claim under it, and a section for each of the other texts, as in `_SECTIONS`.

    Raises:
        ValueError: if a section is missing or unknown, or a part has another form.
        TypeError: if a name is missing or unknown.
    """
    _, head, body = text.split("---\n", 2)
    fields: dict[str, Any] = dict(line.split(": ", 1) for line in head.splitlines())
    for name in _LISTS:
        if name in fields:
            fields[name] = tuple(fields[name].strip("[]").split(", "))
    if "seeds" in fields:
        first, last = map(int, fields["seeds"].split(" to "))
        if last < first:
            raise refuse("seeds", fields["seeds"], "the first and the last")
        fields["seeds"] = range(first, last + 1)
    title, *sections = re.split(r"^##? ", body.lstrip("\n# "), flags=re.MULTILINE)
    fields["question"], claim = title.split("\n", 1)
    texts = {"claim": claim}
    for section in sections:
        heading, words = section.split("\n", 1)
        if heading not in _SECTIONS:
            raise refuse("the heading", heading, f"one of {', '.join(_SECTIONS)}")
        texts[_SECTIONS[heading]] = words
    if missing := {"claim", *_SECTIONS.values()} - {"changes"} - texts.keys():
        raise refuse("the sections", sorted(missing), "all there")
    return Rule(**fields, **{name: " ".join(words.split()) for name, words in texts.items()})
