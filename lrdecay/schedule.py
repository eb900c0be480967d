"""`Schedule`: an immutable value that maps a step to a learning rate, and its algebra.

The operators of `Schedule` (`+`, `-`, `*`) and some methods (`scale`, `clip`, `then`) join and
bound schedules; the others put one on another clock (`shift`, `skip`, `stretch`, `hold`, `stride`,
`reverse`, `repeat`). What they make is a schedule like any other.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property, lru_cache
from numbers import Real
from typing import Any, ClassVar, Protocol, Self, TypeVar, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .checks import MOST_STEPS, Checked, Positive, Rate, StepCount, Steps, check, checked, refuse
from .formula import FINITE, Arrays, Symbol, Symbolic, compiled, on_array

ArrayT = TypeVar("ArrayT")
ResultT_co = TypeVar("ResultT_co", covariant=True)

_INFINITY = math.inf


@dataclass(frozen=True, repr=False)
class Schedule(Checked, ABC):
    r"""A learning-rate schedule: a pure function from step to learning rate.

    `step` $k$ is the number of optimizer updates already made, which is also the 0-based index of
    the update about to use the rate. A schedule is a frozen dataclass: it can be compared, hashed,
    pickled and shared, and its `repr` is the code that makes it again.

    Calling it:

    - a Python number (or NumPy scalar) gives a `float`;
    - an array gives an array of the same library, shape and floating dtype: NumPy, JAX (also under
      `jit`, so a schedule is an optax schedule) and torch. Integer steps give the library's
      default floating dtype;
    - a sequence of numbers gives a NumPy array.

    Steps may be fractional. A negative step has the rate of step 0; one that is not finite is a
    `ValueError`, unless a JAX trace hides it. Where a growing rate is too large for a float, a
    number is a `ValueError` and an array holds infinity.

    Whatever the dtype of the steps, rates are computed in float64 and then rounded to that of the
    result. Where there is no float64 they are computed in float32: on Apple's GPUs, and in JAX
    without `jax_enable_x64`, where whole-number steps below 2**31 still find their cycle, drop and
    milestone exactly (through `stretch` and `stride` below 2**24). Nothing but Python's int tells
    steps above 2**53 apart.

    A schedule may be made of others, at most 1000 of them and 100 inside one another. A part that
    is shared and asked for the same step is computed once.

    To write a family, subclass it as a frozen dataclass whose fields have the types of
    `lrdecay.checks`, and write its formula in `_lr`.
    """

    # On each object, not the class: a plain attribute is the quickest to reach.
    _number: ClassVar[Callable[[float], float]]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "_number", self._compile)

    @cached_property
    def first_rate(self) -> float:
        """The rate of step 0. Through an array: compiling the formula takes far longer."""
        return float(on_array(self._lr, self._number, np.zeros(())))

    @abstractmethod
    def _lr(self, k: Any, xp: Any) -> Any:
        """Return the rate at `k`, all >= 0 and finite, in terms of the array namespace `xp`.

        Called with a wide floating array and its library's namespace, or with a `Symbol` and
        `Symbolic`: for a number, for JAX and for an export.
        """

    @overload
    def __call__(self, step: float) -> float: ...
    @overload
    def __call__(self, step: Sequence[float]) -> NDArray[np.float64]: ...
    @overload
    def __call__(self, step: ArrayT) -> ArrayT: ...

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at `step`.

        Args:
            step: updates already made: a number, a sequence or an array.

        Returns:
            A float, or an array shaped like `step`.

        Raises:
            ValueError: if a step is not finite or not a real number.
        """
        if type(step) is int and step >= 0:  # the usual call, and the one that has to be quick
            try:
                lr = self._number(step)
                if lr < _INFINITY:
                    return lr
            except OverflowError:
                pass
            return self._beyond(step)
        if isinstance(step, (bool, np.bool_)):
            raise refuse("step", step, FINITE)
        if isinstance(step, (int, np.integer)):
            return self(max(int(step), 0))
        if isinstance(step, (float, np.floating)):
            return self._on_float(float(step))
        return on_array(self._lr, self._number, step)

    def _on_float(self, step: float) -> float:
        if not math.isfinite(step):
            raise refuse("step", step, FINITE)
        step = max(step, 0.0)
        try:
            lr = self._number(step)
            if lr < _INFINITY:
                return lr
        except OverflowError:
            pass
        return self._beyond(step)

    def _beyond(self, step: float) -> float:
        """Return the rate where a part of the formula is too large for a float.

        As an array has it: there the part is infinite, which need not make the rate so.
        """
        try:
            lr = float(on_array(self._lr, self._number, np.asarray(float(step))))
        except OverflowError:  # an int that is no float
            lr = _INFINITY
        if math.isfinite(lr):
            return lr
        if step != 0:
            self(0)  # says so if no step is small enough
        raise self._no_rate(step, lr)

    def _no_rate(self, step: float, lr: float) -> ValueError:
        """Return the error at a step whose rate is infinite, or NaN because there is none."""
        if math.isnan(lr):
            words = "one at which every part of the schedule has a rate: one has none after its end"
            return refuse("step", step, words)
        if step == 0:
            return refuse("schedule", self, "finite at step 0")
        return refuse("step", step, "small enough for a finite rate")

    def _compile(self, step: float) -> float:
        """Make the function of a number that is used from now on, and call it."""
        try:
            made = compiled(self._lr(Symbol(), Symbolic()))
        except (SyntaxError, RecursionError, MemoryError):  # too deep for Python's own parser

            def made(k: float) -> float:
                with np.errstate(all="ignore"):
                    return float(self._lr(np.asarray(float(k)), Arrays(np)))

        object.__setattr__(self, "_number", made)
        return made(step)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone: what else is kept is quickly made again."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields."""
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self._measure()
        object.__setattr__(self, "_number", self._compile)

    def __deepcopy__(self, _: object) -> Self:
        """Return this schedule, which cannot change."""
        return self

    def sample(self, total_steps: int) -> NDArray[np.float64]:
        """Return the rates that a run of `total_steps` updates uses: steps 0 to `total_steps` - 1.

        Args:
            total_steps: number of updates, >= 1.

        Returns:
            Array of shape (total_steps,). The rate at `total_steps` itself is not in it: no update
            of such a run uses it.
        """
        return self(np.arange(check("total_steps", total_steps, Steps)))

    @overload
    def then(self, second: Schedule, at: int) -> Schedule: ...
    @overload
    def then(self, second: Behind[ResultT_co], at: int) -> ResultT_co: ...

    def then(self, second: Any, at: int) -> Any:
        """Return this schedule up to step `at`, then `second` on its own clock."""
        return second._behind(self, at) if isinstance(second, Behind) else Then(self, second, at)

    def scale(self, factor: float) -> Schedule:
        """Return this schedule times `factor`."""
        return Scale(self, factor)

    def clip(self, low: float = 0.0, high: float | None = None) -> Schedule:
        """Return this schedule, kept from `low` to `high`."""
        return Clip(self, low, high)

    def shift(self, steps: int) -> Schedule:
        """Return this schedule, started `steps` later; its first rate is held until then."""
        return Shift(self, steps)

    def skip(self, steps: int) -> Schedule:
        """Return this schedule, entered at its own step `steps`."""
        return Skip(self, steps)

    def stretch(self, factor: float) -> Schedule:
        """Return this schedule, `factor` times as slow, at steps between its own too."""
        return Stretch(self, factor)

    def hold(self, steps: int) -> Schedule:
        """Return this schedule, each of its rates held for `steps` updates."""
        return Hold(self, steps)

    def stride(self, steps: int) -> Schedule:
        """Return every `steps`-th step of this schedule, which is that many times as fast."""
        return Stride(self, steps)

    def reverse(self, total_steps: int) -> Schedule:
        """Return the first `total_steps` of this schedule, run backwards."""
        return Reverse(self, total_steps)

    def repeat(self, period: int) -> Schedule:
        """Return the first `period` steps of this schedule, over and over."""
        return Repeat(self, period)

    def __add__(self, other: Schedule | float) -> Schedule:
        """Return the sum with another schedule or with a number."""
        return _joined(Sum, self, other)

    def __radd__(self, other: float) -> Schedule:
        """Return the sum with a number."""
        return _joined(Sum, other, self)

    def __sub__(self, other: Schedule | float) -> Schedule:
        """Return what is left above another schedule or a number, and 0 where nothing is."""
        return _joined(Difference, self, other)

    def __rsub__(self, other: float) -> Schedule:
        """Return what is left of a number above this schedule, and 0 where nothing is."""
        return _joined(Difference, other, self)

    def __mul__(self, other: Schedule | float) -> Schedule:
        """Return the product with another schedule or with a number."""
        return Product(self, other) if isinstance(other, Schedule) else self.scale(other)

    __rmul__ = __mul__


