"""The horizon that is read off a schedule, against where its rates stop to change."""

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.heuristics.recipes import RECIPES
from lrdecay.tuning.horizon import horizon

ENDING = [
    lrd.Linear(1.0, 90),
    lrd.Cosine(1.0, 90, 0.1),
    lrd.WSD(1.0, 90, 20),
    lrd.OneCycle(1.0, 90, 30),
    lrd.warmup_cosine(1.0, 90, 10),
    lrd.Warmup(lrd.Linear(1.0, 90), 10),
    lrd.Linear(1.0, 90).shift(10),
    lrd.Linear(1.0, 90).skip(10),
    lrd.Linear(1.0, 90).hold(3),
    lrd.Linear(1.0, 90).stretch(1.5),
    lrd.Linear(1.0, 90).stride(3),
    lrd.Linear(1.0, 90).scale(0.3) + lrd.Cosine(1.0, 70),
    lrd.Constant(1.0).then(lrd.Linear(1.0, 20), 70),
    lrd.Linear(1.0, 90).then(lrd.Constant(0.1), 70),
    lrd.MultiStep(1.0, [30, 60]),
    lrd.REX(1.0, 50).clip(0.0, 0.5),
]


@pytest.mark.parametrize("schedule", ENDING, ids=repr)
def test_no_rate_changes_after_the_horizon_and_one_does_before(schedule):
    end = horizon(schedule)
    assert end is not None
    rates = schedule.sample(1000)
    assert np.ptp(rates[end:]) < 1e-12
    assert rates[end - 3 : end + 1].min() < rates[end - 3 : end + 1].max()


@pytest.mark.parametrize(
    "schedule",
    [
        lrd.Constant(1.0),
        lrd.Step(1.0, 30),
        lrd.CosineRestarts(1.0, 30),
        lrd.Linear(1.0, 9).repeat(9),
        lrd.ReduceOnPlateau(1.0),
        lrd.Exponential(1.0, gamma=0.9),
    ],
    ids=repr,
)
def test_what_never_ends_has_none(schedule):
    assert horizon(schedule) is None


def test_recipes_end_where_they_say():
    for recipe in RECIPES:
        schedule = recipe.schedule
        if schedule is not None and {leg.how for leg in recipe.legs[-1:]} <= {"linear", "cosine"}:
            assert horizon(schedule) == recipe.horizon
