"""The graph of a formula: symbols, which keep the operations that are made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

FUNCTIONS = ("cos", "sin", "exp", "expm1", "log", "sqrt", "tanh", "floor", "ceil")
LEAVES = ("k", "parameter")  # what is given, not computed
_ARITHMETIC = ("+", "-", "*", "/", "//", "%")
_COMPARISONS = ("<", "<=", ">", ">=", "==")
# Who says whether a condition on parameters alone holds, if anyone does.
DECIDE: ContextVar[Callable[[Symbol], bool] | None] = ContextVar("DECIDE", default=None)


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

    A "parameter" has two parts: its name, and the number that it stands for until it is moved.

    `real` says that the value is a float even where `k` is an int: only then may an operation that
    does nothing else, such as `1.0 * k`, be left out.
    """

    __hash__ = object.__hash__

    def __init__(self, op: str = "k", *parts: Any) -> None:
        self.op = op
        self.parts = parts
        self.real = _is_real(op, parts)
        within = [part for part in parts if isinstance(part, Symbol)]
        self.settled = op == "parameter" or (bool(within) and all(x.settled for x in within))

    def __bool__(self) -> bool:
        decide = DECIDE.get()
        if decide is None or not self.settled:
            raise TypeError("the value of a symbol is not known: use xp.where instead of if")
        return decide(self)

    def __eq__(self, other: object) -> bool:
        if self is other:  # what a dict or a set asks
            return True
        if self.settled and DECIDE.get():
            return bool(Symbol("==", self, other))
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
    if op == "parameter":
        return isinstance(parts[1], float)
    if op in _ARITHMETIC or op in ("**", "neg"):
        return op == "/" or any(real(part) for part in parts)
    if op in ("min", "max", "where"):
        return all(real(part) for part in parts[-2:])
    return True


def real(value: Any) -> bool:
    """Return whether a value is surely a float, not an int."""
    return value.real if isinstance(value, Symbol) else isinstance(value, float)


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
