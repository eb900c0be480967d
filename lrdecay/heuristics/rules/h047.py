"""Does training diverge as soon as the rate exceeds two over the sharpness?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...lab import catapult, quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 300
RATES = np.arange(55, 560, 10) / 100  # in units of 1 / sharpness at the start, off 2 and 4
BETWEEN, ABOVE = (RATES > 2) & (RATES < 4), RATES > 4
SHOWN = (RATES > 1) & (RATES < 4)


def experiment(seeds: range) -> Evidence:
    """Run constant rates from 0.55 to 5.55 over the sharpness, on both kinds of loss."""
    problems = quadratic.draw(seeds, noise=0.0)
    base = RATES / problems.h_max[:, None]
    ends = quadratic.rates(problems, np.ones(STEPS), base)
    fixed = ends > problems.initial_loss[:, None]
    constant = np.repeat(RATES[:, None], STEPS, axis=1)
    network = catapult.run(constant, seeds, relative=True)
    f, sharp = catapult.initial(seeds)
    start = 0.5 * f * f
    changing = start[:, None] < network.loss.T
    sharpness = network.sharpness.T / sharp[:, None]
    pair = catapult.run(constant[np.isin(RATES, (2.05, 2.55))], seeds, relative=True, curve=True)
    above_start = pair.loss > start[:, None]
    last = STEPS + 1 - np.argmax(above_start[..., ::-1], axis=-1)
    back = np.where(above_start.any(axis=-1), last, 0)

    def diverging(runs: np.ndarray, which: np.ndarray) -> np.ndarray:
        return runs[:, which].mean(axis=1)

    cases = (
        Case(
            "fixed",
            "the curvature is fixed (a quadratic)",
            bootstrap(diverging(fixed, RATES > 2), np.mean),
            at_least=0.95,
        ),
        Case(
            "between",
            "training can lower the curvature (a linear network) and the rate is below 4 / λ",
            bootstrap(diverging(changing, BETWEEN), np.mean),
            at_least=0.95,
        ),
        Case(
            "above",
            "the rate is above 4 / λ (a linear network)",
            bootstrap(diverging(changing, ABOVE), np.mean),
            at_least=0.95,
        ),
    )
    at = [int(np.argmin(np.abs(RATES - rate))) for rate in (1.55, 2.55, 3.55)]
    numbers = {
        "flat_15": bootstrap(sharpness[:, at[0]]),
        "flat_25": bootstrap(sharpness[:, at[1]]),
        "flat_35": bootstrap(sharpness[:, at[2]]),
        "start": bootstrap(start),
        "back_20": bootstrap(back[0]),
        "back_25": bootstrap(back[1]),
        "peak_25": bootstrap(network.highest[at[1]]),
        "peak_35": bootstrap(network.highest[at[2]]),
        "safe": bootstrap(diverging(fixed, RATES < 2), np.mean),
    }
    x = RATES[SHOWN]
    chart = Lines(
        x=tuple(x),
        curves={
            "linear network, at the end": tuple(np.median(sharpness[:, SHOWN], axis=0)),
            "quadratic": (1.0,) * len(x),
            "highest stable sharpness, 2 / rate": tuple(2 / x),
        },
        xlabel="rate times sharpness at the start",
        ylabel="sharpness, relative to the start",
        alt="From 2 on the sharpness of the quadratic, which cannot change, lies above the limit "
        "2 / rate. That of the linear network falls below the limit, far below beyond 3.",
        caption="Above 2 the quadratic diverges. The network does not: its loss rises until the "
        "sharpness has fallen below 2 / rate. From 4 on it diverges too.",
    )
    return Evidence("share of rates above 2 / λ that diverge", cases, chart, numbers)


RULE = Rule(
    id="H047",
    name="The limit 2 / sharpness",
    question="Does training diverge as soon as the rate exceeds 2 over the sharpness?",
    claim="At a constant rate above 2 / λ, where λ is the largest curvature at the start, at "
    "least 95 % of runs diverge.",
    topic="shape",
    action="Take 2 / λ as the rate from which on the loss will rise at first, not as the highest "
    "rate. Before you stop a run whose loss rises, watch whether the rise ends.",
    value="Below 2 / λ {safe:.0%} of the quadratics diverged and above it {fixed:.0%}. Of linear "
    "networks {between:.0%} diverged between 2 / λ and 4 / λ, and {above:.0%} above. At 2.55 / λ "
    "their loss was below its start again after {back_25:.0f} updates, in a place with "
    "{flat_25:.2f} times the sharpness; at 2.05 / λ it took {back_20:.0f}.",
    tradeoff="The rise is real: from a median loss of {start:.2f} to a median peak of "
    "{peak_25:.0f} at 2.55 / λ and {peak_35:.0f} at 3.55 / λ. Where single precision or a "
    "saturating nonlinearity does not survive that, the limit is lower.",
    reasoning="Along a direction of curvature $\\lambda$ a step multiplies the distance by $1 - "
    "\\eta \\lambda$, more than 1 in size from $\\eta = 2 / \\lambda$ on. If curvature is fixed, "
    "that is the end. In a product of two layers the growing step also shrinks the weights: the "
    "sharpness changes by $\\eta f^2 (\\eta \\lambda - 4) / n$, downward while $\\eta < 4 / "
    "\\lambda$, until it is below $2 / \\eta$ and the loss falls again. Above $4 / \\lambda$ it "
    "grows with the loss. The paper calls this a catapult; full-batch training of real networks "
    "likewise hovers at a sharpness just above $2 / \\eta$.",
    not_when="The factor 4 belongs to this network of two linear layers; others have their own. "
    "The loss here is the square of one output, with no noise.",
    conditions="300 updates of gradient descent without noise at 51 constant rates from 0.55 / λ "
    "to 5.55 / λ. Quadratics of 1000 directions, and linear networks of width 1000 with one "
    "example; a seed draws one of each. A run counts as diverged if it ends above the loss of its "
    "start.",
    sources=("lewkowycz-2020", "cohen-2021"),
    situations=("tuning the peak rate", "starting a run"),
    symptoms=("loss diverges", "loss spikes early"),
    related=("H028", "H027", "H003"),
    experiment=experiment,
    seeds=range(1000, 1100),
)
