"""The schedules of DeepSpeed (`deepspeed.runtime.lr_schedules`, read and run at 0.19.8).

DeepSpeed's clock runs one step behind: its warmups use the first rate for the first two updates,
and reach the peak at `warmup_num_steps` with the logarithmic ramp, which is the default, one step
later with the linear one. The schedules overwrite the optimizer's rate, so that most take no `lr`.
A schedule here is that of one parameter group: where DeepSpeed takes a list with one value for each
group, make one schedule for each. `last_batch_iteration`, which resumes a run, falls away.
"""

from __future__ import annotations

from typing import Literal, get_args

from ..arguments import checked
from ..checks import Flag, Rate, StepCount, check, refuse
from ..families.cosine import Cosine
from ..families.linear import Linear
from ..schedule import Constant, Schedule, Shift, Skip, Then
from ._deepspeed_onecycle import OneCycle, OneCycle_momentum
from ._deepspeed_parts import Growth, ramped
from ._torch_checks import OneGroup, is_int

__all__ = [
    "NOT_SCHEDULES",
    "SCHEDULERS",
    "LRRangeTest",
    "OneCycle",
    "OneCycle_momentum",
    "WarmupCosineLR",
    "WarmupDecayLR",
    "WarmupLR",
]

SCHEDULERS: dict[str, str] = {
    "WarmupLR": (
        "The ramp is logarithmic by default, and starts a step late: the first two updates use "
        "warmup_min_lr."
    ),
    "WarmupDecayLR": (
        "The same ramp; the line behind it reaches warmup_min_lr one step after total_num_steps."
    ),
    "WarmupCosineLR": (
        "The same ramp, but the first update is lost whatever warmup_min_ratio; the cosine is "
        "entered at its own step 1 and ends at total_num_steps, at 1e-4 of lr by default."
    ),
    "OneCycle": (
        "One triangle, not cosines, with stairs on request, then InverseTime from the lowest rate; "
        "overwrites Adam's second beta with 0.99."
    ),
    "LRRangeTest": "A line, or stairs, that rise without end; no family does.",
}

NOT_SCHEDULES: dict[str, str] = {}

WarmupType = Literal["log", "linear"]


@checked()
def WarmupLR(
    lr: float,
    warmup_min_lr: OneGroup = 0.0,
    warmup_max_lr: OneGroup | None = None,
    warmup_num_steps: int = 1000,
    warmup_type: WarmupType = "log",
) -> Schedule:
    """Return DeepSpeed's warmup: a ramp, one step late, then a constant rate.

    Args:
        lr: the optimizer's rate, for which `warmup_max_lr` stands when given.
        warmup_min_lr: learning rate of the first two updates.
        warmup_max_lr: the peak; `lr` when not given.
        warmup_num_steps: length of the ramp, an int >= 1; 1 counts as 2.
        warmup_type: "log" rises with the logarithm of the step, "linear" evenly. DeepSpeed takes
            any other word for "log", with a warning.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> WarmupLR(1.0, warmup_num_steps=4).sample(6).round(4).tolist()
        [0.0, 0.0, 0.5, 0.7925, 1.0, 1.0]
        >>> WarmupLR(1.0, warmup_num_steps=4, warmup_type="linear").sample(6).tolist()
        [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    """
    peak = check("lr", lr, Rate)
    if warmup_max_lr is not None:
        peak = check("warmup_max_lr", warmup_max_lr, Rate)
    low = check("warmup_min_lr", warmup_min_lr, Rate)
    steps = _ramp_steps(warmup_num_steps, warmup_type)
    return Shift(ramped(peak, Constant(peak), steps, start_lr=low, kind=warmup_type), steps=1)


