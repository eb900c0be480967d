"""Python functions in a formula: called number by number, or opened to see what they compute.

A schedule may hold a function of the user's own. A number calls it. Source code cannot, so there
the function is evaluated on a symbol, once, and what it computes takes its place in the graph.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from array_api_compat import device, is_jax_array

from ..checks import refuse
from .codegen import compiled
from .graph import LEAVES, Symbol, topological

_PROBES = (*range(200), *(2**i + j for i in range(8, 50) for j in (-1, 0)))


class NoFormulaError(ValueError):
    """Why something in a formula cannot be printed as source code."""


def is_traced(k: Any) -> bool:
    """Whether `k` is an abstract value inside a JAX transformation, which no `if` can look at."""
    return is_jax_array(k) and isinstance(k, sys.modules["jax"].core.Tracer)


class Call:
    """A function of one number inside a formula, which an array calls for each number in turn.

    Args:
        function: what is called.
        arrays: whether it takes an array as well.
        steps: whether it is no function of the user's, but goes through all steps before.
    """

    def __init__(
        self, function: Callable[[Any], Any], *, arrays: bool = False, steps: bool = False
    ) -> None:
        self.function = function
        self.arrays = arrays
        self.steps = steps

    @classmethod
    def of(cls, function: Callable[[Any], Any]) -> Call:
        """Return a function as a call, which it may be already."""
        return function if isinstance(function, Call) else cls(function)

    def __call__(self, number: float) -> float:
        """Return the function's value, which is handed a whole number as an `int`."""
        if self.arrays:
            return float(self.function(np.float64(number)))
        return float(self.function(int(number) if number == number // 1 else number))

    def on_array(self, k: Any, xp: Any) -> Any:
        """Return the function's values at every step of an array.

        Raises:
            ValueError: inside a JAX transformation, where no step has a value yet.
        """
        if self.arrays:
            return self.function(k)
        if is_traced(k):
            raise refuse("step", k, f"known, not traced: this schedule {self.what}")
        flat = [self(step) for step in xp.reshape(k, (-1,)).tolist()]
        dtype = k.dtype if xp.isdtype(k.dtype, "real floating") else None  # JAX has whole steps
        return xp.reshape(xp.asarray(flat, dtype=dtype, device=device(k)), k.shape)

    @property
    def what(self) -> str:
        """What a schedule that holds this does, which a trace or source code cannot."""
        if self.steps:
            return "computes each rate from the one before"
        return "calls a Python function"


def on_symbol(function: Callable[[Any], Any], symbol: Symbol) -> Any:
    """Return what a user's function computes of a symbol.

    A function of lrdecay's that decides by its number says what it computes in `on_symbol`.

    Raises:
        TypeError, AttributeError: from the function, if it takes only numbers or decides by them.
    """
    own = getattr(function, "on_symbol", None)
    result = own(symbol) if own else function(_Argument(symbol))
    if isinstance(result, Symbol):
        return result
    if isinstance(result, _Argument):
        return result.symbol
    if isinstance(result, bool) or not isinstance(result, (int, float)):
        raise TypeError(f"it gives {type(result).__name__!r}")
    return result


def opened(root: Any) -> Any:
    """Return a graph with what each function computes in place of its call.

    Raises:
        NoFormulaError: if a function cannot be opened.
    """
    made: dict[Symbol, Any] = {}
    for node in topological(root):
        parts = [made[part] if isinstance(part, Symbol) else part for part in node.parts]
        if node.op == "call":
            made[node] = _opened(parts[0], parts[1])
        else:
            same = all(a is b for a, b in zip(parts, node.parts, strict=True))
            new = node if same else Symbol(node.op, *parts)
            known = node.op not in LEAVES and not any(isinstance(part, Symbol) for part in parts)
            made[node] = compiled(new)(0) if known else new
    return made[root] if isinstance(root, Symbol) else root


def _opened(call: Call, argument: Any) -> Any:
    if call.steps:
        raise NoFormulaError(f"a schedule that {call.what} has none")
    function = call.function
    name = getattr(function, "__name__", type(function).__name__)
    words = (
        "a schedule that calls a Python function cannot be printed as source code unless the "
        f"function works on symbols, and {name} does not"
    )
    try:
        alone = Symbol()
        number = compiled(on_symbol(function, alone))
    except Exception as error:
        raise NoFormulaError(f"{words}: {type(error).__name__}: {error}") from error
    # It may have looked at what it was given: only a function of numbers is what it computes.
    for probe in _PROBES:
        if not _agree(call, number, probe):
            raise NoFormulaError(f"{words}: at {probe} it gives another value than for the symbol")
    return on_symbol(function, argument)


def _agree(call: Call, number: Callable[[float], float], at: int) -> bool:
    try:
        want, got = call(at), number(at)
    except (ArithmeticError, TypeError, ValueError):  # such as a root of less than 0
        return True
    both = math.isnan(want) and math.isnan(got)
    return both or math.isclose(got, want, rel_tol=1e-12, abs_tol=1e-300)


def _plain(value: Any) -> Any:
    return value.symbol if isinstance(value, _Argument) else value


def _forward(name: str) -> Any:
    def operate(self: _Argument, other: Any) -> Any:
        if not isinstance(other, (_Argument, Real)):
            return NotImplemented
        result = getattr(self.symbol, name)(_plain(other))
        return _Argument(result) if isinstance(result, Symbol) else result

    return operate


def _compare(name: str) -> Any:
    def operate(self: _Argument, other: Any) -> Any:
        if not isinstance(other, (_Argument, Real)):
            return NotImplemented
        return _Argument(Symbol("where", getattr(self.symbol, name)(_plain(other)), 1.0, 0.0))

    return operate


class _Argument:
    """A symbol in the hands of a user's function: what means the same in every framework.

    No dictionary or set can look it up, which would give one answer for all steps. A comparison is
    a number, 1 or 0, so that a sum of them counts on arrays too.
    """

    __hash__: Any = None
    __array_ufunc__ = None  # NumPy's functions refuse it, and its numbers let the operators decide

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol

    def __bool__(self) -> bool:
        return bool(self.symbol)

    def __eq__(self, other: object) -> bool:
        return self.symbol == _plain(other)

    __add__, __radd__ = _forward("__add__"), _forward("__radd__")
    __sub__, __rsub__ = _forward("__sub__"), _forward("__rsub__")
    __mul__, __rmul__ = _forward("__mul__"), _forward("__rmul__")
    __truediv__, __rtruediv__ = _forward("__truediv__"), _forward("__rtruediv__")
    __floordiv__, __rfloordiv__ = _forward("__floordiv__"), _forward("__rfloordiv__")
    __mod__, __rmod__ = _forward("__mod__"), _forward("__rmod__")
    __pow__, __rpow__ = _forward("__pow__"), _forward("__rpow__")
    __lt__, __le__ = _compare("__lt__"), _compare("__le__")
    __gt__, __ge__ = _compare("__gt__"), _compare("__ge__")

    def __neg__(self) -> _Argument:
        return _Argument(-self.symbol)

    def __floor__(self) -> _Argument:
        return _Argument(Symbol("floor", self.symbol))
