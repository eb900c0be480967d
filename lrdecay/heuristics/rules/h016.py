"""Is it worse to decay too early or too late?"""

from __future__ import annotations

import numpy as np

from ...families.step import MultiStep
from ...families.wsd import WSD
from ...lab import bound, quadratic
from ...lab.stats import bootstrap, exact
from ..evidence import Case, Evidence, Lines
from ..rule import Rule

STEPS = 1000
PLACES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
EARLY, MIDDLE, LATE = (PLACES.index(p) for p in (0.3, 0.6, 0.9))
LITTLE = (0.005, 0.05)  # noise, a hundredth of the usual


def experiment(seeds: range) -> Evidence:
    """Drop the rate tenfold at many places, and start a linear cooldown at the same ones."""
    starts = [round(p * STEPS) for p in PLACES]
    drops = [MultiStep(1.0, (k,), 0.1).sample(STEPS) for k in starts]
    falls = [WSD(1.0, STEPS, STEPS - k).sample(STEPS) for k in starts]
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), LITTLE))
    tuned, fall = quadratic.best(noisy, drops), quadratic.best(noisy, falls).loss
    calm = quadratic.best(quiet, drops).loss
    kept = tuned.rate[:, None, MIDDLE, None]
    same = quadratic.rates(noisy, drops, kept * np.ones((len(PLACES), 1)))[..., 0]
    cut = [drop[: starts[MIDDLE]] for drop in drops]  # before the one at 60 % has come
    meanwhile = quadratic.rates(noisy, cut, kept * np.ones((len(PLACES), 1)))[..., 0]
    losses = {"noisy": tuned.loss, "same": same, "cooldown": fall, "calm": calm}
    costs = {k: v / v.min(axis=1, keepdims=True) - 1.0 for k, v in losses.items()}
    values = bound.best(drops).value
    worst = values / values.min() - 1.0
    more = {k: bootstrap(v[:, EARLY] - v[:, LATE]) for k, v in costs.items()}
    claim = {"at_least": 0.02}
    cases = (
        Case("noisy", "gradients are noisy and the peak is tuned for each place",
             more["noisy"], **claim),
        Case("same", "the peak stays at the best one for a drop at 60 %", more["same"], **claim),
        Case("cooldown", "a linear cooldown to zero starts there instead",
             more["cooldown"], **claim),
        Case("calm", "there is little noise", more["calm"], **claim),
        Case("worst", "the worst case of convex theory counts",
             exact(worst[EARLY] - worst[LATE]), **claim),
    )  # fmt: skip
    chart = Lines(
        x=tuple(100 * p for p in PLACES),
        curves={
            "drop, noise": tuple(np.median(costs["noisy"], axis=0)),
            "drop, noise, one peak": tuple(np.median(costs["same"], axis=0)),
            "drop, little noise": tuple(np.median(costs["calm"], axis=0)),
            "drop, worst case": tuple(worst),
            "cooldown starts here, noise": tuple(np.median(costs["cooldown"], axis=0)),
        },
        xlabel="place of the drop, % of the run",
        ylabel="loss above that of the best place",
        alt="Loss above the best against the place of the drop. With noise the curve is flat on "
        "the early side and steep after 80 %. With little noise it falls steeply until 80 %. A "
        "cooldown costs nothing if it starts at once.",
        caption="With noise, early is the cheap side: a drop at 30 % costs {early:.0%}, one at "
        "90 % {late:.0%}. With little noise it is the other way round.",
    )
    numbers = {
        "early": bootstrap(costs["noisy"][:, EARLY]),
        "late": bootstrap(costs["noisy"][:, LATE]),
        "calm_early": bootstrap(costs["calm"][:, EARLY]),
        "calm_late": bootstrap(costs["calm"][:, LATE]),
        "fall_late": bootstrap(costs["cooldown"][:, LATE]),
        "ahead": bootstrap(1.0 - meanwhile[:, EARLY] / meanwhile[:, MIDDLE]),
    }
    return Evidence("cost of a drop at 30 %, less that of one at 90 %", cases, chart, numbers)


RULE = Rule(
    id="H016",
    name="Too early or too late",
    question="Is it worse to decay too early or too late?",
    claim="A tenfold drop at 30 % of the run costs at least 2 points more than one at 90 %, each "
    "as loss above that of the best place.",
    topic="cooldown",
    action="With noisy gradients, when in doubt, decay earlier, and never leave it to the last "
    "tenth. With nearly exact gradients decay late, or not at all.",
    value="With noise, a drop at 30 % costs {early:.1%} and one at 90 % {late:.1%}. With a "
    "hundredth of the noise they cost {calm_early:.0%} and {calm_late:.1%}.",
    tradeoff="That a decay came too early cannot be seen at once: the loss falls right away. At "
    "60 % of the run, one dropped at 30 % is {ahead:.0%} below one that still holds the peak. The "
    "price comes at the end.",
    reasoning="After a drop the run still learns, only more slowly. Before it, noise keeps the "
    "loss at the floor of the high rate, and a late drop leaves too few updates to get off that "
    "floor: at a tenth of the rate, settling takes ten times as long. Without noise there is no "
    "floor to leave, and only the slower learning counts. A smooth decay to zero forgives an "
    "early start altogether, as its peak can be higher.",
    not_when="The drop is so large that learning all but stops, or the data change later in the "
    "run.",
    conditions="Noisy quadratics of random spectra, 1000 updates, a seed draws the problem; exact "
    "expected losses, best peak for each place. The best place with noise is near 60 %, so that "
    "30 % and 90 % are equally far off. Little noise: a hundredth. The bound for the last "
    "iterate.",
    sources=("schaipp-2025", "wu-2018"),
    situations=("choosing a schedule", "during a run"),
    symptoms=("loss stalls", "final loss too high"),
    related=("H004", "H014", "H017", "H024"),
    experiment=experiment,
    seeds=range(1000, 1080),
)
