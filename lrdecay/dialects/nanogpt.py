"""The schedule of nanoGPT (`train.py` at commit 3adf61e of 2025-11-12)."""

from __future__ import annotations

from ..checks import Rate, StepCount, checked, refuse
from ..families.warmup import Warmup, warmup_cosine
from ..schedule import Constant, Schedule, Then
from .shared import compared

__all__ = [
    "get_lr",
]

NOT_SCHEDULES: dict[str, str] = {}


@checked()
def get_lr(
    learning_rate: Rate = 6e-4,
    warmup_iters: StepCount = 2000,
    lr_decay_iters: StepCount = 600_000,
    min_lr: Rate = 6e-5,
) -> Schedule:
    """Return `warmup_cosine`: no update at 0, the peak at `warmup_iters`, then a cosine, held.

    nanoGPT's function takes the step and finds these in the globals of `train.py`, whose defaults
    they have here. It runs `max_iters + 1` updates, so that with `max_iters = lr_decay_iters` the
    last one does use `min_lr`. With `decay_lr = False` the rate is `Constant`, without warmup.

    Compared:
        Warmup with the ramp (k + 1) / (w + 1) and Cosine, inside lr_decay_iters: the same as
        warmup_cosine.

    Args:
        learning_rate: the peak.
        warmup_iters: length of the warmup. Longer than `lr_decay_iters`, it is followed by
            `min_lr` at once; equal to it, nanoGPT divides by zero at that step.
        lr_decay_iters: the horizon, warmup included.
        min_lr: rate from the horizon on.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> get_lr(1.0, 3, 8, 0.1).sample(11).round(4).tolist()
        [0.25, 0.5, 0.75, 1.0, 0.9141, 0.6891, 0.4109, 0.1859, 0.1, 0.1, 0.1]
    """
    if warmup_iters == lr_decay_iters:
        words = f"other than lr_decay_iters = {lr_decay_iters}, where nanoGPT divides by zero"
        raise refuse("warmup_iters", warmup_iters, words)
    if warmup_iters > lr_decay_iters:
        return Then(
            Warmup(Constant(learning_rate), warmup_iters), Constant(min_lr), at=warmup_iters
        )
    return warmup_cosine(learning_rate, lr_decay_iters, warmup_iters, min_lr)


SCHEDULERS = compared(globals())
