"""How many updates a schedule was made for, read off its own arguments."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from ..families.multistep import MultiStep
from ..families.piecewise import Piecewise
from ..families.warmup import Warmup
from ..plateau import Fold
from ..schedule import (
    Constant,
    Hold,
    Repeat,
    Schedule,
    Shift,
    Skip,
    Stretch,
    Stride,
    Then,
)


def horizon(schedule: Schedule | Fold) -> int | None:
    """Return the step at which a schedule has reached its last rate.

    Args:
        schedule: any schedule.

    Returns:
        The number of updates, warmup included. None for what has no end of its own, such as a
        constant rate, restarts without end, or a rule that follows a metric.

    Examples:
        >>> from lrdecay import Cosine, Step, Warmup
        >>> horizon(Warmup(Cosine(1.0, 900), 100)), horizon(Cosine(1.0, 900).hold(2))
        (1000, 1800)
        >>> horizon(Step(0.1, 30)) is None
        True
    """
    found = _end(schedule)
    return None if found is None or not math.isfinite(found) else math.ceil(found - 1e-9)


def _end(one: Any) -> float | None:  # noqa: C901, PLR0911 - one line a kind of schedule
    match one:
        case Warmup():
            return _plus(_end(one.schedule), one.warmup_steps)
        case Then():
            constant = isinstance(one.second, Constant)
            return _plus(0.0 if constant else _end(one.second), one.at)
        case Shift():
            return _plus(_end(one.schedule), one.steps)
        case Skip():
            return _plus(_end(one.schedule), -one.steps)
        case Hold():
            return _times(_end(one.schedule), one.steps)
        case Stretch():
            return _times(_end(one.schedule), one.factor)
        case Stride():
            return _times(_end(one.schedule), 1 / one.steps)
        case Repeat() | Fold():
            return None
        case MultiStep() | Piecewise():
            return max(one.milestones, default=None)
    own = getattr(one, "total_steps", None)
    if own is not None:
        return float(own)
    parts = [getattr(one, field.name) for field in fields(one)]
    ends = [_end(part) for part in parts if isinstance(part, Schedule)]
    return max((end for end in ends if end is not None), default=None)


def _plus(end: float | None, steps: float) -> float | None:
    return None if end is None else end + steps


def _times(end: float | None, factor: float) -> float | None:
    return None if end is None else end * factor
