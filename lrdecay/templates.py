"""A schedule as templates: what is printed of it, with places for the numbers that can be moved.

`export.source` prints numbers as arguments. A page with sliders, or a generator of configurations,
asks which of them can be, and wants the code without their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import Field, fields, is_dataclass
from typing import Any, NamedTuple

import lrdecay

from .checks import checked
from .export import Target, source
from .schedule import Schedule

__all__ = ["Template", "template"]

_COMMENTS = re.compile(r"\A(?:(?:#|//).*\n)+\n?")
_SIGNATURE = re.compile(r"(?<=schedule\(step, \{ )(.+?) \} = \{\}")


class Template(NamedTuple):
    """A schedule with places for numbers.

    Attributes:
        numbers: by name, the value in the schedule and the type in `lrdecay.checks`.
        codes: by target; with `{name}` for a number, and none for "javascript", which names them.
        call: the expression that makes the schedule, with the same places.
        imports: by name in the call, the module it is imported from.
        families: the modules of its parts, such as "cosine".
    """

    numbers: dict[str, tuple[float, str]]
    codes: dict[str, str]
    call: str
    imports: dict[str, str]
    families: list[str]


@checked()
def template(schedule: Schedule, targets: Sequence[Target]) -> Template:
    """Return what is printed of a schedule for some targets, with places for numbers.

    Args:
        schedule: as `export.source` takes it.
        targets: as there.

    Raises:
        ValueError: as `export.source` does, but for numbers that cannot be moved: they stay.

    Examples:
        >>> from lrdecay import Linear
        >>> made = template(Linear(0.1, 100), ["python"])
        >>> made.call
        'Linear(base_lr={base_lr}, total_steps={total_steps}, final_lr={final_lr})'
        >>> made.numbers["total_steps"]
        (100, 'Steps')
        >>> print(made.codes["python"].splitlines()[0])
        def lr(k, base_lr={base_lr}, total_steps={total_steps}, final_lr={final_lr}):
    """
    parts = list(_parts(schedule))
    names = _movable(schedule, parts)
    return Template(
        {
            field.name: (value, str(field.type).partition(" ")[0])
            for one, field in parts
            if field.name in names and _is_number(value := getattr(one, field.name))
        },
        {target: _code(schedule, target, names) for target in targets},
        _call(schedule, names),
        {type(one).__name__: _home(one) for one, _ in parts},
        list(dict.fromkeys(type(one).__module__.rpartition(".")[2] for one, _ in parts)),
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _parts(schedule: Any) -> Iterator[tuple[Any, Field[Any]]]:
    """Yield every field of a schedule and of what it is made of."""
    for field in fields(schedule):
        yield schedule, field
        part = getattr(schedule, field.name)
        for one in part if isinstance(part, tuple) else [part]:
            if is_dataclass(one):
                yield from _parts(one)


def _movable(schedule: Schedule, parts: list[tuple[Any, Field[Any]]]) -> list[str]:
    """Return the names of the numbers that can all be arguments together."""
    known = [field.name for one, field in parts if _is_number(getattr(one, field.name))]
    names = [name for name in known if known.count(name) == 1]
    with suppress(ValueError):
        source(schedule, "python", names)
        return names
    kept: list[str] = []
    for name in names:
        with suppress(ValueError):
            source(schedule, "python", [*kept, name])
            kept.append(name)
    return kept


def _code(schedule: Schedule, target: Target, names: list[str]) -> str:
    """Return the printed code without what it says of these numbers."""
    text = _COMMENTS.sub("", source(schedule, target, names)).lstrip("\n")
    if target == "javascript":
        return _SIGNATURE.sub(lambda found: re.sub(r" = [^,]+", "", found[1]) + " }", text)
    for name in names:
        text = re.sub(rf"\b{name}=[^,)]+", f"{name}={{{name}}}", text, count=1)
    return text


def _call(value: Any, names: list[str]) -> str:
    """Return the expression that makes a schedule, with places for these numbers."""
    if isinstance(value, tuple):
        return f"({''.join(f'{_call(one, names)}, ' for one in value).rstrip()})"
    if not is_dataclass(value):
        return "..." if callable(value) else repr(value)
    given = []
    for field in fields(value):
        part = getattr(value, field.name)
        if field.name in names and _is_number(part):
            given.append(f"{field.name}={{{field.name}}}")
        elif part != field.default:
            given.append(f"{field.name}={_call(part, names)}")
    return f"{type(value).__name__}({', '.join(given)})"


def _home(part: Any) -> str:
    return "lrdecay" if hasattr(lrdecay, type(part).__name__) else type(part).__module__
