"""Every family against formulas written a second time, published rows, and its promises."""

import copy
import dataclasses
import math
import pickle
import re

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import lrdecay
from lrdecay import (
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Exponential,
    Linear,
    MultiStep,
    OneCycle,
    Polynomial,
    Schedule,
    Step,
    Warmup,
    warmup_cosine,
    warmup_linear,
)
from tests import strategies as my
from tests.strategies import EXAMPLES, expected, scale

BY_NAME = pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
# Rounding of a few operations, relative to the largest rate involved.
ULPS = 16 * np.finfo(float).eps


def below(base: st.SearchStrategy[Schedule]) -> st.SearchStrategy[Schedule]:
    return base.filter(lambda s: s.final_lr <= s.base_lr)


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", my.FAMILIES)
@given(st.data())
def test_value_is_that_of_the_formula(family, data):
    schedule = data.draw(my.FAMILIES[family])
    for k in data.draw(st.lists(my.ANY_STEP, min_size=3, max_size=9)):
        got = schedule(k)
        assert type(got) is float
        want = pytest.approx(expected(schedule, k), rel=1e-11, abs=1e-13 * scale(schedule))
        assert got == want


@pytest.mark.parametrize(
    "schedule",
    [
        Cyclic(1, 0, 1),
        Linear(0, 1, 1),
        Polynomial(0, 1, 1, 1),
        CosineRestarts(1, 1),
        Step(1, 1, 1),
        Exponential(1, gamma=1),
        OneCycle(1, 1),
        Warmup(Constant(1), 1, first="zero"),
    ],
    ids=repr,
)
def test_value_is_a_float_even_where_the_formula_shrinks_to_nothing(schedule):
    for k in (0, 1, 2, 3.0):
        assert type(schedule(k)) is float
        assert schedule(k) == expected(schedule, k)


@given(my.SCHEDULES, st.integers(0, 2**53))
def test_any_step_has_a_finite_rate_or_a_clear_error(schedule, k):
    try:
        rate = schedule(k)
    except ValueError as error:
        assert str(error) == f"step must be small enough for a finite rate, got {k}"  # noqa: PT017
        # Only a rate that grows can be too large.
        inner = getattr(schedule, "schedule", schedule)
        assert getattr(inner, "gamma", None) or inner.rate < 0
        assert not getattr(inner, "gamma", None) or inner.gamma > 1
    else:
        assert 0 <= rate < math.inf


@given(my.SCHEDULES, my.ANY_STEP)
def test_decaying_schedules_stay_between_their_rates(schedule, k):
    rates = _rates(schedule)
    if rates is not None:
        slack = ULPS * scale(schedule)
        assert min(rates) - slack <= schedule(k) <= max(rates) + slack


def _rates(schedule):
    """Return the rates that bound a schedule, or None where it may grow without one."""
    match schedule:
        case Constant(b):
            return [b]
        case Step(b, _, g) | MultiStep(b, _, g):
            return [0.0, b] if g <= 1 else None
        case Exponential():
            return [0.0, schedule.base_lr] if schedule(10) <= schedule.base_lr else None
        case Cyclic(b, low):
            return [low, b]
        case OneCycle(b, _, _, s, f):
            return [b, b / 25 if s is None else s, b / 250_000 if f is None else f]
        case Warmup(after, _, s):
            inner = _rates(after)
            return None if inner is None else [s, *inner]
    return [schedule.base_lr, schedule.final_lr]


@given(
    st.one_of(
        below(my.LINEAR),
        below(my.POLYNOMIAL),
        below(my.COSINE),
        my.STEP.filter(lambda s: s.gamma <= 1),
        my.MULTISTEP.filter(lambda s: s.gamma <= 1),
        st.builds(Exponential, my.RATES, half_life=st.floats(0.1, 1e4)),
    ),
    my.ANY_STEP,
    my.ANY_STEP,
)
def test_decay_never_rises(schedule, one, other):
    early, late = sorted((one, other))
    assert schedule(late) <= schedule(early) + ULPS * schedule.base_lr


