"""A hyperbolic tangent between two rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Number, Rate, Steps, refuse
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class Tanh(Schedule):
    r"""A hyperbolic tangent: flat, then a fall, then flat again.

    With $p = \min(k, T) / T$ and $T = \text{total\_steps}$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (\text{base\_lr} - \text{final\_lr})
      \left(1 - \tanh\left(\text{lower}\,(1 - p) + \text{upper}\, p\right)\right)$$

    Close to `base_lr` at $k = 0$ and close to `final_lr` at $k = T$, neither exactly; held after.

    Args:
        base_lr: learning rate that the start comes close to, >= 0.
        total_steps: the horizon, >= 1.
        final_lr: learning rate that the end comes close to, >= 0.
        lower: argument of the tangent at $k = 0$, below `upper`.
        upper: argument of the tangent at $k = T$.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        B. Y. Hsueh, W. Li, I.-C. Wu, "Stochastic Gradient Descent with Hyperbolic-Tangent Decay
        on Classification", 2018, arXiv:1806.01593. The defaults are timm's.

    Examples:
        >>> [round(lr, 4) for lr in Tanh(1.0, total_steps=4).sample(5).tolist()]
        [1.0, 0.9999, 0.982, 0.2689, 0.0025]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0
    lower: Number = -7.0
    upper: Number = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lower >= self.upper:
            raise refuse("lower", self.lower, f"below upper = {self.upper}")

    def _lr(self, k: Any, xp: Any) -> Any:
        share = xp.minimum(k / self.total_steps, 1.0)
        left = (1 - xp.tanh(mix(self.lower, self.upper, share))) / 2
        return mix(self.final_lr, self.base_lr, left)
