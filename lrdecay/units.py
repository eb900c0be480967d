"""Durations in steps: from epochs, examples, tokens and shares of a run.

A step is one optimizer update. With gradient accumulation and several workers one update sees

    batch_size * accumulation * world_size   examples

and these helpers count with that number, as the trainers do, so that a schedule built in steps fits
the run.
"""

from __future__ import annotations

import math

from .fields import MOST_STEPS, Flag, Fraction, Positive, Steps, check, refuse


def examples_per_step(batch_size: int, *, accumulation: int = 1, world_size: int = 1) -> int:
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
    return (
        check("batch_size", batch_size, Steps)
        * check("accumulation", accumulation, Steps)
        * check("world_size", world_size, Steps)
    )


def steps_from_examples(
    examples: float, batch_size: int, *, accumulation: int = 1, world_size: int = 1
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
    many = check("examples", examples, Positive)
    return _whole("examples", many, many / each)


def steps_from_epochs(
    epochs: float,
    dataset_size: int,
    batch_size: int,
    *,
    accumulation: int = 1,
    world_size: int = 1,
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
    passes = examples_per_step(batch_size, world_size=world_size)
    group = check("accumulation", accumulation, Steps)
    size = check("dataset_size", dataset_size, Steps)
    if check("padded", padded, Flag):
        size += -size % world_size
    batches = size // passes if check("drop_last", drop_last, Flag) else -(-size // passes)
    if batches == 0:
        words = f"at least {passes}, one batch of every worker, with drop_last"
        raise refuse("dataset_size", dataset_size, words)
    many = check("epochs", epochs, Positive)
    return _whole("epochs", many, many * -(-batches // group))


def steps_from_tokens(
    tokens: float,
    sequence_length: int,
    batch_size: int,
    *,
    accumulation: int = 1,
    world_size: int = 1,
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
    length = check("sequence_length", sequence_length, Steps)
    many = check("tokens", tokens, Positive)
    return _whole("tokens", many, many / (each * length))


def steps_from_share(share: float, total_steps: int) -> int:
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
    part = check("share", share, Fraction)
    return math.ceil(part * check("total_steps", total_steps, Steps))


def _whole(name: str, value: float, updates: float) -> int:
    """Return a number of updates rounded up, if it is one that a schedule can count to."""
    if updates > MOST_STEPS:
        raise refuse(name, value, "small enough for at most 2**53 updates")
    return math.ceil(updates)
