"""What the small worlds are given: arrays of numbers, checked, and learning rates among them."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import refuse

Floats = NDArray[np.float64]

NOT_NEGATIVE, POSITIVE, BELOW_1 = "finite and >= 0", "finite and > 0", "from 0 to below 1"
FINITE = "finite"
_ALLOWED = MappingProxyType(
    {
        NOT_NEGATIVE: lambda x: x >= 0.0,
        POSITIVE: lambda x: x > 0.0,
        FINITE: np.isfinite,
        BELOW_1: lambda x: (x >= 0.0) & (x < 1.0),
    }
)


def numbers(name: str, values: ArrayLike, words: str = NOT_NEGATIVE) -> Floats:
    """Return finite numbers as an array, whose elements are what the words say."""
    try:
        array: Floats = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise refuse(name, values, f"numbers, {words}") from None
    allowed = np.isfinite(array) & _ALLOWED[words](array)
    if not allowed.all():
        raise refuse(name, float(array[~allowed][0]), words)
    return array


def rates(name: str, lrs: ArrayLike) -> Floats:
    """Return learning rates of shape (..., T)."""
    array = numbers(name, lrs)
    if array.ndim < 1 or not array.size:
        raise refuse(name, array.shape, "of shape (..., T), not empty")
    return array
