"""The rules of a range test, on curves whose answers are known."""

import numpy as np
import pytest

from lrdecay.tuning.find import find, points
from lrdecay.tuning.logs import Log

RATES = np.geomspace(1e-5, 10, 200)
U = np.log(RATES / 0.01)
CURVE = 3.0 - 2.0 / (1.0 + np.exp(-2.0 * U)) + (RATES / 2.0) ** 4  # steepest at 0.01


def test_rules_find_the_steepest_fall_and_the_least_loss():
    found = find(RATES, CURVE)
    assert 0.01 / 1.2 < found.suggestions["steep"].rate < 0.01 * 1.2
    least = RATES[CURVE.argmin()] / 10
    assert least / 1.3 < found.suggestions["tenth"].rate < least * 1.3
    assert 1e-5 < found.suggestions["valley"].rate < RATES[CURVE.argmin()]
    gone = RATES[np.flatnonzero(CURVE / CURVE.min() > 4)[0]]  # before it is smoothed
    assert gone / 1.5 < found.diverges_at < gone * 1.5


def test_intervals_hold_the_truth_and_grow_with_noise():
    widths = []
    for noise in (0.01, 0.3):
        noisy = CURVE + noise * np.random.default_rng(0).standard_normal(CURVE.size)
        one = find(RATES, noisy).suggestions["steep"]
        widths.append(one.high / one.low)
        assert one.low <= 0.01 * 1.2
        assert one.high >= 0.01 / 1.2
    assert widths[0] < widths[1]


def test_the_same_seed_gives_the_same_interval():
    noisy = CURVE + 0.1 * np.random.default_rng(0).standard_normal(CURVE.size)
    assert find(RATES, noisy) == find(RATES, noisy)
    assert find(RATES, noisy, seed=1) != find(RATES, noisy)


def test_rules_that_disagree_and_a_test_that_ends_too_low_are_warned_of():
    late = 3.0 - 1.0 / (1.0 + np.exp(-8.0 * np.log(RATES / 1e-4))) - RATES / 20.0
    words = " ".join(find(RATES, late).warnings)
    assert "the rules disagree" in words
    assert "never diverged" in words


def test_what_is_not_finite_counts_as_diverged():
    broken = CURVE.copy()
    broken[150:] = np.nan
    assert find(RATES, broken).diverges_at == RATES[150]


def test_a_test_of_any_length_takes_a_moment():
    rates = np.geomspace(1e-5, 10, 300_000)
    curve = np.interp(np.log(rates), np.log(RATES), CURVE)
    noisy = curve + 0.1 * np.random.default_rng(0).standard_normal(curve.size)
    long, short = find(rates, noisy), find(RATES, CURVE)
    assert long.diverges_at == pytest.approx(short.diverges_at, rel=0.1)
    for name in ("steep", "tenth"):
        assert long.suggestions[name].rate == pytest.approx(short.suggestions[name].rate, rel=0.3)
    noisy[200_000:] = np.nan
    assert find(rates, noisy).diverges_at == pytest.approx(rates[200_000], rel=0.02)


@pytest.mark.parametrize(
    ("rates", "losses", "sentence"),
    [
        (RATES[:10], CURVE[:10], "at least 20"),
        (RATES, CURVE[:-1], "as many as rates"),
        (RATES[::-1], CURVE, "rising"),
        (RATES - 1e-5, CURVE, "above 0"),
        (RATES, np.arange(200.0), "falling somewhere"),
        (RATES, np.full(200, np.nan), "falling somewhere"),
    ],
)
def test_what_is_no_range_test_is_refused(rates, losses, sentence):
    with pytest.raises(ValueError, match=sentence):
        find(rates, losses)


def test_rates_and_losses_of_a_step_may_stand_in_rows_of_their_own():
    steps = np.arange(RATES.size)
    both = Log(steps, {"lr": RATES}, {"train": CURVE})
    nothing = np.full(RATES.size, np.nan)
    apart = Log(  # as Lightning writes them
        np.repeat(steps, 2),
        {"lr": np.stack([RATES, nothing], 1).ravel()},
        {"train": np.stack([nothing, CURVE], 1).ravel()},
    )
    for one, other in zip(points(both), points(apart), strict=True):
        np.testing.assert_array_equal(one, other)
