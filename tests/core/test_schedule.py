"""Schedules as values: equal, hashable, picklable, and refusing bad arguments by name."""

import copy
import dataclasses
import math
import pickle
import re

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import lrdecay
from lrdecay import (
    WSD,
    Clip,
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Difference,
    Exponential,
    Hyperbolic,
    InverseTime,
    Linear,
    MultiStep,
    Noam,
    Noise,
    OneCycle,
    Piecewise,
    Product,
    Scale,
    Schedule,
    Stretch,
    Sum,
    Tanh,
    Then,
    Warmup,
    untuned_warmup_steps,
    warmup_cosine,
    warmup_linear,
)
from lrdecay.messages import quoted
from tests import strategies as my
from tests.strategies import EXAMPLES

BY_NAME = pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)

# --- values as objects -------------------------------------------------------------------------


@given(st.one_of(my.SCHEDULES, my.COMPOSED))
def test_survives_repr_pickle_and_copy(schedule):
    assert eval(repr(schedule), vars(lrdecay).copy()) == schedule
    schedule(17)  # a schedule that was used is no other than one that was not
    for twin in (pickle.loads(pickle.dumps(schedule)), copy.deepcopy(schedule)):
        assert twin == schedule
        assert hash(twin) == hash(schedule)
        assert repr(twin) == repr(schedule)
        assert twin(17) == schedule(17)


