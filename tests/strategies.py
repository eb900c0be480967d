"""Schedules for Hypothesis to draw: every schedule of the package, with every argument."""

from hypothesis import strategies as st

import lrdecay as lr
from tests.oracle import expected, scale

__all__ = ["expected", "scale"]  # the second half of every comparison, beside what is drawn here

RATES = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 10.0))
STEPS = st.integers(1, 300)
FEW = st.integers(1, 20)
# Decay to a thousandth, none, and growth too slow to overflow in a million steps.
GAMMAS = st.floats(1e-3, 1.0005)
POWERS = st.floats(0.2, 5.0)
FIRST = st.sampled_from(["1/(w+1)", "1/w", "zero"])
RAMPS = st.sampled_from(["linear", "cosine", "exponential", "1-sqrt", "log"])
CURVES = st.sampled_from(["cosine", "linear"])
SHAPES = st.one_of(
    st.sampled_from(["linear", "cosine", "1-sqrt", "1-square", "exponential"]), POWERS
)

MILESTONES = st.sets(STEPS, min_size=1, max_size=6).map(sorted)
STEP = st.builds(lr.Step, RATES, STEPS, GAMMAS)
MULTISTEP = MILESTONES.flatmap(
    lambda m: st.builds(
        lr.MultiStep,
        RATES,
        st.just(m),
        st.one_of(GAMMAS, st.lists(GAMMAS, min_size=len(m), max_size=len(m))),
    )
)
PIECEWISE = MILESTONES.flatmap(
    lambda m: st.builds(
        lr.Piecewise,
        st.just(m),
        st.lists(RATES, min_size=len(m) + 1, max_size=len(m) + 1),
        st.sampled_from(["constant", "linear"]),
    )
)
EXPONENTIAL = st.one_of(
    st.builds(lr.Exponential, RATES, rate=st.floats(-5e-4, 1.0)),
    st.builds(lr.Exponential, RATES, gamma=GAMMAS),
    st.builds(lr.Exponential, RATES, half_life=st.floats(0.1, 1e4)),
)
LINEAR = st.builds(lr.Linear, RATES, STEPS, RATES)
POLYNOMIAL = st.builds(lr.Polynomial, RATES, STEPS, POWERS, RATES)
COSINE = st.builds(lr.Cosine, RATES, STEPS, RATES)
MULTS = st.one_of(st.integers(1, 10), st.sampled_from([0.5, 1.1, 1.5, 2.5]))
RESTARTS = st.builds(lr.CosineRestarts, RATES, STEPS, MULTS, RATES)
CYCLIC = st.tuples(RATES, RATES, STEPS, st.none() | STEPS).map(
    lambda t: lr.Cyclic(max(t[:2]), min(t[:2]), t[2], t[3])
)
ONECYCLE = st.tuples(RATES, STEPS, st.floats(0, 0.99), RATES, RATES, CURVES).flatmap(
    lambda t: st.sampled_from(
        [
            lr.OneCycle(t[0], t[1]),
            lr.OneCycle(t[0], t[1], int(t[2] * t[1]), t[3], t[4], t[5]),
        ]
    )
)
TANH = st.builds(lr.Tanh, RATES, STEPS, RATES, st.floats(-8, -0.1), st.floats(0, 6))
REX = st.builds(lr.REX, RATES, STEPS, RATES)
CHEBYSHEV = st.builds(lr.Chebyshev, RATES, STEPS, RATES)
HYPERBOLIC = st.tuples(RATES, RATES, STEPS, st.integers(0, 300)).map(
    lambda t: lr.Hyperbolic(max(t[:2]), t[2], t[2] + t[3], min(t[:2]))
)
SLANTED = st.builds(
    lr.SlantedTriangular, RATES, STEPS, st.floats(0.01, 0.99), st.floats(1.0, 100.0)
)
CYCLES = st.builds(lr.CosineCycles, RATES, STEPS, FEW, RATES)
WSD = st.tuples(
    RATES, st.lists(FEW, min_size=2, max_size=2), st.just(0) | STEPS, RATES, SHAPES
).map(lambda t: lr.WSD(t[0], sum(t[1]) + t[2], t[2], t[1][0], t[3], t[4]))

