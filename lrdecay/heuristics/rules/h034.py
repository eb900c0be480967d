"""Does a plateau rule wait until the metric has stopped improving?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...lab import plateau
from ...lab.stats import bootstrap, share
from ...plateau import ReduceOnPlateau
from ..evidence import Case, Evidence
from ..rule import Rule

EPOCHS = 300
SOON = 100  # epochs, at which the rules are judged as well
FLAT_EPOCHS = 400
POWER = (0.2, 0.5)
NOISES = {"tenths": 0.003, "one": 0.01, "three": 0.03}
WORDS = {
    "tenths": "noise is 0.3 % of the metric's fall and the patience 10",
    "one": "noise is 1 % and the patience 10",
    "three": "noise is 3 % and the patience 10",
    "patient": "noise is 3 % and the patience 50",
    "smooth": "noise is 3 %, smoothed over 10 epochs, and the patience 30",
}
_STREAM = 34


def experiment(seeds: range) -> Evidence:
    """Let rules watch metrics that never stop improving, and note when they first cut the rate."""
    u = np.array([np.random.default_rng([seed, _STREAM]).random() for seed in seeds])
    power = POWER[0] + (POWER[1] - POWER[0]) * u
    history = plateau.metrics(seeds, EPOCHS, power=power, noise=tuple(NOISES.values()))
    noisy = dict(zip(NOISES, history, strict=True))

    default, patient, middle = (ReduceOnPlateau(1.0, patience=p) for p in (10, 50, 30))
    cuts = {name: plateau.first(default, metrics) for name, metrics in noisy.items()}
    cuts["patient"] = plateau.first(patient, noisy["three"])
    cuts["smooth"] = plateau.first(middle, plateau.smoothed(noisy["three"], 10))
    cases = tuple(
        Case(
            f"{key}{suffix}",
            f"{words}, over {epochs} epochs",
            share(int((cuts[key] <= epochs).sum()), len(seeds)),
            at_most=0.05,
        )
        for key, words in WORDS.items()
        for suffix, epochs in (("", SOON), ("_late", EPOCHS))
    )

    epochs = np.arange(0, EPOCHS + 1, 5)
    labels = {
        "three": "noise 3 %",
        "one": "noise 1 %",
        "tenths": "noise 0.3 %",
        "patient": "3 %, patience 50",
        "smooth": "3 %, smoothed",
    }
    chart = Lines(
        x=tuple(epochs.tolist()),
        curves={
            label: tuple((cuts[key][:, None] <= epochs).mean(axis=0).tolist())
            for key, label in labels.items()
        },
        xlabel="epoch",
        ylabel="share of runs already cut",
        alt="Share of runs whose rate has been cut, by epoch, on metrics that never stop "
        "improving, for five settings of noise and patience. Every curve rises to nearly 1. With "
        "patience 10 it passes one half near epoch {when_three:.0f} at 3 % noise and "
        "{when_one:.0f} at 1 %, with patience 50 near {when_patient:.0f} at 3 %.",
        caption="Every cut is a false alarm. At 1 % noise half of the runs are cut by epoch "
        "{when_one:.0f}. More patience puts the alarm off.",
    )

    fired = cuts["one"] <= EPOCHS
    flat = plateau.metrics(seeds, FLAT_EPOCHS, power=100.0, noise=NOISES["three"])[:, 1:]
    numbers = {
        "when_one": bootstrap(np.minimum(cuts["one"], EPOCHS)),
        "when_three": bootstrap(cuts["three"]),
        "when_patient": bootstrap(np.minimum(cuts["patient"], EPOCHS)),
        "left": bootstrap(1.0 - 2.0 ** -power[fired]),
        "flat_default": bootstrap(plateau.first(default, flat)),
        "flat_patient": bootstrap(plateau.first(patient, flat)),
        "flat_smooth": bootstrap(plateau.first(middle, plateau.smoothed(flat, 10))),
    }
    return Evidence("share of runs whose rate is cut", cases, chart, numbers)


RULE = Rule(
    id="H034",
    name="Plateau rules fire on noise",
    question="Does reduce-on-plateau wait until my metric has stopped improving?",
    claim="While the metric still improves, reduce-on-plateau cuts the rate in at most 5 % of "
    "runs.",
    topic="cycles",
    action="Measure the noise of the metric first. Give the rule a larger validation set, a "
    "running mean and a patience that is a large part of the run; or choose a schedule by the "
    "step.",
    value="Within 100 epochs the default rule cuts {one:.0%} of runs that still improve at 1 % "
    "noise, and {three:.0%} at 3 % noise. At 3 % noise, patience 50 cuts {patient:.1%}, and "
    "patience 30 on means of 10 cuts {smooth:.1%}. That is time won, no cure: within 300 epochs "
    "they cut {patient_late:.0%} and {smooth_late:.0%}, and the default rule at 0.3 % noise "
    "{tenths_late:.0%} instead of {tenths:.1%}.",
    tradeoff="A patient rule is slow where there is a plateau: on a flat metric with 3 % noise it "
    "takes {flat_patient:.0f} epochs (median) instead of {flat_default:.0f}; with the mean of 10 "
    "and patience 30, {flat_smooth:.0f}.",
    reasoning="Without noise it would wait: the metric has a new best every epoch. The rule counts "
    "epochs since the best metric so far. The best of many noisy values "
    "is a lucky one, and a fall of $t^{-p}$ takes ever longer to pass it. So with any noise and a "
    "fixed patience the alarm comes sooner or later, however long the metric would still fall. At "
    "1 % noise it comes when doubling the epochs would lower the metric by another {left:.0%}. And "
    "after a cut by 10 the metric improves slowly, which looks like the next plateau.",
    not_when="The metric hardly fluctuates from epoch to epoch, such as a loss over a large "
    "validation set, and the run is short. Whether a cut at that time hurts is not tried here: in "
    "a noisy run an early cut may lower the loss at once and cost progress later.",
    conditions="The metric is $t^{-p}$ plus normal noise after epoch $t$; a seed draws $p$ (0.2 to "
    "0.5) and the noise, whose standard deviation is given as a share of the fall from epoch 1 to "
    "the end of time. Else the rule has PyTorch's defaults: a relative threshold of 0.0001.",
    sources=("keras-docs", "pytorch-docs"),
    situations=("choosing a schedule", "during a run"),
    symptoms=("loss stalls", "results differ between seeds"),
    related=("H004", "H017"),
    experiment=experiment,
    seeds=range(600),
)
