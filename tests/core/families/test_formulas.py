"""Every family against formulas written a second time, and its promises."""

import dataclasses
import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import lrdecay
from lrdecay import (
    REX,
    WSD,
    Constant,
    Cosine,
    CosineCycles,
    CosineRestarts,
    Cyclic,
    Exponential,
    Hyperbolic,
    InverseSqrt,
    InverseTime,
    Linear,
    MultiStep,
    Noam,
    Noise,
    OneCycle,
    Piecewise,
    Polynomial,
    PowerLaw,
    RAdamWarmup,
    Schedule,
    SlantedTriangular,
    Step,
    Tanh,
    Warmup,
)
from tests import strategies as my
from tests.oracle import expected, scale

# Rounding of a few operations, relative to the largest rate involved.
ULPS = 16 * np.finfo(float).eps


def below(base: st.SearchStrategy[Schedule]) -> st.SearchStrategy[Schedule]:
    return base.filter(lambda s: s.final_lr <= s.base_lr)


# --- values ------------------------------------------------------------------------------------


def test_every_schedule_is_drawn_and_has_an_example():
    public = {
        name
        for name in lrdecay.__all__
        if isinstance(kind := getattr(lrdecay, name), type) and issubclass(kind, Schedule)
    }
    assert public - {"Schedule"} == {*my.FAMILIES, *my.ALGEBRA}
    assert public - {"Schedule"} == {type(schedule).__name__ for schedule in my.EXAMPLES}


def test_every_argument_is_drawn_away_from_its_default():
    """An argument that no example sets is an argument that no test of all examples looks at."""
    for kind in {type(schedule) for schedule in my.EXAMPLES}:
        for field in dataclasses.fields(kind):
            values = [getattr(s, field.name) for s in my.EXAMPLES if type(s) is kind]
            assert any(value != field.default for value in values), (kind, field.name)


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
        assert grows(schedule)
    else:
        assert 0 <= rate < math.inf


def grows(schedule):
    """Whether a rate can become larger without end."""
    inner = getattr(schedule, "schedule", schedule)
    names = ("gamma", "cycle_gamma", "step_gamma")
    factors = [getattr(inner, name, None) or 0.0 for name in names]
    if isinstance(inner, MultiStep):
        return False
    return max(factors) > 1 or (getattr(inner, "rate", None) or 0.0) < 0


@given(my.SCHEDULES, my.ANY_STEP)
def test_schedules_stay_between_their_rates(schedule, k):
    rates = _rates(schedule)
    if rates is not None:
        slack = ULPS * scale(schedule)
        assert min(rates) - slack <= schedule(k) <= max(rates) + slack


def _rates(schedule):
    """Return the rates that bound a schedule, or None where it may grow without one."""
    if grows(schedule) or isinstance(schedule, Noise):
        return None
    match schedule:
        case MultiStep(base_lr=b, gamma=g):
            return [0.0, b] if max(g if isinstance(g, tuple) else [g]) <= 1 else None
        case Constant() | Step() | Exponential() | InverseTime() | InverseSqrt() | PowerLaw():
            return [0.0, schedule.base_lr]
        case Piecewise(values=values):
            return values
        case Noam():
            return [0.0, schedule.peak]
        case Cyclic(base_lr=b, min_lr=low):
            return [low, b]
        case SlantedTriangular(base_lr=b, ratio=ratio):
            return [b / ratio, b]
        case OneCycle(base_lr=b, start_lr=s, final_lr=f):
            return [b, b / 25 if s is None else s, b / 250_000 if f is None else f]
        case WSD(base_lr=b, warmup_steps=w, final_lr=f):
            return [b, f, *([b / (w + 1)] if w else [])]
        case Hyperbolic(base_lr=b, final_lr=f):
            return [f, b]
        case Warmup(schedule=after, start_lr=s):
            inner = _rates(after)
            return None if inner is None else [s, *inner]
        case RAdamWarmup(schedule=after):
            inner = _rates(after)
            return None if inner is None else [0.0, *inner]
        case CosineRestarts(base_lr=b, final_lr=f):
            # A peak that falls below the bottom is a bottom.
            return [f, b] if schedule.gamma == 1 else [0.0, f, b]
    return [schedule.base_lr, schedule.final_lr]


