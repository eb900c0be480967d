"""Causes that are known, logs that are damaged, and the published figures made again."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest

import lrdecay
from benchmarks.diagnose import curves, fit, judge, page
from lrdecay.heuristics import RULES
from lrdecay.tuning import logs
from lrdecay.tuning.diagnose import SURE, Symptom, diagnose
from lrdecay.tuning.diagnose.model import FILE, basis, stored
from lrdecay.tuning.diagnose.symptoms import KINDS

ROOT = Path(__file__).parents[2]
FIGURES = json.loads((ROOT / judge.FIGURES).read_text("utf-8"))
STEPS = np.arange(0, 10_000, 20)
NOISE = np.random.default_rng(0).standard_normal(STEPS.size)
FLOOR = 0.4 + 1.6 * np.exp(-STEPS / 300) + 0.03 * NOISE


def said(*arguments, **columns):
    found = diagnose(*arguments, **columns)
    assert len({one.name for one in found.symptoms}) == len(found.symptoms)
    return found.name


def test_a_sample_of_the_published_figures_is_made_again():
    told = {cause: [] for cause in judge.NAMES}
    for one in curves.curves(curves.JUDGE[:6]):
        told[one.cause].append(judge.NAMES.index(judge.ours(one).name))
    pairs = [
        (mine, theirs)
        for cause, column in told.items()
        if cause != "cannot-tell"  # to which curves of all causes are added, in order of theirs
        for mine, theirs in zip(column, FIGURES["said"]["lrdecay"][cause], strict=False)
    ]
    assert len(pairs) > 80
    assert sum(mine != theirs for mine, theirs in pairs) <= 1  # processors round otherwise


@pytest.mark.slow
def test_the_published_figures_are_made_again():
    every = list(curves.curves(curves.JUDGE))
    told = judge.answers(every, lambda one: judge.ours(one).name)
    theirs = FIGURES["said"]["lrdecay"]
    assert {cause: len(column) for cause, column in told.items()} == {
        cause: len(column) for cause, column in theirs.items()
    }
    same = [a == b for cause in told for a, b in zip(told[cause], theirs[cause], strict=True)]
    assert np.mean(same) > 0.995
    for mine, row in zip(judge.calibration(every), FIGURES["calibration"], strict=True):
        assert mine["right"] == pytest.approx(row["right"], abs=0.02)


def test_the_rates_follow_from_what_was_said_and_the_page_shows_them():
    for name, rates in FIGURES["rates"].items():
        assert judge.rates(FIGURES["said"][name]) == rates
    text = (ROOT / page.PAGE).read_text("utf-8")
    assert page.filled(text, FIGURES) == text
    assert judge.published() == FIGURES["published"]


def test_it_beats_the_others_and_its_confidence_is_calibrated():
    rates = FIGURES["rates"]
    ours = rates["lrdecay"]
    for name, theirs in rates.items():
        if name != "lrdecay":
            assert ours["right"] > theirs["right"] + 0.3
            assert ours["right_when_named"] > theirs["right_when_named"] + 0.3
    assert ours["healthy_called_ill"] < 0.1
    for row in FIGURES["calibration"]:
        error = 2.0 * (row["confidence"] * (1 - row["confidence"]) / row["named"]) ** 0.5
        assert abs(row["right"] - row["confidence"]) < 0.07 + error


def test_seeds_that_judge_did_not_build():
    assert not set(curves.BUILD) & set(curves.JUDGE)
    arms = curves.RECORDED["healthy"]
    halves = [
        {id(one) for one in [t for t in curves._trials() if t[0] in arms][half::2]}
        for half in (0, 1)
    ]
    assert not halves[0] & halves[1]


def test_a_curve_is_the_same_alone():
    alone = curves.curve("starved", 30)
    beside = next(one for one in curves.curves(range(3, 4), ("starved",)) if one.seed == 30)
    assert np.array_equal(alone.losses, beside.losses, equal_nan=True)


def test_weights_fit_the_curves_they_were_made_of():
    """A symptom's own curves get more of it than others do: the file belongs to this code."""
    small = list(curves.curves(curves.BUILD[:4]))
    names, values, shown, right = fit.table(small)
    assert tuple(names) == stored().traits
    assert tuple(KINDS) == stored().symptoms == judge.NAMES
    columns = basis(values, stored().knots)
    scores = np.where(shown, columns @ stored().weights.reshape(-1, len(KINDS)), -np.inf)
    assert (scores.argmax(axis=1) == right).mean() > 0.8
    assert FILE.stat().st_size < 60_000


