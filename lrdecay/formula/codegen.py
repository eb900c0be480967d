"""The graph of a formula as source code: of a Python number, or of an array library.

An operation is written in parentheses of its own. Where code is shown, `ast` takes away those that
Python does not need.
"""

from __future__ import annotations

import ast
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count, takewhile
from typing import Any, NamedTuple

from .graph import FUNCTIONS, LEAVES, Symbol, real, topological

Scope = tuple[tuple[int, int], ...]  # the branches, each a `where` and a side, that lead to a block

_OPERATORS = ("+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==")
# How an operation is written: for a number, and in the names of the array API.
_BOTH = {"k": "k", "neg": "(-{})"} | {op: f"({{}} {op} {{}})" for op in (*_OPERATORS, "**")}
_NUMBER = {
    **_BOTH,
    **{name: f"{name}({{}})" for name in FUNCTIONS},
    "min": "({0} if {0} < {1} else {1})",
    "max": "({0} if {0} > {1} else {1})",
    "where": "({1} if {0} else {2})",
    "bisect": "bisect_right({}, {})",
    "item": "{}[{}]",
    "call": "{}({})",
    "same": "{}",  # the rate of every step
    "int": "float({})",  # what may be an int where `k` is one
}
_ARRAY = {
    **_BOTH,
    **{name: f"xp.{name}({{}})" for name in FUNCTIONS},
    "min": "xp.minimum({}, {})",
    "max": "xp.maximum({}, {})",
    "where": "xp.where({}, {}, {})",
    "bisect": 'xp.searchsorted({}, {}, side="right")',
    "item": "xp.take({}, {})",
    "call": "{}({})",
    "same": "xp.full_like(k, {})",
    "int": "{}",
}
_DEEPEST = 40  # levels of an expression, about as many as the formula of any one schedule has


class Source(NamedTuple):
    """The body of a function of `k`.

    Attributes:
        lines: of its code.
        tables: the constant tables that it looks things up in.
        ops: the operations of the graph, such as "k" itself and "cos".
    """

    lines: list[str]
    tables: dict[str, tuple[float, ...]]
    ops: frozenset[str]


def python(value: Any) -> Source:
    """Return the body of a Python function that returns `value` for a number `k`.

    A branch that is not taken is not computed, and what is used twice is computed once.

    Raises:
        ValueError: if the graph calls a Python function.
    """
    return _shown(_Writer(value))


def array(value: Any, prefix: str, whole: str) -> Source:
    """Return the body of a function of an array `k`, with functions called as `prefix` + name.

    The library has to have the array API's names, as `jax.numpy` and `keras.ops` do; `whole` is
    how it makes a whole number `{}` an integer.
    """
    return _shown(_ArrayWriter(value, prefix, whole))


def compiled(value: Any) -> Callable[[float], float]:
    """Return the function of a number `k` that `python` shows."""
    writer = _Writer(value)
    lines, tables, ops = writer.source()
    # As an argument with a default, a function is a local name, which is quicker to reach.
    signature = ", ".join(["k", *(f"{name}={name}" for name in FUNCTIONS if name in ops)])
    source = f"def lr({signature}):\n" + "\n".join(_indented(lines))
    scope: dict[str, Any] = {name: getattr(math, name) for name in FUNCTIONS}
    scope |= tables | writer.functions | {"bisect_right": bisect_right}
    exec(compile(source, "<lrdecay schedule>", "exec"), scope)  # noqa: S102 - what is written here
    return scope["lr"]


def constant(value: float) -> str:
    """Return a number as code that needs no name; one of NumPy, which prints as a call, as well."""
    if type(value) is int:
        return repr(value)
    return repr(float(value)) if math.isfinite(value) else f'float("{float(value)}")'


def _shown(writer: _Writer) -> Source:
    lines, tables, ops = writer.source()
    if writer.functions:
        raise ValueError("a schedule that calls a Python function cannot be printed as source code")
    text = ast.unparse(ast.parse("\n".join(lines)))
    return Source(text.replace("'", '"').splitlines(), tables, ops)


