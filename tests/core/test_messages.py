"""Every error names an argument that the user wrote, and quotes little of its value."""

from __future__ import annotations

import inspect
import math
import re
import signal
import tracemalloc
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay import Constant, Linear, Schedule, dialects, outputs, plot
from lrdecay.checks import checked
from lrdecay.export import from_json, source, to_json
from lrdecay.heuristics import citing, running
from lrdecay.lab import (
    adam,
    bound,
    catapult,
    laws,
    moons,
    noisy_metric,
    quadratic,
    river,
    stats,
    sweep,
    well,
)
from lrdecay.messages import QUOTED, quoted
from tests import strategies as my

LONGEST = QUOTED + 400  # of a message: a value, and the words about it

# What no argument may be, unless it may be anything.
WRONG = [object(), "no such thing", "x" * 10**6, [object()], {"a": 1}, math.nan, 1j]
# What one argument may be and another not.
ODD = [None, True, -1, -0.5, 0, 0.0, 1, 2.5, 1e308, 10**400, math.inf, -math.inf, []]
# What must not cost as much.
HUGE = [2**53, 10**9]

# Of an argument without a default, where the type alone would not do.
EXAMPLES = {
    "schedulers": [Constant(0.1), Linear(0.1, 5)],
    "scheds": [Constant(0.1), Constant(0.1)],
    "phases": [(5, Constant(0.1)), (5, Constant(0.1))],
    "decay_t": 10,
    "swa_lr": 0.05,
    "cosine_kwargs": [
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 2, "decay_steps": 6},
        {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 2, "decay_steps": 6},
    ],
    "pcts": [0.5, 0.5],
    "pct": 0.5,
    "lr_lambda": lambda k: 0.9**k,
    "interpolate_type": "linear",
    "decay_shape": "linear",
    "upper_bound": 200,
    "warmup_steps": 5,
    "num_warmup_steps": 5,
    "schedules": [Constant(0.1), Constant(0.2)],
    "values": [0.1, 0.2],
    "total_steps": 100,
    "num_training_steps": 100,
    "boundaries": [5],
    "milestones": [5],
    "cycle_min_lr": 0.01,
    "cycle_max_lr": 0.1,
    "step_rules": "1:10,0.1",
    "lr_decay_style": "linear",
    "lr_warmup_steps": 5,
}
BY_TYPE = {
    **dict.fromkeys(("float", "Rate", "Positive", "Number", "Fraction"), 0.1),
    **dict.fromkeys(("int", "Steps", "StepCount"), 10),
    "Schedule": Constant(0.1),
    "float | Schedule": 0.1,
}
WARMED = {"lr": 0.1, "num_warmup_steps": 5, "num_training_steps": 100}
CALLS = {
    ("timm", "MultiStepLRScheduler"): {"lr": 0.1, "decay_t": [5, 9]},
    ("torch", "CyclicLR"): {"base_lr": 0.1, "max_lr": 0.2},
    ("torch", "CyclicLR_momentum"): {"base_lr": 0.1, "max_lr": 0.2},
    ("transformers", "get_cosine_with_min_lr_schedule_with_warmup"): WARMED | {"min_lr": 0.01},
    ("transformers", "get_cosine_with_min_lr_schedule_with_warmup_lr_rate"): WARMED
    | {"min_lr": 0.01},
    ("transformers", "get_wsd_schedule"): {"num_decay_steps": 20} | WARMED,
    ("torch", "SequentialLR"): {
        "lr": 0.1,
        "schedulers": [Constant(0.1), Constant(0.1)],
        "milestones": [5],
    },
    ("torch", "OneCycleLR"): {"max_lr": 0.1, "total_steps": 100},
    ("torch", "OneCycleLR_momentum"): {"max_lr": 0.1, "total_steps": 100},
    ("lrsched", "one_cycle"): {
        "max_lr": 0.1,
        "total_steps": 100,
        "pct_start": 0.3,
        "initial_div": 25.0,
        "final_div": 1e4,
    },
    ("diffusers", "get_scheduler"): {"name": "linear"} | WARMED,
    ("transformers", "get_scheduler"): {
        "name": "linear",
        "lr": 0.1,
        "num_warmup_steps": 5,
        "num_training_steps": 100,
    },
}
# Arguments of the peer that are taken for its sake and change nothing.
FREE = {
    ("ReduceLROnPlateau", "monitor"),
    ("get_scheduler", "step_rules"),  # of one name alone
    ("per_group", "multipliers"),  # {"a": 1} is right
    ("table", "name"),
    ("table", "caption"),
    ("cite", "site"),
    ("compare", "id"),
}


