"""How the loss depends on each learning rate, and the learning rates that minimise it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Positive, Steps, checked
from ..inputs import Floats
from .moments import Average, Runs, evaluate, runs
from .problem import Problem, flat
from .search import best


class Optimal(NamedTuple):
    """Learning rates that minimise the expected final loss, and how they were found.

    Attributes:
        lrs: the learning rates (problem..., T).
        loss: the expected final loss (problem...).
        sweeps: how often every rate was improved (problem...).
        converged: whether the last sweep gained less than the tolerance (problem...).
    """

    lrs: Floats
    loss: Floats
    sweeps: NDArray[np.int64]
    converged: NDArray[np.bool_]


@checked()
def gradient(
    problem: Problem,
    lrs: ArrayLike,
    *,
    batch_size: ArrayLike = 1.0,
    momentum: ArrayLike = 0.0,
    average: Average | float | None = None,
) -> Floats:
    r"""Return the derivative of the expected final loss by each learning rate.

    One pass back through the updates for the adjoint, one forward. Without momentum, with
    $\lambda_i$ the derivative by the $m_i$ that an update leaves behind, it is

    $$\frac{\partial L}{\partial \eta_k}
      = \sum_i 2 \lambda_i \left(\eta_k (h_i^2 m_i + c_i / B_k) - h_i m_i\right)$$

    Args:
        problem: of any shape.
        lrs: learning rates (..., T), finite and >= 0.
        batch_size: as in `loss`.
        momentum: as in `loss`.
        average: as in `loss`.

    Returns:
        Derivatives (problem..., ..., T). Where the loss overflows they have no meaning.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> gradient(Problem(h=1.0, c=1.0, m=4.0), [0.5, 0.5]).tolist()
        [-0.375, -0.125]
    """
    todo = runs(lrs, batch_size, momentum, average)
    problems = flat(problem)
    whose, which = np.indices((len(problems.h), len(todo.lrs)), dtype=np.intp).reshape(2, -1)
    rows = _rows(problems, todo, whose, which)
    _, slopes = _walk(rows, todo.lrs[which].T, _adjoints(rows, todo.lrs[which].T), None)
    return slopes.T.reshape((*problem.shape, *todo.shape, -1))


@checked()
def optimal(
    problem: Problem,
    total_steps: Steps,
    *,
    batch_size: ArrayLike = 1.0,
    momentum: ArrayLike = 0.0,
    average: Average | float | None = None,
    high: Positive | None = None,
    tolerance: Positive = 1e-10,
    most_sweeps: Steps = 200,
) -> Optimal:
    r"""Return the learning rates with the least expected final loss.

    The loss is a convex parabola in each single rate. Each sweep sets one rate after the other to
    the least of its parabola, so that the loss never rises and no rate is negative. The start is
    linear decay with its `best` base rate.

    With noise to speak of, other starts end at the same rates. With little, the loss has many
    minima, some with single steps far above the limit of stability, and this is one of them.

    Args:
        problem: of any shape.
        total_steps: $T$, >= 1.
        batch_size: one number or (T,).
        momentum: one number or (T,).
        average: as in `loss`.
        high: greatest rate allowed, > 0; None for no limit.
        tolerance: relative gain of a sweep below which to stop, > 0.
        most_sweeps: when to give up, >= 1. Averages make the sweeps slow, and a tolerance of
            $10^{-6}$ is then more to the point.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> problem = Problem(h=1.0, c=1.0, m=1.0)
        >>> found = optimal(problem, 3)  # in one direction: 1 / (k + 2)
        >>> found.lrs.round(6).tolist(), found.converged.item()
        ([0.5, 0.333333, 0.25], True)
    """
    limit = np.inf if high is None else high
    todo = runs(1.0 - np.arange(total_steps) / total_steps, batch_size, momentum, average)
    problems = flat(problem)
    count = len(problems.h)
    start = best(problems, todo.lrs[0], batch_size=batch_size, momentum=momentum, average=average)
    lrs = todo.lrs.T * np.minimum(start.rate, limit)
    losses = _losses(problems, todo, lrs)
    sweeps = np.zeros(count, dtype=np.int64)
    going = np.arange(count)
    for _ in range(most_sweeps):
        rows = _rows(problems, todo, going, np.zeros_like(going))
        lrs[:, going], _ = _walk(rows, lrs[:, going], _adjoints(rows, lrs[:, going]), limit)
        sweeps[going] += 1
        before, losses[going] = losses[going], _losses(problems[going], todo, lrs[:, going])
        going = going[losses[going] < (1.0 - tolerance) * before]
        if not going.size:
            break
    converged = np.ones(count, dtype=np.bool_)
    converged[going] = False
    shape = problem.shape
    return Optimal(
        lrs.T.reshape((*shape, total_steps)),
        losses.reshape(shape)[()],
        sweeps.reshape(shape)[()],
        converged.reshape(shape)[()],
    )


@checked()
def greedy(
    problem: Problem, total_steps: Steps, *, batch_size: ArrayLike = 1.0, momentum: ArrayLike = 0.0
) -> Floats:
    r"""Return the learning rates that each minimise the loss right after their own update.

    Without momentum

    $$\eta_k = \frac{\sum_i w_i h_i^2 m_i}{\sum_i w_i h_i (h_i^2 m_i + c_i / B_k)}$$

    Args:
        problem: of any shape.
        total_steps: $T$, >= 1.
        batch_size: one number or (T,).
        momentum: one number or (T,).

    Returns:
        Learning rates (problem..., T).

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> greedy(Problem(h=[1.0, 0.1], c=[0.0, 0.0], m=1.0), 2).round(3).tolist()
        [1.009, 9.182]
    """
    todo = runs(np.ones(total_steps), batch_size, momentum, None)
    problems = flat(problem)
    whose = np.arange(len(problems.h))
    rows = _rows(problems, todo, whose, np.zeros_like(whose))
    now = _Adjoint(rows.slope, np.zeros_like(rows.h), np.zeros_like(rows.h))
    lrs, _ = _walk(rows, np.ones((total_steps, whose.size)), [now] * total_steps, np.inf)
    return lrs.T.reshape((*problem.shape, total_steps))


class _Rows(NamedTuple):
    """Runs side by side: the problem (rows, d), the sequences (T, rows) or (T, 1)."""

    h: Floats
    c: Floats
    m: Floats
    slope: Floats
    inverse_batch: Floats
    momentum: Floats | None
    weights: Floats | None


class _Adjoint(NamedTuple):
    """Derivatives of the final loss by moments after an update, before it is averaged.

    By E[theta^2], E[theta v] and E[theta bar], of the names in `moments`.
    """

    a: Floats
    b: Floats
    x: Floats


def _rows(problems: Problem, todo: Runs, whose: NDArray[np.intp], which: NDArray[np.intp]) -> _Rows:
    total = todo.lrs.shape[-1]

    def spread(values: Floats) -> Floats:
        chosen = values if len(values) == 1 else values[which]
        return np.broadcast_to(chosen, (len(chosen), total)).T

    h, c, m = problems.h[whose], problems.c[whose], problems.m[whose]
    slope = 0.5 * problems.weight[whose] * h
    momentum = None if todo.momentum is None else spread(todo.momentum)
    return _Rows(h, c, m, slope, spread(todo.inverse_batch), momentum, todo.weights)


def _losses(problems: Problem, todo: Runs, lrs: Floats) -> Floats:
    """Return the final loss of each problem under its own learning rates (T, problems)."""
    count = np.arange(lrs.shape[1])
    same = todo._replace(
        lrs=lrs.T,
        inverse_batch=todo.inverse_batch[:1],
        momentum=None if todo.momentum is None else todo.momentum[:1],
    )
    return evaluate(problems, same, count, count)


def _adjoints(rows: _Rows, lrs: Floats) -> list[_Adjoint]:
    """Return the adjoints at every update; each depends on the learning rates after it alone."""
    h, weights = rows.h, rows.weights
    none = np.zeros_like(h)
    a, b, s, x, y, z = (rows.slope, *[none] * 5) if weights is None else (*[none] * 5, rows.slope)
    found: list[_Adjoint] = []
    with np.errstate(all="ignore"):
        for k in range(len(lrs) - 1, -1, -1):
            lr = lrs[k, :, None]
            if weights is not None:
                w = weights[k]
                a = a + w * (w * z + x)
                x = (1.0 - w) * (2.0 * w * z + x)
                b, y = b + w * y, (1.0 - w) * y
                z = (1.0 - w) ** 2 * z
            found.append(_Adjoint(a, b, x))
            # By E[theta v], E[v^2] and E[v bar] as the new velocity has them.
            toward, square, bar = b - 2.0 * lr * a, s + lr * (lr * a - b), y - lr * x
            if rows.momentum is None:
                a, b = (1.0 - lr * h) ** 2 * a, none
            else:
                mu = rows.momentum[k, :, None]
                a = a + h * (toward + h * square)
                b, s = mu * (toward + 2.0 * h * square), mu * mu * square
            if weights is not None:
                x = x + h * bar
                y = none if rows.momentum is None else rows.momentum[k, :, None] * bar
    return found[::-1]


def _walk(
    rows: _Rows, lrs: Floats, adjoints: list[_Adjoint], limit: float | None
) -> tuple[Floats, Floats]:
    """Go through the updates; with a limit set each rate to the best from 0 to there.

    Returns:
        The learning rates taken and the derivatives by those given, (T, rows) each.
    """
    h, weights = rows.h, rows.weights
    a, x = rows.m, rows.m
    b, s, y = np.zeros_like(h), np.zeros_like(h), np.zeros_like(h)
    taken, slopes = np.array(lrs), np.empty(lrs.shape)
    with np.errstate(all="ignore"):
        for k, adjoint in enumerate(adjoints):
            # E[theta v], E[v^2] and E[v bar] of the new velocity.
            toward = h * a
            square = h * toward + rows.c * rows.inverse_batch[k, :, None]
            bar = h * x
            if rows.momentum is not None:
                mu = rows.momentum[k, :, None]
                toward = toward + mu * b
                square = square + mu * (mu * s + 2.0 * h * b)
                bar = bar + mu * y
            # The loss is linear / 2 and bend / 2 times the rate and its square.
            linear = 2.0 * adjoint.a * toward + adjoint.b * square
            if weights is not None:
                linear = linear + adjoint.x * bar
            bend = (2.0 * adjoint.a * square).sum(axis=-1)
            linear = linear.sum(axis=-1)
            slopes[k] = bend * lrs[k] - linear
            if limit is not None:
                vertex = np.clip(np.where(bend > 0.0, linear / bend, 0.0), 0.0, limit)
                taken[k] = np.where(np.isfinite(vertex), vertex, lrs[k])
            lr = taken[k, :, None]
            if rows.momentum is None:
                a = (1.0 - lr * h) ** 2 * a + lr * lr * (square - h * toward)
            else:
                a = a - lr * (2.0 * toward - lr * square)
                b, s = toward - lr * square, square
            if weights is not None:
                w = weights[k]
                x = (1.0 - w) * (x - lr * bar) + w * a
                y = (1.0 - w) * bar + w * b
    return taken, slopes
