"""Experiments on how a run should end, and on how shapes of decay compare."""

from __future__ import annotations

import numpy as np

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.lab import bound, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, share
from lrdecay.lab.streams import stream

# --- H007: Linear to zero as default --------------------------------------------------------------


def _nine(steps: int) -> dict[str, np.ndarray]:
    """Return the learning rates of each schedule, with peak 1."""
    schedules = {
        "linear to 0": lr.Linear(1.0, steps),
        "cosine to 0": lr.Cosine(1.0, steps),
        "cosine to 10 %": lr.Cosine(1.0, steps, 0.1),
        "exponential to 1 %": lr.Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "(1 - x) squared": lr.Polynomial(1.0, steps, 2),
        "WSD, last 20 %": lr.WSD(1.0, steps, steps // 5),
        "three drops by 10": lr.MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "inverse root": lr.InverseSqrt(1.0, steps / 100),
        "constant": lr.Constant(1.0),
    }
    return {name: schedule.sample(steps) for name, schedule in schedules.items()}


def h007(seeds: range) -> Evidence:
    """Tune the peak of nine schedules on three populations of problems."""
    steps = 1000
    # Exponents of the curvatures h_i = i^-a.
    spectra = {"slow": (1.0, 1.2), "middle": (1.4, 1.6), "fast": (1.8, 2.0)}
    curves = _nine(steps)
    regrets = {}
    for key, exponents in spectra.items():
        problems = quadratic.draw(seeds, exponent=exponents)
        losses = quadratic.best(problems, np.stack([*curves.values()])).loss
        found = losses / losses.min(axis=-1, keepdims=True) - 1
        regrets[key] = [estimate(column) for column in found.T]
    short = quadratic.best(quadratic.draw(seeds), np.stack([*_nine(100).values()])).loss
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
        "short": estimate(short[:, 0] / short.min(axis=-1) - 1),
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
        caption="Linear to zero is within {middle} of the best until curvatures fall fast; "
        "there schedules that fall sooner beat it by {fast}.",
        reference=0.02,
    )
    return Evidence(
        "median final loss above the best of nine schedules",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={".0%": ["constant_slow", "constant_fast", "short_wins"]},
    )


# --- H008: To zero or to a tenth ------------------------------------------------------------------


