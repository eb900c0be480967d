"""What an argument may be: numbers of every library, and nothing that only converts to one."""

import array
import decimal
import fractions
import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import ml_dtypes
import numpy as np
import pytest

from lrdecay import (
    Constant,
    Cosine,
    Fold,
    Linear,
    MultiStep,
    Piecewise,
    ReduceOnPlateau,
    Schedule,
    Step,
    dialects,
    plot,
)
from lrdecay.checks import Checked, Flag, Rate, StepCount, check, checked
from lrdecay.lab import catapult, moons, quadratic, river, sweep
from tests.drawn import MAKERS

NOT_NUMBERS = [
    np.complex128(0.1 + 5j),
    np.complex64(5),
    5 + 0j,
    np.array(True),
    np.array(False),
    np.bool_(1),
    True,
    np.array("5"),
    np.str_("5"),
    "5",
    b"5",
    bytearray(b"5"),
    memoryview(b"5"),
    array.array("b", b"5"),
    np.array(5, dtype=object),
    np.timedelta64(5, "s"),
    np.array(5, "m8[s]"),
    np.array(5 + 0j),
    [5],
    None,
]


def unplaced(value):
    """Name a value without the place where it lies, which differs between processes."""
    return re.sub(r" at 0x\w+", "", repr(value))


@pytest.mark.parametrize("bad", NOT_NUMBERS, ids=unplaced)
def test_what_only_converts_to_a_number_is_refused(bad):
    for make, name in [
        (lambda: Linear(bad, 5), "base_lr"),
        (lambda: Linear(1.0, bad), "total_steps"),
        (lambda: Piecewise([3], [1.0, bad]), "values"),
        (lambda: Piecewise([bad], [1.0, 0.5]), "milestones"),
        (lambda: Step(1.0, 3, gamma=bad), "gamma"),
        (lambda: MultiStep(1.0, [3], [bad]), "gamma"),
        (lambda: Linear(1.0, 5).scale(bad), "factor"),
        (lambda: ReduceOnPlateau(0.1).history([1.0, bad]), "metrics"),
    ]:
        with pytest.raises(ValueError, match=f"{name} must be"):
            make()


@pytest.mark.parametrize(
    "five",
    [
        5, 5.0, np.int8(5), np.uint64(5), np.float16(5), np.float32(5), np.longdouble(5),
        np.array(5), np.array(5.0, ">f4"), np.array(5, ">i2"), ml_dtypes.bfloat16(5),
        fractions.Fraction(5), decimal.Decimal(5),
    ],
    ids=repr,
)  # fmt: skip
def test_numbers_of_every_kind_are_arguments(five):
    assert Linear(five, five) == Linear(5.0, 5)
    assert Piecewise([five], [five, 1.0]) == Piecewise([5], [5.0, 1.0])


def test_jax_numbers_are_arguments_and_truth_values_are_not():
    jnp = pytest.importorskip("jax.numpy")
    assert Linear(jnp.float32(5), jnp.int32(5)) == Linear(5.0, 5)
    assert Linear(jnp.asarray(5, jnp.bfloat16), 5) == Linear(5.0, 5)
    for bad in (jnp.asarray(True), jnp.asarray(5 + 0j)):
        with pytest.raises(ValueError, match="base_lr must be"):
            Linear(bad, 5)


@pytest.mark.parametrize(
    "bad", [b"\x03\x07", bytearray(b"\x03\x07"), memoryview(b"\x03\x07"), {3: 0.5, 7: 0.1}, {3, 7}]
)
def test_what_has_no_order_or_is_bytes_is_no_sequence(bad):
    with pytest.raises(ValueError, match="milestones must be"):
        Piecewise(bad, [1.0, 0.5, 0.1])
    with pytest.raises(ValueError, match="values must be"):
        Piecewise([3], bad)
    with pytest.raises(ValueError, match="gamma must be"):
        MultiStep(1.0, [3, 7], bad)


# --- flags -------------------------------------------------------------------------------------

NOT_FLAGS = ["False", "", 0, 1, None, [], np.array(True), 0.0]
FLAGS = [
    (maker, parameter.name)
    for maker in MAKERS.values()
    for parameter in inspect.signature(maker).parameters.values()
    if isinstance(parameter.default, bool)
]


