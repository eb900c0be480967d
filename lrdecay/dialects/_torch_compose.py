"""PyTorch's two ways to combine schedulers, which act on the optimizer's rate and not on values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from ..algebra import Product, Scale, Sum, Then, check_schedule
from ..arguments import checked
from ..families.constant import Constant
from ..families.cosine import Cosine
from ..families.cyclic import Cyclic
from ..families.exponential import Exponential
from ..families.piecewise import Piecewise
from ..families.polynomial import Linear, Polynomial
from ..families.restarts import CosineRestarts
from ..families.step import MultiStep, Step
from ..fields import Positive, Rate, StepCount, check, refuse
from ..schedule import Schedule
from ._functions import Factor, Multiplicative, Recursive
from ._torch_onecycle import OneCycleRun
from ._wave import CosineWave

# What the functions of the dialect make where PyTorch multiplies the rate that it finds.
_FACTORS = (Step, MultiStep, Linear, Exponential, Constant, Multiplicative, Product)

# Where it computes the rate from the step, whatever rate it finds.
_OVERWRITES = (Factor, CosineRestarts, Cyclic, Sum, OneCycleRun)


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

    def _start(self) -> float:
        lr = self.base_lr
        for schedule in self.schedules:
            lr *= schedule(0) / self.base_lr
        return lr

    def _next(self, lr: float, k: int) -> float:
        for schedule in self.schedules:
            lr = _moved(schedule, lr, k)
        return lr


def _moved(schedule: Schedule, lr: float, k: int) -> float:
    """Return what one scheduler makes of a rate at step `k`."""
    if isinstance(schedule, Multiplicative):
        return lr * schedule.factor(k)
    if isinstance(schedule, CosineWave):
        half, low = schedule.total_steps, schedule.final_lr
        if (k - 1 - half) % (2 * half) == 0:
            return lr + (schedule.base_lr - low) * (1 - math.cos(math.pi / half)) / 2
        before, now = (1 + math.cos(math.pi * j / half) for j in (k - 1, k))
        return low + (lr - low) * now / before
    before = schedule(k - 1)
    # Once its factor is 0, a scheduler of PyTorch leaves the rate as it is.
    return lr * schedule(k) / before if before else lr


@checked()
def ChainedScheduler(lr: float, schedulers: Sequence[Schedule]) -> Schedule:
    """Return the rates of `ChainedScheduler`: the product of schedules, as far as it is one.

    PyTorch lets every scheduler change the rate that the one before it left. For those that
    multiply it (ConstantLR, LinearLR, StepLR, MultiStepLR, ExponentialLR, PolynomialLR,
    MultiplicativeLR) that is a `Product`. A CosineAnnealingLR acts on the distance from `eta_min`
    and, after `T_max`, adds; that is followed, step by step, and is not traceable. Refused are
    those that overwrite the rate (LambdaLR, CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR):
    what stands before them would be lost, and what stands after them act for one step only. So are
    SequentialLR, which overwrites at its milestones, and SWALR.

    Args:
        lr: the optimizer's rate, > 0, with which every scheduler was made.
        schedulers: schedules of this dialect, in the order in which PyTorch makes and steps them.

    Raises:
        ValueError: if there is none, or one that cannot be chained.

    Examples:
        >>> from lrdecay.dialects import torch
        >>> parts = [torch.ConstantLR(1.0, 0.5, total_iters=2), torch.ExponentialLR(1.0, 0.5)]
        >>> torch.ChainedScheduler(1.0, parts).sample(4).tolist()
        [0.5, 0.25, 0.25, 0.125]
    """
    lr = check("lr", lr, Positive)
    flat: list[Schedule] = []
    for schedule in _checked(schedulers):
        flat += schedule.schedules if isinstance(schedule, Chain) else [schedule]
    if len(flat) == 1:
        return flat[0]
    for schedule in flat:
        if not _chains(schedule):
            words = (
                "made by one of ConstantLR, LinearLR, StepLR, MultiStepLR, ExponentialLR, "
                "PolynomialLR, MultiplicativeLR, CosineAnnealingLR and ChainedScheduler: PyTorch's "
                "other schedulers overwrite the rate that those before them in the chain have set"
            )
            raise refuse("schedulers", schedule, words)
        _same(lr, schedule)
    if any(isinstance(schedule, CosineWave) for schedule in flat):
        return Chain(lr, tuple(flat))
    first, *others = flat
    # Each of the others is a factor: its share of lr.
    factors = [schedule if lr == 1 else Scale(schedule, 1 / lr) for schedule in others]
    return reduce(Product, factors, first)


def _chains(schedule: Schedule) -> bool:
    if isinstance(schedule, Piecewise):
        return schedule.between == "constant"
    if isinstance(schedule, Polynomial):
        return schedule.final_lr == 0
    return isinstance(schedule, (*_FACTORS, CosineWave))


@checked()
def SequentialLR(lr: float, schedulers: Sequence[Schedule], milestones: Sequence[int]) -> Schedule:
    """Return the rates of `SequentialLR`: `Then`, with the clock of each schedule set back to 0.

    The scheduler at place $i + 1$ takes over at `milestones[i]`, where it gives its own first rate.
    Two do not: MultiplicativeLR goes on from the last rate before it, times its factor for step 0,
    and SWALR repeats that rate and anneals from it (it has to be made with that `lr`).

    Refused is a SequentialLR or ChainedScheduler inside: in PyTorch it raises NotImplementedError
    after a milestone, and as the first one skips a step (pytorch#196243). `lrdecay.Then` nests.

    Args:
        lr: the optimizer's rate, with which the schedulers were made. A OneCycleLR among them
            overwrites it with `max_lr / div_factor`, from which the first scheduler then starts.
        schedulers: schedules of this dialect.
        milestones: one step less than there are schedulers, none below the one before it.

    Raises:
        ValueError: where PyTorch raises an error, and where an argument is out of range.

    Examples:
        >>> from lrdecay.dialects import torch
        >>> parts = [torch.LinearLR(1.0, 0.1, total_iters=5), torch.CosineAnnealingLR(1.0, 5)]
        >>> rates = torch.SequentialLR(1.0, parts, milestones=[5]).sample(11)
        >>> [round(lr, 4) for lr in rates.tolist()]
        [0.1, 0.28, 0.46, 0.64, 0.82, 1.0, 0.9045, 0.6545, 0.3455, 0.0955, 0.0]
    """
    lr = check("lr", lr, Rate)
    schedules = _checked(schedulers)
    steps = [check("milestones", milestone, StepCount) for milestone in milestones]
    if len(steps) != len(schedules) - 1:
        raise refuse("milestones", milestones, f"{len(schedules) - 1}, one less than schedulers")
    if steps != sorted(steps):
        raise refuse("milestones", milestones, "steps in rising order")
    for schedule in schedules:
        if isinstance(schedule, (Then, Product, Scale, Chain)):
            words = (
                "no SequentialLR or ChainedScheduler itself: PyTorch changes such a schedule or "
                "raises NotImplementedError (pytorch#196243); lrdecay.Then can be nested"
            )
            raise refuse("schedulers", schedule, words)
    _same(lr, schedules[0])
    _overwritten(lr, schedules)
    joined = schedules[0]
    for milestone, schedule in zip(steps, schedules[1:], strict=True):
        joined = Then(joined, _taken_over(schedule, joined, milestone), milestone)
    return joined


def _taken_over(schedule: Schedule, before: Schedule, milestone: int) -> Schedule:
    """Return a schedule as it goes on after another."""
    if milestone == 0:
        return schedule
    if isinstance(schedule, Multiplicative):
        found = before(milestone - 1) * schedule.factor(0)
        return Multiplicative(found, schedule.factor)
    anneals = isinstance(schedule, Cosine) or (
        isinstance(schedule, Piecewise) and schedule.between == "linear"
    )
    if anneals and not _close(schedule(0), before(milestone - 1)):
        words = f"made with lr = {before(milestone - 1)}, the rate that SWALR finds and starts from"
        raise refuse("schedulers", schedule, words)
    return schedule


def _checked(schedulers: Sequence[Schedule]) -> list[Schedule]:
    for schedule in schedulers:
        check_schedule("schedulers", schedule)
    if not schedulers:
        raise refuse("schedulers", schedulers, "one schedule or more")
    return list(schedulers)


def _overwritten(lr: float, schedules: list[Schedule]) -> None:
    """Refuse what a `OneCycleLR` changes by writing its rates into the optimizer."""
    cycles = [schedule for schedule in schedules if isinstance(schedule, OneCycleRun)]
    if len({(cycle.base_lr, cycle.start_lr, cycle.final_lr) for cycle in cycles}) > 1:
        words = "at most one OneCycleLR: the last one made overwrites the rates of the others"
        raise refuse("schedulers", cycles, words)
    if cycles and not isinstance(schedules[0], _OVERWRITES):
        start = cycles[0].start_lr
        if not _close(lr, start):
            words = f"max_lr / div_factor = {start}, with which OneCycleLR overwrites it"
            raise refuse("lr", lr, words)


def _same(lr: float, schedule: Schedule) -> None:
    """Refuse a schedule that was made with another rate, where it shows."""
    known: Any = None
    if isinstance(schedule, (Step, Exponential, Polynomial, CosineWave, Multiplicative)):
        known = schedule.base_lr
    elif isinstance(schedule, Piecewise) and schedule.between == "constant":
        known = schedule.values[-1]
    if known is not None and not _close(known, lr):
        raise refuse("schedulers", schedule, f"made with the same lr = {lr}")


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12)
