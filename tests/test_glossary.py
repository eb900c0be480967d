"""The glossary: one file for the page and for the tooltips."""

import re

import pytest

pytest.importorskip("mkdocs")

from docs._build import glossary
from docs._build.project import ROOT
from lrdecay.heuristics import RULES

SOURCE = (ROOT / glossary.SOURCE).read_text()
ENTRIES = glossary.entries(SOURCE)


def test_no_line_is_lost():
    lines = [line for line in SOURCE.splitlines() if line.startswith("*")]
    assert len(ENTRIES) == len(lines) > 40


@pytest.mark.parametrize("term", ENTRIES)
def test_an_entry_is_one_plain_sentence_and_names_a_rule_there_is(term):
    text = ENTRIES[term]
    assert len(text) <= 140
    assert not re.search(r"[*`<>\[\]{}$]|\.$", text)  # a tooltip shows them as they are
    assert set(re.findall(r"H\d{3}", text)) <= RULES.keys()


def test_the_page_has_every_entry_once_in_order():
    page = glossary.definitions(ROOT)
    anchors = re.findall(r"\{ #([a-z0-9-]+) \}$", page, re.MULTILINE)
    assert len(set(anchors)) == len(anchors) == len(ENTRIES)
    terms = [term.strip("`") for term in re.findall(r"^(.+) \{ #", page, re.MULTILINE)]
    assert terms == sorted(ENTRIES, key=str.casefold)
    assert "([H002](../heuristics/h002.md))." in page


def test_a_term_is_explained_once_and_in_no_heading():
    one, two = ('<abbr title="it &amp; that">EMA</abbr>', '<abbr title="other">SWA</abbr>')
    content = f"<h2 id='a'>{one}</h2><dl><dt>{two}</dt></dl><p>{one}, {two}, {one}</p>"
    assert glossary.once(content) == (
        f"<h2 id='a'>EMA</h2><dl><dt>SWA</dt></dl><p>{one}, {two}, EMA</p>"
    )
