"""One cycle: up once, then down far below the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..fields import Rate, StepCount, Steps, refuse
from ..schedule import Schedule, mix
from .cosine import half_cosine


@dataclass(frozen=True, repr=False)
class OneCycle(Schedule):
    r"""Half a cosine wave up to `base_lr`, then half a wave down to `final_lr`.

    With $w = \text{warmup\_steps}$, $T = \text{total\_steps}$ and
    $c(x) = \tfrac12 (1 + \cos \pi x)$:

    $$\eta_k = \begin{cases}
      \text{base\_lr} + (\text{start\_lr} - \text{base\_lr})\, c(k / w) & k < w \\
      \text{final\_lr} + (\text{base\_lr} - \text{final\_lr})\,
        c\left(\frac{\min(k, T) - w}{T - w}\right) & k \ge w
      \end{cases}$$

    `start_lr` at $k = 0$, `base_lr` at $k = w$, `final_lr` at $k = T$ and held after.

    Args:
        base_lr: the peak, >= 0.
        total_steps: the horizon $T$, >= 1; the rise is inside it.
        warmup_steps: length of the rise, from 0 to `total_steps` - 1; 30 % of `total_steps`,
            rounded down, when not given.
        start_lr: learning rate at $k = 0$, >= 0; `base_lr` / 25 when not given.
        final_lr: learning rate from $k = T$ on, >= 0; `base_lr` / 250 000 when not given.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using
        Large Learning Rates", 2017, arXiv:1708.07120. The defaults are those of
        `torch.optim.lr_scheduler.OneCycleLR`, which reaches the end at $T - 1$ and also moves the
        momentum.

    Examples:
        >>> [round(lr, 4) for lr in OneCycle(1.0, total_steps=10).sample(10).tolist()]
        [0.04, 0.28, 0.76, 1.0, 0.9505, 0.8117, 0.6113, 0.3887, 0.1883, 0.0495]
    """

    base_lr: Rate
    total_steps: Steps
    warmup_steps: StepCount | None = None
    start_lr: Rate | None = None
    final_lr: Rate | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup_steps is not None and self.warmup_steps >= self.total_steps:
            allowed = f"below total_steps = {self.total_steps}"
            raise refuse("warmup_steps", self.warmup_steps, allowed)

    def _lr(self, k: Any, xp: Any) -> Any:
        total, peak = self.total_steps, self.base_lr
        # 30 % in whole numbers, where there is no rounding to think about.
        warmup = 3 * total // 10 if self.warmup_steps is None else self.warmup_steps
        start = peak / 25 if self.start_lr is None else self.start_lr
        final = peak / 250_000 if self.final_lr is None else self.final_lr
        rise = k / max(warmup, 1)
        fall = (xp.minimum(k, total) - warmup) / (total - warmup)
        up = mix(peak, start, half_cosine(rise, xp))
        down = mix(final, peak, half_cosine(fall, xp))
        return xp.where(k < warmup, up, down)
