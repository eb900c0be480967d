"""Linear decay to a horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Rate, Steps
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class Linear(Schedule):
    r"""A straight line from `base_lr` to `final_lr`.

    $$\eta_k = \text{base\_lr} + (\text{final\_lr} - \text{base\_lr})
      \frac{\min(k, \text{total\_steps})}{\text{total\_steps}}$$

    `base_lr` at $k = 0$; `final_lr` at $k = \text{total\_steps}$ and held after. A run of
    `total_steps` updates stops one step before that, at $k = \text{total\_steps} - 1$.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon, >= 1.
        final_lr: learning rate from $k = \text{total\_steps}$ on, >= 0. It may be above `base_lr`.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        Linear decay to zero is the worst-case optimal choice for the last iterate of a convex
        problem: A. Defazio, A. Cutkosky, H. Mehta, K. Mishchenko, "Optimal Linear Decay Learning
        Rate Schedules and Further Refinements", 2023, arXiv:2310.07831.

    Examples:
        >>> Linear(1.0, total_steps=4).sample(6).tolist()
        [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0

    def _lr(self, k: Any, xp: Any) -> Any:
        return mix(self.base_lr, self.final_lr, xp.minimum(k / self.total_steps, 1.0))