@BY_NAME
def test_is_immutable(schedule):
    for field in dataclasses.fields(schedule):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(schedule, field.name, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.other = 1


def test_equality_is_by_class_and_arguments():
    assert len(set(EXAMPLES)) == len(EXAMPLES)
    assert Linear(1, 10) == Linear(1.0, 10.0) == Linear(np.float32(1), np.int64(10), 0)
    assert Linear(1, 10) != Cosine(1, 10)
    assert Linear(1, 10) != Linear(1, 11)
    assert MultiStep(1, [3, 5]) == MultiStep(1, (3, 5)) == MultiStep(1, np.array([3, 5]))


def test_repr_leaves_defaults_out():
    assert repr(Linear(1, 10)) == "Linear(base_lr=1.0, total_steps=10)"
    assert repr(Warmup(Constant(1), 3, first="zero")) == (
        "Warmup(schedule=Constant(base_lr=1.0), warmup_steps=3, first='zero')"
    )


def test_replace_checks_again():
    assert dataclasses.replace(Linear(1, 10), final_lr=0.5) == Linear(1, 10, 0.5)
    with pytest.raises(ValueError, match="final_lr must be a finite number >= 0, got -1"):
        dataclasses.replace(Linear(1, 10), final_lr=-1)


def test_milestones_given_as_a_list_are_kept_apart_from_it():
    milestones = [3, 5]
    schedule = MultiStep(1, milestones)
    milestones.append(7)
    assert schedule.milestones == (3, 5)


# --- bad input: which argument, which value, what is allowed ------------------------------------

NOT_NUMBERS = [math.nan, math.inf, -math.inf, True, "1", b"1", 1j, [1.0, 2.0], 10**400, object()]
BAD = {
    "base_lr": [*NOT_NUMBERS, -1, -1e-9, None],
    "final_lr": [*NOT_NUMBERS, -1],
    "min_lr": [*NOT_NUMBERS, -1, 0.31, None],
    "start_lr": [*NOT_NUMBERS, -1],
    "rate": NOT_NUMBERS,
    "gamma": [*NOT_NUMBERS, 0, -0.5],
    "half_life": [*NOT_NUMBERS, 0, -1],
    "power": [*NOT_NUMBERS, 0, -1, None],
    "timescale": [*NOT_NUMBERS, 0, -1, None],
    "exponent": [*NOT_NUMBERS, 0, -1, None],
    "k_decay": [*NOT_NUMBERS, 0, -1, None],
    "cycle_gamma": [*NOT_NUMBERS, 0, -1, None],
    "step_gamma": [*NOT_NUMBERS, 0, -1, None],
    "lower": [*NOT_NUMBERS, 9, None],
    "upper": [*NOT_NUMBERS, None],
    "cut": [*NOT_NUMBERS, -0.1, 0, 1, 1.5, None],
    "ratio": [*NOT_NUMBERS, 0, -1, None],
    "beta2": [*NOT_NUMBERS, 0.5, 0.6, 1, None],
    "threshold": [*NOT_NUMBERS, 0, 3.9, None],
    "std": [*NOT_NUMBERS, -1, None],
    "seed": [*NOT_NUMBERS, -1, 0.5, None],
    "factor": [*NOT_NUMBERS, 0, -1, None],
    "low": [*NOT_NUMBERS, -1, None],
    "high": [*NOT_NUMBERS, -1],
    "values": [3, [], [0.1, -1, 0.1], [0.1, math.nan, 0.1], ["1", 0.1, 0.1], "123", None],
    "cycle": [0, 1, None, "yes", [True], 1.0],
    "cycles": [*NOT_NUMBERS, 0, -1, 1.5],
    "return_steps": [*NOT_NUMBERS, 0, -1, 1.5],
    "upper_bound": [*NOT_NUMBERS, 0, -1, 1.5, 11, None],
    "d_model": [*NOT_NUMBERS, 0, -1, 1.5, None],
    "decay_steps": [*NOT_NUMBERS, -1, 1.5, 13, None],
    "steps": [*NOT_NUMBERS, -1, 1.5, None],
    "period": [*NOT_NUMBERS, 0, -1, 1.5, None],
    "at": [*NOT_NUMBERS, -1, 1.5, None],
    "between": ["one", None, 1, ["linear"], ""],
    "shape": ["one", None, 0, -1, ["linear"], "", math.nan, math.inf, True],
    "total_steps": [*NOT_NUMBERS, 0, -1, 1.5, 2**53 + 1, None],
    "step_size": [*NOT_NUMBERS, 0, -1, 1.5, 2**53 + 1, None],
    "cycle_steps": [*NOT_NUMBERS, 0, -1, 1.5, None],
    "cycle_mult": [*NOT_NUMBERS, 0, -1, 2.0**54, None],
    "up_steps": [*NOT_NUMBERS, 0, -1, 1.5, None],
    "down_steps": [*NOT_NUMBERS, 0, -1, 1.5],
    "warmup_steps": [*NOT_NUMBERS, -1, 1.5],
    "milestones": [3, [], [3, 3], [5, 3], [0], [1.5], [True], ["3"], "35", [math.nan], None],
    "schedule": [3, None, math.cos, "Linear(1, 10)", Linear],
    "first": ["one", None, 1, ["zero"], ""],
}


PARTS = [
    (Then, "second"),
    *((kind, side) for kind in (Sum, Difference, Product) for side in ("left", "right")),
]

# Names that mean one thing here and another there.
OF_ITS_OWN = {
    (Warmup, "first"): BAD["first"],
    (Then, "first"): BAD["schedule"],
    (MultiStep, "gamma"): [math.nan, math.inf, True, "1", 1j, 0, -0.5, None, b"12", (), (0.5,)],
    (Stretch, "factor"): BAD["factor"],
    (Scale, "factor"): [*NOT_NUMBERS, -1, None],
    (Noam, "factor"): [*NOT_NUMBERS, -1, None],
    (InverseTime, "rate"): [*NOT_NUMBERS, -1, None],
    **dict.fromkeys(PARTS, BAD["schedule"]),
}


@BY_NAME
def test_bad_arguments_are_named(schedule):
    for field in dataclasses.fields(schedule):
        for bad in OF_ITS_OWN.get((type(schedule), field.name)) or BAD[field.name]:
            message = rf"{field.name} must be .+, got {re.escape(quoted(bad))}"
            with pytest.raises(ValueError, match=message):
                dataclasses.replace(schedule, **{field.name: bad})


@BY_NAME
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, True, "3", None, 1j])
def test_bad_steps_are_named(schedule, bad):
    with pytest.raises(ValueError, match=rf"step must be .+, got {re.escape(quoted(bad))}$"):
        schedule(bad)


