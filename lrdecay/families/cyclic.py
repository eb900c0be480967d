"""A triangular wave between two rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..fields import Rate, Steps, refuse
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class Cyclic(Schedule):
    r"""A triangular wave: up from `min_lr` to `base_lr`, down again, and over.

    With $u = \text{up\_steps}$, $d = \text{down\_steps}$ and $j = k \bmod (u + d)$:

    $$\eta_k = \text{min\_lr} + (\text{base\_lr} - \text{min\_lr}) \cdot
      \begin{cases} j / u & j \le u \\ 1 - (j - u) / d & j > u \end{cases}$$

    `min_lr` at $k = 0$, `base_lr` at $k = u$, `min_lr` again at $k = u + d$. There is no horizon:
    the wave goes on.

    Args:
        base_lr: the top of the wave, >= `min_lr`.
        min_lr: the bottom of the wave, >= 0.
        up_steps: steps from bottom to top, >= 1.
        down_steps: steps from top to bottom, >= 1; as `up_steps` when not given.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2015,
        arXiv:1506.01186 (the triangular policy). `torch.optim.lr_scheduler.CyclicLR` calls the
        bottom `base_lr`.

    Examples:
        >>> Cyclic(1.0, min_lr=0.5, up_steps=2).sample(6).tolist()
        [0.5, 0.75, 1.0, 0.75, 0.5, 0.75]
    """

    base_lr: Rate
    min_lr: Rate
    up_steps: Steps
    down_steps: Steps | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_lr > self.base_lr:
            raise refuse("min_lr", self.min_lr, f"at most base_lr = {self.base_lr}")

    def _lr(self, k: Any, xp: Any) -> Any:
        up = self.up_steps
        down = self.down_steps or up
        j = k % (up + down)
        return mix(self.min_lr, self.base_lr, xp.where(j <= up, j / up, 1 - (j - up) / down))
