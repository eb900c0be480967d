"""Is a 1-sqrt cooldown better than a linear one?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.wsd import WSD
from ...lab import bound, moons, quadratic
from ...lab.stats import bootstrap, exact, share
from ..evidence import Case, Evidence
from ..rule import Rule

SHAPES = ("linear", "1-sqrt")
STEPS, BRIEF = 1000, 50
PERCENT = (2.5, 10.0, 20.0, 40.0, 100.0)  # lengths of the cooldown
SHORT, FIFTH, LONGER = 0, 2, 3
NETWORK_STEPS, BATCH, PEAKS = 100, 10, (0.25, 0.35, 0.5, 0.7, 1.0)
TUNING = 5000  # offset of the seeds that chose the network's peaks


def experiment(seeds: range) -> Evidence:
    """Compare the two shapes at equal length, on quadratics, in the bound and in a network."""
    both = [[_cooldown(f, STEPS, s) for f in PERCENT] for s in SHAPES]
    problem = quadratic.draw(seeds)
    linear, root = np.moveaxis(quadratic.best(problem, both).loss, 1, 0)
    gains = 1.0 - root / linear
    brief = quadratic.best(problem, [_cooldown(20.0, BRIEF, s) for s in SHAPES]).loss
    least = bound.best(both).value
    worst = 1.0 - least[1] / least[0]
    claim = {"at_least": 0.01}
    cases = (
        Case("fifth", "the cooldown takes 20 % of a noisy run",
             bootstrap(gains[:, FIFTH]), **claim),
        Case("short", "the cooldown takes 2.5 % of it", bootstrap(gains[:, SHORT]), **claim),
        Case("brief", "the noisy run has 50 updates (20 %)",
             bootstrap(1.0 - brief[:, 1] / brief[:, 0]), **claim),
        Case("worst", "the worst case of convex theory counts (20 %)",
             exact(worst[FIFTH]), **claim),
        Case("network", "a small network has 100 updates (20 %)",
             bootstrap(_network(seeds)), **claim),
    )  # fmt: skip
    named = zip(PERCENT, gains.T, strict=True)
    rows = {f"noisy quadratics, {f:.3g} %": bootstrap(gain) for f, gain in named}
    rows |= {
        "50 updates of these, 20 %": cases[2].effect,
        "worst case, 20 %": cases[3].effect,
        "small network, 20 %": cases[4].effect,
    }
    chart = Dots(
        rows=tuple(rows),
        series={"": tuple(rows.values())},
        xlabel="share of the loss that 1-sqrt saves",
        alt="Share of the loss that 1-sqrt saves at equal length, with intervals. Noisy "
        "quadratics: nothing for a cooldown of 2.5 %, most for 20 and 40 %, less for the whole "
        "run. Worst case: above zero. 50 updates, and the small network: below zero.",
        caption="At 20 % of the run 1-sqrt saves {fifth:.1%} on noisy quadratics. In short runs it "
        "costs.",
        reference=0.0,
    )
    numbers = {
        "wins": share(int(np.count_nonzero(gains[:, FIFTH] > 0)), len(seeds)),
        "longer": bootstrap(1.0 - linear[:, LONGER] / linear[:, FIFTH]),
    }
    return Evidence("share of the loss saved, 1 - (1-sqrt / linear)", cases, chart, numbers)


def _cooldown(percent: float, steps: int, shape: str) -> np.ndarray:
    length = round(percent * steps / 100)
    return WSD(1.0, steps, length, shape=shape).sample(steps)  # ty: ignore[invalid-argument-type]


def _network(seeds: range) -> np.ndarray:
    """Return the share saved for each seed, each shape at its best peak."""
    other = range(seeds.start + TUNING, seeds.start + TUNING + len(seeds))
    both = np.array([_cooldown(20.0, NETWORK_STEPS, s) for s in SHAPES])
    tried = _train(np.array(PEAKS)[:, None, None] * both, other)
    peaks = np.array(PEAKS)[np.median(tried, axis=-1).argmin(axis=0)]
    linear, root = _train(peaks[:, None] * both, seeds)
    return 1.0 - root / linear


def _train(lrs: np.ndarray, seeds: range) -> np.ndarray:
    runs = moons.run(lrs, seeds, batch_size=BATCH, curves=False, test_points=2, workers=1)
    return runs.final_loss


RULE = Rule(
    id="H015",
    name="1-sqrt or linear cooldown",
    question="Should the cooldown follow 1-sqrt rather than a straight line?",
    claim="At equal length, a 1-sqrt cooldown ends at a loss at least 1 % lower than a linear one.",
    topic="cooldown",
    action="Use 1-sqrt where the cooldown is at least a tenth of the run and the run is long. "
    "First make the cooldown longer: that buys more.",
    value="A 20 % cooldown ends {fifth:.1%} lower with 1-sqrt, and lower on {wins:.0%} of the "
    "problems. A linear cooldown of 40 % in place of 20 % saves {longer:.1%}.",
    tradeoff="In a short run of a small network it saves {network:.1%}: it costs. So it does in "
    "50 updates of the quadratics, {brief:.1%}. It leaves "
    "the peak at once, with an infinite slope, so that less is learnt at a high rate.",
    reasoning="The line spends half of the cooldown above half of the peak, the root a quarter. "
    "The root is thus the more cautious of the two, and has a slightly higher best peak. Where the "
    "constant phase has reached the noise floor, time at a high rate brings little, and more "
    "updates at low rates settle more: so in the worst-case bound, by {worst:.1%}. Where the run "
    "is still learning, as the short ones are, the fast fall stops it early. A very short cooldown "
    "does not settle the slow directions either way: there the shapes tie ({short:.2%} saved at "
    "2.5 % of the run).",
    not_when="The cooldown is a few per cent of the run, or the run is too short to reach the "
    "noise floor.",
    conditions="Noisy quadratics of random spectra, 1000 and 50 updates, a seed draws the problem; "
    "exact losses, best peak for each shape and length. The bound for the last iterate, likewise. "
    "micrograd's network, 100 updates, batches of 10, the best of five peaks for each shape on "
    "other seeds.",
    sources=("haegele-2024", "dremov-2025", "schaipp-2025"),
    situations=("choosing a schedule", "pre-training"),
    symptoms=("final loss too high",),
    related=("H011", "H014"),
    experiment=experiment,
    seeds=range(1000, 1180),
)
