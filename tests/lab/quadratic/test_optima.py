"""Noisy quadratics: derivatives, optimal learning rates, best base rates, what noise decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdecay as lrd
from lrdecay.lab import quadratic
from lrdecay.lab.quadratic import Tail
from tests.quadratics import RATES, SMALL, STEPS, each_option


def test_rates_are_the_losses_of_scaled_shapes():
    problems = quadratic.draw(range(3))
    shapes = np.stack([RATES, np.ones(STEPS)])
    base = np.array([0.1, 0.5, 1.0])
    found = quadratic.rates(problems, shapes, base)
    assert found == pytest.approx(
        quadratic.loss(problems, base[:, None, None] * shapes).swapaxes(1, 2), rel=1e-12
    )
    best = quadratic.best(problems, shapes)
    at_best = quadratic.rates(problems, shapes, best.rate[..., None])[..., 0]
    assert at_best.tolist() == best.loss.tolist()


@each_option
def test_the_gradient_is_that_of_finite_differences(options):
    step = 1e-5
    moved = RATES + step * np.stack([np.eye(STEPS), -np.eye(STEPS)])
    up, down = quadratic.loss(SMALL, np.abs(moved), **options)
    slopes = quadratic.gradient(SMALL, RATES, **options)
    assert slopes == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-8)


@each_option
def test_optimal_rates_are_a_minimum_below_tuned_linear_decay(options):
    problem = quadratic.power_law()
    # Averages leave directions in which the loss hardly changes, and the sweeps are slow in them.
    tolerance = 1e-6 if "average" in options else 1e-10
    found = quadratic.optimal(problem, STEPS, tolerance=tolerance, most_sweeps=500, **options)
    assert found.converged
    assert (found.lrs >= 0).all()
    linear = quadratic.best(problem, 1 - np.arange(STEPS) / STEPS, **options)
    assert found.loss < linear.loss
    assert found.loss == quadratic.loss(problem, found.lrs, **options)
    slopes = quadratic.gradient(problem, found.lrs, **options)
    relative = np.where(found.lrs > 0, slopes * found.lrs / found.loss, np.minimum(slopes, 0.0))
    assert np.abs(relative).max() < 10 * np.sqrt(tolerance)
    nearby = found.lrs * np.exp(0.05 * np.random.default_rng(0).standard_normal((50, STEPS)))
    assert quadratic.loss(problem, nearby, **options).min() >= found.loss


def test_an_optimum_found_by_another_method_is_no_better():
    minimize = pytest.importorskip("scipy.optimize").minimize
    problem = quadratic.power_law(1.5, bins=30)
    start = np.log(quadratic.best(problem, RATES).rate * np.maximum(RATES, 0.05))

    def objective(logs):
        lrs = np.exp(logs)
        value = quadratic.loss(problem, lrs)
        return np.log(value), quadratic.gradient(problem, lrs) * lrs / value

    other = np.exp(minimize(objective, start, jac=True, method="L-BFGS-B").fun)
    found = quadratic.optimal(problem, STEPS)
    assert found.loss == pytest.approx(other, rel=1e-5)
    assert found.loss <= other * (1 + 1e-8)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.1, 10))
def test_in_one_direction_the_optimum_is_greedy_and_falls_as_one_over_time(h, c, m):
    problem = quadratic.Problem(h, c, m)
    k = np.arange(8)
    closed = 1 / (c / (h * m) + h * (k + 1))
    assert quadratic.greedy(problem, 8) == pytest.approx(closed, rel=1e-9)
    assert quadratic.optimal(problem, 8).lrs == pytest.approx(closed, rel=2e-3)


def test_a_limit_on_optimal_rates_is_kept():
    free = quadratic.optimal(quadratic.power_law(), STEPS)
    bound = quadratic.optimal(quadratic.power_law(), STEPS, high=0.3)
    assert bound.lrs.max() == 0.3 < free.lrs.max()
    assert bound.loss > free.loss


def test_an_optimum_cut_short_says_so():
    found = quadratic.optimal(quadratic.draw([0, 1]), STEPS, most_sweeps=1)
    assert found.sweeps.tolist() == [1, 1]
    assert not found.converged.any()


def test_greedy_rates_lose_to_optimal_ones_on_a_spectrum():
    """Short-horizon bias: the next loss is dominated by the steepest directions."""
    problem = quadratic.power_law()
    greedy = quadratic.loss(problem, quadratic.greedy(problem, 300))
    assert greedy > 1.2 * quadratic.optimal(problem, 300).loss


def test_the_best_rate_beats_its_neighbours():
    found = quadratic.best(SMALL, RATES)
    around = found.rate * np.array([0.97, 1.0, 1.03])
    losses = quadratic.loss(SMALL, around[:, None] * RATES)
    assert losses.argmin() == 1
    assert losses[1] == pytest.approx(found.loss)
    assert not found.edge


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}, {"average": 0.9}], ids=str)
def test_the_best_rate_is_that_of_a_bounded_search(options):
    search = pytest.importorskip("scipy.optimize").minimize_scalar
    problems = quadratic.draw(range(4))
    found = quadratic.best(problems, RATES, **options)
    for i in range(4):
        other = search(
            lambda log, i=i: quadratic.loss(problems[i], np.exp(log) * RATES, **options),
            bounds=(np.log(found.rate[i]) - 1, np.log(found.rate[i]) + 0.5),
            method="bounded",
            options={"xatol": 1e-7},
        )
        assert found.loss[i] == pytest.approx(other.fun, rel=1e-7)
        assert found.rate[i] == pytest.approx(np.exp(other.x), rel=2e-3)


@pytest.mark.parametrize(
    "options",
    [{}, {"batch_size": 300}, {"momentum": 0.9}, {"average": 0.9}, {"average": Tail(0.2)}],
    ids=str,
)
@pytest.mark.parametrize("noise", [0.0, 1e-5, 1e-2, 3.0])
def test_the_best_rate_is_that_of_a_dense_grid_up_to_the_limit_of_stability(noise, options):
    """Near the limit the loss depends on the room that is left, and beyond stands a wall."""
    steps = 200
    problems = quadratic.draw(range(2), noise=noise, dimension=200, bins=21)
    done = np.arange(steps) / steps
    shapes = np.stack(
        [
            np.ones(steps),
            1 - done,
            np.minimum(1, (1 - done) / 0.05),
            np.where(done < 0.5, 1, 0.1),
            np.minimum(1, (done + 1 / steps) / 0.2),
        ]
    )
    limit = 2 * (1 + options.get("momentum", 0.0))
    room = np.geomspace(1.0, 1e-6, 400)[1:]
    dense = limit * np.concatenate([room, 1 - room, [1.0]])
    found = quadratic.best(problems, shapes, **options)
    least = quadratic.rates(problems, shapes, dense, **options).min(axis=-1)
    rounding = 1e-9 * problems.initial_loss[:, None]
    assert (found.loss <= least * (1 + 1e-4) + rounding).all()
    if noise:
        # A search that goes on beyond the wall finds the same constant rate.
        beyond = quadratic.best(problems, shapes[0], high=20.0, **options)
        assert (beyond.loss <= least[:, 0] * (1 + 1e-4)).all()


def test_a_best_rate_at_the_end_of_the_search_says_so():
    quiet = quadratic.Problem([1.0, 0.01], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0])
    low = quadratic.best(quiet, np.ones(20), high=0.5)
    assert (low.edge, low.rate) == (True, pytest.approx(0.5))
    free = quadratic.best(quiet, np.ones(20), high=1.9)
    high = quadratic.best(quiet, np.ones(20), low=1.9, high=1.95)
    assert (free.edge, high.edge) == (False, True)
    assert high.rate == pytest.approx(1.9)


def test_a_search_left_open_below_goes_where_the_best_rate_is():
    loud = quadratic.Problem([1.0], [1e7], [1.0])
    quiet = quadratic.Problem([1.0], [1.0], [1.0])
    both = quadratic.Problem([1.0], [[1e7], [1.0]], [1.0])
    found = quadratic.best(both, np.ones(10))
    assert not found.edge.any()
    assert found.rate[0] == pytest.approx(1e-7, rel=1e-3)
    for i, problem in enumerate((loud, quiet)):
        assert quadratic.best(problem, np.ones(10)).rate == found.rate[i]
    # There is no best rate where there is nothing to learn.
    assert quadratic.best(quadratic.Problem([1.0], [1.0], [0.0]), np.ones(10)).edge


def test_no_rate_of_the_default_search_is_unstable():
    quiet = quadratic.power_law(noise=0.0, bins=30)
    shape = 1 / np.arange(1.0, 101.0)
    capped = quadratic.best(quiet, shape)
    assert capped.edge
    assert capped.rate == pytest.approx(2.0)
    heavy = quadratic.best(quiet, shape, momentum=0.5)
    assert heavy.rate == pytest.approx(3.0)
    assert quadratic.best(quiet, shape, high=50.0).loss < capped.loss


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
    assert found.loss / found.loss[0] == pytest.approx([1.0, 1.726, 1.037], abs=0.001)
    assert not found.edge.any()
