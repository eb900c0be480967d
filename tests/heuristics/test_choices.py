"""Five questions and what they lead to: every combination of answers, its code, its rules."""

import re
from itertools import product

import pytest

import lrdecay as lrd
from lrdecay.heuristics import QUESTIONS, RULES, citing, recommend, recorded
from lrdecay.heuristics.choices import CHOICES, PARTS
from lrdecay.heuristics.recipes import RECIPES
from tests.paths import ROOT

NAMES = [question.name for question in QUESTIONS]
EVERY = [dict(zip(NAMES, ids, strict=True)) for ids in product(*(one.options for one in QUESTIONS))]
LENGTHS = (1, 7, 20, CHOICES["short"], CHOICES["short"] + 1, 123_456)
AGAINST = {"yes": ("no", "mostly no"), "no": ("yes", "mostly yes")}
OPEN = ("depends", "undecided", "fact")


def fitting(part, answers, length):
    """Return the outcomes that name nothing else, without regard to their order."""
    given = answers | {"length": length}
    return [
        one
        for one in CHOICES[part]
        if all(given[name] in ids for name, ids in one.get("when", {}).items())
    ]


def run(code):
    names = {}
    exec(code, names)
    return names


def test_there_are_five_short_questions():
    assert len(QUESTIONS) == 5
    assert all(len(one.text) <= 45 and one.text.endswith("?") for one in QUESTIONS)
    words = [words for one in QUESTIONS for words in one.options.values()]
    assert max(map(len, words)) <= 50


@pytest.mark.parametrize("steps", LENGTHS)
def test_every_combination_ends_in_code_that_runs(steps):
    for answers in EVERY:
        found = recommend(steps, **answers)
        made = run(found.code)
        assert made["updates"] == steps
        assert isinstance(made["schedule"], lrd.Schedule)
        rates = made["schedule"].sample(steps)
        assert 0 < rates.max() <= made["peak"]
        if steps >= 20:
            decays = answers["end"] != "open"
            assert (rates[-1] < 0.3 * made["peak"]) == decays
            assert made["schedule"](steps) == (0 if decays else made["peak"])
        assert [reason.part for reason in found.reasons] == list(PARTS)


def test_outcomes_are_reached_and_their_order_decides_only_where_one_is_narrower():
    reached = set()
    for answers, length in product(EVERY, ("short", "long")):
        steps = CHOICES["short"] + (length == "long")
        found = recommend(steps, **answers)
        for part, reason in zip(PARTS, found.reasons, strict=True):
            first = fitting(part, answers, length)[0]
            assert reason.why == first["why"]
            reached.add(first["why"])
    assert reached == {one["why"] for part in PARTS for one in CHOICES[part]}
    for part in PARTS:  # the last of each list asks nothing, so that none is left without
        assert ["when" not in one for one in CHOICES[part]][:-1] == [False] * (
            len(CHOICES[part]) - 1
        )
        assert "when" not in CHOICES[part][-1]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_each_answer_counts(question):
    for one, other in product(question.options, repeat=2):
        if one != other:
            assert any(
                recommend(**answers | {question.name: one})
                != recommend(**answers | {question.name: other})
                for answers in EVERY
            )


def test_the_data_asks_for_nothing_that_is_not_asked():
    options = {one.name: set(one.options) for one in QUESTIONS} | {"length": {"short", "long"}}
    for part in PARTS:
        for one in CHOICES[part]:
            for name, ids in one.get("when", {}).items():
                assert set(ids) <= options[name]
    for one in CHOICES["schedule"]:
        assert (ROOT / f"docs/schedules/{one['family']}.md").is_file()
    for one in CHOICES["peak"]:
        assert isinstance(one["value"], float)


def test_no_outcome_rests_on_a_rule_that_is_answered_against_it():
    for part in PARTS:
        for one in CHOICES[part]:
            assert one["rules"]
            for id_, taken in one["rules"].items():
                word = citing.answer(recorded().get(id_)).word
                assert id_ in RULES
                assert word not in AGAINST[taken] if taken else word in OPEN, (one["why"], id_)


def test_what_a_reason_counts_is_so():
    warmups = [
        one.warmup
        for one in RECIPES
        if not one.base and one.unit == "step" and isinstance(one.warmup, int)
    ]
    assert sum(steps <= 2000 for steps in warmups) > len(warmups) / 2 > 8
    assert recorded()["H030"].values["known_below"].estimate > 0.5
    goyal = next(one for one in RECIPES if one.name == "ResNet-50 in an hour")
    assert isinstance(goyal.peak, float)
    peak = next(one for one in CHOICES["peak"] if "ResNet-50 in an hour" in one["of"])
    assert peak["value"] == pytest.approx(goyal.peak * 256 / 8192)
    nanogpt = next(one for one in RECIPES if one.name == "nanoGPT, GPT-2 124M")
    assert nanogpt.batch == "491,520 tokens"


def test_the_first_option_is_taken_where_nothing_is_said():
    assert recommend() == recommend(
        10_000, **{one.name: next(iter(one.options)) for one in QUESTIONS}
    )
    assert recommend(500) != recommend(5_000)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"start": "nowhere"}, "start must be one of scratch, finetune, lora, got 'nowhere'"),
        ({"start": []}, "start must be one of scratch, finetune, lora, got []"),
        ({"optimiser": "sgd"}, "optimiser must be left out: the questions are start, model, optim"),
        ({"total_steps": 0}, "total_steps must be a whole number >= 1"),
        ({"total_steps": "many"}, "total_steps must be a whole number >= 1"),
    ],
)
def test_wrong_input_is_named(given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        recommend(**given)
