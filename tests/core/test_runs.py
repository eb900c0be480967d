"""A run as a whole: its length in steps, changes of it under way, and what it sums to."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import (
    REX,
    WSD,
    Constant,
    Cosine,
    Exponential,
    InverseSqrt,
    Linear,
    Rerun,
    Step,
    Summary,
    Warmup,
    branch,
    cooldown,
    examples_per_step,
    extend,
    steps_from_epochs,
    steps_from_examples,
    steps_from_share,
    steps_from_tokens,
    summary,
    warmup_cosine,
    with_sum,
)
from tests import strategies as my

# --- durations in steps, by hand and by counting -------------------------------------------------

COUNT = st.integers(1, 50)


def test_durations_by_hand():
    assert examples_per_step(32) == 32
    assert examples_per_step(32, accumulation=4, world_size=8) == 1024
    # ImageNet, 1 281 167 images in batches of 256: 5004.6 updates an epoch.
    assert steps_from_epochs(1, 1_281_167, 256) == 5005
    assert steps_from_epochs(90, 1_281_167, 256) == 450_450
    assert steps_from_epochs(90, 1_281_167, 32, world_size=8, drop_last=True) == 450_360
    assert steps_from_epochs(0.5, 1000, 10) == 50
    assert steps_from_epochs(2.5, 100, 32, accumulation=2) == 5
    assert steps_from_examples(1, 32) == 1
    assert steps_from_examples(64, 32) == 2
    assert steps_from_examples(65, 32) == 3
    assert steps_from_examples(1e6, 100, accumulation=5, world_size=2) == 1000
    # GPT-3: 300 billion tokens in batches of 3.2 million.
    assert steps_from_tokens(300e9, 2048, 1562, accumulation=1) == math.ceil(300e9 / (2048 * 1562))
    assert steps_from_tokens(2048 * 512 * 7, 2048, 512) == 7
    assert steps_from_tokens(2048 * 512 * 7 + 1, 2048, 512) == 8
    assert steps_from_share(0.03, 1000) == 30
    assert steps_from_share(0.0, 1000) == 0
    assert steps_from_share(1e-9, 1000) == 1
    assert steps_from_share(1, 1000) == 1000


def dealt(dataset: int, batch: int, world: int, *, drop_last: bool, padded: bool) -> int:
    """Return the batches of one worker, dealt out one by one as the trainers do."""
    examples = list(range(dataset))
    if padded:
        while len(examples) % world:
            examples.append(0)
        examples = examples[::world]
    batches = [examples[i : i + batch] for i in range(0, len(examples), batch)]
    if drop_last:
        batches = [one for one in batches if len(one) == batch]
    if padded:
        return len(batches)
    return len(batches) // world if drop_last else len(batches[::world])


@given(
    COUNT,
    COUNT,
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
)
def test_epochs_agree_with_counting(dataset, batch, accumulation, world, epochs, drop_last, padded):
    def counted():
        return steps_from_epochs(
            epochs,
            dataset,
            batch,
            accumulation=accumulation,
            world_size=world,
            drop_last=drop_last,
            padded=padded,
        )

    batches = dealt(dataset, batch, world, drop_last=drop_last, padded=padded)
    if batches == 0:
        with pytest.raises(ValueError, match=r"dataset_size must be at least .* batch of every"):
            counted()
        return
    updates = 0
    for _ in range(epochs):
        for i in range(1, batches + 1):
            updates += i % accumulation == 0 or i == batches
    assert counted() == updates


@pytest.mark.parametrize(
    ("epochs", "dataset", "batch", "setting", "updates"),
    [
        (2, 1000, 32, {"accumulation": 4}, 16),
        (2, 1000, 8, {"accumulation": 4}, 64),
        (2, 30, 4, {"accumulation": 3}, 6),
        (1, 50_000, 32, {"accumulation": 4, "world_size": 2}, 196),
    ],
)
def test_an_incomplete_group_of_batches_makes_its_update(epochs, dataset, batch, setting, updates):
    assert steps_from_epochs(epochs, dataset, batch, drop_last=True, **setting) == updates


def test_shares_and_parts_of_epochs_are_rounded_up_as_floats():
    assert steps_from_share(0.03, 1015) == 31
    assert steps_from_share(0.07, 100) == 8
    assert steps_from_epochs(1.1, 100, 1) == 111
    assert steps_from_epochs(0.25, 10, 1) == 3


def test_examples_are_counted_exactly_as_far_as_a_float_counts():
    assert steps_from_examples(9_000_000_000_000_001, 1000) == 9_000_000_000_001
    assert steps_from_tokens(9_000_000_000_000_001, 10, 100) == 9_000_000_000_001


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda bad: steps_from_epochs(bad, 10, 1), "epochs"),
        (lambda bad: steps_from_examples(bad, 1), "examples"),
        (lambda bad: steps_from_tokens(bad, 1, 1), "tokens"),
    ],
)
def test_more_updates_than_can_be_counted_are_refused(call, name):
    for bad in (1e16, 1.7e308):
        with pytest.raises(ValueError, match=re.escape(f"{name} must be small enough")):
            call(bad)


@pytest.mark.parametrize("name", ["drop_last", "padded"])
@pytest.mark.parametrize("bad", ["False", 0, 1, None, []])
def test_flags_are_true_or_false(name, bad):
    with pytest.raises(ValueError, match=re.escape(f"{name} must be True or False, got {bad!r}")):
        steps_from_epochs(1, 10, 1, **{name: bad})


@given(st.integers(1, 10**6), COUNT, COUNT)
def test_examples_and_tokens_are_all_seen_and_no_update_is_spare(many, batch, length):
    steps = steps_from_examples(many, batch)
    assert (steps - 1) * batch < many <= steps * batch
    steps = steps_from_tokens(many, length, batch)
    assert (steps - 1) * batch * length < many <= steps * batch * length


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (examples_per_step, "batch_size"),
        (lambda bad: examples_per_step(1, accumulation=bad), "accumulation"),
        (lambda bad: examples_per_step(1, world_size=bad), "world_size"),
        (lambda bad: steps_from_examples(bad, 1), "examples"),
        (lambda bad: steps_from_examples(1, bad), "batch_size"),
        (lambda bad: steps_from_epochs(bad, 1, 1), "epochs"),
        (lambda bad: steps_from_epochs(1, bad, 1), "dataset_size"),
        (lambda bad: steps_from_tokens(bad, 1, 1), "tokens"),
        (lambda bad: steps_from_tokens(1, bad, 1), "sequence_length"),
        (lambda bad: steps_from_share(0.5, bad), "total_steps"),
        (lambda bad: steps_from_share(bad, 10), "share"),
    ],
)
@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, "3", None, True, [3]])
def test_bad_durations_are_named(call, name, bad):
    with pytest.raises(ValueError, match=f"{name} must be .+, got {re.escape(repr(bad))}"):
        call(bad)


# --- changes: the past stays as it was to the bit, and the jump is the one reported --------------

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


def test_bad_changes_are_named():
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


# --- summaries, against sums by hand and by loop -------------------------------------------------


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


def test_summaries_by_hand():
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
def test_bad_summaries_are_named(bad):
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
