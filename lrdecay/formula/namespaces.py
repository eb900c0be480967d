"""The namespaces `xp` that a formula is computed in: the array API's functions, and a few more.

A formula looks things up in tables, asks for the rates of its parts and calls functions of the
user's by `xp.bisect`, `xp.item`, `xp.rate`, `xp.call` and `xp.apply`, so that it need not know
whether it works on arrays or on symbols.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from array_api_compat import device
from numpy.typing import ArrayLike

from .functions import Call, on_symbol
from .graph import FUNCTIONS, Symbol


class Namespace:
    """What a formula computes in, once: it keeps the rates of the parts.

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


class Arrays(Namespace):
    """The functions of an array library, and those for tables and for functions of the user's."""

    branches = False

    def __init__(self, library: Any) -> None:
        super().__init__()
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def bisect(self, table: Sequence[float], k: Any) -> Any:
        """Return how many entries of a rising table are at most `k`, in the dtype of `k`."""
        xp = self._library
        found = xp.searchsorted(self._column(table, k), xp.reshape(k, (-1,)), side="right")
        return xp.reshape(xp.astype(found, k.dtype), k.shape)

    def item(self, table: ArrayLike, index: Any) -> Any:
        """Return the entries of a table at whole numbers, in the dtype that these have."""
        xp = self._library
        at = xp.astype(xp.reshape(index, (-1,)), xp.int32)
        return xp.reshape(xp.take(self._column(table, index), at), index.shape)

    def _column(self, table: ArrayLike, like: Any) -> Any:
        values = np.asarray(table, np.float64)
        return self._library.asarray(values, dtype=like.dtype, device=device(like))

    def call(self, function: Callable[[Any], float], k: Any) -> Any:
        """Return the values of a Python function of one number, which is called for each."""
        return Call.of(function).on_array(k, self._library)

    def apply(self, function: Callable[[Any], Any], k: Any) -> Any:
        """Return what a Python function of arrays makes of one."""
        return function(k)


def _function(name: str) -> staticmethod[[Any], Any]:
    def call(value: Any) -> Any:
        return Symbol(name, value) if isinstance(value, Symbol) else getattr(math, name)(value)

    return staticmethod(call)


def _least(op: str, known: Callable[..., Any], left: Any, right: Any) -> Any:
    if isinstance(left, Symbol) or isinstance(right, Symbol):
        return Symbol(op, left, right)
    return known(left, right)


class Symbolic(Namespace):
    """The same operations on symbols, of which they leave a graph, and on Python numbers."""

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
    def bisect(table: Sequence[float], k: Any) -> Any:
        """Return how many entries of a rising table are at most `k`."""
        is_known = not isinstance(k, Symbol)
        return bisect_right(table, k) if is_known else Symbol("bisect", tuple(table), k)

    @staticmethod
    def item(table: ArrayLike, index: Any) -> Any:
        """Return an entry of a table."""
        entries = tuple(np.asarray(table, np.float64).tolist())
        return Symbol("item", entries, index) if isinstance(index, Symbol) else entries[index]

    @staticmethod
    def call(function: Callable[[Any], float], k: Any) -> Any:
        """Return the value of a Python function of one number, which stays unknown to the graph."""
        return Symbol("call", Call.of(function), k)

    @staticmethod
    def apply(function: Callable[[Any], Any], k: Any) -> Any:
        """Return what a Python function of arrays computes, as a call if it refuses symbols."""
        if not isinstance(k, Symbol):
            return function(k)
        try:
            return on_symbol(function, k)
        except (TypeError, AttributeError):
            return Symbol("call", Call(function, arrays=True), k)


class Eager(Symbolic):
    """The same, for code that will compute both branches of a `where`, as arrays do."""

    branches = False
