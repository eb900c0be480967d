"""Schedules on a slower or a quicker clock, in whole steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..algebra import Of
from ..fields import Steps


@dataclass(frozen=True, repr=False)
class Held(Of):
    r"""A schedule whose every rate is held.

    $$\eta_k = \text{schedule}(\lfloor k / \text{steps} \rfloor)$$

    Args:
        schedule: what is held.
        steps: for how many steps each of its rates is, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> Held(Linear(1.0, 2), steps=2).sample(5).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.0]
    """

    steps: Steps

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(k // self.steps, xp)


@dataclass(frozen=True, repr=False)
class Counted(Of):
    r"""A schedule whose clock counts several steps at once.

    $$\eta_k = \text{schedule}(k \cdot \text{increment})$$

    Args:
        schedule: what is called.
        increment: its steps in one, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> Counted(Linear(1.0, 4), increment=2).sample(3).tolist()
        [1.0, 0.5, 0.0]
    """

    increment: Steps

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(k * self.increment, xp)
