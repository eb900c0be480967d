"""The schedules of lrsched (read at 0.5.0), which are functions of the step too.

All arguments are keywords and most have no default. lrsched takes a Python `int` alone; here, as
everywhere, a step may be a NumPy integer, an array or a fraction. All schedules hold their last
rate, and warmup starts at step 0 with `start_lr` and is put in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..checks import Fraction, Positive, Rate, StepCount, Steps, check, checked, refuse
from ..families.cosine import Cosine
from ..families.cyclic import Cyclic
from ..families.exponential import Exponential
from ..families.inverse import InverseSqrt
from ..families.linear import Linear
from ..families.onecycle import OneCycle
from ..families.polynomial import Polynomial
from ..families.restarts import CosineRestarts
from ..families.step import Step
from ..families.warmup import Warmup
from ..families.wsd import WSD
from ..schedule import Constant, Schedule, Stretch, Then
from .shared import compared, warmed
from .torch.factors import MultiStepLR

__all__ = [
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

NOT_SCHEDULES: dict[str, str] = {
    "GroupSchedule": "A type.",
    "Schedule": "A type.",
    "sample": "The rates of a run, here the method Schedule.sample.",
    "scale_by_group": "Rates by parameter group; here schedule.scale(multiplier) for each group.",
}


@checked(base_lr="lr")
def constant(*, lr: float) -> Schedule:
    """Return lrsched's constant schedule: `Constant`.

    Compared:
        The same as Constant.

    Examples:
        >>> constant(lr=0.1)
        Constant(base_lr=0.1)
    """
    return Constant(lr)


@checked()
def step_decay(*, base_lr: Positive, drop: Positive, step_size: int) -> Schedule:
    """Return lrsched's step schedule: `Step`; `drop` is the factor, at most 1.

    Compared:
        The same as Step; a factor above 1 is refused.

    Examples:
        >>> step_decay(base_lr=1.0, drop=0.5, step_size=2).sample(5).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    if not drop <= 1:
        raise refuse("drop", drop, "above 0 and at most 1")
    return Step(base_lr, step_size, drop)


@checked(lr="base_lr")
def multi_step(*, base_lr: float, milestones: Sequence[int], gamma: float) -> Schedule:
    """Return lrsched's milestones: `MultiStep`, in any order and with repetitions.

    Compared:
        MultiStep with milestones in any order; a repeated one counts twice.

    Examples:
        >>> multi_step(base_lr=1.0, milestones=[3, 1], gamma=0.5).sample(5).tolist()
        [1.0, 0.5, 0.5, 0.25, 0.25]
    """
    return MultiStepLR(base_lr, [check("milestones", step, Steps) for step in milestones], gamma)


@checked()
def exponential(*, base_lr: float, gamma: float) -> Schedule:
    """Return lrsched's exponential by factor a step: `Exponential`.

    Compared:
        The same as Exponential by factor a step.

    Examples:
        >>> exponential(base_lr=1.0, gamma=0.5).sample(4).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    return Exponential(base_lr, gamma=gamma)


@checked()
def exponential_decay(*, base_lr: Positive, decay_rate: Positive, decay_steps: Steps) -> Schedule:
    """Return lrsched's exponential by factor in `decay_steps`: `Exponential`, stretched.

    Compared:
        Exponential by factor in a number of steps; a factor of 1 is refused.

    Examples:
        >>> exponential_decay(base_lr=1.0, decay_rate=0.25, decay_steps=2).sample(4).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    if not decay_rate < 1:
        raise refuse("decay_rate", decay_rate, "above 0 and below 1")
    return Stretch(Exponential(base_lr, gamma=decay_rate), decay_steps)


@checked(final_lr="end_lr")
def linear(*, base_lr: float, end_lr: float, total_steps: int) -> Schedule:
    """Return lrsched's linear schedule: `Linear`.

    Compared:
        The same as Linear.

    Examples:
        >>> linear(base_lr=1.0, end_lr=0.0, total_steps=2).sample(4).tolist()
        [1.0, 0.5, 0.0, 0.0]
    """
    return Linear(base_lr, total_steps, end_lr)


