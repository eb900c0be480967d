"""What rules ask of real training, and what it says.

`schedules` and `methods` hold a function for each rule that asks: which arms of our trials, which
published runs, which claim. `asking` makes cases of what they find.
"""

from __future__ import annotations

import inspect
from functools import cache

from ...lab.trials import effects as trials
from ..cases import Case
from . import methods, schedules  # noqa: F401, both fill ASKED
from .asking import ASKED, SETTINGS
from .schedules import COMMON, best_default

__all__ = ["COMMON", "SETTINGS", "best_default", "cases", "ids", "path", "program", "trained"]


@cache
def cases(id: str) -> tuple[Case, ...]:  # noqa: A002, what it is called on every page
    """Return the cases of a rule in real training; none if it asks nothing of it.

    Args:
        id: of the rule, such as "H008".
    """
    return tuple(ASKED[id]()) if id in ASKED else ()


def trained(id: str) -> tuple[trials.Run, ...]:  # noqa: A002
    """Return the runs of our trials that a rule rests on: trial, arm and updates."""
    with trials.asked() as found:
        tuple(ASKED[id]() if id in ASKED else ())
    return tuple(sorted(found))


def program(id: str) -> str:  # noqa: A002
    """Return the function that asks what a rule asks of real training, to be read."""
    return inspect.getsource(ASKED[id]).removeprefix("@asks\n")


def path(id: str) -> str:  # noqa: A002
    """Return the module of that function, such as "lrdecay/heuristics/real/methods.py"."""
    return f"{ASKED[id].__module__.replace('.', '/')}.py"


def ids() -> tuple[str, ...]:
    """Return the ids of the rules that ask something of real training."""
    return tuple(ASKED)
