"""What an argument may be, said once as a type: of a schedule's field, and of a function.

A family declares ``base_lr: Rate`` and ``total_steps: Steps``; a type checker reads ``float`` and
``int``, and `Checked` checks and converts the values when the object is made. `checked` does so for
the arguments of a function. Both read the same annotations: these types, and whatever else a
signature says, such as a `Literal`, a class, a tuple or a union.
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, wraps
from itertools import islice, pairwise
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    ParamSpec,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from .messages import given, quoted, refuse

P = ParamSpec("P")
R = TypeVar("R")

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


_UNFIT = (TypeError, ValueError, OverflowError)  # what a conversion raises


class _ItemError(ValueError):
    """One of several does not fit."""

    def __init__(self, value: Any, words: str, place: str = "") -> None:
        super().__init__(words)
        self.value, self.words, self.place = value, words, place


def check(name: str, value: Any, kind: Any) -> Any:
    """Return `value` converted to `kind`, one of the types of this module or another annotation.

    >>> check("total_steps", 100.0, Steps)
    100

    Raises:
        ValueError: naming the argument, what is allowed, and the value.
    """
    return fitted(name, value, allowed(kind))


def fitted(name: str, value: Any, kind: Allowed) -> Any:
    """Return `value` as `kind` converts it; a `ValueError` that names it if it does not fit."""
    try:
        return kind.convert(value)
    except _ItemError as item:
        raise refuse(name + item.place, item.value, item.words) from None
    except _UNFIT:
        raise refuse(name, value, kind.words) from None


# --- numbers, and nothing that only converts to one ----------------------------------------------


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


def _truth(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError
    return bool(value)


def _items(value: Any, most: int = MOST_ITEMS) -> tuple[Any, ...]:
    """Return what is in a sequence or an array; a `TypeError` for what has no order, and for bytes.

    A dictionary would lose its values, and a set what is in it twice.
    """
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping, AbstractSet)):
        raise TypeError
    found = tuple(islice(value, most + 1))
    if len(found) > most:
        raise ValueError
    return found


def _milestones(value: Any) -> tuple[int, ...]:
    steps = tuple(map(_whole(1).convert, _items(value)))
    if not steps or any(late <= early for early, late in pairwise(steps)):
        raise ValueError
    return steps


def _rates(value: Any) -> tuple[float, ...]:
    rates = tuple(map(_rate.convert, _items(value, MOST_ITEMS + 1)))
    if not rates:
        raise ValueError
    return rates


_rate = _number("a finite number >= 0", lambda x: x >= 0)
_flag = Allowed("True or False", _truth)

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
Flag = Annotated[bool, _flag]
Milestones = Annotated[
    tuple[int, ...],
    Allowed("one or more rising whole numbers >= 1 (at most 1 000 000)", _milestones),
]


# --- what an annotation allows -------------------------------------------------------------------


@cache
def allowed(annotation: Any) -> Allowed:
    """Return what an annotation allows.

    A plain float is a number, a plain int a whole number, and a bool neither. What may be iterated
    over becomes a tuple.

    >>> allowed(Literal["min", "max"] | None).words
    "one of ('min', 'max') or None"
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is None:
        return _PLAIN.get(annotation) or _instance(annotation)
    if origin is Annotated:
        said = (item for item in inner if isinstance(item, Allowed))
        return next(said, None) or allowed(inner[0])
    if origin is Literal:
        return _where(f"one of {inner}", lambda value: value in inner)
    if origin is collections.abc.Callable:
        return _where("a function", callable)
    return _composed(origin, inner)


def _composed(origin: Any, inner: tuple[Any, ...]) -> Allowed:
    kinds = [allowed(each) for each in inner if each is not ...]
    if origin in (Union, UnionType):
        return _either(kinds)
    if origin is tuple and inner[-1] is not ...:
        return _together(kinds)
    if issubclass(origin, Mapping):
        return _mapping(*kinds)
    return _several(*kinds) if issubclass(origin, Iterable) else _instance(origin)


def _where(words: str, test: Callable[[Any], object]) -> Allowed:
    def convert(value: Any) -> Any:
        if not test(value):
            raise TypeError
        return value

    return Allowed(words, convert)


def _instance(kind: Any) -> Allowed:
    # Any, a type variable, a protocol that cannot be looked for: what is like an array.
    if kind is Any or not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        return _where("anything", lambda _: True)
    return _where(f"a {kind.__name__}", lambda value: isinstance(value, kind))


