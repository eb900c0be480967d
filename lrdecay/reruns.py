"""Changing a run that is under way: extend it, cool it down from a step, branch cooldowns.

Each keeps the past as it was, to the bit, and says which jump of the rate it causes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .algebra import Then
from .arguments import checked
from .families.shapes import Shape
from .families.wsd import WSD
from .fields import Rate, StepCount, Steps
from .schedule import Schedule


class Rerun(NamedTuple):
    """A changed schedule.

    Attributes:
        schedule: the past as it was, then the change.
        at: the step of the change: the first update that the new part decides.
        jump: the new part's rate at `at`, minus the rate the old schedule had there.
    """

    schedule: Then
    at: int
    jump: float


@checked()
def extend(past: Schedule, longer: Schedule, at: StepCount) -> Rerun:
    """Return `past` up to step `at`, and from there `longer` on the clock of the whole run.

    Args:
        past: the schedule the run has used so far.
        longer: the same family with a longer horizon, say.
        at: updates already made when the change happens, >= 0.

    Returns:
        The new schedule and the jump: 0 for a schedule whose past does not depend on its horizon,
        such as `WSD` before its cooldown; above 0 for a cosine, whose rate goes back up.

    Raises:
        ValueError: if `at` is out of range.

    Examples:
        >>> from lrdecay import Cosine, WSD
        >>> round(extend(Cosine(1.0, 100), Cosine(1.0, 200), at=80).jump, 3)
        0.559
        >>> extend(WSD(1.0, 100, decay_steps=20), WSD(1.0, 200, decay_steps=20), at=80).jump
        0.0
    """
    changed = Then(past, longer.skip(at), at)
    return Rerun(changed, at, changed.jump)


@checked()
def cooldown(
    past: Schedule,
    at: StepCount,
    decay_steps: Steps,
    *,
    final_lr: Rate = 0.0,
    shape: Shape = "linear",
) -> Rerun:
    """Return `past` up to step `at`, then a cooldown from the rate it has there.

    Args:
        past: the schedule the run has used so far.
        at: updates already made when the cooldown starts, >= 0.
        decay_steps: length of the cooldown, >= 1.
        final_lr: the rate it ends at, >= 0.
        shape: as in `WSD`.

    Returns:
        The new schedule; its jump is 0.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> from lrdecay import Constant
        >>> cooldown(Constant(1.0), at=3, decay_steps=2).schedule.sample(6).tolist()
        [1.0, 1.0, 1.0, 1.0, 0.5, 0.0]
    """
    fall = WSD(past(at), decay_steps, decay_steps, final_lr=final_lr, shape=shape)
    changed = Then(past, fall, at)
    return Rerun(changed, at, changed.jump)


@checked(past="trunk")
def branch(
    trunk: Schedule,
    at: Iterable[StepCount],
    decay_steps: Steps,
    *,
    final_lr: Rate = 0.0,
    shape: Shape = "linear",
) -> tuple[Rerun, ...]:
    """Return one cooldown of `trunk` for each step in `at`: several runs from one trunk.

    Args:
        trunk: the schedule the cooldowns leave from.
        at: where each leaves, >= 0.
        decay_steps: length of each cooldown, >= 1.
        final_lr: the rate each ends at, >= 0.
        shape: as in `WSD`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> from lrdecay import Constant
        >>> [b.schedule(b.at + 5) for b in branch(Constant(1.0), (10, 20), decay_steps=10)]
        [0.5, 0.5]
    """
    return tuple(cooldown(trunk, k, decay_steps, final_lr=final_lr, shape=shape) for k in at)
