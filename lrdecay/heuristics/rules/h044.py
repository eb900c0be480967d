"""Should I divide the rate by ten when I switch on momentum 0.9?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.linear import Linear
from ...lab import quadratic
from ...lab.stats import bootstrap
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
MOMENTUM = 0.9
SHAPES = np.stack([Linear(1.0, STEPS).sample(STEPS), Constant(1.0).sample(STEPS)])
BATCHES = {
    1: "noise is strong (a batch of 1)",
    10: "noise is moderate (a batch of 10)",
    100: "noise is weak (a batch of 100)",
    1000: "hardly any noise is left (a batch of 1000)",
}


def experiment(seeds: range) -> Evidence:
    """Tune linear decay and a constant rate with and without momentum, for four batch sizes."""
    problems = quadratic.draw(seeds)
    peaks, numbers = {}, {}
    for batch in BATCHES:
        plain = quadratic.best(problems, SHAPES, batch_size=batch)
        heavy = quadratic.best(problems, SHAPES, batch_size=batch, momentum=MOMENTUM)
        peaks[batch] = bootstrap(heavy.rate[:, 0] / plain.rate[:, 0] / (1 - MOMENTUM))
        numbers[f"loss_{batch}"] = bootstrap(heavy.loss[:, 0] / plain.loss[:, 0] - 1)
        divided = plain.rate[:, :1] * (1 - MOMENTUM)
        by_rule = quadratic.rates(problems, SHAPES[0], divided, batch_size=batch, momentum=MOMENTUM)
        numbers[f"rule_{batch}"] = bootstrap(by_rule[:, 0] / heavy.loss[:, 0] - 1)
        numbers[f"instead_{batch}"] = bootstrap(heavy.loss[:, 1] / plain.loss[:, 0] - 1)
    cases = tuple(
        Case(f"peak_{batch}", when, peaks[batch], 0.8, 1.25) for batch, when in BATCHES.items()
    )
    chart = Dots(
        rows=tuple(f"batch of {batch}" for batch in BATCHES),
        series={"": tuple(peaks.values())},
        xlabel="best peak with momentum 0.9, in tenths of that without",
        alt="Best peak with momentum, in tenths of the best peak without, at four batch sizes: 1 "
        "at batches of 1 and 10, {peak_100:.1f} at 100, {peak_1000:.1f} at 1000.",
        caption="Divide the peak by ten when noise sets it. At batches of 100 and 1000 the best "
        "is {peak_100:.1f} and {peak_1000:.1f} times that.",
        reference=1.0,
        log=True,
    )
    measure = "median of the best peak with momentum over a tenth of that without"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H044",
    name="Momentum multiplies the rate",
    question="Should I divide the rate by ten when I switch on momentum 0.9?",
    claim="With momentum 0.9 the best peak is a tenth of that without, within a factor of 1.25.",
    topic="optimizers",
    action="When you switch momentum from 0 to $\\mu$, start from the old rate times $1 - \\mu$; "
    "with large batches sweep upward from there.",
    value="At batches of 1 and 10 the best peak is {peak_1:.2f} and {peak_10:.2f} times a tenth "
    "of the old one. At a batch of 1000 it is {peak_1000:.0f} times. The divided peak ends "
    "{rule_1:.2%} above the best one at a batch of 1, {rule_100:.0%} at 100 and {rule_1000:.0%} "
    "at 1000.",
    tradeoff="The momentum itself buys nothing where noise dominates: the tuned loss changes by "
    "{loss_1:+.1%} at a batch of 1, and by {loss_1000:+.0%} at 1000.",
    reasoning="The velocity $v \\leftarrow \\mu v + g$ adds each gradient up $1 / (1 - \\mu)$ "
    "times in the end, so that the rate $\\eta$ moves the parameters as plain descent at $\\eta / "
    "(1 - \\mu)$ does: noise accumulates alike, and nothing is gained. But the limit of stability "
    "is $2 (1 + \\mu) / h_{\\max}$ in place of $2 / h_{\\max}$, up to 19 times higher in these "
    "units at $\\mu = 0.9$. Where the limit holds the rate down, not the noise, momentum "
    "therefore allows more than the rule says. It does not replace decay: at a batch of 1 a "
    "constant rate with momentum ends {instead_1:.0%} above plain descent with decay.",
    not_when="An optimizer that writes momentum as a mean, $v \\leftarrow \\mu v + (1 - \\mu) g$, "
    "as Adam does, has the factor built in.",
    conditions="Noisy quadratics of 1000 directions, one drawn for each seed; 1000 updates, "
    "linear decay to 0, PyTorch's form of heavy-ball momentum; exact expected loss, every peak "
    "tuned up to the limit of stability.",
    sources=("zhang-2019", "smith-2018"),
    situations=("tuning the peak rate", "changing the batch size"),
    symptoms=("loss diverges", "final loss too high"),
    related=("H036", "H037", "H043"),
    experiment=experiment,
    seeds=range(1000, 1050),
)
