"""The warmups of pytorch-warmup (read at 0.2.0), which multiply what another schedule gives.

That schedule's clock runs during the warmup too, so that its peak is never used. The first argument
is the rate of an optimizer without another schedule, or that schedule. The factor of step $k$ is
that of $k + 1$ in the library's formulas: no update is lost. A schedule here is that of one
parameter group; `last_step`, which resumes a run, falls away, and the untuned warmups take Adam's
`beta2`, which the library reads from the optimizer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..checks import Fraction, Positive, Steps, check, checked, refuse
from ..families.warmup import RAdamWarmup as RectifiedWarmup
from ..families.warmup import Warmup
from ..schedule import Constant, Product, Schedule, Skip
from .shared import compared

__all__ = [
    "ExponentialWarmup",
    "LinearWarmup",
    "RAdamWarmup",
    "Saturation",
    "UntunedExponentialWarmup",
    "UntunedLinearWarmup",
]

NOT_SCHEDULES: dict[str, str] = {
    "BaseWarmup": "The base class.",
    "get_offset": "Where the factor of RAdamWarmup starts.",
    "rho_fn": "A part of its formula.",
    "rho_inf_fn": "A part of its formula.",
}


@dataclass(frozen=True, repr=False)
class Saturation(Schedule):
    r"""A factor that comes close to 1: $1 - e^{-(k + 1) / \text{timescale}}$.

    Args:
        timescale: steps after which 63 % of the way is done, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Saturation(2.0).sample(4).round(4).tolist()
        [0.3935, 0.6321, 0.7769, 0.8647]
    """

    timescale: Positive

    def _lr(self, k: Any, xp: Any) -> Any:
        return 1.0 - xp.exp(-(k + 1) / self.timescale)


@checked(factor="lr")
def LinearWarmup(lr: float | Schedule, warmup_period: Steps) -> Schedule:
    """Return pytorch-warmup's linear warmup: a product with `Warmup`, first "1/w".

    Compared:
        Multiplies: the clock of the schedule runs during the warmup. First factor 1/w; factor 1
        from step w - 1 on.

    Args:
        lr: the optimizer's rate, or the schedule that is multiplied.
        warmup_period: steps of the ramp, >= 1; the last of them has the factor 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> LinearWarmup(Linear(1.0, 8), warmup_period=2).sample(4).tolist()
        [0.5, 0.875, 0.75, 0.625]
    """
    return _times(lr, Warmup(Constant(1.0), warmup_period, first="1/w"))


@checked(factor="lr")
def ExponentialWarmup(lr: float | Schedule, warmup_period: Steps) -> Schedule:
    """Return pytorch-warmup's exponential warmup: a product with 1 - exp(-(k + 1) / w).

    Compared:
        The factor 1 - exp(-(k + 1) / w) comes close to 1 and never ends; Warmup's exponential ramp
        is another.

    Args:
        lr: the optimizer's rate, or the schedule that is multiplied.
        warmup_period: steps after which 63 % of the way is done, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> ExponentialWarmup(1.0, warmup_period=2).sample(4).round(4).tolist()
        [0.3935, 0.6321, 0.7769, 0.8647]
    """
    return _times(lr, Saturation(warmup_period))


@checked(factor="lr")
def UntunedLinearWarmup(lr: float | Schedule, beta2: float = 0.999) -> Schedule:
    """Return `LinearWarmup` over int(2 / (1 - beta2)) steps, 1999 for Adam's default.

    Compared:
        Its length is rounded down in floating point: 1999 for beta2 = 0.999, where
        untuned_warmup_steps gives 2000.

    Args:
        lr: the optimizer's rate, or the schedule that is multiplied.
        beta2: Adam's second decay rate, from 0 to below 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> UntunedLinearWarmup(1.0, beta2=0.75).sample(9).tolist()
        [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0, 1.0]
    """
    return LinearWarmup(lr, int(2.0 / (1.0 - _beta2(beta2))))


@checked(factor="lr")
def UntunedExponentialWarmup(lr: float | Schedule, beta2: float = 0.999) -> Schedule:
    """Return `ExponentialWarmup` over int(1 / (1 - beta2)) steps, 999 for Adam's default.

    Compared:
        Its length is rounded down in floating point: 999 for beta2 = 0.999, not 1000.

    Args:
        lr: the optimizer's rate, or the schedule that is multiplied.
        beta2: Adam's second decay rate, from 0 to below 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> UntunedExponentialWarmup(1.0, beta2=0.75).sample(4).round(4).tolist()
        [0.2212, 0.3935, 0.5276, 0.6321]
    """
    return ExponentialWarmup(lr, int(1.0 / (1.0 - _beta2(beta2))))


@checked(factor="lr")
def RAdamWarmup(lr: float | Schedule, beta2: float = 0.999) -> Schedule:
    """Return pytorch-warmup's RAdam warmup: `lrdecay.RAdamWarmup` without its first steps at 0.

    In the first steps the library takes the difference of nearly equal numbers and loses digits,
    six of sixteen with `beta2` 0.9999; this loses fewer.

    Compared:
        Starts where its factor is first above 0, so that no update is lost.

    Args:
        lr: the optimizer's rate, or the schedule that is multiplied.
        beta2: Adam's second decay rate, above 0.6 and below 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> RAdamWarmup(1.0).sample(4).round(4).tolist()
        [0.0173, 0.0258, 0.0327, 0.0387]
    """
    if _beta2(beta2) <= 0.6:
        raise refuse("beta2", beta2, "above 0.6 and below 1")
    most, first = 2.0 / (1.0 - beta2) - 1.0, 1
    while most - 2.0 * first * beta2**first / (1.0 - beta2**first) <= 4.0:
        first += 1
    rectified: Schedule = RectifiedWarmup(Constant(1.0), beta2, threshold=4.0)
    return _times(lr, Skip(rectified, steps=first - 1))


def _beta2(beta2: float) -> float:
    if check("beta2", beta2, Fraction) == 1:
        raise refuse("beta2", beta2, "from 0 to below 1")
    return float(beta2)


def _times(lr: float | Schedule, factor: Schedule) -> Schedule:
    if isinstance(lr, Schedule):
        return Product(lr, factor)
    return factor.scale(lr)


SCHEDULERS = compared(globals())
