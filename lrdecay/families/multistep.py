"""Drops by a factor at chosen milestones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from typing import Any

from ..checks import Milestones, Positive, Rate, refuse
from ..schedule import Schedule

_MOST = 20  # milestones that are compared one by one; more are looked up


@dataclass(frozen=True, repr=False)
class MultiStep(Schedule):
    r"""Multiply the learning rate by a factor at each milestone.

    With one `gamma`,

    $$\eta_k = \text{base\_lr} \cdot \text{gamma}^{\#\{m \in \text{milestones} : m \le k\}}$$

    and with a factor for each milestone, the product of the factors of the milestones $m \le k$.

    The update at $k = m$ is the first to use the lower rate. After the last milestone the rate is
    held.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        milestones: rising steps, each >= 1.
        gamma: factor of every drop, or one factor for each milestone, all > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        `torch.optim.lr_scheduler.MultiStepLR`. Peers differ by one step here: Keras changes at
        $m + 1$, timm at $m - 1$.

    Examples:
        >>> MultiStep(1.0, milestones=(3, 5), gamma=0.5).sample(7).tolist()
        [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
        >>> MultiStep(1.0, milestones=(3, 5), gamma=(0.5, 0.1)).sample(7).tolist()
        [1.0, 1.0, 1.0, 0.5, 0.5, 0.05, 0.05]
    """

    base_lr: Rate
    milestones: Milestones
    gamma: Positive | tuple[Positive, ...] = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.gamma, tuple) and len(self.gamma) != len(self.milestones):
            words = f"one factor, or {len(self.milestones)}, one for each milestone"
            raise refuse("gamma", self.gamma, words)

    def _lr(self, k: Any, xp: Any) -> Any:
        several = isinstance(self.gamma, tuple)
        factors = self.gamma if several else (self.gamma,) * len(self.milestones)
        if len(factors) > _MOST:
            rates = tuple(accumulate(factors, mul, initial=self.base_lr))
            if all(map(math.isfinite, rates)):
                return xp.item(rates, xp.bisect(self.milestones, k))
        lr = xp.full_like(k, self.base_lr)
        for milestone, factor in zip(self.milestones, factors, strict=True):
            lr = xp.where(k >= milestone, lr * factor, lr)
        return lr
