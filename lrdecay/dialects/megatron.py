"""The scheduler of Megatron-LM (`megatron.core.OptimizerParamScheduler`, read and run at 0.16.1).

It counts what its `step(increment)` is given: Megatron-LM's trainer gives it the samples of each
update, the global batch size, and multiplies `lr_warmup_iters`, `lr_decay_iters` and
`lr_wsd_decay_iters` by it. Here `increment` says what an update adds; 1, the default, counts in the
scheduler's own unit. While a global batch size ramps up no single increment holds: call the
schedule made with `increment` 1 at the samples consumed. The first update uses the rate of count 0.
A schedule here is that of one parameter group: where a group overrides `max_lr` or `min_lr`, or
`start_wd` or `end_wd`, make one with these; `wd_mult` is `.scale(wd_mult)`.
"""

from __future__ import annotations

from typing import Literal, get_args

from ..arguments import checked
from ..checks import Rate, StepCount, Steps, check, refuse
from ..families.cosine import Cosine
from ..families.linear import Linear
from ..families.warmup import Warmup
from ..schedule import Constant, Schedule
from ._megatron_decay import Cooldown, Style, after_warmup

__all__ = ["OptimizerParamScheduler", "OptimizerParamScheduler_weight_decay"]

Increase = Literal["constant", "linear", "cosine"]

SCHEDULERS: dict[str, str] = {
    "OptimizerParamScheduler": (
        "Warmup from init_lr inside lr_decay_steps, counted in samples. Its cooldown 'exponential' "
        "is not WSD's, and 'inverse-square-root' jumps to min_lr after lr_decay_steps."
    ),
    "OptimizerParamScheduler_weight_decay": (
        "The weight decay that it sets: Linear or Cosine, upwards."
    ),
}

NOT_SCHEDULES: dict[str, str] = {
    "ParamGroupOverride": "The values that a parameter group has for itself.",
    "combine_param_group_overrides": "Joins these.",
    "param_group_override_to_tuple": "Makes a key of these.",
    "get_canonical_lr_for_logging": "Picks the group whose rate is logged.",
}


@checked()
def OptimizerParamScheduler(
    init_lr: float,
    max_lr: float,
    min_lr: float,
    lr_warmup_steps: int,
    lr_decay_steps: int,
    lr_decay_style: Style,
    start_wd: float = 0.0,
    end_wd: float = 0.0,
    wd_incr_steps: int = 0,
    wd_incr_style: Increase = "constant",
    *,
    wsd_decay_steps: int | None = None,
    lr_wsd_decay_style: Cooldown | None = None,
    increment: int = 1,
) -> Schedule:
    """Return the rates of Megatron's scheduler: `Warmup`, then a decay, then `min_lr`, held.

    All styles but "constant" give `min_lr` after `lr_decay_steps`; at that step itself,
    "inverse-square-root" still gives its curve, so that it jumps one step later. A cooldown longer
    than what the warmup leaves is entered late, with a jump. Where Megatron passes over a style
    that it does not know until it is needed, this refuses it at once.

    Args:
        init_lr: where the warmup starts, at most `max_lr`.
        max_lr: the peak, used at `lr_warmup_steps`.
        min_lr: the lowest rate of the decay, at most `max_lr`; the warmup may start below it.
        lr_warmup_steps: length of the warmup, below `lr_decay_steps`.
        lr_decay_steps: the horizon, warmup included.
        lr_decay_style: "constant", "linear", "cosine", "inverse-square-root" or "WSD".
        start_wd: here without effect, like the next three: see
            `OptimizerParamScheduler_weight_decay`.
        end_wd: last weight decay.
        wd_incr_steps: steps from the first to the last.
        wd_incr_style: the way between them.
        wsd_decay_steps: length of the cooldown of "WSD", inside `lr_decay_steps`.
        lr_wsd_decay_style: its shape: "linear", "cosine", "minus_sqrt", which is `WSD`'s "1-sqrt",
            or "exponential", 2 * 0.5**p - 1, which none of `WSD`'s is.
        increment: what each update adds to Megatron's count of steps.

    Raises:
        ValueError: where Megatron raises an error, and where an argument is out of range.

    Examples:
        >>> wsd = OptimizerParamScheduler(
        ...     0.0, 1.0, 0.0, 2, 8, "WSD", wsd_decay_steps=4, lr_wsd_decay_style="exponential"
        ... )
        >>> wsd.sample(9).round(4).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.6818, 0.4142, 0.1892, 0.0]
        >>> OptimizerParamScheduler(0.0, 1.0, 0.1, 512, 2560, "linear", increment=256)(2)
        1.0
    """
    first, peak = check("init_lr", init_lr, Rate), check("max_lr", max_lr, Rate)
    low = check("min_lr", min_lr, Rate)
    for name, rate in {"init_lr": first, "min_lr": low}.items():
        if rate > peak:
            raise refuse(name, rate, f"at most max_lr = {peak}")
    warmup = check("lr_warmup_steps", lr_warmup_steps, StepCount)
    horizon = check("lr_decay_steps", lr_decay_steps, Steps)
    if warmup >= horizon:
        raise refuse("lr_warmup_steps", warmup, f"below lr_decay_steps = {horizon}")
    schedule = after_warmup(
        lr_decay_style, peak, low, warmup, horizon, wsd_decay_steps, lr_wsd_decay_style
    )
    if warmup:
        schedule = Warmup(schedule, warmup, first, first="zero")
    return _counted(schedule, increment)


