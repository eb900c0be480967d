"""Does linear decay suit a run whose gradients become less noisy?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
POWERS = np.array([0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])
LINEAR = POWERS.tolist().index(1.0)
# How much smaller the variance of the noise is at the end than at the start.
FALLS = {"rise4": 0.25, "steady": 1.0, "fall4": 4.0, "fall16": 16.0, "fall64": 64.0}
WHEN = {
    "rise4": "the noise grows fourfold",
    "steady": "the noise stays as it is",
    "fall4": "the noise falls to a quarter",
    "fall16": "the noise falls to a sixteenth",
    "fall64": "the noise falls to a sixty-fourth",
}
SHOWN = {"steady": "steady", "fall4": "to 1/4", "fall16": "to 1/16", "fall64": "to 1/64"}


def experiment(seeds: range) -> Evidence:
    """Tune the peak of powers of linear decay while the noise changes geometrically."""
    problem = quadratic.draw(seeds)
    passed = np.arange(STEPS) / STEPS
    shapes = (1.0 - passed) ** POWERS[:, None]
    cases, numbers = [], {}
    curves: dict[str, tuple[float, ...]] = {}
    for key, factor in FALLS.items():
        # A batch that many times as large has the noise of one example divided by as much.
        losses = quadratic.best(problem, shapes, batch_size=factor**passed).loss
        extra = losses / losses.min(axis=-1, keepdims=True) - 1.0
        cases.append(Case(key, WHEN[key], bootstrap(extra[:, LINEAR]), at_most=0.03))
        numbers[f"p_{key}"] = bootstrap(POWERS[losses.argmin(axis=-1)], np.mean)
        numbers[f"gain_{key}"] = bootstrap(1.0 - losses[:, LINEAR] / losses[:, 0])
        if key == "fall64":
            numbers["lost"] = bootstrap(losses[:, LINEAR] / losses[:, 0] - 1.0)
        if key in SHOWN:
            curves[SHOWN[key]] = tuple(np.median(extra, axis=0).tolist())
    chart = Lines(
        x=tuple(POWERS.tolist()),
        curves=curves,
        xlabel="power p of the decay (1 - t/T)^p; 0 is constant, linear 1",
        ylabel="extra loss over the best power",
        alt="Extra loss against the power of the decay, one curve for each fall of the noise. The "
        "more the noise falls, the nearer the minimum is to a power of 0.",
        caption="The best power is {p_steady:.2f} with steady noise, {p_fall4:.2f} if it falls to "
        "a quarter and {p_fall64:.2f} if to a sixty-fourth.",
    )
    measure = "extra loss of linear decay over the best power"
    return Evidence(measure, tuple(cases), chart, numbers)


RULE = Rule(
    id="H049",
    name="Noise that falls during the run",
    question="Does linear decay suit a run whose gradients become less noisy?",
    claim="Tuned linear decay ends at most 3 % above the best power of $(1 - t/T)^p$ however the "
    "noise changes during the run.",
    topic="shape",
    action="If the batch grows or cleaner data come during the run, decay the rate less: the "
    "noise falls without it. Up to a fourfold change of the batch, leave the decay as it is.",
    value="Where noise falls to a sixteenth, linear decay costs {fall16:.0%} over the best power, "
    "which is {p_fall16:.2f}; to a sixty-fourth, {fall64:.0%} over {p_fall64:.2f}. With steady "
    "noise it costs {steady:.1%}.",
    tradeoff="You must know how the noise will change, and a gentle decay leaves the loss high "
    "until late in the run.",
    reasoning="Decay is worth its lost progress because it lowers the noise that the parameters "
    "carry. If the gradients themselves get cleaner, that part is done already: with steady noise "
    "linear decay saves {gain_steady:.0%} of a tuned constant rate's loss, but if the noise falls "
    "to a sixty-fourth, it ends {lost:.0%} above it. A high rate late in the run then learns from "
    "the best gradients. If noise grows, the reverse is true: the best power is {p_rise4:.1f}, "
    "and linear costs {rise4:.1%}.",
    not_when="What changes is the data's content and not their noise: a quadratic keeps its "
    "minimum, whereas a new mixture of data moves it.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. The variance of the "
    "noise changes geometrically over 1000 updates of SGD, as it would with a batch that grows. "
    "Each power with its best peak; exact expected loss. Any threshold from 3 to 5 % gives the "
    "same verdict; at 2 % the fall to a quarter is undecided.",
    sources=("luo-2025b", "smith-2018"),
    situations=("choosing a schedule", "changing the batch size", "pre-training"),
    related=("H039", "H040", "H046"),
    experiment=experiment,
    seeds=range(1000, 1060),
)
