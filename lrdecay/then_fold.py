"""A rate that follows a metric, before or behind another one: a warmup in front of it, say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from .fields import Rate, StepCount, check, refuse
from .fold import Fold, saved
from .schedule import Schedule

Clock = Literal["updates", "metrics"]


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

    def advance(self, state: Any, steps: int = 1) -> TimedState:
        """Return the state after updates of the optimizer."""
        step = self.restore(state).step + check("steps", steps, StepCount)
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
        for name in ("first", "second"):
            if not isinstance(getattr(self, name), (Schedule, Fold)):
                words = "a Schedule, or a rule that follows a metric"
                raise refuse(name, getattr(self, name), words)
        if isinstance(self.first, Schedule) and isinstance(self.second, Schedule):
            raise refuse("second", self.second, "a rule that follows a metric, as first is none")
        if self.clock not in get_args(Clock):
            raise refuse("clock", self.clock, f"one of {get_args(Clock)}")

    def start(self) -> ThenState:
        """Return the state before the first update and metric."""
        part = self._part(0).start()
        return ThenState(part.lr, 0, part)

    def advance(self, state: Any, steps: int = 1) -> ThenState:
        """Return the state after updates of the optimizer.

        Args:
            state: as in `update`.
            steps: how many updates, >= 0.

        Raises:
            ValueError: if an argument is out of range.
        """
        before = self.restore(state)
        steps = check("steps", steps, StepCount)
        return self._later(before, steps) if self.clock == "updates" else before

    def _later(self, state: ThenState, steps: int) -> ThenState:
        step = state.step + steps
        part = self._part(step)
        if state.step < self.at <= step:
            after = part.advance(part.start(), step - self.at)
        else:
            after = part.advance(state.part, steps)
        return ThenState(after.lr, step, after)

    def _next(self, state: ThenState, metric: float) -> ThenState:
        if self.clock == "metrics":
            state = self._later(state, 1)
        if state.step == self.at > 0:  # measured under the first, which is over
            return state
        after = self._part(state.step).update(state.part, metric)
        return ThenState(after.lr, state.step, after)

    def _part(self, step: int) -> Fold:
        return as_fold(self.first if step < self.at else self.second)
