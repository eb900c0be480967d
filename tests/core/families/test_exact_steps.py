"""Where schedules are exact: at joins, horizons and restarts, however far."""

import math
from fractions import Fraction

import hypothesis.strategies as st
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given

from lrdecay import (
    WSD,
    Chebyshev,
    Constant,
    Cosine,
    CosineCycles,
    CosineRestarts,
    Cyclic,
    Hyperbolic,
    InverseSqrt,
    InverseTime,
    Linear,
    MultiStep,
    Noam,
    OneCycle,
    Piecewise,
    Polynomial,
    PowerLaw,
    SlantedTriangular,
    Step,
    Warmup,
    untuned_warmup_steps,
    warmup_cosine,
    warmup_linear,
)
from tests import strategies as my


@given(st.one_of(my.LINEAR, my.POLYNOMIAL, my.COSINE, my.COSINE_BENT, my.REX), st.floats(0, 1e15))
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


@given(st.one_of(my.ONECYCLE, my.THREE_PHASES))
def test_one_cycle_is_exact_at_every_join(schedule):
    b, total, w, s, f = (
        getattr(schedule, name)
        for name in ("base_lr", "total_steps", "warmup_steps", "start_lr", "final_lr")
    )
    w = math.floor(0.3 * total + 1e-9) if w is None else w
    s = b / 25 if s is None else s
    assert schedule(w) == b
    assert schedule(total) == schedule(total + 5) == (b / 250_000 if f is None else f)
    if w > 0:
        assert schedule(0) == s
    if schedule.return_steps is not None:
        assert schedule(w + schedule.return_steps) == s


@given(st.one_of(my.ONECYCLE, my.THREE_PHASES), st.floats(0, 400))
def test_momentum_falls_while_the_rate_rises(schedule, k):
    momentum = schedule.momentum(0.95, 0.85)
    assert isinstance(momentum, OneCycle)
    total = schedule.total_steps
    rise = 3 * total // 10 if schedule.warmup_steps is None else schedule.warmup_steps
    back = total if schedule.return_steps is None else rise + schedule.return_steps
    if k < back:
        # The same curve as a rate from 0 to 1 and back, upside down.
        unit = OneCycle(1.0, total, rise, 0.0, 0.0, schedule.shape, schedule.return_steps)
        assert momentum(k) == pytest.approx(0.95 - 0.1 * unit(k), rel=1e-12)
    else:
        assert momentum(k) == pytest.approx(0.95, rel=1e-15)


@given(my.WSD)
def test_wsd_holds_and_ends_on_time(schedule):
    start = schedule.total_steps - schedule.decay_steps
    assert schedule(schedule.warmup_steps) == schedule(start) == schedule.base_lr
    last = schedule.final_lr if schedule.decay_steps else schedule.base_lr
    assert schedule(schedule.total_steps) == pytest.approx(last, abs=1e-15)
    assert schedule(10**15) == schedule(schedule.total_steps)


@given(my.CYCLIC, st.integers(0, 10**6))
def test_cyclic_is_exact_at_bottom_and_top_and_repeats(schedule, cycle):
    up = schedule.up_steps
    period = up + (schedule.down_steps or up)
    assert schedule(cycle * period) == schedule.min_lr
    assert schedule(cycle * period + up) == schedule.base_lr
    assert schedule(cycle * period + 1) == schedule(1)


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 1000])
def test_logarithmic_warmup_is_that_of_deepspeed(steps):
    """`min_lr + (max_lr - min_lr) * log(k + 1) / log(warmup_num_steps)`, at least 2 steps."""
    low, high = 0.01, 0.5
    k = np.arange(steps + 3)
    length = max(2, steps)
    want = low + (high - low) * np.where(k < length, np.log(k + 1) / math.log(length), 1.0)
    schedule = Warmup(Constant(high), length, low, first="1/w", shape="log")
    assert schedule(k) == pytest.approx(want, rel=1e-14)
    assert [schedule(int(i)) for i in k] == pytest.approx(want, rel=1e-14)
    assert schedule(length - 0.5) == schedule(length - 1) == high
    for first in ("1/(w+1)", "zero"):
        other = Warmup(Constant(high), steps, low, first, "log")
        want = low + (high - low) * np.minimum(np.log(k + 1) / math.log(steps + 1), 1.0)
        assert other(k) == pytest.approx(want, rel=1e-14)
    # Of one step, the ramp is done at once where its clock is.
    assert Warmup(Constant(high), 1, low, first="1/w", shape="log").sample(2).tolist() == [high] * 2


@given(my.RATES, st.integers(0, 40), st.integers(41, 300), my.RATES, my.SHAPES)
def test_wsd_without_decay_warms_up_and_holds(b, warmup, total, f, shape):
    schedule = WSD(b, total, 0, warmup, f, shape)
    k = np.array([0, 1, warmup, total - 1, total, total + 1, 10**15])
    want = Warmup(Constant(b), warmup)(k)
    assert schedule(k).tolist() == want.tolist() == [schedule(int(i)) for i in k]
    assert schedule(total) == b


# --- whole steps of a clock that runs slower or faster ------------------------------------------

