"""The loss has gone flat at a constant rate: does half the rate leave half of it?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS, BRANCH = 1000, 100
HALF = {"at_least": 0.45, "at_most": 0.55}
LOW, HIGH = 0.1, 1.0  # a twentieth and a half of the highest stable rate, which is 2
SHOWN = (0.4, 0.2, 0.1, 0.05)
LONG = 10_000


def experiment(seeds: range) -> Evidence:
    """Compare the floors of a rate and half of it, and halve the rate during a run."""
    problems = quadratic.draw(seeds)
    floors = {rate: quadratic.floor(problems, [rate, rate / 2]) for rate in (LOW, HIGH)}
    low, high = (bootstrap(pair[:, 1] / pair[:, 0]) for pair in floors.values())
    lrs = np.full(2 * STEPS, LOW)
    now = quadratic.loss(problems, lrs[:STEPS])
    lrs[STEPS:] /= 2
    branch, later = (
        bootstrap(quadratic.loss(problems, lrs[: STEPS + n]) / now) for n in (BRANCH, STEPS)
    )
    cases = (
        Case("low", "a low rate is on its floor, and half of it too", low, **HALF),
        Case("high", "a high rate is on its floor, and half of it too", high, **HALF),
        Case("branch", f"the last {BRANCH} updates of {STEPS + BRANCH} get half of a low rate",
             branch, **HALF),
    )  # fmt: skip

    at = np.unique(np.geomspace(1, LONG, 80).astype(int))
    runs = quadratic.loss(problems, np.outer(SHOWN, np.ones(LONG)), curve=True)[..., at]
    middle = np.median(runs / quadratic.floor(problems, SHOWN[0])[:, None, None], axis=0)
    chart = Lines(
        x=tuple(at.tolist()),
        curves={f"rate {r}": tuple(row) for r, row in zip(SHOWN, middle.tolist(), strict=True)},
        xlabel="updates",
        ylabel=f"loss / floor at rate {SHOWN[0]}",
        alt="Median loss of four constant rates on log axes. Each falls, then goes flat. Half the "
        "rate takes longer and goes flat about half as high.",
        caption="Each halving of the rate about halves the level at which the loss goes flat, and "
        "takes longer to get there. Where a lower rate has not arrived, it is behind.",
        log="xy",
    )
    numbers = {"later": later, "left": bootstrap(now / floors[LOW][:, 0] - 1.0)}
    return Evidence("loss at half the rate / loss at the rate", cases, chart, numbers)


RULE = Rule(
    id="H002",
    name="The floor of a constant rate",
    question="The loss has gone flat at a constant rate: does half the rate leave half of it?",
    claim="Half of a constant rate leaves half of the loss: 0.45 to 0.55 of it.",
    topic="noise",
    action="Once the loss is flat, expect half of what noise adds to it from half the rate, and "
    "give it several times the updates that a first look takes.",
    value="From floor to floor, half of a low rate leaves {low:.2f} of the loss. From half of the "
    "highest stable rate the gain is larger: {high:.2f} is left.",
    tradeoff="Half the rate needs about twice the updates to arrive. After 1000 updates, "
    "{left:.0%} above its floor, 100 more at half the rate leave {branch:.2f} of the loss, and "
    "1000 more {later:.2f}.",
    reasoning="A noisy gradient moves every parameter by a random amount in proportion to the "
    "rate, and the slope pulls it back. Where the two balance, a direction of curvature $h$ and "
    "noise variance $c$, seen in batches of $B$, keeps the loss "
    r"$\frac{\eta c / B}{2 (2 - \eta h)}$. While $\eta h$ is small this is in proportion to "
    r"$\eta / B$, so that twice the batch does the same as half the rate. "
    r"Near the limit $\eta h = 2$ the denominator vanishes, so a lower rate gains "
    "more. Flat directions need about $1 / (\\eta h)$ updates to arrive: until then a loss "
    "holds both what is not yet learned and noise, and only the noise halves.",
    not_when="The noise vanishes at the minimum, as for a model "
    "that fits every example: then a constant rate has no such floor. The loss here counts from "
    "the minimum; a language model's holds an entropy that no rate removes.",
    conditions="Noisy quadratics with 1000 directions; a seed draws spectrum, noise and start. "
    "Highest curvature 1, so rates below 2 are stable; low is 0.1, high is 1.0. Floors in closed "
    "form, which a run nears but slowly; losses are exact expectations.",
    sources=("bottou-2018", "smith-2018", "zhang-2019"),
    situations=("during a run", "choosing a schedule"),
    symptoms=("loss stalls", "loss oscillates"),
    related=("H001", "H003", "H004", "H005"),
    experiment=experiment,
    seeds=range(100),
)