@given(st.one_of(my.LINEAR, my.POLYNOMIAL, my.COSINE), st.floats(0, 1e15))
def test_horizon_is_exact_at_both_ends_and_held(schedule, beyond):
    total = schedule.total_steps
    assert schedule(0) == schedule.base_lr
    assert schedule(total) == schedule.final_lr
    assert schedule(total + beyond) == schedule.final_lr


@given(my.RATES, st.integers(1, 300), my.RATES, st.integers(0, 299), st.floats(0, 1e15))
def test_warmup_counted_inside_reaches_peak_and_end_on_time(b, total, f, warmup, beyond):
    warmup = min(warmup, total - 1)
    for make in (warmup_cosine, warmup_linear):
        schedule = make(b, total, warmup, f)
        assert schedule(warmup) == b
        assert schedule(total) == schedule(total + beyond) == f
        assert schedule(0) == pytest.approx(b / (warmup + 1), rel=1e-15)


@given(my.ONECYCLE)
def test_one_cycle_is_exact_at_start_peak_and_end(schedule):
    b, total, w, s, f = dataclasses.astuple(schedule)
    w = math.floor(0.3 * total + 1e-9) if w is None else w
    assert schedule(w) == b
    assert schedule(total) == schedule(total + 5) == (b / 250_000 if f is None else f)
    if w > 0:
        assert schedule(0) == (b / 25 if s is None else s)


@given(my.CYCLIC, st.integers(0, 10**6))
def test_cyclic_is_exact_at_bottom_and_top_and_repeats(schedule, cycle):
    up = schedule.up_steps
    period = up + (schedule.down_steps or up)
    assert schedule(cycle * period) == schedule.min_lr
    assert schedule(cycle * period + up) == schedule.base_lr
    assert schedule(cycle * period + 1) == schedule(1)


# --- continuity: nowhere steeper than the formula's own slope, so that no join is a jump -------


def slope(s):
    """Return a bound on how fast a continuous schedule changes, per step."""
    match s:
        case Linear(b, t, f):
            return abs(b - f) / t
        case Polynomial(b, t, p, f):
            return p * abs(b - f) / t
        case Cosine(b, t, f):
            return math.pi / 2 * abs(b - f) / t
        case Cyclic(b, low, up, down):
            return (b - low) / min(up, down or up)
        case OneCycle(b, t):
            w = 3 * t // 10 if s.warmup_steps is None else s.warmup_steps
            fall = abs(b - s(t)) / (t - w)
            return math.pi / 2 * max(fall, abs(b - s(0)) / w if w else 0.0)
        case Warmup(after, w, start, first):
            ramp = abs(after(0) - start) / (w + (first == "1/(w+1)")) if w else 0.0
            return max(ramp, slope(after))
    raise AssertionError(s)


SMOOTH = st.one_of(
    my.LINEAR,
    my.POLYNOMIAL.filter(lambda s: s.power >= 1),
    my.COSINE,
    my.CYCLIC,
    my.ONECYCLE,
)


@given(st.one_of(SMOOTH, st.builds(Warmup, SMOOTH, st.integers(0, 100), my.RATES, my.FIRST)))
def test_continuous_families_have_no_jump_anywhere(schedule):
    rates = schedule(np.arange(8 * 700) / 8)
    assert np.abs(np.diff(rates)).max() <= slope(schedule) / 8 * 1.0001 + ULPS * scale(schedule)


@given(my.RESTARTS.filter(lambda s: s.base_lr > 0 and s.final_lr < 0.9 * s.base_lr))
def test_restarts_jump_at_restarts_and_nowhere_else(schedule):
    b, length, mult, f = dataclasses.astuple(schedule)
    k = np.arange(8 * 700) / 8
    change = np.diff(schedule(k))
    restarts = []
    while sum(restarts[-1:]) < k[-1]:
        restarts.append(sum(restarts[-1:]) + length)
        length *= mult
    at_restart = np.isin(k[1:], restarts)
    assert np.array_equal(change > ULPS * b, at_restart)
    assert (schedule(k[1:])[at_restart] == b).all()
    for restart in restarts:
        just_before = schedule(math.nextafter(restart, 0))
        assert f <= just_before <= f + 1e-9 * (b - f) + ULPS * b


