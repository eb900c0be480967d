r"""Adam on noisy quadratics, by simulation: its moments do not close, so there is no recursion.

With the gradients $g_i = h_i \theta_i + \text{noise of variance } c_i / B$ of a
`lrdecay.lab.quadratic.Problem`, in every direction

$$m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad
\theta \leftarrow \theta - \eta_k\,
  \frac{m / (1 - \beta_1^{k+1})}{\sqrt{v / (1 - \beta_2^{k+1})} + \epsilon}$$

With $\beta_1 = \beta_2 = \epsilon = 0$ it is sign descent, $\theta \leftarrow \theta - \eta_k\,
\text{sign}(g)$.

Source:
    D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2014, arXiv:1412.6980.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks import Rate, StepCount, check, checked, refuse
from .inputs import BELOW_1, Floats, numbers
from .quadratic.moments import Runs, runs
from .quadratic.problem import Problem, flat
from .streams import stream

__all__ = ["run"]

_BLOCK = 64  # steps whose noise is drawn at a time
_CHUNK = 24_000  # numbers per array: the few arrays together stay in a second-level cache
_TINY = np.finfo(np.float64).tiny


@checked()
def run(
    problem: Problem,
    lrs: ArrayLike,
    seeds: Iterable[StepCount],
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    batch_size: ArrayLike = 1.0,
) -> Floats:
    """Return the final loss for every problem, learning-rate sequence and seed.

    A seed fixes the start and the noise, both normal, of all problems and learning rates, so that
    they can be compared in pairs. A bin is one direction that counts `weight` times.

    Args:
        problem: of any shape.
        lrs: learning rates (..., T), finite and >= 0.
        seeds: whole numbers >= 0, at least one.
        beta1: of the mean of gradients, from 0 to below 1.
        beta2: of the mean of their squares, from 0 to below 1.
        eps: added to the root, >= 0.
        batch_size: > 0; one number, (T,), or what broadcasts to the shape of `lrs`.

    Returns:
        Losses (problem..., ..., seeds), the same bits alone or in company; inf where a run
        overflowed.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> one = Problem(h=1.0, c=0.0, m=1.0)
        >>> before, after = run(one, [[0.0], [0.01]], seeds=range(3))  # a step of 0.01 toward 0
        >>> (np.sqrt(2 * before) - np.sqrt(2 * after)).round(6).tolist()
        [0.01, 0.01, 0.01]
    """
    todo = runs(lrs, batch_size, 0.0, None)
    betas = [float(numbers(n, b, BELOW_1)) for n, b in (("beta1", beta1), ("beta2", beta2))]
    options = _Options(*betas, check("eps", eps, Rate))
    chosen = list(seeds)
    if not chosen:
        raise refuse("seeds", [], "at least one seed")
    problems = flat(problem)
    count, d = len(todo.lrs), problems.directions
    found = np.empty((len(problems.h), count, len(chosen)))
    some = min(len(chosen), max(_CHUNK // d, 1))
    for at in range(0, len(chosen), some):
        part = chosen[at : at + some]
        size = max(_CHUNK // (d * len(part)), 1)
        for i, first in np.ndindex(len(problems.h), -(-count // size)):
            rows = slice(first * size, (first + 1) * size)
            found[i, rows, at : at + some] = _train(problems[i], _some(todo, rows), part, options)
    return found.reshape((*problem.shape, *todo.shape, len(chosen)))


class _Options(NamedTuple):
    beta1: float
    beta2: float
    eps: float


def _some(todo: Runs, rows: slice) -> Runs:
    """Return a few of the runs."""
    inverse = todo.inverse_batch
    return todo._replace(
        lrs=todo.lrs[rows], inverse_batch=inverse if len(inverse) == 1 else inverse[rows]
    )


def _draws(seed: int, total_steps: int, directions: int) -> Iterator[Floats]:
    """Yield the standard normal numbers of a seed: of the start, then of the noise of each step."""
    rng = stream("adam.noise", seed)
    yield rng.standard_normal(directions)
    # Whole blocks, so that a shorter run is the beginning of a longer one.
    blocks = (rng.standard_normal((_BLOCK, directions)) for _ in range(0, total_steps, _BLOCK))
    yield from chain.from_iterable(blocks)


def _train(problem: Problem, todo: Runs, seeds: list[int], options: _Options) -> Floats:
    """Return losses (runs, seeds); arrays are (runs, seeds * d), to be long along the last axis."""
    beta1, beta2, eps = options
    count, total = todo.lrs.shape
    d = problem.directions
    h, deviation, spread = (
        np.tile(v, len(seeds)) for v in (problem.h, np.sqrt(problem.c), np.sqrt(problem.m))
    )
    roots = np.sqrt(np.broadcast_to(todo.inverse_batch, (len(todo.inverse_batch), total)))
    streams = [_draws(seed, total, d) for seed in seeds]

    def draw() -> Floats:
        return np.concatenate([next(stream) for stream in streams])

    theta = np.repeat((spread * draw())[None], count, axis=0)
    m, v, g, t = (np.zeros_like(theta) for _ in range(4))
    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        for k in range(total):
            np.multiply(h, theta, out=g)
            g += roots[:, k, None] * (deviation * draw())
            m *= beta1
            m += np.multiply(g, 1.0 - beta1, out=t)
            g *= g
            v *= beta2
            v += np.multiply(g, 1.0 - beta2, out=t)
            np.sqrt(v, out=t)
            t *= 1.0 / np.sqrt(1.0 - beta2 ** (k + 1))
            t += eps
            np.maximum(t, _TINY, out=t)  # without eps, no gradient is no step
            np.divide(m, t, out=t)
            t *= todo.lrs[:, k, None] / (1.0 - beta1 ** (k + 1))
            theta -= t
        squares = (theta * theta).reshape(count, len(seeds), d)
        losses = (0.5 * problem.weight * problem.h * squares).sum(axis=-1)
    return np.where(np.isfinite(losses), losses, np.inf)
