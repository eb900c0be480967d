"""The graph of a formula in which some of the schedule's numbers stay names, to be moved later.

The formula is evaluated with a symbol in place of each. Where it decides by one (`if steps == 0`),
the number that the schedule has decides, and the graph holds only where it would do so again:
elsewhere it is NaN.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from ..checks import Checked, refuse
from .codegen import compiled
from .graph import DECIDE, Symbol
from .namespaces import Symbolic

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def parametric(schedule: Any, names: tuple[str, ...]) -> tuple[Any, dict[str, float]]:
    """Return the graph of a schedule, and the numbers that its parameters have in the schedule.

    Raises:
        ValueError: if a name is not that of one number of the schedule.
        TypeError, AttributeError: from the formula, if it does more with one than to compute.
    """
    given = {name: _value(schedule, name) for name in names}
    symbols = {name: Symbol("parameter", name, value) for name, value in given.items()}
    decided: dict[tuple[Any, ...], tuple[Symbol, bool]] = {}

    def decide(condition: Symbol) -> bool:
        answer = bool(compiled(condition)(0))
        decided[condition.op, *condition.parts] = condition, answer
        return answer

    token = DECIDE.set(decide)
    try:
        root = Symbolic().rate(_replaced(schedule, symbols), Symbol())
    finally:
        DECIDE.reset(token)
    for condition, answer in reversed(decided.values()):
        root = _only_where(condition, answer, root)
    return root, given


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
        object.__setattr__(new, "first_rate", new._lr(0.0, Symbolic()))  # noqa: SLF001 - a formula
    return new


def _only_where(condition: Symbol, answer: bool, root: Any) -> Any:
    """Return a graph, and NaN where a condition does not have the answer that it had."""
    if answer and condition.op == "parameter":
        condition, answer = Symbol("==", condition, 0), False
    elif answer and condition.op in _OPPOSITE:
        condition, answer = Symbol(_OPPOSITE[condition.op], *condition.parts), False
    yes, no = (root, math.nan) if answer else (math.nan, root)
    return Symbol("where", condition, yes, no)
