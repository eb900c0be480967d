"""The schedules of kohya-ss/sd-scripts (`get_scheduler_fix` of `library/train_util.py`).

Read at commit 6edbe00, whose requirements name transformers 4.54.1 and diffusers 0.32.1. The
schedules are transformers', and diffusers' "piecewise_constant"; what differs is how the training
scripts' options become their arguments. A step here is one of the scheduler: `accelerate` makes
`num_processes` of them at every update.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from ..checks import Fraction, Positive, Rate, StepCount, Steps, check, checked, refuse
from ..schedule import Schedule
from . import diffusers, transformers
from .shared import compared

__all__ = [
    "get_scheduler_fix",
]

_STEPS = ("num_warmup_steps", "num_training_steps")
# The names that `lr_scheduler` may have, and what the options set of each. transformers' newer ones
# get arguments they do not take.
SCHEDULER_TYPES: dict[str, tuple[str, ...]] = {
    "linear": _STEPS,
    "cosine": _STEPS,
    "cosine_with_restarts": (*_STEPS, "num_cycles"),
    "polynomial": (*_STEPS, "power"),
    "constant": (),
    "constant_with_warmup": ("num_warmup_steps",),
    "inverse_sqrt": ("num_warmup_steps", "timescale"),
    "cosine_with_min_lr": (*_STEPS, "num_cycles", "min_lr_rate"),
    # sd-scripts names the steps of the stable phase instead of all, which is the same.
    "warmup_stable_decay": (*_STEPS, "num_decay_steps", "num_cycles", "min_lr_ratio"),
    "piecewise_constant": (),
}

NOT_SCHEDULES: dict[str, str] = {
    "get_dummy_scheduler": "Holds the rate for the schedule-free optimizers.",
}


@checked()
def get_scheduler_fix(
    lr: Rate,
    lr_scheduler: str = "constant",
    max_train_steps: Steps = 1600,
    num_processes: Steps = 1,
    *,
    lr_warmup_steps: float = 0,
    lr_decay_steps: float = 0,
    lr_scheduler_num_cycles: Steps = 1,
    lr_scheduler_power: Positive = 1.0,
    lr_scheduler_timescale: int | None = None,
    lr_scheduler_min_lr_ratio: float | None = None,
    lr_scheduler_args: Sequence[str] | None = None,
    lr_scheduler_type: str = "",
) -> Schedule:
    """Return the schedule that sd-scripts makes of its options, which have their names here.

    The horizon is `max_train_steps` times `num_processes`, warmup included. A warmup or decay given
    as a whole number is not multiplied, so that with 4 processes it takes a quarter of the updates
    it says.

    Compared:
        Picks one of transformers' by its name. Numbers of steps may be shares; with several
        processes the horizon and shares grow with their number, whole numbers of steps do not.
        lr_scheduler_num_cycles is not for 'cosine', and halved for 'cosine_with_min_lr' and
        'warmup_stable_decay'.

    Args:
        lr: learning rate.
        lr_scheduler: one of `SCHEDULER_TYPES`.
        max_train_steps: updates of the run.
        num_processes: how many steps of the scheduler `accelerate` makes at an update.
        lr_warmup_steps: length of the warmup: an int, or a float from 0 to 1, a share of the
            horizon, rounded down. Not looked at for "piecewise_constant", and refused for
            "constant".
        lr_decay_steps: the same for the cooldown of "warmup_stable_decay".
        lr_scheduler_num_cycles: cycles of "cosine_with_restarts"; half waves of
            "cosine_with_min_lr" and of the cooldown.
        lr_scheduler_power: of "polynomial".
        lr_scheduler_timescale: of "inverse_sqrt"; the length of the warmup when not given.
        lr_scheduler_min_lr_ratio: last rate of "cosine_with_min_lr", which needs it, and first and
            last of "warmup_stable_decay", as a share of `lr`.
        lr_scheduler_args: further arguments of the schedule, such as "num_cycles=0.3" for "cosine",
            "lr_end=0.0" for "polynomial", or "step_rules='1:10,0.1'".
        lr_scheduler_type: sd-scripts' way to another library's class, refused here.

    Raises:
        ValueError: if an option is out of range.
        TypeError: if `lr_scheduler_args` holds an argument that the schedule does not take or that
            another option has set, or lacks `step_rules`.

    Examples:
        >>> get_scheduler_fix(1.0, "cosine", 100, lr_warmup_steps=0.1)(10)
        1.0
        >>> get_scheduler_fix(0.5, "piecewise_constant", lr_scheduler_args=["step_rules='1:9,0.1'"])
        Piecewise(milestones=(9,), values=(0.5, 0.05))
    """
    if lr_scheduler_type:
        words = "empty: lrdecay.dialects.torch has PyTorch's classes, with their own arguments"
        raise refuse("lr_scheduler_type", lr_scheduler_type, words)
    names = tuple(SCHEDULER_TYPES)
    if lr_scheduler not in names:
        raise refuse("lr_scheduler", lr_scheduler, f"one of {names}")
    total = max_train_steps * num_processes
    warmup = _steps("lr_warmup_steps", lr_warmup_steps, total)
    ratio = _or_none("lr_scheduler_min_lr_ratio", lr_scheduler_min_lr_ratio, Rate)
    rest = _arguments(lr_scheduler_args)
    if lr_scheduler == "constant" and warmup:
        raise refuse("lr_warmup_steps", lr_warmup_steps, "0 for 'constant'")
    if lr_scheduler == "polynomial" and warmup == total:
        words = f"other than the whole run, {total} steps: the decay has none"
        raise refuse("lr_warmup_steps", lr_warmup_steps, words)
    if lr_scheduler == "cosine_with_min_lr" and (ratio is None) == (rest.get("min_lr") is None):
        words = "given for 'cosine_with_min_lr', unless lr_scheduler_args has min_lr"
        raise refuse("lr_scheduler_min_lr_ratio", ratio, words)
    options: dict[str, Any] = {
        "num_warmup_steps": warmup,
        "num_training_steps": total,
        "num_decay_steps": _steps("lr_decay_steps", lr_decay_steps, total),
        "num_cycles": lr_scheduler_num_cycles
        if lr_scheduler == "cosine_with_restarts"
        else lr_scheduler_num_cycles / 2,
        "power": lr_scheduler_power,
        "timescale": _or_none("lr_scheduler_timescale", lr_scheduler_timescale, Positive),
        "min_lr_rate": ratio,
        "min_lr_ratio": ratio or 0.0,
    }
    given = {name: options[name] for name in SCHEDULER_TYPES[lr_scheduler]}
    if lr_scheduler == "piecewise_constant":
        return diffusers.get_piecewise_constant_schedule(lr, **rest)
    return getattr(transformers, transformers.SCHEDULER_TYPES[lr_scheduler])(lr, **given, **rest)


def _steps(name: str, value: float, total: int) -> int:
    """Return a number of steps that may be given as a share of the run."""
    if isinstance(value, float):
        return int(check(name, value, Fraction) * total)
    return check(name, value, StepCount)


def _or_none(name: str, value: float | None, kind: Any) -> Any:
    return None if value is None else check(name, value, kind)


def _arguments(given: Sequence[str] | None) -> dict[str, Any]:
    """Return what the texts of the form "name=value" say."""
    try:
        pairs = [text.split("=") for text in given or ()]
        return {name: ast.literal_eval(value) for name, value in pairs}
    except (AttributeError, TypeError, ValueError, SyntaxError):
        words = "a list of texts of the form name=value, the value as Python writes it"
        raise refuse("lr_scheduler_args", given, words) from None


SCHEDULERS = compared(globals())