@checked(final_lr="end_lr")
def polynomial(*, base_lr: float, end_lr: float, total_steps: int, power: float) -> Schedule:
    """Return lrsched's polynomial: `Polynomial`.

    Compared:
        The same as Polynomial.

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

    Compared:
        The same as polynomial, with start_lr for base_lr.

    Examples:
        >>> polynomial_decay(start_lr=1.0, end_lr=0.0, total_steps=2, power=2.0).sample(3).tolist()
        [1.0, 0.25, 0.0]
    """
    return Polynomial(start_lr, total_steps, power, end_lr)


@checked(final_lr="min_lr")
def cosine(*, base_lr: float, min_lr: float, total_steps: int) -> Schedule:
    """Return lrsched's cosine: `Cosine`.

    Compared:
        The same as Cosine.

    Examples:
        >>> cosine(base_lr=1.0, min_lr=0.0, total_steps=100)
        Cosine(base_lr=1.0, total_steps=100)
    """
    return Cosine(base_lr, total_steps, min_lr)


@checked(cycle_mult="t_mult", cycle_steps="period", final_lr="min_lr")
def cosine_restarts(*, base_lr: float, min_lr: float, period: int, t_mult: int) -> Schedule:
    """Return lrsched's restarts: `CosineRestarts`, exact at every restart.

    Compared:
        The same as CosineRestarts; it counts through all cycles at every call.

    Examples:
        >>> cosine_restarts(base_lr=1.0, min_lr=0.0, period=2, t_mult=1).sample(4).round(4).tolist()
        [1.0, 0.5, 1.0, 0.5]
    """
    return CosineRestarts(base_lr, period, t_mult, min_lr)


@checked()
def inverse_sqrt(*, base_lr: float, warmup_steps: Steps) -> Schedule:
    """Return lrsched's inverse square root: `Warmup` from 0, then `InverseSqrt`.

    Compared:
        With its own warmup, which starts at 0.

    Examples:
        >>> inverse_sqrt(base_lr=1.0, warmup_steps=4)([0, 2, 4, 16]).tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    return Warmup(InverseSqrt(base_lr, warmup_steps), warmup_steps, first="zero")


@checked(base_lr="max_lr", up_steps="step_size")
def triangular(*, min_lr: float, max_lr: float, step_size: int) -> Schedule:
    """Return lrsched's triangular wave: `Cyclic`.

    Compared:
        The same as Cyclic with equal ways up and down.

    Examples:
        >>> triangular(min_lr=0.0, max_lr=1.0, step_size=2).sample(6).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """
    return Cyclic(max_lr, min_lr, step_size)


@checked(base_lr="max_lr", up_steps="step_size")
def triangular2(*, min_lr: float, max_lr: float, step_size: int) -> Schedule:
    """Return lrsched's wave whose height halves with every cycle: `Cyclic`.

    Compared:
        The same as Cyclic with cycle_gamma 0.5.

    Examples:
        >>> triangular2(min_lr=0.0, max_lr=1.0, step_size=1).sample(6).tolist()
        [0.0, 1.0, 0.0, 0.5, 0.0, 0.25]
    """
    return Cyclic(max_lr, min_lr, step_size, cycle_gamma=0.5)


@checked(base_lr="max_lr", step_gamma="gamma", up_steps="step_size")
def exp_range(*, min_lr: float, max_lr: float, step_size: int, gamma: float) -> Schedule:
    """Return lrsched's wave whose height falls with every step: `Cyclic`.

    Compared:
        The same as Cyclic with step_gamma.

    Examples:
        >>> exp_range(min_lr=0.0, max_lr=1.0, step_size=1, gamma=0.5).sample(4).tolist()
        [0.0, 0.5, 0.0, 0.125]
    """
    return Cyclic(max_lr, min_lr, step_size, step_gamma=gamma)


DecayShape = Literal["linear", "1-sqrt"]


@checked()
def one_cycle(
    *,
    max_lr: Rate,
    total_steps: Steps,
    pct_start: Fraction,
    initial_div: Positive,
    final_div: Positive,
) -> Schedule:
    """Return lrsched's one-cycle: `OneCycle` with cosine curves.

    Compared:
        The rise is rounded to whole steps; final_div divides the peak, not the start.

    Args:
        max_lr: the peak.
        total_steps: the horizon, >= 2, at which the last rate is reached.
        pct_start: share of it up to the peak, rounded to whole steps, at least one.
        initial_div: the peak through the rate at step 0.
        final_div: the peak through the last rate; in PyTorch it is the first rate that is divided.

    Examples:
        >>> schedule = one_cycle(
        ...     max_lr=1.0, total_steps=6, pct_start=0.3, initial_div=10, final_div=100
        ... )
        >>> schedule.sample(8).round(4).tolist()
        [0.1, 0.55, 1.0, 0.855, 0.505, 0.155, 0.01, 0.01]
    """
    if not 0 < pct_start < 1:
        raise refuse("pct_start", pct_start, "above 0 and below 1")
    if total_steps < 2:
        raise refuse("total_steps", total_steps, "at least 2")
    rise = min(max(1, round(pct_start * total_steps)), total_steps - 1)
    start_lr = max_lr / initial_div
    return OneCycle(max_lr, total_steps, rise, start_lr, max_lr / final_div)


@checked(start_lr="warmup_start")
def warmup_stable_decay(
    *,
    base_lr: float,
    warmup_steps: StepCount,
    decay_steps: StepCount,
    total_steps: Steps,
    final_lr: Rate,
    warmup_start: float,
    decay_shape: DecayShape,
) -> Schedule:
    """Return lrsched's warmup-stable-decay: `Warmup` from `warmup_start`, then `WSD`.

    Compared:
        The warmup starts at a rate of its own; no cooldown holds for ever.

    Args:
        base_lr: the rate that is held.
        warmup_steps: length of the warmup.
        decay_steps: length of the cooldown; with 0 `base_lr` is held for ever.
        total_steps: length of all phases, at which `final_lr` is reached.
        final_lr: the last rate.
        warmup_start: learning rate at step 0.
        decay_shape: shape of the cooldown.

    Examples:
        >>> schedule = warmup_stable_decay(
        ...     base_lr=1.0, warmup_steps=2, decay_steps=2, total_steps=6, final_lr=0.0,
        ...     warmup_start=0.0, decay_shape="linear",
        ... )
        >>> schedule.sample(8).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    rest = total_steps - warmup_steps
    if decay_steps > rest:
        raise refuse("decay_steps", decay_steps, f"at most total_steps - warmup_steps = {rest}")
    main: Schedule = Constant(base_lr)
    if decay_steps > 0:
        main = WSD(base_lr, rest, decay_steps, final_lr=final_lr, shape=decay_shape)
    return warmed(base_lr, main, warmup_steps, start_lr=warmup_start, name="warmup_steps")


