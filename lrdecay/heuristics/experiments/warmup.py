"""Experiments on warmup: whether, how long, and what it allows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.heuristics.recipes import RECIPES
from lrdecay.lab import adam, catapult, moons, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, share

# --- H027: Warmup against early spikes ------------------------------------------------------------


def _avoided(spikes: NDArray[Any]) -> Interval:
    """Return the share of spikes that warmup avoids; spikes are (peak, with or without, seed)."""

    def statistic(seeds: NDArray[Any], axis: int) -> Any:
        without, warm = (spikes[:, i][:, seeds.astype(int)].mean(axis=0) for i in range(2))
        return 1.0 - warm.mean(axis=axis) / without.mean(axis=axis)

    return estimate(np.arange(spikes.shape[-1]), statistic)


def h027(seeds: range) -> Evidence:
    """Count early spikes of linear decay with and without warmup, and compare final losses."""
    steps, warmup, window = 100, 10, 20
    peaks = (1.0, 2.0)
    settings = {None: "full batch", 10: "batches of 10"}
    both = np.stack(
        [lr.Linear(1.0, steps).sample(steps), lr.warmup_linear(1.0, steps, warmup).sample(steps)]
    )
    lrs = np.array(peaks)[:, None, None] * both
    found, shares, numbers = {}, {}, {}
    for key, (batch_size, name) in zip(("full", "mini"), settings.items(), strict=True):
        runs = moons.run(lrs, seeds, batch_size=batch_size, workers=1)
        high = runs.loss[..., 1:] > 2.0 * runs.loss[..., :1]
        spikes = high[..., :window].any(axis=-1)
        found[key] = _avoided(spikes)
        numbers[f"{key}_ever"] = _avoided(high.any(axis=-1))
        for i, peak in enumerate(peaks):
            shares[f"{name}, peak {peak:g}"] = [
                share(int(row.sum()), len(seeds)) for row in spikes[i]
            ]
            final = runs.final_loss[i]
            numbers[f"{key}_final_{peak:g}"] = estimate(final[1] / final[0] - 1.0)
    cases = (
        Case("full", "gradients are exact (full batch)", found["full"], at_least=0.5),
        Case("mini", "gradients are noisy (batches of 10)", found["mini"], at_least=0.5),
    )
    chart = Dots(
        rows=tuple(shares),
        series={
            "no warmup": tuple(pair[0] for pair in shares.values()),
            "warmup over 10 %": tuple(pair[1] for pair in shares.values()),
        },
        xlabel="share of runs whose loss doubles in the first 20 updates",
        alt="Share of runs with an early spike, with and without warmup. Warmup lowers it in all "
        "four settings, in proportion least for batches of 10 at peak 2.",
        caption="Warmup avoids {full} of the spikes on the full batch, and {mini} with "
        "batches of 10.",
    )
    return Evidence(
        "share of early spikes that warmup avoids",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["full_final_1"], ".3g": ["mini_final_1", "mini_final_2"]},
    )


# --- H028: Warmup for a higher peak ---------------------------------------------------------------

STEPS, WARMUP = 1000, 100
NOISE = 0.1  # of the labels


def _ramp(steps: int, warmup: int) -> NDArray[Any]:
    """Return a linear warmup to 1, and 1 from then on."""
    return np.minimum(1.0, (np.arange(steps) + 1) / (warmup + 1))


def _highest(peaks: NDArray[Any], fine: NDArray[Any]) -> NDArray[Any]:
    """Return the last peak before the first that fails: fine is (peaks, seeds)."""
    return peaks[np.maximum(np.where(fine.all(0), len(peaks), (~fine).argmax(0)) - 1, 0)]


def _geometric(values: NDArray[Any], axis: int = -1) -> Any:
    """Return the geometric mean."""
    return np.exp(np.log(values).mean(axis=axis))


def h028(seeds: range) -> Evidence:
    """Look for the highest peak with and without warmup, where curvature can change and not."""
    peaks = 2.0 ** np.arange(0.0, 7.1, 0.125)  # in units of 1 / sharpness at the start
    demo_steps, demo_warmup = 100, 10
    demo_peaks = 2.0 ** np.arange(-1.0, 3.1, 0.25)
    shapes = np.stack([np.ones(STEPS), _ramp(STEPS, WARMUP)])
    tops = {}
    for key, noise in (("noisy", NOISE), ("clean", 0.0)):
        runs = catapult.run(peaks[:, None, None] * shapes, seeds, relative=True, noise=noise)
        tops[key] = [_highest(peaks, ~runs.diverged[:, i]) for i in range(2)]
    problems = quadratic.draw(seeds, noise=0.0)
    low = peaks[peaks <= 8.0]
    ends = quadratic.rates(problems, shapes, low / problems.h_max[:, None, None])
    fine = ends < problems.initial_loss[:, None, None]
    tops["fixed"] = [_highest(low, fine[:, i].T) for i in range(2)]
    demo = np.stack([np.ones(demo_steps), _ramp(demo_steps, demo_warmup)])
    found = moons.run(demo_peaks[:, None, None] * demo, seeds, curves=False, workers=1)
    right = found.final_accuracy >= 0.95
    tops["moons"] = [_highest(demo_peaks, right[:, i]) for i in range(2)]
    gain = {key: estimate(after / before, _geometric) for key, (before, after) in tops.items()}
    numbers = {
        f"{key}_{word}": estimate(values, _geometric)
        for key, pair in tops.items()
        for word, values in zip(("none", "warm"), pair, strict=True)
    }
    cases = (
        Case(
            "noisy",
            "training can lower the curvature and labels are noisy (a linear network)",
            gain["noisy"],
            at_least=2.0,
        ),
        Case(
            "clean",
            "training can lower the curvature and labels are exact (a linear network)",
            gain["clean"],
            at_least=2.0,
        ),
        Case("fixed", "the curvature is fixed (quadratics)", gain["fixed"], at_least=2.0),
        Case(
            "moons", "the micrograd demo is trained on its full batch", gain["moons"], at_least=2.0
        ),
    )
    return Evidence(
        "highest peak with warmup, over that without",
        cases,
        _limits(seeds),
        numbers,
        formats={
            ".1f": ["noisy", "clean", "noisy_none"],
            ".2f": ["fixed", "moons"],
            ".0f": ["noisy_warm"],
        },
    )


def _limits(seeds: range) -> Lines:
    """Return the limit of stability during a warmup to 16 times the inverse sharpness."""
    shown, shown_peak = 50, 16.0
    rate = shown_peak * _ramp(STEPS, WARMUP)[:shown]
    curves = {"rate": tuple(rate)}
    for label, noise in (("limit, noisy labels", NOISE), ("limit, exact labels", 0.0)):
        # Without noise the sharpness has not moved when the loss begins to grow.
        runs = catapult.run(rate, seeds, relative=True, noise=noise, curve=True)
        start = catapult.initial(seeds)[1][:, None]
        curves[label] = tuple(np.median(2 * start / runs.sharpness[:, :shown], axis=0))
    return Lines(
        x=tuple(range(shown)),
        curves=curves,
        xlabel="update (rates in units of 1 / λ at the start)",
        ylabel="rate, and its limit 2 / λ",
        alt="A rate that rises steadily, on its way to 16 at update 100. The limit of stability "
        "with noisy labels leaps far above the rate soon after the rate has crossed it. With exact "
        "labels it stays at 2 and drops to 0: that run diverged.",
        caption="When the rate crosses 2 / λ, the noise grows, which lowers the sharpness: the "
        "limit leaps ahead of the rate. Without noise the loss is next to 0 by then, and grows too "
        "late.",
    )


# --- H029: A first update at rate zero ------------------------------------------------------------


def h029(seeds: range) -> Evidence:
    """Compare a warmup that starts at 0 with one that starts at 1/(w + 1) and one at 1/w."""
    lengths = (20, 100, 1000)
    problems = quadratic.draw(seeds)
    cost, other = {}, {}
    for steps in lengths:
        ramps = [
            lr.warmup_linear(1.0, steps, steps // 10, first=first).sample(steps)
            for first in ("1/(w+1)", "zero", "1/w")
        ]
        usual, zero, early = quadratic.best(problems, np.stack(ramps)).loss.T
        cost[steps] = estimate(zero / usual - 1.0)
        other[steps] = estimate(early / usual - 1.0)
    cases = tuple(
        Case(f"cost_{steps}", f"the run has {steps} updates", cost[steps], at_least=0.01)
        for steps in lengths
    )
    chart = Dots(
        rows=tuple(f"{steps} updates" for steps in lengths),
        series={
            "starts at 0": tuple(map(_percent, cost.values())),
            "starts at 1/w": tuple(map(_percent, other.values())),
        },
        xlabel="final loss above that of a start at 1/(w + 1) [%]",
        alt="A warmup that starts at 0 ends {cost_20} higher in a run of 20 updates, and one "
        "that starts at 1/w lower; at 100 and 1000 updates the three starts can hardly be told "
        "apart.",
        caption="The wasted update costs {cost_20} of 20 updates, {cost_100} of 100, and "
        "{cost_1000} of 1000.",
        reference=0.0,
    )
    return Evidence(
        "relative change of the final loss by a start at 0",
        cases,
        chart,
        format=".1%",
        formats={".2%": ["cost_100"], ".3%": ["cost_1000"]},
    )


def _percent(effect: Interval) -> Interval:
    """Return an effect in percent."""
    return Interval(*(100.0 * value for value in effect[:3]), effect.n)


# --- H030: Five to ten percent of warmup ----------------------------------------------------------

RAMP_STEPS = {"quadratic": 1000, "demo": 100}


def _ramps(steps: int) -> NDArray[np.float64]:
    """Return linear decay without warmup, with one over 10 % and with one over 1 %."""
    ramps = [lr.warmup_linear(1.0, steps, steps // share) for share in (10, 100)]
    return np.stack([schedule.sample(steps) for schedule in (lr.Linear(1.0, steps), *ramps)])


def _trained(seeds: range, batch_size: int | None) -> Interval:
    """Return what 10 % of warmup changes in the demo, in the geometric mean of final losses.

    Either half of the seeds is judged at the peaks that are best on the other. Resamples choose
    anew, so that the interval covers the choice.
    """
    peaks = {  # of the demo, by its batch size
        None: 2.0 ** np.array([-0.25, 0.0, 0.25, 0.5, 0.75]),
        10: 2.0 ** np.array([-1.0, -0.75, -0.5, -0.25, 0.0]),
    }
    lrs = peaks[batch_size][:, None, None] * _ramps(RAMP_STEPS["demo"])[:2]
    runs = moons.run(lrs, seeds, batch_size=batch_size, curves=False, test_points=2, workers=1)
    logs = np.log(np.where(runs.diverged, moons.EXPLODED, runs.final_loss))
    half = len(seeds) // 2

    def change(pairs: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        means = [part[..., pairs.astype(int)].mean(axis) for part in np.split(logs, [half], -1)]
        without, warm = sum(
            np.take_along_axis(judged, tuned.argmin(0)[None], 0)[0]
            for tuned, judged in (means, means[::-1])
        )
        return np.exp((warm - without) / 2.0) - 1.0

    return estimate(np.arange(half), change)._replace(n=2 * half)


def h030(seeds: range) -> Evidence:
    """Tune linear decay with and without warmup in three worlds; look up known runs."""
    problems = quadratic.draw(seeds[:100])
    none, long, short = quadratic.best(problems, _ramps(RAMP_STEPS["quadratic"])).loss.T
    found = {
        "quadratic": estimate(long / none - 1.0),
        "full": _trained(seeds, None),
        "mini": _trained(seeds, 10),
    }
    brief = estimate(short / none - 1.0)
    known = [r.warmup_share for r in RECIPES if not isinstance(r.warmup_share, str)]
    below = float(np.mean(np.array(known) < 0.05))
    numbers = {
        "quadratic_1": brief,
        "known_median": exact(float(np.median(known)), len(known)),
        "known_below": exact(below, len(known)),
        "known_runs": exact(float(len(known)), len(known)),
    }
    cases = tuple(
        Case(f"{key}_10", words, found[key], at_most=-0.02)
        for key, words in (
            ("quadratic", "noise sets the peak (noisy quadratics)"),
            ("full", "stability sets the peak (micrograd demo, full batch)"),
            ("mini", "a small network sees noisy gradients (micrograd demo, batches of 10)"),
        )
    )
    chart = Dots(
        rows=(
            "quadratics, 1 %",
            "quadratics, 10 %",
            "demo, full batch, 10 %",
            "demo, batches of 10, 10 %",
        ),
        series={"": (brief, *found.values())},
        xlabel="final loss, relative to no warmup",
        alt="Change of the final loss by a warmup. Noisy quadratics: next to nothing with 1 %, "
        "slightly up with 10 %. Full-batch demo: down. Batches of 10: a wide interval around 0.",
        caption="A warmup over 10 % changes the loss by {quadratic_10} where noise sets the "
        "peak and by {full_10} where stability does. With batches of 10 the runs scatter too "
        "much to tell.",
        reference=0.0,
    )
    return Evidence(
        "relative change of the final loss by a warmup over 10 %",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={".0%": ["full_10", "mini_10", "known_below"], ".0f": ["known_runs"]},
    )


# --- H031: Adam's untuned warmup ------------------------------------------------------------------


class Setting(NamedTuple):
    """A run, whose untuned warmup is 2 / (1 - beta2)."""

    beta2: float
    steps: int
    warmup: int


def _losses(problem: quadratic.Problem, seed: int, setting: Setting) -> NDArray[Any]:
    """Return mean final losses without, with 1 % and with the untuned warmup, at tuned peaks."""
    peaks = 2.0 ** np.arange(-7.5, -3.9, 0.5)
    noises = 4  # runs that the loss of a problem is the mean of
    beta2, steps, warmup = setting
    ramps = [lr.warmup_linear(1.0, steps, w) for w in (steps // 100, warmup)]
    shapes = np.stack([s.sample(steps) for s in (lr.Linear(1.0, steps), *ramps)])
    first = noises * seed
    tuned_on = range(first + 5000 * noises, first + 5000 * noises + noises)
    lrs = peaks[:, None, None] * shapes
    sweep = adam.run(problem, lrs, tuned_on, beta2=beta2).mean(axis=-1)
    best = peaks[sweep.argmin(axis=0)][:, None] * shapes
    judged_on = range(first, first + noises)
    return adam.run(problem, best, judged_on, beta2=beta2).mean(axis=-1)


def h031(seeds: range) -> Evidence:
    """Tune Adam with linear decay after three lengths of warmup, for three values of beta2."""
    settings = {
        "short": Setting(0.95, 1000, 40),
        "middle": Setting(0.99, 1000, 200),
        "long": Setting(0.999, 2500, 2000),
    }
    problems = quadratic.draw(seeds)
    cost, numbers = {}, {}
    for key, setting in settings.items():
        found = np.array([_losses(problems[i], seed, setting) for i, seed in enumerate(seeds)])
        cost[key] = estimate(found[:, 2] / found[:, 0] - 1.0)
        numbers[f"{key}_1"] = estimate(found[:, 1] / found[:, 0] - 1.0)
    cases = tuple(
        Case(
            key,
            f"β2 is {beta2}, so that it takes {warmup} of {steps} updates",
            cost[key],
            at_most=0.05,
        )
        for key, (beta2, steps, warmup) in settings.items()
    )
    chart = Dots(
        rows=tuple(f"β2 {s.beta2}: {s.warmup} of {s.steps}" for s in settings.values()),
        series={
            "2 / (1 - β2) updates": tuple(cost.values()),
            "1 % of the run": tuple(numbers.values()),
        },
        xlabel="final loss, relative to no warmup",
        alt="Change of the final loss by a warmup. At β2 0.95 and 0.99 both warmups are near 0. "
        "At 0.999 the warmup takes 2000 of 2500 updates, and the loss is far higher.",
        caption="The rule is cheap while it takes a small part of the run: {short} at β2 "
        "0.95, {middle} at 0.99. At 0.999 it takes most of this run, and costs {long}.",
        reference=0.0,
    )
    return Evidence(
        "relative cost of the warmup in final loss",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={".0%": ["long"], ".3g": ["short_1", "middle_1"]},
    )
