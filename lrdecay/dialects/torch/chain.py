"""PyTorch's schedulers that change one rate in turn: as a formula, or step by step."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...checks import Positive, Rate, refuse
from ...families.exponential import Exponential
from ...families.linear import Linear
from ...families.multistep import MultiStep
from ...families.piecewise import Piecewise
from ...families.polynomial import Polynomial
from ...families.step import Step
from ...formula import Call, Symbolic
from ...schedule import Constant, Of, Schedule, Then
from ..shared import CosineWave

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
        return xp.call(Call(self._at, steps=True), k)


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

    def _start(self) -> float:
        return self.base_lr

    def _next(self, lr: float, k: int) -> float:
        return lr * self.factor(k)


@dataclass(frozen=True, repr=False)
class Alone(Of):
    """The schedule of a SequentialLR of one: a SequentialLR still, when another one holds it."""

    def _lr(self, k: Any, xp: Any) -> Any:
        return xp.rate(self.schedule, k)


@dataclass(frozen=True, repr=False)
class Annealed(Of):
    """The schedule of an SWALR, which starts from whatever rate it finds."""

    def _lr(self, k: Any, xp: Any) -> Any:
        return xp.rate(self.schedule, k)


@dataclass(frozen=True, repr=False)
class Chain(Recursive):
    r"""Schedulers that change the same rate in turn, as PyTorch's recursive forms do.

    At each step, every one of `schedules` takes the rate that the one before it left. What
    multiplies the rate does so with its own ratio $s(k) / s(k - 1)$. A cosine moves the rate's
    distance from its `final_lr` $\eta_{min}$ by the ratio of its waves, and one step after each
    bottom, where that ratio is infinite, adds its own rise:

    $$\eta \mapsto \eta_{min} + (\eta - \eta_{min})
      \frac{1 + \cos(\pi k / T)}{1 + \cos(\pi (k - 1) / T)}, \qquad
      \eta \mapsto \eta + \tfrac12 (b - \eta_{min}) (1 - \cos(\pi / T))$$

    A `Then`, PyTorch's SequentialLR, puts its own rate in place of what it finds at step 0 and
    wherever its next schedule takes over.

    Where all multiply, this is their product. One cosine down to 0 forgets at each bottom what was
    before it, so that it is a product from there on. Anything else is computed step by step.

    Args:
        base_lr: the optimizer's rate before the first of them, > 0.
        schedules: what acts, in turn.

    Examples:
        >>> chain = Chain(1.0, (CosineWave(1.0, 4), Exponential(1.0, gamma=0.5)))
        >>> [round(lr, 4) for lr in chain.sample(6).tolist()]
        [1.0, 0.4268, 0.125, 0.0183, 0.0, 0.0732]
    """

    base_lr: Positive
    schedules: tuple[Schedule, ...]

    def _lr(self, k: Any, xp: Any) -> Any:
        waves = [i for i, part in enumerate(self.schedules) if not multiplies(part)]
        if not waves or len(self.schedules) == 1:
            return self._product(k, xp)
        wave = self.schedules[waves[0]]
        others = (*self.schedules[: waves[0]], *self.schedules[waves[0] + 1 :])
        recursive = any(isinstance(part, Multiplicative) for part in others)
        if len(waves) > 1 or recursive or not (isinstance(wave, CosineWave) and wave.final_lr == 0):
            return super()._lr(k, xp)
        half = wave.total_steps
        # The step after the last bottom, at which the wave alone makes the rate that it finds.
        rise = half + 1 + 2 * half * xp.maximum((k - half - 1) // (2 * half), 0.0)
        lr = xp.rate(wave, k)
        for i, part in enumerate(self.schedules):
            if i != waves[0]:
                lr = lr * _ratio(part, k, rise - int(i > waves[0]), xp)
        return xp.where(k <= half, self._product(k, xp), lr)

    def _product(self, k: Any, xp: Any) -> Any:
        first, *others = self.schedules
        lr = xp.rate(first, k)
        for part in others:
            lr = lr * (1 / self.base_lr * xp.rate(part, k))
        return lr

    def _start(self) -> float:
        lr = self.base_lr
        for part in self.schedules:
            # A SequentialLR gives the optimizer its own rate back when it is made.
            lr = part(0) if isinstance(part, (Then, Alone)) else lr * part(0) / self.base_lr
        return lr

    def _next(self, lr: float, k: int) -> float:
        for part in self.schedules:
            lr = _moved(part, lr, k)
        return lr


def multiplies(schedule: Schedule) -> bool:
    """Whether PyTorch's scheduler of this schedule multiplies the rate that it finds."""
    if isinstance(schedule, Piecewise):
        return schedule.between == "constant"
    if isinstance(schedule, Polynomial):
        return schedule.final_lr == 0
    return isinstance(schedule, (Step, MultiStep, Linear, Exponential, Constant, Multiplicative))


def _ratio(schedule: Schedule, k: Any, start: Any, xp: Any) -> Any:
    """Return the rate at `k` over that at `start`, of a schedule that multiplies."""
    if isinstance(schedule, Exponential) and schedule.gamma is not None:
        return schedule.gamma ** (k - start)  # the two rates may long be too small for a float
    if isinstance(schedule, Step):
        return schedule.gamma ** (k // schedule.step_size - start // schedule.step_size)
    now, before = xp.rate(schedule, k), xp.rate(schedule, start)
    # Once its factor is 0, a scheduler of PyTorch leaves the rate as it is.
    one = xp.full_like(k, 1.0)
    return xp.where(before > 0, now, one) / xp.where(before > 0, before, one)


def _moved(schedule: Schedule, lr: float, k: int) -> float:  # noqa: PLR0911 - one for each kind
    """Return what one scheduler makes of a rate at step `k` >= 1."""
    match schedule:
        case Alone():
            return _moved(schedule.schedule, lr, k)
        case Chain():
            return schedule._next(lr, k)
        case Then():
            if k < schedule.at:
                return _moved(schedule.first, lr, k)
            if k > schedule.at:
                return _moved(schedule.second, lr, k - schedule.at)
            second = schedule.second
            return lr * second.factor(0) if isinstance(second, Multiplicative) else second(0)
        case Multiplicative():
            return lr * schedule.factor(k)
        case CosineWave():
            half, low = schedule.total_steps, schedule.final_lr
            if (k - 1 - half) % (2 * half) == 0:
                return lr + (schedule.base_lr - low) * (1 - math.cos(math.pi / half)) / 2
            before, now = (1 + math.cos(math.pi * j / half) for j in (k - 1, k))
            return low + (lr - low) * now / before
        case Exponential(gamma=float()) | Step():
            return lr * _ratio(schedule, k, k - 1, Symbolic())
    before = schedule(k - 1)
    return lr * schedule(k) / before if before else lr
