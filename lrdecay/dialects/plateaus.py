"""The plateaus of peers, where `ReduceOnPlateau` is another in a detail: one fold, named ways."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from ..checks import Fraction, Metric, Number, Positive, Rate, StepCount, Steps, refuse
from ..plateau import Compare, Fold, Goal, PlateauState, ReduceOnPlateau, saved

__all__ = ["AveragedPlateau", "DividingPlateau", "FoldState", "ReachedPlateau", "TorchPlateau"]


class FoldState(NamedTuple):
    """What a fold remembers between two metrics.

    Attributes:
        lr: the learning rate in force.
        best: the best metric so far; None before the first one.
        bad: metrics since the best one, or since the last reduction or cooldown.
        cooldown: metrics for which bad ones are still not counted.
        count: metrics in the average that is being made.
        average: of those metrics.
    """

    lr: Rate
    best: Metric | None = None
    bad: StepCount = 0
    cooldown: StepCount = 0
    count: StepCount = 0
    average: Metric = 0.0

    __reduce_ex__ = saved


@dataclass(frozen=True, repr=False)
class Counted(Fold):
    """The fold that the next three are: enough metrics that were no better lower the rate."""

    base_lr: Rate
    _counted_at: ClassVar[int] = 1  # what is left of a cooldown when a bad metric counts again
    _state = FoldState

    def start(self) -> FoldState:
        """Return the state before the first metric."""
        return FoldState(self.base_lr)

    def _next(self, state: FoldState, metric: float) -> FoldState:
        best, bad, left = metric, 0, state.cooldown
        if not self._better(metric, state.best):
            best, bad = state.best, (0 if left else state.bad) + (left <= self._counted_at)
        lowered = self._lowered(state, bad)
        if lowered is None:
            return FoldState(state.lr, best, bad, max(left - 1, 0))
        return FoldState(lowered[0], best, 0, lowered[1])

    @abstractmethod
    def _better(self, metric: float, best: float | None) -> bool:
        """Return whether a metric is better than the best one so far."""

    @abstractmethod
    def _lowered(self, state: FoldState, bad: int) -> tuple[float, int] | None:
        """Return rate and cooldown if so many bad metrics lower the rate."""


def _beats(metric: float, best: float | None, threshold: float, goal: Goal) -> bool:
    """Whether a metric that is worse by the threshold would still be better."""
    if goal == "max":
        return metric - threshold > (-math.inf if best is None else best)
    return metric + threshold < (math.inf if best is None else best)


@dataclass(frozen=True, repr=False)
class AveragedPlateau(Counted):
    r"""optax's plateau: `ReduceOnPlateau` on averages of metrics, with a reached patience.

    An average $m$ of `accumulation_size` metrics is better than the best one $b$ when
    $m < (1 - \text{rtol})\, b - \text{atol}$, with $b$ and not $|b|$; $b = \infty$ at first. The
    rate falls when `patience` averages in a row, no more and no fewer, were no better.

    Args:
        base_lr: learning rate before the first reduction, >= 0.
        gamma: factor of each reduction, > 0 and below 1.
        patience: bad averages that reduce the rate, >= 0.
        rtol: the least improvement as a share of the best average, from 0 to 1.
        atol: the least improvement as an amount, >= 0; one of the two is above 0.
        cooldown: averages after a reduction that are not counted as bad, >= 0.
        accumulation_size: metrics in an average, >= 1.
        min_scale: the rate is not reduced below this share of `base_lr`, from 0 to 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> AveragedPlateau(1.0, patience=1, accumulation_size=2).history([3.0] * 5).tolist()
        [1.0, 1.0, 1.0, 0.1, 0.1]
    """

    gamma: Positive = 0.1
    patience: StepCount = 10
    rtol: Fraction = 1e-4
    atol: Rate = 0.0
    cooldown: StepCount = 0
    accumulation_size: Steps = 1
    min_scale: Fraction = 0.0
    _counted_at = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gamma >= 1:
            raise refuse("gamma", self.gamma, "a number > 0 and below 1")
        if self.rtol == self.atol == 0:
            raise refuse("atol", self.atol, "above 0 where rtol is 0")

    def _next(self, state: FoldState, metric: float) -> FoldState:
        count = state.count + 1
        average = (state.count * state.average + metric) / count
        if count < self.accumulation_size:
            return state._replace(count=count, average=average)
        return super()._next(state, average)

    def _better(self, metric: float, best: float | None) -> bool:
        return metric < (1 - self.rtol) * (math.inf if best is None else best) - self.atol

    def _lowered(self, state: FoldState, bad: int) -> tuple[float, int] | None:
        if bad != self.patience or state.cooldown:
            return None
        return max(state.lr * self.gamma, self.base_lr * self.min_scale), self.cooldown


@dataclass(frozen=True, repr=False)
class ReachedPlateau(Counted):
    r"""Keras' plateau: `ReduceOnPlateau` with a reached patience and a shorter cooldown.

    A metric is better than the best one $b$ (goal "min") when $m < b - \text{threshold}$; the first
    is always better, and where it is NaN, none is after it. The last metric of a cooldown is
    counted already, so that a cooldown of 1 is none. At `min_lr` the count and the cooldown go on.

    Args:
        base_lr: learning rate before the first reduction, >= 0.
        gamma: factor of each reduction, > 0 and below 1.
        patience: bad metrics in a row that reduce the rate, >= 0; 0 is the same as 1.
        threshold: the least improvement that counts, >= 0.
        goal: whether a lower ("min") or a higher ("max") metric is better.
        cooldown: metrics after a reduction that are not counted as bad, and one more, >= 0.
        min_lr: the rate is not reduced below this, >= 0.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> ReachedPlateau(1.0, patience=2, cooldown=2).history([3.0] * 7).round(3).tolist()
        [1.0, 1.0, 0.1, 0.1, 0.1, 0.01, 0.01]
    """

    gamma: Positive = 0.1
    patience: StepCount = 10
    threshold: Rate = 1e-4
    goal: Goal = "min"
    cooldown: StepCount = 0
    min_lr: Rate = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gamma >= 1:
            raise refuse("gamma", self.gamma, "a number > 0 and below 1")

    def _better(self, metric: float, best: float | None) -> bool:
        return best is None or _beats(metric, best, self.threshold, self.goal)

    def _lowered(self, state: FoldState, bad: int) -> tuple[float, int] | None:
        # Keras keeps the lower bound in float32.
        if not 0 < bad >= self.patience or state.lr <= float(np.float32(self.min_lr)):
            return None
        return max(state.lr * self.gamma, self.min_lr), self.cooldown


@dataclass(frozen=True, repr=False)
class DividingPlateau(Counted):
    r"""fastai's plateau: the rate is divided after `patience` metrics that were no better.

    A metric is better than the best one $b$ (goal "min") when $m < b - \text{threshold}$;
    $b = \pm\infty$ at first.

    Args:
        base_lr: learning rate before the first reduction, >= 0.
        factor: what the rate is divided by, > 0.
        patience: bad metrics in a row that reduce the rate, >= 0; 0 is the same as 1.
        threshold: the least improvement that counts.
        goal: whether a lower ("min") or a higher ("max") metric is better.
        min_lr: lower bound of a divided rate, >= 0; above `base_lr` it *raises* the rate.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> DividingPlateau(1.0, patience=2).history([3.0] * 5).tolist()
        [1.0, 1.0, 0.1, 0.1, 0.01]
    """

    factor: Positive = 10.0
    patience: StepCount = 1
    threshold: Number = 0.0
    goal: Goal = "min"
    min_lr: Rate = 0.0

    def _better(self, metric: float, best: float | None) -> bool:
        return _beats(metric, best, self.threshold, self.goal)

    def _lowered(self, state: FoldState, bad: int) -> tuple[float, int] | None:
        return (max(state.lr / self.factor, self.min_lr), 0) if 0 < bad >= self.patience else None


@dataclass(frozen=True, repr=False)
class TorchPlateau(ReduceOnPlateau):
    r"""`ReduceOnPlateau` with PyTorch's threshold and without its smallest reductions.

    A metric $m$ is better than the best one $b$ under compare "rel" when
    $m < b\,(1 - \text{threshold})$ (goal "min") or $m > b\,(1 + \text{threshold})$ ("max"), with
    $b$ and not $|b|$: for $b < 0$ that takes a worse value for a better one and keeps it as the
    best. $b = \pm\infty$ before the first metric, so that an infinitely bad one is a bad one.

    Args:
        eps: a reduction by at most this much is left out, >= 0.

    Examples:
        >>> metrics = [-1.0, -0.99995, -0.9999, -0.99985]  # worse and worse
        >>> TorchPlateau(1.0, patience=0).history(metrics).tolist()
        [1.0, 1.0, 1.0, 1.0]
        >>> [round(lr, 3) for lr in ReduceOnPlateau(1.0, patience=0).history(metrics).tolist()]
        [1.0, 0.1, 0.01, 0.001]
    """

    eps: Rate = 1e-8

    def _next(self, state: PlateauState, metric: float) -> PlateauState:
        new = super()._next(state, metric)
        return new if state.lr - new.lr > self.eps else new._replace(lr=state.lr)

    def _better(self, metric: float, best: float | None) -> bool:
        return passes(metric, best, self.threshold, self.compare, self.goal)


def passes(
    metric: float, best: float | None, threshold: float, compare: Compare, goal: Goal
) -> bool:
    """Whether a metric is beyond the best one by a share of $b$, not of $|b|$, or by an amount."""
    sign = -1.0 if goal == "min" else 1.0
    if best is None:
        best = -sign * math.inf
    bar = best * (1.0 + sign * threshold) if compare == "rel" else best + sign * threshold
    return metric < bar if goal == "min" else metric > bar
