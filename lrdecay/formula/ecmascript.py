"""The body of a function of a number as JavaScript, whose numbers are Python's floats.

It is translated from the body in Python, so that both compute the same operations in the same
order. Where JavaScript's own would not do what Python's does, a helper has its name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from .codegen import Source, python

_HELPERS = {
    "%": """\
// The remainder with the sign of the divisor, as Python has it.
function modulo(a, b) {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}""",
    # Not the floor of a / b, which rounding may have lifted to the next whole number.
    "//": """\
// The division rounded down, of which a % b is what remains.
function quotient(a, b) {
  return Math.round((a - modulo(a, b)) / b);
}""",
    "bisect": """\
// How many entries of a rising table are at most the value.
function bisect(table, value) {
  let low = 0;
  let high = table.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (value < table[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}""",
}
# How tightly an operator holds its operands.
_CONDITIONAL, _COMPARISON, _SUM, _PRODUCT, _POWER, _UNARY, _ATOM = range(1, 8)
_BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", _SUM),
    ast.Sub: ("-", _SUM),
    ast.Mult: ("*", _PRODUCT),
    ast.Div: ("/", _PRODUCT),
}
_CALLS: dict[type[ast.operator], str] = {ast.FloorDiv: "quotient", ast.Mod: "modulo"}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "===",
}
_NAMED = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def javascript(value: Any) -> Source:
    """Return the body of a JavaScript function that returns `value` for a number `k`.

    Raises:
        ValueError: if the graph calls a Python function.
    """
    lines, tables, ops = python(value)
    return Source(_block(ast.parse("\n".join(lines)).body, frozenset()), tables, ops)


def helpers(ops: frozenset[str]) -> list[list[str]]:
    """Return the lines of each function that the code of these operations calls."""
    needed = ops | ({"%"} if "//" in ops else set())
    return [code.splitlines() for op, code in _HELPERS.items() if op in needed]


def number(value: float) -> str:
    """Return a number as JavaScript, in as few digits as Python prints it in."""
    if abs(value) < 2**53 and value == int(value):
        return str(int(value))
    text = repr(float(value))
    return _NAMED.get(text, text.removesuffix(".0").replace("e-0", "e-"))


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines one level further in."""
    return (f"  {line}" for line in lines)


def _block(statements: list[ast.stmt], declared: frozenset[str]) -> list[str]:
    """Return the lines of a block in which some names are declared outside."""
    lines: list[str] = []
    for statement in statements:
        match statement:
            case ast.Return(value=ast.expr() as value):
                lines.append(f"return {_text(value)};")
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                lines.append(f"{'' if name in declared else 'const '}{name} = {_text(value)};")
            case ast.If():
                name = _assigned(statement)
                if name and name not in declared:
                    lines.append(f"let {name};")
                lines += _branches(statement, declared | {name})
    return lines


def _assigned(statement: ast.stmt) -> str:
    """Return the name to which every branch assigns at its end; none if they return."""
    while isinstance(statement, ast.If):
        statement = statement.body[-1]
    is_name = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    return statement.targets[0].id if is_name else ""


def _branches(statement: ast.If, declared: frozenset[str]) -> list[str]:
    lines = [f"if ({_text(statement.test)}) {{", *indented(_block(statement.body, declared))]
    match statement.orelse:
        case []:
            return [*lines, "}"]
        case [ast.If() as other]:
            first, *rest = _branches(other, declared)
            return [*lines, f"}} else {first}", *rest]
    return [*lines, "} else {", *indented(_block(statement.orelse, declared)), "}"]


def _text(node: ast.expr, least: int = 0) -> str:
    """Return an expression, in parentheses where it holds less tightly than it has to."""
    text, level = _written(node)
    return f"({text})" if level < least else text


def _written(node: ast.expr) -> tuple[str, int]:
    """Return an expression and how tightly it holds together."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return number(value), _ATOM
        case ast.Name(id=name):
            return name, _ATOM
        case ast.Subscript(value=table, slice=index):
            return f"{_text(table, _ATOM)}[{_text(index)}]", _ATOM
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments)
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(left, op, right)
    return _other(node)


def _called(name: str, arguments: list[ast.expr]) -> tuple[str, int]:
    match name, arguments:
        case "float", [ast.Constant(value=str(text))]:
            return number(float(text)), _UNARY
        case "float", [argument]:
            return _written(argument)
    function = "bisect" if name == "bisect_right" else f"Math.{name}"
    return f"{function}({', '.join(map(_text, arguments))})", _ATOM


def _joined(left: ast.expr, op: ast.operator, right: ast.expr) -> tuple[str, int]:
    if isinstance(op, ast.Pow):
        # No sign may stand before the base, and of two powers the second is read first.
        return f"{_text(left, _ATOM)} ** {_text(right, _POWER)}", _POWER
    if type(op) in _CALLS:
        return f"{_CALLS[type(op)]}({_text(left)}, {_text(right)})", _ATOM
    sign, level = _BINARY[type(op)]
    return f"{_text(left, level)} {sign} {_text(right, level + 1)}", level


def _other(node: ast.expr) -> tuple[str, int]:
    match node:
        case ast.UnaryOp(op=op, operand=operand):
            sign = "!" if isinstance(op, ast.Not) else "-"
            return sign + _text(operand, _ATOM), _UNARY
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_text(left, _SUM)} {_COMPARED[type(op)]} {_text(right, _SUM)}", _COMPARISON
        case ast.IfExp(test=test, body=body, orelse=orelse):
            chosen = f"{_text(test, _COMPARISON)} ? {_text(body)} : {_text(orelse)}"
            return chosen, _CONDITIONAL
    raise AssertionError(ast.dump(node))
