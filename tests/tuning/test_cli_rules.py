"""Rules and recommendations on the command line: what the package says, in its words."""

import json

import pytest
from typer.testing import CliRunner

import lrdecay as lrd
from lrdecay.cli import app
from lrdecay.heuristics import QUESTIONS, RULES, citing, recorded
from lrdecay.heuristics.remedies import DIAGNOSES, listed
from lrdecay.tuning.diagnose.symptoms import KINDS


def call(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_rules_of_a_symptom_are_listed_in_their_order():
    done = call("rules", "--symptom", "late-oscillation")
    assert done.exit_code == 0
    ids = [line.split()[0] for line in done.output.splitlines()[1:-1]]
    assert ids == [one.rule.id for one in listed("oscillates")]
    told = json.loads(call("rules", "--symptom", "oscillates", "--json").output)
    assert [one["id"] for one in told["rules"]] == ids
    for one in told["rules"]:
        assert one["question"] == RULES[one["id"]].question
        assert one["answer"] == citing.answer(recorded().get(one["id"])).word


@pytest.mark.parametrize("name", KINDS)
def test_every_diagnosis_leads_to_its_rules(name):
    told = json.loads(call("rules", "--symptom", name, "--json").output)
    ids = {one["id"] for one in told["rules"]}
    assert ids & set(KINDS[name].heuristics)
    assert [one.rule.id for one in listed(name.replace("-", " ").upper())] == [
        one["id"] for one in told["rules"]
    ]
    if isinstance(DIAGNOSES[name], tuple):
        assert ids == set(KINDS[name].heuristics)


def test_a_diagnosis_is_one_of_the_diagnoser_or_the_other_name_of_one():
    assert set(DIAGNOSES) == {*KINDS, "late-oscillation"}


def test_rules_without_a_match_are_no_error():
    done = call("rules", "--words", "xylophone")
    assert (done.exit_code, done.output) == (0, "No rule is about this.\n")


def test_an_unknown_symptom_is_told_in_a_sentence():
    done = call("rules", "--symptom", "oscilates")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("lrdecay: there is no symptom 'oscilates'; did you mean osc")


def test_recommend_answers_as_python_does():
    done = call("recommend", "--start", "lora", "--tuning", "none", "--updates", "339")
    found = lrd.recommend(339, start="lora", tuning="none")
    assert done.exit_code == 0
    assert found.name in done.output
    assert found.code in done.output
    for id_ in found.rules:
        assert f"{id_}: {citing.answer(recorded().get(id_))}" in done.output
        assert f"{id_}: {RULES[id_].question}" in done.output
    told = json.loads(call("recommend", "--start", "lora", "--json").output)
    assert told["code"] == lrd.recommend(start="lora").code
    assert set(told["answers"]) == {question.name for question in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_a_flag_takes_the_options_of_its_question(question):
    for option in question.options:
        told = json.loads(call("recommend", f"--{question.name}", option, "--json").output)
        assert told["answers"][question.name] == option
        assert told["name"] == lrd.recommend(**{question.name: option}).name
    done = call("recommend", f"--{question.name}", "other than these")
    assert done.exit_code == 2
    assert all(option in done.stderr for option in question.options)
    assert question.text in call("recommend", "--help").output
