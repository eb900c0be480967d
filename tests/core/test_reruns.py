"""Runs changed under way: the past stays as it was to the bit, and the jump is the one reported."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import (
    REX,
    WSD,
    Constant,
    Cosine,
    InverseSqrt,
    Linear,
    Rerun,
    Warmup,
    branch,
    cooldown,
    extend,
    warmup_cosine,
)
from tests import strategies as my

AT = st.integers(0, 60)
K = np.arange(120)


@given(my.SCHEDULES, my.SCHEDULES, AT)
def test_extend_keeps_the_past_and_the_clock(past, longer, at):
    changed, step, jump = extend(past, longer, at)
    assert step == at
    assert jump == longer(at) - past(at)
    for k in range(70):
        assert changed(k) == (past if k < at else longer)(k)
    assert np.array_equal(changed(K)[:at], past(K)[:at])
    assert np.array_equal(changed(K)[at:], longer(K)[at:])


@given(my.SCHEDULES, AT, my.FEW, my.RATES, my.SHAPES)
def test_cooldown_keeps_the_past_and_leaves_without_a_jump(past, at, steps, final, shape):
    changed, step, jump = cooldown(past, at, steps, final_lr=final, shape=shape)
    assert (step, jump) == (at, 0.0)
    for k in range(at + 1):  # the update at `at` still has the old rate
        assert changed(k) == past(k)
    assert np.array_equal(changed(K)[:at], past(K)[:at])
    for k in (at + steps, at + steps + 0.5, 10**6):
        assert changed(k) == pytest.approx(final, rel=1e-15, abs=1e-16 * past(at))
    # In between it is the cooldown of a WSD that held the same rate.
    held = WSD(past(at), at + steps, steps, final_lr=final, shape=shape)
    for k in range(at, at + steps):
        assert changed(k) == pytest.approx(held(k), rel=1e-12)


@given(my.SCHEDULES, st.lists(AT, max_size=4), my.FEW)
def test_branches_are_cooldowns_from_one_trunk(trunk, at, steps):
    branches = branch(trunk, at, steps, final_lr=0.1, shape="1-sqrt")
    assert branches == tuple(cooldown(trunk, k, steps, final_lr=0.1, shape="1-sqrt") for k in at)
    assert all(isinstance(one, Rerun) and one.jump == 0 for one in branches)
    assert [one.at for one in branches] == at


def test_what_depends_on_its_horizon_jumps_and_what_does_not_does_not():
    jumps = {
        "cosine": extend(Cosine(1.0, 100), Cosine(1.0, 200), 80).jump,
        "linear": extend(Linear(1.0, 100), Linear(1.0, 200), 80).jump,
        "rex": extend(REX(1.0, 100), REX(1.0, 200), 80).jump,
        "wsd": extend(WSD(1.0, 100, 20), WSD(1.0, 200, 20), 80).jump,
        "late": extend(WSD(1.0, 100, 20), WSD(1.0, 200, 20), 90).jump,
        "sqrt": extend(InverseSqrt(1.0, 9), InverseSqrt(1.0, 9), 80).jump,
        "warm": extend(warmup_cosine(1.0, 100, 10), warmup_cosine(1.0, 200, 10), 10).jump,
    }
    assert jumps == pytest.approx(
        {
            "cosine": math.cos(math.pi * 0.2) ** 2 - math.cos(math.pi * 0.4) ** 2,
            "linear": 0.6 - 0.2,
            "rex": 0.6 / 0.8 - 0.2 / 0.6,
            "wsd": 0.0,
            "late": 0.5,
            "sqrt": 0.0,
            "warm": 0.0,
        },
        abs=1e-15,
    )


def test_a_branch_of_a_branch():
    trunk = Warmup(Constant(1.0), 10)
    first = cooldown(trunk, 50, 20).schedule
    second = cooldown(first, 60, 5, final_lr=0.1, shape="cosine")
    assert second.schedule(60) == first(60) == pytest.approx(0.5)
    assert second.schedule.sample(60).tolist() == first.sample(60).tolist()
    assert second.schedule(65) == pytest.approx(0.1)


def test_bad_arguments_are_named():
    one = Constant(1.0)
    for bad in (3, None, Constant):
        with pytest.raises(ValueError, match="past must be a Schedule, got"):
            extend(bad, one, 3)
        with pytest.raises(ValueError, match="longer must be a Schedule, got"):
            extend(one, bad, 3)
        with pytest.raises(ValueError, match="past must be a Schedule, got"):
            cooldown(bad, 3, 3)
    for bad in (-1, 2.5, math.nan, "3", None, True):
        for call in (lambda bad: extend(one, one, bad), lambda bad: cooldown(one, bad, 3)):
            with pytest.raises(ValueError, match="at must be a whole number >= 0"):
                call(bad)
    for bad in (0, -1, 2.5, math.nan, "3", None, True):
        with pytest.raises(ValueError, match="decay_steps must be a whole number >= 1"):
            cooldown(one, 3, bad)
    with pytest.raises(ValueError, match="final_lr must be a finite number >= 0, got -1"):
        cooldown(one, 3, 3, final_lr=-1)
    with pytest.raises(ValueError, match="shape must be one of"):
        branch(one, [3], 3, shape="steep")
