"""The page on the notes' claims: complete, well-formed, its links and numbers there."""

import re
from typing import NamedTuple

import pytest

from lrdecay.heuristics import RULES, recorded
from tests.paths import ROOT

PAGE = ROOT / "docs/tables/claims.md"
COUNTS = {"000": 15, "001": 18, "002": 13, "003": 18, "004": 11}
VERDICTS = {"holds", "holds when", "does not hold", "not testable"}
EMBED = re.compile(r'\{\{ number\("([\w-]+)\.(\w+)"(?:, "[^"]+")?\) \}\}')
LINK = re.compile(r"\[([^]]+)\]\(\.\./([^)#]+)\)")


class Claim(NamedTuple):
    note: str
    id: str
    said: str
    verdict: str
    when: str
    why: str


def read():
    note = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if found := re.fullmatch(r"Note (\d{3}), an? .+\.", line):
            note = found[1]
        elif line.startswith("| S"):
            id_, said, found, why = line.strip("| ").split(" | ")
            verdict, _, when = found.removeprefix("**").partition("**")
            yield Claim(note, id_, said, verdict, when.strip(), why)


CLAIMS = tuple(read())
each = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def test_every_claim_of_every_note_is_there_in_order():
    expected = [(note, f"S{note[-1]}-{i + 1:02d}") for note, n in COUNTS.items() for i in range(n)]
    assert [(claim.note, claim.id) for claim in CLAIMS] == expected


@each
def test_a_condition_is_given_exactly_with_holds_when(claim):
    assert claim.verdict in VERDICTS
    assert bool(claim.when) == (claim.verdict == "holds when")
    assert not claim.when.startswith("when ")
    assert not claim.when.endswith(".")
    assert claim.said.endswith(".")
    assert re.search(r"\. See \[.+\)\.$", claim.why)


@each
def test_what_to_see_exists_and_is_called_what_it_is(claim):
    links = LINK.findall(claim.why.rpartition(" See ")[2])
    assert len(dict(links)) == len(links) > 0
    for name, target in links:
        if target.startswith("heuristics/"):
            assert target == f"heuristics/{name.lower()}.md"
            assert name in RULES
        else:
            assert f"\n# {name}\n" in (ROOT / "docs" / target).read_text("utf-8")


@each
def test_numbers_are_those_of_rules_and_notebooks(claim):
    seen = {name for name, _ in LINK.findall(claim.why)}
    for source, name in EMBED.findall(claim.why):
        if source in RULES:
            assert source in seen
            assert name in recorded()[source].values
        else:
            notebook = (ROOT / "notebooks" / f"{source}.ipynb").read_text("utf-8")
            assert re.search(rf"\b{name}=", notebook), name
    assert not set("{}") & set(EMBED.sub("", claim.why))  # no placeholder is misspelt
