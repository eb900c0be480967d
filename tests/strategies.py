"""Schedules for Hypothesis to draw, and the same formulas written a second time.

The formulas of `expected` share no code with the package: they use exact fractions for whole-step
arithmetic and half-angle identities for cosines.
"""

import math
from fractions import Fraction

from hypothesis import strategies as st

import lrdecay as lr

RATES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 10.0))
STEPS = st.integers(1, 300)
# Decay to a thousandth, none, and growth too slow to overflow in a million steps.
GAMMAS = st.floats(1e-3, 1.0005)

STEP = st.builds(lr.Step, RATES, STEPS, GAMMAS)
MULTISTEP = st.builds(
    lr.MultiStep,
    RATES,
    st.sets(STEPS, min_size=1, max_size=6).map(sorted),
    GAMMAS,
)
EXPONENTIAL = st.one_of(
    st.builds(lr.Exponential, RATES, rate=st.floats(-5e-4, 1.0)),
    st.builds(lr.Exponential, RATES, gamma=GAMMAS),
    st.builds(lr.Exponential, RATES, half_life=st.floats(0.1, 1e4)),
)
LINEAR = st.builds(lr.Linear, RATES, STEPS, RATES)
POLYNOMIAL = st.builds(lr.Polynomial, RATES, STEPS, st.floats(0.2, 5.0), RATES)
COSINE = st.builds(lr.Cosine, RATES, STEPS, RATES)
RESTARTS = st.builds(lr.CosineRestarts, RATES, STEPS, st.integers(1, 10), RATES)
CYCLIC = st.tuples(RATES, RATES, STEPS, st.none() | STEPS).map(
    lambda t: lr.Cyclic(max(t[:2]), min(t[:2]), t[2], t[3])
)
ONECYCLE = st.tuples(RATES, st.integers(1, 300), st.floats(0, 0.99), RATES, RATES).flatmap(
    lambda t: st.sampled_from(
        [
            lr.OneCycle(t[0], t[1]),
            lr.OneCycle(t[0], t[1], int(t[2] * t[1]), t[3], t[4]),
        ]
    )
)
INNER = st.one_of(
    st.builds(lr.Constant, RATES),
    STEP,
    MULTISTEP,
    EXPONENTIAL,
    LINEAR,
    POLYNOMIAL,
    COSINE,
    RESTARTS,
    CYCLIC,
    ONECYCLE,
)
FIRST = st.sampled_from(["1/(w+1)", "1/w", "zero"])
WARMUP = st.builds(lr.Warmup, INNER, st.integers(0, 100), RATES, FIRST)
SCHEDULES = st.one_of(INNER, WARMUP)
FAMILIES = {
    "Step": STEP,
    "MultiStep": MULTISTEP,
    "Exponential": EXPONENTIAL,
    "Linear": LINEAR,
    "Polynomial": POLYNOMIAL,
    "Cosine": COSINE,
    "CosineRestarts": RESTARTS,
    "Cyclic": CYCLIC,
    "OneCycle": ONECYCLE,
    "Warmup": WARMUP,
}

# Eighths: fractional steps that every floating dtype here holds exactly.
WHOLE = st.one_of(st.integers(0, 100), st.integers(0, 700), st.integers(0, 10**6))
EIGHTHS = st.one_of(st.integers(0, 8 * 100), st.integers(0, 8 * 700)).map(lambda n: n / 8)
ANY_STEP = st.one_of(WHOLE, EIGHTHS)

