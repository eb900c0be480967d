"""Every rule, by its id."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from ..checks import checked, refuse
from .rule import Rule, parse

WORDS = Path(__file__).with_name("rules")


def read(path: Path) -> Rule:
    """Return the rule of a file.

    Raises:
        ValueError: if the file has another form; the message names it.
    """
    try:
        return parse(path.read_text("utf-8"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from None


RULES = MappingProxyType({rule.id: rule for rule in map(read, sorted(WORDS.glob("h*.md")))})
JUDGED = tuple(rule.id for rule in RULES.values() if rule.is_judged)


@checked()
def judged(id: str) -> Rule:  # noqa: A002, what it is called on every page
    """Return a rule that is judged: by an experiment, by real training, or by both.

    Raises:
        ValueError: if there is none of this id.
    """
    if id not in JUDGED:
        raise refuse("id", id, f"a rule that is judged, such as {JUDGED[0]}")
    return RULES[id]
