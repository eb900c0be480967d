"""Decay as a power of the step: 1/t, 1/sqrt(t), any power, and the Transformer's schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..fields import Positive, Rate, Steps
from ..schedule import Schedule


@dataclass(frozen=True, repr=False)
class InverseTime(Schedule):
    r"""The learning rate divided by a number that grows with every step.

    $$\eta_k = \frac{\text{base\_lr}}{1 + \text{rate} \cdot k}$$

    `base_lr` at $k = 0$, half of it at $k = 1 / \text{rate}$. There is no horizon: the rate falls
    for ever, in the end like $1 / k$.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        rate: how fast, per step, >= 0; the fall sets in after about $1 / \text{rate}$ steps.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        H. Robbins, S. Monro, "A Stochastic Approximation Method", Annals of Mathematical
        Statistics 22(3), 1951, doi:10.1214/aoms/1177729586. Keras has it as `InverseTimeDecay`.

    Examples:
        >>> InverseTime(1.0, rate=0.5)([0, 2, 6]).tolist()
        [1.0, 0.5, 0.25]
    """

    base_lr: Rate
    rate: Rate

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.base_lr / (1 + self.rate * k)


@dataclass(frozen=True, repr=False)
class InverseSqrt(Schedule):
    r"""The learning rate divided by a root that grows with every step.

    $$\eta_k = \frac{\text{base\_lr}}{\sqrt{1 + k / \text{timescale}}}$$

    `base_lr` at $k = 0$, half of it at $k = 3 \cdot \text{timescale}$. There is no horizon. Behind
    a `Warmup` of `timescale` steps this is $\text{base\_lr} \sqrt{\text{timescale} / k}$, the
    usual inverse square root schedule.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        timescale: steps after which the fall sets in, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        `transformers.get_inverse_sqrt_schedule`.

    Examples:
        >>> InverseSqrt(1.0, timescale=100)([0, 300, 1500]).tolist()
        [1.0, 0.5, 0.25]
    """

    base_lr: Rate
    timescale: Positive

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.base_lr / xp.sqrt(1 + k / self.timescale)


@dataclass(frozen=True, repr=False)
class PowerLaw(Schedule):
    r"""The learning rate times a negative power of the time.

    $$\eta_k = \text{base\_lr} \left(1 + \frac{k}{\text{timescale}}\right)^{-\text{power}}$$

    `power` 1 is `InverseTime` with rate $1 / \text{timescale}$, 0.5 is `InverseSqrt`. `base_lr` at
    $k = 0$. There is no horizon.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        power: the exponent, > 0.
        timescale: steps after which the fall sets in, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> PowerLaw(1.0, power=2, timescale=10)([0, 10, 30]).tolist()
        [1.0, 0.25, 0.0625]
    """

    base_lr: Rate
    power: Positive
    timescale: Positive = 1.0

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.base_lr * (1 + k / self.timescale) ** -self.power


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
