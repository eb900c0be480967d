"""The loss has stalled: is the rate too high?"""

from __future__ import annotations

import numpy as np

from ...charts import Lines
from ...lab import quadratic
from ...lab.quadratic import Problem
from ...lab.stats import Interval, bootstrap, share
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS, BRANCH = 1000, 100
FACTORS = {"a third of the rate": 1 / 3, "the same rate": 1.0, "three times the rate": 3.0}
LOWEST, HIGHEST = 1e-5, 0.6  # three times the highest is still stable
CHARTED = 40


def experiment(seeds: range) -> Evidence:
    """Train 1000 updates at a random rate, go on at three rates, and group by what was seen."""
    problems = quadratic.draw(seeds, noise=(0.05, 10.0))
    uniform = np.array([np.random.default_rng([seed, 4]).random() for seed in seeds])
    rates = LOWEST * (HIGHEST / LOWEST) ** uniform
    before, now, third, _, triple = _branches(problems, rates[:, None], BRANCH)[..., 0]
    _, _, late_third, _, late_triple = _branches(problems, rates[:, None], STEPS)[..., 0]
    flat, left = now > 0.98 * before, now / problems.initial_loss
    stalled, unmoved, above = flat & (left < 0.5), flat & (left >= 0.5) & (left < 1), left >= 1
    slow = ~flat & (left < 0.5)

    def wins(group: np.ndarray, low: np.ndarray = third, high: np.ndarray = triple) -> Interval:
        return share(int(np.count_nonzero(low[group] < high[group])), int(group.sum()))

    cases = (
        Case("stalled", "the loss fell by half before it went flat", wins(stalled), at_least=0.9),
        Case("unmoved", "the loss fell by less and is flat", wins(unmoved), at_least=0.9),
    )
    numbers = {
        "lower": bootstrap((third / now)[stalled] - 1.0),
        "higher": bootstrap((triple / now)[stalled] - 1.0),
        "stalled_late": wins(stalled, late_third, late_triple),
        "above": wins(above),
        "slow": wins(slow),
        "slow_late": wins(slow, late_third, late_triple),
    }
    return Evidence("share of runs in which the lower rate wins", cases, _chart(seeds), numbers)


def _branches(problems: Problem, rates: np.ndarray, updates: int) -> np.ndarray:
    """Return losses 100 updates ago, now, and after more updates at each factor of the rate."""
    last = [np.ones(STEPS - BRANCH), np.ones(STEPS)]
    last += [np.r_[np.ones(STEPS), np.full(updates, f)] for f in FACTORS.values()]
    return np.stack([quadratic.rates(problems, shape, rates) for shape in last])


def _chart(seeds: range) -> Lines:
    problems = quadratic.draw(seeds[:CHARTED])
    best = quadratic.best(problems, np.ones(STEPS)).rate
    x = np.geomspace(0.001, 2.0, 24)
    _, now, *after = _branches(problems, best[:, None] * x, BRANCH)
    changes = {name: later / now - 1.0 for name, later in zip(FACTORS, after, strict=True)}
    return Lines(
        x=tuple(x.tolist()),
        curves={k: tuple(np.median(v, axis=0).tolist()) for k, v in changes.items()},
        xlabel="rate so far / best constant rate",
        ylabel="change of loss by 100 updates",
        alt="Change of the loss by 100 more updates against the rate so far. Far below the best "
        "constant rate, three times the rate does best; near it and above, a third does, by far.",
        caption="At the same rate nothing happens at either end. On the right the rate is too "
        "high, and a lower one helps at once; on the left it is too low, and the loss has hardly "
        "moved.",
        log="x",
    )


RULE = Rule(
    id="H004",
    name="A stalled loss",
    question="The loss has stalled at a constant rate: is the rate too high?",
    claim="Where the loss has stalled at a constant rate, going on at a third of the rate is "
    "better than at three times the rate, in at least 90 % of runs.",
    topic="noise",
    action="If the loss fell far and then went flat, lower the rate. If it hardly moved, raise it. "
    "If it still falls, try both from a checkpoint.",
    value="Of the runs that had fallen by half and gone flat, a lower rate was right in "
    "{stalled:.0%}, after 1000 updates in {stalled_late:.0%}. 100 updates at a third of the rate "
    "changed the loss by {lower:.0%}, at three times the rate by {higher:+.0%}.",
    tradeoff="Lowering the rate early ends fast progress. Of the runs that still fell, a third of "
    "the rate led after 100 updates in {slow:.0%}, after 1000 updates only in {slow_late:.0%}: a "
    "short test favours the lower rate.",
    reasoning="A loss goes flat for two opposite reasons. At a high rate it reaches the floor of "
    "its noise, about in proportion to the rate, and quickly: such a curve is really flat. At a "
    "low rate it creeps: some directions need $1 / (\\eta h)$ updates, and the curve falls slowly "
    "for long. So a curve that fell far and then lies flat speaks for a rate that is too high, and "
    "one that fell little for a rate that is too low: there the lower rate led in only "
    "{unmoved:.0%}. One that lies above its start is too high as well ({above:.0%}). Where the "
    "loss still falls the look of the curve does not tell, and a branch does.",
    not_when="The gradient is exact, the model cannot do better, or the loss sits on a plateau "
    "that is no minimum: a quadratic has none.",
    conditions="Noisy quadratics, expected losses. A seed draws the problem and a constant rate "
    "between 0.00001 and 0.6, log-uniform, of 2 that are stable. 1000 updates, then 100 more at "
    "a third, one and three times the rate. Flat: down by less than 2 % in the last 100 updates. "
    "Nobody sees an expected loss: on a noisy curve smooth first.",
    sources=("wu-2018", "bottou-2018"),
    situations=("during a run",),
    symptoms=("loss stalls", "loss oscillates", "final loss too high"),
    related=("H002", "H003", "H006", "H024"),
    experiment=experiment,
    seeds=range(1000),
)
