"""The quadratic under other assumptions: sampled, beside the quadratics of the lab, and planted."""

import numpy as np
import pytest

from lrdecay.heuristics import calibration
from lrdecay.heuristics.calibration import GRID, SHAPES, Assumptions, Fit
from lrdecay.lab import quadratic
from lrdecay.lab.trials import effects as trials
from lrdecay.lab.trials.shapes import schedule


@pytest.mark.parametrize("stays", [0.0, 0.3, 1.0])
def test_the_expected_loss_is_the_mean_of_sampled_runs(stays):
    one = Assumptions(noise=0.5, stays=stays, start=-0.25)  # begins at a loss other than 1
    problem = quadratic.power_law(1.5, noise=0.5, error=-0.25, bins=30)
    lrs = np.linspace(0.8, 0.1, 30)
    rng = np.random.default_rng(0)
    theta = np.sqrt(problem.m) * np.ones((20_000, 1))
    slope = 0.5 * problem.weight * problem.h
    first = slope @ problem.m
    for lr in lrs:
        # The noise of a run goes by its own loss, not by that of the mean.
        level = stays + (1.0 - stays) * (theta**2 @ slope) / first
        noise = rng.standard_normal(theta.shape) * np.sqrt(problem.c * level[:, None])
        theta = theta - lr * (problem.h * theta + noise)
    sampled = theta**2 @ slope
    error = sampled.std() / np.sqrt(len(sampled))
    assert calibration.final(one, lrs[None])[0] == pytest.approx(sampled.mean(), abs=5 * error)


def test_effects_are_those_that_the_search_of_the_lab_finds():
    names = ("constant", "linear", *SHAPES)
    rates = [schedule(name, 1.0, 300).sample(300) for name in names]
    one = Assumptions(noise=2.0, lies=0.5)
    problem = quadratic.power_law(1.5, noise=2.0, error=0.25, anisotropy=0.5, bins=30)
    loss = quadratic.best(problem, rates).loss
    expected = (loss[2:] - loss[1]) / (loss[0] - loss[1])
    assert calibration.predicted([one])[0] == pytest.approx(expected, abs=0.02)


def test_where_decay_gains_nothing_there_is_no_share():
    # Hardly any way to go, and equal noise in all directions.
    (row,) = calibration.predicted([Assumptions(noise=10.0, lies=0.0)])
    assert np.isinf(row).all()


@pytest.mark.parametrize(
    "planted",
    [
        Assumptions(noise=GRID["noise"][2], stays=0.1),
        Assumptions(noise=GRID["noise"][4], stays=0.3),
    ],
)
def test_a_fit_finds_what_was_planted(planted):
    target = dict(zip(SHAPES, calibration.predicted([planted])[0], strict=True))
    found = calibration.fit(target, ("noise", "stays"))
    assert found.assumptions == planted
    assert found.error == pytest.approx(0.0, abs=1e-12)
    # With one of the two kept as it is, the other cannot make up for it.
    assert calibration.fit(target, ("noise",)).error > 0.02


def test_more_freedom_never_fits_worse():
    target = calibration.typical()
    errors = [calibration.fit(target, free).error for free in ((), ("noise",), ("noise", "stays"))]
    assert errors == sorted(errors, reverse=True)
    assert calibration.fit(target, ()).assumptions == Assumptions()


def test_the_middle_of_the_prior_is_what_the_rules_draw_from():
    middle = Assumptions()
    problems = quadratic.draw(range(400))
    slopes = np.log(problems.h[:, 0] / problems.h[:, 9]) / np.log(10)
    assert np.median(slopes) == pytest.approx(middle.spectrum, abs=0.1)
    assert np.median(problems.c / problems.h) == pytest.approx(middle.noise, rel=0.2)
    assert all(getattr(middle, name) in values for name, values in GRID.items())


def test_what_is_fitted_to_is_what_the_trials_found():
    setting, effects = next(iter(calibration.tried().items()))
    name = next(iter(effects))
    mean = {arm: trials.losses(setting, arm).mean() for arm in ("constant", "linear", name)}
    share = (mean[name] - mean["linear"]) / (mean["constant"] - mean["linear"])
    assert effects[name] == pytest.approx(share)
    each = [found["cosine"] for found in calibration.tried().values() if "cosine" in found]
    assert calibration.typical()["cosine"] == np.median(each)
    assert calibration.published().keys() <= calibration.typical().keys()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="free"):
        calibration.fit(calibration.typical(), ("floor",))
    with pytest.raises(ValueError, match="target"):
        calibration.fit({"zigzag": 1.0})
    with pytest.raises(ValueError, match="assumptions"):
        calibration.predicted([])
    assert isinstance(calibration.fit(calibration.typical(), ()), Fit)
