"""Remedies of a symptom: which rules, in which order, and what they were worth."""

import re

import pytest

from lrdecay.heuristics import RULES, SYMPTOMS, citing, recorded
from lrdecay.heuristics.cases import GAIN, REAL
from lrdecay.heuristics.remedies import DIAGNOSES, IDS, listed, remedies

SMALL = {"small worlds only", "algebra"}


def effects(id_):
    """Return what the real cases of a rule were worth, in shares of decay's gain."""
    cases = recorded()[id_].cases if id_ in recorded() else ()
    return [abs(c.effect.estimate) for c in cases if c.world in REAL and c.unit == GAIN]


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_every_rule_that_names_a_symptom_is_a_remedy_once(symptom):
    ids = [one.rule.id for one in remedies(symptom)]
    assert sorted(ids) == [id_ for id_, rule in RULES.items() if symptom in rule.symptoms]
    assert len(ids) >= 3


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_at_least_half_of_the_real_cases_reach_what_a_remedy_is_worth(symptom):
    for rule, worth in remedies(symptom):
        found = effects(rule.id)
        if rule.id == "H005":  # what it measures is the unit
            assert worth == 1.0
        elif not found:
            assert worth is None
        else:
            assert worth in found
            assert sum(effect >= worth for effect in found) >= len(found) / 2
            assert sum(effect > worth for effect in found) <= len(found) / 2


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_real_training_comes_first_and_open_questions_last(symptom):
    ranked = remedies(symptom)
    answers = [citing.answer(recorded().get(one.rule.id)) for one in ranked]
    kinds = [
        "open"
        if answer.word == "undecided"
        else "fact"
        if answer.word == "fact"
        else "small"
        if answer.strength in SMALL
        else "real"
        for answer in answers
    ]
    assert kinds == sorted(kinds, key=["real", "small", "fact", "open"].index)
    for kind in set(kinds):
        worth = [one.worth or 0.0 for one, own in zip(ranked, kinds, strict=True) if own == kind]
        assert worth == sorted(worth, reverse=True)


def test_there_is_no_other_symptom():
    with pytest.raises(ValueError, match=re.escape("symptom must be one of loss diverges")):
        remedies("hiccups")


def test_each_symptom_has_one_id_and_a_diagnosis_leads_to_one():
    assert tuple(IDS.values()) == SYMPTOMS
    for id_, symptom in IDS.items():
        assert listed(id_) == listed(symptom) == remedies(symptom)
    for name, what in DIAGNOSES.items():
        if isinstance(what, str):
            assert listed(name) == listed(what)
        else:  # rules of its own
            assert {one.rule.id for one in listed(name)} == set(what)


def test_rules_are_listed_by_all_that_is_asked():
    everything = [one.rule.id for one in listed()]
    assert sorted(everything) == sorted(RULES)
    found = [one.rule.id for one in listed("stalls", "during-a-run", "rate")]
    assert found
    assert found == [
        id_
        for id_ in everything
        if "loss stalls" in RULES[id_].symptoms
        and "during a run" in RULES[id_].situations
        and "rate" in f"{RULES[id_].question} {RULES[id_].name}".lower()
    ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("oscilates",), "there is no symptom 'oscilates'; did you mean oscillates"),
        (("", "finetuning"), "there is no situation 'finetuning'; did you mean fine-tuning"),
        (("x" * 10**6,), "; try diverges, spikes, "),
    ],
)
def test_an_unknown_symptom_is_told_with_what_is_near(asked, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        listed(*asked)
    assert len(str(caught.value)) < 500