def test_the_fit_is_the_least_of_its_cost():
    rng = np.random.default_rng(0)
    columns, right = rng.standard_normal((60, 3)), rng.integers(0, 2, 60)
    shown = np.ones((60, 2), dtype=bool)
    found = fit.weights(columns, shown, right, penalty=1.0)

    def cost(w):
        scores = columns @ w
        share = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return -np.log(share[np.arange(60), right]).sum() + np.square(w).sum()

    for _ in range(20):
        assert cost(found) <= cost(found + 0.01 * rng.standard_normal(found.shape))


def test_plain_cases():
    rates = np.full(STEPS.size, 0.1)
    assert said(STEPS, FLOOR, rates=rates) == "on-its-noise-floor"
    assert said(STEPS, np.exp(STEPS / 1000), rates=rates) == "diverged"
    gone = FLOOR.copy()
    gone[300:] = np.nan
    assert said(STEPS, gone) == "diverged"
    assert said(STEPS, np.full(STEPS.size, np.nan)) == "diverged"
    turned = 0.5 + 1.5 * np.exp(-STEPS / 500) + 0.8 * (STEPS / 10_000) + 0.01 * NOISE
    fell = 0.1 + 1.9 * np.exp(-STEPS / 700) + 0.01 * NOISE
    assert said(STEPS, fell, validation=turned, rates=rates) == "overfitting"


@pytest.mark.parametrize("rates", [None, np.full(STEPS.size, 1e-3)])
@pytest.mark.parametrize("noise", [0.0, 0.002, 0.05])
def test_a_flat_line_is_a_floor_or_starvation_and_a_branch_decides(rates, noise):
    found = diagnose(STEPS, 2.3 + noise * NOISE, rates=rates)
    assert found.name == "cannot-tell"
    assert "3 times and at a third" in found.symptoms[0].test


def test_no_verdict_from_fewer_points_than_it_needs():
    for size in range(12):
        assert said(STEPS[:size], FLOOR[:size]) == "cannot-tell"
        column = np.exp(np.arange(size)) if size > 3 else np.full(size, np.nan)
        assert said(STEPS[:size], column) in {"diverged", "cannot-tell"}
    for one in curves.curves(curves.BUILD[:3]):
        found = judge.ours(one)
        for symptom in found.symptoms:
            few = found.points < KINDS[symptom.name].fewest
            assert not few or (symptom.name == "diverged" and found.points < 3)


def test_what_is_not_shown_is_not_named():
    for one in curves.curves(curves.BUILD[:3]):
        bare = diagnose(one.steps, one.losses)
        names = {symptom.name for symptom in bare.symptoms}
        assert not names & {
            "overfitting", "decayed-too-early", "warmup-too-long", "warmup-too-short",
            "plateau-rule-fired-on-noise",
        }  # fmt: skip


def test_cannot_tell_comes_first_where_nothing_is_sure():
    seen = 0
    for one in curves.curves(curves.BUILD[:4]):
        first, *others = judge.ours(one).symptoms
        assert 0.0 <= first.confidence <= 1.0
        assert [o.confidence for o in others] == sorted(
            (o.confidence for o in others), reverse=True
        )
        if first.name != "cannot-tell":
            assert first.confidence >= SURE
        elif others:
            seen += 1
            assert all(o.confidence < SURE for o in others)
            assert first.test in {KINDS[others[0].name].test, KINDS["cannot-tell"].test}
    assert seen


def test_units_of_steps_and_losses_do_not_matter():
    for one in curves.curves(curves.BUILD[:2]):
        columns = {"validation": one.validation, "rates": one.rates}
        plain = diagnose(one.steps, one.losses, **columns)
        scaled = {name: None if c is None else 8.0 * c for name, c in columns.items()}
        other = diagnose(one.steps * 16, one.losses * 8.0, **scaled)
        assert other.name == plain.name


