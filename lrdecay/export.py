"""A schedule as source code for another framework, and as JSON.

Every target prints the same formula, read off the schedule itself: nothing is fitted or sampled,
and nothing of lrdecay is needed to run the result.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable
from typing import Any

from .fields import refuse
from .fold import Fold
from .printer import Source, array, python
from .schedule import Schedule
from .trace import FUNCTIONS, Eager, Symbol, Symbolic

_JSON_VERSION = 1
Target = str


def source(schedule: Schedule, target: Target) -> str:
    """Return the source code of a schedule for a framework.

    Args:
        schedule: any schedule whose formula can be read off: all but those with a Python function
            of the user's own that cannot be evaluated on a symbol.
        target: "python" (a function `lr(k)`), "nanogpt" (`get_lr(it)`), "torch" (a `LambdaLR` made
            by `scheduler(optimizer)`), "transformers" and "lightning" (the same, with how it is
            handed over), "optax" (a function of the count) or "keras" (a `LearningRateSchedule`).

    Returns:
        A module's source: imports, tables where the formula has some, and the definition.

    Raises:
        ValueError: if the target is not one of these, or if the formula cannot be read off.

    Examples:
        >>> from lrdecay import Linear
        >>> print(source(Linear(0.1, 100), "python"))
        # Linear(base_lr=0.1, total_steps=100)
        <BLANKLINE>
        <BLANKLINE>
        def lr(k):
            t1 = k / 100
            return 0.1 * (1.0 - (t1 if t1 < 1.0 else 1.0))
        <BLANKLINE>
    """
    if target not in _TARGETS:
        raise refuse("target", target, f"one of {tuple(_TARGETS)}")
    return _TARGETS[target](schedule)


def _formula(schedule: Schedule, namespace: type[Symbolic]) -> Any:
    try:
        return schedule._lr(Symbol(), namespace)
    except (TypeError, ValueError, AttributeError) as error:
        words = "a schedule whose formula uses only operators and the array namespace"
        raise refuse("schedule", schedule, words) from error


def _module(schedule: Schedule, imports: list[str], tables: dict[str, str], body: str) -> str:
    head = [f"# {schedule!r}", *imports]
    constants = [f"{name} = {value}" for name, value in tables.items()]
    parts = ["\n".join(head), *(["\n".join(constants)] if constants else [])]
    return "\n\n".join(parts) + "\n\n\n" + body.rstrip() + "\n"


def _number(schedule: Schedule, signature: str, *, extra: str = "", first: str = "") -> str:
    lines, tables = python(_formula(schedule, Symbolic))
    words = " ".join(lines)
    used = [name for name in FUNCTIONS if f"{name}(" in words]
    imports = ["from bisect import bisect_right"] * ("bisect_right(" in words)
    imports += [f"from math import {', '.join(sorted(used))}"] * bool(used)
    body = "\n    ".join([f"def {signature}:", *([first] if first else []), *lines])
    return _module(
        schedule, imports, {name: repr(table) for name, table in tables.items()}, body + extra
    )


def _array(schedule: Schedule, prefix: str, whole: str) -> Source:
    return array(_formula(schedule, Eager), prefix, whole)


def _python(schedule: Schedule) -> str:
    return _number(schedule, "lr(k)")


def _nanogpt(schedule: Schedule) -> str:
    return _number(schedule, "get_lr(it)", first="k = it")


_LAMBDA = '''


def scheduler(optimizer):
    """LambdaLR multiplies each group's own rate: with 1.0 there, it sets the rate itself."""
    from torch.optim.lr_scheduler import LambdaLR

    for group in optimizer.param_groups:
        group["lr"] = group["initial_lr"] = 1.0
    return LambdaLR(optimizer, lr)
'''


def _torch(schedule: Schedule) -> str:
    return _number(schedule, "lr(k)", extra=_LAMBDA)


def _transformers(schedule: Schedule) -> str:
    usage = "\n\n# Trainer(model, arguments, optimizers=(optimizer, scheduler(optimizer)), ...)\n"
    return _number(schedule, "lr(k)", extra=_LAMBDA + usage)


_LIGHTNING = '''

def configured(optimizer):
    """What a LightningModule's `configure_optimizers` returns: one step of it for each update."""
    return {
        "optimizer": optimizer,
        "lr_scheduler": {"scheduler": scheduler(optimizer), "interval": "step"},
    }
