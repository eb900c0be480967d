"""`Schedule`: an immutable value that maps a step to a learning rate."""

from __future__ import annotations

import copy
import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, overload

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj, is_jax_array
from numpy.typing import NDArray

from .fields import Checked, Steps, check, refuse
from .fold import Fold
from .printer import compiled
from .trace import Symbol, Symbolic

ArrayT = TypeVar("ArrayT")
STEPS = "a finite number >= 0"

_INFINITY = math.inf
_BLOCK = 16_384  # steps whose intermediate results stay in the cache: twice as fast as all at once


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
    return k - start if xp is Symbolic else xp.maximum(k - start, 0.0)


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

    Steps may be fractional. A negative or non-finite step is a `ValueError`; where a JAX trace
    hides the values, a negative step gets the rate of step 0. Where a growing rate is too large
    for a float, a number is a `ValueError` and an array holds infinity.

    To write a family, subclass it as a frozen dataclass whose fields have the types of
    `lrdecay.fields`, and write its formula in `_lr`.
    """

    # On each object, not the class: a plain attribute is the quickest to reach.
    _number: ClassVar[Callable[[float], float]]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "_number", self._compile)

    @abstractmethod
    def _lr(self, k: Any, xp: Any) -> Any:
        """Return the rate at `k`, all >= 0 and finite, in terms of the array namespace `xp`.

        Called with a floating array and its library's namespace, or with a `Symbol` and `Symbolic`.
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
            step: updates already made, >= 0: a number, a sequence or an array.

        Returns:
            A float, or an array shaped like `step`.

        Raises:
            ValueError: if a step is negative, not finite, or not a real number.
        """
        if type(step) is int and step >= 0:  # the usual call, and the one that has to be quick
            try:
                lr = self._number(step)
                if lr < _INFINITY:
                    return lr
            except OverflowError:
                pass
            raise refuse("step", step, "small enough for a finite rate")
        if isinstance(step, (bool, np.bool_)):
            raise refuse("step", step, STEPS)
        if isinstance(step, (int, np.integer)):
            if step < 0:
                raise refuse("step", int(step), STEPS)
            return self(int(step))
        if isinstance(step, (float, np.floating)):
            return self._on_float(float(step))
        if not is_array_api_obj(step):
            step = _as_numpy(step)
        return self._on_array(step)

    def _on_float(self, step: float) -> float:
        if not 0 <= step < _INFINITY:
            raise refuse("step", step, STEPS)
        try:
            lr = self._number(step)
        except OverflowError:
            lr = _INFINITY
        if lr < _INFINITY:
            return lr
        raise refuse("step", step, "small enough for a finite rate")

    def _compile(self, step: float) -> float:
        """Make the function of a number that is used from now on, and call it."""
        try:
            made = compiled(self._lr(Symbol(), Symbolic))
        except (SyntaxError, RecursionError):  # nested deeper than Python code can be

            def made(k: float) -> float:
                return float(self._on_array(np.asarray(float(k))))

        object.__setattr__(self, "_number", made)
        return made(step)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone: the compiled formula cannot be pickled, and is quickly made."""
        return {name: value for name, value in vars(self).items() if name != "_number"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields."""
        for name, value in (state | {"_number": self._compile}).items():
            object.__setattr__(self, name, value)

    def _on_array(self, step: Any) -> Any:
        xp = array_namespace(step)
        if xp.isdtype(step.dtype, "real floating"):
            work = out = step.dtype
        elif xp.isdtype(step.dtype, "integral"):
            out = xp.__array_namespace_info__().default_dtypes()["real floating"]
            # float32, torch's default, cannot hold a step above 2**24; JAX has float64 on request.
            # Apple's GPUs have none.
            narrow = is_jax_array(step) or getattr(device(step), "type", None) == "mps"
            work = out if narrow else xp.float64
        else:
            raise refuse("step", step.dtype, "an array of integers or real numbers")
        if not _traced(step) and math.prod(step.shape):
            low = xp.min(step)
            # Whole numbers are finite, and a look at them all takes its time.
            high = xp.max(step) if out is step.dtype else low
            if not (low >= 0 and high < math.inf):
                bad = low if not low >= 0 else high
                raise refuse("step", float(bad), STEPS)
        if isinstance(step, np.ndarray) and step.size > _BLOCK:
            flat, rates = step.reshape(-1), np.empty(step.size, out)
            for i in range(0, step.size, _BLOCK):
                rates[i : i + _BLOCK] = self._lr(flat[i : i + _BLOCK].astype(work), xp)
            return rates.reshape(step.shape)
        k = step if step.dtype == work else xp.astype(step, work)
        k = xp.maximum(k, xp.zeros_like(k)) if _traced(k) else k
        try:
            lr = self._lr(k, xp)
        except OverflowError:  # JAX takes a Python int for an int32
            lr = _floated(self)._lr(k, xp)  # noqa: SLF001 - another of its own class
        if isinstance(lr, np.generic):  # what NumPy makes of a 0-d array when it computes with it
            lr = np.asarray(lr)
        return lr if lr.dtype == out else xp.astype(lr, out)

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
        """Return this schedule, `factor` times as slow."""
        return algebra.Stretch(self, factor)

    def reverse(self, total_steps: int) -> Schedule:
        """Return the first `total_steps` of this schedule, run backwards."""
        return algebra.Reverse(self, total_steps)

    def repeat(self, period: int) -> Schedule:
        """Return the first `period` steps of this schedule, over and over."""
        return algebra.Repeat(self, period)

    def __add__(self, other: object) -> Schedule:
        """Return the sum of two schedules."""
        return algebra.Sum(self, other) if isinstance(other, Schedule) else NotImplemented

    def __mul__(self, other: Schedule | float) -> Schedule:
        """Return the product with another schedule or with a number."""
        return algebra.Product(self, other) if isinstance(other, Schedule) else self.scale(other)

    __rmul__ = __mul__


def _traced(k: Any) -> bool:
    """Whether `k` is an abstract value inside a JAX transformation, which no `if` can look at."""
    return is_jax_array(k) and isinstance(k, sys.modules["jax"].core.Tracer)


def _floated(value: Any) -> Any:
    """Return a schedule, or a field of one, with the largest whole numbers as floats."""
    if isinstance(value, Schedule):
        twin = copy.copy(value)
        for name, part in value.__getstate__().items():
            object.__setattr__(twin, name, _floated(part))
        return twin
    if isinstance(value, tuple):
        return tuple(map(_floated, value))
    return float(value) if type(value) is int and value >= 2**30 else value


def _as_numpy(step: Any) -> NDArray[Any]:
    try:
        array = np.asarray(step)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        # An empty list becomes float64, so what is left here is text, None, ragged or complex.
        raise refuse("step", step, "a real number, or a sequence or array of them")
    return array


from . import algebra, then_fold  # noqa: E402 - they build on Schedule, whose methods build on them
