"""The river valley: a loop written out, closed forms, sampling against expectation."""

import math

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.lab import quadratic, river
from lrdecay.lab.streams import stream

STEPS = 60
RATES = np.stack([lrd.Cosine(0.8, STEPS).sample(STEPS), np.full(STEPS, 0.2)])
STRAIGHT = river.Valley(drop=2.0, timescale=[3.0, 8.0], sharpness=0.7, noise=[0.5, 2.0], offset=3.0)
NARROW = river.Valley(drop=2.0, timescale=4.0, sharpness=0.7, noise=0.5, narrowing=[0.0, 0.8])


def by_hand(valley, lrs, seed, batches):
    """Return the places of one run, one number at a time."""
    d, tau, k0, c, offset, n = (
        float(getattr(valley, name))
        for name in ("drop", "timescale", "sharpness", "noise", "offset", "narrowing")
    )
    normal = stream("river.noise", seed).standard_normal(1 + len(lrs))
    x, y = 0.0, math.sqrt(offset) * normal[0]
    places = [(x, y)]
    for lr, batch, z in zip(lrs, batches, normal[1:], strict=True):
        k = k0 * math.exp(n * x)
        slope = -math.exp(-x) + n * k * y * y / (2 * d)  # of the loss by x, over d
        x, y = x - lr / tau * slope, y - lr * (k * y + math.sqrt(c / batch) * z)
        places.append((x, y))
    return np.array(places).T


@pytest.mark.parametrize("batch_size", [1.0, np.linspace(1.0, 9.0, STEPS)])
def test_sampled_runs_are_those_of_a_loop_written_out(batch_size):
    found = river.simulate(NARROW, RATES, [3, 8], batch_size=batch_size, curve=True)
    assert found.x.shape == (2, 2, 2, STEPS + 1)
    for v, r, s in np.ndindex(2, 2, 2):
        batches = np.broadcast_to(batch_size, STEPS)
        x, y = by_hand(NARROW[v], RATES[r], (3, 8)[s], batches)
        assert found.x[v, r, s] == pytest.approx(x, rel=1e-9)
        assert found.y[v, r, s] == pytest.approx(y, rel=1e-9)
    k = 0.7 * np.exp(NARROW.narrowing[:, None, None, None] * found.x)
    assert found.loss == pytest.approx(2 * np.exp(-found.x) + k * found.y**2 / 2)


def test_the_update_is_the_gradient_of_the_loss_in_stretched_coordinates():
    """Along the river a unit of x is sqrt(d tau) long, by which the gradient is divided twice."""
    d, tau, k0, n = 2.0, 4.0, 0.7, 0.8
    valley = river.Valley(drop=d, timescale=tau, sharpness=k0, noise=0.0, offset=5.0, narrowing=n)
    path = river.simulate(valley, [0.1], [1], curve=True)
    (x0, x1), (y0, y1) = path.x[0], path.y[0]

    def loss(x, y):
        return d * math.exp(-x) + k0 * math.exp(n * x) * y * y / 2

    eps = 1e-6
    by_x = (loss(x0 + eps, y0) - loss(x0 - eps, y0)) / (2 * eps)
    by_y = (loss(x0, y0 + eps) - loss(x0, y0 - eps)) / (2 * eps)
    assert x1 - x0 == pytest.approx(-0.1 * by_x / (d * tau), rel=1e-7)
    assert y1 - y0 == pytest.approx(-0.1 * by_y, rel=1e-7)


def test_the_mean_of_sampled_runs_is_the_exact_path():
    batches = np.geomspace(1.0, 8.0, STEPS)
    exact = river.follow(STRAIGHT, RATES, batch_size=batches, curve=True)
    sampled = river.simulate(STRAIGHT, RATES, range(20_000), batch_size=batches)
    assert sampled.x == pytest.approx(np.repeat(exact.x[..., -1:], 20_000, axis=-1), rel=1e-12)
    error = sampled.hill.std(axis=-1) / math.sqrt(20_000)
    assert (np.abs(sampled.hill.mean(axis=-1) - exact.hill[..., -1]) < 4 * error).all()
    assert (error < 0.02 * exact.hill[..., -1]).all()


