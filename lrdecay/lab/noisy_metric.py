r"""A noisy validation metric that still improves, and when a plateau rule takes it for a plateau.

After epoch $t = 1, 2, \ldots$ the metric, lower is better, is

$$m_t = \text{floor} + t^{-\text{power}} + \text{noise} \cdot z_t, \quad z_t \sim N(0, 1)$$

It never stops improving, ever more slowly. A rule that lowers the rate here was set off by noise.
The metric does not answer to the rate: only the first reduction is of interest.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from ..checks import Number, StepCount, Steps, check, checked, refuse
from ..plateau import Fold
from .inputs import POSITIVE, Floats, numbers
from .streams import stream

__all__ = ["first", "metrics", "smoothed"]


@checked()
def metrics(
    seeds: Iterable[StepCount],
    epochs: int,
    *,
    power: ArrayLike = 0.3,
    noise: ArrayLike = 0.01,
    floor: float = 0.0,
) -> Floats:
    """Return the history of the metric for every seed.

    A seed fixes the noise, whatever its size; a shorter history is the beginning of a longer one.

    Args:
        seeds: whole numbers >= 0, at least one.
        epochs: how many, >= 1.
        power: how fast the metric falls, > 0; one number, or one a seed.
        noise: standard deviation of the noise, in units of what the metric can improve by, >= 0;
            any shape, as the leading axes of the result.
        floor: what the metric falls toward, finite.

    Returns:
        Metrics (noise..., seeds, epochs).

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> metrics([0], 4, power=0.5, noise=0.0).round(4).tolist()
        [[1.0, 0.7071, 0.5774, 0.5]]
    """
    chosen = list(seeds)
    if not chosen:
        raise refuse("seeds", [], "at least one seed")
    total, bottom = check("epochs", epochs, Steps), check("floor", floor, Number)
    powers = numbers("power", power, POSITIVE)
    if powers.shape not in {(), (len(chosen),)}:
        raise refuse("power", powers.shape, f"one number, or of shape ({len(chosen)},)")
    z = np.stack([stream("noisy_metric.noise", s).standard_normal(total) for s in chosen])
    fall = np.arange(1.0, total + 1.0) ** -np.broadcast_to(powers, (len(chosen),))[:, None]
    return bottom + fall + numbers("noise", noise)[..., None, None] * z


@checked()
def smoothed(history: ArrayLike, window: int) -> Floats:
    """Return, at each epoch, the mean of the last metrics: what may be given to a rule instead.

    Args:
        history: metrics (..., epochs).
        window: how many to average, >= 1; at the beginning as many as there are.

    Returns:
        Means of the shape of `history`.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> smoothed([4.0, 2.0, 3.0, 1.0], window=2).tolist()
        [4.0, 3.0, 2.5, 2.0]
    """
    values, size = _history(history), check("window", window, Steps)
    sums = np.cumsum(values, axis=-1)
    sums[..., size:] -= sums[..., :-size].copy()
    return sums / np.minimum(np.arange(1, values.shape[-1] + 1), size)


@checked()
def first(rule: Fold, history: ArrayLike) -> Floats:
    """Return the epoch after which a rule first lowers the rate.

    Args:
        rule: any that follows a metric, with any settings.
        history: metrics (..., epochs), oldest first.

    Returns:
        Epochs (...), counted from 1; inf where the rule never lowered it.

    Raises:
        ValueError: if `rule` is none, or the history is empty or not of numbers.

    Examples:
        >>> from lrdecay import ReduceOnPlateau
        >>> first(ReduceOnPlateau(1.0, patience=2), [[3.0, 2.0, 2.0, 2.0, 2.0], [5, 4, 3, 2, 1]])
        array([ 5., inf])
    """
    if not isinstance(rule, Fold):
        raise refuse("rule", rule, "a rule that follows a metric")
    values = _history(history)
    found = [_first(rule, row) for row in values.reshape(-1, values.shape[-1]).tolist()]
    return np.array(found).reshape(values.shape[:-1])[()]


def _first(rule: Fold, row: list[float]) -> float:
    state = rule.start()
    for epoch, metric in enumerate(row, start=1):
        before, state = state, rule.update(rule.advance(state), metric)
        if state.lr < before.lr:
            return float(epoch)
    return np.inf


def _history(values: ArrayLike) -> Floats:
    try:
        array: Floats = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise refuse("history", values, "numbers") from None
    if array.ndim < 1 or not array.size:
        raise refuse("history", array.shape, "of shape (..., epochs), not empty")
    return array
