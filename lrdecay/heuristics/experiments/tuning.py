"""Experiments on tuning the peak rate, and on comparing runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.lab import bound, moons, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, share
from lrdecay.lab.streams import stream

Floats = NDArray[np.float64]


# --- H021: New shape, new peak --------------------------------------------------------------------


def h021(seeds: range) -> Evidence:
    """Keep the old peak, or scale it by the bound's factor, and compare with the retuned one."""
    steps = 1000
    schedules = {
        "constant": lr.Constant(1.0),
        "WSD 10 %": lr.WSD(1.0, steps, decay_steps=steps // 10),
        "WSD 20 %": lr.WSD(1.0, steps, decay_steps=steps // 5),
        "linear": lr.Linear(1.0, steps),
        "cosine": lr.Cosine(1.0, steps),
    }
    switches = {
        "constant_cosine": ("constant", "cosine", "a constant rate becomes a cosine"),
        "wsd_cosine": ("WSD 20 %", "cosine", "WSD (cooldown 20 %) becomes a cosine"),
        "cosine_wsd": ("cosine", "WSD 20 %", "a cosine becomes WSD (cooldown 20 %)"),
        "linear_cosine": ("linear", "cosine", "linear decay becomes a cosine"),
        "wsd_wsd": ("WSD 10 %", "WSD 20 %", "the cooldown of WSD grows from 10 % to 20 %"),
    }
    problem = quadratic.draw(seeds)
    shapes = np.stack([schedule.sample(steps) for schedule in schedules.values()])
    names = list(schedules)
    tuned = quadratic.best(problem, shapes)
    theory = bound.best(shapes).rate
    kept, scaled, factors = {}, {}, {}
    for key, (old, new, _) in switches.items():
        i, j = names.index(old), names.index(new)
        ratio = theory[j] / theory[i]
        tried = tuned.rate[:, i, None] * np.array([1.0, ratio])
        costs = quadratic.rates(problem, shapes[j], tried) / tuned.loss[:, j, None] - 1.0
        kept[key], scaled[key] = (estimate(column) for column in costs.T)
        factors[f"{key}_factor"] = estimate(tuned.rate[:, j] / tuned.rate[:, i])
        factors[f"{key}_bound"] = exact(ratio)
    cases = tuple(
        Case(key, when, kept[key], at_least=0.05) for key, (_, _, when) in switches.items()
    )
    chart = Dots(
        rows=tuple(f"{old} to {new}" for old, new, _ in switches.values()),
        series={
            "old peak kept": tuple(kept.values()),
            "times the bound's factor": tuple(scaled.values()),
        },
        xlabel="final loss above that of the retuned peak (0.1 = 10 %)",
        alt="Median extra loss of five changes of shape. Keeping the peak is dear from constant or "
        "WSD to cosine and back, and free from linear to cosine. Scaling it by the factor of the "
        "convex bound removes most of the cost.",
        caption="From WSD to cosine the old peak costs {wsd_cosine}; times the bound's "
        "{wsd_cosine_bound} it costs {wsd_cosine_scaled}. Linear and cosine share a peak.",
        reference=0.0,
    )
    numbers = factors | {f"{key}_scaled": value for key, value in scaled.items()}
    measure = "median of (final loss with the old peak / with the retuned peak) - 1"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        formats={
            ".0%": ["constant_cosine", "wsd_cosine", "cosine_wsd"],
            ".2%": ["linear_cosine"],
            ".1%": ["wsd_wsd", "wsd_cosine_scaled"],
            ".1f": ["constant_cosine_factor"],
            ".2f": ["constant_cosine_bound", "wsd_cosine_factor", "wsd_cosine_bound"],
        },
    )


# --- H022: Longer run, lower peak -----------------------------------------------------------------


def _four_shapes(steps: int) -> Floats:
    """Return the four shapes over a run of so many steps, with peak 1."""
    wsd = lr.WSD(1.0, steps, decay_steps=steps // 5)
    chosen = (lr.Constant(1.0), wsd, lr.Linear(1.0, steps), lr.Cosine(1.0, steps))
    return np.stack([schedule.sample(steps) for schedule in chosen])


def h022(seeds: range) -> Evidence:
    """Tune four shapes at five horizons, and keep the peak of one at four times its length."""
    horizons = (125, 250, 500, 1000, 2000)
    old_at, new_at = 2, 4  # the run that was tuned, and the one four times as long
    conditions = {
        "constant": "the rate is constant",
        "wsd": "the schedule is WSD with a cooldown of 20 %",
        "linear": "the decay is linear to 0",
        "cosine": "the decay is a cosine to 0",
    }
    names = ("constant", "WSD 20 %", "linear", "cosine")
    problem = quadratic.draw(seeds)
    found = [quadratic.best(problem, _four_shapes(steps)) for steps in horizons]
    old, new = found[old_at], found[new_at]
    theory = np.stack([bound.best(_four_shapes(steps)).rate for steps in horizons])
    # The old peak, the same halved, and the same times the bound's factor, in the long run.
    factors = np.stack([np.ones(4), np.full(4, 0.5), theory[new_at] / theory[old_at]], axis=-1)
    tried = quadratic.rates(problem, _four_shapes(horizons[new_at]), old.rate[..., None] * factors)
    costs = tried / new.loss[..., None] - 1.0
    cases = tuple(
        Case(key, when, estimate(costs[:, i, 0]), at_least=0.05)
        for i, (key, when) in enumerate(conditions.items())
    )
    numbers = {}
    for i, key in enumerate(conditions):
        numbers[f"{key}_peak"] = estimate(new.rate[:, i] / old.rate[:, i])
        numbers[f"{key}_halved"] = estimate(costs[:, i, 1])
        slope = np.polyfit(np.log(horizons), np.log([f.rate[:, i] for f in found]), 1)[0]
        numbers[f"{key}_slope"] = estimate(slope)
        numbers[f"{key}_bound"] = exact(factors[i, 2])
    peaks = [[estimate(f.rate[:, i] / found[0].rate[:, i]) for f in found] for i in range(4)]
    curves = {n: tuple(p.estimate for p in row) for n, row in zip(names, peaks, strict=True)}
    bands = {
        n: (tuple(p.low for p in row), tuple(p.high for p in row))
        for n, row in zip(names, peaks, strict=True)
    }
    curves["bound, cosine"] = tuple((theory[:, 3] / theory[0, 3]).tolist())
    chart = Lines(
        x=tuple(map(float, horizons)),
        curves=curves,
        xlabel="length of the run [updates]",
        ylabel="best peak (1 at 125 updates)",
        alt="Median best peak against the length of the run. All lines fall; that of a constant "
        "rate falls faster than those of decaying schedules, and the convex bound falls fastest.",
        caption="Four times the updates lower the best peak to {constant_peak} of itself at a "
        "constant rate and to {cosine_peak} with a cosine.",
        bands=bands,
    )
    measure = "median of (final loss with the old peak / with the retuned peak) - 1, run 4x as long"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        formats={
            ".1%": ["constant", "wsd", "linear", "cosine", "cosine_halved"],
            ".2f": ["constant_peak", "constant_slope", "wsd_slope", "cosine_peak", "cosine_slope"],
        },
    )


# --- H023: Best at the edge -----------------------------------------------------------------------

STEPS = 1000
RATES = 4  # of a sweep
COSINE = lr.Cosine(1.0, STEPS).sample(STEPS)


def _sweep(
    problem: quadratic.Problem, centres: Floats, factor: float
) -> tuple[Floats, NDArray[np.intp]]:
    """Return the losses of a sweep and of one rate beyond either end, and which is the best.

    The best is an index among the rates of the sweep alone, from 0 to `RATES` - 1.
    """
    huge = 1e9  # a loss for runs that diverge
    powers = np.arange(-1, RATES + 1) - (RATES - 1) / 2
    losses = quadratic.rates(problem, COSINE, centres[:, None] * factor**powers)
    losses = np.minimum(losses, huge)
    return losses, losses[:, 1:-1].argmin(axis=-1)


def h023(seeds: range) -> Evidence:
    """Sweep four rates, placed up to a decade off, and compare the best with the true best."""
    problem = quadratic.draw(seeds)
    found = quadratic.best(problem, COSINE)
    off = np.array([stream("H023.grid", seed).uniform(-1.0, 1.0) for seed in seeds])
    centres = found.rate * 10.0**off
    every = np.arange(len(seeds))

    losses, at = _sweep(problem, centres, 2.0)
    costs = losses[every, at + 1] / found.loss - 1.0
    lowest, highest = at == 0, at == RATES - 1
    inside = ~(lowest | highest)
    beyond = np.where(lowest, losses[:, 0], losses[:, -1]) < losses[every, at + 1]
    low, high, middle = (estimate(costs[which]) for which in (lowest, highest, inside))
    wide = {}
    for factor in (3.0, 10.0):
        losses, at = _sweep(problem, centres, factor)
        held = (at > 0) & (at < RATES - 1)
        wide[factor] = estimate((losses[every, at + 1] / found.loss - 1.0)[held])

    cases = (
        Case("lowest", "the best is the lowest rate tried", low, at_least=0.02),
        Case("highest", "the best is the highest rate tried", high, at_least=0.02),
        Case(
            "inside",
            "the best lies inside, and the rates are a factor 2 apart",
            middle,
            at_least=0.02,
        ),
        Case(
            "coarse",
            "the best lies inside, but the rates are a factor 10 apart",
            wide[10.0],
            at_least=0.02,
        ),
    )
    chart = Dots(
        rows=(
            "× 2, best is the lowest",
            "× 2, best is the highest",
            "× 2, best is inside",
            "× 3, best is inside",
            "× 10, best is inside",
        ),
        series={"": (low, high, middle, wide[3.0], wide[10.0])},
        xlabel="final loss above that of the true best peak (0.1 = 10 %)",
        alt="Median loss of the best of four rates above that of the true best peak. A best at "
        "either end of a factor-2 sweep and one inside of a factor-10 sweep cost several per "
        "cent, a best inside of a factor-2 sweep almost nothing.",
        caption="A best at the lower end costs {lowest}, at the upper end {highest}, "
        "inside {inside}. Steps of 10 are too coarse wherever the best lies: {coarse}.",
        reference=0.0,
    )
    edge = lowest | highest
    numbers = {
        "better": share(int(np.count_nonzero(beyond & edge)), int(np.count_nonzero(edge))),
        "third": wide[3.0],
        "worst": estimate(costs[edge], lambda x, axis: np.quantile(x, 0.9, axis=axis)),
    }
    measure = "median of (final loss with the best of the sweep / with the true best peak) - 1"
    return Evidence(
        measure, cases, chart, numbers, format=".1%", formats={".0%": ["better", "worst"]}
    )


# --- H024: Short-horizon tuning -------------------------------------------------------------------


def _two_shapes(steps: int) -> Floats:
    """Return linear decay and WSD over a run of so many steps, with peak 1."""
    wsd = lr.WSD(1.0, steps, decay_steps=steps // 5)
    return np.stack([lr.Linear(1.0, steps).sample(steps), wsd.sample(steps)])


def h024(seeds: range) -> Evidence:
    """Tune on the next update, the first tenth of the run, and a run of a tenth of the length."""
    steps = 1000
    short = steps // 10
    problem = quadratic.draw(seeds)
    long = _two_shapes(steps)
    full = quadratic.best(problem, long)
    early = quadratic.best(problem, long[:, :short])
    own = quadratic.best(problem, _two_shapes(short))

    greedy = quadratic.greedy(problem, steps)
    final = [quadratic.loss(problem[i], lrs).item() for i, lrs in enumerate(greedy)]
    linear_sum = full.rate[:, 0] * long[0].sum()
    peaks = {
        "greedy": greedy.sum(axis=-1) / linear_sum,
        "early_linear": early.rate[:, 0] / full.rate[:, 0],
        "early_wsd": early.rate[:, 1] / full.rate[:, 1],
        "own_linear": own.rate[:, 0] / full.rate[:, 0],
        "own_wsd": own.rate[:, 1] / full.rate[:, 1],
    }
    costs = {"greedy_cost": estimate(np.array(final) / full.loss[:, 0] - 1.0)}
    for name, found in (("early", early), ("own", own)):
        losses = quadratic.rates(problem, long, found.rate[..., None])[..., 0] / full.loss - 1.0
        costs[f"{name}_linear_cost"] = estimate(losses[:, 0])
        costs[f"{name}_wsd_cost"] = estimate(losses[:, 1])
    when = {
        "greedy": "each rate is chosen for the next update alone",
        "early_linear": "runs with linear decay are compared after a tenth of the way",
        "early_wsd": "runs with WSD are compared after a tenth of the way",
        "own_linear": "a run of a tenth of the length has a linear decay of its own",
        "own_wsd": "a run of a tenth of the length has a WSD of its own",
    }
    effects = {key: estimate(values) for key, values in peaks.items()}
    cases = tuple(Case(key, words, effects[key], at_most=0.8) for key, words in when.items())
    chart = Dots(
        rows=(
            "next update (greedy)",
            "first tenth, linear",
            "first tenth, WSD",
            "short run, linear",
            "short run, WSD",
        ),
        series={"": tuple(effects.values())},
        xlabel="chosen rate / best rate of the full run",
        alt="Median of the chosen rate over the best one. Greedy tuning is far below 1, the first "
        "tenth of a linear decay half of it, the first tenth of WSD near 1; short runs with a "
        "decay of their own are above 1.",
        caption="Looking one update ahead gives {greedy} of the best rate; a short run with "
        "its own decay gives {own_linear} times the best: the opposite mistake.",
        reference=1.0,
    )
    return Evidence(
        "median of chosen rate / best rate of the full run",
        cases,
        chart,
        costs,
        format=".2f",
        formats={
            ".1f": ["own_linear"],
            ".0%": ["greedy_cost"],
            ".1%": ["early_linear_cost", "early_wsd_cost", "own_linear_cost", "own_wsd_cost"],
        },
    )


# --- H025: LR range test --------------------------------------------------------------------------


def _rising(updates: int) -> Floats:
    """Return the rates of a range test, from 1e-7 to 10."""
    return 1e-7 * 1e8 ** (np.arange(updates) / updates)


def _suggest(rates: Floats, losses: Floats) -> tuple[float, float]:
    """Return the rate of the steepest fall, and a tenth of that of the least smoothed loss."""
    smoothing = 0.98
    average, least, smooth = 0.0, np.inf, []
    for k, loss in enumerate(losses):
        average = smoothing * average + (1.0 - smoothing) * loss
        smooth.append(average / (1.0 - smoothing ** (k + 1)))
        least = min(least, smooth[-1])
        if not smooth[-1] <= 4.0 * least:  # diverged: the test stops
            break
    first = len(rates) // 10
    curve = np.array(smooth)[first:-5]
    tried = rates[first : first + len(curve)]
    slopes = np.diff(curve) / np.diff(np.log(tried))
    return tried[slopes.argmin()], tried[curve.argmin()] / 10.0


def h025(seeds: range) -> Evidence:
    """Run the range test on quadratics and on the moons, and compare with the best peaks."""
    steps = 1000  # of a run on a quadratic
    demo_steps = 100  # of a run on the moons
    peaks = 2.0 ** np.arange(-3.0, 1.1, 0.5)  # swept on the moons
    suggested = ("steep", "tenth")
    problem = quadratic.draw(seeds)
    linear = lr.Linear(1.0, steps).sample(steps)
    found = quadratic.best(problem, linear)

    def tested(updates: int) -> Floats:
        curves = quadratic.loss(problem, _rising(updates), curve=True)[:, :-1]
        return np.array([_suggest(_rising(updates), curve) for curve in curves])

    picks = {"quadratic": tested(100)}
    best = {"quadratic": found.rate}

    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + 100)
    sweep = peaks[:, None] * lr.Linear(1.0, demo_steps).sample(demo_steps)
    tuning = moons.run(sweep, elsewhere, batch_size=10, curves=False, test_points=2, workers=1)
    peak = peaks[np.median(tuning.final_loss, axis=-1).argmin()]
    tests = moons.run(_rising(100), seeds, batch_size=10, test_points=2, workers=1)
    picks["moons"] = np.array([_suggest(_rising(100), curve) for curve in tests.loss])
    best["moons"] = np.full(len(seeds), peak)

    close, spread = {}, {}
    numbers: dict[str, Interval] = {}
    for world, chosen in picks.items():
        for i, name in enumerate(suggested):
            ratio = chosen[:, i] / best[world]
            key = f"{world}_{name}"
            off = np.abs(np.log(ratio))
            close[key] = share(int(np.count_nonzero(off <= np.log(2.0))), len(seeds))
            numbers[f"{key}_ten"] = share(int(np.count_nonzero(off <= np.log(10.0))), len(seeds))
            numbers[f"{key}_ratio"] = estimate(ratio)
            ends = np.quantile(ratio, (0.5, 0.05, 0.95)).tolist()
            spread[key] = Interval(*ends, len(seeds))
    costs = quadratic.rates(problem, linear, picks["quadratic"]) / found.loss[:, None] - 1.0
    for i, name in enumerate(suggested):
        numbers[f"{name}_cost"] = estimate(costs[:, i])
        numbers[f"{name}_slow"] = estimate(tested(500)[:, i] / picks["quadratic"][:, i])
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
        caption="The suggestion is within a factor of 2 of the best peak in {quadratic_steep} "
        "of cases at best, and in {moons_tenth} at worst.",
        reference=1.0,
        log=True,
    )
    measure = "share of cases with a suggestion within a factor of 2 of the best peak"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        format=".0%",
        formats={
            ".3g": [
                "quadratic_steep_ratio",
                "quadratic_tenth_ten",
                "quadratic_tenth_ratio",
                "moons_steep_ratio",
                "moons_tenth_ten",
                "moons_tenth_ratio",
            ],
            ".1%": ["steep_cost", "tenth_cost"],
            ".2f": ["steep_slow", "tenth_slow"],
        },
    )


