"""Does the learning-rate range test find the best peak?"""

from __future__ import annotations

import numpy as np

from ...charts import Dots
from ...families.linear import Linear
from ...lab import moons, quadratic
from ...lab._rates import Floats
from ...lab.stats import Interval, bootstrap, share
from ..evidence import Case, Evidence
from ..rule import Rule

STEPS = 1000  # of a run on a quadratic
MOONS = 100  # of a run on the moons
PEAKS = 2.0 ** np.arange(-3.0, 1.1, 0.5)  # swept on the moons
SMOOTHING = 0.98
SUGGESTED = ("steep", "tenth")


def rising(updates: int) -> Floats:
    """Return the rates of a range test, from 1e-7 to 10."""
    return 1e-7 * 1e8 ** (np.arange(updates) / updates)


def suggest(rates: Floats, losses: Floats) -> tuple[float, float]:
    """Return the rate of the steepest fall, and a tenth of that of the least smoothed loss."""
    average, least, smooth = 0.0, np.inf, []
    for k, loss in enumerate(losses):
        average = SMOOTHING * average + (1.0 - SMOOTHING) * loss
        smooth.append(average / (1.0 - SMOOTHING ** (k + 1)))
        least = min(least, smooth[-1])
        if not smooth[-1] <= 4.0 * least:  # diverged: the test stops
            break
    first = len(rates) // 10
    curve = np.array(smooth)[first:-5]
    tried = rates[first : first + len(curve)]
    slopes = np.diff(curve) / np.diff(np.log(tried))
    return tried[slopes.argmin()], tried[curve.argmin()] / 10.0


def experiment(seeds: range) -> Evidence:
    """Run the range test on quadratics and on the moons, and compare with the best peaks."""
    problem = quadratic.draw(seeds)
    linear = Linear(1.0, STEPS).sample(STEPS)
    found = quadratic.best(problem, linear)

    def tested(updates: int) -> Floats:
        curves = quadratic.loss(problem, rising(updates), curve=True)[:, :-1]
        return np.array([suggest(rising(updates), curve) for curve in curves])

    picks = {"quadratic": tested(100)}
    best = {"quadratic": found.rate}

    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + 100)
    sweep = PEAKS[:, None] * Linear(1.0, MOONS).sample(MOONS)
    tuning = moons.run(sweep, elsewhere, batch_size=10, curves=False, test_points=2, workers=1)
    peak = PEAKS[np.median(tuning.final_loss, axis=-1).argmin()]
    tests = moons.run(rising(100), seeds, batch_size=10, test_points=2, workers=1)
    picks["moons"] = np.array([suggest(rising(100), curve) for curve in tests.loss])
    best["moons"] = np.full(len(seeds), peak)

    close, spread = {}, {}
    numbers: dict[str, Interval] = {}
    for world, chosen in picks.items():
        for i, name in enumerate(SUGGESTED):
            ratio = chosen[:, i] / best[world]
            key = f"{world}_{name}"
            off = np.abs(np.log(ratio))
            close[key] = share(int(np.count_nonzero(off <= np.log(2.0))), len(seeds))
            numbers[f"{key}_ten"] = share(int(np.count_nonzero(off <= np.log(10.0))), len(seeds))
            numbers[f"{key}_ratio"] = bootstrap(ratio)
            ends = np.quantile(ratio, (0.5, 0.05, 0.95)).tolist()
            spread[key] = Interval(*ends, len(seeds))
    costs = quadratic.rates(problem, linear, picks["quadratic"]) / found.loss[:, None] - 1.0
    for i, name in enumerate(SUGGESTED):
        numbers[f"{name}_cost"] = bootstrap(costs[:, i])
        numbers[f"{name}_slow"] = bootstrap(tested(500)[:, i] / picks["quadratic"][:, i])
    when = {
        "quadratic_steep": "the steepest fall is taken, on quadratics",
        "quadratic_tenth": "a tenth of the rate of the least loss is taken, on quadratics",
        "moons_steep": "the steepest fall is taken, on a small network",
        "moons_tenth": "a tenth of the rate of the least loss is taken, on a small network",
    }
    cases = tuple(Case(key, words, close[key], at_least=0.8) for key, words in when.items())
    rows = ("quadratics, steepest", "quadratics, least / 10", "network, steepest")
    chart = Dots(
        rows=(*rows, "network, least / 10"),
        series={"": tuple(spread.values())},
        xlabel="suggested / best peak: median, 5 % to 95 % of cases",
        alt="Suggested over best peak on a logarithmic axis, for two ways to read the test on "
        "quadratics and on a small network. All spread widely; only the steepest fall on "
        "quadratics lies around 1, the others are lower.",
        caption="The suggestion is within a factor of 2 of the best peak in {quadratic_steep:.0%} "
        "of cases at best, and in {moons_tenth:.0%} at worst.",
        reference=1.0,
        log=True,
    )
    measure = "share of cases with a suggestion within a factor of 2 of the best peak"
    return Evidence(measure, cases, chart, numbers)


RULE = Rule(
    id="H025",
    name="LR range test",
    question="Can a range test (LR finder) replace a sweep of the peak rate?",
    claim="The peak that a range test suggests lies within a factor of 2 of the best one in at "
    "least 80 % of cases.",
    topic="tuning",
    action="Use a range test to find where training diverges and where to centre a sweep. Do not "
    "take its suggestion as the peak.",
    value="It costs 100 updates and gives the order of magnitude: the steepest fall is within a "
    "factor of 10 of the best peak in {quadratic_steep_ten:.0%} of quadratics and "
    "{moons_steep_ten:.0%} of runs of the network. A suggestion taken as it is ends "
    "{steep_cost:.1%} (steepest) or {tenth_cost:.1%} (a tenth of the rate of the least loss) above "
    "the best peak on quadratics.",
    tradeoff="The test measures how fast the loss falls at first. The best peak depends on the "
    "noise at the end and on the schedule, which the test never sees.",
    reasoning="The suggestion depends on the test: five times as many updates over the same range "
    "move it on quadratics by a factor of {steep_slow:.2f} (steepest) and {tenth_slow:.2f} (a "
    "tenth of the rate of the least loss), while the best peak stays where it is. It knows neither "
    "the length of the run nor the shape: a constant rate wants a far lower peak than a linear "
    "decay. On the quadratics the test saw the expected loss, without the scatter of batches, and "
    "on the network the loss of all points: a real test is noisier than these.",
    not_when="You want the upper limit and not the best peak: the rate at which the test diverges "
    "is a limit for the sweep.",
    conditions="Range test as in fastai: 100 updates, rates from 1e-7 to 10, smoothing 0.98, stop "
    "at 4 times the least loss; its default reading, the valley, was left out: on losses without "
    "noise it lies halfway between the first rate and that of the least loss. Linear decay to 0 "
    "over 1000 updates on noisy quadratics (a seed draws the problem) and over 100 on micrograd's "
    "network with batches of 10, whose best peak comes from a sweep on 100 other seeds.",
    sources=("smith-2015", "fastai-code"),
    situations=("tuning the peak rate", "starting a run"),
    symptoms=("no budget to tune",),
    related=("H021", "H023", "H024", "H028"),
    experiment=experiment,
    seeds=range(600),
)
