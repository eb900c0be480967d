"""A schedule on another clock: moved, slower or faster, backwards, over and over.

The methods of `Schedule` (`shift`, `skip`, `stretch`, `hold`, `stride`, `reverse`, `repeat`) make
these.
"""

# ruff: noqa: SLF001 - methods of one base class

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .fields import Positive, StepCount, Steps
from .ratios import fraction_of
from .schedule import Of

_LONGEST = 2**53


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
        return xp.rate(self.schedule, xp.maximum(k - self.steps, 0.0))


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
        return xp.rate(self.schedule, k + self.steps)


@dataclass(frozen=True, repr=False)
class Paced(Of):
    """A schedule whose clock runs slower or faster, by a fraction that is computed exactly."""

    @property
    @abstractmethod
    def _pace(self) -> Fraction | None:
        """How many of the schedule's steps one step is; None where that is no simple fraction."""

    def _lr(self, k: Any, xp: Any) -> Any:
        schedule, pace = self.schedule, self._pace
        if pace is None:
            return xp.rate(schedule, self._paced(k))
        # One fraction for several, so that 49 steps of a 49th are a whole one.
        while isinstance(schedule, Paced) and schedule._pace is not None:
            both = pace * schedule._pace
            if both.numerator * both.denominator >= _LONGEST:
                break
            schedule, pace = schedule.schedule, both
        up, down = pace.as_integer_ratio()
        k = k if up == 1 else k * up
        return xp.rate(schedule, k if down == 1 else k / down)

    def _paced(self, k: Any) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class Stretch(Paced):
    r"""A schedule made slower or faster: $\eta_k = \text{schedule}(k / \text{factor})$.

    Steps that fall between two of the schedule's are asked for as they are: a cosine that is
    stretched is a longer cosine. `Hold` has stairs instead.

    A factor that is the float nearest to a simple fraction, such as 1 / 91, counts as that
    fraction: whole steps stay whole.

    Args:
        schedule: what is stretched.
        factor: how many times longer it takes, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> Stretch(Linear(1.0, 2), factor=2).sample(5).tolist()
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    factor: Positive

    @property
    def _pace(self) -> Fraction | None:
        factor = fraction_of(self.factor)
        return None if factor is None else 1 / factor

    def _paced(self, k: Any) -> Any:
        return k / self.factor


@dataclass(frozen=True, repr=False)
class Stride(Paced):
    r"""Every n-th step of a schedule: $\eta_k = \text{schedule}(k \cdot \text{steps})$.

    It is that many times as fast, in whole numbers. So counts a scheduler that is stepped once by
    each of several processes.

    Args:
        schedule: what is made faster.
        steps: how many of its steps one step is, >= 1.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> Stride(Linear(1.0, 8), steps=2).sample(5).tolist()
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    steps: Steps

    @property
    def _pace(self) -> Fraction:
        return Fraction(self.steps)


@dataclass(frozen=True, repr=False)
class Hold(Of):
    r"""A schedule whose every rate is held for a number of updates.

    $$\eta_k = \text{schedule}(\lfloor k / \text{steps} \rfloor)$$

    So counts a scheduler that is stepped once an epoch, with the updates of an epoch as `steps`.

    Args:
        schedule: whose rates at its whole steps are used.
        steps: for how many updates each is held, >= 1.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        The epoch-wise stepping of PyTorch's, timm's and mmengine's schedulers; `staircase` of
        Keras and optax; in signal processing, a zero-order hold.

    Examples:
        >>> from lrdecay import Linear
        >>> Hold(Linear(1.0, 2), steps=2).sample(6).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.0, 0.0]
    """

    steps: Steps

    def _lr(self, k: Any, xp: Any) -> Any:
        return xp.rate(self.schedule, k // self.steps)


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
        return xp.rate(self.schedule, xp.maximum(self.total_steps - k, 0.0))


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
        return xp.rate(self.schedule, k % self.period)
