"""Experiments on averaging, momentum, Adam and weight decay."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines, of_losses
from lrdecay.lab import adam, moons, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, ratio, share
from lrdecay.lab.streams import stream

Floats = NDArray[np.float64]

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)  # of a run, averaged at its end
MOONS = 100  # updates of a run on the moons
PEAKS = np.array([0.35, 0.5, 0.7, 1.0])  # swept there
TUNING = 150  # runs that the sweep takes


def _averaged(lrs: Floats, seeds: Iterable[int]) -> Floats:
    """Return losses on the moons of the last weights and of their averages, (1 + shares, ...)."""
    chosen, total = list(seeds), lrs.shape[-1]
    windows = [round(share * total) for share in SHARES]
    kept = range(total - max(windows) + 1, total + 1)
    runs = moons.run(lrs, chosen, batch_size=10, curves=False, keep=kept, test_points=2, workers=1)
    points, labels = map(np.stack, zip(*map(moons.data, chosen), strict=True))
    losses = [runs.final_loss]
    total_weights, taken = np.zeros_like(runs.parameters), 0
    for window in windows:
        for k in range(taken, window):
            total_weights += runs.snapshots[total - k]
        taken = window
        mean = total_weights / window
        hinge = np.maximum(0.0, 1.0 - labels * moons.scores(mean, points)).mean(axis=-1)
        losses.append(hinge + moons.PENALTY * np.square(mean).sum(axis=-1))
    return np.minimum(np.nan_to_num(losses, nan=moons.EXPLODED), moons.EXPLODED)


# --- H041: Averaging instead of decay -------------------------------------------------------------


def _decays(steps: int) -> Floats:
    """Return linear decay and WSD with a cooldown of a fifth, with peak 1."""
    wsd = lr.WSD(1.0, steps, decay_steps=steps // 5)
    return np.stack([lr.Linear(1.0, steps).sample(steps), wsd.sample(steps)])


def h041(seeds: range) -> Evidence:
    """Average constant runs over windows of five lengths, and compare with the better decay."""
    steps = 1000  # of a run on a quadratic
    problem = quadratic.draw(seeds[: len(seeds) // 3])
    constant = np.ones(steps)
    decays = quadratic.best(problem, _decays(steps)).loss
    plain = quadratic.best(problem, constant)
    retuned, kept, rates = [plain.loss], [plain.loss], []
    for part in SHARES:
        tail = quadratic.Tail(part)
        found = quadratic.best(problem, constant, average=tail)
        same = quadratic.rates(problem, constant, plain.rate[:, None], average=tail)[:, 0]
        retuned.append(found.loss)
        kept.append(same)
        rates.append(found.rate / plain.rate)
    raised = np.take_along_axis(np.array(rates), np.argmin(retuned[1:], axis=0)[None], axis=0)[0]

    shapes = np.stack([np.ones(MOONS), *_decays(MOONS)])[:, None] * PEAKS[:, None]
    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tuned = np.median(_averaged(shapes, elsewhere), axis=-1)
    peaks = tuned[:, 0].argmin(axis=-1)  # of each window, at a constant rate
    window = 1 + tuned[1:, 0].min(axis=-1).argmin()
    tried = np.unique(peaks)
    flat = _averaged(shapes[0, tried], seeds)
    network = [flat[i, np.searchsorted(tried, at)] for i, at in enumerate(peaks)]
    after = _averaged(shapes[[1, 2], tuned[0, 1:].argmin(axis=-1)], seeds)[0]
    better = after[tuned[0, 1:].min(axis=-1).argmin()]

    best = decays.min(axis=-1)
    above = {
        "retuned": np.array(retuned) - best,
        "kept": np.array(kept) - best,
        "network": np.array(network) - better,
    }
    gains = dict.fromkeys(("retuned", "kept"), plain.loss - decays[:, 0])
    gains["network"] = network[0] - after[0]
    cases = (
        of_losses(
            "retuned",
            "the loss is quadratic and the rate is retuned for the average",
            above["retuned"][1:].min(axis=0),
            gains["retuned"],
            world="quadratic",
            claim="non-inferiority",
            traits={"the rate": "tuned for the average"},
        ),
        of_losses(
            "kept",
            "the loss is quadratic and the rate stays that of the best constant run",
            above["kept"][1:].min(axis=0),
            gains["kept"],
            world="quadratic",
            claim="non-inferiority",
            traits={"the rate": "that of the best constant run"},
        ),
        of_losses(
            "network",
            "a small network is trained and the rate is retuned for the average",
            above["network"][window],
            gains["network"],
            world="toy",
            claim="non-inferiority",
            setting="micrograd demo",
            traits={"the rate": "tuned for the average"},
        ),
    )
    names = {
        "retuned": "quadratic, retuned",
        "kept": "quadratic, same rate",
        "network": "network, retuned",
    }
    rows = {key: [ratio(d, gains[key]) for d in above[key]] for key in names}

    def line(row: list[Interval], end: int) -> tuple[float, ...]:
        return tuple(interval[end] for interval in row)

    chart = Lines(
        x=(0.0, *SHARES),
        curves={name: line(rows[key], 0) for key, name in names.items()}
        | {"the better decay": (0.0,) * (1 + len(SHARES))},
        xlabel="share of the run that is averaged",
        ylabel="final loss above decay, of decay's gain",
        alt="Final loss of a constant rate with averaging, above the better of two decays, in "
        "shares of what decay gains. On quadratics with a retuned rate the longest window is best; "
        "at the old rate every window stays higher. On the network a tenth is best.",
        caption="With its best window, a constant run with averaging ends {retuned} of decay's "
        "gain above the better decay on quadratics, if the rate is raised {raised} times, and "
        "{network} on the network.",
        bands={name: (line(rows[key], 1), line(rows[key], 2)) for key, name in names.items()},
    )
    numbers = {
        "none": rows["retuned"][0],
        "network_none": rows["network"][0],
        "fifth": rows["retuned"][1 + SHARES.index(0.2)],
        "raised": estimate(raised),
        "network_raised": exact(float(PEAKS[peaks[window]] / PEAKS[peaks[0]]), TUNING),
        "network_half": rows["network"][1 + SHARES.index(0.5)],
    }
    return Evidence(
        "final loss of a constant rate and average above the better decay",
        cases,
        chart,
        numbers,
        format="+.0%",
        formats={".1f": ["raised"], ".3g": ["network_raised"]},
    )


# --- H042: Averaging a decayed run ----------------------------------------------------------------


def _shapes(steps: int) -> Floats:
    """Return four shapes with peak 1: constant, a cosine to a tenth, WSD, linear."""
    wsd = lr.WSD(1.0, steps, decay_steps=steps // 5)
    chosen = (lr.Constant(1.0), lr.Cosine(1.0, steps, 0.1), wsd, lr.Linear(1.0, steps))
    return np.stack([schedule.sample(steps) for schedule in chosen])


def h042(seeds: range) -> Evidence:
    """Average the ends of tuned runs over windows of five lengths, at the peaks that they have."""
    steps = 1000  # of a run on a quadratic
    at_tenth = SHARES.index(0.1)
    shown = (0.05, 0.1, 0.2)
    problem = quadratic.draw(seeds[: len(seeds) // 2])
    found = quadratic.best(problem, _shapes(steps))
    tails = [quadratic.Tail(part) for part in SHARES]
    means = [
        quadratic.rates(problem, _shapes(steps), found.rate[..., None], average=tail)[..., 0]
        for tail in tails
    ]
    again = quadratic.best(problem, _shapes(steps)[2:], average=tails[at_tenth]).loss

    swept = _shapes(MOONS)[:, None] * PEAKS[:, None]
    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tuning = moons.run(swept, elsewhere, batch_size=10, curves=False, test_points=2, workers=1)
    peaks = np.median(tuning.final_loss, axis=-1).argmin(axis=-1)
    network = _averaged(swept[range(len(peaks)), peaks], seeds)

    keys = ("constant", "cosine", "wsd", "linear")
    # What each window saves, (windows, runs), of every shape.
    saved = {key: (found.loss - means)[..., i] for i, key in enumerate(keys)}
    saved |= {f"network_{key}": (network[0] - network[1:])[:, i] for i, key in enumerate(keys)}
    gain = found.loss[:, 0] - found.loss[:, -1]
    network_gain = network[0, 0] - network[0, -1]
    gains = {key: network_gain if key.startswith("network") else gain for key in saved}
    when = {
        "cosine": ("a cosine ends at 10 % of the peak", "a cosine to 10 %"),
        "wsd": ("WSD cools down over the last fifth", "WSD"),
        "linear": ("the decay is linear to 0", "linear decay"),
    }
    cases = [
        of_losses(
            key,
            f"{words}, on quadratics",
            saved[key][at_tenth],
            gain,
            world="quadratic",
            claim="superiority",
            traits={"shape": shape},
        )
        for key, (words, shape) in when.items()
    ]
    cases += [
        of_losses(
            f"network_{key}",
            f"{words}, on a small network",
            saved[f"network_{key}"][at_tenth],
            network_gain,
            world="toy",
            claim="superiority",
            setting="micrograd demo",
            traits={"shape": shape},
        )
        for key, (words, shape) in when.items()
    ]

    def of_gain(key: str, part: float) -> Interval:
        return ratio(saved[key][SHARES.index(part)], gains[key])

    numbers = {key: of_gain(key, 0.1) for key in ("constant", "network_constant")}
    numbers |= {f"{key}_half": of_gain(key, 0.5) for key in saved}
    for i, key in enumerate(keys[2:]):
        retuned = found.loss[:, 2 + i] - again[:, i]
        numbers[f"{key}_retuned"] = ratio(retuned, gain)
    names = ("constant", "cosine to 10 %", "WSD 20 %", "linear")
    chart = Dots(
        rows=(*names, *(f"network, {name}" for name in names)),
        series={f"last {part:.0%}": tuple(of_gain(key, part) for key in saved) for part in shown},
        xlabel="saved by averaging, of decay's gain (0.1 = 10 %)",
        alt="What averaging the last 5, 10 and 20 % of a run saves, in shares of what decay gains. "
        "Much at constant rates on quadratics and on a network, and little or less than nothing "
        "for decayed runs.",
        caption="The average of the last tenth saves {constant} of decay's gain at a constant rate "
        "and {linear} after linear decay.",
        reference=0.0,
    )
    return Evidence(
        "final loss of the last weights above that of the average of the last tenth",
        tuple(cases),
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["cosine", "wsd", "linear", "wsd_retuned", "linear_retuned"]},
    )


# --- H043: Decay for Adam -------------------------------------------------------------------------

STEPS = 500
SHAPES = np.stack([lr.Constant(1.0).sample(STEPS), lr.Linear(1.0, STEPS).sample(STEPS)])


def _losses(problem: quadratic.Problem, seed: int, batch: int) -> NDArray[Any]:
    """Return mean final losses of the shapes, at peaks tuned by other noise."""
    peaks = 2.0 ** np.arange(-8.0, -2.9, 0.5)
    noises = 4  # runs that the loss of a problem is the mean of
    first = noises * seed
    tuned_on = range(first + 5000 * noises, first + 5000 * noises + noises)
    lrs = peaks[:, None, None] * SHAPES
    sweep = adam.run(problem, lrs, tuned_on, batch_size=batch).mean(axis=-1)
    best = peaks[sweep.argmin(axis=0)]
    judged_on = range(first, first + noises)
    return adam.run(problem, best[:, None] * SHAPES, judged_on, batch_size=batch).mean(axis=-1)


def h043(seeds: range) -> Evidence:
    """Tune Adam with a constant rate and with linear decay, at three batch sizes; likewise SGD."""
    batches = {"small": 1, "large": 100, "exact": 1_000_000}
    when = {
        "small": "the batch is a single noisy example",
        "large": "the batch is 100",
        "exact": "hardly any noise is left (a batch of a million)",
    }
    traits = {"small": "single examples", "large": "batches of 100", "exact": "hardly any noise"}
    problems = quadratic.draw(seeds, dimension=200, bins=25)
    cases, times, plain = [], {}, {}
    for key, batch in batches.items():
        found = np.array([_losses(problems[i], seed, batch) for i, seed in enumerate(seeds)])
        gain = found[:, 0] - found[:, 1]
        gained = estimate(gain)  # what decay gains is the unit itself, so it stays a loss
        cases.append(
            Case(
                key=key,
                when=when[key],
                effect=gained,
                world="quadratic",
                claim="superiority",
                traits={"batch": traits[key]},
                unit="loss",
                native=gained,
                problems=share(int((gain >= 0.0).sum()), len(gain)),
            )
        )
        times[f"times_{key}"] = estimate(found[:, 0] / found[:, 1])
        sgd = quadratic.best(problems, SHAPES, batch_size=batch).loss
        plain[f"sgd_{key}"] = estimate(sgd[:, 0] / sgd[:, 1])
    chart = Dots(
        rows=("batch of 1", "batch of 100", "batch of a million"),
        series={
            "Adam": tuple(times.values()),
            "gradient descent": tuple(plain.values()),
        },
        xlabel="final loss at a constant rate / with linear decay",
        alt="Adam: near 1 at a batch of 1, above 1 at 100, several times that without noise. "
        "Gradient descent: above 1 at both batch sizes, and below 1 without noise.",
        caption="Without noise gradient descent is better off at a constant rate, and Adam needs "
        "its decay most: its steps do not shrink with the gradient.",
        reference=1.0,
    )
    return Evidence(
        "final loss at a constant rate above that with linear decay",
        tuple(cases),
        chart,
        times | plain,
        formats={".2f": ["times_small", "times_large", "sgd_exact"], ".1f": ["times_exact"]},
    )


# --- H044: Momentum multiplies the rate -----------------------------------------------------------


def h044(seeds: range) -> Evidence:
    """Tune linear decay and a constant rate with and without momentum, for four batch sizes."""
    steps = 1000
    momentum = 0.9
    shapes = {"linear decay": lr.Linear(1.0, steps), "no decay": lr.Constant(1.0)}
    rows = np.stack([schedule.sample(steps) for schedule in shapes.values()])
    batches = {
        1: ("noise is strong (a batch of 1)", "single examples"),
        10: ("noise is moderate (a batch of 10)", "batches of 10"),
        100: ("noise is weak (a batch of 100)", "batches of 100"),
        1000: ("hardly any noise is left (a batch of 1000)", "batches of 1,000"),
    }
    least, most = 1 / 1.5, 1.5
    problems = quadratic.draw(seeds)
    cases, numbers = [], {}
    for batch, (when, words) in batches.items():
        plain = quadratic.best(problems, rows, batch_size=batch)
        heavy = quadratic.best(problems, rows, batch_size=batch, momentum=momentum)
        for key, shape, times in zip(
            ("peak", "flat"), shapes, (heavy.rate / plain.rate).T, strict=True
        ):
            cases.append(
                Case(
                    key=f"{key}_{batch}",
                    when=f"{when}, with {shape}",
                    effect=estimate(times / (1 - momentum)),
                    world="quadratic",
                    claim="threshold",
                    traits={"batch": words, "shape": shape},
                    unit="of a tenth",
                    at_least=least,
                    at_most=most,
                )
            )
        numbers[f"loss_{batch}"] = estimate(heavy.loss[:, 0] / plain.loss[:, 0] - 1)
        divided = plain.rate[:, :1] * (1 - momentum)
        by_rule = quadratic.rates(problems, rows[0], divided, batch_size=batch, momentum=momentum)
        numbers[f"rule_{batch}"] = estimate(by_rule[:, 0] / heavy.loss[:, 0] - 1)
        numbers[f"instead_{batch}"] = estimate(heavy.loss[:, 1] / plain.loss[:, 0] - 1)
    # In small steps each gradient moves the parameters as often as the velocity repeats it.
    repeats = float((momentum ** np.arange(steps)).sum())
    cases.append(
        Case(
            key="small_steps",
            when="noise sets the peak so low that the steps are small",
            effect=exact(1 / repeats / (1 - momentum)),
            world="algebra",
            claim="threshold",
            traits={"batch": "so small that noise alone sets the peak"},
            unit="of a tenth",
            at_least=least,
            at_most=most,
        )
    )
    peaks = {case.key: case.effect for case in cases}
    chart = Dots(
        rows=tuple(f"batch of {batch}" for batch in batches),
        series={
            "linear decay": tuple(peaks[f"peak_{batch}"] for batch in batches),
            "constant": tuple(peaks[f"flat_{batch}"] for batch in batches),
        },
        xlabel="best peak with momentum 0.9, in tenths of that without",
        alt="Best peak with momentum, in tenths of the best peak without, at four batch sizes, "
        "with linear decay: 1 at batches of 1 and 10, {peak_100} at 100, {peak_1000} at 1000.",
        caption="Divide the peak by ten when noise sets it. At batches of 100 and 1000 the best "
        "is {peak_100} and {peak_1000} times that.",
        reference=1.0,
        log=True,
    )
    return Evidence(
        "best peak with momentum over a tenth of that without",
        tuple(cases),
        chart,
        numbers,
        formats={
            ".2f": ["peak_1", "peak_10", "flat_1", "flat_10"],
            ".1f": ["peak_100", "peak_1000", "flat_100", "flat_1000"],
            "+.1%": ["loss_1"],
            ".2%": ["rule_1"],
            ".0%": ["instead_1", "rule_100", "rule_1000"],
            "+.0%": ["loss_1000"],
        },
    )


# --- H045: Weight decay's span 1/(ηλ) -------------------------------------------------------------


def _weights(lrs: NDArray[Any]) -> NDArray[Any]:
    """Return the weight of each update in the final parameters: lrs hold rate times decay."""
    after = np.cumprod(1.0 - lrs[..., :0:-1], axis=-1)[..., ::-1]
    kept = np.concatenate([after, np.ones_like(lrs[..., :1])], axis=-1)
    return lrs * kept


def _span(lrs: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the mean age of the updates in the final parameters, and how many these count for."""
    part = _weights(lrs)
    part /= part.sum(axis=-1, keepdims=True)
    age = np.arange(lrs.shape[-1])[::-1]
    return (part * age).sum(axis=-1), 1.0 / np.square(part).sum(axis=-1)