def test_bad_samples_are_named():
    for bad in (0, -1, 2.5, math.nan, math.inf, True, "3", None):
        with pytest.raises(ValueError, match=r"total_steps must be a whole number >= 1.*got"):
            Constant(0.1).sample(bad)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential(1), "exactly one of rate, gamma, half_life must be given"),
        (lambda: Exponential(1, rate=1, gamma=0.5), "exactly one of rate, gamma, half_life"),
        (lambda: OneCycle(1, 10, 10), "warmup_steps must be below total_steps = 10, got 10"),
        (
            lambda: OneCycle(1, 10, 3, return_steps=7),
            "return_steps must be below total_steps - warmup_steps = 7, got 7",
        ),
        (lambda: Clip(Constant(1), 0.5, 0.4), "high must be at least low = 0.5, got 0.4"),
        (lambda: Hyperbolic(1, 4, 8, 2), "final_lr must be at most base_lr = 1.0, got 2.0"),
        (lambda: Hyperbolic(1, 4, 3), "upper_bound must be at least total_steps = 4, got 3"),
        (lambda: Tanh(1, 4, lower=3), "lower must be below upper = 3.0, got 3.0"),
        (lambda: WSD(1, 4, 3, 2), "decay_steps must be at most total_steps - warmup_steps = 2"),
        (lambda: Piecewise([3], [1]), r"values must be one longer than milestones \(1\), got"),
        (lambda: MultiStep(1, [3], [0.5, 0.1]), "gamma must be one factor, or 1, one for each"),
        (lambda: MultiStep(1, [3, 5], [0.5, 0]), "gamma must be a finite number > 0, got 0"),
        (lambda: MultiStep(1, [3, 5], [0.5, "1"]), "gamma must be a finite number > 0, got '1'"),
        (lambda: CosineRestarts(1, 9, 1.0001), "cycle_mult must be so far from 1 .* got 1.0001"),
        (lambda: CosineRestarts(1, 9, 0.9999), "cycle_mult must be so far from 1 .* got 0.9999"),
        (lambda: Noise(Constant(1), 10**7 + 1), "total_steps must be at most 10 000 000"),
        (lambda: OneCycle(1, 10).momentum(high=-1), "^high must be a finite number >= 0, got -1"),
        (lambda: untuned_warmup_steps(1), "beta2 must be from 0 to below 1, got 1"),
        (lambda: untuned_warmup_steps(-0.1), "beta2 must be a number from 0 to 1, got -0.1"),
        (lambda: Cyclic(1, 2, 3), "min_lr must be at most base_lr = 1.0, got 2.0"),
        (lambda: warmup_cosine(1, 8, 8), "warmup_steps must be below total_steps = 8, got 8"),
        (lambda: warmup_linear(1, 8, -1), "warmup_steps must be a whole number >= 0.*got -1"),
        (lambda: warmup_linear(1, 0, 0), "total_steps must be a whole number >= 1.*got 0"),
        (lambda: warmup_cosine(-1, 8, 3), "base_lr must be a finite number >= 0, got -1"),
        (lambda: warmup_cosine(1, 8, 3, first="x"), r"first must be one of \('1/\(w\+1\)'.*'x'"),
        (
            lambda: Exponential(1, gamma=2)(10**5),
            "step must be small enough.*got 100000",
        ),
        (lambda: MultiStep(1, [1, 2], 1e308)(2), "step must be small enough.*got 2"),
        (lambda: Cosine(1, 5)(10**400), "step must be small enough.*got a whole number of"),
    ],
)
def test_arguments_that_do_not_fit_together(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_schedule_cannot_be_made_without_a_formula():
    with pytest.raises(TypeError, match="abstract"):
        Schedule()
