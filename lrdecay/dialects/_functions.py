"""Schedules that call a Python function, or that follow a recursion, step by step."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from array_api_compat import array_namespace, device

from ..arrays import is_traced
from ..calls import Call
from ..checks import Rate, refuse
from ..formula import Symbolic
from ..schedule import Schedule


def check_function(name: str, value: Any) -> None:
    """Raise a `ValueError` unless the value is one function."""
    if isinstance(value, (list, tuple)):
        raise refuse(name, value, "one function: a schedule describes one parameter group")
    if not callable(value):
        raise refuse(name, value, "a function of the step")


def per_step(function: Callable[[Any], float], k: Any, xp: Any) -> Any:
    """Return a function of one number at every step, called for each in turn.

    A whole step is handed over as an `int`.

    Raises:
        ValueError: inside a JAX transformation, where no step has a value yet.
    """
    call = function if isinstance(function, Call) else Call(function)
    if isinstance(xp, Symbolic):
        return xp.call(call, k, lambda steps: per_step(call, steps, array_namespace(steps)))
    if is_traced(k):
        raise refuse("step", k, f"known, not traced: this schedule {call.what}")
    flat = [call(step) for step in xp.reshape(k, (-1,)).tolist()]
    dtype = k.dtype if xp.isdtype(k.dtype, "real floating") else None  # of JAX, also whole steps
    return xp.reshape(xp.asarray(flat, dtype=dtype, device=device(k)), k.shape)


@dataclass(frozen=True, repr=False)
class Factor(Schedule):
    r"""A rate times a function of the step: $\eta_k = \text{base\_lr} \cdot \text{factor}(k)$.

    The function is called for every step, so that a trace (`jax.jit`) is refused; an array is a
    loop. Source code is printed of it if it works on symbols: operators, comparisons as numbers,
    and `math.floor`.

    Args:
        base_lr: what is multiplied, >= 0.
        factor: a function of the step.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Factor(1.0, lambda k: 0.5**k).sample(3).tolist()
        [1.0, 0.5, 0.25]
    """

    base_lr: Rate
    factor: Callable[[Any], float]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_function("factor", self.factor)

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.base_lr * per_step(self.factor, k, xp)


MOST_STEPS = 10_000_000


@dataclass(frozen=True, repr=False)
class Recursive(Schedule):
    """A schedule whose rate at a step is made from the rate at the step before.

    A step costs as many calls as there are steps before it, once; what was computed is kept. A
    fractional step has the rate of the whole one before it.
    """

    @abstractmethod
    def _start(self) -> float:
        """Return the rate at step 0."""

    @abstractmethod
    def _next(self, lr: float, k: int) -> float:
        """Return the rate at step `k` >= 1, after `lr`."""

    @cached_property
    def _known(self) -> dict[int, float]:
        # A dictionary, in which two threads that are here at once write the same.
        return {0: self._start()}

    def _at(self, step: float) -> float:
        if step > MOST_STEPS:
            words = f"at most {MOST_STEPS}: each rate is made from that of the step before"
            raise refuse("step", step, words)
        known = self._known
        for k in range(len(known), int(step) + 1):
            known[k] = self._next(known[k - 1], k)
        return known[int(step)]

    def _lr(self, k: Any, xp: Any) -> Any:
        return per_step(Call(self._at, steps=True), k, xp)


@dataclass(frozen=True, repr=False)
class Multiplicative(Recursive):
    r"""A product of factors, one for each step.

    $$\eta_k = \text{base\_lr} \prod_{j=1}^k \text{factor}(j)$$

    The function is called for every step, so that a trace (`jax.jit`) is refused.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        factor: a function of the step, asked for steps 1, 2, ...

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Multiplicative(1.0, lambda k: 1 / k).sample(4).tolist()
        [1.0, 1.0, 0.5, 0.16666666666666666]
    """

    base_lr: Rate
    factor: Callable[[Any], float]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_function("factor", self.factor)

    def _start(self) -> float:
        return self.base_lr

    def _next(self, lr: float, k: int) -> float:
        return lr * self.factor(k)
