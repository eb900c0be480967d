"""A schedule as source code and as JSON: run, and compared with the schedule to the bit."""

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay
from lrdecay import WSD, Clip, Constant, Cosine, CosineRestarts, Linear, Noise, Schedule, Warmup
from lrdecay.export import from_json, source, to_json
from tests import strategies as my
from tests.oracle import scale

ANY = st.one_of(my.SCHEDULES, my.COMPOSED)
BY_NAME = pytest.mark.parametrize("schedule", my.EXAMPLES, ids=repr)
TARGETS = ["python", "nanogpt", "torch", "transformers", "lightning", "optax", "keras"]


def run(code):
    """Return what a module's source defines."""
    scope = {}
    exec(code, scope)
    return scope


# --- one number at a time ------------------------------------------------------------------------


@given(ANY, st.lists(my.EIGHTHS, min_size=1, max_size=8))
def test_python_is_the_schedule_to_the_bit(schedule, steps):
    lr = run(source(schedule, "python"))["lr"]
    get_lr = run(source(schedule, "nanogpt"))["get_lr"]
    for step in (*steps, *(int(step) for step in steps)):
        assert lr(step) == get_lr(step) == schedule(step)
        assert type(lr(step)) is float


@BY_NAME
def test_source_needs_nothing_of_lrdecay_and_says_what_it_is(schedule):
    for target in TARGETS:
        code = source(schedule, target)
        assert code.startswith(f"# {schedule!r}\n")
        assert code.endswith("\n")
        assert not code.endswith("\n\n")
        needed = [line for line in code.splitlines() if not line.startswith(("#", "@"))]
        assert "lrdecay" not in "".join(needed)
        compile(code, target, "exec")
        assert code == source(schedule, target)


def test_source_reads_like_code():
    assert source(lrdecay.warmup_cosine(1e-3, 100, 10, 1e-4), "nanogpt").splitlines()[1:] == [
        "from math import cos",
        "",
        "",
        "def get_lr(it):",
        "    k = it",
        "    if k < 10:",
        "        return 0.001 * ((k + 1) / 11)",
        "    t1 = (k - 10) / 90",
        "    t2 = 0.5 * (1.0 + cos(3.141592653589793 * (t1 if t1 < 1.0 else 1.0)))",
        "    return 0.0001 * (1.0 - t2) + 0.001 * t2",
    ]
    assert "return TABLE_1[bisect_right(TABLE_2, k)]" in source(
        lrdecay.Piecewise((3, 7), (1, 0.5, 0.1)), "python"
    )
    assert "from bisect import bisect_right" in source(CosineRestarts(1.0, 3, 2), "python")


# --- optax: a function of the count --------------------------------------------------------------

jax = pytest.importorskip("jax")
jnp = jax.numpy


@BY_NAME
def test_optax_agrees_in_float32(schedule):
    theirs = run(source(schedule, "optax"))["schedule"]
    count = jnp.arange(24)
    want = schedule(np.arange(24))
    slack = 32 * 2.0**-23
    rates = jax.jit(theirs)(count)
    assert rates.dtype == jnp.float32
    np.testing.assert_allclose(rates, want, rtol=slack, atol=slack * scale(schedule))
    assert jax.eval_shape(theirs, 7).shape == ()


def test_constant_parts_keep_the_shape_of_the_count():
    for schedule in (Constant(1.0), Clip(Constant(1.0), 0.3), Linear(1.0, 4).scale(0)):
        rates = run(source(schedule, "optax"))["schedule"](jnp.zeros((2, 3), jnp.int32))
        assert rates.shape == (2, 3)


# --- JSON ----------------------------------------------------------------------------------------


@given(ANY)
def test_json_gives_the_same_schedule(schedule):
    text = to_json(schedule)
    again = from_json(text)
    assert again == schedule
    assert repr(again) == repr(schedule)
    assert to_json(again) == text
    assert json.loads(text)["lrdecay"] == 1
    assert [again(k) for k in (0, 7, 300)] == [schedule(k) for k in (0, 7, 300)]