@checked()
def with_warmup(schedule: Schedule, *, warmup_steps: Steps, start_lr: float) -> Schedule:
    """Return lrsched's warmup in front of a schedule: `Warmup` with first "zero".

    Compared:
        The same as Warmup with first 'zero'.

    Examples:
        >>> with_warmup(Constant(1.0), warmup_steps=2, start_lr=0.0).sample(4).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """
    return Warmup(schedule, warmup_steps, start_lr, first="zero")


@checked()
def sequential(phases: Sequence[tuple[int, Schedule]]) -> Schedule:
    """Return lrsched's schedules one after another, each on its own clock: `Then`.

    Past the last phase, lrsched 0.5.0 holds the rate of its last step, not the one that comes next.

    Compared:
        Then, one after another; past the end it holds the last rate that was used, not the one that
        comes next: 0.1464 and not 0 after a cosine over 4 steps.

    Args:
        phases: how many steps, >= 1, of which schedule.

    Examples:
        >>> from lrdecay import Linear
        >>> sequential([(2, Constant(1.0)), (4, Linear(1.0, 4))]).sample(9).tolist()
        [1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.25, 0.25, 0.25]
    """
    if not phases:
        raise refuse("phases", phases, "one or more pairs of steps and schedule")
    whole: Schedule | None = None
    for duration, schedule in reversed(phases):
        steps = check("phases", duration, Steps)
        if not isinstance(schedule, Schedule):
            raise refuse("phases", schedule, "a Schedule")
        held = Constant(schedule(steps - 1)) if whole is None else whole
        whole = Then(schedule, held, at=steps)
    assert whole is not None
    return whole


SCHEDULERS = compared(globals())
