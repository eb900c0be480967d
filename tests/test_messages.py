"""Every error names an argument that the user wrote, and quotes little of its value."""

from __future__ import annotations

import importlib
import inspect
import math
import re
import signal
from contextlib import contextmanager

import numpy as np
import pytest

from lrdecay import Constant, Linear, Schedule, dialects
from lrdecay.messages import QUOTED, quoted

LONGEST = QUOTED + 400  # of a message: a value, and the words about it

# What no argument may be, unless it may be anything.
WRONG = [object(), "no such thing", "x" * 10**6, [object()], {"a": 1}, math.nan, 1j]
# What one argument may be and another not.
ODD = [None, True, -1, -0.5, 0, 0.0, 1, 2.5, 1e308, 10**400, 2**53, 10**9, math.inf, -math.inf, []]

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
}
BY_TYPE = {"float": 0.1, "int": 10, "Schedule": Constant(0.1), "float | Schedule": 0.1}
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
    ("transformers", "get_scheduler"): {
        "name": "linear",
        "lr": 0.1,
        "num_warmup_steps": 5,
        "num_training_steps": 100,
    },
}
# Arguments of the peer that are taken for its sake and change nothing.
FREE = {"monitor"}


def functions():
    """Yield the functions of every dialect."""
    for peer in dialects.PEERS:
        module = importlib.import_module(f"lrdecay.dialects.{peer}")
        names = {*module.SCHEDULERS, *getattr(module, "__all__", ())}
        for name in sorted(names):
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
    """Raise `Slow` in what takes longer than a cheap call may."""

    def ring(*_):
        raise Slow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def told(call, given, name, bad, parameters):
    """Return what is wrong with what a call with one bad argument says, or None."""
    try:
        with soon():
            made = call(**(given | {name: bad}))
    except Slow:
        return "takes too long"
    except ValueError as error:
        return wrong_words(str(error), name, bad, parameters)
    except Exception as error:  # noqa: BLE001 - what is looked for
        return f"raises {error!r}"
    if any(bad is one for one in WRONG) and name not in FREE:
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
    if not names <= parameters.keys():
        return f"names {names - parameters.keys()}: {message[:300]}"
    if any(bad is one for one in WRONG) and name not in names:
        return f"names another: {message[:300]}"
    return f"says too much: {len(message)}" if len(message) > LONGEST else None


@pytest.mark.parametrize(("peer", "function"), list(functions()))
def test_dialects_name_the_argument(peer, function):
    parameters = inspect.signature(function).parameters
    given = example(peer, function)
    function(**given)
    findings = []
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        for bad in (*WRONG, *ODD):
            finding = told(function, given, name, bad, parameters)
            if finding:
                findings.append(f"{name}={quoted(bad)[:40]}: {finding}")
    assert not findings, "\n" + "\n".join(findings)
