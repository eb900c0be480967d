"""Durations in steps, against numbers worked out by hand and against counting."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import (
    examples_per_step,
    steps_from_epochs,
    steps_from_examples,
    steps_from_share,
    steps_from_tokens,
)

COUNT = st.integers(1, 50)


def test_values_by_hand():
    assert examples_per_step(32) == 32
    assert examples_per_step(32, accumulation=4, world_size=8) == 1024
    # ImageNet, 1 281 167 images in batches of 256: 5004.6 updates an epoch.
    assert steps_from_epochs(1, 1_281_167, 256) == 5005
    assert steps_from_epochs(90, 1_281_167, 256) == 450_450
    assert steps_from_epochs(90, 1_281_167, 32, world_size=8, drop_last=True) == 450_360
    assert steps_from_epochs(0.5, 1000, 10) == 50
    assert steps_from_epochs(2.5, 100, 32, accumulation=2) == 5
    assert steps_from_examples(1, 32) == 1
    assert steps_from_examples(64, 32) == 2
    assert steps_from_examples(65, 32) == 3
    assert steps_from_examples(1e6, 100, accumulation=5, world_size=2) == 1000
    # GPT-3: 300 billion tokens in batches of 3.2 million.
    assert steps_from_tokens(300e9, 2048, 1562, accumulation=1) == math.ceil(300e9 / (2048 * 1562))
    assert steps_from_tokens(2048 * 512 * 7, 2048, 512) == 7
    assert steps_from_tokens(2048 * 512 * 7 + 1, 2048, 512) == 8
    assert steps_from_share(0.03, 1000) == 30
    assert steps_from_share(0.0, 1000) == 0
    assert steps_from_share(1e-9, 1000) == 1
    assert steps_from_share(1, 1000) == 1000


def dealt(dataset: int, batch: int, world: int, *, drop_last: bool, padded: bool) -> int:
    """Return the batches of one worker, dealt out one by one as the trainers do."""
    examples = list(range(dataset))
    if padded:
        while len(examples) % world:
            examples.append(0)
        examples = examples[::world]
    batches = [examples[i : i + batch] for i in range(0, len(examples), batch)]
    if drop_last:
        batches = [one for one in batches if len(one) == batch]
    if padded:
        return len(batches)
    return len(batches) // world if drop_last else len(batches[::world])


@given(
    COUNT,
    COUNT,
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
)
def test_epochs_agree_with_counting(dataset, batch, accumulation, world, epochs, drop_last, padded):
    def counted():
        return steps_from_epochs(
            epochs,
            dataset,
            batch,
            accumulation=accumulation,
            world_size=world,
            drop_last=drop_last,
            padded=padded,
        )

    batches = dealt(dataset, batch, world, drop_last=drop_last, padded=padded)
    if batches == 0:
        with pytest.raises(ValueError, match=r"dataset_size must be at least .* batch of every"):
            counted()
        return
    updates = 0
    for _ in range(epochs):
        for i in range(1, batches + 1):
            updates += i % accumulation == 0 or i == batches
    assert counted() == updates


@pytest.mark.parametrize(
    ("epochs", "dataset", "batch", "setting", "updates"),
    [
        (2, 1000, 32, {"accumulation": 4}, 16),
        (2, 1000, 8, {"accumulation": 4}, 64),
        (2, 30, 4, {"accumulation": 3}, 6),
        (1, 50_000, 32, {"accumulation": 4, "world_size": 2}, 196),
    ],
)
def test_an_incomplete_group_of_batches_makes_its_update(epochs, dataset, batch, setting, updates):
    assert steps_from_epochs(epochs, dataset, batch, drop_last=True, **setting) == updates


def test_shares_and_parts_of_epochs_are_rounded_up_as_floats():
    assert steps_from_share(0.03, 1015) == 31
    assert steps_from_share(0.07, 100) == 8
    assert steps_from_epochs(1.1, 100, 1) == 111
    assert steps_from_epochs(0.25, 10, 1) == 3


def test_examples_are_counted_exactly_as_far_as_a_float_counts():
    assert steps_from_examples(9_000_000_000_000_001, 1000) == 9_000_000_000_001
    assert steps_from_tokens(9_000_000_000_000_001, 10, 100) == 9_000_000_000_001


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda bad: steps_from_epochs(bad, 10, 1), "epochs"),
        (lambda bad: steps_from_examples(bad, 1), "examples"),
        (lambda bad: steps_from_tokens(bad, 1, 1), "tokens"),
    ],
)
def test_more_updates_than_can_be_counted_are_refused(call, name):
    for bad in (1e16, 1.7e308):
        with pytest.raises(ValueError, match=re.escape(f"{name} must be small enough")):
            call(bad)


@pytest.mark.parametrize("name", ["drop_last", "padded"])
@pytest.mark.parametrize("bad", ["False", 0, 1, None, []])
def test_flags_are_true_or_false(name, bad):
    with pytest.raises(ValueError, match=re.escape(f"{name} must be True or False, got {bad!r}")):
        steps_from_epochs(1, 10, 1, **{name: bad})


@given(st.integers(1, 10**6), COUNT, COUNT)
def test_examples_and_tokens_are_all_seen_and_no_update_is_spare(many, batch, length):
    steps = steps_from_examples(many, batch)
    assert (steps - 1) * batch < many <= steps * batch
    steps = steps_from_tokens(many, length, batch)
    assert (steps - 1) * batch * length < many <= steps * batch * length


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (examples_per_step, "batch_size"),
        (lambda bad: examples_per_step(1, accumulation=bad), "accumulation"),
        (lambda bad: examples_per_step(1, world_size=bad), "world_size"),
        (lambda bad: steps_from_examples(bad, 1), "examples"),
        (lambda bad: steps_from_examples(1, bad), "batch_size"),
        (lambda bad: steps_from_epochs(bad, 1, 1), "epochs"),
        (lambda bad: steps_from_epochs(1, bad, 1), "dataset_size"),
        (lambda bad: steps_from_tokens(bad, 1, 1), "tokens"),
        (lambda bad: steps_from_tokens(1, bad, 1), "sequence_length"),
        (lambda bad: steps_from_share(0.5, bad), "total_steps"),
        (lambda bad: steps_from_share(bad, 10), "share"),
    ],
)
@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, "3", None, True, [3]])
def test_bad_arguments_are_named(call, name, bad):
    with pytest.raises(ValueError, match=f"{name} must be .+, got {re.escape(repr(bad))}"):
        call(bad)