def test_damage_does_not_change_what_is_clear():
    """Rows lost, NaN, a resumed part, rows in pieces: what was sure stays the first symptom."""
    rng = np.random.default_rng(1)
    changed = total = 0
    for one in curves.curves(curves.BUILD[:6]):
        before = judge.ours(one).symptoms[0]
        if before.confidence < 0.95 or one.losses.size < 60 or before.name == "cannot-tell":
            continue
        rows = np.flatnonzero(rng.random(one.steps.size) > 0.05)
        back = rows[rows.size // 2 : rows.size // 2 + 10]
        rows = np.concatenate([rows[: rows.size // 2 + 10], back, rows[rows.size // 2 + 10 :]])
        losses = one.losses[rows].copy()
        losses[rng.integers(1, rows.size - 4, 3)] = np.nan
        columns = [None if c is None else c[rows] for c in (one.validation, one.rates)]
        after = diagnose(one.steps[rows], losses, validation=columns[0], rates=columns[1])
        total += 1
        changed += after.name != before.name
    assert total > 20
    assert changed <= 0.1 * total


def test_of_a_step_written_twice_the_last_counts():
    twice = np.concatenate([STEPS[:300], STEPS[200:]])
    wrong = np.concatenate([FLOOR[:200], np.full(100, 50.0), FLOOR[200:]])
    rates = np.full(STEPS.size, 0.1)
    again = np.concatenate([rates[:300], rates[200:]])
    assert diagnose(twice, wrong, rates=again) == diagnose(STEPS, FLOOR, rates=rates)


def test_a_million_rows_take_two_seconds_at_most():
    size = 1_000_000
    steps = np.arange(size)
    losses = 2.0 + 3.0 * (1.0 + steps / 1000) ** -0.3
    losses += 0.1 * np.random.default_rng(0).standard_normal(size)
    start = time.process_time()
    diagnose(steps, losses, validation=losses, rates=np.linspace(0.1, 0.0, size))
    assert time.process_time() - start < 2.0


def test_a_log_says_the_same_as_its_columns():
    random.seed(0)
    rows = [
        f"{k},{loss!r},0.1," + (repr(float(loss)) if k % 200 == 0 else "")
        for k, loss in zip(STEPS.tolist(), FLOOR.tolist(), strict=True)
    ]
    log = logs.parsed("step,loss,lr,val_loss\n" + "\n".join(rows))
    held = np.where(STEPS % 200 == 0, FLOOR, np.nan)
    rates = np.full(STEPS.size, 0.1)
    assert diagnose(log) == diagnose(STEPS, FLOOR, validation=held, rates=rates)
    assert lrdecay.diagnose is diagnose


def test_rules_and_tests_are_there():
    for name, kind in KINDS.items():
        assert set(kind.heuristics) <= set(RULES), name
        assert kind.test
        assert not kind.test.endswith(".")
    assert set(KINDS) == set(curves.CAUSES)
    assert isinstance(diagnose(STEPS, FLOOR).symptoms[0], Symptom)


@pytest.mark.parametrize(
    ("arguments", "columns", "sentence"),
    [
        ((STEPS,), {}, "losses must be given"),
        ((STEPS, FLOOR[:-1]), {}, "losses must be one number a step"),
        ((STEPS, ["a"] * 500), {}, "losses must be numbers"),
        (([0.5, 1.0], [1, 2]), {}, "steps must be whole"),
        (([-1, 1], [1, 2]), {}, "steps must be whole"),
        (("abc", [1, 2]), {}, "steps must be whole"),
        (([[1, 2]], [1, 2]), {}, "steps must be whole"),
        ((STEPS, FLOOR), {"rates": [1.0]}, "rates must be one number a step"),
        ((STEPS, FLOOR), {"validation": FLOOR[None]}, "validation must be one number"),
        ((STEPS, FLOOR), {"total_steps": 0}, "total_steps must be"),
        ((STEPS, FLOOR), {"total_steps": "many"}, "total_steps must be"),
        ((logs.parsed("step,lr\n0,1\n"),), {}, "this log has no losses"),
        ((logs.parsed("step,loss\n0,1\n"), FLOOR), {}, "losses must be left out"),
        ((logs.parsed("step,loss\n0,1\n"),), {"rates": [1.0]}, "rates must be left out"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, columns, sentence):
    with pytest.raises(ValueError, match=sentence):
        diagnose(*arguments, **columns)
