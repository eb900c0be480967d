"""A schedule as a person writes it: a name with `key=value`, a constructor's call, or JSON.

Nothing is evaluated but names of this package's schedules, their arguments and their algebra.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import operator
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..as_json import from_json
from ..checks import MOST_NESTED, refuse
from ..messages import quoted
from ..plateau import Fold
from ..schedule import Schedule

MOST_TEXT = 1_000_000  # characters, of a file or of a call

_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
_WORDS = {"true": True, "false": False, "none": None, "null": None}
_METHODS = {name for name in vars(Schedule) if not name.startswith("_")} - {"first_rate", "sample"}


def read(words: Sequence[str]) -> Schedule | Fold:
    """Return the schedule that words name.

    Args:
        words: a name and its arguments as `key=value`, such as `Cosine base_lr=1e-3
            total_steps=1000` or `torch.CosineAnnealingLR lr=0.1 T_max=100`; or one call, such as
            `Warmup(Cosine(1e-3, 900), 100)`; or JSON that `lrdecay.export.to_json` wrote, itself
            or the name of a file that holds it.

    Raises:
        ValueError: if they name no schedule, or an argument is out of range.
        OSError: if a file cannot be read.

    Examples:
        >>> read(["Cosine", "base_lr=1e-3", "total_steps=1000"])
        Cosine(base_lr=0.001, total_steps=1000)
        >>> read(["torch.StepLR(0.1, step_size=30)"])
        Step(base_lr=0.1, step_size=30)
        >>> read(['{"lrdecay": 2, "schedule": {"type": "Linear", "base_lr": 1, "total_steps": 9}}'])
        Linear(base_lr=1.0, total_steps=9)
    """
    if not words:
        raise refuse("schedule", "", "a name with key=value, a call, or a file of JSON")
    first, *others = words
    if others:
        return _schedule(_called(first, others))
    if first.lstrip().startswith("{"):
        return from_json(first)
    if first.endswith(".json") or ("(" not in first and ("/" in first or "\\" in first)):
        try:
            return from_json(text(first))
        except ValueError as error:
            raise ValueError(f"{first}: {error}") from None
    return _schedule(_value(_parsed(first)) if "(" in first else _call(first, (), {}))


def groups(words: Sequence[str]) -> dict[str, list[str]]:
    """Return the words of each of several schedules, by its words: one begins with each name.

    Raises:
        ValueError: if two are the same.

    Examples:
        >>> list(groups(["Constant(0.1)", "Linear", "base_lr=0.1", "total_steps=9"]))
        ['Constant(0.1)', 'Linear base_lr=0.1 total_steps=9']
    """
    found: list[list[str]] = []
    for word in words:
        key, equals, _ = word.partition("=")
        if found and equals and key.isidentifier() and not word.endswith(".json"):
            found[-1].append(word)
        else:
            found.append([word])
    named = {" ".join(group): group for group in found}
    if len(named) < len(found):
        raise refuse("schedule", list(words), "named once each")
    return named


def text(path: str | Path) -> str:
    """Return the text of a file of at most `MOST_TEXT` characters.

    Raises:
        ValueError: if it is longer, or no text in UTF-8.
        OSError: if it cannot be read.
    """
    with Path(path).open("rb") as file:
        found = file.read(MOST_TEXT + 1)
    if len(found) > MOST_TEXT:
        raise refuse("file", str(path), f"at most {MOST_TEXT:,} bytes long")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse("file", str(path), "text in UTF-8") from None


def constructor(name: str) -> Callable[..., Any]:
    """Return what makes a schedule, by its public name: `Cosine`, `torch.CosineAnnealingLR`.

    A name that one dialect alone has needs no prefix.

    Raises:
        ValueError: if there is none, or several; the message names what is near.
    """
    known = {full: home for full, home in _names().items() if name in {full, home[1]}}
    if name in known:
        known = {name: known[name]}
    if len(known) != 1:
        near = list(known) or get_close_matches(name, {*_names(), *_short()}, 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"there is no schedule {quoted(name)}{hint}")
    ((room, public),) = known.values()
    return getattr(importlib.import_module(room), public)


def peers() -> tuple[str, ...]:
    """Return the libraries whose constructors are known."""
    return importlib.import_module("lrdecay.dialects").PEERS


def names(room: str) -> list[str]:
    """Return what can be written of `lrdecay` itself, or of one of the `peers`; else nothing."""
    if room == "lrdecay":
        home = importlib.import_module(room)
        return [name for name in home.__all__ if _makes(getattr(home, name))]
    if room not in peers():
        return []
    module = importlib.import_module(f"lrdecay.dialects.{room}")
    return [f"{room}.{name}" for name in module.__all__ if callable(getattr(module, name))]


def _names() -> dict[str, tuple[str, str]]:
    """Return the modules and names of all that makes schedules, by the name to write."""
    found = {name: ("lrdecay", name) for name in names("lrdecay")}
    for peer in peers():
        room = f"lrdecay.dialects.{peer}"
        found |= {full: (room, full.partition(".")[2]) for full in names(peer)}
    return found


def _short() -> set[str]:
    return {name for _, name in _names().values()}


def _makes(one: Any) -> bool:
    if isinstance(one, type):
        return issubclass(one, (Schedule, Fold)) and not inspect.isabstract(one)
    made = inspect.signature(one).return_annotation if callable(one) else None
    return made in {"Schedule", "Warmup"}


def _called(name: str, pairs: Sequence[str]) -> Any:
    given = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (equals and key.isidentifier()):
            raise ValueError(f"arguments must be key=value, got {quoted(pair)}")
        if key in given:
            raise ValueError(f"{key} must be given once, got {quoted(pair)} too")
        given[key] = _plain(value)
    return _call(name, (), given)


def _plain(value: str) -> Any:
    """Return what stands behind a `=`: a number, a list or a call; else the words themselves."""
    try:
        tree = _parsed(value)
    except ValueError:
        return value
    if isinstance(tree, ast.Name):
        return _WORDS.get(value.lower(), value)
    nodes = list(ast.walk(tree))
    has_names = any(isinstance(node, ast.Name) for node in nodes)
    is_call = any(isinstance(node, ast.Call) for node in nodes)
    return value if has_names and not is_call else _value(tree)  # 1-sqrt is a word


def _parsed(words: str) -> ast.expr:
    if len(words) > MOST_TEXT:
        raise refuse("schedule", words, f"at most {MOST_TEXT:,} characters long")
    try:
        return ast.parse(words.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise refuse("schedule", words, "a name with key=value, a call, or a file") from None


def _value(node: ast.expr, depth: int = 0) -> Any:  # noqa: C901, PLR0911 - one line a kind of node
    if depth > MOST_NESTED:
        raise ValueError(f"schedule must be nested at most {MOST_NESTED} deep")

    def each(one: ast.expr) -> Any:
        return _value(one, depth + 1)

    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return tuple(map(each, items))
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {each(key): each(one) for key, one in zip(keys, values, strict=True) if key}
        case ast.Name(id=word) if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _try(operator.neg, _operand(each(inner)))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _try(_OPERATORS[type(op)], _operand(each(left)), _operand(each(right)))
        case ast.Call(func=ast.Attribute(value=ast.Call() as inner, attr=name)):
            found = _schedule(each(inner))
            if name not in _METHODS:
                raise ValueError(f"a schedule has no {quoted(name)}; it has {sorted(_METHODS)}")
            return _try(getattr(found, name), *map(each, node.args), **_keywords(node, each))
        case ast.Call(func=function, args=args):
            return _call(ast.unparse(function), tuple(map(each, args)), _keywords(node, each))
    raise refuse("schedule", ast.unparse(node), "made of schedules, numbers, words and lists")


def _operand(value: Any) -> Any:
    """Return a number or a schedule; a text or a list times a number could be of any length."""
    if not isinstance(value, (bool, int, float, Schedule)):
        raise refuse("schedule", value, "made of numbers and schedules where it is reckoned")
    return value


def _keywords(node: ast.Call, each: Callable[[ast.expr], Any]) -> dict[str, Any]:
    return {str(one.arg): each(one.value) for one in node.keywords}


def _call(name: str, args: tuple[Any, ...], given: dict[str, Any]) -> Any:
    makes = constructor(
        name.removeprefix("lrdecay.").removeprefix("lrd.").removeprefix("dialects.")
    )
    try:
        inspect.signature(makes).bind(*args, **given)
    except TypeError as error:
        taken = ", ".join(inspect.signature(makes).parameters)
        raise ValueError(f"{name}: {error}; it takes {taken}") from None
    return _try(makes, *args, **given)


def _try(function: Callable[..., Any], *args: Any, **given: Any) -> Any:
    try:
        return function(*args, **given)
    except (TypeError, ArithmeticError, AttributeError) as error:
        raise ValueError(f"schedule cannot be made: {error}") from None


def _schedule(found: Any) -> Schedule | Fold:
    if not isinstance(found, (Schedule, Fold)):
        raise refuse("schedule", found, "a schedule")
    return found
