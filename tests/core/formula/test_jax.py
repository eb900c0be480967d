"""Rates are computed in wide numbers, whatever the dtype of the steps, and whole steps exactly."""

import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import (
    WSD,
    Chebyshev,
    Constant,
    Cosine,
    CosineCycles,
    CosineRestarts,
    Cyclic,
    Exponential,
    Linear,
    MultiStep,
    Noise,
    Piecewise,
    Polynomial,
    RAdamWarmup,
    Step,
    Then,
    Warmup,
    warmup_cosine,
)
from lrdecay.formula import Eager, Symbol, compiled
from lrdecay.formula.graph import topological
from lrdecay.formula.jax import Whole, _Evaluator, _whole

jax = pytest.importorskip("jax")
jnp = jax.numpy
BOTH = pytest.mark.parametrize("call", [lambda s: s, jax.jit], ids=["eager", "jit"])

# --- narrow floats -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "step", "right"),
    [
        (Linear(1.0, 100_000), 60_000, 0.4),
        (warmup_cosine(1e-3, 100_000, 10_000), 60_000, 4.13175911e-4),
        (RAdamWarmup(Constant(1.0)), 1000, 0.6454),
        (RAdamWarmup(Constant(1.0)), 2000, 0.8286),
        (RAdamWarmup(Constant(1.0)), 60_000, 1.0),
        (Step(1.0, 70_000), 60_000, 1.0),
        (CosineRestarts(1.0, 70_001, 2), 512, math.cos(math.pi / 2 * 512 / 70_001) ** 2),
        (Piecewise([100_000], [1.0, 0.5], "linear"), 50_016, 1 - 50_016 / 200_000),
        (Constant(0.5).then(Linear(1.0, 9), 100_000), 65_504, 0.5),
    ],
)
def test_narrow_steps_have_the_rate_of_the_number(schedule, step, right):
    # bfloat16 does not hold most of these steps.
    for dtype in (np.float16, ml_dtypes.bfloat16, np.float32):
        array = np.array([step], dtype)
        at = float(array[0])
        eps = float(ml_dtypes.finfo(dtype).eps)
        want = schedule(at)
        if at == step:
            assert want == pytest.approx(right, rel=1e-3)
        for got in (schedule(array), schedule(jnp.asarray(array)), jax.jit(schedule)(array)):
            assert got.dtype == dtype
            assert float(got[0]) == pytest.approx(want, rel=eps, abs=1e-7)


def test_numbers_of_every_kind_are_steps():
    schedule = Linear(1.0, 8)
    for kind in ("bfloat16", "float8_e4m3fn", "int4", "uint4"):
        dtype = np.dtype(getattr(ml_dtypes, kind))
        steps = np.array([0, 3, 6], dtype)
        rates = schedule(steps)
        assert rates.dtype == (dtype if "float" in kind else np.float64)
        want = np.array([1.0, 0.625, 0.25])
        assert np.array_equal(rates.astype(float), want)
    assert schedule(ml_dtypes.bfloat16(3)) == 0.625
    for dtype in (">f4", ">i2", "longdouble", ">f8"):
        rates = schedule(np.array([-3, 3], dtype))
        assert rates.tolist() == [1.0, 0.625]
        assert rates.dtype == (np.float64 if dtype == ">i2" else np.dtype(dtype))
    assert schedule(np.array([2**64 - 1], np.uint64)).tolist() == [0.0]
    masked = schedule(np.ma.masked_array([1, 2], [False, True]))
    assert masked.mask.tolist() == [False, True]
    assert masked[0] == 0.875


# --- whole steps in JAX, which has float32 alone -----------------------------------------------


@BOTH
def test_whole_steps_above_what_float32_tells_apart(call):
    steps = 10**8 + np.arange(4)
    assert call(Repeat4)(jnp.asarray(steps)).tolist() == [1.0, 0.75, 0.5, 0.25]


Repeat4 = Linear(1.0, 4).repeat(4)
FAR = 2**24 + 1
SCHEDULES = [
    Repeat4,
    Step(1.0, 2**24 - 1, 0.75),
    Step(1.0, FAR, 0.5),
    MultiStep(1.0, [FAR, FAR + 1, 2**30 + 1], 0.5),
    Piecewise([FAR, FAR + 1, 2**30 + 1], [1.0, 0.5, 0.3, 0.2]),
    Piecewise([FAR, FAR + 10], [1.0, 0.5, 0.3], "linear"),
    CosineRestarts(1.0, 7),
    CosineRestarts(1.0, 5, 2, 0.1, 0.5),
    CosineRestarts(1.0, 7, cycles=FAR),
    CosineCycles(1.0, 3 * FAR, 3),
    Cyclic(1.0, 0.1, 3, 4),
    Polynomial(1.0, 2**26, 2.0, cycle=True),
    Then(Constant(0.5), Linear(1.0, 8), FAR),
    Constant(0.1).then(Step(1.0, 2, 0.5).repeat(6), FAR),
    Linear(1.0, 8).shift(FAR),
    CosineRestarts(1.0, 7).skip(FAR),
    CosineRestarts(1.0, 7).skip(2**31 - 1),
    Linear(1.0, 8).reverse(FAR).repeat(FAR + 5),
    Warmup(CosineRestarts(1.0, 7), 2**25 + 1, 1.0),
    WSD(1.0, FAR + 8, 8, 3),
    Chebyshev(1.0, 9).shift(FAR),
    Noise(Constant(1.0), 10, 0.5, 1).repeat(11),
    Linear(1.0, 3_000_000_000) * Repeat4,
    Cosine(1.0, 8).repeat(9).repeat(2**32 + 9),
]


