"""Should the learning rate grow in proportion to the batch?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.linear import Linear
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

EXAMPLES = 4096
UPDATES = 512
BATCH = 8
CHOICES = {"old peak x 8": 8.0, "old peak x root of 8": 8.0**0.5, "old peak": 1.0}


def experiment(seeds: range) -> Evidence:
    """Tune the peak of a linear decay at batch sizes 1 and 8, in two ways to compare them."""
    problem = quadratic.draw(seeds)
    cases, series, numbers = [], {}, {}
    for key, when, lengths in (
        ("examples", "the number of examples stays the same", (EXAMPLES, EXAMPLES // BATCH)),
        ("updates", "the number of updates stays the same", (UPDATES, UPDATES)),
    ):
        before, shape = (Linear(1.0, steps).sample(steps) for steps in lengths)
        small = quadratic.best(problem, before)
        large = quadratic.best(problem, shape, batch_size=BATCH)
        power = np.log(large.rate / small.rate) / np.log(BATCH)
        cases.append(Case(key, when, bootstrap(power), at_least=0.95, at_most=1.05))
        peaks = small.rate[:, None] * list(CHOICES.values())
        losses = quadratic.rates(problem, shape, peaks, batch_size=BATCH)
        losses = np.minimum(losses, problem.initial_loss[:, None])  # where one diverged
        costs = [bootstrap(loss / large.loss - 1.0) for loss in losses.T]
        series[f"same {key}"] = tuple(costs)
        names = zip(("scaled", "root", "kept"), costs, strict=True)
        numbers.update({f"{name}_{key}": cost for name, cost in names})
    chart = Dots(
        rows=tuple(CHOICES),
        series=series,
        xlabel="extra final loss over the retuned peak, as a share",
        alt="Extra loss of three choices of the peak at 8 times the batch. With the same examples "
        "the peak times 8 costs nothing, the old peak most. With the same updates the order is "
        "the same.",
        caption="At 8 times the batch, the peak of batch 1 times 8 costs {scaled_examples:.1%} if "
        "the examples stay the same, and {scaled_updates:.1%} if the updates do.",
        reference=0.0,
    )
    return Evidence("power of the batch size", tuple(cases), chart, numbers)


RULE = Rule(
    id="H036",
    name="Linear scaling",
    question="Should the learning rate grow in proportion to the batch?",
    claim="With SGD the best peak rate grows in proportion to the batch: as its power 0.95 to "
    "1.05.",
    topic="batch size",
    action="With SGD, multiply the peak rate by the same factor as the batch, and train on the "
    "same number of examples. If you keep the number of updates instead, tune the peak again.",
    value="At 8 times the batch and the same examples, the scaled peak ends {scaled_examples:.1%} "
    "above the retuned one; the old peak ends {kept_examples:.0%} above it, and one scaled by the "
    "square root {root_examples:.0%}.",
    tradeoff="One eighth of the updates, for the same computation: it saves time only where a "
    "larger batch runs in parallel. Fewer updates also leave less room below the limit of "
    "stability.",
    reasoning="While the rate is small, eight updates on one example each move the parameters "
    "about as far as one update at eight times the rate on their mean, and with the same noise. "
    "So a run with batch and rate both times $k$ and $1/k$ of the updates is the same run, taken "
    "in larger steps. With the number of updates kept the run sees 8 times the examples, and the "
    "best peak grows as the batch to the power {updates:.2f} only.",
    not_when="The scaled rate comes near the limit of stability, or the optimizer divides by the "
    "size of the gradient, as Adam does.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. SGD, linear decay to "
    "0, batch sizes 1 and 8; 4096 examples, or 512 updates. Exact expected loss, each peak tuned.",
    sources=("goyal-2017",),
    situations=("changing the batch size",),
    symptoms=("loss stalls",),
    related=("H037", "H038", "H040"),
    experiment=experiment,
    seeds=range(1000, 1040),
)
