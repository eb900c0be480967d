"""Intervals: against closed values, and against how often they hold what they should."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.lab.stats import Interval, bootstrap, share


def test_bootstrap_of_the_mean_is_the_normal_interval_for_many_runs():
    x = np.random.default_rng(0).normal(3.0, 2.0, 4000)
    got = bootstrap(x, np.mean)
    assert got.estimate == np.mean(x)
    half = 1.96 * x.std() / math.sqrt(x.size)
    assert got.low == pytest.approx(x.mean() - half, abs=0.1 * half)
    assert got.high == pytest.approx(x.mean() + half, abs=0.1 * half)
    assert got.n == 4000


@pytest.mark.parametrize(
    ("statistic", "truth", "n", "least", "most"),
    [
        # What the docstring says of 10 and of 50 runs.
        (np.mean, 0.0, 10, 0.86, 0.94),
        (np.mean, 0.0, 50, 0.91, 0.97),
        (np.median, 0.0, 50, 0.91, 0.98),
    ],
)
def test_bootstrap_covers_the_truth_as_often_as_it_says(statistic, truth, n, least, most):
    # 600 experiments: the share observed is within 0.03 of the true one.
    samples = np.random.default_rng(1).normal(truth, 1.0, (600, n))
    found = [bootstrap(x, statistic, seed=i, resamples=400) for i, x in enumerate(samples)]
    covered = np.mean([interval.low <= truth <= interval.high for interval in found])
    assert least <= covered <= most


def test_bootstrap_depends_on_the_seed_alone():
    x = [3.0, 1.0, 4.0, 1.0, 5.0]
    assert bootstrap(x) == bootstrap(tuple(x)) == bootstrap(np.array(x), seed=0)
    fine = np.sqrt(np.arange(20))
    assert bootstrap(fine, np.mean, seed=1) != bootstrap(fine, np.mean, seed=2)
    state = str(np.random.get_state())  # noqa: NPY002
    bootstrap(x)
    assert str(np.random.get_state()) == state  # noqa: NPY002


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_bootstrap_of_the_median_stays_within_the_values(values):
    got = bootstrap(values, resamples=200)
    assert min(values) <= got.low <= got.high <= max(values)
    assert got.estimate == np.median(values)


def test_bootstrap_of_equal_values_has_no_width():
    assert bootstrap([2.0] * 5) == Interval(2.0, 2.0, 2.0, 5)


@pytest.mark.parametrize(
    "bad", [[], [1.0], 1.0, [[1.0, 2.0]], [1.0, math.nan], [1.0, math.inf], "12", [1, None], None]
)
def test_bad_values_are_named(bad):
    with pytest.raises(ValueError, match=rf"values must be two .+, got {re.escape(repr(bad))}"):
        bootstrap(bad)


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, None])
def test_bad_resamples_are_named(bad):
    with pytest.raises(ValueError, match=f"resamples must be a whole number >= 1.*got {bad!r}"):
        bootstrap([1.0, 2.0], resamples=bad)


# Solutions of (p - share)^2 = z^2 share (1 - share) / n, rounded: the classical textbook values.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),  # likewise
        (0, 20, 0.0, 0.1611),  # likewise
        (1, 29, 0.0061, 0.1718),  # likewise
    ],
)
def test_share_has_the_published_interval(successes, n, low, high):
    got = share(successes, n)
    assert got.estimate == successes / n
    assert (got.low, got.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_share_ends_solve_the_score_equation_and_mirror(counts):
    successes, n = counts
    p, low, high, _ = share(successes, n)
    assert 0 <= low <= p <= high <= 1
    for end in (low, high):
        if end not in (0.0, 1.0):
            assert abs(p - end) / math.sqrt(end * (1 - end) / n) == pytest.approx(1.96, rel=1e-3)
    mirror = share(n - successes, n)
    assert (mirror.low, mirror.high) == (
        pytest.approx(1 - high, abs=1e-12),
        pytest.approx(1 - low, abs=1e-12),
    )


@pytest.mark.parametrize(
    ("successes", "n", "message"),
    [
        (1, 0, "n must be a whole number >= 1.*got 0"),
        (1, -3, "n must be a whole number >= 1.*got -3"),
        (1, 2.5, "n must be a whole number >= 1.*got 2.5"),
        (-1, 5, "successes must be a whole number >= 0.*got -1"),
        (6, 5, "successes must be from 0 to n = 5, got 6"),
        (math.nan, 5, "successes must be a whole number >= 0.*got nan"),
        (True, 5, "successes must be a whole number >= 0.*got True"),
    ],
)
def test_bad_counts_are_named(successes, n, message):
    with pytest.raises(ValueError, match=message):
        share(successes, n)
