"""The four cosine schedules of transformers."""

from __future__ import annotations

import math

from ..arguments import checked
from ..checks import Positive, Rate, StepCount, Steps, check
from ..families.linear import Linear
from ..families.restarts import CosineCycles
from ..families.warmup import Warmup
from ..schedule import Constant, Schedule, Skip, Then
from ._warmed import warmed
from ._wave import CosineWave, RoundedRestarts


def decay_steps_of(num_warmup_steps: int, num_training_steps: int) -> int:
    """Return the steps that are left after the warmup; negative where it is longer than the run."""
    total = check("num_training_steps", num_training_steps, Steps)
    return total - check("num_warmup_steps", num_warmup_steps, StepCount)


def _final_lr(lr: float, min_lr: float | None, min_lr_rate: float | None) -> float:
    if (min_lr is None) == (min_lr_rate is None):
        given = {"min_lr": min_lr, "min_lr_rate": min_lr_rate}
        raise ValueError(f"exactly one of min_lr, min_lr_rate must be given, got {given}")
    if min_lr_rate is not None:
        return check("min_lr_rate", min_lr_rate, Rate) * lr
    return check("min_lr", min_lr, Rate)


_MOST_RESTARTS = 10_000


def _finds_restarts(cycles: int, decay_steps: int) -> bool:
    """Whether every restart that falls on a step is also found in floating point."""
    together = math.gcd(cycles, decay_steps)
    if together > _MOST_RESTARTS:  # too many to look at: what is rounded as there is never wrong
        return False
    restarts = (i * (decay_steps // together) for i in range(together))
    return all((cycles * (k / decay_steps)).is_integer() for k in restarts)


@checked(base_lr="lr", waves="num_cycles")
def get_cosine_schedule_with_warmup(
    lr: float, num_warmup_steps: int, num_training_steps: int, num_cycles: float = 0.5
) -> Schedule:
    """Return transformers' cosine schedule: `Warmup` of a `Cosine` that rises again.

    Starts at 0, reaches `lr` at `num_warmup_steps` and, with the default `num_cycles`, 0 at
    `num_training_steps`, warmup included. After that the rate climbs back to `lr`, and so on.

    Args:
        lr: the peak.
        num_warmup_steps: length of the warmup.
        num_training_steps: the horizon.
        num_cycles: whole waves in what follows the warmup; 0.5 falls once.

    Examples:
        >>> schedule = get_cosine_schedule_with_warmup(1.0, 2, 6)
        >>> [round(lr, 4) for lr in schedule.sample(9).tolist()]
        [0.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464, 0.5]
    """
    decay_steps = max(1, decay_steps_of(num_warmup_steps, num_training_steps))
    return warmed(lr, CosineWave(lr, decay_steps, waves=num_cycles), num_warmup_steps)


@checked(base_lr="lr", cycles="num_cycles")
def get_cosine_with_hard_restarts_schedule_with_warmup(
    lr: float, num_warmup_steps: int, num_training_steps: int, num_cycles: float = 1
) -> Schedule:
    """Return transformers' cosine schedule with restarts: `Warmup` of `CosineCycles`.

    Starts at 0 and reaches `lr` at `num_warmup_steps`; 0 from `num_training_steps` on, warmup
    included. Transformers 5.23.0 finds the restarts in floating point, and from 22 cycles on misses
    some, whose first rate is then 0 instead of `lr`. For such a number, and for a `num_cycles` that
    is not whole, the result has the rounded formula too.

    Args:
        lr: the peak.
        num_warmup_steps: length of the warmup.
        num_training_steps: the horizon.
        num_cycles: cycles in what follows the warmup, > 0.

    Examples:
        >>> schedule = get_cosine_with_hard_restarts_schedule_with_warmup(1.0, 0, 8, num_cycles=2)
        >>> [round(lr, 4) for lr in schedule.sample(9).tolist()]
        [1.0, 0.8536, 0.5, 0.1464, 1.0, 0.8536, 0.5, 0.1464, 0.0]
    """
    decay_steps = max(1, decay_steps_of(num_warmup_steps, num_training_steps))
    cycles = check("num_cycles", num_cycles, Positive)
    restarts: Schedule
    if cycles.is_integer() and _finds_restarts(int(cycles), decay_steps):
        restarts = CosineCycles(lr, decay_steps, int(cycles))
    else:
        restarts = RoundedRestarts(lr, decay_steps, cycles)
    return warmed(lr, restarts, num_warmup_steps)


@checked(base_lr="lr", waves="num_cycles")
def get_cosine_with_min_lr_schedule_with_warmup(
    lr: float,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    *,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
) -> Schedule:
    """Return transformers' cosine to a minimum: `Warmup` of a `Cosine` that rises again.

    As `get_cosine_schedule_with_warmup`, with `min_lr` in place of 0 at `num_training_steps`. The
    ramp starts at 0 all the same.

    Args:
        lr: the peak.
        num_warmup_steps: length of the warmup.
        num_training_steps: the horizon.
        num_cycles: whole waves in what follows the warmup.
        min_lr: the other end of the wave; exactly one of it and `min_lr_rate`.
        min_lr_rate: the same as a share of `lr`.

    Examples:
        >>> schedule = get_cosine_with_min_lr_schedule_with_warmup(1.0, 2, 6, min_lr=0.1)
        >>> [round(lr, 4) for lr in schedule.sample(9).tolist()]
        [0.0, 0.5, 1.0, 0.8682, 0.55, 0.2318, 0.1, 0.2318, 0.55]
    """
    decay_steps = max(1, decay_steps_of(num_warmup_steps, num_training_steps))
    final_lr = _final_lr(lr, min_lr, min_lr_rate)
    return warmed(lr, CosineWave(lr, decay_steps, final_lr, num_cycles), num_warmup_steps)


@checked(base_lr="lr", waves="num_cycles")
def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    lr: float,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    *,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
    warmup_lr_rate: float | None = None,
) -> Schedule:
    """Return transformers' other cosine to a minimum, which runs one step ahead.

    The ramp is `Warmup` with first "1/w", so that the peak is used at `num_warmup_steps` - 1 and,
    as the cosine is entered at its own step 1, not again. The minimum is that of step
    `num_training_steps` - 1, the last of the run; then the rate rises again.

    Args:
        lr: the peak.
        num_warmup_steps: length of the warmup.
        num_training_steps: the horizon.
        num_cycles: whole waves in what follows the warmup.
        min_lr: the other end of the wave; exactly one of it and `min_lr_rate`.
        min_lr_rate: the same as a share of `lr`.
        warmup_lr_rate: where the ramp starts, as a share of `lr`; 1 / `num_warmup_steps` when not
            given.

    Examples:
        >>> schedule = get_cosine_with_min_lr_schedule_with_warmup_lr_rate(1.0, 2, 6, min_lr=0.1)
        >>> [round(lr, 4) for lr in schedule.sample(8).tolist()]
        [0.5, 1.0, 0.8682, 0.55, 0.2318, 0.1, 0.2318, 0.55]
    """
    decay_steps = max(1, decay_steps_of(num_warmup_steps, num_training_steps))
    final_lr = _final_lr(lr, min_lr, min_lr_rate)
    decay = Skip(CosineWave(lr, decay_steps, final_lr, num_cycles), steps=1)
    if num_warmup_steps == 0:
        return decay
    if warmup_lr_rate is None:
        ramp = Warmup(Constant(lr), num_warmup_steps, first="1/w")
        return Then(ramp, decay, at=num_warmup_steps)
    start_lr = check("warmup_lr_rate", warmup_lr_rate, Rate) * lr
    return Then(Linear(start_lr, max(1, num_warmup_steps - 1), lr), decay, at=num_warmup_steps)
