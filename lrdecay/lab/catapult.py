r"""The catapult: gradient descent at rates at which a quadratic loss would diverge.

A linear network of width $n$ with one example, whose target is 0:

$$f = \frac{u \cdot v}{\sqrt n}, \qquad L = \tfrac12 f^2, \qquad
\lambda = \frac{\|u\|^2 + \|v\|^2}{n}$$

with $u$ and $v$ of $n$ standard normal numbers each at the start. $\lambda$ is the sharpness: the
largest eigenvalue of the Hessian where $L = 0$, and elsewhere up to $|f| / \sqrt n$. A step at rate
$\eta$, with the error $e = f - \sigma \xi$ and a standard normal $\xi$ where labels are noisy, is

$$f \leftarrow f - \eta \lambda e + \frac{\eta^2 e^2 f}{n}, \qquad
\lambda \leftarrow \lambda + \frac{\eta e}{n} (\eta \lambda e - 4 f)$$

so that two numbers tell the whole run, exactly. Without noise, a constant rate gives one of three
runs: below $2 / \lambda$ of the start the loss falls; up to $4 / \lambda$ it rises, $f^2$ to the
order of $n$, until the sharpness has dropped below $2 / \eta$, and then falls to 0 in this flatter
place; above $4 / \lambda$ the sharpness grows with the loss, and the run diverges.

Source:
    A. Lewkowycz, Y. Bahri, E. Dyer, J. Sohl-Dickstein, G. Gur-Ari, "The Large Learning Rate Phase
    of Deep Learning: the Catapult Mechanism", 2020, arXiv:2003.02218 (its abstract was read). The
    recursion is derived here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import Flag, Rate, StepCount, Steps, check, checked, refuse
from .inputs import Floats, rates
from .streams import stream

__all__ = ["Run", "initial", "run"]


class Run(NamedTuple):
    """Runs (..., seeds); with `curve` the first two have a last axis of T + 1.

    Attributes:
        loss: after the last update; with `curve` before each update and after the last. Without
            the noise of labels; inf from where it overflowed.
        sharpness: likewise.
        highest: the highest loss before an update or after the last.
        diverged: whether the loss overflowed.
    """

    loss: Floats
    sharpness: Floats
    highest: Floats
    diverged: NDArray[np.bool_]


@checked()
def initial(seeds: Iterable[int], *, width: int = 1000) -> tuple[Floats, Floats]:
    r"""Return the output $f$ and the sharpness $\lambda$ before the first update.

    $f$ is about standard normal, $\lambda$ is 2 up to about $2 / \sqrt n$.

    Args:
        seeds: whole numbers >= 0, at least one.
        width: $n$, >= 1.

    Returns:
        Two arrays of shape (seeds,).

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> initial(range(3), width=100_000)[1].round(1).tolist()
        [2.0, 2.0, 2.0]
    """
    n = check("width", width, Steps)
    generators = _generators(seeds)
    both = np.stack([rng.standard_normal((2, n)) for rng in generators])
    return both.prod(axis=1).sum(axis=-1) / np.sqrt(n), np.square(both).sum(axis=(1, 2)) / n


@checked()
def run(
    lrs: ArrayLike,
    seeds: Iterable[int],
    *,
    width: int = 1000,
    relative: bool = False,
    noise: float = 0.0,
    curve: bool = False,
) -> Run:
    r"""Train a network for every pair of a learning-rate sequence and a seed.

    A seed fixes the start and the noise of every update, for all learning rates.

    Args:
        lrs: learning rates (..., T), finite and >= 0.
        seeds: whole numbers >= 0, at least one.
        width: $n$, >= 1.
        relative: whether `lrs` are in units of $1 / \lambda$, of each seed's own start.
        noise: $\sigma$, the standard deviation of the labels, >= 0.
        curve: keep the loss and the sharpness of all steps.

    Returns:
        A `Run`. One that diverges is marked, and neither an error nor a warning.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> found = run([[1.0] * 100, [3.0] * 100, [5.0] * 100], range(4), relative=True)
        >>> found.diverged.all(axis=-1).tolist()
        [False, False, True]
        >>> found.sharpness[:2].mean(axis=-1).round(1).tolist()  # from 2.0
        [2.0, 0.2]
    """
    array = rates("lrs", lrs)
    chosen = list(seeds)
    sigma = check("noise", noise, Rate)
    curve, relative = check("curve", curve, Flag), check("relative", relative, Flag)
    start, sharp = initial(chosen, width=width)
    n, total = float(width), array.shape[-1]
    flat = array.reshape(-1, 1, total)
    scale = 1.0 / sharp if relative else np.ones_like(sharp)
    xi = _noise(chosen, total, sigma)

    shape = (len(flat), len(chosen))
    f, lam = np.broadcast_to(start, shape).copy(), np.broadcast_to(sharp, shape).copy()
    kept = np.empty((2, *shape, total + 1 if curve else 0))
    highest = 0.5 * f * f
    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        for k in range(total):
            if curve:
                kept[:, ..., k] = 0.5 * f * f, lam
            step = flat[..., k] * scale
            error = step * (f - xi[:, k] if sigma else f)
            f, lam = (
                f - error * lam + error * error * f / n,
                lam + error * (error * lam - 4.0 * f) / n,
            )
            loss = 0.5 * f * f
            highest = np.maximum(highest, np.where(np.isfinite(loss), loss, np.inf))
        if curve:
            kept[:, ..., total] = 0.5 * f * f, lam
    losses, sharps = kept if curve else (0.5 * f * f, lam)
    axes = (*array.shape[:-1], len(chosen))
    return Run(
        *(_or_inf(v).reshape(*axes, *v.shape[2:]) for v in (losses, sharps)),
        highest.reshape(axes),
        np.isinf(highest).reshape(axes),
    )


def _or_inf(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.inf)


def _generators(seeds: Iterable[int]) -> list[np.random.Generator]:
    """Return the generators of seeds, one each."""
    found = [stream("catapult.start", check("seeds", s, StepCount)) for s in seeds]
    if not found:
        raise refuse("seeds", [], "at least one seed")
    return found


def _noise(seeds: list[int], total: int, sigma: float) -> Floats:
    """Return the noise of labels (seeds, T): a shorter run is the beginning of a longer one."""
    if not sigma:
        return np.empty((len(seeds), 0))
    streams = (stream("catapult.noise", seed) for seed in seeds)
    return sigma * np.stack([rng.standard_normal(total) for rng in streams])
