"""Is one decay about as good as another?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.cosine import Cosine
from ...families.exponential import Exponential
from ...families.inverse import InverseSqrt
from ...families.linear import Linear
from ...families.multistep import MultiStep
from ...families.polynomial import Polynomial
from ...families.wsd import WSD
from ...lab import quadratic
from ...lab.stats import bootstrap
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

LENGTHS = (100, 1000)
GRADUAL = 5  # so many of the shapes below fall over half of the run or more, to 1 % or less


def shapes(steps: int) -> dict[str, np.ndarray]:
    """Return the learning rates of each schedule, with peak 1; the constant one last."""
    schedules = {
        "linear to 0": Linear(1.0, steps),
        "cosine to 0": Cosine(1.0, steps),
        "(1 - x) squared": Polynomial(1.0, steps, 2),
        "exponential to 1 %": Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "WSD, last half": WSD(1.0, steps, steps // 2),
        "WSD, last tenth": WSD(1.0, steps, steps // 10),
        "inverse root": InverseSqrt(1.0, steps / 100),
        "three drops by 10": MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "constant": Constant(1.0),
    }
    return {name: schedule.sample(steps) for name, schedule in schedules.items()}


def experiment(seeds: range) -> Evidence:
    """Set the spread among tuned decays against what no decay costs."""
    problems = quadratic.draw(seeds)
    names = [*shapes(LENGTHS[0])][:-1]
    regained, spread, among = {}, {}, {}
    for steps in LENGTHS:
        losses = quadratic.best(problems, np.stack([*shapes(steps).values()])).loss
        decays, constant = losses[:, :-1], losses[:, -1:]
        least = decays.min(axis=-1, keepdims=True)
        parts = (constant - decays) / (constant - least)
        regained[f"{steps:,} updates"] = tuple(bootstrap(column) for column in parts.T)
        some = decays[:, :GRADUAL]
        best = some.min(axis=-1)
        gradual = (some.max(axis=-1) - best) / (constant[:, 0] - best)
        whole = (decays.max(axis=-1) - least[:, 0]) / (constant - least)[:, 0]
        spread[steps] = (bootstrap(gradual), bootstrap(whole))
        among[steps] = bootstrap(some.max(axis=-1) / best - 1)
    most = 0.25
    cases = (
        Case("gradual", "both are gradual and the run is long", spread[1000][0], at_most=most),
        Case("short", "both are gradual and the run is short", spread[100][0], at_most=most),
        Case("whole", "deep drops and short cooldowns count too", spread[1000][1], at_most=most),
    )
    last = regained["1,000 updates"]
    numbers = {
        "relative": among[1000],
        "tenth": last[names.index("WSD, last tenth")],
        "drops": last[names.index("three drops by 10")],
        "root": last[names.index("inverse root")],
    }
    chart = Dots(
        rows=tuple(names),
        series=regained,
        xlabel="share of what decay can gain over a constant rate",
        alt="The share of the best gain over a constant rate that eight decays reach. In long runs "
        "the five gradual ones reach most of it; a short cooldown, the inverse root and three "
        "drops far less. In short runs they scatter more, and three drops end above the constant.",
        caption="Among gradual decays of 1,000 updates the choice is worth {gradual:.0%} of what "
        "decay itself is worth; a 10 % cooldown gets {tenth:.0%}, three drops {drops:.0%}.",
        reference=1.0,
    )
    return Evidence("spread among decays / gain over no decay", cases, chart, numbers)


RULE = Rule(
    id="H011",
    name="Any decay rather than none",
    question="Is one decay about as good as another?",
    claim="From the best decay to the worst, the difference is at most a quarter of what no decay "
    "costs, each with its peak tuned.",
    topic="ending",
    action="Take any decay that falls gradually over half of the run or more and ends near zero, "
    "and tune its peak. Compare shapes last.",
    value="Among five gradual decays the worst loses {gradual:.0%} of what a constant rate loses: "
    "{relative:.1%} of the final loss.",
    tradeoff="The rule is about gradual decays: with the others the spread is {whole:.0%}. Over "
    "the same 1,000 updates a cooldown of 10 % gets {tenth:.0%} of the possible gain, inverse root "
    "{root:.0%}, three drops by 10 {drops:.0%}.",
    reasoning="Two things must happen: enough progress at high rates, and enough time at low rates "
    "for the noise to settle. Every gradual decay does both, and its peak makes up for the rest. A "
    "short cooldown leaves little time to settle, inverse root ends too high, deep drops skip the "
    "rates between. In runs of 100 updates noise matters less, decay gains less, and the choice "
    "is worth {short:.0%} of it. Kaplan et al. (appendix D.6) call the choice mostly irrelevant, "
    "given enough summed rate, a warmup and a final decay to near zero; with a variation "
    "of 0.05 in the loss from run to run they could not see small differences.",
    not_when="Peaks are not retuned: each shape has its own best one. Nor in short runs, or when "
    "the choice is between a gradual and an abrupt decay.",
    conditions="Noisy quadratic, 1,000 directions, 100 and 1,000 updates, batch 1; a seed draws "
    "spectrum, noise and start. Peaks are tuned for each schedule and problem.",
    sources=("kaplan-2020", "zhai-2021"),
    situations=("choosing a schedule",),
    symptoms=("no budget to tune",),
    related=("H005", "H007", "H010", "H021"),
    experiment=experiment,
    seeds=range(80),
)
