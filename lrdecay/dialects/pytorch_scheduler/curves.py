"""Two shapes of pytorch-scheduler alone: restarts that each warm up, and a hyperbola of logs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...checks import Positive, Rate, StepCount, Steps, refuse
from ...families.cosine import half_cosine
from ...families.restarts import MOST_CYCLES
from ...schedule import Schedule, mix
from ..timm.cycles import CycleTable, look_up


@dataclass(frozen=True, repr=False)
class WarmRestarts(Schedule):
    r"""Cosine cycles that each start at the bottom and warm up, as pytorch-scheduler has them.

    Cycle $i$ has $T_i = \lfloor T m^i \rfloor$ steps, with $T = \text{cycle\_steps}$ and
    $m = \text{cycle\_mul}$, and the peak $b_i = \text{base\_lr} \cdot \text{gamma}^i$. In its step
    $j$, with $w = \text{warmup\_steps}$ and the bottom $f = \text{final\_lr}$:

    $$\eta = \begin{cases} f & j = 0 \\ f + (b_i - f)\, j / w & 0 < j < w \\
      f + \tfrac12 (b_i - f) \left(1 + \cos \frac{\pi (j - w)}{T_i - w}\right) & j \ge w, j > 0
      \end{cases}$$

    Without warmup the peak is never used: step 0 of a cycle has the bottom all the same.

    Args:
        base_lr: the peak of the first cycle, >= 0.
        cycle_steps: length of the first cycle, >= 1.
        warmup_steps: steps of each cycle's warmup, from 0 to `cycle_steps` - 1.
        final_lr: the bottom, >= 0.
        cycle_mul: factor from one cycle's length to the next, >= 1.
        gamma: factor from one peak to the next, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> WarmRestarts(1.0, cycle_steps=4, warmup_steps=2).sample(6).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """

    base_lr: Rate
    cycle_steps: Steps
    warmup_steps: StepCount = 0
    final_lr: Rate = 0.0
    cycle_mul: Positive = 1.0
    gamma: Positive = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup_steps >= self.cycle_steps:
            words = f"below cycle_steps = {self.cycle_steps}"
            raise refuse("warmup_steps", self.warmup_steps, words)
        if self.cycle_mul < 1:
            raise refuse("cycle_mul", self.cycle_mul, "a finite number >= 1")
        if self.cycle_mul != 1:
            _table(self.cycle_steps, self.cycle_mul)

    def _lr(self, k: Any, xp: Any) -> Any:
        if self.cycle_mul == 1:
            index, j, length = k // self.cycle_steps, k % self.cycle_steps, self.cycle_steps
        else:
            index, start, length = look_up(_table(self.cycle_steps, self.cycle_mul), k, xp)
            j = k - start
        w = self.warmup_steps
        share = xp.clip((j - w) / (length - w), 0.0, None)
        height = half_cosine(share, xp)
        if w > 0:
            height = xp.where(j < w, j / w, height)
        peak = self.base_lr if self.gamma == 1 else self.base_lr * self.gamma**index
        lr = mix(self.final_lr, peak, height)
        return xp.where(j <= 0, xp.full_like(k, self.final_lr), lr)


@lru_cache(maxsize=64)
def _table(cycle_steps: int, cycle_mul: float) -> CycleTable:
    starts, lengths = [0.0], [float(cycle_steps)]
    while starts[-1] + lengths[-1] < 2.0**53:
        if len(starts) == MOST_CYCLES:
            words = f"1, or so far above that at most {MOST_CYCLES} cycles begin before step 2**53"
            raise refuse("cycle_mul", cycle_mul, words)
        starts.append(starts[-1] + lengths[-1])
        lengths.append(float(int(min(cycle_steps * cycle_mul ** len(lengths), 2.0**53))))
    return CycleTable(tuple(starts), tuple(starts), tuple(lengths), math.inf)


@dataclass(frozen=True, repr=False)
class ExpHyperbolic(Schedule):
    r"""`Hyperbolic` in the logarithm of the rate.

    With $T = \text{total\_steps}$, $U = \text{upper\_bound}$, $n = \min(k, T)$ and
    $f(n) = \sqrt{\frac{T - n}{U} \left(2 - \frac{T + n}{U}\right)}$:

    $$\eta_k = \text{base\_lr} \left(\frac{\text{base\_lr}}{\text{final\_lr}}\right)^{f(n) - f(0)}$$

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon $T$, >= 1.
        upper_bound: $U$, >= `total_steps`; runs with the same $U$ start alike.
        final_lr: the rate that a run of $U$ steps would end at, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> ExpHyperbolic(1.0, 4, upper_bound=8, final_lr=0.01).sample(5).round(3).tolist()
        [1.0, 0.506, 0.243, 0.104, 0.019]
    """

    base_lr: Rate
    total_steps: Steps
    upper_bound: Steps
    final_lr: Positive

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.upper_bound < self.total_steps:
            words = f"at least total_steps = {self.total_steps}"
            raise refuse("upper_bound", self.upper_bound, words)

    def _lr(self, k: Any, xp: Any) -> Any:
        total, bound = self.total_steps, self.upper_bound
        n = xp.minimum(k, total)
        arc = xp.sqrt((total - n) / bound * (2 - (total + n) / bound))
        start = math.sqrt(total / bound * (2 - total / bound))
        return self.base_lr * (self.base_lr / self.final_lr) ** (arc - start)
