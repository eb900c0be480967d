"""The noisy quadratic problem, one spectrum of it, and a population of random ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Number, Rate, StepCount, Steps, check, checked, refuse
from ..inputs import NOT_NEGATIVE, POSITIVE, Floats, numbers
from ..streams import stream

Range = float | tuple[float, float]

_EXACT = 20  # directions that keep a bin of their own; the loss is most sensitive to them


@dataclass(frozen=True, eq=False)
class Problem:
    r"""Quadratic losses with noisy gradients; leading axes hold many problems.

    $$L(\theta) = \tfrac12 \sum_i w_i h_i \theta_i^2, \qquad
    g_i = h_i \theta_i + \text{noise of variance } c_i / B$$

    Args:
        h: curvatures, shape (..., d), > 0.
        c: noise variances of one example's gradient, >= 0.
        m: initial $E[\theta_i^2]$, >= 0.
        weight: how many directions each stands for, > 0.

    All four are broadcast to one shape and may not be written to. `problem[i]` takes an index of
    the leading axes.

    Raises:
        ValueError: if an array is out of its range or the shapes do not agree.

    Examples:
        >>> problem = Problem(h=[1.0, 0.1], c=[1.0, 0.1], m=1.0)
        >>> problem.shape, problem.directions, problem.initial_loss.item()
        ((), 2, 0.55)
    """

    h: Floats
    c: Floats
    m: Floats
    weight: Floats

    def __init__(self, h: ArrayLike, c: ArrayLike, m: ArrayLike, weight: ArrayLike = 1.0) -> None:
        given = {"h": h, "c": c, "m": m, "weight": weight}
        arrays = [_array(name, value) for name, value in given.items()]
        shape: tuple[int, ...] = (1,)
        for name, array in zip(given, arrays, strict=True):
            try:
                shape = np.broadcast_shapes(shape, array.shape)
            except ValueError:
                raise refuse(name, array.shape, f"of a shape that fits {shape}") from None
        for name, array in zip(given, arrays, strict=True):
            # Written to by nobody, and contiguous whatever was given.
            value = np.array(np.broadcast_to(array, shape))
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The leading axes; () for a single problem."""
        return self.h.shape[:-1]

    @property
    def directions(self) -> int:
        """How many directions, or bins of directions, are followed."""
        return self.h.shape[-1]

    @property
    def h_max(self) -> Floats:
        r"""The largest curvature: gradient descent is stable below a rate of $2 / h_{\max}$."""
        return self.h.max(axis=-1)

    @property
    def initial_loss(self) -> Floats:
        """The expected loss before the first update."""
        return 0.5 * (self.weight * self.h * self.m).sum(axis=-1)

    def __getitem__(self, index: Any) -> Problem:
        """Return the problems at an index of the leading axes."""
        where = (*index, slice(None)) if isinstance(index, tuple) else (index, slice(None))
        if not self.shape:
            raise refuse("index", index, "left out: this is a single problem")
        return Problem(*(getattr(self, field.name)[where] for field in fields(self)))


@checked(h="exponent")
def power_law(
    exponent: float = 1.0,
    *,
    dimension: int = 1000,
    noise: float = 1.0,
    error: float = 0.0,
    anisotropy: float = 1.0,
    bins: int | None = 60,
) -> Problem:
    r"""Return a power-law spectrum with gradient noise in proportion to a power of the curvature.

    $$h_i = i^{-\text{exponent}}, \quad c_i \propto h_i^{\text{anisotropy}}, \quad
    \sum_i c_i = \text{noise} \sum_i h_i, \quad
    m_i = i^{-\text{error}}, \qquad i = 1, \ldots, \text{dimension}$$

    By default $c_i = \text{noise} \cdot h_i$, as near the minimum of a regression. An anisotropy of
    0 is isotropic noise. The trace of the noise is always the same, and so is the floor of a low
    constant rate; how soon a run comes to it is not.

    The first 20 directions are kept; the others are gathered in bins of about equal width in
    $\log i$, each with the mean $h$ and the mean noise of its members and the $m$ that keeps the
    initial loss.

    Args:
        exponent: of the curvatures, finite.
        dimension: how many directions, >= 1.
        noise: trace of an example's noise over that of the curvature, >= 0: by default its variance
            at curvature 1.
        error: exponent of the initial squared errors, finite.
        anisotropy: power of the curvature that the noise follows over directions, finite: 1, 0.5
            for its square root, 0 for the same noise in all of them.
        bins: at most so many directions in the result, > 20 where some are binned; None for all.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> problem = power_law(dimension=1000)
        >>> problem.directions, problem.weight.sum().item(), round(problem.initial_loss.item(), 4)
        (60, 1000.0, 3.7427)
    """
    exponent, noise = check("exponent", exponent, Number), check("noise", noise, Rate)
    error, anisotropy = check("error", error, Number), check("anisotropy", anisotropy, Number)
    i = np.arange(1.0, check("dimension", dimension, Steps) + 1)
    h, m = i**-exponent, i**-error
    spread = h**anisotropy
    spread *= h.sum() / spread.sum()
    first = _edges(i.size, i.size if bins is None else check("bins", bins, Steps))
    weight = np.diff(first, append=i.size).astype(np.float64)
    mean_h = np.add.reduceat(h, first) / weight
    kept_m = np.add.reduceat(h * m, first) / (weight * mean_h)
    mean_c = noise * (np.add.reduceat(spread, first) / weight)
    return Problem(mean_h, mean_c, kept_m, weight)


