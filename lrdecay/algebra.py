"""Schedules made from schedules: joined, added, multiplied, bounded, moved and repeated.

The operators of `Schedule` (`+`, `*`) and its methods (`then`, `scale`, `clip`, `shift`,
`stretch`, `reverse`, `repeat`) make these; each is a schedule like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .fields import Positive, Rate, StepCount, Steps, check, refuse
from .schedule import Schedule, since
from .trace import Symbolic


def check_schedule(name: str, value: Any) -> None:
    """Raise a `ValueError` unless the value is a `Schedule`."""
    if not isinstance(value, Schedule):
        raise refuse(name, value, "a Schedule")


@dataclass(frozen=True, repr=False)
class Then(Schedule):
    r"""One schedule up to a step, then another on its own clock.

    $$\eta_k = \begin{cases} \text{first}(k) & k < \text{at} \\
      \text{second}(k - \text{at}) & k \ge \text{at} \end{cases}$$

    Args:
        first: used for $k <$ `at`.
        second: used from $k =$ `at` on, where its own clock is at 0.
        at: the step of the change, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> from lrdecay import Constant, Linear
        >>> Then(Constant(1.0), Linear(1.0, 2), at=2).sample(5).tolist()
        [1.0, 1.0, 1.0, 0.5, 0.0]
    """

    first: Schedule
    second: Schedule
    at: StepCount

    def __post_init__(self) -> None:
        super().__post_init__()
        check_schedule("first", self.first)
        check_schedule("second", self.second)

    @property
    def jump(self) -> float:
        """By how much the rate at `at` differs from what `first` would have given there."""
        return self.second(0) - self.first(self.at)

    def _lr(self, k: Any, xp: Any) -> Any:
        # Arrays compute both; up to `at` alone, the first cannot grow out of bounds.
        before = self.first._lr(k if xp is Symbolic else xp.minimum(k, self.at), xp)
        after = self.second._lr(since(self.at, k, xp), xp)
        return xp.where(k < self.at, before, after)


@dataclass(frozen=True, repr=False)
class Sum(Schedule):
    r"""Two schedules added: $\eta_k = \text{left}(k) + \text{right}(k)$.

    Args:
        left: the one.
        right: the other.

    Examples:
        >>> from lrdecay import Constant
        >>> Sum(Constant(0.5), Constant(0.25))(0)
        0.75
    """

    left: Schedule
    right: Schedule

    def __post_init__(self) -> None:
        super().__post_init__()
        check_schedule("left", self.left)
        check_schedule("right", self.right)

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.left._lr(k, xp) + self.right._lr(k, xp)


@dataclass(frozen=True, repr=False)
class Product(Schedule):
    r"""Two schedules multiplied: $\eta_k = \text{left}(k) \cdot \text{right}(k)$.

    Args:
        left: the one, usually in units of a learning rate.
        right: the other, usually a factor.

    Examples:
        >>> from lrdecay import Constant
        >>> Product(Constant(0.5), Constant(0.5))(0)
        0.25
    """

    left: Schedule
    right: Schedule

    def __post_init__(self) -> None:
        super().__post_init__()
        check_schedule("left", self.left)
        check_schedule("right", self.right)

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.left._lr(k, xp) * self.right._lr(k, xp)


@dataclass(frozen=True, repr=False)
class Of(Schedule):
    """What is made from one schedule."""

    schedule: Schedule

    def __post_init__(self) -> None:
        super().__post_init__()
        check_schedule("schedule", self.schedule)


@dataclass(frozen=True, repr=False)
class Scale(Of):
    r"""A schedule times a number: $\eta_k = \text{factor} \cdot \text{schedule}(k)$.

    Args:
        schedule: what is scaled.
        factor: by how much, >= 0.

    Examples:
        >>> from lrdecay import Linear
        >>> Scale(Linear(1.0, 4), 0.5)(2)
        0.25
    """

    factor: Rate

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.factor * self.schedule._lr(k, xp)


@dataclass(frozen=True, repr=False)
class Clip(Of):
    r"""A schedule kept within bounds.

    $$\eta_k = \min(\max(\text{schedule}(k), \text{low}), \text{high})$$

    Args:
        schedule: what is bounded.
        low: the least rate, >= 0.
        high: the highest rate, >= `low`; no bound when not given.

    Examples:
        >>> from lrdecay import Linear
        >>> Clip(Linear(1.0, 4), low=0.3).sample(5).tolist()
        [1.0, 0.75, 0.5, 0.3, 0.3]
    """

    low: Rate = 0.0
    high: Rate | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.high is not None and self.high < self.low:
            raise refuse("high", self.high, f"at least low = {self.low}")

    def _lr(self, k: Any, xp: Any) -> Any:
        return xp.clip(self.schedule._lr(k, xp), self.low, self.high)


@dataclass(frozen=True, repr=False)
class Shift(Of):
    r"""A schedule that starts later, holding its first rate until then.

    $$\eta_k = \text{schedule}(\max(k - \text{steps}, 0))$$

    Args:
        schedule: what is moved.
        steps: by how many steps, >= 0.

    Examples:
        >>> from lrdecay import Linear
        >>> Shift(Linear(1.0, 2), steps=2).sample(5).tolist()
        [1.0, 1.0, 1.0, 0.5, 0.0]
    """

    steps: StepCount

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(xp.maximum(k - self.steps, 0.0), xp)


@dataclass(frozen=True, repr=False)
class Skip(Of):
    r"""A schedule from one of its own steps on: $\eta_k = \text{schedule}(k + \text{steps})$.

    Args:
        schedule: what is entered late.
        steps: the step of it that becomes step 0, >= 0.

    Examples:
        >>> from lrdecay import Linear
        >>> Skip(Linear(1.0, 4), steps=2).sample(3).tolist()
        [0.5, 0.25, 0.0]
    """

    steps: StepCount

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(k + self.steps, xp)


@dataclass(frozen=True, repr=False)
class Stretch(Of):
    r"""A schedule made slower or faster: $\eta_k = \text{schedule}(k / \text{factor})$.

    Args:
        schedule: what is stretched.
        factor: how many times longer it takes, > 0.

    Examples:
        >>> from lrdecay import Linear
        >>> Stretch(Linear(1.0, 2), factor=2).sample(5).tolist()
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    factor: Positive

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(k / self.factor, xp)


