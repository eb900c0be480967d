"""Does Adam need a decay too?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...charts import Dots
from ...families.linear import Linear
from ...lab import adam, quadratic
from ...lab.stats import bootstrap
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 500
SHAPES = np.stack([Constant(1.0).sample(STEPS), Linear(1.0, STEPS).sample(STEPS)])
PEAKS = 2.0 ** np.arange(-8.0, -2.9, 0.5)
NOISES = 4  # runs that the loss of a problem is the mean of
BATCHES = {"small": 1, "large": 100, "exact": 1_000_000}
NAMES = {"small": "batch of 1", "large": "batch of 100", "exact": "batch of a million"}


def losses(problem: quadratic.Problem, seed: int, batch: int) -> NDArray[Any]:
    """Return mean final losses of the shapes, at peaks tuned by other noise."""
    first = NOISES * seed
    tuned_on = range(first + 5000 * NOISES, first + 5000 * NOISES + NOISES)
    lrs = PEAKS[:, None, None] * SHAPES
    sweep = adam.run(problem, lrs, tuned_on, batch_size=batch).mean(axis=-1)
    best = PEAKS[sweep.argmin(axis=0)]
    judged_on = range(first, first + NOISES)
    return adam.run(problem, best[:, None] * SHAPES, judged_on, batch_size=batch).mean(axis=-1)


def experiment(seeds: range) -> Evidence:
    """Tune Adam with a constant rate and with linear decay, at three batch sizes; likewise SGD."""
    problems = quadratic.draw(seeds, dimension=200, bins=25)
    gain, plain = {}, {}
    for key, batch in BATCHES.items():
        found = np.array([losses(problems[i], seed, batch) for i, seed in enumerate(seeds)])
        gain[key] = bootstrap(found[:, 0] / found[:, 1])
        sgd = quadratic.best(problems, SHAPES, batch_size=batch).loss
        plain[f"sgd_{key}"] = bootstrap(sgd[:, 0] / sgd[:, 1])
    cases = (
        Case("small", "the batch is a single noisy example", gain["small"], at_least=1.05),
        Case("large", "the batch is 100", gain["large"], at_least=1.05),
        Case(
            "exact", "hardly any noise is left (a batch of a million)", gain["exact"], at_least=1.05
        ),
    )
    chart = Dots(
        rows=tuple(NAMES.values()),
        series={
            "Adam": tuple(gain.values()),
            "gradient descent": tuple(plain.values()),
        },
        xlabel="final loss at a constant rate / with linear decay",
        alt="Adam: near 1 at a batch of 1, above 1 at 100, several times that without noise. "
        "Gradient descent: above 1 at both batch sizes, and below 1 without noise.",
        caption="Without noise gradient descent is better off at a constant rate, and Adam needs "
        "its decay most: its steps do not shrink with the gradient.",
        reference=1.0,
    )
    return Evidence("final loss at a constant rate / with linear decay", cases, chart, plain)


RULE = Rule(
    id="H043",
    name="Decay for Adam",
    question="Does Adam need a decay too, though it adapts its steps?",
    claim="Adam at its best constant rate ends at least 5 % above Adam with linear decay to 0.",
    topic="optimizers",
    action="Give Adam a decay too, above all with large batches. Do not count on its adaptation: "
    "it scales the steps of parameters against each other, not over time.",
    value="A constant rate leaves {large:.2f} times the loss of linear decay at a batch of 100, "
    "and {exact:.1f} times without noise. At a batch of 1 it leaves {small:.2f} times: there "
    "decay buys next to nothing.",
    tradeoff="A decay needs the length of the run, and a higher peak than a constant rate does.",
    reasoning="Adam divides the mean of gradients by the root of their mean square. When "
    "gradients get smaller, both do, and the step stays about as long as the rate: near a minimum "
    "it jumps to and fro at that distance. Plain gradient descent shrinks its steps with the "
    "gradient, so that without noise it is better off at a constant rate ({sgd_exact:.2f} times "
    "the loss of decay), while Adam is worse off. With noise in plenty the root measures the "
    "noise, which does not shrink: the steps then do shrink with the gradient. Adam then acts "
    "like descent on a flatter spectrum, which leaves more to be learned late in the run and "
    "makes a decay worth less.",
    not_when="Single noisy examples at a time in a run as short as this one: there the two tie.",
    conditions="Adam with betas 0.9 and 0.999 on noisy quadratics of 200 directions, one drawn "
    "for each seed; 500 updates. The peak of each schedule is tuned on the mean of 4 runs, and "
    "judged on 4 runs with other noise. Gradient descent: exact expected loss, peaks tuned.",
    sources=("zhang-2019",),
    situations=("choosing a schedule", "pre-training"),
    symptoms=("loss stalls", "final loss too high"),
    related=("H001", "H003", "H038", "H044", "H046"),
    experiment=experiment,
    seeds=range(1000, 1090),
)
