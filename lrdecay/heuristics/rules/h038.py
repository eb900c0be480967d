"""Should Adam's rate grow as the square root of the batch?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...charts import Dots
from ...families.linear import Linear
from ...lab import adam, quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

EXAMPLES = 2048
BATCH = 16
UPDATES = EXAMPLES // BATCH
GRID = np.geomspace(0.002, 0.7, 12)
CHOICES = {"old peak x 4 (root)": BATCH**0.5, "old peak x 16": float(BATCH), "old peak": 1.0}
NAMES = ("root", "linear", "kept")
TUNE, RUNS = 5000, 6  # offset of the noise to tune on, and how many runs of it

Floats = NDArray[np.float64]


def experiment(seeds: range) -> Evidence:
    """Tune the peak at batch sizes 1 and 16, and try three choices without tuning."""
    problem = quadratic.draw(seeds, dimension=200, bins=25)
    cases, series, numbers = [], {}, {}
    for key, when, lengths in (
        ("examples", "the number of examples stays the same", (EXAMPLES, UPDATES)),
        ("updates", "the number of updates stays the same", (UPDATES, UPDATES)),
    ):
        powers, costs = [], []
        for i, seed in enumerate(seeds):
            one = problem[i]
            judge = range(RUNS * seed, RUNS * seed + RUNS)
            tune = range(judge.start + TUNE, judge.stop + TUNE)
            small = _best(_losses(one, GRID, lengths[0], 1, tune))
            large = _best(_losses(one, GRID, lengths[1], BATCH, tune))
            powers.append(np.log(large / small) / np.log(BATCH))
            peaks = np.array([large, *(small * factor for factor in CHOICES.values())])
            found = _losses(one, peaks, lengths[1], BATCH, judge)
            costs.append(found[1:] / found[0] - 1.0)
        cases.append(Case(key, when, bootstrap(powers), at_least=0.4, at_most=0.6))
        intervals = [bootstrap(cost) for cost in np.transpose(costs)]
        series[f"same {key}"] = tuple(intervals)
        pairs = zip(NAMES, intervals, strict=True)
        numbers.update({f"{name}_{key}": cost for name, cost in pairs})
    chart = Dots(
        rows=tuple(CHOICES),
        series=series,
        xlabel="extra final loss over the retuned peak, as a share",
        alt="Extra loss of three choices of Adam's peak at 16 times the batch. With the same "
        "examples, the square root costs least; with the same updates, the old peak does.",
        caption="At 16 times the batch, the right peak is the old one times the square root if "
        "the examples stay the same ({root_examples:+.1%} against a retuned one), and the old one "
        "as it is if the updates do ({kept_updates:+.1%}).",
        reference=0.0,
    )
    return Evidence("power of the batch size", tuple(cases), chart, numbers)


def _losses(
    problem: quadratic.Problem, peaks: Floats, steps: int, batch: int, noise: range
) -> Floats:
    lrs = peaks[:, None] * Linear(1.0, steps).sample(steps)
    return adam.run(problem, lrs, noise, batch_size=batch).mean(axis=-1)


def _best(losses: Floats) -> float:
    """Return the peak at the vertex of a parabola, both axes logarithmic."""
    x, y = np.log(GRID), np.log(losses)
    at = int(np.clip(y.argmin(), 1, x.size - 2))
    before, here, after = y[at - 1 : at + 2]
    shift = 0.5 * (before - after) / (before - 2.0 * here + after)
    return float(np.exp(x[at] + shift * (x[1] - x[0])))


RULE = Rule(
    id="H038",
    name="Square-root scaling for Adam",
    question="Should Adam's rate grow as the square root of the batch?",
    claim="Adam's best peak rate grows as the square root of the batch: as its power 0.4 to 0.6.",
    topic="batch size",
    action="With Adam and the same number of examples, multiply the peak by the square root of "
    "the batch's factor. If you keep the number of updates, leave the peak alone.",
    value="At 16 times the batch and the same examples, the square root ends at "
    "{root_examples:+.1%} against a retuned peak, scaling in proportion at "
    "{linear_examples:+.0%}, the old peak at {kept_examples:+.0%}. With the updates kept, the old "
    "peak ends at {kept_updates:+.1%} and the square root at {root_updates:+.0%}.",
    tradeoff="The source's rule is for Adam's hyperparameters; here only the rate is scaled, and "
    "beta1 and beta2 stay as they are.",
    reasoning="Adam divides by the size of the gradient, so that a step is about as long as the "
    "rate, whatever the gradient. While noise dominates, the part of it that leads downhill grows "
    "as $\\sqrt{B}$. With $1/B$ of the updates, the rate must bring another $\\sqrt{B}$ to go as "
    "far. With as many updates as before the distance and the number of steps are the same, and "
    "so is the best peak: the measured power is then {updates:.2f}.",
    not_when="The optimizer is SGD. The batch is so large that noise no longer decides the size "
    "of the gradient.",
    conditions="Noisy quadratics with power-law spectra; a seed draws one. Adam (0.9, 0.999), "
    "linear decay to 0, 2048 examples or 128 updates, batch sizes 1 and 16. Peaks tuned on the "
    "mean of 6 noise seeds, judged on 6 others; a choice may therefore end a little below the "
    "retuned peak.",
    sources=("malladi-2022", "nanochat"),
    situations=("changing the batch size",),
    symptoms=("loss stalls", "final loss too high"),
    related=("H036", "H037"),
    experiment=experiment,
    seeds=range(1000, 1024),
)
