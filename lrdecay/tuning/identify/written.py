"""A schedule as its family and the arguments that are no defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ...families.warmup import Warmup
from ...schedule import Clip, Hold, Schedule, Shift

_AROUND = (Warmup, Hold, Shift, Clip)


def parameters(schedule: Schedule) -> tuple[str, dict[str, Any]]:
    """Return the family within warmup, hold, shift and bound, and all that is no default.

    Of two schedules that are joined each is a mapping of its own, with its `family`.

    Examples:
        >>> from lrdecay import Linear
        >>> parameters(Warmup(Linear(0.1, 900), 100, first="zero"))
        ('Linear', {'base_lr': 0.1, 'total_steps': 900, 'warmup_steps': 100, 'first': 'zero'})
    """
    around: dict[str, Any] = {}
    while isinstance(schedule, _AROUND):
        own = _own(schedule)
        names = {"steps": "hold_steps" if isinstance(schedule, Hold) else "shift_steps"}
        around |= {names.get(name, name): value for name, value in own.items()}
        schedule = schedule.schedule
    return type(schedule).__name__, _own(schedule) | around


def kind(schedule: Schedule) -> str:
    """Return the family, or both of two schedules that are joined.

    >>> from lrdecay import Constant, Cosine, Linear
    >>> kind(Warmup(Cosine(0.1, 90), 10)), kind(Cosine(0.1, 90).then(Linear(0.05, 30), 60))
    ('Cosine', 'Cosine, then Linear')
    """
    family, named = parameters(schedule)
    if family != "Then":
        return family
    return ", then ".join(named[one]["family"] for one in ("first", "second"))


def around(schedule: Schedule) -> int:
    """Return how many schedules are around the family."""
    return 1 + around(schedule.schedule) if isinstance(schedule, _AROUND) else 0


def _own(schedule: Schedule) -> dict[str, Any]:
    return {
        field.name: _value(getattr(schedule, field.name))
        for field in fields(schedule)
        if field.name != "schedule" and getattr(schedule, field.name) != field.default
    }


def _value(value: Any) -> Any:
    if not isinstance(value, Schedule):
        return value
    family, named = parameters(value)
    return {"family": family, **named}


def count(named: Mapping[str, Any]) -> int:
    """Return how many numbers there are.

    >>> count({"values": (0.1, 0.2), "at": 3, "second": {"family": "Linear", "base_lr": 0.1}})
    5
    """
    return sum(_count(value) for value in named.values())


def _count(value: Any) -> int:
    if isinstance(value, Mapping):
        return count(value)
    return len(value) if isinstance(value, tuple) else 1


def digits(named: Mapping[str, Any]) -> int:
    """Return how many significant digits all numbers have.

    >>> digits({"base_lr": 3e-4, "total_steps": 1200, "milestones": (30, 60), "gamma": 0.999})
    6
    """
    return sum(_digits(name, value) for name, value in named.items())


def _digits(name: str, value: Any) -> int:
    if isinstance(value, Mapping):
        return digits(value)
    if isinstance(value, tuple):
        return sum(_digits(name, one) for one in value)
    if isinstance(value, (str, bool)) or not value:
        return 1
    number = abs(float(value))
    found = len(f"{number:.11e}".partition("e")[0].replace(".", "").strip("0"))
    if name.endswith("gamma") and number < 1:  # 0.999 says as much as 0.001
        return min(found, len(f"{1 - number:.6e}".partition("e")[0].replace(".", "").strip("0")))
    return found