@given(st.one_of(my.STEP, my.MULTISTEP), st.integers(0, 20))
def test_drops_come_at_their_step_and_nowhere_else(schedule, index):
    if isinstance(schedule, Step):
        start, end = index * schedule.step_size, (index + 1) * schedule.step_size
    else:
        edges = (0, *schedule.milestones, 10**6)
        index %= len(edges) - 1
        start, end = edges[index], edges[index + 1]
    assert schedule(start) == schedule(math.nextafter(end, 0))
    after = end if end < 10**6 else start
    factor = schedule.gamma if after == end else 1.0
    assert schedule(after) == pytest.approx(schedule(start) * factor, rel=1e-12)


# --- restarts at great distances, in whole numbers ---------------------------------------------


@given(st.integers(1, 10**6), st.integers(2, 10))
def test_every_restart_up_to_1e15_is_at_the_peak(cycle_steps, mult):
    schedule = CosineRestarts(0.7, cycle_steps, mult, 0.1)
    restart, length = 0, cycle_steps
    while restart <= 10**15:
        assert schedule(restart) == 0.7
        if length > 1:
            # The last step of the cycle before, and the first after this restart.
            assert schedule(restart + length - 1) == pytest.approx(
                0.1 + 0.6 * math.sin(math.pi / 2 / length) ** 2, rel=1e-9
            )
            assert schedule(restart + 1) < 0.7 or length > 10**7
        restart, length = restart + length, length * mult


@given(st.integers(1, 10**6), st.integers(0, 10**15))
def test_equal_cycles_are_found_exactly_at_any_distance(cycle_steps, k):
    schedule = CosineRestarts(0.7, cycle_steps)
    assert schedule(k) == schedule(k % cycle_steps)
    assert schedule(np.array([k]))[0] == schedule(np.array([k % cycle_steps]))[0]


# --- published rows: what the peers print, by peer and version ----------------------------------

ROWS = [
    ("torch 2.14.1 MultiStepLR", MultiStep(1, [3, 6]), "1 1 1 .1 .1 .1 .01 .01 .01"),
    (
        "optax 0.2.8 exponential_decay",
        Exponential(1, half_life=4),
        "1 .8409 .7071 .5946 .5 .4204 .3536",
    ),
    ("torch 2.14.1 LinearLR", Linear(1, 4, 0.1), "1 .775 .55 .325 .1 .1 .1"),
    ("torch 2.14.1 PolynomialLR", Polynomial(1, 4, 2), "1 .5625 .25 .0625 0 0 0"),
    (
        "optax 0.2.8 polynomial_schedule",
        Polynomial(1, 4, 2, 0.1),
        "1 .60625 .325 .15625 .1 .1 .1",
    ),
    ("torch 2.14.1 CosineAnnealingLR", Cosine(1, 4), "1 .8536 .5 .1464 0"),
    ("optax 0.2.8 cosine_decay_schedule", Cosine(1, 4, 0.1), "1 .8682 .55 .2318 .1 .1 .1"),
    (
        "torch 2.14.1 CosineAnnealingWarmRestarts(4)",
        CosineRestarts(1, 4),
        "1 .8536 .5 .1464 1 .8536 .5 .1464 1",
    ),
    (
        "torch 2.14.1 CosineAnnealingWarmRestarts(2, 2)",
        CosineRestarts(1, 2, 2, 0.1),
        "1 .55 1 .8682 .55 .2318 1 .9657 .8682 .7222 .55 .3778 .2318 .1343 1",
    ),
    (
        "torch 2.14.1 CyclicLR",
        Cyclic(1, 0.1, 4),
        ".1 .325 .55 .775 1 .775 .55 .325 .1",
    ),
    (
        "optax 0.2.8 cosine_onecycle_schedule",
        OneCycle(1, 10),
        ".04 .28 .76 1 .9505 .8117 .6113 .3887 .1883 .0495 4e-6",
    ),
    (
        "transformers 5.23.0 linear",
        warmup_linear(1, 8, 3, first="zero"),
        "0 .3333 .6667 1 .8 .6 .4 .2 0 0 0",
    ),
    (
        "transformers 5.23.0 polynomial",
        Warmup(Polynomial(1, 4, 2, 0.1), 2, first="zero"),
        "0 .5 1 .60625 .325 .15625 .1 .1 .1",
    ),
    (
        "nanoGPT 3adf61e",
        warmup_cosine(1, 8, 3, 0.1),
        ".25 .5 .75 1 .9141 .6891 .4109 .1859 .1 .1 .1",
    ),
    (
        "optax 0.2.8 warmup_cosine_decay_schedule",
        warmup_cosine(1, 8, 3, 0.1, first="zero"),
        "0 .3333 .6667 1 .9141 .6891 .4109 .1859 .1 .1 .1",
    ),
    (
        "timm 1.0.31 cosine with warmup_prefix",
        Warmup(Cosine(1, 5, 0.1), 3, 0.01, first="zero"),
        ".01 .34 .67 1 .9141 .6891 .4109 .1859 .1 .1",
    ),
]


