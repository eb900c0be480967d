"""Does decay help even where the curvature never changes?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.linear import Linear
from ...lab import quadratic
from ...lab.stats import bootstrap
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
LEVELS = tuple(10.0**k for k in range(-6, 2))
CHARTED = 40


def experiment(seeds: range) -> Evidence:
    """Tune a constant rate and linear decay on quadratics with much, little and no noise."""
    noisy, without = _gap(seeds, (0.5, 10.0)), _gap(seeds, 0.0)
    cases = (
        Case("noisy", "gradients are noisy", bootstrap(noisy), at_least=0.1),
        Case("exact", "gradients are exact", bootstrap(without), at_least=0.1),
    )
    found = [bootstrap(_gap(seeds[:CHARTED], level)) for level in LEVELS]
    name = "constant against linear decay"
    chart = Lines(
        x=LEVELS,
        curves={
            name: tuple(i.estimate for i in found),
            "no difference": (0.0,) * len(LEVELS),
        },
        xlabel="noise variance of a gradient at curvature 1",
        ylabel="loss, constant / decay - 1",
        alt="Loss of the tuned constant rate against tuned linear decay, by noise. At little noise "
        "the constant rate ends lower; with more decay does.",
        caption="The curvature never changes here. With almost no noise a constant rate wins "
        "({exact:.0%} without any); with noise decay does ({noisy:+.0%} in the noisy problems).",
        bands={name: (tuple(i.low for i in found), tuple(i.high for i in found))},
        log="x",
    )
    return Evidence("loss of tuned constant / tuned linear decay - 1", cases, chart)


def _gap(seeds: range, noise: float | tuple[float, float]) -> np.ndarray:
    """Return, a problem, how much more a constant rate leaves than linear decay, both tuned."""
    shapes = np.stack([Constant(1.0).sample(STEPS), Linear(1.0, STEPS).sample(STEPS)])
    constant, linear = quadratic.best(quadratic.draw(seeds, noise=noise), shapes).loss.T
    return constant / linear - 1.0


RULE = Rule(
    id="H003",
    name="Curvature or noise",
    question="Does decay help even if the minimum gets no narrower during training?",
    claim="Decay needs no growing curvature: on a quadratic, whose curvature never changes, a "
    "tuned constant rate ends at a loss at least 10 % above that of tuned linear decay.",
    topic="noise",
    action="Ask how noisy the gradient is, not how sharp the minimum, when you decide whether and "
    "how far to decay.",
    value="With noise a tuned constant rate leaves {noisy:.0%} more loss than tuned linear decay. "
    "With exact gradients the same comparison gives {exact:.0%}: decay then only costs progress.",
    tradeoff="A decay spends a part of the run at rates that learn little. Without noise nothing "
    "is bought with them.",
    reasoning="A common story says that minima get narrower late in training, so that steps must "
    "shrink to fit. Here nothing gets narrower, and decay still pays, because a lower rate lets "
    "the noise of the gradient average out. Take the noise away and the reason goes with it: "
    "at a fixed stable rate gradient descent converges, and flat directions need a high one. "
    "In networks the curvature does move, but full-batch training was seen to settle where the "
    r"highest curvature is just above $2 / \eta$ (Cohen and others): it follows the rate.",
    not_when="The highest stable rate really falls during the run, so that a constant rate would "
    "have to be low from the start. A quadratic cannot show that.",
    conditions="Quadratics with 1000 directions, 1000 updates, rates that are stable throughout, "
    "the best of them for each shape and problem. A seed draws spectrum, start and, where there "
    "is noise, its variance between 0.5 and 10. Losses are exact expectations.",
    sources=("cohen-2021", "zhang-2019", "smith-2018"),
    situations=("choosing a schedule", "reading papers"),
    related=("H001", "H002", "H005"),
    experiment=experiment,
    seeds=range(100),
)