def functions():
    """Yield the functions of every dialect."""
    for peer in dialects.PEERS:
        module = getattr(dialects, peer)
        for name in module.__all__:
            function = getattr(module, name)
            if inspect.isfunction(function):
                yield pytest.param(peer, function, id=f"{peer}.{name}")


def example(peer, function):
    """Return arguments that are right: written here, or made from the names and types."""
    if (peer, function.__name__) in CALLS:
        return CALLS[peer, function.__name__]
    given = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            given[name] = EXAMPLES.get(name, BY_TYPE.get(str(parameter.annotation)))
    return given


class Slow(BaseException):
    """A call takes too long; nothing catches this by mistake."""


@contextmanager
def soon(seconds=10):
    """Raise `Slow` in what takes longer than a cheap call may, of the processor's time."""

    def ring(*_):
        raise Slow

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def told(call, given, name, bad, parameters):
    """Return what is wrong with what a call with one bad argument says, or None."""
    try:
        with soon(), np.errstate(all="ignore"):
            made = call(**(given | {name: bad}))
    except Slow:
        return "takes too long"
    except ValueError as error:
        return wrong_words(str(error), name, bad, parameters)
    except Exception as error:  # noqa: BLE001 - what is looked for
        return f"raises {error!r}"
    if any(bad is one for one in WRONG) and (call.__name__, name) not in FREE:
        return f"accepted, gives {quoted(made)}"
    if not isinstance(made, Schedule):
        return None
    for step in (0, 7, 10**6, np.arange(3)):
        try:
            with np.errstate(all="ignore"):
                made(step)
        except ValueError as error:
            if not str(error).startswith("step must"):
                return f"made, and at {step} says {error}"
        except Exception as error:  # noqa: BLE001 - what is looked for
            return f"made, and at {step} raises {error!r}"
    return None


def wrong_words(message, name, bad, parameters):
    """Return what is wrong with a message: a name that is not the caller's, or its length."""
    words = re.sub(r"'[^']*'", "", message.partition(", got ")[0])
    first = re.match(r"(?:exactly one of |each (?:\w+ )?of )?(\w+)", words)
    names = {first[1] if first else "", *re.findall(r"\b[a-z]+_\w+\b|\b\w+(?= = )", words)}
    names -= {"to_json"}
    if not names <= parameters.keys():
        return f"names {names - parameters.keys()}: {message[:300]}"
    if any(bad is one for one in WRONG) and name not in names:
        return f"names another: {message[:300]}"
    return f"says too much: {len(message)}" if len(message) > LONGEST else None


def check_all(function, given, *more):
    """Call a function with one bad argument at a time."""
    parameters = inspect.signature(function).parameters
    function(**given)
    findings = []
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD or name == "store":  # it would be made
            continue
        for bad in (*WRONG, *ODD, *more):
            if bad is None and (function, name) == (running.run, "seeds"):
                continue  # the default, which was called above: a whole rule takes long
            finding = told(function, given, name, bad, parameters)
            if finding:
                findings.append(f"{name}={quoted(bad)[:40]}: {finding}")
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize(("peer", "function"), list(functions()))
def test_dialects_name_the_argument(peer, function):
    check_all(function, example(peer, function), *HUGE)


