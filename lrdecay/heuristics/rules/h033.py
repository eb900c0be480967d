"""Do cosine restarts end lower than one cosine?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...charts import Lines
from ...families.cosine import Cosine
from ...families.restarts import CosineRestarts
from ...families.wsd import WSD
from ...lab import moons, quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

Floats = NDArray[np.float64]

STEPS = 1050  # of 5 equal cycles, and of 3 cycles whose length doubles
SHAPES = {
    "one cosine": Cosine(1.0, STEPS),
    "five equal cycles": CosineRestarts(1.0, STEPS // 5),
    "three cycles, each twice as long": CosineRestarts(1.0, STEPS // 7, cycle_mult=2),
}
EARLY, MIDDLE, LATE = 2 * STEPS // 5, 7 * STEPS // 10, 4 * STEPS // 5
MOONS_STEPS, TUNING = 210, 60
MOONS_PEAKS = np.array([0.3, 0.4, 0.5, 0.6, 0.8, 1.1])
SHOWN, EVERY = 60, 5  # first step of the chart, and steps between its points


def experiment(seeds: range) -> Evidence:
    """Tune each shape for the end of the run, and compare there and at earlier steps."""
    curves, branch = quadratics(seeds)
    one, equal, doubling = curves.values()
    network = moon_runs(seeds)
    gains = {
        "end": ("the run is finished, after five equal cycles", equal, STEPS),
        "doubling": ("the run is finished, after cycles that double", doubling, STEPS),
        "early": ("five cycles are stopped at 40 % of the steps, as the second ends", equal, EARLY),
        "middle": ("five cycles are stopped at 70 %, in the middle of the fourth", equal, MIDDLE),
        "late": ("five cycles are stopped at 80 %, as the fourth ends", equal, LATE),
    }
    cases = [
        Case(key, when, bootstrap(1.0 - some[:, at] / one[:, at]), at_least=0.02)
        for key, (when, some, at) in gains.items()
    ]
    when = "the run is finished, after five equal cycles of the moons network"
    cases.append(Case("moons", when, bootstrap(network), at_least=0.02))

    at = np.arange(SHOWN, STEPS + 1, EVERY)
    chart = Lines(
        x=tuple(at.tolist()),
        curves={
            name: tuple(np.median(losses[:, at] / one[:, -1:], axis=0).tolist())
            for name, losses in curves.items()
        },
        xlabel="step",
        ylabel="loss / final loss of one cosine",
        alt="Median loss over the run, in units of the final loss of one cosine. Five cycles fall "
        "below one cosine at the ends of the first three, rise after each restart, and end above "
        "it. Three cycles of doubling length end between the two.",
        caption="At the end of the second of five cycles the loss is {early:.0%} below that of "
        "one cosine at the same step. At the end of the run it is {end_cost:.0%} above.",
    )
    numbers = {
        "end_cost": bootstrap(equal[:, STEPS] / one[:, STEPS] - 1.0),
        "doubling_cost": bootstrap(doubling[:, STEPS] / one[:, STEPS] - 1.0),
        "late_cost": bootstrap(equal[:, LATE] / one[:, LATE] - 1.0),
        "moons_cost": bootstrap(-network),
        "wsd_cost": bootstrap(branch.end / one[:, STEPS] - 1.0),
        "wsd_early": bootstrap(1.0 - branch.early / one[:, EARLY]),
    }
    measure = "median of 1 - loss with restarts / loss with one cosine, at the same step"
    return Evidence(measure, tuple(cases), chart, numbers)


class Branch(NamedTuple):
    """Losses of a constant rate that is cooled down over the last fifth before it is read."""

    end: Floats
    early: Floats


def quadratics(seeds: range) -> tuple[dict[str, Floats], Branch]:
    """Return the loss curves (problems, steps + 1) of each shape at its best peak."""
    problem = quadratic.draw(seeds)
    shapes = np.stack([schedule.sample(STEPS) for schedule in SHAPES.values()])
    peaks = quadratic.best(problem, shapes).rate
    curves = np.stack(
        [
            quadratic.loss(problem[i], shapes * peaks[i][:, None], curve=True)
            for i in range(len(seeds))
        ]
    )
    wsd = WSD(1.0, STEPS, decay_steps=STEPS // 5).sample(STEPS)
    end = quadratic.best(problem, wsd)
    cooled = WSD(1.0, EARLY, decay_steps=EARLY // 5).sample(EARLY)
    early = quadratic.rates(problem, cooled, end.rate[:, None])[:, 0]
    named = {name: curves[:, i] for i, name in enumerate(SHAPES)}
    return named, Branch(end.loss, early)


def moon_runs(seeds: range) -> Floats:
    """Return the relative gain of five equal cycles on the moons, each at its best peak."""
    pair = [Cosine(1.0, MOONS_STEPS), CosineRestarts(1.0, MOONS_STEPS // 5)]
    shapes = np.stack([schedule.sample(MOONS_STEPS) for schedule in pair])
    others = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tried = _finals(shapes[:, None] * MOONS_PEAKS[:, None], others)
    peaks = MOONS_PEAKS[np.median(tried, axis=-1).argmin(axis=-1)]
    one, restarts = _finals(shapes * peaks[:, None], seeds)
    return 1.0 - restarts / one


def _finals(lrs: Floats, seeds: range) -> Floats:
    runs = moons.run(lrs, seeds, batch_size=10, curves=False, test_points=2, workers=1)
    return runs.final_loss


RULE = Rule(
    id="H033",
    name="Restarts against one cosine",
    question="Do cosine restarts reach a lower loss than one cosine over the same steps?",
    claim="Cosine restarts have a loss at least 2 % lower than one cosine over the same steps.",
    topic="cycles",
    action="Plan one decay over the whole run. For a usable model on the way, branch off a short "
    "cooldown from a constant rate instead of restarting.",
    value="The final loss of five cycles is {end_cost:.0%} above that of one cosine, of cycles "
    "that double {doubling_cost:.0%}, and in the moons network, after five cycles, "
    "{moons_cost:.0%}. What restarts give is a decayed model early: {early:.0%} lower at 40 % of "
    "the steps.",
    tradeoff="One cosine is bad until its end. A constant rate with a cooldown of a fifth before "
    "each reading is {wsd_early:.0%} lower at 40 % of the steps and {wsd_cost:.0%} higher at the "
    "end; going on from where the cooldown began takes its steps twice.",
    reasoning="A decay takes the noise out of the parameters, and a restart puts it back. The "
    "steps on directions of low curvature are kept, but the last cycle has to remove the noise "
    "again in a fifth of the run, so its best peak is lower and the slow directions get less. "
    "At 40 % one cosine is still near its peak, and a finished cycle wins; at 80 % one cosine has "
    "decayed enough, and even a finished cycle is {late_cost:.0%} above it.",
    not_when="You do not know when the run will be stopped and cannot branch off, or you want "
    "several decayed models for an ensemble. That restarts find other minima is not tried here; "
    "H032 tries it in a double well.",
    conditions="Random noisy quadratics, one a seed, exact expected loss, 1050 updates; peaks "
    "tuned for the end of the run for each shape and problem. Moons network: batches of 10, 210 "
    "updates, peaks chosen from six on 60 other seeds by the median loss; the intervals do not "
    "cover that choice.",
    sources=("loshchilov-2016",),
    situations=("choosing a schedule", "during a run"),
    symptoms=("final loss too high", "the horizon changed"),
    related=("H032", "H014", "H019"),
    experiment=experiment,
    seeds=range(100),
)
