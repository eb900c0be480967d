"""Is decaying too early worse than decaying too late?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.multistep import MultiStep
from ...lab import bound, quadratic
from ...lab.stats import bootstrap, exact
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
PLACES = tuple(round(0.05 * i, 2) for i in range(6, 20))  # 0.3 to 0.95
FAR = 4  # places: a fifth of the run
EARLY, MIDDLE, LATE = (PLACES.index(p) for p in (0.3, 0.6, 0.9))
LITTLE = (0.005, 0.05)  # noise, a hundredth of the usual
WORLDS = {
    "noisy": "gradients are noisy",
    "same": "gradients are noisy and one peak serves all places",
    "calm": "there is little noise",
    "worst": "the worst case of convex theory counts",
}


def experiment(seeds: range) -> Evidence:
    """Drop the rate tenfold at many places, and compare those as far before and after the best."""
    starts = [round(p * STEPS) for p in PLACES]
    drops = [MultiStep(1.0, (k,), 0.1).sample(STEPS) for k in starts]
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), LITTLE))
    tuned = quadratic.best(noisy, drops)
    kept = np.broadcast_to(tuned.rate[:, None, MIDDLE, None], (len(seeds), len(PLACES), 1))
    cut = [drop[: starts[MIDDLE]] for drop in drops]  # before the one at 60 % has come
    meanwhile = quadratic.rates(noisy, cut, kept)[..., 0]
    losses = {
        "noisy": tuned.loss,
        "same": quadratic.rates(noisy, drops, kept)[..., 0],
        "calm": quadratic.best(quiet, drops).loss,
        "worst": bound.best(drops).value[None],
    }
    costs = {k: v / v.min(axis=1, keepdims=True) - 1.0 for k, v in losses.items()}
    middle = {k: np.median(v, axis=0) for k, v in costs.items()}
    best = {k: int(v.argmin()) for k, v in middle.items()}
    more = {k: v[:, best[k] - FAR] - v[:, best[k] + FAR] for k, v in costs.items()}
    cases = tuple(
        Case(k, words, bootstrap(more[k]) if k != "worst" else exact(more[k].item()), at_least=0.01)
        for k, words in WORLDS.items()
    )
    chart = Lines(
        x=tuple(100 * p for p in PLACES),
        curves={
            "noise": tuple(middle["noisy"]),
            "noise, one peak": tuple(middle["same"]),
            "little noise": tuple(middle["calm"]),
            "worst case": tuple(middle["worst"]),
        },
        xlabel="place of the drop, % of the run",
        ylabel="loss above that of the best place",
        alt="Loss above the best against the place of the drop: four bowls, each steeper on its "
        "right side. With noise the bottom is at {best:.0%} of the run, with little noise at "
        "{calm_best:.0%}, so that a drop at 30 % is far off.",
        caption="Every bowl is steeper on the late side. With little noise the bottom lies later, "
        "so that a drop at 30 %, for {calm_early:.0%}, is far too early.",
    )
    numbers = {
        "early": bootstrap(costs["noisy"][:, EARLY]),
        "late": bootstrap(costs["noisy"][:, LATE]),
        "calm_early": bootstrap(costs["calm"][:, EARLY]),
        "calm_late": bootstrap(costs["calm"][:, LATE]),
        "best": exact(PLACES[best["noisy"]]),
        "calm_best": exact(PLACES[best["calm"]]),
        "ahead": bootstrap(1.0 - meanwhile[:, EARLY] / meanwhile[:, MIDDLE]),
    }
    return Evidence("cost of an early drop, less that of a late one", cases, chart, numbers)


RULE = Rule(
    id="H016",
    name="Too early or too late",
    question="Is decaying too early worse than decaying too late?",
    claim="By equal error too early is worse: a tenfold drop a fifth of the run before its best "
    "place costs at least 1 % of the loss more than one a fifth after it.",
    topic="cooldown",
    action="In doubt drop a little before the place that you believe is best, and never leave it "
    "to the last tenth. The less noise there is, the later that place is.",
    value="A fifth of the run too early costs less than a fifth too late: the difference is "
    "{noisy:.1%} of the loss with noise, {same:.1%} at one peak for all places, {calm:.1%} with a "
    "hundredth of the noise, and {worst:.1%} in the worst-case bound.",
    tradeoff="There is more room for being early. With noise, where the best place is at "
    "{best:.0%} of the run, a drop at 30 % costs {early:.1%} and one at 90 % {late:.1%}. With a "
    "hundredth of the noise it is at {calm_best:.0%}, and they cost {calm_early:.0%} and "
    "{calm_late:.1%}. And early cannot be seen at once: at 60 % of the run, one dropped at 30 % "
    "is {ahead:.0%} below one that still holds the peak.",
    reasoning="After a drop the run still learns, only more slowly. Before it, noise keeps the "
    "loss at the floor of the high rate, and a late drop leaves too few updates to get off that "
    "floor: at a tenth of the rate, settling takes ten times as long. With less noise the floor is "
    "lower and the run gets there later, so that the best place moves to the end, and an early "
    "drop at a fixed share of the run becomes the worse mistake. Judged before the end an early "
    "drop looks good, which is how a short test misleads.",
    not_when="Gradients are nearly exact: then the best place is at the very end. Nor where the "
    "drop is so large that learning all but stops, or the data change later in the run. A decay to "
    "zero in a line may start at once.",
    conditions="Noisy quadratics of random spectra, 1000 updates, a seed draws the problem; exact "
    "expected losses, best peak for each place, in steps of 5 % of the run. The best place is the "
    "one with the least median cost. One peak: the best for a drop at 60 %. The bound is for the "
    "last iterate.",
    sources=("schaipp-2025", "wu-2018"),
    situations=("choosing a schedule", "during a run"),
    symptoms=("loss stalls", "final loss too high"),
    related=("H004", "H014", "H017", "H024"),
    experiment=experiment,
    seeds=range(1000, 1080),
)
