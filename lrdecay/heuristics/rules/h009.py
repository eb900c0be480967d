"""Must the cosine be as long as the run?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.cosine import Cosine
from ...lab import bound, quadratic
from ...lab.stats import Interval, bootstrap, exact
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
CYCLES = (1.0, 1.1, 1.25, 1.5, 2.0)  # the lengths that Hoffmann et al. compared, but for 5
FINALS = {"to 0": 0.0, "to 10 %": 0.1}


def experiment(seeds: range) -> Evidence:
    """Cut cosines off that were planned for longer runs."""
    shapes = np.array(
        [[Cosine(1.0, round(STEPS * c), f).sample(STEPS) for c in CYCLES] for f in FINALS.values()]
    )
    problems = quadratic.draw(seeds)
    best = quadratic.best(problems, shapes)
    exact_end = best.loss[..., :1]
    peaks = np.broadcast_to(best.rate[..., :1, None], (*best.rate.shape, 1))
    untuned = quadratic.rates(problems, shapes, peaks)[..., 0] / exact_end - 1
    tuned = best.loss / exact_end - 1
    bounds = bound.best(shapes).value
    zero, tenth = ([bootstrap(c) for c in tuned[:, i].T] for i in range(2))
    cases = (
        Case("zero_110", "a cosine to 0 is 1.1 times the run", zero[1], at_least=0.02),
        Case("zero_125", "a cosine to 0 is 1.25 times the run", zero[2], at_least=0.02),
        Case("zero_150", "a cosine to 0 is 1.5 times the run", zero[3], at_least=0.02),
        Case("tenth_125", "a cosine to 10 % is 1.25 times the run", tenth[2], at_least=0.02),
    )
    numbers = {
        "zero_200": zero[4],
        "tenth_110": tenth[1],
        "tenth_200": tenth[4],
        "untuned_200": bootstrap(untuned[:, 0, 4]),
        "peak_200": bootstrap(best.rate[:, 0, 4] / best.rate[:, 0, 0]),
        "bound_110": exact(float(bounds[0, 1] / bounds[0, 0] - 1)),
        "bound_125": exact(float(bounds[0, 2] / bounds[0, 0] - 1)),
        "bound_200": exact(float(bounds[0, 4] / bounds[0, 0] - 1)),
        "left_110": exact(float(shapes[0, 1, -1])),
        "left_125": exact(float(shapes[0, 2, -1])),
        "left_200": exact(float(shapes[0, 4, -1])),
    }
    rows: dict[str, list[Interval]] = {"to 0": zero, "to 10 %": tenth}
    curves = {name: tuple(c.estimate for c in row) for name, row in rows.items()}
    curves["to 0, worst-case bound"] = tuple((bounds[0] / bounds[0, 0] - 1).tolist())
    chart = Lines(
        x=CYCLES,
        curves=curves,
        bands={
            name: (tuple(c.low for c in row), tuple(c.high for c in row))
            for name, row in rows.items()
        },
        xlabel="length of the cosine / length of the run",
        ylabel="relative cost in final loss",
        alt="What it costs to plan a cosine longer than the run. To zero the curve dips below 0 at "
        "1.1 and rises beyond 1.25; to 10 % it rises from the start. The bound follows the first.",
        caption="A cosine to zero that is 1.1 times too long changes the loss by {zero_110:.1%}, "
        "one of twice the run by {zero_200:.0%}.",
    )
    return Evidence("median loss / that of the exact length, minus 1", cases, chart, numbers)


RULE = Rule(
    id="H009",
    name="Cosine as long as the run",
    question="Must the cosine be as long as the run?",
    claim="A cosine that was planned for a longer run and cut off costs at least 2 % of the final "
    "loss, even with its peak tuned.",
    topic="ending",
    action="Set the length of the cosine to the updates you will run. 10 % too long does no harm "
    "if it falls to zero; one that falls to 10 % should end with the run.",
    value="A cosine to zero of twice the run ends {zero_200:.0%} higher, one of 1.5 times "
    "{zero_150:.1%}; at 1.25 times, {zero_125:.1%}, it depends on the problem. A cosine to 10 % "
    "of twice the run ends {tenth_200:.0%} higher. With the peak of the right length kept, twice "
    "the run costs a cosine to zero {untuned_200:.0%}.",
    tradeoff="The length must be decided before the start. To stop early is then expensive: a "
    "constant rate with a cooldown leaves that open.",
    reasoning="A cut-off cosine never gets to the low rates at which the noise settles: at 1.25 "
    "times the run its last rate is {left_125:.1%} of the peak, at twice {left_200:.0%}. Its best "
    "peak is lower to make up for that, {peak_200:.2f} times as high at twice the run, which "
    "costs progress. A little too long is another matter: cosine to zero spends its last steps at "
    "almost no rate, and at 1.1 times the run, where it ends at {left_110:.1%} of the peak, the "
    "loss changes by {zero_110:.1%}. The worst-case bound agrees: {bound_110:.1%}, "
    "{bound_125:.1%} and {bound_200:.0%} at 1.1, 1.25 and 2 times. Hoffmann et al. (appendix B), "
    "whose cosines fell to 10 %, saw clear drops in performance beyond 25 %; here a cosine to 10 "
    "% loses {tenth_125:.1%} there, {tenth_110:.1%} at 1.1 times.",
    not_when="The run is so short that noise has little part in its final loss. And a run that is "
    "cut off may still cool down: it need not stop at that rate.",
    conditions="Noisy quadratic, 1,000 directions, 1,000 updates, batch 1; a seed draws spectrum, "
    "noise and start. The peak is tuned for each length and problem; also, as stated, kept.",
    sources=("hoffmann-2022",),
    situations=("choosing a schedule", "pre-training", "extending a run"),
    symptoms=("the horizon changed", "final loss too high"),
    related=("H008", "H019", "H022"),
    experiment=experiment,
    seeds=range(80),
)
