"""A stack of runs as a value, and what is written down while it trains."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import ReduceOnPlateau, Schedule
from .data import CLASSES
from .design import LEARNT, PLAIN, Method, Model

BINS = 50
"""Points of a curve: means of the loss of the batches over as many parts of the run."""

TRAIN_EXAMPLES = 5000
"""How many training examples, the first, the final training loss is measured on."""

LOOKS = 10
"""How often a run that is watched is looked at, the last time at its end."""

BITS = (8, 4)
"""To how many the weights are rounded of a run that is watched."""

Result = dict[str, Any]


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
        method: how it is trained, beside its schedules.
        others: with Muon, the schedules of AdamW's rate, if they are not `schedules`.
        before: the training before, of one schedule and the same seeds.
    """

    model: Model
    schedules: tuple[Schedule | ReduceOnPlateau, ...]
    seeds: tuple[int, ...]
    plan: tuple[tuple[int, int], ...]
    momentum: float = 0.9
    average: str = ""
    every: int = 0
    device: str = "cpu"
    method: Method = PLAIN
    others: tuple[Schedule, ...] = ()
    before: Task | None = None

    @property
    def updates(self) -> int:
        """The horizon."""
        return sum(updates for updates, _ in self.plan)


def rounded(weights: NDArray[np.floating], bits: int) -> NDArray[np.floating]:
    """Return matrices (..., outputs, inputs) rounded to so many bits.

    As many equal steps on either side of 0, up to the greatest size of each matrix's weights.
    """
    most = np.abs(weights).max(axis=(-2, -1), keepdims=True)
    step = np.maximum(most, np.finfo(weights.dtype).tiny) / (2 ** (bits - 1) - 1)
    return np.round(weights / step) * step


@dataclass
class Mean:
    """A running mean of the weights: of the last updates of a run, or exponential.

    Args:
        kind: "last_10" for those after each update of the last 10 %, "last_20_by_5" for 5 evenly
            spaced ones of the last 20 %, "ema_10" for an exponential mean that looks back over 10 %
            of the run; "" for none.
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
        name, percent, *few = self.kind.replace("_by", "").split("_")
        span = max(1, round(int(percent) / 100 * self.updates))
        if name == "last" and k < self.updates - span:
            return
        if few and k + 1 not in checkpoints(self.updates, span, int(few[0])):
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


def checkpoints(updates: int, span: int, count: int) -> list[int]:
    """Return after how many updates `count` evenly spaced looks at the last `span` fall.

    >>> checkpoints(100, 20, 5)
    [84, 88, 92, 96, 100]
    """
    return [updates - span * i // count for i in range(count)][::-1]


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
    return ~(np.asarray(train_loss, dtype=np.float64) < LEARNT * log(CLASSES[data]))
