"""Drops by a factor at regular intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Positive, Rate, Steps
from ..schedule import Schedule


@dataclass(frozen=True, repr=False)
class Step(Schedule):
    r"""Multiply the learning rate by `gamma` every `step_size` steps.

    $$\eta_k = \text{base\_lr} \cdot \text{gamma}^{\lfloor k / \text{step\_size} \rfloor}$$

    The first update at the lower rate is the one at $k = \text{step\_size}$. There is no horizon:
    the drops go on.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        step_size: number of steps between drops, >= 1.
        gamma: factor of each drop, > 0. The default 0.1 takes 90 % away.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        `torch.optim.lr_scheduler.StepLR` has the same formula and the same default `gamma`.

    Examples:
        >>> Step(1.0, step_size=2, gamma=0.5).sample(6).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    base_lr: Rate
    step_size: Steps
    gamma: Positive = 0.1

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.base_lr * self.gamma ** (k // self.step_size)
