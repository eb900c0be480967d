"""What Megatron's scheduler does after its warmup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..checks import Rate, StepCount, Steps, check, refuse
from ..families.cosine import Cosine
from ..families.inverse import InverseSqrt
from ..families.linear import Linear
from ..families.shapes import ShapeName
from ..families.wsd import WSD
from ..schedule import Clip, Constant, Schedule, Shift, Skip, Then, mix

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
