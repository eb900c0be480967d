"""No page advises against an answer: links that take one for granted are held to it."""

import re

import pytest

pytest.importorskip("mkdocs", reason="the site needs its own requirements, Python >= 3.12")

from lrdecay.heuristics import RULES, citing, recorded
from site_builder.files import BuildError
from site_builder.pages import TO_RULE, Renderer
from tests.paths import ROOT

PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if "_theme" not in page.parts]
ADVICE = ["tables/schedules.md", "learn/loss-curves.md", "learn/choosing.md"]
OPEN = ("depends", "undecided", "fact")  # what an advice may link to without saying its side


def renderer(**words):
    """Return one that knows of each rule the word of its answer, and nothing else."""
    rules = [{"id": id_, "numbers": {"word": word}} for id_, word in words.items()]
    return Renderer({}, {"rules": rules})


def answers():
    return {id_: citing.answer(recorded().get(id_)).word for id_ in RULES}


def name(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_takes_the_other_answer_for_granted(page):
    text = page.read_text("utf-8")
    links = re.findall(r"heuristics/h\d{3}\.md", text)
    assert len(links) == len(TO_RULE.findall(text))  # no title is misspelt
    renderer(**answers()).answered(text)


@pytest.mark.parametrize("page", ADVICE)
def test_advice_says_which_answer_it_rests_on(page):
    links = list(TO_RULE.finditer((ROOT / "docs" / page).read_text("utf-8")))
    assert len(links) > 5
    words = answers()
    silent = [link["id"].upper() for link in links if not link["taken"]]
    unsaid = {id_: words[id_] for id_ in silent if words[id_] not in OPEN}
    assert not unsaid


@pytest.mark.parametrize("word", ["yes", "mostly yes", "no", "mostly no", *OPEN])
@pytest.mark.parametrize("taken", ["yes", "no", ""])
def test_a_link_against_the_answer_is_refused(word, taken):
    title = f' "{taken}"' if taken else ""
    text = f"[One [of two]](../heuristics/h001.md{title}) is said."
    if taken and word.removeprefix("mostly ") == {"yes": "no", "no": "yes"}[taken]:
        with pytest.raises(BuildError, match=f"H001 takes '{taken}' for granted: it is '{word}'"):
            renderer(H001=word).answered(text)
    else:
        said = renderer(H001=word).answered(text)
        assert said.startswith(f"[One [of two]](../heuristics/h001.md) *{word}*{{ .lr-says ")
        assert said.endswith("} is said.")


def test_a_page_that_advises_against_an_answer_is_named():
    source = b'# Advice\n\nDecay by [1/t](../heuristics/h001.md "yes").\n'
    with pytest.raises(BuildError, match=r"docs/learn/advice\.md.*H001 takes 'yes' for granted"):
        renderer(H001="mostly no").page("learn/advice.md", source)


def test_the_page_on_endings_names_the_lengths_at_which_the_answer_turns():
    text = (ROOT / "docs" / "learn" / "ending.md").read_text("utf-8")
    sides = citing.answer(recorded()["H008"]).sides
    assert [word for _, word in sides] == ["yes", "no"]
    assert "{}: to zero. {}: stop at a tenth.".format(*(when for when, _ in sides)) in text
