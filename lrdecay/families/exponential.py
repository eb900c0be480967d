"""Exponential decay, by rate, by factor a step, or by half-life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Number, Positive, Rate
from ..schedule import Schedule


@dataclass(frozen=True, repr=False)
class Exponential(Schedule):
    r"""Lose the same share of the learning rate at every step.

    Give exactly one of the three parameters; they say the same thing in three ways:

    $$\eta_k = \text{base\_lr} \cdot e^{-\text{rate} \cdot k}
      = \text{base\_lr} \cdot \text{gamma}^k
      = \text{base\_lr} \cdot 2^{-k / \text{half\_life}}$$

    so that $\text{gamma} = e^{-\text{rate}}$ and
    $\text{half\_life} = \ln 2 / \text{rate}$. There is no horizon: the rate falls for ever and
    never reaches 0 (beyond about $700 / \text{rate}$ steps it is 0 in floating point).

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        rate: decay rate per step; negative makes the learning rate grow.
        gamma: factor per step, > 0.
        half_life: steps after which the learning rate has halved, > 0.

    Raises:
        ValueError: if not exactly one of `rate`, `gamma`, `half_life` is given, or if an argument,
            or a step when called, is out of range.

    Source:
        `torch.optim.lr_scheduler.ExponentialLR` takes `gamma`.

    Examples:
        >>> Exponential(1.0, half_life=10)(20)
        0.25
        >>> Exponential(1.0, gamma=0.5).sample(4).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """

    base_lr: Rate
    rate: Number | None = None
    gamma: Positive | None = None
    half_life: Positive | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        given = {"rate": self.rate, "gamma": self.gamma, "half_life": self.half_life}
        if sum(value is not None for value in given.values()) != 1:
            raise ValueError(f"exactly one of rate, gamma, half_life must be given, got {given}")

    def _lr(self, k: Any, xp: Any) -> Any:
        if self.gamma is not None:
            return self.base_lr * self.gamma**k
        if self.half_life is not None:
            return self.base_lr * 2.0 ** (-k / self.half_life)
        assert self.rate is not None
        return self.base_lr * xp.exp(-self.rate * k)
