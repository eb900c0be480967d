"""Is 1/t the best decay, as Robbins and Monro have it?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...families.inverse import InverseTime
from ...families.linear import Linear
from ...lab import quadratic
from ...lab.stats import Interval, bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

LENGTHS = (100, 300, 1000, 2000)
SPANS = (1.0, 10.0, 1000.0)  # largest / smallest curvature
ONSETS = np.geomspace(0.003, 0.3, 7)  # of the fall, as a share of the run
DIRECTIONS = 20


def shapes(steps: int) -> np.ndarray:
    """Return linear decay, then 1 / (1 + k / onset) for each onset, then 1 / (1 + k)."""
    falls = [InverseTime(1.0, 1 / (onset * steps)) for onset in ONSETS]
    schedules = [Linear(1.0, steps), *falls, InverseTime(1.0, 1.0)]
    return np.stack([schedule.sample(steps) for schedule in schedules])


def spanning(span: float, noise: np.ndarray) -> quadratic.Problem:
    """Return problems whose curvatures are even in the logarithm from 1 / span to 1."""
    h = np.geomspace(1.0, 1.0 / span, DIRECTIONS)
    return quadratic.Problem(h, noise[:, None] * h, 1.0)


def compare(problems: quadratic.Problem, steps: int) -> tuple[Interval, Interval]:
    """Return how far 1/t ends above linear: with onset and scale tuned, and with scale alone."""
    losses = quadratic.best(problems, shapes(steps)).loss
    linear, tuned = losses[:, 0], losses[:, 1:].min(axis=-1)
    return bootstrap(tuned / linear - 1), bootstrap(losses[:, -1] / linear - 1)


def experiment(seeds: range) -> Evidence:
    """Compare tuned 1/t with tuned linear decay on four kinds of problem and run length."""
    noise = np.array([0.5 * 20 ** np.random.default_rng([seed, 13]).random() for seed in seeds])
    worlds = {
        "one": spanning(SPANS[0], noise),
        "ten": spanning(SPANS[1], noise),
        "thousand": spanning(SPANS[2], noise),
        "law": quadratic.draw(seeds),
    }
    found = {key: [compare(world, t) for t in LENGTHS] for key, world in worlds.items()}
    tuned = {key: [pair[0] for pair in row] for key, row in found.items()}
    at, most = LENGTHS.index(1000), -0.02
    words = {
        "one": "all directions curve alike",
        "ten": "curvatures span a factor of 10",
        "thousand": "curvatures span a factor of 1,000",
        "law": "curvatures follow a power law",
    }
    cases = tuple(Case(key, words[key], tuned[key][at], at_most=most) for key in worlds)
    numbers = {f"{key}_2000": tuned[key][-1] for key in ("one", "law")}
    numbers |= {f"pure_{key}": found[key][at][1] for key in ("one", "ten", "law")}
    labels = {"one": "all alike", "ten": "span 10", "thousand": "span 1,000", "law": "power law"}
    chart = Lines(
        x=tuple(map(float, LENGTHS)),
        curves={labels[key]: tuple(c.estimate for c in row) for key, row in tuned.items()},
        bands={
            labels[key]: (tuple(c.low for c in row), tuple(c.high for c in row))
            for key, row in tuned.items()
        },
        xlabel="updates in the run",
        ylabel="final loss of 1/t / linear, minus 1",
        alt="How far tuned 1/t decay ends below or above tuned linear decay, against the length of "
        "the run. With curvatures all alike or within a factor of 10 it is below and falls on; "
        "with a span of 1,000 or a power law it rises above.",
        caption="A longer run helps 1/t where curvatures are close together ({one:.0%} after 1,000 "
        "updates when all are alike) and hurts it where they are spread ({law:.0%} on power laws).",
        log="x",
    )
    return Evidence("median loss of 1/t / linear decay, minus 1", cases, chart, numbers)


RULE = Rule(
    id="H013",
    name="1/t in a finite run",
    question="Is 1/t the best decay, as theory has it?",
    claim="In a run of 1,000 updates a rate that falls as 1/t, its scale and onset tuned, ends at "
    "least 2 % below tuned linear decay.",
    topic="ending",
    action="Keep 1/t for problems that curve about alike in all directions, such as averages and "
    "small convex fits. For networks take a decay that ends with the run.",
    value="The final loss of 1/t differs from that of linear decay by {one:.0%} where all "
    "directions curve alike and {ten:.0%} where curvatures span a factor of 10; but by "
    "{thousand:.1%} where they span 1,000 and {law:.1%} where they follow a power law.",
    tradeoff="1/t needs no horizon, but two constants in place of one, and wrong ones are costly: "
    "with the bare form $a / (1 + k)$ and only $a$ tuned the figures are {pure_one:.0%} for alike "
    "curvatures, {pure_ten:.0%} for a span of 10 and {pure_law:.0%} for power laws.",
    reasoning="Robbins and Monro ask that the rates sum to infinity and their squares do not: a "
    "condition for $T \\to \\infty$, not a best choice for a run that ends. With one curvature $h$ "
    "the best rates of all are $1 / (h (k + k_0))$. With many, no scale suits: one that is right "
    "for the flattest direction is too high for the steepest by as much as curvatures span, and "
    "so is the noise that stays there. Linear decay gives both their time. Hence the lead of 1/t "
    "grows with the run where curvatures are close, to {one_2000:.0%} at 2,000 updates, and its "
    "lag where they are spread, to {law_2000:.0%}. For least squares Ge et al. (abstract) prove "
    "that powers of $t$ fall behind at the last iterate, by the condition number where the "
    "problem is strongly convex.",
    not_when="The end of the run is unknown, and no cooldown may be added. Short runs on a wide "
    "span are close either way.",
    conditions="Noisy quadratics, batch 1, 100 to 2,000 updates: 20 directions with curvatures "
    "even in the logarithm, or a power law of 1,000; a seed draws the noise, and the law. Scale "
    "and 7 onsets are tuned on each problem; no rate is above the limit of stability.",
    sources=("robbins-1951", "ge-2019"),
    situations=("choosing a schedule", "reading papers"),
    related=("H003", "H007", "H046"),
    experiment=experiment,
    seeds=range(30),
)
