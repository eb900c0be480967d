r"""What convex theory guarantees for the last iterate, under any schedule.

Subgradient descent $x_{k+1} = x_k - \eta_k g_k$ on a convex function with $\|g_k\| \le G$, started
within $D$ of a minimum, is after $T$ updates above the minimum by at most

$$\Omega = \frac{D^2 + G^2 Q_0}{2 S_0}
  + \frac{G^2}{2} \sum_{k=0}^{T-2} \frac{\eta_k}{S_{k+1}} \frac{Q_k}{S_k}, \qquad
  S_k = \sum_{t \ge k} \eta_t, \quad Q_k = \sum_{t \ge k} \eta_t^2$$

A worst case: it ranks schedules, and does not predict a loss.

Source:
    A. Defazio, A. Cutkosky, H. Mehta, K. Mishchenko, "Optimal Linear Decay Learning Rate Schedules
    and Further Refinements", 2023, arXiv:2310.07831; F. Schaipp, A. Hägele, A. Taylor, U. Simsekli,
    F. Bach, "The Surprising Agreement Between Convex Optimization Theory and Learning-Rate
    Scheduling for Large Model Training", 2025, arXiv:2501.18965. The formula was not re-read there:
    the tests check it against a double sum and known properties.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..fields import Positive, check, refuse

__all__ = ["Best", "best", "value"]


class Best(NamedTuple):
    """The base rate with the lowest bound, and that bound; shaped like the leading axes."""

    rate: NDArray[np.float64]
    value: NDArray[np.float64]


def value(lrs: ArrayLike, *, distance: float = 1.0, gradient: float = 1.0) -> Any:
    r"""Return the bound $\Omega$ of learning rates, in $O(T)$.

    Args:
        lrs: learning rates (..., T) of updates 0 to T - 1, >= 0, in each row one above 0. Updates
            at rate 0 change nothing, so that trailing ones do not count.
        distance: $D$, > 0.
        gradient: $G$, > 0.

    Returns:
        The bound, of the shape of the leading axes.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> f"{value([0.5]):.3f}"
        '1.250'
    """
    start, noise = _terms(lrs)
    d, g = check("distance", distance, Positive), check("gradient", gradient, Positive)
    return d**2 * start + g**2 * noise


def best(values: ArrayLike) -> Best:
    r"""Return the base rate that minimises the bound of a shape, for $D = G = 1$.

    With $\eta_k = \gamma s_k$ the bound is $a / \gamma + b \gamma$, so that
    $\gamma^* = \sqrt{a / b}$ and $\Omega^* = 2 \sqrt{a b}$. For other $D$ and $G$ the rate is
    $\gamma^* D / G$ and the bound $\Omega^* D G$.

    Args:
        values: the shape $s$, (..., T), as `value` takes learning rates.

    Raises:
        ValueError: if the values are out of range.

    Examples:
        >>> float(best(np.ones(1)).rate), float(best(np.ones(1)).value)
        (1.0, 1.0)
    """
    start, noise = _terms(values)
    return Best(np.sqrt(start / noise), 2 * np.sqrt(start * noise))


def _terms(lrs: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the factors of D squared and of G squared."""
    try:
        rates: NDArray[np.float64] = np.asarray(lrs, dtype=np.float64)
    except (TypeError, ValueError):
        raise refuse("lrs", lrs, "numbers") from None
    if rates.ndim < 1 or not rates.shape[-1]:
        raise refuse("lrs", rates.shape, "of shape (..., T), not empty")
    if not (np.isfinite(rates) & (rates >= 0)).all() or not (rates.max(axis=-1) > 0).all():
        raise refuse("lrs", lrs, "finite and >= 0, in each row one above 0")
    # A common factor is taken out, so that squares of extreme rates stay finite.
    scale = rates.max(axis=-1, keepdims=True)
    s = rates / scale
    left = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1]
    squares = np.cumsum((s**2)[..., ::-1], axis=-1)[..., ::-1]
    after = left[..., 1:]
    weights = np.divide(s[..., :-1], after, out=np.zeros_like(after), where=after > 0)
    terms = np.divide(
        weights * squares[..., :-1], left[..., :-1], out=np.zeros_like(after), where=after > 0
    )
    factor = scale[..., 0]
    noise = squares[..., 0] / (2 * left[..., 0]) + terms.sum(axis=-1) / 2
    return 1 / (2 * left[..., 0] * factor), noise * factor
