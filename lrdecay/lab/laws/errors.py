"""How far a law is from observed losses, and how far the authors found theirs to be."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...checks import refuse
from ..inputs import rates


class Metrics(NamedTuple):
    """How far predicted losses are from observed ones, over all points.

    Attributes:
        r2: the share of the variance of the losses that is explained.
        mae: mean absolute error.
        rmse: root of the mean squared error.
        relative: mean of the absolute error as a share of the loss.
        worst: the largest such share.
    """

    r2: float
    mae: float
    rmse: float
    relative: float
    worst: float


PUBLISHED_METRICS = MappingProxyType(
    {
        "25M": Metrics(0.9988, 0.00376, 0.00465, 0.00110, 0.00409),
        "100M": Metrics(0.9983, 0.00435, 0.00592, 0.00142, 0.00583),
        "400M": Metrics(0.9978, 0.00484, 0.00730, 0.00168, 0.00995),
    }
)
"""What the authors report of these fits on six other runs, of up to 72,000 updates.

Source:
    The README of the same repository. Their logs are not part of this package.
"""


def metrics(predicted: ArrayLike, observed: ArrayLike) -> Metrics:
    """Return how far predicted losses are from observed ones.

    Args:
        predicted: losses, finite and >= 0.
        observed: losses of the same shape, finite and > 0, not all equal.

    Raises:
        ValueError: if the shapes differ or a loss is out of its range.

    Examples:
        >>> metrics([2.0, 2.0, 1.0], [4.0, 2.0, 1.0]).worst
        0.5
    """
    guess, truth = rates("predicted", predicted).ravel(), rates("observed", observed).ravel()
    if guess.size != truth.size:
        raise refuse("predicted", guess.size, f"as many as observed, {truth.size}")
    if truth.min() == truth.max() or truth.min() == 0:
        raise refuse("observed", observed, "above 0 and not all equal")
    error = np.abs(guess - truth)
    return Metrics(
        float(1 - (error**2).mean() / truth.var()),
        float(error.mean()),
        float(np.sqrt((error**2).mean())),
        float((error / truth).mean()),
        float((error / truth).max()),
    )
