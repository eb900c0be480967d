"""The schedules of pytorch-scheduler that are made of phases."""

from __future__ import annotations

import math
from typing import Literal

from ...checks import Positive, Rate, StepCount, Steps, check, checked, refuse
from ...families.linear import Linear
from ...families.polynomial import Polynomial
from ...families.slanted import SlantedTriangular
from ...families.wsd import WSD
from ...schedule import Clip, Constant, Reverse, Schedule, Skip, Then
from ..shared import warmed
from .curves import WarmRestarts

DecayType = Literal["cosine", "linear", "sqrt"]
WarmupType = Literal["linear", "cosine", "exponential"]


def inside(total_steps: int, **parts: int) -> int:
    """Return the steps of a run that are left after the given parts, at least one.

    Raises:
        ValueError: if the parts do not fit.
    """
    left = check("total_steps", total_steps, Steps)
    for name, value in parts.items():
        left -= check(name, value, StepCount)
        if left < 1:
            raise refuse(name, value, f"at most {left + value - 1} with total_steps={total_steps}")
    return left


@checked(base_lr="lr", final_lr="min_lr")
def FlatCosineScheduler(
    lr: float, total_steps: Steps, flat_fraction: Rate = 0.7, min_lr: float = 0.0
) -> Schedule:
    """Return pytorch-scheduler's flat cosine: `WSD` without warmup, with a cosine cooldown.

    Compared:
        WSD with a cosine cooldown whose start is a share of the run.

    Args:
        lr: the rate that is held for the first steps.
        total_steps: the horizon, at which `min_lr` is reached.
        flat_fraction: share of it that is flat, rounded down to whole steps, below 1.
        min_lr: the last rate.

    Examples:
        >>> FlatCosineScheduler(1.0, total_steps=4, flat_fraction=0.5).sample(6).tolist()
        [1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    if not 0 <= flat_fraction < 1:
        raise refuse("flat_fraction", flat_fraction, "from 0 to below 1")
    flat = math.floor(total_steps * flat_fraction)
    return WSD(lr, total_steps, total_steps - flat, final_lr=min_lr, shape="cosine")


@checked(base_lr="lr", final_lr="min_lr")
def TrapezoidalScheduler(
    lr: float,
    total_steps: Steps,
    warmup_steps: StepCount,
    decay_steps: StepCount,
    min_lr: float = 0.0,
) -> Schedule:
    """Return pytorch-scheduler's trapezoid: a warmup from 0, then `WSD`, inside `total_steps`.

    Without a cooldown the rate jumps to `min_lr` at `total_steps`.

    Compared:
        Warmup from 0; without a cooldown a jump to min_lr at the end.

    Examples:
        >>> TrapezoidalScheduler(1.0, 6, warmup_steps=2, decay_steps=2).sample(8).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    rest = total_steps - warmup_steps
    if decay_steps > rest:
        raise refuse("decay_steps", decay_steps, f"at most total_steps - warmup_steps = {rest}")
    if decay_steps > 0:
        main: Schedule = WSD(lr, rest, decay_steps, final_lr=min_lr)
    elif rest > 0:
        main = Then(Constant(lr), Constant(min_lr), at=rest)
    elif rest == 0:
        main = Constant(min_lr)
    else:
        raise refuse("warmup_steps", warmup_steps, f"at most total_steps = {total_steps}")
    return warmed(lr, main, warmup_steps)


@checked(base_lr="lr", final_lr="min_lr")
def WarmupHoldCosineScheduler(
    lr: float, total_steps: int, warmup_steps: int = 0, hold_steps: int = 0, min_lr: float = 0.0
) -> Schedule:
    """Return pytorch-scheduler's held cosine: a warmup from 0, then `WSD`, inside `total_steps`.

    Compared:
        WSD with a cosine cooldown; warmup from 0.

    Examples:
        >>> WarmupHoldCosineScheduler(1.0, 6, warmup_steps=2, hold_steps=2).sample(8).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    decay_steps = inside(total_steps, warmup_steps=warmup_steps, hold_steps=hold_steps)
    main = WSD(lr, hold_steps + decay_steps, decay_steps, final_lr=min_lr, shape="cosine")
    return warmed(lr, main, warmup_steps)


@checked(base_lr="lr", final_lr="min_lr")
def WSDScheduler(
    lr: float,
    total_steps: int,
    warmup_steps: int,
    stable_steps: int,
    min_lr: float = 0.0,
    decay_type: DecayType = "cosine",
) -> Schedule:
    """Return pytorch-scheduler's warmup-stable-decay: a warmup from 0, then `WSD`.

    Compared:
        Takes the length of the stable phase; cosine cooldown; warmup from 0.

    Args:
        lr: the rate that is held.
        total_steps: the horizon, warmup included, at which `min_lr` is reached.
        warmup_steps: length of the warmup.
        stable_steps: length of the stable phase; the rest is cooldown.
        min_lr: the last rate.
        decay_type: shape of the cooldown; "sqrt" is `WSD`'s "1-sqrt", and what the library takes
            any other word for, which is refused here.

    Examples:
        >>> WSDScheduler(1.0, 6, warmup_steps=2, stable_steps=2).sample(8).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    decay_steps = inside(total_steps, warmup_steps=warmup_steps, stable_steps=stable_steps)
    shape = "1-sqrt" if decay_type == "sqrt" else decay_type
    main = WSD(lr, stable_steps + decay_steps, decay_steps, final_lr=min_lr, shape=shape)
    return warmed(lr, main, warmup_steps)


