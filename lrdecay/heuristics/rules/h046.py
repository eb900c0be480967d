"""Is linear the right power of decay for every problem?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
POWERS = np.array([0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0])
SPECTRA = {"s105": 1.05, "s150": 1.5, "s200": 2.0, "s300": 3.0}
WHEN = {
    "s105": "curvatures fall slowly (exponent 1.05)",
    "s150": "curvatures fall faster (exponent 1.5)",
    "s200": "curvatures fall fast (exponent 2)",
    "s300": "curvatures fall very fast (exponent 3)",
}
LINEAR, SQUARE = (POWERS.tolist().index(power) for power in (1.0, 2.0))


def experiment(seeds: range) -> Evidence:
    """Tune the peak of powers of linear decay on spectra of four exponents."""
    left = 1.0 - np.arange(STEPS) / STEPS
    shapes = left ** POWERS[:, None]
    cases, numbers = [], {}
    curves: dict[str, tuple[float, ...]] = {}
    for key, exponent in SPECTRA.items():
        problem = quadratic.draw(seeds, exponent=exponent)
        losses = quadratic.best(problem, shapes).loss
        least = losses.min(axis=-1, keepdims=True)
        extra = losses / least - 1.0
        cases.append(Case(key, WHEN[key], bootstrap(extra[:, LINEAR]), at_most=0.02))
        numbers[f"p{key[1:]}"] = bootstrap(POWERS[losses.argmin(axis=-1)], np.mean)
        numbers[f"square{key[1:]}"] = bootstrap(extra[:, SQUARE])
        curves[f"exponent {exponent:g}"] = tuple(np.median(extra, axis=0).tolist())
    chart = Lines(
        x=tuple(POWERS.tolist()),
        curves=curves,
        xlabel="power p of the decay (1 - t/T)^p; linear is 1",
        ylabel="extra loss over the best power",
        alt="Extra loss against the power of the decay, one curve for each spectrum. The minimum "
        "moves from a power of about 1 to about 2 as the spectrum gets steeper.",
        caption="The steeper the spectrum, the higher the best power: {p105:.1f} at exponent "
        "1.05, {p300:.1f} at exponent 3.",
    )
    return Evidence("extra loss of linear decay over the best power", tuple(cases), chart, numbers)


RULE = Rule(
    id="H046",
    name="The spectrum decides the power",
    question="Is linear the right power of decay for every problem?",
    claim="Tuned linear decay ends at most 2 % above the best power $p$ of $(1 - t/T)^p$, "
    "whatever the spectrum of curvatures.",
    topic="shape",
    action="Start with linear. If you can afford a second sweep, try a decay that spends longer "
    "at low rates, such as a power of 2, with its own peak.",
    value="Linear costs {s105:.1%} over the best power at exponent 1.05 and {s150:.1%} at 1.5, "
    "but {s200:.1%} at 2 and {s300:.0%} at 3.",
    tradeoff="The spectrum of a network is seldom known, and another power needs another peak "
    "rate. A power of 2 costs {square105:.1%} at exponent 1.05 and {square150:.1%} at 1.5.",
    reasoning="A steep spectrum has few directions with large curvature and many in which nothing "
    "much is left to learn. What counts late in the run is then noise, and a longer time at low "
    "rates averages more of it away. A flat spectrum still has directions to descend, which takes "
    "a sum of rates. The best powers are {p105:.2f}, {p150:.2f}, {p200:.2f} and {p300:.2f} here; "
    "theory for infinitely long runs on easy problems says $2 \\beta - 1$, that is 1.1, 2, 3 and "
    "5. A run of 1000 steps is not infinitely long.",
    not_when="You compare shapes at one peak rate: each power has its own best peak. Hard "
    "problems, whose signal lies in directions of small curvature, want a constant phase and a "
    "late decay instead.",
    conditions="Noisy quadratics, curvatures $i^{-\\beta}$ with the exponent fixed, noise and "
    "initial errors drawn by the seed. SGD, 1000 updates, each power with its best peak. Exact "
    "expected loss.",
    sources=("li-2026", "pan-2021"),
    situations=("choosing a schedule", "reading papers"),
    symptoms=("final loss too high",),
    related=("H007", "H011", "H048"),
    experiment=experiment,
    seeds=range(1000, 1060),
)
