"""Claims of the notes: complete, well-formed, and pointing at what exists."""

import re
from collections import Counter
from pathlib import Path

import pytest

from lrdecay.heuristics import RULES, recorded
from lrdecay.heuristics.claim import Claim
from lrdecay.heuristics.claims import CLAIMS, NOTES

ROOT = Path(__file__).parent.parent
COUNTS = {"000": 15, "001": 18, "002": 13, "003": 18, "004": 11}
EMBED = re.compile(r"\{\{ number ([a-z0-9-]+)\.(\w+) \}\}")
GOOD = {"id": "S0-01", "said": "It decays.", "verdict": "holds", "why": "So.", "see": ("H001",)}


def each(claims=CLAIMS):
    return pytest.mark.parametrize("claim", claims, ids=lambda claim: claim.id)


def test_every_claim_of_every_note_is_there_in_order():
    expected = [f"S{note[-1]}-{i:02d}" for note, n in COUNTS.items() for i in range(1, n + 1)]
    assert [claim.id for claim in CLAIMS] == expected
    assert Counter(claim.note for claim in CLAIMS) == COUNTS
    assert list(NOTES) == list(COUNTS)


@each()
def test_a_condition_is_given_exactly_with_holds_when(claim):
    assert bool(claim.when) == (claim.verdict == "holds when")
    assert not claim.when.startswith("when ")
    assert not claim.when.endswith(".")
    assert claim.said.endswith(".")
    assert claim.why.endswith(".")


@each()
def test_what_to_see_exists(claim):
    assert len(set(claim.see)) == len(claim.see) > 0
    for target in claim.see:
        assert target in RULES or (ROOT / "docs" / target).is_file(), target


@each()
def test_numbers_are_those_of_rules_and_notebooks(claim):
    rules = {rule for rule, _ in claim.numbers}
    assert rules <= set(claim.see)
    if rules <= set(recorded()):
        assert "{H" not in claim.told(recorded())
    else:  # a rule that is newer than the record
        assert all(RULES[rule].experiment is not None for rule in rules)
    for notebook, name in EMBED.findall(claim.why):
        source = (ROOT / "notebooks" / f"{notebook}.ipynb").read_text("utf-8")
        assert re.search(rf"\b{name}=", source), name
    left = EMBED.sub("", re.sub(r"\{H\d{3}\.\w+(:[^{}]*)?\}", "", claim.why))
    assert not set("{}") & set(left)  # no placeholder is misspelt


@pytest.mark.parametrize(
    "change",
    [
        {"id": "S5-01"},
        {"id": "S0-1"},
        {"verdict": "maybe"},
        {"verdict": "holds when"},
        {"when": "it rains"},
        {"see": ()},
    ],
    ids=str,
)
def test_what_is_not_a_claim_is_refused(change):
    with pytest.raises(ValueError, match="must be"):
        Claim(**GOOD | change)


def test_numbers_of_notebooks_are_left_to_the_pages():
    why = "From {{ number micrograd.spike }} by {H001.full:.1f} to {H001.no_such}."
    claim = Claim(**GOOD | {"why": why})
    assert claim.numbers == (("H001", "full"), ("H001", "no_such"))
    with pytest.raises(ValueError, match=r"H001\.full"):
        claim.told({})
