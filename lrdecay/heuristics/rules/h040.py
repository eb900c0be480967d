"""Does a large batch make decay unnecessary?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.linear import Linear
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

UPDATES = 256
BATCHES = 4 ** np.arange(7)
CASES = {
    16: "the batch is 16",
    64: "the batch is 64",
    4096: "hardly any noise is left (a batch of 4096)",
}


def experiment(seeds: range) -> Evidence:
    """Tune a linear decay and a constant rate at batch sizes from 1 to 4096."""
    problem = quadratic.draw(seeds)
    shapes = [Linear(1.0, UPDATES).sample(UPDATES), np.ones(UPDATES)]
    saved = {}
    for batch in BATCHES.tolist():
        losses = quadratic.best(problem, shapes, batch_size=batch).loss
        saved[batch] = 1.0 - losses[:, 0] / losses[:, 1]
    gains = {batch: bootstrap(values) for batch, values in saved.items()}
    cases = [Case(f"b{batch}", CASES[batch], gains[batch], at_most=0.02) for batch in CASES]
    chart = Lines(
        x=tuple(map(float, BATCHES)),
        curves={"gain": tuple(gain.estimate for gain in gains.values())},
        xlabel="batch size (1 = one example)",
        ylabel="loss that decay saves, as a share",
        alt="Share of the final loss that decay saves against batch size. It rises up to a batch "
        "of 16 or so, falls from 64 on, and is below 0 at 4096.",
        caption="Decay saves {b1:.0%} of the loss at batch 1, {b16:.0%} at batch 16, and costs "
        "loss only once hardly any noise is left.",
        bands={
            "gain": (
                tuple(gain.low for gain in gains.values()),
                tuple(gain.high for gain in gains.values()),
            )
        },
        log="x",
    )
    numbers = {f"b{batch}": gain for batch, gain in gains.items() if batch not in CASES}
    numbers["cost"] = bootstrap(-saved[4096])
    return Evidence("share of the loss that decay saves", tuple(cases), chart, numbers)


RULE = Rule(
    id="H040",
    name="Decay and large batches",
    question="Does a large batch make decay unnecessary?",
    claim="With a large batch, tuned linear decay saves at most 2 % of the loss of a tuned "
    "constant rate after the same updates.",
    topic="batch size",
    action="Keep the decay when the batch grows. Leave it out only where gradients are as good as "
    "exact.",
    value="At batch 1 the decay saves {b1:.0%} of the loss, at batch 16 {b16:.0%}, at batch 64 "
    "{b64:.0%}, each with its own tuned peak. At batch 4096 a constant rate is better: the decay "
    "ends {cost:.0%} above it.",
    tradeoff="A decay needs the length of the run, and with exact gradients it wastes steps at "
    "low rates.",
    reasoning="A larger batch lowers the noise, but the best peak rises with it, and so does the "
    "floor at which a constant rate stops: tuned runs use up what the batch gives. Decay then "
    "saves as much as before, or more, because more of the remaining loss is noise. Only when the "
    "rate has reached the limit of stability and cannot rise further does more batch leave less "
    "for the decay to do; with no noise at all it only slows the descent.",
    not_when="Full-batch training, where gradients are exact.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. SGD, 256 updates, "
    "linear decay to 0 against a constant rate, both with their best peak. Exact expected loss.",
    sources=("smith-2018", "zhang-2019"),
    situations=("changing the batch size", "choosing a schedule"),
    related=("H001", "H005", "H036", "H037", "H039"),
    experiment=experiment,
    seeds=range(1000, 1060),
)
