"""Is a cooldown over the last tenth of the run enough?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.wsd import WSD
from ...lab import bound, quadratic
from ...lab.laws import PUBLISHED
from ...lab.stats import bootstrap, exact
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
FRACTIONS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
TENTH, FIFTH = FRACTIONS.index(0.1), FRACTIONS.index(0.2)
LONGEST = 0.95  # of the law's runs: they begin with a warmup
NEARLY_EXACT = (0.0005, 0.005)  # noise, a thousandth of the usual


def experiment(seeds: range) -> Evidence:
    """Compare lengths of a linear cooldown, with the peak retuned and with one peak for all."""
    shapes = [WSD(1.0, STEPS, round(f * STEPS)).sample(STEPS) for f in FRACTIONS]
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), NEARLY_EXACT))
    tuned, calm = quadratic.best(noisy, shapes), quadratic.best(quiet, shapes).loss
    # A column of rates for every shape: the best of the tenth, and half of it.
    kept = tuned.rate[:, None, TENTH, None] * np.ones((len(FRACTIONS), 1)) * [1.0, 0.5]
    same, half = np.moveaxis(quadratic.rates(noisy, shapes, kept), -1, 0)
    worst = bound.best(shapes).value
    excess = {"tuned": tuned.loss, "same": same, "half": half, "calm": calm, "worst": worst}
    excess = {k: v / v.min(axis=-1, keepdims=True) - 1.0 for k, v in excess.items()}
    law = _law()
    each = {k: bootstrap(excess[k][:, TENTH]) for k in ("tuned", "same", "half", "calm")}
    most = {"at_most": 0.05}
    cases = (
        Case("tuned", "gradients are noisy and the peak is tuned for each length",
             each["tuned"], **most),
        Case("same", "the peak is kept at the best one for 10 %",
             each["same"], **most),
        Case("half", "the peak is kept at half of the best one for 10 %",
             each["half"], **most),
        Case("calm", "gradients are nearly exact", each["calm"], **most),
        Case("worst", "the worst case of convex theory counts",
             exact(excess["worst"][TENTH]), **most),
        Case("law", "a law of language models predicts, at its one peak",
             exact(law[:, TENTH].max(), len(law)), **most),
    )  # fmt: skip
    medians = {k: np.median(excess[k], axis=0) for k in ("tuned", "same", "half")}
    chart = Lines(
        x=tuple(100 * f for f in FRACTIONS),
        curves={
            "peak tuned for each length": tuple(medians["tuned"]),
            "worst case, tuned": tuple(excess["worst"]),
            "peak of the 10 % cooldown": tuple(medians["same"]),
            "half of that peak": tuple(medians["half"]),
            "law of language models": tuple(np.median(law, axis=0)),
        },
        xlabel="length of the cooldown, % of the run",
        ylabel="loss above that of the best length",
        alt="Loss above the best against the length of the cooldown. With a tuned peak it falls "
        "all the way to a cooldown over the whole run. With one low peak it is least for a short "
        "cooldown and rises after.",
        caption="At a peak kept low, a tenth to a fifth is best. Let each length have its "
        "own peak, and a tenth ends {tuned:.0%} above the best.",
    )
    numbers = {
        "fifth": bootstrap(excess["tuned"][:, FIFTH]),
        "rate": bootstrap(tuned.rate[:, -1] / tuned.rate[:, TENTH]),
    }
    return Evidence("loss above that of the best length, relative", cases, chart, numbers)


def _law() -> np.ndarray:
    """Return, for each size and length, the predicted loss above the best, as a share.

    Of the loss above the law's constant, which no schedule changes.
    """
    total, warmup, peak = 24_000, 2160, 3e-4
    found = []
    for law in PUBLISHED.values():
        most = round(LONGEST * (total - warmup))
        lengths = [min(round(f * total), most) for f in FRACTIONS]
        runs = [WSD(peak, total, n, warmup, 0.1 * peak).sample(total) for n in lengths]
        losses = law.predict(runs, at=[total - 1])[:, 0]
        found.append((losses - losses.min()) / (losses.min() - law.L0))
    return np.array(found)


RULE = Rule(
    id="H014",
    name="A 10 % cooldown",
    question="Is a cooldown over the last 10 % of the run enough?",
    claim="A linear cooldown over the last 10 % of the run ends at most 5 % above the best length "
    "of cooldown.",
    topic="cooldown",
    action="Try cooldowns of 20 %, 40 % and more, each with its own peak. Keep to 10 % where the "
    "peak is low and must stay so, or where noise is no concern.",
    value="With noise and a tuned peak, 10 % ends {tuned:.0%} above the best length and 20 % "
    "{fifth:.0%}. With the best peak of the 10 % cooldown for all it is {same:.0%} above, at half "
    "of that peak {half:.1%}, and with nearly exact gradients {calm:.1%}.",
    tradeoff="A longer cooldown must be planned earlier, which is what a constant phase was "
    "to avoid. It also asks for a higher peak: {rate:.1f} times as high for one over the whole "
    "run as for 10 %.",
    reasoning="A low rate has little noise to settle, so a short cooldown is enough and a longer "
    "one only gives away progress. A longer cooldown earns its keep by allowing a higher peak, "
    "which gets further before it settles. Whoever compares lengths at one peak does not see that: "
    "this may be why reports disagree. The law of language models shows the first half of it "
    "only, since it was fitted at one peak: there a tenth is {law:.0%} above the best of the "
    "lengths tried. The worst-case bound has its own best peak for each, and sets a tenth "
    "{worst:.0%} above.",
    not_when="The peak cannot be raised, for the sake of stability, say.",
    conditions="Noisy quadratics of random spectra, 1000 updates, a seed draws the problem; exact "
    "expected losses; best peaks by search. Nearly exact: a thousandth of the noise. The bound for "
    "the last iterate. The multi-power law as published for 25M, 100M and 400M parameters: 24,000 "
    "updates, peak 3e-4, cooldown to a tenth of it; loss above its constant; the worst of the "
    "three.",
    sources=("hu-2024", "haegele-2024", "schaipp-2025", "luo-2025"),
    situations=("choosing a schedule", "pre-training"),
    symptoms=("final loss too high",),
    related=("H015", "H016", "H018", "H021"),
    experiment=experiment,
    seeds=range(1000, 1080),
)