@pytest.mark.parametrize(("maker", "name"), FLAGS, ids=lambda x: getattr(x, "__name__", x))
def test_flags_of_the_dialects_are_true_or_false(maker, name):
    given = {"epochs": 3, "steps_per_epoch": 4}
    values: dict[str, Any] = {
        parameter.name: given.get(parameter.name, 0.5 if "rate" in parameter.name else 8)
        for parameter in inspect.signature(maker).parameters.values()
        if parameter.default is parameter.empty and parameter.kind != parameter.VAR_KEYWORD
    }
    for key in values:
        if key.startswith(("lr", "initial", "init", "peak", "max_lr", "base_lr")):
            values[key] = 1.0
    if "decay_t" in values and maker.__name__.startswith("Multi"):
        values["decay_t"] = [3, 8]
    if "total_steps" in inspect.signature(maker).parameters:
        values["total_steps"] = 20
    maker(**values)
    for bad in NOT_FLAGS:
        if name == "cycle_momentum" and not maker.__name__.endswith("momentum"):
            continue  # documented to have no effect
        with pytest.raises(ValueError, match=f"{name} must be True or False, got"):
            maker(**values, **{name: bad})
    assert maker(**values, **{name: np.bool_(True)}) == maker(**values, **{name: True})


def doubled(x):
    return 2 * x


@pytest.mark.parametrize("bad", NOT_FLAGS, ids=unplaced)
def test_other_flags_are_true_or_false(bad):
    rates = [[0.1] * 3]
    problem = quadratic.Problem(h=[1.0], c=[1.0], m=[4.0])
    calls = {
        "relative": lambda: catapult.run(rates, range(1), relative=bad),
        "curves": lambda: moons.run(rates, range(1), curves=bad),
        "progress": lambda: sweep.sweep(doubled, [{"x": 1}], progress=bad),
        "curve": lambda: river.follow(river.Valley(), rates, curve=bad),
        "log": lambda: plot.schedules({"a": Cosine(1.0, 3)}, 3, log=bad),
        "smooth": lambda: dialects.transformers.GreedyLR(0.5, smooth=bad),
        "value": lambda: check("value", bad, Flag),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match=f"{name} must be True or False, got"):
            call()
    for call in (
        lambda: catapult.run(rates, range(1), curve=bad),
        lambda: river.simulate(river.Valley(), rates, range(1), curve=bad),
        lambda: quadratic.loss(problem, rates, curve=bad),
    ):
        with pytest.raises(ValueError, match="curve must be True or False, got"):
            call()


def test_fractions_are_no_whole_numbers():
    for bad in (5.5, fractions.Fraction(11, 2), decimal.Decimal("5.5"), np.array(5.5), math.inf):
        with pytest.raises(ValueError, match="total_steps must be a whole number"):
            Linear(1.0, bad)


# --- one reading of an annotation --------------------------------------------------------------

HALF, RULE = Constant(0.5), ReduceOnPlateau(0.5)
# An annotation, what fits it and what becomes of that, what does not, and how that is told.
READ = [
    (Rate, np.float32(0.5), 0.5, -1, " must be a finite number >= 0, got -1"),
    (Rate | None, None, None, -1, " must be a finite number >= 0 or None, got -1"),
    (Annotated[float, "in steps"], 0.5, 0.5, math.nan, " must be a number, got nan"),
    (bool, np.bool_(True), True, 1, " must be True or False, got 1"),
    (Literal["min", "max"], "min", "min", "mean", " must be one of ('min', 'max'), got 'mean'"),
    (Literal["min", "max"], "max", "max", np.ones(2), " must be one of ('min', 'max'), got array("),
    (Schedule, HALF, HALF, 0.5, " must be a Schedule, got 0.5"),
    (Schedule, HALF, HALF, RULE, " must be a Schedule, got ReduceOnPlateau(base_lr=0.5)"),
    (Schedule | Fold, RULE, RULE, None, " must be a Schedule or a Fold, got None"),
    (tuple[Schedule, ...], [HALF], (HALF,), [HALF, 5], " must be a Schedule, got 5"),
    (tuple[Schedule, ...], (), (), HALF, " must be a sequence in which each is a Schedule, got"),
    (tuple[StepCount, str], [1.0, "a"], (1, "a"), [1.0], " must be (a whole number >= 0 "),
    (Iterable[StepCount], np.arange(2), (0, 1), {0, 1}, " must be a sequence in which each is a"),
    (Mapping[str, Rate], {"a": 1}, {"a": 1.0}, {"a": -1}, "['a'] must be a finite number >= 0, "),
    (Mapping[str, Rate], {}, {}, [], " must be a mapping from a string to a finite number >= 0, "),
    (Callable[[Any], float], doubled, doubled, 5, " must be a function, got 5"),
    (Any, "x", "x", ..., None),
]


@pytest.mark.parametrize(("kind", "given", "made", "bad", "message"), READ)
def test_fields_and_arguments_are_read_alike(kind, given, made, bad, message):
    def function(one):
        return one

    function.__annotations__["one"] = kind
    argument = checked()(function)

    @dataclass(frozen=True, repr=False)
    class Holder(Checked):
        one: kind

    assert argument(given) == Holder(given).one == check("one", given, kind) == made
    assert type(argument(given)) is type(made)
    if message is not None:
        for call in (argument, Holder, lambda value: check("one", value, kind)):
            with pytest.raises(ValueError, match=f"^one{re.escape(message)}"):
                call(bad)
