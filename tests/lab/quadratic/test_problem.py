"""Noisy quadratic problems: bins against the whole spectrum, and the population of random ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay as lrd
from lrdecay.lab import quadratic


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("bins", [40, 60])
def test_bins_change_little(exponent, bins):
    every = quadratic.power_law(exponent, bins=None, error=0.3)
    binned = quadratic.power_law(exponent, bins=bins, error=0.3)
    assert (every.directions, binned.directions) == (1000, bins)
    assert binned.weight.sum() == 1000
    assert binned.initial_loss == pytest.approx(every.initial_loss, rel=1e-12)
    assert np.diff(binned.h).max() < 0
    rows = np.stack([0.1 * np.ones(500), lrd.Linear(1.0, 500).sample(500)])
    for options in ({}, {"momentum": 0.9}, {"average": 0.99}):
        exact = quadratic.loss(every, rows, curve=True, **options)
        assert quadratic.loss(binned, rows, curve=True, **options) == pytest.approx(exact, rel=2e-3)


@given(st.integers(1, 3000), st.integers(21, 100))
def test_bins_hold_every_direction_once(dimension, bins):
    problem = quadratic.power_law(dimension=dimension, bins=bins)
    assert problem.directions == min(dimension, bins)
    assert problem.weight.sum() == dimension
    assert problem.weight.min() >= 1
    first = np.arange(1, min(20, dimension) + 1)
    assert problem.h[: first.size].tolist() == (1.0 / first).tolist()


def test_a_drawn_problem_depends_on_its_seed_alone():
    problems = quadratic.draw(range(5))
    for name in ("h", "c", "m", "weight"):
        assert (getattr(quadratic.draw([3, 9]), name)[0] == getattr(problems, name)[3]).all()
    assert len({row.tobytes() for row in problems.h}) == 5


def test_drawn_problems_keep_to_their_ranges():
    problems = quadratic.draw(range(200), exponent=(1.0, 1.5), noise=(0.5, 2.0), error=0.0)
    exponents = -np.log2(problems.h[:, 1])
    noises = problems.c[:, 0]
    assert (exponents.min() >= 1.0, exponents.max() <= 1.5) == (True, True)
    assert (noises.min() >= 0.5, noises.max() <= 2.0) == (True, True)
    assert np.ptp(exponents) > 0.45
    assert np.ptp(np.log(noises)) > 0.9 * np.log(4)
    assert np.ptp(problems.m) == pytest.approx(0, abs=1e-12)
    assert quadratic.draw([0], noise=0.0).c.max() == 0.0


@pytest.mark.parametrize("anisotropy", [1.0, 0.5, 0.0, -0.5])
def test_noise_of_one_trace_follows_a_power_of_the_curvature(anisotropy):
    problem = quadratic.power_law(1.5, noise=3.0, anisotropy=anisotropy, bins=None)
    i = np.arange(1.0, 1001.0)
    assert problem.c / problem.c[0] == pytest.approx(i ** (-1.5 * anisotropy))
    assert problem.c.sum() == pytest.approx(3.0 * (i**-1.5).sum())
    binned = quadratic.power_law(1.5, noise=3.0, anisotropy=anisotropy)
    assert (binned.weight * binned.c).sum() == pytest.approx(problem.c.sum())
    # In each direction a low rate's floor is rate c / 4, whatever the curvature.
    assert quadratic.floor(binned, 1e-6) == pytest.approx(1e-6 * problem.c.sum() / 4, rel=1e-5)


@pytest.mark.parametrize("anisotropy", [0.5, 0.0])
def test_other_noise_has_the_expected_loss_of_sampled_runs(anisotropy):
    problem = quadratic.power_law(1.2, dimension=15, anisotropy=anisotropy, bins=None)
    lrs = lrd.Linear(0.4, 60).sample(60)
    sampled = quadratic.simulate(problem, lrs, seed=1, runs=4000)
    error = sampled.std() / np.sqrt(sampled.size)
    assert abs(sampled.mean() - quadratic.loss(problem, lrs)) < 4 * error
    assert abs(sampled.mean() - quadratic.loss(quadratic.power_law(1.2, dimension=15), lrs)) > (
        8 * error
    )


def test_drawn_problems_differ_by_nothing_but_the_noise_when_it_lies_otherwise():
    usual, equal = quadratic.draw(range(3)), quadratic.draw(range(3), anisotropy=0.0)
    for name in ("h", "m", "weight"):
        assert (getattr(usual, name) == getattr(equal, name)).all()
    trace = (usual.weight * usual.c).sum(axis=-1)
    assert (equal.weight * equal.c).sum(axis=-1) == pytest.approx(trace)
    assert np.ptp(equal.c, axis=-1) == pytest.approx(0.0, abs=1e-12)


def test_a_problem_cannot_be_changed_by_accident():
    h = np.array([1.0, 0.5])
    problem = quadratic.Problem(h, 1.0, 1.0)
    h[0] = 9.0
    assert problem.h.tolist() == [1.0, 0.5]
    assert problem.h_max == 1.0
    with pytest.raises(ValueError, match="read-only"):
        problem.h[0] = 2.0


def test_noise_matters_in_every_drawn_problem():
    shapes = np.stack([np.ones(1000), lrd.Linear(1.0, 1000).sample(1000)])
    found = quadratic.best(quadratic.draw(range(100)), shapes)
    assert not found.edge.any()
    gain = found.loss[:, 0] / found.loss[:, 1]
    assert gain.min() > 1.05
    assert 1.3 < np.median(gain) < 1.5
