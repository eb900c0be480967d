"""Is it enough to tune the peak of a simple schedule?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 300
SHAPES = {
    "linear": Linear(1.0, STEPS),
    "cosine": Cosine(1.0, STEPS),
    "wsd": WSD(1.0, STEPS, decay_steps=STEPS // 5),
}
WHEN = {
    "linear": "the schedule is linear to 0",
    "cosine": "the schedule is a cosine to 0",
    "wsd": "the schedule is constant with a cooldown over the last fifth",
    "constant": "the schedule is constant",
}


def experiment(seeds: range) -> Evidence:
    """Optimise each of the rates, and compare with shapes whose peak alone is tuned."""
    problem = quadratic.draw(seeds)
    perfect = quadratic.optimal(problem, STEPS, tolerance=1e-7)
    shapes = {key: schedule.sample(STEPS) for key, schedule in SHAPES.items()}
    shapes["constant"] = np.ones(STEPS)
    losses = quadratic.best(problem, list(shapes.values())).loss
    extra = losses / perfect.loss[:, None] - 1.0
    cases = [
        Case(key, WHEN[key], bootstrap(column), at_most=0.1)
        for key, column in zip(shapes, extra.T, strict=True)
    ]
    relative = perfect.lrs / perfect.lrs.max(axis=-1, keepdims=True)
    low, middle, high = (tuple(q.tolist()) for q in np.quantile(relative, (0.1, 0.5, 0.9), axis=0))
    chart = Lines(
        x=tuple((np.arange(STEPS) / STEPS).tolist()),
        curves={
            "perfect": middle,
            "linear": tuple(shapes["linear"].tolist()),
            "cosine": tuple(shapes["cosine"].tolist()),
        },
        xlabel="share of the run",
        ylabel="rate / its peak",
        alt="The perfect rates, a convex curve from 1 towards 0, with linear decay a little above "
        "and a cosine far above in the first half.",
        caption="The perfect schedule sags a little below a straight line. Linear decay with a "
        "tuned peak ends {linear:.1%} above it. The band holds 80 % of the problems.",
        bands={"perfect": (low, high)},
    )
    last = bootstrap(relative[:, -1])
    worst = bootstrap(extra[:, 0], _worst)
    return Evidence(
        "extra final loss over the perfect schedule",
        tuple(cases),
        chart,
        {"last": last, "worst": worst},
    )


def _worst(values: np.ndarray, axis: int) -> np.ndarray:
    return np.quantile(values, 0.9, axis=axis)


RULE = Rule(
    id="H048",
    name="The perfect schedule",
    question="Is it enough to tune the peak of a simple schedule?",
    claim="A schedule of which only the peak is tuned ends at most 10 % above the best of all "
    "schedules.",
    topic="shape",
    action="Take linear decay or a cosine to 0 and tune its peak. Do not search for a better "
    "shape.",
    value="Linear decay ends {linear:.1%} above the perfect schedule, a cosine {cosine:.1%}; a "
    "cooldown of a fifth {wsd:.0%}, a constant rate {constant:.0%}. In nine of ten problems "
    "linear ends at most {worst:.1%} above.",
    tradeoff="The perfect schedule is another for each problem, and finding it takes exact "
    "knowledge of curvature and noise. It shows what there is to gain, not how to gain it.",
    reasoning="All 300 rates were optimised at once, for the final loss alone. Beginning from "
    "linear decay they fall faster at first and slower later, and end at {last:.0%} of the peak. "
    "The loss is flat around that optimum: a shape that is near it everywhere loses little, and "
    "which of several smooth decays is taken matters less than that there is one.",
    not_when="Rates must also be safe: a quadratic has no warmup to need, and its curvature does "
    "not change. Long runs on steep spectra want a steeper decay than linear.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. SGD, 300 updates. The "
    "perfect rates minimise the exact expected final loss; of the shapes the peak is tuned.",
    sources=("pan-2021", "defazio-2023"),
    situations=("choosing a schedule", "reading papers"),
    symptoms=("no budget to tune",),
    related=("H007", "H011", "H046"),
    experiment=experiment,
    seeds=range(1000, 1080),
)
