"""Seeded noise on any schedule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import Rate, StepCount, Steps, refuse
from ..schedule import Of


@dataclass(frozen=True, repr=False)
class Noise(Of):
    r"""A schedule times noise that is drawn once and belongs to the step.

    $$\eta_k = \text{schedule}(k) \cdot \max(0,\; 1 + \text{std} \cdot z_{\lfloor k \rfloor}),
      \qquad k < \text{total\_steps}$$

    with $z_0, z_1, \dots$ standard normal, drawn from `numpy.random.default_rng(seed)`. The same
    seed gives the same rates, whatever the order or number of calls. There is no noise from
    $k = \text{total\_steps}$ on.

    Args:
        schedule: what is made noisy.
        total_steps: number of steps with noise, from 1 to 10 000 000.
        std: standard deviation of the noise, as a share of the rate, >= 0.
        seed: of the draw, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        timm's schedulers take noise of this kind on chosen epochs (`noise_range_t`).

    Examples:
        >>> from lrdecay import Constant
        >>> [round(lr, 3) for lr in Noise(Constant(1.0), 3, std=0.1).sample(4).tolist()]
        [1.013, 0.987, 1.064, 1.0]
    """

    total_steps: Steps
    std: Rate = 0.1
    seed: StepCount = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.total_steps > 10_000_000:
            raise refuse("total_steps", self.total_steps, "at most 10 000 000")

    def _lr(self, k: Any, xp: Any) -> Any:
        factors = _factors(self.total_steps, self.std, self.seed)
        index = xp.floor(xp.minimum(k, self.total_steps))
        return xp.rate(self.schedule, k) * xp.item(factors, index)


@lru_cache(maxsize=16)
def _factors(total_steps: int, std: float, seed: int) -> NDArray[np.float64]:
    """Return the factor of each step, and 1 for all later ones."""
    noise = np.random.default_rng(seed).normal(size=total_steps)
    return np.append(np.maximum(0.0, 1.0 + std * noise), 1.0)