# The knobs that are off by default.
POLYNOMIAL_CYCLE = st.builds(lr.Polynomial, RATES, STEPS, POWERS, RATES, st.just(value=True))
# A root of the end of the wave would magnify its rounding.
COSINE_BENT = st.builds(lr.Cosine, RATES, STEPS, RATES, st.floats(1, 5), POWERS)
RESTARTS_FALLING = st.builds(lr.CosineRestarts, RATES, STEPS, MULTS, RATES, GAMMAS, st.none() | FEW)
CYCLIC_FALLING = st.builds(
    lambda s, cycle, step: lr.Cyclic(s.base_lr, s.min_lr, s.up_steps, s.down_steps, cycle, step),
    CYCLIC,
    GAMMAS,
    GAMMAS,
)
THREE_PHASES = st.tuples(RATES, FEW, FEW, FEW, RATES, RATES, CURVES).map(
    lambda t: lr.OneCycle(t[0], sum(t[1:4]), t[1] - 1, t[4], t[5], t[6], t[2])
)

PLAIN = {
    "Constant": st.builds(lr.Constant, RATES),
    "Step": STEP,
    "MultiStep": MULTISTEP,
    "Piecewise": PIECEWISE,
    "Exponential": EXPONENTIAL,
    "InverseTime": st.builds(lr.InverseTime, RATES, st.floats(0, 10)),
    "InverseSqrt": st.builds(lr.InverseSqrt, RATES, st.floats(0.01, 1000)),
    "PowerLaw": st.builds(lr.PowerLaw, RATES, st.floats(0.1, 3), st.floats(0.01, 1000)),
    "Noam": st.builds(lr.Noam, st.integers(1, 4096), STEPS, RATES),
    "Linear": LINEAR,
    "Polynomial": st.one_of(POLYNOMIAL, POLYNOMIAL_CYCLE),
    "Cosine": st.one_of(COSINE, COSINE_BENT),
    "CosineRestarts": st.one_of(RESTARTS, RESTARTS_FALLING),
    "CosineCycles": CYCLES,
    "Cyclic": st.one_of(CYCLIC, CYCLIC_FALLING),
    "SlantedTriangular": SLANTED,
    "OneCycle": st.one_of(ONECYCLE, THREE_PHASES),
    "WSD": WSD,
    "Tanh": TANH,
    "REX": REX,
    "Chebyshev": CHEBYSHEV,
    "Hyperbolic": HYPERBOLIC,
}
INNER = st.one_of(*PLAIN.values())
WARMUP = st.builds(lr.Warmup, INNER, st.integers(0, 100), RATES, FIRST, RAMPS)
RADAM = st.builds(
    lr.RAdamWarmup, INNER, st.sampled_from([0.7, 0.9, 0.99]), st.sampled_from([4.0, 4.5, 6.0])
)
NOISE = st.builds(lr.Noise, INNER, FEW, st.floats(0, 1), st.integers(0, 3))
SCHEDULES = st.one_of(INNER, WARMUP, NOISE, RADAM)
FAMILIES = PLAIN | {"Warmup": WARMUP, "RAdamWarmup": RADAM, "Noise": NOISE}

# Simple fractions, by which a step is divided exactly.
FACTORS = st.sampled_from([0.25, 0.5, 2.0, 4.0, 1 / 3, 1 / 49, 0.7, 3.0, 5 / 3])


def _made_of(one: st.SearchStrategy[lr.Schedule]) -> dict[str, st.SearchStrategy[lr.Schedule]]:
    return {
        "Then": st.builds(lr.Then, one, one, st.integers(0, 60)),
        "Sum": st.builds(lr.Sum, one, one),
        "Difference": st.builds(lr.Difference, one, one),
        "Product": st.builds(lr.Product, one, one),
        "Scale": st.builds(lr.Scale, one, RATES),
        "Clip": st.builds(
            lambda s, low, more: lr.Clip(s, low, None if more is None else low + more),
            one,
            RATES,
            st.none() | RATES,
        ),
        "Shift": st.builds(lr.Shift, one, st.integers(0, 60)),
        "Skip": st.builds(lr.Skip, one, st.integers(0, 60)),
        "Stretch": st.builds(lr.Stretch, one, FACTORS),
        "Stride": st.builds(lr.Stride, one, FEW),
        "Hold": st.builds(lr.Hold, one, FEW),
        "Reverse": st.builds(lr.Reverse, one, STEPS),
        "Repeat": st.builds(lr.Repeat, one, STEPS),
    }


ALGEBRA = _made_of(SCHEDULES)
COMPOSED = st.recursive(
    SCHEDULES,
    lambda one: st.one_of(
        *_made_of(one).values(), st.builds(lr.Warmup, one, FEW, RATES, FIRST, RAMPS)
    ),
    max_leaves=5,
)

# Eighths: fractional steps that every floating dtype here holds exactly.
WHOLE = st.one_of(st.integers(0, 100), st.integers(0, 700), st.integers(0, 10**6))
EIGHTHS = st.one_of(st.integers(0, 8 * 100), st.integers(0, 8 * 700)).map(lambda n: n / 8)
ANY_STEP = st.one_of(WHOLE, EIGHTHS)

