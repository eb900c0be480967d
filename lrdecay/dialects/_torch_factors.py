"""PyTorch's schedulers that multiply the optimizer's rate by a factor of the step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from ..arguments import checked
from ..checks import Fraction, Positive, Rate, StepCount, Steps, check, refuse
from ..families.exponential import Exponential
from ..families.linear import Linear
from ..families.multistep import MultiStep
from ..families.piecewise import Piecewise
from ..families.polynomial import Polynomial
from ..families.step import Step
from ..schedule import Constant, Schedule
from ._functions import Factor, Multiplicative, check_function
from ._torch_checks import several


@checked(base_lr="lr")
def LambdaLR(lr: float, lr_lambda: Callable[[int], float]) -> Schedule:
    """Return the rates of `LambdaLR`: `lr` times a function of the step, called each time.

    Args:
        lr: the optimizer's rate.
        lr_lambda: a Python function of the step, one.

    Examples:
        >>> LambdaLR(1.0, lambda k: 1 / (k + 1)).sample(3).round(4).tolist()
        [1.0, 0.5, 0.3333]
    """
    check_function("lr_lambda", lr_lambda)
    return Factor(check("lr", lr, Rate), lr_lambda)


@checked(base_lr="lr")
def MultiplicativeLR(lr: float, lr_lambda: Callable[[int], float]) -> Schedule:
    """Return the rates of `MultiplicativeLR`: `lr` times the function's values for 1, 2, ..., `k`.

    Args:
        lr: the optimizer's rate, used at step 0.
        lr_lambda: a Python function of the step, one; not asked for step 0.

    Examples:
        >>> MultiplicativeLR(1.0, lambda k: 0.5).sample(3).tolist()
        [1.0, 0.5, 0.25]
    """
    check_function("lr_lambda", lr_lambda)
    return Multiplicative(check("lr", lr, Rate), lr_lambda)


@checked(base_lr="lr")
def StepLR(lr: float, step_size: int, gamma: float = 0.1) -> Schedule:
    """Return the rates of `StepLR`: those of `Step`.

    Examples:
        >>> StepLR(1.0, 2, gamma=0.5).sample(5).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return Step(check("lr", lr, Rate), step_size, gamma)


@checked()
def MultiStepLR(lr: float, milestones: Iterable[int], gamma: float = 0.1) -> Schedule:
    """Return the rates of `MultiStepLR`: `MultiStep`, where a milestone may come twice or be 0.

    Args:
        lr: the optimizer's rate.
        milestones: in any order, each >= 0. A milestone that is there twice drops the rate twice,
            one at 0 drops it before the first update.
        gamma: factor of each.

    Examples:
        >>> MultiStepLR(1.0, [3, 1, 3], gamma=0.5).sample(5).tolist()
        [1.0, 0.5, 0.5, 0.125, 0.125]
    """
    lr, gamma = check("lr", lr, Rate), check("gamma", gamma, Positive)
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
def ConstantLR(lr: float, factor: float = 1.0 / 3, total_iters: int = 5) -> Schedule:
    """Return the rates of `ConstantLR`: `lr * factor` at first, `lr` from `total_iters` on.

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
    lr, factor = check("lr", lr, Rate), check("factor", factor, Fraction)
    if factor == 0:
        raise refuse("factor", factor, "above 0: PyTorch divides by it at total_iters")
    return Piecewise((_iterations(total_iters),), (lr * factor, lr))


@checked()
def LinearLR(
    lr: float, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5
) -> Schedule:
    """Return the rates of `LinearLR`: `Linear` between two factors of `lr`, held at `total_iters`.

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
    lr = check("lr", lr, Rate)
    start = check("start_factor", start_factor, Fraction)
    end = check("end_factor", end_factor, Fraction)
    if start == 0:
        raise refuse("start_factor", start_factor, "above 0, as PyTorch wants it")
    return Linear(lr * start, _iterations(total_iters), lr * end)


@checked(base_lr="lr")
def ExponentialLR(lr: float, gamma: float) -> Schedule:
    """Return the rates of `ExponentialLR`: those of `Exponential`.

    Examples:
        >>> ExponentialLR(1.0, 0.5).sample(3).tolist()
        [1.0, 0.5, 0.25]
    """
    return Exponential(check("lr", lr, Rate), gamma=check("gamma", gamma, Positive))


@checked(base_lr="lr")
def PolynomialLR(lr: float, total_iters: int = 5, power: float = 1.0) -> Schedule:
    """Return the rates of `PolynomialLR`: `Polynomial` to 0, which is held from `total_iters` on.

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
    return Polynomial(check("lr", lr, Rate), _iterations(total_iters), power)
