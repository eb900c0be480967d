"""Experiments on what decides the best shape: spectrum, noise and valleys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Evidence, Lines
from lrdecay.lab import catapult, quadratic, river
from lrdecay.lab.stats import estimate, share

# --- H046: The spectrum decides the power ---------------------------------------------------------


def h046(seeds: range) -> Evidence:
    """Tune the peak of powers of linear decay on spectra of four exponents."""
    steps = 1000
    powers = np.array([0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0])
    spectra = {"s105": 1.05, "s150": 1.5, "s200": 2.0, "s300": 3.0}
    when = {
        "s105": "curvatures fall slowly (exponent 1.05)",
        "s150": "curvatures fall faster (exponent 1.5)",
        "s200": "curvatures fall fast (exponent 2)",
        "s300": "curvatures fall very fast (exponent 3)",
    }
    linear, square = (powers.tolist().index(power) for power in (1.0, 2.0))
    left = 1.0 - np.arange(steps) / steps
    shapes = left ** powers[:, None]
    cases, numbers = [], {}
    curves: dict[str, tuple[float, ...]] = {}
    for key, exponent in spectra.items():
        problem = quadratic.draw(seeds, exponent=exponent)
        losses = quadratic.best(problem, shapes).loss
        least = losses.min(axis=-1, keepdims=True)
        extra = losses / least - 1.0
        cases.append(Case(key, when[key], estimate(extra[:, linear]), at_most=0.02))
        numbers[f"p{key[1:]}"] = estimate(powers[losses.argmin(axis=-1)], np.mean)
        numbers[f"square{key[1:]}"] = estimate(extra[:, square])
        curves[f"exponent {exponent:g}"] = tuple(np.median(extra, axis=0).tolist())
    chart = Lines(
        x=tuple(powers.tolist()),
        curves=curves,
        xlabel="power p of the decay (1 - t/T)^p; linear is 1",
        ylabel="extra loss over the best power",
        alt="Extra loss against the power of the decay, one curve for each spectrum. The minimum "
        "moves from a power of about 1 to about 2 as the spectrum gets steeper.",
        caption="The steeper the spectrum, the higher the best power: {p105} at exponent "
        "1.05, {p300} at exponent 3.",
    )
    return Evidence(
        "extra loss of linear decay over the best power",
        tuple(cases),
        chart,
        numbers,
        format=".1%",
        formats={
            ".0%": ["s300"],
            ".1f": ["p105", "p300"],
            ".2f": ["p150", "p200"],
            ".3g": ["square200", "square300"],
        },
    )


# --- H047: The limit 2 / sharpness ----------------------------------------------------------------


def h047(seeds: range) -> Evidence:
    """Run constant rates from 0.55 to 5.55 over the sharpness, on both kinds of loss."""
    steps = 300
    rates = np.arange(55, 560, 10) / 100  # in units of 1 / sharpness at the start, off 2 and 4
    between, above = (rates > 2) & (rates < 4), rates > 4
    shown = (rates > 1) & (rates < 4)
    problems = quadratic.draw(seeds, noise=0.0)
    base = rates / problems.h_max[:, None]
    ends = quadratic.rates(problems, np.ones(steps), base)
    fixed = ends > problems.initial_loss[:, None]
    constant = np.repeat(rates[:, None], steps, axis=1)
    network = catapult.run(constant, seeds, relative=True)
    f, sharp = catapult.initial(seeds)
    start = 0.5 * f * f
    changing = start[:, None] < network.loss.T
    sharpness = network.sharpness.T / sharp[:, None]
    pair = catapult.run(constant[np.isin(rates, (2.05, 2.55))], seeds, relative=True, curve=True)
    above_start = pair.loss > start[:, None]
    last = steps + 1 - np.argmax(above_start[..., ::-1], axis=-1)
    back = np.where(above_start.any(axis=-1), last, 0)

    def diverging(runs: np.ndarray, which: np.ndarray) -> np.ndarray:
        return runs[:, which].mean(axis=1)

    cases = (
        Case(
            "fixed",
            "the curvature is fixed (a quadratic)",
            estimate(diverging(fixed, rates > 2), np.mean),
            at_least=0.95,
        ),
        Case(
            "between",
            "training can lower the curvature (a linear network) and the rate is below 4 / λ",
            estimate(diverging(changing, between), np.mean),
            at_least=0.95,
        ),
        Case(
            "above",
            "the rate is above 4 / λ (a linear network)",
            estimate(diverging(changing, above), np.mean),
            at_least=0.95,
        ),
    )
    at = [int(np.argmin(np.abs(rates - rate))) for rate in (1.55, 2.55, 3.55)]
    numbers = {
        "flat_15": estimate(sharpness[:, at[0]]),
        "flat_25": estimate(sharpness[:, at[1]]),
        "flat_35": estimate(sharpness[:, at[2]]),
        "start": estimate(start),
        "back_20": estimate(back[0]),
        "back_25": estimate(back[1]),
        "peak_25": estimate(network.highest[at[1]]),
        "peak_35": estimate(network.highest[at[2]]),
        "safe": estimate(diverging(fixed, rates < 2), np.mean),
    }
    x = rates[shown]
    chart = Lines(
        x=tuple(x),
        curves={
            "linear network, at the end": tuple(np.median(sharpness[:, shown], axis=0)),
            "quadratic": (1.0,) * len(x),
            "highest stable sharpness, 2 / rate": tuple(2 / x),
        },
        xlabel="rate times sharpness at the start",
        ylabel="sharpness, relative to the start",
        alt="From 2 on the sharpness of the quadratic, which cannot change, lies above the limit "
        "2 / rate. That of the linear network falls below the limit, far below beyond 3.",
        caption="Above 2 the quadratic diverges. The network does not: its loss rises until the "
        "sharpness has fallen below 2 / rate. From 4 on it diverges too.",
    )
    return Evidence(
        "share of rates above 2 / λ that diverge",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={
            ".3g": ["flat_15", "flat_35"],
            ".2f": ["flat_25", "start"],
            ".0f": ["back_20", "back_25", "peak_25", "peak_35"],
        },
    )


# --- H048: The perfect schedule -------------------------------------------------------------------


def h048(seeds: range) -> Evidence:
    """Optimise each of the rates, and compare with shapes whose peak alone is tuned."""
    steps = 300
    schedules = {
        "linear": lr.Linear(1.0, steps),
        "cosine": lr.Cosine(1.0, steps),
        "wsd": lr.WSD(1.0, steps, decay_steps=steps // 5),
    }
    when = {
        "linear": "the schedule is linear to 0",
        "cosine": "the schedule is a cosine to 0",
        "wsd": "the schedule is constant with a cooldown over the last fifth",
        "constant": "the schedule is constant",
    }
    problem = quadratic.draw(seeds)
    perfect = quadratic.optimal(problem, steps, tolerance=1e-7)
    shapes = {key: schedule.sample(steps) for key, schedule in schedules.items()}
    shapes["constant"] = np.ones(steps)
    losses = quadratic.best(problem, list(shapes.values())).loss
    extra = losses / perfect.loss[:, None] - 1.0
    cases = [
        Case(key, when[key], estimate(column), at_most=0.1)
        for key, column in zip(shapes, extra.T, strict=True)
    ]
    relative = perfect.lrs / perfect.lrs.max(axis=-1, keepdims=True)
    low, middle, high = (tuple(q.tolist()) for q in np.quantile(relative, (0.1, 0.5, 0.9), axis=0))
    chart = Lines(
        x=tuple((np.arange(steps) / steps).tolist()),
        curves={
            "perfect": middle,
            "linear": tuple(shapes["linear"].tolist()),
            "cosine": tuple(shapes["cosine"].tolist()),
        },
        xlabel="share of the run",
        ylabel="rate / its peak",
        alt="The perfect rates, a convex curve from 1 towards 0, with linear decay a little above "
        "and a cosine far above in the first half.",
        caption="The perfect schedule sags a little below a straight line. Linear decay with a "
        "tuned peak ends {linear} above it. The band holds 80 % of the problems.",
        bands={"perfect": (low, high)},
    )
    last = estimate(relative[:, -1])
    worst = estimate(extra[:, 0], _worst)
    return Evidence(
        "extra final loss over the perfect schedule",
        tuple(cases),
        chart,
        {"last": last, "worst": worst},
        format=".1%",
        formats={".0%": ["wsd", "constant", "last"]},
    )


def _worst(values: np.ndarray, axis: int) -> np.ndarray:
    return np.quantile(values, 0.9, axis=axis)


# --- H049: Noise that falls during the run --------------------------------------------------------


def h049(seeds: range) -> Evidence:
    """Tune the peak of powers of linear decay while the noise changes geometrically."""
    steps = 1000
    powers = np.array([0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])
    linear = powers.tolist().index(1.0)
    # How much smaller the variance of the noise is at the end than at the start.
    falls = {"rise4": 0.25, "steady": 1.0, "fall4": 4.0, "fall16": 16.0, "fall64": 64.0}
    when = {
        "rise4": "the noise grows fourfold",
        "steady": "the noise stays as it is",
        "fall4": "the noise falls to a quarter",
        "fall16": "the noise falls to a sixteenth",
        "fall64": "the noise falls to a sixty-fourth",
    }
    shown = {"steady": "steady", "fall4": "to 1/4", "fall16": "to 1/16", "fall64": "to 1/64"}
    problem = quadratic.draw(seeds)
    passed = np.arange(steps) / steps
    shapes = (1.0 - passed) ** powers[:, None]
    cases, numbers = [], {}
    curves: dict[str, tuple[float, ...]] = {}
    for key, factor in falls.items():
        # A batch that many times as large has the noise of one example divided by as much.
        losses = quadratic.best(problem, shapes, batch_size=factor**passed).loss
        extra = losses / losses.min(axis=-1, keepdims=True) - 1.0
        cases.append(Case(key, when[key], estimate(extra[:, linear]), at_most=0.03))
        numbers[f"p_{key}"] = estimate(powers[losses.argmin(axis=-1)], np.mean)
        numbers[f"gain_{key}"] = estimate(1.0 - losses[:, linear] / losses[:, 0])
        if key == "fall64":
            numbers["lost"] = estimate(losses[:, linear] / losses[:, 0] - 1.0)
        if key in shown:
            curves[shown[key]] = tuple(np.median(extra, axis=0).tolist())
    chart = Lines(
        x=tuple(powers.tolist()),
        curves=curves,
        xlabel="power p of the decay (1 - t/T)^p; 0 is constant, linear 1",
        ylabel="extra loss over the best power",
        alt="Extra loss against the power of the decay, one curve for each fall of the noise. The "
        "more the noise falls, the nearer the minimum is to a power of 0.",
        caption="The best power is {p_steady} with steady noise, {p_fall4} if it falls to "
        "a quarter and {p_fall64} if to a sixty-fourth.",
    )
    measure = "extra loss of linear decay over the best power"
    return Evidence(
        measure,
        tuple(cases),
        chart,
        numbers,
        format=".0%",
        formats={
            ".1%": ["rise4", "steady", "fall4"],
            ".1f": ["p_rise4"],
            ".3g": ["gain_rise4", "gain_fall4", "gain_fall16", "gain_fall64"],
            ".2f": ["p_steady", "p_fall4", "p_fall16", "p_fall64"],
        },
    )


# --- H050: The river valley -----------------------------------------------------------------------

STEPS = 400
COOLDOWN = 80


def h050(seeds: range) -> Evidence:
    """Cool down in valleys, straight and narrowing, and split the drop into hill and river."""
    high, middle, low = 0.8, 0.2, 0.05  # peak rates; the limit of stability is 2
    runs = 20
    shown = river.Valley()
    shape = lr.WSD(1.0, STEPS, decay_steps=COOLDOWN).sample(STEPS)
    straight, narrow = river.draw(seeds), river.draw(seeds, narrowing=0.25)
    lrs = np.stack([peak * shape for peak in (high, middle, low)])
    exact = river.follow(straight, lrs, curve=True)
    noise = range(runs * seeds.start, runs * seeds.start + runs)
    sampled = river.simulate(narrow, lrs[0], noise, curve=True)
    cases = (
        _case(
            "high", "the rate is high and the valley straight", exact.river[:, 0], exact.hill[:, 0]
        ),
        _case(
            "narrow",
            "the rate is high and the valley gets narrower",
            sampled.river.mean(axis=1),
            sampled.hill.mean(axis=1),
        ),
        _case(
            "low", "the rate is low and the valley straight", exact.river[:, 2], exact.hill[:, 2]
        ),
    )
    start = STEPS - COOLDOWN
    constant = river.follow(straight, np.full(STEPS, high))
    before, after = exact.loss[:, :, start], exact.loss[:, :, -1]
    numbers = {
        "worse": share(int(np.count_nonzero(before[:, 0] > before[:, 1])), len(seeds)),
        "better": share(int(np.count_nonzero(after[:, 0] < after[:, 1])), len(seeds)),
        "after": estimate(1.0 - after[:, 0] / after[:, 1]),
        "lag": estimate(exact.river[:, 0, -1] / constant.river - 1.0),
        "whole": estimate(1.0 - after[:, 0] / before[:, 0]),
    }
    one = river.follow(shown, lrs, curve=True)
    chart = Lines(
        x=tuple(range(STEPS + 1)),
        curves={
            "loss, high rate": tuple(one.loss[0].tolist()),
            "river, high rate": tuple(one.river[0].tolist()),
            "loss, middle rate": tuple(one.loss[1].tolist()),
            "river, middle rate": tuple(one.river[1].tolist()),
        },
        xlabel="update",
        ylabel="height",
        alt="Loss and height of the river over a run, at a high and at a middle rate. Before the "
        "cooldown the high rate has the higher loss and the lower river; in the cooldown its loss "
        "drops nearly to its river, far below that of the middle rate.",
        caption="Until update 320 the high rate has the higher loss, though it is further down "
        "the river. The cooldown shows it. One valley of timescale 10 and noise 1.",
        log="y",
    )
    measure = "share of the cooldown's drop that is height above the river"
    return Evidence(measure, cases, chart, numbers, format=".0%")


def _case(key: str, when: str, along: NDArray[np.float64], above: NDArray[np.float64]) -> Case:
    """Return the share of the drop in the cooldown that is not the river's, over valleys."""
    start = STEPS - COOLDOWN
    fall = above[:, start] - above[:, -1]
    part = fall / (fall + along[:, start] - along[:, -1])
    return Case(key, when, estimate(part), at_least=0.8)