FALL = lrd.Linear(0.1, 10)
PROBLEM = quadratic.power_law(dimension=10, bins=None)
VALLEY = river.Valley()
SEEDS = [1, 2]
EVIDENCE = next(iter(running.recorded().values()))
OWN = [
    (lrd.branch, {"trunk": FALL, "at": [3, 5], "decay_steps": 2}),
    (lrd.cooldown, {"past": FALL, "at": 3, "decay_steps": 2}),
    (lrd.extend, {"past": FALL, "longer": FALL, "at": 3}),
    (lrd.per_group, {"schedule": FALL, "multipliers": {"a": 1.0}}),
    (lrd.summary, {"schedule": FALL, "total_steps": 5}),
    (lrd.with_sum, {"schedule": FALL, "total_steps": 5, "sum_lr": 1.0}),
    (lrd.untuned_warmup_steps, {"beta2": 0.9}),
    (lrd.warmup_cosine, {"base_lr": 0.1, "total_steps": 10, "warmup_steps": 2}),
    (lrd.warmup_linear, {"base_lr": 0.1, "total_steps": 10, "warmup_steps": 2}),
    (lrd.examples_per_step, {"batch_size": 2}),
    (lrd.steps_from_epochs, {"epochs": 2, "dataset_size": 9, "batch_size": 2}),
    (lrd.steps_from_examples, {"examples": 9, "batch_size": 2}),
    (lrd.steps_from_tokens, {"tokens": 9, "sequence_length": 2, "batch_size": 2}),
    (lrd.steps_from_share, {"share": 0.5, "total_steps": 9}),
    (source, {"schedule": FALL, "target": "python"}),
    (to_json, {"schedule": FALL}),
    (from_json, {"text": to_json(FALL)}),
    (FALL.then, {"second": FALL, "at": 3}),
    (FALL.scale, {"factor": 2.0}),
    (FALL.clip, {}),
    (FALL.shift, {"steps": 2}),
    (FALL.skip, {"steps": 2}),
    (FALL.stretch, {"factor": 2.0}),
    (FALL.reverse, {"total_steps": 9}),
    (FALL.repeat, {"period": 9}),
    (FALL.sample, {"total_steps": 9}),
    (plot.schedules, {"named": {"a": FALL}, "total_steps": 9}),
    (outputs.table, {"name": "a", "columns": ["a"], "rows": [[1.0]], "caption": "A table."}),
    (outputs.interval, {"estimate": 1.0, "low": 0.0, "high": 2.0}),
    (outputs.percent, {"estimate": 1.0, "low": 0.0, "high": 2.0}),
    (citing.cite, {"id": "H001"}),
    (citing.source, {"key": "bert"}),
    (running.run, {"id": "H001"}),
    (running.judged, {"id": "H001"}),
    (running.compare, {"id": "H001", "evidence": EVIDENCE}),
    (adam.run, {"problem": PROBLEM, "lrs": [0.1], "seeds": SEEDS}),
    (bound.value, {"lrs": [0.1, 0.1]}),
    (bound.best, {"values": [1.0, 0.5, 1.0]}),
    (catapult.initial, {"seeds": SEEDS, "width": 10}),
    (catapult.run, {"lrs": [0.1], "seeds": SEEDS, "width": 10}),
    (laws.metrics, {"predicted": [1.0, 2.0], "observed": [1.0, 2.5]}),
    (moons.data, {"seed": 1}),
    (moons.initial, {"seed": 1}),
    (moons.run, {"lrs": [0.1], "seeds": SEEDS}),
    (noisy_metric.first, {"rule": lrd.ReduceOnPlateau(0.1), "history": [1.0, 1.0]}),
    (noisy_metric.metrics, {"seeds": SEEDS, "epochs": 3}),
    (noisy_metric.smoothed, {"history": [1.0, 1.0], "window": 2}),
    (quadratic.draw, {"seeds": SEEDS}),
    (quadratic.power_law, {}),
    (quadratic.floor, {"problem": PROBLEM, "lr": 0.1}),
    (quadratic.loss, {"problem": PROBLEM, "lrs": [0.1]}),
    (quadratic.gradient, {"problem": PROBLEM, "lrs": [0.1]}),
    (quadratic.greedy, {"problem": PROBLEM, "total_steps": 2}),
    (quadratic.rates, {"problem": PROBLEM, "shapes": [1.0], "base_lrs": [0.1]}),
    (quadratic.simulate, {"problem": PROBLEM, "lrs": [0.1], "seed": 1, "runs": 2}),
    (quadratic.Problem, {"h": [1.0], "c": [1.0], "m": [1.0]}),
    (quadratic.Ema, {"decay": 0.5}),
    (quadratic.Tail, {"fraction": 0.5}),
    (river.Valley, {}),
    (river.draw, {"seeds": SEEDS}),
    (river.follow, {"valley": VALLEY, "lrs": [0.1]}),
    (river.simulate, {"valley": VALLEY, "lrs": [0.1], "seeds": SEEDS}),
    (stats.exact, {"value": 1.0}),
    (stats.estimate, {"values": [1.0, 2.0]}),
    (stats.share, {"successes": 1, "n": 2}),
    (sweep.grid, {"lr": [1.0]}),
    (well.loss, {"x": 1.0}),
    (well.points, {"tilt": 0.2}),
    (well.run, {"lrs": [0.1], "seeds": SEEDS}),
]


