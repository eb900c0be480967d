"""Schedules made from schedules: joined, added, subtracted, multiplied and bounded.

The operators of `Schedule` (`+`, `-`, `*`) and its methods (`then`, `scale`, `clip`) make these,
and those of `lrdecay.clocks`; each is a schedule like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from .arguments import checked
from .clocks import Hold, Repeat, Reverse, Shift, Skip, Stretch, Stride
from .families.constant import Constant
from .fields import Rate, StepCount, check, refuse
from .schedule import Of, Schedule, since

__all__ = [
    "Clip",
    "Difference",
    "Hold",
    "Of",
    "Product",
    "Repeat",
    "Reverse",
    "Scale",
    "Shift",
    "Skip",
    "Stretch",
    "Stride",
    "Sum",
    "Then",
    "check_schedule",
    "per_group",
    "term",
]


def check_schedule(name: str, value: Any) -> None:
    """Raise a `ValueError` unless the value is a `Schedule`."""
    if not isinstance(value, Schedule):
        raise refuse(name, value, "a Schedule")


def term(value: object) -> Schedule | None:
    """Return what is added or subtracted as a schedule, None if it is neither one nor a number."""
    if isinstance(value, Schedule):
        return value
    if isinstance(value, Real):
        return Constant(check("a number in a sum or a difference", value, Rate))
    return None


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

    @property
    def jump(self) -> float:
        """By how much the rate at `at` differs from what `first` would have given there."""
        return self.second(0) - self.first(self.at)

    def _lr(self, k: Any, xp: Any) -> Any:
        # Arrays compute both; up to `at` alone, the first cannot grow out of bounds.
        before = xp.rate(self.first, k if xp.branches else xp.minimum(k, self.at))
        after = xp.rate(self.second, since(self.at, k, xp))
        return xp.where(k < self.at, before, after)


@dataclass(frozen=True, repr=False)
class Pair(Schedule):
    """What is made of two schedules on one clock."""

    left: Schedule
    right: Schedule


@dataclass(frozen=True, repr=False)
class Sum(Pair):
    r"""Two schedules added: $\eta_k = \text{left}(k) + \text{right}(k)$.

    Args:
        left: the one.
        right: the other.

    Examples:
        >>> from lrdecay import Constant
        >>> Sum(Constant(0.5), Constant(0.25))(0)
        0.75
    """

    def _lr(self, k: Any, xp: Any) -> Any:
        left = xp.rate(self.left, k)
        right = xp.rate(self.right, k)
        return left + right


@dataclass(frozen=True, repr=False)
class Difference(Pair):
    r"""What is left of a schedule above another.

    $$\eta_k = \max(\text{left}(k) - \text{right}(k), 0)$$

    Where `right` is the higher, the rate is 0: no rate is negative.

    Args:
        left: what is taken from.
        right: what is taken away.

    Examples:
        >>> from lrdecay import Constant, Linear
        >>> Difference(Linear(1.0, 4), Constant(0.5)).sample(5).tolist()
        [0.5, 0.25, 0.0, 0.0, 0.0]
    """

    def _lr(self, k: Any, xp: Any) -> Any:
        left = xp.rate(self.left, k)
        right = xp.rate(self.right, k)
        return xp.maximum(left - right, 0.0)


@dataclass(frozen=True, repr=False)
class Product(Pair):
    r"""Two schedules multiplied: $\eta_k = \text{left}(k) \cdot \text{right}(k)$.

    Args:
        left: the one, usually in units of a learning rate.
        right: the other, usually a factor.

    Examples:
        >>> from lrdecay import Constant
        >>> Product(Constant(0.5), Constant(0.5))(0)
        0.25
    """

    def _lr(self, k: Any, xp: Any) -> Any:
        left = xp.rate(self.left, k)
        right = xp.rate(self.right, k)
        return left * right


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
        return self.factor * xp.rate(self.schedule, k)


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
        return xp.clip(xp.rate(self.schedule, k), self.low, self.high)


@checked()
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
