"""Does it matter that the last update runs at rate zero?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...dialects._torch_onecycle import OneCycleLR
from ...families.linear import Linear
from ...lab import bound, quadratic
from ...lab.stats import Interval, bootstrap, exact
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
COUNTS = (5, 10, 30, 100, 300, 1000)


def pair(values: int) -> np.ndarray:
    """Return lines that reach 0 after the last of so many values, and at the last one."""
    return np.stack([Linear(1.0, values).sample(values), Linear(1.0, values - 1).sample(values)])


def experiment(seeds: range) -> Evidence:
    """Compare linear decays whose last value is above 0 and at 0, an update and an epoch each."""
    problems = quadratic.draw(seeds)

    def cost(lrs: np.ndarray) -> Interval:
        good, wasted = quadratic.best(problems, lrs).loss.T
        return bootstrap(wasted / good - 1)

    updates = {n: cost(pair(n)) for n in COUNTS}
    epochs = {n: cost(pair(n)[:, np.arange(STEPS) * n // STEPS]) for n in COUNTS[:-1]}
    epochs[STEPS] = updates[STEPS]
    bounds = bound.best(pair(10)).value
    least = 0.01
    cases = (
        Case("epochs_10", "the rate is set once an epoch, 10 times", epochs[10], at_least=least),
        Case("epochs_100", "the rate is set once an epoch, 100 times", epochs[100], at_least=least),
        Case("updates_10", "the run has 10 updates", updates[10], at_least=least),
        Case("updates_100", "the run has 100 updates", updates[100], at_least=least),
        Case("updates_1000", "the run has 1,000 updates", updates[1000], at_least=least),
    )
    numbers = {
        "epochs_30": epochs[30],
        "bound_10": exact(float(bounds[1] / bounds[0] - 1)),
        "last_used": exact(float(pair(STEPS)[0, -1])),
        "one_cycle": exact(float(OneCycleLR(1.0, total_steps=STEPS).sample(STEPS)[-1])),
    }
    rows = {"a value an epoch (1,000 updates)": epochs, "a value an update": updates}
    chart = Lines(
        x=tuple(map(float, COUNTS)),
        curves={name: tuple(row[n].estimate for n in COUNTS) for name, row in rows.items()},
        bands={
            name: (tuple(row[n].low for n in COUNTS), tuple(row[n].high for n in COUNTS))
            for name, row in rows.items()
        },
        xlabel="values of the rate in the run",
        ylabel="relative cost of a last 0",
        alt="What a last value of zero costs, against the number of values in the run, on "
        "logarithmic axes: two straight lines that fall in proportion, one for values an epoch, "
        "one for values an update.",
        caption="Ten times as many values, a tenth of the cost: {epochs_10:.1%} when each of 10 "
        "epochs has one rate, {updates_1000:.2%} when each of 1,000 updates has.",
        log="xy",
    )
    return Evidence("median loss with a last value of 0 / above 0, minus 1", cases, chart, numbers)


RULE = Rule(
    id="H012",
    name="The last update at rate zero",
    question="Does it matter that the last update runs at rate zero?",
    claim="A linear decay whose last value is 0, instead of the one after the last, costs at least "
    "1 % of the final loss.",
    topic="ending",
    action="Print the last rate that your optimizer used. If the rate is set once an epoch, let "
    "it reach zero after the last epoch, not in it, or set it at every update.",
    value="With 10 values of one epoch each the wasted epoch costs {epochs_10:.1%}, with 30 "
    "{epochs_30:.1%}, with 100 {epochs_100:.2%}. With a value an update it is {updates_10:.1%} in "
    "10 updates, {updates_100:.2%} in 100, and {updates_1000:.2%} in 1,000: nothing to look for.",
    tradeoff="None, except that the plot of the schedule no longer touches zero.",
    reasoning="An update at rate 0 changes nothing, so the run is one value shorter: of $n$ values "
    "$1/n$ is lost. A schedule that reaches 0 at step $T$ uses $T$ values, from $k = 0$ to "
    "$T - 1$, the last of which is $1/T$ of the peak: {last_used:.3f} for 1,000. A line drawn with "
    "both ends included, such as `linspace(1, 0, T)`, reaches 0 in the run. PyTorch's OneCycleLR "
    "reaches its final rate at the last update too, {one_cycle:.0e} of the peak by default, which "
    "wastes one update of many. A worst-case bound gives {bound_10:.1%} for 10 updates.",
    not_when="The schedule ends at a floor well above zero, or the last value is for more than the "
    "rate, such as a last epoch that only collects statistics.",
    conditions="Noisy quadratic, 1,000 directions, batch 1; a seed draws spectrum, noise and "
    "start. Linear decay, peaks tuned for each schedule and problem. Epochs are equal shares of "
    "1,000 updates.",
    sources=("pytorch-docs",),
    situations=("choosing a schedule", "fine-tuning"),
    related=("H008", "H029"),
    experiment=experiment,
    seeds=range(60),
)
