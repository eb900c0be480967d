"""What a function may be called with, read from its annotations.

A schedule checks its fields by their types; `checked` does so for a function. A dialect adds what
its peer calls our arguments, for the errors that come from further in.
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache, wraps
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as annotations_of

import numpy as np

from .checks import MOST_ITEMS, Allowed, Metric, check
from .messages import refuse

P = ParamSpec("P")
R = TypeVar("R")

# Names of arguments in a message: its first word, what has an underscore, and what is "name = 3".
_NAMES = re.compile(r"^\w+|\b\w+_\w+\b|\b\w+(?= = )")
_UNFIT = (TypeError, ValueError, OverflowError)  # what a conversion raises
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def checked(**theirs: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: arguments are of the types that the annotations say, or a `ValueError`.

    A float is a number, an int a whole number, and a bool neither; the range is for the function
    itself to check. What may be iterated over arrives as a tuple.

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
                given = signature.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # which says in its own name what is missing
            kinds = _kinds(function)
            for name, value in given.arguments.items():
                if name in kinds:
                    given.arguments[name] = _fitted(name, value, kinds[name])
            try:
                return function(*given.args, **given.kwargs)
            except ValueError as error:
                message = _translated(str(error), theirs)
                if message == str(error):
                    raise
                raise ValueError(message) from None

        return call

    return decorate


def _translated(message: str, theirs: Mapping[str, str]) -> str:
    """Return a message with the caller's names, but with the value as it is."""
    words, got, value = message.partition(", got ")
    return _NAMES.sub(lambda found: theirs.get(found[0], found[0]), words) + got + value


@cache
def _kinds(function: Callable[..., Any]) -> dict[str, Allowed]:
    annotations = annotations_of(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return {p.name: _allowed(annotations[p.name]) for p in parameters if p.kind not in _MANY}


def _fitted(name: str, value: Any, kind: Allowed) -> Any:
    try:
        return kind.convert(value)
    except _ItemError as item:
        raise refuse(name, item.value, item.words) from None
    except _UNFIT:
        raise refuse(name, value, kind.words) from None


class _ItemError(ValueError):
    """One of several does not fit."""

    def __init__(self, value: Any, words: str) -> None:
        super().__init__(words)
        self.value = value
        self.words = words


def _allowed(annotation: Any) -> Allowed:
    """Return what an annotation allows."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is None:
        return _PLAIN.get(annotation) or _instance(annotation)
    if origin is Annotated:
        return next(item for item in inner if isinstance(item, Allowed))
    if origin is Literal:
        return _where(f"one of {inner}", lambda value: value in inner)
    if origin is collections.abc.Callable:
        return _where("a function", callable)
    return _composed(origin, inner)


def _composed(origin: Any, inner: tuple[Any, ...]) -> Allowed:
    kinds = [_allowed(each) for each in inner if each is not ...]
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


def _several(kind: Allowed) -> Allowed:
    def convert(values: Any) -> Any:
        if isinstance(values, (str, bytes, bytearray, Mapping)):
            raise TypeError
        found = tuple(islice(values, MOST_ITEMS + 1))  # it may be lazy, as range(2**53) is
        if len(found) > MOST_ITEMS:
            raise ValueError
        return tuple(map(one, found))

    def one(value: Any) -> Any:
        try:
            return kind.convert(value)
        except _UNFIT:
            raise _ItemError(value, kind.words) from None

    return Allowed(f"a sequence in which each is {kind.words}", convert)


def _mapping(key: Allowed, kind: Allowed) -> Allowed:
    def convert(values: Any) -> Any:
        if not isinstance(values, Mapping):
            raise TypeError
        return {key.convert(name): kind.convert(value) for name, value in values.items()}

    return Allowed(f"a mapping from {key.words} to {kind.words}", convert)


def _is_number(value: Any) -> bool:
    return not math.isnan(check("it", value, Metric))


def _is_whole(value: Any) -> bool:
    return not isinstance(value, (bool, np.bool_)) and value == int(value)


NUMBER = _where("a number", _is_number)
_PLAIN = {
    float: NUMBER,
    int: _where("a whole number", _is_whole),
    str: _where("a string", lambda value: isinstance(value, str)),
    bool: _where("True or False", lambda value: isinstance(value, (bool, np.bool_))),
    NoneType: _where("None", lambda value: value is None),
}
