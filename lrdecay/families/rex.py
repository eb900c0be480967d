"""REX, a reflected hyperbola."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Rate, Steps
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class REX(Schedule):
    r"""A reflected hyperbola: above the straight line, steeper towards the end.

    With $p = \min(k, T) / T$ and $T = \text{total\_steps}$:

    $$\eta_k = \text{final\_lr} + (\text{base\_lr} - \text{final\_lr}) \frac{1 - p}{1 - p / 2}$$

    `base_lr` at $k = 0$; `final_lr` at $k = T$ and held after.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon, >= 1.
        final_lr: learning rate from $k = T$ on, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        J. Chen, C. Wolfe, A. Kyrillidis, "REX: Revisiting Budgeted Training with an Improved
        Schedule", 2021, arXiv:2107.04197.

    Examples:
        >>> [round(lr, 4) for lr in REX(1.0, total_steps=4).sample(5).tolist()]
        [1.0, 0.8571, 0.6667, 0.4, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0

    def _lr(self, k: Any, xp: Any) -> Any:
        share = xp.minimum(k / self.total_steps, 1.0)
        return mix(self.final_lr, self.base_lr, (1 - share) / (1 - share / 2))
