"""A schedule as source code and as JSON: run, and compared with the schedule to the bit."""

import functools
import json
import math
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay
from lrdecay import (
    WSD,
    Clip,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    Linear,
    Noise,
    ReduceOnPlateau,
    Schedule,
    Warmup,
)
from lrdecay.checks import MOST_NESTED
from lrdecay.dialects.shared import CosineWave
from lrdecay.dialects.torch.onecycle import OneCycleRun
from lrdecay.export import from_json, source, to_json
from lrdecay.messages import quoted
from tests import strategies as my
from tests.oracle import scale

jax = pytest.importorskip("jax")
jnp = jax.numpy

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
        "    k = max(it, 0)",
        "    if k < 10:",
        "        return 0.001 * ((k + 1) / 11)",
        "    t1 = (k - 10) / 90",
        "    t2 = 0.5 * (1.0 + cos(3.141592653589793 * (t1 if t1 < 1.0 else 1.0)))",
        "    return 0.0001 * (1.0 - t2) + 0.001 * t2",
    ]
    assert "return TABLE_1[bisect_right(TABLE_2, k)]" in source(
        lrdecay.Piecewise((3, 7), (1, 0.5, 0.1)), "python"
    )
    assert source(Constant(0.5), "python").splitlines()[-2:] == ["def lr(k):", "    return 0.5"]
    assert "from bisect import bisect_right" in source(CosineRestarts(1.0, 3, 2), "python")


@BY_NAME
def test_a_negative_step_has_the_rate_of_step_0(schedule):
    for step in (-1, -5, -0.5):
        assert run(source(schedule, "python"))["lr"](step) == schedule(0)
        assert run(source(schedule, "nanogpt"))["get_lr"](step) == schedule(0)
        count = jnp.asarray(step)
        assert run(source(schedule, "optax"))["schedule"](count) == pytest.approx(
            schedule(0), rel=1e-6, abs=1e-8
        )


class InTable(Schedule):
    """A schedule that looks up what is infinite."""

    def _lr(self, k, xp):
        return xp.item((1.0, math.inf), xp.bisect((2,), k))


INFINITE = {
    "a constant": (Constant(1e308).scale(10), 0, math.inf),
    "a sum": (Linear(1e308, 9) + Constant(1e308).scale(10), 3, math.inf),
    "a table": (InTable(), 2, math.inf),
    "a bound": (Clip(Constant(1e308).scale(10), 0.0, 5.0), 0, 5.0),
    "none": (OneCycleRun(0.3, 3, 0.1, 0.0), 9, math.nan),
}


@pytest.mark.parametrize(("schedule", "k", "want"), INFINITE.values(), ids=INFINITE)
def test_what_is_no_finite_number_is_printed_as_code(schedule, k, want):
    for target in TARGETS:
        code = "".join(source(schedule, target).splitlines()[1:])
        assert not re.search(r'[^"a-z]-?(inf|nan)[^"a-z]', code)
    with jax.enable_x64(True):
        optax = float(run(source(schedule, "optax"))["schedule"](k))
    number, it = run(source(schedule, "python"))["lr"], run(source(schedule, "nanogpt"))["get_lr"]
    for got in (number(k), it(k), optax):
        assert got == want or (math.isnan(got) and math.isnan(want))


# --- whole numbers beyond an int32 ---------------------------------------------------------------

