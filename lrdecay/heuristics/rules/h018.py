"""Does a constant rate with a cooldown forgive a bad peak better than others?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import bound, quadratic
from ...lab.stats import bootstrap, exact
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
FACTORS = (1 / 4, 1 / 3, 1 / 2, 2**-0.5, 1.0, 2**0.5, 2.0, 3.0, 4.0)
LOW, HIGH, TWICE = FACTORS.index(1 / 3), FACTORS.index(3.0), FACTORS.index(2.0)
SHAPES = {
    "constant, 20 % cooldown": WSD(1.0, STEPS, STEPS // 5),
    "linear to zero": Linear(1.0, STEPS),
    "cosine to zero": Cosine(1.0, STEPS),
    "cosine to 10 %": Cosine(1.0, STEPS, 0.1),
    "constant": Constant(1.0),
}


def experiment(seeds: range) -> Evidence:
    """Miss the best peak of each shape by the same factors."""
    shapes = [schedule.sample(STEPS) for schedule in SHAPES.values()]
    problem = quadratic.draw(seeds)
    best = quadratic.best(problem, shapes)
    found = quadratic.rates(problem, shapes, best.rate[..., None] * FACTORS)
    found = np.minimum(found, problem.initial_loss[:, None, None])  # also where it diverged
    costs = found / best.loss[..., None] - 1.0
    wsd, linear, cosine, tenth, constant = np.moveaxis(costs, 1, 0)
    saved = {"linear": linear - wsd, "cosine": cosine - wsd, "floor": tenth - wsd,
             "constant": constant - wsd}  # fmt: skip
    gap = {name: bootstrap(values[:, HIGH]) for name, values in saved.items()}
    claim = {"at_least": 0.03}
    cases = (
        Case("constant", "compared with a constant rate without decay", gap["constant"], **claim),
        Case("floor", "compared with a cosine that stops at 10 % of the peak",
             gap["floor"], **claim),
        Case("linear", "compared with linear decay to zero", gap["linear"], **claim),
        Case("cosine", "compared with a cosine to zero", gap["cosine"], **claim),
    )  # fmt: skip
    medians = np.median(costs, axis=0)
    chart = Lines(
        x=tuple(np.log2(FACTORS).tolist()),
        curves={name: tuple(row) for name, row in zip(SHAPES, medians, strict=True)},
        xlabel="peak over the best one for that shape [doublings]",
        ylabel="loss above that at best peak",
        alt="Loss above the best against how far the peak is off, for five shapes. The three that "
        "end at zero lie on one curve. The cosine to 10 % and the constant rate rise faster above "
        "the best peak.",
        caption="Three times the best peak costs {wsd:.0%} with a cooldown and {lin:.0%} with "
        "linear decay: what forgives is ending at zero.",
    )
    ideal = bound.best(shapes[0])  # the ratio is the same for every shape
    theory = float(bound.value(3.0 * ideal.rate * shapes[0]) / ideal.value) - 1.0
    numbers = {
        "wsd": bootstrap(wsd[:, HIGH]),
        "lin": bootstrap(linear[:, HIGH]),
        "cos": bootstrap(cosine[:, HIGH]),
        "const": bootstrap(constant[:, HIGH]),
        "wsd_low": bootstrap(wsd[:, LOW]),
        "lin_low": bootstrap(linear[:, LOW]),
        "wsd_twice": bootstrap(wsd[:, TWICE]),
        "theory": exact(theory),
    }
    return Evidence(
        "relative cost of a peak 3 times too high: the other shape's, less WSD's",
        cases,
        chart,
        numbers,
    )


RULE = Rule(
    id="H018",
    name="WSD and a bad peak",
    question="Does a constant rate with a cooldown (WSD) forgive a bad peak better than others?",
    claim="A peak three times too high costs a constant rate with a 20 % cooldown at least 3 "
    "percentage points less than another shape, each against the loss at its own best peak.",
    topic="cooldown",
    action="End at zero, with whichever shape. Do not choose WSD in the hope that the peak matters "
    "less: tune it all the same.",
    value="Three times the best peak costs {wsd:.0%} with WSD, {lin:.0%} with linear decay, "
    "{cos:.0%} with a cosine to zero and {const:.0%} at a constant rate.",
    tradeoff="A factor of 2 too high still costs WSD {wsd_twice:.0%}, and a factor of 3 too low "
    "{wsd_low:.0%}.",
    reasoning="A peak that is too high leaves noise, and the end of the decay removes most of it, "
    "from whatever height. What remains after a decay to zero is much the same share for all "
    "shapes. A rate that never reaches zero keeps noise in proportion to the peak. In convex "
    "theory the best peaks differ but the cost of missing them does not: the bound is "
    r"$a / \gamma + b \gamma$, so that a factor $f$ costs $\tfrac12 (f + 1/f) - 1$ for every "
    "shape; at 3 that is {theory:.0%}.",
    not_when="The best peak is near the limit of stability: three times as much then diverges, "
    "whatever the shape.",
    conditions="Noisy quadratics of random spectra, 1000 updates, a seed draws the problem; exact "
    "expected losses; the best peak of each shape by search, then multiplied. A run "
    "that diverges, or ends above its start, counts as one that learnt nothing.",
    sources=("haegele-2024", "schaipp-2025", "bergsma-2025"),
    situations=("tuning the peak rate", "choosing a schedule"),
    symptoms=("no budget to tune", "final loss too high"),
    related=("H008", "H014", "H021"),
    experiment=experiment,
    seeds=range(1000, 1100),
)
