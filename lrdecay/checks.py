"""What a field of a schedule may hold, said once as a type.

A family declares ``base_lr: Rate`` and ``total_steps: Steps``; a type checker reads ``float`` and
``int``, and `Schedule` checks and converts the values when the object is made.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from functools import cache
from itertools import islice, pairwise
from typing import Annotated, Any, ClassVar, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np

from .messages import refuse

# Above it a float no longer tells one step from the next.
MOST_STEPS = 2**53

# How deep values may be nested, and how many there may be in one; a shared one counts as often as
# it is printed. Python's own recursion ends some hundred levels down.
MOST_NESTED = 100
MOST_PARTS = 1000

# A list may be lazy, as range(2**53) is.
MOST_ITEMS = 1_000_000


class Allowed(NamedTuple):
    """A check: the words for an error message, and a conversion that raises when it fails."""

    words: str
    convert: Callable[[Any], Any]


def dtype_kind(dtype: Any) -> str | None:
    """Return "float" or "int" for a dtype of real numbers, whatever library it is of; else None."""
    found = re.search("float|int", getattr(dtype, "name", str(dtype)))
    return found[0] if found else None


def _is_real(value: Any) -> bool:
    """Return whether a value is a real number, and not what only converts to one.

    Python makes a float of text and of raw bytes, NumPy of text, truth values and complex numbers.
    """
    if isinstance(value, (str, bool)):
        return False
    kind = type(value)
    is_number = hasattr(kind, "__float__") or hasattr(kind, "__index__")
    dtype = getattr(value, "dtype", None)
    return is_number and (dtype is None or dtype_kind(dtype) is not None)


def _real(value: Any) -> float:
    if not _is_real(value):
        raise TypeError
    return float(value)


def _number(words: str, test: Callable[[float], bool]) -> Allowed:
    def convert(value: Any) -> float:
        number = _real(value)
        if not (math.isfinite(number) and test(number)):
            raise ValueError
        return number

    return Allowed(words, convert)


def _whole(least: int) -> Allowed:
    def convert(value: Any) -> int:
        if not _is_real(value):
            raise TypeError
        number = int(value)
        # 100.0 is a whole number to a user who computed it; 100.5 is a mistake.
        if number != value or not least <= number <= MOST_STEPS:
            raise ValueError
        return number

    return Allowed(f"a whole number >= {least} (and at most 2**53)", convert)


def _flag(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError
    return bool(value)


def items(value: Any, most: int = MOST_ITEMS) -> tuple[Any, ...]:
    """Return what is in a sequence or an array; a `TypeError` for what has no order, and for bytes.

    A dictionary would lose its values, and a set what is in it twice. More than `most` items, which
    a lazy sequence such as `range(2**53)` may have, are a `ValueError`.
    """
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping, AbstractSet)):
        raise TypeError
    found = tuple(islice(value, most + 1))
    if len(found) > most:
        raise ValueError
    return found


def _milestones(value: Any) -> tuple[int, ...]:
    steps = tuple(_whole(1).convert(item) for item in items(value, MOST_ITEMS))
    if not steps or any(late <= early for early, late in pairwise(steps)):
        raise ValueError
    return steps


def _rates(value: Any) -> tuple[float, ...]:
    rates = tuple(_rate.convert(item) for item in items(value, MOST_ITEMS + 1))
    if not rates:
        raise ValueError
    return rates


_rate = _number("a finite number >= 0", lambda x: x >= 0)

Rate = Annotated[float, _rate]
Rates = Annotated[
    tuple[float, ...], Allowed("one or more finite numbers >= 0 (at most 1 000 001)", _rates)
]
Positive = Annotated[float, _number("a finite number > 0", lambda x: x > 0)]
Number = Annotated[float, _number("a finite number", lambda _: True)]
Metric = Annotated[float, Allowed("a number, which may be infinite or NaN", _real)]
Fraction = Annotated[float, _number("a number from 0 to 1", lambda x: 0 <= x <= 1)]
Steps = Annotated[int, _whole(1)]
StepCount = Annotated[int, _whole(0)]
Flag = Annotated[bool, Allowed("True or False", _flag)]
Milestones = Annotated[
    tuple[int, ...],
    Allowed("one or more rising whole numbers >= 1 (at most 1 000 000)", _milestones),
]


def check(name: str, value: Any, kind: Any) -> Any:
    """Return `value` converted to `kind`, one of the types of this module.

    >>> check("total_steps", 100.0, Steps)
    100

    Raises:
        ValueError: naming the argument, what is allowed, and the value.
    """
    (allowed,) = (item for item in get_args(kind) if isinstance(item, Allowed))
    try:
        return allowed.convert(value)
    except (TypeError, ValueError, OverflowError):
        raise refuse(name, value, allowed.words) from None


@cache
def _checked_fields(cls: type) -> Mapping[str, tuple[Any, bool]]:
    """Return, for each field that has a check, its kind and whether None is allowed."""
    found: dict[str, tuple[Any, bool]] = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        is_one = isinstance(hint, type) or get_origin(hint) is Annotated
        options = [hint] if is_one else list(get_args(hint))
        for option in options:
            if any(isinstance(item, Allowed) for item in get_args(option)):
                found[name] = option, type(None) in options
        kinds = [kind for kind in options if isinstance(kind, type) and issubclass(kind, Checked)]
        if len(kinds) == 1:
            allowed = _parts(kinds[0]) if get_origin(hint) is tuple else _part(kinds[0])
            found[name] = Annotated[Any, allowed], type(None) in options
    return found


def _part(kind: type) -> Allowed:
    def convert(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return Allowed(f"a {kind.__name__}", convert)


def _parts(kind: type) -> Allowed:
    one = _part(kind)
    return Allowed(
        f"a sequence in which each is {one.words}", lambda value: tuple(map(one.convert, value))
    )


@dataclass(frozen=True, repr=False)
class Checked:
    """A frozen dataclass that checks and converts its fields, and prints as code."""

    _size: ClassVar[tuple[int, int]]  # how deep it is nested, and of how many such it is made

    def __post_init__(self) -> None:
        for name, (kind, optional) in _checked_fields(type(self)).items():
            value = getattr(self, name)
            if value is not None or not optional:
                object.__setattr__(self, name, check(name, value, kind))
        self._measure()

    def _measure(self) -> None:
        """Count the values that this one is made of."""
        sizes = [part._size for part in self._parts()]  # noqa: SLF001 - another of its class
        depth = 1 + max((depth for depth, _ in sizes), default=0)
        count = 1 + sum(count for _, count in sizes)
        if depth > MOST_NESTED or count > MOST_PARTS:
            words = f"made of at most {MOST_PARTS} schedules, {MOST_NESTED} inside one another"
            raise ValueError(f"schedule must be {words}, got {count}, {depth} inside one another")
        object.__setattr__(self, "_size", (depth, count))

    def _parts(self) -> Iterator[Checked]:
        for value in vars(self).values():
            if isinstance(value, Checked):
                yield value
            elif isinstance(value, tuple) and value and isinstance(value[0], Checked):
                yield from (part for part in value if isinstance(part, Checked))

    def __repr__(self) -> str:
        """Return the code that makes this value, without the arguments left at their default."""
        given = (
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )
        return f"{type(self).__name__}({', '.join(given)})"
