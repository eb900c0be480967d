"""PyTorch's schedulers that multiply the optimizer's rate by a factor of the step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from ...checks import Fraction, Positive, Rate, StepCount, Steps, check, checked, refuse
from ...families.exponential import Exponential
from ...families.linear import Linear
from ...families.multistep import MultiStep
from ...families.piecewise import Piecewise
from ...families.polynomial import Polynomial
from ...families.step import Step
from ...schedule import Constant, Schedule
from ..shared import Factor
from .chain import Multiplicative


@checked(base_lr="lr")
def LambdaLR(lr: Rate, lr_lambda: Callable[[int], float]) -> Schedule:
    """Return the rates of `LambdaLR`: `lr` times a function of the step, called each time.

    Compared:
        Calls a Python function for every step, so that it cannot be traced.

    Args:
        lr: the optimizer's rate.
        lr_lambda: a Python function of the step, one.

    Examples:
        >>> LambdaLR(1.0, lambda k: 1 / (k + 1)).sample(3).round(4).tolist()
        [1.0, 0.5, 0.3333]
    """
    return Factor(lr, lr_lambda)


@checked(base_lr="lr")
def MultiplicativeLR(lr: Rate, lr_lambda: Callable[[int], float]) -> Schedule:
    """Return the rates of `MultiplicativeLR`: `lr` times the function's values for 1, 2, ..., `k`.

    Compared:
        A running product of a Python function's values; cannot be traced.

    Args:
        lr: the optimizer's rate, used at step 0.
        lr_lambda: a Python function of the step, one; not asked for step 0.

    Examples:
        >>> MultiplicativeLR(1.0, lambda k: 0.5).sample(3).tolist()
        [1.0, 0.5, 0.25]
    """
    return Multiplicative(lr, lr_lambda)


@checked(base_lr="lr")
def StepLR(lr: Rate, step_size: int, gamma: float = 0.1) -> Schedule:
    """Return the rates of `StepLR`: those of `Step`.

    Compared:
        The same as Step.

    Examples:
        >>> StepLR(1.0, 2, gamma=0.5).sample(5).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return Step(lr, step_size, gamma)


@checked()
def MultiStepLR(lr: Rate, milestones: Iterable[int], gamma: Positive = 0.1) -> Schedule:
    """Return the rates of `MultiStepLR`: `MultiStep`, where a milestone may come twice or be 0.

    Compared:
        MultiStep that also takes step 0, milestones in any order, and one twice: two drops.

    Args:
        lr: the optimizer's rate.
        milestones: in any order, each >= 0. A milestone that is there twice drops the rate twice,
            one at 0 drops it before the first update.
        gamma: factor of each.

    Examples:
        >>> MultiStepLR(1.0, [3, 1, 3], gamma=0.5).sample(5).tolist()
        [1.0, 0.5, 0.5, 0.125, 0.125]
    """
    steps = several("milestones", milestones)
    counts = Counter(check("milestones", step, StepCount) for step in steps)
    lr *= gamma ** counts.pop(0, 0)
    if not counts:
        return Constant(lr)
    drops = tuple(sorted(counts))
    if len(drops) == counts.total():
        return MultiStep(lr, drops, gamma)
    return MultiStep(lr, drops, tuple(gamma ** counts[step] for step in drops))


_NO_STEPS = (
    "a whole number >= 1: with 0, PyTorch keeps the first rate for ever, or, inside SequentialLR, "
    "divides by zero (pytorch pull request 169107)"
)


def _iterations(total_iters: int) -> int:
    if total_iters == 0:
        raise refuse("total_iters", total_iters, _NO_STEPS)
    return check("total_iters", total_iters, Steps)


@checked()
def ConstantLR(lr: Rate, factor: Fraction = 1.0 / 3, total_iters: int = 5) -> Schedule:
    """Return the rates of `ConstantLR`: `lr * factor` at first, `lr` from `total_iters` on.

    Compared:
        Not constant: a third for 5 steps by default, then the full rate.

    Args:
        lr: the optimizer's rate.
        factor: above 0, at most 1. PyTorch takes 0 and then divides by it at `total_iters`.
        total_iters: the first step at the full rate, >= 1.

    Raises:
        ValueError: if `factor` or `total_iters` is out of range.

    Examples:
        >>> ConstantLR(1.0, 0.5, total_iters=3).sample(5).tolist()
        [0.5, 0.5, 0.5, 1.0, 1.0]
    """
    if factor == 0:
        raise refuse("factor", factor, "above 0: PyTorch divides by it at total_iters")
    return Piecewise((_iterations(total_iters),), (lr * factor, lr))


@checked()
def LinearLR(
    lr: Rate, start_factor: Fraction = 1.0 / 3, end_factor: Fraction = 1.0, total_iters: int = 5
) -> Schedule:
    """Return the rates of `LinearLR`: `Linear` between two factors of `lr`, held at `total_iters`.

    Compared:
        Factors of lr, by default from a third up to 1; never starts at 0.

    Args:
        lr: the optimizer's rate.
        start_factor: above 0, at most 1: there is no warmup from 0.
        end_factor: from 0 to 1.
        total_iters: the first step at the second factor, >= 1.

    Raises:
        ValueError: if a factor or `total_iters` is out of range.

    Examples:
        >>> LinearLR(1.0, 0.5, total_iters=2).sample(4).tolist()
        [0.5, 0.75, 1.0, 1.0]
    """
    if start_factor == 0:
        raise refuse("start_factor", start_factor, "above 0, as PyTorch wants it")
    return Linear(lr * start_factor, _iterations(total_iters), lr * end_factor)


@checked(base_lr="lr")
def ExponentialLR(lr: Rate, gamma: Positive) -> Schedule:
    """Return the rates of `ExponentialLR`: those of `Exponential`.

    Compared:
        The same as Exponential with gamma.

    Examples:
        >>> ExponentialLR(1.0, 0.5).sample(3).tolist()
        [1.0, 0.5, 0.25]
    """
    return Exponential(lr, gamma=gamma)


@checked(base_lr="lr")
def PolynomialLR(lr: Rate, total_iters: int = 5, power: float = 1.0) -> Schedule:
    """Return the rates of `PolynomialLR`: `Polynomial` to 0, which is held from `total_iters` on.

    Compared:
        Polynomial that always ends at 0, linear and over 5 steps by default.

    Args:
        lr: the optimizer's rate.
        total_iters: the first step at 0, >= 1.
        power: > 0. PyTorch takes 0, which changes nothing, and negative ones, for which it divides
            by zero at `total_iters`.

    Raises:
        ValueError: if `total_iters` or `power` is out of range.

    Examples:
        >>> PolynomialLR(1.0, total_iters=4).sample(6).tolist()
        [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    return Polynomial(lr, _iterations(total_iters), power)


def several(name: str, values: Any) -> list[Any]:
    """Return the values of anything that can be iterated over as a list."""
    try:
        return list(values)
    except TypeError:
        raise refuse(name, values, "a list") from None
