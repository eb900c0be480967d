"""The schedules of Hugging Face transformers (`transformers.optimization`, read at 5.23.0).

All but the metric-driven ones are functions of the step. Warmup is counted inside
`num_training_steps` and starts at 0, so that the first update changes nothing. A schedule here is
that of one parameter group; `last_epoch`, which resumes a run, falls away, and arguments that
follow it are keywords.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...checks import Rate, StepCount, Steps, checked, refuse
from ...families.inverse import InverseSqrt
from ...families.linear import Linear
from ...families.polynomial import Polynomial
from ...schedule import Constant, Schedule
from ..shared import compared, warmed
from ..torch import ReduceLROnPlateau
from .cosine import (
    RoundedRestarts,
    get_cosine_schedule_with_warmup,
    get_cosine_with_hard_restarts_schedule_with_warmup,
    get_cosine_with_min_lr_schedule_with_warmup,
    get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
)
from .greedy import Greedy, GreedyLR, GreedyState
from .wsd import get_wsd_schedule

__all__ = [
    "Greedy",
    "GreedyLR",
    "GreedyState",
    "RoundedRestarts",
    "get_constant_schedule",
    "get_constant_schedule_with_warmup",
    "get_cosine_schedule_with_warmup",
    "get_cosine_with_hard_restarts_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup",
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
    "get_greedy_schedule",
    "get_inverse_sqrt_schedule",
    "get_linear_schedule_with_warmup",
    "get_polynomial_decay_schedule_with_warmup",
    "get_reduce_on_plateau_schedule",
    "get_scheduler",
    "get_wsd_schedule",
]

# The names that `get_scheduler`, and `lr_scheduler_type` of the Trainer, know.
SCHEDULER_TYPES: dict[str, str] = {
    "linear": "get_linear_schedule_with_warmup",
    "cosine": "get_cosine_schedule_with_warmup",
    "cosine_with_restarts": "get_cosine_with_hard_restarts_schedule_with_warmup",
    "polynomial": "get_polynomial_decay_schedule_with_warmup",
    "constant": "get_constant_schedule",
    "constant_with_warmup": "get_constant_schedule_with_warmup",
    "inverse_sqrt": "get_inverse_sqrt_schedule",
    "reduce_lr_on_plateau": "get_reduce_on_plateau_schedule",
    "cosine_with_min_lr": "get_cosine_with_min_lr_schedule_with_warmup",
    "cosine_warmup_with_min_lr": "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
    "warmup_stable_decay": "get_wsd_schedule",
    "greedy": "get_greedy_schedule",
}

NOT_SCHEDULES: dict[str, str] = {
    "Adafactor": (
        "An optimizer. Its relative step, without scale_parameter, is "
        "InverseSqrt(1.0, timescale=1.0).clip(high=0.01)."
    ),
    "AdafactorSchedule": "Reports the rate that the optimizer Adafactor took from the weights.",
    "get_adafactor_schedule": "Makes an AdafactorSchedule, which reports and does not schedule.",
    "StreamingAverage": "The mean that GreedyLR takes of a metric.",
}


@checked(base_lr="lr")
def get_constant_schedule(lr: float) -> Schedule:
    """Return transformers' constant schedule: `Constant`.

    Compared:
        The same as Constant.

    Examples:
        >>> get_constant_schedule(0.5)
        Constant(base_lr=0.5)
    """
    return Constant(lr)


@checked(base_lr="lr")
def get_constant_schedule_with_warmup(lr: float, num_warmup_steps: int) -> Schedule:
    """Return transformers' constant schedule with warmup: `Warmup` of `Constant`.

    The ramp starts at 0 and the peak is first used at `num_warmup_steps`.

    Compared:
        The ramp starts at 0, so that the first update is lost.

    Examples:
        >>> get_constant_schedule_with_warmup(1.0, 2).sample(4).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """
    return warmed(lr, Constant(lr), num_warmup_steps)


@checked(base_lr="lr")
def get_linear_schedule_with_warmup(
    lr: float, num_warmup_steps: StepCount, num_training_steps: Steps
) -> Schedule:
    """Return transformers' linear schedule: `Warmup` of `Linear` to 0.

    Starts at 0, reaches `lr` at `num_warmup_steps`, and 0 at `num_training_steps`, warmup included;
    0 is held. A warmup that is no shorter than the run is followed by 0.

    Compared:
        Warmup inside num_training_steps and from 0; no other final rate than 0.

    Examples:
        >>> get_linear_schedule_with_warmup(1.0, 2, 6).sample(8).tolist()
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    decay_steps = num_training_steps - num_warmup_steps
    if decay_steps <= 0:
        return warmed(lr, Constant(0.0), num_warmup_steps)
    return warmed(lr, Linear(lr, decay_steps), num_warmup_steps)


