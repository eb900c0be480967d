"""The main effects of rules on quadratics: what they are differences of, and what noise decides."""

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.lab import quadratic

STEPS = 200


def found(**options):
    """Return the effects on ten problems by their words."""
    problems = quadratic.draw(range(10), **options)
    return {effect.what: effect for effect in quadratic.effects(problems, steps=STEPS)}


def test_an_effect_is_a_difference_of_tuned_losses_in_shares_of_decay_s_gain():
    shapes = [
        lrd.Constant(1.0).sample(STEPS),
        lrd.Linear(1.0, STEPS).sample(STEPS),
        lrd.WSD(1.0, STEPS, STEPS // 5).sample(STEPS),
        lrd.WSD(1.0, STEPS, STEPS // 5, shape="1-sqrt").sample(STEPS),
    ]
    problems = quadratic.draw(range(10))
    constant, linear, wsd, root = quadratic.best(problems, shapes).loss.T
    effects = found()
    # A floor in the loss moves every loss by as much.
    for floor in (0.0, 7.0):
        share = np.median((wsd + floor) - (root + floor)) / np.median(
            (constant + floor) - (linear + floor)
        )
        effect = effects["a linear cooldown of 20 %, against 1-sqrt"]
        assert effect.share.estimate == pytest.approx(share)
    assert effect.relative.estimate == pytest.approx(np.median(wsd - root) / np.median(linear))
    assert effects["a constant rate, against linear decay"].share.estimate == 1.0


def test_a_kept_peak_costs_and_the_best_of_many_is_no_worse():
    effects = found()
    for what in (
        "a cosine at the best peak of WSD",
        "a constant rate tuned on a quarter of the run",
        "linear decay tuned on a quarter of the run",
        "linear decay, against the best of nine",
        "a cooldown of 10 %, against the best length",
    ):
        assert effects[what].relative.low >= 0.0


def test_how_the_noise_lies_decides_signs():
    """With as much of it in all, but equal in all directions, decay gains nothing."""
    usual, equal = found(), found(anisotropy=0.0)
    what = "a constant rate, against linear decay"
    assert usual[what].relative.low > 0.0 > equal[what].relative.high
    assert equal[what].share is None
    for effects in (usual, equal):
        assert effects["three drops by 10, against a cosine"].relative.low > 0.05


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="problem must be of shape"):
        quadratic.effects(quadratic.power_law())
    with pytest.raises(ValueError, match="steps must be"):
        quadratic.effects(quadratic.draw(range(2)), steps=19)
