"""Rates too large for a float: a number is refused exactly where an array holds infinity."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import (
    Clip,
    Constant,
    CosineRestarts,
    Cyclic,
    Exponential,
    Linear,
    Noise,
    Product,
    RAdamWarmup,
    Scale,
    Schedule,
    Step,
    Sum,
    Then,
    Warmup,
    dialects,
)
from lrdecay.export import source

jax = pytest.importorskip("jax")
jnp = jax.numpy

GROWTH = Exponential(1.0, rate=-1)


def rate(schedule: Schedule, k: float) -> float:
    """Return the rate of a number, infinite where it is refused."""
    try:
        return schedule(k)
    except ValueError as error:
        assert "finite" in str(error)  # noqa: PT017
        return math.inf


@pytest.mark.parametrize(
    ("schedule", "step", "right"),
    [
        (Cyclic(0.3, 0.03, 4, step_gamma=1.01), 100_000, math.inf),
        (Cyclic(0.3, 0.03, 4, step_gamma=1.01), 100_003, math.inf),
        (Cyclic(0.3, 0.03, 4, cycle_gamma=1e30), 1000, math.inf),
        (Cyclic(0.0, 0.0, 4, step_gamma=1.01), 100_003, 0.0),
        (GROWTH, 1000, math.inf),
        (GROWTH.scale(0.0), 1000, 0.0),
        (GROWTH.clip(0, 1), 1000, 1.0),
        (GROWTH.clip(0.25), 1000, math.inf),
        (Exponential(0.0, rate=-1), 1000, 0.0),
        (Exponential(0.0, gamma=2.0), 10_000, 0.0),
        (Step(0.0, 1, gamma=10), 1000, 0.0),
        (Step(1.0, 1, gamma=10), 400, math.inf),
        (CosineRestarts(0.0, 2, gamma=10.0, final_lr=0.5), 801, 0.25),
        (CosineRestarts(1.0, 1, gamma=10.0), 400, math.inf),
        (Product(GROWTH, Constant(0.0)), 1000, 0.0),
        (Product(Constant(0.0), GROWTH), 1000, 0.0),
        (Product(GROWTH, Linear(1.0, 10)), 1000, math.inf),
        (Sum(GROWTH, Constant(1.0)), 1000, math.inf),
        (Then(GROWTH, Constant(0.5), 900), 1000, 0.5),
        (Then(Constant(0.5), GROWTH, 2), 900, math.inf),
        (Noise(GROWTH, 5), 1000, math.inf),
        (RAdamWarmup(GROWTH, 0.9), 1000, math.inf),
        (Constant(1e308).scale(10), 0, math.inf),
        (Constant(1e308).scale(10).clip(0, 2), 3, 2.0),
        (Warmup(Constant(1e308).scale(10), 4, first="zero"), 0, math.inf),
        (Constant(1e308) + Constant(1e308), 3, math.inf),
        (Linear(1.0, 10).scale(1e308), 0, 1e308),
    ],
    ids=repr,
)
def test_a_rate_too_large_is_infinite_and_never_not_a_number(schedule, step, right):
    assert rate(schedule, step) == rate(schedule, float(step)) == right
    assert schedule(np.array([step])).tolist() == [right]
    assert schedule(np.array(step, np.longdouble)) == pytest.approx(right)
    for call in (schedule, jax.jit(schedule)):
        got = float(call(jnp.array([step]))[0])
        assert got == pytest.approx(math.inf if right > 3e38 else right)


def test_a_wave_that_grows_far_keeps_its_digits():
    flat = Cyclic(1.0, 1.0, 1, step_gamma=5.0)
    wave = Cyclic(1.0, 0.5, 1, step_gamma=5.0)
    for k in (11, 31, 61):
        assert flat(k) == flat(np.array([k]))[0] == flat(jnp.array([k]))[0] == 1.0
        want = pytest.approx(0.5 + 0.5 * 5.0**k, rel=1e-5 if k < 40 else 1e-12)
        assert wave(k) == want
        if k < 40:
            assert jax.jit(wave)(jnp.array([k]))[0] == want


def test_one_array_may_hold_both():
    schedule = Cyclic(0.3, 0.03, 4, step_gamma=1.01)
    steps = np.array([0, 4, 100_000, 100_003, 8])
    assert schedule(steps).tolist() == [0.03, schedule(4), math.inf, math.inf, 0.03]
    assert math.isnan(dialects.torch.OneCycleLR(1.0, 10)(np.array([11]))[0])
    assert math.isnan(dialects.torch.OneCycleLR(1.0, 10)(jnp.array([11]))[0])


@given(
    st.sampled_from([GROWTH, Step(1.0, 1, gamma=1e10), Cyclic(1.0, 0.1, 3, step_gamma=1.5)]),
    st.sampled_from([0.0, 1e-300, 0.5, 1e300]),
    st.sampled_from([Linear(1.0, 500), Constant(0.0), Constant(1e-200)]),
    st.sampled_from([0.5, 1e300, None]),
    st.integers(0, 3000),
)
def test_number_and_array_agree_on_what_is_too_large(grows, factor, other, high, k):
    for schedule in (
        Scale(grows, factor),
        Product(grows, other),
        Clip(Scale(grows, factor), 0, high),
    ):
        want = rate(schedule, k)
        assert schedule(np.array([k]))[0] == pytest.approx(want, rel=1e-12)


def test_infinity_is_printed_as_code():
    schedule = Constant(1e308).scale(10)
    for target in ("python", "nanogpt"):
        scope = {}
        exec(source(schedule, target), scope)
        assert (scope.get("lr") or scope["get_lr"])(0) == math.inf
    scope = {}
    exec(source(schedule, "optax"), scope)
    assert scope["schedule"](jnp.arange(2)).tolist() == [math.inf] * 2


def test_the_message_says_what_is_too_large():
    with pytest.raises(ValueError, match=r"step must be small enough for a finite rate, got 1000"):
        GROWTH(1000)
    with pytest.raises(ValueError, match=r"schedule must be finite at step 0, got Scale"):
        Constant(1e308).scale(10)(7)
