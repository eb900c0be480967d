"""Schedules are printed, and named again from what was printed."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.lab.runs import nine_schedules
from lrdecay.tuning.identify import identify, recovery, rounding
from lrdecay.tuning.identify.fitting import Points
from lrdecay.tuning.identify.stairs import levels, roundest
from lrdecay.tuning.logs import Log, parsed
from lrdecay.tuning.schemas import schema
from lrdecay.tuning.written import read


def printed(schedule, steps, digits=4):
    return [float(f"{rate:.{digits - 1}e}") for rate in schedule(np.asarray(steps))]


SCHEDULES = [
    lrd.Warmup(lrd.Cosine(3e-4, 900, 3e-5), 100),
    lrd.Warmup(lrd.Linear(0.01, 900), 100, first="zero"),
    lrd.WSD(0.02, 1000, 250, 60, shape="1-sqrt"),
    lrd.Polynomial(0.1, 1000, 2.0, 0.001),
    lrd.Exponential(0.1, gamma=0.999),
    lrd.CosineRestarts(0.1, 200, 2),
    lrd.OneCycle(0.1, 1000),
    lrd.Step(0.1, 300),
    lrd.MultiStep(0.1, (600, 800)),
    lrd.Noam(512, 200),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: type(one).__name__)
def test_a_schedule_is_named_from_its_log_with_all_its_parameters(schedule):
    steps = range(0, 1000, 20)
    found = identify(steps, printed(schedule, steps))
    best = found[0]
    assert best.fits
    np.testing.assert_allclose(best.predict(range(1000)), schedule(np.arange(1000)), rtol=2e-3)
    again = read([best.code])
    assert isinstance(again, lrd.Schedule)
    np.testing.assert_array_equal(again(np.arange(1000)), best.schedule(np.arange(1000)))
    same = {"Exponential", "MultiStep", "Step"}  # written in more than one way, or held
    assert best.schedule == schedule or best.family in same


def test_a_corner_that_rounding_hides_is_found():
    path = lrd.Piecewise((10_820, 18_034), (0.42, 0.21, 0.063), between="linear")
    steps, rates = recovery.log(path, 26_305, 40, 2)
    fitting = [one.family for one in identify(steps, rates, digits=2) if one.fits]
    assert "Piecewise" in fitting


@pytest.mark.parametrize("points", [10, 200])
def test_a_corner_just_after_a_point_hides_no_line(points):
    path = lrd.Piecewise((128, 160), (3e-4, 2.1e-4, 1e-4), between="linear")
    steps, rates = recovery.log(path, 233, points, 4 if points == 10 else 6)
    assert path in [one.schedule for one in identify(steps, rates) if one.fits]


def test_whole_numbers_that_only_fit_together_are_found():
    true = lrd.Cyclic(0.045, 0.0045, 1076, 715)
    steps, rates = recovery.log(true, 6000, 40, 2)
    assert "Cyclic" in [one.family for one in identify(steps, rates, digits=2) if one.fits]


def test_a_hold_in_the_log_is_the_first_part_of_a_cooldown():
    true = lrd.WSD(0.003, 71_000, 14_200, final_lr=0.00045, shape="cosine")
    steps, rates = recovery.log(true, 78_000, 40, 4)
    assert identify(steps, rates)[0].schedule == true


LOGS = {
    "two digits": (lrd.Warmup(lrd.Linear(5e-5, 4500), 500, first="zero"), range(10, 5000, 50), 2),
    "restarts twice as long": (lrd.CosineRestarts(0.1, 100, 2, 1e-3), range(0, 1500, 10), 4),
    "one over a root": (lrd.WSD(0.02, 1000, 200, 50, shape="1-sqrt"), range(0, 1000, 10), 4),
    "resumed": (SCHEDULES[0], [*range(0, 600, 10), *range(500, 1000, 10)], 4),
}


@pytest.mark.parametrize("name", LOGS)
def test_logs_as_trainers_leave_them_are_named(name):
    true, steps, digits = LOGS[name]
    assert identify(steps, printed(true, steps, digits))[0].schedule == true


JOINED = {
    "a cosine left for a line": (lrd.Then(lrd.Cosine(0.1, 1000), lrd.Linear(0.05, 500), 500), 1000),
    "a second run, with a warmup": (
        lrd.Then(lrd.Cosine(0.1, 1000), lrd.Warmup(lrd.Linear(0.05, 500), 100), 600),
        1200,
    ),
    "a cosine that stops": (lrd.Then(lrd.Cosine(3e-4, 1000), lrd.Constant(1e-4), 700), 1000),
}


@pytest.mark.parametrize("name", JOINED)
def test_two_schedules_in_a_row_are_named(name):
    true, total = JOINED[name]
    steps = np.arange(0, total, 20)
    best = identify(steps, printed(true, steps))[0]
    assert (best.family, best.fits) == ("Then", True)
    assert best.schedule == true
    assert read([best.code]) == true
    told = json.loads(json.dumps(best.told()))["parameters"]
    assert told["at"] == true.at
    assert told["first"]["family"] == type(true.first).__name__
    assert any(words.startswith("at: ") for words in best.undecided)


def test_of_a_log_of_every_step_the_hand_off_is_exact():
    true, total = JOINED["a cosine left for a line"]
    assert identify(range(total), true.sample(total))[0].schedule == true
    known = identify(range(0, total, 10), true(np.arange(0, total, 10)), total_steps=total)
    assert known[0].schedule == true


def test_two_that_need_all_points_are_not_proposed():
    rates = [0.1, 0.3, 0.2, 0.9, 0.4, 0.8, 0.1]
    assert not any(one.family == "Then" for one in identify(range(7), rates) if one.fits)


def test_a_log_that_counts_from_one_says_a_warmup_of_one_more():
    steps = np.arange(1, 1001, 10)
    best = identify(steps, printed(SCHEDULES[0], steps - 1))[0]
    assert (best.parameters["warmup_steps"], best.parameters["first"]) == (101, "zero")
    np.testing.assert_allclose(best.predict(steps), SCHEDULES[0](steps - 1), rtol=1e-3)


def test_a_group_beside_may_be_constant():
    steps = np.arange(0, 1000, 10)
    log = Log(steps, {"lr": SCHEDULES[0](steps), "norms": np.full(100, 1e-4)})
    assert identify(log)[0].schedule == SCHEDULES[0]
    assert identify(log, group="norms")[0].code == "lrd.Constant(0.0001)"


@pytest.mark.parametrize("family", ["Constant", "Linear", "Cosine", "WSD", "Step", "InverseTime"])
def test_families_are_recovered_from_drawn_schedules(family):
    row = recovery.measure(family, 4, 40, seeds=range(2))
    assert (row.first, row.among) == (2, 2)


def test_what_is_recorded_is_what_is_measured():
    rows = {row[:3]: row for row in recovery.recorded()}
    for key in (("Step", 4, 40), ("Constant", 4, 40)):
        assert recovery.measure(*key) == rows[key]


MAIN = [row for row in recovery.recorded() if row[1:3] == recovery.CELLS[0]]


@pytest.mark.slow  # of the other cells one family each: all of them take half an hour
@pytest.mark.parametrize(
    "row",
    dict.fromkeys([*MAIN, *recovery.recorded()[::23]]),
    ids=lambda row: "-".join(map(str, row[:3])),
)
def test_a_sample_of_what_is_recorded_is_what_is_measured(row):
    assert recovery.measure(row.family, row.digits, row.points) == row


def test_the_true_family_is_all_but_always_among_those_that_fit():
    rows = recovery.recorded()  # the page says how often it is not; bounds older than these seeds
    fine = [row for row in rows if row.digits >= 4 and row.points >= 40]
    assert sum(row.among for row in fine) >= 0.99 * sum(row.logs for row in fine)
    assert sum(row.among for row in rows) >= 0.97 * sum(row.logs for row in rows)


def test_from_forty_points_and_four_digits_on_the_family_is_first():
    rows = [row for row in recovery.recorded() if row.digits >= 4 and row.points >= 40]
    assert sum(row.first for row in rows) >= 0.95 * sum(row.logs for row in rows)
    assert {row[:3] for row in recovery.recorded()} == {
        (family, *cell) for family in recovery.FAMILIES for cell in recovery.CELLS
    }


# --- published curves, and the puzzle -------------------------------------------------------------

NINE = {
    "constant": "lrd.Constant(0.0003)",
    "cosine": "lrd.Shift(lrd.Cosine(0.0003, 21840, 3e-05), 2160)",
    "exponential": "lrd.Shift(lrd.Exponential(0.0003, half_life=1204.12), 20000)",
    "linear": "lrd.WSD(0.0003, 24000, 4000, final_lr=3e-05)",
    "drop_3": "lrd.MultiStep(0.0003, (8000,))",
    "drop_18": "lrd.MultiStep(0.0003, (8000,), 0.6)",
}


@pytest.mark.parametrize("name", NINE)
def test_schedules_of_published_runs_are_named(name):
    curve = next(c for c in nine_schedules() if c.schedule == name and c.total in {0, 24_000})
    # Of seven digits six are kept there: rounded twice, the last is not half a unit sure.
    best = identify(curve.steps, curve.rates, digits=5 if name == "cosine" else None)[0]
    assert best.fits
    assert best.code == NINE[name]


# --- rounding -------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [2, 3, 4, 6])
def test_how_rates_were_rounded_is_seen(digits):
    curve = lrd.Cosine(0.37, 100)
    values = np.array(printed(curve, range(100), digits))
    assert rounding.found(values) == rounding.Rounding(digits, None)
    decimals = np.array([round(one, digits) for one in curve.sample(100).tolist()])
    assert rounding.found(decimals) == rounding.Rounding(None, digits)


def test_numbers_in_full_and_of_float32_are_no_prints():
    rates = lrd.Cosine(0.37, 100).sample(100)
    assert rounding.found(rates).digits == rounding.MOST_DIGITS
    assert rounding.found(rates.astype(np.float32).astype(float)).single
    for exact in (rates, rates.astype(np.float32)):
        assert identify(range(100), exact)[0].schedule == lrd.Cosine(0.37, 100)


def test_a_digit_of_text_counts_even_if_it_is_a_zero():
    log = parsed("step,lr\n0,1.00\n10,0.75\n20,0.50\n30,0.25\n40,0.00\n")
    assert identify(log).rounding == "2 decimals"


def test_the_roundest_number_has_the_fewest_digits():
    for low, high, expected in ((0.0296, 0.0304, 0.03), (9.6, 10.4, 10.0), (1.249, 1.2509, 1.25)):
        assert roundest(low, high) == expected


def test_levels_end_where_rounding_cannot_explain_the_change():
    points = Points(np.arange(4.0), np.array([1.0, 1.0, 0.5, 0.5]), np.full(4, 0.05))
    assert [(one.first, one.last) for one in levels(points)] == [(0, 1), (2, 3)]


# --- what the points cannot say -------------------------------------------------------------------


def test_what_is_undecided_holds_the_truth():
    true = lrd.Cosine(0.1, 1000, 0.01)
    steps = range(0, 400, 20)
    best = identify(steps, printed(true, steps, 3))[0]
    ends = [words for words in best.undecided if words.startswith("total_steps")]
    low, high = (float(one.replace(",", "")) for one in ends[0].split(": ")[1].split(" to "))
    assert low < high
    assert low <= best.parameters["total_steps"] <= high


def test_a_constant_rate_is_constant_and_says_no_more():
    found = identify([0, 10, 20], [0.1, 0.1, 0.1])
    assert [one.code for one in found] == ["lrd.Constant(0.1)"]
    assert "what comes after step 20" in found[0].undecided[0]


def test_noise_fits_no_family_and_that_is_said():
    noise = 1 + 0.01 * np.random.default_rng(0).standard_normal(60)
    steps = np.arange(0, 600, 10)
    found = identify(steps, lrd.Cosine(0.1, 700)(steps) * noise)
    assert not found.fits
    assert "no family fits within rounding" in found.notes[-1]
    assert found[0].residual > 1
    np.testing.assert_allclose(found[0].predict(steps), lrd.Cosine(0.1, 700)(steps), atol=5e-3)


def test_rates_held_for_an_epoch_are_seen():
    true = lrd.Warmup(lrd.Cosine(0.1, 90), 5).hold(390)
    steps = range(0, 95 * 390, 130)
    best = identify(steps, printed(true, steps, 6))[0]
    assert best.schedule == true
    assert best.parameters["hold_steps"] == 390


def test_a_multiplier_whose_peak_and_end_are_known():
    true = lrd.WSD(1.0, 130_000, 84_500, final_lr=0.05)
    steps = range(87_000, 130_000, 500)
    rates = [round(rate, 2) for rate in true(np.array(steps)).tolist()]
    best = identify(steps, rates, decimals=2, peak=1.0, total_steps=130_000)[0]
    assert best.schedule == true


def test_groups_of_a_log_are_asked_one_by_one():
    steps = np.arange(0, 100, 4)
    true = lrd.Linear(0.1, 100)
    log = Log(steps, {"lr": true(steps), "head": 10 * true(steps)})
    assert identify(log)[0].schedule == true
    assert identify(log, group="head")[0].parameters["base_lr"] == 1.0
    with pytest.raises(ValueError, match="it has lr, head"):
        identify(log, group="tail")


# --- bad input, and much of it --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "rates", "sentence"),
    [
        ([0, 1], [0.1, 0.1], "at least 3"),
        ([0, 1, 2], [float("nan")] * 3, "at least 3"),
        ([-1, 0, 1], [0.1] * 3, "whole numbers from 0"),
        ([0, 0.5, 1], [0.1] * 3, "whole numbers from 0"),
        ([0, 1, 2], [0.1, -0.1, 0.1], "from 0 to 1e100"),
        ([0, 1, 2], [1e300] * 3, "from 0 to 1e100"),
        ([0, 1, 2, 3], [0.1] * 3, "as many as steps"),
        ([0, 1, 2], ["a", "b", "c"], "numbers"),
        ([0, 1, 2], None, "one for each step"),
    ],
)
def test_what_is_no_log_is_said_in_a_sentence(steps, rates, sentence):
    with pytest.raises(ValueError, match=sentence):
        identify(steps, rates)


def test_of_a_step_that_is_logged_twice_the_last_counts():
    steps = [*range(0, 100, 4), *range(40, 100, 4)]
    true = lrd.Linear(0.1, 100)
    rates = [*lrd.Linear(0.3, 100)(np.array(steps[:25])), *true(np.array(steps[25:]))]
    rates[:10] = true(np.array(steps[:10]))
    found = identify(steps, [float(f"{rate:.3e}") for rate in rates])
    assert found[0].schedule == true
    assert "15 steps were logged twice with different rates" in found.notes[0]


def test_a_million_rows_are_all_looked_at():
    true = lrd.WSD(0.02, 1_000_000, 200_000, 1000)
    rates = true(np.arange(1_000_000))
    assert identify(range(1_000_000), rates)[0].schedule == true
    rates[123_456] *= 1.5
    assert not identify(range(1_000_000), rates).fits


def test_huge_and_zero_rates_have_an_answer():
    assert identify([0, 1, 2], [0.0, 0.0, 0.0])[0].code == "lrd.Constant(0.0)"
    assert identify([0, 10, 20, 30], [4e99, 3e99, 2e99, 1e99], digits=4)[0].family == "Linear"


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json.loads(schema("identify")))


def test_the_page_shows_what_is_recorded():
    page = Path(__file__).parents[2] / "docs" / "how-to" / "identify.md"
    text, rows = page.read_text("utf-8"), recovery.recorded()
    assert recovery.table(rows) in text
    fine = recovery.totals(
        rows, [cell for cell in recovery.CELLS if min(cell[0], cell[1] / 10) >= 4]
    )
    words = f"first in {fine.first} of {fine.logs} logs, and among those that fit in {fine.among}"
    assert words in " ".join(text.split())
    every = recovery.totals(rows)
    assert f"{every.logs} logs" in text
    assert f"among those that fit in {every.among}." in text
    short = recovery.totals(rows, [cell for cell in recovery.CELLS if cell[1] <= 10])
    missed, few = every.logs - every.among, short.logs - short.among
    assert f"Of the {missed} that were missed {few} have" in " ".join(text.split())
