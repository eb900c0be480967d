"""The noisy quadratic model: simulation, closed forms, and what noise does to a schedule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay as lrd
from lrdecay.lab import quadratic

SMALL = quadratic.Problem([1.0, 0.3], [0.5, 0.2], [1.0, 2.0], [1.0, 1.0])
STEPS = 40
RATES = lrd.Cosine(0.8, STEPS).sample(STEPS)
OPTIONS = [
    {},
    {"batch_size": 4},
    {"batch_size": np.linspace(1, 8, STEPS)},
    {"momentum": 0.7},
    {"momentum": 0.9, "batch_size": 3},
    {"average": 0.8},
    {"average": 0.95, "batch_size": 2},
]


@pytest.mark.parametrize("options", OPTIONS, ids=[*"abcdefg"])
def test_the_expected_loss_is_the_mean_of_simulated_ones(options):
    runs = quadratic.simulate(SMALL, RATES, seed=7, runs=40_000, **options)
    expected = quadratic.loss(SMALL, RATES, **options)
    error = runs.std(ddof=1) / np.sqrt(runs.size)
    assert abs(runs.mean() - expected) < 4 * error
    assert error < 0.02 * expected


@pytest.mark.parametrize("lr", [0.05, 0.5, 1.5])
def test_a_constant_rate_ends_on_the_floor(lr):
    found = quadratic.loss(SMALL, np.full(3000, lr))
    assert found == pytest.approx(quadratic.floor(SMALL, lr), rel=1e-9)


def test_the_floor_is_proportional_to_a_small_rate_and_to_the_noise():
    low, high = (quadratic.floor(SMALL, lr) for lr in (1e-4, 2e-4))
    assert high / low == pytest.approx(2, rel=1e-3)
    assert quadratic.floor(SMALL, 0.5, batch_size=8) == pytest.approx(
        quadratic.floor(SMALL, 0.5) / 8
    )


def test_beyond_two_over_the_curvature_there_is_no_floor():
    assert quadratic.floor(SMALL, 2.0) == np.inf
    assert quadratic.loss(SMALL, np.full(9000, 2.5)) == np.inf


@given(st.lists(st.floats(0, 1.5), min_size=3, max_size=3))
def test_without_noise_the_loss_is_that_of_gradient_descent(rates):
    quiet = quadratic.Problem(SMALL.h, [0.0, 0.0], SMALL.m, SMALL.weight)
    left = np.prod([(1 - lr * SMALL.h) for lr in rates], axis=0)
    expected = (SMALL.h * left**2 * SMALL.m).sum() / 2
    assert quadratic.loss(quiet, rates) == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_a_schedule_has_the_same_bits_alone_and_in_company():
    rows = np.stack([RATES, RATES / 3, RATES * 2])
    together = quadratic.loss(quadratic.power_law(), rows)
    assert [float(quadratic.loss(quadratic.power_law(), row)) for row in rows] == together.tolist()


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_bins_change_little(exponent):
    i = np.arange(1.0, 1001.0)
    every = quadratic.Problem(i**-exponent, i**-exponent, np.ones(1000), np.ones(1000))
    binned = quadratic.power_law(exponent)
    assert binned.h.size < 85
    assert binned.weight.sum() == 1000
    assert quadratic.loss(binned, RATES) == pytest.approx(quadratic.loss(every, RATES), rel=1e-3)


def test_the_best_rate_beats_its_neighbours():
    found = quadratic.best(SMALL, RATES)
    around = found.rate * np.array([0.97, 1.0, 1.03])
    losses = quadratic.loss(SMALL, around[:, None] * RATES)
    assert losses.argmin() == 1
    assert losses[1] == pytest.approx(found.loss)
    assert not found.edge


def test_a_best_rate_at_the_end_of_the_search_says_so():
    quiet = quadratic.Problem([1.0, 0.01], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0])
    assert quadratic.best(quiet, np.ones(20), high=0.5).edge


def test_decay_pays_with_noise_and_costs_without():
    """The Hessian never changes here: curvature is not why decay helps."""
    steps = 500
    shapes = np.stack([lrd.Constant(1.0).sample(steps), lrd.Linear(1.0, steps).sample(steps)])
    noisy = quadratic.best(quadratic.power_law(), shapes).loss
    quiet = quadratic.best(quadratic.power_law(noise=0.0), shapes).loss
    assert noisy[1] < 0.75 * noisy[0]
    assert quiet[0] < 0.5 * quiet[1]


def test_published_ratios_of_tuned_schedules_come_out():
    """Zhang's spectrum, 1000 directions, 2000 updates: each relative to tuned linear decay."""
    steps = 2000
    shapes = [lrd.Linear(1.0, steps), lrd.Constant(1.0), lrd.Cosine(1.0, steps)]
    found = quadratic.best(quadratic.power_law(), [s.sample(steps) for s in shapes])
    assert found.loss / found.loss[0] == pytest.approx([1.0, 1.726, 1.037], abs=0.01)
    assert not found.edge.any()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("h", lambda: quadratic.Problem([0.0], [1.0], [1.0], [1.0])),
        ("c", lambda: quadratic.Problem([1.0], [-1.0], [1.0], [1.0])),
        ("m", lambda: quadratic.Problem([1.0], [1.0], [1.0, 1.0], [1.0])),
        ("lrs", lambda: quadratic.loss(SMALL, [-1.0])),
        ("lrs", lambda: quadratic.loss(SMALL, [])),
        ("batch_size", lambda: quadratic.loss(SMALL, RATES, batch_size=0)),
        ("batch_size", lambda: quadratic.loss(SMALL, RATES, batch_size=[1, 2])),
        ("momentum", lambda: quadratic.loss(SMALL, RATES, momentum=1.1)),
        ("average", lambda: quadratic.loss(SMALL, RATES, momentum=0.5, average=0.5)),
        ("noise", lambda: quadratic.power_law(noise=-1.0)),
        ("low", lambda: quadratic.best(SMALL, RATES, low=1.0)),
        ("shapes", lambda: quadratic.best(SMALL, [0.0])),
        ("runs", lambda: quadratic.simulate(SMALL, RATES, seed=0, runs=0)),
    ],
)
def test_bad_input_is_refused_by_name(name, call):
    with pytest.raises(ValueError, match=f"{name} must be"):
        call()