@dataclass(frozen=True, repr=False)
class Reverse(Of):
    r"""A schedule run backwards: $\eta_k = \text{schedule}(\max(\text{total\_steps} - k, 0))$.

    Args:
        schedule: what is reversed.
        total_steps: the step of it that becomes step 0, >= 1.

    Examples:
        >>> from lrdecay import Linear
        >>> Reverse(Linear(1.0, 2), total_steps=2).sample(4).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """

    total_steps: Steps

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(xp.maximum(self.total_steps - k, 0.0), xp)


@dataclass(frozen=True, repr=False)
class Repeat(Of):
    r"""The first steps of a schedule, over and over.

    $$\eta_k = \text{schedule}(k \bmod \text{period})$$

    Args:
        schedule: what is repeated.
        period: how many of its steps, >= 1.

    Examples:
        >>> from lrdecay import Linear
        >>> Repeat(Linear(1.0, 2), period=2).sample(5).tolist()
        [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    period: Steps

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.schedule._lr(k % self.period, xp)


def per_group(schedule: Schedule, multipliers: Mapping[str, float]) -> dict[str, Schedule]:
    """Return one schedule for each parameter group: the same shape, times the group's multiplier.

    Args:
        schedule: the shape they share.
        multipliers: name of the group to its factor, each >= 0.

    Returns:
        A dict that `torch_scheduler` takes as it is.

    Raises:
        ValueError: if `schedule` is none, or a multiplier is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> groups = per_group(Linear(0.1, 10), {"backbone": 0.1, "head": 1.0})
        >>> {name: round(group(5), 6) for name, group in groups.items()}
        {'backbone': 0.005, 'head': 0.05}
    """
    check_schedule("schedule", schedule)
    if not isinstance(multipliers, Mapping):
        raise refuse("multipliers", multipliers, "a mapping from a group's name to its factor")
    return {
        name: schedule.scale(check(f"multipliers[{name!r}]", factor, Rate))
        for name, factor in multipliers.items()
    }
