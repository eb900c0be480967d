"""Does a plateau rule wait until the metric has stopped improving?"""

from __future__ import annotations

import numpy as np

from ...families.plateau import ReduceOnPlateau
from ...lab import plateau
from ...lab.stats import bootstrap, share
from ..evidence import Case, Evidence, Lines
from ..rule import Rule

EPOCHS, JUDGED = 120, 100
FLAT_EPOCHS = 400
POWER = (0.2, 0.5)
NOISES = {"none": 0.0, "tenths": 0.003, "one": 0.01, "three": 0.03, "ten": 0.1}
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
    words = {
        "none": "the metric has no noise",
        "tenths": "its noise is 0.3% of its whole fall and the patience 10",
        "one": "its noise is 1% and the patience 10",
        "three": "its noise is 3% and the patience 10",
        "patient": "its noise is 3% and the patience 50",
        "smooth": "its noise is 3%, the rule sees means of 10 and the patience is 30",
    }
    cases = tuple(
        Case(key, when, share(int((cuts[key] <= JUDGED).sum()), len(seeds)), at_most=0.05)
        for key, when in words.items()
    )

    epochs = np.arange(1, EPOCHS + 1)
    labels = {
        "ten": "noise 10%",
        "three": "noise 3%",
        "one": "noise 1%",
        "tenths": "noise 0.3%",
        "none": "no noise",
        "patient": "3%, patience 50",
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
        "improving. With patience 10 it passes one half near epoch {when_ten:.0f} at 10% noise, "
        "{when_three:.0f} at 3%, {when_one:.0f} at 1%, and stays below 0.1 at 0.3%. Without noise, "
        "or with patience 50, it stays near 0.",
        caption="Every cut is a false alarm. At 1% noise half of the runs are cut by epoch "
        "{when_one:.0f}.",
    )

    fired = cuts["one"] <= EPOCHS
    flat = plateau.metrics(seeds, FLAT_EPOCHS, power=100.0, noise=NOISES["three"])[:, 1:]
    numbers = {
        "when_one": bootstrap(np.minimum(cuts["one"], EPOCHS)),
        "when_three": bootstrap(cuts["three"]),
        "when_ten": bootstrap(cuts["ten"]),
        "left": bootstrap(1.0 - 2.0 ** -power[fired]),
        "flat_default": bootstrap(plateau.first(default, flat)),
        "flat_patient": bootstrap(plateau.first(patient, flat)),
        "flat_smooth": bootstrap(plateau.first(middle, plateau.smoothed(flat, 10))),
    }
    measure = f"share of runs whose rate is cut within {JUDGED} epochs"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H034",
    name="Plateau rules fire on noise",
    question="Does reduce-on-plateau wait until my metric has stopped improving?",
    claim="While the metric still improves, reduce-on-plateau cuts the rate in at most "
    "5% of runs within 100 epochs.",
    topic="cycles",
    action="Measure the noise of the metric first. Give the rule a running mean and a patience of "
    "several tens, or a larger validation set; or choose a schedule by the step.",
    value="With 1% noise the default rule cuts {one:.0%} of runs that still improve within 100 "
    "epochs, and with 3% noise {three:.0%}. At 3% noise, patience 50 cuts {patient:.1%}, and "
    "patience 30 on means of 10 cuts {smooth:.1%}.",
    tradeoff="A patient rule is slow where there is a plateau: on a flat metric with 3% noise it "
    "takes {flat_patient:.0f} epochs (median) instead of {flat_default:.0f}; with the mean of 10 "
    "and patience 30, {flat_smooth:.0f}.",
    reasoning="The rule counts epochs since the best metric so far. The best of many noisy values "
    "is a lucky one, and a fall of $t^{-p}$ takes ever longer to pass it. So with any noise and a "
    "fixed patience the alarm comes sooner or later, however long the metric would still fall. At "
    "1% noise it comes when doubling the epochs would lower the metric by another {left:.0%}. And "
    "after a cut by 10 the metric improves slowly, which looks like the next plateau.",
    not_when="The metric hardly fluctuates from epoch to epoch, such as a loss over a large "
    "validation set. Whether a cut at that time hurts is not tried here: in a noisy run an early "
    "cut may lower the loss at once and cost progress later.",
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
