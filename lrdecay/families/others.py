"""Two rare shapes: Chebyshev nodes, and an arc of a hyperbola."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..checks import Rate, Steps, refuse
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class Chebyshev(Schedule):
    r"""The Chebyshev nodes between two rates, from the highest to the lowest.

    With $T = \text{total\_steps}$ and $j = \min(\lfloor k \rfloor, T - 1)$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (\text{base\_lr} - \text{final\_lr})
      \left(1 + \cos \frac{\pi (2 j + 1)}{2 T}\right)$$

    The nodes lie strictly between the two rates: neither is reached. The last is held after $T$.

    Args:
        base_lr: upper end, >= 0.
        total_steps: number of nodes, >= 1.
        final_lr: lower end, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        pytorch-scheduler's `ChebyshevScheduler`, whose documentation calls it non-monotonic; in
        this order it falls at every step.

    Examples:
        >>> [round(lr, 4) for lr in Chebyshev(1.0, total_steps=3).sample(4).tolist()]
        [0.933, 0.5, 0.067, 0.067]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0

    def _lr(self, k: Any, xp: Any) -> Any:
        node = xp.minimum(k // 1, self.total_steps - 1)
        left = (1 + xp.cos(math.pi * (2 * node + 1) / (2 * self.total_steps))) / 2
        return mix(self.final_lr, self.base_lr, left)


@dataclass(frozen=True, repr=False)
class Hyperbolic(Schedule):
    r"""An arc of a hyperbola whose early part hardly depends on the length of the run.

    With $T = \text{total\_steps}$, $U = \text{upper\_bound}$, $n = \min(k, T)$ and
    $f(n) = \sqrt{\frac{T - n}{U} \left(2 - \frac{T + n}{U}\right)}$:

    $$\eta_k = \text{base\_lr} + (\text{base\_lr} - \text{final\_lr}) (f(n) - f(0))$$

    `base_lr` at $k = 0$. At $k = T$ the rate is
    $\text{base\_lr} - (\text{base\_lr} - \text{final\_lr}) f(0)$, which is above `final_lr` unless
    $U = T$, and is held after.

    Args:
        base_lr: learning rate at $k = 0$, >= `final_lr`.
        total_steps: the horizon $T$, >= 1.
        upper_bound: $U$, >= `total_steps`; runs with the same $U$ start alike.
        final_lr: the rate that a run of $U$ steps would end at, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        T.-G. Kim, "HyperbolicLR: Epoch Insensitive Learning Rate Scheduler", 2024,
        arXiv:2407.15200, as shipped in pytorch-scheduler.

    Examples:
        >>> [round(lr, 4) for lr in Hyperbolic(1.0, 4, upper_bound=8).sample(5).tolist()]
        [1.0, 0.852, 0.693, 0.509, 0.134]
    """

    base_lr: Rate
    total_steps: Steps
    upper_bound: Steps
    final_lr: Rate = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.upper_bound < self.total_steps:
            words = f"at least total_steps = {self.total_steps}"
            raise refuse("upper_bound", self.upper_bound, words)
        if self.final_lr > self.base_lr:
            raise refuse("final_lr", self.final_lr, f"at most base_lr = {self.base_lr}")

    def _lr(self, k: Any, xp: Any) -> Any:
        total, bound = self.total_steps, self.upper_bound
        n = xp.minimum(k, total)
        arc = xp.sqrt((total - n) / bound * (2 - (total + n) / bound))
        start = math.sqrt(total / bound * (2 - total / bound))
        return self.base_lr + (self.base_lr - self.final_lr) * (arc - start)
