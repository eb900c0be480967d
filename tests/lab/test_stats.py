"""Intervals: against closed values, how often they hold what they should, and how they print."""

import math
import re
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from lrdecay.lab.stats import Interval, estimate, exact, ratio, share
from tests.slow import mostly_slow


def test_bootstrap_of_the_mean_is_the_normal_interval_for_many_runs():
    x = np.random.default_rng(0).normal(3.0, 2.0, 4000)
    got = estimate(x, np.mean)
    assert got.estimate == np.mean(x)
    half = 1.96 * x.std() / math.sqrt(x.size)
    assert got.low == pytest.approx(x.mean() - half, abs=0.1 * half)
    assert got.high == pytest.approx(x.mean() + half, abs=0.1 * half)
    assert got.n == 4000


# Laws, each drawn as (experiments, n), with its median and its mean.
LAWS = {
    "normal": (lambda rng, size: rng.normal(size=size), 0.0, 0.0),
    "skewed": (lambda rng, size: rng.lognormal(size=size), 1.0, math.exp(0.5)),
    "heavy": (lambda rng, size: rng.standard_t(2, size=size), 0.0, 0.0),
}


def covered(law, statistic, n, experiments):
    """Return how often the interval holds the truth."""
    draw, median, mean = LAWS[law]
    truth = median if statistic is np.median else mean
    found = (estimate(x, statistic) for x in draw(np.random.default_rng(1), (experiments, n)))
    return np.mean([interval.low <= truth <= interval.high for interval in found])


@pytest.mark.parametrize(
    "drawn",
    mostly_slow(product(LAWS, [6, 10, 24, 80]), ("normal", 6), ("skewed", 24), ("heavy", 10)),
    ids=str,
)
def test_the_interval_of_the_median_holds_it_95_times_in_100_whatever_the_law(drawn):
    law, n = drawn
    # Somewhat more, since it ends at values.
    k = binom.ppf(0.025, n, 0.5)
    most = 1 - 2 * binom.cdf(k - 1, n, 0.5)
    assert most >= 0.95
    spread = 3 * math.sqrt(0.05 * 0.95 / 400)
    assert most - spread <= covered(law, np.median, n, 400) <= most + spread


@pytest.mark.parametrize(
    ("law", "n", "least", "most"),
    [("normal", 10, 0.86, 0.93), ("normal", 80, 0.92, 0.97), ("skewed", 80, 0.88, 0.96)],
)
def test_the_interval_of_the_mean_holds_it_as_often_as_it_says(law, n, least, most):
    assert least <= covered(law, np.mean, n, 300) <= most


def test_the_interval_of_the_median_is_between_the_values_of_the_textbook():
    # Ranks of the 95 % interval: Conover, Practical Nonparametric Statistics, any edition.
    for n, low, high in ((6, 1, 6), (8, 1, 8), (9, 2, 8), (20, 6, 15)):
        assert estimate(np.arange(1.0, n + 1))[1:3] == (low, high)
    assert estimate([3.0, 1.0, 2.0])[:3] == (2.0, 1.0, 3.0)  # too few for any


def test_intervals_depend_on_the_values_alone():
    x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0]
    for statistic in (np.median, np.mean):
        assert estimate(x, statistic) == estimate(tuple(x), statistic)
        assert estimate(x, statistic) == estimate(np.array(x), statistic)
    state = str(np.random.get_state())  # noqa: NPY002
    estimate(x, np.mean)
    assert str(np.random.get_state()) == state  # noqa: NPY002


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_the_interval_of_the_median_stays_within_the_values(values):
    got = estimate(values)
    assert min(values) <= got.low <= got.high <= max(values)
    assert got.estimate == np.median(values)


@pytest.mark.parametrize("statistic", [np.median, np.mean])
@pytest.mark.parametrize("n", [2, 5, 50])
def test_equal_values_have_an_interval_of_no_width(statistic, n):
    assert estimate([2.0] * n, statistic) == Interval(2.0, 2.0, 2.0, n)


def test_a_statistic_that_few_values_change_has_an_interval_too():
    # One value left out moves it nowhere, so that there is nothing to correct the bootstrap by.
    x = [0.0] * 50 + [1.0] * 50

    def tenth(samples, axis):
        return np.quantile(samples, 0.1, axis=axis)

    assert estimate(x, tenth) == Interval(0.0, 0.0, 0.0, 100)


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    calls = (lambda: estimate(range(9)), lambda: estimate(range(9), np.mean), lambda: share(1, 2))
    for call in calls:
        with pytest.raises(ModuleNotFoundError, match=r"an interval needs .+ lrdecay\[lab\]$"):
            call()


@pytest.mark.parametrize(
    "bad", [[], [1.0], 1.0, [[1.0, 2.0]], [1.0, math.nan], [1.0, math.inf], "12", [1, None], None]
)
def test_bad_values_are_named(bad):
    with pytest.raises(ValueError, match=rf"values must be two .+, got {re.escape(repr(bad))}"):
        estimate(bad)


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


# --- in sentences, and numbers known exactly -----------------------------------------------------


def test_an_interval_prints_estimate_and_ends():
    assert f"{Interval(0.5, 0.25, 0.75, 9):.2f}" == "0.50 [0.25, 0.75]"
    assert f"{Interval(0.5, 0.25, 0.75, 9)}" == "0.5 [0.25, 0.75]"


def test_an_exact_number_prints_alone():
    number = exact(2.5, n=3)
    assert number == (2.5, 2.5, 2.5, 3)
    assert number.is_exact
    assert f"{number:.1f}" == "2.5"


@pytest.mark.parametrize(("name", "wrong"), [("value", float("nan")), ("n", 0)])
def test_what_is_no_number_is_refused(name, wrong):
    with pytest.raises(ValueError, match=f"{name} must be"):
        exact(**({"value": 1.0} | {name: wrong}))


def test_what_two_columns_have_in_common_cancels():
    rng = np.random.default_rng(3)
    bottom = rng.lognormal(size=200)
    top = 0.3 * bottom + rng.normal(0.0, 0.01, 200)
    together = ratio(top, bottom, np.mean)
    assert together.low < 0.3 < together.high
    # The error of a ratio of paired means, to first order, against the bootstrap's.
    error = np.std(top - together.estimate * bottom, ddof=1) / bottom.mean() / np.sqrt(200)
    assert together.high - together.low == pytest.approx(2 * 1.96 * error, rel=0.15)
    apart = ratio(rng.permutation(top), bottom, np.mean)
    assert apart.high - apart.low > 10 * (together.high - together.low)


def test_columns_are_of_one_length():
    with pytest.raises(ValueError, match=r"^columns must be of one length, got \[3, 2\]"):
        ratio([1.0, 2.0, 3.0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"^columns must be two or more finite numbers"):
        ratio([1.0, np.inf], [1.0, 2.0])
