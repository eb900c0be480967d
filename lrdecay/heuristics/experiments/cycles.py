"""Experiments on restarts, cycles and rates that follow a metric."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.lab import moons, noisy_metric, quadratic, well
from lrdecay.lab.stats import Interval, estimate, share
from lrdecay.lab.streams import stream

Floats = NDArray[np.float64]


# --- H032: Cycles to escape bad minima ------------------------------------------------------------


def h032(seeds: range) -> Evidence:
    """Start in the shallower of two minima at many peaks, and count who ends in the deeper one."""
    steps = 1000
    n_cycles = 5
    peaks = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
    middle, high = 0.2, 0.5
    schedules = {
        "constant at the peak": lr.Constant(1.0),
        "one cosine": lr.Cosine(1.0, steps),
        "five cosine cycles": lr.CosineRestarts(1.0, steps // n_cycles),
        "one linear decay": lr.Linear(1.0, steps),
        "five triangles": lr.Cyclic(1.0, 0.0, steps // (2 * n_cycles)),
    }
    tilt, noise = _wells(seeds)
    shapes = np.stack([schedule.sample(steps) for schedule in schedules.values()])
    lrs = np.array(peaks)[:, None] * shapes[:, None]
    escaped = well.run(lrs, seeds, tilt=tilt, noise=noise).escaped
    half = well.run(np.full(steps, middle / 2), seeds, tilt=tilt, noise=noise).escaped

    at = peaks.index(middle)
    constant, cosine, cycles, linear, triangles = (row[at].astype(float) for row in escaped)
    cases = (
        Case(
            "cosine",
            "five cycles are compared with one cosine, the same rates in another order",
            estimate(cycles - cosine, np.mean),
            at_least=0.05,
        ),
        Case(
            "linear",
            "five triangles are compared with one linear decay, the same rates in another order",
            estimate(triangles - linear, np.mean),
            at_least=0.05,
        ),
        Case(
            "peak",
            "five cycles are compared with a constant rate at their peak",
            estimate(cycles - constant, np.mean),
            at_least=0.05,
        ),
        Case(
            "total",
            "five cycles are compared with a constant rate of the same total, half of their peak",
            estimate(cycles - half, np.mean),
            at_least=0.05,
        ),
    )
    curves = {
        name: [_share(escaped[i, j]) for j in range(len(peaks))] for i, name in enumerate(schedules)
    }
    chart = Lines(
        x=peaks,
        curves={name: tuple(i.estimate for i in row) for name, row in curves.items()},
        bands={
            name: (tuple(i.low for i in row), tuple(i.high for i in row))
            for name, row in curves.items()
        },
        xlabel="peak learning rate",
        ylabel="share in the deeper minimum",
        alt="Share of runs that end in the deeper minimum, rising with the peak rate. Five cosine "
        "cycles lie on the curve of one cosine, five triangles on that of one linear decay. A "
        "constant rate at the peak is far above them up to a peak of 0.4 and falls at 0.5.",
        caption="Cycling does not lift a curve: at a peak of 0.2 five cosine cycles and one "
        "cosine differ by {cosine} of the runs. More time near the peak does.",
    )
    numbers = {
        "constant_share": curves["constant at the peak"][at],
        "cosine_share": curves["one cosine"][at],
        "cycles_share": curves["five cosine cycles"][at],
        "half_share": _share(half),
        "cycles_low": curves["five cosine cycles"][peaks.index(middle / 2)],
        "high": estimate(
            escaped[1, peaks.index(high)].astype(float) - escaped[2, peaks.index(high)], np.mean
        ),
    }
    measure = "difference in the share of runs that end in the deeper minimum, cyclic - other"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        format=".1%",
        formats={
            ".0%": ["constant_share", "cosine_share", "cycles_share", "half_share", "cycles_low"]
        },
    )


def _wells(seeds: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return a tilt and a noise for each seed: uniform, and log-uniform."""
    tilts, noises = (0.1, 0.3), (0.4, 0.8)
    u = np.array([stream("H032.wells", seed).random(2) for seed in seeds])
    tilt = tilts[0] + (tilts[1] - tilts[0]) * u[:, 0]
    return tilt, noises[0] * (noises[1] / noises[0]) ** u[:, 1]


def _share(escaped: np.ndarray) -> Interval:
    return share(int(np.count_nonzero(escaped)), escaped.size)


# --- H033: Restarts against one cosine ------------------------------------------------------------

