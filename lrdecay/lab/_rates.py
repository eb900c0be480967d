"""Learning rates as the small worlds take them: an array, checked."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..fields import refuse

Floats = NDArray[np.float64]


def numbers(name: str, values: ArrayLike) -> Floats:
    """Return finite numbers >= 0 as an array."""
    try:
        array: Floats = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise refuse(name, values, "numbers") from None
    if not (np.isfinite(array) & (array >= 0)).all():
        raise refuse(name, values, "finite and >= 0")
    return array


def rates(name: str, lrs: ArrayLike) -> Floats:
    """Return learning rates of shape (..., T)."""
    array = numbers(name, lrs)
    if array.ndim < 1 or not array.shape[-1]:
        raise refuse(name, array.shape, "of shape (..., T), not empty")
    return array
