"""Does a longer run need a lower peak rate?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import bound, quadratic
from ...lab._rates import Floats
from ...lab.stats import bootstrap, exact
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

HORIZONS = (125, 250, 500, 1000, 2000)
OLD, NEW = 2, 4  # the run that was tuned, and the one four times as long
WHEN = {
    "constant": "the rate is constant",
    "wsd": "the schedule is WSD with a cooldown of 20 %",
    "linear": "the decay is linear to 0",
    "cosine": "the decay is a cosine to 0",
}
NAMES = ("constant", "WSD 20 %", "linear", "cosine")


def shapes(steps: int) -> Floats:
    """Return the four shapes over a run of so many steps, with peak 1."""
    wsd = WSD(1.0, steps, decay_steps=steps // 5)
    chosen = (Constant(1.0), wsd, Linear(1.0, steps), Cosine(1.0, steps))
    return np.stack([schedule.sample(steps) for schedule in chosen])


def experiment(seeds: range) -> Evidence:
    """Tune four shapes at five horizons, and keep the peak of one at four times its length."""
    problem = quadratic.draw(seeds)
    found = [quadratic.best(problem, shapes(steps)) for steps in HORIZONS]
    old, new = found[OLD], found[NEW]
    theory = np.stack([bound.best(shapes(steps)).rate for steps in HORIZONS])
    # The old peak, the same halved, and the same times the bound's factor, in the long run.
    factors = np.stack([np.ones(4), np.full(4, 0.5), theory[NEW] / theory[OLD]], axis=-1)
    tried = quadratic.rates(problem, shapes(HORIZONS[NEW]), old.rate[..., None] * factors)
    costs = tried / new.loss[..., None] - 1.0
    cases = tuple(
        Case(key, when, bootstrap(costs[:, i, 0]), at_least=0.05)
        for i, (key, when) in enumerate(WHEN.items())
    )
    numbers = {}
    for i, key in enumerate(WHEN):
        numbers[f"{key}_peak"] = bootstrap(new.rate[:, i] / old.rate[:, i])
        numbers[f"{key}_halved"] = bootstrap(costs[:, i, 1])
        slope = np.polyfit(np.log(HORIZONS), np.log([f.rate[:, i] for f in found]), 1)[0]
        numbers[f"{key}_slope"] = bootstrap(slope)
        numbers[f"{key}_bound"] = exact(factors[i, 2])
    peaks = [[bootstrap(f.rate[:, i] / found[0].rate[:, i]) for f in found] for i in range(4)]
    curves = {n: tuple(p.estimate for p in row) for n, row in zip(NAMES, peaks, strict=True)}
    bands = {
        n: (tuple(p.low for p in row), tuple(p.high for p in row))
        for n, row in zip(NAMES, peaks, strict=True)
    }
    curves["bound, cosine"] = tuple((theory[:, 3] / theory[0, 3]).tolist())
    chart = Lines(
        x=tuple(map(float, HORIZONS)),
        curves=curves,
        xlabel="length of the run [updates]",
        ylabel="best peak (1 at 125 updates)",
        alt="Median best peak against the length of the run. All lines fall; that of a constant "
        "rate falls faster than those of decaying schedules, and the convex bound falls fastest.",
        caption="Four times the updates lower the best peak to {constant_peak:.2f} of itself at a "
        "constant rate and to {cosine_peak:.2f} with a cosine.",
        bands=bands,
    )
    measure = "median of (final loss with the old peak / with the retuned peak) - 1, run 4x as long"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H022",
    name="Longer run, lower peak",
    question="My run gets four times as long: must I lower the peak rate?",
    claim="Keeping the peak rate when a run gets four times as long ends at a final loss at least "
    "5 % above that of a retuned peak.",
    topic="tuning",
    action="Lower a constant rate when the run gets longer. With a decay to 0 that is stretched "
    "with the run, keep the peak or lower it a little.",
    value="Retuning gains {constant:.1%} at a constant rate, {wsd:.1%} with WSD, {linear:.1%} "
    "with linear decay and {cosine:.1%} with a cosine.",
    tradeoff="Too low a peak costs as well. Halving the peak, about what the convex bound asks "
    "for four times the updates, ends {cosine_halved:.1%} above the retuned cosine: more than "
    "changing nothing.",
    reasoning="At a constant rate the noise floor is proportional to the rate, and a longer run "
    "has the time to reach a lower one. A decay to 0 lowers the rate anyway, so that its peak "
    "matters less and the loss is flat around the best one. The direction is sure: the best peak "
    "falls as $T^{a}$ with a slope $a$ of {constant_slope:.2f} (constant), {wsd_slope:.2f} (WSD) "
    "and {cosine_slope:.2f} (cosine). The bound's $T^{-1/2}$ is a worst case and falls faster. "
    "A study of language models of many lengths also found that longer training needs a lower "
    "rate.",
    not_when="The decay reaches 0 and is stretched with the run. Or gradients have almost no "
    "noise: then the best peak sits below the limit of stability at every length.",
    conditions="Noisy quadratics: 1000 directions, power-law spectra, 500 and 2000 updates (125 "
    "to 2000 in the figure), exact expected loss. A seed draws exponent, noise and initial error. "
    "Peaks are tuned for each problem, shape and length.",
    sources=("bjorck-2024", "schaipp-2025", "shen-2024"),
    situations=("extending a run", "tuning the peak rate", "pre-training"),
    symptoms=("the horizon changed", "final loss too high"),
    related=("H002", "H009", "H019", "H021", "H024"),
    experiment=experiment,
    seeds=range(120),
)
