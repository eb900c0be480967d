"""Reduce the learning rate when a metric stops improving."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from ..fields import Metric, Positive, Rate, StepCount, refuse
from ..fold import Fold, saved

Goal = Literal["min", "max"]
Compare = Literal["rel", "abs"]
Patience = Literal["exceeded", "reached"]


class PlateauState(NamedTuple):
    """What `ReduceOnPlateau` remembers between two metrics.

    Attributes:
        lr: the learning rate in force.
        best: the best metric so far; None before the first one.
        bad: metrics since the best one, or since the last reduction or cooldown.
        cooldown: metrics for which bad ones are still not counted.
    """

    lr: Rate
    best: Metric | None = None
    bad: StepCount = 0
    cooldown: StepCount = 0

    __reduce_ex__ = saved


@dataclass(frozen=True, repr=False)
class ReduceOnPlateau(Fold):
    r"""Multiply the learning rate by `gamma` when a metric has stopped improving.

    Not a function of the step but a fold over the history of a metric, written as a pure function
    `state, metric -> state`. `torch_scheduler` makes a scheduler of it, `after_warmup` and `then`
    put a warmup or another rate before or behind it. A metric $m$ is better than the best one $b$
    when (for goal "min")

    $$m < b - \text{threshold} \cdot |b| \;\;(\text{compare} = \text{"rel"}), \qquad
      m < b - \text{threshold} \;\;(\text{compare} = \text{"abs"})$$

    and for goal "max" when $m > b + \dots$ likewise. An equal metric, and NaN, is a bad one. The
    first metric that is a number is always better. After more than `patience` bad metrics in a row
    the rate is multiplied by `gamma`, but not below `min_lr`, and the count starts again.

    Args:
        base_lr: learning rate before the first reduction, >= 0.
        gamma: factor of each reduction, > 0 and below 1.
        patience: bad metrics to bear, >= 0.
        threshold: the least improvement that counts, >= 0.
        compare: whether `threshold` is a share of the best metric or an amount.
        goal: whether a lower or a higher metric is better.
        cooldown: metrics after a reduction that are not counted as bad, >= 0, as in PyTorch and
            optax; Keras' cooldown is one metric shorter.
        min_lr: the rate is not reduced below this, from 0 to `base_lr`.
        patience_is: "exceeded" reduces at the bad metric number `patience` + 1, as PyTorch does;
            "reached" at number `patience` (>= 1), as Keras and optax do.

    Raises:
        ValueError: if an argument is out of range, or, in an update, if the metric is no number.

    Source:
        `torch.optim.lr_scheduler.ReduceLROnPlateau`, with two differences. Its "rel" threshold is
        a share of $b$, not of $|b|$, so that with a negative metric it takes a worse value for a
        better one; and it skips a reduction of at most `eps`, 1e-8 by default.

    Examples:
        >>> plateau = ReduceOnPlateau(1.0, patience=2)
        >>> plateau.history([0.5, 0.4, 0.4, 0.4, 0.4, 0.4]).tolist()
        [1.0, 1.0, 1.0, 1.0, 0.1, 0.1]
        >>> state = plateau.update(plateau.start(), 0.5)
        >>> state.lr, state.best
        (1.0, 0.5)
    """

    base_lr: Rate
    gamma: Positive = 0.1
    patience: StepCount = 10
    threshold: Rate = 1e-4
    compare: Compare = "rel"
    goal: Goal = "min"
    cooldown: StepCount = 0
    min_lr: Rate = 0.0
    patience_is: Patience = "exceeded"
    _state = PlateauState

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gamma >= 1:
            raise refuse("gamma", self.gamma, "a number > 0 and below 1")
        options = {"compare": Compare, "goal": Goal, "patience_is": Patience}
        for name, kind in options.items():
            if getattr(self, name) not in get_args(kind):
                raise refuse(name, getattr(self, name), f"one of {get_args(kind)}")
        if self.min_lr > self.base_lr:
            raise refuse("min_lr", self.min_lr, f"at most base_lr = {self.base_lr}")
        if self.patience_is == "reached" and self.patience == 0:
            raise refuse("patience", 0, 'at least 1 when patience_is is "reached"')

    def start(self) -> PlateauState:
        """Return the state before the first metric."""
        return PlateauState(self.base_lr)

    def _next(self, state: PlateauState, metric: float) -> PlateauState:
        if self._better(metric, state.best):
            best, bad = metric, 0
        else:
            best, bad = state.best, state.bad + 1
        cooldown = state.cooldown
        if cooldown > 0:
            cooldown, bad = cooldown - 1, 0
        if bad >= self.patience + (self.patience_is == "exceeded"):
            lowered = max(state.lr * self.gamma, min(self.min_lr, state.lr))
            return PlateauState(lowered, best, 0, self.cooldown)
        return PlateauState(state.lr, best, bad, cooldown)

    def _better(self, metric: float, best: float | None) -> bool:
        if best is None:
            return not math.isnan(metric)
        if self.goal == "max":
            metric, best = -metric, -best
        if math.isinf(best):
            return metric < best
        margin = self.threshold * (abs(best) if self.compare == "rel" else 1.0)
        return metric < best - margin
