"""The schedules of lrsched (read at 0.5.0), which are functions of the step too.

All arguments are keywords and most have no default. lrsched takes a Python `int` alone; here, as
everywhere, a step may be a NumPy integer, an array or a fraction. All schedules hold their last
rate, and warmup starts at step 0 with `start_lr` and is put in front.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..arguments import checked
from ..checks import Positive, Steps, check, refuse
from ..families.cosine import Cosine
from ..families.cyclic import Cyclic
from ..families.exponential import Exponential
from ..families.inverse import InverseSqrt
from ..families.linear import Linear
from ..families.polynomial import Polynomial
from ..families.restarts import CosineRestarts
from ..families.step import Step
from ..families.warmup import Warmup
from ..schedule import Constant, Schedule, Stretch
from ._lrsched_phases import one_cycle, sequential, warmup_stable_decay, with_warmup
from ._torch_factors import MultiStepLR

__all__ = [
    "NOT_SCHEDULES",
    "SCHEDULERS",
    "constant",
    "cosine",
    "cosine_restarts",
    "exp_range",
    "exponential",
    "exponential_decay",
    "inverse_sqrt",
    "linear",
    "multi_step",
    "one_cycle",
    "polynomial",
    "polynomial_decay",
    "sequential",
    "step_decay",
    "triangular",
    "triangular2",
    "warmup_stable_decay",
    "with_warmup",
]

SCHEDULERS: dict[str, str] = {
    "constant": "The same as Constant.",
    "step_decay": "The same as Step; a factor above 1 is refused.",
    "multi_step": "MultiStep with milestones in any order; a repeated one counts twice.",
    "exponential": "The same as Exponential by factor a step.",
    "exponential_decay": "Exponential by factor in a number of steps; a factor of 1 is refused.",
    "linear": "The same as Linear.",
    "polynomial": "The same as Polynomial.",
    "polynomial_decay": "The same as polynomial, with start_lr for base_lr.",
    "cosine": "The same as Cosine.",
    "cosine_restarts": "The same as CosineRestarts; it counts through all cycles at every call.",
    "inverse_sqrt": "With its own warmup, which starts at 0.",
    "one_cycle": "The rise is rounded to whole steps; final_div divides the peak, not the start.",
    "warmup_stable_decay": "The warmup starts at a rate of its own; no cooldown holds for ever.",
    "triangular": "The same as Cyclic with equal ways up and down.",
    "triangular2": "The same as Cyclic with cycle_gamma 0.5.",
    "exp_range": "The same as Cyclic with step_gamma.",
    "with_warmup": "The same as Warmup with first 'zero'.",
    "sequential": (
        "Then, one after another; past the end it holds the last rate that was used, not the one "
        "that comes next: 0.1464 and not 0 after a cosine over 4 steps."
    ),
}

NOT_SCHEDULES: dict[str, str] = {
    "GroupSchedule": "A type.",
    "Schedule": "A type.",
    "sample": "The rates of a run, here the method Schedule.sample.",
    "scale_by_group": "Rates by parameter group; here schedule.scale(multiplier) for each group.",
}


@checked(base_lr="lr")
def constant(*, lr: float) -> Schedule:
    """Return lrsched's constant schedule: `Constant`.

    Examples:
        >>> constant(lr=0.1)
        Constant(base_lr=0.1)
    """
    return Constant(lr)


@checked()
def step_decay(*, base_lr: float, drop: float, step_size: int) -> Schedule:
    """Return lrsched's step schedule: `Step`; `drop` is the factor, at most 1.

    Examples:
        >>> step_decay(base_lr=1.0, drop=0.5, step_size=2).sample(5).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    check("base_lr", base_lr, Positive)
    if not check("drop", drop, Positive) <= 1:
        raise refuse("drop", drop, "above 0 and at most 1")
    return Step(base_lr, step_size, drop)


@checked(lr="base_lr")
def multi_step(*, base_lr: float, milestones: Sequence[int], gamma: float) -> Schedule:
    """Return lrsched's milestones: `MultiStep`, in any order and with repetitions.

    Examples:
        >>> multi_step(base_lr=1.0, milestones=[3, 1], gamma=0.5).sample(5).tolist()
        [1.0, 0.5, 0.5, 0.25, 0.25]
    """
    return MultiStepLR(base_lr, [check("milestones", step, Steps) for step in milestones], gamma)


@checked()
def exponential(*, base_lr: float, gamma: float) -> Schedule:
    """Return lrsched's exponential by factor a step: `Exponential`.

    Examples:
        >>> exponential(base_lr=1.0, gamma=0.5).sample(4).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    return Exponential(base_lr, gamma=gamma)


@checked()
def exponential_decay(*, base_lr: float, decay_rate: float, decay_steps: int) -> Schedule:
    """Return lrsched's exponential by factor in `decay_steps`: `Exponential`, stretched.

    Examples:
        >>> exponential_decay(base_lr=1.0, decay_rate=0.25, decay_steps=2).sample(4).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    check("base_lr", base_lr, Positive)
    if not check("decay_rate", decay_rate, Positive) < 1:
        raise refuse("decay_rate", decay_rate, "above 0 and below 1")
    steps = check("decay_steps", decay_steps, Steps)
    return Stretch(Exponential(base_lr, gamma=decay_rate), steps)


