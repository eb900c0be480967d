"""Can you increase the batch instead of decaying the learning rate?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...lab import quadratic
from ...lab.stats import Interval, bootstrap, exact
from ..evidence import Case, Evidence
from ..rule import Rule

EXAMPLES = 4096
FACTOR = 4
PHASES = (0.5, 0.25, 0.25)  # of the examples
# Peak rates as shares of the limit of stability.
PEAKS = {"small": 0.01, "medium": 0.05, "large": 0.4, "huge": 0.8}


def experiment(seeds: range) -> Evidence:
    """Lower the rate to a quarter twice, or raise the batch to the fourfold instead."""
    problem = quadratic.draw(seeds)
    counts = [round(share * EXAMPLES) for share in PHASES]
    factors = [float(FACTOR**i) for i in range(len(PHASES))]
    shorter = [round(n / f) for n, f in zip(counts, factors, strict=True)]
    decay = np.repeat(1.0 / np.array(factors), counts)
    batches = np.repeat(factors, shorter)
    constant = np.ones(batches.size)

    effects = {}
    for key, share in PEAKS.items():
        peak = (share * 2.0 / problem.h_max)[:, None]
        lowered = quadratic.rates(problem, decay, peak)[:, 0]
        raised = quadratic.rates(problem, constant, peak, batch_size=batches)[:, 0]
        effects[key] = bootstrap(raised / lowered - 1.0)
    best = quadratic.best(problem, decay)
    raised = quadratic.rates(problem, constant, best.rate[:, None], batch_size=batches)[:, 0]
    effects["tuned"] = bootstrap(raised / best.loss - 1.0)
    cases = (
        _case("medium", effects, "the peak is 5 % of the limit of stability"),
        _case("tuned", effects, "the peak is tuned for the decay"),
        _case("large", effects, "the peak is 40 % of the limit"),
        _case("huge", effects, "the peak is 80 % of the limit"),
    )
    chart = Dots(
        rows=("1 % of the limit", "5 %", "tuned", "40 %", "80 %"),
        series={"": tuple(effects[key] for key in ("small", "medium", "tuned", "large", "huge"))},
        xlabel="extra final loss of the growing batch, as a share",
        alt="Extra loss of raising the batch instead of lowering the rate, by peak rate. Up to "
        "the tuned peak it is next to nothing, at 40 and 80 % of the limit it is large.",
        caption="With a small peak the two runs end alike ({medium:.1%} apart at 5 % of the "
        "limit); at 80 % of the limit the growing batch ends {huge:.0%} higher.",
        reference=0.0,
    )
    numbers = {
        "small": effects["small"],
        "updates": exact(1.0 - batches.size / EXAMPLES),
        "share": bootstrap(best.rate * problem.h_max / 2.0),
    }
    return Evidence("extra final loss after the same examples", cases, chart, numbers)


def _case(key: str, effects: dict[str, Interval], when: str) -> Case:
    return Case(key, when, effects[key], at_most=0.02)


RULE = Rule(
    id="H039",
    name="Increase the batch instead",
    question="Can you increase the batch instead of decaying the learning rate?",
    claim="Raising the batch fourfold where a schedule would lower the rate to a quarter ends at "
    "most 2 % higher after the same examples.",
    topic="batch size",
    action="With SGD and a peak rate far below the limit of stability, you may multiply the batch "
    "where you would divide the rate. Near the limit, decay.",
    value="Nearly the same loss with {updates:.0%} fewer updates: with the tuned peak, which is "
    "{share:.0%} of the limit here, it ends {tuned:.1%} above the decay.",
    tradeoff="It saves time only if larger batches run in parallel. At 40 % of the limit of "
    "stability it costs {large:.0%} of loss, at 80 % {huge:.0%}.",
    reasoning="To a run with small steps only the ratio of rate and batch matters: it is the "
    "strength of the noise, and both ways lower it alike. Fewer, larger steps also move as far. "
    "Close to the limit of stability this ends, for two reasons: a step of size $\\eta$ in a "
    "direction of curvature $h$ shrinks the error by $1 - \\eta h$, not by $e^{-\\eta h}$, and "
    "the noise that stays, $\\eta c / (2 B (2 - \\eta h))$, depends on the rate itself.",
    not_when="The optimizer is Adam, whose rate and batch trade in another way. The peak rate is "
    "as high as stability allows, as it is where noise matters little.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. SGD, 4096 examples, "
    "two drops at 50 and 75 % of them. The batch starts at 1. Exact expected loss, peak rates "
    "relative to the limit $2 / h_{\\max}$.",
    sources=("smith-2018", "meterez-2025"),
    situations=("changing the batch size", "choosing a schedule"),
    related=("H036", "H038", "H040"),
    experiment=experiment,
    seeds=range(1000, 1040),
)
