r"""What convex theory guarantees for the last iterate, under any schedule.

Subgradient descent $x_{k+1} = x_k - \eta_k g_k$ on a convex function, started within $D$ of a
minimum $x^*$, with $\|g_k\| \le G_k$ for $k = 0, \dots, T - 1$, has

$$f(x_{T-1}) - f(x^*) \le \Omega = \frac{D^2 + Q_0}{2 S_0}
  + \frac12 \sum_{k=0}^{T-2} \frac{\eta_k}{S_{k+1}} \frac{Q_k}{S_k}, \qquad
  S_k = \sum_{t=k}^{T-1} \eta_t, \quad Q_k = \sum_{t=k}^{T-1} \eta_t^2 G_t^2$$

The rates are the $T$ values of `Schedule.sample(T)`: those of a schedule that reaches 0 at $k = T$
are above 0. The iterate judged is where the last gradient was taken, so that the last rate counts
in the bound though its update comes after. A worst case: it ranks schedules, and does not predict
a loss.

Source:
    A. Defazio, A. Cutkosky, H. Mehta, K. Mishchenko, "Optimal Linear Decay Learning Rate Schedules
    and Further Refinements", 2023, arXiv:2310.07831, theorem 10, as coded by F. Schaipp,
    A. Hägele, A. Taylor, U. Simsekli, F. Bach for "The Surprising Agreement Between Convex
    Optimization Theory and Learning-Rate Scheduling for Large Model Training", 2025,
    arXiv:2501.18965 (github.com/fabian-sp/lr-scheduling, `src/scheduled/schedules/base.py`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks import Positive, check, checked, refuse
from .inputs import Floats, numbers, rates

__all__ = ["Best", "best", "value"]


class Best(NamedTuple):
    """The base rate with the lowest bound, and that bound; shaped like the leading axes."""

    rate: Floats
    value: Floats


@checked()
def value(lrs: ArrayLike, *, distance: float = 1.0, gradients: ArrayLike = 1.0) -> Any:
    r"""Return the bound $\Omega$ of learning rates, in $O(T)$.

    For $c > 0$

    $$\Omega(c \eta; D, G) = \Omega(\eta; D, c\, G) / c = c\, \Omega(\eta; D / c, G)$$

    Args:
        lrs: learning rates (..., T) of updates 0 to T - 1, >= 0, in each row one above 0. Updates
            at rate 0 change nothing and do not count.
        distance: $D$, > 0.
        gradients: $G$, >= 0: one number, or $G_k$ of shape (T,) or (..., T).

    Returns:
        The bound, of the shape of the leading axes.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> f"{value([0.5]):.3f} {value([0.5, 0.25], gradients=[1.0, 2.0]):.3f}"
        '1.250 1.667'
    """
    start, noise = _terms(_shape("lrs", lrs), gradients)
    reach = np.float64(check("distance", distance, Positive))  # whose square may be infinite
    return reach**2 * start + noise


@checked()
def best(values: ArrayLike) -> Best:
    r"""Return the base rate that minimises the bound of a shape, for $D = G = 1$.

    With $\eta_k = \gamma s_k$ the bound is $a / \gamma + b \gamma$, so that
    $\gamma^* = \sqrt{a / b}$ and $\Omega^* = 2 \sqrt{a b}$. For other $D$ and $G$ the rate is
    $\gamma^* D / G$ and the bound $\Omega^* D G$.

    Args:
        values: the shape $s$, (..., T), as `value` takes learning rates: with peak 1, such as
            `Cosine(1.0, T).sample(T)`, the base rate is the peak rate.

    Returns:
        A `Best` of arrays of the shape of the leading axes.

    Raises:
        ValueError: if the values are out of range.

    Examples:
        >>> rate, value = best([1.0, 1.0])
        >>> f"{rate:.3f} {value:.3f}"
        '0.500 1.000'
    """
    start, noise = _terms(_shape("values", values), 1.0)
    root, slope = np.sqrt(start), np.sqrt(noise)  # whose quotient does not overflow
    return Best(root / slope, 2 * root * slope)


def _shape(name: str, values: ArrayLike) -> Floats:
    shape = rates(name, values)
    if not (shape.max(axis=-1) > 0).all():
        raise refuse(name, values, "above 0 somewhere in each row")
    return shape


def _terms(lrs: Floats, gradients: ArrayLike) -> tuple[Floats, Floats]:
    """Return the factor of D squared, and the rest."""
    norms = numbers("gradients", gradients)
    if norms.ndim and norms.shape[-1] != lrs.shape[-1]:
        raise refuse("gradients", norms.shape, f"one number or of shape ({lrs.shape[-1]},)")
    # A common factor is taken out, so that squares of extreme rates stay finite.
    scale = lrs.max(axis=-1, keepdims=True)
    s = lrs / scale
    left, squares = _from_here(s), _from_here((s * norms) ** 2)
    after = left[..., 1:]
    # No rate is left after the last update, nor before a tail of zeros.
    weights = np.divide(s[..., :-1], after, out=np.zeros_like(after), where=after > 0)
    shares = np.divide(
        squares[..., :-1], left[..., :-1], out=np.zeros_like(squares[..., :-1]), where=after > 0
    )
    noise = squares[..., 0] / left[..., 0] + (weights * shares).sum(axis=-1)
    return 1 / (2 * left * scale)[..., 0], noise * scale[..., 0] / 2


def _from_here(values: Floats) -> Floats:
    """Return the sums of what is left: added from the end, where subtracting would cancel."""
    return np.cumsum(values[..., ::-1], axis=-1)[..., ::-1]
