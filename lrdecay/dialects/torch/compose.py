"""PyTorch's two ways to combine schedulers, which act on the optimizer's rate and not on values."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from ...checks import Positive, Rate, StepCount, check, checked, refuse
from ...families.cyclic import Cyclic
from ...families.exponential import Exponential
from ...families.linear import Linear
from ...families.multistep import MultiStep
from ...families.piecewise import Piecewise
from ...families.polynomial import Polynomial
from ...families.restarts import CosineRestarts
from ...families.step import Step
from ...schedule import Constant, Schedule, Sum, Then
from ..shared import CosineWave, Factor
from .chain import Alone, Annealed, Chain, Multiplicative, multiplies
from .factors import several
from .onecycle import OneCycleRun

# Where PyTorch computes the rate from the step, whatever rate it finds.
_OVERWRITES = (Factor, CosineRestarts, Cyclic, Sum, OneCycleRun)

# What gives its first rate at every step to 0: PyTorch makes one too many for what is nested.
_KEPT = (Constant, Step, MultiStep, Piecewise, Linear, *_OVERWRITES)


@checked()
def ChainedScheduler(lr: Positive, schedulers: Iterable[Schedule]) -> Schedule:
    """Return the rates of `ChainedScheduler`: the product of schedules, as far as it is one.

    PyTorch lets every scheduler change the rate that the one before it left. For those that
    multiply it (ConstantLR, LinearLR, StepLR, MultiStepLR, ExponentialLR, PolynomialLR,
    MultiplicativeLR) that is the product. A CosineAnnealingLR acts on the distance from `eta_min`
    and, after `T_max`, adds; a SequentialLR undoes what was before it when it is made, and at each
    of its milestones. With those the chain is a formula where all but one multiply, and that one is
    a cosine without `eta_min`; it is followed step by step, and not traceable, everywhere else.
    Refused are those that overwrite the rate at every step (LambdaLR, CosineAnnealingWarmRestarts,
    CyclicLR, OneCycleLR): what stands before them would be lost, and what stands after them act for
    one step only. So is SWALR, which anneals from whatever it finds.

    Compared:
        Product, but each acts on the rate before it: a cosine in it is none after T_max or with
        eta_min, a SequentialLR in it overwrites at its milestones, and what always overwrites is
        refused.

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
    flat: list[Schedule] = []
    for schedule in _checked(schedulers):
        flat += schedule.schedules if isinstance(schedule, Chain) else [schedule]
    for schedule in flat if len(flat) > 1 else []:
        for part in _parts(schedule):
            if not (multiplies(part) or isinstance(part, CosineWave)):
                raise refuse("schedulers", schedule, _why_not_chained(part))
            _same(lr, part)
    return Chain(lr, tuple(flat))


def _why_not_chained(schedule: Schedule) -> str:
    words = (
        "made by one of ConstantLR, LinearLR, StepLR, MultiStepLR, ExponentialLR, PolynomialLR, "
        "MultiplicativeLR, CosineAnnealingLR, ChainedScheduler and SequentialLR"
    )
    if isinstance(schedule, _OVERWRITES):
        return (
            f"{words}: LambdaLR, CosineAnnealingWarmRestarts, CyclicLR and OneCycleLR overwrite "
            "the rate that those before them in the chain have set"
        )
    if isinstance(schedule, Annealed):
        return f"{words}: SWALR anneals from whatever rate it finds, which the others change"
    return f"{words} of this dialect"


