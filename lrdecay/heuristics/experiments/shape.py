"""Experiments on what decides the best shape: spectrum, noise and valleys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Evidence, Lines, of_losses
from lrdecay.lab import catapult, quadratic, river
from lrdecay.lab.stats import estimate, exact, ratio, share

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
    shapes = np.vstack([left ** powers[:, None], np.ones(steps)])
    cases, numbers = [], {}
    curves: dict[str, tuple[float, ...]] = {}
    for key, exponent in spectra.items():
        problem = quadratic.draw(seeds, exponent=exponent)
        *losses, constant = quadratic.best(problem, shapes).loss.T
        above = np.array(losses) - np.min(losses, axis=0)
        gain = constant - losses[linear]
        cases.append(
            of_losses(
                key,
                when[key],
                above[linear],
                gain,
                world="quadratic",
                claim="non-inferiority",
            )
        )
        numbers[f"p{key[1:]}"] = estimate(powers[above.argmin(axis=0)], np.mean)
        numbers[f"square{key[1:]}"] = ratio(above[square], gain)
        curves[f"exponent {exponent:g}"] = tuple(np.median(above, axis=1) / np.median(gain))
    chart = Lines(
        x=tuple(powers.tolist()),
        curves=curves,
        xlabel="power p of the decay (1 - t/T)^p; linear is 1",
        ylabel="loss above the best power, of decay's gain",
        alt="Loss above the best power, in shares of what decay gains, against the power of the "
        "decay, one curve for each spectrum. The minimum moves from a power of about 1 to about 2 "
        "as the spectrum gets steeper.",
        caption="The steeper the spectrum, the higher the best power: {p105} at exponent "
        "1.05, {p300} at exponent 3.",
    )
    return Evidence(
        "loss of linear decay above the best power",
        tuple(cases),
        chart,
        numbers,
        format=".1%",
        formats={".1f": ["p105", "p300"], ".2f": ["p150", "p200"]},
    )


# --- H047: The limit 2 / sharpness ----------------------------------------------------------------


def h047(seeds: range) -> Evidence:
    """Run constant rates from 0.55 to 5.55 over the sharpness, on both kinds of loss."""
    steps = 300
    rates = np.arange(55, 560, 10) / 100  # in units of 1 / sharpness at the start, off 2 and 4
    between, above = (rates > 2) & (rates < 4), rates > 4
    shown = (rates > 1) & (rates < 4)
    # Where curvature is fixed, a step multiplies the distance along the sharpest direction by this.
    fixed = np.abs(1.0 - rates) > 1.0
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
    cases = [
        Case(
            key="fixed",
            when="the curvature is fixed (a quadratic)",
            effect=exact(float(fixed[rates > 2].mean()), int((rates > 2).sum())),
            world="algebra",
            claim="threshold",
            at_least=0.95,
            traits={"model and rate": "a model that is linear in its parameters"},
            unit="share of rates",
        )
    ]
    cases += [
        Case(
            key=key,
            when=when,
            effect=estimate(changing[:, which].mean(axis=1), np.mean),
            world="toy",
            claim="threshold",
            at_least=0.95,
            setting="linear network",
            traits={"model and rate": words},
            unit="share of runs",
        )
        for key, which, when, words in (
            (
                "between",
                between,
                "training can lower the curvature (a linear network) and the rate is below 4 / λ",
                "a network from 2 / λ to 4 / λ",
            ),
            (
                "above",
                above,
                "the rate is above 4 / λ (a linear network)",
                "a network above 4 / λ",
            ),
        )
    ]
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
        "safe": exact(float(fixed[rates < 2].mean()), int((rates < 2).sum())),
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
        "share of runs above 2 / λ that diverge",
        tuple(cases),
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
        "linear": ("the schedule is linear to 0", "linear decay"),
        "cosine": ("the schedule is a cosine to 0", "cosine"),
        "wsd": ("the schedule is constant with a cooldown over the last fifth", "WSD"),
        "constant": ("the schedule is constant", "no decay"),
    }
    problem = quadratic.draw(seeds)
    perfect = quadratic.optimal(problem, steps, tolerance=1e-7)
    shapes = {key: schedule.sample(steps) for key, schedule in schedules.items()}
    shapes["constant"] = np.ones(steps)
    found = quadratic.best(problem, list(shapes.values())).loss.T
    losses = dict(zip(shapes, found, strict=True))
    gain = losses["constant"] - losses["linear"]
    cases = [
        of_losses(
            key,
            words,
            losses[key] - perfect.loss,
            gain,
            world="quadratic",
            claim="non-inferiority",
            traits={"shape": shape},
        )
        for key, (words, shape) in when.items()
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
        "tuned peak ends {linear} of decay's gain above it. The band holds 80 % of the problems.",
        bands={"perfect": (low, high)},
    )
    last = estimate(relative[:, -1])
    worst = estimate((losses["linear"] - perfect.loss) / gain, _worst)
    return Evidence(
        "final loss above that of the perfect schedule",
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
    traits = {
        "steady": "stays as it is",
        "fall4": "falls to a quarter",
        "fall16": "falls to a sixteenth",
        "fall64": "falls to a sixty-fourth",
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
        least = losses.min(axis=-1)
        above, gain = losses[:, linear] - least, losses[:, 0] - losses[:, linear]
        if key in traits:  # nobody asked about noise that grows
            cases.append(
                of_losses(
                    key,
                    f"the noise {traits[key]}",
                    above,
                    gain,
                    world="quadratic",
                    claim="non-inferiority",
                    traits={"the noise": traits[key]},
                )
            )
        else:
            numbers[key] = ratio(above, gain)
        numbers[f"p_{key}"] = estimate(powers[losses.argmin(axis=-1)], np.mean)
        numbers[f"gain_{key}"] = estimate(1.0 - losses[:, linear] / losses[:, 0])
        if key == "fall64":
            numbers["lost"] = estimate(losses[:, linear] / losses[:, 0] - 1.0)
        if key in shown:
            extra = losses / least[:, None] - 1.0
            curves[shown[key]] = tuple(np.median(extra, axis=0).tolist())
    chart = Lines(
        x=tuple(powers.tolist()),
        curves=curves,
        xlabel="power p of the decay (1 - t/T)^p; 0 is constant, linear 1",
        ylabel="loss above the best power, relative to it",
        alt="Relative loss above the best power, one curve for each fall of the noise. The "
        "more the noise falls, the nearer the minimum is to a power of 0.",
        caption="The best power is {p_steady} with steady noise, {p_fall4} if it falls to "
        "a quarter and {p_fall64} if to a sixty-fourth.",
    )
    measure = "loss of linear decay above the best power"
    return Evidence(
        measure,
        tuple(cases),
        chart,
        numbers,
        format=".0%",
        formats={
            ".1%": ["steady"],
            ".1f": ["p_rise4"],
            ".3g": ["fall64"],
            ".2f": ["p_steady", "p_fall4", "p_fall16", "p_fall64"],
        },
    )


# --- H050: The river valley -----------------------------------------------------------------------

STEPS = 400
COOLDOWN = 80


def h050(seeds: range) -> Evidence:
    """Cool down in valleys, straight and narrowing, and split the drop into hill and river."""
    high, middle, low = 0.8, 0.2, 0.05  # peak rates; the limit of stability is 2
    traits = {
        "high": f"at {50 * high:.3g} % of the limit of stability",
        "low": f"at {50 * low:.3g} % of the limit of stability",
    }
    runs = 20
    shown = river.Valley()
    shape = lr.WSD(1.0, STEPS, decay_steps=COOLDOWN).sample(STEPS)
    straight, narrow = river.draw(seeds), river.draw(seeds, narrowing=0.25)
    lrs = np.stack([peak * shape for peak in (high, middle, low)])
    closed = river.follow(straight, lrs, curve=True)
    noise = range(runs * seeds.start, runs * seeds.start + runs)
    sampled = river.simulate(narrow, lrs[0], noise, curve=True)
    cases = (
        _case(
            "high",
            "the rate is high and the valley straight",
            traits["high"],
            closed.river[:, 0],
            closed.hill[:, 0],
        ),
        _case(
            "narrow",
            "the rate is high and the valley gets narrower",
            traits["high"],
            sampled.river.mean(axis=1),
            sampled.hill.mean(axis=1),
        ),
        _case(
            "low",
            "the rate is low and the valley straight",
            traits["low"],
            closed.river[:, 2],
            closed.hill[:, 2],
        ),
    )
    start = STEPS - COOLDOWN
    constant = river.follow(straight, np.full(STEPS, high))
    before, after = closed.loss[:, :, start], closed.loss[:, :, -1]
    numbers = {
        "worse": share(int(np.count_nonzero(before[:, 0] > before[:, 1])), len(seeds)),
        "better": share(int(np.count_nonzero(after[:, 0] < after[:, 1])), len(seeds)),
        "after": estimate(1.0 - after[:, 0] / after[:, 1]),
        "lag": estimate(closed.river[:, 0, -1] / constant.river - 1.0),
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


def _case(
    key: str, when: str, rate: str, along: NDArray[np.float64], above: NDArray[np.float64]
) -> Case:
    """Return the share of the drop in the cooldown that is not the river's, over valleys."""
    start = STEPS - COOLDOWN
    fall = above[:, start] - above[:, -1]
    part = fall / (fall + along[:, start] - along[:, -1])
    return Case(
        key=key,
        when=when,
        effect=estimate(part),
        world="toy",
        claim="threshold",
        at_least=0.8,
        setting="river valley",
        traits={"peak rate": rate},
        unit="share of the drop",
    )