@checked(final_lr="end_lr")
def linear(*, base_lr: float, end_lr: float, total_steps: int) -> Schedule:
    """Return lrsched's linear schedule: `Linear`.

    Examples:
        >>> linear(base_lr=1.0, end_lr=0.0, total_steps=2).sample(4).tolist()
        [1.0, 0.5, 0.0, 0.0]
    """
    return Linear(base_lr, total_steps, end_lr)


@checked(final_lr="end_lr")
def polynomial(*, base_lr: float, end_lr: float, total_steps: int, power: float) -> Schedule:
    """Return lrsched's polynomial: `Polynomial`.

    Args:
        base_lr: learning rate at step 0.
        end_lr: learning rate from `total_steps` on.
        total_steps: the horizon.
        power: exponent, > 0; lrsched fails at the end with a negative one.

    Examples:
        >>> polynomial(base_lr=1.0, end_lr=0.0, total_steps=2, power=2.0).sample(4).tolist()
        [1.0, 0.25, 0.0, 0.0]
    """
    return Polynomial(base_lr, total_steps, power, end_lr)


@checked(base_lr="start_lr", final_lr="end_lr")
def polynomial_decay(*, start_lr: float, end_lr: float, total_steps: int, power: float) -> Schedule:
    """Return lrsched's other polynomial, which is the same: `Polynomial`.

    Examples:
        >>> polynomial_decay(start_lr=1.0, end_lr=0.0, total_steps=2, power=2.0).sample(3).tolist()
        [1.0, 0.25, 0.0]
    """
    return Polynomial(start_lr, total_steps, power, end_lr)


@checked(final_lr="min_lr")
def cosine(*, base_lr: float, min_lr: float, total_steps: int) -> Schedule:
    """Return lrsched's cosine: `Cosine`.

    Examples:
        >>> cosine(base_lr=1.0, min_lr=0.0, total_steps=100)
        Cosine(base_lr=1.0, total_steps=100)
    """
    return Cosine(base_lr, total_steps, min_lr)


@checked(cycle_mult="t_mult", cycle_steps="period", final_lr="min_lr")
def cosine_restarts(*, base_lr: float, min_lr: float, period: int, t_mult: int) -> Schedule:
    """Return lrsched's restarts: `CosineRestarts`, exact at every restart.

    Examples:
        >>> cosine_restarts(base_lr=1.0, min_lr=0.0, period=2, t_mult=1).sample(4).round(4).tolist()
        [1.0, 0.5, 1.0, 0.5]
    """
    return CosineRestarts(base_lr, period, t_mult, min_lr)


@checked()
def inverse_sqrt(*, base_lr: float, warmup_steps: int) -> Schedule:
    """Return lrsched's inverse square root: `Warmup` from 0, then `InverseSqrt`.

    Examples:
        >>> inverse_sqrt(base_lr=1.0, warmup_steps=4)([0, 2, 4, 16]).tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    steps = check("warmup_steps", warmup_steps, Steps)
    return Warmup(InverseSqrt(base_lr, steps), steps, first="zero")


@checked(base_lr="max_lr", up_steps="step_size")
def triangular(*, min_lr: float, max_lr: float, step_size: int) -> Schedule:
    """Return lrsched's triangular wave: `Cyclic`.

    Examples:
        >>> triangular(min_lr=0.0, max_lr=1.0, step_size=2).sample(6).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """
    return Cyclic(max_lr, min_lr, step_size)


@checked(base_lr="max_lr", up_steps="step_size")
def triangular2(*, min_lr: float, max_lr: float, step_size: int) -> Schedule:
    """Return lrsched's wave whose height halves with every cycle: `Cyclic`.

    Examples:
        >>> triangular2(min_lr=0.0, max_lr=1.0, step_size=1).sample(6).tolist()
        [0.0, 1.0, 0.0, 0.5, 0.0, 0.25]
    """
    return Cyclic(max_lr, min_lr, step_size, cycle_gamma=0.5)


@checked(base_lr="max_lr", step_gamma="gamma", up_steps="step_size")
def exp_range(*, min_lr: float, max_lr: float, step_size: int, gamma: float) -> Schedule:
    """Return lrsched's wave whose height falls with every step: `Cyclic`.

    Examples:
        >>> exp_range(min_lr=0.0, max_lr=1.0, step_size=1, gamma=0.5).sample(4).tolist()
        [0.0, 0.5, 0.0, 0.125]
    """
    return Cyclic(max_lr, min_lr, step_size, step_gamma=gamma)