def test_across_a_straight_valley_is_a_noisy_quadratic():
    found = river.follow(STRAIGHT, RATES, batch_size=3.0, curve=True)
    for i in range(2):
        one = quadratic.Problem(0.7, float(STRAIGHT.noise[i]), 3.0)
        expected = quadratic.loss(one, RATES, batch_size=3.0, curve=True)
        assert found.hill[i] == pytest.approx(expected, rel=1e-12)
        assert found.y[i] == pytest.approx(np.sqrt(2 * expected / 0.7), rel=1e-12)


def test_with_small_rates_the_river_falls_as_one_over_the_summed_rate():
    lrs = lrd.Cosine(2e-3, 20_000).sample(20_000)
    path = river.follow(STRAIGHT, lrs)
    expected = 2.0 / (1.0 + lrs.sum() / STRAIGHT.timescale)
    assert path.river == pytest.approx(expected, rel=1e-3)


def test_in_a_narrowing_valley_a_constant_rate_stops_along_the_river():
    r"""It stops where the slope of the walls balances that of the river, on average.

    There e^-x = n k E[y^2] / (2 d) with k E[y^2] near eta c / 2, so that the height of the river
    is near n eta c / 4 as long as eta k is small.
    """
    valley = river.Valley(timescale=0.5, sharpness=0.02, noise=1.0, narrowing=0.5)
    path = river.simulate(valley, np.full(12_000, 0.5), range(60), curve=True)
    late = path.river[:, 6_000:].mean()
    assert late == pytest.approx(0.5 * 0.5 * 1.0 / 4, rel=0.1)


def test_bits_do_not_depend_on_company():
    valleys = river.Valley(noise=np.linspace(0.1, 2.0, 7), narrowing=[0, 0.1, 0, 0.5, 0, 1, 2])
    together = river.simulate(valleys, RATES, range(5))
    for v, r, s in [(0, 0, 0), (3, 1, 2), (6, 0, 4)]:
        alone = river.simulate(valleys[v], RATES[r], [s])
        assert all(a[0] == t[v, r, s] for a, t in zip(alone, together, strict=True))


def test_what_overflows_is_infinite():
    with np.errstate(all="raise"):
        path = river.follow(river.Valley(), np.full(4000, 3.0))
        sampled = river.simulate(river.Valley(narrowing=0.1), np.full(4000, 90.0), [0])
    assert path.loss == np.inf
    assert sampled.loss == [np.inf]


def test_valleys_are_drawn_in_the_ranges_that_are_said():
    found = river.draw(range(2000), narrowing=0.3)
    for values, low, high in [(found.timescale, 3.0, 30.0), (found.noise, 0.3, 3.0)]:
        position = np.log(values / low) / np.log(high / low)
        assert 0.0 <= position.min() < 0.01
        assert 0.99 < position.max() <= 1.0
        assert position.mean() == pytest.approx(0.5, abs=0.02)
    assert (found.narrowing == 0.3).all()
    assert (found.drop == 1.0).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: river.Valley(drop=0.0), "drop must be finite and > 0"),
        (lambda: river.Valley(noise=-1.0), "noise must be finite and >= 0"),
        (lambda: river.Valley(noise=[1, 2], drop=[1, 2, 3]), "noise must be of a shape that fits"),
        (lambda: river.Valley()[0], "index must be left out"),
        (lambda: river.follow(NARROW, [0.1]), "valley must be straight"),
        (lambda: river.follow(STRAIGHT, 0.1), "lrs must be of shape"),
        (lambda: river.follow(STRAIGHT, [-0.1]), "lrs must be finite and >= 0"),
        (lambda: river.follow(STRAIGHT, [0.1], batch_size=0), "batch_size must be finite and > 0"),
        (lambda: river.follow(STRAIGHT, [0.1], batch_size=[1, 2]), "batch_size must be of a shape"),
        (lambda: river.simulate(STRAIGHT, [0.1], []), "seeds must be at least one"),
        (lambda: river.simulate(STRAIGHT, [0.1], [-1]), "seeds must be a whole number"),
        (lambda: river.draw([]), "seeds must be at least one"),
        (lambda: river.draw([1], narrowing=-1.0), "narrowing must be a finite number >= 0"),
    ],
)
def test_what_is_out_of_range_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_valleys_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        STRAIGHT.noise[0] = 3.0