BIG = 3_000_000_000  # tokens, say
HUGE = 2**40
LONG = (
    Linear(1.0, BIG),
    Linear(1.0, HUGE, 0.1),
    Cosine(1.0, BIG, 0.1),
    Constant(1.0).then(Linear(1.0, BIG), BIG),
    lrdecay.Polynomial(1.0, BIG, 2.0),
    lrdecay.Polynomial(1.0, BIG, 2.0, cycle=True),
    lrdecay.Step(1.0, BIG, 0.5),
    lrdecay.MultiStep(1.0, [BIG, 2 * BIG], 0.5),
    lrdecay.Piecewise([BIG, 2 * BIG], [1.0, 0.5, 0.1]),
    lrdecay.Piecewise([BIG, 2 * BIG], [1.0, 0.5, 0.1], "linear"),
    lrdecay.Exponential(1.0, half_life=BIG),
    lrdecay.InverseTime(1.0, 1 / BIG),
    lrdecay.InverseSqrt(1.0, BIG),
    lrdecay.PowerLaw(1.0, 0.5, BIG),
    lrdecay.Noam(512, BIG, 1e6),
    CosineRestarts(1.0, BIG, final_lr=0.1),
    CosineRestarts(1.0, BIG, 2, 0.1),
    CosineRestarts(1.0, BIG, gamma=0.5, cycles=3),
    lrdecay.CosineCycles(1.0, 3 * BIG, 3, 0.1),
    lrdecay.Cyclic(1.0, 0.1, BIG, 2 * BIG),
    lrdecay.Cyclic(1.0, 0.1, BIG, cycle_gamma=0.5),
    lrdecay.SlantedTriangular(1.0, BIG),
    lrdecay.OneCycle(1.0, BIG),
    lrdecay.OneCycle(1.0, BIG, BIG // 3, return_steps=BIG // 3),
    WSD(1.0, 3 * BIG, BIG, BIG),
    lrdecay.Tanh(1.0, BIG, 0.1),
    lrdecay.REX(1.0, BIG, 0.1),
    lrdecay.Chebyshev(1.0, BIG, 0.1),
    lrdecay.Hyperbolic(1.0, BIG, 2 * BIG, 0.1),
    Warmup(Cosine(1.0, BIG), BIG),
    Warmup(Cosine(1.0, BIG), BIG, first="zero", shape="cosine"),
    Linear(1.0, BIG).shift(BIG),
    Linear(1.0, BIG).skip(BIG // 2),
    Linear(1.0, BIG).stretch(BIG),
    Linear(1.0, BIG).reverse(BIG),
    Linear(1.0, BIG).repeat(BIG),
    CosineWave(1.0, BIG, 0.1),
    OneCycleRun(1.0, BIG, 0.1, 0.01),
)
# All are exact in float32, and away from where a rate jumps.
FAR = [0, 2**20, 2**30, 2**31 - 2**7, 2**31, BIG // 2**10 * 2**9, 2**32, 2**33]


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("schedule", LONG, ids=repr)
def test_whole_numbers_beyond_an_int32(schedule, x64):
    steps = [k for k in FAR if not (isinstance(schedule, OneCycleRun) and k > BIG)]
    want = np.array([schedule(k) for k in steps])
    assert [run(source(schedule, "python"))["lr"](k) for k in steps] == want.tolist()
    slack = 1e-12 if x64 else 2e-5
    with jax.enable_x64(x64):
        theirs = run(source(schedule, "optax"))["schedule"]
        np.testing.assert_allclose([theirs(k) for k in steps], want, rtol=slack, atol=slack)
        floats = jnp.asarray(steps, dtype=float)
        np.testing.assert_allclose(jax.jit(theirs)(floats), want, rtol=slack, atol=slack)
        small = np.array(steps) < 2**31
        got = jax.jit(theirs)(jnp.asarray(np.array(steps)[small], jnp.int32))
        np.testing.assert_allclose(got, want[small], rtol=slack, atol=slack)


# --- schedules inside one another ----------------------------------------------------------------

DEEPER = {
    "Scale": lambda s, _: s.scale(0.999),
    "Clip": lambda s, i: s.clip(0.001 * (i % 7), 0.9),
    "Sum": lambda s, _: s + Constant(0.001),
    "Product": lambda s, _: s * Linear(1.0, 1000),
    "Shift": lambda s, i: s.shift(i % 2),
    "Stretch": lambda s, _: s.stretch(1.01),
    "Repeat": lambda s, i: s.repeat(1000 - i),
    "Then, first": lambda s, i: s.then(Constant(0.1 + i / 1000), 1000 - i),
    "Then, second": lambda s, i: Constant(0.1 + i / 1000).then(s, 1),
    "both": lambda s, i: s.then(Constant(0.1), 1000 - i).scale(0.99) + Constant(i / 1000),
}


@pytest.mark.parametrize("depth", [50, MOST_NESTED - 1])
@pytest.mark.parametrize("deeper", DEEPER.values(), ids=DEEPER)
def test_many_schedules_inside_one_another(deeper, depth):
    schedule = Cosine(0.7, 300)
    for i in range(depth if deeper is not DEEPER["both"] else depth // 4):
        schedule = deeper(schedule, i)
    steps = [0, 7, 40, 300, 800, 999]
    want = schedule(np.array(steps, float))
    lr = run(source(schedule, "python"))["lr"]
    np.testing.assert_allclose([lr(k) for k in steps], want, rtol=1e-9)
    with jax.enable_x64(True):
        rates = run(source(schedule, "optax"))["schedule"](jnp.asarray(steps))
    np.testing.assert_allclose(rates, want, rtol=1e-9)


# --- the first line ------------------------------------------------------------------------------


def falling(p):
    return 1 - p * p


CALLABLES = (falling, lambda p: 1 - p, functools.partial(pow, 0.5), np.poly1d([-1.0, 1.0]))


@pytest.mark.parametrize("function", CALLABLES, ids=["def", "lambda", "partial", "poly1d"])
def test_the_first_line_is_code_and_says_what_is_not(function):
    schedule = Warmup(WSD(1.0, 8, 4, shape=function), 3)
    try:
        code = source(schedule, "python")
    except ValueError as error:
        assert "calls a Python function" in str(error)  # noqa: PT017 - one of two
        return
    first, second, *_ = code.splitlines()
    made = (
        "Warmup(schedule=WSD(base_lr=1.0, total_steps=8, decay_steps=4, shape=...), warmup_steps=3)"
    )
    assert first == f"# {made}"
    assert second == "# (... stands for what is not code, such as a Python function)"


def test_the_first_line_has_no_names_of_numpy():
    shape: Any = np.str_("1-sqrt")
    given: Any = {"up": np.float64(0.5), "many": (np.int64(3), True, None, math.inf)}

    @dataclass(frozen=True, repr=False)
    class Kept(Schedule):
        given: Any

        def _lr(self, k, xp):
            return xp.full_like(k, 1.0)

    many = '(3, True, None, float("inf"))'
    for value, printed in [
        (given["up"], "0.5"),
        (given["many"], many),
        (given, f"{{'up': 0.5, 'many': {many}}}"),
        ((), "()"),
    ]:
        assert source(Kept(value), "python").startswith(f"# Kept(given={printed})\n\n")
    for value, printed in [(np.arange(99), "..."), (object(), "..."), ({"a": any}, "{'a': ...}")]:
        assert source(Kept(value), "python").startswith(f"# Kept(given={printed})\n# (... stands")
    assert source(WSD(1.0, 8, 4, shape=shape), "python").startswith(
        "# WSD(base_lr=1.0, total_steps=8, decay_steps=4, shape='1-sqrt')\n"
    )


@BY_NAME
def test_the_first_line_makes_the_schedule(schedule):
    first = source(schedule, "python").splitlines()[0]
    assert eval(first.removeprefix("# "), vars(lrdecay)) == schedule


# --- optax: a function of the count --------------------------------------------------------------


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
    assert json.loads(text)["lrdecay"] == 2
    assert [again(k) for k in (0, 7, 300)] == [schedule(k) for k in (0, 7, 300)]


def test_json_is_short_and_readable():
    schedule = Warmup(Cosine(0.1, 90), 10, first="zero").clip(high=0.05)
    assert to_json(schedule) == (
        '{"lrdecay": 2, "schedule": {"type": "Clip", "schedule": {"type": "Warmup", "schedule": '
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
        ('{"type": "Linear", "base_lr": NaN, "total_steps": 9}', "text must be JSON with finite"),
        ('{"type": "Linear", "base_lr": 1e999}', "text must be JSON with finite"),
        ('{"type": "Linear", "base_lr": 1}', "must have the arguments of Linear"),
        ('{"type": "Linear", "base_lr": 1, "steps": 9}', "must have the arguments of Linear"),
        ('{"type": "Scale", "schedule": 3, "factor": 1}', "schedule must be a Schedule, got 3"),
        ('{"type": "Schedule"}', "type must be the name of a schedule of lrdecay"),
        ('{"type": "algebra:Of", "schedule": 1}', "type must be the name of a schedule of lrdecay"),
        ('{"type": "families.cosine:Cosine"}', "type must be the name of a schedule of lrdecay"),
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


NESTED = '{"type": "Scale", "factor": 1, "schedule": '


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10**5,
        '{"lrdecay": 1, "schedule": ' + "[" * 10**5,
        '{"lrdecay": 1, "schedule": ' + '{"a":' * 10**5,
        '{"lrdecay": 1, "schedule": ' + "[" * 1000 + "]" * 1000 + "}",
        '{"lrdecay": 1, "schedule": '
        + NESTED * 1000
        + '{"type": "Constant", "base_lr": 1}'
        + "}" * 1001,
        "a" * 10**7,
        f'{{"lrdecay": 1, "schedule": "{"a" * 10**6}"}}',
        f'{{"lrdecay": "{"a" * 10**6}", "schedule": 1}}',
        f'{{"lrdecay": 1, "schedule": {{"type": "{"a" * 10**6}"}}}}',
        f'{{"lrdecay": 1, "schedule": {{"type": "Constant", "{"a" * 10**6}": 1}}}}',
        f'{{"lrdecay": 1, "schedule": {{"type": "Constant", "base_lr": "{"a" * 10**6}"}}}}',
        f'{{"lrdecay": 1, "schedule": {{"type": "Constant", "base_lr": {"9" * 10**5}}}}}',
        f'{{"lrdecay": 1, "schedule": {{"type": "Constant", "base_lr": {"9" * 4000}}}}}',
        f'{{"lrdecay": 1, "schedule": {{"type": "Constant", "base_lr": {"9" * 10**5}.0}}}}',
        f'{{"lrdecay": {"9" * 10**5}, "schedule": 1}}',
        '{"lrdecay": true, "schedule": {"type": "Constant", "base_lr": 1}}',
        '{"lrdecay": 1.0, "schedule": {"type": "Constant", "base_lr": 1}}',
        '{"lrdecay": 1, "schedule": {"type": "Constant", "base_lr": 1, "base_lr": 2}}',
        '{"lrdecay": 1, "lrdecay": 1, "schedule": {"type": "Constant", "base_lr": 1}}',
        '{"lrdecay": 1, "schedule": {"type": "\\ud800"}}',
        '{"lrdecay": 1, "schedule": {"type": "\ud800:\ud800"}}',
        '{"lrdecay": 1, "schedule": {"type": "Constant", "\\ud800": 1}}',
        '{"lrdecay": 1, "schedule": {"type": "Constant", "base_lr": "\\ud800"}}',
        '\ufeff{"lrdecay": 1, "schedule": {"type": "Constant", "base_lr": 1}}',
        b'{"lrdecay": 1, "schedule": {"type": "Constant", "base_lr": 1}}',
        bytearray(b"{}"),
        None,
        5,
        {"lrdecay": 1},
    ],
    ids=lambda text: quoted(text)[:60],
)
def test_what_is_deep_long_or_no_text_is_named_in_few_words(text):
    with pytest.raises(ValueError, match=r"^(text|lrdecay|schedule|type|base_lr) must ") as caught:
        from_json(text)
    assert len(str(caught.value)) < 400


def test_a_text_imports_no_module_and_calls_no_function():
    """In an interpreter of its own, where nothing else has imported them."""
    code = """
import sys
from lrdecay.export import from_json
before = set(sys.modules)
for named in (
    "cli:app", "__main__:main", "heuristics.experiments.noise:h001", "plot:Schedule",
    "lab.moons:run",
    "dialects.torch:Cosine", "dialects.nothing:Cosine", "dialects:Cosine", ".cli:app",
    "..os:system", "families.cosine.x:Cosine", "antigravity", "dialects._wave:CosineWave.x",
    "dialects._wave:Schedule", "dialects.torch.Cosine", "dialects.torch.StepLR", "dialects.PEERS",
    "dialects.torch.chain.Chain", "dialects.torch.chain", "dialects.nothing.Cosine", "cli.app",
    "dialects.torch.__dict__", "dialects.shared.Schedule", "Schedule", "Fold", "__all__", "export",
    ".Constant", "dialects.shared.", "dialects.torch..Chain", "schedule.Constant", "os.system",
):
    for given in ("", ', "base_lr": 1, "total_steps": 9'):
        try:
            from_json(f'{{"lrdecay": 1, "schedule": {{"type": "{named}"{given}}}}}')
        except ValueError as error:
            assert str(error).startswith("type must be the name of a schedule"), error
        else:
            raise AssertionError(named)
    new = {name for name in set(sys.modules) - before if not name.startswith("lrdecay.dialects")}
    assert not {name for name in new if name.startswith("lrdecay.")}, new
wave = '{"type": "dialects.shared.CosineWave", "base_lr": 1, "total_steps": 9}'
made = from_json(f'{{"lrdecay": 2, "schedule": {wave}}}')
assert made(9) == 0.0
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("value", ["x", 5, None, [1], {}, Constant, "x" * 10**6])
def test_only_what_can_be_read_is_written(value):
    with pytest.raises(ValueError, match=r"^schedule must be a Schedule") as caught:
        to_json(value)
    assert len(str(caught.value)) < 300


def test_a_rule_that_follows_a_metric_is_written_too():
    from lrdecay.dialects import timm, torch

    for rule in (
        ReduceOnPlateau(0.1, patience=2),
        torch.ReduceLROnPlateau(0.1),
        timm.PlateauLRScheduler(0.1, warmup_t=3),
    ):
        assert from_json(to_json(rule)) == rule


def test_another_version_is_named():
    with pytest.raises(
        ValueError, match=r"lrdecay must be one of \(1, 2\), the versions of this format, got 3"
    ):
        from_json('{"lrdecay": 3, "schedule": {"type": "Constant", "base_lr": 1}}')


# --- what cannot go out --------------------------------------------------------------------------


class Mine(Constant):
    """A schedule that is not of lrdecay."""


class Stubborn(Schedule):
    """A schedule whose formula decides by the value of a step."""

    def _lr(self, k, xp):
        return xp.full_like(k, 1.0 if k < 3 else 0.5)


def test_what_cannot_be_written_is_refused_with_the_reason():
    other: Any
    target: Any
    by_numpy = WSD(1.0, 8, 4, shape=lambda p: 1 - np.sqrt(p))
    for target in [*TARGETS, "javascript"]:
        with pytest.raises(ValueError, match="a schedule that calls a Python function cannot be"):
            source(by_numpy, target)
        words = (
            r"schedule must be a schedule whose formula uses only .* \(TypeError: the value of a"
        )
        with pytest.raises(ValueError, match=words):
            source(Stubborn(), target)
    with pytest.raises(ValueError, match="schedule must be free of Python functions"):
        to_json(by_numpy)
    with pytest.raises(ValueError, match="schedule must be made of schedules of lrdecay"):
        to_json(Mine(1.0).scale(2))
    for other in (5, None, "Linear", lrdecay.ReduceOnPlateau(0.1), Linear):
        with pytest.raises(ValueError, match="schedule must be a Schedule, got "):
            source(other, "python")
    for target in ("jax", "", None, "Python", ["python"], {}):
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


def test_a_factor_close_to_1_keeps_its_digits_in_float32():
    for schedule in (Exponential(0.1, gamma=0.9999), Exponential(0.1, gamma=1.0001)):
        rates = run(source(schedule, "optax"))["schedule"](jnp.asarray([7, 1000, 100_000]))
        np.testing.assert_allclose(rates, schedule([7, 1000, 100_000]), rtol=1e-5)
