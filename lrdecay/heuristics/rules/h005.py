"""Does decay beat a well-tuned constant rate?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.linear import Linear
from ...lab import moons, quadratic
from ...lab.stats import Interval, bootstrap, share
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

PEAKS = (0.14, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4)
TUNE = 5000  # the seeds that choose the rates start so much later
SETTINGS = {  # name: points an update, updates, seeds to judge on, seeds to tune on
    "full batch, 100 updates": (None, 100, 100, 40),
    "batches of 10, 100 updates": (10, 100, 200, 60),
    "batches of 10, 300 updates": (10, 300, 200, 60),
    "batches of 10, 1000 updates": (10, 1000, 100, 30),
}
QUADRATIC = "noisy quadratic, 1000 updates"


def experiment(seeds: range) -> Evidence:
    """Tune a constant rate and linear decay to zero on other seeds, and compare them on these."""
    changes = {name: _micrograd(seeds, *setting) for name, setting in SETTINGS.items()}
    shapes = np.stack([Constant(1.0).sample(1000), Linear(1.0, 1000).sample(1000)])
    constant, linear = quadratic.best(quadratic.draw(seeds), shapes).loss.T
    changes[QUADRATIC] = linear / constant - 1.0
    exact, short, middle, long, quad = found = [bootstrap(c) for c in changes.values()]
    cases = (
        Case("short", "a small network makes 100 noisy updates", short, at_most=-0.05),
        Case("middle", "a small network makes 300 noisy updates", middle, at_most=-0.05),
        Case("quad", "a quadratic is noisy", quad, at_most=-0.05),
        Case("long", "a small network makes 1000 noisy updates", long, at_most=-0.05),
        Case("exact", "a small network makes 100 exact updates", exact, at_most=-0.05),
    )
    chart = Dots(
        rows=tuple(changes),
        series={"": tuple(found)},
        xlabel="final loss: tuned decay / tuned constant - 1",
        alt="Change of the final loss by tuned decay against a tuned constant rate, in five "
        "settings. Far below 0 on the noisy quadratic and in short noisy runs, about 0 after 1000 "
        "noisy updates, above 0 on the full batch.",
        caption="Left of 0 decay ends lower. It does where noise is left at the end of the run; "
        "with exact gradients, or once the network fits all its data, it does not.",
        reference=0.0,
    )
    keys = ("exact_wins", "short_wins")
    numbers = {key: _wins(c) for key, c in zip(keys, changes.values(), strict=False)}
    return Evidence("final loss of tuned decay / tuned constant - 1", cases, chart, numbers)


def _micrograd(
    seeds: range, batch_size: int | None, steps: int, judges: int, tuners: int
) -> np.ndarray:
    """Return, a seed, the change of the final loss by decay when each has its best peak."""

    def final(rows: list[Constant | Linear], which: range) -> np.ndarray:
        runs = moons.run(
            rows, which, steps=steps, batch_size=batch_size, curves=False, test_points=2, workers=1
        )
        return runs.final_loss

    constants = [Constant(peak) for peak in PEAKS]
    decays = [Linear(peak, steps) for peak in PEAKS]
    start = seeds.start + TUNE
    tuned = np.median(final([*constants, *decays], range(start, start + tuners)), axis=-1)
    at, to = tuned.reshape(2, -1).argmin(axis=-1)
    constant, decay = final([constants[at], decays[to]], seeds[:judges])
    return decay / constant - 1.0


def _wins(change: np.ndarray) -> Interval:
    return share(int(np.count_nonzero(change < 0.0)), change.size)


RULE = Rule(
    id="H005",
    name="Decay against a tuned constant",
    question="Does decay beat a constant rate that was tuned as carefully?",
    claim="With the best peak for each, linear decay to zero ends at a training loss at least 5 % "
    "below that of a constant rate, in half of the runs or more.",
    topic="noise",
    action="Decay if gradients are still noisy when the run ends. If the loss is limited by "
    "something else, a tuned constant rate is enough.",
    value="The final loss of tuned decay differs from that of the tuned constant rate by "
    "{short:.0%} in 100 noisy updates of micrograd's network, {middle:.0%} in 300, and {quad:.0%} "
    "on noisy quadratics.",
    tradeoff="With exact gradients the difference is {exact:+.1%}, and decay wins in "
    "{exact_wins:.0%} of runs. In 100 noisy updates it wins in {short_wins:.0%}.",
    reasoning="At the same peak a decay looks better than it is: a lower constant rate gets a "
    "part of its gain. What is left is that one rate cannot be both high for progress and low "
    "against noise. So the gain is there as "
    "long as noise sets the final loss. A network that fits all 100 points has hardly any noise "
    "left: after 1000 updates both end about the same ({long:+.1%}).",
    not_when="The gradient is exact, or the model fits every example well before the run ends. "
    "Language models do neither.",
    conditions="micrograd's network and 100 points, peaks from 0.14 to 1.4 chosen by the median "
    "over 30 to 60 other seeds, judged on 100 or 200; quadratics with 1000 directions, each "
    "problem with its best rates. Changes are medians of pairs.",
    sources=("smith-2018", "defazio-2023", "playbook"),
    situations=("choosing a schedule", "tuning the peak rate"),
    symptoms=("final loss too high",),
    related=("H001", "H002", "H003", "H021"),
    experiment=experiment,
    seeds=range(1000, 1200),
)
