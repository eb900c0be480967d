"""What a seed fixes in the moons experiment: training points, test points, minibatches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...checks import Rate, StepCount, check, refuse
from ..streams import stream

Floats = NDArray[np.float64]

POINTS = 100
NOISE = 0.1
MOST_POINTS = 10**6
_BLOCK = 128  # permutations drawn at a time: long runs need no large table


def between(name: str, value: object, low: int, high: int) -> int:
    """Return `value` as an int, or raise the error that names the argument."""
    number = int(check(name, value, StepCount))
    if not low <= number <= high:
        raise refuse(name, value, f"from {low} to {high}")
    return number


def check_seed(seed: object) -> int:
    """Return the seed as an int; NumPy's legacy generator takes 32 bits."""
    return between("seed", seed, 0, 2**32 - 1)


def data(seed: int, points: int = POINTS, noise: float = NOISE) -> tuple[Floats, Floats]:
    """Return two half moons, as scikit-learn draws them after `np.random.seed(seed)`.

    Args:
        seed: of a legacy `RandomState`, from 0 to 2**32 - 1.
        points: how many, >= 2; the upper moon has `points // 2`.
        noise: standard deviation of the normal noise on both coordinates, >= 0.

    Returns:
        Points (points, 2), the bits of scikit-learn's `make_moons`, and labels (points,): -1 on
        the upper and +1 on the lower moon, where scikit-learn has 0 and 1.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> points, labels = data(1337)
        >>> points.shape, float(labels.sum())
        ((100, 2), 0.0)
    """
    rng = np.random.RandomState(check_seed(seed))
    return _draw(rng, between("points", points, 2, MOST_POINTS), check("noise", noise, Rate))


def training(seeds: Iterable[int]) -> list[tuple[Floats, Floats]]:
    """Return `data(seed)` for each seed; making a `RandomState` each time is most of its cost."""
    rng = np.random.RandomState()
    drawn = []
    for seed in seeds:
        rng.seed(seed)
        drawn.append(_draw(rng, POINTS, NOISE))
    return drawn


def fresh(seed: int, points: int) -> tuple[Floats, Floats]:
    """Return test points: the same moons and noise from another random stream of the seed."""
    return _draw(stream("moons.test", seed), points, NOISE)


def _draw(
    rng: np.random.RandomState | np.random.Generator, points: int, noise: float
) -> tuple[Floats, Floats]:
    """Return half moons by scikit-learn's operations and random draws, in its order."""
    where, labels = _clean(points)
    order = np.arange(points)
    rng.shuffle(order)
    return where[order] + rng.normal(scale=noise, size=where.shape), labels[order]


@lru_cache(maxsize=8)  # the same for every seed
def _clean(points: int) -> tuple[Floats, Floats]:
    """Return half moons in order and without noise; not to be written to."""
    upper = np.linspace(0, np.pi, points // 2)
    lower = np.linspace(0, np.pi, points - points // 2)
    x = np.concatenate([np.cos(upper), 1 - np.cos(lower)])
    y = np.concatenate([np.sin(upper), 1 - np.sin(lower) - 0.5])
    return np.stack([x, y], axis=-1), np.repeat([-1.0, 1.0], [len(upper), len(lower)])


def minibatches(seed: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Yield index arrays (size,) without end, each the first of a fresh permutation."""
    rng = stream("moons.minibatches", seed)
    rows = np.broadcast_to(np.arange(POINTS), (_BLOCK, POINTS))
    while True:
        yield from rng.permuted(rows, axis=1)[:, :size]
