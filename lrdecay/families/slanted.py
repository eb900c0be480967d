"""One triangle with a short rise and a long fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Fraction, Positive, Rate, Steps, refuse
from ..schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class SlantedTriangular(Schedule):
    r"""One triangle with a short rise and a long fall, from and to a fraction of the peak.

    With $p = \min(k, T) / T$, $T = \text{total\_steps}$, and a height $h$ that rises to 1 at
    $p = \text{cut}$:

    $$\eta_k = \frac{\text{base\_lr}}{\text{ratio}} \left(1 + (\text{ratio} - 1)\, h\right), \qquad
      h = \begin{cases} p / \text{cut} & p < \text{cut} \\
      1 - (p - \text{cut}) / (1 - \text{cut}) & p \ge \text{cut} \end{cases}$$

    $\text{base\_lr} / \text{ratio}$ at $k = 0$ and from $k = T$ on.

    Args:
        base_lr: the peak, >= 0.
        total_steps: the horizon $T$, >= 1.
        cut: share of the run up to the peak, above 0 and below 1.
        ratio: how much smaller the lowest rate is than the peak, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        J. Howard, S. Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018,
        arXiv:1801.06146 (ULMFiT), which rounds the step of the peak down to a whole one.

    Examples:
        >>> SlantedTriangular(1.0, total_steps=4, cut=0.25, ratio=4).sample(5).tolist()
        [0.25, 1.0, 0.75, 0.5, 0.25]
    """

    base_lr: Rate
    total_steps: Steps
    cut: Fraction = 0.1
    ratio: Positive = 32.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.cut < 1:
            raise refuse("cut", self.cut, "above 0 and below 1")

    def _lr(self, k: Any, xp: Any) -> Any:
        share = xp.minimum(k / self.total_steps, 1.0)
        rise, fall = share / self.cut, 1 - (share - self.cut) / (1 - self.cut)
        height = xp.where(share < self.cut, rise, fall)
        return mix(self.base_lr / self.ratio, self.base_lr, height)
