"""Array in, array of the same library, shape and floating dtype out: NumPy, and JAX under `jit`.

An array and a number give the same rate to a few units in the last place, not bit for bit: NumPy
and JAX compute cos, exp and powers with vector instructions, Python with the C library, and the two
round differently.
"""

import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import Constant, Cosine, CosineRestarts, Linear, Step, Warmup
from tests import strategies as my
from tests.strategies import EXAMPLES, expected, scale

BY_NAME = pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
K = np.arange(24)


EPS64 = np.finfo(np.float64).eps
EPS32 = np.finfo(np.float32).eps


def close(got, want, schedule, ulps, eps=EPS64):
    slack = ulps * eps
    np.testing.assert_allclose(
        np.asarray(got, np.float64), want, rtol=slack, atol=slack * scale(schedule)
    )


# --- NumPy -------------------------------------------------------------------------------------


@given(my.SCHEDULES, st.lists(my.ANY_STEP, max_size=20))
def test_array_equals_scalar(schedule, steps):
    rates = schedule(np.array(steps, dtype=np.float64))
    assert rates.dtype == np.float64
    # An underflowing power is where the relative error of exp and pow is largest.
    close(rates, [schedule(k) for k in steps], schedule, ulps=16)


@given(my.SCHEDULES, st.lists(my.EIGHTHS, min_size=1, max_size=20))
def test_float32_stays_float32(schedule, steps):
    rates = schedule(np.array(steps, dtype=np.float32))
    assert rates.dtype == np.float32
    want = [expected(schedule, k) for k in steps]
    # The exponent of a power is as far off as the step is long: 700 half-ulps at most.
    close(rates, want, schedule, ulps=2000, eps=EPS32)


@BY_NAME
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_give_float64(schedule, dtype):
    rates = schedule(K.astype(dtype))
    assert rates.dtype == np.float64
    assert np.array_equal(rates, schedule(K.astype(float)))


@BY_NAME
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (24,), (2, 3, 4)])
def test_shape_and_dtype(schedule, dtype, shape):
    k = K[: math.prod(shape)].reshape(shape).astype(dtype)
    rates = schedule(k)
    assert type(rates) is np.ndarray
    assert rates.shape == shape
    assert rates.dtype == (np.float64 if dtype == "int64" else dtype)


@BY_NAME
def test_layout_does_not_matter_and_input_is_left_alone(schedule):
    k = np.arange(48.0).reshape(6, 8)
    want = schedule(k)
    for view in (np.asfortranarray(k), np.repeat(k, 2, axis=0)[::2], k.T.copy().T):
        assert np.array_equal(schedule(view), want)
    k.flags.writeable = False
    rates = schedule(k)
    assert np.array_equal(k, np.arange(48.0).reshape(6, 8))
    rates[:] = 0  # the caller's own array, not a view of anything
    assert np.array_equal(schedule(k), want)


@BY_NAME
def test_large_arrays_give_what_small_ones_do(schedule):
    k = np.arange(50_000).reshape(100, 500)
    rates = schedule(k)
    assert np.array_equal(rates, [schedule(row) for row in k])
    assert np.array_equal(schedule(np.asfortranarray(k)), rates)
    assert schedule(k.astype(np.float32)).dtype == np.float32
    early = k - 100
    assert np.array_equal(schedule(early), schedule(np.maximum(early, 0)))
    bad = k.astype(float)
    bad[99, 499] = math.inf
    with pytest.raises(ValueError, match=r"step must be a finite number, got inf"):
        schedule(bad)


@BY_NAME
def test_sequences_give_arrays(schedule):
    want = schedule(np.arange(6))
    for steps in ([0, 1, 2, 3, 4, 5], (0.0, 1, 2, 3, 4, 5), range(6)):
        rates = schedule(steps)
        assert rates.dtype == np.float64
        assert np.array_equal(rates, want)
    assert np.array_equal(schedule([[0, 1, 2], [3, 4, 5]]), want.reshape(2, 3))
    assert schedule([]).shape == (0,)


@BY_NAME
@pytest.mark.parametrize(
    "step",
    [np.int8(3), np.uint64(3), np.float16(3), np.float32(3), np.float64(3), np.longdouble(3)],
)
def test_numpy_scalars_give_floats(schedule, step):
    assert type(schedule(step)) is float
    assert schedule(step) == schedule(3)


@pytest.mark.parametrize(
    ("bad", "value"),
    [
        (np.array([1.0, math.nan]), "nan"),
        (np.array([-1.0, math.inf]), "inf"),
        (np.array([1.0, -math.inf]), "-inf"),
        (np.array([[0.0], [-math.inf]], np.float16), "-inf"),
        (np.array([True]), "dtype('bool')"),
        (np.array(True), "dtype('bool')"),
        (np.array("3"), "dtype('<U1')"),
        (np.array([3], "m8[s]"), "dtype('<m8[s]')"),
        (np.zeros(2, [("float", "f8")]), "dtype([('float', '<f8')])"),
        (bytearray(b"3"), "bytearray(b'3')"),
        ([True, 2], "[True, 2]"),
        ([[1, 2], [3, np.True_]], "[[1, 2], [3, np.True_]]"),
        (np.array([1j]), "dtype('complex128')"),
        (np.array(["3"]), "dtype('<U1')"),
        (np.array([1, None]), "dtype('O')"),
        (np.complex64(1), "dtype('complex64')"),
        (np.str_("3"), "dtype('<U1')"),
        (np.bool_(1), "np.True_"),
        (np.float32("nan"), "nan"),
        ([1, -math.inf], "-inf"),
        ([1, "2"], "[1, '2']"),
        ([[1, 2], [3]], "[[1, 2], [3]]"),
        ([10**30], f"[{10**30}]"),
        ({1, 2}, "{1, 2}"),
    ],
    ids=repr,
)
def test_bad_arrays_are_named(bad, value):
    for schedule in EXAMPLES:
        with pytest.raises(ValueError, match=rf"step must be .+, got {re.escape(value)}$"):
            schedule(bad)