def test_json_is_short_and_readable():
    schedule = Warmup(Cosine(0.1, 90), 10, first="zero").clip(high=0.05)
    assert to_json(schedule) == (
        '{"lrdecay": 1, "schedule": {"type": "Clip", "schedule": {"type": "Warmup", "schedule": '
        '{"type": "Cosine", "base_lr": 0.1, "total_steps": 90}, "warmup_steps": 10, "first": '
        '"zero"}, "high": 0.05}}'
    )
    # Numbers as another program may write them.
    by_hand = '{"type": "Linear", "base_lr": 1, "total_steps": 9.0}'
    assert from_json(f'{{"lrdecay": 1, "schedule": {by_hand}}}') == Linear(1.0, 9)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ('{"type": "Linear", "base_lr": -1, "total_steps": 9}', "base_lr must be a finite number"),
        ('{"type": "Linear", "base_lr": NaN, "total_steps": 9}', "base_lr must be a finite"),
        ('{"type": "Linear", "base_lr": 1}', "must have the arguments of Linear"),
        ('{"type": "Linear", "base_lr": 1, "steps": 9}', "must have the arguments of Linear"),
        ('{"type": "Scale", "schedule": 3, "factor": 1}', "schedule must be a Schedule, got 3"),
        ('{"type": "Schedule"}', "must have the arguments of Schedule"),
        ('{"type": "ReduceOnPlateau"}', "must have the arguments of ReduceOnPlateau"),
        ('{"type": "PlateauState"}', "type must be the name of a schedule of lrdecay"),
        ('{"type": "warmup_cosine"}', "type must be the name of a schedule of lrdecay"),
        ('{"type": "nothing"}', "type must be the name of a schedule of lrdecay, got 'nothing'"),
        ('{"type": "os:system"}', "type must be the name of a schedule of lrdecay"),
        ('{"type": "schedule:np"}', "type must be the name of a schedule of lrdecay"),
        ('{"type": ["Linear"]}', "type must be the name of a schedule of lrdecay"),
        ("{}", "type must be the name of a schedule of lrdecay, got None"),
        ("[]", "schedule must be a schedule as to_json writes it"),
        ("3", "schedule must be a schedule as to_json writes it"),
    ],
)
def test_bad_json_is_named(schedule, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        from_json(f'{{"lrdecay": 1, "schedule": {schedule}}}')


@pytest.mark.parametrize("text", ["", "{", "3", "null", "[]", '{"lrdecay": 1}', '"a"', "{}"])
def test_text_that_is_not_ours_is_named(text):
    with pytest.raises(ValueError, match="text must be JSON that to_json wrote, got"):
        from_json(text)


def test_another_version_is_named():
    with pytest.raises(ValueError, match="version must be 1, got 2"):
        from_json('{"lrdecay": 2, "schedule": {"type": "Constant", "base_lr": 1}}')


# --- what cannot go out --------------------------------------------------------------------------


class Mine(Constant):
    """A schedule that is not of lrdecay."""


class Stubborn(Schedule):
    """A schedule whose formula decides by the value of a step."""

    def _lr(self, k, xp):
        return xp.full_like(k, 1.0 if k < 3 else 0.5)


def test_what_cannot_be_written_is_refused_with_the_reason():
    by_numpy = WSD(1.0, 8, 4, shape=lambda p: 1 - np.sqrt(p))
    for target in TARGETS:
        with pytest.raises(ValueError, match="a schedule that calls a Python function cannot be"):
            source(by_numpy, target)
        with pytest.raises(ValueError, match="schedule must be a schedule whose formula uses only"):
            source(Stubborn(), target)
    with pytest.raises(ValueError, match="schedule must be free of Python functions"):
        to_json(by_numpy)
    with pytest.raises(ValueError, match="schedule must be made of schedules of lrdecay"):
        to_json(Mine(1.0).scale(2))
    for target in ("jax", "", None, "Python"):
        with pytest.raises(ValueError, match=r"target must be one of \('python', .+, got "):
            source(Constant(1.0), target)


def test_a_shape_that_works_on_symbols_goes_out_as_source():
    schedule = WSD(1.0, 8, 4, shape=lambda p: 1 - p * p)
    lr = run(source(schedule, "python"))["lr"]
    assert [lr(k) for k in range(10)] == [schedule(k) for k in range(10)]
    assert schedule(6) == 0.75


def test_noise_goes_out_as_its_table():
    code = source(Noise(Constant(1.0), 4, seed=3), "python")
    table = re.search(r"TABLE_1 = (\(.*\))", code)
    assert table is not None
    assert len(eval(table[1])) == 5
    assert not math.isnan(run(code)["lr"](2))
