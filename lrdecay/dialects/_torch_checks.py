"""Checks of arguments that several of PyTorch's schedulers share."""

from __future__ import annotations

from typing import Annotated, Any

from ..arguments import NUMBER
from ..checks import Flag, Steps, check, refuse

OneGroup = Annotated[
    float, NUMBER._replace(words="one number: a schedule describes one parameter group")
]


def several(name: str, values: Any) -> list[Any]:
    """Return the values of anything that can be iterated over as a list."""
    try:
        return list(values)
    except TypeError:
        raise refuse(name, values, "a list") from None


def is_int(name: str, value: Any) -> int:
    """Return the value if it is an `int` >= 1, as PyTorch wants it where it looks."""
    if not isinstance(value, int):
        raise refuse(name, value, "an int >= 1")
    return check(name, value, Steps)


def check_cycled(cycle_momentum: bool) -> None:
    """Raise a `ValueError` unless the scheduler changes the momentum at all."""
    if not check("cycle_momentum", cycle_momentum, Flag):
        raise refuse("cycle_momentum", cycle_momentum, "true: otherwise momentum is left alone")
