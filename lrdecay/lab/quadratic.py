r"""The noisy quadratic model: exact expected loss under any learning rates.

Every direction $i$ has a curvature $h_i$, and gradients $h_i \theta_i + \xi_i$ whose noise $\xi_i$
has variance $c_i / B$ at batch size $B$. The directions do not touch each other, so the expected
loss $L = \frac12 \sum_i w_i h_i E[\theta_i^2]$ follows from a recursion for a few moments of each:
no run, no seed, no sampling error. $w_i$ is how many directions a bin stands for.

With $m = E[\theta^2]$, SGD gives $m' = (1 - \eta h)^2 m + \eta^2 c / B$. Heavy ball keeps
$E[\theta^2], E[\theta v], E[v^2]$; an average of the parameters keeps $E[\theta a], E[a^2]$ too.

Source:
    The model: G. Zhang et al., "Which Algorithmic Choices Matter at Which Batch Sizes? Insights
    From a Noisy Quadratic Model", 2019, arXiv:1907.04164 (not re-read). The recursions are derived
    here and checked against simulation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..fields import Fraction, Positive, Steps, check, refuse
from ._quadratic_problem import Floats, Problem, power_law

__all__ = ["Best", "Problem", "best", "floor", "loss", "power_law", "simulate"]


class Best(NamedTuple):
    """The base rate with the lowest loss, that loss, and whether it lies at the end of the search.

    Arrays of the shape of the leading axes.
    """

    rate: Floats
    loss: Floats
    edge: NDArray[np.bool_]


def loss(
    problem: Problem,
    lrs: ArrayLike,
    *,
    batch_size: ArrayLike = 1,
    momentum: float = 0.0,
    average: float | None = None,
) -> Any:
    r"""Return the exact expected loss after the last update.

    Args:
        problem: the quadratic.
        lrs: learning rates (..., T), finite and >= 0.
        batch_size: examples an update, > 0: a number, or one for each update, (T,).
        momentum: $\mu$ of heavy ball, $v' = \mu v + g$, $\theta' = \theta - \eta v'$; 0 to 1.
        average: $b$ of the average $a' = b a + (1 - b) \theta'$, whose loss is then returned; 0 to
            1. It starts at the initial parameters. None for the parameters themselves.

    Returns:
        The loss, of the shape of the leading axes; infinite where it is too large for a float.

    Raises:
        ValueError: if an argument is out of range, or momentum and average are both given.

    Examples:
        >>> one = Problem(*np.ones((4, 1)))
        >>> float(loss(one, [0.5]))
        0.25
    """
    rates = _rates(lrs)
    noise = 1 / _batches(batch_size, rates.shape[-1])
    mu = check("momentum", momentum, Fraction)
    b = 0.0 if average is None else check("average", average, Fraction)
    if mu and b:
        raise refuse("average", average, "None with momentum")
    h, c = problem.h, problem.c
    m = np.broadcast_to(problem.m, (*rates.shape[:-1], h.size)).copy()
    cross, square = (m.copy(), m.copy()) if b else (np.zeros_like(m), np.zeros_like(m))
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(rates.shape[-1]):
            lr = rates[..., k, None]
            if mu:
                velocity = mu**2 * square + 2 * mu * h * cross + h**2 * m + c * noise[k]
                before = mu * cross + h * m
                m += lr**2 * velocity - 2 * lr * before
                cross, square = before - lr * velocity, velocity
                continue
            keep = 1 - lr * h
            m *= keep**2
            m += lr**2 * (c * noise[k])
            if b:
                square = b**2 * square + 2 * b * (1 - b) * keep * cross + (1 - b) ** 2 * m
                cross = b * keep * cross + (1 - b) * m
        total = (0.5 * problem.weight * h * (square if b else m)).sum(axis=-1)
    return np.where(np.isfinite(total), total, np.inf)[()]


def floor(problem: Problem, lr: float, *, batch_size: float = 1.0) -> float:
    r"""Return the loss at which SGD stays at a constant rate.

    $$L_\infty = \frac12 \sum_i w_i \frac{\eta\, c_i / B}{2 - \eta h_i}$$

    Args:
        problem: the quadratic.
        lr: the rate, > 0; infinite from $2 / \max h$ on, where SGD diverges.
        batch_size: examples an update, > 0.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> floor(Problem(*np.ones((4, 1))), 1.0)
        0.5
    """
    rate, size = check("lr", lr, Positive), check("batch_size", batch_size, Positive)
    left = 2 - rate * problem.h
    if (left <= 0).any():
        return float("inf")
    return float((0.5 * problem.weight * rate * problem.c / size / left).sum())


def best(
    problem: Problem,
    shapes: ArrayLike,
    *,
    batch_size: ArrayLike = 1,
    momentum: float = 0.0,
    average: float | None = None,
    low: float = 1e-4,
    high: float | None = None,
) -> Best:
    r"""Return the base rate of each shape with the lowest loss: on a log grid, refined twice.

    Args:
        problem: the quadratic.
        shapes: learning rates (..., T) for a base rate of 1.
        batch_size: as for `loss`.
        momentum: likewise.
        average: likewise.
        low: lower end of the search, as a share of the upper one, > 0 and below 1.
        high: upper end; by default where the highest rate of a shape is $2 (1 + \mu) / \max h$.

    Returns:
        `Best`, whose `edge` is true where the best rate is the first or last tried.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> bool(best(power_law(), np.ones(50)).edge)
        False
    """
    s = _rates(shapes)
    peak = s.max(axis=-1)
    if not (peak > 0).all():
        raise refuse("shapes", shapes, "with a rate above 0 in each row")
    least = check("low", low, Positive)
    if least >= 1:
        raise refuse("low", low, "a number above 0 and below 1")
    top = 2 * (1 + check("momentum", momentum, Fraction)) / problem.h.max() / peak
    top = top if high is None else np.broadcast_to(check("high", high, Positive), top.shape)
    bottom, points = np.log(least * top), 41
    left, right = bottom, np.log(top)
    rates = losses = np.empty(0)
    at = np.empty(0, int)
    for _ in range(3):
        grid = np.linspace(left, right, points, axis=-1)
        rates = np.exp(grid)
        losses = loss(
            problem,
            rates[..., None] * s[..., None, :],
            batch_size=batch_size,
            momentum=momentum,
            average=average,
        )
        at = losses.argmin(axis=-1)[..., None]
        middle, step = np.take_along_axis(grid, at, -1)[..., 0], (right - left) / (points - 1)
        left, right = np.maximum(middle - step, bottom), np.minimum(middle + step, np.log(top))
    rate = np.take_along_axis(rates, at, -1)[..., 0]
    edge = np.isclose(np.log(rate), bottom) | np.isclose(rate, top)
    return Best(rate, np.take_along_axis(losses, at, -1)[..., 0], edge)


def simulate(
    problem: Problem,
    lrs: ArrayLike,
    *,
    seed: int,
    runs: int,
    batch_size: ArrayLike = 1,
    momentum: float = 0.0,
    average: float | None = None,
) -> Floats:
    """Return the final losses of runs with normal noise: what `loss` is the expectation of.

    Args:
        problem: the quadratic; an entry is simulated once, whatever its weight.
        lrs: learning rates (T,).
        seed: of `numpy.random.default_rng`.
        runs: how many, >= 1.
        batch_size: as for `loss`.
        momentum: likewise.
        average: likewise.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> simulate(power_law(), np.full(5, 0.1), seed=0, runs=3).shape
        (3,)
    """
    rates = _rates(lrs)
    if rates.ndim != 1:
        raise refuse("lrs", rates.shape, "of shape (T,)")
    deviation = np.sqrt(problem.c / _batches(batch_size, rates.size)[:, None])
    mu = check("momentum", momentum, Fraction)
    b = 0.0 if average is None else check("average", average, Fraction)
    rng = np.random.default_rng(seed)
    shape = check("runs", runs, Steps), problem.h.size
    theta = rng.standard_normal(shape) * np.sqrt(problem.m)
    velocity, mean = np.zeros(shape), theta.copy()
    for lr, spread in zip(rates, deviation, strict=True):
        gradient = problem.h * theta + rng.standard_normal(shape) * spread
        velocity = mu * velocity + gradient
        theta = theta - lr * velocity
        mean = b * mean + (1 - b) * theta
    return (0.5 * problem.weight * problem.h * mean**2).sum(axis=-1)


def _rates(lrs: ArrayLike) -> Floats:
    try:
        rates = np.asarray(lrs, dtype=np.float64)
    except (TypeError, ValueError):
        raise refuse("lrs", lrs, "numbers") from None
    if rates.ndim < 1 or not rates.size:
        raise refuse("lrs", rates.shape, "of shape (..., T), not empty")
    if not (np.isfinite(rates) & (rates >= 0)).all():
        raise refuse("lrs", lrs, "finite and >= 0")
    return rates


def _batches(batch_size: ArrayLike, steps: int) -> Floats:
    try:
        sizes = np.broadcast_to(np.asarray(batch_size, dtype=np.float64), (steps,))
    except (TypeError, ValueError):
        raise refuse("batch_size", batch_size, f"a number > 0, or {steps} of them") from None
    if not (np.isfinite(sizes) & (sizes > 0)).all():
        raise refuse("batch_size", batch_size, f"a number > 0, or {steps} of them")
    return sizes
