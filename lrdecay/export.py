"""A schedule as source code for another framework, and as JSON.

Every target prints the same formula, read off the schedule itself: nothing is fitted or sampled,
and nothing of lrdecay is needed to run the result.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from typing import Any

from .algebra import check_schedule
from .fields import refuse
from .schedule import Schedule
from .targets import TARGETS

_JSON_VERSION = 1
Target = str


def source(schedule: Schedule, target: Target) -> str:
    """Return the source code of a schedule for a framework.

    Args:
        schedule: any schedule whose formula can be read off: all but those with a Python function
            of the user's own that takes only numbers, and PyTorch's few that are computed step by
            step.
        target: "python" (a function `lr(k)`), "nanogpt" (`get_lr(it)`), "torch" (a scheduler made
            by `scheduler(optimizer, relative=False)`, as `torch_scheduler` makes it),
            "transformers" and "lightning" (the same, with how it is handed over), "optax" (a
            function of the count) or "keras" (a `LearningRateSchedule`).

    Returns:
        A module's source: imports, tables where the formula has some, and the definition. A
        negative step has the rate of step 0.

    Raises:
        ValueError: if the target is not one of these, or if the formula cannot be read off.

    Examples:
        >>> from lrdecay import Linear
        >>> print(source(Linear(0.1, 100), "python"))
        # Linear(base_lr=0.1, total_steps=100)
        <BLANKLINE>
        <BLANKLINE>
        def lr(k):
            k = max(k, 0)
            t1 = k / 100
            return 0.1 * (1.0 - (t1 if t1 < 1.0 else 1.0))
        <BLANKLINE>
    """
    check_schedule("schedule", schedule)
    if not (isinstance(target, str) and target in TARGETS):
        raise refuse("target", target, f"one of {tuple(TARGETS)}")
    try:
        return TARGETS[target](schedule)
    except (SyntaxError, RecursionError, MemoryError) as error:
        words = (
            "made of fewer schedules inside one another: its source is nested deeper than Python"
        )
        raise refuse("schedule", type(schedule).__name__, f"{words} can read") from error


def to_json(schedule: Schedule) -> str:
    """Return a schedule as JSON that `from_json` turns back into an equal one.

    Args:
        schedule: any schedule without a Python function in it.

    Raises:
        ValueError: if the schedule holds a function, or a schedule that is not of lrdecay.

    Examples:
        >>> from lrdecay import Linear
        >>> to_json(Linear(0.1, 100))
        '{"lrdecay": 1, "schedule": {"type": "Linear", "base_lr": 0.1, "total_steps": 100}}'
    """
    return json.dumps({"lrdecay": _JSON_VERSION, "schedule": _plain(schedule)}, allow_nan=False)


def from_json(text: str) -> Schedule:
    """Return the schedule that `to_json` wrote.

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
    if not isinstance(made, Schedule):
        raise refuse("schedule", given, "a schedule as to_json writes it")
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, Schedule):
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


def _kind(named: Any) -> type[Schedule]:
    module, _, name = str(named).rpartition(":")
    try:
        kind = getattr(importlib.import_module(f"lrdecay.{module}" if module else "lrdecay"), name)
    except (ImportError, AttributeError):
        kind = None
    if not (isinstance(kind, type) and issubclass(kind, Schedule)):
        raise refuse("type", named, "the name of a schedule of lrdecay")
    return kind