@checked()
def WarmupDecayLR(
    total_num_steps: int,
    warmup_min_lr: OneGroup = 0.0,
    warmup_max_lr: OneGroup = 0.001,
    warmup_num_steps: int = 1000,
    warmup_type: WarmupType = "log",
) -> Schedule:
    """Return DeepSpeed's warmup and linear decay: `WarmupLR`, then `Linear` down, one step late.

    There is no `lr`: DeepSpeed overwrites that of the optimizer. A warmup that is no shorter than
    the run is followed by `warmup_min_lr`.

    Args:
        total_num_steps: the horizon, warmup included; the end is used one step later, and held.
        warmup_min_lr: learning rate of the first two updates, and of the end.
        warmup_max_lr: the peak.
        warmup_num_steps: length of the ramp, an int >= 1; 1 counts as 2.
        warmup_type: "log" or "linear".

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> WarmupDecayLR(6, 0.0, 1.0, 2, "linear").sample(8).tolist()
        [0.0, 0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    peak = check("warmup_max_lr", warmup_max_lr, Rate)
    low = check("warmup_min_lr", warmup_min_lr, Rate)
    steps = _ramp_steps(warmup_num_steps, warmup_type)
    decay_steps = check("total_num_steps", total_num_steps, StepCount) - steps
    rest = Linear(peak, decay_steps, low) if decay_steps > 0 else Constant(low)
    return Shift(ramped(peak, rest, steps, start_lr=low, kind=warmup_type), steps=1)


@checked()
def WarmupCosineLR(
    lr: float,
    total_num_steps: int,
    warmup_min_ratio: float = 0.0,
    warmup_num_steps: int = 1000,
    cos_min_ratio: float = 0.0001,
    warmup_type: WarmupType = "log",
) -> Schedule:
    """Return DeepSpeed's warmup and cosine: 0, a ramp, then `Cosine` entered at its own step 1.

    The first update changes nothing even where the ramp starts above 0 (DeepSpeed#5287). Only the
    logarithmic ramp uses `lr` itself, at `warmup_num_steps`.

    Args:
        lr: the optimizer's rate, of which the ratios are shares.
        total_num_steps: the horizon, warmup included. At it, and after, the rate is the lowest. A
            warmup that is no shorter is followed by that rate.
        warmup_min_ratio: where the ramp starts, at the second update.
        warmup_num_steps: length of the ramp, an int >= 1; 1 counts as 2.
        cos_min_ratio: the share at the end.
        warmup_type: "log" or "linear".

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> schedule = WarmupCosineLR(1.0, 6, warmup_num_steps=2, warmup_type="linear")
        >>> schedule.sample(8).round(4).tolist()
        [0.0, 0.0, 0.5, 0.8536, 0.5, 0.1465, 0.0001, 0.0001]
    """
    lr = check("lr", lr, Rate)
    start = lr * check("warmup_min_ratio", warmup_min_ratio, Rate)
    end = lr * check("cos_min_ratio", cos_min_ratio, Rate)
    steps = _ramp_steps(warmup_num_steps, warmup_type)
    decay_steps = max(1, check("total_num_steps", total_num_steps, StepCount) - steps)
    decay = Skip(Cosine(lr, decay_steps, end), steps=1)
    ramp = ramped(lr, decay, steps, start_lr=start, kind=warmup_type)
    return Shift(ramp, steps=1) if start == 0 else Then(Constant(0.0), ramp, at=1)


@checked()
def LRRangeTest(
    lr_range_test_min_lr: OneGroup = 1e-3,
    lr_range_test_step_size: int = 2000,
    lr_range_test_step_rate: float = 1.0,
    lr_range_test_staircase: bool = False,
) -> Schedule:
    """Return DeepSpeed's range test: a rate that rises without end, to find the largest that works.

    There is no `lr`: DeepSpeed overwrites that of the optimizer.

    Args:
        lr_range_test_min_lr: the first rate.
        lr_range_test_step_size: steps between multiples of the step rate, an int >= 1.
        lr_range_test_step_rate: growth over that many steps, as a share of the first rate.
        lr_range_test_staircase: whether the rate is held in between.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> LRRangeTest(1.0, 4, 2.0).sample(6).tolist()
        [1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
    """
    low = lr_range_test_min_lr
    return Growth(
        check("lr_range_test_min_lr", low, Rate),
        check("lr_range_test_step_rate", lr_range_test_step_rate, Rate),
        is_int("lr_range_test_step_size", lr_range_test_step_size),
        check("lr_range_test_staircase", lr_range_test_staircase, Flag),
    )


def _ramp_steps(warmup_num_steps: int, warmup_type: WarmupType) -> int:
    if warmup_type not in get_args(WarmupType):
        raise refuse("warmup_type", warmup_type, f"one of {get_args(WarmupType)}")
    return max(2, is_int("warmup_num_steps", warmup_num_steps))
