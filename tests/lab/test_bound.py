"""The last-iterate bound: a double sum, a numerical minimum, and published behaviour."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import lrdecay as lrd
from lrdecay.lab import bound

POSITIVE = st.floats(0.1, 10.0)
RATES = st.lists(st.floats(1e-3, 10.0), min_size=1, max_size=12)


def by_hand(rates, distance, norms):
    """The formula as printed, sum by sum."""
    squares = [(rate * norm) ** 2 for rate, norm in zip(rates, norms, strict=True)]
    result = (distance**2 + sum(squares)) / (2 * sum(rates))
    for k in range(len(rates) - 1):
        result += rates[k] / sum(rates[k + 1 :]) * sum(squares[k:]) / sum(rates[k:]) / 2
    return result


def tuned(schedule, steps):
    return bound.best(schedule.sample(steps))


def shapes(steps):
    return {
        "constant": lrd.Constant(1.0),
        "linear": lrd.Linear(1.0, steps),
        "cosine": lrd.Cosine(1.0, steps),
        "wsd": lrd.WSD(1.0, steps, decay_steps=steps // 5),
        "inverse sqrt": lrd.InverseSqrt(1.0, timescale=1),
    }


@given(st.lists(st.tuples(st.floats(1e-3, 10.0), st.floats(0.0, 5.0)), min_size=1, max_size=12))
def test_the_bound_is_the_double_sum(pairs):
    rates, norms = zip(*pairs, strict=True)
    found = bound.value(rates, distance=3.0, gradients=norms)
    assert found == pytest.approx(by_hand(rates, 3.0, norms), rel=1e-10)
    found = bound.value(rates, distance=0.5, gradients=2.0)
    assert found == pytest.approx(by_hand(rates, 0.5, [2.0] * len(rates)), rel=1e-10)


@given(RATES, POSITIVE, POSITIVE, st.floats(0.1, 10.0))
def test_the_bound_scales_with_rates_distance_and_gradients(rates, distance, norm, factor):
    scaled = bound.value(factor * np.array(rates), distance=distance, gradients=norm)
    by_norm = bound.value(rates, distance=distance, gradients=factor * norm) / factor
    by_distance = bound.value(rates, distance=distance / factor, gradients=norm) * factor
    assert scaled == pytest.approx(by_norm, rel=1e-10)
    assert scaled == pytest.approx(by_distance, rel=1e-10)


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_extreme_rates_neither_overflow_nor_vanish(factor):
    shape = np.array([1.0, 0.5, 0.25])
    assert bound.best(factor * shape).rate * factor == pytest.approx(bound.best(shape).rate)
    assert bound.best(factor * shape).value == pytest.approx(bound.best(shape).value)


def test_no_subgradient_run_ends_above_the_bound():
    # f(x) = max_i a_i |x_i|, whose minimum is 0 at 0.
    rng = np.random.default_rng(0)
    for steps in (1, 2, 5, 50):
        rates = rng.uniform(0.01, 1.0, steps)
        slopes = rng.uniform(0.5, 2.0, 8)
        x = start = rng.normal(size=8)
        norms, losses = [], []
        for rate in rates:
            worst = np.argmax(slopes * np.abs(x))
            gradient = np.zeros(8)
            gradient[worst] = slopes[worst] * np.sign(x[worst])
            losses.append(slopes[worst] * abs(x[worst]))
            norms.append(slopes[worst])
            x = x - rate * gradient
        limit = bound.value(rates, distance=float(np.linalg.norm(start)), gradients=norms)
        assert losses[-1] <= limit


@given(RATES)
def test_the_best_rate_is_the_numerical_minimum(shape):
    found = bound.best(shape)
    by_search = minimize_scalar(
        lambda log: bound.value(np.exp(log) * np.array(shape)), bracket=(-3.0, 3.0)
    )
    assert found.value == pytest.approx(by_search.fun, rel=1e-9)
    assert found.rate == pytest.approx(np.exp(by_search.x), rel=1e-3)
    assert bound.value(found.rate * np.array(shape)) == pytest.approx(found.value, rel=1e-10)


@given(st.lists(RATES, min_size=1, max_size=3), st.integers(1, 5))
def test_rows_are_independent_and_trailing_zeros_do_not_count(rows, zeros):
    longest = max(map(len, rows)) + zeros
    padded = np.array([row + [0.0] * (longest - len(row)) for row in rows])
    assert bound.value(padded) == pytest.approx([bound.value(row) for row in rows], rel=1e-10)


def test_linear_decay_has_the_lowest_bound_of_the_families():
    found = {name: float(tuned(s, 400).value) for name, s in shapes(400).items()}
    ratio = {name: value / found["linear"] for name, value in found.items()}
    assert min(found.values()) == found["linear"]
    assert ratio["cosine"] == pytest.approx(1.027, abs=2e-3)
    assert ratio["wsd"] == pytest.approx(1.086, abs=2e-3)
    assert ratio["constant"] == pytest.approx(1.367, abs=2e-3)


@pytest.mark.parametrize("steps", [400, 25_600])
def test_cosine_wants_almost_twice_the_peak_of_wsd(steps):
    ratio = tuned(shapes(steps)["cosine"], steps).rate / tuned(shapes(steps)["wsd"], steps).rate
    assert 1.87 < ratio < 1.93


def test_only_the_constant_rate_pays_the_logarithm():
    def relative(name, steps):
        return tuned(shapes(steps)[name], steps).value / tuned(shapes(steps)["linear"], steps).value

    constant = [float(relative("constant", steps)) for steps in (100, 1600, 25_600)]
    wsd = [float(relative("wsd", steps)) for steps in (100, 1600, 25_600)]
    assert constant[1] - constant[0] > 0.2
    assert constant[2] - constant[1] > 0.15
    assert max(wsd) - min(wsd) < 0.02


def test_the_change_of_the_best_rate_with_the_cooldown_does_not_depend_on_the_horizon():
    def ratio(steps):
        long, short = (
            tuned(lrd.WSD(1.0, steps, decay_steps=steps * c // 10), steps).rate for c in (10, 2)
        )
        return short / long

    assert ratio(400) == pytest.approx(0.512, abs=2e-3)
    assert ratio(6400) == pytest.approx(ratio(400), rel=0.01)


@pytest.mark.parametrize("wrong", [[], 1.0, [-1.0], [0.0, 0.0], [float("nan")], ["a"], [[1], [0]]])
def test_wrong_rates_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match="lrs must be"):
        bound.value(wrong)
    with pytest.raises(ValueError, match="values must be"):
        bound.best(wrong)


@pytest.mark.parametrize("wrong", [[1.0], [[1.0, 2.0, 3.0]], -1.0, float("inf"), "a", None])
def test_wrong_gradients_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=r"gradients must be"):
        bound.value([1.0, 0.5], gradients=wrong)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), "a"])
def test_wrong_distances_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=r"distance must be"):
        bound.value([1.0], distance=wrong)
