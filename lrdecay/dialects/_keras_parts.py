"""What Keras' schedules have in common: stairs, and the refusal of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..algebra import Of
from ..fields import Rate, Steps, check, refuse


@dataclass(frozen=True, repr=False)
class Stairs(Of):
    r"""A schedule whose clock ticks every so many steps.

    $$\eta_k = \text{schedule}(\lfloor k / \text{steps} \rfloor)$$

    Args:
        schedule: whose rates are used, each for `steps` steps.
        steps: how long each is held, >= 1.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> Stairs(Linear(1.0, 2), steps=2).sample(6).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.0, 0.0]
    """

    steps: Steps

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(k // self.steps, xp)


def first_rate(rate: float) -> float:
    """Return the rate whose type Keras computes in."""
    if isinstance(rate, (int, np.integer)):
        words = "a float: Keras cuts all other arguments to whole numbers after an int"
        raise refuse("initial_learning_rate", rate, words)
    return check("initial_learning_rate", rate, Rate)
