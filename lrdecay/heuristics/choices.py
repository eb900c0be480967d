"""Which schedule for a run: five questions that end in code, and in the rules behind it.

Questions and outcomes are data, in `choices.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..checks import Steps, check, refuse
from .recipes import RECIPES
from .registry import RULES
from .running import recorded

__all__ = ["CHOICES", "QUESTIONS", "Question", "Reason", "Recommendation", "recommend"]


def _read() -> dict[str, Any]:
    """Return the data, in which each peak has a number and a name."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    recipes = {recipe.name: recipe for recipe in RECIPES}
    for one in data["peak"]:
        if "recipe" in one:
            one.setdefault("of", one["recipe"])
            one["value"] = recipes[one["recipe"]].peak
    return data


class Question(NamedTuple):
    """One of the five.

    Attributes:
        name: what an answer is given by.
        text: the question.
        options: the answers, in words by their short names; the first is taken where none is given.
    """

    name: str
    text: str
    options: Mapping[str, str]


class Reason(NamedTuple):
    """Why a part of the schedule is as it is.

    Attributes:
        part: "schedule", "warmup", "peak" or "tuning".
        why: in a line or two.
        rules: what it rests on, each with the answer that it takes for granted: "yes", "no", or ""
            where the rule depends or is undecided, and the reason says so.
    """

    part: str
    why: str
    rules: Mapping[str, str]


@dataclass(frozen=True)
class Recommendation:
    """A schedule for a run.

    Attributes:
        name: of the schedule, in words.
        family: whose page shows it.
        code: makes the schedule; it needs lrdecay alone.
        reasons: of each part, in their order.
    """

    name: str
    family: str
    code: str
    reasons: tuple[Reason, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of all rules behind it."""
        return tuple(dict.fromkeys(id_ for reason in self.reasons for id_ in reason.rules))


CHOICES = _read()
QUESTIONS = tuple(Question(**question) for question in CHOICES["questions"])
PARTS = ("schedule", "warmup", "peak", "tuning")


def recommend(total_steps: int = 10_000, **answers: str) -> Recommendation:
    """Return the schedule that the answers to the five questions lead to.

    Args:
        total_steps: updates of the run, >= 1, a guess where its end is open. Up to 1,000 count as
            short.
        **answers: the short name of an option by the name of its question, such as `start="lora"`:
            see `QUESTIONS`. The first option where none is given.

    Raises:
        ValueError: if there is no such question or option.

    Examples:
        >>> from lrdecay.heuristics import recommend
        >>> print(recommend(339, start="finetune").code)
        import lrdecay as lrd
        <BLANKLINE>
        updates = 339
        peak = 2e-05  # BERT base, MRPC
        warmup = updates // 10
        schedule = lrd.warmup_linear(peak, updates, warmup)
    """
    updates = check("total_steps", total_steps, Steps)
    given = {question.name: next(iter(question.options)) for question in QUESTIONS} | answers
    for question in QUESTIONS:
        if given[question.name] not in tuple(question.options):
            words = f"one of {', '.join(question.options)}"
            raise refuse(question.name, given[question.name], words)
    for name in answers.keys() - {question.name for question in QUESTIONS}:
        words = f"left out: the questions are {', '.join(one.name for one in QUESTIONS)}"
        raise refuse(name, answers[name], words)
    given["length"] = "short" if updates <= CHOICES["short"] else "long"
    found = {part: _first(CHOICES[part], given) for part in PARTS}
    schedule, peak = found["schedule"], found["peak"]
    lines = (
        "import lrdecay as lrd",
        "",
        f"updates = {updates:_}",
        f"peak = {peak['value']!r}  # {peak['of']}",
        f"warmup = {found['warmup']['steps']}",
        f"schedule = {schedule['call']}",
    )
    reasons = tuple(Reason(part, one["why"], one["rules"]) for part, one in found.items())
    return Recommendation(schedule["name"], schedule["family"], "\n".join(lines), reasons)


def told(found: Recommendation) -> dict[str, Any]:
    """Return a recommendation as data, with the questions of its rules and today's answers.

    >>> told(recommend())["reasons"][0]["rules"][0]["id"]
    'H005'
    """
    from . import citing  # which knows of releases, as no experiment may

    reasons = []
    for reason in found.reasons:
        rules = [
            {
                "id": id_,
                "question": RULES[id_].question,
                "answer": str(citing.answer(recorded().get(id_))),
            }
            for id_ in reason.rules
        ]
        reasons.append({"part": reason.part, "why": reason.why, "rules": rules})
    return {"name": found.name, "family": found.family, "code": found.code, "reasons": reasons}


def _first(outcomes: list[dict[str, Any]], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the first outcome that fits."""
    return next(
        one
        for one in outcomes
        if all(given[name] in ids for name, ids in one.get("when", {}).items())
    )
