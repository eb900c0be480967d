"""What DeepSpeed's schedulers have that no family has: growth without end, and their ramps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Flag, Positive, Rate
from ..families.warmup import Warmup
from ..schedule import Constant, Schedule, Then
from ._warmed import warmed


def ramped(
    peak: float, rest: Schedule, warmup_steps: int, *, start_lr: float, kind: str
) -> Schedule:
    """Return DeepSpeed's "linear" or "log" ramp from `start_lr` to `peak`, then `rest`."""
    if kind == "linear":
        return warmed(peak, rest, warmup_steps, start_lr=start_lr)
    ramp = Warmup(Constant(peak), warmup_steps, start_lr, "1/w", "log")
    return Then(ramp, rest, at=warmup_steps)


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