@checked()
def get_polynomial_decay_schedule_with_warmup(
    lr: Rate,
    num_warmup_steps: StepCount,
    num_training_steps: Steps,
    lr_end: Rate = 1e-7,
    power: float = 1.0,
) -> Schedule:
    """Return transformers' polynomial schedule: `Warmup` of `Polynomial`.

    Starts at 0, reaches `lr` at `num_warmup_steps` and `lr_end` at `num_training_steps`, warmup
    included; `lr_end` is held. Transformers divides by the rate in the optimizer's defaults, so
    that with another rate in a parameter group that group ends at another `lr_end`; this is the
    schedule of a group with the default rate.

    Compared:
        Ends at 1e-7 by default, not at 0; warmup inside num_training_steps and from 0.

    Raises:
        ValueError: if `lr_end` is not below `lr`, or if `num_warmup_steps` is `num_training_steps`,
            with which transformers divides by 0 at the end of the warmup.

    Examples:
        >>> get_polynomial_decay_schedule_with_warmup(1.0, 2, 6, lr_end=0.0).sample(8).tolist()
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    decay_steps = num_training_steps - num_warmup_steps
    if not lr_end < lr:
        raise refuse("lr_end", lr_end, f"below lr = {lr}")
    if decay_steps == 0:
        words = f"other than num_training_steps = {num_training_steps}: the decay has no steps"
        raise refuse("num_warmup_steps", num_warmup_steps, words)
    if decay_steps < 0:
        return warmed(lr, Constant(lr_end), num_warmup_steps)
    return warmed(lr, Polynomial(lr, decay_steps, power, lr_end), num_warmup_steps)


@checked(base_lr="lr")
def get_inverse_sqrt_schedule(
    lr: float, num_warmup_steps: int, timescale: float | None = None
) -> Schedule:
    """Return transformers' inverse square root: `Warmup` of `InverseSqrt`, without horizon.

    Compared:
        timescale is num_warmup_steps by default, or 10 000 without warmup; the ramp starts at 0.

    Args:
        lr: the peak, first used at `num_warmup_steps`; the ramp starts at 0.
        num_warmup_steps: length of the warmup.
        timescale: steps after which the fall sets in; `num_warmup_steps` when not given, or 10 000
            when that is 0.

    Examples:
        >>> schedule = get_inverse_sqrt_schedule(1.0, 4)
        >>> [round(lr, 4) for lr in schedule.sample(7).tolist()]
        [0.0, 0.25, 0.5, 0.75, 1.0, 0.8944, 0.8165]
    """
    if timescale is None:
        timescale = num_warmup_steps or 10_000
    return warmed(lr, InverseSqrt(lr, timescale), num_warmup_steps)


@checked()
def get_reduce_on_plateau_schedule(lr: float, **kwargs: Any) -> Any:
    """Return the fold of PyTorch's `ReduceLROnPlateau`: see `lrdecay.dialects.torch`.

    Compared:
        The same as PyTorch's ReduceLROnPlateau.
    """
    return ReduceLROnPlateau(lr, **kwargs)


@checked(base_lr="lr")
def get_greedy_schedule(lr: float, **kwargs: Any) -> Greedy:
    """Return the fold of `GreedyLR`, whose arguments it takes.

    Compared:
        The same as GreedyLR.
    """
    return GreedyLR(lr, **kwargs)


@checked(base_lr="lr")
def get_scheduler(
    name: str,
    lr: float,
    num_warmup_steps: int | None = None,
    num_training_steps: int | None = None,
    scheduler_specific_kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Return one of the other schedules by its name in transformers, such as "cosine".

    Compared:
        Picks one of the others by its name.

    Args:
        name: a key of `SCHEDULER_TYPES`.
        lr: learning rate.
        num_warmup_steps: for all but "constant" and the metric-driven.
        num_training_steps: for all that have a horizon.
        scheduler_specific_kwargs: further arguments; not looked at for "constant" and
            "constant_with_warmup", as in transformers.

    Returns:
        A `Schedule`, or for "reduce_lr_on_plateau" and "greedy" a fold over a metric.

    Raises:
        ValueError: if the name is unknown, or a number of steps is missing.

    Examples:
        >>> get_scheduler("linear", 1.0, 2, 6)
        Warmup(schedule=Linear(base_lr=1.0, total_steps=4), warmup_steps=2, first='zero')
    """
    if name not in SCHEDULER_TYPES:
        raise refuse("name", name, f"one of {tuple(SCHEDULER_TYPES)}")
    rest = dict(scheduler_specific_kwargs or {})
    try:
        return _by_name(name, lr, num_warmup_steps, num_training_steps, rest)
    except TypeError as error:  # of the types, each has been looked at
        words = f"further arguments for {name!r}"
        raise refuse("scheduler_specific_kwargs", rest, words) from error


def _by_name(
    name: str, lr: float, warmup: int | None, training: int | None, rest: dict[str, Any]
) -> Any:
    make = globals()[SCHEDULER_TYPES[name]]
    if name == "constant":
        return make(lr)
    if name in ("reduce_lr_on_plateau", "greedy"):
        return make(lr, **rest)
    if warmup is None:
        raise refuse("num_warmup_steps", None, f"given for {name!r}")
    if name == "constant_with_warmup":
        return make(lr, warmup)
    if name == "inverse_sqrt":
        return make(lr, warmup, **rest)
    if name == "warmup_stable_decay":
        return make(lr, warmup, num_training_steps=training, **rest)
    if training is None:
        raise refuse("num_training_steps", None, f"given for {name!r}")
    return make(lr, warmup, training, **rest)


SCHEDULERS = compared(globals())