def classes():
    """Yield the public classes with arguments that are right."""
    for schedule in my.EXAMPLES:
        kind = type(schedule)
        given = {field.name: getattr(schedule, field.name) for field in fields(schedule)}
        yield kind, given


@pytest.mark.parametrize(
    ("function", "given"), [*OWN, *classes()], ids=lambda x: getattr(x, "__qualname__", "")
)
def test_own_functions_name_the_argument(function, given):
    check_all(function, given)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lrd.branch(FALL, 3, 2), "at must be a sequence"),
        (lambda: lrd.branch(5, [3], 2), "trunk must be a Schedule, got 5"),
        (lambda: lrd.per_group(5, {}), "schedule must be a Schedule, got 5"),
        (lambda: source(FALL, ["python"]), "target must be "),
        (lambda: source(5, "python"), "schedule must be a Schedule, got 5"),
        (lambda: dialects.timm.CosineLRScheduler(0.1, 10, lr_min=-1), "lr_min must be a finite"),
        (lambda: dialects.torch.ReduceLROnPlateau(0.1, min_lr=1), "min_lr must be at most lr = "),
        (lambda: dialects.keras.ReduceLROnPlateau(0.1, "m" * 10**6), "mode must be 'min' or"),
        (lambda: dialects.keras.ExponentialDecay(0.1, 9, 0.5, "False"), "staircase must be True"),
    ],
)
def test_the_argument_that_the_caller_wrote(call, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}") as caught:
        call()
    assert len(str(caught.value)) < LONGEST


def nested(depth):
    """Return a list in a list in a list, and so on."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


class Broken:
    """What cannot even be printed."""

    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**7,
        b"x" * 10**7,
        bytearray(10**7),
        [1.0] * 10**7,
        tuple(range(10**6)),
        {str(i): i for i in range(10**5)},
        {"x" * 10**6: "y" * 10**6},
        nested(10**5),
        10**10**5,
        -(10**5000),
        [10**5000],
        lrd.Piecewise(tuple(range(1, 10**4)), (0.1,) * 10**4),
        np.arange(10**6),
        Broken(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_little_of_a_large_value_is_quoted_at_once(value):
    tracemalloc.start()
    with soon():
        assert len(quoted(value)) <= QUOTED
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 500_000  # not made to be cut
        with pytest.raises(ValueError, match=r"^base_lr must be") as caught:
            Constant(value)
    assert len(str(caught.value)) < LONGEST


SMALL = [
    *(None, True, 3, -0.5, math.inf, "a'b", b"\x00", (), (1,), [], [1, "a"], {}, {"a": (1, 2)}),
    *(set(), {1}, int, np.float32(0.5), np.arange(3), *my.EXAMPLES, lrd.extend(FALL, FALL, 3)),
]


@pytest.mark.parametrize("value", SMALL, ids=lambda value: type(value).__name__)
def test_a_small_value_is_quoted_as_its_code(value):
    text = repr(value)
    assert quoted(value) == (text if len(text) <= QUOTED else text[: QUOTED - 3] + "...")


def test_a_number_too_long_to_be_printed_is_described():
    assert quoted(-(10**5000)) == "a whole number of 16610 bits"


def test_a_decorated_function_is_called_as_before():
    @checked()
    def decorated(a: float, /, *rest: int, b: list[int] | None = None, **more: str):
        return a, rest, b, more

    function: Any = decorated
    assert function(1.0, 2, b=[3], c="d") == (1.0, (2,), (3,), {"c": "d"})
    with pytest.raises(TypeError, match="missing 1 required"):
        function()
    with pytest.raises(ValueError, match=r"^b must be a sequence .* or None, got 'x'"):
        function(1.0, b="x")


def test_a_translation_leaves_the_value_alone():
    @checked(base_lr="lr")
    def function(lr: str):
        raise ValueError(f"base_lr must be at most base_lr = 1, got {lr!r}")

    with pytest.raises(ValueError, match=r"^lr must be at most lr = 1, got 'base_lr = 2'$"):
        function("base_lr = 2")
