"""Should the rate go to zero rather than stop at a tenth of the peak?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import bound, quadratic
from ...lab.stats import Interval, bootstrap, exact
from ..evidence import Case, Evidence
from ..rule import Rule

LENGTHS = (100, 300, 1000, 5000)
FINAL = 0.1
SHAPES = ("linear", "cosine", "WSD, last 20 %")


def pairs(steps: int) -> np.ndarray:
    """Return three shapes, each to 0 and to a tenth: (3, 2, steps)."""
    both = (0.0, FINAL)
    return np.array(
        [
            [Linear(1.0, steps, final).sample(steps) for final in both],
            [Cosine(1.0, steps, final).sample(steps) for final in both],
            [WSD(1.0, steps, steps // 5, final_lr=final).sample(steps) for final in both],
        ]
    )


def experiment(seeds: range) -> Evidence:
    """Compare schedules that end at 0 and at a tenth, in runs of four lengths."""
    problems = quadratic.draw(seeds)
    costs: dict[str, list[Interval]] = {name: [] for name in SHAPES}
    bounds = {}
    for steps in LENGTHS:
        losses = quadratic.best(problems, pairs(steps)).loss
        for i, name in enumerate(SHAPES):
            costs[name].append(bootstrap(losses[:, i, 1] / losses[:, i, 0] - 1))
        bounds[steps] = bound.best(pairs(steps)).value
    linear, cosine, wsd = costs.values()
    least = 0.01
    cases = (
        Case("linear_100", "a linear decay takes 100 updates", linear[0], at_least=least),
        Case("linear_1000", "a linear decay takes 1,000 updates", linear[2], at_least=least),
        Case("linear_5000", "a linear decay takes 5,000 updates", linear[3], at_least=least),
        Case("cosine_100", "a cosine takes 100 updates", cosine[0], at_least=least),
        Case("cosine_1000", "a cosine takes 1,000 updates", cosine[2], at_least=least),
        Case("cosine_5000", "a cosine takes 5,000 updates", cosine[3], at_least=least),
    )
    numbers = {"wsd_5000": wsd[3]}
    numbers |= {
        f"bound_{name}_{steps}": exact(float(bounds[steps][i, 1] / bounds[steps][i, 0] - 1))
        for i, name in enumerate(("linear", "cosine"))
        for steps in (100, 5000)
    }
    chart = Lines(
        x=tuple(map(float, LENGTHS)),
        curves={name: tuple(c.estimate for c in row) for name, row in costs.items()},
        bands={
            name: (tuple(c.low for c in row), tuple(c.high for c in row))
            for name, row in costs.items()
        },
        xlabel="updates in the run",
        ylabel="relative cost of ending at 10 %",
        alt="What it costs to end at a tenth of the peak instead of at zero, against the length of "
        "the run. All curves rise from below zero: linear crosses first, "
        "then the other two.",
        caption="In short runs a floor of 10 % helps, in long ones it hurts: linear "
        "{linear_100:.1%} at 100 updates and {linear_5000:.1%} at 5,000, cosine {cosine_100:.1%} "
        "and {cosine_5000:.1%}.",
        log="x",
    )
    return Evidence("median loss ending at 10 % / ending at 0, minus 1", cases, chart, numbers)


RULE = Rule(
    id="H008",
    name="To zero or to a tenth",
    question="Should the rate go to zero rather than stop at a tenth of the peak?",
    claim="Ending at a tenth of the peak instead of at zero costs at least 1 % of the final loss, "
    "each with its peak tuned.",
    topic="ending",
    action="In a long run decay to zero. Keep a floor of 10 % only in "
    "short runs, or under a cosine that you have compared.",
    value="A linear decay over 5,000 updates ends {linear_5000:.1%} higher with the floor than "
    "without, a cosine {cosine_5000:.1%}. Over 1,000 updates it is {linear_1000:.1%} for linear "
    "decay; for the cosine, {cosine_1000:.1%}, it depends on the problem. For a cooldown over the "
    "last 20 % it is {wsd_5000:.1%} over 5,000.",
    tradeoff="A run that ended at zero has nothing left to go on with: to train it longer the rate "
    "must rise again. Over 100 updates zero itself is worse: the floor changes the loss by "
    "{linear_100:.1%} (linear) and {cosine_100:.1%} (cosine).",
    reasoning="The last rate sets the noise that stays, and steps at nearly no rate make no "
    "progress. The longer the run, the more of the final loss is noise, and the lower the end "
    "should be. A cosine already spends a fifth of the run below a tenth of its peak, a line a "
    "tenth: so a floor saves the cosine more idle steps. The worst-case bound turns the same way: "
    "the floor changes it by {bound_linear_100:.1%} (linear) and {bound_cosine_100:.1%} (cosine) "
    "over 100 updates, by {bound_linear_5000:.1%} and {bound_cosine_5000:.1%} over 5,000. So "
    "both findings of real runs occur here: Hoffmann et al. (appendix B) found a cosine to a tenth "
    "slightly better than to zero, Bergsma et al. (abstract) linear to zero better than a decay "
    "by 10.",
    not_when="The run is short for its problem, or is to be continued from its end.",
    conditions="Noisy quadratic, 1,000 directions, 100 to 5,000 updates, batch 1; a seed draws "
    "spectrum, noise and start. Peaks are tuned for each schedule and problem. The number of "
    "updates at which it turns belongs to these problems: it is no guide for yours.",
    sources=("bergsma-2025", "hoffmann-2022", "defazio-2023"),
    situations=("choosing a schedule", "pre-training"),
    symptoms=("final loss too high",),
    related=("H007", "H009", "H012"),
    experiment=experiment,
    seeds=range(60),
)