@pytest.mark.parametrize(("peer", "schedule", "row"), ROWS, ids=[row[0] for row in ROWS])
def test_agrees_with_the_peer(peer, schedule, row):
    want = np.array(row.split(), dtype=float)
    assert schedule.sample(len(want)) == pytest.approx(want, abs=6e-5), peer


def test_ramp_of_first_1_over_w_uses_the_peak_twice():
    # pytorch-warmup 0.2.0's ramp, on a schedule that does not decay.
    assert Warmup(Constant(1.0), 4, first="1/w").sample(6).tolist() == [0.25, 0.5, 0.75, 1, 1, 1]


def test_three_ways_to_say_exponential_agree():
    k = np.arange(2000)
    by_rate = Exponential(0.3, rate=0.01)(k)
    assert Exponential(0.3, gamma=math.exp(-0.01))(k) == pytest.approx(by_rate, rel=1e-12)
    assert Exponential(0.3, half_life=math.log(2) / 0.01)(k) == pytest.approx(by_rate, rel=1e-12)


def test_sample_has_the_steps_that_updates_use():
    rates = Linear(1.0, 4).sample(4)
    assert rates.tolist() == [1.0, 0.75, 0.5, 0.25]
    assert rates.dtype == np.float64


# --- values as objects -------------------------------------------------------------------------


@given(my.SCHEDULES)
def test_survives_repr_pickle_and_copy(schedule):
    assert eval(repr(schedule), vars(lrdecay).copy()) == schedule
    schedule(17)  # a schedule that was used is no other than one that was not
    for twin in (pickle.loads(pickle.dumps(schedule)), copy.deepcopy(schedule)):
        assert twin == schedule
        assert hash(twin) == hash(schedule)
        assert repr(twin) == repr(schedule)
        assert twin(17) == schedule(17)


