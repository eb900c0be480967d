"""Every rule, by its id."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from ..arguments import checked
from ..checks import refuse
from .rule import Rule, parse

WORDS = Path(__file__).with_name("rules")
_FOUND = [parse(path.read_text("utf-8")) for path in sorted(WORDS.glob("h*.md"))]
RULES = MappingProxyType({rule.id: rule for rule in _FOUND})
JUDGED = tuple(rule.id for rule in _FOUND if rule.seeds)


@checked()
def judged(id: str) -> Rule:  # noqa: A002, what it is called on every page
    """Return a rule that has an experiment.

    Raises:
        ValueError: if there is none of this id.
    """
    if id not in JUDGED:
        raise refuse("id", id, f"a rule with an experiment: {', '.join(JUDGED)}")
    return RULES[id]
