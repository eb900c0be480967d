"""Does an average help a run that has decayed?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import moons, quadratic
from ...lab.stats import bootstrap
from ...schedule import Constant
from .._averaging import MOONS, PEAKS, SHARES, TUNING, Floats, averaged
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000  # of a run on a quadratic
TENTH = SHARES.index(0.1)
SHOWN = (0.05, 0.1, 0.2)
NAMES = {
    "constant": "constant",
    "cosine": "cosine to 10 %",
    "wsd": "WSD 20 %",
    "linear": "linear",
    "network_constant": "network, constant",
    "network_wsd": "network, WSD 20 %",
}


def shapes(steps: int) -> Floats:
    """Return four shapes with peak 1, those of the first four names."""
    wsd = WSD(1.0, steps, decay_steps=steps // 5)
    chosen = (Constant(1.0), Cosine(1.0, steps, 0.1), wsd, Linear(1.0, steps))
    return np.stack([schedule.sample(steps) for schedule in chosen])


def experiment(seeds: range) -> Evidence:
    """Average the ends of tuned runs over windows of five lengths, at the peaks that they have."""
    problem = quadratic.draw(seeds[: len(seeds) // 2])
    found = quadratic.best(problem, shapes(STEPS))
    ratios: dict[str, list[Floats]] = {name: [] for name in NAMES}
    for part in SHARES:
        same = quadratic.rates(
            problem, shapes(STEPS), found.rate[..., None], average=quadratic.Tail(part)
        )
        for i, name in enumerate(list(NAMES)[:4]):
            ratios[name].append(same[:, i, 0] / found.loss[:, i])
    tenth = quadratic.Tail(SHARES[TENTH])
    again = quadratic.best(problem, shapes(STEPS)[2:], average=tenth).loss
    retuned = 1.0 - again / found.loss[:, 2:]

    swept = shapes(MOONS)[[0, 2], None] * PEAKS[:, None]
    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tuning = moons.run(swept, elsewhere, batch_size=10, curves=False, test_points=2, workers=1)
    peaks = np.median(tuning.final_loss, axis=-1).argmin(axis=-1)
    last, *means = averaged(swept[[0, 1], peaks], seeds)
    for mean in means:
        for i, name in enumerate(list(NAMES)[4:]):
            ratios[name].append(mean[i] / last[i])

    gains = {name: [bootstrap(1.0 - ratio) for ratio in row] for name, row in ratios.items()}
    when = {
        "constant": "the rate is constant, on quadratics",
        "cosine": "a cosine ends at 10 % of the peak, on quadratics",
        "wsd": "WSD cools down over the last fifth, on quadratics",
        "linear": "the decay is linear to 0, on quadratics",
        "network_constant": "the rate is constant, on a small network",
        "network_wsd": "WSD cools down over the last fifth, on a small network",
    }
    cases = tuple(Case(key, words, gains[key][TENTH], at_least=0.02) for key, words in when.items())
    numbers = {f"{name}_half": row[SHARES.index(0.5)] for name, row in gains.items()}
    numbers["wsd_retuned"], numbers["linear_retuned"] = map(bootstrap, retuned.T)
    numbers["network_wsd_cost"] = bootstrap(ratios["network_wsd"][TENTH] - 1.0)
    chart = Dots(
        rows=tuple(NAMES.values()),
        series={
            f"last {share:.0%}": tuple(gains[name][SHARES.index(share)] for name in NAMES)
            for share in SHOWN
        },
        xlabel="gain in final loss from averaging (0.1 = 10 %)",
        alt="Median gain from averaging the last 5, 10 and 20 % of a run. Large for constant "
        "rates on quadratics and on a network, near 0 for decayed runs on quadratics, and a loss "
        "for WSD on the network.",
        caption="The average of the last tenth gains {constant:.0%} at a constant rate and "
        "{linear:.1%} after linear decay.",
        reference=0.0,
    )
    measure = "median of 1 - final loss of the average of the last tenth / of the last weights"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H042",
    name="Averaging a decayed run",
    question="My schedule decays: should I average the last weights as well?",
    claim="Averaging the weights of the last tenth of a run lowers its final loss by at least 2 %.",
    topic="optimizers",
    action="Average where the rate is still high: during a run, or at the end of one without "
    "decay. After a decay to 0 use the last weights, or compare both on held-out data.",
    value="The last tenth gains {constant:.1%} at a constant rate on quadratics and "
    "{network_constant:.0%} on a small network. After a decay it gains next to nothing or loses: "
    "{cosine:+.1%} (cosine to 10 %), {wsd:+.1%} (WSD), {linear:+.1%} (linear to 0).",
    tradeoff="A copy of the weights, and the risk to spoil what the decay has done: on the "
    "network the same window raises the loss of a WSD run by {network_wsd_cost:.0%}.",
    reasoning="A decay and an average take out the same noise, which can be taken out only once. "
    "After a decay to 0 the last weights hardly scatter, and the window only brings older and "
    "noisier ones back; a peak that is tuned for the average hardly changes that "
    "({linear_retuned:+.1%} with linear decay). On quadratics a window that reaches back before "
    "the decay gains again, since it averages while the rate is high: the last half gains "
    "{wsd_half:.1%} with WSD and {linear_half:.1%} with linear decay. On the network, whose "
    "weights travel further, it does not: {network_wsd_half:.0%} with WSD. A negative gain is a "
    "loss.",
    not_when="What counts is a held-out metric: Ajroldi et al. report a mild gain in "
    "generalisation and the best results for averaging and decay together, which the training "
    "loss of these small worlds cannot show.",
    conditions="Noisy quadratics (1000 directions, 1000 updates, exact expected loss, peaks tuned "
    "for each problem without average) and micrograd's network (100 updates, batches of 10, peaks "
    "from a sweep on 150 other seeds). Plain means of the last weights. A seed draws the problem, "
    "or points, initial network and batches.",
    sources=("ajroldi-2025", "izmailov-2018", "kaddour-2022"),
    situations=("choosing a schedule", "during a run"),
    symptoms=("final loss too high", "loss oscillates"),
    related=("H008", "H041"),
    experiment=experiment,
    seeds=range(300),
)
