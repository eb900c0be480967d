"""Where rates that were used left a plan; PyTorch and the others are in the conformance tests."""

import numpy as np
import pytest

import lrdecay
from lrdecay.tuning.lint.codes import CODES, finding
from lrdecay.tuning.lint.groups import over
from lrdecay.tuning.preflight import Recorder, compare

T = 300
PLAN = lrdecay.warmup_cosine(0.1, T, 10).sample(2 * T)
K = np.arange(T)
# A scaler that skips these updates: the scheduler's step at each update that was made.
SKIPS = np.delete(np.arange(T + 30), range(100, 130))


def used(at):
    return PLAN[np.asarray(at)]


# Code, the scheduler's steps (or what was used), the same with its fault mended, and facts.
CASES = [
    ("LR020", K // 100, K, {}),
    ("LR020", 0 * K, K, {}),
    ("LR020", K // 100, K // 20, {"every": 20}),
    ("LR021", K + 1, K, {"end": T}),
    ("LR021", K + 1, K, {}),
    ("LR022", SKIPS, K, {}),
    ("LR022", np.arange(1, T + 1), K, {"end": T + 1}),
    ("LR023", [*range(200), *range(100)], K, {}),
    ("LR023", [*range(-50, 250)], K, {}),
    ("LR025", range(200), K, {"total_steps": T}),
    ("LR025", range(400), K, {"total_steps": T}),
    ("LR026", 2 * K, K, {}),
]  # fmt: skip


def codes(found):
    return [one.code for one in found]


@pytest.mark.parametrize(("code", "wrong", "right", "facts"), CASES)
def test_what_is_wrong_is_found_and_its_twin_is_left_alone(code, wrong, right, facts):
    assert codes(compare(PLAN, used(wrong), wrong, **facts)) == [code]
    facts = {name: value for name, value in facts.items() if name != "end"}
    assert compare(PLAN, used(right), right, **facts) == ()


def test_every_code_of_a_run_is_tried():
    beside = {"LR024", "LR027"}  # below, and where nothing can be simulated
    assert {case[0] for case in CASES} | beside == {code for code in CODES if code >= "LR020"}


def test_several_processes_may_each_step():
    assert compare(PLAN, used(2 * K), 2 * K, each=2) == ()
    assert codes(compare(PLAN, used(K), K, each=2)) == ["LR020"]


def test_two_rates_that_differ_look_different():
    rates = np.where(K < 100, PLAN[:T], PLAN[:T] * (1 + 1e-4))
    (found,) = [one for one in compare(PLAN, rates) if one.code == "LR024"]
    used_one, planned = found.message.partition(" where the schedule has ")[::2]
    assert not used_one.endswith(planned)


def test_another_rate_is_found_where_it_begins():
    other = used(K)
    other[42:] *= 1.5
    (found,) = compare(PLAN, other)
    assert (found.code, found.step) == ("LR024", 42)
    other[42:] = np.nan
    assert codes(compare(PLAN, other)) == ["LR024"]
    # Rates that begin again while the old scheduler, whose step is read, stands still.
    again = np.concatenate([PLAN[:200], PLAN[:100]])
    assert codes(compare(PLAN, again, np.minimum(K, 200))) == ["LR023"]


def test_a_state_that_was_loaded_is_no_fault_unless_its_rate_is_lost():
    at = np.arange(120, T)
    assert compare(PLAN, used(at), at, total_steps=T) == ()
    wrong = used(at)
    wrong[:1] = PLAN[0]
    assert codes(compare(PLAN, wrong, at)) == ["LR023"]


def test_a_fault_is_told_before_what_follows_from_it():
    other = used(SKIPS)
    other[:] = 1.0
    assert codes(compare(PLAN, other, SKIPS)) == ["LR024"]


@pytest.mark.parametrize(("skipped", "severity"), [(2, "info"), (3, "warning")])  # of 300
def test_a_few_skipped_updates_are_an_info(skipped, severity):
    at = np.delete(np.arange(T), range(100, 100 + skipped))
    (found,) = compare(PLAN, used(at), at, total_steps=T)
    assert (found.code, found.severity) == ("LR022", severity)


def test_a_run_without_updates_is_short():
    assert codes(compare(PLAN, [], [], total_steps=T)) == ["LR025"]
    assert compare(PLAN, [], []) == ()


def test_a_recorder_counts_from_the_start_of_the_run():
    told = Recorder((), [PLAN[100:], 2 * PLAN[100:]], [None, "head"], T, start=100)
    for k in range(100, T):
        told.record(k - 100, [PLAN[k], PLAN[k] if k == 250 else 2 * PLAN[k]])
    (found,) = told.report()
    assert (found.code, found.step) == ("LR024", 250)
    assert found.message.startswith("group 1 (head): update")


def test_a_recorder_without_a_plan_counts_updates():
    told = Recorder((), [], [None], 3)
    told.record(0, [0.1])
    assert codes(told.report()) == ["LR025"]
    told.record(1, [0.1])
    told.record(2, [0.05])
    assert told.report() == ()


def test_what_several_groups_have_is_told_once():
    first, second = finding("LR011", "a", 9), finding("LR011", "b", 9)
    other = finding("LR001", "c", 0)
    assert over([[first]], [None]) == [first]
    (same,) = over([[first], [second]], [None, None])
    assert same.message == "every group, such as 0: a"
    two, one = over([[first], [first, other], []], [None, "head", None])
    assert two.message == "groups 0, 1 (head): a"
    assert one.message == "group 1 (head): c"


def test_a_finding_reads_as_a_sentence():
    words = "LR011 warning, step 9: a. Let the rate fall further, in most runs to zero."
    assert str(finding("LR011", "a", 9)) == words
    assert str(finding("LR027", "a")).startswith("LR027 info: a. ")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"plan": []}, "plan must be the rates of at least one step"),
        ({"used": 0.1}, "used must be a rate for each update"),
        ({"at": [1]}, "at must be a step for each of the 2 updates"),
        ({"every": 0}, "every must be"),
        ({"each": 1.5}, "each must be"),
    ],
)
def test_bad_input_is_refused(change, sentence):
    given = {"plan": PLAN, "used": PLAN[:2]} | change
    with pytest.raises(ValueError, match=sentence):
        compare(given.pop("plan"), given.pop("used"), **given)
