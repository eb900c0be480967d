r"""A tilted double well: which of two minima a run ends in, under any learning rates.

$$L(x) = \tfrac14 (x^2 - 1)^2 - \text{tilt} \cdot x, \qquad
g = x^3 - x - \text{tilt} + \text{noise} \cdot z, \quad z \sim N(0, 1)$$

There is a deep minimum near 1, a shallow one near -1, and a hill between them. A run starts in the
shallow one and takes the updates $x \leftarrow x - \eta_k\, g$. Only the noise of the gradient can
carry it over the hill, and a step carries it as far as the learning rate allows.

Source:
    The potential of H. A. Kramers, "Brownian motion in a field of force and the diffusion model of
    chemical reactions", Physica 7(4), 1940, doi:10.1016/S0031-8914(40)90098-2, in the usual form
    of a quartic (author, journal, volume and year were checked; the text was not read).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import StepCount, checked, refuse
from .inputs import FINITE, Floats, numbers, rates
from .streams import stream

__all__ = ["STEEPEST", "Points", "Run", "loss", "points", "run"]

STEEPEST = 2.0 / (3.0 * np.sqrt(3.0))  # from this tilt on there is one minimum only

_FAR = 1e3  # a run that gets there has diverged, whatever comes after


class Points(NamedTuple):
    """Where the gradient is 0, each of the shape of the tilt.

    Attributes:
        shallow: the minimum in which a run starts.
        top: the top of the hill.
        deep: the other minimum, the lower one.
    """

    shallow: Floats
    top: Floats
    deep: Floats


class Run(NamedTuple):
    """How runs ended, all arrays (..., seeds).

    Attributes:
        position: the last $x$; NaN where the run diverged.
        escaped: whether it ended on the deep minimum's side of the hill.
        loss: the loss there, above that of the deep minimum; inf where the run diverged.
        diverged: whether it ever was further than 1000 from the minima.
    """

    position: Floats
    escaped: NDArray[np.bool_]
    loss: Floats
    diverged: NDArray[np.bool_]


@checked()
def points(tilt: ArrayLike) -> Points:
    r"""Return the two minima and the top of the hill between them.

    The roots of $x^3 - x = \text{tilt}$:

    $$\tfrac{2}{\sqrt 3} \cos\left(\tfrac13 \arccos \tfrac{3 \sqrt 3\, \text{tilt}}{2}
      - \tfrac{2 \pi j}{3}\right), \qquad j = 2, 1, 0$$

    Args:
        tilt: from 0 to below `STEEPEST`, about 0.385; any shape.

    Returns:
        `Points`, each of the shape of `tilt`.

    Raises:
        ValueError: if a tilt is out of its range.

    Examples:
        >>> [round(x.item(), 4) for x in points(0.0)], [round(x.item(), 4) for x in points(0.2)]
        ([-1.0, 0.0, 1.0], [-0.8789, -0.2091, 1.088])
    """
    slope = numbers("tilt", tilt)
    if not (slope < STEEPEST).all():
        raise refuse("tilt", float(slope.max()), f"below {STEEPEST:.4g}, or there is no hill")
    third = np.arccos(slope / STEEPEST) / 3.0
    turns = (third - 2.0 * np.pi * j / 3.0 for j in (2, 1, 0))
    return Points(*(2.0 / np.sqrt(3.0) * np.cos(turn) for turn in turns))


@checked()
def loss(x: ArrayLike, tilt: ArrayLike = 0.2) -> Floats:
    """Return the loss at `x` above that of the deep minimum, never below 0.

    Args:
        x: positions of any shape, finite.
        tilt: from 0 to below `STEEPEST`; of a shape that broadcasts.

    Returns:
        Losses of the shape of both.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> loss(points(0.2), 0.2).round(4).tolist()  # the shallow minimum, the hill, the deep one
        [0.3979, 0.4796, 0.0]
    """
    at = numbers("x", x, FINITE)
    return _above(at, points(tilt).deep)


@checked()
def run(
    lrs: ArrayLike,
    seeds: Iterable[StepCount],
    *,
    tilt: ArrayLike = 0.2,
    noise: ArrayLike = 0.5,
) -> Run:
    r"""Start in the shallow minimum and follow noisy gradients.

    A seed fixes the noise of every update, the same for all learning rates, so that they can be
    compared in pairs; a shorter run is the beginning of a longer one.

    Args:
        lrs: learning rates (..., T), finite and >= 0. Near the deep minimum the curvature is
            between 2 and 3: rates far above 1 diverge.
        seeds: whole numbers >= 0, at least one.
        tilt: from 0 to below `STEEPEST`; one number, or one a seed.
        noise: standard deviation of a gradient, >= 0; one number, or one a seed.

    Returns:
        A `Run` of arrays (..., seeds), the same bits alone or in company. A run that diverges is
        marked, and neither an error nor a warning; it has not escaped.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> low, high = run([[0.05] * 300, [0.3] * 300], seeds=range(200)).escaped
        >>> low.mean().item(), high.mean().item()
        (0.0, 0.815)
    """
    steps = rates("lrs", lrs)
    chosen = list(seeds)
    if not chosen:
        raise refuse("seeds", [], "at least one seed")
    slope, spread = (
        _each(name, numbers(name, value), len(chosen))
        for name, value in (("tilt", tilt), ("noise", noise))
    )
    shallow, top, deep = points(slope)
    *lead, total = steps.shape
    each = steps.reshape(-1, total)
    noises = np.stack([spread[i] * _noise(seed, total) for i, seed in enumerate(chosen)], axis=-1)

    x = np.repeat(shallow[None], len(each), axis=0)
    g = np.empty_like(x)
    for k in range(total):
        np.multiply(x, x, out=g)
        g -= 1.0
        g *= x
        g += noises[k] - slope
        g *= each[:, k, None]
        x -= g
        x[np.abs(x, out=g) > _FAR] = np.nan
    diverged = np.isnan(x)
    above = np.where(diverged, np.inf, _above(x, deep))
    shape = (*lead, len(chosen))
    return Run(
        x.reshape(shape),
        (x > top).reshape(shape),
        above.reshape(shape),
        diverged.reshape(shape),
    )


def _noise(seed: int, total: int) -> Floats:
    return stream("well.noise", seed).standard_normal(total)


def _each(name: str, value: Floats, seeds: int) -> Floats:
    """Return one number a seed."""
    if value.shape not in {(), (seeds,)}:
        raise refuse(name, value.shape, f"one number, or of shape ({seeds},): one a seed")
    return np.broadcast_to(value, (seeds,))


def _above(x: Floats, deep: Floats) -> Floats:
    r"""Return $L(x) - L(\text{deep})$, factored so that it is 0 at the minimum and never below."""
    # With d = x - deep, and deep^3 - deep = tilt: d^2 (d^2 + 4 d deep + 6 deep^2 - 2) / 4.
    d = x - deep
    return 0.25 * d * d * (d * d + 4.0 * d * deep + 6.0 * deep * deep - 2.0)
