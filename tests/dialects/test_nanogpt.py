"""The dialect of nanoGPT against its rule, written a second time from its description."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import warmup_cosine
from lrdecay.dialects import nanogpt

RATES = st.floats(1e-6, 10.0)


def rule(k, peak, warmup, horizon, low):
    """Return the rate of step k: a share of the peak, half a wave by its half angle, the end."""
    if k < warmup:
        return float(Fraction(k + 1, warmup + 1) * Fraction(peak))
    if k >= horizon:
        return low
    passed = Fraction(k - warmup, horizon - warmup)
    return low + (peak - low) * math.cos(float(passed) * math.pi / 2) ** 2


@given(RATES, st.integers(0, 30), st.integers(0, 60), RATES)
def test_rates(peak, warmup, horizon, low):
    if warmup == horizon:
        with pytest.raises(ValueError, match="divides by zero"):
            nanogpt.get_lr(peak, warmup, horizon, low)
        return
    schedule = nanogpt.get_lr(peak, warmup, horizon, low)
    want = [rule(k, peak, warmup, horizon, low) for k in range(80)]
    assert schedule.sample(80) == pytest.approx(want, rel=1e-12)
    assert [schedule(k) for k in range(80)] == pytest.approx(want, rel=1e-12)


def test_the_row_that_nanogpt_gave():
    row = [0.25, 0.5, 0.75, 1, 0.9141, 0.6891, 0.4109, 0.1859, 0.1, 0.1, 0.1]  # commit 3adf61e
    assert nanogpt.get_lr(1.0, 3, 8, 0.1).sample(11).round(4).tolist() == row


def test_translation_and_defaults():
    assert nanogpt.get_lr() == warmup_cosine(6e-4, 600_000, 2000, 6e-5)
    assert nanogpt.get_lr(6e-4, 2000, 600_000, 6e-5) == nanogpt.get_lr()


def test_a_warmup_longer_than_the_decay_ends_at_the_minimum():
    assert nanogpt.get_lr(1.0, 3, 2, 0.1).sample(5).tolist() == [0.25, 0.5, 0.75, 0.1, 0.1]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((-1.0, 3, 8, 0.1), "learning_rate"),
        ((1.0, -3, 8, 0.1), "warmup_iters"),
        ((1.0, 3, 8.5, 0.1), "lr_decay_iters"),
        ((1.0, 3, 8, math.nan), "min_lr"),
    ],
)
def test_refuses(args, words):
    with pytest.raises(ValueError, match=words):
        nanogpt.get_lr(*args)


def test_every_name_has_a_sentence():
    assert set(nanogpt.__all__) == set(nanogpt.SCHEDULERS)