# --- H026: One seed -------------------------------------------------------------------------------


def _right(differences: Floats, size: int, truth: float) -> Interval:
    """Return how often the mean of so many differences has the sign of the truth."""
    groups = len(differences) // size
    means = differences[: groups * size].reshape(groups, size).mean(axis=-1)
    return share(int(np.count_nonzero(np.sign(means) == np.sign(truth))), groups)


def h026(seeds: range) -> Evidence:
    """Train pairs of settings over many seeds, and rank them by groups of few."""
    steps = 100
    cosine = lr.Cosine(0.7, steps)
    pairs = {
        "quarter": ("peak / 4", lr.Cosine(0.175, steps), cosine),
        "decay": ("no decay", lr.Constant(0.5), lr.WSD(0.5, steps, decay_steps=steps // 5)),
        "half": ("peak / 2", lr.Cosine(0.35, steps), cosine),
        "shape": ("linear, cosine", cosine, lr.Linear(0.7, steps)),
    }
    conditions = {
        "quarter": "one peak is a quarter of the other",
        "decay": "one setting decays and the other does not",
        "half": "one peak is half of the other",
        "shape": "the settings are linear and cosine decay at one peak",
    }
    sizes = (1, 2, 3, 5, 10, 20)  # seeds a setting
    schedules = [schedule for _, *both in pairs.values() for schedule in both]
    unique = list(dict.fromkeys(schedules))
    runs = moons.run(
        unique, seeds, steps=steps, batch_size=10, curves=False, test_points=2, workers=1
    )
    final: NDArray[np.float64] = np.where(runs.diverged, moons.EXPLODED, runs.final_loss)
    found: dict[str, list[Interval]] = {}
    unpaired = {}
    for key, (_, worse, better) in pairs.items():
        high, low = final[unique.index(worse)], final[unique.index(better)]
        truth = float((high - low).mean())
        found[key] = [_right(high - low, size, truth) for size in sizes]
        # Each setting on a seed of its own.
        unpaired[f"{key}_unpaired"] = _right(np.roll(high, 1) - low, 1, truth)
    cases = tuple(Case(key, when, found[key][0], at_least=0.9) for key, when in conditions.items())
    chart = Lines(
        x=tuple(map(float, sizes)),
        curves={name: tuple(f.estimate for f in found[key]) for key, (name, *_) in pairs.items()},
        xlabel="seeds per setting",
        ylabel="share of correct rankings",
        alt="How often a mean over 1 to 20 seeds ranks two settings as all seeds do. A peak of a "
        "quarter is told apart by one seed; half the peak, decay against none and linear against "
        "cosine start much lower and need several seeds, the last the most.",
        caption="One seed ranks linear and cosine decay right in {shape} of cases, 10 seeds in "
        "{shape_10}.",
        bands={
            name: (tuple(f.low for f in found[key]), tuple(f.high for f in found[key]))
            for key, (name, *_) in pairs.items()
        },
    )
    ten = sizes.index(10)
    numbers = unpaired | {f"{key}_10": row[ten] for key, row in found.items()}
    measure = "share of seeds that rank the two settings as the mean over all seeds does"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".3g": ["quarter_unpaired", "half_unpaired", "shape_unpaired", "quarter_10"]},
    )
