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
_FINE = 4  # subdivisions of a step in each of two refinements
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

    A grid even in $\log$ rate, two finer ones around its best point, and the vertex of the parabola
    through the last three points. The loss is the least that was met.

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
        points: of the first grid, >= 4.

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
    top = np.log(_stable(todo) / problems.h_max[:, None])
    if high is not None:
        top = np.full_like(top, np.log(check("high", high, Positive)))
    bottom = top - _DECADES * np.log(10.0)
    if low is not None:
        bottom = np.full_like(top, np.log(check("low", low, Positive)))
    if not (bottom < top).all():
        raise refuse("low", low, f"below {np.exp(top.min()):.4g}, the greatest rate")

    step = (top - bottom) / (points - 1)
    grid = top[..., None] + step[..., None] * np.arange(1 - points, 1)
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

    for _ in range(2):
        at = losses.argmin(axis=-1, keepdims=True)
        step = step / _FINE
        grid = np.take_along_axis(grid, at, -1) + step[..., None] * np.arange(1 - _FINE, _FINE)
        grid = np.clip(grid, bottom[..., None], top[..., None])
        losses = _on_grid(problems, todo, np.exp(grid))
    vertex = np.clip(_vertex(grid, losses, step), bottom, top)[..., None]
    grid = np.concatenate([grid, vertex], axis=-1)
    losses = np.concatenate([losses, _on_grid(problems, todo, np.exp(vertex))], axis=-1)
    at = losses.argmin(axis=-1, keepdims=True)
    log_rate, least = (np.take_along_axis(v, at, -1)[..., 0] for v in (grid, losses))
    edge = np.minimum(log_rate - bottom, top - log_rate) < _NEAR
    shape = (*problem.shape, *todo.shape)
    return Best(*(v.reshape(shape)[()] for v in (np.exp(log_rate), least, edge)))


def _vertex(grid: Floats, losses: Floats, step: Floats) -> Floats:
    """Return where a parabola through the best point and its neighbours is least."""
    inside = np.clip(losses.argmin(axis=-1, keepdims=True), 1, grid.shape[-1] - 2)
    f0, f1, f2 = (np.take_along_axis(losses, inside + i, -1)[..., 0] for i in (-1, 0, 1))
    with np.errstate(all="ignore"):  # three equal points, or an infinite one, have no parabola
        shift = 0.5 * (f0 - f2) / (f0 - 2.0 * f1 + f2)
    shift = np.where(np.abs(shift) <= 1.0, shift, 0.0)
    return np.take_along_axis(grid, inside, -1)[..., 0] + shift * step


def _stable(todo: Runs) -> Floats:
    """Return, for each run, the base rate times the greatest curvature at the stability limit."""
    mu = np.zeros((1, 1)) if todo.momentum is None else todo.momentum
    with np.errstate(divide="ignore"):
        return (2.0 * (1.0 + mu) / todo.lrs).min(axis=-1)


def _on_grid(problems: Problem, todo: Runs, base_lrs: Floats) -> Floats:
    """Return losses of the shape of `base_lrs`, (P, S, R)."""
    whose, which, _ = np.indices(base_lrs.shape, dtype=np.intp).reshape(3, -1)
    return evaluate(problems, todo, whose, which, base_lrs.ravel()).reshape(base_lrs.shape)
