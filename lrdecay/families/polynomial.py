"""Polynomial decay to a horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Flag, Positive, Rate, Steps
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class Polynomial(Schedule):
    r"""A power of the share of the run that is left.

    $$\eta_k = \text{final\_lr} + (\text{base\_lr} - \text{final\_lr})
      \left(1 - \frac{\min(k, \text{total\_steps})}{\text{total\_steps}}\right)^{\text{power}}$$

    With `cycle` the horizon is $\text{total\_steps} \cdot \max(1, \lceil k / \text{total\_steps}
    \rceil)$ in place of `total_steps`: at the end of each period the rate touches `final_lr`, jumps
    part of the way back, and falls again, more slowly.

    `power` 1 is `Linear`; above 1 most of the decay comes early, below 1 late. `base_lr` at
    $k = 0$; `final_lr` at $k = \text{total\_steps}$ and, without `cycle`, held after.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon, >= 1.
        power: exponent, > 0.
        final_lr: learning rate from $k = \text{total\_steps}$ on, >= 0.
        cycle: whether the horizon moves on each time it is reached.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        `torch.optim.lr_scheduler.PolynomialLR` (which always ends at 0) and
        `optax.polynomial_schedule`; `cycle` is Keras'.

    Examples:
        >>> Polynomial(1.0, total_steps=4, power=2).sample(5).tolist()
        [1.0, 0.5625, 0.25, 0.0625, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    power: Positive
    final_lr: Rate = 0.0
    cycle: Flag = False

    def _lr(self, k: Any, xp: Any) -> Any:
        share = k / self.total_steps
        if self.cycle:
            # Not the ceiling of a quotient, which JAX rounds up past a whole number.
            share = share / xp.clip(-(-k // self.total_steps), 1.0, None)
        left = (1 - xp.minimum(share, 1.0)) ** self.power
        return mix(self.final_lr, self.base_lr, left)
