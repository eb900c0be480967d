"""What the parts that move are made of: formulas and numbers of the package, as ES modules."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .files import Project

PLACE = "assets/tools"  # beside the modules of docs/_theme that import them
CALLS = "tools/schedules.yml"
NUMBERS = {"lr": 3e-4, "T": 24_000, "w": 2160}  # that the calls are made with
PRINTED = ("python", "optax", "keras")
TO_RULE = re.compile(r"heuristics/(h\d{3})\.md")
SIGNATURE = re.compile(r"(?<=schedule\(step, \{ )(.+?) \} = \{\}")


def files(
    project: Project, calls: Mapping[str, str], rules: list[dict[str, Any]]
) -> dict[str, str | bytes]:
    """Return the modules by their place in `build/docs/`; none for a project without schedules.

    Args:
        project: the checkout.
        calls: of what makes a schedule, one a line, by library.
        rules: of the package.
    """
    if not calls:
        return {}
    from lrdecay import Constant
    from lrdecay.export import source
    from lrdecay.lab.laws import PUBLISHED, PUBLISHED_METRICS

    functions: dict[str, int] = {}  # each once, with its place
    codes: dict[tuple[str, ...], int] = {}
    items = {}
    for key, item, schedule in _made(calls):
        names, code = _printed(schedule)
        written = tuple(_template(schedule, target, names) for target in PRINTED)
        modules = [type(one).__module__.rpartition(".")[2] for one, _ in _parts(schedule)]
        items[key] = item | {
            "formula": functions.setdefault(code, len(functions)),
            "code": codes.setdefault(written, len(codes)),
            "call": _call(schedule, names),
            "imports": {type(one).__name__: _public(one) for one, _ in _parts(schedule)},
            "parameters": {
                field.name: [value, field.type.partition(" ")[0]]
                for one, field in _parts(schedule)
                if field.name in names and (value := getattr(one, field.name)) is not None
            },
            "pages": list(dict.fromkeys(modules)),
        }
    pages = (project.sources / "schedules").glob("*.md")
    linked = {page.stem: TO_RULE.findall(page.read_text("utf-8")) for page in sorted(pages)}
    data = {
        "ITEMS": items,
        "LAWS": {size: law.__dict__ for size, law in PUBLISHED.items()},
        "ERRORS": {size: found.worst for size, found in PUBLISHED_METRICS.items()},
        "PAGES": {page: list(dict.fromkeys(ids)) for page, ids in linked.items()},
        "RULES": {
            one["id"].lower(): {"question": one["entry"]["question"], "answer": one["answer"]}
            for one in rules
        },
    }
    # What follows the rates in code for these: the same for every schedule.
    tails = {
        name: "\n\nclass " + source(Constant(1.0), target).partition("\n\nclass ")[2]
        for name, target in (("PyTorch", "torch"), ("transformers", "transformers"))
    }
    lines = [f"export const {name} = {_json(value)};" for name, value in data.items()]
    lines += ["export const FORMULAS = [", *(f"(() => {{\n{one}}})()," for one in functions), "];"]
    return {
        f"{PLACE}/families.js": "\n".join(lines) + "\n",
        f"{PLACE}/codes.js": f"export const CODES = {_json(list(codes))};\n"
        f"export const TAILS = {_json(tails)};\n",
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _made(calls: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each schedule with its name, and what is known of it."""
    import lrdecay
    from lrdecay import dialects
    from lrdecay.heuristics.recipes import RECIPES

    for library, lines in calls.items():
        module = getattr(dialects, library, lrdecay)
        for line in lines.splitlines():
            name, _, call = line.rpartition(" = ")
            key = name or call.partition("(")[0]
            made = eval(call, {**vars(module), **NUMBERS})  # noqa: S307 - as code of a page is run
            about = {"library": library, "peer": call, "steps": NUMBERS["T"]}
            yield (key if module is lrdecay else f"{library}.{key}"), about, made
    for one in RECIPES:
        if one.schedule is not None:
            about = {"library": "known runs", "unit": one.unit, "steps": one.horizon}
            yield one.name, about, one.schedule


def _parts(schedule: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every field of a schedule and of what it is made of."""
    from dataclasses import fields, is_dataclass

    for field in fields(schedule):
        yield schedule, field
        part = getattr(schedule, field.name)
        for one in part if isinstance(part, tuple) else [part]:
            if is_dataclass(one):
                yield from _parts(one)


def _printed(schedule: Any) -> tuple[list[str], str]:
    """Return which numbers of a schedule can be moved together, and the function of them."""
    known = [f.name for one, f in _parts(schedule) if type(getattr(one, f.name)) in (int, float)]
    names = [name for name in known if known.count(name) == 1]
    try:
        return names, _template(schedule, "javascript", names)
    except ValueError:  # then those that can be
        kept: list[str] = []
        for name in names:
            with suppress(ValueError):
                _template(schedule, "javascript", [*kept, name])
                kept.append(name)
        return kept, _template(schedule, "javascript", kept)


def _template(schedule: Any, target: Any, names: list[str]) -> str:
    """Return the printed code without what it says of these numbers."""
    from lrdecay.export import source

    code = re.sub(r"\A(?:(?:#|//).*\n)+\n?", "", source(schedule, target, names))
    if target == "javascript":
        code = SIGNATURE.sub(lambda found: re.sub(r" = [^,]+", "", found[1]) + " }", code)
        return code.replace("export function", "return function")
    for name in names:
        code = re.sub(rf"\b{name}=[^,)]+", f"{name}={{{name}}}", code, count=1)
    return code


def _public(part: Any) -> str:
    """Return the module that what a schedule is made of is imported from."""
    import lrdecay

    return "lrdecay" if hasattr(lrdecay, type(part).__name__) else type(part).__module__


def _call(value: Any, names: list[str]) -> str:
    """Return the call that makes a schedule, with places for these numbers."""
    from dataclasses import fields, is_dataclass

    if isinstance(value, tuple):
        return f"({''.join(f'{_call(one, names)}, ' for one in value).rstrip()})"
    if not is_dataclass(value):
        return "..." if callable(value) else repr(value)
    given = []
    for field in fields(value):
        part = getattr(value, field.name)
        if field.name in names and type(part) in (int, float):
            given.append(f"{field.name}={{{field.name}}}")
        elif part != field.default:
            given.append(f"{field.name}={_call(part, names)}")
    return f"{type(value).__name__}({', '.join(given)})"
