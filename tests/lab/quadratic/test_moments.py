"""The noisy quadratic model: simulation, closed forms, and what noise does to a schedule."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.lab import quadratic
from lrdecay.lab.quadratic import Ema, Tail
from tests.quadratics import FALLING, GROWING, RATES, SMALL, STEPS, each_option


@each_option
def test_the_expected_loss_is_the_mean_of_simulated_ones(options):
    runs = quadratic.simulate(SMALL, RATES, seed=7, runs=40_000, **options)
    expected = quadratic.loss(SMALL, RATES, **options)
    error = runs.std(ddof=1) / np.sqrt(runs.size)
    assert abs(runs.mean() - expected) < 4 * error
    assert error < 0.02 * expected


def test_simulation_agrees_with_a_run_written_out_by_hand():
    problem = quadratic.Problem([2.0], [0.0], [1.0])
    final = quadratic.simulate(
        problem, [0.1, 0.2, 0.3], seed=3, runs=5, momentum=[0.5, 0.6, 0.7], average=Tail(start=1)
    )
    # Without noise a run is its start times the same factor: theta_2 and theta_3 are averaged.
    theta, velocity, path = 1.0, 0.0, []
    for lr, mu in zip([0.1, 0.2, 0.3], [0.5, 0.6, 0.7], strict=True):
        velocity = mu * velocity + 2.0 * theta
        theta -= lr * velocity
        path.append(theta)
    factor = ((path[1] + path[2]) / 2) ** 2
    starts = quadratic.simulate(problem, [0.0], seed=3, runs=5)
    assert final == pytest.approx(starts * factor, rel=1e-12)
    expected = quadratic.loss(
        problem, [0.1, 0.2, 0.3], momentum=[0.5, 0.6, 0.7], average=Tail(start=1)
    )
    assert expected == pytest.approx(factor, rel=1e-12)


def covariance(h, c, m, lrs, momenta, batches, weights):
    """Return E[L] of one direction by products of dense matrices on (theta, v, average)."""
    cov = m * np.outer([1.0, 0.0, 1.0], [1.0, 0.0, 1.0])
    for lr, mu, batch, w in zip(lrs, momenta, batches, weights, strict=True):
        velocity = np.array([h, mu, 0.0])
        theta = np.array([1.0, 0.0, 0.0]) - lr * velocity
        step = np.stack([theta, velocity, w * theta + [0.0, 0.0, 1.0 - w]])
        kick = np.array([-lr, 1.0, -w * lr])
        cov = step @ cov @ step.T + c / batch * np.outer(kick, kick)
    return 0.5 * h * cov[2, 2]


@each_option
def test_the_recursion_is_that_of_the_covariance_matrix(options):
    average = options.get("average", Tail(start=STEPS))
    average = Ema(average) if isinstance(average, float) else average
    sequences = [
        np.broadcast_to(options.get(name, default), (STEPS,))
        for name, default in (("momentum", 0.0), ("batch_size", 1.0))
    ]
    expected = sum(
        weight * covariance(h, c, m, RATES, *sequences, average.weights(STEPS))
        for h, c, m, weight in zip(SMALL.h, SMALL.c, SMALL.m, SMALL.weight, strict=True)
    )
    assert quadratic.loss(SMALL, RATES, **options) == pytest.approx(expected, rel=1e-12)


def test_momentum_of_zeros_is_plain_descent():
    almost = np.full(STEPS, 1e-300)
    for average in (None, Ema(0.9)):
        plain = quadratic.loss(SMALL, RATES, average=average, curve=True)
        heavy = quadratic.loss(SMALL, RATES, average=average, momentum=almost, curve=True)
        assert heavy == pytest.approx(plain, rel=1e-12)


@given(st.integers(1, 300), st.floats(0.0, 1.0))
def test_a_tail_average_weighs_its_iterates_equally(steps, fraction):
    weights = Tail(fraction).weights(steps)
    shares = weights * np.append(np.cumprod(1.0 - weights[:0:-1])[::-1], 1.0)
    averaged = shares > 0
    assert abs(averaged.sum() - max(fraction * steps, 1)) < 1
    assert averaged[-1]
    assert shares[averaged] == pytest.approx(1 / averaged.sum())
    from_step = Tail(start=steps - averaged.sum()).weights(steps)
    assert from_step.tolist() == weights.tolist()


def test_averages_of_nothing_are_the_last_iterate():
    plain = quadratic.loss(SMALL, RATES)
    for average in (Ema(0.0), Ema(0.9, start=STEPS), Tail(0.0), Tail(start=STEPS - 1)):
        assert quadratic.loss(SMALL, RATES, average=average) == pytest.approx(plain, rel=1e-14)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("lr", [0.05, 0.5, 1.5])
def test_a_constant_rate_ends_on_the_floor(lr, momentum):
    found = quadratic.loss(SMALL, np.full(3000, lr), momentum=momentum, batch_size=2)
    assert found == pytest.approx(
        quadratic.floor(SMALL, lr, momentum=momentum, batch_size=2), rel=1e-9
    )


def test_the_floor_is_proportional_to_a_small_rate_and_to_the_noise():
    low, high = (quadratic.floor(SMALL, lr) for lr in (1e-4, 2e-4))
    assert high / low == pytest.approx(2, rel=1e-3)
    assert quadratic.floor(SMALL, 0.5, batch_size=8) == pytest.approx(
        quadratic.floor(SMALL, 0.5) / 8
    )


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_beyond_the_limit_of_stability_there_is_no_floor(momentum):
    limit = 2 * (1 + momentum)
    assert quadratic.floor(SMALL, [limit, 2 * limit], momentum=momentum).tolist() == [np.inf] * 2
    assert quadratic.floor(SMALL, 0.999 * limit, momentum=momentum) < np.inf
    above, below = limit * np.array([[1.25], [0.99]]) * np.ones(9000)
    assert quadratic.loss(SMALL, above, momentum=momentum) == np.inf
    assert quadratic.loss(SMALL, below, momentum=momentum) < np.inf
    assert quadratic.simulate(SMALL, above, seed=0, runs=2, momentum=momentum).min() == np.inf


@given(st.lists(st.floats(0, 1.5), min_size=3, max_size=3))
def test_without_noise_the_loss_is_that_of_gradient_descent(rates):
    quiet = quadratic.Problem(SMALL.h, [0.0, 0.0], SMALL.m, SMALL.weight)
    left = np.prod([(1 - lr * SMALL.h) for lr in rates], axis=0)
    expected = (SMALL.weight * SMALL.h * left**2 * SMALL.m).sum() / 2
    assert quadratic.loss(quiet, rates) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@each_option
def test_a_curve_is_the_losses_of_runs_cut_short(options):
    curve = quadratic.loss(SMALL, RATES, curve=True, **options)
    assert curve.shape == (STEPS + 1,)
    assert curve[0] == pytest.approx(SMALL.initial_loss)
    assert curve[-1] == quadratic.loss(SMALL, RATES, **options)
    if not isinstance(options.get("average"), Tail):
        cut = {k: v[:9] if np.ndim(v) else v for k, v in options.items()}
        assert curve[9] == quadratic.loss(SMALL, RATES[:9], **cut)


@each_option
def test_problems_and_schedules_have_the_same_bits_alone_and_in_company(options):
    problems = quadratic.draw(range(7), bins=30)
    rows = np.stack([RATES, RATES / 3, RATES * 2])
    together = quadratic.loss(problems, rows, **options)
    slopes = quadratic.gradient(problems, rows, **options)
    assert together.shape == (7, 3)
    for i, j in itertools.product(range(7), range(3)):
        assert quadratic.loss(problems[i], rows[j], **options) == together[i, j]
        alone = quadratic.gradient(problems[i], rows[j], **options)
        assert alone.tolist() == slopes[i, j].tolist()
    found = quadratic.best(problems, rows, **options)
    optimum = quadratic.optimal(problems, STEPS, most_sweeps=10, **options)
    for i in (0, 4):
        alone = quadratic.best(problems[i], rows[1], **options)
        assert [v.item() for v in alone] == [v[i, 1].item() for v in found]
        single = quadratic.optimal(problems[i], STEPS, most_sweeps=10, **options)
        assert single.lrs.tolist() == optimum.lrs[i].tolist()
        assert (single.loss, single.sweeps) == (optimum.loss[i], optimum.sweeps[i])


def test_many_columns_are_as_few():
    # More than one chunk, and a last chunk of one column.
    rows = np.linspace(0.1, 1.0, 1201)[:, None] * RATES
    problem = quadratic.power_law(bins=40)
    together = quadratic.loss(problem, rows)
    assert together.tolist() == [float(quadratic.loss(problem, row)) for row in rows]


def test_sequences_may_differ_from_run_to_run():
    rows, batches = np.stack([RATES, RATES / 3]), np.stack([GROWING, GROWING[::-1]])
    momenta = np.stack([FALLING, FALLING * 0.9])
    found = quadratic.loss(SMALL, rows, batch_size=batches, momentum=momenta)
    for row, batch, mu, expected in zip(rows, batches, momenta, found, strict=True):
        assert quadratic.loss(SMALL, row, batch_size=batch, momentum=mu) == expected


def test_leading_axes_of_problems_come_first():
    grid = quadratic.Problem(SMALL.h, SMALL.c * np.ones((4, 3, 1)), SMALL.m, SMALL.weight)
    assert grid.shape == (4, 3)
    assert quadratic.loss(grid, np.stack([RATES] * 5)).shape == (4, 3, 5)
    assert quadratic.loss(grid, [[RATES] * 5] * 2, curve=True).shape == (4, 3, 2, 5, STEPS + 1)
    assert quadratic.floor(grid, np.ones((2, 5))).shape == (4, 3, 2, 5)
    assert quadratic.gradient(grid, np.stack([RATES] * 5)).shape == (4, 3, 5, STEPS)
    assert quadratic.best(grid, np.stack([RATES] * 5)).rate.shape == (4, 3, 5)
    assert quadratic.rates(grid, np.stack([RATES] * 5), [0.1, 0.2]).shape == (4, 3, 5, 2)
    assert quadratic.optimal(grid, 4).lrs.shape == (4, 3, 4)
    assert quadratic.greedy(grid, 4).shape == (4, 3, 4)
    assert grid[1].shape == (3,)
    assert grid[1, 2].shape == ()
    assert grid[:, 0].shape == (4,)
    assert grid[[0, 2]].shape == (2, 3)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("h", lambda: quadratic.Problem([0.0], [1.0], [1.0], [1.0])),
        ("h", lambda: quadratic.Problem("abc", [1.0], [1.0], [1.0])),
        ("h", lambda: quadratic.Problem([], 1.0, 1.0)),
        ("c", lambda: quadratic.Problem([1.0], [-1.0], [1.0], [1.0])),
        ("m", lambda: quadratic.Problem([1.0, 0.5], [1.0], [1.0, 1.0, 1.0], [1.0])),
        ("weight", lambda: quadratic.Problem([1.0], [1.0], [1.0], [0.0])),
        ("index", lambda: SMALL[0]),
        ("lrs", lambda: quadratic.loss(SMALL, [-1.0])),
        ("lrs", lambda: quadratic.loss(SMALL, [])),
        ("lrs", lambda: quadratic.loss(SMALL, 1.0)),
        ("lrs", lambda: quadratic.loss(SMALL, [None])),
        ("lrs", lambda: quadratic.simulate(SMALL, [RATES], seed=0, runs=1)),
        ("batch_size", lambda: quadratic.loss(SMALL, RATES, batch_size=0)),
        ("batch_size", lambda: quadratic.loss(SMALL, RATES, batch_size=[1, 2])),
        ("momentum", lambda: quadratic.loss(SMALL, RATES, momentum=1.0)),
        ("momentum", lambda: quadratic.loss(SMALL, RATES, momentum=[0.5, 0.5])),
        ("average", lambda: quadratic.loss(SMALL, RATES, average=1.1)),
        ("average", lambda: quadratic.loss(SMALL, RATES, average="ema")),
        ("decay", lambda: Ema(1.5)),
        ("start", Tail),
        ("start", lambda: Tail(0.5, start=3)),
        ("noise", lambda: quadratic.power_law(noise=-1.0)),
        ("bins", lambda: quadratic.power_law(bins=20)),
        ("exponent", lambda: quadratic.draw([0], exponent=(2.0, 1.0))),
        ("error", lambda: quadratic.draw([0], error=(0.0, 0.5, 1.0))),
        ("noise", lambda: quadratic.draw([0], noise=(0.0, 1.0))),
        ("noise", lambda: quadratic.draw([0], noise=(-1.0, 1.0))),
        ("seeds", lambda: quadratic.draw([])),
        ("seeds", lambda: quadratic.draw([-1])),
        ("low", lambda: quadratic.best(SMALL, RATES, low=1.0, high=0.5)),
        ("low", lambda: quadratic.best(SMALL, RATES, low=0.0)),
        ("high", lambda: quadratic.best(SMALL, RATES, high=-1.0)),
        ("points", lambda: quadratic.best(SMALL, RATES, points=3)),
        ("shapes", lambda: quadratic.best(SMALL, [0.0])),
        ("shapes", lambda: quadratic.rates(SMALL, [-1.0], [1.0])),
        ("base_lrs", lambda: quadratic.rates(SMALL, [1.0], [-1.0])),
        ("base_lrs", lambda: quadratic.rates(SMALL, [1.0], 1.0)),
        ("base_lrs", lambda: quadratic.rates(SMALL, [1.0], np.ones((3, 2, 1)))),
        ("lr", lambda: quadratic.floor(SMALL, 0.0)),
        ("runs", lambda: quadratic.simulate(SMALL, RATES, seed=0, runs=0)),
        ("seed", lambda: quadratic.simulate(SMALL, RATES, seed=-1, runs=1)),
        ("problem", lambda: quadratic.simulate(quadratic.draw([0]), RATES, seed=0, runs=1)),
        ("total_steps", lambda: quadratic.optimal(SMALL, 0)),
        ("tolerance", lambda: quadratic.optimal(SMALL, 3, tolerance=0.0)),
        ("momentum", lambda: quadratic.greedy(SMALL, 3, momentum=-0.1)),
    ],
)
def test_bad_input_is_refused_by_name(name, call):
    with pytest.raises(ValueError, match=rf"^{re.escape(name)} must be"):
        call()