@checked(h="exponent")
def draw(
    seeds: Iterable[int],
    *,
    exponent: Range = (1.0, 2.0),
    noise: Range = (0.5, 10.0),
    error: Range = (0.0, 0.5),
    anisotropy: float = 1.0,
    dimension: int = 1000,
    bins: int = 40,
) -> Problem:
    """Return random power-law problems, one a seed: a rule should hold over all of them.

    Curvatures never change, and gradient noise is in proportion to them unless `anisotropy` says
    otherwise, which decides the sign of some rules (see `effects`).
    `exponent` and `error` are uniform in their ranges, `noise` is log-uniform. In the default
    ranges noise matters and no best rate is at the limit of stability: after 1000 updates a tuned
    constant rate leaves 1.1 to 1.8 times the loss of tuned linear decay.

    Args:
        seeds: whole numbers >= 0; the same seed gives the same problem in any company.
        exponent: range of the spectrum's exponent, or one number to fix it.
        noise: range of the noise, > 0, or one number >= 0.
        error: range of the exponent of the initial errors, or one number.
        anisotropy: as in `power_law`; the rest of a problem does not depend on it.
        dimension: as in `power_law`.
        bins: as in `power_law`.

    Returns:
        A `Problem` of shape (seeds,).

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> draw(range(3)).shape, draw([2]).h[0, 5] == draw(range(3)).h[2, 5]
        ((3,), np.True_)
    """
    low, high = _range("noise", noise, least=0.0)
    if not (low > 0.0 or low == high):
        raise refuse("noise", noise, "a range above 0, which is drawn in its logarithm")
    slopes, errors = _range("exponent", exponent), _range("error", error)
    found: list[Problem] = []
    for seed in seeds:
        rng = stream("quadratic.problem", check("seeds", seed, StepCount))
        u, v, w = rng.random(3)
        level = low if low == high else low * (high / low) ** v
        found.append(
            power_law(
                slopes[0] + u * (slopes[1] - slopes[0]),
                dimension=dimension,
                noise=level,
                error=errors[0] + w * (errors[1] - errors[0]),
                anisotropy=anisotropy,
                bins=bins,
            )
        )
    if not found:
        raise refuse("seeds", [], "at least one seed")
    return Problem(*(np.stack([getattr(p, f.name) for p in found]) for f in fields(Problem)))


def flat(problem: Problem) -> Problem:
    """Return the same problems along one axis."""
    d = problem.directions
    return Problem(*(a.reshape(-1, d) for a in (problem.h, problem.c, problem.m, problem.weight)))


def _edges(dimension: int, bins: int) -> NDArray[np.intp]:
    """Return the first index of each bin."""
    if bins >= dimension:
        return np.arange(dimension)
    if bins <= _EXACT:
        raise refuse("bins", bins, f"more than {_EXACT}, or at least the dimension {dimension}")
    tail = np.geomspace(_EXACT, dimension, bins - _EXACT + 1)[:-1]
    # Where the bins are denser than the directions, move them apart to one direction each.
    first = np.maximum.accumulate(np.floor(tail).astype(np.intp) - np.arange(tail.size))
    first += np.arange(tail.size)
    return np.concatenate(
        [np.arange(_EXACT), np.minimum(first, np.arange(-tail.size, 0) + dimension)]
    )


def _array(name: str, value: ArrayLike) -> Floats:
    array = numbers(name, value, NOT_NEGATIVE if name in {"c", "m"} else POSITIVE)
    if not array.size:
        raise refuse(name, [], "not empty")
    return array


def _range(name: str, value: Range, least: float = -np.inf) -> tuple[float, float]:
    """Return both ends of a range, equal for a single number."""
    ends = value if isinstance(value, tuple) else (value, value)
    if len(ends) != 2:
        raise refuse(name, value, "a number or a pair (low, high)")
    low, high = (check(name, end, Number) for end in ends)
    if not least <= low <= high:
        raise refuse(name, value, f"a number or a pair (low, high) of them, {least} <= low <= high")
    return low, high
