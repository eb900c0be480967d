"""The plateaus of optax, Keras and fastai, in the details where `ReduceOnPlateau` is another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..checks import Fraction, Metric, Number, Positive, Rate, StepCount, Steps, refuse
from ..plateau import Fold, Goal, saved


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
class AveragedPlateau(Fold):
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

    base_lr: Rate
    gamma: Positive = 0.1
    patience: StepCount = 10
    rtol: Fraction = 1e-4
    atol: Rate = 0.0
    cooldown: StepCount = 0
    accumulation_size: Steps = 1
    min_scale: Fraction = 0.0
    _state = FoldState

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gamma >= 1:
            raise refuse("gamma", self.gamma, "a number > 0 and below 1")
        if self.rtol == self.atol == 0:
            raise refuse("atol", self.atol, "above 0 where rtol is 0")

    def start(self) -> FoldState:
        """Return the state before the first metric."""
        return FoldState(self.base_lr)

    def _next(self, state: FoldState, metric: float) -> FoldState:
        count = state.count + 1
        average = (state.count * state.average + metric) / count
        if count < self.accumulation_size:
            return state._replace(count=count, average=average)
        best = math.inf if state.best is None else state.best
        if average < (1 - self.rtol) * best - self.atol:
            best, bad = average, 0
        else:
            best, bad = state.best, state.bad + 1
        if state.cooldown > 0:
            return FoldState(state.lr, best, 0, state.cooldown - 1)
        if bad == self.patience:
            lowered = max(state.lr * self.gamma, self.base_lr * self.min_scale)
            return FoldState(lowered, best, 0, self.cooldown)
        return FoldState(state.lr, best, bad)


@dataclass(frozen=True, repr=False)
class ReachedPlateau(Fold):
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

    base_lr: Rate
    gamma: Positive = 0.1
    patience: StepCount = 10
    threshold: Rate = 1e-4
    goal: Goal = "min"
    cooldown: StepCount = 0
    min_lr: Rate = 0.0
    _state = FoldState

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gamma >= 1:
            raise refuse("gamma", self.gamma, "a number > 0 and below 1")
        if self.goal not in {"min", "max"}:
            raise refuse("goal", self.goal, "'min' or 'max'")

    def start(self) -> FoldState:
        """Return the state before the first metric."""
        return FoldState(self.base_lr)

    def _next(self, state: FoldState, metric: float) -> FoldState:
        cooldown = max(state.cooldown - 1, 0)
        bad = 0 if state.cooldown else state.bad
        if state.best is None or self._better(metric, state.best):
            return FoldState(state.lr, metric, 0, cooldown)
        bad += not cooldown
        # Keras keeps the lower bound in float32.
        if bad and bad >= self.patience and state.lr > float(np.float32(self.min_lr)):
            lowered = max(state.lr * self.gamma, self.min_lr)
            return FoldState(lowered, state.best, 0, self.cooldown)
        return FoldState(state.lr, state.best, bad, cooldown)

    def _better(self, metric: float, best: float) -> bool:
        if self.goal == "max":
            return metric - self.threshold > best
        return metric + self.threshold < best


@dataclass(frozen=True, repr=False)
class DividingPlateau(Fold):
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

    base_lr: Rate
    factor: Positive = 10.0
    patience: StepCount = 1
    threshold: Number = 0.0
    goal: Goal = "min"
    min_lr: Rate = 0.0
    _state = FoldState

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.goal not in {"min", "max"}:
            raise refuse("goal", self.goal, "'min' or 'max'")

    def start(self) -> FoldState:
        """Return the state before the first metric."""
        return FoldState(self.base_lr)

    def _next(self, state: FoldState, metric: float) -> FoldState:
        best = state.best
        if self.goal == "max":
            better = metric - self.threshold > (-math.inf if best is None else best)
        else:
            better = metric + self.threshold < (math.inf if best is None else best)
        if better:
            return FoldState(state.lr, metric)
        if state.bad + 1 >= self.patience:
            return FoldState(max(state.lr / self.factor, self.min_lr), best)
        return FoldState(state.lr, best, state.bad + 1)
