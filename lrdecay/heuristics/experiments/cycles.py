"""Experiments on restarts, cycles and rates that follow a metric."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines, of_losses
from lrdecay.lab import moons, noisy_metric, quadratic, well
from lrdecay.lab.stats import Interval, estimate, ratio, share
from lrdecay.lab.streams import stream

Floats = NDArray[np.float64]

DEMO = "micrograd demo"
MOONS_PEAKS = 0.1 * 2.0 ** (np.arange(8) / 2.0)


def _finals(lrs: Floats, seeds: range) -> Floats:
    """Return final losses of the demo with batches of 10."""
    runs = moons.run(lrs, seeds, batch_size=10, curves=False, test_points=2, workers=1)
    return np.where(runs.diverged, moons.EXPLODED, runs.final_loss)


def _peaks(shapes: Floats, seeds: range, count: int) -> Floats:
    """Return the peak of each shape that has the least median loss on so many other seeds."""
    others = range(seeds.start + 5000, seeds.start + 5000 + count)
    tried = _finals(shapes[:, None] * MOONS_PEAKS[:, None], others)
    return MOONS_PEAKS[np.median(tried, axis=-1).argmin(axis=-1)]


def _negated(effect: Interval) -> Interval:
    """Return a cost for a gain."""
    return Interval(-effect.estimate, -effect.high, -effect.low, effect.n)


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
    same = "the same rates in another order"
    pairs = {
        "cosine": (f"five cosine cycles and one cosine, {same}", "cosine cycles", cycles - cosine),
        "linear": (f"five triangles and one linear decay, {same}", "triangles", triangles - linear),
    }
    cases = tuple(
        Case(
            key=key,
            when=f"a double well is crossed by {when}",
            effect=estimate(more, np.mean),
            world="toy",
            claim="threshold",
            at_least=0.05,
            unit="share of runs",
            setting="double well",
            traits={"cycles": name},
        )
        for key, (when, name, more) in pairs.items()
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
        "peak": estimate(cycles - constant, np.mean),
        "total": estimate(cycles - half, np.mean),
        "constant_share": curves["constant at the peak"][at],
        "cosine_share": curves["one cosine"][at],
        "cycles_share": curves["five cosine cycles"][at],
        "half_share": _share(half),
        "cycles_low": curves["five cosine cycles"][peaks.index(middle / 2)],
        "high": estimate(
            escaped[1, peaks.index(high)].astype(float) - escaped[2, peaks.index(high)], np.mean
        ),
    }
    return Evidence(
        "share of runs that end in the deeper minimum, cycles - one fall",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={
            ".0%": [
                "peak",
                "total",
                "constant_share",
                "cosine_share",
                "cycles_share",
                "half_share",
                "cycles_low",
            ]
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
MOONS_STEPS = 210
EARLY, MIDDLE, LATE = 2 * STEPS // 5, 7 * STEPS // 10, 4 * STEPS // 5


def h033(seeds: range) -> Evidence:
    """Tune each shape for the end of the run, and compare there and at earlier steps."""
    shown, every = 60, 5  # first step of the chart, and steps between its points
    curves, branch = _restarts(seeds)
    one, equal, doubling = curves.values()
    network = _network_restarts(seeds)
    finished = {
        "end": ("after five equal cycles", "five cycles", one[:, -1] - equal[:, -1]),
        "doubling": (
            "after cycles that double",
            "cycles that double",
            one[:, -1] - doubling[:, -1],
        ),
    }
    cases = [
        of_losses(
            key,
            f"a run on noisy quadratics is finished, {when}",
            better,
            branch.gain,
            world="quadratic",
            claim="superiority",
            traits={"cycles": cycles},
            updates=STEPS,
        )
        for key, (when, cycles, better) in finished.items()
    ]
    cases.append(
        of_losses(
            "moons",
            "a run of the micrograd demo is finished, after five equal cycles",
            network.one - network.restarts,
            network.constant - network.linear,
            world="toy",
            claim="superiority",
            setting=DEMO,
            traits={"cycles": "five cycles"},
            updates=MOONS_STEPS,
        )
    )

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
        "one cosine at the same step. At the end of the run it is above, by {end_cost} of decay's "
        "gain.",
    )
    stopped = {"early": EARLY, "middle": MIDDLE, "late": LATE}
    numbers = {key: estimate(1.0 - equal[:, at] / one[:, at]) for key, at in stopped.items()}
    numbers |= {f"{case.key}_cost": _negated(case.effect) for case in cases}
    numbers |= {
        "late_cost": _negated(numbers["late"]),
        "wsd_cost": ratio(branch.end - one[:, -1], branch.gain),
        "wsd_early": estimate(1.0 - branch.early / one[:, EARLY]),
    }
    return Evidence(
        "how much lower restarts end than one cosine, as a share of decay's gain",
        tuple(cases),
        chart,
        numbers,
        format=".0%",
    )


class Branch(NamedTuple):
    """Losses of a constant rate that is cooled down over the last fifth before it is read.

    And what linear decay over the whole run gains over a constant rate.
    """

    end: Floats
    early: Floats
    gain: Floats


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
    others = (
        lr.WSD(1.0, STEPS, decay_steps=STEPS // 5),
        lr.Constant(1.0),
        lr.Linear(1.0, STEPS),
    )
    found = quadratic.best(problem, np.stack([other.sample(STEPS) for other in others]))
    end, constant, linear = found.loss.T
    cooled = lr.WSD(1.0, EARLY, decay_steps=EARLY // 5).sample(EARLY)
    early = quadratic.rates(problem, cooled, found.rate[:, :1])[:, 0]
    named = {name: curves[:, i] for i, name in enumerate(schedules)}
    return named, Branch(end, early, constant - linear)


class Finals(NamedTuple):
    """Final losses of the demo, each schedule at its best peak."""

    one: Floats
    restarts: Floats
    linear: Floats
    constant: Floats


def _network_restarts(seeds: range) -> Finals:
    """Choose peaks on other seeds, and compare."""
    schedules = (
        lr.Cosine(1.0, MOONS_STEPS),
        lr.CosineRestarts(1.0, MOONS_STEPS // 5),
        lr.Linear(1.0, MOONS_STEPS),
        lr.Constant(1.0),
    )
    shapes = np.stack([schedule.sample(MOONS_STEPS) for schedule in schedules])
    peaks = _peaks(shapes, seeds, count=100)
    return Finals(*_finals(shapes * peaks[:, None], seeds))


# --- H034: Plateau rules fire on noise ------------------------------------------------------------


def h034(seeds: range) -> Evidence:
    """Let rules watch metrics that never stop improving, and note when they first cut the rate."""
    total = 300
    soon = 100  # epochs, at which the rules are judged as well
    flat_epochs = 400
    powers = (0.2, 0.5)
    noises = {"tenths": 0.003, "one": 0.01, "three": 0.03}
    parts = {"tenths": "0.3 %", "one": "1 %", "three": "3 %"}
    u = np.array([stream("H034.power", seed).random() for seed in seeds])
    power = powers[0] + (powers[1] - powers[0]) * u
    history = noisy_metric.metrics(seeds, total, power=power, noise=tuple(noises.values()))
    noisy = dict(zip(noises, history, strict=True))

    default, patient, middle = (lr.ReduceOnPlateau(1.0, patience=p) for p in (10, 50, 30))
    cuts = {name: noisy_metric.first(default, metrics) for name, metrics in noisy.items()}
    cuts["patient"] = noisy_metric.first(patient, noisy["three"])
    cuts["smooth"] = noisy_metric.first(middle, noisy_metric.smoothed(noisy["three"], 10))

    def by(key: str, epochs: int) -> Interval:
        return share(int((cuts[key] <= epochs).sum()), len(seeds))

    cases = tuple(
        Case(
            key=key,
            when=f"the metric's noise is {part} of its fall",
            effect=by(key, soon),
            world="toy",
            claim="threshold",
            at_most=0.05,
            unit="share of runs",
            setting="simulated metric",
            traits={"noise": f"noise of {part} of the metric's fall"},
        )
        for key, part in parts.items()
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
        "patient": by("patient", soon),
        "smooth": by("smooth", soon),
        **{f"{key}_late": by(key, total) for key in cuts},
        "when_one": estimate(np.minimum(cuts["one"], total)),
        "when_three": estimate(cuts["three"]),
        "when_patient": estimate(np.minimum(cuts["patient"], total)),
        "left": estimate(1.0 - 2.0 ** -power[fired]),
        "flat_default": estimate(noisy_metric.first(default, flat)),
        "flat_patient": estimate(noisy_metric.first(patient, flat)),
        "flat_smooth": estimate(noisy_metric.first(middle, noisy_metric.smoothed(flat, 10))),
    }
    return Evidence(
        "share of runs whose rate is cut within 100 epochs",
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
    long_steps, short_steps, moons_steps = 500, 100, 200
    problem = quadratic.draw(seeds[: len(seeds) // 2])
    long, short = (_one_cycles(problem, steps) for steps in (long_steps, short_steps))
    network = _network_one_cycles(seeds, moons_steps)
    both, alone = "rate and momentum", "the rate alone"
    quadratics = {
        "both": ("rate and momentum cycle", both, long.both, long.gain, long_steps),
        "still": ("only the rate cycles", alone, long.still, long.gain, long_steps),
        "short": ("rate and momentum cycle", both, short.both, short.gain, short_steps),
    }
    cases = [
        of_losses(
            key,
            f"the loss is quadratic and {when}, over {updates} updates",
            better,
            gain,
            world="quadratic",
            claim="superiority",
            traits={"what cycles": what},
            updates=updates,
        )
        for key, (when, what, better, gain, updates) in quadratics.items()
    ]
    cases.append(
        of_losses(
            "moons",
            "the micrograd demo sees batches of 10 and only the rate cycles",
            network.tuned,
            network.gain,
            world="toy",
            claim="superiority",
            setting=DEMO,
            traits={"what cycles": alone},
            updates=moons_steps,
        )
    )
    numbers = {
        "alone": ratio(long.alone, long.gain),
        "high": estimate(network.high),
        "warm": estimate(network.warm),
    }
    effects = {case.key: case.effect for case in cases} | numbers
    costs = {f"{key}_cost": _negated(effects[key]) for key in ("alone", *(c.key for c in cases))}
    rows = {
        "both": "both cycle",
        "still": "rate cycles",
        "alone": "momentum cycles",
        "short": "both, 100 updates",
        "moons": "network",
    }
    chart = Dots(
        rows=tuple(rows.values()),
        series={"": tuple(effects[key] for key in rows)},
        xlabel="how much lower it ends than linear decay, as a share of decay's gain",
        alt="How much lower one-cycle ends than linear decay, in shares of what decay gains over a "
        "constant rate, at tuned peaks: below zero in all rows, four of quadratics and one of a "
        "network.",
        caption="The first four rows are quadratics. At tuned peaks a cycle of rate and momentum "
        "costs {both_cost} of decay's gain over 500 updates, and one of the rate alone "
        "{still_cost}.",
        reference=0.0,
    )
    return Evidence(
        "how much lower one-cycle ends than linear decay, as a share of decay's gain",
        tuple(cases),
        chart,
        numbers | costs,
        format=".0%",
    )


class Cycled(NamedTuple):
    """How much lower than linear decay with momentum 0.9 each ends, for every problem.

    With rate and momentum cycled, the rate alone, the momentum alone; and what linear decay gains
    over a constant rate.
    """

    both: Floats
    still: Floats
    alone: Floats
    gain: Floats


def _one_cycles(problem: quadratic.Problem, steps: int) -> Cycled:
    """Compare three cycles, all at their best peaks."""
    cycle = lr.OneCycle(1.0, steps)
    rate, linear = cycle.sample(steps), lr.Linear(1.0, steps).sample(steps)
    momentum, usual = cycle.momentum().sample(steps), np.full(steps, 0.9)
    shapes = [linear, rate, rate, linear, np.ones(steps)]
    momenta = [usual, momentum, usual, momentum, usual]
    decay, *cycled, constant = quadratic.best(problem, shapes, momentum=momenta).loss.T
    return Cycled(*(decay - loss for loss in cycled), constant - decay)


class Network(NamedTuple):
    """Linear decay and one-cycle in the demo, for every seed.

    How much lower one-cycle ends at tuned peaks, and what linear decay gains there. At twice the
    best peak of linear decay: the share of its loss that one-cycle saves, and that a warmup saves.
    """

    tuned: Floats
    gain: Floats
    high: Floats
    warm: Floats


def _network_one_cycles(seeds: range, steps: int) -> Network:
    """Choose peaks on other seeds, and compare."""
    schedules = (lr.Linear(1.0, steps), lr.OneCycle(1.0, steps), lr.Constant(1.0))
    shapes = np.stack([schedule.sample(steps) for schedule in schedules])
    peaks = _peaks(shapes, seeds, count=150)
    linear, cycle, constant = _finals(shapes * peaks[:, None], seeds)
    warmup = np.minimum(1.0, np.arange(1.0, steps + 1) / (steps // 10))
    raised = 2.0 * peaks[0] * np.stack([*shapes[:2], warmup * shapes[0]])
    plain, *milder = _finals(raised, seeds)
    return Network(linear - cycle, constant - linear, *(1.0 - loss / plain for loss in milder))