@checked()
def SequentialLR(lr: Rate, schedulers: Iterable[Schedule], milestones: Iterable[int]) -> Schedule:
    """Return the rates of `SequentialLR`: `Then`, with the clock of each schedule set back to 0.

    The scheduler at place $i + 1$ takes over at `milestones[i]`, where it gives its own first rate.
    Two do not: MultiplicativeLR goes on from the last rate before it, times its factor for step 0,
    and SWALR repeats that rate and anneals from it (it has to be made with that `lr`).

    A ChainedScheduler may come first, if all in it are ConstantLR, LinearLR, StepLR or MultiStepLR.
    PyTorch 2.13 moves any other, and a SequentialLR, one step ahead when it is put first into
    another (pytorch#196243), and raises NotImplementedError where one of the two has to take over:
    these are refused. `lrdecay.Then` nests.

    Compared:
        Then, each on its own clock; one inside another goes wrong and is refused, but for a
        ChainedScheduler of four kinds as the first.

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
    schedules = _checked(schedulers)
    steps = [check("milestones", step, StepCount) for step in several("milestones", milestones)]
    if len(steps) != len(schedules) - 1:
        raise refuse("milestones", steps, f"{len(schedules) - 1}, one less than schedulers")
    if steps != sorted(steps):
        raise refuse("milestones", steps, "steps in rising order")
    at_start = bisect_right(steps, 0)  # those before it are never stepped
    for i, schedule in enumerate(schedules[at_start:]):
        _check_nested(schedule, first=i == 0)
    for part in _parts(schedules[0]):
        _same(lr, part)
    _overwritten(lr, schedules)
    joined = schedules[0] if steps else Alone(schedules[0])
    for milestone, schedule in zip(steps, schedules[1:], strict=True):
        joined = Then(joined, _taken_over(schedule, joined, milestone), milestone)
    return joined


def _check_nested(schedule: Schedule, *, first: bool) -> None:
    """Refuse a combination of schedulers that PyTorch changes, or cannot start where it stands."""
    if not isinstance(schedule, (Then, Alone, Chain)):
        return
    if not first:
        words = (
            "no SequentialLR or ChainedScheduler where one has to take over at a milestone: there "
            "PyTorch raises NotImplementedError; lrdecay.Then can be nested"
        )
        raise refuse("schedulers", schedule, words)
    if _has_milestones(schedule) or not all(isinstance(part, _KEPT) for part in _parts(schedule)):
        words = (
            "no SequentialLR, and as a ChainedScheduler only one of ConstantLR, LinearLR, StepLR "
            "and MultiStepLR: any other, put first into a SequentialLR, PyTorch 2.13 moves one "
            "step ahead (pytorch#196243); lrdecay.Then can be nested"
        )
        raise refuse("schedulers", schedule, words)


def _has_milestones(schedule: Schedule) -> bool:
    inner = schedule.schedules if isinstance(schedule, Chain) else ()
    return isinstance(schedule, Then) or any(map(_has_milestones, inner))


def _parts(schedule: Schedule) -> Iterator[Schedule]:
    """Yield the schedules that are no combinations, but for what goes on from another's rate."""
    match schedule:
        case Alone():
            yield from _parts(schedule.schedule)
        case Chain():
            for part in schedule.schedules:
                yield from _parts(part)
        case Then():
            yield from _parts(schedule.first)
            if not isinstance(schedule.second, Multiplicative):
                yield from _parts(schedule.second)
        case _:
            yield schedule


def _taken_over(schedule: Schedule, before: Schedule, milestone: int) -> Schedule:
    """Return a schedule as it goes on after another."""
    if milestone == 0:
        return schedule
    if isinstance(schedule, Multiplicative):
        found = before(milestone - 1) * schedule.factor(0)
        return Multiplicative(found, schedule.factor)
    at_once = isinstance(schedule, Annealed) and isinstance(schedule.schedule, Constant)
    anneals = isinstance(schedule, Annealed) and not at_once
    if anneals and not _close(schedule(0), before(milestone - 1)):
        words = f"made with lr = {before(milestone - 1)}, the rate that SWALR finds and starts from"
        raise refuse("schedulers", schedule, words)
    return schedule


def _checked(schedulers: Iterable[Schedule]) -> list[Schedule]:
    schedules = several("schedulers", schedulers)
    for schedule in schedules:
        if not isinstance(schedule, Schedule):
            raise refuse("schedulers", schedule, "a Schedule")
    if not schedules:
        raise refuse("schedulers", schedulers, "one schedule or more")
    return schedules


def _overwritten(lr: float, schedules: list[Schedule]) -> None:
    """Refuse what a `OneCycleLR` changes by writing its rates into the optimizer."""
    parts = [part for schedule in schedules for part in _parts(schedule)]
    cycles = [part for part in parts if isinstance(part, OneCycleRun)]
    if len({(cycle.base_lr, cycle.start_lr, cycle.final_lr) for cycle in cycles}) > 1:
        words = "at most one OneCycleLR: the last one made overwrites the rates of the others"
        raise refuse("schedulers", cycles, words)
    if cycles and not isinstance(parts[0], _OVERWRITES):
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
