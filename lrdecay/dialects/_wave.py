"""A cosine that keeps waving: what peers give that do not hold the last rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..checks import MOST_STEPS, Positive, Rate, Steps, refuse
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class CosineWave(Schedule):
    r"""A cosine wave without end: `Cosine` that rises again after its horizon.

    With $T = \text{total\_steps}$ and $n = \text{waves}$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (\text{base\_lr} - \text{final\_lr})
      \left(1 + \cos \frac{2 \pi n k}{T}\right)$$

    `base_lr` at $k = 0$, `final_lr` for the first time at $k = T / 2 n$, which is $T$ with the
    default.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon $T$, >= 1.
        final_lr: learning rate at the other end of the wave, >= 0.
        waves: how many whole waves fit into `total_steps`, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> [round(lr, 4) for lr in CosineWave(1.0, total_steps=4).sample(7).tolist()]
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464, 0.5]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0
    waves: Rate = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.waves > MOST_STEPS:
            raise refuse("waves", self.waves, "at most 2**53")

    def _lr(self, k: Any, xp: Any) -> Any:
        share = k / self.total_steps
        left = (1 + xp.cos(math.pi * self.waves * 2.0 * share)) / 2
        return mix(self.final_lr, self.base_lr, left)


@dataclass(frozen=True, repr=False)
class RoundedRestarts(Schedule):
    r"""`CosineCycles` as floating point finds its restarts: some come one step late.

    With $p = k / \text{total\_steps}$:

    $$\eta_k = \tfrac12\, \text{base\_lr}
      \left(1 + \cos \left(\pi \,(\text{cycles} \cdot p \bmod 1)\right)\right), \quad p < 1$$

    and 0 from $p = 1$ on. Where $\text{cycles} \cdot p$ should be a whole number and is rounded to
    less, the rate is 0 instead of the peak. A compiler that rounds otherwise, such as that behind
    `jax.jit`, misses other restarts.

    Args:
        base_lr: learning rate at the start of each cycle, >= 0.
        total_steps: the horizon, >= 1.
        cycles: number of cycles, > 0, whole or not.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> RoundedRestarts(1.0, total_steps=49, cycles=49).sample(3).tolist()
        [1.0, 0.0, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    cycles: Positive

    def _lr(self, k: Any, xp: Any) -> Any:
        share = k / self.total_steps
        left = (1 + xp.cos(math.pi * (self.cycles * share % 1.0))) / 2
        return xp.where(share < 1.0, self.base_lr * left, xp.full_like(k, 0.0))
