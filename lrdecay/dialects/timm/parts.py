"""What timm's schedulers share: arguments that change nothing, warmup, and cycles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ...checks import MOST_STEPS, Flag, Positive, Rate, Steps, check, refuse
from ...families.restarts import CosineRestarts
from ...families.restarts import cycle_table as ours
from ...schedule import Constant, Schedule, Skip, Then
from ..shared import warmed
from .cycles import Cycles, cycle_table


class Ignored(TypedDict, total=False):
    """Arguments of every timm scheduler that do not change its rates."""

    t_in_epochs: bool
    noise_range_t: Any
    noise_pct: float
    noise_std: float
    noise_seed: int | None
    noise_type: str
    initialize: bool


NO_NOISE = (
    "None: timm draws its noise from torch's generator, which only torch can repeat; "
    "lrdecay.Noise makes any schedule noisy with NumPy's"
)


def refuse_noise(ignored: Mapping[str, Any]) -> None:
    """Raise unless all of these arguments are timm's and none asks for noise."""
    unknown = ignored.keys() - Ignored.__annotations__.keys()
    if unknown:
        raise TypeError(f"timm's schedulers take no {', '.join(sorted(unknown))}")
    noise = ignored.get("noise_range_t")
    if noise is not None:
        raise refuse("noise_range_t", noise, NO_NOISE)


def after_warmup(
    lr: float, main: Schedule, warmup_t: int, warmup_lr_init: float, *, prefix: bool
) -> Schedule:
    """Return a linear ramp to `lr`, then `main`: from its start, or as if it had run all along.

    Without warmup the first rate is `lr`: timm asks no schedule before its first step.
    """
    in_front = check("warmup_prefix", prefix, Flag)
    if not warmup_t:
        return main if main(0) == lr else Then(Constant(lr), Skip(main, steps=1), at=1)
    rest = main if in_front else Skip(main, warmup_t)
    return warmed(lr, rest, warmup_t, start_lr=warmup_lr_init, name="warmup_t")


def in_cycles(
    lr: float,
    t_initial: int,
    shape: Schedule,
    *,
    lr_min: float,
    cycle_mul: float,
    cycle_decay: float,
    cycle_limit: int,
    k_decay: float = 1.0,
) -> Schedule:
    """Return a shape, from 1 at its step 0 to 0 at its step 1, in timm's cycles."""
    if cycle_limit <= 0:
        return Constant(lr_min)
    return Cycles(lr, t_initial, shape, cycle_mul, lr_min, cycle_decay, cycle_limit, k_decay)


def cosine_restarts(
    lr: float,
    t_initial: int,
    *,
    lr_min: float,
    cycle_mul: float,
    cycle_decay: float,
    cycle_limit: int,
) -> Schedule | None:
    """Return the same cycles as `CosineRestarts`, or None where timm rounds a restart away."""
    steps, mult = check("t_initial", t_initial, Steps), check("cycle_mul", cycle_mul, Positive)
    limit = check("cycle_limit", cycle_limit, Steps)
    if mult != 1:
        theirs = cycle_table(steps, mult, limit)
        if mult > MOST_STEPS or not theirs.agrees(ours(steps, mult, limit)):
            return None
    check("lr", lr, Rate)
    return CosineRestarts(lr, steps, mult, lr_min, cycle_decay, limit)
