"""What others show of a rule: search engines a description, pages a badge, readers what changed."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from ..release import RELEASED
from .answers import Word
from .citing import answer, told
from .evidence import Evidence
from .rule import Rule

ROOM = 160  # characters of a description; search engines cut it there
_COLOURS: dict[Word, str] = {"yes": "green", "mostly yes": "green", "depends": "orange"}
_COLOURS |= {"mostly no": "red", "no": "red", "undecided": "grey", "fact": "blue"}
_CHANGE = re.compile(r"(?:^| )(\d+\.\d+\.\d+): ")
_OLD = re.compile(r" Old answer: (.+?)\.?$")


def response(rule: Rule, evidence: Evidence | None) -> str:
    """Return the answer in a sentence with what it rests on; of a fact, the fact.

    Examples:
        >>> from lrdecay.heuristics import RULES, recorded
        >>> response(RULES["H014"], recorded()["H014"])
        'No (published runs and our trials).'
    """
    if evidence is None:
        return plain(rule.claim)
    words = told(evidence)
    return f"{words[0].upper()}{words[1:]}."


def description(rule: Rule, evidence: Evidence | None) -> str:
    """Return question and answer in a line for search engines, with the action if there is room.

    Where the two answers of "depends" are too long, it says that there are two.
    """
    if evidence is None:
        return _cut(f"{rule.question} {response(rule, evidence)}")
    line = f"{rule.question} {response(rule, evidence)}"
    if len(line) > ROOM:
        word, strength = evidence.answer.word, evidence.answer.strength
        line = f"{rule.question} {word.capitalize()}, on what a run can tell ({strength})."
    action = plain(rule.told(rule.action, evidence)).partition(". ")[0].rstrip(".")
    longer = f"{line} {action}."
    return longer if len(longer) <= ROOM else line


def card(rule: Rule, evidence: Evidence | None) -> tuple[str, str, str]:
    """Return what the picture of a link says: question, answer, and what it rests on.

    Examples:
        >>> from lrdecay.heuristics import RULES, recorded
        >>> card(RULES["H014"], recorded()["H014"])[1:]
        ('No', 'Rests on published runs and our trials.')
    """
    found = answer(evidence)
    if evidence is None:
        return rule.question, "A cited fact", _cut(response(rule, evidence))
    lines = [f"{word.capitalize()}: {what}." for what, word in found.sides]
    lines.append(f"Rests on {found.strength}.")
    return rule.question, found.word.capitalize(), "\n".join(lines)


def badge(rule: Rule, evidence: Evidence | None) -> dict[str, str | int]:
    """Return the answer as shields.io reads it, https://shields.io/badges/endpoint-badge.

    Examples:
        >>> from lrdecay.heuristics import RULES
        >>> badge(RULES["H051"], None)["message"]
        'fact'
    """
    word = answer(evidence).word
    return {
        "schemaVersion": 1,
        "label": f"lrdecay {rule.id}",
        "message": word,
        "color": _COLOURS[word],
    }


def badge_markdown(rule: Rule, site: str) -> str:
    """Return the Markdown that shows a rule's badge and leads to its newest page.

    Args:
        rule: whose badge.
        site: address of the site, with a slash at its end.
    """
    name = rule.id.lower()
    where = quote(f"{site}badges/{name}.json", safe=":/")
    image = f"https://img.shields.io/endpoint?url={where}"
    return f"[![{rule.id}: {rule.question}]({image})]({site}heuristics/{name}/)"


class Change(NamedTuple):
    """What a release changed in a rule.

    Attributes:
        version: of the release.
        day: when it was released; "" before that.
        words: what changed, and why.
        old: the answer before; "" if the rule gave none.
    """

    version: str
    day: str
    words: str
    old: str


def changes(rule: Rule) -> list[Change]:
    """Return what a rule says under "Changes", the newest first.

    Raises:
        ValueError: if that does not begin with a version.

    Examples:
        >>> from lrdecay.heuristics import RULES
        >>> [change.version for change in changes(RULES["H001"])]
        ['0.2.0']
    """
    before, *parts = _CHANGE.split(plain(rule.changes))
    if before:
        raise ValueError(f"{rule.id}: changes must begin with a version, got {before[:40]!r}")
    found = []
    for version, words in zip(parts[::2], parts[1::2], strict=True):
        old = _OLD.search(words)
        what = words[: old.start()] if old else words
        found.append(Change(version, RELEASED.get(version, ""), what, old[1] if old else ""))
    return sorted(found, key=lambda c: [int(part) for part in c.version.split(".")], reverse=True)


def plain(words: str) -> str:
    """Return Markdown without its marks: of links their text, of code the code.

    Examples:
        >>> plain("*Use* `Cosine`, see [the page](../a.md)")
        'Use Cosine, see the page'
    """
    parts = re.sub(r"\[([^][]+)\](\([^()]*\)|\[[^][]*\])", r"\1", words).split("`")
    parts[::2] = (re.sub(r"[$\\]|\*\*?(?=\S)|(?<=\S)\*\*?", "", part) for part in parts[::2])
    return "".join(parts)


def _cut(line: str) -> str:
    if len(line) <= ROOM:
        return line
    return f"{line[: ROOM - 1].rpartition(' ')[0].rstrip(' ,;:')}…"
