"""The page on the notes' claims: complete, well-formed, and of one voice with the rules it cites."""

import re
from typing import NamedTuple, get_args

import pytest

from lrdecay.heuristics import RULES, recorded
from lrdecay.heuristics.answers import Word
from tests.paths import ROOT

PAGE = ROOT / "docs/tables/claims.md"
COUNTS = {"000": 15, "001": 18, "002": 13, "003": 18, "004": 11}
WORDS = {*get_args(Word)} - {"fact"}  # a claim has the words of a rule
OPPOSITE = {"yes": {"no", "mostly no"}, "no": {"yes", "mostly yes"}}
EMBED = re.compile(r'\{\{ number\("([\w-]+)\.(\w+)"(?:, "[^"]+")?\) \}\}')
LINK = re.compile(r"\[([^]]+)\]\(\.\./([^)#\" ]+)(?: \"(.+?)\")?\)")


class Claim(NamedTuple):
    note: str
    id: str
    said: str
    answer: str
    when: str
    why: str


def read():
    note = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if found := re.fullmatch(r"Note (\d{3}), an? .+\.", line):
            note = found[1]
        elif line.startswith("| S"):
            id_, said, found, why = line.strip("| ").split(" | ")
            answer, _, when = found.removeprefix("**").partition("**")
            yield Claim(note, id_, said, answer, when, why)


CLAIMS = tuple(read())
each = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def test_every_claim_of_every_note_is_there_in_order():
    expected = [(note, f"S{note[-1]}-{i + 1:02d}") for note, n in COUNTS.items() for i in range(n)]
    assert [(claim.note, claim.id) for claim in CLAIMS] == expected


@each
def test_an_answer_is_one_of_the_words_and_depends_on_what_it_says(claim):
    assert claim.answer in WORDS
    assert re.fullmatch(r": yes when .+[^.]" if claim.answer == "depends" else "", claim.when)
    assert claim.said.endswith(".")
    assert re.search(r"\. See \[.+\)\.$", claim.why)


@each
def test_what_to_see_exists_and_is_called_what_it_is(claim):
    links = LINK.findall(claim.why.rpartition(" See ")[2])
    assert len({target for _, target, _ in links}) == len(links) > 0
    for name, target, _ in links:
        if target.startswith("heuristics/"):
            assert target == f"heuristics/{name.lower()}.md"
            assert name in RULES
        else:
            assert f"\n# {name}\n" in (ROOT / "docs" / target).read_text("utf-8")


@each
def test_numbers_are_those_of_rules_and_notebooks(claim):
    seen = {name for name, *_ in LINK.findall(claim.why)}
    for source, name in EMBED.findall(claim.why):
        if source in RULES:
            assert source in seen
            assert name in recorded()[source].values
        else:
            notebook = (ROOT / "notebooks" / f"{source}.ipynb").read_text("utf-8")
            assert re.search(rf"\b{name}=", notebook), name
    assert not set("{}") & set(EMBED.sub("", claim.why))  # no placeholder is misspelt


def taken(claim):
    """Return what an answer takes for granted of the rules that it cites, by their ids."""
    return {name: title for name, _, title in LINK.findall(claim.why) if name in RULES}


def contradicted(said, words):
    """Return the rules whose answer is the opposite of what is taken for granted."""
    return [id_ for id_, title in said.items() if words[id_] in OPPOSITE.get(title, ())]


def computed():
    return {id_: one.answer.word for id_, one in recorded().items()}


@each
def test_an_answer_takes_for_granted_what_rules_answer(claim):
    words = computed()
    said = taken(claim)
    decided = {id_ for id_ in said if words.get(id_) in OPPOSITE["yes"] | OPPOSITE["no"]}
    assert {*said.values()} <= {"", "yes", "no"}
    assert any(said[id_] for id_ in decided) or not decided
    assert contradicted({id_: title for id_, title in said.items() if title}, words) == []


def test_a_rule_that_turns_to_the_opposite_is_caught():
    resting = [(claim.id, id_, title) for claim in CLAIMS for id_, title in taken(claim).items()]
    resting = [one for one in resting if one[2]]
    assert len(resting) > 40
    for claim, id_, title in resting:
        for word in WORDS:
            turned = contradicted({id_: title}, {id_: word})
            assert bool(turned) == (word in OPPOSITE[title]), claim