def _pairs(steps: int) -> np.ndarray:
    """Return three shapes, each to 0 and to a tenth: (3, 2, steps)."""
    tenth = 0.1
    both = (0.0, tenth)
    return np.array(
        [
            [lr.Linear(1.0, steps, final).sample(steps) for final in both],
            [lr.Cosine(1.0, steps, final).sample(steps) for final in both],
            [lr.WSD(1.0, steps, steps // 5, final_lr=final).sample(steps) for final in both],
        ]
    )


def h008(seeds: range) -> Evidence:
    """Compare schedules that end at 0 and at a tenth, in runs of four lengths."""
    lengths = (100, 300, 1000, 5000)
    shapes = ("linear", "cosine", "WSD, last 20 %")
    problems = quadratic.draw(seeds)
    costs: dict[str, list[Interval]] = {name: [] for name in shapes}
    bounds = {}
    for steps in lengths:
        losses = quadratic.best(problems, _pairs(steps)).loss
        for i, name in enumerate(shapes):
            costs[name].append(estimate(losses[:, i, 1] / losses[:, i, 0] - 1))
        bounds[steps] = bound.best(_pairs(steps)).value
    linear, cosine, wsd = costs.values()
    least = 0.01
    cases = (
        Case("linear_100", "a linear decay takes 100 updates", linear[0], at_least=least),
        Case("linear_1000", "a linear decay takes 1,000 updates", linear[2], at_least=least),
        Case("linear_5000", "a linear decay takes 5,000 updates", linear[3], at_least=least),
        Case("cosine_100", "a cosine takes 100 updates", cosine[0], at_least=least),
        Case("cosine_1000", "a cosine takes 1,000 updates", cosine[2], at_least=least),
        Case("cosine_5000", "a cosine takes 5,000 updates", cosine[3], at_least=least),
    )
    numbers = {"wsd_5000": wsd[3]}
    numbers |= {
        f"bound_{name}_{steps}": exact(float(bounds[steps][i, 1] / bounds[steps][i, 0] - 1))
        for i, name in enumerate(("linear", "cosine"))
        for steps in (100, 5000)
    }
    chart = Lines(
        x=tuple(map(float, lengths)),
        curves={name: tuple(c.estimate for c in row) for name, row in costs.items()},
        bands={
            name: (tuple(c.low for c in row), tuple(c.high for c in row))
            for name, row in costs.items()
        },
        xlabel="updates in the run",
        ylabel="relative cost of ending at 10 %",
        alt="What it costs to end at a tenth of the peak instead of at zero, against the length of "
        "the run. All curves rise from below zero: linear crosses first, "
        "then the other two.",
        caption="In short runs a floor of 10 % helps, in long ones it hurts: linear "
        "{linear_100} at 100 updates and {linear_5000} at 5,000, cosine {cosine_100} "
        "and {cosine_5000}.",
        log="x",
    )
    return Evidence(
        "median loss ending at 10 % / ending at 0, minus 1", cases, chart, numbers, format=".1%"
    )


# --- H009: Cosine as long as the run --------------------------------------------------------------


def h009(seeds: range) -> Evidence:
    """Cut cosines off that were planned for longer runs."""
    steps = 1000
    cycles = (1.0, 1.1, 1.25, 1.5, 2.0)  # the lengths that Hoffmann et al. compared, but for 5
    finals = {"to 0": 0.0, "to 10 %": 0.1}
    shapes = np.array(
        [
            [lr.Cosine(1.0, round(steps * c), f).sample(steps) for c in cycles]
            for f in finals.values()
        ]
    )
    problems = quadratic.draw(seeds)
    best = quadratic.best(problems, shapes)
    exact_end = best.loss[..., :1]
    peaks = np.broadcast_to(best.rate[..., :1, None], (*best.rate.shape, 1))
    untuned = quadratic.rates(problems, shapes, peaks)[..., 0] / exact_end - 1
    tuned = best.loss / exact_end - 1
    bounds = bound.best(shapes).value
    zero, tenth = ([estimate(c) for c in tuned[:, i].T] for i in range(2))
    cases = (
        Case("zero_110", "a cosine to 0 is 1.1 times the run", zero[1], at_least=0.02),
        Case("zero_125", "a cosine to 0 is 1.25 times the run", zero[2], at_least=0.02),
        Case("zero_150", "a cosine to 0 is 1.5 times the run", zero[3], at_least=0.02),
        Case("tenth_125", "a cosine to 10 % is 1.25 times the run", tenth[2], at_least=0.02),
    )
    numbers = {
        "zero_200": zero[4],
        "tenth_110": tenth[1],
        "tenth_200": tenth[4],
        "untuned_200": estimate(untuned[:, 0, 4]),
        "peak_200": estimate(best.rate[:, 0, 4] / best.rate[:, 0, 0]),
        "bound_110": exact(float(bounds[0, 1] / bounds[0, 0] - 1)),
        "bound_125": exact(float(bounds[0, 2] / bounds[0, 0] - 1)),
        "bound_200": exact(float(bounds[0, 4] / bounds[0, 0] - 1)),
        "left_110": exact(float(shapes[0, 1, -1])),
        "left_125": exact(float(shapes[0, 2, -1])),
        "left_200": exact(float(shapes[0, 4, -1])),
    }
    rows: dict[str, list[Interval]] = {"to 0": zero, "to 10 %": tenth}
    curves = {name: tuple(c.estimate for c in row) for name, row in rows.items()}
    curves["to 0, worst-case bound"] = tuple((bounds[0] / bounds[0, 0] - 1).tolist())
    chart = Lines(
        x=cycles,
        curves=curves,
        bands={
            name: (tuple(c.low for c in row), tuple(c.high for c in row))
            for name, row in rows.items()
        },
        xlabel="length of the cosine / length of the run",
        ylabel="relative cost in final loss",
        alt="What it costs to plan a cosine longer than the run. To zero the curve dips below 0 at "
        "1.1 and rises beyond 1.25; to 10 % it rises from the start. The bound follows the first.",
        caption="A cosine to zero that is 1.1 times too long changes the loss by {zero_110}, "
        "one of twice the run by {zero_200}.",
    )
    return Evidence(
        "median loss / that of the exact length, minus 1",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={
            ".0%": ["zero_200", "tenth_200", "untuned_200", "bound_200", "left_200"],
            ".2f": ["peak_200"],
        },
    )


# --- H010: Cosine or step decay -------------------------------------------------------------------


def h010(seeds: range) -> Evidence:
    """Tune the peak of a cosine to zero and of four step decays."""
    steps = 1000
    stepped = {
        "drops": lr.MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "one": lr.MultiStep(1.0, (7 * steps // 10,)),
        "late": lr.MultiStep(1.0, (8 * steps // 10, 9 * steps // 10), 0.1**0.5),
        "many": lr.Step(1.0, steps // 10, 0.01**0.1),
    }
    labels = {
        "drops": "three drops by 10 (1/3, 2/3, 8/9)",
        "one": "one drop by 10 (70 %)",
        "late": "two drops by 3.2 (80, 90 %)",
        "many": "a drop by 1.6 every 10 %",
    }
    cosine = lr.Cosine(1.0, steps).sample(steps)
    shapes = np.stack([cosine, *(s.sample(steps) for s in stepped.values())])
    smooth = [lr.Exponential(1.0, gamma=end ** (1 / steps)).sample(steps) for end in (0.01, 0.001)]
    losses = quadratic.best(quadratic.draw(seeds), np.vstack([shapes, smooth[1:]])).loss
    bounds = bound.best(np.vstack([shapes, smooth[:1]])).value
    worse = dict(zip(stepped, losses[:, 1:-1].T / losses[:, 0] - 1, strict=True))
    costs = {key: estimate(values) for key, values in worse.items()}
    words = {
        "drops": "the rate drops by 10 three times",
        "one": "the rate drops by 10 once",
        "late": "the rate drops by 3.2 twice",
        "many": "the rate drops by 1.6 every tenth of the run",
    }
    cases = tuple(Case(key, words[key], costs[key], at_least=0.02) for key in stepped)
    numbers = {
        f"bound_{key}": exact(float(bounds[i] / bounds[0] - 1))
        for i, key in enumerate([*stepped, "smooth"], start=1)
    }
    numbers["smooth_drops"] = estimate(losses[:, -1] / losses[:, 0] - 1)
    numbers["wins_drops"] = share(int(np.count_nonzero(worse["drops"] > 0)), len(seeds))
    numbers["wins_many"] = share(int(np.count_nonzero(worse["many"] > 0)), len(seeds))
    chart = Dots(
        rows=tuple(labels.values()),
        series={"": tuple(costs.values())},
        xlabel="final loss above that of a cosine to 0 (relative)",
        alt="How much higher four step decays end than a cosine. Three drops by 10 are worst, then "
        "one drop, then two late ones. Many small drops end level with the cosine.",
        caption="Few deep drops cost: three by 10 end {drops} higher. A drop by 1.6 every "
        "tenth of the run ends level with the cosine ({many}).",
        reference=0.0,
    )
    return Evidence(
        "median loss of step decay / cosine, minus 1",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["late", "bound_late"], "+.1%": ["many"]},
    )


# --- H011: Any decay rather than none -------------------------------------------------------------


def _other_nine(steps: int) -> dict[str, np.ndarray]:
    """Return the learning rates of each schedule, with peak 1; the constant one last."""
    schedules = {
        "linear to 0": lr.Linear(1.0, steps),
        "cosine to 0": lr.Cosine(1.0, steps),
        "(1 - x) squared": lr.Polynomial(1.0, steps, 2),
        "exponential to 1 %": lr.Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "WSD, last half": lr.WSD(1.0, steps, steps // 2),
        "WSD, last tenth": lr.WSD(1.0, steps, steps // 10),
        "inverse root": lr.InverseSqrt(1.0, steps / 100),
        "three drops by 10": lr.MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "constant": lr.Constant(1.0),
    }
    return {name: schedule.sample(steps) for name, schedule in schedules.items()}


def h011(seeds: range) -> Evidence:
    """Set the spread among tuned decays against what no decay costs."""
    lengths = (100, 1000)
    n_gradual = 5  # so many of the shapes below fall over half of the run or more, to 1 % or less
    problems = quadratic.draw(seeds)
    names = [*_other_nine(lengths[0])][:-1]
    regained, spread, among = {}, {}, {}
    for steps in lengths:
        losses = quadratic.best(problems, np.stack([*_other_nine(steps).values()])).loss
        decays, constant = losses[:, :-1], losses[:, -1:]
        least = decays.min(axis=-1, keepdims=True)
        parts = (constant - decays) / (constant - least)
        regained[f"{steps:,} updates"] = tuple(estimate(column) for column in parts.T)
        some = decays[:, :n_gradual]
        best = some.min(axis=-1)
        gradual = (some.max(axis=-1) - best) / (constant[:, 0] - best)
        whole = (decays.max(axis=-1) - least[:, 0]) / (constant - least)[:, 0]
        spread[steps] = (estimate(gradual), estimate(whole))
        among[steps] = estimate(some.max(axis=-1) / best - 1)
    most = 0.25
    cases = (
        Case("gradual", "both are gradual and the run is long", spread[1000][0], at_most=most),
        Case("short", "both are gradual and the run is short", spread[100][0], at_most=most),
        Case("whole", "deep drops and short cooldowns count too", spread[1000][1], at_most=most),
    )
    last = regained["1,000 updates"]
    numbers = {
        "relative": among[1000],
        "tenth": last[names.index("WSD, last tenth")],
        "drops": last[names.index("three drops by 10")],
        "root": last[names.index("inverse root")],
    }
    chart = Dots(
        rows=tuple(names),
        series=regained,
        xlabel="share of what decay can gain over a constant rate",
        alt="The share of the best gain over a constant rate that eight decays reach. In long runs "
        "the five gradual ones reach most of it; a short cooldown, the inverse root and three "
        "drops far less. In short runs they scatter more, and three drops end above the constant.",
        caption="Among gradual decays of 1,000 updates the choice is worth {gradual} of what "
        "decay itself is worth; a 10 % cooldown gets {tenth}, three drops {drops}.",
        reference=1.0,
    )
    return Evidence(
        "spread among decays / gain over no decay",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["relative"]},
    )


# --- H012: The last update at rate zero -----------------------------------------------------------


def _pair(values: int) -> np.ndarray:
    """Return lines that reach 0 after the last of so many values, and at the last one."""
    return np.stack(
        [lr.Linear(1.0, values).sample(values), lr.Linear(1.0, values - 1).sample(values)]
    )


def h012(seeds: range) -> Evidence:
    """Compare linear decays whose last value is above 0 and at 0, an update and an epoch each."""
    steps = 1000
    counts = (5, 10, 30, 100, 300, 1000)
    problems = quadratic.draw(seeds)

    def cost(lrs: np.ndarray) -> Interval:
        good, wasted = quadratic.best(problems, lrs).loss.T
        return estimate(wasted / good - 1)

    updates = {n: cost(_pair(n)) for n in counts}
    epochs = {n: cost(_pair(n)[:, np.arange(steps) * n // steps]) for n in counts[:-1]}
    epochs[steps] = updates[steps]
    bounds = bound.best(_pair(10)).value
    least = 0.01
    cases = (
        Case("epochs_10", "the rate is set once an epoch, 10 times", epochs[10], at_least=least),
        Case("epochs_100", "the rate is set once an epoch, 100 times", epochs[100], at_least=least),
        Case("updates_10", "the run has 10 updates", updates[10], at_least=least),
        Case("updates_100", "the run has 100 updates", updates[100], at_least=least),
        Case("updates_1000", "the run has 1,000 updates", updates[1000], at_least=least),
    )
    numbers = {
        "epochs_30": epochs[30],
        "bound_10": exact(float(bounds[1] / bounds[0] - 1)),
        "last_used": exact(float(_pair(steps)[0, -1])),
        # its default ends just above 0
        "one_cycle": exact(
            float(lr.dialects.torch.OneCycleLR(1.0, total_steps=steps).sample(steps)[-1])
        ),
    }
    rows = {"a value an epoch (1,000 updates)": epochs, "a value an update": updates}
    chart = Lines(
        x=tuple(map(float, counts)),
        curves={name: tuple(row[n].estimate for n in counts) for name, row in rows.items()},
        bands={
            name: (tuple(row[n].low for n in counts), tuple(row[n].high for n in counts))
            for name, row in rows.items()
        },
        xlabel="values of the rate in the run",
        ylabel="relative cost of a last 0",
        alt="What a last value of zero costs, against the number of values in the run, on "
        "logarithmic axes: two straight lines that fall in proportion, one for values an epoch, "
        "one for values an update.",
        caption="Ten times as many values, a tenth of the cost: {epochs_10} when each of 10 "
        "epochs has one rate, {updates_1000} when each of 1,000 updates has.",
        log="xy",
    )
    return Evidence(
        "median loss with a last value of 0 / above 0, minus 1",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={
            ".2%": ["epochs_100", "updates_100", "updates_1000"],
            ".3f": ["last_used"],
            ".0e": ["one_cycle"],
        },
    )


# --- H013: 1/t in a finite run --------------------------------------------------------------------


def _falls(steps: int) -> np.ndarray:
    """Return linear decay, then 1 / (1 + k / onset) for each onset, then 1 / (1 + k)."""
    onsets = np.geomspace(0.003, 0.3, 7)  # of the fall, as a share of the run
    falls = [lr.InverseTime(1.0, 1 / (onset * steps)) for onset in onsets]
    schedules = [lr.Linear(1.0, steps), *falls, lr.InverseTime(1.0, 1.0)]
    return np.stack([schedule.sample(steps) for schedule in schedules])


def _spanning(span: float, noise: np.ndarray) -> quadratic.Problem:
    """Return problems whose curvatures are even in the logarithm from 1 / span to 1."""
    directions = 20
    h = np.geomspace(1.0, 1.0 / span, directions)
    return quadratic.Problem(h, noise[:, None] * h, 1.0)


def _compare(problems: quadratic.Problem, steps: int) -> tuple[Interval, Interval]:
    """Return how far 1/t ends above linear: with onset and scale tuned, and with scale alone."""
    losses = quadratic.best(problems, _falls(steps)).loss
    linear, tuned = losses[:, 0], losses[:, 1:].min(axis=-1)
    return estimate(tuned / linear - 1), estimate(losses[:, -1] / linear - 1)


def h013(seeds: range) -> Evidence:
    """Compare tuned 1/t with tuned linear decay on four kinds of problem and run length."""
    lengths = (100, 300, 1000, 2000)
    spans = (1.0, 10.0, 1000.0)  # largest / smallest curvature
    noise = np.array([0.5 * 20 ** stream("H013.noise", seed).random() for seed in seeds])
    worlds = {
        "one": _spanning(spans[0], noise),
        "ten": _spanning(spans[1], noise),
        "thousand": _spanning(spans[2], noise),
        "law": quadratic.draw(seeds),
    }
    found = {key: [_compare(world, t) for t in lengths] for key, world in worlds.items()}
    tuned = {key: [pair[0] for pair in row] for key, row in found.items()}
    at, most = lengths.index(1000), -0.02
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
        x=tuple(map(float, lengths)),
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
        caption="A longer run helps 1/t where curvatures are close together ({one} after 1,000 "
        "updates when all are alike) and hurts it where they are spread ({law} on power laws).",
        log="x",
    )
    return Evidence(
        "median loss of 1/t / linear decay, minus 1",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["thousand"]},
    )