@BY_NAME
def test_is_immutable(schedule):
    for field in dataclasses.fields(schedule):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(schedule, field.name, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.other = 1


def test_equality_is_by_class_and_arguments():
    assert len(set(EXAMPLES)) == len(EXAMPLES)
    assert Linear(1, 10) == Linear(1.0, 10.0) == Linear(np.float32(1), np.int64(10), 0)
    assert Linear(1, 10) != Cosine(1, 10)
    assert Linear(1, 10) != Linear(1, 11)
    assert MultiStep(1, [3, 5]) == MultiStep(1, (3, 5)) == MultiStep(1, np.array([3, 5]))


def test_repr_leaves_defaults_out():
    assert repr(Linear(1, 10)) == "Linear(base_lr=1.0, total_steps=10)"
    assert repr(Warmup(Constant(1), 3, first="zero")) == (
        "Warmup(schedule=Constant(base_lr=1.0), warmup_steps=3, first='zero')"
    )


def test_replace_checks_again():
    assert dataclasses.replace(Linear(1, 10), final_lr=0.5) == Linear(1, 10, 0.5)
    with pytest.raises(ValueError, match="final_lr must be a finite number >= 0, got -1"):
        dataclasses.replace(Linear(1, 10), final_lr=-1)


def test_milestones_given_as_a_list_are_kept_apart_from_it():
    milestones = [3, 5]
    schedule = MultiStep(1, milestones)
    milestones.append(7)
    assert schedule.milestones == (3, 5)


# --- bad input: which argument, which value, what is allowed ------------------------------------

NOT_NUMBERS = [math.nan, math.inf, -math.inf, True, "1", b"1", 1j, [1.0, 2.0], 10**400, object()]
BAD = {
    "base_lr": [*NOT_NUMBERS, -1, -1e-9, None],
    "final_lr": [*NOT_NUMBERS, -1],
    "min_lr": [*NOT_NUMBERS, -1, 0.31, None],
    "start_lr": [*NOT_NUMBERS, -1],
    "rate": NOT_NUMBERS,
    "gamma": [*NOT_NUMBERS, 0, -0.5],
    "half_life": [*NOT_NUMBERS, 0, -1],
    "power": [*NOT_NUMBERS, 0, -1, None],
    "total_steps": [*NOT_NUMBERS, 0, -1, 1.5, 2**53 + 1, None],
    "step_size": [*NOT_NUMBERS, 0, -1, 1.5, 2**53 + 1, None],
    "cycle_steps": [*NOT_NUMBERS, 0, -1, 1.5, None],
    "cycle_mult": [*NOT_NUMBERS, 0, -1, 1.5, None],
    "up_steps": [*NOT_NUMBERS, 0, -1, 1.5, None],
    "down_steps": [*NOT_NUMBERS, 0, -1, 1.5],
    "warmup_steps": [*NOT_NUMBERS, -1, 1.5],
    "milestones": [3, [], [3, 3], [5, 3], [0], [1.5], [True], ["3"], "35", [math.nan], None],
    "schedule": [3, None, math.cos, "Linear(1, 10)", Linear],
    "first": ["one", None, 1, ["zero"], ""],
}


@BY_NAME
def test_bad_arguments_are_named(schedule):
    for field in dataclasses.fields(schedule):
        for bad in BAD[field.name]:
            message = rf"{field.name} must be .+, got {re.escape(repr(bad))}"
            with pytest.raises(ValueError, match=message):
                dataclasses.replace(schedule, **{field.name: bad})


@BY_NAME
@pytest.mark.parametrize("bad", [-1, -1e-300, math.nan, math.inf, -math.inf, True, "3", None, 1j])
def test_bad_steps_are_named(schedule, bad):
    with pytest.raises(ValueError, match=rf"step must be .+, got {re.escape(repr(bad))}$"):
        schedule(bad)


def test_bad_samples_are_named():
    for bad in (0, -1, 2.5, math.nan, math.inf, True, "3", None):
        with pytest.raises(ValueError, match=r"total_steps must be a whole number >= 1.*got"):
            Constant(0.1).sample(bad)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential(1), "exactly one of rate, gamma, half_life must be given"),
        (lambda: Exponential(1, rate=1, gamma=0.5), "exactly one of rate, gamma, half_life"),
        (lambda: OneCycle(1, 10, 10), "warmup_steps must be below total_steps = 10, got 10"),
        (lambda: Cyclic(1, 2, 3), "min_lr must be at most base_lr = 1.0, got 2.0"),
        (lambda: warmup_cosine(1, 8, 8), "warmup_steps must be below total_steps = 8, got 8"),
        (lambda: warmup_linear(1, 8, -1), "warmup_steps must be a whole number >= 0.*got -1"),
        (lambda: warmup_linear(1, 0, 0), "total_steps must be a whole number >= 1.*got 0"),
        (lambda: warmup_cosine(-1, 8, 3), "base_lr must be a finite number >= 0, got -1"),
        (lambda: warmup_cosine(1, 8, 3, first="x"), r"first must be one of \('1/\(w\+1\)'.*'x'"),
        (lambda: Exponential(1, gamma=2)(10**5), "step must be small enough.*got 100000"),
        (lambda: MultiStep(1, [1, 2], 1e308)(2), "step must be small enough.*got 2"),
        (lambda: Cosine(1, 5)(10**400), "step must be small enough.*got 1000"),
    ],
)
def test_arguments_that_do_not_fit_together(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_schedule_cannot_be_made_without_a_formula():
    with pytest.raises(TypeError, match="abstract"):
        Schedule()
