"""The budget has grown: extend the constant part, or start another decay?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...charts import Dots
from ...families.cosine import Cosine
from ...families.linear import Linear
from ...families.wsd import WSD
from ...lab import quadratic
from ...lab.stats import bootstrap
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 500
BUDGETS = {"20 % more": 600, "twice": 1000, "four times": 2000}
NEARLY_EXACT = (0.0005, 0.005)  # noise, a thousandth of the usual
Shape = Callable[[int], np.ndarray]  # rates with peak 1, for a number of updates


def experiment(seeds: range) -> Evidence:
    """Give a run more updates than it was planned for, at the peak it was planned with."""
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), NEARLY_EXACT))
    above = {name: _above(noisy, total) for name, total in BUDGETS.items()}
    calm = _above(quiet, BUDGETS["twice"])
    held, line = "hold on, cool over 20 %", "decay to zero, again from half"
    twice, four = above["twice"], above["four times"]
    claim = {"at_most": 0.03}
    cases = (
        Case("same", "the plan is WSD too and the budget doubles",
             bootstrap(twice["same"]), **claim),
        Case("more", "the plan is WSD too and the budget grows fourfold",
             bootstrap(four["same"]), **claim),
        Case("best", "the plan is linear decay and gradients are noisy",
             bootstrap(twice[held]), **claim),
        Case("calm", "the plan is linear decay and gradients are nearly exact",
             bootstrap(calm[held]), **claim),
    )  # fmt: skip
    rows = [name for name in twice if name != "same"]
    chart = Dots(
        rows=tuple(rows),
        series={k: tuple(bootstrap(v[name]) for name in rows) for k, v in above.items()},
        xlabel="loss above planned linear decay",
        alt="Loss above a planned linear decay for ways to use a budget that has grown by 20 %, "
        "twofold and fourfold. Holding the peak on costs about as much whatever the growth, less "
        "with the longer cooldown. A second decay is dear for 20 % more, and staying at the low "
        "rate dear for four times.",
        caption="Against the same plan, holding the peak on and a 20 % cooldown cost "
        "{same:.1%} for a doubling; against planned linear decay, as drawn here, {best:.0%}.",
        reference=0.0,
    )
    numbers = {
        "half": bootstrap(twice[line]),
        "full": bootstrap(twice["decay to zero, again from the peak"]),
        "little_half": bootstrap(above["20 % more"][line]),
        "little_stay": bootstrap(above["20 % more"]["decay to 10 %, stay there"]),
        "stay": bootstrap(twice["decay to 10 %, stay there"]),
        "longer": bootstrap(twice["hold on, cool over 40 %"]),
    }
    return Evidence("loss above the run that was planned, relative", cases, chart, numbers)


def _above(problem: quadratic.Problem, total: int) -> dict[str, np.ndarray]:
    """Return what each way ends above a linear decay planned for `total` updates.

    "same" is the first way against the same plan, made for `total` from the start.
    """
    rest = total - STEPS
    line, again = _linear(STEPS), _linear(rest)
    ways = {
        "hold on, cool over 20 %": (_wsd(STEPS, 0.2), _wsd(total, 0.2)),
        "hold on, cool over 40 %": (_wsd(STEPS, 0.4), _wsd(total, 0.4)),
        "decay to zero, again from half": (line, np.r_[line, 0.5 * again]),
        "decay to zero, again from the peak": (line, np.r_[line, again]),
        "decay to 10 %, stay there": (_tenth(STEPS), np.r_[_tenth(STEPS), np.full(rest, 0.1)]),
    }
    peaks = quadratic.best(problem, [plan for plan, _ in ways.values()]).rate
    taken = quadratic.rates(problem, [used for _, used in ways.values()], peaks[..., None])
    planned = quadratic.best(problem, [_linear(total), _wsd(total, 0.2)]).loss
    found = {name: taken[:, i, 0] / planned[:, 0] - 1.0 for i, name in enumerate(ways)}
    return {**found, "same": taken[:, 0, 0] / planned[:, 1] - 1.0}


def _linear(updates: int) -> np.ndarray:
    return Linear(1.0, updates).sample(updates)


def _wsd(updates: int, share: float) -> np.ndarray:
    return WSD(1.0, updates, round(share * updates)).sample(updates)


def _tenth(updates: int) -> np.ndarray:
    return Cosine(1.0, updates, 0.1).sample(updates)


RULE = Rule(
    id="H019",
    name="The budget has grown",
    question="There is more budget than planned: is holding the peak on as good as having "
    "planned for it?",
    claim="Holding the peak on and cooling down at the new end gives a loss at most 3 % above that "
    "of a run planned for the new budget.",
    topic="cooldown",
    action="If the budget may grow, plan a constant part, and cool down only once the end is "
    "known. If a decay to zero has already ended, start a second one from half the peak; after "
    "one to 10 %, stay there if the budget grows only a little.",
    value="Doubled after the fact, the run ends {same:.1%} above the same plan made for the "
    "double budget, and {more:.1%} above for four times the budget.",
    tradeoff="The freedom has its price: against planned linear decay the doubled run ends "
    "{best:.0%} higher with a 20 % cooldown and {longer:.0%} higher with 40 %. With nearly exact "
    "gradients it ends lower: {calm:.0%}.",
    reasoning="Until the cooldown begins, a longer run would have had the same rates, so that only "
    "the peak is off, being slightly too high for the longer run. A decay that has ended is not "
    "lost either: a second one from half the peak ends {half:.0%} above the best plan for a "
    "doubled budget, less than the price of holding on. From the full peak it is {full:.0%}. For "
    "20 % more, a second decay has too little time ({little_half:.0%}); a cosine that ended at "
    "10 % goes on there and ends {little_stay:.1%} above.",
    not_when="The end is known: then plan for it.",
    conditions="Noisy quadratics of random spectra, planned for 500 updates, each shape at its "
    "best peak for those; then 600, 1000 or 2000 updates in all, the peak unchanged; a seed draws "
    "the problem; exact expected losses. Plans for the new budget have the best peak for it. "
    "Nearly exact: a thousandth of the noise.",
    sources=("haegele-2024", "schaipp-2025", "zhai-2021", "playbook"),
    situations=("extending a run", "pre-training"),
    symptoms=("the horizon changed",),
    related=("H009", "H020", "H033"),
    experiment=experiment,
    seeds=range(1000, 1080),
)
