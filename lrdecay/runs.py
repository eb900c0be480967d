"""A run: how many steps it has, what a schedule gives it, and changes while it is under way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .checks import MOST_STEPS, Fraction, Positive, Rate, StepCount, Steps, checked, refuse
from .families.wsd import WSD, Shape
from .schedule import Schedule, Then

# --- how many steps it has ------------------------------------------------------------------------


@checked()
def examples_per_step(batch_size: Steps, *, accumulation: Steps = 1, world_size: Steps = 1) -> int:
    """Return the number of examples that one optimizer update sees.

    Args:
        batch_size: examples in one forward pass on one worker, >= 1.
        accumulation: forward passes between two updates, >= 1.
        world_size: number of workers, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> examples_per_step(32, accumulation=4, world_size=2)
        256
    """
    return batch_size * accumulation * world_size


@checked()
def steps_from_examples(
    examples: Positive, batch_size: Steps, *, accumulation: Steps = 1, world_size: Steps = 1
) -> int:
    """Return the number of updates that see the given number of examples, rounded up.

    Args:
        examples: how many, > 0.
        batch_size: examples in one forward pass on one worker, >= 1.
        accumulation: forward passes between two updates, >= 1.
        world_size: number of workers, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> steps_from_examples(1000, 32, accumulation=4)
        8
    """
    each = examples_per_step(batch_size, accumulation=accumulation, world_size=world_size)
    return _whole("examples", examples, examples / each)


@checked()
def steps_from_epochs(
    epochs: Positive,
    dataset_size: Steps,
    batch_size: Steps,
    *,
    accumulation: Steps = 1,
    world_size: Steps = 1,
    drop_last: bool = False,
    padded: bool = False,
) -> int:
    r"""Return the number of updates that a trainer makes in the given number of epochs.

    $$\left\lceil \text{epochs} \cdot
      \left\lceil \frac{\text{batches}}{\text{accumulation}} \right\rceil \right\rceil, \qquad
      \text{batches} = \left\lceil
      \frac{\text{dataset\_size}}{\text{batch\_size} \cdot \text{world\_size}} \right\rceil$$

    with `batches` those of one worker, rounded down with `drop_last`. An incomplete group of
    batches at the end of an epoch makes its update too. So count transformers' Trainer and
    Lightning. Keras carries the group into the next epoch:
    `steps_from_epochs(epochs, dataset_size, batch_size) // accumulation`.

    Args:
        epochs: how many, > 0. A part of an epoch is rounded up, after a product of floats as
            transformers computes it: 1.1 epochs of 100 updates are 111, for 1.1 * 100 is above 110.
        dataset_size: number of examples in one epoch, >= 1.
        batch_size: examples in one forward pass on one worker, >= 1.
        accumulation: forward passes between two updates, >= 1.
        world_size: number of workers, >= 1.
        drop_last: whether incomplete batches are left out, as `DataLoader` means it.
        padded: whether some examples are repeated until every worker has as many, before
            `drop_last` looks at batches. torch's `DistributedSampler` does so, and with it
            Lightning; accelerate, and with it transformers, leaves out what does not fill a batch
            of every worker. Without `drop_last` the count is the same.

    Raises:
        ValueError: if an argument is out of range, if an epoch has no complete batch, or if there
            are more than 2**53 updates.

    Source:
        transformers 5.23.0, `Trainer.set_initial_training_values`; Lightning 2.6.6,
        `Trainer.estimated_stepping_batches`; both run in `tests/conformance/test_trainers.py`.

    Examples:
        >>> steps_from_epochs(90, 1_281_167, 32, world_size=8)
        450450
        >>> steps_from_epochs(2, 1000, 32, accumulation=4, drop_last=True)  # 31 batches an epoch
        16
    """
    passes = batch_size * world_size
    size = dataset_size + (-dataset_size % world_size if padded else 0)
    batches = size // passes if drop_last else -(-size // passes)
    if batches == 0:
        words = f"at least {passes}, one batch of every worker, with drop_last"
        raise refuse("dataset_size", dataset_size, words)
    return _whole("epochs", epochs, epochs * -(-batches // accumulation))


@checked()
def steps_from_tokens(
    tokens: Positive,
    sequence_length: Steps,
    batch_size: Steps,
    *,
    accumulation: Steps = 1,
    world_size: Steps = 1,
) -> int:
    """Return the number of updates that see the given number of tokens, rounded up.

    Args:
        tokens: how many, > 0.
        sequence_length: tokens in one example, >= 1.
        batch_size: examples in one forward pass on one worker, >= 1.
        accumulation: forward passes between two updates, >= 1.
        world_size: number of workers, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> steps_from_tokens(300e9, 2048, 512)
        286103
    """
    each = examples_per_step(batch_size, accumulation=accumulation, world_size=world_size)
    return _whole("tokens", tokens, tokens / (each * sequence_length))


@checked()
def steps_from_share(share: Fraction, total_steps: Steps) -> int:
    """Return a share of a run in steps, rounded up.

    The product is one of floats, as transformers computes its warmup from a ratio: 0.07 of 100
    steps are 8, for 0.07 * 100 is above 7.

    Args:
        share: from 0 to 1, such as 0.03 for 3 % of warmup; 0 gives 0 steps.
        total_steps: length of the run, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Source:
        transformers 5.23.0, `TrainingArguments.get_warmup_steps`, run in
        `tests/conformance/test_trainers.py`.

    Examples:
        >>> steps_from_share(0.03, 1015)
        31
    """
    return math.ceil(share * total_steps)


def _whole(name: str, value: float, updates: float) -> int:
    """Return a number of updates rounded up, if it is one that a schedule can count to."""
    if updates > MOST_STEPS:
        raise refuse(name, value, "small enough for at most 2**53 updates")
    return math.ceil(updates)


# --- what a schedule gives it ---------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """What a schedule does over one run.

    Attributes:
        total_steps: number of updates, those of steps 0 to `total_steps` - 1.
        peak_lr: the highest rate used.
        last_lr: the rate of the last update.
        sum_lr: the sum of the rates: how far the run can move.
        effective_steps: `sum_lr` / `peak_lr`: a constant rate of the same peak needs so many.
        half_life: updates after the peak until the rate is first at or below half of it; None if
            it never is.
        below_tenth: share of the updates with a rate under 10 % of the peak.
        at_zero: number of updates whose rate is 0: they change nothing.
    """

    total_steps: int
    peak_lr: float
    last_lr: float
    sum_lr: float
    effective_steps: float
    half_life: int | None
    below_tenth: float
    at_zero: int


@checked()
def summary(schedule: Schedule, total_steps: Steps) -> Summary:
    """Return what a schedule does over a run of `total_steps` updates.

    Args:
        schedule: the schedule.
        total_steps: number of updates, >= 1.

    Raises:
        ValueError: if `total_steps` is out of range, or if a rate or their sum is not finite.

    Examples:
        >>> from lrdecay import Linear
        >>> s = summary(Linear(1.0, 100), 100)
        >>> round(s.effective_steps, 6), s.half_life, s.below_tenth, round(s.last_lr, 6)
        (50.5, 50, 0.09, 0.01)
    """
    return summary_of(_finite(schedule, total_steps))


def summary_of(lr: NDArray[np.float64]) -> Summary:
    """Return what rates do, one an update, of which there are some and which are finite."""
    peak_at = int(lr.argmax())
    peak, total = float(lr[peak_at]), float(lr.sum())
    halved = np.flatnonzero(lr[peak_at:] <= peak * (0.5 + 1e-12))  # half itself, rounded, is
    return Summary(
        total_steps=lr.size,
        peak_lr=peak,
        last_lr=float(lr[-1]),
        sum_lr=total,
        effective_steps=total / peak if peak else 0.0,
        half_life=int(halved[0]) if halved.size and peak else None,
        below_tenth=float(np.mean(lr < peak * (0.1 - 1e-12))),  # 0.1 itself, rounded, is not
        at_zero=int((lr == 0).sum()),
    )


@checked(factor="sum_lr")
def with_sum(schedule: Schedule, total_steps: Steps, sum_lr: Rate) -> Schedule:
    """Return the schedule scaled so that the rates of a run add up to `sum_lr`.

    Two shapes with the same peak spend different amounts of learning rate; with the same sum,
    a comparison of shapes is not one of amounts.

    Args:
        schedule: the schedule.
        total_steps: number of updates, >= 1.
        sum_lr: the sum wanted, >= 0.

    Raises:
        ValueError: if an argument is out of range, or if the rates of the run cannot be scaled:
            all are 0, or one or their sum is not finite.

    Examples:
        >>> from lrdecay import Cosine, Constant
        >>> even = with_sum(Cosine(1.0, 100), 100, sum_lr=Constant(0.5).sample(100).sum())
        >>> round(summary(even, 100).sum_lr, 12)
        50.0
    """
    have = float(_finite(schedule, total_steps).sum())
    if have == 0:
        raise refuse("schedule", schedule, f"above 0 somewhere in {total_steps} steps")
    factor = sum_lr / have
    if math.isinf(factor) or (factor == 0 < sum_lr):
        raise refuse("sum_lr", sum_lr, f"within reach of the sum that is there, {have}")
    return schedule.scale(factor)


def _finite(schedule: Schedule, total_steps: int) -> NDArray[np.float64]:
    """Return the rates of a run, whose sum is finite."""
    lr = schedule.sample(total_steps)
    with np.errstate(over="ignore"):
        total = lr.sum()
    if not np.isfinite(total):
        raise refuse("schedule", schedule, f"of rates with a finite sum in {total_steps} steps")
    return lr


# --- changes while it is under way ----------------------------------------------------------------


class Rerun(NamedTuple):
    """A changed schedule.

    Attributes:
        schedule: the past as it was, then the change.
        at: the step of the change: the first update that the new part decides.
        jump: the new part's rate at `at`, minus the rate the old schedule had there.
    """

    schedule: Then
    at: int
    jump: float


@checked()
def extend(past: Schedule, longer: Schedule, at: StepCount) -> Rerun:
    """Return `past` up to step `at`, and from there `longer` on the clock of the whole run.

    Args:
        past: the schedule the run has used so far.
        longer: the same family with a longer horizon, say.
        at: updates already made when the change happens, >= 0.

    Returns:
        The new schedule and the jump: 0 for a schedule whose past does not depend on its horizon,
        such as `WSD` before its cooldown; above 0 for a cosine, whose rate goes back up.

    Raises:
        ValueError: if `at` is out of range.

    Examples:
        >>> from lrdecay import Cosine, WSD
        >>> round(extend(Cosine(1.0, 100), Cosine(1.0, 200), at=80).jump, 3)
        0.559
        >>> extend(WSD(1.0, 100, decay_steps=20), WSD(1.0, 200, decay_steps=20), at=80).jump
        0.0
    """
    changed = Then(past, longer.skip(at), at)
    return Rerun(changed, at, changed.jump)


@checked()
def cooldown(
    past: Schedule,
    at: StepCount,
    decay_steps: Steps,
    *,
    final_lr: Rate = 0.0,
    shape: Shape = "linear",
) -> Rerun:
    """Return `past` up to step `at`, then a cooldown from the rate it has there.

    Args:
        past: the schedule the run has used so far.
        at: updates already made when the cooldown starts, >= 0.
        decay_steps: length of the cooldown, >= 1.
        final_lr: the rate it ends at, >= 0.
        shape: as in `WSD`.

    Returns:
        The new schedule; its jump is 0.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> from lrdecay import Constant
        >>> cooldown(Constant(1.0), at=3, decay_steps=2).schedule.sample(6).tolist()
        [1.0, 1.0, 1.0, 1.0, 0.5, 0.0]
    """
    fall = WSD(past(at), decay_steps, decay_steps, final_lr=final_lr, shape=shape)
    changed = Then(past, fall, at)
    return Rerun(changed, at, changed.jump)


@checked(past="trunk")
def branch(
    trunk: Schedule,
    at: Iterable[StepCount],
    decay_steps: Steps,
    *,
    final_lr: Rate = 0.0,
    shape: Shape = "linear",
) -> tuple[Rerun, ...]:
    """Return one cooldown of `trunk` for each step in `at`: several runs from one trunk.

    Args:
        trunk: the schedule the cooldowns leave from.
        at: where each leaves, >= 0.
        decay_steps: length of each cooldown, >= 1.
        final_lr: the rate each ends at, >= 0.
        shape: as in `WSD`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> from lrdecay import Constant
        >>> [b.schedule(b.at + 5) for b in branch(Constant(1.0), (10, 20), decay_steps=10)]
        [0.5, 0.5]
    """
    return tuple(cooldown(trunk, k, decay_steps, final_lr=final_lr, shape=shape) for k in at)
