"""Does warmup allow a higher peak?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...charts import Lines
from ...lab import catapult, moons, quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS, WARMUP = 1000, 100
PEAKS = 2.0 ** np.arange(0.0, 7.1, 0.125)  # in units of 1 / sharpness at the start
NOISE = 0.1  # of the labels
DEMO_STEPS, DEMO_WARMUP = 100, 10
DEMO_PEAKS = 2.0 ** np.arange(-1.0, 3.1, 0.25)
SHOWN, SHOWN_PEAK = 50, 16.0


def ramp(steps: int, warmup: int) -> NDArray[Any]:
    """Return a linear warmup to 1, and 1 from then on."""
    return np.minimum(1.0, (np.arange(steps) + 1) / (warmup + 1))


def highest(peaks: NDArray[Any], fine: NDArray[Any]) -> NDArray[Any]:
    """Return the last peak before the first that fails: fine is (peaks, seeds)."""
    return peaks[np.maximum(np.where(fine.all(0), len(peaks), (~fine).argmax(0)) - 1, 0)]


def geometric(values: NDArray[Any], axis: int = -1) -> Any:
    """Return the geometric mean."""
    return np.exp(np.log(values).mean(axis=axis))


def experiment(seeds: range) -> Evidence:
    """Look for the highest peak with and without warmup, where curvature can change and not."""
    shapes = np.stack([np.ones(STEPS), ramp(STEPS, WARMUP)])
    tops = {}
    for key, noise in (("noisy", NOISE), ("clean", 0.0)):
        runs = catapult.run(PEAKS[:, None, None] * shapes, seeds, relative=True, noise=noise)
        tops[key] = [highest(PEAKS, ~runs.diverged[:, i]) for i in range(2)]
    problems = quadratic.draw(seeds, noise=0.0)
    low = PEAKS[PEAKS <= 8.0]
    ends = quadratic.rates(problems, shapes, low / problems.h_max[:, None, None])
    fine = ends < problems.initial_loss[:, None, None]
    tops["fixed"] = [highest(low, fine[:, i].T) for i in range(2)]
    demo = np.stack([np.ones(DEMO_STEPS), ramp(DEMO_STEPS, DEMO_WARMUP)])
    found = moons.run(DEMO_PEAKS[:, None, None] * demo, seeds, curves=False, workers=1)
    right = found.final_accuracy >= 0.95
    tops["moons"] = [highest(DEMO_PEAKS, right[:, i]) for i in range(2)]
    gain = {key: bootstrap(after / before, geometric) for key, (before, after) in tops.items()}
    numbers = {
        f"{key}_{word}": bootstrap(values, geometric)
        for key, pair in tops.items()
        for word, values in zip(("none", "warm"), pair, strict=True)
    }
    cases = (
        Case(
            "noisy",
            "training can lower the curvature and labels are noisy (a linear network)",
            gain["noisy"],
            at_least=2.0,
        ),
        Case(
            "clean",
            "training can lower the curvature and labels are exact (a linear network)",
            gain["clean"],
            at_least=2.0,
        ),
        Case("fixed", "the curvature is fixed (quadratics)", gain["fixed"], at_least=2.0),
        Case(
            "moons", "the micrograd demo is trained on its full batch", gain["moons"], at_least=2.0
        ),
    )
    return Evidence("highest peak with warmup, over that without", cases, limits(seeds), numbers)


def limits(seeds: range) -> Lines:
    """Return the limit of stability during a warmup to 16 times the inverse sharpness."""
    rate = SHOWN_PEAK * ramp(STEPS, WARMUP)[:SHOWN]
    curves = {"rate": tuple(rate)}
    for label, noise in (("limit, noisy labels", NOISE), ("limit, exact labels", 0.0)):
        # Without noise the sharpness has not moved when the loss begins to grow.
        runs = catapult.run(rate, seeds, relative=True, noise=noise, curve=True)
        start = catapult.initial(seeds)[1][:, None]
        curves[label] = tuple(np.median(2 * start / runs.sharpness[:, :SHOWN], axis=0))
    return Lines(
        x=tuple(range(SHOWN)),
        curves=curves,
        xlabel="update (rates in units of 1 / λ at the start)",
        ylabel="rate, and its limit 2 / λ",
        alt="A rate that rises steadily, on its way to 16 at update 100. The limit of stability "
        "with noisy labels leaps far above the rate soon after the rate has crossed it. With exact "
        "labels it stays at 2 and drops to 0: that run diverged.",
        caption="When the rate crosses 2 / λ, the noise grows, which lowers the sharpness: the "
        "limit leaps ahead of the rate. Without noise the loss is next to 0 by then, and grows too "
        "late.",
    )


RULE = Rule(
    id="H028",
    name="Warmup for a higher peak",
    question="Does warmup allow a higher peak rate?",
    claim="A linear warmup over the first 10 % of the updates at least doubles the highest "
    "constant rate that a run survives.",
    topic="warmup",
    action="If a run diverges at the start, add a warmup before you lower the peak. Then tune the "
    "peak anew: do not take it for granted that a higher one is also better.",
    value="In the linear network with noisy labels warmup raises the highest peak by a factor of "
    "{noisy:.1f}, from {noisy_none:.1f} / λ to {noisy_warm:.0f} / λ. In the micrograd demo the "
    "factor is {moons:.2f}, and where the curvature is fixed {fixed:.2f}.",
    tradeoff="The updates of the ramp are made at lower rates than the others. And a peak that is "
    "survived is not yet a good one.",
    reasoning="A run at a constant rate has one chance: above a limit, $4 / \\lambda$ in this "
    "network, the first steps blow it up. During a ramp the rate crosses $2 / \\lambda$ slowly. "
    "What then grows, the noise, shrinks the weights and with them the sharpness $\\lambda$, "
    "until the rate is below the limit again: the ramp takes the run to a place that bears the "
    "peak. That is the mechanism that Kalra and Barkeshli found in networks. Two cases lack it. "
    "A quadratic has no flatter place. And without noise the loss is 0 when the rate gets to the "
    "limit: nothing is left that could move the weights, until it grows in a few steps beyond "
    "all bounds.",
    not_when="The peak is far below the limit of stability, as where noise sets it, or the "
    "curvature does not depend on where the parameters are.",
    conditions="Linear networks of width 1000 with one example, labels with noise 0.1 or none, and "
    "quadratics of 1000 directions: 1000 updates at a constant rate, after a ramp of 100 or "
    "none, at peaks from 1 / λ in steps of 2^(1/8). A quadratic fails if it ends above its start, "
    "a network if its loss overflows. micrograd's demo: full batch, 100 updates, a ramp of 10, "
    "peaks from 0.5 in steps of 2^(1/4); a run fails if it ends below 95 % accuracy. The highest "
    "peak is the last before the first failure; geometric means over seeds.",
    sources=("kalra-2024", "lewkowycz-2020"),
    situations=("starting a run", "tuning the peak rate"),
    symptoms=("loss diverges", "loss spikes early"),
    related=("H027", "H030", "H047"),
    experiment=experiment,
    seeds=range(1000, 1060),
)
