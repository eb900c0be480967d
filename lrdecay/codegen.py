"""The graph of a formula, printed as source code: for a Python number, or for an array library."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from .formula import FUNCTIONS, Symbol, real, topological

Scope = tuple[tuple[int, int], ...]  # the branches, each a `where` and a side, that lead to a block

# Strength of binding, as Python has it, to print no more parentheses than needed.
_BINDING = {"<": 1, "<=": 1, ">": 1, ">=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "//": 3, "%": 3}
_NEGATIVE, _POWER, _ATOM = 4, 5, 9
_DEEPEST = 40  # levels of an expression, about as many as the formula of any one schedule has


class Source(NamedTuple):
    """The body of a function of `k`, and the constant tables it looks things up in."""

    lines: list[str]
    tables: dict[str, tuple[float, ...]]


def python(value: Any) -> Source:
    """Return the body of a Python function that returns `value` for a number `k`.

    A branch that is not taken is not computed, and what is used twice is computed once.

    Raises:
        ValueError: if the graph calls a Python function.
    """
    printer = _Printer(value)
    source = printer.source()
    if printer.functions:
        raise _no_source()
    return source


def array(value: Any, prefix: str, whole: str) -> Source:
    """Return the body of a function of an array `k`, with functions called as `prefix` + name.

    The library has to have the array API's names, as `jax.numpy` and `keras.ops` do; `whole` is
    how it makes a whole number `{}` an integer.
    """
    return _ArrayPrinter(value, prefix, whole).source()


def compiled(value: Any) -> Callable[[float], float]:
    """Return the function of a number `k` that `python` prints."""
    printer = _Printer(value)
    lines, tables = printer.source()
    # As an argument with a default, a function is a local name, which is quicker to reach.
    used = [name for name in FUNCTIONS if any(f"{name}(" in line for line in lines)]
    signature = ", ".join(["k", *(f"{name}={name}" for name in used)])
    source = f"def lr({signature}):\n    " + "\n    ".join(lines)
    scope: dict[str, Any] = {name: getattr(math, name) for name in FUNCTIONS}
    scope |= tables | printer.functions | {"bisect_right": bisect_right}
    exec(compile(source, "<lrdecay schedule>", "exec"), scope)  # noqa: S102 - our own printer's code
    return scope["lr"]


class _Printer:
    """Prints a graph as statements, each value in the innermost block that holds all its uses."""

    _blocks = True  # a `where` becomes `if` and `else`
    _most: float = math.inf  # whole numbers below it are printed as such

    def __init__(self, root: Any) -> None:
        self.root = root
        self.order = list(topological(root))  # parts before what uses them
        self.tables: dict[str, tuple[float, ...]] = {}
        self.functions: dict[str, Callable[[float], float]] = {}
        self.names: dict[Symbol, str] = {}
        self.named = 0
        self.number = {node: i for i, node in enumerate(self.order)}
        self.scopes: dict[Symbol, Scope] = {}
        self.blocks: dict[Scope, list[Symbol]] = {}  # what is assigned in each, in order
        self.uses: Counter[Symbol] = Counter()
        self.branches: Counter[Any] = Counter()  # how many are inside one another, for each
        if isinstance(root, Symbol):
            self._place()

    def _place(self) -> None:
        self.scopes[self.root] = ()
        for node in reversed(self.order):  # every user of a node comes before the node
            scope = self.scopes[node]
            for i, part in enumerate(node.parts):
                if not isinstance(part, Symbol):
                    continue
                inner = scope
                if self._blocks and node.op == "where" and i > 0:
                    inner = (*scope, (self.number[node], i))
                # The smaller of two is printed twice: in the comparison and as the result.
                self.uses[part] += 2 if self._blocks and node.op in ("min", "max") else 1
                known = self.scopes.get(part)
                self.scopes[part] = inner if known is None else _common(known, inner)
        holding: set[tuple[int, int]] = set()  # sides of a `where` in which something is assigned
        depth: Counter[Symbol] = Counter()  # of each expression, of which Python reads only so much
        for node in self.order:
            number = self.number[node]
            # Such a `where` has to be a statement; one of another's branch is one anyway.
            is_statement = (number, 1) in holding or (number, 2) in holding
            parts = [part for part in node.parts if isinstance(part, Symbol)]
            depth[node] = 1 + max((depth[part] for part in parts), default=0)
            below = max((self.branches[part] for part in parts), default=0)
            self.branches[node] = below + (node.op == "where")
            named = (self.uses[node] > 1 and node.op != "k") or depth[node] > _DEEPEST
            if named or (is_statement and node is not self.root):
                depth[node] = 0
                self.blocks.setdefault(self.scopes[node], []).append(node)
                holding.update(self.scopes[node])

    def source(self) -> Source:
        """Return the printed graph."""
        if not isinstance(self.root, Symbol):
            return Source([f"return {self._text(float(self.root))[0]}"], {})
        lines = self._block((), self.root, "return ")
        if not self.root.real:  # a rate is a float where `k` is an int too
            lines = [re.sub(r"^( *return )(.*)$", r"\1float(\2)", line) for line in lines]
        return Source(lines, self.tables)

    def _block(self, scope: Scope, result: Any, lead: str) -> list[str]:
        lines: list[str] = []
        while True:
            for node in self.blocks.get(scope, []):
                if node is not result:
                    self.named += 1
                    name = f"t{self.named}"
                    lines += self._assign(node, scope, f"{name} = ")
                    self.names[node] = name
            if not self._is_block(result):
                return [*lines, f"{lead}{self._text(result)[0]}"]
            if lead != "return ":
                return lines + self._assign(result, scope, lead)
            # What follows a branch that returns needs no `else`.
            lines += self._branch(result, scope, lead)
            side = 3 - self._first(result)
            scope, result = (*scope, (self.number[result], side)), result.parts[side]

    def _is_block(self, node: Any) -> bool:
        """Whether a value is printed as `if` and `else`."""
        is_where = self._blocks and isinstance(node, Symbol) and node.op == "where"
        return is_where and node not in self.names

    def _assign(self, node: Symbol, scope: Scope, lead: str) -> list[str]:
        if not self._is_block(node):
            return [f"{lead}{self._text(node)[0]}"]
        first = self._branch(node, scope, lead)
        side = 3 - self._first(node)
        inner = (*scope, (self.number[node], side))
        second = self._block(inner, node.parts[side], lead)
        if self._is_block(node.parts[side]) and inner not in self.blocks:
            return [*first, f"el{second[0]}", *second[1:]]
        return [*first, "else:", *(f"    {line}" for line in second)]

    def _branch(self, node: Symbol, scope: Scope, lead: str) -> list[str]:
        side = self._first(node)
        body = self._block((*scope, (self.number[node], side)), node.parts[side], lead)
        condition = self._text(node.parts[0])[0]
        condition = condition if side == 1 else f"not ({condition})"
        return [f"if {condition}:", *(f"    {line}" for line in body)]

    def _first(self, node: Symbol) -> int:
        """Return the side of a `where` that is printed first: Python indents only so far."""
        yes, no = (self.branches[part] for part in node.parts[1:])
        return 2 if yes > max(no, _DEEPEST) else 1

    def _text(self, value: Any) -> tuple[str, int]:
        """Return the expression for a value, and how strongly it binds."""
        if not isinstance(value, Symbol):
            exact = type(value) is int and abs(value) < self._most
            text = constant(value if exact else float(value))
            return text, _ATOM if not text.startswith("-") else _NEGATIVE
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
            case "call":
                name = f"FUNCTION_{len(self.functions) + 1}"
                self.functions[name] = parts[0]
                out = f"{name}({self._text(parts[1])[0]})", _ATOM
            case _ if op in _BINDING:
                strength = _BINDING[op]
                # Python is much quicker with two floats than with a float and an int.
                left, right = map(_as_float, parts) if any(map(real, parts)) else parts
                left, right = self._held(left, strength), self._held(right, strength + 1)
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


class _ArrayPrinter(_Printer):
    """Prints a graph for an array library: no branches, and the library's names."""

    _blocks = False
    _most = 2.0**31  # what an int32 holds, which JAX takes a whole number for

    def __init__(self, root: Any, prefix: str, whole: str) -> None:
        super().__init__(root)
        self.prefix = prefix
        self.whole = whole

    def source(self) -> Source:
        if isinstance(self.root, Symbol):
            return Source(self._block((), self.root, "return "), self.tables)
        value = self._text(float(self.root))[0]
        return Source([f"return {self.prefix}full_like(k, {value})"], {})

    def _operation(self, op: str, parts: tuple[Any, ...]) -> tuple[str, int]:
        base = parts[0]
        if op == "**" and isinstance(base, float) and 0 < abs(base - 1) < 0.1:
            # Rounded to float32, a factor close to 1 would be far off after many steps.
            power = self._held(parts[1], _BINDING["*"])
            return f"{self.prefix}exp({power} * {constant(math.log(base))})", _ATOM
        if op in _BINDING or op in ("**", "neg"):
            return super()._operation(op, parts)
        if op == "call":
            raise _no_source()
        if op in ("bisect", "item"):
            table, value = self._table(parts[0]), self._text(parts[1])[0]
            if parts[1].op == "floor":
                value = self.whole.format(value)
            call = f'searchsorted({table}, {value}, side="right")'
            return self.prefix + (call if op == "bisect" else f"take({table}, {value})"), _ATOM
        name = {"min": "minimum", "max": "maximum"}.get(op, op)
        inner = ", ".join(self._text(part)[0] for part in parts)
        return f"{self.prefix}{name}({inner})", _ATOM


def constant(value: float) -> str:
    """Return a number as code that needs no name; one of NumPy, which prints as a call, as well."""
    if type(value) is int:
        return repr(value)
    return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'


def _no_source() -> ValueError:
    return ValueError("a schedule that calls a Python function cannot be printed as source code")


def _as_float(part: Any) -> Any:
    return part if isinstance(part, Symbol) else float(part)


def _common(one: Scope, other: Scope) -> Scope:
    """Return the innermost block that holds both."""
    shared: list[tuple[int, int]] = []
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared.append(a)
    return tuple(shared)