# One of each, for tests that need no search.
EXAMPLES = (
    lr.Constant(0.3),
    lr.Step(0.3, 4, gamma=0.5),
    lr.MultiStep(0.3, [3, 7]),
    lr.MultiStep(0.3, [3, 7], [0.5, 0.1]),
    lr.Piecewise([3, 7], [0.3, 0.1, 0.2]),
    lr.Piecewise([3, 7], [0.1, 0.3, 0.2], "linear"),
    lr.Exponential(0.3, rate=0.1),
    lr.Exponential(0.3, gamma=0.9),
    lr.Exponential(0.3, half_life=5),
    lr.InverseTime(0.3, 0.5),
    lr.InverseSqrt(0.3, 3.5),
    lr.PowerLaw(0.3, 1.5, 4.0),
    lr.Noam(16, 6, 0.9),
    lr.Linear(0.3, 12, 0.03),
    lr.Polynomial(0.3, 12, 2.5, 0.03),
    lr.Polynomial(0.3, 7, 2.5, 0.03, cycle=True),
    lr.Cosine(0.3, 12, 0.03),
    lr.Cosine(0.3, 12, 0.03, exponent=1.5, k_decay=2.0),
    lr.CosineRestarts(0.3, 5, final_lr=0.03),
    lr.CosineRestarts(0.3, 3, 2, 0.03),
    lr.CosineRestarts(0.3, 3, 2, 0.03, gamma=0.5, cycles=2),
    lr.CosineRestarts(0.3, 4, 1.5, 0.03),
    lr.CosineRestarts(0.3, 8, 0.5, 0.03),
    lr.CosineCycles(0.3, 12, 3, 0.03),
    lr.Cyclic(0.3, 0.03, 4, 2),
    lr.Cyclic(0.3, 0.03, 4, 2, cycle_gamma=0.5, step_gamma=0.99),
    lr.SlantedTriangular(0.3, 12, 0.25, 8.0),
    lr.OneCycle(0.3, 12),
    lr.OneCycle(0.3, 12, 5, 0.1, 0.01),
    lr.OneCycle(0.3, 12, 3, shape="linear", return_steps=4),
    lr.WSD(0.3, 12, 5, 3, 0.03),
    lr.WSD(0.3, 12, 5, shape="1-sqrt"),
    lr.WSD(0.3, 12, 5, shape=2.5),
    lr.WSD(0.3, 12, 0, 3),
    lr.Tanh(0.3, 12, 0.03, -3.0, 2.0),
    lr.REX(0.3, 12, 0.03),
    lr.Chebyshev(0.3, 12, 0.03),
    lr.Hyperbolic(0.3, 12, 20, 0.03),
    lr.Warmup(lr.Cosine(0.3, 9), 4),
    lr.Warmup(lr.Cyclic(0.3, 0.03, 4), 4, 0.01, first="zero"),
    lr.Warmup(lr.Linear(0.3, 9), 4, shape="exponential"),
    lr.Warmup(lr.REX(0.3, 9), 4, shape="1-sqrt", first="zero"),
    lr.Warmup(lr.Linear(0.3, 9), 4, 0.01, shape="log", first="1/w"),
    lr.warmup_linear(0.3, 12, 4, 0.03, first="1/w"),
    lr.warmup_cosine(0.3, 12, 4),
    lr.RAdamWarmup(lr.Linear(0.3, 12), beta2=0.9, threshold=4.5),
    lr.Noise(lr.Cosine(0.3, 12), 8, std=0.2, seed=1),
    lr.Then(lr.Linear(0.3, 5), lr.Cosine(0.2, 6), 5),
    lr.Sum(lr.Linear(0.3, 12), lr.Constant(0.1)),
    lr.Difference(lr.Linear(0.3, 12), lr.Constant(0.1)),
    lr.Product(lr.Linear(0.3, 12), lr.Exponential(1.0, gamma=0.9)),
    lr.Scale(lr.WSD(0.3, 12, 5), 0.5),
    lr.Clip(lr.Cosine(0.3, 12), 0.1, 0.2),
    lr.Shift(lr.REX(0.3, 12), 3),
    lr.Skip(lr.Cosine(0.3, 12), 3),
    lr.Stretch(lr.Linear(0.3, 12), 2.0),
    lr.Stride(lr.Linear(0.3, 12), 3),
    lr.Hold(lr.Cosine(0.3, 12), 3),
    lr.Reverse(lr.REX(0.3, 12), 12),
    lr.Repeat(lr.Linear(0.3, 12), 5),
)