@BOTH
@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_every_edge_is_found_at_its_step(call, schedule):
    ends = [FAR, 2**25 + 1, 2 * FAR, 2**26, 2**30 + 1, 2**31 - 1, 10**8, 2**31 - 100]
    steps = sorted({k + d for k in ends for d in range(-9, 10) if k + d < 2**31})
    for dtype in (np.int32, np.uint32):
        got = call(schedule)(jnp.asarray(np.array(steps, dtype)))
        np.testing.assert_allclose(got, [schedule(k) for k in steps], rtol=1e-5, atol=1e-6)


@BOTH
def test_many_factors_close_to_1_are_as_right_as_few(call):
    for schedule in (Step(1.0, 1, 0.99999), Exponential(1.0, gamma=1.000_01), Step(1.0, 1, 0.5)):
        steps = [0, 1, 3, 10, 10_000, 1_000_000]
        got = call(schedule)(jnp.array(steps))
        assert got.tolist() == pytest.approx([schedule(k) for k in steps], rel=2e-6)


def test_steps_of_32_bits_without_a_sign_go_on_as_floats():
    steps = np.array([2**31 - 1, 2**31, 2**31 + 512, 2**32 - 256], np.uint32)
    for schedule in (Repeat4, Step(1.0, 2**31 + 300, 0.5), Linear(1.0, 2**32).skip(2**31 - 1)):
        got = schedule(jnp.asarray(steps))
        np.testing.assert_allclose(got, schedule(steps), rtol=1e-5, atol=1e-6)


# --- the graph of a formula on whole numbers ---------------------------------------------------

MOST = 2**31 - 1
NUMBERS = st.one_of(st.integers(-9, 9), st.integers(1, 2**33), st.sampled_from([2**31, 2**32, 2.5]))


@st.composite
def formulas(draw):
    """Draw a formula of whole numbers, as a function of `k` and its namespace."""
    size = draw(st.integers(1, 6))
    ops = st.sampled_from(["+", "-", "from", "*", "//", "%", "neg", "min", "max", "where", "table"])
    return [(draw(ops), draw(NUMBERS), draw(st.integers(0, i))) for i in range(size)]


def run(program, k, xp):
    """Return the last value of a program, whose value 0 is `k`."""
    values = [k]
    for op, number, i in program:
        x, y = values[-1], values[i]
        whole = int(number)
        positive = max(whole, 1)
        table = (0.0, *sorted({2.5, float(positive), 1e9}))
        made = {
            "+": lambda x=x, n=whole: x + n,
            "-": lambda x=x, y=y: x - y,
            "from": lambda x=x, n=whole: n - x,
            "*": lambda x=x, n=whole: x * (n % 5),
            "//": lambda x=x, n=positive: x // n,
            "%": lambda x=x, n=positive: x % n,
            "neg": lambda x=x: -x,
            "min": lambda x=x, n=number: xp.minimum(x, n) if n == int(n) else xp.minimum(x, 7),
            "max": lambda x=x, y=y: xp.maximum(x, y),
            "where": lambda x=x, y=y, n=number: xp.where(x < n, y, x),
            "table": lambda x=x, t=table: xp.bisect(t, xp.maximum(x, 0)),
        }[op]()
        values.append(made)
    return values[-1]


@given(formulas(), st.lists(st.integers(0, MOST), min_size=1, max_size=6))
def test_what_counts_as_whole_is_exact_and_within_its_bounds(program, steps):
    graph = run(program, Symbol(), Eager)
    evaluator, known = _Evaluator(np.dtype(np.float32), jnp), {}
    for node in topological(graph):
        parts = [known[part] if isinstance(part, Symbol) else part for part in node.parts]
        start = Whole(jnp.array(steps, jnp.int32), 0, MOST)
        known[node] = start if node.op == "k" else evaluator.operation(node.op, parts)
        found = _whole(known[node])
        if found is not None:
            exact = [compiled(node)(k) for k in steps]
            assert np.broadcast_to(found.value, len(steps)).tolist() == exact
            assert all(found.low <= x <= found.high for x in exact)


def test_what_fits_counts_as_whole():
    k = Symbol()
    evaluator = _Evaluator(np.dtype(np.float32), jnp)
    for part, op, other in [
        (k, "+", 2**31), (k, "-", 2**31), (k, "//", 2**40), (k, "%", 2**40), (k, "%", 2**31),
        (k, "min", 2**40), (k, "max", 0.0), (k, "neg", None), (k, "//", 1),
    ]:  # fmt: skip
        parts = [Whole(jnp.arange(3), 0, MOST), *([] if other is None else [other])]
        assert isinstance(evaluator.operation(op, parts), Whole), (part, op, other)
    # No 32 bits hold both, and none need to: the larger is always the same of the two.
    most, least = Whole(jnp.arange(3, dtype=jnp.uint32), 0, 2**32 - 1), Whole(-jnp.arange(3), -2, 0)
    for pair in ([most, least], [least, most]):
        assert evaluator.operation("max", pair) is most
        assert evaluator.operation("min", pair) is least
    assert evaluator.operation("<", [Whole(jnp.arange(3), 0, MOST), 2**40]) is True
    assert evaluator.operation(">=", [Whole(jnp.arange(3), 0, MOST), 2.5]).tolist() == [False] * 3
