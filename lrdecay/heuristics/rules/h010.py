"""Is a cosine better than step decay?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.cosine import Cosine
from ...families.exponential import Exponential
from ...families.multistep import MultiStep
from ...families.step import Step
from ...lab import bound, quadratic
from ...lab.stats import bootstrap, exact, share
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
STEPPED = {
    "drops": MultiStep(1.0, (STEPS // 3, 2 * STEPS // 3, 8 * STEPS // 9)),
    "one": MultiStep(1.0, (7 * STEPS // 10,)),
    "late": MultiStep(1.0, (8 * STEPS // 10, 9 * STEPS // 10), 0.1**0.5),
    "many": Step(1.0, STEPS // 10, 0.01**0.1),
}
LABELS = {
    "drops": "three drops by 10 (1/3, 2/3, 8/9)",
    "one": "one drop by 10 (70 %)",
    "late": "two drops by 3.2 (80, 90 %)",
    "many": "a drop by 1.6 every 10 %",
}


def experiment(seeds: range) -> Evidence:
    """Tune the peak of a cosine to zero and of four step decays."""
    cosine = Cosine(1.0, STEPS).sample(STEPS)
    shapes = np.stack([cosine, *(s.sample(STEPS) for s in STEPPED.values())])
    smooth = [Exponential(1.0, gamma=end ** (1 / STEPS)).sample(STEPS) for end in (0.01, 0.001)]
    losses = quadratic.best(quadratic.draw(seeds), np.vstack([shapes, smooth[1:]])).loss
    bounds = bound.best(np.vstack([shapes, smooth[:1]])).value
    worse = dict(zip(STEPPED, losses[:, 1:-1].T / losses[:, 0] - 1, strict=True))
    costs = {key: bootstrap(values) for key, values in worse.items()}
    words = {
        "drops": "the rate drops by 10 three times",
        "one": "the rate drops by 10 once",
        "late": "the rate drops by 3.2 twice",
        "many": "the rate drops by 1.6 every tenth of the run",
    }
    cases = tuple(Case(key, words[key], costs[key], at_least=0.02) for key in STEPPED)
    numbers = {
        f"bound_{key}": exact(float(bounds[i] / bounds[0] - 1))
        for i, key in enumerate([*STEPPED, "smooth"], start=1)
    }
    numbers["smooth_drops"] = bootstrap(losses[:, -1] / losses[:, 0] - 1)
    numbers["wins_drops"] = share(int(np.count_nonzero(worse["drops"] > 0)), len(seeds))
    numbers["wins_many"] = share(int(np.count_nonzero(worse["many"] > 0)), len(seeds))
    chart = Dots(
        rows=tuple(LABELS.values()),
        series={"": tuple(costs.values())},
        xlabel="final loss above that of a cosine to 0 (relative)",
        alt="How much higher four step decays end than a cosine. Three drops by 10 are worst, then "
        "one drop, then two late ones. Many small drops end level with the cosine.",
        caption="Few deep drops cost: three by 10 end {drops:.0%} higher. A drop by 1.6 every "
        "tenth of the run ends {many:.1%} higher.",
        reference=0.0,
    )
    return Evidence("median loss of step decay / cosine, minus 1", cases, chart, numbers)


RULE = Rule(
    id="H010",
    name="Cosine or step decay",
    question="Is a cosine better than step decay?",
    claim="With peaks tuned, a cosine to zero ends at least 2 % lower than step decay.",
    topic="ending",
    action="Prefer a smooth decay to a few deep drops. If you keep steps, make them many and "
    "small.",
    value="Against a cosine, three drops by 10 at 1/3, 2/3 and 8/9 of the run end {drops:.0%} "
    "higher, a single one at 70 % {one:.0%}, and drops by 3.2 at 80 and 90 % {late:.1%}.",
    tradeoff="Step decay can be decided during the run and branched from; a cosine cannot. And "
    "the gain is not the cosine's own: a drop by 1.6 every tenth of the run ends {many:.1%} "
    "higher.",
    reasoning="Just before a deep drop the rate is too high for the noise, just after it too low "
    "for the way that is left; small drops never stray far from the best rate of their time. A "
    "part of the cost is the shape, though: an exponential decay to the same thousandth, without "
    "any drop, ends {smooth_drops:.0%} above the cosine. "
    "That wins in {wins_drops:.0%} of problems against three drops, in {wins_many:.0%} against "
    "small ones. The worst-case bound sets three drops {bound_drops:.0%} above the cosine, "
    "one {bound_one:.0%}, two late ones {bound_late:.1%} and small ones {bound_many:.0%}, about as "
    "it does the exponential decay that these follow ({bound_smooth:.0%}). In real runs of "
    "DeepSeek LLM two drops at 80 and 90 % ended essentially as a cosine did (section 2.3), so "
    "expect less than here. Step decay has theory on its side too: for least squares Ge et al. "
    "(abstract) prove it near optimal where powers of t are not.",
    not_when="Milestones were tuned for your task, or a drop also changes something else, such as "
    "regularisation. Test accuracy of image models may behave in another way than this loss.",
    conditions="Noisy quadratic, 1,000 directions, 1,000 updates, batch 1; a seed draws spectrum, "
    "noise and start. Peaks are tuned for each schedule and problem, milestones are not.",
    sources=("goyal-2017", "deepseek-llm", "ge-2019"),
    situations=("choosing a schedule",),
    related=("H007", "H011", "H017"),
    experiment=experiment,
    seeds=range(80),
)
