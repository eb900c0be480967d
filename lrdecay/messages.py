"""How an error names an argument and quotes a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
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
    for piece in _pieces(value):
        text += piece
        if len(text) > QUOTED:
            return text[: QUOTED - 3] + "..."
    return text


def _pieces(value: Any) -> Iterator[str]:
    """Yield the `repr` of a value bit by bit: a large or deep one is left unfinished."""
    if isinstance(value, (str, bytes, bytearray)):
        yield repr(value[: QUOTED + 1])
    elif isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        yield f"a whole number of {value.bit_length()} bits"
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _named(type(value).__name__, given(value))
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        yield from _named(type(value).__name__, value._asdict())
    elif isinstance(value, tuple) and value:
        yield from _listed("(", ",)" if len(value) == 1 else ")", map(_pieces, value))
    elif isinstance(value, list):
        yield from _listed("[", "]", map(_pieces, value))
    elif isinstance(value, (set, frozenset)) and value:
        yield from _listed("{", "}", map(_pieces, value))
    elif isinstance(value, dict):
        yield from _listed("{", "}", (_pair(key, part) for key, part in value.items()))
    else:
        try:
            yield repr(value)
        except Exception:  # noqa: BLE001 - whatever a stranger's repr raises, the error is another
            yield object.__repr__(value)


def given(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass that are not at their default."""
    found = {}
    for field in fields(value):
        part = getattr(value, field.name)
        if type(part) is not type(field.default) or part != field.default:
            found[field.name] = part
    return found


def _named(name: str, parts: Mapping[str, Any]) -> Iterator[str]:
    yield name
    yield from _listed("(", ")", (_field(key, part) for key, part in parts.items()))


def _field(name: str, value: Any) -> Iterator[str]:
    yield f"{name}="
    yield from _pieces(value)


def _pair(key: Any, value: Any) -> Iterator[str]:
    yield from _pieces(key)
    yield ": "
    yield from _pieces(value)


def _listed(opening: str, closing: str, items: Iterable[Iterator[str]]) -> Iterator[str]:
    yield opening
    comma = ""
    for item in items:
        yield comma
        yield from item
        comma = ", "
    yield closing
