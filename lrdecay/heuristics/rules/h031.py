"""Is a warmup of 2 / (1 - beta2) updates a cheap default for Adam?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...charts import Dots
from ...families.linear import Linear
from ...families.warmup import warmup_linear
from ...lab import adam, quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

PEAKS = 2.0 ** np.arange(-7.5, -3.9, 0.5)
NOISES = 4  # runs that the loss of a problem is the mean of


class Setting(NamedTuple):
    """A run, whose untuned warmup is 2 / (1 - beta2)."""

    beta2: float
    steps: int
    warmup: int


SETTINGS = {
    "short": Setting(0.95, 1000, 40),
    "middle": Setting(0.99, 1000, 200),
    "long": Setting(0.999, 2500, 2000),
}


def losses(problem: quadratic.Problem, seed: int, setting: Setting) -> NDArray[Any]:
    """Return mean final losses without, with 1 % and with the untuned warmup, at tuned peaks."""
    beta2, steps, warmup = setting
    ramps = [warmup_linear(1.0, steps, w) for w in (steps // 100, warmup)]
    shapes = np.stack([s.sample(steps) for s in (Linear(1.0, steps), *ramps)])
    first = NOISES * seed
    tuned_on = range(first + 5000 * NOISES, first + 5000 * NOISES + NOISES)
    lrs = PEAKS[:, None, None] * shapes
    sweep = adam.run(problem, lrs, tuned_on, beta2=beta2).mean(axis=-1)
    best = PEAKS[sweep.argmin(axis=0)][:, None] * shapes
    judged_on = range(first, first + NOISES)
    return adam.run(problem, best, judged_on, beta2=beta2).mean(axis=-1)


def experiment(seeds: range) -> Evidence:
    """Tune Adam with linear decay after three lengths of warmup, for three values of beta2."""
    problems = quadratic.draw(seeds)
    cost, numbers = {}, {}
    for key, setting in SETTINGS.items():
        found = np.array([losses(problems[i], seed, setting) for i, seed in enumerate(seeds)])
        cost[key] = bootstrap(found[:, 2] / found[:, 0] - 1.0)
        numbers[f"{key}_1"] = bootstrap(found[:, 1] / found[:, 0] - 1.0)
    cases = tuple(
        Case(
            key,
            f"β2 is {beta2}, so that it takes {warmup} of {steps} updates",
            cost[key],
            at_most=0.05,
        )
        for key, (beta2, steps, warmup) in SETTINGS.items()
    )
    chart = Dots(
        rows=tuple(f"β2 {s.beta2}: {s.warmup} of {s.steps}" for s in SETTINGS.values()),
        series={
            "2 / (1 - β2) updates": tuple(cost.values()),
            "1 % of the run": tuple(numbers.values()),
        },
        xlabel="final loss, relative to no warmup",
        alt="Change of the final loss by a warmup. At β2 0.95 and 0.99 both warmups are near 0. "
        "At 0.999 the warmup takes 2000 of 2500 updates, and the loss is far higher.",
        caption="The rule is cheap while it takes a small part of the run: {short:.1%} at β2 "
        "0.95, {middle:.1%} at 0.99. At 0.999 it takes most of this run, and costs {long:.0%}.",
        reference=0.0,
    )
    return Evidence("relative cost of the warmup in final loss", cases, chart, numbers)


RULE = Rule(
    id="H031",
    name="Adam's untuned warmup",
    question="Is a warmup of 2 / (1 - β2) updates a cheap default for Adam?",
    claim="A linear warmup over 2 / (1 - β2) updates costs Adam at most 5 % of the final loss, "
    "against no warmup, each at its best peak.",
    topic="warmup",
    action="Use 2 / (1 - β2) updates as Adam's warmup if they are at most a fifth of the run. In "
    "shorter runs lower β2 or take a shorter warmup.",
    value="The warmup changed the final loss by {short:.1%} at β2 = 0.95, where it is 40 updates, "
    "and by {middle:.1%} at 0.99, where it is 200 of 1000.",
    tradeoff="At the usual β2 = 0.999 it is 2000 updates: in a run of 2500 it cost {long:.0%}, and "
    "a warmup over 1 % of that run {long_1:.1%}.",
    reasoning="Adam's mean of squared gradients looks back over about $1 / (1 - \\beta_2)$ "
    "updates. Until it has seen as many, it is an average over few gradients, and the bias "
    "correction lets the first steps be of full length in every parameter at once. The rule gives "
    "this mean time to settle, whatever the length of the run: its cost therefore grows with the "
    "share of the run that it takes. Ma and Yarats found it to do as well as RAdam's correction.",
    not_when="Adam is not at risk at the start of these quadratics: they show what the warmup "
    "costs, not what it prevents. Where a run without it fails, a high cost is worth paying.",
    conditions="Adam with β1 0.9 on noisy quadratics of 1000 directions, one drawn for each "
    "seed; linear decay to 0 without a warmup, with one over 1 % and with the untuned one; each "
    "peak tuned on the mean of 4 runs and judged on 4 runs with other noise; 1000 updates, 2500 "
    "at β2 0.999.",
    sources=("ma-2019", "liu-2019"),
    situations=("choosing a schedule", "fine-tuning"),
    symptoms=("no budget to tune", "loss spikes early"),
    related=("H030", "H043", "H029"),
    experiment=experiment,
    seeds=range(1000, 1026),
)
