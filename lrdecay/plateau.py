"""Rates that follow a metric: a fold over its history, one in front of another, and the plateau.

A rule is a pure function from a state and a metric to the next state; its `lr` is in force until
then. What an update of the optimizer does to a state matters to a rule with a schedule in it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, ClassVar, Literal, NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from .checks import Checked, Metric, Positive, Rate, StepCount, Steps, check, fitted, kinds, refuse
from .families.warmup import First, Ramp, Warmup
from .schedule import Constant, Schedule

Clock = Literal["updates", "metrics"]
Goal = Literal["min", "max"]
Compare = Literal["rel", "abs"]
Patience = Literal["exceeded", "reached"]


def saved(state: Any, protocol: SupportsIndex, /) -> tuple[Any, ...]:
    """Return how pickle keeps a state: the `__reduce_ex__` of every state.

    `torch.save` writes protocol 2, and what `torch.load` trusts makes no class of ours.
    """
    if protocol == 2:
        return OrderedDict, (list(state._asdict().items()),)
    return type(state), tuple(state)


def plain(state: Any) -> Any:
    """Return a state as a dict of numbers by name, the states in it too."""
    if hasattr(state, "_asdict"):
        return {name: plain(value) for name, value in state._asdict().items()}
    return list(state) if isinstance(state, tuple) else state


class Fold(Checked, ABC):
    """A learning rate that follows a metric: a pure function `state, metric -> state`.

    A state is a named tuple of plain numbers, and its `lr` is the rate in force. It survives
    pickle, `torch.save` and JSON: PyTorch gives it back as a mapping (weights only, its default),
    JSON as a list, and whatever takes a state takes these too.

    To write a rule, subclass it as a frozen dataclass, name its state's class in `_state`, and
    write `start` and `_next`.
    """

    _state: ClassVar[Any]  # the named tuple

    @abstractmethod
    def start(self) -> Any:
        """Return the state before the first update and metric."""

    @abstractmethod
    def _next(self, state: Any, metric: float) -> Any:
        """Return the state after one more metric."""

    def _later(self, state: Any, steps: int) -> Any:  # noqa: ARG002 - most do not count them
        """Return the state after updates of the optimizer."""
        return state

    def update(self, state: Any, metric: float) -> Any:
        """Return the state after one more metric; `state` itself is left as it was.

        Args:
            state: what the last call returned, or `start()`; as it was, or back from a file.
            metric: the new metric; NaN counts as bad.

        Returns:
            The new state, whose `lr` is in force until the next metric.

        Raises:
            ValueError: if the metric is not a number, or the state none of this rule's.
        """
        return self._next(self.restore(state), check("metric", metric, Metric))

    def advance(self, state: Any, steps: int = 1) -> Any:
        """Return the state after updates of the optimizer, which most rules do not count.

        Args:
            state: as in `update`.
            steps: how many updates, >= 0.

        Raises:
            ValueError: if an argument is out of range.
        """
        return self._later(self.restore(state), check("steps", steps, StepCount))

    def restore(self, state: Any) -> Any:
        """Return a state that came back from a file as the named tuple that it was.

        Args:
            state: a mapping or a sequence of its numbers; a state stays as it is.

        Raises:
            ValueError: if it is none of this rule's.
        """
        kind = self._state
        if isinstance(state, kind):
            return state
        try:
            made = kind(**state) if isinstance(state, Mapping) else kind(*state)
        except TypeError:
            words = f"a state of {type(self).__name__}, or its numbers ({', '.join(kind._fields)})"
            raise refuse("state", state, words) from None
        parts = zip(kinds(kind).items(), made, strict=True)
        return kind(*(fitted(f"state.{name}", part, allowed) for (name, allowed), part in parts))

    def history(self, metrics: Iterable[float], every: int = 1) -> NDArray[np.float64]:
        """Return the learning rate in force after each metric.

        Args:
            metrics: the history of the metric, oldest first.
            every: updates before each metric, >= 1; they matter to a rule with a warmup.

        Returns:
            Array as long as `metrics`. What ran before the first metric used `start().lr`.

        Raises:
            ValueError: if a metric is not a number, or `every` is out of range.
        """
        steps = check("every", every, Steps)
        after = islice(self._states(metrics, steps), 1, None)
        return np.array([state.lr for state in after], dtype=np.float64)

    def rates(self, metrics: Iterable[float], every: int = 1) -> NDArray[np.float64]:
        """Return the rates that the updates of a run use whose metrics are known.

        Args:
            metrics: the history of the metric, oldest first.
            every: updates before each metric, >= 1.

        Returns:
            Array of shape (len(metrics) * every,). No update of the run uses the rate that the
            last metric leads to.

        Raises:
            ValueError: if a metric is not a number, or `every` is out of range.
        """
        steps = check("every", every, Steps)
        before = (state for state, _ in pairwise(self._states(metrics, steps)))
        used = [self._later(state, made).lr for state in before for made in range(steps)]
        return np.array(used, dtype=np.float64)

    def _states(self, metrics: Iterable[float], every: int) -> Iterator[Any]:
        """Yield the state before the first metric and after each, with updates between them."""
        if not isinstance(metrics, Iterable):
            raise refuse("metrics", metrics, "numbers, oldest first")
        state = self.start()
        yield state
        for metric in metrics:
            state = self._next(self._later(state, every), check("metrics", metric, Metric))
            yield state

    def _behind(self, first: Schedule, at: int) -> ThenFold:
        return ThenFold(first, self, at)

    def then(self, second: Schedule | Fold, at: int, clock: Clock = "updates") -> ThenFold:
        """Return this rule up to step `at`, then `second` on its own clock; see `ThenFold`."""
        return ThenFold(self, second, at, clock)

    def after_warmup(
        self,
        warmup_steps: int,
        start_lr: float = 0.0,
        *,
        first: First = "1/(w+1)",
        shape: Ramp = "linear",
        clock: Clock = "updates",
    ) -> ThenFold:
        """Return this rule behind a warmup, as `Warmup` makes it.

        Metrics count from the end of the warmup on.

        Args:
            warmup_steps: length of the ramp, in steps of the `clock`, >= 0.
            start_lr: where the ramp starts from, >= 0.
            first: which of the three clocks of the ramp.
            shape: which ramp.
            clock: whether it counts "updates" of the optimizer or "metrics".

        Raises:
            ValueError: if an argument is out of range.

        Examples:
            >>> from lrdecay import ReduceOnPlateau
            >>> rule = ReduceOnPlateau(1.0, patience=1).after_warmup(3)
            >>> rule.rates([0.5, 0.5, 0.5, 0.5], every=2).tolist()
            [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]
        """
        peak = Constant(self.start().lr)
        ramp = Warmup(peak, warmup_steps, start_lr, first=first, shape=shape)
        return ThenFold(ramp, self, warmup_steps, clock)


class TimedState(NamedTuple):
    """What a schedule remembers between two updates.

    Attributes:
        lr: the learning rate in force.
        step: updates already made.
    """

    lr: Rate
    step: StepCount

    __reduce_ex__ = saved


@dataclass(frozen=True, repr=False)
class Timed(Fold):
    """A schedule as a rule: it counts the updates, and looks at no metric."""

    schedule: Schedule
    _state = TimedState

    def start(self) -> TimedState:
        """Return the state before the first update."""
        return TimedState(self.schedule(0), 0)

    def _later(self, state: TimedState, steps: int) -> TimedState:
        step = state.step + steps
        return TimedState(self.schedule(step), step)

    def _next(self, state: TimedState, metric: float) -> TimedState:  # noqa: ARG002
        return state


def as_fold(part: Schedule | Fold) -> Fold:
    """Return a schedule as a rule; a rule stays as it is."""
    return Timed(part) if isinstance(part, Schedule) else part


class ThenState(NamedTuple):
    """What `ThenFold` remembers.

    Attributes:
        lr: the learning rate in force.
        step: updates already made.
        part: the state of the part in force.
    """

    lr: Rate
    step: StepCount
    part: Any

    __reduce_ex__ = saved


@dataclass(frozen=True, repr=False)
class ThenFold(Fold):
    """One rate up to an update, then another on its own clock; one or both follow a metric.

    `advance` counts the updates of the optimizer, `update` takes a metric, which belongs to the
    part that made the last update before it.

    Args:
        first: a schedule or a rule that follows a metric, used before step `at`.
        second: likewise, used from step `at` on, where its own clock is at 0.
        at: the step of the change, >= 0.
        clock: what a step is: one of the optimizer's "updates", or one of the "metrics", so that
            schedules and rules are on one clock, that of the epochs, say.

    Raises:
        ValueError: if an argument is out of range, or if both are schedules: their `Then` is one.

    Examples:
        >>> from lrdecay import Linear, ReduceOnPlateau
        >>> rule = Linear(1.0, 4, 0.5).then(ReduceOnPlateau(0.5, patience=0), at=4)
        >>> rule.rates([3.0, 3.0, 3.0, 3.0], every=2).tolist()
        [1.0, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5, 0.5]
        >>> rule.history([3.0, 3.0, 3.0, 3.0], every=2).tolist()
        [0.75, 0.5, 0.5, 0.05]
        >>> ThenFold(Linear(1.0, 2, 0.5), rule.second, 2, "metrics").history([3.0] * 4).tolist()
        [0.75, 0.5, 0.5, 0.05]
    """

    first: Schedule | Fold
    second: Schedule | Fold
    at: StepCount
    clock: Clock = "updates"
    _state = ThenState

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.first, Schedule) and isinstance(self.second, Schedule):
            raise refuse("second", self.second, "a rule that follows a metric, as first is none")

    def start(self) -> ThenState:
        """Return the state before the first update and metric."""
        part = self._part(0).start()
        return ThenState(part.lr, 0, part)

    def _later(self, state: ThenState, steps: int) -> ThenState:
        return self._moved(state, steps) if self.clock == "updates" else state

    def _moved(self, state: ThenState, steps: int) -> ThenState:
        step = state.step + steps
        rule = self._part(step)
        if state.step < self.at <= step:
            part = rule.advance(rule.start(), step - self.at)
        else:
            part = rule.advance(state.part, steps)
        return ThenState(part.lr, step, part)

    def _next(self, state: ThenState, metric: float) -> ThenState:
        if self.clock == "metrics":
            state = self._moved(state, 1)
        if state.step == self.at > 0:  # measured under the first, which is over
            return state
        part = self._part(state.step).update(state.part, metric)
        return ThenState(part.lr, state.step, part)

    def _part(self, step: int) -> Fold:
        return as_fold(self.first if step < self.at else self.second)


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
