"""The glossary, and tooltips that do not repeat: both from `docs/_theme/abbreviations.md`.

A line `*[WSD]: Warmup, stable, decay (H058)` is an entry of the glossary. In the section
`tooltips`, which every page ends with, it is also what a reader is told who points at the word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "docs/_theme/abbreviations.md"
ENTRY = re.compile(r"^\*\[(?P<term>[^\]]+)\]: (?P<text>.+)$", re.MULTILINE)
RULE = re.compile(r" \((H\d{3})\)$")
TOOLTIP = re.compile(
    r"(?P<inside><(?P<tag>h[1-6]|dt)\b.*?</(?P=tag)>)"
    r'|<abbr title="(?P<title>[^"]*)">(?P<word>.*?)</abbr>',
    re.DOTALL,
)
UNWRAP = re.compile(r'<abbr title="[^"]*">(.*?)</abbr>', re.DOTALL)


def entries(source: str) -> dict[str, str]:
    r"""Return the explanation of each term, in the order of the alphabet.

    >>> entries("*[b]: What comes after a\n*[A]: The first letter")
    {'A': 'The first letter', 'b': 'What comes after a'}
    """
    found = {entry["term"]: entry["text"] for entry in ENTRY.finditer(source)}
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))


def definitions(root: Path) -> str:
    """Return the glossary as Markdown, for a page in a folder one below the root."""
    found = entries((root / SOURCE).read_text("utf-8"))
    return "\n\n".join(map(_definition, found, found.values()))


def _definition(term: str, text: str) -> str:
    rule = RULE.search(text)
    more = f" ([{rule[1]}](../heuristics/{rule[1].lower()}.md))" if rule else ""
    anchor = re.sub(r"[^a-z0-9]+", "-", term.lower())
    shown = f"`{term}`" if "_" in term else term
    return f"{shown} {{ #{anchor} }}\n:   {RULE.sub('', text)}{more}."


def once(content: str) -> str:
    """Return HTML in which a term is explained where it first stands in the text, and not again.

    >>> word = '<abbr title="to explain">x</abbr>'
    >>> once(f"<h2>{word}</h2><p>{word} and {word}</p>")
    '<h2>x</h2><p><abbr title="to explain">x</abbr> and x</p>'
    """
    seen: set[str] = set()

    def one(found: re.Match[str]) -> str:
        if found["inside"]:
            return UNWRAP.sub(r"\1", found["inside"])
        if found["title"] in seen:
            return found["word"]
        seen.add(found["title"])
        return found[0]

    return TOOLTIP.sub(one, content)
