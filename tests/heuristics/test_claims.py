"""The page on the notes' claims: complete, well-formed, of one voice with the rules it cites."""

import re
from typing import NamedTuple, get_args

import pytest

from lrdecay.heuristics import RULES, citing, recorded
from lrdecay.heuristics.answers import Word
from tests.paths import ROOT

PAGE = ROOT / "docs/tables/claims.md"
COUNTS = (15, 18, 13, 18, 11)  # of each note
WORDS = {*get_args(Word)} - {"fact"}  # a claim has the words of a rule
DECIDED = WORDS - {"depends", "undecided"}
COMPUTED = {id_: citing.answer(recorded().get(id_)).word for id_ in RULES}
EMBED = re.compile(r'\{\{ number\("([\w-]+)\.(\w+)"(?:, "[^"]+")?\) \}\}')
LINK = re.compile(r"\[([^]]+)\]\(\.\./([^)#\" ]+)(?: \"(.+?)\")?\)")


class Claim(NamedTuple):
    note: int
    id: str
    said: str
    answer: str
    when: str
    why: str


def read():
    note = -1
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            note += 1
        elif line.startswith("| S"):
            id_, said, found, why = line.strip("| ").split(" | ")
            answer, _, when = found.removeprefix("**").partition("**")
            yield Claim(note, id_, said, answer, when, why)


CLAIMS = tuple(read())
each = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def test_every_claim_of_every_note_is_there_in_order():
    expected = [(note, f"S{note}-{i + 1:02d}") for note, n in enumerate(COUNTS) for i in range(n)]
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
    """Return what an answer takes for granted of each rule that it cites, or ""."""
    return {name: title for name, _, title in LINK.findall(claim.why) if name in RULES}


@pytest.fixture(scope="module")
def site():
    return pytest.importorskip("site_builder.pages", reason="the site needs Python >= 3.12")


def answered(site, text, words):
    """Return a text as the site prints it if rules had these answers."""
    rules = [{"id": id_, "numbers": {"word": word}} for id_, word in words.items()]
    return site.Renderer({}, {"rules": rules}).answered(text)


@each
def test_an_answer_names_what_it_rests_on(claim):
    said = taken(claim)
    decided = {id_ for id_ in said if COMPUTED[id_] in DECIDED}
    assert {*said.values()} <= {"", "yes", "no"}
    assert any(said[id_] for id_ in decided) or not decided


@each
def test_rules_do_not_answer_the_opposite_and_would_be_caught(claim, site):
    said = taken(claim)
    assert answered(site, claim.why, COMPUTED).count("{ .lr-says ") == len(said)
    for id_, title in said.items():
        for word in {"yes": ("no", "mostly no"), "no": ("yes", "mostly yes"), "": ()}[title]:
            with pytest.raises(site.BuildError, match=f"{id_} takes '{title}' for granted"):
                answered(site, claim.why, COMPUTED | {id_: word})