def test_a_rate_too_large_for_a_float_is_infinite_in_an_array():
    with np.errstate(over="ignore"):
        assert Step(1.0, 1, gamma=10)(np.array([400])).tolist() == [math.inf]


# --- JAX, float32 as it comes ------------------------------------------------------------------

jax = pytest.importorskip("jax")
jnp = jax.numpy


@BY_NAME
def test_jax_under_jit_and_vmap(schedule):
    want = [expected(schedule, k) for k in K.tolist()]
    steps = jnp.arange(24)
    for function in (schedule, jax.jit(schedule), jax.jit(jax.vmap(schedule))):
        rates = function(steps)
        assert isinstance(rates, jax.Array)
        assert rates.dtype == jnp.float32
        close(rates, want, schedule, ulps=32, eps=EPS32)


@BY_NAME
def test_is_an_optax_schedule(schedule):
    """Optax calls `schedule(count)` with an int32 scalar under `jit` and multiplies by it."""

    @jax.jit
    def update(count, gradient):
        return count + 1, -schedule(count) * gradient

    count, gradient = jnp.zeros([], jnp.int32), jnp.ones(3, jnp.float32)
    for k in range(8):
        count, step = update(count, gradient)
        assert step.dtype == jnp.float32
        close(step, np.full(3, -expected(schedule, k)), schedule, ulps=32, eps=EPS32)
    assert update._cache_size() == 1  # the step is traced, not baked in


@BY_NAME
def test_jax_scan_over_steps(schedule):
    _, rates = jax.lax.scan(lambda k, _: (k + 1, schedule(k)), 0, length=24)
    close(rates, [expected(schedule, k) for k in K.tolist()], schedule, ulps=32, eps=EPS32)


@BY_NAME
def test_negative_step_of_any_kind_is_step_0(schedule):
    first = schedule(0)
    for step in (-1, -(10**400), -0.5, -1e-300, -1e300, np.int8(-128), np.float16(-1)):
        assert schedule(step) == first
    traced = jax.jit(schedule)
    for steps in ([-1, -(10**6)], [-0.5, -1e30]):
        want = schedule(np.zeros(2))
        assert np.array_equal(schedule(steps), want)
        assert np.array_equal(schedule(np.array(steps)), want)
        for call in (schedule, traced):
            got = call(jnp.array(steps))
            assert np.array_equal(got, call(jnp.zeros_like(got)))


def test_what_is_not_finite_is_refused_unless_a_trace_hides_it():
    for bad in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match=f"step must be a finite number, got {bad}"):
            Linear(1.0, 8)(jnp.array([1.0, bad]))
    assert np.isnan(jax.jit(Linear(1.0, 8))(jnp.array([math.nan]))).all()


@BY_NAME
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_jax_shapes_and_dtypes(schedule, shape):
    for dtype in ("int32", "uint8", "float16", "bfloat16", "float32"):
        rates = jax.eval_shape(schedule, jax.ShapeDtypeStruct(shape, dtype))
        assert rates.shape == shape
        assert rates.dtype == (dtype if "float" in dtype else "float32")


def test_jax_bad_dtypes_are_named_even_under_a_trace():
    for dtype in (bool, "complex64"):
        with pytest.raises(ValueError, match="step must be an array of integers or real numbers"):
            jax.jit(Constant(0.1))(jnp.ones(3, dtype))


def test_jax_gives_double_precision_on_request():
    program = (
        "import jax, jax.numpy as jnp, numpy as np\n"
        "from tests.strategies import EXAMPLES, scale\n"
        "k = np.arange(200)\n"
        "every = jax.jit(lambda steps: [s(steps) for s in EXAMPLES])\n"
        "for steps in (k, k / 8):\n"
        "    for s, rates in zip(EXAMPLES, every(jnp.asarray(steps)), strict=True):\n"
        "        assert rates.dtype == jnp.float64, s\n"
        "        error = np.abs(np.asarray(rates) - s(steps)).max()\n"
        "        assert error <= 1e-14 * scale(s), (s, error)\n"
        "print('checked', len(EXAMPLES))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "JAX_ENABLE_X64": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"checked {len(EXAMPLES)}\n", done.stderr


def test_float32_steps_are_exact_up_to_2_to_the_24():
    """Where the cycle or the drop is found by division, float32 must not round into the next."""
    for n in (3, 7, 1000):
        edge = 2**24 // n * n
        steps = np.array([edge - 1, edge], np.float32)
        for xp in (np, jnp):
            before, at = Step(1.0, n, gamma=0.999)(xp.asarray(steps))
            assert at < before or before == 0
            before, at = CosineRestarts(1.0, n)(xp.asarray(steps))
            assert before < at == 1.0


def test_no_array_library_is_preferred():
    """The same schedule object serves every library, one after the other."""
    schedule = Warmup(Cosine(1.0, 8), 4)
    kinds = [type(schedule(k)) for k in (3, np.arange(3), 3.0)]
    assert kinds == [float, np.ndarray, float]
    assert isinstance(schedule(jnp.arange(3)), jax.Array)
    assert isinstance(Linear(1.0, 8)(jnp.arange(3)), jax.Array)
