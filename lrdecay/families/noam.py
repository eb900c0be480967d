"""The Transformer's schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..checks import Rate, Steps
from ..schedule import Schedule


@dataclass(frozen=True, repr=False)
class Noam(Schedule):
    r"""The schedule of the first Transformer: linear warmup, then the inverse square root.

    With $s = k + 1$, the number of the update counted from 1:

    $$\eta_k = \text{factor} \cdot \text{d\_model}^{-1/2}
      \min\left(s^{-1/2},\; s \cdot \text{warmup\_steps}^{-3/2}\right)$$

    Starts above 0 at $k = 0$ and peaks at $k = \text{warmup\_steps} - 1$ with
    $\text{factor} / \sqrt{\text{d\_model} \cdot \text{warmup\_steps}}$. There is no horizon.

    Args:
        d_model: width of the model, >= 1.
        warmup_steps: updates up to the peak, >= 1.
        factor: scale of the whole, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        A. Vaswani et al., "Attention Is All You Need", 2017, arXiv:1706.03762, equation 3.

    Examples:
        >>> f"{Noam(512).peak:.3e} {Noam(512)(3999):.3e}"
        '6.988e-04 6.988e-04'
    """

    d_model: Steps
    warmup_steps: Steps = 4000
    factor: Rate = 1.0

    @property
    def peak(self) -> float:
        """The highest rate, that of step `warmup_steps` - 1."""
        return self.factor / math.sqrt(self.d_model * self.warmup_steps)

    def _lr(self, k: Any, xp: Any) -> Any:
        s = k + 1
        scale = self.factor * self.d_model**-0.5
        return scale * xp.minimum(s**-0.5, s * self.warmup_steps**-1.5)
