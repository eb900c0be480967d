"""Can batch and learning rate grow together at no cost?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.linear import Linear
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

EXAMPLES = 4096
# How far linear scaling takes the peak rate, over the limit of stability.
PLACES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
CASES = {
    "limit": (1.0, "the scaled peak stays within the limit of stability"),
    "twice": (2.0, "the scaled peak is twice the limit"),
    "four": (4.0, "the scaled peak is four times the limit"),
}


def experiment(seeds: range) -> Evidence:
    """For every problem, take batches that bring the scaled peak to places around the limit."""
    problems = quadratic.draw(seeds)
    small = quadratic.best(problems, Linear(1.0, EXAMPLES).sample(EXAMPLES))
    share = small.rate * problems.h_max / 2.0
    tuned, kept = np.empty((2, len(PLACES), len(seeds)))
    for at in np.ndindex(tuned.shape):
        problem, batch = problems[at[1]], PLACES[at[0]] / share[at[1]]
        steps = round(EXAMPLES / batch)
        shape = Linear(1.0, steps).sample(steps)
        peak = batch * small.rate[at[1]]
        tuned[at] = quadratic.best(problem, shape, batch_size=batch).loss
        kept[at] = quadratic.rates(problem, shape, [peak], batch_size=batch)[0]
    cost = dict(zip(PLACES, map(bootstrap, tuned / small.loss - 1.0), strict=True))
    cases = tuple(
        Case(key, when, cost[place], at_most=0.02) for key, (place, when) in CASES.items()
    )
    chart = Lines(
        x=PLACES,
        curves={"extra loss": tuple(value.estimate for value in cost.values())},
        xlabel="scaled peak / limit of stability",
        ylabel="extra loss, same examples",
        alt="Extra final loss against the peak rate that linear scaling asks for. It is next to "
        "nothing up to the limit of stability, and climbs from there on.",
        caption="Larger batches cost next to nothing ({half:.1%} at half the limit) until the "
        "scaled peak passes the limit of stability. At four times the limit they cost {four:.0%}.",
        bands={
            "extra loss": (
                tuple(value.low for value in cost.values()),
                tuple(value.high for value in cost.values()),
            )
        },
    )
    numbers = {
        "half": cost[0.5],
        "kept_limit": bootstrap(kept[PLACES.index(1.0)] / small.loss - 1.0),
        "kept_twice": bootstrap(kept[PLACES.index(2.0)] / small.loss - 1.0),
        "batch": bootstrap(1.0 / share),
        "rate": bootstrap(share),
    }
    return Evidence("extra final loss after the same examples", cases, chart, numbers)


RULE = Rule(
    id="H037",
    name="Where linear scaling ends",
    question="Can batch and learning rate grow together at no cost?",
    claim="With its peak retuned below the limit of stability, a larger batch ends at most 2 % "
    "above batch 1 after the same examples.",
    topic="batch size",
    action="Find the largest peak rate that trains stably. Divide it by the best peak at a small "
    "batch: the batch can grow by that factor at no cost in examples.",
    value="The larger batch costs {half:.1%} of loss where the scaled peak is half of the limit "
    "and {limit:.1%} at the limit, {twice:.0%} at twice and {four:.0%} at four times the limit, "
    "though the peak is tuned each time. Scaled and not tuned, it costs {kept_limit:.1%} at the "
    "limit.",
    tradeoff="The largest batch is not the same for each model: here its median is {batch:.0f} "
    "examples, and it grows with the noise. Beyond it more hardware still saves time, but wastes "
    "examples.",
    reasoning="Linear scaling trades updates for step size, and the step size ends at the limit "
    "of stability: for SGD on a quadratic, $2/h_{\\max}$ with the largest curvature $h_{\\max}$. "
    "At batch 1 the best peak is {rate:.0%} of that limit because noise keeps it down. A batch "
    "averages the noise away until the curvature is what limits the rate; from there on fewer "
    "updates are simply fewer updates. A quadratic would forgive a decay that starts above the "
    "limit, since its loss may rise far and fall again: at twice the limit the scaled peak would "
    "end only {kept_twice:.1%} higher. A network need not forgive it, so that tuned peaks are "
    "held below the limit here.",
    not_when="You train for a fixed time rather than on a fixed number of examples: then a batch "
    "beyond the limit can still pay. Warmup, momentum and other optimizers move the limit.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. SGD, linear decay to "
    "0, 4096 examples; batch 1 and, for each problem, the batches that bring the scaled peak to "
    "0.5 to 4 times the limit. Peaks tuned within the limit of stability; exact expected loss.",
    sources=("goyal-2017", "zhang-2019"),
    situations=("changing the batch size",),
    symptoms=("loss diverges", "final loss too high"),
    related=("H036", "H038", "H040", "H047"),
    experiment=experiment,
    seeds=range(1000, 1040),
)
