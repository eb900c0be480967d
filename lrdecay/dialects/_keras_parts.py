"""What Keras' schedules have in common: the refusal of whole numbers."""

from __future__ import annotations

import numpy as np

from ..checks import Rate, check, refuse


def first_rate(rate: float) -> float:
    """Return the rate whose type Keras computes in."""
    if isinstance(rate, (int, np.integer)):
        words = "a float: Keras cuts all other arguments to whole numbers after an int"
        raise refuse("initial_learning_rate", rate, words)
    return check("initial_learning_rate", rate, Rate)
