"""The graph of a formula evaluated on JAX's arrays, with whole numbers exact where floats are not.

JAX has no float64 unless it is switched on, and float32 tells whole numbers apart only up to 2**24.
Its whole numbers have 32 bits. So what a formula makes of a whole step in whole numbers stays one,
as long as it is sure to fit: the cycle, the drop and the milestone are then found exactly.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .graph import Symbol, topological

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "/": operator.truediv,
    "**": operator.pow,
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EXACT: dict[str, Callable[..., Any]] = _COMPARISONS | {"min": min, "max": max}
_EXACT |= {op: _ARITHMETIC[op] for op in ("+", "-", "*", "//", "%")}
_NAMES = {"neg": "negative", "min": "minimum", "max": "maximum"}


class Whole(NamedTuple):
    """A whole number: an array of integers (or an int), and the bounds that it is sure to keep."""

    value: Any
    low: int
    high: int


def evaluate(root: Any, k: Any, dtype: Any, xp: Any) -> Any:
    """Return the value of a graph at `k`, in the shape of `k`.

    Args:
        root: the graph, or a number.
        k: an array of floats, or a `Whole` one.
        dtype: the floating dtype to compute in.
        xp: `jax.numpy`.
    """
    at = _Evaluator(dtype, xp)
    known: dict[Any, Any] = {}
    with np.errstate(over="ignore"):  # of numbers that are infinite in float32
        for node in topological(root):
            parts = [known[part] if isinstance(part, Symbol) else part for part in node.parts]
            known[node] = k if node.op == "k" else at.operation(node.op, parts)
        value = at.real(known[root] if isinstance(root, Symbol) else root)
        shape = (k.value if isinstance(k, Whole) else k).shape
        return value if np.shape(value) == shape else xp.full(shape, value, dtype)


class _Evaluator:
    def __init__(self, dtype: Any, xp: Any) -> None:
        self.dtype = dtype
        self.xp = xp

    def real(self, value: Any) -> Any:
        """Return a value as a float. An int of Python's may be too large for JAX."""
        value = value.value if isinstance(value, Whole) else value
        if isinstance(value, (int, float)):
            return float(value)
        return value if value.dtype == self.dtype else value.astype(self.dtype)

    def operation(self, op: str, parts: list[Any]) -> Any:
        """Return the value of an operation."""
        if op in ("bisect", "item", "where"):
            return getattr(self, op)(*parts)
        if op == "call":
            value = parts[1].value if isinstance(parts[1], Whole) else parts[1]
            return self.xp.asarray(parts[0].on_array(self.xp.asarray(value), self.xp))
        found = self._exact(op, parts)
        if found is not None:
            return found
        reals = [self.real(part) for part in parts]
        if op == "**" and isinstance(reals[0], float):
            return self._power(*reals)
        function = (_ARITHMETIC | _COMPARISONS).get(op)
        return (function or getattr(self.xp, _NAMES.get(op, op)))(*reals)

    def _power(self, base: float, exponent: Any) -> Any:
        # Rounded to float32, a factor close to 1 would be far off after many steps.
        if base > 0 and abs(math.log(base)) < 0.1:
            return self.xp.exp(math.log(base) * exponent)
        return base**exponent

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """Return `yes` where the condition holds, else `no`."""
        if isinstance(condition, bool):
            return yes if condition else no
        left, right = _whole(yes), _whole(no)
        if left is not None and right is not None:
            low, high = _bounds(left, right)
            cast = _cast(low, high)
            if cast is not None:
                value = self.xp.where(condition, cast(left.value), cast(right.value))
                return Whole(value, low, high)
        return self.xp.where(condition, self.real(yes), self.real(no))

    def bisect(self, table: Sequence[float], value: Any) -> Any:
        """Return how many entries of a rising table are at most `value`."""
        whole = _whole(value)
        if whole is None:
            return Whole(self._search(np.asarray(table, self.dtype), value), 0, len(table))
        # What no value reaches counts for none. A whole number reaches 2.5 where it reaches 3.
        passed = [math.ceil(entry) for entry in table[: bisect_right(table, whole.high)]]
        cast = _cast(*_bounds(whole, Whole(passed, min(passed, default=0), 0)))
        if cast is None:
            return self.bisect(table, self.real(whole))
        found = self._search(cast(np.asarray(passed, np.int64)), cast(whole.value))
        return Whole(found, 0, len(passed))

    def _search(self, table: Any, value: Any) -> Any:
        return self.xp.searchsorted(self.xp.asarray(table), value, side="right")

    def item(self, table: Sequence[float], index: Any) -> Any:
        """Return an entry of a table."""
        whole = _whole(index)
        if whole is None:
            index = index.astype(self.xp.int32)
        elif isinstance(whole.value, int):
            return table[whole.value]
        else:
            index, table = whole.value, table[: max(whole.high, 0) + 1]  # as far as it can reach
        if all(float(entry).is_integer() for entry in table):
            low, high = int(min(table)), int(max(table))
            cast = _cast(low, high)
            if cast is not None:
                entries = self.xp.asarray(cast(np.asarray(table, np.int64)))
                return Whole(self.xp.take(entries, index), low, high)
        return self.xp.take(self.xp.asarray(np.asarray(table, self.dtype)), index)

    def _exact(self, op: str, parts: list[Any]) -> Any:
        """Return the value of an operation on whole numbers, None where there is no exact one."""
        if op in _COMPARISONS and isinstance(parts[0], Whole) and isinstance(parts[1], float):
            # A whole number is below 2.5 where it is below 3, and above it where it is above 2.
            nearest = math.ceil if op in ("<", ">=") else math.floor
            parts = [parts[0], nearest(parts[1]) if math.isfinite(parts[1]) else parts[1]]
        given = [_whole(part) for part in parts]
        whole = [part for part in given if part is not None]
        if len(whole) < len(given):
            return None
        if op in ("floor", "ceil"):
            return whole[0]
        if op == "neg":
            return self._paired("-", Whole(0, 0, 0), whole[0])
        return self._paired(op, *whole) if op in _EXACT else None

    def _paired(self, op: str, left: Whole, right: Whole) -> Any:
        function = _EXACT[op]
        if isinstance(left.value, int) and isinstance(right.value, int):
            value = function(left.value, right.value)
            return value if isinstance(value, bool) else Whole(value, value, value)
        if op in ("//", "%"):
            return self._divided(op, left, right)
        below, above = left.high <= right.low, right.high <= left.low
        if op in ("min", "max") and (below or above):  # always the same of the two
            return left if below == (op == "min") else right
        ends = [function(a, b) for a in left[1:] for b in right[1:]]
        low, high = min(ends), max(ends)
        if op in _COMPARISONS and low == high:
            return bool(low)
        # Sums and products that fit are right modulo 2**32, whatever overflows on the way.
        cast = _cast(*((low, high) if op in _ARITHMETIC else _bounds(left, right)))
        if cast is None:
            return None
        if op in ("min", "max"):
            function = getattr(self.xp, _NAMES[op])
        value = function(cast(left.value), cast(right.value))
        return value if op in _COMPARISONS else Whole(value, low, high)

    def _divided(self, op: str, left: Whole, right: Whole) -> Whole | None:
        by = right.value
        if not isinstance(by, int) or by <= 0:
            return None
        if left.low >= 0 and left.high < by:
            return Whole(0, 0, 0) if op == "//" else left
        cast = _cast(left.low, max(left.high, by))
        if cast is None:
            return None
        value = _EXACT[op](cast(left.value), cast(by))
        if op == "//":
            return Whole(value, left.low // by, left.high // by)
        return Whole(value, 0, by - 1)


def _whole(value: Any) -> Whole | None:
    """Return a value as a whole number, None if it is none or not known to be one."""
    if isinstance(value, (int, float)) and float(value).is_integer():
        return Whole(int(value), int(value), int(value))
    return value if isinstance(value, Whole) else None


def _bounds(left: Whole, right: Whole) -> tuple[int, int]:
    return min(left.low, right.low), max(left.high, right.high)


def _cast(low: int, high: int) -> Callable[[Any], Any] | None:
    """Return what casts to the 32 bits that hold numbers within bounds; None if none do."""
    for kind in (np.int32, np.uint32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return partial(_as, kind)
    return None


def _as(kind: Any, value: Any) -> Any:
    # An int of Python's wraps around as the arrays do.
    return (np.int64(value) if isinstance(value, int) else value).astype(kind)
