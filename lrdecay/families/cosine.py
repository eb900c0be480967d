"""Cosine annealing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..checks import Positive, Rate, Steps
from ..schedule import Schedule, mix


def half_cosine(share: Any, xp: Any) -> Any:
    """Return the falling half wave: 1 at `share` 0, 0 at `share` 1."""
    return 0.5 * (1 + xp.cos(math.pi * share))


@dataclass(frozen=True, repr=False)
class Cosine(Schedule):
    r"""Half a cosine wave from `base_lr` down to `final_lr`.

    $$\eta_k = \text{final\_lr} + \tfrac12 (\text{base\_lr} - \text{final\_lr})
      \left(1 + \cos \frac{\pi \min(k, \text{total\_steps})}{\text{total\_steps}}\right)$$

    Two knobs bend it: with $p = \min(k, \text{total\_steps}) / \text{total\_steps}$ the half wave
    is $\left(\tfrac12 (1 + \cos \pi p^{\text{k\_decay}})\right)^{\text{exponent}}$.

    `base_lr` at $k = 0$; `final_lr` at $k = \text{total\_steps}$ and held after. Without the
    minimum the rate would climb again after the horizon, as PyTorch's does.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        total_steps: the horizon, >= 1.
        final_lr: learning rate from $k = \text{total\_steps}$ on, >= 0.
        exponent: power of the wave, > 0; above 1 the rate falls earlier.
        k_decay: power of the time, > 0; above 1 the rate falls later.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016,
        arXiv:1608.03983 (one cycle of it). `exponent` is optax's; `k_decay` timm's, after
        T. Zhang, W. Li, "kDecay: Just Adding k-Decay Items on Learning-Rate Schedule to Improve
        Neural Networks", 2020, arXiv:2004.05909.

    Examples:
        >>> [round(lr, 4) for lr in Cosine(1.0, total_steps=4).sample(6).tolist()]
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    final_lr: Rate = 0.0
    exponent: Positive = 1.0
    k_decay: Positive = 1.0

    def _lr(self, k: Any, xp: Any) -> Any:
        share = xp.minimum(k / self.total_steps, 1.0)
        wave = half_cosine(_power(share, self.k_decay), xp)
        return mix(self.final_lr, self.base_lr, _power(wave, self.exponent))


def _power(x: Any, power: float) -> Any:
    """Return `x` to a power, and `x` itself to the first: the usual case costs nothing."""
    return x if power == 1 else x**power
