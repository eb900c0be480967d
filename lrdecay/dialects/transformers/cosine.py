"""The four cosine schedules of transformers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ...checks import Positive, Rate, StepCount, Steps, check, checked
from ...families.linear import Linear
from ...families.restarts import CosineCycles
from ...families.warmup import Warmup
from ...schedule import Constant, Schedule, Skip, Then
from ..shared import CosineWave, warmed


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
    lr: float, num_warmup_steps: StepCount, num_training_steps: Steps, num_cycles: float = 0.5
) -> Schedule:
    """Return transformers' cosine schedule: `Warmup` of a `Cosine` that rises again.

    Starts at 0, reaches `lr` at `num_warmup_steps` and, with the default `num_cycles`, 0 at
    `num_training_steps`, warmup included. After that the rate climbs back to `lr`, and so on.

    Compared:
        Rises again after num_training_steps, where Cosine holds; warmup inside and from 0.

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
    decay_steps = max(1, num_training_steps - num_warmup_steps)
    return warmed(lr, CosineWave(lr, decay_steps, waves=num_cycles), num_warmup_steps)


@checked(base_lr="lr", cycles="num_cycles")
def get_cosine_with_hard_restarts_schedule_with_warmup(
    lr: float, num_warmup_steps: StepCount, num_training_steps: Steps, num_cycles: Positive = 1.0
) -> Schedule:
    """Return transformers' cosine schedule with restarts: `Warmup` of `CosineCycles`.

    Starts at 0 and reaches `lr` at `num_warmup_steps`; 0 from `num_training_steps` on, warmup
    included. Transformers 5.23.0 finds the restarts in floating point, and from 22 cycles on misses
    some, whose first rate is then 0 instead of `lr`. For such a number, and for a `num_cycles` that
    is not whole, the result has the rounded formula too.

    Compared:
        Finds restarts in floating point: from 22 cycles on, some begin at 0 instead of the peak.

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
    decay_steps = max(1, num_training_steps - num_warmup_steps)
    restarts: Schedule
    if num_cycles.is_integer() and _finds_restarts(int(num_cycles), decay_steps):
        restarts = CosineCycles(lr, decay_steps, int(num_cycles))
    else:
        restarts = RoundedRestarts(lr, decay_steps, num_cycles)
    return warmed(lr, restarts, num_warmup_steps)


@checked(base_lr="lr", waves="num_cycles")
def get_cosine_with_min_lr_schedule_with_warmup(
    lr: float,
    num_warmup_steps: StepCount,
    num_training_steps: Steps,
    num_cycles: float = 0.5,
    *,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
) -> Schedule:
    """Return transformers' cosine to a minimum: `Warmup` of a `Cosine` that rises again.

    As `get_cosine_schedule_with_warmup`, with `min_lr` in place of 0 at `num_training_steps`. The
    ramp starts at 0 all the same.

    Compared:
        Rises again after num_training_steps; the ramp starts at 0, not at the minimum.

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
    decay_steps = max(1, num_training_steps - num_warmup_steps)
    final_lr = _final_lr(lr, min_lr, min_lr_rate)
    return warmed(lr, CosineWave(lr, decay_steps, final_lr, num_cycles), num_warmup_steps)


@checked(base_lr="lr", waves="num_cycles")
def get_cosine_with_min_lr_schedule_with_warmup_lr_rate(
    lr: float,
    num_warmup_steps: StepCount,
    num_training_steps: Steps,
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

    Compared:
        Runs one step ahead: the ramp starts at 1/w, the minimum is that of step T - 1, and the rate
        rises again from T on.

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
    decay_steps = max(1, num_training_steps - num_warmup_steps)
    final_lr = _final_lr(lr, min_lr, min_lr_rate)
    decay = Skip(CosineWave(lr, decay_steps, final_lr, num_cycles), steps=1)
    if num_warmup_steps == 0:
        return decay
    if warmup_lr_rate is None:
        ramp = Warmup(Constant(lr), num_warmup_steps, first="1/w")
        return Then(ramp, decay, at=num_warmup_steps)
    start_lr = check("warmup_lr_rate", warmup_lr_rate, Rate) * lr
    return Then(Linear(start_lr, max(1, num_warmup_steps - 1), lr), decay, at=num_warmup_steps)


@dataclass(frozen=True, repr=False)
class RoundedRestarts(Schedule):
    r"""`CosineCycles` as floating point finds its restarts: some come one step late.

    With $p = k / \text{total\_steps}$:

    $$\eta_k = \tfrac12\, \text{base\_lr}
      \left(1 + \cos \left(\pi \,(\text{cycles} \cdot p \bmod 1)\right)\right), \quad p < 1$$

    and 0 from $p = 1$ on. Where $\text{cycles} \cdot p$ should be a whole number and is rounded to
    less, the rate is 0 instead of the peak. A compiler that rounds otherwise, such as that behind
    `jax.jit`, misses other restarts.

    Args:
        base_lr: learning rate at the start of each cycle, >= 0.
        total_steps: the horizon, >= 1.
        cycles: number of cycles, > 0, whole or not.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> RoundedRestarts(1.0, total_steps=49, cycles=49).sample(3).tolist()
        [1.0, 0.0, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    cycles: Positive

    def _lr(self, k: Any, xp: Any) -> Any:
        share = k / self.total_steps
        left = (1 + xp.cos(math.pi * (self.cycles * share % 1.0))) / 2
        return xp.where(share < 1.0, self.base_lr * left, xp.full_like(k, 0.0))
