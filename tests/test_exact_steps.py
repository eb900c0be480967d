"""Where schedules are exact: at joins, horizons and restarts, however far."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from lrdecay import (
    WSD,
    Chebyshev,
    Constant,
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
    assert schedule(schedule.total_steps) == pytest.approx(schedule.final_lr, abs=1e-15)
    assert schedule(10**15) == schedule(schedule.total_steps)


@given(my.CYCLIC, st.integers(0, 10**6))
def test_cyclic_is_exact_at_bottom_and_top_and_repeats(schedule, cycle):
    up = schedule.up_steps
    period = up + (schedule.down_steps or up)
    assert schedule(cycle * period) == schedule.min_lr
    assert schedule(cycle * period + up) == schedule.base_lr
    assert schedule(cycle * period + 1) == schedule(1)


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
