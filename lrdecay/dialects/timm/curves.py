"""timm's curves that can be repeated: cosine, polynomial and hyperbolic tangent."""

from __future__ import annotations

from typing import Unpack

from ...checks import Number, StepCount, check, checked, refuse
from ...families.cosine import Cosine
from ...families.polynomial import Polynomial
from ...families.tanh import Tanh
from ...schedule import Constant, Schedule, Skip, Then
from ..shared import warmed
from .parts import Ignored, after_warmup, cosine_restarts, in_cycles, refuse_noise


@checked(
    base_lr="lr", cycles="cycle_limit", final_lr="lr_min", steps="warmup_t", total_steps="t_initial"
)
def CosineLRScheduler(
    lr: float,
    t_initial: int,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    *,
    k_decay: float = 1.0,
    **ignored: Unpack[Ignored],
) -> Schedule:
    """Return timm's cosine: `Cosine`, or `CosineRestarts` with more than one cycle.

    `lr` at step 0 without warmup; `lr_min` from the end of the last cycle on, which with one cycle
    is `t_initial`. timm finds the cycle by a logarithm. Where that is rounded down at a restart, as
    for the sixth cycle with `cycle_mul` 3, that step has `lr_min` instead of the peak, here too.
    With `cycle_mul` below 1 timm fails from step `t_initial` / (1 - `cycle_mul`) on, where this
    holds `lr_min`.

    Compared:
        Without warmup_prefix its clock runs during the warmup, so that the peak is never used;
        cycle_mul may be any factor, and with 3 the sixth cycle starts at the bottom.

    Args:
        lr: the peak of the first cycle.
        t_initial: length of the first cycle.
        lr_min: the bottom of each cycle.
        cycle_mul: factor from one cycle's length to the next.
        cycle_decay: factor from one cycle's peak to the next.
        cycle_limit: number of cycles.
        warmup_t: length of the warmup.
        warmup_lr_init: where the warmup starts from.
        warmup_prefix: whether the warmup is put in front of the schedule.
        k_decay: power of the time in a cycle.
        ignored: what changes nothing; see the module.

    Raises:
        ValueError: if an argument is out of range, or with noise.

    Examples:
        >>> CosineLRScheduler(1.0, t_initial=100)
        Cosine(base_lr=1.0, total_steps=100)
        >>> schedule = CosineLRScheduler(1.0, t_initial=8, warmup_t=3)
        >>> [round(lr, 4) for lr in schedule.sample(9).tolist()]
        [0.0, 0.3333, 0.6667, 0.6913, 0.5, 0.3087, 0.1464, 0.0381, 0.0]
    """
    refuse_noise(ignored)
    cycles = {"lr_min": lr_min, "cycle_mul": cycle_mul, "cycle_decay": cycle_decay}
    main: Schedule | None = None
    if cycle_limit == 1 and cycle_mul == 1:
        main = Cosine(lr, t_initial, lr_min, k_decay=k_decay)
    elif k_decay == 1 and cycle_limit > 1:
        main = cosine_restarts(lr, t_initial, cycle_limit=cycle_limit, **cycles)
    if main is None:
        shape = Cosine(1.0, total_steps=1)
        main = in_cycles(lr, t_initial, shape, cycle_limit=cycle_limit, k_decay=k_decay, **cycles)
    return after_warmup(lr, main, warmup_t, warmup_lr_init, prefix=warmup_prefix)


