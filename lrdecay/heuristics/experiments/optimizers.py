"""Experiments on averaging, momentum, Adam and weight decay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.lab import adam, moons, quadratic
from lrdecay.lab.stats import Interval, estimate
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
    half, tenth = SHARES.index(0.5), SHARES.index(0.1)
    problem = quadratic.draw(seeds[: len(seeds) // 3])
    constant = np.ones(steps)
    decayed = quadratic.best(problem, _decays(steps)).loss.min(axis=-1)
    plain = quadratic.best(problem, constant)
    exact_loss = {"retuned": [plain.loss / decayed], "kept": [plain.loss / decayed]}
    rates = []
    for part in SHARES:
        tail = quadratic.Tail(part)
        found = quadratic.best(problem, constant, average=tail)
        same = quadratic.rates(problem, constant, plain.rate[:, None], average=tail)[:, 0]
        exact_loss["retuned"].append(found.loss / decayed)
        exact_loss["kept"].append(same / decayed)
        rates.append(found.rate / plain.rate)

    shapes = np.stack([np.ones(MOONS), *_decays(MOONS)])[:, None] * PEAKS[:, None]
    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tuned = np.median(_averaged(shapes, elsewhere), axis=-1)
    peaks = tuned[:, 0].argmin(axis=-1)  # of each window, at a constant rate
    tried = np.unique(peaks)
    found_flat = _averaged(shapes[0, tried], seeds)
    network = [found_flat[i, np.searchsorted(tried, at)] for i, at in enumerate(peaks)]
    which = np.unravel_index(tuned[0, 1:].argmin(), tuned[0, 1:].shape)
    after = _averaged(shapes[1:][which], seeds)[0]

    rows = {name: [estimate(v - 1.0) for v in values] for name, values in exact_loss.items()}
    rows["network"] = [estimate(loss / after - 1.0) for loss in network]
    cases = (
        Case(
            "retuned",
            "the loss is quadratic and the rate is retuned for the average",
            rows["retuned"][1 + half],
            at_most=0.02,
        ),
        Case(
            "kept",
            "the loss is quadratic and the rate stays that of the best constant run",
            rows["kept"][1 + half],
            at_most=0.02,
        ),
        Case("network", "a small network is trained", rows["network"][1 + tenth], at_most=0.02),
    )
    names = {
        "retuned": "quadratic, retuned",
        "kept": "quadratic, same rate",
        "network": "network, retuned",
    }

    def line(row: list[Interval], end: int) -> tuple[float, ...]:
        return tuple(interval[end] for interval in row)

    chart = Lines(
        x=(0.0, *SHARES),
        curves={name: line(rows[key], 0) for key, name in names.items()}
        | {"the better decay": (0.0,) * (1 + len(SHARES))},
        xlabel="share of the run that is averaged",
        ylabel="final loss above decay",
        alt="Final loss of a constant rate with averaging, relative to the better of two decays. "
        "On quadratics with a retuned rate it falls below the decay when half is averaged; at the "
        "old rate it stays above. On the network it is least from a tenth to a fifth, and stays "
        "above.",
        caption="Averaging half of a constant run ends at {retuned} on quadratics, if the "
        "rate is raised {raised} times; on the network a tenth ends at {network}.",
        bands={name: (line(rows[key], 1), line(rows[key], 2)) for key, name in names.items()},
    )
    numbers = {
        "none": rows["retuned"][0],
        "network_none": rows["network"][0],
        "fifth": rows["retuned"][1 + SHARES.index(0.2)],
        "raised": estimate(rates[half]),
        "network_half": rows["network"][1 + half],
    }
    measure = "median of (final loss of constant rate and average / of the better decay) - 1"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        format="+.0%",
        formats={"+.1%": ["fifth"], ".1f": ["raised"]},
    )


# --- H042: Averaging a decayed run ----------------------------------------------------------------


def _shapes(steps: int) -> Floats:
    """Return four shapes with peak 1, those of the first four names."""
    wsd = lr.WSD(1.0, steps, decay_steps=steps // 5)
    chosen = (lr.Constant(1.0), lr.Cosine(1.0, steps, 0.1), wsd, lr.Linear(1.0, steps))
    return np.stack([schedule.sample(steps) for schedule in chosen])


def h042(seeds: range) -> Evidence:
    """Average the ends of tuned runs over windows of five lengths, at the peaks that they have."""
    steps = 1000  # of a run on a quadratic
    at_tenth = SHARES.index(0.1)
    shown = (0.05, 0.1, 0.2)
    names = {
        "constant": "constant",
        "cosine": "cosine to 10 %",
        "wsd": "WSD 20 %",
        "linear": "linear",
        "network_constant": "network, constant",
        "network_wsd": "network, WSD 20 %",
    }
    problem = quadratic.draw(seeds[: len(seeds) // 2])
    found = quadratic.best(problem, _shapes(steps))
    ratios: dict[str, list[Floats]] = {name: [] for name in names}
    for part in SHARES:
        same = quadratic.rates(
            problem, _shapes(steps), found.rate[..., None], average=quadratic.Tail(part)
        )
        for i, name in enumerate(list(names)[:4]):
            ratios[name].append(same[:, i, 0] / found.loss[:, i])
    tenth = quadratic.Tail(SHARES[at_tenth])
    again = quadratic.best(problem, _shapes(steps)[2:], average=tenth).loss
    retuned = 1.0 - again / found.loss[:, 2:]

    swept = _shapes(MOONS)[[0, 2], None] * PEAKS[:, None]
    elsewhere = range(seeds.start + 5000, seeds.start + 5000 + TUNING)
    tuning = moons.run(swept, elsewhere, batch_size=10, curves=False, test_points=2, workers=1)
    peaks = np.median(tuning.final_loss, axis=-1).argmin(axis=-1)
    last, *means = _averaged(swept[[0, 1], peaks], seeds)
    for mean in means:
        for i, name in enumerate(list(names)[4:]):
            ratios[name].append(mean[i] / last[i])

    gains = {name: [estimate(1.0 - ratio) for ratio in row] for name, row in ratios.items()}
    when = {
        "constant": "the rate is constant, on quadratics",
        "cosine": "a cosine ends at 10 % of the peak, on quadratics",
        "wsd": "WSD cools down over the last fifth, on quadratics",
        "linear": "the decay is linear to 0, on quadratics",
        "network_constant": "the rate is constant, on a small network",
        "network_wsd": "WSD cools down over the last fifth, on a small network",
    }
    cases = tuple(
        Case(key, words, gains[key][at_tenth], at_least=0.02) for key, words in when.items()
    )
    numbers = {f"{name}_half": row[SHARES.index(0.5)] for name, row in gains.items()}
    numbers["wsd_retuned"], numbers["linear_retuned"] = map(estimate, retuned.T)
    numbers["network_wsd_cost"] = estimate(ratios["network_wsd"][at_tenth] - 1.0)
    chart = Dots(
        rows=tuple(names.values()),
        series={
            f"last {share:.0%}": tuple(gains[name][SHARES.index(share)] for name in names)
            for share in shown
        },
        xlabel="gain in final loss from averaging (0.1 = 10 %)",
        alt="Median gain from averaging the last 5, 10 and 20 % of a run. Large for constant "
        "rates on quadratics and on a network, near 0 for decayed runs on quadratics, and a loss "
        "for WSD on the network.",
        caption="The average of the last tenth gains {constant} at a constant rate and "
        "{linear} after linear decay.",
        reference=0.0,
    )
    measure = "median of 1 - final loss of the average of the last tenth / of the last weights"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        format=".0%",
        formats={
            "+.1%": ["cosine", "wsd", "linear_retuned"],
            ".1%": ["linear", "wsd_half", "linear_half"],
            ".3g": ["constant_half", "cosine_half", "network_constant_half", "wsd_retuned"],
        },
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
    names = {"small": "batch of 1", "large": "batch of 100", "exact": "batch of a million"}
    problems = quadratic.draw(seeds, dimension=200, bins=25)
    gain, plain = {}, {}
    for key, batch in batches.items():
        found = np.array([_losses(problems[i], seed, batch) for i, seed in enumerate(seeds)])
        gain[key] = estimate(found[:, 0] / found[:, 1])
        sgd = quadratic.best(problems, SHAPES, batch_size=batch).loss
        plain[f"sgd_{key}"] = estimate(sgd[:, 0] / sgd[:, 1])
    cases = (
        Case("small", "the batch is a single noisy example", gain["small"], at_least=1.05),
        Case("large", "the batch is 100", gain["large"], at_least=1.05),
        Case(
            "exact", "hardly any noise is left (a batch of a million)", gain["exact"], at_least=1.05
        ),
    )
    chart = Dots(
        rows=tuple(names.values()),
        series={
            "Adam": tuple(gain.values()),
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
        "final loss at a constant rate / with linear decay",
        cases,
        chart,
        plain,
        format=".2f",
        formats={".1f": ["exact"], ".3g": ["sgd_small", "sgd_large"]},
    )


# --- H044: Momentum multiplies the rate -----------------------------------------------------------


def h044(seeds: range) -> Evidence:
    """Tune linear decay and a constant rate with and without momentum, for four batch sizes."""
    steps = 1000
    momentum = 0.9
    shapes = np.stack([lr.Linear(1.0, steps).sample(steps), lr.Constant(1.0).sample(steps)])
    batches = {
        1: "noise is strong (a batch of 1)",
        10: "noise is moderate (a batch of 10)",
        100: "noise is weak (a batch of 100)",
        1000: "hardly any noise is left (a batch of 1000)",
    }
    problems = quadratic.draw(seeds)
    peaks, numbers = {}, {}
    for batch in batches:
        plain = quadratic.best(problems, shapes, batch_size=batch)
        heavy = quadratic.best(problems, shapes, batch_size=batch, momentum=momentum)
        peaks[batch] = estimate(heavy.rate[:, 0] / plain.rate[:, 0] / (1 - momentum))
        numbers[f"loss_{batch}"] = estimate(heavy.loss[:, 0] / plain.loss[:, 0] - 1)
        divided = plain.rate[:, :1] * (1 - momentum)
        by_rule = quadratic.rates(problems, shapes[0], divided, batch_size=batch, momentum=momentum)
        numbers[f"rule_{batch}"] = estimate(by_rule[:, 0] / heavy.loss[:, 0] - 1)
        numbers[f"instead_{batch}"] = estimate(heavy.loss[:, 1] / plain.loss[:, 0] - 1)
    cases = tuple(
        Case(f"peak_{batch}", when, peaks[batch], 0.8, 1.25) for batch, when in batches.items()
    )
    chart = Dots(
        rows=tuple(f"batch of {batch}" for batch in batches),
        series={"": tuple(peaks.values())},
        xlabel="best peak with momentum 0.9, in tenths of that without",
        alt="Best peak with momentum, in tenths of the best peak without, at four batch sizes: 1 "
        "at batches of 1 and 10, {peak_100} at 100, {peak_1000} at 1000.",
        caption="Divide the peak by ten when noise sets it. At batches of 100 and 1000 the best "
        "is {peak_100} and {peak_1000} times that.",
        reference=1.0,
        log=True,
    )
    measure = "median of the best peak with momentum over a tenth of that without"
    return Evidence(
        measure,
        cases,
        chart,
        numbers,
        formats={
            ".2f": ["peak_1", "peak_10"],
            ".1f": ["peak_100", "peak_1000"],
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


def h045(seeds: range) -> Evidence:
    """Compute the mean age of updates in the final parameters, in units of 1 / (rate x decay)."""
    steps = 2000
    products = (5.0, 100.0)  # of the run's length times peak times weight decay
    shown = 10.0
    shapes = {
        "constant": lr.Constant(1.0),
        "wsd": lr.WSD(1.0, steps, decay_steps=steps // 5),
        "cosine_10": lr.Cosine(1.0, steps, 0.1),
        "cosine": lr.Cosine(1.0, steps),
        "linear": lr.Linear(1.0, steps),
    }
    names = {
        "constant": "the rate is constant",
        "wsd": "it is constant, with a cooldown over the last 20 %",
        "cosine_10": "a cosine ends at 10 %",
        "cosine": "a cosine ends at 0",
        "linear": "a line ends at 0",
    }
    low, high = np.log(products)
    draws = np.array([stream("H045.product", seed).uniform(low, high) for seed in seeds])
    rates = np.exp(draws) / steps  # peak times weight decay
    age = np.arange(steps)[::-1]
    ages, counts = {}, {}
    for key, schedule in shapes.items():
        share = _weights(rates[:, None] * schedule.sample(steps))
        share /= share.sum(axis=-1, keepdims=True)
        ages[key] = (share * age).sum(axis=-1) * rates
        counts[key] = rates / np.square(share).sum(axis=-1) / 2.0
    cases = tuple(Case(key, name, estimate(ages[key]), 0.8, 1.25) for key, name in names.items())
    numbers = {f"count_{key}": estimate(values) for key, values in counts.items()}
    numbers["by_formula"] = estimate(ages["linear"] / np.sqrt(np.pi * steps * rates / 2.0))
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
        cases,
        chart,
        numbers,
        format=".1f",
        formats={
            ".2f": ["constant", "cosine"],
            ".3g": ["count_constant", "count_wsd", "count_cosine_10", "count_cosine"],
            ".3f": ["by_formula"],
        },
    )
