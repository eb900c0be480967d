"""How an error names an argument and quotes a value, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any

# Of a value; what is longer is cut, and not even made.
QUOTED = 200
_LARGEST_BITS = 4 * QUOTED  # more than QUOTED digits


def refuse(name: str, value: object, words: str) -> ValueError:
    """Return the error that names the argument, what is allowed, and the value."""
    return ValueError(f"{name} must be {words}, got {quoted(value)}")


def quoted(value: object) -> str:
    """Return the `repr` of a value, or as much of it as a message may hold.

    >>> quoted([1.0, "a"])
    "[1.0, 'a']"
    >>> len(quoted([[["a"] * 10**6]]))
    200
    """
    text = ""
    for piece in code(value, _short):
        text += piece
        if len(text) > QUOTED:
            return text[: QUOTED - 3] + "..."
    return text


def _short(value: Any) -> str:
    if isinstance(value, (str, bytes, bytearray)):
        return repr(value[: QUOTED + 1])
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        return f"a whole number of {value.bit_length()} bits"
    try:
        return re.sub(r"\s*\n\s*", " ", repr(value))  # of an array
    except Exception:  # noqa: BLE001 - whatever a stranger's repr raises, the error is another
        return object.__repr__(value)


def code(value: Any, leaf: Callable[[Any], str]) -> Iterator[str]:
    """Yield the code that makes a value bit by bit, so that a large one may be left unfinished.

    Args:
        value: what is printed.
        leaf: prints what is not made of parts.
    """

    def each(parts: Iterable[Any]) -> Iterable[Iterator[str]]:
        return (code(part, leaf) for part in parts)

    def named(parts: dict[str, Any]) -> Iterable[Iterator[str]]:
        return (chain([f"{name}="], code(part, leaf)) for name, part in parts.items())

    kind = type(value)
    if is_dataclass(kind):
        opening, parts, closing = f"{kind.__name__}(", named(given(value)), ")"
    elif isinstance(value, tuple) and hasattr(kind, "_asdict"):
        opening, parts, closing = f"{kind.__name__}(", named(value._asdict()), ")"
    elif isinstance(value, tuple) and value:
        opening, parts, closing = "(", each(value), ",)" if len(value) == 1 else ")"
    elif isinstance(value, list):
        opening, parts, closing = "[", each(value), "]"
    elif isinstance(value, (set, frozenset)) and value:
        opening, parts, closing = "{", each(value), "}"
    elif isinstance(value, dict):
        pairs = (chain(code(key, leaf), [": "], code(part, leaf)) for key, part in value.items())
        opening, parts, closing = "{", pairs, "}"
    else:
        yield leaf(value)
        return
    yield opening
    for i, part in enumerate(parts):
        yield ", " * (i > 0)
        yield from part
    yield closing


def given(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass that are not at their default."""
    found = {}
    for field in fields(value):
        part = getattr(value, field.name)
        if type(part) is not type(field.default) or part != field.default:
            found[field.name] = part
    return found


@contextmanager
def needs(library: str, extra: str, what: str) -> Generator[None]:
    """Say, where an import within finds no `library`, which extra of the package brings it.

    Raises:
        ModuleNotFoundError: that says so; another missing module is told as it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != library:
            raise
        message = f"{what} needs {library}: pip install lrdecay[{extra}]"
        raise ModuleNotFoundError(message, name=library) from error
