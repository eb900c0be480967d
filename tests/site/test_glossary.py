"""The glossary: one file for the page and for the tooltips."""

import re

import pytest

from lrdecay.heuristics import RULES
from tests.pages import ROOT, built, read

yaml = pytest.importorskip("yaml", reason="comes with MkDocs")
pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

WORDS = yaml.safe_load((ROOT / "docs/glossary.yml").read_text("utf-8"))
ENTRIES = WORDS["tooltips"] | WORDS["others"]


def test_no_word_stands_twice():
    assert len(ENTRIES) == len(WORDS["tooltips"]) + len(WORDS["others"]) > 40


@pytest.mark.parametrize("term", ENTRIES)
def test_an_entry_is_one_plain_sentence_and_names_a_rule_there_is(term):
    text = ENTRIES[term]
    assert len(text) <= 140
    assert not re.search(r"[*`<>\[\]{}$]|\.$", text)  # a tooltip shows them as they are
    assert set(re.findall(r"H\d{3}", text)) <= RULES.keys()


def test_the_page_has_every_entry_once_in_order():
    source = (ROOT / "build/docs/reference/glossary.md").read_text("utf-8")
    anchors = re.findall(r"\{ #([a-z0-9-]+) \}$", source, re.MULTILINE)
    assert len(set(anchors)) == len(anchors) == len(ENTRIES)
    assert set(anchors) <= read(built())["reference/glossary/index.html"].ids
    terms = [term.strip("`") for term in re.findall(r"^(.+) \{ #", source, re.MULTILINE)]
    assert terms == sorted(ENTRIES, key=str.casefold)
    assert "([H002](../heuristics/h002.md) *" in source  # and its answer