# --- joined and bounded ---------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Constant(Schedule):
    r"""The same learning rate at every step.

    $$\eta_k = \text{base\_lr}$$

    There is no horizon: the rate is the same at $k = 0$ and at every later step.

    Args:
        base_lr: the learning rate, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Constant(0.1)(1000)
        0.1
    """

    base_lr: Rate

    def _lr(self, k: Any, xp: Any) -> Any:
        return xp.full_like(k, self.base_lr)


@runtime_checkable
class Behind(Protocol[ResultT_co]):
    """What may follow a schedule without being one: a rule that follows a metric."""

    def _behind(self, first: Schedule, at: int) -> ResultT_co: ...


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


def _joined(kind: type[Pair], left: Any, right: Any) -> Any:
    """Return a sum or a difference, or what tells Python that one is no schedule and no number."""
    words = "a number in a sum or a difference"
    parts = [Constant(check(words, x, Rate)) if isinstance(x, Real) else x for x in (left, right)]
    return kind(*parts) if all(isinstance(x, Schedule) for x in parts) else NotImplemented


@dataclass(frozen=True, repr=False)
class Of(Schedule):
    """What is made of one schedule."""

    schedule: Schedule


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
def per_group(schedule: Schedule, multipliers: Mapping[str, Rate]) -> dict[str, Schedule]:
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
    return {name: schedule.scale(factor) for name, factor in multipliers.items()}


