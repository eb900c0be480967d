"""The README's figure is the one that the build makes, its answers those of the rules."""

import re

import pytest

from lrdecay.heuristics import RULES, recorded

pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

from tests.pages import ROOT, built


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_figure_is_that_of_the_site(scheme: str) -> None:
    name = f".github/shapes-{scheme}.svg"
    assert f'"{name}"' in (ROOT / "README.md").read_text("utf-8")
    made = built() / f"notebooks/figures/shapes-all-{scheme}.svg"
    same = (ROOT / name).read_bytes() == made.read_bytes()
    assert same, f"cp {made.relative_to(ROOT)} {name}"


def test_a_question_with_its_answer_is_that_of_the_rule() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    quoted = re.findall(r"([^.:]+\?) \((H\d{3}): ([a-z ]+)\.\)", text)
    assert quoted
    for question, id_, word in quoted:
        assert RULES[id_].question.lower() == question.strip().lower()
        assert recorded()[id_].answer.word == word
