"""A rate that follows a metric both ways: the fold behind transformers' GreedyLR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from ...checks import Allowed, Metric, Positive, Rate, StepCount, Steps, check, checked, refuse
from ...plateau import Compare, Fold, Goal, saved
from ..plateaus import passes

Window = Annotated[
    tuple[float, ...],
    Allowed("a list of numbers", lambda value: tuple(check("", one, Metric) for one in value)),
]


class GreedyState(NamedTuple):
    """What `Greedy` remembers between two metrics.

    Attributes:
        lr: the learning rate in force.
        best: the best metric so far; None before the first one.
        bad: metrics in a row that were no better than the best one.
        good: metrics in a row that were better.
        wait: metrics that are still not looked at, after a change of the rate.
        left: reductions at the lowest rate that are still borne before all starts again.
        window: the metrics that are averaged, oldest first.
        total: their running sum.
    """

    lr: Rate
    best: Metric | None
    left: StepCount
    bad: StepCount = 0
    good: StepCount = 0
    wait: StepCount = 0
    window: Window = ()
    total: Metric = 0.0

    __reduce_ex__ = saved


@dataclass(frozen=True, repr=False)
class Greedy(Fold):
    r"""Divide the rate by `factor` while a metric improves, multiply by it while it does not.

    A fold over the history of a metric, like `ReduceOnPlateau`: a metric is better than the best
    one $b$ (goal "min") when $m < b - \text{threshold}$ ("abs") or
    $m < b (1 - \text{threshold})$ ("rel"); NaN is a bad one. More than `patience` better metrics
    in a row raise the rate, more than `patience` others lower it. Once `reset_start` reductions
    found it at `min_lr` already, everything but the settings starts again from `base_lr`.

    Args:
        base_lr: learning rate before the first change, >= 0.
        goal: whether a lower or a higher metric is better.
        factor: of each change, > 0 and below 1.
        patience: metrics in a row to bear, >= 0.
        threshold: the least improvement that counts, >= 0.
        compare: whether `threshold` is a share of the best metric or an amount.
        cooldown: metrics that are skipped after a reduction, >= 0.
        warmup: metrics that are skipped after a rise, >= 0.
        min_lr: the rate is not reduced below this, >= 0.
        max_lr: the rate is not raised above this, >= 0.
        eps: a change of at most this much is left out, >= 0.
        window_size: number of last metrics whose mean takes the place of the metric, >= 1; no mean
            when not given.
        reset_start: reductions at `min_lr` before all starts again, >= 0.

    Raises:
        ValueError: if an argument is out of range, or, in an update, if the metric is no number.

    Examples:
        >>> greedy = Greedy(0.5, factor=0.5, patience=1)
        >>> greedy.history([3.0, 2.0, 1.0, 1.0, 1.0]).tolist()
        [0.5, 1.0, 1.0, 1.0, 0.5]
    """

    base_lr: Rate
    goal: Goal = "min"
    factor: Positive = 0.95
    patience: StepCount = 10
    threshold: Rate = 1e-6
    compare: Compare = "abs"
    cooldown: StepCount = 0
    warmup: StepCount = 0
    min_lr: Rate = 1e-3
    max_lr: Rate = 1.0
    eps: Rate = 1e-8
    window_size: Steps | None = None
    reset_start: StepCount = 500
    _state = GreedyState

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.factor >= 1:
            raise refuse("factor", self.factor, "a number > 0 and below 1")

    def start(self) -> GreedyState:
        """Return the state before the first metric."""
        return GreedyState(self.base_lr, None, self.reset_start)

    def _next(self, state: GreedyState, metric: float) -> GreedyState:
        if self.window_size is not None:
            window, total = (*state.window, metric), state.total + metric
            if len(window) > self.window_size:
                window, total = window[1:], total - window[0]
            state = state._replace(window=window, total=total)
            metric = total / len(window)
        if state.wait > 0:
            return state._replace(wait=state.wait - 1, bad=0, good=0)
        if passes(metric, state.best, self.threshold, self.compare, self.goal):
            state = state._replace(best=metric, bad=0, good=state.good + 1)
        else:
            state = state._replace(bad=state.bad + 1, good=0)
        if state.good > self.patience:
            return self._raised(state)
        return self._lowered(state) if state.bad > self.patience else state

    def _raised(self, state: GreedyState) -> GreedyState:
        lr = min(state.lr / self.factor, self.max_lr)
        lr = lr if lr - state.lr > self.eps else state.lr
        return state._replace(lr=lr, good=0, wait=self.warmup, left=self.reset_start)

    def _lowered(self, state: GreedyState) -> GreedyState:
        lr = max(state.lr * self.factor, self.min_lr)
        lr = lr if state.lr - lr > self.eps else state.lr
        left = state.left if lr > self.min_lr else state.left - 1
        if lr > self.min_lr or left > 0:
            return state._replace(lr=lr, bad=0, wait=self.cooldown, left=left)
        # The peer sets the wait of a reduction after it has started again.
        return self.start()._replace(wait=self.cooldown)


@checked(base_lr="lr")
def GreedyLR(
    lr: float,
    mode: Goal = "min",
    factor: float = 0.95,
    patience: int = 10,
    threshold: float = 1e-6,
    threshold_mode: Compare = "abs",
    cooldown: int = 0,
    warmup: int = 0,
    min_lr: float = 1e-3,
    max_lr: float = 1.0,
    eps: float = 1e-8,
    *,
    smooth: bool = False,
    window_size: int = 50,
    reset_start: int = 500,
) -> Greedy:
    """Return the fold of transformers' `GreedyLR`: a pure `state, metric -> state`.

    Unlike `ReduceOnPlateau` it also raises the rate, after more than `patience` better metrics in a
    row. `min_lr` and `max_lr` bound the changes, not `lr` itself. `verbose` falls away.

    Compared:
        Driven by a metric both ways: the rate also rises, after enough good metrics.

    Args:
        lr: learning rate before the first change.
        mode: whether a lower or a higher metric is better.
        factor: of each change, below 1.
        patience: metrics in a row to bear.
        threshold: the least improvement that counts.
        threshold_mode: whether `threshold` is a share of the best metric or an amount.
        cooldown: metrics that are skipped after a reduction.
        warmup: metrics that are skipped after a rise.
        min_lr: lower bound of the rate.
        max_lr: upper bound of the rate.
        eps: a change of at most this much is left out.
        smooth: whether the mean of the last `window_size` metrics takes the place of the metric.
        window_size: how many.
        reset_start: reductions at `min_lr` before all starts again.

    Examples:
        >>> GreedyLR(0.5, factor=0.5, patience=0).history([2.0, 1.0, 1.0]).tolist()
        [1.0, 1.0, 0.5]
    """
    return Greedy(
        lr,
        mode,
        factor,
        patience,
        threshold,
        threshold_mode,
        cooldown,
        warmup,
        min_lr,
        max_lr,
        eps,
        window_size if smooth else None,
        reset_start,
    )
