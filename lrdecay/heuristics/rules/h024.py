"""Does tuning on a short run pick too small a rate?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import quadratic
from ...lab._rates import Floats
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
SHORT = STEPS // 10


def shapes(steps: int) -> Floats:
    """Return linear decay and WSD over a run of so many steps, with peak 1."""
    wsd = WSD(1.0, steps, decay_steps=steps // 5)
    return np.stack([Linear(1.0, steps).sample(steps), wsd.sample(steps)])


def experiment(seeds: range) -> Evidence:
    """Tune on the next update, the first tenth of the run, and a run of a tenth of the length."""
    problem = quadratic.draw(seeds)
    long = shapes(STEPS)
    full = quadratic.best(problem, long)
    early = quadratic.best(problem, long[:, :SHORT])
    own = quadratic.best(problem, shapes(SHORT))

    greedy = quadratic.greedy(problem, STEPS)
    final = [quadratic.loss(problem[i], lrs).item() for i, lrs in enumerate(greedy)]
    linear_sum = full.rate[:, 0] * long[0].sum()
    peaks = {
        "greedy": greedy.sum(axis=-1) / linear_sum,
        "early_linear": early.rate[:, 0] / full.rate[:, 0],
        "early_wsd": early.rate[:, 1] / full.rate[:, 1],
        "own_linear": own.rate[:, 0] / full.rate[:, 0],
        "own_wsd": own.rate[:, 1] / full.rate[:, 1],
    }
    costs = {"greedy_cost": bootstrap(np.array(final) / full.loss[:, 0] - 1.0)}
    for name, found in (("early", early), ("own", own)):
        losses = quadratic.rates(problem, long, found.rate[..., None])[..., 0] / full.loss - 1.0
        costs[f"{name}_linear_cost"] = bootstrap(losses[:, 0])
        costs[f"{name}_wsd_cost"] = bootstrap(losses[:, 1])
    when = {
        "greedy": "each rate is chosen for the next update alone",
        "early_linear": "runs with linear decay are compared after a tenth of the way",
        "early_wsd": "runs with WSD are compared after a tenth of the way",
        "own_linear": "a run of a tenth of the length has a linear decay of its own",
        "own_wsd": "a run of a tenth of the length has a WSD of its own",
    }
    effects = {key: bootstrap(values) for key, values in peaks.items()}
    cases = tuple(Case(key, words, effects[key], at_most=0.8) for key, words in when.items())
    chart = Dots(
        rows=(
            "next update (greedy)",
            "first tenth, linear",
            "first tenth, WSD",
            "short run, linear",
            "short run, WSD",
        ),
        series={"": tuple(effects.values())},
        xlabel="chosen rate / best rate of the full run",
        alt="Median of the chosen rate over the best one. Greedy tuning is far below 1, the first "
        "tenth of a linear decay half of it, the first tenth of WSD near 1; short runs with a "
        "decay of their own are above 1.",
        caption="Looking one update ahead gives {greedy:.2f} of the best rate; a short run with "
        "its own decay gives {own_linear:.1f} times the best: the opposite mistake.",
        reference=1.0,
    )
    return Evidence("median of chosen rate / best rate of the full run", cases, chart, costs)


RULE = Rule(
    id="H024",
    name="Short-horizon tuning",
    question="I tune the rate on a short part of the run: do I get too small a rate?",
    claim="Tuning on a short part of a run picks a rate at most 0.8 times the best of the full "
    "run.",
    topic="tuning",
    action="Give a short tuning run a complete schedule of its own, with the decay to the end, and "
    "expect the long run to want a somewhat lower peak. Do not rank the beginnings of decaying "
    "runs.",
    value="A short run with its own decay costs {own_linear_cost:.1%} (linear) or "
    "{own_wsd_cost:.1%} (WSD) in the full run; ranking beginnings of linear decay costs "
    "{early_linear_cost:.1%}, choosing each rate for the next update {greedy_cost:.0%}.",
    tradeoff="Each way of tuning short has its own bias. With WSD the beginnings are runs at a "
    "constant rate, and the two errors nearly cancel: {early_wsd_cost:.1%}.",
    reasoning="A lower rate lowers the loss at once, because the noise settles; the slow "
    "directions, which only a high rate brings down in time, show later. Who looks one update "
    "ahead therefore lowers the rate too early: over the whole run the greedy rates add up to "
    "{greedy:.2f} of those of the best linear decay. Wu et al. called this short-horizon bias. The "
    "first tenth of a decaying run suffers from it too: it is judged with noise that the decay "
    "would still remove. A short run with a decay of its own is no such look: it pays for the "
    "noise at its end like the long one, but has less time, and so wants a higher peak.",
    not_when="The short run has a complete schedule: its best peak is {own_linear:.2f} (linear) or "
    "{own_wsd:.2f} (WSD) times that of a run ten times as long.",
    conditions="Noisy quadratics: 1000 directions, power-law spectra, 1000 updates, short runs of "
    "100, exact expected loss. A seed draws exponent, noise and initial error. WSD has a cooldown "
    "of 20 %. The greedy rates are compared by their sum with the best linear decay.",
    sources=("wu-2018",),
    situations=("tuning the peak rate", "during a run"),
    symptoms=("no budget to tune", "final loss too high", "the horizon changed"),
    related=("H004", "H022", "H025"),
    experiment=experiment,
    seeds=range(300),
)
