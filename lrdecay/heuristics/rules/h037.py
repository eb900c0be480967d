"""How large may the batch become before linear scaling breaks?"""

from __future__ import annotations

import numpy as np

from ...families.polynomial import Linear
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence, Lines
from ..rule import Rule

EXAMPLES = 4096
BATCHES = 2.0 ** np.arange(0.0, 9.01, 0.5)
# Where linear scaling would take the peak rate, over the limit of stability.
PLACES = {"half": 0.5, "limit": 1.0, "twice": 2.0, "four": 4.0}
WHEN = {
    "half": "the scaled rate is half of the limit of stability",
    "limit": "the scaled rate is at that limit",
    "twice": "the scaled rate would be twice the limit",
    "four": "the scaled rate would be four times the limit",
}


def experiment(seeds: range) -> Evidence:
    """Tune the peak at batch sizes 1 to 512 on the same number of examples."""
    problem = quadratic.draw(seeds)
    found = []
    for batch in BATCHES:
        steps = round(EXAMPLES / batch)
        found.append(quadratic.best(problem, Linear(1.0, steps).sample(steps), batch_size=batch))
    extra = np.stack([best.loss / found[0].loss - 1.0 for best in found], axis=-1)
    limit = 2.0 / problem.h_max
    places = np.log(found[0].rate / limit)[:, None] + np.log(BATCHES)

    def at(place: float) -> np.ndarray:
        pairs = zip(places, extra, strict=True)
        return np.array([np.interp(np.log(place), x, y) for x, y in pairs])

    effects = {key: bootstrap(at(place)) for key, place in PLACES.items()}
    cases = [Case(key, WHEN[key], effect, at_most=0.02) for key, effect in effects.items()]
    axis = np.linspace(0.125, 4.0, 32)
    curve = [bootstrap(at(place)) for place in axis]
    chart = Lines(
        x=tuple(axis.tolist()),
        curves={"extra loss": tuple(value.estimate for value in curve)},
        xlabel="scaled peak rate / limit of stability",
        ylabel="extra loss, same examples",
        alt="Extra final loss against the peak rate that linear scaling asks for. It is nothing "
        "up to the limit of stability, and climbs at once beyond it.",
        caption="Larger batches cost nothing ({half:.1%} at half the limit) until the scaled rate "
        "would pass the limit of stability; at four times the limit they cost {four:.0%}.",
        bands={"extra loss": (tuple(v.low for v in curve), tuple(v.high for v in curve))},
    )
    numbers = {
        "batch": bootstrap(limit / found[0].rate),
        "rate": bootstrap(found[0].rate / limit),
    }
    return Evidence("extra final loss after the same examples", tuple(cases), chart, numbers)


RULE = Rule(
    id="H037",
    name="Where linear scaling ends",
    question="How large may the batch become before linear scaling breaks?",
    claim="A larger batch with its peak rate retuned ends at most 2 % above the small one after "
    "the same examples, wherever linear scaling would take the rate.",
    topic="batch size",
    action="Find the largest peak rate that trains stably. Divide it by the best peak at a small "
    "batch: the batch can grow by that factor and no more.",
    value="Up to half of the limit the larger batch costs {half:.1%} of loss, at the limit "
    "{limit:.1%}; where the rule would ask for twice the limit it costs {twice:.0%}, for four "
    "times the limit {four:.0%}, though the rate is tuned each time.",
    tradeoff="The largest batch is not the same for each model: here its median is {batch:.0f} "
    "examples, and it grows with the noise. Beyond it more hardware still saves time, but wastes "
    "examples.",
    reasoning="Linear scaling trades updates for step size, and the step size ends at the limit "
    "of stability: for SGD on a quadratic, $2/h_{\\max}$ with the largest curvature $h_{\\max}$. "
    "At batch 1 the best peak is {rate:.0%} of that limit because noise keeps it down. A batch "
    "averages the noise away until the curvature is what limits the rate; from there on fewer "
    "updates are simply fewer updates.",
    not_when="You train for a fixed time rather than on a fixed number of examples: then a batch "
    "beyond the limit can still pay. Warmup, momentum and other optimizers move the limit.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. SGD, linear decay to "
    "0, 4096 examples, batches 1 to 512, each peak tuned within the limit of stability. Exact "
    "expected loss.",
    sources=("goyal-2017", "zhang-2019"),
    situations=("changing the batch size",),
    symptoms=("loss diverges", "final loss too high"),
    related=("H036", "H038", "H040"),
    experiment=experiment,
    seeds=range(1000, 1040),
)
