"""Does one-cycle end lower than plain linear decay?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...charts import Dots
from ...families.linear import Linear
from ...families.onecycle import OneCycle
from ...lab import moons, quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

Floats = NDArray[np.float64]

STEPS, SHORT = 500, 100
MOMENTUM = 0.9
MOONS_STEPS, TUNING = 200, 200
MOONS_PEAKS = np.array([0.4, 0.6, 0.8, 1.2])
WARMUP = np.minimum(1.0, np.arange(1.0, MOONS_STEPS + 1) / (MOONS_STEPS // 10))


def experiment(seeds: range) -> Evidence:
    """Tune both on random quadratics with momentum and on the moons without, and compare."""
    problem = quadratic.draw(seeds[: len(seeds) // 2])
    long, short = (quadratics(problem, steps) for steps in (STEPS, SHORT))
    network = moon_runs(seeds)
    found = {
        "both": ("the loss is quadratic and rate and momentum cycle", long.both),
        "still": ("the loss is quadratic and only the rate cycles", long.still),
        "short": ("the loss is quadratic and the run is short (100 updates)", short.both),
        "moons": ("a small network is trained at the best peaks", network.tuned),
        "high": ("a small network is trained at twice the best peak of linear decay", network.high),
    }
    cases = tuple(
        Case(key, when, bootstrap(gain), at_least=0.02) for key, (when, gain) in found.items()
    )
    numbers = {
        "alone": bootstrap(long.alone),
        "warm": bootstrap(network.warm),
        "both_cost": bootstrap(-long.both),
        "still_cost": bootstrap(-long.still),
        "alone_cost": bootstrap(-long.alone),
        "short_cost": bootstrap(-short.both),
        "moons_cost": bootstrap(-network.tuned),
    }
    effects = {case.key: case.effect for case in cases} | numbers
    rows = {
        "both": "both cycle",
        "still": "rate cycles",
        "alone": "momentum cycles",
        "short": "both, 100 updates",
        "moons": "network, best peaks",
        "high": "network, twice the peak",
    }
    chart = Dots(
        rows=tuple(rows.values()),
        series={"": tuple(effects[key] for key in rows)},
        xlabel="gain over linear decay (0.1 = 10 %)",
        alt="Median gain of one-cycle over linear decay. Below zero in every comparison at tuned "
        "peaks, and far above zero on the network at twice the best peak.",
        caption="The first four rows are quadratics. With the best peaks one-cycle loses to linear "
        "decay everywhere. At twice the best peak it gains {high:.0%}, and linear decay with a "
        "warmup over a tenth of the run gains {warm:.0%}.",
        reference=0.0,
    )
    return Evidence("median of 1 - final loss of one-cycle / of linear", cases, chart, numbers)


class Gains(NamedTuple):
    """One minus the loss over that of linear decay with momentum 0.9, for every problem."""

    both: Floats
    still: Floats
    alone: Floats


def quadratics(problem: quadratic.Problem, steps: int) -> Gains:
    """Return the gains of three cycles, all at their best peaks."""
    cycle = OneCycle(1.0, steps)
    rate, linear = cycle.sample(steps), Linear(1.0, steps).sample(steps)
    momentum, constant = cycle.momentum().sample(steps), np.full(steps, MOMENTUM)
    shapes = [linear, rate, rate, linear]
    momenta = [constant, momentum, constant, momentum]
    losses = quadratic.best(problem, shapes, momentum=momenta).loss
    return Gains(*(1.0 - losses[:, 1:] / losses[:, :1]).T)


class Network(NamedTuple):
    """Gains on the moons: of one-cycle at the best peaks and at a high one, of a warmup there."""

    tuned: Floats
    high: Floats
    warm: Floats


def moon_runs(seeds: range) -> Network:
    """Choose peaks on other seeds, and compare."""
    pair = [Linear(1.0, MOONS_STEPS), OneCycle(1.0, MOONS_STEPS)]
    shapes = np.stack([schedule.sample(MOONS_STEPS) for schedule in pair])
    others = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tried = _finals(shapes[:, None] * MOONS_PEAKS[:, None], others)
    peaks = MOONS_PEAKS[np.median(tried, axis=-1).argmin(axis=-1)]
    tuned = _finals(shapes * peaks[:, None], seeds)
    high = _finals(np.stack([*shapes, WARMUP * shapes[0]]) * 2.0 * peaks[0], seeds)
    return Network(1.0 - tuned[1] / tuned[0], *(1.0 - high[1:] / high[0]))


def _finals(lrs: Floats, seeds: range) -> Floats:
    runs = moons.run(lrs, seeds, batch_size=10, curves=False, test_points=2, workers=1)
    return runs.final_loss


RULE = Rule(
    id="H035",
    name="One-cycle against linear decay",
    question="Does a one-cycle schedule train better than plain linear decay?",
    claim="One-cycle ends at a loss at least 2 % below that of linear decay.",
    topic="cycles",
    action="Use linear decay to zero and leave the momentum alone. Where you cannot tune the peak "
    "and fear that it is too high, put a warmup before it.",
    value="At tuned peaks one-cycle with its momentum cycle ends {both_cost:.1%} above linear "
    "decay, without it {still_cost:.1%}, in a short run {short_cost:.1%}; on the small network "
    "{moons_cost:.0%}. At twice the best peak of linear decay it ends {high:.0%} lower there, but "
    "linear decay with a warmup over a tenth of the run ends {warm:.0%} lower.",
    tradeoff="Without a rise linear decay meets its highest rate at once, and a peak that is too "
    "high costs it more.",
    reasoning="The rise takes 30 % of the updates, most of them far from the peak, and leaves a "
    "shorter decay. With momentum $\\mu$ a rate $\\eta$ acts like $\\eta / (1 - \\mu)$. From 0.95 "
    "to 0.85 that factor falls to a third while the rate rises, and at the end it is twice that "
    "of 0.9, just when the noise should be removed. The momentum cycle alone, on a linear decay, "
    "costs {alone_cost:.1%}. The rise helps where the first steps at the full rate would spoil "
    "the start, in a network at too high a peak, and a short warmup does the same.",
    not_when="A network whose curvature falls during training may bear a higher peak after a slow "
    "rise, and a high rate may act as a regulariser, as the paper on super-convergence has it. "
    "Quadratics show neither, and test error is not judged here.",
    conditions="Random noisy quadratics, one a seed, exact expected loss, 500 and 100 updates; "
    "peaks tuned for each schedule and problem. One-cycle as in PyTorch: cosine, 30 % rise, "
    "momentum 0.95 to 0.85; linear decay with momentum 0.9. Network: micrograd's, batches of 10, "
    "200 updates, no momentum, peaks chosen from four on 200 other seeds; the intervals do not "
    "cover that choice.",
    sources=("smith-2017", "smith-2018b", "pytorch-docs"),
    situations=("choosing a schedule",),
    symptoms=("loss spikes early", "final loss too high", "no budget to tune"),
    related=("H007", "H028", "H030", "H032", "H044"),
    experiment=experiment,
    seeds=range(300),
)
