"""Decay as a power of the step: 1/t, 1/sqrt(t), any power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Positive, Rate
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
