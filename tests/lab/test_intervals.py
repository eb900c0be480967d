"""Intervals in sentences, and numbers known exactly."""

import pytest

from lrdecay.lab import stats


def test_an_interval_prints_estimate_and_ends():
    assert f"{stats.Interval(0.5, 0.25, 0.75, 9):.2f}" == "0.50 [0.25, 0.75]"
    assert f"{stats.Interval(0.5, 0.25, 0.75, 9)}" == "0.5 [0.25, 0.75]"


def test_an_exact_number_prints_alone():
    number = stats.exact(2.5, n=3)
    assert number == (2.5, 2.5, 2.5, 3)
    assert number.is_exact
    assert f"{number:.1f}" == "2.5"


@pytest.mark.parametrize(("name", "wrong"), [("value", float("nan")), ("n", 0)])
def test_what_is_no_number_is_refused(name, wrong):
    with pytest.raises(ValueError, match=f"{name} must be"):
        stats.exact(**({"value": 1.0} | {name: wrong}))
