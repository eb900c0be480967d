"""The warmup that most peers have: from a rate at step 0 to the peak at step w."""

from __future__ import annotations

from ..checks import StepCount, check
from ..families.warmup import Ramp, Warmup
from ..schedule import Constant, Schedule, Then


def warmed(
    lr: float,
    rest: Schedule,
    warmup_steps: int,
    *,
    start_lr: float = 0.0,
    shape: Ramp = "linear",
    name: str = "num_warmup_steps",
) -> Schedule:
    """Return a ramp from `start_lr` to `lr`, then `rest` on its own clock.

    This is `Warmup` where `rest` starts at `lr`. Elsewhere, the ramp is that of a constant rate and
    the hand-over a jump.

    Args:
        lr: where the ramp goes to.
        rest: what follows it.
        warmup_steps: length of the ramp; 0 gives `rest` itself.
        start_lr: where the ramp starts from.
        shape: which ramp.
        name: what the peer calls `warmup_steps`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> warmed(1.0, Constant(0.5), 2)
        Then(first=Warmup(schedule=Constant(base_lr=1.0), warmup_steps=2, first='zero'), \
second=Constant(base_lr=0.5), at=2)
    """
    steps = check(name, warmup_steps, StepCount)
    if steps == 0:
        return rest
    if rest(0) == lr:
        return Warmup(rest, steps, start_lr, "zero", shape)
    return Then(Warmup(Constant(lr), steps, start_lr, "zero", shape), rest, at=steps)
