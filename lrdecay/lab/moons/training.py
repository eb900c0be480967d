"""Trains many networks side by side, and holds what they did."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from math import prod
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Flag, Steps, check, checked, refuse
from .net import Net, initial, scores, with_ones
from .points import MOST_POINTS, POINTS, Floats, between, check_seed, fresh, minibatches, training

SEED = 1337
PENALTY = 1e-4

EXPLODED = 10.0
"""A run whose final loss is above this, or not a number, has diverged.

A convention: losses start between about 0.5 and 4, and those of unstable runs have no gap.
"""

# Runs advanced together. Fewer would fit a second-level cache, more spread the cost of a call.
_CHUNK = 64


@runtime_checkable
class Sampled(Protocol):
    """What `run` asks of a schedule."""

    def sample(self, total_steps: int, /) -> NDArray[Any]:
        """Return the learning rates of updates 0 to `total_steps` - 1."""
        ...


@dataclass(frozen=True, eq=False)
class Run:
    """One or many training runs; all arrays share their leading axes, written `...` below.

    Indexing a `Run` indexes these axes in all its arrays.

    Attributes:
        lr: learning rate of each update, (..., steps).
        seed: seed of each run, (...).
        hinge: mean hinge loss on all training points before each update, (..., steps).
        penalty: L2 penalty before each update, (..., steps).
        accuracy: fraction of training points right before each update, (..., steps).
        final_hinge: mean hinge loss after the last update, (...).
        final_penalty: L2 penalty after the last update, (...).
        final_accuracy: training accuracy after the last update, (...).
        test_accuracy: accuracy on fresh points after the last update, (...).
        diverged: whether the final loss is not finite or above `EXPLODED`, (...).
        parameters: parameters after the last update, (..., 337).
        snapshots: for each step k kept, the parameters before update k, (..., 337).
    """

    lr: Floats
    seed: NDArray[np.int64]
    hinge: Floats
    penalty: Floats
    accuracy: Floats
    final_hinge: Floats
    final_penalty: Floats
    final_accuracy: Floats
    test_accuracy: Floats
    diverged: NDArray[np.bool_]
    parameters: Floats
    snapshots: dict[int, Floats]

    @property
    def loss(self) -> Floats:
        """Training loss before each update, as the demo prints it, (..., steps)."""
        return self.hinge + self.penalty

    @property
    def final_loss(self) -> Floats:
        """Training loss after the last update, (...)."""
        return self.final_hinge + self.final_penalty

    def __getitem__(self, index: Any) -> Run:
        """Return the runs at `index` of the leading axes."""
        flat = np.arange(self.seed.size).reshape(self.seed.shape)[index]
        return _assemble([self], flat, self.seed.ndim)


def demo() -> Run:
    r"""Return the published run: seed 1337, full batch, $\eta_k = 1 - 0.9\, k / 100$, 100 updates.

    Returns:
        A `Run` without leading axes. `loss` and `accuracy`, of shape (100,), repeat what the
        notebook printed: accuracies exactly, losses to about 5e-16. `snapshots` has the parameters
        before each update and, under 100, those after the last.

    Source:
        A. Karpathy, micrograd, `demo.ipynb`, MIT licence, commit c911406.

    Examples:
        >>> published = demo()
        >>> f"{published.loss[0]:.12f} {published.loss[99]:.12f} {published.accuracy[99]:.0%}"
        '0.895844102868 0.010978370135 100%'
    """
    k = np.arange(100)
    return run(1.0 - 0.9 * k / 100, [SEED], keep=range(101))[0]


@checked(seed="seeds")
def run(
    lrs: ArrayLike | Sampled | Sequence[Sampled],
    seeds: Iterable[int],
    *,
    steps: int | None = None,
    batch_size: int | None = None,
    curves: bool = True,
    keep: Iterable[int] = (),
    test_points: int = 1000,
    workers: int | None = None,
) -> Run:
    """Train a network for every pair of a learning-rate sequence and a seed.

    A seed fixes the training points and the initial parameters (as in the demo, where one number
    seeds both generators), the minibatches and the test points. All learning rates meet the same
    ones, so they can be compared in pairs.

    Args:
        lrs: learning rates (..., steps), finite and >= 0; or a schedule or a sequence of them.
        seeds: each from 0 to 2**32 - 1, at least one.
        steps: number of updates, >= 1; may be left out with an array of learning rates.
        batch_size: points an update, from 1 to 100: the first of a fresh permutation each time, as
            the notebook's unused option has it. None for all 100 in their order.
        curves: record `hinge`, `penalty` and `accuracy` before every update. With minibatches this
            costs another pass over all points. False leaves their last axis empty.
        keep: steps, from 0 to `steps`, at which to keep the parameters.
        test_points: number of fresh points for `test_accuracy`, >= 2; each seed has its own.
        workers: threads, one for each processor by default. No result depends on it.

    Returns:
        A `Run` with leading axes (..., seeds), where `...` are those of `lrs` (none for one
        schedule, one for a sequence). A run that diverges is marked, and neither an error nor a
        warning.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> both = run([[1.0] * 5, [0.1] * 5], seeds=range(3))
        >>> both.loss.shape, both.final_loss.shape, int(both.diverged.sum())
        ((2, 3, 5), (2, 3), 0)
    """
    rates = _rates(lrs, steps)
    total = rates.shape[-1]
    chosen = np.array([check_seed(seed) for seed in seeds], dtype=np.int64)
    if not chosen.size:
        raise refuse("seeds", [], "at least one seed")
    options = _Options(
        None if batch_size is None else between("batch_size", batch_size, 1, POINTS),
        check("curves", curves, Flag),
        frozenset(between("keep", k, 0, total) for k in keep),
        between("test_points", test_points, 2, MOST_POINTS),
    )
    threads = check("workers", (os.cpu_count() or 1) if workers is None else workers, Steps)

    flat = rates.reshape(-1, total)
    # Seed by seed, so that a chunk holds few different seeds to draw points and minibatches for.
    order = np.arange(len(flat) * chosen.size).reshape(-1, chosen.size).T.ravel()

    def train(chunk: NDArray[np.int64]) -> Run:
        which, who = np.divmod(chunk, chosen.size)
        return _train(flat[which], chosen[who], options)

    size = min(_CHUNK, -(-order.size // threads))
    chunks = [order[i : i + size] for i in range(0, order.size, size)]
    with ThreadPoolExecutor(min(threads, len(chunks))) as pool:
        parts = list(pool.map(train, chunks))
    return _assemble(parts, np.argsort(order).reshape(*rates.shape[:-1], chosen.size), 1)


class _Options(NamedTuple):
    batch_size: int | None
    curves: bool
    keep: frozenset[int]
    test_points: int


def _train(rates: Floats, seeds: NDArray[np.int64], options: _Options) -> Run:
    """Train the runs of one chunk together: rates (runs, steps), seeds (runs,)."""
    batch_size, curves, keep, test_points = options
    runs, steps = rates.shape
    unique, whose = np.unique(seeds, return_inverse=True)
    points, targets = map(np.stack, zip(*training(unique), strict=True))
    inputs, labels = with_ones(points)[whose], targets[whose, None]
    parameters = np.stack([initial(s) for s in unique])[whose]
    streams = [] if batch_size is None else [minibatches(s, batch_size) for s in unique]

    net = Net(runs, POINTS)
    batch_net = net if batch_size is None else Net(runs, batch_size)
    gradient, decay = np.empty_like(parameters), np.empty_like(parameters)
    hinge, penalty, accuracy = (np.empty((runs, steps if curves else 0)) for _ in range(3))
    snapshots: dict[int, Floats] = {}

    def record() -> tuple[Floats, Floats, Floats]:
        squares = np.square(parameters).sum(axis=-1)
        return net.hinge(), PENALTY * squares, net.accuracy(labels)

    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        for k in range(steps):
            if k in keep:
                snapshots[k] = parameters.copy()
            if curves or not streams:
                net.forward(parameters, inputs, labels)
            if curves:
                hinge[:, k], penalty[:, k], accuracy[:, k] = record()
            if streams:
                rows = np.stack([next(s) for s in streams])[whose, None]
                some = np.take_along_axis(inputs, rows, axis=2)
                theirs = np.take_along_axis(labels, rows, axis=2)
                batch_net.forward(parameters, some, theirs)
                batch_net.backward(parameters, some, theirs, gradient)
            else:
                net.backward(parameters, inputs, labels, gradient)
            np.multiply(parameters, 2 * PENALTY, out=decay)
            gradient += decay
            gradient *= rates[:, k, None]
            parameters -= gradient
        if steps in keep:
            snapshots[steps] = parameters.copy()
        net.forward(parameters, inputs, labels)
        final_hinge, final_penalty, final_accuracy = record()
        diverged = ~(final_hinge + final_penalty <= EXPLODED)
    tests = {s: fresh(s, test_points) for s in unique}
    # One network at a time: 1000 points of each would leave the cache.
    outputs = (scores(p, tests[s][0]) for p, s in zip(parameters, seeds, strict=True))
    right = [(o > 0.0) == (tests[s][1] > 0.0) for o, s in zip(outputs, seeds, strict=True)]
    return Run(
        lr=rates,
        seed=seeds,
        hinge=hinge,
        penalty=penalty,
        accuracy=accuracy,
        final_hinge=final_hinge,
        final_penalty=final_penalty,
        final_accuracy=final_accuracy,
        test_accuracy=np.count_nonzero(right, axis=-1) / test_points,
        diverged=diverged,
        parameters=parameters,
        snapshots=snapshots,
    )


def _assemble(parts: Sequence[Run], flat: NDArray[np.int64], axes: int) -> Run:
    """Join runs whose leading axes are `axes` long, and take those at the flat indices."""

    def pick(arrays: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([a.reshape(prod(a.shape[:axes]), *a.shape[axes:]) for a in arrays])[
            flat
        ]

    names = [f.name for f in fields(Run) if f.name != "snapshots"]
    return Run(
        **{name: pick([getattr(part, name) for part in parts]) for name in names},
        snapshots={k: pick([part.snapshots[k] for part in parts]) for k in parts[0].snapshots},
    )


def _rates(lrs: ArrayLike | Sampled | Sequence[Sampled], steps: int | None) -> Floats:
    """Return learning rates (..., steps) from an array, a schedule or a sequence of schedules."""
    total = None if steps is None else int(check("steps", steps, Steps))
    if isinstance(lrs, (str, bytes)):
        raise refuse("lrs", lrs, "numbers or schedules")
    several = list(lrs) if isinstance(lrs, Sequence) else [lrs]
    # A class has the method too.
    schedules = [s for s in several if isinstance(s, Sampled) and not isinstance(s, type)]
    if not schedules:
        try:
            rates = np.asarray(lrs, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            raise refuse("lrs", lrs, "numbers or schedules") from None
    elif total is None:
        raise refuse("steps", steps, "given with schedules")
    elif len(schedules) < len(several):
        raise refuse("lrs", lrs, "all schedules or all numbers")
    else:
        rates = np.stack([schedule.sample(total) for schedule in schedules])
        rates = rates if isinstance(lrs, Sequence) else rates[0]
    if rates.ndim < 1 or not rates.size or total not in {None, rates.shape[-1]}:
        shape = "(..., steps), not empty" if total is None else f"(..., {total}), not empty"
        raise refuse("lrs", rates.shape, f"of shape {shape}")
    allowed = np.isfinite(rates) & (rates >= 0.0)
    if not allowed.all():
        raise refuse("lrs", float(rates[~allowed][0]), "finite and >= 0")
    return rates
