"""Is linear decay to zero the best default?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.cosine import Cosine
from ...families.exponential import Exponential
from ...families.inverse import InverseSqrt
from ...families.linear import Linear
from ...families.multistep import MultiStep
from ...families.polynomial import Polynomial
from ...families.wsd import WSD
from ...lab import bound, quadratic
from ...lab.stats import bootstrap, exact, share
from ...schedule import Constant
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000
# Exponents of the curvatures h_i = i^-a.
SPECTRA = {"slow": (1.0, 1.2), "middle": (1.4, 1.6), "fast": (1.8, 2.0)}


def shapes(steps: int) -> dict[str, np.ndarray]:
    """Return the learning rates of each schedule, with peak 1."""
    schedules = {
        "linear to 0": Linear(1.0, steps),
        "cosine to 0": Cosine(1.0, steps),
        "cosine to 10 %": Cosine(1.0, steps, 0.1),
        "exponential to 1 %": Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "(1 - x) squared": Polynomial(1.0, steps, 2),
        "WSD, last 20 %": WSD(1.0, steps, steps // 5),
        "three drops by 10": MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "inverse root": InverseSqrt(1.0, steps / 100),
        "constant": Constant(1.0),
    }
    return {name: schedule.sample(steps) for name, schedule in schedules.items()}


def experiment(seeds: range) -> Evidence:
    """Tune the peak of nine schedules on three populations of problems."""
    curves = shapes(STEPS)
    regrets = {}
    for key, exponents in SPECTRA.items():
        problems = quadratic.draw(seeds, exponent=exponents)
        losses = quadratic.best(problems, np.stack([*curves.values()])).loss
        found = losses / losses.min(axis=-1, keepdims=True) - 1
        regrets[key] = [bootstrap(column) for column in found.T]
    short = quadratic.best(quadratic.draw(seeds), np.stack([*shapes(100).values()])).loss
    bounds = bound.best(np.stack([*curves.values()])).value
    cases = (
        Case("slow", "curvatures fall slowly, as 1/i", regrets["slow"][0], at_most=0.02),
        Case("middle", "curvatures fall as 1/i^1.5", regrets["middle"][0], at_most=0.02),
        Case("fast", "curvatures fall fast, as 1/i^2", regrets["fast"][0], at_most=0.02),
    )
    numbers = {
        "cosine_slow": regrets["slow"][1],
        "cosine_fast": regrets["fast"][1],
        "constant_slow": regrets["slow"][-1],
        "constant_fast": regrets["fast"][-1],
        "short": bootstrap(short[:, 0] / short.min(axis=-1) - 1),
        "short_wins": share(int(np.count_nonzero(short.argmin(axis=-1) == 2)), len(seeds)),
        "bound_linear": exact(float(bounds[0] / bounds.min() - 1)),
        "bound_cosine": exact(float(bounds[1] / bounds.min() - 1)),
        "bound_wsd": exact(float(bounds[5] / bounds.min() - 1)),
    }
    labels = {"slow": "1/i", "middle": "1/i^1.5", "fast": "1/i^2"}
    chart = Dots(
        rows=tuple(curves),
        series={f"curvatures as {labels[key]}": tuple(row) for key, row in regrets.items()},
        xlabel="final loss above the best of the nine (relative)",
        alt="How far each of nine schedules ends above the best one, on three kinds of problem. "
        "Linear to zero is near 0 on two of them. Three drops, the inverse root and the constant "
        "rate are far off on all.",
        caption="Linear to zero is within {middle:.1%} of the best until curvatures fall fast; "
        "there schedules that fall sooner beat it by {fast:.1%}.",
        reference=0.02,
    )
    return Evidence("median final loss above the best of nine schedules", cases, chart, numbers)


RULE = Rule(
    id="H007",
    name="Linear to zero as default",
    question="Is linear decay to zero the best default?",
    claim="With its peak tuned, linear decay to zero ends within 2 % of the final loss of the "
    "best of nine common schedules.",
    topic="ending",
    action="Start from linear decay to zero and spend the trials on the peak rate. Try another "
    "shape once the peak is right.",
    value="Where curvatures fall slowly it ends {slow:.1%} above the best of nine, at a middle "
    "pace {middle:.1%}. A tuned constant rate ends {constant_slow:.0%} above where they fall "
    "slowly, and {constant_fast:.0%} where they fall fast.",
    tradeoff="The length of the run must be known. Where curvatures fall fast it ends {fast:.1%} "
    "above a schedule that falls sooner. Cosine to zero is {cosine_fast:.1%} above the best there, "
    "and {cosine_slow:.1%} where they fall slowly: its worst of the three is the milder one.",
    reasoning="Convex theory gives a worst-case bound on the last iterate. In it, at the best "
    "peak, linear decay is {bound_linear:.1%} above the best of the nine, cosine "
    "{bound_cosine:.1%} and a 20 % cooldown {bound_wsd:.1%}. A particular problem is not the "
    "worst case. Where few directions matter, $h_i = i^{-2}$, it pays to fall sooner and spend "
    "longer at low rates; where many do, as for $i^{-1}$, that time is missed. In real runs "
    "Bergsma et al. (abstract) found linear to zero ahead of other schedules for language models "
    "of compute-optimal size, peaks tuned; Zhai et al. prefer it when the length is known, and "
    "say that others come close.",
    not_when="The length of the run is unknown, or the run is to be extended. In runs of 100 "
    "updates cosine to 10 % is best on {short_wins:.0%} of problems, and linear ends {short:.1%} "
    "above the best.",
    conditions="Noisy quadratic, 1,000 directions, 1,000 updates, batch 1; a seed draws the "
    "spectrum's exponent within 0.2, the noise and the start. The peak of each schedule is tuned "
    "on each problem. The bound is for 1,000 updates.",
    sources=("defazio-2023", "bergsma-2025", "zhai-2021"),
    situations=("choosing a schedule", "pre-training"),
    symptoms=("no budget to tune",),
    related=("H008", "H010", "H011", "H046"),
    experiment=experiment,
    seeds=range(80),
)
