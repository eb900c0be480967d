"""Where the right answer is known beforehand, the machinery gives it: arms swapped, arms equal."""

from __future__ import annotations

import pytest

from lrdecay.heuristics import JUDGED, RULES, placebo, recorded
from lrdecay.heuristics.cases import Case
from lrdecay.heuristics.evidence import Evidence
from lrdecay.lab.stats import Interval

COMPARING = [id_ for id_ in JUDGED if placebo.tried(recorded()[id_]) is not None]


@pytest.mark.parametrize("id_", COMPARING)
def test_a_claim_of_superiority_comes_out_wrong_on_placebos(id_):
    tried = placebo.tried(recorded()[id_])
    assert tried is not None
    if tried.claims == ("superiority",):
        assert not tried.equal.positive
        if tried.found.positive:
            assert not tried.swapped.positive
    assert tried.passed


@pytest.mark.parametrize("id_", COMPARING)
def test_a_claim_that_equal_arms_meet_says_so(id_):
    tried = placebo.tried(recorded()[id_])
    assert tried is not None
    if tried.equal.positive:
        assert "at most" in RULES[id_].claim


def test_most_rules_are_tried():
    assert len(COMPARING) > len(JUDGED) / 2


def test_a_machinery_that_always_agrees_is_caught():
    # The interval of this superiority lies in its range, as it does for none of the placebos.
    case = Case(
        key="a",
        when="ever",
        effect=Interval(0.5, 0.4, 0.6, 10),
        world="toy",
        claim="superiority",
    )
    tried = placebo.tried(Evidence("effect", (case,)))
    assert tried is not None
    assert tried.found.positive
    assert not tried._replace(swapped=tried.found).passed
    assert not tried._replace(equal=tried.found).passed


def test_the_page_names_every_schedule_that_passes_as_default():
    found = placebo.defaults(("linear", "cosine", "constant"))
    assert not found["constant"].positive
    assert found["linear"].word == recorded()["H007"].answer.word
