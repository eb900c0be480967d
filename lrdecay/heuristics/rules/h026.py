"""Is one seed enough to rank two settings?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...charts import Lines
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import moons
from ...lab._rates import Floats
from ...lab.stats import Interval, share
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 100
COSINE = Cosine(0.7, STEPS)
PAIRS = {
    "quarter": ("peak / 4", Cosine(0.175, STEPS), COSINE),
    "decay": ("no decay", Constant(0.5), WSD(0.5, STEPS, decay_steps=STEPS // 5)),
    "half": ("peak / 2", Cosine(0.35, STEPS), COSINE),
    "shape": ("linear, cosine", COSINE, Linear(0.7, STEPS)),
}
WHEN = {
    "quarter": "one peak is a quarter of the other",
    "decay": "one setting decays and the other does not",
    "half": "one peak is half of the other",
    "shape": "the settings are linear and cosine decay at one peak",
}
SIZES = (1, 2, 3, 5, 10, 20)  # seeds a setting


def right(differences: Floats, size: int, truth: float) -> Interval:
    """Return how often the mean of so many differences has the sign of the truth."""
    groups = len(differences) // size
    means = differences[: groups * size].reshape(groups, size).mean(axis=-1)
    return share(int(np.count_nonzero(np.sign(means) == np.sign(truth))), groups)


def experiment(seeds: range) -> Evidence:
    """Train pairs of settings over many seeds, and rank them by groups of few."""
    schedules = [schedule for _, *both in PAIRS.values() for schedule in both]
    unique = list(dict.fromkeys(schedules))
    runs = moons.run(
        unique, seeds, steps=STEPS, batch_size=10, curves=False, test_points=2, workers=1
    )
    final: NDArray[np.float64] = np.where(runs.diverged, moons.EXPLODED, runs.final_loss)
    found: dict[str, list[Interval]] = {}
    unpaired = {}
    for key, (_, worse, better) in PAIRS.items():
        high, low = final[unique.index(worse)], final[unique.index(better)]
        truth = float((high - low).mean())
        found[key] = [right(high - low, size, truth) for size in SIZES]
        # Each setting on a seed of its own.
        unpaired[f"{key}_unpaired"] = right(np.roll(high, 1) - low, 1, truth)
    cases = tuple(Case(key, when, found[key][0], at_least=0.9) for key, when in WHEN.items())
    chart = Lines(
        x=tuple(map(float, SIZES)),
        curves={name: tuple(f.estimate for f in found[key]) for key, (name, *_) in PAIRS.items()},
        xlabel="seeds per setting",
        ylabel="share of correct rankings",
        alt="How often a mean over 1 to 20 seeds ranks two settings as all seeds do. A peak of a "
        "quarter is told apart by one seed; half the peak, decay against none and linear against "
        "cosine start much lower and need several seeds, the last the most.",
        caption="One seed ranks linear and cosine decay right in {shape:.0%} of cases, 10 seeds in "
        "{shape_10:.0%}.",
        bands={
            name: (tuple(f.low for f in found[key]), tuple(f.high for f in found[key]))
            for key, (name, *_) in PAIRS.items()
        },
    )
    ten = SIZES.index(10)
    numbers = unpaired | {f"{key}_10": row[ten] for key, row in found.items()}
    measure = "share of seeds that rank the two settings as the mean over all seeds does"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H026",
    name="One seed",
    question="I compared two settings with one run each: can I trust the ranking?",
    claim="One run of each setting, on the same seed, ranks two settings in at least 90 % of cases "
    "as many seeds do.",
    topic="tuning",
    action="Trust one run only for coarse choices, such as a peak four times too low. For a factor "
    "of 2 use about ten seeds, for two shapes of decay more, and give both settings the same "
    "seeds.",
    value="One seed is right about a peak of a quarter in {quarter:.0%} of cases, about half the "
    "peak in {half:.0%}, about decay or none in {decay:.0%} and about linear or cosine in "
    "{shape:.0%}. Ten seeds make that {half_10:.0%} for half the peak, {decay_10:.0%} for decay or "
    "none and {shape_10:.0%} for linear or cosine.",
    tradeoff="Ten times the cost of a comparison. A sweep can go coarse first: few seeds and wide "
    "steps, then many seeds for the last two candidates.",
    reasoning="The final loss of a run depends on its seed. What counts is the gap between two "
    "settings against the scatter of their difference, which falls as $1/\\sqrt{n}$ with $n$ "
    "seeds. The same seed for both settings takes away part of the scatter: with different seeds "
    "one run each is right about decay or none in {decay_unpaired:.0%} instead of {decay:.0%} of "
    "cases. A large run may scatter less, but what is compared there is closer as well: Kaplan et "
    "al. found most schedules equal, with runs that varied by 0.05 in the loss.",
    not_when="The scatter between seeds is known and small against the gap, as the loss of a large "
    "run on much data can be.",
    conditions="micrograd's network on two moons, batches of 10, 100 updates. A seed draws points, "
    "initial network and batches; both settings meet the same ones. Best peaks (0.7 for cosine and "
    "linear, 0.5 for WSD and constant) are about those of a sweep on other seeds.",
    sources=("kaplan-2020", "agarwal-2021"),
    situations=("tuning the peak rate", "choosing a schedule", "reading papers"),
    symptoms=("results differ between seeds", "no budget to tune"),
    related=("H001", "H011", "H023"),
    experiment=experiment,
    seeds=range(1500),
)