def h045(seeds: range) -> Evidence:
    """Compute the mean age of updates in the final parameters, in units of 1 / (rate x decay)."""
    steps = 2000
    low, high = 5.0, 100.0  # the run's length times peak times weight decay
    shown = 10.0
    shapes = {
        "constant": lr.Constant(1.0),
        "wsd": lr.WSD(1.0, steps, decay_steps=steps // 5),
        "cosine_10": lr.Cosine(1.0, steps, 0.1),
        "cosine": lr.Cosine(1.0, steps),
        "linear": lr.Linear(1.0, steps),
    }
    names = {
        "constant": ("the rate is constant", "no decay"),
        "wsd": ("it is constant, with a cooldown over the last 20 %", "WSD"),
        "cosine_10": ("a cosine ends at 10 %", "a cosine to 10 %"),
        "cosine": ("a cosine ends at 0", "cosine"),
        "linear": ("a line ends at 0", "linear decay"),
    }
    middle = sqrt(low * high) / steps  # peak times weight decay
    draws = [stream("H045.product", seed).uniform(np.log(low), np.log(high)) for seed in seeds]
    drawn = np.exp(draws) / steps
    cases, numbers = [], {}
    for key, (when, words) in names.items():
        shape = shapes[key].sample(steps)
        age, _ = _span(middle * shape)
        cases.append(
            Case(
                key=key,
                when=when,
                effect=exact(float(middle * age)),
                world="algebra",
                claim="threshold",
                at_least=0.8,
                at_most=1.25,
                traits={"shape": words},
                unit="times 1/(ηλ)",
            )
        )
        ages, counts = _span(drawn[:, None] * shape)
        numbers[f"drawn_{key}"] = estimate(drawn * ages)
        numbers[f"count_{key}"] = estimate(drawn * counts / 2.0)
        if key == "linear":
            numbers["by_formula"] = estimate(ages / np.sqrt(np.pi * steps / drawn / 2.0))
    chart = Lines(
        x=tuple(range(0, steps, 10)),
        curves={
            label: tuple(_weights(shown / steps * shapes[key].sample(steps))[::10] * steps)
            for key, label in (
                ("constant", "constant"),
                ("wsd", "cooldown over 20 %"),
                ("cosine_10", "cosine to 10 %"),
                ("linear", "linear to 0"),
            )
        },
        xlabel="update",
        ylabel="weight at the end, 1 = even",
        alt="Weight of each update in the final parameters. At a constant rate it grows "
        "exponentially to the end. With linear decay it is a broad hump past the middle of the "
        "run.",
        caption="At a constant rate the last updates make up most of the parameters. A decay lets "
        "older updates in. Here the product of peak, weight decay and updates is 10.",
    )
    return Evidence(
        "mean age of an update, times peak and weight decay",
        tuple(cases),
        chart,
        numbers,
        format=".1f",
        formats={
            ".2f": ["constant", "wsd", "cosine_10", "cosine", "linear"],
            ".3f": ["by_formula"],
        },
    )
