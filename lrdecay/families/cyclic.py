"""A triangular wave between two rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Positive, Rate, Steps, refuse
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class Cyclic(Schedule):
    r"""A triangular wave: up from `min_lr` to `base_lr`, down again, and over.

    With $u = \text{up\_steps}$, $d = \text{down\_steps}$, $c = \lfloor k / (u + d) \rfloor$ the
    number of the cycle and $j = k \bmod (u + d)$ the step in it:

    $$\eta_k = \text{min\_lr} + (\text{base\_lr} - \text{min\_lr}) \cdot
      \text{cycle\_gamma}^c \cdot \text{step\_gamma}^k \cdot
      \begin{cases} j / u & j \le u \\ 1 - (j - u) / d & j > u \end{cases}$$

    `min_lr` at $k = 0$, `base_lr` at $k = u$ (times $\text{step\_gamma}^u$), `min_lr` again at
    $k = u + d$. There is no horizon: the wave goes on.

    Args:
        base_lr: the top of the first wave, >= `min_lr`.
        min_lr: the bottom of the wave, >= 0.
        up_steps: steps from bottom to top, >= 1.
        down_steps: steps from top to bottom, >= 1; as `up_steps` when not given.
        cycle_gamma: factor of the height from one cycle to the next, > 0; 0.5 is "triangular2".
        step_gamma: factor of the height from one step to the next, > 0; "exp_range".

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2015,
        arXiv:1506.01186. `torch.optim.lr_scheduler.CyclicLR` calls the bottom `base_lr`.

    Examples:
        >>> Cyclic(1.0, min_lr=0.5, up_steps=2).sample(6).tolist()
        [0.5, 0.75, 1.0, 0.75, 0.5, 0.75]
        >>> Cyclic(1.0, min_lr=0.0, up_steps=1, cycle_gamma=0.5).sample(6).tolist()
        [0.0, 1.0, 0.0, 0.5, 0.0, 0.25]
    """

    base_lr: Rate
    min_lr: Rate
    up_steps: Steps
    down_steps: Steps | None = None
    cycle_gamma: Positive = 1.0
    step_gamma: Positive = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_lr > self.base_lr:
            raise refuse("min_lr", self.min_lr, f"at most base_lr = {self.base_lr}")

    def _lr(self, k: Any, xp: Any) -> Any:
        up = self.up_steps
        down = self.down_steps or up
        j = k % (up + down)
        height = xp.where(j <= up, j / up, 1 - (j - up) / down)
        if self.cycle_gamma != 1:
            height = height * self.cycle_gamma ** (k // (up + down))
        if self.step_gamma != 1:
            height = height * self.step_gamma**k
        if max(self.cycle_gamma, self.step_gamma) > 1:  # of a height above 1, `mix` loses digits
            return self.min_lr + (self.base_lr - self.min_lr) * height
        return mix(self.min_lr, self.base_lr, height)
