"""The schedulers of pytorch-scheduler by axect (read at 0.2.2).

Warmup is counted inside `total_steps` and starts at 0; the last rate is held. A schedule here is
that of one parameter group; `last_epoch`, which resumes a run, falls away.
"""

from __future__ import annotations

from ...checks import Positive, Rate, Steps, checked, refuse
from ...families.cosine import Cosine
from ...families.inverse import InverseSqrt, PowerLaw
from ...families.linear import Linear
from ...families.others import Chebyshev, Hyperbolic
from ...families.polynomial import Polynomial
from ...families.rex import REX
from ...families.tanh import Tanh
from ...schedule import Clip, Constant, Repeat, Schedule, Skip, Then
from ..shared import compared, warmed
from .curves import ExpHyperbolic, WarmRestarts
from .phases import (
    CosineAnnealingWarmupRestarts,
    FlatCosineScheduler,
    SlantedTriangularScheduler,
    TrapezoidalScheduler,
    WarmupHoldCosineScheduler,
    WarmupScheduler,
    WSDScheduler,
    inside,
)

__all__ = [
    "ChebyshevScheduler",
    "CosineAnnealingWarmupRestarts",
    "CosineWithWarmupScheduler",
    "ExpHyperbolic",
    "ExpHyperbolicLRScheduler",
    "FlatCosineScheduler",
    "HyperbolicLRScheduler",
    "IdentityScheduler",
    "InverseSqrtScheduler",
    "KDecayScheduler",
    "LinearDecayScheduler",
    "PolynomialScheduler",
    "PowerDecayScheduler",
    "RexScheduler",
    "SlantedTriangularScheduler",
    "TanhDecayScheduler",
    "TrapezoidalScheduler",
    "WSDScheduler",
    "WarmRestarts",
    "WarmupHoldCosineScheduler",
    "WarmupScheduler",
]

NOT_SCHEDULES: dict[str, str] = {
    "BaseScheduler": "The base class.",
    "NegativeLRError": "An error.",
    "NegativeStepError": "An error.",
    "PRESETS": "Names with arguments for create_from_preset.",
    "SCHEDULERS": "The classes by name.",
    "SCHEDULER_LIST": "The classes.",
    "create_from_preset": "Makes one of the others with recommended arguments.",
    "create_scheduler": "Makes one of the others by its name.",
    "create_scheduler_from_plan": "The same, with total_steps from epochs.",
    "get_preset_info": "Describes a preset.",
    "get_supported_schedulers": "Lists names.",
    "list_presets": "Lists names.",
    "load_scheduler": "Finds a class by its name.",
}


@checked(base_lr="lr")
def IdentityScheduler(lr: float) -> Schedule:
    """Return pytorch-scheduler's constant schedule: `Constant`.

    Compared:
        The same as Constant.

    Examples:
        >>> IdentityScheduler(0.1)
        Constant(base_lr=0.1)
    """
    return Constant(lr)


@checked(base_lr="lr", final_lr="min_lr")
def ChebyshevScheduler(lr: float, total_steps: int, min_lr: float = 0.0) -> Schedule:
    """Return pytorch-scheduler's Chebyshev nodes: `Chebyshev`.

    Compared:
        The same as Chebyshev.

    Examples:
        >>> ChebyshevScheduler(1.0, total_steps=3)
        Chebyshev(base_lr=1.0, total_steps=3)
    """
    return Chebyshev(lr, total_steps, min_lr)


@checked(base_lr="lr")
def RexScheduler(lr: float, total_steps: int) -> Schedule:
    """Return pytorch-scheduler's reflected exponential: `REX` to 0.

    Compared:
        The same as REX to 0.

    Examples:
        >>> RexScheduler(1.0, total_steps=4)
        REX(base_lr=1.0, total_steps=4)
    """
    return REX(lr, total_steps)


@checked(base_lr="lr", final_lr="min_lr", k_decay="k")
def KDecayScheduler(lr: float, total_steps: int, k: float = 1.0, min_lr: float = 0.0) -> Schedule:
    """Return pytorch-scheduler's cosine with a power of the time: `Cosine` with `k_decay`.

    Compared:
        The same as Cosine with k_decay.

    Examples:
        >>> KDecayScheduler(1.0, total_steps=8, k=2.0)
        Cosine(base_lr=1.0, total_steps=8, k_decay=2.0)
    """
    return Cosine(lr, total_steps, min_lr, k_decay=k)


@checked(base_lr="lr", final_lr="min_lr")
def TanhDecayScheduler(
    lr: float, total_steps: int, steepness: Positive = 3.0, min_lr: float = 0.0
) -> Schedule:
    """Return pytorch-scheduler's hyperbolic tangent: `Tanh`, then a jump to `min_lr`.

    Symmetric, so that it starts somewhat below `lr`. The paper that pytorch-scheduler names for it
    is about something else.

    Compared:
        Symmetric, from -3 to 3, and with a jump to min_lr at the end.

    Examples:
        >>> TanhDecayScheduler(1.0, total_steps=4).sample(5).round(4).tolist()
        [0.9975, 0.9526, 0.5, 0.0474, 0.0]
    """
    return Then(
        Tanh(lr, total_steps, min_lr, -steepness, steepness), Constant(min_lr), at=total_steps
    )


@checked(base_lr="lr", final_lr="min_lr")
def CosineWithWarmupScheduler(
    lr: float, total_steps: int, warmup_steps: int = 0, min_lr: float = 0.0
) -> Schedule:
    """Return pytorch-scheduler's cosine: `Warmup` from 0, then `Cosine`, inside `total_steps`.

    Compared:
        Warmup inside total_steps and from 0, so an update is lost.

    Examples:
        >>> CosineWithWarmupScheduler(1.0, 4, warmup_steps=2).sample(6).round(4).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """
    decay_steps = inside(total_steps, warmup_steps=warmup_steps)
    return warmed(lr, Cosine(lr, decay_steps, min_lr), warmup_steps)


