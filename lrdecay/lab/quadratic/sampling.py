"""Sampled runs: what the expected loss is the mean of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...checks import StepCount, Steps, check, checked, refuse
from ..inputs import Floats
from ..streams import stream
from .moments import Average, Runs, runs
from .problem import Problem


@checked()
def simulate(
    problem: Problem,
    lrs: ArrayLike,
    *,
    seed: int,
    runs: int,
    batch_size: ArrayLike = 1.0,
    momentum: ArrayLike = 0.0,
    average: Average | float | None = None,
) -> Floats:
    """Return final losses of sampled runs, whose mean `loss` gives without sampling.

    Start and noise are normal. A bin is one direction that counts `weight` times: that leaves
    the mean alone and scatters more than separate directions would.

    Args:
        problem: a single one.
        lrs: learning rates (T,), finite and >= 0.
        seed: of the generator, >= 0.
        runs: how many, >= 1.
        batch_size: as in `loss`.
        momentum: as in `loss`.
        average: as in `loss`.

    Returns:
        Losses (runs,); inf where a run diverged.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> from lrdecay.lab.quadratic import loss, power_law
        >>> problem = power_law(bins=None, dimension=10)
        >>> sampled = simulate(problem, [0.5] * 20, seed=0, runs=2000).mean()
        >>> abs(sampled / loss(problem, [0.5] * 20) - 1) < 0.02
        np.True_
    """
    todo = _single(problem, lrs, batch_size, momentum, average)
    count = check("runs", runs, Steps)
    rng = stream("quadratic.noise", check("seed", seed, StepCount))
    size = (count, problem.directions)
    theta = rng.standard_normal(size) * np.sqrt(problem.m)
    velocity, bar = np.zeros(size), theta.copy()
    total = todo.lrs.shape[-1]
    spread = np.broadcast_to(np.sqrt(todo.inverse_batch), (1, total))[0]
    mu = np.zeros(total) if todo.momentum is None else np.broadcast_to(todo.momentum, (1, total))[0]
    weights = np.ones(total) if todo.weights is None else todo.weights
    deviation = np.sqrt(problem.c)
    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        for k in range(total):
            noise = rng.standard_normal(size) * (spread[k] * deviation)
            velocity = mu[k] * velocity + problem.h * theta + noise
            theta = theta - todo.lrs[0, k] * velocity
            bar = bar + weights[k] * (theta - bar)
        losses = 0.5 * (problem.weight * problem.h * bar * bar).sum(axis=-1)
    return np.where(np.isfinite(losses), losses, np.inf)


def _single(
    problem: Problem,
    lrs: ArrayLike,
    batch_size: ArrayLike,
    momentum: ArrayLike,
    average: Average | float | None,
) -> Runs:
    """Check one run on one problem."""
    if problem.shape:
        raise refuse("problem", problem.shape, "a single one, of shape ()")
    todo = runs(lrs, batch_size, momentum, average)
    if todo.shape:
        raise refuse("lrs", np.shape(lrs), "of shape (T,)")
    return todo
