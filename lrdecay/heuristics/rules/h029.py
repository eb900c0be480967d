"""Does it matter if the warmup starts at a rate of zero?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.warmup import warmup_linear
from ...lab import quadratic
from ...lab.stats import Interval, bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

LENGTHS = (20, 100, 1000)


def experiment(seeds: range) -> Evidence:
    """Compare a warmup that starts at 0 with one that starts at 1/(w + 1) and one at 1/w."""
    problems = quadratic.draw(seeds)
    cost, other = {}, {}
    for steps in LENGTHS:
        ramps = [
            warmup_linear(1.0, steps, steps // 10, first=first).sample(steps)
            for first in ("1/(w+1)", "zero", "1/w")
        ]
        usual, zero, early = quadratic.best(problems, np.stack(ramps)).loss.T
        cost[steps] = bootstrap(zero / usual - 1.0)
        other[steps] = bootstrap(early / usual - 1.0)
    cases = tuple(
        Case(f"cost_{steps}", f"the run has {steps} updates", cost[steps], at_least=0.01)
        for steps in LENGTHS
    )
    chart = Dots(
        rows=tuple(f"{steps} updates" for steps in LENGTHS),
        series={
            "starts at 0": tuple(map(percent, cost.values())),
            "starts at 1/w": tuple(map(percent, other.values())),
        },
        xlabel="final loss above that of a start at 1/(w + 1) [%]",
        alt="A warmup that starts at 0 ends {cost_20:.1%} higher in a run of 20 updates, and one "
        "that starts at 1/w lower; at 100 and 1000 updates the three starts can hardly be told "
        "apart.",
        caption="The wasted update costs {cost_20:.1%} of 20 updates, {cost_100:.2%} of 100, and "
        "{cost_1000:.3%} of 1000.",
        reference=0.0,
    )
    return Evidence("relative change of the final loss by a start at 0", cases, chart)


def percent(effect: Interval) -> Interval:
    """Return an effect in percent."""
    return Interval(*(100.0 * value for value in effect[:3]), effect.n)


RULE = Rule(
    id="H029",
    name="A first update at rate zero",
    question="Does it matter if the warmup starts at a rate of zero?",
    claim="A linear warmup whose first rate is 0 ends at a loss at least 1 % higher than one "
    "whose first rate is 1/(w + 1) of the peak.",
    topic="warmup",
    action="In runs of a few dozen updates, start the warmup at `(k + 1) / (w + 1)`. In longer "
    "runs leave it as your library has it.",
    value="Starting above 0 saves {cost_20:.1%} of the final loss in a run of 20 updates, "
    "{cost_100:.2%} in one of 100 and {cost_1000:.3%} in one of 1000.",
    tradeoff="None but the care: two libraries that differ here give runs that differ in every "
    "digit from the first update on.",
    reasoning="With the rate $k / w$ the first update, $k = 0$, computes a gradient and does "
    "nothing with it. Over the whole ramp, $k / w$ sums to half an update at the peak less than "
    "$(k + 1) / (w + 1)$, and to a whole one less than $(k + 1) / w$. What that is worth is the "
    "share of one update in the run. A warmup of a single update is the extreme: "
    "with $k / w$ it is one lost update and no warmup at all.",
    not_when="Adam keeps running means of gradients, and an update at rate 0 still feeds them: "
    "it is not entirely lost there.",
    conditions="Noisy quadratics of 1000 directions, one drawn for each seed; warmup over 10 % of "
    "20, 100 or 1000 updates, then linear decay to 0; exact expected loss, the peak tuned for "
    "each ramp.",
    sources=("nanogpt", "goyal-2017"),
    situations=("choosing a schedule", "fine-tuning"),
    related=("H030", "H012"),
    experiment=experiment,
    seeds=range(1000, 1100),
)