class _Writer:
    """Writes a graph as statements, each value in the innermost block that holds all its uses."""

    branches = True  # whether a `where` may become `if` and `else`
    most: float = math.inf  # whole numbers below it are written as such
    forms = _NUMBER

    def __init__(self, root: Any) -> None:
        self.root = root
        self.order = list(topological(root))  # parts before what uses them
        self.wheres: Counter[Any] = Counter()  # how many are inside one another, for each
        self.blocks: dict[Scope, list[Symbol]] = {}  # what is assigned in each, in order
        self.names = {node: node.parts[0] for node in self.order if node.op == "parameter"}
        self.unused = map("t{}".format, count(1))
        self.tables: dict[str, tuple[float, ...]] = {}
        self.functions: dict[str, Callable[[float], float]] = {}

    def source(self) -> Source:
        """Return the graph as code."""
        if isinstance(self.root, Symbol):
            self._place()
            give = "{}" if self.root.real else self.forms["int"]
            lines = self._block((), self.root, f"return {give}")
        else:
            lines = ["return " + self.forms["same"].format(self.text(float(self.root)))]
        return Source(lines, self.tables, frozenset(node.op for node in self.order))

    def _place(self) -> None:
        """Find the block of every value, and which are assigned to names there."""
        scopes: dict[Symbol, Scope] = {self.root: ()}
        uses: Counter[Symbol] = Counter()
        for node in reversed(self.order):  # every user of a node comes before the node
            outer = scopes[node]
            has_branches = self.branches and node.op == "where"
            # The smaller of two is written twice: in the comparison and as the result.
            times = 2 if self.branches and node.op in ("min", "max") else 1
            for side, part in enumerate(node.parts):
                if isinstance(part, Symbol):
                    scope = (*outer, (id(node), side)) if has_branches and side else outer
                    known = scopes.get(part, scope)
                    scopes[part] = scope if known == scope else _common(known, scope)
                    uses[part] += times
        holding: set[int] = set()  # each `where` in a branch of which something is assigned
        depth: dict[Symbol, int] = {}  # of each expression, of which Python reads only so much
        for node in self.order:
            parts = [part for part in node.parts if isinstance(part, Symbol)]
            depth[node] = 1 + max([depth[part] for part in parts], default=0)
            below = max([self.wheres[part] for part in parts], default=0)
            self.wheres[node] = below + (node.op == "where")
            is_named = (uses[node] > 1 and node.op not in LEAVES) or depth[node] > _DEEPEST
            # A `where` that holds one has to be a statement; so the result of a block is anyway.
            if is_named or (id(node) in holding and node is not self.root):
                depth[node] = 0
                self.blocks.setdefault(scopes[node], []).append(node)
                holding.update(where for where, _ in scopes[node])

    def _block(self, scope: Scope, result: Any, give: str) -> list[str]:
        """Return the lines of a block, which end by giving its result: returned or assigned."""
        lines: list[str] = []
        for node in self.blocks.get(scope, []):
            if node is not result:
                name = next(self.unused)
                lines += self._given(node, scope, f"{name} = {{}}")
                self.names[node] = name
        return lines + self._given(result, scope, give)

    def _given(self, value: Any, scope: Scope, give: str) -> list[str]:
        is_where = isinstance(value, Symbol) and value.op == "where" and value not in self.names
        if not (is_where and self.branches):
            return [give.format(self.text(value))]
        condition, yes, no = value.parts
        is_turned = self.wheres[yes] > max(self.wheres[no], _DEEPEST)  # Python indents only so far
        first, second = (2, 1) if is_turned else (1, 2)
        body = self._block((*scope, (id(value), first)), value.parts[first], give)
        test = self.text(condition)
        lines = [f"if not {test}:" if is_turned else f"if {test}:", *_indented(body)]
        other = self._block((*scope, (id(value), second)), value.parts[second], give)
        if give.startswith("return"):
            return lines + other
        if other[0].startswith("if ") and all(line.startswith((" ", "el")) for line in other[1:]):
            return [*lines, f"el{other[0]}", *other[1:]]
        return [*lines, "else:", *_indented(other)]

    def text(self, value: Any) -> str:
        """Return the expression for a value, a table or a function."""
        if isinstance(value, Symbol):
            return self.names.get(value) or self.operation(value.op, value.parts)
        if isinstance(value, tuple):
            return _name_of(value, self.tables, "TABLE")
        if callable(value):
            return _name_of(value, self.functions, "FUNCTION")
        is_whole = type(value) is int and abs(value) < self.most
        text = constant(value if is_whole else float(value))
        return f"({text})" if text.startswith("-") else text

    def operation(self, op: str, parts: tuple[Any, ...]) -> str:
        """Return the expression for an operation."""
        if op in _OPERATORS and any(map(real, parts)):
            # Python is much quicker with two floats than with a float and an int.
            parts = tuple(part if isinstance(part, Symbol) else float(part) for part in parts)
        return self.forms[op].format(*map(self.text, parts))


class _ArrayWriter(_Writer):
    """Writes a graph for an array library: no branches, and the library's names."""

    branches = False
    most = 2.0**31  # what an int32 holds, which JAX takes a whole number for

    def __init__(self, root: Any, prefix: str, whole: str) -> None:
        super().__init__(root)
        self.forms = {op: form.replace("xp.", prefix) for op, form in _ARRAY.items()}
        self.forms["whole"] = whole

    def operation(self, op: str, parts: tuple[Any, ...]) -> str:
        """Return the expression for an operation."""
        if op == "**" and isinstance(parts[0], float) and 0 < abs(parts[0] - 1) < 0.1:
            # Rounded to float32, a factor close to 1 would be far off after many steps.
            return self.text(Symbol("exp", Symbol("*", parts[1], math.log(parts[0]))))
        if op in ("bisect", "item") and parts[1].op == "floor":
            parts = parts[0], Symbol("whole", parts[1])
        return super().operation(op, parts)


def _name_of(value: Any, names: dict[str, Any], kind: str) -> str:
    """Return the name of a table or a function, a new one if it has none."""
    known = (name for name, named in names.items() if named is value)
    name = next(known, f"{kind}_{len(names) + 1}")
    names[name] = value
    return name


def _common(one: Scope, other: Scope) -> Scope:
    """Return the innermost block that holds both."""
    pairs = zip(one, other, strict=False)
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