# --- on another clock -----------------------------------------------------------------------------


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
            if both.numerator * both.denominator >= MOST_STEPS:
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


@lru_cache(maxsize=1024)
def fraction_of(number: float) -> Fraction | None:
    """Return the simplest fraction of which a number > 0 is the nearest float.

    Computing with `1 / 91` in floating point makes a little less than 10 of 910 of them; computing
    with the fraction, in whole numbers, does not.

    Returns:
        The fraction, or None for a number that is no simple one, such as pi.

    Examples:
        >>> fraction_of(1 / 91), fraction_of(2.0), fraction_of(0.7), fraction_of(3.141592653589793)
        (Fraction(1, 91), Fraction(2, 1), Fraction(7, 10), None)
    """
    for digits in range(16):
        near = Fraction(number).limit_denominator(10**digits)
        if float(near) == number:
            # Any number has a fraction; one much shorter than a float was meant.
            return near if near.numerator * near.denominator < 2**45 else None
    return None


# --- what formulas are made with ------------------------------------------------------------------


def mix(start: Any, end: Any, share: Any) -> Any:
    """Return the point `share` of the way from `start` to `end`, exact at both ends."""
    # To or from 0, half of the work is none: on arrays it would take its time.
    if isinstance(start, float) and start == 0:
        return end * share
    if isinstance(end, float) and end == 0:
        return start * (1 - share)
    return start * (1 - share) + end * share


def since(start: int, k: Any, xp: Any) -> Any:
    """Return the steps since `start`, for the branch of an `xp.where` in which `k` >= `start`.

    Arrays compute both branches, so there the steps before `start` count as 0.
    """
    return k - start if xp.branches else xp.maximum(k - start, 0.0)
