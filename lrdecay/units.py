"""Durations in steps: from epochs, examples, tokens and shares of a run.

A step is one optimizer update. With gradient accumulation and several workers one update sees

    batch_size * accumulation * world_size   examples

and these helpers count with that number, so that a schedule built in steps fits the run.
"""

from __future__ import annotations

import math

from .fields import Fraction, Positive, Steps, check


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
    return math.ceil(check("examples", examples, Positive) / each)


def steps_from_epochs(
    epochs: float,
    dataset_size: int,
    batch_size: int,
    *,
    accumulation: int = 1,
    world_size: int = 1,
    drop_last: bool = False,
) -> int:
    """Return the number of updates in the given number of epochs.

    An epoch has ceil(dataset_size / examples per step) updates, or with `drop_last` the whole ones
    alone; the result is rounded to the nearest update.

    Args:
        epochs: how many, > 0.
        dataset_size: number of examples in one epoch, >= 1.
        batch_size: examples in one forward pass on one worker, >= 1.
        accumulation: forward passes between two updates, >= 1.
        world_size: number of workers, >= 1.
        drop_last: whether an incomplete last update of an epoch is left out.

    Raises:
        ValueError: if an argument is out of range, or if an epoch has no complete update.

    Examples:
        >>> steps_from_epochs(90, 1_281_167, 32, world_size=8)
        450450
    """
    each = examples_per_step(batch_size, accumulation=accumulation, world_size=world_size)
    size = check("dataset_size", dataset_size, Steps)
    per_epoch = size // each if drop_last else -(-size // each)
    if per_epoch == 0:
        raise ValueError(
            f"dataset_size must be at least one step of {each} examples with drop_last, got {size}"
        )
    return round(check("epochs", epochs, Positive) * per_epoch)


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
    return math.ceil(check("tokens", tokens, Positive) / (each * length))


def steps_from_share(share: float, total_steps: int) -> int:
    """Return a share of a run in steps, rounded to the nearest, but at least one.

    Args:
        share: from 0 to 1, such as 0.03 for 3 % of warmup; 0 gives 0 steps.
        total_steps: length of the run, >= 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> steps_from_share(0.03, 1000)
        30
    """
    part = check("share", share, Fraction)
    total = check("total_steps", total_steps, Steps)
    return max(1, round(part * total)) if part else 0