@checked(base_lr="lr")
def SlantedTriangularScheduler(
    lr: float, total_steps: Steps, cut_frac: Rate = 0.1, ratio: Positive = 32.0
) -> Schedule:
    """Return pytorch-scheduler's slanted triangle: `SlantedTriangular`, its peak on a whole step.

    The step of the peak is rounded down. Where that gives 0, as for fewer than 10 steps with the
    default, step 0 has the lowest rate all the same, and the peak is never used. A `ratio` below 1
    gives a constant rate.

    Compared:
        The step of the peak is rounded down; below one step the peak is never used.

    Args:
        lr: the peak.
        total_steps: the horizon.
        cut_frac: share of it up to the peak, above 0 and below 1.
        ratio: the peak through the lowest rate.

    Examples:
        >>> SlantedTriangularScheduler(1.0, 4, cut_frac=0.25, ratio=4.0).sample(5).tolist()
        [0.25, 1.0, 0.75, 0.5, 0.25]
        >>> SlantedTriangularScheduler(1.0, 4, ratio=4.0).sample(5).tolist()
        [0.25, 0.8125, 0.625, 0.4375, 0.25]
    """
    if not 0 < cut_frac < 1:
        raise refuse("cut_frac", cut_frac, "above 0 and below 1")
    peak = math.floor(total_steps * cut_frac)
    if peak > 0:
        whole: Schedule = SlantedTriangular(lr, total_steps, peak / total_steps, ratio)
    else:
        fall = Skip(Linear(lr, total_steps, lr / ratio), steps=1)
        whole = Then(Constant(lr / ratio), fall, at=1)
    return whole if ratio >= 1 else Clip(whole, high=lr)


@checked(cycle_steps="first_cycle_steps", cycle_mul="cycle_mult")
def CosineAnnealingWarmupRestarts(
    first_cycle_steps: int,
    warmup_steps: int = 0,
    max_lr: Rate = 0.1,
    min_lr: Rate = 0.001,
    cycle_mult: Positive = 1.0,
    gamma: float = 1.0,
) -> Schedule:
    """Return pytorch-scheduler's restarts: cosine cycles that each start at `min_lr`.

    `CosineRestarts` starts each at the peak. Without warmup the peak is never used. The optimizer's
    rate is overwritten, so that there is no `lr`.

    Compared:
        Each cycle starts at the bottom and warms up; without warmup the peak is never used.

    Args:
        first_cycle_steps: length of the first cycle.
        warmup_steps: of each cycle.
        max_lr: the peak of the first cycle.
        min_lr: the bottom.
        cycle_mult: factor from one cycle's length to the next, rounded down to whole steps; below
            1, pytorch-scheduler 0.2.2 ends in an endless loop, and this is refused.
        gamma: factor from one peak to the next.

    Examples:
        >>> CosineAnnealingWarmupRestarts(4, max_lr=1.0, min_lr=0.0).sample(5).round(4).tolist()
        [0.0, 0.8536, 0.5, 0.1464, 0.0]
    """
    if max_lr < min_lr:
        raise refuse("max_lr", max_lr, f"at least min_lr = {min_lr}")
    if not cycle_mult >= 1:
        raise refuse("cycle_mult", cycle_mult, ">= 1: pytorch-scheduler does not end below")
    return WarmRestarts(max_lr, first_cycle_steps, warmup_steps, min_lr, cycle_mult, gamma)


@checked(base_lr="lr")
def WarmupScheduler(
    lr: float, base_scheduler: Schedule, warmup_steps: int, warmup_type: WarmupType = "linear"
) -> Schedule:
    """Return pytorch-scheduler's warmup in front of a schedule: `Warmup` from 0.

    This is right for the library's own schedules. With one of PyTorch's, pytorch-scheduler 0.2.2
    asks a recursion for a rate out of turn and gets a wrong one at the end of the warmup.

    Compared:
        Warmup from 0; its 'exponential' ramp is the square of the share.

    Args:
        lr: the optimizer's rate, to which the warmup goes.
        base_scheduler: what follows, on its own clock.
        warmup_steps: length of the warmup.
        warmup_type: which ramp; "exponential" is the square of the share, and not `Warmup`'s.

    Examples:
        >>> WarmupScheduler(1.0, Constant(1.0), 4, "exponential").sample(6).tolist()
        [0.0, 0.0625, 0.25, 0.5625, 1.0, 1.0]
    """
    if warmup_type != "exponential":
        return warmed(lr, base_scheduler, warmup_steps, shape=warmup_type, name="warmup_steps")
    if check("warmup_steps", warmup_steps, StepCount) == 0:
        return base_scheduler
    ramp = Reverse(Polynomial(lr, warmup_steps, power=2.0), total_steps=warmup_steps)
    return Then(ramp, base_scheduler, at=warmup_steps)
