"""One stack of runs: every schedule on every seed, from the first update to the final losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import ReduceOnPlateau, Schedule
from . import data as real
from .data import Images, batches
from .design import EXPLODED, Model
from .mlp import Array, Losses, Stack, evaluate, initial, with_ones
from .optimizers import SGD, AdamW

BINS = 50
"""Points of a curve: means of the loss of the batches over as many parts of the run."""

TRAIN_EXAMPLES = 5000
"""How many training examples, the first, the final training loss is measured on."""

WATCHED = 1000
"""How many validation examples, the first, a plateau rule is told the loss of."""


@dataclass(frozen=True)
class Task:
    """A stack of runs, as text: every schedule on every seed.

    Attributes:
        model: what is trained.
        schedules: learning rates; a `ReduceOnPlateau` gets a metric every `every` updates.
        seeds: of the initial weights and of the order of the examples.
        plan: (updates, examples) one after the other.
        momentum: of SGD.
        average: as in `design.Arm`.
        every: see `schedules`; 0 without such.
        device: "cpu" or "cuda", for what PyTorch trains.
    """

    model: Model
    schedules: tuple[Schedule | ReduceOnPlateau, ...]
    seeds: tuple[int, ...]
    plan: tuple[tuple[int, int], ...]
    momentum: float = 0.9
    average: str = ""
    every: int = 0
    device: str = "cpu"

    @property
    def updates(self) -> int:
        """The horizon."""
        return sum(updates for updates, _ in self.plan)


Result = dict[str, Any]


def train(task: Task, data: str, code: str) -> Result:  # noqa: ARG001, parts of the key
    """Train a stack of runs.

    Args:
        task: what to train.
        data: hash of the data, and
        code: of the program, that the result belongs to.

    Returns:
        Arrays (schedules, seeds) by name: `train_loss`, `valid_loss`, `test_loss` and `accuracy`
        (of test data) of the last weights; `start`, the loss of the first batch, and `worst`, the
        greatest of all; with an average, also `average_train_loss` and so on. And `curve`
        (schedules, seeds, bins). A run that diverges has losses that are infinite or not a number.
    """
    loaded = real.load(task.model.data)
    if task.model.network == "mlp":
        assert isinstance(loaded, Images)
        return _stacked(task, loaded)
    from .torch_training import alone

    runs = [
        [alone(task, schedule, seed, loaded) for seed in task.seeds] for schedule in task.schedules
    ]
    return {name: np.array([[run[name] for run in row] for row in runs]) for name in runs[0][0]}


def torch_or_say() -> Any:
    """Return PyTorch, or say in a sentence that it is needed."""
    try:
        import torch
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        words = "this trial needs PyTorch: pip install torch"
        raise ModuleNotFoundError(words, name="torch") from error
    return torch


def diverged(train_loss: Any, data: str) -> NDArray[np.bool_]:
    """Return which runs on some data have diverged, from their final training losses."""
    return ~(np.asarray(train_loss, dtype=np.float64) <= EXPLODED * log(real.CLASSES[data]))


@dataclass
class Mean:
    """A running mean of the weights: of the last updates of a run, or exponential.

    Args:
        kind: "last_10" for those after each update of the last 10 %, "ema_10" for an exponential
            mean that looks back over 10 % of the run; "" for none.
        updates: of the run.
    """

    kind: str
    updates: int
    total: Any = field(default=None, init=False)
    weight: float = field(default=0.0, init=False)

    def add(self, k: int, weights: Any) -> None:
        """Count the weights after update `k`."""
        if not self.kind:
            return
        name, _, percent = self.kind.partition("_")
        span = max(1, round(int(percent) / 100 * self.updates))
        if name == "last" and k < self.updates - span:
            return
        keep = 1.0 - 1.0 / span if name == "ema" else 1.0
        if self.total is None:
            self.total = 0.0 * weights
        self.total *= keep
        self.total += (1.0 - keep) * weights if name == "ema" else weights
        self.weight = keep * self.weight + ((1.0 - keep) if name == "ema" else 1.0)

    def value(self) -> Any:
        """Return the mean."""
        return self.total / self.weight


class Curve:
    """The losses of the batches of a run, or of many, thinned; and the first and greatest."""

    def __init__(self, updates: int, shape: tuple[int, ...] = ()) -> None:
        self.bins = min(BINS, updates)
        self.edges = np.arange(updates) * self.bins // updates
        self.sums = np.zeros((self.bins, *shape))
        self.counts = np.bincount(self.edges, minlength=self.bins)
        self.start, self.worst = np.zeros(shape), np.full(shape, -np.inf)

    def add(self, k: int, loss: Any) -> None:
        """Count the loss of the batch before update `k`."""
        if k == 0:
            self.start = np.array(loss, dtype=np.float64)
        self.sums[self.edges[k]] += loss
        self.worst = np.maximum(self.worst, loss)

    def named(self) -> Result:
        """Return what was counted, by name."""
        counts = self.counts.reshape(-1, *[1] * (self.sums.ndim - 1))
        curve = np.moveaxis(self.sums / counts, 0, -1).astype(np.float32)
        return {"start": self.start, "worst": self.worst, "curve": curve}


class Rates:
    """The learning rate of every run of a stack at each update, (runs,)."""

    def __init__(self, schedules: Sequence[Schedule | ReduceOnPlateau], task: Task) -> None:
        self.every = task.every
        self.folds = [s for s in schedules if isinstance(s, ReduceOnPlateau)]
        self.states = [fold.start() for fold in self.folds]
        plain = [s for s in schedules if isinstance(s, Schedule)]
        assert not self.folds or not plain
        self.rates = np.stack([s.sample(task.updates) for s in plain]) if plain else None

    def at(self, k: int, metric: Callable[[], Array]) -> Array:
        """Return the rates of update `k`; the metric is asked for only if a rule wants it."""
        if self.rates is not None:
            return self.rates[:, k]
        if k and k % self.every == 0:
            told = zip(self.folds, self.states, metric(), strict=True)
            self.states = [fold.update(state, float(value)) for fold, state, value in told]
        return np.array([state.lr for state in self.states])


def _stacked(task: Task, images: Images) -> Result:
    """Train networks of `mlp` together: seed by seed, and in each every schedule."""
    each, seeds = len(task.schedules), task.seeds
    inputs, labels = with_ones(images.train[0]), images.train[1]
    widths = (inputs.shape[1] - 1, *task.model.sizes, real.CLASSES[task.model.data])
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
