"""The double well: roots, a loop written out, and the exact spread of a run on a grid."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import lrdecay as lrd
from lrdecay.lab import well
from lrdecay.lab.streams import stream

STEPS = 60
RATES = np.stack([lrd.Cosine(0.4, STEPS).sample(STEPS), np.full(STEPS, 0.15)])
TILTS = st.floats(0.0, 0.38)


def by_formula(x, tilt):
    return 0.25 * (x**2 - 1.0) ** 2 - tilt * x


@given(TILTS)
def test_points_are_the_roots_of_the_gradient_in_order(tilt):
    found = np.array(well.points(tilt))
    expected = np.sort(np.roots([1.0, 0.0, -1.0, -tilt]).real)
    assert found == pytest.approx(expected, abs=1e-7)
    shallow, top, deep = by_formula(found, tilt)
    assert top > max(shallow, deep)
    assert deep <= shallow + 1e-12


@given(TILTS, st.floats(-3.0, 3.0))
def test_loss_is_the_potential_above_its_least_value(tilt, x):
    expected = by_formula(x, tilt) - by_formula(well.points(tilt).deep, tilt)
    assert well.loss(x, tilt) == pytest.approx(expected, abs=1e-12)
    assert well.loss(x, tilt) >= 0.0
    assert well.loss(well.points(tilt).deep, tilt) == 0.0


def test_runs_are_those_of_a_loop_written_out():
    tilt, noise = [0.1, 0.3], [0.5, 1.5]
    found = well.run(RATES, [4, 9], tilt=tilt, noise=noise)
    for j, seed in enumerate((4, 9)):
        z = stream("well.noise", seed).standard_normal(STEPS)
        for i, lrs in enumerate(RATES):
            x = float(well.points(tilt[j]).shallow)
            for lr, each in zip(lrs, z, strict=True):
                x -= lr * (x**3 - x - tilt[j] + noise[j] * each)
            assert found.position[i, j] == pytest.approx(x, rel=1e-9)
            assert found.escaped[i, j] == (x > well.points(tilt[j]).top)
            assert found.loss[i, j] == pytest.approx(float(well.loss(x, tilt[j])), abs=1e-12)


def on_a_grid(lrs, tilt, noise, cells=1600):
    """Return the probability to end beyond the hill: the density of x, moved step by step."""
    edges = np.linspace(-3.0, 3.0, cells + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    here = np.zeros(cells)
    shallow, top, _ = (float(x) for x in well.points(tilt))
    here[np.searchsorted(edges, shallow) - 1] = 1.0
    moves = {}
    for lr in lrs:
        if lr not in moves:
            mean = middle - lr * (middle**3 - middle - tilt)
            moves[lr] = np.diff(norm.cdf(edges, mean[:, None], lr * noise), axis=1)
        here = here @ moves[lr]
    return here[middle > top].sum()


def test_escapes_are_as_frequent_as_the_density_says():
    lrs = np.repeat([0.3, 0.2, 0.1], 40)
    share = well.run(lrs, range(6000), tilt=0.2, noise=0.7).escaped.mean()
    expected = on_a_grid(lrs, 0.2, 0.7)
    assert 0.2 < expected < 0.8
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 6000) + 0.002


def test_without_noise_nothing_moves():
    found = well.run(RATES, range(3), noise=0.0)
    assert found.position == pytest.approx(float(well.points(0.2).shallow))
    assert not found.escaped.any()
    assert found.loss == pytest.approx(float(well.loss(well.points(0.2).shallow)))


def test_a_run_is_the_same_alone_in_company_and_as_the_beginning_of_a_longer_one():
    alone = well.run(RATES[1], [7])
    company = well.run(RATES, range(10))
    assert company.position[1, 7] == alone.position[0]
    stopped = np.concatenate([RATES[1], np.zeros(20)])
    assert well.run(stopped, [7]).position == alone.position
    nested = well.run(RATES[None, :, None], range(10))
    assert nested.position.shape == (1, 2, 1, 10)
    assert nested.position[0, :, 0].tolist() == company.position.tolist()


def test_divergence_is_an_outcome_that_does_not_come_back():
    lrs = np.concatenate([np.full(30, 3.0), np.full(30, 1e-7)])
    found = well.run([lrs, np.full(60, 0.1)], range(20))
    assert found.diverged.tolist() == [[True] * 20, [False] * 20]
    assert np.isnan(found.position[0]).all()
    assert np.isinf(found.loss[0]).all()
    assert not found.escaped[0].any()
    assert np.isfinite(found.loss[1]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lrs": [-0.1]}, "lrs must be finite and >= 0, got -0.1"),
        ({"lrs": 0.1}, "lrs must be of shape (..., T), not empty, got ()"),
        ({"seeds": []}, "seeds must be at least one seed, got []"),
        ({"seeds": [-1]}, "seeds must be a whole number >= 0 (and at most 2**53), got -1"),
        ({"tilt": 0.4}, "tilt must be below 0.3849, or there is no hill, got 0.4"),
        ({"tilt": -0.1}, "tilt must be finite and >= 0, got -0.1"),
        ({"noise": np.nan}, "noise must be finite and >= 0, got nan"),
        ({"noise": [1.0] * 3}, "noise must be one number, or of shape (2,): one a seed, got (3,)"),
    ],
)
def test_runs_refuse_what_is_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        well.run(**{"lrs": [0.1, 0.2], "seeds": range(2)} | arguments)


def test_loss_refuses_what_is_not_finite():
    with pytest.raises(ValueError, match=r"^x must be finite, got inf$"):
        well.loss([0.0, np.inf])
