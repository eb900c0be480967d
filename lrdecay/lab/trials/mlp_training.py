"""Networks of `mlp` trained together: every schedule of a stack on every seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import ReduceOnPlateau, Schedule
from .data import CLASSES, Images, batches
from .mlp import Array, Losses, Stack, evaluate, initial, with_ones
from .optimizers import SGD, AdamW
from .records import TRAIN_EXAMPLES, Curve, Mean, Result, Task

WATCHED = 1000
"""How many validation examples, the first, a plateau rule is told the loss of."""


class Rates:
    """The learning rate of every run of a stack at each update, (runs,)."""

    def __init__(self, schedules: Sequence[Schedule | ReduceOnPlateau], task: Task) -> None:
        self.every = task.every
        self.folds = [s for s in schedules if isinstance(s, ReduceOnPlateau)]
        self.states = [fold.start() for fold in self.folds]
        plain = [s for s in schedules if isinstance(s, Schedule)]
        assert not self.folds or not plain
        self.first_cut = np.full(len(schedules), np.inf)
        self.rates = np.stack([s.sample(task.updates) for s in plain]) if plain else None

    def at(self, k: int, metric: Callable[[], Array]) -> Array:
        """Return the rates of update `k`; the metric is asked for only if a rule wants it."""
        if self.rates is not None:
            return self.rates[:, k]
        if k and k % self.every == 0:
            told = zip(self.folds, self.states, metric(), strict=True)
            self.states = [fold.update(state, float(value)) for fold, state, value in told]
        lrs = np.array([state.lr for state in self.states])
        cut = lrs < [fold.base_lr for fold in self.folds]
        self.first_cut[cut & np.isinf(self.first_cut)] = k
        return lrs


def stacked(task: Task, images: Images) -> Result:
    """Train networks of `mlp` together: seed by seed, and in each every schedule."""
    each, seeds = len(task.schedules), task.seeds
    inputs, labels = with_ones(images.train[0]), images.train[1]
    widths = (inputs.shape[1] - 1, *task.model.sizes, CLASSES[task.model.data])
    flat = np.repeat(np.stack([initial(seed, widths) for seed in seeds]), each, axis=0)
    gradient = np.empty_like(flat)
    optimizer = (
        SGD(flat, task.momentum)
        if task.model.optimizer == "sgd"
        else AdamW(flat, task.model.weight_decay, task.model.beta2)
    )
    rates = Rates(list(task.schedules) * len(seeds), task)
    order: Iterator[Any] = zip(*(batches(s, len(labels), task.plan) for s in seeds), strict=True)
    curve, mean = Curve(task.updates, (len(flat),)), Mean(task.average, task.updates)
    watched = with_ones(images.valid[0][:WATCHED]), images.valid[1][:WATCHED]
    work = Stack(widths, len(seeds), each, task.plan[0][1])
    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        for k, rows in enumerate(order):
            some = np.stack(rows)
            if some.shape[1] != work.batch:
                work = Stack(widths, len(seeds), each, some.shape[1])
            batch, answers = inputs[some], labels[some]
            lrs = rates.at(k, lambda: evaluate(flat, widths, *watched).loss)
            work.forward(flat, batch)
            curve.add(k, work.losses(answers).loss)
            work.backward(flat, batch, answers, gradient)
            optimizer.update(flat, gradient, lrs)
            mean.add(k, flat)
        found = curve.named() | _final(flat, widths, images)
        if task.every:
            found["first_cut"] = rates.first_cut
        if task.average:
            averaged = _final(mean.value(), widths, images)
            found |= {f"average_{name}": value for name, value in averaged.items()}
    shape = (len(seeds), each)
    return {
        name: np.swapaxes(value.reshape(*shape, *value.shape[1:]), 0, 1).copy()
        for name, value in found.items()
    }


def _final(flat: Array, widths: tuple[int, ...], images: Images) -> dict[str, Array]:
    def on(part: tuple[Array, NDArray[np.int64]], first: int | None = None) -> Losses:
        return evaluate(flat, widths, with_ones(part[0][:first]), part[1][:first])

    test = on(images.test)
    return {
        "train_loss": on(images.train, TRAIN_EXAMPLES).loss,
        "valid_loss": on(images.valid).loss,
        "test_loss": test.loss,
        "accuracy": test.accuracy,
    }