TIMES = pytest.mark.parametrize("n", [*range(2, 1025, 13), 49, 91, 98, 103, 107, 150])


@TIMES
def test_a_stretch_by_an_nth_keeps_whole_steps_whole(n):
    """`k / (1 / 91)` is a little less than `91 * k` for some of the steps."""
    assert CosineRestarts(1.0, 910).stretch(1 / 91)(10) == 1.0
    assert Step(0.1, 600_000).stretch(1 / 150)(52_000) == pytest.approx(1e-14, rel=1e-14)
    k = np.arange(1, 40)
    restarts, stairs = CosineRestarts(1.0, 10 * n), Step(1.0, 4 * n, gamma=0.5)
    for fast in (restarts.stretch(1 / n), restarts.stride(n)):
        assert [fast(10 * i) for i in range(40)] == [1.0] * 40
        assert (fast(10 * k) == 1).all()
        assert (np.asarray(fast(jnp.asarray(10 * k))) == 1).all()
    for fast in (stairs.stretch(1 / n), stairs.stride(n)):
        want = [0.5 ** (i // 4) for i in k.tolist()]
        assert [fast(int(i)) for i in k] == fast(k).tolist() == want
        assert np.asarray(fast(jnp.asarray(k))).tolist() == np.float32(want).tolist()


@given(st.integers(1, 2000), st.integers(1, 2000), st.integers(1, 10**6))
def test_a_stretch_by_a_fraction_is_computed_with_that_fraction(p, q, k):
    stairs = Step(1.0, 1, gamma=1 - 2**-30)  # another rate at every whole step
    exact = stairs(k * q // p)
    assert stairs.stretch(p / q)(k) == exact
    assert stairs.stretch(p / q)(np.array([k]))[0] == pytest.approx(exact, rel=1e-15)
    # Taken together, two of them are one.
    assert stairs.stretch(p / q).stretch(q / p)(k) == stairs(k)
    assert stairs.stride(q).stretch(p)(k) == exact
    assert stairs.stretch(1 / q).stretch(p)(k) == exact


def test_two_stretches_that_cancel_leave_whole_steps_whole():
    """The 49th of one, 49 times over, is a little less than one."""
    stairs = Step(1.0, 1, gamma=0.5)
    for n in range(2, 1025):
        for both in (stairs.stretch(1 / n).stretch(n), stairs.stride(n).stretch(n)):
            assert (
                [both(k) for k in range(4)] == both(np.arange(4)).tolist() == [1, 0.5, 0.25, 0.125]
            )


def test_a_factor_that_is_no_simple_fraction_divides():
    line = Linear(1.0, 1000)
    for factor in (math.pi, math.sqrt(2), 1 / math.e, 1e-300, 1e300):
        assert line.stretch(factor)(7) == line(7 / factor)


@given(my.INNER, st.integers(1, 10**6), st.integers(0, 10**9))
def test_hold_and_stride_count_in_whole_numbers(schedule, n, k):
    held, fast = schedule.hold(n), schedule.stride(n)
    assert held(k) == held(k + 0.5 if k < 2**30 else k) == schedule(k // n)
    assert held(n * k) == held(n * k + n - 1) == schedule(k)
    assert fast(k) == schedule(n * k)
    assert fast.hold(n)(n * k + n - 1) == schedule(n * k)
    assert held(np.array([k]))[0] == schedule(np.array([k // n]))[0]
    assert fast(np.array([k]))[0] == schedule(np.array([n * k]))[0]


def test_an_epoch_is_held_where_a_stretch_would_move_on():
    epochs, updates = 10, 100
    cosine = Cosine(1.0, epochs)
    k = np.arange(epochs * updates)
    held = cosine.hold(updates)(k)
    assert held.tolist() == np.repeat(cosine.sample(epochs), updates).tolist()
    assert np.abs(held - cosine.stretch(updates)(k)).max() == pytest.approx(0.153, abs=5e-4)


# --- restarts in cycles of any factor -----------------------------------------------------------


@given(
    st.integers(1, 1000),
    st.sampled_from([Fraction(3, 2), Fraction(11, 10), Fraction(5, 4), Fraction(7, 3)]),
)
def test_restarts_that_fall_on_a_step_are_at_the_peak(cycle_steps, mult):
    schedule = CosineRestarts(0.7, cycle_steps, float(mult), 0.1)
    start, length = Fraction(0), Fraction(cycle_steps)
    while start < 2**52:
        first = math.ceil(start)
        share = float((first - start) / length)
        want = 0.1 + 0.6 * math.cos(math.pi / 2 * share) ** 2
        assert schedule(first) == pytest.approx(want, rel=1e-9)
        if start == first:
            assert schedule(first) == schedule(np.array([first]))[0] == 0.7
        start, length = start + length, length * mult


def test_cycles_of_a_tenth_more_restart_where_they_are_written():
    schedule = CosineRestarts(1.0, 1000, 1.1)
    assert schedule([0, 1000, 2100, 3310, 4641]).tolist() == [1.0] * 5
    assert schedule([999, 2099, 3309, 4640]).max() < 1e-5


@given(st.integers(1, 10**4), st.sampled_from([0.5, 0.75, 0.9, 0.1]), st.integers(1, 8), my.RATES)
def test_shrinking_cycles_end(cycle_steps, mult, cycles, f):
    endless = CosineRestarts(1.0, cycle_steps, mult, f)
    limit = cycle_steps / (1 - Fraction(str(mult)))
    for k in (math.ceil(limit), math.ceil(limit) + 1, 10**15):
        assert endless(k) == endless(np.array([k]))[0] == f
    few = CosineRestarts(1.0, cycle_steps, mult, f, cycles=cycles)
    end = math.ceil(limit * (1 - Fraction(str(mult)) ** cycles))
    assert few(end) == few(10**15) == f
    k = np.arange(0, end, max(1, end // 50))
    assert few(k).tolist() == endless(k).tolist()


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


@pytest.mark.parametrize("cycles", [1, 3, 60, 2**53])
@pytest.mark.parametrize("mult", [1, 2, 10])
def test_limited_cycles_end_where_they_end(cycles, mult):
    schedule = CosineRestarts(0.7, 3, mult, 0.1, cycles=cycles)
    endless = CosineRestarts(0.7, 3, mult, 0.1)
    end = sum(3 * mult**i for i in range(min(cycles, 60)))
    if end < 10**12 and cycles < 60:
        assert schedule(end) == schedule(end + 0.5) == schedule(10**15) == 0.1
    last = min(end, 10**15) - 1
    for k in (*range(40), last):
        if k < end:
            assert schedule(k) == endless(k)
            assert schedule(np.array([k]))[0] == endless(np.array([k]))[0]


@given(st.integers(1, 40), st.integers(1, 8), st.integers(0, 10**9))
def test_every_hard_restart_on_a_whole_step_is_at_the_peak(length, cycles, far):
    schedule = CosineCycles(0.7, length * cycles, cycles, 0.1)
    for i in range(cycles):
        assert schedule(i * length) == 0.7
    assert schedule(length * cycles + far) == 0.1


def test_polynomial_with_cycle_touches_the_end_and_jumps_back():
    schedule = Polynomial(1.0, 7, 2.0, 0.1, cycle=True)
    for i in (1, 2, 3, 10, 1000, 10**6):
        assert schedule(7 * i) == 0.1
        assert schedule(7 * i + 1) > 0.1


def test_values_that_their_docstrings_promise():
    assert Noam(512, 4000).peak == pytest.approx(Noam(512, 4000)(3999), rel=1e-15)
    assert Chebyshev(1.0, 9)(4) == pytest.approx(0.5, rel=1e-15)
    assert Hyperbolic(1.0, 9, 9, 0.25)(9) == pytest.approx(0.25, rel=1e-15)
    start = math.sqrt(9 / 20 * (2 - 9 / 20))
    assert Hyperbolic(1.0, 9, 20, 0.25)(9) == pytest.approx(1 - 0.75 * start, rel=1e-15)
    assert InverseTime(1.0, 0.02)(50) == 0.5
    assert InverseSqrt(1.0, 100)(300) == PowerLaw(1.0, 0.5, 100)(300) == 0.5
    slanted = SlantedTriangular(0.8, 40, 0.25, 16)
    assert [slanted(k) for k in (0, 10, 40, 99)] == pytest.approx([0.05, 0.8, 0.05, 0.05])
    assert untuned_warmup_steps(0.999) == 2000
    assert untuned_warmup_steps(0.0) == 2


FAR = 2**31  # one more than JAX's default integers hold


@pytest.mark.parametrize(
    "schedule",
    [
        Linear(0.7, FAR),
        Polynomial(0.7, FAR, 2.0, cycle=True),
        Step(0.7, FAR, gamma=0.5),
        MultiStep(0.7, [3, FAR, 2 * FAR]),
        Piecewise([FAR, 2 * FAR], [0.1, 0.7, 0.2], "linear"),
        Cyclic(0.7, 0.1, FAR // 2),
        CosineCycles(0.7, 2 * FAR, 3),
        CosineRestarts(0.7, FAR, 2, cycles=3),
        OneCycle(0.7, 2 * FAR, shape="linear"),
        WSD(0.7, 3 * FAR, FAR, 7),
        Warmup(Linear(0.7, FAR), FAR),
        Linear(0.7, FAR).then(Linear(0.3, 2 * FAR), FAR).repeat(3 * FAR).skip(FAR // 2),
        Constant(0.3).shift(FAR) + Linear(0.7, FAR).reverse(FAR),
    ],
    ids=repr,
)
def test_jax_holds_horizons_that_its_integers_do_not(schedule):
    jax = pytest.importorskip("jax")
    steps = np.array([0, 2**20, 2**30, 2**31, 1.75 * 2**31, 2**33])
    want = schedule(steps)
    for function in (schedule, jax.jit(schedule)):
        rates = function(jax.numpy.asarray(steps))
        assert rates.dtype == jax.numpy.float32
        np.testing.assert_allclose(rates, want, rtol=1e-5, atol=1e-6)