@given(
    st.one_of(
        below(my.LINEAR),
        below(my.POLYNOMIAL),
        below(my.COSINE),
        my.STEP.filter(lambda s: s.gamma <= 1),
        my.MULTISTEP.filter(lambda s: not isinstance(s.gamma, tuple) and s.gamma <= 1),
        st.builds(Exponential, my.RATES, half_life=st.floats(0.1, 1e4)),
        *(below(my.FAMILIES[name]) for name in ("REX", "Tanh", "Chebyshev", "Hyperbolic")),
        *(my.FAMILIES[name] for name in ("InverseTime", "InverseSqrt", "PowerLaw")),
        below(my.FAMILIES["WSD"]).filter(lambda s: not getattr(s, "warmup_steps", 0)),
    ),
    my.ANY_STEP,
    my.ANY_STEP,
)
def test_decay_never_rises(schedule, one, other):
    early, late = sorted((one, other))
    assert schedule(late) <= schedule(early) + ULPS * schedule.base_lr


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
        case REX(b, t, f):
            return 2 * abs(b - f) / t
        case CosineCycles(b, t, cycles, f):
            assert cycles == 1
            return math.pi / 2 * abs(b - f) / t
        case Tanh(b, t, f, low, high):
            return (high - low) / 2 * abs(b - f) / t
        case Piecewise(milestones, values):
            runs = np.diff([0, *milestones])
            return (np.abs(np.diff(values)) / runs).max()
        case SlantedTriangular(b, t, cut, ratio):
            return (b - b / ratio) / (t * min(cut, 1 - cut))
        case InverseTime(b, rate):
            return b * rate
        case InverseSqrt(b, timescale):
            return b / timescale / 2
        case PowerLaw(b, power, timescale):
            return b * power / timescale
        case Noam():
            return s.peak / s.warmup_steps
        case WSD(b, t, d, w, f, shape):
            steepest = {"linear": 1, "cosine": math.pi / 2, "1-square": 2, "exponential": 2.56}
            fall = steepest.get(shape, shape) * abs(b - f) / d
            return max(fall, b / (w + 1))
        case Cyclic(b, low, up, down):
            return (b - low) / min(up, down or up)
        case OneCycle(b, t):
            w = 3 * t // 10 if s.warmup_steps is None else s.warmup_steps
            fall = abs(b - s(t)) / (t - w)
            return math.pi / 2 * max(fall, abs(b - s(0)) / w if w else 0.0)
        case Warmup(after, w, start, first, shape):
            ramp = abs(after(0) - start) / (w + (first == "1/(w+1)")) if w else 0.0
            steepest = {"linear": 1, "cosine": math.pi / 2, "exponential": 2.56}[shape]
            return max(ramp * steepest, slope(after))
    raise AssertionError(s)


SMOOTH = st.one_of(
    my.LINEAR,
    my.POLYNOMIAL.filter(lambda s: s.power >= 1),
    my.COSINE,
    my.CYCLIC,
    my.ONECYCLE,
    *(my.FAMILIES[name] for name in ("REX", "Tanh", "SlantedTriangular", "InverseTime")),
    *(my.FAMILIES[name] for name in ("InverseSqrt", "PowerLaw", "Noam")),
    my.PIECEWISE.filter(lambda s: s.between == "linear"),
    # A power below 1 and 1-sqrt are infinitely steep where they start.
    my.WSD.filter(
        lambda s: s.shape != "1-sqrt" and not (isinstance(s.shape, float) and s.shape < 1)
    ),
)
RAMPS = st.sampled_from(["linear", "cosine", "exponential"])


@given(st.one_of(SMOOTH, st.builds(Warmup, SMOOTH, st.integers(0, 100), my.RATES, my.FIRST, RAMPS)))
def test_continuous_families_have_no_jump_anywhere(schedule):
    rates = schedule(np.arange(8 * 700) / 8)
    assert np.abs(np.diff(rates)).max() <= slope(schedule) / 8 * 1.0001 + ULPS * scale(schedule)


WHOLE_RESTARTS = my.RESTARTS.filter(lambda s: isinstance(s.cycle_mult, int))


@given(WHOLE_RESTARTS.filter(lambda s: s.base_lr > 0 and s.final_lr < 0.9 * s.base_lr))
def test_restarts_jump_at_restarts_and_nowhere_else(schedule):
    b, length, mult, f = dataclasses.astuple(schedule)[:4]
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


@given(
    st.one_of(my.STEP, my.MULTISTEP.filter(lambda s: not isinstance(s.gamma, tuple))),
    st.integers(0, 20),
)
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