STEPS = 1050  # of 5 equal cycles, and of 3 cycles whose length doubles
EARLY, MIDDLE, LATE = 2 * STEPS // 5, 7 * STEPS // 10, 4 * STEPS // 5


def h033(seeds: range) -> Evidence:
    """Tune each shape for the end of the run, and compare there and at earlier steps."""
    shown, every = 60, 5  # first step of the chart, and steps between its points
    curves, branch = _restarts(seeds)
    one, equal, doubling = curves.values()
    network = _network_restarts(seeds)
    gains = {
        "end": ("the run is finished, after five equal cycles", equal, STEPS),
        "doubling": ("the run is finished, after cycles that double", doubling, STEPS),
        "early": ("five cycles are stopped at 40 % of the steps, as the second ends", equal, EARLY),
        "middle": ("five cycles are stopped at 70 %, in the middle of the fourth", equal, MIDDLE),
        "late": ("five cycles are stopped at 80 %, as the fourth ends", equal, LATE),
    }
    cases = [
        Case(key, when, estimate(1.0 - some[:, at] / one[:, at]), at_least=0.02)
        for key, (when, some, at) in gains.items()
    ]
    when = "the run is finished, after five equal cycles of the moons network"
    cases.append(Case("moons", when, estimate(network), at_least=0.02))

    at = np.arange(shown, STEPS + 1, every)
    chart = Lines(
        x=tuple(at.tolist()),
        curves={
            name: tuple(np.median(losses[:, at] / one[:, -1:], axis=0).tolist())
            for name, losses in curves.items()
        },
        xlabel="step",
        ylabel="loss / final loss of one cosine",
        alt="Median loss over the run, in units of the final loss of one cosine. Five cycles fall "
        "below one cosine at the ends of the first three, rise after each restart, and end above "
        "it. Three cycles of doubling length end between the two.",
        caption="At the end of the second of five cycles the loss is {early} below that of "
        "one cosine at the same step. At the end of the run it is {end_cost} above.",
    )
    numbers = {
        "end_cost": estimate(equal[:, STEPS] / one[:, STEPS] - 1.0),
        "doubling_cost": estimate(doubling[:, STEPS] / one[:, STEPS] - 1.0),
        "late_cost": estimate(equal[:, LATE] / one[:, LATE] - 1.0),
        "moons_cost": estimate(-network),
        "wsd_cost": estimate(branch.end / one[:, STEPS] - 1.0),
        "wsd_early": estimate(1.0 - branch.early / one[:, EARLY]),
    }
    measure = "median of 1 - loss with restarts / loss with one cosine, at the same step"
    return Evidence(measure, tuple(cases), chart, numbers, format=".0%")


class Branch(NamedTuple):
    """Losses of a constant rate that is cooled down over the last fifth before it is read."""

    end: Floats
    early: Floats


