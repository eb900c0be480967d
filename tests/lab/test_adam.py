"""Adam on noisy quadratics: a loop written out, closed forms, and the bits of a run."""

import math
import re

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.lab import adam, quadratic
from lrdecay.lab.streams import stream

STEPS = 70
RATES = np.stack([lrd.Cosine(0.1, STEPS).sample(STEPS), np.full(STEPS, 0.02)])
SMALL = quadratic.Problem([1.0, 0.3, 0.1], [0.5, 0.2, 0.0], [1.0, 2.0, 1.0], [1.0, 3.0, 1.0])


def by_hand(problem, lrs, seed, beta1, beta2, eps, batches):
    """Return the final loss of Algorithm 1 of Kingma and Ba, one number at a time."""
    d = problem.directions
    rng = stream("adam.noise", seed)
    theta = [math.sqrt(m) * z for m, z in zip(problem.m, rng.standard_normal(d), strict=True)]
    first, second = [0.0] * d, [0.0] * d
    noise = rng.standard_normal((128, d))
    for k, (lr, batch) in enumerate(zip(lrs, batches, strict=True)):
        for i in range(d):
            g = problem.h[i] * theta[i] + math.sqrt(problem.c[i] / batch) * noise[k, i]
            first[i] = beta1 * first[i] + (1 - beta1) * g
            second[i] = beta2 * second[i] + (1 - beta2) * g * g
            mean = first[i] / (1 - beta1 ** (k + 1))
            square = second[i] / (1 - beta2 ** (k + 1))
            theta[i] -= lr * mean / (math.sqrt(square) + eps)
    return sum(0.5 * problem.weight[i] * problem.h[i] * theta[i] ** 2 for i in range(d))


@pytest.mark.parametrize(
    ("beta1", "beta2", "eps", "batch_size"),
    [(0.9, 0.999, 1e-8, 1.0), (0.9, 0.95, 0.1, 4.0), (0.0, 0.99, 0.0, np.linspace(1, 9, STEPS))],
)
def test_runs_are_those_of_a_loop_written_out(beta1, beta2, eps, batch_size):
    found = adam.run(SMALL, RATES, [3, 8], beta1=beta1, beta2=beta2, eps=eps, batch_size=batch_size)
    batches = np.broadcast_to(batch_size, (STEPS,))
    expected = [[by_hand(SMALL, r, s, beta1, beta2, eps, batches) for s in (3, 8)] for r in RATES]
    assert found == pytest.approx(np.array(expected), rel=1e-9)


def test_two_steps_of_sign_descent_have_the_expected_loss():
    """From 0 the first step is a coin's, and the second finds its sign as often as erf says."""
    h, c, first, second = 2.0, 3.0, 0.4, 0.3
    problem = quadratic.Problem(h, c, 0.0)
    found = adam.run(problem, [first, second], range(20_000), beta1=0.0, beta2=0.0, eps=0.0)
    right = math.erf(h * first / math.sqrt(2 * c))
    expected = 0.5 * h * (first**2 + second**2 - 2 * first * second * right)
    error = found.std(ddof=1) / math.sqrt(found.size)
    assert abs(found.mean() - expected) < 4 * error
    assert error < 0.01 * expected


def test_sign_descent_without_noise_walks_straight_to_the_minimum():
    problem = quadratic.Problem(0.5, 0.0, 4.0)
    start = adam.run(problem, [0.0], range(9), beta1=0.0, beta2=0.0, eps=0.0)
    found = adam.run(problem, [0.01, 0.02, 0.005], range(9), beta1=0.0, beta2=0.0, eps=0.0)
    distance = np.sqrt(start / 0.25)
    assert distance.min() > 0.035
    assert np.sqrt(found / 0.25) == pytest.approx(distance - 0.035)
    # At the minimum there is no gradient, and so no step.
    still = quadratic.Problem(1.0, 0.0, 0.0)
    assert adam.run(still, [0.1] * 3, [0], beta1=0.0, beta2=0.0, eps=0.0).tolist() == [0.0]


