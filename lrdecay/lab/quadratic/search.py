"""The loss as a function of the base learning rate, and where it is least."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Positive, Steps, check, checked, refuse
from ..inputs import Floats, numbers
from .moments import Average, Runs, evaluate, runs
from .problem import Problem, flat

_DECADES = 4.0
# Shares of the limit of stability that a rate leaves free.
_CLOSE = (0.15, 0.05, 0.015, 0.004, 1e-3, 2e-4, 3e-5, 0.0)
_FINE, _REFINEMENTS = 3, 3  # subdivisions of a step, and how often
_NEAR = 1e-9  # in log rate, closer to an end than any grid point but the end itself
_WIDENINGS = 6  # decades by which a search may go lower than that


class Best(NamedTuple):
    """The best base rate of shapes on problems, all arrays (problem..., shape...).

    Attributes:
        rate: the best base rate.
        loss: the expected final loss there; inf where every rate diverged.
        edge: whether the best lies at the end of the search range, so that it is not the best.
    """

    rate: Floats
    loss: Floats
    edge: NDArray[np.bool_]


@checked()
def rates(
    problem: Problem,
    shapes: ArrayLike,
    base_lrs: ArrayLike,
    *,
    batch_size: ArrayLike = 1.0,
    momentum: ArrayLike = 0.0,
    average: Average | float | None = None,
) -> Floats:
    r"""Return the expected final loss of each shape at each base learning rate.

    The learning rates are $\eta_k = \text{base\_lr} \cdot \text{shape}_k$.

    Args:
        problem: of any shape.
        shapes: (..., T), >= 0, commonly with peak 1.
        base_lrs: (R,), or (problem..., ..., R) for a grid of each problem and shape; any shape
            that broadcasts to that.
        batch_size: as in `loss`.
        momentum: as in `loss`.
        average: as in `loss`.

    Returns:
        Losses (problem..., ..., R); inf where a run diverged.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> from lrdecay.lab.quadratic import power_law
        >>> linear = 1 - np.arange(100) / 100
        >>> rates(power_law(), [linear, np.ones(100)], [0.1, 1.0]).round(3).tolist()
        [[2.053, 1.364], [1.782, 2.523]]
    """
    todo = runs(shapes, batch_size, momentum, average, name="shapes")
    grid = numbers("base_lrs", base_lrs)
    if grid.ndim < 1 or not grid.size:
        raise refuse("base_lrs", grid.shape, "of shape (..., R), not empty")
    full = (*problem.shape, *todo.shape, grid.shape[-1])
    try:
        grid = np.broadcast_to(grid, full)
    except ValueError:
        raise refuse("base_lrs", grid.shape, f"of a shape that fits {full}") from None
    found = _on_grid(flat(problem), todo, grid.reshape(-1, len(todo.lrs), full[-1]))
    return found.reshape(full)


@checked()
def best(
    problem: Problem,
    shapes: ArrayLike,
    *,
    batch_size: ArrayLike = 1.0,
    momentum: ArrayLike = 0.0,
    average: Average | float | None = None,
    low: float | None = None,
    high: float | None = None,
    points: int = 24,
) -> Best:
    r"""Return the base learning rate with the least expected final loss, and that loss.

    A grid even in $\log$ rate and dense below the limit of stability, three finer ones around its
    best point, and the vertex of the parabola through the last three points. Near that limit the
    loss depends on the room that is left, over orders of magnitude: with exact gradients the best
    constant rate is often within 1 % of it, and beyond stands a wall. The loss is the least that
    was met.

    Args:
        problem: of any shape.
        shapes: (..., T), >= 0, commonly with peak 1.
        batch_size: as in `loss`.
        momentum: as in `loss`.
        average: as in `loss`.
        low: least base rate, > 0. By default $10^{-4}$ of the greatest, and as much as 6 decades
            lower where the best rate would be the least.
        high: greatest base rate, > 0. By default the greatest that is stable throughout: every
            $\eta_k h_{\max} \le 2 (1 + \mu_k)$. A quadratic forgives a shape that starts above
            and falls, however far its loss rises in between; other losses do not.
        points: of the even grid, >= 4.

    Raises:
        ValueError: if an argument is out of its range, or a shape is 0 throughout.

    Examples:
        >>> from lrdecay.lab.quadratic import power_law
        >>> found = best(power_law(), 1 - np.arange(100) / 100)
        >>> round(found.rate.item(), 2), round(found.loss.item(), 4), found.edge.item()
        (0.98, 1.3644, False)
    """
    todo = runs(shapes, batch_size, momentum, average, name="shapes")
    if not todo.lrs.any(axis=-1).all():
        raise refuse("shapes", 0.0, "above 0 somewhere")
    points = check("points", points, Steps)
    if points < 4:
        raise refuse("points", points, "at least 4")
    problems = flat(problem)
    limit = np.log(_stable(todo) / problems.h_max[:, None])
    top = limit if high is None else np.full_like(limit, np.log(check("high", high, Positive)))
    bottom = top - _DECADES * np.log(10.0)
    if low is not None:
        bottom = np.full_like(top, np.log(check("low", low, Positive)))
    if not (bottom < top).all():
        raise refuse("low", low, f"below {np.exp(top.min()):.4g}, the greatest rate")

    step = (top - bottom) / (points - 1)
    even = top[..., None] + step[..., None] * np.arange(1 - points, 1)
    close = np.minimum(limit, top)[..., None] + np.log1p(-np.array(_CLOSE))
    grid = np.sort(np.concatenate([even, np.maximum(close, bottom[..., None])], axis=-1), axis=-1)
    losses = _on_grid(problems, todo, np.exp(grid))
    for _ in range(_WIDENINGS if low is None else 0):
        at_end = losses.argmin(axis=-1, keepdims=True) == 0
        if not at_end.any():
            break
        more = grid[..., :1] + step[..., None] * np.arange(-np.ceil((points - 1) / _DECADES), 0)
        # The others keep what they have, as they would alone.
        lower = np.where(at_end, _on_grid(problems, todo, np.exp(more)), np.inf)
        grid = np.concatenate([more, grid], axis=-1)
        losses = np.concatenate([lower, losses], axis=-1)
    bottom = grid[..., 0]

    between = np.arange(1, _FINE) / _FINE
    for _ in range(_REFINEMENTS):
        grid, losses = _around_best(grid, losses)
        left, right = (
            grid[..., i, None] + (grid[..., i + 1] - grid[..., i])[..., None] * between
            for i in range(2)
        )
        more = np.concatenate([left, right], axis=-1)
        grid = np.concatenate([grid, more], axis=-1)
        losses = np.concatenate([losses, _on_grid(problems, todo, np.exp(more))], axis=-1)
        order = grid.argsort(axis=-1, kind="stable")
        grid, losses = (np.take_along_axis(v, order, -1) for v in (grid, losses))
    grid, losses = _around_best(grid, losses)
    vertex = _vertex(grid, losses)[..., None]
    grid = np.concatenate([grid, vertex], axis=-1)
    losses = np.concatenate([losses, _on_grid(problems, todo, np.exp(vertex))], axis=-1)
    at = losses.argmin(axis=-1, keepdims=True)
    log_rate, least = (np.take_along_axis(v, at, -1)[..., 0] for v in (grid, losses))
    edge = np.minimum(log_rate - bottom, top - log_rate) < _NEAR
    shape = (*problem.shape, *todo.shape)
    return Best(*(v.reshape(shape)[()] for v in (np.exp(log_rate), least, edge)))


def _around_best(grid: Floats, losses: Floats) -> tuple[Floats, Floats]:
    """Return the best point and its neighbours; at an end it is its own neighbour."""
    at = losses.argmin(axis=-1, keepdims=True) + np.arange(-1, 2)
    at = np.clip(at, 0, grid.shape[-1] - 1)
    return np.take_along_axis(grid, at, -1), np.take_along_axis(losses, at, -1)


def _vertex(grid: Floats, losses: Floats) -> Floats:
    """Return where a parabola through three points is least; the middle one where it is not."""
    left, middle, right = (grid[..., i] for i in range(3))
    with np.errstate(all="ignore"):  # equal points, or an infinite loss, have no parabola
        below = (losses[..., 1] - losses[..., 0]) / (middle - left)
        above = (losses[..., 2] - losses[..., 1]) / (right - middle)
        # Its slope is `below` halfway to the left, and `above` halfway to the right.
        vertex = 0.5 * (left + middle - below * (right - left) / (above - below))
    return np.where((left <= vertex) & (vertex <= right), vertex, middle)


def _stable(todo: Runs) -> Floats:
    """Return, for each run, the base rate times the greatest curvature at the stability limit."""
    mu = np.zeros((1, 1)) if todo.momentum is None else todo.momentum
    with np.errstate(divide="ignore"):
        return (2.0 * (1.0 + mu) / todo.lrs).min(axis=-1)


def _on_grid(problems: Problem, todo: Runs, base_lrs: Floats) -> Floats:
    """Return losses of the shape of `base_lrs`, (P, S, R)."""
    whose, which, _ = np.indices(base_lrs.shape, dtype=np.intp).reshape(3, -1)
    return evaluate(problems, todo, whose, which, base_lrs.ravel()).reshape(base_lrs.shape)
