"""A formula as source code: evaluate it once on a symbol, read off the Python that computes it.

A family writes its formula once, for arrays. Evaluated on `Symbol` in the namespace `Symbolic` it
leaves a graph of the operations it made, and `python` prints that graph as the body of a function
of one number `k`. A schedule called with a Python number runs this code, which is several times
faster than a chain of calls, and an export prints it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Scope = tuple[tuple[int, int], ...]

# Strength of binding, as Python has it, to print no more parentheses than needed.
_BINDING = {"<": 1, "<=": 1, ">": 1, ">=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "//": 3, "%": 3}
_NEGATIVE, _POWER, _ATOM = 4, 5, 9


class Symbol:
    """A value of the graph: an operation and what it works on; without an operation, `k` itself."""

    __hash__ = object.__hash__

    def __init__(self, op: str = "k", *parts: Any) -> None:
        self.op = op
        self.parts = parts

    def __bool__(self) -> bool:
        raise TypeError("the value of a symbol is not known: use xp.where instead of if")

    def __neg__(self) -> Symbol:
        return Symbol("neg", self)

    def __pow__(self, power: Any) -> Any:
        return self if power == 1 else Symbol("**", self, power)

    def __rpow__(self, base: Any) -> Any:
        return Symbol("**", base, self)


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
    if (op == "+" and values.get(0) == 0) or (op == "*" and values.get(0) == 1):
        return right
    if (op in "+-" and values.get(1) == 0) or (op in "*/" and values.get(1) == 1):
        return left
    return Symbol(op, left, right)


_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod"}
_COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
for _op, _name in _ARITHMETIC.items():
    _forward, _backward = _operator(_op)
    setattr(Symbol, f"__{_name}__", _forward)
    setattr(Symbol, f"__r{_name}__", _backward)
for _op, _name in _COMPARISONS.items():
    setattr(Symbol, f"__{_name}__", _operator(_op)[0])


class Symbolic:
    """The part of the array API that formulas use, on symbols."""

    @staticmethod
    def where(condition: Any, yes: Any, no: Any) -> Any:
        """Return `yes` where the condition holds, else `no`."""
        if not isinstance(condition, Symbol):
            return yes if condition else no
        return Symbol("where", condition, yes, no)

    @staticmethod
    def minimum(left: Any, right: Any) -> Any:
        """Return the smaller of the two."""
        return Symbol("min", left, right)

    @staticmethod
    def maximum(left: Any, right: Any) -> Any:
        """Return the larger of the two."""
        return Symbol("max", left, right)

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
        return Symbol("bisect", table, value)

    @staticmethod
    def item(table: tuple[float, ...], index: Any) -> Any:
        """Return an entry of a table."""
        return Symbol("item", table, index)


def _function(name: str) -> staticmethod[..., Any]:
    def call(value: Any) -> Any:
        return Symbol(name, value) if isinstance(value, Symbol) else getattr(math, name)(value)

    return staticmethod(call)


FUNCTIONS = ("cos", "sin", "exp", "log", "sqrt", "tanh", "floor", "ceil")
for _name in FUNCTIONS:
    setattr(Symbolic, _name, _function(_name))


def python(value: Any) -> tuple[list[str], dict[str, tuple[float, ...]]]:
    """Return the lines of a function body that returns `value` for a number `k`, and its tables.

    A branch that is not taken is not computed, and what is used twice is computed once.
    """
    return _Printer(value).lines()


def compiled(value: Any) -> Callable[[float], float]:
    """Return the function of a number `k` that `python` prints."""
    lines, tables = python(value)
    # A whole step becomes a float: `k / 1` and `1.0 * k` are printed as `k`, which must not be int.
    source = "def lr(k):\n    k += 0.0\n    " + "\n    ".join(lines)
    scope: dict[str, Any] = {name: getattr(math, name) for name in FUNCTIONS} | tables
    if any("bisect" in line for line in lines):
        from bisect import bisect_right

        scope["bisect_right"] = bisect_right
    exec(compile(source, "<lrdecay schedule>", "exec"), scope)  # noqa: S102 - our own printer's code
    return scope["lr"]


class _Printer:
    """Prints a graph as statements, each value in the innermost block that holds all its uses."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.order = list(_topological(root))  # parts before what uses them
        self.tables: dict[str, tuple[float, ...]] = {}
        self.names: dict[Symbol, str] = {}
        self.scopes: dict[Symbol, Scope] = {}
        self.uses: Counter[Symbol] = Counter()
        if isinstance(root, Symbol):
            self._place()

    def _place(self) -> None:
        number = {node: i for i, node in enumerate(self.order)}
        self.scopes[self.root] = ()
        for node in reversed(self.order):  # every user of a node comes before the node
            scope = self.scopes[node]
            for i, part in enumerate(node.parts):
                if not isinstance(part, Symbol):
                    continue
                inner = scope
                if node.op == "where" and i > 0:
                    inner = (*scope, (number[node], i))
                # The smaller of two is printed twice: in the comparison and as the result.
                self.uses[part] += 2 if node.op in ("min", "max") else 1
                known = self.scopes.get(part)
                self.scopes[part] = inner if known is None else _common(known, inner)

    def lines(self) -> tuple[list[str], dict[str, tuple[float, ...]]]:
        if not isinstance(self.root, Symbol):
            return [f"return {float(self.root)!r}"], {}
        return self._block((), self.root, "return "), self.tables

    def _block(self, scope: Scope, result: Any, lead: str) -> list[str]:
        lines: list[str] = []
        for node in self.order:
            is_result = node is result
            if is_result or self.scopes[node] != scope or node.op == "k" or self.uses[node] < 2:
                continue
            name = f"t{len(self.names) + 1}"
            lines += self._assign(node, scope, f"{name} = ")
            self.names[node] = name
        if isinstance(result, Symbol) and result not in self.names and result.op == "where":
            return lines + self._assign(result, scope, lead)
        return [*lines, f"{lead}{self._text(result)[0]}"]

    def _assign(self, node: Symbol, scope: Scope, lead: str) -> list[str]:
        if node.op != "where":
            return [f"{lead}{self._text(node)[0]}"]
        number = self.order.index(node)
        condition, yes, no = node.parts
        head = f"if {self._text(condition)[0]}:"
        first = self._block((*scope, (number, 1)), yes, lead)
        second = self._block((*scope, (number, 2)), no, lead)
        body = [head, *(f"    {line}" for line in first)]
        if lead == "return ":
            return [*body, *second]
        return [*body, "else:", *(f"    {line}" for line in second)]

    def _text(self, value: Any) -> tuple[str, int]:
        """Return the expression for a value, and how strongly it binds."""
        if not isinstance(value, Symbol):
            return repr(value), _ATOM if not value < 0 else _NEGATIVE
        if value in self.names or value.op == "k":
            return self.names.get(value, "k"), _ATOM
        return self._operation(value.op, value.parts)

    def _operation(self, op: str, parts: tuple[Any, ...]) -> tuple[str, int]:
        match op:
            case "**":
                base, power = self._held(parts[0], _POWER + 1), self._held(parts[1], _POWER)
                out = f"{base} ** {power}", _POWER
            case "neg":
                out = f"-{self._held(parts[0], _NEGATIVE)}", _NEGATIVE
            case "min" | "max":
                left, right = (self._held(part, _BINDING["+"]) for part in parts)
                sign = "<" if op == "min" else ">"
                out = f"{left} if {left} {sign} {right} else {right}", 0
            case "where":
                condition, yes, no = (self._held(part, 1) for part in parts)
                out = f"{yes} if {condition} else {no}", 0
            case "bisect":
                out = f"bisect_right({self._table(parts[0])}, {self._text(parts[1])[0]})", _ATOM
            case "item":
                out = f"{self._table(parts[0])}[{self._text(parts[1])[0]}]", _ATOM
            case _ if op in _BINDING:
                strength = _BINDING[op]
                left, right = self._held(parts[0], strength), self._held(parts[1], strength + 1)
                out = f"{left} {op} {right}", strength
            case _:
                out = f"{op}({self._text(parts[0])[0]})", _ATOM
        return out

    def _held(self, value: Any, strength: int) -> str:
        text, own = self._text(value)
        return text if own >= strength else f"({text})"

    def _table(self, table: tuple[float, ...]) -> str:
        for name, known in self.tables.items():
            if known is table:
                return name
        name = f"TABLE_{len(self.tables) + 1}"
        self.tables[name] = table
        return name


def _topological(root: Any) -> Iterator[Symbol]:
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


def _common(one: Scope, other: Scope) -> Scope:
    """Return the innermost block that holds both."""
    shared: list[tuple[int, int]] = []
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared.append(a)
    return tuple(shared)
