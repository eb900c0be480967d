"""A noisy metric and a plateau rule: moments, a mean written out, and a chance in closed form."""

import re

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import ks_1samp, norm

from lrdecay.lab import noisy_metric
from lrdecay.plateau import ReduceOnPlateau


def test_metrics_are_a_power_of_time_and_normal_noise():
    powers = np.linspace(0.2, 0.6, 300)
    found = noisy_metric.metrics(range(300), 50, power=powers, noise=0.1, floor=2.0)
    clean = 2.0 + np.arange(1, 51) ** -powers[:, None]
    z = (found - clean) / 0.1
    assert ks_1samp(z.ravel(), norm.cdf).pvalue > 0.01
    assert abs(np.corrcoef(z[:, 1:].ravel(), z[:, :-1].ravel())[0, 1]) < 0.04


def test_a_history_is_the_same_alone_in_company_and_as_the_beginning_of_a_longer_one():
    found = noisy_metric.metrics(range(5), 40, noise=[0.0, 0.1])
    assert found.shape == (2, 5, 40)
    assert noisy_metric.metrics([3], 25, noise=0.1)[0].tolist() == found[1, 3, :25].tolist()


@pytest.mark.parametrize("window", [1, 3, 12, 40, 100])
def test_smoothing_is_a_running_mean(window):
    history = noisy_metric.metrics(range(4), 40, noise=0.1)
    ones = np.ones(window)
    counts = lfilter(ones, 1.0, np.ones(40))
    expected = lfilter(ones, 1.0, history, axis=-1) / counts
    assert noisy_metric.smoothed(history, window) == pytest.approx(expected, rel=1e-12)


def test_first_is_where_the_history_of_the_rule_first_falls():
    rule = ReduceOnPlateau(0.5, patience=3, threshold=0.01)
    history = noisy_metric.metrics(range(30), 60, noise=0.05)
    found = noisy_metric.first(rule, history.reshape(5, 6, 60))
    assert found.shape == (5, 6)
    for row, epoch in zip(history, found.ravel(), strict=True):
        rates = rule.history(row)
        lowered = np.flatnonzero(rates < 0.5)
        assert epoch == (lowered[0] + 1 if lowered.size else np.inf)


def test_noise_alone_sets_the_rule_off_as_often_as_the_order_of_numbers_says():
    """Of n numbers in random order the first is the least with chance 1 / n."""
    patience, seeds = 4, 4000
    rule = ReduceOnPlateau(1.0, patience=patience, threshold=0.0)
    # So fast a fall is over after one epoch, which is left out.
    history = noisy_metric.metrics(range(seeds), patience + 3, power=200.0, noise=1.0)[:, 1:]
    at_once = np.mean(noisy_metric.first(rule, history) == patience + 2)
    expected = 1 / (patience + 2)
    assert abs(at_once - expected) < 4 * np.sqrt(expected * (1 - expected) / seeds)


def test_without_noise_the_rule_keeps_still():
    history = noisy_metric.metrics([0], 2000, noise=0.0)
    assert noisy_metric.first(ReduceOnPlateau(1.0, patience=1), history).tolist() == [np.inf]


def test_one_history_gives_one_number():
    assert noisy_metric.first(ReduceOnPlateau(1.0, patience=0), [1.0, 1.0]) == 2.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seeds": []}, "seeds must be at least one seed, got []"),
        ({"epochs": 0}, "epochs must be a whole number >= 1 (and at most 2**53), got 0"),
        ({"power": 0.0}, "power must be finite and > 0, got 0.0"),
        ({"power": [0.1] * 3}, "power must be one number, or of shape (2,), got (3,)"),
        ({"noise": -1.0}, "noise must be finite and >= 0, got -1.0"),
        ({"floor": np.inf}, "floor must be a finite number, got inf"),
    ],
)
def test_metrics_refuse_what_is_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        noisy_metric.metrics(**{"seeds": range(2), "epochs": 5} | arguments)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([], "history must be of shape (..., epochs), not empty, got (0,)"),
        (1.0, "history must be of shape (..., epochs), not empty, got ()"),
        (["a"], "history must be numbers, got ['a']"),
    ],
)
def test_histories_that_are_none_are_refused(history, message):
    for call in (
        lambda: noisy_metric.smoothed(history, 2),
        lambda: noisy_metric.first(RULE, history),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            call()


RULE = ReduceOnPlateau(1.0)
