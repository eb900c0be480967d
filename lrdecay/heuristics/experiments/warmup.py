"""Experiments on warmup: whether, how long, and what it allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines, of_losses
from lrdecay.heuristics.cases import World
from lrdecay.heuristics.recipes import RECIPES
from lrdecay.lab import adam, catapult, moons, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, ratio, share

DEMO = "micrograd demo"

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
    settings = {None: "the full batch", 10: "batches of 10"}
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
    cases = tuple(
        Case(
            key=key,
            when=f"the micrograd demo is trained on {name}",
            effect=effect,
            world="toy",
            claim="threshold",
            at_least=0.5,
            unit="share of spikes",
            setting=DEMO,
            traits={"batch": name},
        )
        for (key, effect), name in zip(found.items(), settings.values(), strict=True)
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
    network = "linear network"
    cases = (
        _times(
            "noisy",
            "training can lower the curvature and labels are noisy (a linear network)",
            gain["noisy"],
            setting=network,
            traits={"labels": "noisy labels"},
        ),
        _times(
            "clean",
            "training can lower the curvature and labels are exact (a linear network)",
            gain["clean"],
            setting=network,
            traits={"labels": "exact labels"},
        ),
        _times("fixed", "the curvature is fixed (quadratics)", gain["fixed"], world="quadratic"),
        _times(
            "moons",
            "the micrograd demo is trained on its full batch",
            gain["moons"],
            setting=DEMO,
            traits={"labels": "exact labels"},
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


def _times(key: str, when: str, effect: Interval, world: World = "toy", **options: Any) -> Case:
    """Return the case of a factor that is claimed to be 2 or more."""
    return Case(
        key=key,
        when=when,
        effect=effect,
        world=world,
        claim="threshold",
        at_least=2.0,
        unit="times",
        **options,
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
    cases, other = [], []
    for steps in lengths:
        ramps = [
            lr.warmup_linear(1.0, steps, steps // 10, first=first).sample(steps)
            for first in ("1/(w+1)", "zero", "1/w")
        ]
        shapes = [*ramps, lr.Linear(1.0, steps).sample(steps), np.ones(steps)]
        usual, zero, early, linear, constant = quadratic.best(problems, shapes).loss.T
        compared = [
            of_losses(
                f"cost_{steps}",
                f"the run has {steps:,} updates",
                loss - usual,
                constant - linear,
                world="quadratic",
                claim="superiority",
                updates=steps,
            )
            for loss in (zero, early)
        ]
        cases.append(compared[0])
        other.append(compared[1].effect)
    chart = Dots(
        rows=tuple(f"{steps} updates" for steps in lengths),
        series={
            "starts at 0": tuple(_percent(case.effect) for case in cases),
            "starts at 1/w": tuple(map(_percent, other)),
        },
        xlabel="final loss above that of a start at 1/(w + 1) [% of decay's gain]",
        alt="A warmup that starts at 0 ends {cost_20} of decay's gain higher in a run of 20 "
        "updates, and one that starts at 1/w lower; at 100 and 1000 updates the three starts are "
        "closer together.",
        caption="The wasted update costs {cost_20} of decay's gain in a run of 20 updates, "
        "{cost_100} of 100, and {cost_1000} of 1000.",
        reference=0.0,
    )
    return Evidence(
        "cost of a start at 0, as a share of decay's gain",
        tuple(cases),
        chart,
        format=".1%",
        formats={".2%": ["cost_1000"]},
    )


def _percent(effect: Interval) -> Interval:
    """Return an effect in percent."""
    return Interval(*(100.0 * value for value in effect[:3]), effect.n)


# --- H030: Five to ten percent of warmup ----------------------------------------------------------


def _shapes(steps: int) -> NDArray[np.float64]:
    """Return a constant rate, linear decay, and linear decay after a warmup over 10 % and 1 %."""
    ramps = [lr.warmup_linear(1.0, steps, steps // part) for part in (10, 100)]
    shapes = (lr.Constant(1.0), lr.Linear(1.0, steps), *ramps)
    return np.stack([schedule.sample(steps) for schedule in shapes])


def _trained(seeds: range, batch_size: int | None) -> NDArray[np.float64]:
    """Return final losses of the demo, each shape at the peak that is best on other seeds."""
    steps, tuning = 100, 100
    lowest = {None: -2.0, 10: -3.0}  # of the peaks, in powers of 2
    peaks = 2.0 ** (lowest[batch_size] + np.arange(8) / 2.0)
    shapes = _shapes(steps)[:3]

    def finals(lrs: NDArray[np.float64], some: range) -> NDArray[np.float64]:
        runs = moons.run(lrs, some, batch_size=batch_size, curves=False, test_points=2, workers=1)
        return np.where(runs.diverged, moons.EXPLODED, runs.final_loss)

    others = range(seeds.start + 5000, seeds.start + 5000 + tuning)
    tried = finals(shapes[:, None] * peaks[:, None], others)
    best = peaks[np.median(tried, axis=-1).argmin(axis=-1)]
    return finals(shapes * best[:, None], seeds)


def h030(seeds: range) -> Evidence:
    """Tune linear decay with and without warmup in three worlds; look up known runs."""
    problems = quadratic.draw(seeds[:100])
    worlds: dict[str, tuple[World, str, str, str, int]] = {
        "quadratic_10": (
            "quadratic",
            "",
            "noise sets the peak (noisy quadratics)",
            "single examples",
            1000,
        ),
        "full_10": ("toy", DEMO, "the micrograd demo sees its full batch", "the full batch", 100),
        "mini_10": ("toy", DEMO, "the micrograd demo sees batches of 10", "batches of 10", 100),
    }
    constant, none, long, short = quadratic.best(problems, _shapes(1000)).loss.T
    losses = ((constant, none, long), _trained(seeds, None), _trained(seeds, 10))
    cases = tuple(
        of_losses(
            key,
            when,
            without - warm,
            flat - without,
            world=world,
            claim="superiority",
            setting=setting,
            traits={"batch": batch},
            updates=steps,
        )
        for (key, (world, setting, when, batch, steps)), (flat, without, warm) in zip(
            worlds.items(), losses, strict=True
        )
    )
    shares = [(one.warmup_share, one.base) for one in RECIPES]
    known = [x for x, base in shares if not base and not isinstance(x, str)]
    tuned = [x for x, base in shares if base and not isinstance(x, str)]
    below = float(np.mean(np.array(known) < 0.05))
    numbers = {
        "cost_10": ratio(long - none, constant - none),
        "cost_1": ratio(short - none, constant - none),
        "known_median": exact(float(np.median(known)), len(known)),
        "known_below": exact(below, len(known)),
        "known_runs": exact(float(len(known)), len(known)),
        "tuned_median": exact(float(np.median(tuned)), len(tuned)),
        "tuned_runs": exact(float(len(tuned)), len(tuned)),
    }
    chart = Dots(
        rows=(
            "quadratics, 1 %",
            "quadratics, 10 %",
            "demo, full batch, 10 %",
            "demo, batches of 10, 10 %",
        ),
        series={"": (estimate(none - short), *(case.native or case.effect for case in cases))},
        xlabel="what warmup takes off the final loss",
        alt="What a warmup takes off the final loss: on noisy quadratics next to nothing with 1 % "
        "and less than nothing with 10 %, on the full batch of the demo something, and with "
        "batches of 10 a wide interval around 0.",
        caption="A warmup over 10 % costs loss where noise sets the peak and saves some on the "
        "full batch. With batches of 10 the runs scatter too much to tell.",
        reference=0.0,
    )
    return Evidence(
        "what a warmup over 10 % saves",
        cases,
        chart,
        numbers,
        format=".1%",
        formats=_by_unit(cases) | {".0f": ["known_runs", "tuned_runs"], ".3g": ["known_below"]},
    )


def _by_unit(cases: Sequence[Case]) -> dict[str, list[str]]:
    """Return formats: losses where decay gains nothing stand in their own unit."""
    plain = [case.key for case in cases if case.unit == "loss"]
    return {".0%": [case.key for case in cases if case.key not in plain], ".2g": plain}


# --- H031: Adam's untuned warmup ------------------------------------------------------------------


class Setting(NamedTuple):
    """A run, whose untuned warmup is 2 / (1 - beta2)."""

    beta2: float
    steps: int
    warmup: int
    part: str


def _losses(problem: quadratic.Problem, seed: int, setting: Setting) -> NDArray[Any]:
    """Return mean final losses of a constant rate and of linear decay without and with warmup.

    Of four runs either half is judged at the peaks that are best on the other.
    """
    peaks = 2.0 ** np.arange(-7.5, -3.9, 0.5)
    runs = 4
    beta2, steps, warmup, _ = setting
    schedules = (lr.Linear(1.0, steps), lr.warmup_linear(1.0, steps, warmup))
    # The best constant rate is about half of the best peak of a decay.
    shapes = np.stack([np.full(steps, 0.5), *(s.sample(steps) for s in schedules)])
    lrs = peaks[:, None, None] * shapes
    noises = range(runs * seed, runs * seed + runs)
    losses = adam.run(problem, lrs, noises, beta2=beta2)
    halves = losses.reshape(*losses.shape[:-1], 2, runs // 2).mean(axis=-1)
    best = halves.argmin(axis=0)[None]
    return np.take_along_axis(halves[..., ::-1], best, axis=0)[0].mean(axis=-1)


def h031(seeds: range) -> Evidence:
    """Tune Adam at a constant rate and with linear decay, with and without the warmup."""
    settings = {
        "short": Setting(0.95, 1000, 40, "at most a fifth of the run"),
        "middle": Setting(0.99, 1000, 200, "at most a fifth of the run"),
        "long": Setting(0.999, 2500, 2000, "most of the run"),
    }
    problems = quadratic.draw(seeds, dimension=200, bins=25)
    cases = []
    for key, setting in settings.items():
        found = np.array([_losses(problems[i], seed, setting) for i, seed in enumerate(seeds)])
        constant, none, warm = found.T
        beta2, steps, warmup, part = setting
        cases.append(
            of_losses(
                key,
                f"β2 is {beta2}, so that it takes {warmup:,} of {steps:,} updates",
                warm - none,
                constant - none,
                world="quadratic",
                claim="non-inferiority",
                traits={"warmup": part},
                updates=steps,
            )
        )
    chart = Dots(
        rows=tuple(f"β2 {s.beta2}: {s.warmup} of {s.steps}" for s in settings.values()),
        series={"": tuple(case.native or case.effect for case in cases)},
        xlabel="final loss with 2 / (1 - β2) updates of warmup, above that without",
        alt="What the warmup adds to the final loss: next to nothing at β2 0.95 and 0.99, and far "
        "more at 0.999, where it takes 2000 of 2500 updates.",
        caption="The warmup is cheap while it takes a small part of the run. At β2 0.999 it "
        "takes most of this one, and costs {long} of decay's gain.",
        reference=0.0,
    )
    return Evidence("cost of the warmup", tuple(cases), chart, formats=_by_unit(cases))
