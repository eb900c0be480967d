"""The catapult: gradient descent on the vectors themselves, and the published thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.lab import catapult
from lrdecay.lab.streams import stream

STEPS = 300


def descend(u, v, lrs, noise):
    """Gradient descent on u and v, whose gradient is written out; f and sharpness at each step."""
    n = len(u)
    for k in range(len(lrs) + 1):
        yield u @ v / np.sqrt(n), (u @ u + v @ v) / n
        if k < len(lrs):
            error = u @ v / np.sqrt(n) - noise[k]
            u, v = u - lrs[k] * error * v / np.sqrt(n), v - lrs[k] * error * u / np.sqrt(n)


def vectors(seed, width):
    return stream("catapult.start", seed).standard_normal((2, width))


def constant(*rates, steps=STEPS):
    return np.repeat(np.array(rates)[:, None], steps, axis=1)


@pytest.mark.parametrize("sigma", [0.0, 0.7])
@given(
    st.lists(st.floats(0.0, 1.6), min_size=1, max_size=30),
    st.integers(0, 50),
    st.sampled_from([1, 3, 20, 400]),
)
def test_the_recursion_is_gradient_descent_on_the_vectors(sigma, lrs, seed, width):
    found = catapult.run(lrs, [seed], width=width, noise=sigma, curve=True)
    xi = sigma * stream("catapult.noise", seed).standard_normal(len(lrs))
    f, sharpness = np.array(list(descend(*vectors(seed, width), lrs, xi))).T
    assert found.loss[0] == pytest.approx(0.5 * f**2, rel=1e-6, abs=1e-12)
    assert found.sharpness[0] == pytest.approx(sharpness, rel=1e-6)
    assert found.highest[0] == found.loss[0].max()


@pytest.mark.parametrize("width", [10, 1000, 30_000])
def test_a_constant_rate_falls_catapults_or_diverges(width):
    seeds = range(50)
    rates = constant(0.5, 1.9, 2.1, 3.0, 3.9, 4.1, 6.0)
    found = catapult.run(rates, seeds, width=width, relative=True, curve=True)
    assert found.diverged.mean(axis=1).tolist() == [0.0] * 5 + [1.0] * 2
    falls = (np.diff(found.loss[:2]) <= 0.0).all(axis=-1)
    assert falls.all()
    start = catapult.initial(seeds, width=width)[1]
    assert (found.loss[2:5, :, -1] < 0.05).all()
    assert (np.median(found.loss[2:5, :, -1], axis=-1) < 1e-9).all()
    # The flatter place is stable at the rate, which the start was not.
    assert (found.sharpness[2:5, :, -1] / start * rates[2:5, :1] < 2.0).all()
    if width >= 1000:
        rise = np.median(found.highest / found.loss[:, :, 0], axis=-1)
        assert rise[1] == 1.0
        assert (rise[3:5] > 100.0).all()
        assert (np.median(2 * found.highest[3:5] / width, axis=-1) < 1.0).all()


def test_the_sharpness_is_the_largest_eigenvalue_of_the_hessian():
    width, eps = 30, 1e-4
    found = catapult.run([0.9] * 200, [5], width=width, curve=True)
    u, v = vectors(5, width)
    for _ in range(200):
        f = u @ v / np.sqrt(width)
        u, v = u - 0.9 * f * v / np.sqrt(width), v - 0.9 * f * u / np.sqrt(width)

    def gradient(w):
        a, b = np.split(w, 2)
        return a @ b / width * np.concatenate([b, a])

    w = np.concatenate([u, v])
    columns = [
        (gradient(w + eps * e) - gradient(w - eps * e)) / (2 * eps) for e in np.eye(2 * width)
    ]
    assert np.linalg.eigvalsh(np.array(columns))[-1] == pytest.approx(found.sharpness[0, -1])


def test_the_start_has_the_moments_of_its_definition():
    f, sharpness = catapult.initial(range(2000), width=200)
    assert f.mean() == pytest.approx(0.0, abs=0.1)
    assert f.std() == pytest.approx(1.0, rel=0.06)
    assert sharpness.mean() == pytest.approx(2.0, abs=0.02)
    assert sharpness.std() == pytest.approx(2.0 / np.sqrt(200), rel=0.06)


def test_noise_of_the_labels_flattens_at_the_rate_of_its_drift():
    # By the recursion, to first order in 1/n: d lambda / dk = -2 eta^2 sigma^2 lambda / (2 - x) / n
    # with x = eta lambda, so that log lambda - x / 2 falls by eta^2 sigma^2 / n a step.
    rate, sigma, width, steps = 0.4, 1.0, 2000, 3000
    found = catapult.run([rate] * steps, range(60), width=width, noise=sigma, curve=True)
    first, last = (found.sharpness[:, k].mean() for k in (200, steps))
    fallen = np.log(first / last) - rate * (first - last) / 2
    assert fallen == pytest.approx(rate**2 * sigma**2 / width * (steps - 200), rel=0.05)


def test_runs_do_not_depend_on_their_company_and_longer_ones_continue_shorter_ones():
    rates = constant(0.5, 1.5, 2.5, steps=40)
    together = catapult.run(rates, range(6), noise=0.5, curve=True)
    alone = catapult.run(rates[1], [4], noise=0.5, curve=True)
    assert (alone.loss == together.loss[1, 4:5]).all()
    short = catapult.run(rates[..., :15], range(6), noise=0.5, curve=True)
    assert (short.sharpness == together.sharpness[..., :16]).all()
    ends = catapult.run(rates.reshape(3, 1, 40), range(6), noise=0.5)
    assert ends.loss.shape == ends.sharpness.shape == ends.diverged.shape == (3, 1, 6)
    assert (ends.loss[:, 0] == together.loss[..., -1]).all()
    assert (ends.highest[:, 0] == together.highest).all()


def test_divergence_is_marked_and_no_number_is_nan():
    found = catapult.run([9.0] * 50 + [0.0] * 50, range(5), relative=True, curve=True)
    assert found.diverged.all()
    assert np.isinf(found.loss[:, -1]).all()
    assert not any(np.isnan(values).any() for values in found)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"lrs": []}, "lrs"),
        ({"lrs": [-1.0]}, "lrs"),
        ({"lrs": 1.0}, "lrs"),
        ({"lrs": [np.nan]}, "lrs"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [-1]}, "seeds"),
        ({"seeds": [0.5]}, "seeds"),
        ({"width": 0}, "width"),
        ({"width": 2.5}, "width"),
        ({"noise": -0.1}, "noise"),
        ({"noise": float("inf")}, "noise"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments, name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        catapult.run(**({"lrs": [0.1], "seeds": [0]} | arguments))
