"""Summaries of a run, against sums by hand and by loop."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import WSD, Constant, Cosine, Exponential, Linear, Step, Summary, summary, with_sum
from tests import strategies as my


@given(st.one_of(my.SCHEDULES, my.COMPOSED), st.integers(1, 200))
def test_summary_is_what_a_loop_finds(schedule, total):
    rates = [schedule(k) for k in range(total)]
    got = summary(schedule, total)
    peak = max(rates)
    assert got.total_steps == total
    assert got.peak_lr == pytest.approx(peak, rel=1e-12)
    assert got.last_lr == pytest.approx(rates[-1], rel=1e-11, abs=1e-13 * peak)
    assert got.sum_lr == pytest.approx(math.fsum(rates), rel=1e-12)
    assert got.effective_steps == pytest.approx(math.fsum(rates) / peak if peak else 0, rel=1e-12)
    tiny = 1e-9 * peak  # where rounding may decide, no side is taken
    assert sum(r < peak / 10 - tiny for r in rates) <= round(got.below_tenth * total)
    assert sum(r < peak / 10 + tiny for r in rates) >= round(got.below_tenth * total)
    assert all(type(value) in (int, float, type(None)) for value in vars(got).values())


def test_half_life_is_counted_from_the_peak():
    for half_life in range(1, 60):
        assert summary(Exponential(0.3, half_life=half_life), 200).half_life == half_life
        gamma = 0.5 ** (1 / half_life)  # whose power is a half but for rounding
        assert summary(Exponential(0.3, gamma=gamma), 200).half_life == half_life
    assert summary(Linear(0.7, 100), 100).half_life == 50
    assert summary(Cosine(0.7, 100), 100).half_life == 50
    assert summary(Step(1.0, 7, gamma=0.5), 100).half_life == 7
    assert summary(Step(1.0, 7, gamma=0.6), 100).half_life == 14
    assert summary(Constant(1.0), 100).half_life is None
    assert summary(Linear(1.0, 100), 50).half_life is None
    assert summary(Linear(0.0, 10, 1.0).then(Linear(1.0, 20), 10), 40).half_life == 10
    assert summary(WSD(1.0, 100, 20, warmup_steps=10), 100).half_life == 80


def test_values_by_hand():
    assert summary(Linear(1.0, 4), 5) == Summary(
        total_steps=5, peak_lr=1.0, last_lr=0.0, sum_lr=2.5, effective_steps=2.5, half_life=2,
        below_tenth=0.2, at_zero=1,
    )  # fmt: skip
    # Ten per cent itself is not below it.
    assert summary(Linear(1.0, 100), 100).below_tenth == 0.09
    assert summary(Linear(0.3, 10), 10).below_tenth == 0.0
    nothing = summary(Constant(0.0), 3)
    assert (nothing.effective_steps, nothing.half_life, nothing.at_zero) == (0.0, None, 3)
    # A cosine and a line from the same peak to 0 spend the same but for half a step.
    cosine, line = (summary(kind(1.0, 1000), 1000).sum_lr for kind in (Cosine, Linear))
    assert cosine == pytest.approx(500.5)
    assert line == pytest.approx(500.5)


@given(st.one_of(my.SCHEDULES, my.COMPOSED), st.integers(1, 100), st.floats(1e-6, 1e6))
def test_with_sum_has_the_sum_and_keeps_the_shape(schedule, total, wanted):
    have = schedule.sample(total)
    if not have.sum() > 1e-200:
        return
    scaled = with_sum(schedule, total, wanted)
    assert summary(scaled, total).sum_lr == pytest.approx(wanted, rel=1e-12)
    assert scaled.sample(total) == pytest.approx(have * (wanted / have.sum()), rel=1e-12)


def test_with_sum_of_nothing_is_refused():
    with pytest.raises(ValueError, match="schedule must be above 0 somewhere in 5 steps"):
        with_sum(Constant(0.0), 5, 1.0)
    assert np.all(with_sum(Constant(1.0), 5, 0.0).sample(5) == 0)


@pytest.mark.parametrize(
    "schedule", [Exponential(1, rate=-1), Constant(1e308), Constant(1e307) * 1e9]
)
def test_sums_that_are_not_finite_are_refused(schedule):
    words = "schedule must be of rates with a finite sum in 1000 steps, got "
    with pytest.raises(ValueError, match=words):
        with_sum(schedule, 1000, 1.0)
    with pytest.raises(ValueError, match=words):
        summary(schedule, 1000)


@pytest.mark.parametrize(("rate", "wanted"), [(1e-300, 1e300), (5e-324, 1.0), (1e300, 1e-300)])
def test_a_sum_out_of_reach_of_floats_is_refused(rate, wanted):
    with pytest.raises(ValueError, match="sum_lr must be within reach of the sum that is there"):
        with_sum(Constant(rate), 10, wanted)


@pytest.mark.parametrize("bad", [0, -1, 2.5, math.nan, "3", None, True])
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match="total_steps must be a whole number >= 1"):
        summary(Constant(1.0), bad)
    with pytest.raises(ValueError, match="total_steps must be a whole number >= 1"):
        with_sum(Constant(1.0), bad, 1.0)
    for call in (lambda: summary(bad, 3), lambda: with_sum(bad, 3, 1.0)):
        with pytest.raises(ValueError, match="schedule must be a Schedule, got"):
            call()
    if bad not in (0, 2.5, True) or bad is True:
        with pytest.raises(ValueError, match="sum_lr must be a finite number >= 0"):
            with_sum(Constant(1.0), 3, bad)
