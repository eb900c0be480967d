"""The verdict follows from the evidence, which keeps its numbers and says how they are printed."""

import json

import pytest

from lrdecay.heuristics import RULES, Case, Dots, Evidence, Lines, Verdict
from lrdecay.lab.stats import Interval, exact


def case(key, low, high, **ends):
    return Case(key, f"condition {key}", Interval((low + high) / 2, low, high, 10), **ends)


def test_a_case_holds_when_its_whole_interval_lies_in_the_range():
    assert case("a", 0.1, 0.3, at_least=0.1).holds
    assert not case("a", 0.09, 0.3, at_least=0.1).holds
    assert case("a", -0.3, 0.3, at_least=-0.5, at_most=0.3).holds
    assert not case("a", -0.3, 0.31, at_least=-0.5, at_most=0.3).holds


@pytest.mark.parametrize(
    ("held", "word", "when"),
    [
        ((True, True), "holds", ()),
        ((True, False), "holds when", ("condition k0",)),
        ((False, True), "holds when", ("condition k1",)),
        ((False, False), "does not hold", ()),
    ],
)
def test_the_verdict_follows_from_the_cases(held, word, when):
    cases = tuple(
        case(f"k{i}", 1.0 if yes else -1.0, 2.0, at_least=0.5) for i, yes in enumerate(held)
    )
    verdict = Evidence("effect", cases).verdict
    assert verdict == Verdict(word, when)
    assert str(verdict) == " ".join([word, *when])
    assert str(Verdict("holds when", ("a", "b"))) == "holds when a; when b"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("not a key", "x", exact(1.0), 0.0), "key"),
        (("key", " ", exact(1.0), 0.0), "when"),
        (("key", "x", exact(1.0)), "at_least"),
    ],
)
def test_a_case_refuses_what_it_cannot_use(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Case(*arguments)


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
