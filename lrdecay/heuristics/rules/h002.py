"""How low does a constant rate get, and what does halving it change?"""

from __future__ import annotations

import numpy as np

from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence, Lines
from ..rule import Rule

STEPS = 1000
LOW, HIGH = 0.1, 1.0  # a twentieth and a half of the highest stable rate, which is 2
SHOWN = (0.4, 0.2, 0.1, 0.05)
LONG = 10_000


def experiment(seeds: range) -> Evidence:
    """Compare the floors, and the losses after 1000 updates, of a rate and half of it."""
    problems = quadratic.draw(seeds)
    floors = {rate: quadratic.floor(problems, [rate, rate / 2]) for rate in (LOW, HIGH)}
    floors[0.0] = quadratic.floor(problems, LOW, batch_size=[1.0, 2.0])
    early = quadratic.loss(problems, np.outer([LOW, LOW / 2], np.ones(STEPS)))
    low, high, batch, short = (
        bootstrap(pair[:, 1] / pair[:, 0])
        for pair in (floors[LOW], floors[HIGH], floors[0.0], early)
    )
    cases = (
        Case("low", "a low rate has reached its floor", low, at_least=0.45, at_most=0.55),
        Case("batch", "the batch is doubled instead", batch, at_least=0.45, at_most=0.55),
        Case("high", "a high rate has reached its floor", high, at_least=0.45, at_most=0.55),
        Case("short", f"{STEPS} updates are made", short, at_least=0.45, at_most=0.55),
    )

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
    left = bootstrap(early[:, 0] / floors[LOW][:, 0] - 1.0)
    return Evidence("loss at half the rate / loss at the rate", cases, chart, {"left": left})


RULE = Rule(
    id="H002",
    name="The floor of a constant rate",
    question="The loss has gone flat at a constant rate: how much would half the rate buy?",
    claim="Halving a constant rate, or doubling the batch, halves the loss at which a run stops "
    "falling: the ratio is 0.45 to 0.55.",
    topic="noise",
    action="Expect half the remaining noise loss from half the rate or twice the batch. Lower the "
    "rate only once the loss has gone flat.",
    value="On the floor, half the rate leaves {low:.3f} of the loss, and twice the batch {batch}. "
    "At half of the highest stable rate the gain is larger: {high:.3f} is left.",
    tradeoff="Half the rate needs about twice the updates. After 1000 of them, when the loss of "
    "the rate is still {left:.0%} above its floor, half the rate stands at {short:.2f} of it.",
    reasoning="A noisy gradient moves every parameter by a random amount in proportion to the "
    "rate, and the slope pulls it back. Where the two balance, a direction of curvature $h$ and "
    "noise variance $c$, seen in batches of $B$, keeps the loss "
    r"$\frac{\eta c / B}{2 (2 - \eta h)}$. While $\eta h$ is small this is in proportion to "
    r"$\eta / B$. Near the limit $\eta h = 2$ the denominator vanishes, so a lower rate gains "
    "more. Flat directions need about $1 / (\\eta h)$ updates to arrive: until then a loss "
    "holds both what is not yet learned and noise, and only the noise halves.",
    not_when="The run has not gone flat, or the noise vanishes at the minimum, as for a model "
    "that fits every example: then a constant rate has no such floor. The loss here counts from "
    "the minimum; a language model's holds an entropy that no rate removes.",
    conditions="Noisy quadratics with 1000 directions; a seed draws spectrum, noise and start. "
    "Highest curvature 1, so rates below 2 are stable; low is 0.1, high is 1.0. Floors in closed "
    "form; losses are exact expectations.",
    sources=("bottou-2018", "smith-2018", "zhang-2019"),
    situations=("during a run", "choosing a schedule"),
    symptoms=("loss stalls", "loss oscillates"),
    related=("H001", "H003", "H004", "H005"),
    experiment=experiment,
    seeds=range(100),
)