@checked(
    base_lr="lr", cycles="cycle_limit", final_lr="lr_min", steps="warmup_t", total_steps="t_initial"
)
def PolyLRScheduler(
    lr: float,
    t_initial: int,
    power: float = 0.5,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    *,
    k_decay: float = 1.0,
    **ignored: Unpack[Ignored],
) -> Schedule:
    """Return timm's polynomial: `Polynomial`, by default with power 0.5.

    `lr` at step 0 without warmup; `lr_min` from the end of the last cycle on. Cycles are found as
    in `CosineLRScheduler`. Where timm's rounding leaves less than nothing of a cycle, its rate is a
    complex number, and `lr_min` here.

    Compared:
        The power is 0.5 by default; without warmup_prefix the peak is never used.

    Args:
        lr: the peak of the first cycle.
        t_initial: length of the first cycle.
        power: exponent of the share that is left.
        lr_min: the bottom of each cycle.
        cycle_mul: factor from one cycle's length to the next.
        cycle_decay: factor from one cycle's peak to the next.
        cycle_limit: number of cycles.
        warmup_t: length of the warmup.
        warmup_lr_init: where the warmup starts from.
        warmup_prefix: whether the warmup is put in front of the schedule.
        k_decay: power of the time in a cycle.
        ignored: what changes nothing; see the module.

    Raises:
        ValueError: if an argument is out of range, or with noise.

    Examples:
        >>> schedule = PolyLRScheduler(1.0, t_initial=4)
        >>> schedule
        Polynomial(base_lr=1.0, total_steps=4, power=0.5)
        >>> [round(lr, 4) for lr in schedule.sample(6).tolist()]
        [1.0, 0.866, 0.7071, 0.5, 0.0, 0.0]
    """
    refuse_noise(ignored)
    if cycle_limit == 1 and cycle_mul == 1 and k_decay == 1:
        main: Schedule = Polynomial(lr, t_initial, power, lr_min)
    else:
        main = in_cycles(
            lr,
            t_initial,
            Polynomial(1.0, total_steps=1, power=power),
            lr_min=lr_min,
            cycle_mul=cycle_mul,
            cycle_decay=cycle_decay,
            cycle_limit=cycle_limit,
            k_decay=k_decay,
        )
    return after_warmup(lr, main, warmup_t, warmup_lr_init, prefix=warmup_prefix)


@checked(base_lr="lr", final_lr="lr_min", steps="warmup_t", total_steps="t_initial")
def TanhLRScheduler(
    lr: float,
    t_initial: int,
    lb: Number = -7.0,
    ub: Number = 3.0,
    lr_min: float = 0.0,
    cycle_mul: float = 1.0,
    cycle_decay: float = 1.0,
    cycle_limit: int = 1,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = False,
    **ignored: Unpack[Ignored],
) -> Schedule:
    """Return timm's hyperbolic tangent: `Tanh`, then `lr_min`, which it only comes close to.

    The warmup ends at `lr`, or without `warmup_prefix` at the rate that the schedule has by then,
    so that of timm's schedules this one has no jump there. Cycles are found as in
    `CosineLRScheduler`.

    Compared:
        Jumps to lr_min at the end, which Tanh only comes close to; without warmup_prefix the warmup
        ends at the rate that the schedule has by then.

    Args:
        lr: what the start comes close to.
        t_initial: length of the first cycle.
        lb: argument of the tangent at the start.
        ub: argument of the tangent at the end.
        lr_min: the bottom of each cycle.
        cycle_mul: factor from one cycle's length to the next.
        cycle_decay: factor from one cycle's peak to the next.
        cycle_limit: number of cycles.
        warmup_t: length of the warmup.
        warmup_lr_init: where the warmup starts from.
        warmup_prefix: whether the warmup is put in front of the schedule.
        ignored: what changes nothing; see the module.

    Raises:
        ValueError: if an argument is out of range, or with noise.

    Examples:
        >>> schedule = TanhLRScheduler(1.0, t_initial=4)
        >>> [round(lr, 4) for lr in schedule.sample(6).tolist()]
        [1.0, 0.9999, 0.982, 0.2689, 0.0, 0.0]
    """
    refuse_noise(ignored)
    if lb >= ub:
        raise refuse("lb", lb, f"below ub = {ub}")
    if cycle_limit == 1 and cycle_mul == 1:
        main: Schedule = Then(Tanh(lr, t_initial, lr_min, lb, ub), Constant(lr_min), at=t_initial)
    else:
        main = in_cycles(
            lr,
            t_initial,
            Tanh(1.0, 1, lower=lb, upper=ub),
            lr_min=lr_min,
            cycle_mul=cycle_mul,
            cycle_decay=cycle_decay,
            cycle_limit=check("cycle_limit", cycle_limit, StepCount),
        )
    if warmup_prefix or not warmup_t:
        return after_warmup(lr, main, warmup_t, warmup_lr_init, prefix=True)
    rest = Skip(main, warmup_t)
    return warmed(rest(0), rest, warmup_t, start_lr=warmup_lr_init, name="warmup_t")
