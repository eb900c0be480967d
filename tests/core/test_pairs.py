"""Every pair of a public maker and a public taker works, or names the argument it refuses."""

import re

import numpy as np
import pytest

import lrdecay as lr
from lrdecay import export, plot
from lrdecay.lab import adam, bound, catapult, laws, moons, noisy_metric, quadratic, river, well
from tests.makers import MADE, RULE, RULES, SCHEDULES

C = lr.Constant(0.1)
TARGETS = ("python", "nanogpt", "torch", "transformers", "lightning", "optax", "keras")
PROBLEM = quadratic.power_law(dimension=10, bins=None)
LAW = laws.MultiPowerLaw(2.0, 1.0, 0.5, B=0.5, C=1.0, beta=1.0, gamma=0.0)

# What takes it, the argument it is, and the kinds that it takes; each call uses what came out.
BOTH, ONE, RATES = {"schedule", "rule"}, {"schedule"}, {"rates"}
TAKERS = {
    "plot.schedules": (lambda x: plot.schedules({"a": x}, 12, metrics=[1.0] * 6), "named", BOTH),
    "plot.schedules, all": (lambda x: plot.schedules(x, 12, metrics=[1.0]), "named", {"mapping"}),
    "summary": (lambda x: lr.summary(x, 12), "schedule", ONE),
    "with_sum": (lambda x: lr.with_sum(x, 12, 1.0).sample(12), "schedule", ONE),
    "to_json": (lambda x: export.from_json(export.to_json(x)), "schedule", BOTH),
    **{
        f"source, {target}": (
            lambda x, target=target: compile(export.source(x, target), "a", "exec"),
            "schedule",
            ONE,
        )
        for target in TARGETS
    },
    "source, javascript": (lambda x: export.source(x, "javascript"), "schedule", ONE),
    "per_group": (lambda x: lr.per_group(x, {"a": 0.5})["a"](3), "schedule", ONE),
    "extend, past": (lambda x: lr.extend(x, C, 3).schedule(5), "past", ONE),
    "extend, longer": (lambda x: lr.extend(C, x, 3).schedule(5), "longer", ONE),
    "cooldown": (lambda x: lr.cooldown(x, 3, 4).schedule(5), "past", ONE),
    "branch": (lambda x: lr.branch(x, [3], 4)[0].schedule(5), "trunk", ONE),
    "Then, first": (lambda x: lr.Then(x, C, 3)(5), "first", ONE),
    "Then, second": (lambda x: lr.Then(C, x, 3)(5), "second", ONE),
    "then": (lambda x: C.then(x, 3), "second", BOTH),
    "ThenFold, first": (lambda x: lr.ThenFold(x, RULE, 3).rates([1.0] * 5), "first", BOTH),
    "ThenFold, second": (lambda x: lr.ThenFold(RULE, x, 3).rates([1.0] * 5), "second", BOTH),
    "Sum, left": (lambda x: lr.Sum(x, C)(3), "left", ONE),
    "Sum, right": (lambda x: lr.Sum(C, x)(3), "right", ONE),
    "Product, left": (lambda x: lr.Product(x, C)(3), "left", ONE),
    "Product, right": (lambda x: lr.Product(C, x)(3), "right", ONE),
    "Scale": (lambda x: lr.Scale(x, 0.5)(3), "schedule", ONE),
    "Clip": (lambda x: lr.Clip(x, 0.01)(3), "schedule", ONE),
    "Shift": (lambda x: lr.Shift(x, 2)(3), "schedule", ONE),
    "Skip": (lambda x: lr.Skip(x, 2)(3), "schedule", ONE),
    "Stretch": (lambda x: lr.Stretch(x, 2)(3), "schedule", ONE),
    "Reverse": (lambda x: lr.Reverse(x, 9)(3), "schedule", ONE),
    "Repeat": (lambda x: lr.Repeat(x, 2)(3), "schedule", ONE),
    "Warmup": (lambda x: lr.Warmup(x, 2)(3), "schedule", ONE),
    "RAdamWarmup": (lambda x: lr.RAdamWarmup(x)(3), "schedule", ONE),
    "Noise": (lambda x: lr.Noise(x, 12)(3), "schedule", ONE),
    "moons": (lambda x: moons.run(x, [0], steps=12, test_points=2), "lrs", ONE | RATES),
    "bound": (bound.value, "lrs", RATES),
    "laws": (LAW.predict, "lrs", RATES),
    "quadratic.loss": (lambda x: quadratic.loss(PROBLEM, x), "lrs", RATES),
    "quadratic.simulate": (
        lambda x: quadratic.simulate(PROBLEM, x, seed=0, runs=2),
        "lrs",
        RATES,
    ),
    "adam": (lambda x: adam.run(PROBLEM, x, [0]), "lrs", RATES),
    "catapult": (lambda x: catapult.run(x, [0], width=3), "lrs", RATES),
    "river": (lambda x: river.follow(river.draw([0])[0], x), "lrs", RATES),
    "well": (lambda x: well.run(x, [0]), "lrs", RATES),
    "noisy_metric": (lambda x: noisy_metric.first(x, [1.0] * 5), "rule", {"rule"}),
}


@pytest.mark.parametrize("taker", TAKERS)
def test_a_pair_works_or_names_its_argument(taker):
    call, name, kinds = TAKERS[taker]
    for kind, label, made in MADE:
        if kind in kinds:
            call(made)
        else:
            with pytest.raises(ValueError, match=rf"^{re.escape(name)}\b.* must be") as refused:
                call(made)
            assert len(str(refused.value)) < 600, label


@pytest.mark.parametrize("made", SCHEDULES.values(), ids=SCHEDULES)
def test_schedules_are_called_and_sampled(made):
    assert made.sample(12).tolist() == pytest.approx([made(k) for k in range(12)])


@pytest.mark.parametrize("made", RULES.values(), ids=RULES)
def test_rules_make_the_rates_that_the_worlds_take(made):
    rates = made.rates([1.0] * 6, every=2)
    assert rates.dtype == np.float64
    assert quadratic.loss(PROBLEM, rates) >= 0
