"""Evidence keeps its cases and numbers, says how they are printed, and asks for the answer."""

import json

import numpy as np
import pytest

from lrdecay.heuristics import RULES, Case, Dots, Evidence, Lines, of_losses
from lrdecay.lab.stats import Interval, exact


def case(key, low, high, **ends):
    return Case(
        key=key,
        when=f"condition {key}",
        effect=Interval((low + high) / 2, low, high, 10),
        world="toy",
        claim="threshold",
        **ends,
    )


def test_a_case_is_decided_where_its_interval_lies_on_one_side():
    assert case("a", 0.1, 0.3, at_least=0.1).outcome == "supports"
    assert case("a", 0.09, 0.3, at_least=0.1).outcome == "undecided"
    assert case("a", -0.3, 0.09, at_least=0.1).outcome == "contradicts"
    assert case("a", -0.3, 0.3, at_least=-0.5, at_most=0.3).outcome == "supports"
    assert case("a", -0.3, 0.31, at_least=-0.5, at_most=0.3).outcome == "undecided"
    assert case("a", 0.4, 0.5, at_least=-0.5, at_most=0.3).outcome == "contradicts"


PLAIN = {"key": "a", "when": "x", "effect": exact(1.0), "world": "toy", "claim": "superiority"}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"key": "not a key"}, "key"),
        ({"when": " "}, "when"),
        ({"world": "moon"}, "world"),
        ({"claim": "better"}, "claim"),
        ({"at_least": 0.0}, "at_least"),
        ({"claim": "threshold"}, "at_least"),
    ],
    ids=str,
)
def test_a_case_refuses_what_it_cannot_use(wrong, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Case(**PLAIN | wrong)


def test_the_margins_are_those_of_the_table():
    # In shares of decay's gain, and 0 where the loss itself stands.
    ranges = {
        "superiority": ((0.02, np.inf), (0.0, np.inf)),
        "non-inferiority": ((-np.inf, 0.05), (-np.inf, 0.0)),
        "equality": ((-0.05, 0.05), (0.0, 0.0)),
    }
    for claim, (of_gain, native) in ranges.items():
        assert Case(**PLAIN | {"claim": claim}).range == of_gain
        assert Case(**PLAIN | {"claim": claim, "unit": "nats"}).range == native


def test_a_difference_of_losses_is_a_share_of_what_decay_gains():
    rng = np.random.default_rng(0)
    gain = rng.normal(1.0, 0.1, 400)
    found = of_losses("a", "x", 0.3 * gain, gain, world="toy", claim="superiority")
    assert found.effect.estimate == pytest.approx(0.3)
    assert found.effect.high - found.effect.low < 1e-9  # what both have in common cancels
    assert found.native is not None
    assert found.native.estimate == pytest.approx(0.3, rel=0.1)
    # Where decay gains nothing, the loss itself stands.
    found = of_losses("a", "x", 0.3 * gain, gain - 1.0, world="toy", claim="superiority")
    assert (found.unit, found.effect) == ("loss", found.native)


def test_of_quadratics_the_share_of_problems_is_said():
    gain = np.ones(40)
    saved = np.where(np.arange(40) < 30, 0.5, -0.5)
    found = of_losses("a", "x", saved, gain, world="quadratic", claim="superiority")
    assert found.problems is not None
    assert found.problems.estimate == 0.75


def test_evidence_refuses_no_cases_and_two_numbers_of_one_name():
    for cases, numbers in (((), {}), ((case("a", 0, 1, at_least=0),), {"a": exact(1.0)})):
        with pytest.raises(ValueError, match=r"^cases must be"):
            Evidence("effect", cases, None, numbers)


def test_a_number_is_printed_as_its_evidence_says_unless_a_text_asks():
    numbers = {"b": exact(0.25), "c": exact(2.0)}
    one = Evidence(
        "effect",
        (case("a", 0.1, 0.3, at_least=0),),
        None,
        numbers,
        format=".0%",
        formats={".1f": ["c"], "+.3f": ["b"]},
    )
    assert [one.format_of(key) for key in one.values] == [".0%", "+.3f", ".1f"]
    told = RULES["H001"].told("{a}, {b}, {b:.0%}, {c}, $x_{c}$", one)
    assert told == "20 % [10 %, 30 %], +0.250, 25 %, 2.0, $x_{c}$"
    assert Evidence.from_data(json.loads(json.dumps(one.as_data()))) == one


@pytest.mark.parametrize("formats", [{".1f": ["d"]}, {".1f": "a"}], ids=str)
def test_a_format_is_given_to_numbers_that_there_are(formats):
    with pytest.raises(ValueError, match=r"^formats must be"):
        Evidence("effect", (case("a", 0, 1, at_least=0),), formats=formats)


@pytest.mark.parametrize(
    "chart",
    [
        None,
        Lines((0.0, 1.0), {"a": (1.0, 2.0)}, "x", "y", "alt", "words", {"a": ((0.0,) * 2,) * 2}),
        Dots(("row",), {"": (exact(1.0),)}, "x", "alt", "words", reference=0.0, log=True),
    ],
)
def test_evidence_survives_the_store(chart):
    one = Evidence("effect", (case("a", 0, 1, at_least=0), case("b", 0, 1, at_most=2)), chart)
    assert Evidence.from_data(one.as_data()) == one
    assert Evidence.from_data(json.loads(json.dumps(one.as_data()))).values == one.values
