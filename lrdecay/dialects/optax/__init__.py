"""The schedules of optax (`optax.schedules` and `optax.contrib.reduce_on_plateau`, read at 0.2.8).

An optax schedule is already a function of the step, and held past its end. By default it computes
in float32; these are the same formulas in float64. Where optax takes a length that is no whole
number, a rate below 0, or a list of schedules that does not fit the boundaries, these refuse.
"""

from __future__ import annotations

from ...checks import Rate, checked
from ...schedule import Constant
from ..plateaus import AveragedPlateau
from ..shared import compared
from .decays import (
    cosine_decay_schedule,
    exponential_decay,
    linear_schedule,
    polynomial_schedule,
)
from .joined import (
    join_schedules,
    sgdr_schedule,
    warmup_constant_schedule,
    warmup_cosine_decay_schedule,
    warmup_exponential_decay_schedule,
)
from .pieces import (
    cosine_onecycle_schedule,
    linear_onecycle_schedule,
    piecewise_constant_schedule,
    piecewise_interpolate_schedule,
)

__all__ = [
    "constant_schedule",
    "cosine_decay_schedule",
    "cosine_onecycle_schedule",
    "exponential_decay",
    "join_schedules",
    "linear_onecycle_schedule",
    "linear_schedule",
    "piecewise_constant_schedule",
    "piecewise_interpolate_schedule",
    "polynomial_schedule",
    "reduce_on_plateau",
    "sgdr_schedule",
    "warmup_constant_schedule",
    "warmup_cosine_decay_schedule",
    "warmup_exponential_decay_schedule",
]

NOT_SCHEDULES: dict[str, str] = {
    "InjectHyperparamsState": "The state of inject_hyperparams.",
    "InjectStatefulHyperparamsState": "The state of inject_stateful_hyperparams.",
    "Schedule": "The type of a schedule: any function of the step, which every lrdecay one is.",
    "StatefulSchedule": "The base class of schedules that look at more than the step.",
    "WrappedSchedule": "A schedule as a StatefulSchedule.",
    "inject_hyperparams": "Makes a schedule of any hyper-parameter; takes an lrdecay one.",
    "inject_stateful_hyperparams": "The same for a StatefulSchedule.",
    "schedule_free": "Averages parameters in place of decay; takes a schedule as its rate.",
    "schedule_free_adamw": "An optimizer made with schedule_free.",
    "schedule_free_eval_params": "Reads the averaged parameters of schedule_free.",
    "schedule_free_sgd": "An optimizer made with schedule_free.",
    "ScheduleFreeState": "The state of schedule_free.",
    "ReduceLROnPlateauState": "The state of reduce_on_plateau.",
}


@checked()
def constant_schedule(value: Rate) -> Constant:
    """Return `Constant`.

    Compared:
        The same as Constant.

    Examples:
        >>> constant_schedule(0.1)
        Constant(base_lr=0.1)
    """
    return Constant(value)


@checked(base_lr="lr", gamma="factor")
def reduce_on_plateau(
    lr: float,
    factor: float = 0.1,
    patience: int = 10,
    rtol: float = 1e-4,
    atol: float = 0.0,
    cooldown: int = 0,
    accumulation_size: int = 1,
    min_scale: float = 0.0,
) -> AveragedPlateau:
    """Return the fold of `optax.contrib.reduce_on_plateau`, times a rate.

    Like `ReduceOnPlateau` with `patience_is="reached"`. A reduction is in force from the very
    update whose metric causes it. optax 0.2.8 compares with `(1 - rtol) * best - atol`, so that for
    negative metrics worse ones are taken for better, and with `patience=0` it reduces the rate
    whenever the metric *improves*, and never otherwise; so here.

    Compared:
        ReduceOnPlateau whose patience is reached, not exceeded, on averages of metrics; takes a
        worse negative metric for a better one.

    Args:
        lr: what the scale multiplies: the rate of the optimizer it is chained to.
        factor: of each reduction, above 0 and below 1.
        patience: bad averages in a row that reduce the rate.
        rtol: the least improvement as a share of the best average, at most 1.
        atol: the least improvement as an amount; one of the two is above 0.
        cooldown: averages after a reduction that are not counted as bad.
        accumulation_size: metrics that are averaged, >= 1.
        min_scale: lower bound of the scale, from 0 to 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> reduce_on_plateau(1.0, factor=0.5, patience=2).history([3.0] * 6).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    return AveragedPlateau(lr, factor, patience, rtol, atol, cooldown, accumulation_size, min_scale)


SCHEDULERS = compared(globals())