@checked()
def OptimizerParamScheduler_weight_decay(
    init_lr: float = 0.0,
    max_lr: float = 0.0,
    min_lr: float = 0.0,
    lr_warmup_steps: int = 0,
    lr_decay_steps: int = 1,
    lr_decay_style: Style = "constant",
    start_wd: float = 0.0,
    end_wd: float = 0.0,
    wd_incr_steps: int = 0,
    wd_incr_style: Increase = "constant",
    *,
    wsd_decay_steps: int | None = None,
    lr_wsd_decay_style: Cooldown | None = None,
    increment: int = 1,
) -> Schedule:
    """Return the weight decay that `OptimizerParamScheduler` with these arguments sets.

    It grows from `start_wd` to `end_wd`, which is reached at `wd_incr_steps` and held. The other
    arguments are without effect here.

    Examples:
        >>> wd = OptimizerParamScheduler_weight_decay(
        ...     start_wd=0.0, end_wd=0.1, wd_incr_steps=4, wd_incr_style="cosine"
        ... )
        >>> wd.sample(6).round(4).tolist()
        [0.0, 0.0146, 0.05, 0.0854, 0.1, 0.1]
    """
    first, last = check("start_wd", start_wd, Rate), check("end_wd", end_wd, Rate)
    if first > last:
        raise refuse("end_wd", last, f"at least start_wd = {first}")
    steps = check("wd_incr_steps", wd_incr_steps, StepCount)
    if wd_incr_style not in get_args(Increase):
        raise refuse("wd_incr_style", wd_incr_style, f"one of {get_args(Increase)}")
    if wd_incr_style == "constant":
        # At first Megatron looks whether the two are equal; once the steps are over it does not.
        if first != last:
            raise refuse("end_wd", last, f"start_wd = {first} for the style 'constant'")
        return Constant(last)
    if steps == 0:
        words = f"at least 1 for the style {wd_incr_style!r}, where Megatron divides by zero"
        raise refuse("wd_incr_steps", steps, words)
    way = Linear if wd_incr_style == "linear" else Cosine
    return _counted(way(first, steps, last), increment)


def _counted(schedule: Schedule, increment: int) -> Schedule:
    count = check("increment", increment, Steps)
    return schedule if count == 1 else schedule.stride(count)
