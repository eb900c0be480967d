"""Numbers that make the shapes of schedules comparable."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arguments import checked
from .fields import Rate, Steps, refuse
from .schedule import Schedule


@dataclass(frozen=True)
class Summary:
    """What a schedule does over one run.

    Attributes:
        total_steps: number of updates, those of steps 0 to `total_steps` - 1.
        peak_lr: the highest rate used.
        last_lr: the rate of the last update.
        sum_lr: the sum of the rates: how far the run can move.
        effective_steps: `sum_lr` / `peak_lr`: a constant rate of the same peak needs so many.
        half_life: updates after the peak until the rate is first at or below half of it; None if
            it never is.
        below_tenth: share of the updates with a rate under 10 % of the peak.
        at_zero: number of updates whose rate is 0: they change nothing.
    """

    total_steps: int
    peak_lr: float
    last_lr: float
    sum_lr: float
    effective_steps: float
    half_life: int | None
    below_tenth: float
    at_zero: int


@checked()
def summary(schedule: Schedule, total_steps: Steps) -> Summary:
    """Return what a schedule does over a run of `total_steps` updates.

    Args:
        schedule: the schedule.
        total_steps: number of updates, >= 1.

    Raises:
        ValueError: if `total_steps` is out of range, or if a rate or their sum is not finite.

    Examples:
        >>> from lrdecay import Linear
        >>> s = summary(Linear(1.0, 100), 100)
        >>> round(s.effective_steps, 6), s.half_life, s.below_tenth, round(s.last_lr, 6)
        (50.5, 50, 0.09, 0.01)
    """
    lr = _finite(schedule, total_steps)
    peak_at = int(lr.argmax())
    peak, total = float(lr[peak_at]), float(lr.sum())
    halved = np.flatnonzero(lr[peak_at:] <= peak * (0.5 + 1e-12))  # half itself, rounded, is
    return Summary(
        total_steps=lr.size,
        peak_lr=peak,
        last_lr=float(lr[-1]),
        sum_lr=total,
        effective_steps=total / peak if peak else 0.0,
        half_life=int(halved[0]) if halved.size and peak else None,
        below_tenth=float(np.mean(lr < peak * (0.1 - 1e-12))),  # 0.1 itself, rounded, is not
        at_zero=int((lr == 0).sum()),
    )


@checked(factor="sum_lr")
def with_sum(schedule: Schedule, total_steps: Steps, sum_lr: Rate) -> Schedule:
    """Return the schedule scaled so that the rates of a run add up to `sum_lr`.

    Two shapes with the same peak spend different amounts of learning rate; with the same sum,
    a comparison of shapes is not one of amounts.

    Args:
        schedule: the schedule.
        total_steps: number of updates, >= 1.
        sum_lr: the sum wanted, >= 0.

    Raises:
        ValueError: if an argument is out of range, or if the rates of the run cannot be scaled:
            all are 0, or one or their sum is not finite.

    Examples:
        >>> from lrdecay import Cosine, Constant
        >>> even = with_sum(Cosine(1.0, 100), 100, sum_lr=Constant(0.5).sample(100).sum())
        >>> round(summary(even, 100).sum_lr, 12)
        50.0
    """
    have = float(_finite(schedule, total_steps).sum())
    if have == 0:
        raise refuse("schedule", schedule, f"above 0 somewhere in {total_steps} steps")
    factor = sum_lr / have
    if math.isinf(factor) or (factor == 0 < sum_lr):
        raise refuse("sum_lr", sum_lr, f"within reach of the sum that is there, {have}")
    return schedule.scale(factor)


def _finite(schedule: Schedule, total_steps: int) -> NDArray[np.float64]:
    """Return the rates of a run, whose sum is finite."""
    lr = schedule.sample(total_steps)
    with np.errstate(over="ignore"):
        total = lr.sum()
    if not np.isfinite(total):
        raise refuse("schedule", schedule, f"of rates with a finite sum in {total_steps} steps")
    return lr