@pytest.mark.parametrize(("beta1", "beta2"), [(0.0, 0.0), (0.9, 0.999), (0.5, 0.9)])
def test_a_first_step_is_as_long_as_the_learning_rate(beta1, beta2):
    problem = quadratic.Problem(1.0, 1.0, 0.0)
    found = adam.run(problem, [0.3], range(20), beta1=beta1, beta2=beta2, eps=0.0)
    assert found == pytest.approx(0.5 * 0.3**2, rel=1e-12)


def test_without_eps_the_scale_of_the_gradients_does_not_matter():
    scaled = quadratic.Problem(16.0 * SMALL.h, 256.0 * SMALL.c, SMALL.m, SMALL.weight)
    found = adam.run(scaled, RATES, [0, 1], eps=0.0)
    assert (found / 16.0).tolist() == adam.run(SMALL, RATES, [0, 1], eps=0.0).tolist()


def test_with_a_large_eps_it_is_descent_with_momentum():
    eps, beta = 1e7, 0.8
    kept = adam.run(SMALL, RATES[0] * eps, range(4000), beta1=beta, eps=eps, beta2=0.5)
    # Undone in the rates: the correction of the bias and the mean in place of a sum.
    rates = RATES[0] * (1 - beta) / (1 - beta ** np.arange(1, STEPS + 1))
    expected = quadratic.loss(SMALL, rates, momentum=beta)
    assert abs(kept.mean() - expected) < 4 * kept.std(ddof=1) / math.sqrt(kept.size)


def test_a_run_has_the_same_bits_alone_and_in_company(monkeypatch):
    problems = quadratic.draw(range(3))
    batches = np.stack([np.linspace(1, 3, STEPS), np.linspace(5, 2, STEPS)])
    together = adam.run(problems, RATES, range(7), batch_size=batches)
    assert together.shape == (3, 2, 7)
    for i, j, seed in np.ndindex(together.shape):
        alone = adam.run(problems[i], RATES[j], [seed], batch_size=batches[j])
        assert alone.tolist() == [together[i, j, seed]]
    monkeypatch.setattr(adam, "_CHUNK", 100)
    assert adam.run(problems, RATES, range(7), batch_size=batches).tolist() == together.tolist()


def test_rates_out_of_bounds_overflow_quietly():
    assert adam.run(SMALL, [1e200, 1e200], [0]).tolist() == [np.inf]


def test_decay_helps_adam_too_where_the_run_is_long_enough_to_be_noisy():
    """Its denominator adapts to the size of the gradients, not to how near the minimum is."""
    steps = 400
    problem = quadratic.power_law(dimension=40, bins=None)
    shapes = np.stack([np.ones(steps), lrd.Linear(1.0, steps).sample(steps)])
    grid = np.geomspace(0.003, 0.1, 10)
    losses = adam.run(problem, grid[:, None] * shapes[:, None], range(48))
    best = losses.mean(axis=-1).argmin(axis=-1)
    assert (best > 0).all()
    assert (best < grid.size - 1).all()
    constant, linear = losses[[0, 1], best]
    gain = constant - linear
    assert gain.mean() > 4 * gain.std(ddof=1) / math.sqrt(gain.size)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("lrs", lambda: adam.run(SMALL, [-1.0], [0])),
        ("seeds", lambda: adam.run(SMALL, RATES, [])),
        ("seeds", lambda: adam.run(SMALL, RATES, [-1])),
        ("beta1", lambda: adam.run(SMALL, RATES, [0], beta1=1.0)),
        ("beta2", lambda: adam.run(SMALL, RATES, [0], beta2=-0.1)),
        ("eps", lambda: adam.run(SMALL, RATES, [0], eps=-1.0)),
        ("batch_size", lambda: adam.run(SMALL, RATES, [0], batch_size=0)),
    ],
)
def test_bad_input_is_refused_by_name(name, call):
    with pytest.raises(ValueError, match=rf"^{re.escape(name)} must be"):
        call()
