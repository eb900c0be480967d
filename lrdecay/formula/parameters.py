"""The graph of a formula in which some of the schedule's numbers stay names, to be moved later.

The formula is evaluated with a symbol in place of each. Where it decides by one (`if steps == 0`),
it is evaluated for both answers, and the graph decides.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from ..checks import Checked, refuse
from .graph import DECIDE, Symbol
from .namespaces import Eager, Symbolic

_MOST = 32  # answers to all that a formula asks


class _AskedError(Exception):
    """A formula decides by what is not decided yet."""

    def __init__(self, condition: Symbol, key: Any) -> None:
        self.condition, self.key = condition, key


def parametric(
    schedule: Any, names: tuple[str, ...], namespace: type[Symbolic] = Symbolic
) -> tuple[Any, dict[str, float]]:
    """Return the graph of a schedule, and the numbers that its parameters have in the schedule.

    Raises:
        ValueError: if a name is not that of one number of the schedule, or the formula does more
            with one than to compute.
    """
    given = {name: _value(schedule, name) for name in names}
    symbols = {name: Symbol("parameter", name, value) for name, value in given.items()}
    try:
        return _Formula(schedule, symbols, namespace).graph({}), given
    except Exception as error:  # such as of two answers that cannot both be
        words = f"numbers that the formula only computes with ({type(error).__name__}: {error})"
        raise refuse("parameters", names, words) from error


class _Formula:
    """A formula of some parameters, evaluated once for each way in which it may decide."""

    def __init__(
        self, schedule: Any, symbols: dict[str, Symbol], namespace: type[Symbolic]
    ) -> None:
        self.schedule, self.symbols, self.namespace = schedule, symbols, namespace
        self.count = 0

    def graph(self, answers: dict[Any, bool]) -> Any:
        """Return the graph for some answers, and for both to whatever else is asked."""

        def decide(condition: Symbol) -> bool:
            key = _structure(condition)
            if key not in answers:
                raise _AskedError(condition, key)
            return answers[key]

        self.count += 1
        if self.count > _MOST:
            raise ValueError("it decides by them in too many ways")
        token = DECIDE.set(decide)
        try:
            found = self.namespace().rate(_replaced(self.schedule, self.symbols), Symbol())
        except _AskedError as asked:
            yes, no = (self.graph(answers | {asked.key: answer}) for answer in (True, False))
            return Symbol("where", asked.condition, yes, no)
        finally:
            DECIDE.reset(token)
        return math.nan if found is None else found  # None for answers that cannot all be


def _structure(value: Any) -> Any:
    """Return what two symbols that are made alike have in common."""
    return (value.op, *map(_structure, value.parts)) if isinstance(value, Symbol) else value


def _numbers(value: Any) -> list[tuple[str, float]]:
    """Return every number of a schedule and of its parts, by the name of its field."""
    if isinstance(value, tuple):
        return [found for part in value for found in _numbers(part)]
    if not isinstance(value, Checked):
        return []
    found = []
    for field in fields(value):
        part = getattr(value, field.name)
        found += [(field.name, part)] if type(part) in (int, float) else _numbers(part)
    return found


def _value(schedule: Any, name: str) -> float:
    known = _numbers(schedule)
    values = [value for other, value in known if other == name]
    if len(values) != 1:
        once = dict.fromkeys(x for x, _ in known if sum(x == y for y, _ in known) == 1)
        words = f"names of numbers that the schedule has once ({', '.join(once) or 'none'})"
        raise refuse("parameters", name, words)
    return values[0]


def _replaced(value: Any, symbols: dict[str, Symbol]) -> Any:
    """Return a schedule with symbols in place of its numbers; the same one if it has none."""
    if isinstance(value, tuple):
        return tuple(_replaced(part, symbols) for part in value)
    if not isinstance(value, Checked) or symbols.keys().isdisjoint(dict(_numbers(value))):
        return value
    new: Any = object.__new__(type(value))  # whose fields are no longer what its checks want
    for field in fields(value):
        part = getattr(value, field.name)
        is_named = field.name in symbols and type(part) in (int, float)
        made = symbols[field.name] if is_named else _replaced(part, symbols)
        object.__setattr__(new, field.name, made)
    if hasattr(new, "_lr"):
        object.__setattr__(new, "first_rate", new._lr(0.0, Eager()))  # noqa: SLF001 - a formula
    return new
