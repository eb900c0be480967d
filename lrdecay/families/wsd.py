"""Warmup, stable, decay: the trapezoid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ..checks import Positive, Rate, StepCount, Steps, refuse
from ..schedule import Schedule, mix, since
from .cosine import half_cosine

ShapeName = Literal["linear", "cosine", "1-sqrt", "1-square", "exponential"]
Shape = ShapeName | Positive | Callable[[Any], Any]


@dataclass(frozen=True, repr=False)
class WSD(Schedule):
    r"""Warm up, hold, and cool down over the last `decay_steps` of the run.

    With $w = \text{warmup\_steps}$, $T = \text{total\_steps}$, $d = \text{decay\_steps}$, and a
    shape $c$ that falls from $c(0) = 1$ to $c(1) = 0$:

    $$\eta_k = \begin{cases}
      \text{base\_lr} \cdot (k + 1) / (w + 1) & k < w \\
      \text{base\_lr} & w \le k \le T - d \\
      \text{final\_lr} + (\text{base\_lr} - \text{final\_lr})\,
        c\left(\frac{\min(k, T) - (T - d)}{d}\right) & k > T - d
      \end{cases}$$

    `final_lr` is reached at $k = T$ and held after. With $d = 0$ there is no cooldown: `base_lr` is
    held for ever, and `final_lr` and `shape` do nothing.

    Args:
        base_lr: the rate that is held, >= 0.
        total_steps: the horizon $T$, >= 1, warmup and cooldown included.
        decay_steps: length of the cooldown, >= 0.
        warmup_steps: length of the warmup, >= 0.
        final_lr: learning rate from $k = T$ on, >= 0.
        shape: "linear" $1 - p$, "cosine" $(1 + \cos \pi p) / 2$, "1-sqrt" $1 - \sqrt p$,
            "1-square" $1 - p^2$, "exponential" $(0.1^p - 0.1) / 0.9$, a power $q$ for $1 - p^q$,
            or a function of $p$ that works on arrays.

    Raises:
        ValueError: if an argument, or a step when called, is out of range, or if warmup and
            cooldown do not fit into `total_steps`.

    Source:
        X. Zhai, A. Kolesnikov, N. Houlsby, L. Beyer, "Scaling Vision Transformers", 2021,
        arXiv:2106.04560 (cooldown); S. Hu et al., "MiniCPM", 2024, arXiv:2404.06395 (the name);
        A. Hägele et al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training
        Durations", 2024, arXiv:2405.18392 (shapes).

    Examples:
        >>> WSD(1.0, total_steps=8, decay_steps=4, warmup_steps=1).sample(9).tolist()
        [0.5, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    decay_steps: StepCount
    warmup_steps: StepCount = 0
    final_lr: Rate = 0.0
    shape: Shape = "linear"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup_steps + self.decay_steps > self.total_steps:
            words = f"at most total_steps - warmup_steps = {self.total_steps - self.warmup_steps}"
            raise refuse("decay_steps", self.decay_steps, words)

    def _lr(self, k: Any, xp: Any) -> Any:
        w = self.warmup_steps
        lr = xp.full_like(k, self.base_lr)
        if self.decay_steps > 0:
            start = self.total_steps - self.decay_steps
            share = xp.minimum(since(start, k, xp) / self.decay_steps, 1.0)
            fall = mix(self.final_lr, self.base_lr, left(self.shape, share, xp))
            lr = xp.where(k < start, lr, fall)
        return xp.where(k < w, self.base_lr * ((k + 1) / (w + 1)), lr) if w else lr


def left(shape: Shape, share: Any, xp: Any) -> Any:  # noqa: PLR0911 - one for each shape
    r"""Return the share of the way that is left when a `share` $p$ of the time has passed.

    "linear" $1 - p$; "cosine" $\tfrac12 (1 + \cos \pi p)$; "1-sqrt" $1 - \sqrt p$; "1-square"
    $1 - p^2$; "exponential" $(0.1^p - 0.1) / 0.9$; a number $q$: $1 - p^q$; a function: its value.
    All but a function's are 1 at 0 and 0 at 1.
    """
    match shape:
        case "linear":
            return 1 - share
        case "cosine":
            return half_cosine(share, xp)
        case "1-sqrt":
            return 1 - xp.sqrt(share)
        case "1-square":
            return 1 - share * share
        case "exponential":
            return (0.1**share - 0.1) / 0.9
        case float() | int():
            return 1 - share**shape
        case function:
            return xp.apply(function, share)
