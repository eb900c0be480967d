"""Is the best rate of a sweep the best rate?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...charts import Dots
from ...families.cosine import Cosine
from ...lab import quadratic
from ...lab._rates import Floats
from ...lab.stats import bootstrap, share
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
RATES = 4  # of a sweep
HUGE = 1e9  # a loss for runs that diverge
COSINE = Cosine(1.0, STEPS).sample(STEPS)


def sweep(
    problem: quadratic.Problem, centres: Floats, factor: float
) -> tuple[Floats, NDArray[np.intp]]:
    """Return the losses of a sweep and of one rate beyond either end, and which is the best.

    The best is an index among the rates of the sweep alone, from 0 to `RATES` - 1.
    """
    powers = np.arange(-1, RATES + 1) - (RATES - 1) / 2
    losses = quadratic.rates(problem, COSINE, centres[:, None] * factor**powers)
    losses = np.minimum(losses, HUGE)
    return losses, losses[:, 1:-1].argmin(axis=-1)


def experiment(seeds: range) -> Evidence:
    """Sweep four rates, placed up to a decade off, and compare the best with the true best."""
    problem = quadratic.draw(seeds)
    found = quadratic.best(problem, COSINE)
    off = np.array([np.random.default_rng([seed, 23]).uniform(-1.0, 1.0) for seed in seeds])
    centres = found.rate * 10.0**off
    every = np.arange(len(seeds))

    losses, at = sweep(problem, centres, 2.0)
    costs = losses[every, at + 1] / found.loss - 1.0
    lowest, highest = at == 0, at == RATES - 1
    inside = ~(lowest | highest)
    beyond = np.where(lowest, losses[:, 0], losses[:, -1]) < losses[every, at + 1]
    low, high, middle = (bootstrap(costs[which]) for which in (lowest, highest, inside))
    wide = {}
    for factor in (3.0, 10.0):
        losses, at = sweep(problem, centres, factor)
        held = (at > 0) & (at < RATES - 1)
        wide[factor] = bootstrap((losses[every, at + 1] / found.loss - 1.0)[held])

    cases = (
        Case("lowest", "the best is the lowest rate tried", low, at_least=0.02),
        Case("highest", "the best is the highest rate tried", high, at_least=0.02),
        Case(
            "inside",
            "the best lies inside, and the rates are a factor 2 apart",
            middle,
            at_least=0.02,
        ),
        Case(
            "coarse",
            "the best lies inside, but the rates are a factor 10 apart",
            wide[10.0],
            at_least=0.02,
        ),
    )
    chart = Dots(
        rows=(
            "× 2, best is the lowest",
            "× 2, best is the highest",
            "× 2, best is inside",
            "× 3, best is inside",
            "× 10, best is inside",
        ),
        series={"": (low, high, middle, wide[3.0], wide[10.0])},
        xlabel="final loss above that of the true best peak (0.1 = 10 %)",
        alt="Median loss of the best of four rates above that of the true best peak. A best at "
        "either end of a factor-2 sweep and one inside of a factor-10 sweep cost several per "
        "cent, a best inside of a factor-2 sweep almost nothing.",
        caption="A best at the lower end costs {lowest:.1%}, at the upper end {highest:.1%}, "
        "inside {inside:.1%}. Steps of 10 are too coarse wherever the best lies: {coarse:.1%}.",
        reference=0.0,
    )
    edge = lowest | highest
    numbers = {
        "better": share(int(np.count_nonzero(beyond & edge)), int(np.count_nonzero(edge))),
        "third": wide[3.0],
        "worst": bootstrap(costs[edge], lambda x, axis: np.quantile(x, 0.9, axis=axis)),
    }
    measure = "median of (final loss with the best of the sweep / with the true best peak) - 1"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H023",
    name="Best at the edge",
    question="The best rate of my sweep is the highest (or lowest) that I tried: do I lose by "
    "taking it?",
    claim="The best of four swept rates ends at a final loss at least 2 % above that of the true "
    "best rate.",
    topic="tuning",
    action="If the best rate is at an end of the sweep, add rates beyond it until the loss turns "
    "up again on both sides. Step by a factor of 2 or 3.",
    value="A best at an end costs {lowest:.1%} (low) or {highest:.1%} (high) in the median, and "
    "one in ten of them more than {worst:.0%}. With the best inside of a sweep by factors of 2, "
    "{inside:.1%} is left to gain.",
    tradeoff="One or two more runs. In {better:.0%} of the cases the next rate beyond the end is "
    "better; in the others the end was the best by luck, and the run buys the certainty.",
    reasoning="Around its best, the loss against the logarithm of the peak is a parabola: half a "
    "step off costs little, twice as far four times as much. A best with worse neighbours on both "
    "sides is at most a step away from the true one. A best at an end says only in which direction "
    "the true one lies. The step counts as well: inside of a sweep the cost grows from "
    "{inside:.1%} at a factor of 2 to {third:.1%} at 3 and {coarse:.1%} at 10.",
    not_when="The next rate was tried and diverged: then the end belongs to the training and not "
    "to the sweep, and finer steps below it are what is left to try.",
    conditions="Noisy quadratics: 1000 directions, power-law spectra, cosine over 1000 updates, "
    "exact expected loss, so that nothing is luck of a run. A seed draws the problem and the "
    "centre of a sweep of four rates, up to a factor 10 off the best peak either way: what an end "
    "costs depends on that range.",
    sources=("playbook",),
    situations=("tuning the peak rate",),
    symptoms=("final loss too high", "no budget to tune"),
    related=("H021", "H025", "H026"),
    experiment=experiment,
    seeds=range(1500),
)
