"""A schedule, or a rule that follows a metric, as JSON."""

from __future__ import annotations

import importlib
import inspect
import json
import math
from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from pkgutil import iter_modules
from typing import Any

from .checks import MOST_NESTED
from .messages import quoted, refuse
from .plateau import Fold
from .schedule import Schedule

_VERSION = 1
_KINDS = (Schedule, Fold)


def to_json(schedule: Schedule | Fold) -> str:
    """Return a schedule as JSON that `from_json` turns back into an equal one.

    Args:
        schedule: any schedule without a Python function in it, or a rule that follows a metric.

    Raises:
        ValueError: if it is neither, or holds a function or a schedule that is not of lrdecay.

    Examples:
        >>> from lrdecay import Linear
        >>> to_json(Linear(0.1, 100))
        '{"lrdecay": 1, "schedule": {"type": "Linear", "base_lr": 0.1, "total_steps": 100}}'
    """
    if not isinstance(schedule, _KINDS):
        raise refuse("schedule", schedule, "a Schedule, or a rule that follows a metric")
    return json.dumps({"lrdecay": _VERSION, "schedule": _plain(schedule)}, allow_nan=False)


def from_json(text: str) -> Any:
    """Return the schedule that `to_json` wrote.

    Args:
        text: the JSON. It may come from anyone: nothing is imported or called for it but the
            schedules of lrdecay.

    Raises:
        ValueError: if the text is not such JSON, or an argument in it is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> from_json(to_json(Linear(0.1, 100)))
        Linear(base_lr=0.1, total_steps=100)
    """
    if not isinstance(text, str):
        raise refuse("text", text, "a str")
    try:
        read = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
        version, given = read["lrdecay"], read["schedule"]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise refuse("text", text, "JSON that to_json wrote") from None
    except RecursionError:
        raise _too_deep(text) from None
    if type(version) is not int or version != _VERSION:
        raise refuse("lrdecay", version, f"{_VERSION}, the version of this format")
    try:
        made = _made(given)
    except RecursionError:
        raise _too_deep(text) from None
    if not isinstance(made, _KINDS):
        raise refuse("schedule", given, "a schedule as to_json writes it")
    return made


def _too_deep(text: str) -> ValueError:
    return refuse("text", text, f"JSON nested at most {MOST_NESTED} schedules deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of an object as a dict, unless one would hide another."""
    read = dict(pairs)
    if len(read) < len(pairs):
        raise refuse("text", [name for name, _ in pairs], "JSON with each name once in an object")
    return read


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise refuse("text", digits, "JSON with finite numbers alone")
    return number


def _whole(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # more digits than Python reads
        raise refuse("text", digits, "JSON with shorter numbers") from None


def _plain(value: Any) -> Any:
    if isinstance(value, _KINDS):
        named = _name(type(value))
        if named is None:
            raise refuse("schedule", value, "made of schedules of lrdecay to be written as JSON")
        given = {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
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
    taken = {field.name: field.default is MISSING for field in fields(kind)}
    needed = {name for name, needed in taken.items() if needed}
    if not needed <= given.keys() <= taken.keys():
        words = f"the arguments of {kind.__name__}, {list(taken)}"
        raise ValueError(f"schedule must have {words}, got {quoted(list(given))}")
    return kind(**{name: _made(item) for name, item in given.items()})


@cache
def _name(kind: type) -> str | None:
    """Return the name under which `_kind` finds a class of lrdecay, and of no one else."""
    top, _, module = kind.__module__.partition(".")
    if top != "lrdecay" or kind.__qualname__ != kind.__name__:
        return None
    public = getattr(importlib.import_module(top), kind.__name__, None) is kind
    return kind.__name__ if public else f"{module}:{kind.__name__}"


def _kind(named: Any) -> type[Any]:
    """Return the class of a name. Dialects are all that is imported because a text says so."""
    if isinstance(named, str):  # strangers' classes have None for a name
        return _named(named)
    raise _no_name(named)


@cache  # of what is found: an error is not kept
def _named(named: str) -> type[Any]:
    module = named.rpartition(":")[0]
    if module in _dialects():
        importlib.import_module(f"lrdecay.{module}")
    for kind in (kind for base in _KINDS for kind in _below(base)):
        if _name(kind) == named and not inspect.isabstract(kind):
            return kind
    raise _no_name(named)


def _no_name(named: object) -> ValueError:
    return refuse("type", named, "the name of a schedule of lrdecay")


@cache
def _dialects() -> frozenset[str]:
    from . import dialects

    return frozenset(found.name for found in iter_modules(dialects.__path__, "dialects."))


def _below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)
