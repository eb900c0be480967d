"""A formula as a graph: evaluated on a symbol, it leaves the operations it would have made.

A family writes its formula once, for arrays. Evaluated on a `Symbol` in the namespace `Symbolic` it
gives a graph, which `lrdecay.codegen` prints as source code: for a schedule that is called with a
Python number, and for an export to another framework. Constant tables are looked up in both.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from array_api_compat import device

FUNCTIONS = ("cos", "sin", "exp", "expm1", "log", "sqrt", "tanh", "floor", "ceil")
_ARITHMETIC = ("+", "-", "*", "/", "//", "%")
_COMPARISONS = ("<", "<=", ">", ">=")


def _operator(op: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(left: Any, right: Any) -> Any:
        return _simpler(op, left, right)

    def backward(right: Any, left: Any) -> Any:
        return _simpler(op, left, right)

    return forward, backward


def _simpler(op: str, left: Any, right: Any) -> Any:
    """Return `left op right` without what does nothing, so that `0.0 * x + y` prints as `y`."""
    known = {0: left, 1: right}
    values = {i: x for i, x in known.items() if not isinstance(x, Symbol)}
    if op == "*" and 0 in values.values():
        return 0.0
    idle_left = (op == "+" and values.get(0) == 0) or (op == "*" and values.get(0) == 1)
    if idle_left and (real(right) or not real(left)):
        return right
    idle_right = (op in "+-" and values.get(1) == 0) or (op in "*/" and values.get(1) == 1)
    if idle_right and (real(left) or not (real(right) or op == "/")):
        return left
    return Symbol(op, left, right)


class Symbol:
    """A value of the graph: an operation and what it works on; without an operation, `k` itself.

    `real` says that the value is a float even where `k` is an int: only then may an operation that
    does nothing else, such as `1.0 * k`, be left out.
    """

    __hash__ = object.__hash__

    def __init__(self, op: str = "k", *parts: Any) -> None:
        self.op = op
        self.parts = parts
        self.real = _is_real(op, parts)

    def __bool__(self) -> bool:
        raise TypeError("the value of a symbol is not known: use xp.where instead of if")

    def __eq__(self, other: object) -> bool:
        if self is other:  # what a dict or a set asks
            return True
        raise TypeError("a symbol cannot be compared with ==: use >= and <=")

    __add__, __radd__ = _operator("+")
    __sub__, __rsub__ = _operator("-")
    __mul__, __rmul__ = _operator("*")
    __truediv__, __rtruediv__ = _operator("/")
    __floordiv__, __rfloordiv__ = _operator("//")
    __mod__, __rmod__ = _operator("%")
    __lt__, __le__ = _operator("<")[0], _operator("<=")[0]
    __gt__, __ge__ = _operator(">")[0], _operator(">=")[0]

    def __neg__(self) -> Symbol:
        return Symbol("neg", self)

    def __pow__(self, power: Any) -> Any:
        alone = not isinstance(power, Symbol) and power == 1
        return self if alone else Symbol("**", self, power)

    def __rpow__(self, base: Any) -> Any:
        return Symbol("**", base, self)


def _is_real(op: str, parts: tuple[Any, ...]) -> bool:
    if op in ("k", "bisect", "floor", "ceil") or op in _COMPARISONS:
        return False
    if op in _ARITHMETIC or op in ("**", "neg"):
        return op == "/" or any(real(part) for part in parts)
    if op in ("min", "max", "where"):
        return all(real(part) for part in parts[-2:])
    return True


def real(value: Any) -> bool:
    """Return whether a value is surely a float, not an int."""
    return value.real if isinstance(value, Symbol) else isinstance(value, float)


def _function(name: str) -> staticmethod[[Any], Any]:
    def call(value: Any) -> Any:
        return Symbol(name, value) if isinstance(value, Symbol) else getattr(math, name)(value)

    return staticmethod(call)


def _least(op: str, known: Callable[..., Any], left: Any, right: Any) -> Any:
    if isinstance(left, Symbol) or isinstance(right, Symbol):
        return Symbol(op, left, right)
    return known(left, right)


class Space:
    """What a formula computes in, once: a namespace that keeps the rates of its parts.

    `branches` says whether only that branch of a `where` will be computed which is taken.
    """

    branches: bool

    def __init__(self) -> None:
        self._rates: dict[tuple[int, int], Any] = {}

    def rate(self, schedule: Any, k: Any) -> Any:
        """Return the rate of a part at a step; of one that is shared, what it was before."""
        at = id(schedule), id(k)
        if at not in self._rates:
            # Both are kept too, so that no others get their ids.
            self._rates[at] = schedule._lr(k, self), schedule, k  # noqa: SLF001 - what it is for
        return self._rates[at][0]


class Symbolic(Space):
    """The part of the array API that formulas use, on symbols."""

    branches = True

    cos, sin, exp, expm1, log, sqrt, tanh, floor, ceil = map(_function, FUNCTIONS)

    @staticmethod
    def where(condition: Any, yes: Any, no: Any) -> Any:
        """Return `yes` where the condition holds, else `no`."""
        if not isinstance(condition, Symbol):
            return yes if condition else no
        return Symbol("where", condition, yes, no)

    @staticmethod
    def minimum(left: Any, right: Any) -> Any:
        """Return the smaller of the two."""
        return _least("min", min, left, right)

    @staticmethod
    def maximum(left: Any, right: Any) -> Any:
        """Return the larger of the two."""
        return _least("max", max, left, right)

    @staticmethod
    def clip(value: Any, low: float | None, high: float | None) -> Any:
        """Return the value, moved into the bounds that are not None."""
        value = value if low is None else Symbolic.maximum(value, low)
        return value if high is None else Symbolic.minimum(value, high)

    @staticmethod
    def full_like(_: Any, value: float) -> Any:
        """Return the value."""
        return value

    @staticmethod
    def bisect(table: tuple[float, ...], value: Any) -> Any:
        """Return how many entries of a rising table are at most `value`."""
        known = not isinstance(value, Symbol)
        return bisect_right(table, value) if known else Symbol("bisect", table, value)

    @staticmethod
    def item(table: tuple[float, ...], index: Any) -> Any:
        """Return an entry of a table."""
        return Symbol("item", table, index) if isinstance(index, Symbol) else table[index]

    @staticmethod
    def call(function: Callable[[float], float], value: Any, arrays: Any = None) -> Any:
        """Return the value of a Python function, which no source code can be printed of.

        `function` is for a number, `arrays` the same for an array, if there is one.
        """
        return Symbol("call", function, value, arrays)


def has_gaps(root: Any) -> bool:
    """Return whether a formula says by NaN that some steps have no rate."""
    parts = [root, *(part for node in topological(root) for part in node.parts)]
    return any(isinstance(part, float) and math.isnan(part) for part in parts)


def topological(root: Any) -> Iterator[Symbol]:
    """Yield every symbol of the graph once, after the symbols it is made from."""
    seen: set[Symbol] = set()
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if not isinstance(node, Symbol) or (node in seen and not done):
            continue
        if done:
            yield node
        else:
            seen.add(node)
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(node.parts))


class Eager(Symbolic):
    """The same, for code that will compute both branches of a `where`, as arrays do."""

    branches = False


class Arrays(Space):
    """The functions of an array library."""

    branches = False

    def __init__(self, library: Any) -> None:
        super().__init__()
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)


def bisect(table: Sequence[float], k: Any, xp: Any) -> Any:
    """Return how many entries of a rising table are at most `k`, as whole numbers."""
    if isinstance(k, Symbol):
        return xp.bisect(tuple(table), k)
    index = xp.searchsorted(_column(table, k, xp), xp.reshape(k, (-1,)), side="right")
    return xp.reshape(index, k.shape)


def item(table: Any, index: Any, k: Any, xp: Any) -> Any:
    """Return the entries of a table at whole numbers, in the floating dtype of `k`."""
    if isinstance(k, Symbol):
        return xp.item(tuple(np.asarray(table, np.float64).tolist()), index)
    return xp.reshape(xp.take(_column(table, k, xp), xp.reshape(index, (-1,))), k.shape)


def _column(table: Any, k: Any, xp: Any) -> Any:
    most = float(xp.finfo(k.dtype).max)
    values = np.asarray(table, np.float64)
    if most < 2.0**53:  # float16 ends at 65504
        values = np.minimum(values, most)
    return xp.asarray(values, dtype=k.dtype, device=device(k))
