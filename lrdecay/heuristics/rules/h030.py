"""Do I need a warmup of 5 to 10 percent of the run?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...charts import Dots
from ...families.linear import Linear
from ...families.warmup import warmup_linear
from ...lab import moons, quadratic
from ...lab.stats import Interval, bootstrap, exact
from ..evidence import Case, Evidence
from ..recipes import RECIPES
from ..rule import Rule

STEPS = {"quadratic": 1000, "demo": 100}
PEAKS = {  # of the demo, by its batch size
    None: 2.0 ** np.array([-0.25, 0.0, 0.25, 0.5, 0.75]),
    10: 2.0 ** np.array([-1.0, -0.75, -0.5, -0.25, 0.0]),
}


def shapes(steps: int) -> NDArray[np.float64]:
    """Return linear decay without warmup, with one over 10 % and with one over 1 %."""
    ramps = [warmup_linear(1.0, steps, steps // share) for share in (10, 100)]
    return np.stack([schedule.sample(steps) for schedule in (Linear(1.0, steps), *ramps)])


def trained(seeds: range, batch_size: int | None) -> Interval:
    """Return what 10 % of warmup changes in the demo, in the geometric mean of final losses.

    Either half of the seeds is judged at the peaks that are best on the other. Resamples choose
    anew, so that the interval covers the choice.
    """
    lrs = PEAKS[batch_size][:, None, None] * shapes(STEPS["demo"])[:2]
    runs = moons.run(lrs, seeds, batch_size=batch_size, curves=False, test_points=2, workers=1)
    logs = np.log(np.where(runs.diverged, moons.EXPLODED, runs.final_loss))
    half = len(seeds) // 2

    def change(pairs: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        means = [part[..., pairs.astype(int)].mean(axis) for part in np.split(logs, [half], -1)]
        without, warm = sum(
            np.take_along_axis(judged, tuned.argmin(0)[None], 0)[0]
            for tuned, judged in (means, means[::-1])
        )
        return np.exp((warm - without) / 2.0) - 1.0

    return bootstrap(np.arange(half), change)._replace(n=2 * half)


def experiment(seeds: range) -> Evidence:
    """Tune linear decay with and without warmup in three worlds; look up known runs."""
    problems = quadratic.draw(seeds[:100])
    none, long, short = quadratic.best(problems, shapes(STEPS["quadratic"])).loss.T
    found = {
        "quadratic": bootstrap(long / none - 1.0),
        "full": trained(seeds, None),
        "mini": trained(seeds, 10),
    }
    brief = bootstrap(short / none - 1.0)
    known = [r.warmup_share for r in RECIPES if not isinstance(r.warmup_share, str)]
    below = float(np.mean(np.array(known) < 0.05))
    numbers = {
        "quadratic_1": brief,
        "known_median": exact(float(np.median(known)), len(known)),
        "known_below": exact(below, len(known)),
        "known_runs": exact(float(len(known)), len(known)),
    }
    cases = tuple(
        Case(f"{key}_10", words, found[key], at_most=-0.02)
        for key, words in (
            ("quadratic", "noise sets the peak (noisy quadratics)"),
            ("full", "stability sets the peak (micrograd demo, full batch)"),
            ("mini", "a small network sees noisy gradients (micrograd demo, batches of 10)"),
        )
    )
    chart = Dots(
        rows=(
            "quadratics, 1 %",
            "quadratics, 10 %",
            "demo, full batch, 10 %",
            "demo, batches of 10, 10 %",
        ),
        series={"": (brief, *found.values())},
        xlabel="final loss, relative to no warmup",
        alt="Change of the final loss by a warmup. Noisy quadratics: next to nothing with 1 %, "
        "slightly up with 10 %. Full-batch demo: down. Batches of 10: a wide interval around 0.",
        caption="A warmup over 10 % changes the loss by {quadratic_10:.1%} where noise sets the "
        "peak and by {full_10:.0%} where stability does. With batches of 10 the runs scatter too "
        "much to tell.",
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
    value="Warmup over 10 % changed the final loss by {full_10:.0%} in the demo on the full batch "
    "and on noisy quadratics by {quadratic_10:.1%}. With batches of 10 the demo's runs scatter too "
    "much to tell: {mini_10:.0%}. Of {known_runs:.0f} well-known runs, half spend less than "
    "{known_median:.1%} of their updates on it, and {known_below:.0%} less than 5 %.",
    tradeoff="Too short a warmup can cost the run, too long a one costs little: on quadratics "
    "{quadratic_10:.1%} for 10 % of the run, {quadratic_1:.1%} for 1 %.",
    reasoning="Warmup helps where the start does not stand the rate that the rest of the run "
    "wants. What it takes to get past the start should depend on the network and the optimizer, "
    "not on the length of the run; then a share is the wrong unit, and 10 % of a long run far more "
    "than needed. Known runs look planned that way; it was not tried here. Where noise sets the "
    "best peak, the start stands it anyway, and warmup only takes updates away from a high rate.",
    not_when="Adam on a transformer, large batches or no normalisation: these worlds have none of "
    "them, and there a run without warmup can fail.",
    conditions="Linear decay to 0 without warmup and with one over 10 %, or 1 %. Noisy quadratics: "
    "1000 updates, one drawn for each of 100 seeds, exact loss, peaks tuned. micrograd's demo: "
    "100 updates, geometric means of final losses, either half of the seeds at the peaks that were "
    "best on the other. Shares of known runs: from the "
    "table of recipes, where both the warmup and the horizon are known.",
    sources=("playbook", "brown-2020", "goyal-2017"),
    situations=("choosing a schedule", "pre-training"),
    symptoms=("loss diverges", "loss spikes early"),
    related=("H027", "H028", "H031"),
    experiment=experiment,
    seeds=range(1000, 1300),
)
