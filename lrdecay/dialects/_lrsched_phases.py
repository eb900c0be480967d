"""The schedules of lrsched that are made of phases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..arguments import checked
from ..checks import Fraction, Positive, Rate, StepCount, Steps, check, refuse
from ..families.onecycle import OneCycle
from ..families.warmup import Warmup
from ..families.wsd import WSD
from ..schedule import Constant, Schedule, Then
from ._warmed import warmed

DecayShape = Literal["linear", "1-sqrt"]


@checked()
def one_cycle(
    *, max_lr: float, total_steps: int, pct_start: float, initial_div: float, final_div: float
) -> Schedule:
    """Return lrsched's one-cycle: `OneCycle` with cosine curves.

    Args:
        max_lr: the peak.
        total_steps: the horizon, >= 2, at which the last rate is reached.
        pct_start: share of it up to the peak, rounded to whole steps, at least one.
        initial_div: the peak through the rate at step 0.
        final_div: the peak through the last rate; in PyTorch it is the first rate that is divided.

    Examples:
        >>> schedule = one_cycle(
        ...     max_lr=1.0, total_steps=6, pct_start=0.3, initial_div=10, final_div=100
        ... )
        >>> schedule.sample(8).round(4).tolist()
        [0.1, 0.55, 1.0, 0.855, 0.505, 0.155, 0.01, 0.01]
    """
    peak, total = check("max_lr", max_lr, Rate), check("total_steps", total_steps, Steps)
    if not 0 < check("pct_start", pct_start, Fraction) < 1:
        raise refuse("pct_start", pct_start, "above 0 and below 1")
    if total < 2:
        raise refuse("total_steps", total_steps, "at least 2")
    rise = min(max(1, round(pct_start * total)), total - 1)
    start_lr = peak / check("initial_div", initial_div, Positive)
    return OneCycle(peak, total, rise, start_lr, peak / check("final_div", final_div, Positive))


@checked(start_lr="warmup_start")
def warmup_stable_decay(
    *,
    base_lr: float,
    warmup_steps: int,
    decay_steps: int,
    total_steps: int,
    final_lr: float,
    warmup_start: float,
    decay_shape: DecayShape,
) -> Schedule:
    """Return lrsched's warmup-stable-decay: `Warmup` from `warmup_start`, then `WSD`.

    Args:
        base_lr: the rate that is held.
        warmup_steps: length of the warmup.
        decay_steps: length of the cooldown; with 0 `base_lr` is held for ever.
        total_steps: length of all phases, at which `final_lr` is reached.
        final_lr: the last rate.
        warmup_start: learning rate at step 0.
        decay_shape: shape of the cooldown.

    Examples:
        >>> schedule = warmup_stable_decay(
        ...     base_lr=1.0, warmup_steps=2, decay_steps=2, total_steps=6, final_lr=0.0,
        ...     warmup_start=0.0, decay_shape="linear",
        ... )
        >>> schedule.sample(8).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    total = check("total_steps", total_steps, Steps)
    rest = total - check("warmup_steps", warmup_steps, StepCount)
    if check("decay_steps", decay_steps, StepCount) > rest:
        raise refuse("decay_steps", decay_steps, f"at most total_steps - warmup_steps = {rest}")
    check("final_lr", final_lr, Rate)
    main: Schedule = Constant(base_lr)
    if decay_steps > 0:
        main = WSD(base_lr, rest, decay_steps, final_lr=final_lr, shape=decay_shape)
    return warmed(base_lr, main, warmup_steps, start_lr=warmup_start, name="warmup_steps")


@checked()
def with_warmup(schedule: Schedule, *, warmup_steps: int, start_lr: float) -> Schedule:
    """Return lrsched's warmup in front of a schedule: `Warmup` with first "zero".

    Examples:
        >>> with_warmup(Constant(1.0), warmup_steps=2, start_lr=0.0).sample(4).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """
    return Warmup(schedule, check("warmup_steps", warmup_steps, Steps), start_lr, first="zero")


@checked()
def sequential(phases: Sequence[tuple[int, Schedule]]) -> Schedule:
    """Return lrsched's schedules one after another, each on its own clock: `Then`.

    Past the last phase, lrsched 0.5.0 holds the rate of its last step, not the one that comes next.

    Args:
        phases: how many steps, >= 1, of which schedule.

    Examples:
        >>> from lrdecay import Linear
        >>> sequential([(2, Constant(1.0)), (4, Linear(1.0, 4))]).sample(9).tolist()
        [1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.25, 0.25, 0.25]
    """
    if not phases:
        raise refuse("phases", phases, "one or more pairs of steps and schedule")
    whole: Schedule | None = None
    for duration, schedule in reversed(phases):
        steps = check("phases", duration, Steps)
        if not isinstance(schedule, Schedule):
            raise refuse("phases", schedule, "a Schedule")
        held = Constant(schedule(steps - 1)) if whole is None else whole
        whole = Then(schedule, held, at=steps)
    assert whole is not None
    return whole
