"""A quadratic with gradient noise: its directions, one by one or in bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..fields import Number, Rate, Steps, check, refuse

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """A quadratic with gradient noise, direction by direction; arrays of one shape (d,).

    Attributes:
        h: curvatures, > 0.
        c: variances of the gradient noise at batch size 1, >= 0.
        m: initial mean squares of the parameters, >= 0.
        weight: how many directions each entry stands for, > 0.

    Raises:
        ValueError: if an array is out of range, or their shapes differ.
    """

    h: Floats
    c: Floats
    m: Floats
    weight: Floats

    def __post_init__(self) -> None:
        for name in ("h", "c", "m", "weight"):
            array = np.asarray(getattr(self, name), dtype=np.float64)
            if array.ndim != 1 or not array.size or array.shape != np.shape(self.h):
                raise refuse(name, array.shape, "of the shape (d,) of h, not empty")
            if not (np.isfinite(array) & (array >= 0)).all() or (
                name in {"h", "weight"} and not array.all()
            ):
                least = "> 0" if name in {"h", "weight"} else ">= 0"
                raise refuse(name, getattr(self, name), f"finite and {least}")
            object.__setattr__(self, name, array)


def power_law(
    exponent: float = 1.0, *, dimension: int = 1000, noise: float = 1.0, bins: int = 60
) -> Problem:
    r"""Return curvatures $h_i = i^{-p}$ with noise $c_i = \sigma^2 h_i$ and $E[\theta_i^2] = 1$.

    The first 20 directions are exact. The others are joined in bins of equal ratio, each at the
    geometric mean of its curvatures.

    Args:
        exponent: $p$, finite.
        dimension: number of directions, >= 1.
        noise: $\sigma^2$, >= 0.
        bins: how many bins follow the exact directions at most, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> problem = power_law(1.0, dimension=1000)
        >>> float(problem.weight.sum()), float(problem.h[1])
        (1000.0, 0.5)
    """
    p = check("exponent", exponent, Number)
    d, count = check("dimension", dimension, Steps), check("bins", bins, Steps)
    i = np.arange(1, d + 1)
    ends = np.unique(np.geomspace(21, d + 1, count + 1).round().astype(int)) if d > 20 else [d + 1]
    starts = np.unique(np.concatenate([i[:20], ends[:-1]])) - 1
    weight = np.diff(np.append(starts, d)).astype(np.float64)
    h = np.exp(np.add.reduceat(-p * np.log(i), starts) / weight)
    return Problem(h, check("noise", noise, Rate) * h, np.ones_like(h), weight)