'''


def _lightning(schedule: Schedule) -> str:
    return _number(schedule, "lr(k)", extra=_LAMBDA + _LIGHTNING)


def _optax(schedule: Schedule) -> str:
    lines, tables = _array(schedule, "jnp.", "jnp.asarray({}, dtype=int)")
    first = "k = jnp.asarray(count, dtype=float)  # float32, or float64 with jax_enable_x64"
    body = "\n    ".join(["def schedule(count):", first, *lines])
    constants = {
        name: f"jnp.asarray({list(table)!r}, dtype=float)" for name, table in tables.items()
    }
    return _module(schedule, ["import jax.numpy as jnp"], constants, body)


def _keras(schedule: Schedule) -> str:
    lines, tables = _array(schedule, "ops.", 'ops.cast({}, "int32")')
    body = (
        '@keras.saving.register_keras_serializable("lrdecay")\n'
        "class LearningRate(keras.optimizers.schedules.LearningRateSchedule):"
    )
    call = ["k = ops.cast(step, keras.config.floatx())"]
    call += [
        f"{name} = ops.convert_to_tensor({list(table)!r}, dtype=keras.config.floatx())"
        for name, table in tables.items()
    ]
    body += "\n    def __call__(self, step):\n        " + "\n        ".join([*call, *lines])
    body += "\n\n    def get_config(self):\n        return {}"
    return _module(schedule, ["import keras", "from keras import ops"], {}, body)


_TARGETS: dict[str, Callable[[Schedule], str]] = {
    "python": _python,
    "nanogpt": _nanogpt,
    "torch": _torch,
    "transformers": _transformers,
    "lightning": _lightning,
    "optax": _optax,
    "keras": _keras,
}


def to_json(schedule: Schedule | Fold) -> str:
    """Return a schedule as JSON that `from_json` turns back into an equal one.

    Args:
        schedule: any schedule without a Python function in it, or rule that follows a metric.

    Raises:
        ValueError: if the schedule holds a function, or a schedule that is not of lrdecay.

    Examples:
        >>> from lrdecay import Linear
        >>> to_json(Linear(0.1, 100))
        '{"lrdecay": 1, "schedule": {"type": "Linear", "base_lr": 0.1, "total_steps": 100}}'
    """
    if not isinstance(schedule, (Schedule, Fold)):
        raise refuse("schedule", schedule, "a Schedule, or a rule that follows a metric")
    return json.dumps({"lrdecay": _JSON_VERSION, "schedule": _plain(schedule)}, allow_nan=False)


def from_json(text: str) -> Any:
    """Return the schedule, or rule that follows a metric, that `to_json` wrote.

    Args:
        text: the JSON.

    Raises:
        ValueError: if the text is not such JSON, or an argument in it is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> from_json(to_json(Linear(0.1, 100)))
        Linear(base_lr=0.1, total_steps=100)
    """
    try:
        read = json.loads(text)
        version, given = read["lrdecay"], read["schedule"]
    except (KeyError, TypeError, ValueError):
        raise refuse("text", text, "JSON that to_json wrote") from None
    if version != _JSON_VERSION:
        raise refuse("version", version, str(_JSON_VERSION))
    made = _made(given)
    if not isinstance(made, (Schedule, Fold)):
        raise refuse("schedule", given, "a schedule as to_json writes it")
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, (Schedule, Fold)):
        kind = type(value)
        if not kind.__module__.startswith("lrdecay."):
            raise refuse("schedule", value, "made of schedules of lrdecay to be written as JSON")
        module = kind.__module__.removeprefix("lrdecay.")
        public = getattr(importlib.import_module("lrdecay"), kind.__name__, None) is kind
        named = kind.__name__ if public else f"{module}:{kind.__name__}"
        given = {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        }
        return {"type": named, **given}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if callable(value):
        raise refuse("schedule", value, "free of Python functions to be written as JSON")
    return value


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_made(item) for item in value)
    if not isinstance(value, dict):
        return value
    given = dict(value)
    kind = _kind(given.pop("type", None))
    try:
        return kind(**{name: _made(item) for name, item in given.items()})
    except TypeError as error:
        raise ValueError(f"schedule must have the arguments of {kind.__name__}: {error}") from None


def _kind(named: Any) -> type[Schedule | Fold]:
    module, _, name = str(named).rpartition(":")
    try:
        kind = getattr(importlib.import_module(f"lrdecay.{module}" if module else "lrdecay"), name)
    except (ImportError, AttributeError):
        kind = None
    if not (isinstance(kind, type) and issubclass(kind, (Schedule, Fold))):
        raise refuse("type", named, "the name of a schedule of lrdecay")
    return kind
