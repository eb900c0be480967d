"""What DeepSpeed's schedulers have that no family has: a logarithmic ramp, and growth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..algebra import Then
from ..fields import Flag, Positive, Rate, Steps
from ..schedule import Schedule, mix
from ._warmed import warmed


@dataclass(frozen=True, repr=False)
class LogRamp(Schedule):
    r"""A ramp that rises with the logarithm of the step, then holds.

    With $w = \text{warmup\_steps}$:

    $$\eta_k = \text{start\_lr} + (\text{base\_lr} - \text{start\_lr})
      \frac{\log \min(k + 1, w)}{\log w}$$

    `start_lr` at $k = 0$, `base_lr` from $k = w - 1$ on.

    Args:
        base_lr: where the ramp goes to, >= 0.
        warmup_steps: length $w$ of the ramp, >= 2.
        start_lr: learning rate at $k = 0$, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> LogRamp(1.0, warmup_steps=4).sample(5).round(4).tolist()
        [0.0, 0.5, 0.7925, 1.0, 1.0]
    """

    base_lr: Rate
    warmup_steps: Steps
    start_lr: Rate = 0.0

    def _lr(self, k: Any, xp: Any) -> Any:
        steps = xp.minimum(k + 1.0, float(self.warmup_steps))
        return mix(self.start_lr, self.base_lr, xp.log(steps) / math.log(self.warmup_steps))


def ramped(
    peak: float, rest: Schedule, warmup_steps: int, *, start_lr: float, kind: str
) -> Schedule:
    """Return DeepSpeed's "linear" or "log" ramp from `start_lr` to `peak`, then `rest`."""
    if kind == "linear":
        return warmed(peak, rest, warmup_steps, start_lr=start_lr)
    return Then(LogRamp(peak, warmup_steps, start_lr), rest, at=warmup_steps)


@dataclass(frozen=True, repr=False)
class Growth(Schedule):
    r"""A rate that grows by the same amount at every step, without end.

    $$\eta_k = \text{base\_lr} \left(1 + \text{rate} \frac{k}{\text{step\_size}}\right)$$

    with the fraction rounded down if `staircase`.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        rate: growth over `step_size` steps, as a share of `base_lr`, >= 0.
        step_size: steps from one multiple of `rate` to the next, > 0.
        staircase: whether the rate is held in between.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Growth(1.0, rate=2.0, step_size=4).sample(5).tolist()
        [1.0, 1.5, 2.0, 2.5, 3.0]
    """

    base_lr: Rate
    rate: Rate
    step_size: Positive = 1.0
    staircase: Flag = False

    def _lr(self, k: Any, xp: Any) -> Any:
        intervals = k // self.step_size if self.staircase else k / self.step_size
        return self.base_lr * (1 + self.rate * intervals)
