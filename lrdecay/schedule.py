"""`Schedule`: an immutable value that maps a step to a learning rate."""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar, overload

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj, is_jax_array
from numpy.typing import NDArray

from .fields import Checked, Steps, check, dtype_kind, refuse
from .fold import Fold
from .printer import compiled
from .trace import Arrays, Eager, Symbol, Symbolic, has_gaps
from .whole import Whole, evaluate

ArrayT = TypeVar("ArrayT")
STEPS = "a finite number"

_INFINITY = math.inf
_INT32 = 2**31 - 1  # the most that JAX holds as a whole number with a sign
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
    milestone exactly (through `stretch` below 2**24). Nothing but Python's int tells steps above
    2**53 apart.

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
        return float(self._on_array(np.zeros(())))

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
            raise refuse("step", step, STEPS)
        if isinstance(step, (int, np.integer)):
            return self(max(int(step), 0))
        if isinstance(step, (float, np.floating)):
            return self._on_float(float(step))
        if not is_array_api_obj(step):
            step = _as_numpy(step)
        return self._on_array(step)

    def _on_float(self, step: float) -> float:
        if not math.isfinite(step):
            raise refuse("step", step, STEPS)
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
            lr = float(self._on_array(np.asarray(float(step))))
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

    def _on_array(self, step: Any) -> Any:
        kind, xp = dtype_kind(step.dtype), array_namespace(step)
        if kind is None:
            raise refuse("step", step.dtype, "an array of integers or real numbers")
        default = xp.__array_namespace_info__().default_dtypes()["real floating"]
        out = step.dtype if kind == "float" else default
        if is_jax_array(step):
            return xp.astype(self._on_jax(step, kind, default, xp), out)
        if not isinstance(step, np.ndarray):
            # Apple's GPUs have no float64.
            work = default if getattr(device(step), "type", None) == "mps" else xp.float64
            return xp.astype(self._rates(xp.astype(step, work), kind, xp), out)
        rates = np.empty_like(step, dtype=out, order="C")
        flat, into = np.asarray(step).reshape(-1), np.asarray(rates).reshape(-1)
        with np.errstate(all="ignore"):
            for i in range(0, flat.size, _BLOCK):
                block = flat[i : i + _BLOCK].astype(np.float64)
                into[i : i + _BLOCK] = self._rates(block, kind, xp)
        return rates

    def _rates(self, k: Any, kind: str, xp: Any) -> Any:
        """Return the rates at steps of a kind, given as floats that are wide enough for each."""
        if not math.prod(k.shape):
            return k
        low = xp.min(k)
        # Whole numbers are finite, and another look at them all takes its time.
        high = xp.max(k) if kind == "float" else low
        if not (low > -_INFINITY and high < _INFINITY):
            raise refuse("step", float(high if low > -_INFINITY else low), STEPS)
        if low < 0:
            k = xp.where(k < 0, xp.zeros_like(k), k)
        lr = self._lr(k, Arrays(xp))
        if xp.isnan(xp.max(lr)):
            gaps, filled = xp.isnan(lr), xp.zeros_like(lr)
            rates = [self._where_undefined(at) for at in k[gaps].tolist()]
            filled[gaps] = xp.asarray(rates, dtype=lr.dtype, device=device(lr))
            lr = xp.where(gaps, filled, lr)
        return lr

    def _where_undefined(self, step: float) -> float:
        """Return the rate at a step where an array came to 0 times infinity, or the like.

        A number does not come to that by a constant 0; else the rate is too large for a float. A
        formula may also say by NaN that a step has no rate.
        """
        try:
            lr = self._number(step)
        except OverflowError:
            return _INFINITY
        return _INFINITY if math.isnan(lr) and not has_gaps(self._lr(Symbol(), Symbolic())) else lr

    def _on_jax(self, step: Any, kind: str, work: Any, xp: Any) -> Any:
        """Return the rates at a JAX array's steps, from the graph of the formula.

        JAX takes an int of Python's for an int32, and has no more than float32 unless told so.
        """
        k = xp.where(step < 0, xp.zeros_like(step), step)
        floats = xp.astype(k, work)
        finite: Any = True
        if kind == "float":
            finite = xp.isfinite(step)
            if not (is_traced(k) or finite.all()):
                raise refuse("step", float(step[~finite][0]), STEPS)
        try:
            graph = self._lr(Symbol(), Eager())
        except (AttributeError, TypeError):  # a formula of the user's, with more than symbols have
            return self._lr(floats, Arrays(xp))
        if kind == "int" and xp.finfo(work).bits < 64:
            most = min(int(xp.iinfo(k.dtype).max), _INT32)
            near = xp.astype(xp.minimum(k, most), xp.int32)
            lr = evaluate(graph, Whole(near, 0, most), work, xp)
            if xp.iinfo(k.dtype).max > most:
                lr = xp.where(k > most, evaluate(graph, floats, work, xp), lr)
        else:
            lr = evaluate(graph, floats, work, xp)
        return lr if has_gaps(graph) else xp.where(xp.isnan(lr) & finite, _INFINITY, lr)

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


def is_traced(k: Any) -> bool:
    """Whether `k` is an abstract value inside a JAX transformation, which no `if` can look at."""
    return is_jax_array(k) and isinstance(k, sys.modules["jax"].core.Tracer)


def _as_numpy(step: Any) -> NDArray[Any]:
    try:
        array = np.asarray(None if isinstance(step, (bytearray, memoryview)) else step)
    except ValueError:
        array = np.asarray(None)
    # An empty list becomes float64, so what is left here is text, None, ragged or complex. Among
    # numbers NumPy takes a truth value for one.
    if array.dtype.kind not in "iuf" or _has_bool(step):
        raise refuse("step", step, "a real number, or a sequence or array of them")
    return array


def _has_bool(step: Any) -> bool:
    if isinstance(step, (list, tuple)):
        return any(map(_has_bool, step))
    return isinstance(step, (bool, np.bool_)) or getattr(step, "dtype", None) == np.bool_


from . import algebra, then_fold  # noqa: E402 - they build on Schedule, whose methods build on them
