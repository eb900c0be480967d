"""The schedules of diffusers (`diffusers.optimization`, read and run at 0.42.1).

Most are transformers' of the same name, here too. Warmup is counted inside `num_training_steps` and
starts at 0, so that the first update changes nothing. A schedule here is that of one parameter
group; `last_epoch`, which resumes a run, falls away. diffusers' training scripts hand `accelerate`
a schedule that it steps once for each process at every update; a step here is one of those.
"""

from __future__ import annotations

from typing import Any

from ..checks import Positive, Rate, StepCount, Steps, check, checked, refuse
from ..families.linear import Linear
from ..families.piecewise import Piecewise
from ..schedule import Constant, Schedule
from .shared import compared, warmed
from .transformers import (
    get_constant_schedule,
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_cosine_with_hard_restarts_schedule_with_warmup,
    get_polynomial_decay_schedule_with_warmup,
)

__all__ = [
    "get_constant_schedule",
    "get_constant_schedule_with_warmup",
    "get_cosine_schedule_with_warmup",
    "get_cosine_with_hard_restarts_schedule_with_warmup",
    "get_linear_schedule_with_warmup",
    "get_piecewise_constant_schedule",
    "get_polynomial_decay_schedule_with_warmup",
    "get_scheduler",
]

# The names that `get_scheduler` knows.
SCHEDULER_TYPES: dict[str, str] = {
    "linear": "get_linear_schedule_with_warmup",
    "cosine": "get_cosine_schedule_with_warmup",
    "cosine_with_restarts": "get_cosine_with_hard_restarts_schedule_with_warmup",
    "polynomial": "get_polynomial_decay_schedule_with_warmup",
    "constant": "get_constant_schedule",
    "constant_with_warmup": "get_constant_schedule_with_warmup",
    "piecewise_constant": "get_piecewise_constant_schedule",
}

NOT_SCHEDULES: dict[str, str] = {"SchedulerType": "The names that get_scheduler knows."}

_RULES = (
    'a text of share:step rules and a last share, such as "1:10,0.1:20,0.01", with finite shares '
    ">= 0 and whole steps"
)


@checked()
def get_piecewise_constant_schedule(lr: Rate, step_rules: str) -> Schedule:
    """Return diffusers' steps by rules: `Piecewise`.

    Compared:
        Piecewise, as shares of lr in a text of step:rules; its numbers of steps count from the
        start of the run, not, as diffusers' docstring says, from the rule before.

    Args:
        lr: what the shares are of.
        step_rules: rules in any order, "1:10,0.1:20,0.01": the whole of `lr` before step 10, a
            tenth of it before step 20, a hundredth from then on. diffusers' docstring counts the
            second from the end of the first; its code, and this, from the start. Of two rules for
            one step the later holds; one for a step that is not above 0 changes nothing.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> get_piecewise_constant_schedule(0.5, "1:10,0.1:20,0.01")
        Piecewise(milestones=(10, 20), values=(0.5, 0.05, 0.005))
    """
    if not isinstance(step_rules, str):
        raise refuse("step_rules", step_rules, _RULES)
    *rules, last = step_rules.split(",")
    try:
        pairs = [rule.split(":") for rule in rules]
        rates = {int(step): check("step_rules", lr * float(share), Rate) for share, step in pairs}
        last_lr = check("step_rules", lr * float(last), Rate)
        steps = tuple(sorted(step for step in rates if step > 0))
        if not steps:
            return Constant(last_lr)
        return Piecewise(steps, (*(rates[step] for step in steps), last_lr))
    except ValueError:
        raise refuse("step_rules", step_rules, _RULES) from None


@checked()
def get_linear_schedule_with_warmup(
    lr: Rate,
    num_warmup_steps: StepCount,
    num_training_steps: Steps,
    f_min: Rate = 0.0,
    f_max: Rate = 1.0,
) -> Schedule:
    """Return diffusers' linear schedule: `Warmup` of `Linear`, between shares of `lr`.

    Starts at 0, reaches `f_max` times `lr` at `num_warmup_steps`, and `f_min` times `lr` at
    `num_training_steps`, warmup included, which is held. A warmup that is no shorter than the run
    is followed by the end.

    Compared:
        Warmup inside num_training_steps and from 0; peak and end are shares of lr.

    Args:
        lr: what the shares are of.
        num_warmup_steps: length of the warmup.
        num_training_steps: the horizon.
        f_min: the share at the end.
        f_max: the share at the peak.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> get_linear_schedule_with_warmup(1.0, 2, 6, f_min=0.5).sample(8).tolist()
        [0.0, 0.5, 1.0, 0.875, 0.75, 0.625, 0.5, 0.5]
    """
    decay_steps = num_training_steps - num_warmup_steps
    peak, end = lr * f_max, lr * f_min
    rest = Linear(peak, decay_steps, end) if decay_steps > 0 else Constant(end)
    return warmed(peak, rest, num_warmup_steps)


@checked()
def get_scheduler(
    name: str,
    lr: Rate,
    step_rules: str | None = None,
    num_warmup_steps: int | None = None,
    num_training_steps: int | None = None,
    num_cycles: int = 1,
    power: float = 1.0,
) -> Schedule:
    """Return one of the other schedules by its name in diffusers, such as "cosine".

    Compared:
        Picks one of the others by its name; num_cycles is for 'cosine_with_restarts' alone, and
        'polynomial' always ends at 1e-7.

    Args:
        name: a key of `SCHEDULER_TYPES`.
        lr: learning rate.
        step_rules: for "piecewise_constant".
        num_warmup_steps: for all but that and "constant".
        num_training_steps: for all that have a horizon.
        num_cycles: for "cosine_with_restarts" alone: "cosine" falls once.
        power: for "polynomial", whose end is 1e-7.

    Raises:
        ValueError: if the name is unknown, or what it needs is missing.

    Examples:
        >>> get_scheduler("linear", 1.0, num_warmup_steps=2, num_training_steps=6)
        Warmup(schedule=Linear(base_lr=1.0, total_steps=4), warmup_steps=2, first='zero')
    """
    names = tuple(SCHEDULER_TYPES)
    if name not in names:
        raise refuse("name", name, f"one of {names}")
    make = globals()[SCHEDULER_TYPES[name]]
    if name == "constant":
        return make(lr)
    if name == "piecewise_constant":
        return make(lr, step_rules)
    if num_warmup_steps is None:
        raise refuse("num_warmup_steps", None, f"given for {name!r}")
    if name == "constant_with_warmup":
        return make(lr, num_warmup_steps)
    if num_training_steps is None:
        raise refuse("num_training_steps", None, f"given for {name!r}")
    rest: dict[str, Any] = {}
    if name == "cosine_with_restarts":
        rest = {"num_cycles": num_cycles}
    elif name == "polynomial":
        rest = {"power": check("power", power, Positive)}
    return make(lr, num_warmup_steps, num_training_steps, **rest)


SCHEDULERS = compared(globals())