@checked(base_lr="lr", final_lr="min_lr")
def LinearDecayScheduler(
    lr: float, total_steps: int, warmup_steps: int = 0, min_lr: float = 0.0
) -> Schedule:
    """Return pytorch-scheduler's linear decay: `Warmup` from 0, then `Linear`.

    Compared:
        Warmup inside total_steps and from 0.

    Examples:
        >>> LinearDecayScheduler(1.0, 6, warmup_steps=2).sample(8).tolist()
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    decay_steps = inside(total_steps, warmup_steps=warmup_steps)
    return warmed(lr, Linear(lr, decay_steps, min_lr), warmup_steps)


@checked(base_lr="lr", final_lr="min_lr")
def PolynomialScheduler(
    lr: float,
    total_steps: int,
    power: float = 1.0,
    min_lr: float = 0.0,
    warmup_steps: int = 0,
    cycle: bool = False,
) -> Schedule:
    """Return pytorch-scheduler's polynomial: `Warmup` from 0, then `Polynomial`.

    Compared:
        Its cycle repeats the run, warmup included; Polynomial's gets longer.

    Args:
        lr: the peak.
        total_steps: the horizon, warmup included.
        power: exponent of the share that is left.
        min_lr: the last rate.
        warmup_steps: length of the warmup.
        cycle: whether the first `total_steps` rates, warmup included, are repeated for ever.

    Examples:
        >>> PolynomialScheduler(1.0, 4, cycle=True).sample(6).tolist()
        [1.0, 0.75, 0.5, 0.25, 1.0, 0.75]
    """
    decay_steps = inside(total_steps, warmup_steps=warmup_steps)
    whole = warmed(lr, Polynomial(lr, decay_steps, power, min_lr), warmup_steps)
    return Repeat(whole, total_steps) if cycle else whole


@checked(base_lr="lr")
def InverseSqrtScheduler(lr: float, warmup_steps: Steps) -> Schedule:
    """Return pytorch-scheduler's inverse square root: `Warmup` from 0, then `InverseSqrt`.

    Compared:
        With its own warmup, which starts at 0.

    Examples:
        >>> InverseSqrtScheduler(1.0, 4)([0, 2, 4, 16]).tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    return warmed(lr, InverseSqrt(lr, warmup_steps), warmup_steps)


@checked(base_lr="lr", power="alpha")
def PowerDecayScheduler(
    lr: float, total_steps: int, warmup_steps: int = 0, alpha: float = 0.5, min_lr: Rate = 0.0
) -> Schedule:
    """Return pytorch-scheduler's power law: `Warmup` from 0, then `PowerLaw` with a floor.

    Its time scale is `warmup_steps`, or 1 without warmup. `total_steps` changes nothing: past it
    the rate goes on falling.

    Compared:
        total_steps is not used: the rate falls on, but not below min_lr.

    Examples:
        >>> PowerDecayScheduler(1.0, 100, warmup_steps=2)([0, 1, 2, 8]).tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    inside(total_steps, warmup_steps=warmup_steps)
    rest: Schedule = PowerLaw(lr, alpha, warmup_steps or 1)
    if min_lr > 0:
        rest = Clip(rest, low=min_lr)
    if not warmup_steps and rest(0) != lr:  # a floor above the start
        return Then(Constant(lr), Skip(rest, steps=1), at=1)
    return warmed(lr, rest, warmup_steps)


@checked(base_lr="lr", final_lr="min_lr")
def HyperbolicLRScheduler(
    lr: float, total_steps: int, upper_bound: Steps, min_lr: float = 1e-6, warmup_steps: int = 0
) -> Schedule:
    """Return pytorch-scheduler's HyperbolicLR: `Warmup` from `min_lr`, then `Hyperbolic`.

    Compared:
        Hyperbolic with a warmup inside total_steps that starts at min_lr.

    Examples:
        >>> schedule = HyperbolicLRScheduler(1.0, 5, upper_bound=8, min_lr=0.0, warmup_steps=1)
        >>> schedule.sample(6).round(3).tolist()
        [0.0, 1.0, 0.852, 0.693, 0.509, 0.134]
    """
    decay_steps = inside(total_steps, warmup_steps=warmup_steps)
    if upper_bound < total_steps:
        raise refuse("upper_bound", upper_bound, f"at least total_steps = {total_steps}")
    rest = Hyperbolic(lr, decay_steps, upper_bound, min_lr)
    return warmed(lr, rest, warmup_steps, start_lr=min_lr)


@checked(base_lr="lr", final_lr="min_lr")
def ExpHyperbolicLRScheduler(
    lr: float, total_steps: int, upper_bound: Steps, min_lr: float = 1e-6, warmup_steps: int = 0
) -> Schedule:
    """Return pytorch-scheduler's ExpHyperbolicLR: the same in the logarithm of the rate.

    Compared:
        Hyperbolic in the logarithm; the warmup starts at min_lr.

    Examples:
        >>> schedule = ExpHyperbolicLRScheduler(1.0, 4, upper_bound=8, min_lr=0.01)
        >>> schedule.sample(5).round(3).tolist()
        [1.0, 0.506, 0.243, 0.104, 0.019]
    """
    decay_steps = inside(total_steps, warmup_steps=warmup_steps)
    if upper_bound < total_steps:
        raise refuse("upper_bound", upper_bound, f"at least total_steps = {total_steps}")
    rest = ExpHyperbolic(lr, decay_steps, upper_bound, min_lr)
    return warmed(lr, rest, warmup_steps, start_lr=min_lr)


SCHEDULERS = compared(globals())