# One of each, for tests that need no search.
EXAMPLES = (
    lr.Constant(0.3),
    lr.Step(0.3, 4, gamma=0.5),
    lr.MultiStep(0.3, [3, 7]),
    lr.Exponential(0.3, rate=0.1),
    lr.Exponential(0.3, gamma=0.9),
    lr.Exponential(0.3, half_life=5),
    lr.Linear(0.3, 12, 0.03),
    lr.Polynomial(0.3, 12, 2.5, 0.03),
    lr.Cosine(0.3, 12, 0.03),
    lr.CosineRestarts(0.3, 5, final_lr=0.03),
    lr.CosineRestarts(0.3, 3, 2, 0.03),
    lr.Cyclic(0.3, 0.03, 4, 2),
    lr.OneCycle(0.3, 12),
    lr.OneCycle(0.3, 12, 5, 0.1, 0.01),
    lr.Warmup(lr.Cosine(0.3, 9), 4),
    lr.Warmup(lr.Cyclic(0.3, 0.03, 4), 4, 0.01, first="zero"),
    lr.warmup_linear(0.3, 12, 4, 0.03, first="1/w"),
    lr.warmup_cosine(0.3, 12, 4),
)


def cos2(share: float) -> float:
    """Return half a cosine wave from 1 to 0, by the half-angle identity."""
    return math.cos(math.pi / 2 * share) ** 2


def expected(schedule: lr.Schedule, k: float | Fraction) -> float:
    """Return the learning rate of `schedule` at `k`, computed here."""
    x = Fraction(k)
    match schedule:
        case lr.Constant(base_lr=b):
            return b
        case lr.Step(base_lr=b, step_size=size, gamma=g):
            return b * math.exp(math.log(g) * math.floor(x / size))
        case lr.MultiStep(base_lr=b, milestones=milestones, gamma=g):
            return b * math.prod([g for m in milestones if m <= x])
        case lr.Exponential(base_lr=b, rate=rate, gamma=g, half_life=h):
            if g is not None:
                rate = -math.log(g)
            if h is not None:
                rate = math.log(2) / h
            return b * math.exp(-(rate or 0.0) * float(x))
        case lr.Linear(base_lr=b, total_steps=t, final_lr=f):
            return f + (b - f) * float(1 - min(x / t, 1))
        case lr.Polynomial(base_lr=b, total_steps=t, power=p, final_lr=f):
            return f + (b - f) * float(1 - min(x / t, 1)) ** p
        case lr.Cosine(base_lr=b, total_steps=t, final_lr=f):
            return f + (b - f) * cos2(float(min(x / t, 1)))
        case lr.CosineRestarts(base_lr=b, cycle_steps=length, cycle_mult=mult, final_lr=f):
            if mult == 1:
                x %= length
            while x >= length:
                x, length = x - length, length * mult
            return f + (b - f) * cos2(float(x / length))
        case lr.Cyclic(base_lr=b, min_lr=low, up_steps=up, down_steps=down):
            down = up if down is None else down
            x %= up + down
            return low + (b - low) * float(min(x / up, (up + down - x) / down))
        case lr.OneCycle(base_lr=b, total_steps=t, warmup_steps=w, start_lr=s, final_lr=f):
            w = t * 30 // 100 if w is None else w
            s, f = b / 25 if s is None else s, b / 25 / 1e4 if f is None else f
            if x < w:
                return s + (b - s) * cos2(float(1 - x / w))
            return f + (b - f) * cos2(float((min(x, t) - w) / (t - w)))
        case lr.Warmup(schedule=after, warmup_steps=w, start_lr=s, first=first):
            if x >= w:
                return expected(after, x - w)
            peak = expected(after, 0)
            share = {"1/(w+1)": (x + 1) / (w + 1), "1/w": min((x + 1) / w, 1), "zero": x / w}
            return s + (peak - s) * float(share[first])
    raise AssertionError(schedule)


def scale(schedule: lr.Schedule) -> float:
    """Return the largest rate among the arguments, to which rounding errors are relative."""
    if isinstance(schedule, lr.Warmup):
        return max(schedule.start_lr, scale(schedule.schedule))
    names = ("base_lr", "final_lr", "start_lr", "min_lr")
    return max(getattr(schedule, name, None) or 0.0 for name in names)
