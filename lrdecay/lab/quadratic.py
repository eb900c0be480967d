r"""The noisy quadratic model: the exact expected loss under any learning rates.

$$L(\theta) = \tfrac12 \sum_i w_i h_i \theta_i^2, \qquad
g_i = h_i \theta_i + \text{noise of variance } c_i / B$$

Directions do not mix and only second moments enter, so the expected loss of a run follows from a
recursion, without sampling. For gradient descent with the learning rates $\eta_k$

$$m_i \leftarrow (1 - \eta_k h_i)^2 m_i + \eta_k^2 c_i / B_k, \qquad
E[L] = \tfrac12 \sum_i w_i h_i m_i$$

and likewise with heavy-ball momentum, averaged weights and changing batch sizes. What one problem
gives does not depend, to the bit, on the others it is computed with.

Source:
    G. Zhang, L. Li, Z. Nado et al., "Which Algorithmic Choices Matter at Which Batch Sizes?
    Insights From a Noisy Quadratic Model", 2019, arXiv:1907.04164 (its abstract was read). The
    recursions are derived here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import checked
from ..checks import Flag, StepCount, Steps, check, refuse
from ._quadratic_moments import Average, Ema, Runs, Tail, evaluate, runs
from ._quadratic_optimal import Optimal, gradient, greedy, optimal
from ._quadratic_problem import Problem, draw, flat, power_law
from ._quadratic_search import Best, best, rates
from ._rates import BELOW_1, POSITIVE, Floats, numbers

__all__ = [
    "Best",
    "Ema",
    "Optimal",
    "Problem",
    "Tail",
    "best",
    "draw",
    "floor",
    "gradient",
    "greedy",
    "loss",
    "optimal",
    "power_law",
    "rates",
    "simulate",
]

_SIMULATE = 2  # this module's stream of a seed


@checked()
def loss(
    problem: Problem,
    lrs: ArrayLike,
    *,
    batch_size: ArrayLike = 1.0,
    momentum: ArrayLike = 0.0,
    average: Average | float | None = None,
    curve: bool = False,
) -> Floats:
    r"""Return the exact expected loss after the last update, or before and after each.

    With momentum $\mu_k$ the update is PyTorch's: the velocity starts at 0 and

    $$v \leftarrow \mu_k v + g, \qquad \theta \leftarrow \theta - \eta_k v$$

    Args:
        problem: of any shape.
        lrs: learning rates (..., T), finite and >= 0.
        batch_size: $B_k$, > 0; one number, (T,), or what broadcasts to the shape of `lrs`.
        momentum: $\mu_k$, from 0 to below 1; likewise.
        average: None for the loss of the iterate, `Ema` or `Tail` for that of the average; a number
            is the decay of an `Ema`.
        curve: return the loss before each update and after the last.

    Returns:
        Losses (problem..., ...), with `curve` (problem..., ..., T + 1); inf where it overflowed.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> problem = Problem(h=[1.0], c=[1.0], m=[4.0])
        >>> loss(problem, [0.5, 0.5], curve=True).tolist()
        [2.0, 0.625, 0.28125]
    """
    todo = runs(lrs, batch_size, momentum, average)
    problems = flat(problem)
    whose, which = np.indices((len(problems.h), len(todo.lrs)), dtype=np.intp).reshape(2, -1)
    found = evaluate(problems, todo, whose, which, curve=check("curve", curve, Flag))
    return found.reshape((*problem.shape, *todo.shape, *found.shape[1:]))[()]


@checked()
def floor(
    problem: Problem, lr: ArrayLike, *, batch_size: ArrayLike = 1.0, momentum: ArrayLike = 0.0
) -> Floats:
    r"""Return the loss at which a constant learning rate stops falling.

    $$L_\infty = \sum_i w_i \frac{\eta\, c_i / B}{2 (1 - \mu)
      \left(2 - \frac{\eta h_i}{1 + \mu}\right)}$$

    without momentum $\eta c / (2 (2 - \eta h))$ in each direction, about in proportion to the rate.

    Args:
        problem: of any shape.
        lr: $\eta$, > 0; any shape, as are the next two.
        batch_size: $B$, > 0.
        momentum: $\mu$, from 0 to below 1.

    Returns:
        Losses (problem..., ...), where `...` is the shape of `lr`, `batch_size` and `momentum`
        broadcast together; inf from the limit of stability $\eta h_{\max} = 2 (1 + \mu)$ on.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> floor(Problem(h=1.0, c=1.0, m=1.0), [0.5, 1.0, 2.0]).round(4).tolist()
        [0.1667, 0.5, inf]
    """
    eta, batch, mu = np.broadcast_arrays(
        numbers("lr", lr, POSITIVE),
        numbers("batch_size", batch_size, POSITIVE),
        numbers("momentum", momentum, BELOW_1),
    )
    where = (..., *(None,) * eta.ndim, slice(None))
    h, c, weight = (a[where] for a in (problem.h, problem.c, problem.weight))
    eta, batch, mu = (a[..., None] for a in (eta, batch, mu))
    room = 2.0 - eta * h / (1.0 + mu)
    with np.errstate(divide="ignore"):
        each = np.where(room > 0.0, eta * c / batch / (2.0 * (1.0 - mu) * room), np.inf)
    return (weight * each).sum(axis=-1)


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
        >>> problem = power_law(bins=None, dimension=10)
        >>> sampled = simulate(problem, [0.5] * 20, seed=0, runs=2000).mean()
        >>> abs(sampled / loss(problem, [0.5] * 20) - 1) < 0.02
        np.True_
    """
    todo = _single(problem, lrs, batch_size, momentum, average)
    count = check("runs", runs, Steps)
    rng = np.random.default_rng([check("seed", seed, StepCount), _SIMULATE])
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