def _either(kinds: list[Allowed]) -> Allowed:
    def convert(value: Any) -> Any:
        for kind in kinds[:-1]:
            with suppress(*_UNFIT):
                return kind.convert(value)
        return kinds[-1].convert(value)

    return Allowed(" or ".join(kind.words for kind in kinds), convert)


def _together(kinds: list[Allowed]) -> Allowed:
    def convert(values: Any) -> Any:
        return tuple(kind.convert(value) for kind, value in zip(kinds, values, strict=True))

    return Allowed(f"({', '.join(kind.words for kind in kinds)})", convert)


def _item(value: Any, kind: Allowed, place: str = "") -> Any:
    try:
        return kind.convert(value)
    except _UNFIT:
        raise _ItemError(value, kind.words, place) from None


def _several(kind: Allowed) -> Allowed:
    def convert(values: Any) -> Any:
        return tuple(_item(value, kind) for value in _items(values))

    return Allowed(f"a sequence in which each is {kind.words}", convert)


def _mapping(key: Allowed, kind: Allowed) -> Allowed:
    def convert(values: Any) -> Any:
        if not isinstance(values, Mapping):
            raise TypeError
        return {
            key.convert(name): _item(value, kind, f"[{quoted(name)}]")
            for name, value in values.items()
        }

    return Allowed(f"a mapping from {key.words} to {kind.words}", convert)


def _is_whole(value: Any) -> bool:
    return not isinstance(value, (bool, np.bool_)) and value == int(value)


NUMBER = _where("a number", lambda value: not math.isnan(_real(value)))
_PLAIN = {
    float: NUMBER,
    int: _where("a whole number", _is_whole),
    str: _where("a string", lambda value: isinstance(value, str)),
    bool: _flag,
    NoneType: _where("None", lambda value: value is None),
}


# --- a class and a function that say what they allow ---------------------------------------------

_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@cache
def kinds(owner: Callable[..., Any]) -> Mapping[str, Allowed]:
    """Return what each argument of a function, or each field of a class, may be."""
    hints = get_type_hints(owner, include_extras=True)
    parameters = inspect.signature(owner).parameters.values()
    return {
        p.name: allowed(hints[p.name])
        for p in parameters
        if p.kind not in _MANY and p.name in hints  # as `self` is not
    }


@dataclass(frozen=True, repr=False)
class Checked:
    """A frozen dataclass that checks and converts its fields, and prints as code."""

    _size: ClassVar[tuple[int, int]]  # how deep it is nested, and of how many such it is made

    def __post_init__(self) -> None:
        for name, kind in kinds(type(self)).items():
            object.__setattr__(self, name, fitted(name, getattr(self, name), kind))
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
        parts = (f"{name}={value!r}" for name, value in given(self).items())
        return f"{type(self).__name__}({', '.join(parts)})"


def checked(**theirs: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: arguments are of the types that the annotations say, or a `ValueError`.

    A dialect adds what its peer calls our arguments, for the errors that come from further in.

    Args:
        theirs: by the name that an error from further in may give an argument, the caller's.

    Examples:
        >>> from lrdecay import Linear
        >>> @checked(base_lr="lr")
        ... def decay(lr: float, steps: int = 10) -> Linear:
        ...     return Linear(lr, steps)
        >>> decay(-1)
        Traceback (most recent call last):
            ...
        ValueError: lr must be a finite number >= 0, got -1
        >>> decay(0.1, "10")
        Traceback (most recent call last):
            ...
        ValueError: steps must be a whole number, got '10'
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # which says in its own name what is missing
            for name, kind in kinds(function).items():
                if name in bound.arguments:
                    bound.arguments[name] = fitted(name, bound.arguments[name], kind)
            try:
                return function(*bound.args, **bound.kwargs)
            except ValueError as error:
                message = _translated(str(error), theirs)
                if message == str(error):
                    raise
                raise ValueError(message) from None

        return call

    return decorate


# Names of arguments in a message: its first word, what has an underscore, and what is "name = 3".
_NAMES = re.compile(r"^\w+|\b\w+_\w+\b|\b\w+(?= = )")


def _translated(message: str, theirs: Mapping[str, str]) -> str:
    """Return a message with the caller's names, but with the value as it is."""
    words, got, value = message.partition(", got ")
    return _NAMES.sub(lambda found: theirs.get(found[0], found[0]), words) + got + value
