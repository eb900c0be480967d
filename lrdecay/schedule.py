"""`Schedule`: an immutable value that maps a step to a learning rate."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from .arrays import FINITE, on_array
from .fields import Checked, Steps, check, refuse
from .fold import Fold
from .printer import compiled
from .trace import Arrays, Symbol, Symbolic

ArrayT = TypeVar("ArrayT")

_INFINITY = math.inf


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
    `lrdecay.fields`, and write its formula in `_lr`.
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
    def then(self, second: Fold, at: int) -> then_fold.ThenFold: ...

    def then(self, second: Schedule | Fold, at: int) -> Schedule | Fold:
        """Return this schedule up to step `at`, then `second` on its own clock."""
        if isinstance(second, Fold):
            return then_fold.ThenFold(self, second, at)
        return algebra.Then(self, second, at)

    def scale(self, factor: float) -> Schedule:
        """Return this schedule times `factor`."""
        return algebra.Scale(self, factor)

    def clip(self, low: float = 0.0, high: float | None = None) -> Schedule:
        """Return this schedule, kept from `low` to `high`."""
        return algebra.Clip(self, low, high)

    def shift(self, steps: int) -> Schedule:
        """Return this schedule, started `steps` later; its first rate is held until then."""
        return algebra.Shift(self, steps)

    def skip(self, steps: int) -> Schedule:
        """Return this schedule, entered at its own step `steps`."""
        return algebra.Skip(self, steps)

    def stretch(self, factor: float) -> Schedule:
        """Return this schedule, `factor` times as slow, at steps between its own too."""
        return algebra.Stretch(self, factor)

    def hold(self, steps: int) -> Schedule:
        """Return this schedule, each of its rates held for `steps` updates."""
        return algebra.Hold(self, steps)

    def stride(self, steps: int) -> Schedule:
        """Return every `steps`-th step of this schedule, which is that many times as fast."""
        return algebra.Stride(self, steps)

    def reverse(self, total_steps: int) -> Schedule:
        """Return the first `total_steps` of this schedule, run backwards."""
        return algebra.Reverse(self, total_steps)

    def repeat(self, period: int) -> Schedule:
        """Return the first `period` steps of this schedule, over and over."""
        return algebra.Repeat(self, period)

    def __add__(self, other: Schedule | float) -> Schedule:
        """Return the sum with another schedule or with a number."""
        added = algebra.term(other)
        return NotImplemented if added is None else algebra.Sum(self, added)

    def __radd__(self, other: float) -> Schedule:
        """Return the sum with a number."""
        added = algebra.term(other)
        return NotImplemented if added is None else algebra.Sum(added, self)

    def __sub__(self, other: Schedule | float) -> Schedule:
        """Return what is left above another schedule or a number, and 0 where nothing is."""
        taken = algebra.term(other)
        return NotImplemented if taken is None else algebra.Difference(self, taken)

    def __rsub__(self, other: float) -> Schedule:
        """Return what is left of a number above this schedule, and 0 where nothing is."""
        whole = algebra.term(other)
        return NotImplemented if whole is None else algebra.Difference(whole, self)

    def __mul__(self, other: Schedule | float) -> Schedule:
        """Return the product with another schedule or with a number."""
        return algebra.Product(self, other) if isinstance(other, Schedule) else self.scale(other)

    __rmul__ = __mul__


@dataclass(frozen=True, repr=False)
class Of(Schedule):
    """What is made of one schedule."""

    schedule: Schedule


from . import algebra, then_fold  # noqa: E402 - they build on Schedule, whose methods build on them
