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

from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..checks import Rate, StepCount, Steps, check, checked, refuse
from ..families.cosine import Cosine
from ..families.inverse import InverseSqrt
from ..families.linear import Linear
from ..families.warmup import Warmup
from ..families.wsd import WSD, ShapeName
from ..schedule import Clip, Constant, Schedule, Shift, Skip, Then, mix
from .shared import compared

__all__ = ["HalfLifeCooldown", "OptimizerParamScheduler", "OptimizerParamScheduler_weight_decay"]

Increase = Literal["constant", "linear", "cosine"]

NOT_SCHEDULES: dict[str, str] = {
    "ParamGroupOverride": "The values that a parameter group has for itself.",
    "combine_param_group_overrides": "Joins these.",
    "param_group_override_to_tuple": "Makes a key of these.",
    "get_canonical_lr_for_logging": "Picks the group whose rate is logged.",
}


@checked()
def OptimizerParamScheduler(
    init_lr: Rate,
    max_lr: Rate,
    min_lr: Rate,
    lr_warmup_steps: StepCount,
    lr_decay_steps: Steps,
    lr_decay_style: Style,
    start_wd: float = 0.0,
    end_wd: float = 0.0,
    wd_incr_steps: int = 0,
    wd_incr_style: Increase = "constant",
    *,
    wsd_decay_steps: int | None = None,
    lr_wsd_decay_style: Cooldown | None = None,
    increment: Steps = 1,
) -> Schedule:
    """Return the rates of Megatron's scheduler: `Warmup`, then a decay, then `min_lr`, held.

    All styles but "constant" give `min_lr` after `lr_decay_steps`; at that step itself,
    "inverse-square-root" still gives its curve, so that it jumps one step later. A cooldown longer
    than what the warmup leaves is entered late, with a jump. Where Megatron passes over a style
    that it does not know until it is needed, this refuses it at once.

    Compared:
        Warmup from init_lr inside lr_decay_steps, counted in samples. Its cooldown 'exponential' is
        not WSD's, and 'inverse-square-root' jumps to min_lr after lr_decay_steps.

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
    for name, rate in {"init_lr": init_lr, "min_lr": min_lr}.items():
        if rate > max_lr:
            raise refuse(name, rate, f"at most max_lr = {max_lr}")
    if lr_warmup_steps >= lr_decay_steps:
        raise refuse("lr_warmup_steps", lr_warmup_steps, f"below lr_decay_steps = {lr_decay_steps}")
    schedule = after_warmup(
        lr_decay_style,
        max_lr,
        min_lr,
        lr_warmup_steps,
        lr_decay_steps,
        wsd_decay_steps,
        lr_wsd_decay_style,
    )
    if lr_warmup_steps:
        schedule = Warmup(schedule, lr_warmup_steps, init_lr, first="zero")
    return _counted(schedule, increment)


@checked()
def OptimizerParamScheduler_weight_decay(
    init_lr: float = 0.0,
    max_lr: float = 0.0,
    min_lr: float = 0.0,
    lr_warmup_steps: int = 0,
    lr_decay_steps: int = 1,
    lr_decay_style: Style = "constant",
    start_wd: Rate = 0.0,
    end_wd: Rate = 0.0,
    wd_incr_steps: StepCount = 0,
    wd_incr_style: Increase = "constant",
    *,
    wsd_decay_steps: int | None = None,
    lr_wsd_decay_style: Cooldown | None = None,
    increment: Steps = 1,
) -> Schedule:
    """Return the weight decay that `OptimizerParamScheduler` with these arguments sets.

    It grows from `start_wd` to `end_wd`, which is reached at `wd_incr_steps` and held. The other
    arguments are without effect here.

    Compared:
        The weight decay that it sets: Linear or Cosine, upwards.

    Examples:
        >>> wd = OptimizerParamScheduler_weight_decay(
        ...     start_wd=0.0, end_wd=0.1, wd_incr_steps=4, wd_incr_style="cosine"
        ... )
        >>> wd.sample(6).round(4).tolist()
        [0.0, 0.0146, 0.05, 0.0854, 0.1, 0.1]
    """
    if start_wd > end_wd:
        raise refuse("end_wd", end_wd, f"at least start_wd = {start_wd}")
    if wd_incr_style == "constant":
        # At first Megatron looks whether the two are equal; once the steps are over it does not.
        if start_wd != end_wd:
            raise refuse("end_wd", end_wd, f"start_wd = {start_wd} for the style 'constant'")
        return Constant(end_wd)
    if wd_incr_steps == 0:
        words = f"at least 1 for the style {wd_incr_style!r}, where Megatron divides by zero"
        raise refuse("wd_incr_steps", wd_incr_steps, words)
    way = Linear if wd_incr_style == "linear" else Cosine
    return _counted(way(start_wd, wd_incr_steps, end_wd), increment)


def _counted(schedule: Schedule, increment: int) -> Schedule:
    return schedule if increment == 1 else schedule.stride(increment)


Style = Literal["constant", "linear", "cosine", "inverse-square-root", "WSD"]
Cooldown = Literal["exponential", "linear", "cosine", "minus_sqrt"]
_SHAPES: dict[str, ShapeName] = {"linear": "linear", "cosine": "cosine", "minus_sqrt": "1-sqrt"}


@dataclass(frozen=True, repr=False)
class HalfLifeCooldown(Schedule):
    r"""Megatron's exponential cooldown: the first half-life of a decay, drawn out to both rates.

    With $p = \min(k, \text{total\_steps}) / \text{total\_steps}$:

    $$\eta_k = \text{final\_lr} + (\text{base\_lr} - \text{final\_lr}) (2 \cdot 2^{-p} - 1)$$

    Close to a straight line: one halving is drawn out to the whole way. `WSD`'s "exponential" does
    so with a fall to a tenth, and is lower.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon, >= 1.
        final_lr: learning rate from $k = \text{total\_steps}$ on, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> HalfLifeCooldown(1.0, total_steps=4).sample(6).round(4).tolist()
        [1.0, 0.6818, 0.4142, 0.1892, 0.0, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0

    def _lr(self, k: Any, xp: Any) -> Any:
        share = xp.minimum(k / self.total_steps, 1.0)
        return mix(self.final_lr, self.base_lr, 2.0 * 0.5**share - 1)


def after_warmup(
    style: Style,
    max_lr: float,
    min_lr: float,
    warmup: int,
    horizon: int,
    wsd_decay_steps: int | None,
    cooldown: Cooldown | None,
) -> Schedule:
    """Return the rates from the end of the warmup on, that end being step 0.

    Args:
        style: `lr_decay_style`.
        max_lr: the peak.
        min_lr: the lowest rate.
        warmup: length of the warmup.
        horizon: `lr_decay_steps`, warmup included.
        wsd_decay_steps: length of the cooldown.
        cooldown: `lr_wsd_decay_style`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> after_warmup("linear", 1.0, 0.0, 2, 6, None, None)
        Linear(base_lr=1.0, total_steps=4)
    """
    steps = horizon - warmup
    match style:
        case "constant":
            return Constant(max_lr)
        case "linear":
            return Linear(max_lr, steps, min_lr)
        case "cosine":
            return Cosine(max_lr, steps, min_lr)
        case "inverse-square-root":
            # Without a warmup the steps 0 and 1 both have the peak.
            decay = InverseSqrt(max_lr, warmup) if warmup else Shift(InverseSqrt(max_lr, 1), 1)
            bounded = Clip(decay, low=min_lr) if min_lr else decay
            return Then(bounded, Constant(min_lr), at=steps + 1)
        case "WSD":
            if wsd_decay_steps is None:
                raise refuse("wsd_decay_steps", None, "given for the style 'WSD'")
            length = check("wsd_decay_steps", wsd_decay_steps, StepCount)
            return _wsd(max_lr, min_lr, warmup, steps, length, cooldown)
    raise refuse("lr_decay_style", style, f"one of {get_args(Style)}")


def _wsd(
    max_lr: float, min_lr: float, warmup: int, steps: int, length: int, cooldown: Cooldown | None
) -> Schedule:
    if cooldown not in get_args(Cooldown):
        raise refuse("lr_wsd_decay_style", cooldown, f"one of {get_args(Cooldown)}")
    if length == 0:
        return Then(Constant(max_lr), Constant(min_lr), at=steps + 1)
    held = max(steps - length, 0)
    if cooldown in _SHAPES:
        shape = _SHAPES[cooldown]
        decay: Schedule = WSD(max_lr, held + length, length, final_lr=min_lr, shape=shape)
    else:
        decay = HalfLifeCooldown(max_lr, length, min_lr)
        decay = Then(Constant(max_lr), decay, at=held) if held else decay
    missed = length - steps
    if missed <= 0:
        return decay
    # The last step of a warmup has the peak, whatever follows.
    late = Skip(decay, missed + (1 if warmup else 0))
    return Then(Constant(max_lr), late, at=1) if warmup else late


SCHEDULERS = compared(globals())