def _restarts(seeds: range) -> tuple[dict[str, Floats], Branch]:
    """Return the loss curves (problems, steps + 1) of each shape at its best peak."""
    schedules = {
        "one cosine": lr.Cosine(1.0, STEPS),
        "five equal cycles": lr.CosineRestarts(1.0, STEPS // 5),
        "three cycles, each twice as long": lr.CosineRestarts(1.0, STEPS // 7, cycle_mult=2),
    }
    problem = quadratic.draw(seeds)
    shapes = np.stack([schedule.sample(STEPS) for schedule in schedules.values()])
    peaks = quadratic.best(problem, shapes).rate
    curves = np.stack(
        [
            quadratic.loss(problem[i], shapes * peaks[i][:, None], curve=True)
            for i in range(len(seeds))
        ]
    )
    wsd = lr.WSD(1.0, STEPS, decay_steps=STEPS // 5).sample(STEPS)
    end = quadratic.best(problem, wsd)
    cooled = lr.WSD(1.0, EARLY, decay_steps=EARLY // 5).sample(EARLY)
    early = quadratic.rates(problem, cooled, end.rate[:, None])[:, 0]
    named = {name: curves[:, i] for i, name in enumerate(schedules)}
    return named, Branch(end.loss, early)


def _network_restarts(seeds: range) -> Floats:
    """Return the relative gain of five equal cycles on the moons, each at its best peak."""
    moons_steps, tuning = 210, 60
    moons_peaks = np.array([0.3, 0.4, 0.5, 0.6, 0.8, 1.1])
    pair = [lr.Cosine(1.0, moons_steps), lr.CosineRestarts(1.0, moons_steps // 5)]
    shapes = np.stack([schedule.sample(moons_steps) for schedule in pair])
    others = range(seeds.start + 5000, seeds.start + 5000 + tuning)
    tried = _finals(shapes[:, None] * moons_peaks[:, None], others)
    peaks = moons_peaks[np.median(tried, axis=-1).argmin(axis=-1)]
    one, restarts = _finals(shapes * peaks[:, None], seeds)
    return 1.0 - restarts / one


def _finals(lrs: Floats, seeds: range) -> Floats:
    runs = moons.run(lrs, seeds, batch_size=10, curves=False, test_points=2, workers=1)
    return runs.final_loss


# --- H034: Plateau rules fire on noise ------------------------------------------------------------


def h034(seeds: range) -> Evidence:
    """Let rules watch metrics that never stop improving, and note when they first cut the rate."""
    total = 300
    soon = 100  # epochs, at which the rules are judged as well
    flat_epochs = 400
    powers = (0.2, 0.5)
    noises = {"tenths": 0.003, "one": 0.01, "three": 0.03}
    conditions = {
        "tenths": "noise is 0.3 % of the metric's fall and the patience 10",
        "one": "noise is 1 % and the patience 10",
        "three": "noise is 3 % and the patience 10",
        "patient": "noise is 3 % and the patience 50",
        "smooth": "noise is 3 %, smoothed over 10 epochs, and the patience 30",
    }
    u = np.array([stream("H034.power", seed).random() for seed in seeds])
    power = powers[0] + (powers[1] - powers[0]) * u
    history = noisy_metric.metrics(seeds, total, power=power, noise=tuple(noises.values()))
    noisy = dict(zip(noises, history, strict=True))

    default, patient, middle = (lr.ReduceOnPlateau(1.0, patience=p) for p in (10, 50, 30))
    cuts = {name: noisy_metric.first(default, metrics) for name, metrics in noisy.items()}
    cuts["patient"] = noisy_metric.first(patient, noisy["three"])
    cuts["smooth"] = noisy_metric.first(middle, noisy_metric.smoothed(noisy["three"], 10))
    cases = tuple(
        Case(
            f"{key}{suffix}",
            f"{words}, over {epochs} epochs",
            share(int((cuts[key] <= epochs).sum()), len(seeds)),
            at_most=0.05,
        )
        for key, words in conditions.items()
        for suffix, epochs in (("", soon), ("_late", total))
    )

    epochs = np.arange(0, total + 1, 5)
    labels = {
        "three": "noise 3 %",
        "one": "noise 1 %",
        "tenths": "noise 0.3 %",
        "patient": "3 %, patience 50",
        "smooth": "3 %, smoothed",
    }
    chart = Lines(
        x=tuple(epochs.tolist()),
        curves={
            label: tuple((cuts[key][:, None] <= epochs).mean(axis=0).tolist())
            for key, label in labels.items()
        },
        xlabel="epoch",
        ylabel="share of runs already cut",
        alt="Share of runs whose rate has been cut, by epoch, on metrics that never stop "
        "improving, for five settings of noise and patience. Every curve rises to nearly 1. With "
        "patience 10 it passes one half near epoch {when_three} at 3 % noise and "
        "{when_one} at 1 %, with patience 50 near {when_patient} at 3 %.",
        caption="Every cut is a false alarm. At 1 % noise half of the runs are cut by epoch "
        "{when_one}. More patience puts the alarm off.",
    )

    fired = cuts["one"] <= total
    flat = noisy_metric.metrics(seeds, flat_epochs, power=100.0, noise=noises["three"])[:, 1:]
    numbers = {
        "when_one": estimate(np.minimum(cuts["one"], total)),
        "when_three": estimate(cuts["three"]),
        "when_patient": estimate(np.minimum(cuts["patient"], total)),
        "left": estimate(1.0 - 2.0 ** -power[fired]),
        "flat_default": estimate(noisy_metric.first(default, flat)),
        "flat_patient": estimate(noisy_metric.first(patient, flat)),
        "flat_smooth": estimate(noisy_metric.first(middle, noisy_metric.smoothed(flat, 10))),
    }
    return Evidence(
        "share of runs whose rate is cut",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={
            ".1%": ["tenths", "one_late", "three_late", "patient", "smooth"],
            ".0f": [
                "when_one",
                "when_three",
                "when_patient",
                "flat_default",
                "flat_patient",
                "flat_smooth",
            ],
        },
    )


# --- H035: One-cycle against linear decay ---------------------------------------------------------


def h035(seeds: range) -> Evidence:
    """Tune both on random quadratics with momentum and on the moons without, and compare."""
    long_steps, short_steps = 500, 100
    problem = quadratic.draw(seeds[: len(seeds) // 2])
    long, short = (_one_cycles(problem, steps) for steps in (long_steps, short_steps))
    network = _network_one_cycles(seeds)
    found = {
        "both": ("the loss is quadratic and rate and momentum cycle", long.both),
        "still": ("the loss is quadratic and only the rate cycles", long.still),
        "short": ("the loss is quadratic and the run is short (100 updates)", short.both),
        "moons": ("a small network is trained at the best peaks", network.tuned),
        "high": ("a small network is trained at twice the best peak of linear decay", network.high),
    }
    cases = tuple(
        Case(key, when, estimate(gain), at_least=0.02) for key, (when, gain) in found.items()
    )
    numbers = {
        "alone": estimate(long.alone),
        "warm": estimate(network.warm),
        "both_cost": estimate(-long.both),
        "still_cost": estimate(-long.still),
        "alone_cost": estimate(-long.alone),
        "short_cost": estimate(-short.both),
        "moons_cost": estimate(-network.tuned),
    }
    effects = {case.key: case.effect for case in cases} | numbers
    rows = {
        "both": "both cycle",
        "still": "rate cycles",
        "alone": "momentum cycles",
        "short": "both, 100 updates",
        "moons": "network, best peaks",
        "high": "network, twice the peak",
    }
    chart = Dots(
        rows=tuple(rows.values()),
        series={"": tuple(effects[key] for key in rows)},
        xlabel="gain over linear decay (0.1 = 10 %)",
        alt="Median gain of one-cycle over linear decay. Below zero in every comparison at tuned "
        "peaks, and far above zero on the network at twice the best peak.",
        caption="The first four rows are quadratics. With the best peaks one-cycle loses to linear "
        "decay everywhere. At twice the best peak it gains {high}, and linear decay with a "
        "warmup over a tenth of the run gains {warm}.",
        reference=0.0,
    )
    return Evidence(
        "median of 1 - final loss of one-cycle / of linear",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".3g": ["alone"], ".1%": ["both_cost", "still_cost", "alone_cost", "short_cost"]},
    )


class Gains(NamedTuple):
    """One minus the loss over that of linear decay with momentum 0.9, for every problem."""

    both: Floats
    still: Floats
    alone: Floats


def _one_cycles(problem: quadratic.Problem, steps: int) -> Gains:
    """Return the gains of three cycles, all at their best peaks."""
    usual = 0.9
    cycle = lr.OneCycle(1.0, steps)
    rate, linear = cycle.sample(steps), lr.Linear(1.0, steps).sample(steps)
    momentum, constant = cycle.momentum().sample(steps), np.full(steps, usual)
    shapes = [linear, rate, rate, linear]
    momenta = [constant, momentum, constant, momentum]
    losses = quadratic.best(problem, shapes, momentum=momenta).loss
    return Gains(*(1.0 - losses[:, 1:] / losses[:, :1]).T)


class Network(NamedTuple):
    """Gains on the moons: of one-cycle at the best peaks and at a high one, of a warmup there."""

    tuned: Floats
    high: Floats
    warm: Floats


def _network_one_cycles(seeds: range) -> Network:
    """Choose peaks on other seeds, and compare."""
    moons_steps, tuning = 200, 1000
    moons_peaks = np.array([0.4, 0.6, 0.8, 1.2])
    warmup = np.minimum(1.0, np.arange(1.0, moons_steps + 1) / (moons_steps // 10))
    pair = [lr.Linear(1.0, moons_steps), lr.OneCycle(1.0, moons_steps)]
    shapes = np.stack([schedule.sample(moons_steps) for schedule in pair])
    others = range(seeds.start + 5000, seeds.start + 5000 + tuning)
    tried = _finals(shapes[:, None] * moons_peaks[:, None], others)
    peaks = moons_peaks[np.median(tried, axis=-1).argmin(axis=-1)]
    tuned = _finals(shapes * peaks[:, None], seeds)
    high = _finals(np.stack([*shapes, warmup * shapes[0]]) * 2.0 * peaks[0], seeds)
    return Network(1.0 - tuned[1] / tuned[0], *(1.0 - high[1:] / high[0]))
