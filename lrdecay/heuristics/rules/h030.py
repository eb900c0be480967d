"""Do I need a warmup of 5 to 10 percent of the run?"""

from __future__ import annotations

import numpy as np

from ...families.polynomial import Linear
from ...families.warmup import warmup_linear
from ...lab import moons, quadratic
from ...lab.stats import bootstrap, exact
from ..evidence import Case, Dots, Evidence
from ..recipes import RECIPES
from ..rule import Rule

STEPS = {"quadratic": 1000, "full": 100, "mini": 100}
NAMES = {
    "quadratic": "noisy quadratics",
    "full": "micrograd demo, full batch",
    "mini": "micrograd demo, batches of 10",
}
PEAKS = 2.0 ** np.arange(-2.0, 1.6, 0.5)
TUNED_ON = 50  # seeds, 5000 above those that are judged


def shapes(steps: int) -> np.ndarray:
    """Return linear decay without warmup, with one over 1 % and with one over 10 %."""
    ramps = [warmup_linear(1.0, steps, steps // share) for share in (100, 10)]
    return np.stack([schedule.sample(steps) for schedule in (Linear(1.0, steps), *ramps)])


def trained(seeds: range, batch_size: int | None) -> np.ndarray:
    """Return final losses (shapes, seeds) of the demo, at peaks tuned on other seeds."""
    ramps = shapes(STEPS["full"])
    others = range(seeds.start + 5000, seeds.start + 5000 + TUNED_ON)
    sweep = moons.run(
        PEAKS[:, None, None] * ramps, others, batch_size=batch_size, curves=False, workers=1
    )
    best = PEAKS[np.median(sweep.final_loss, axis=-1).argmin(axis=0)]
    lrs = best[:, None] * ramps
    return moons.run(lrs, seeds, batch_size=batch_size, curves=False, workers=1).final_loss


def experiment(seeds: range) -> Evidence:
    """Tune linear decay with three lengths of warmup in three worlds; look up known runs."""
    problems = quadratic.draw(seeds[:100])
    losses = {
        "quadratic": quadratic.best(problems, shapes(STEPS["quadratic"])).loss.T,
        "full": trained(seeds, None),
        "mini": trained(seeds, 10),
    }
    long = {key: bootstrap(loss[2] / loss[0] - 1.0) for key, loss in losses.items()}
    short = {key: bootstrap(loss[1] / loss[0] - 1.0) for key, loss in losses.items()}
    known = [r.warmup_share for r in RECIPES if not isinstance(r.warmup_share, str)]
    below = float(np.mean(np.array(known) < 0.05))
    numbers = {f"{key}_1": effect for key, effect in short.items()} | {
        "known_median": exact(float(np.median(known)), len(known)),
        "known_below": exact(below, len(known)),
        "known_runs": exact(float(len(known)), len(known)),
    }
    cases = tuple(
        Case(f"{key}_10", words, long[key], at_most=-0.02)
        for key, words in (
            ("quadratic", "noise sets the peak (noisy quadratics)"),
            ("full", "stability sets the peak (micrograd demo, full batch)"),
            ("mini", "a small network sees noisy gradients (micrograd demo, batches of 10)"),
        )
    )
    chart = Dots(
        rows=tuple(NAMES.values()),
        series={"warmup over 1 %": tuple(short.values()), "over 10 %": tuple(long.values())},
        xlabel="final loss, relative to no warmup",
        alt="Change of the final loss by a warmup. Noisy quadratics: slightly up with 10 percent. "
        "Full-batch demo: down, more so with 10 percent. Batches of 10: around zero.",
        caption="Ten percent of warmup changes the loss by {quadratic_10:.1%} where noise sets the "
        "peak and by {full_10:.0%} where stability does.",
        reference=0.0,
    )
    return Evidence(
        "relative change of the final loss by a warmup over 10 %", cases, chart, numbers
    )


RULE = Rule(
    id="H030",
    name="Five to ten percent of warmup",
    question="Do I need a warmup of 5 to 10 % of the run?",
    claim="With a warmup over 10 % of the updates the final loss is at least 2 % lower than "
    "without one, each at its best peak.",
    topic="warmup",
    action="Count a warmup in updates, not in percent, and start short. Lengthen it only if the "
    "run is unstable at a peak that you want.",
    value="Warmup changed the final loss by {full_10:.0%} in the demo on the full batch. "
    "With batches of 10 it changed it by {mini_10:.0%}, and on noisy quadratics by "
    "{quadratic_10:.1%}. Of {known_runs:.0f} well-known runs, half spend less than "
    "{known_median:.1%} of their updates on it, and {known_below:.0%} less than 5 %.",
    tradeoff="Too short a warmup can cost the run, too long a one costs little: on quadratics "
    "{quadratic_10:.1%} for 10 % of the run, {quadratic_1:.1%} for 1 %.",
    reasoning="Warmup helps where the start does not stand the rate that the rest of the run "
    "wants. What it takes to get past the start depends on the network and the optimizer, not "
    "on the length of the run, so that a share is the wrong unit: 10 % of a long run is "
    "far more than needed. Where noise sets the best peak, the start stands it anyway, and "
    "warmup only takes updates away from a high rate.",
    not_when="Adam on a transformer, large batches or no normalisation: these worlds have none of "
    "them, and there a run without warmup can fail.",
    conditions="Linear decay to 0 without warmup and with one over 1 % and 10 %. Noisy quadratics: "
    "1000 updates, one drawn for each of 100 seeds, exact loss, peaks tuned. micrograd's demo: "
    "100 updates, peaks tuned by the median of 50 other seeds. Shares of known runs: from the "
    "table of recipes, where both the warmup and the horizon are known.",
    sources=("playbook", "brown-2020", "goyal-2017"),
    situations=("choosing a schedule", "pre-training"),
    symptoms=("loss diverges", "loss spikes early"),
    related=("H027", "H028", "H031"),
    experiment=experiment,
    seeds=range(1000, 1300),
)
