"""A constant learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..fields import Rate
from ..schedule import Schedule


@dataclass(frozen=True, repr=False)
class Constant(Schedule):
    r"""The same learning rate at every step.

    $$\eta_k = \text{base\_lr}$$

    There is no horizon: the rate is the same at $k = 0$ and at every later step.

    Args:
        base_lr: the learning rate, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Constant(0.1)(1000)
        0.1
    """

    base_lr: Rate

    def _lr(self, k: Any, xp: Any) -> Any:
        return xp.full_like(k, self.base_lr)
