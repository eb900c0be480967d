"""What someone who cites a rule needs: its address, and the rule as data, text and BibTeX."""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any, Literal, get_args

from .. import release
from ..checks import checked, refuse
from ..release import AUTHORS, YEAR, address, version
from .answers import Answer
from .cases import Case
from .evidence import Evidence
from .references import references
from .registry import RULES
from .rule import Rule
from .running import recorded

Format = Literal["text", "bibtex", "url", "json"]
_WORDS = ("claim", "action", "value", "tradeoff", "reasoning", "not_when", "conditions", "changes")


@checked()
def cite(id: str, format: Format = "text", site: str = "") -> str:  # noqa: A002, as on the command line
    """Return the citation of a rule, with the answer that this release prints.

    Args:
        id: of the rule, such as "H001".
        format: "text", "bibtex", "url" or "json".
        site: address of the site; "" for an address relative to its root.

    Raises:
        ValueError: if there is no such rule or format.

    Examples:
        >>> cite("H051", "url", "https://example.org/")
        'https://example.org/heuristics/h051/'
    """
    if id not in RULES:
        raise refuse("id", id, f"one of {min(RULES)} to {max(RULES)}")
    if format not in get_args(Format):
        raise refuse("format", format, f"one of {', '.join(get_args(Format))}")
    rule, evidence = RULES[id], recorded().get(id)
    if format == "url":
        return url(rule, site)
    if format == "json":
        return json.dumps(entry(rule, evidence, site), indent=1, ensure_ascii=False)
    return (text if format == "text" else bibtex)(rule, evidence, site)


def url(rule: Rule, site: str) -> str:
    """Return the address of a rule's page, which stays as this release has it."""
    return f"{address(site)}heuristics/{rule.id.lower()}/"


def answer(evidence: Evidence | None) -> Answer:
    """Return the answer; a rule without an experiment is a fact."""
    return Answer("fact", "cited") if evidence is None else evidence.answer


def told(evidence: Evidence | None) -> str:
    """Return the answer and what it rests on, in a line."""
    found = answer(evidence)
    return f"{found} ({found.strength})" if evidence is not None else str(found)


def text(rule: Rule, evidence: Evidence | None, site: str) -> str:
    """Return the short form of a citation."""
    return (
        f'{AUTHORS}, "{rule.question}", rule {rule.id} of lrdecay {version()}, {YEAR}. '
        f"Answer: {told(evidence)}. {url(rule, site)}"
    )


def bibtex(rule: Rule, evidence: Evidence | None, site: str) -> str:
    """Return a BibTeX entry."""
    return release.bibtex(
        rule.id.lower(),
        f"{rule.id}: {rule.question}",
        url(rule, site),
        note=f"Answer: {told(evidence)}",
    )


def entry(rule: Rule, evidence: Evidence | None, site: str) -> dict[str, Any]:
    """Return a rule as `heuristics.json` lists it."""
    words = {name: rule.told(getattr(rule, name), evidence) for name in _WORDS}
    found = answer(evidence)
    measured = [] if evidence is None else evidence.cases
    numbers = {} if evidence is None else evidence.numbers
    return {
        "id": rule.id,
        "name": rule.name,
        "topic": rule.topic,
        "question": rule.question,
        **words,
        "answer": found.word,
        "sides": [{"when": what, "answer": word} for what, word in found.sides],
        "strength": found.strength,
        "decided": found.decided,
        "settings": found.settings,
        "otherwise": found.otherwise,
        "measure": None if evidence is None else evidence.measure,
        "cases": [_case(case) for case in measured],
        "numbers": [{"name": key, **value._asdict()} for key, value in numbers.items()],
        "situations": list(rule.situations),
        "symptoms": list(rule.symptoms),
        "sources": [source(key) for key in rule.sources],
        "related": list(rule.related),
        "url": url(rule, site),
    }


def _case(case: Case) -> dict[str, Any]:
    found = {
        "name": case.key,
        "world": case.world,
        "setting": case.pooled,
        "when": case.when,
        "traits": dict(case.traits),
        "claim": case.claim,
        "claimed": case.claimed(),
        "outcome": case.outcome,
        **case.effect._asdict(),
        "unit": case.unit,
    }
    for name in ("native", "problems"):
        if (interval := getattr(case, name)) is not None:
            found[name] = interval._asdict()
    if case.updates:
        found["updates"] = case.updates
    return found


@checked()
def source(key: str) -> dict[str, str]:
    """Return a source as `heuristics.json` lists it."""
    found = references().get(key)
    if found is None:
        raise refuse("key", key, "the key of a source")
    return {"key": key, "label": found.label} | {
        name: found.fields[name] for name in ("title", "year", "url", "note")
    }


def home() -> str:
    """Return the address of the site that the installed package names, or "" if it names none."""
    named = metadata.metadata("lrdecay").get_all("Project-URL") or []
    urls = dict(line.split(", ", 1) for line in named)
    return urls.get("Documentation", "")
