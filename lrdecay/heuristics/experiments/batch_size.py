"""Experiments on the batch size and the rate that goes with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines, of_losses
from lrdecay.lab import adam, quadratic
from lrdecay.lab.stats import estimate, exact, ratio, share

Floats = NDArray[np.float64]


def _power(key: str, powers: Floats, least: float, most: float) -> Case:
    """Return the case of the power of the batch that the best peak grows as, one a problem."""
    within = int(((least <= powers) & (powers <= most)).sum())
    return Case(
        key=key,
        when=f"the number of {key} stays the same",
        effect=estimate(powers),
        world="quadratic",
        claim="threshold",
        at_least=least,
        at_most=most,
        unit="power of the batch",
        traits={"kept equal": f"equal {key}"},
        problems=share(within, len(powers)),
    )


# --- H036: Linear scaling -------------------------------------------------------------------------


def h036(seeds: range) -> Evidence:
    """Tune the peak of a linear decay at batch sizes 1 and 8, in two ways to compare them."""
    examples = 4096
    updates = 512
    batch = 8
    choices = {"old peak x 8": 8.0, "old peak x root of 8": 8.0**0.5, "old peak": 1.0}
    problem = quadratic.draw(seeds)
    cases, series, numbers = [], {}, {}
    for key, lengths in (
        ("examples", (examples, examples // batch)),
        ("updates", (updates, updates)),
    ):
        before, shape = (lr.Linear(1.0, steps).sample(steps) for steps in lengths)
        small = quadratic.best(problem, before)
        large = quadratic.best(problem, shape, batch_size=batch)
        power = np.log(large.rate / small.rate) / np.log(batch)
        cases.append(_power(key, power, 0.75, 1.25))
        peaks = small.rate[:, None] * list(choices.values())
        losses = quadratic.rates(problem, shape, peaks, batch_size=batch)
        losses = np.minimum(losses, problem.initial_loss[:, None])  # where one diverged
        costs = [estimate(loss / large.loss - 1.0) for loss in losses.T]
        series[f"same {key}"] = tuple(costs)
        names = zip(("scaled", "root", "kept"), costs, strict=True)
        numbers.update({f"{name}_{key}": cost for name, cost in names})
    chart = Dots(
        rows=tuple(choices),
        series=series,
        xlabel="extra final loss over the retuned peak, as a share",
        alt="Extra loss of three choices of the peak at 8 times the batch. With the same examples "
        "the peak times 8 costs nothing, the old peak most. With the same updates the order is "
        "the same.",
        caption="At 8 times the batch, the peak of batch 1 times 8 costs {scaled_examples} if "
        "the examples stay the same, and {scaled_updates} if the updates do.",
        reference=0.0,
    )
    return Evidence(
        "power of the batch size",
        tuple(cases),
        chart,
        numbers,
        format=".2f",
        formats={
            ".1%": ["scaled_examples", "scaled_updates"],
            ".0%": ["root_examples", "kept_examples"],
            ".3g": ["root_updates", "kept_updates"],
        },
    )


# --- H037: Where linear scaling ends --------------------------------------------------------------


def h037(seeds: range) -> Evidence:
    """For every problem, take batches that bring the scaled peak to places around the limit."""
    examples = 4096
    # How far linear scaling takes the peak rate, over the limit of stability.
    places = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
    conditions = {  # what the batch is, in words, and where the scaled peak is then
        "limit": ("the largest that keeps the scaled peak stable", 1.0),
        "twice": ("twice the largest stable one", 2.0),
        "four": ("four times the largest stable one", 4.0),
    }
    problems = quadratic.draw(seeds)
    small = quadratic.best(problems, lr.Linear(1.0, examples).sample(examples))
    gain = quadratic.gain(problems, examples)
    part = small.rate * problems.h_max / 2.0
    tuned, kept = np.empty((2, len(places), len(seeds)))
    for at in np.ndindex(tuned.shape):
        problem, batch = problems[at[1]], places[at[0]] / part[at[1]]
        steps = round(examples / batch)
        shape = lr.Linear(1.0, steps).sample(steps)
        peak = batch * small.rate[at[1]]
        tuned[at] = quadratic.best(problem, shape, batch_size=batch).loss
        kept[at] = quadratic.rates(problem, shape, [peak], batch_size=batch)[0]
    extra = dict(zip(places, tuned - small.loss, strict=True))
    costs = {
        key: (f"the batch is {words}", words, extra[at]) for key, (words, at) in conditions.items()
    }
    for times in (8, 64):
        steps = examples // times
        large = quadratic.best(problems, lr.Linear(1.0, steps).sample(steps), batch_size=times)
        words = f"{times} times the batch"
        costs[f"times_{times}"] = (f"the batch is {times}", words, large.loss - small.loss)
    cases = tuple(
        of_losses(
            key,
            when,
            cost,
            gain,
            world="quadratic",
            claim="non-inferiority",
            traits={"batch": words},
        )
        for key, (when, words, cost) in costs.items()
    )
    cost = {at: ratio(values, gain) for at, values in extra.items()}
    chart = Lines(
        x=places,
        curves={"extra loss": tuple(value.estimate for value in cost.values())},
        xlabel="scaled peak / limit of stability",
        ylabel="extra loss, as a share of decay's gain",
        alt="Extra final loss against the peak rate that linear scaling asks for. It is next to "
        "nothing up to the limit of stability, and climbs from there on.",
        caption="Larger batches cost next to nothing ({half} of decay's gain at half the limit) "
        "until the scaled peak passes the limit of stability. At four times the limit they cost "
        "{four}.",
        bands={
            "extra loss": (
                tuple(value.low for value in cost.values()),
                tuple(value.high for value in cost.values()),
            )
        },
    )
    numbers = {
        "half": cost[0.5],
        "kept_limit": ratio(kept[places.index(1.0)] - small.loss, gain),
        "kept_twice": ratio(kept[places.index(2.0)] - small.loss, gain),
        "batch": estimate(1.0 / part),
        "rate": estimate(part),
    }
    return Evidence(
        "extra final loss after the same examples, as a share of decay's gain",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={".0%": ["twice", "four", "times_64", "rate"], ".0f": ["batch"]},
    )


# --- H038: Square-root scaling for Adam -----------------------------------------------------------

GRID = np.geomspace(0.002, 0.7, 12)


def h038(seeds: range) -> Evidence:
    """Tune the peak at batch sizes 1 and 16, and try three choices without tuning."""
    examples = 2048
    batch = 16
    updates = examples // batch
    choices = {"old peak x 4 (root)": batch**0.5, "old peak x 16": float(batch), "old peak": 1.0}
    names = ("root", "linear", "kept")
    tuning, runs = 5000, 6  # offset of the noise to tune on, and how many runs of it
    problem = quadratic.draw(seeds, dimension=200, bins=25)
    cases, series, numbers = [], {}, {}
    for key, lengths in (("examples", (examples, updates)), ("updates", (updates, updates))):
        powers, costs = [], []
        for i, seed in enumerate(seeds):
            one = problem[i]
            judge = range(runs * seed, runs * seed + runs)
            tune = range(judge.start + tuning, judge.stop + tuning)
            small = _best(_losses(one, GRID, lengths[0], 1, tune))
            large = _best(_losses(one, GRID, lengths[1], batch, tune))
            powers.append(np.log(large / small) / np.log(batch))
            peaks = np.array([large, *(small * factor for factor in choices.values())])
            found = _losses(one, peaks, lengths[1], batch, judge)
            costs.append(found[1:] / found[0] - 1.0)
        cases.append(_power(key, np.array(powers), 0.25, 0.75))
        intervals = [estimate(cost) for cost in np.transpose(costs)]
        series[f"same {key}"] = tuple(intervals)
        pairs = zip(names, intervals, strict=True)
        numbers.update({f"{name}_{key}": cost for name, cost in pairs})
    chart = Dots(
        rows=tuple(choices),
        series=series,
        xlabel="extra final loss over the retuned peak, as a share",
        alt="Extra loss of three choices of Adam's peak at 16 times the batch. With the same "
        "examples, the square root costs least; with the same updates, the old peak does.",
        caption="At 16 times the batch, the right peak is the old one times the square root if "
        "the examples stay the same ({root_examples} against a retuned one), and the old one "
        "as it is if the updates do ({kept_updates}).",
        reference=0.0,
    )
    return Evidence(
        "power of the batch size",
        tuple(cases),
        chart,
        numbers,
        format="+.0%",
        formats={
            ".2f": ["examples", "updates"],
            "+.1%": ["root_examples", "kept_updates"],
            ".3g": ["linear_updates"],
        },
    )


def _losses(
    problem: quadratic.Problem, peaks: Floats, steps: int, batch: int, noise: range
) -> Floats:
    lrs = peaks[:, None] * lr.Linear(1.0, steps).sample(steps)
    return adam.run(problem, lrs, noise, batch_size=batch).mean(axis=-1)


def _best(losses: Floats) -> float:
    """Return the peak at the vertex of a parabola, both axes logarithmic."""
    x, y = np.log(GRID), np.log(losses)
    at = int(np.clip(y.argmin(), 1, x.size - 2))
    before, here, after = y[at - 1 : at + 2]
    shift = 0.5 * (before - after) / (before - 2.0 * here + after)
    return float(np.exp(x[at] + shift * (x[1] - x[0])))


# --- H039: Increase the batch instead -------------------------------------------------------------


def h039(seeds: range) -> Evidence:
    """Lower the rate to a quarter twice, or raise the batch to the fourfold instead."""
    examples = 4096
    factor = 4
    phases = (0.5, 0.25, 0.25)  # of the examples
    # Peak rates as shares of the limit of stability.
    peaks = {"small": 0.01, "medium": 0.05, "large": 0.4, "huge": 0.8}
    problem = quadratic.draw(seeds)
    counts = [round(part * examples) for part in phases]
    factors = [float(factor**i) for i in range(len(phases))]
    shorter = [round(n / f) for n, f in zip(counts, factors, strict=True)]
    decay = np.repeat(1.0 / np.array(factors), counts)
    batches = np.repeat(factors, shorter)
    constant = np.ones(batches.size)

    def raised(peak: Floats) -> Floats:
        return quadratic.rates(problem, constant, peak[:, None], batch_size=batches)[:, 0]

    extra = {}
    for key, part in peaks.items():
        peak = part * 2.0 / problem.h_max
        extra[key] = raised(peak) - quadratic.rates(problem, decay, peak[:, None])[:, 0]
    best = quadratic.best(problem, decay)
    extra["tuned"] = raised(best.rate) - best.loss
    retuned = quadratic.best(problem, constant, batch_size=batches)
    extra["retuned"] = retuned.loss - best.loss
    gain = quadratic.gain(problem, examples)
    conditions = {
        "medium": "5 % of the limit of stability",
        "tuned": "at the peak of the decay",
        "retuned": "peak retuned",
        "large": "40 % of the limit",
        "huge": "80 % of the limit",
    }
    when = {
        "tuned": "the peak is tuned for the decay",
        "retuned": "the peak is tuned for the growing batch",
    }
    cases = tuple(
        of_losses(
            key,
            when.get(key, f"the peak is {words}"),
            extra[key],
            gain,
            world="quadratic",
            claim="non-inferiority",
            traits={"peak": words},
        )
        for key, words in conditions.items()
    )
    small = ratio(extra["small"], gain)
    effects = {"small": small} | {case.key: case.effect for case in cases}
    rows = {
        "small": "1 % of the limit",
        "medium": "5 %",
        "tuned": "tuned for the decay",
        "retuned": "tuned for each",
        "large": "40 %",
        "huge": "80 %",
    }
    chart = Dots(
        rows=tuple(rows.values()),
        series={"": tuple(effects[key] for key in rows)},
        xlabel="extra final loss of the growing batch, as a share of decay's gain",
        alt="Extra loss of raising the batch instead of lowering the rate, by peak rate. Up to "
        "the tuned peak it is next to nothing, at 40 and 80 % of the limit it is large.",
        caption="With a small peak the two runs end alike ({medium} of decay's gain apart at 5 % "
        "of the limit); at 80 % of the limit the growing batch ends {huge} higher.",
        reference=0.0,
    )
    numbers = {
        "small": small,
        "updates": exact(1.0 - batches.size / examples),
        "share": estimate(best.rate * problem.h_max / 2.0),
    }
    return Evidence(
        "extra final loss after the same examples, as a share of decay's gain",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["medium", "tuned", "retuned"], ".3g": ["small"]},
    )


# --- H040: Decay and large batches ----------------------------------------------------------------


def h040(seeds: range) -> Evidence:
    """Tune a linear decay and a constant rate at batch sizes from 1 to 4096."""
    updates = 256
    batches = (1, 4, 8, 16, 64, 256, 1024, 4096)
    asked = (8, 16, 64, 4096)
    problem = quadratic.draw(seeds)
    shapes = [lr.Linear(1.0, updates).sample(updates), np.ones(updates)]
    losses = {b: quadratic.best(problem, shapes, batch_size=b).loss for b in batches}
    gains = {batch: found[:, 1] - found[:, 0] for batch, found in losses.items()}
    cases = tuple(
        of_losses(
            f"b{batch}",
            f"the batch is {batch:,}" + ", and hardly any noise is left" * (batch == 4096),
            gains[batch],
            gains[1],
            world="quadratic",
            claim="superiority",
            traits={"batch": f"{batch:,} times the batch"},
        )
        for batch in asked
    )
    of_small = [ratio(gain, gains[1]) for gain in gains.values()]
    saved = {batch: estimate(gains[batch] / losses[batch][:, 1]) for batch in batches}
    curves = {
        "share of what it gains at batch 1": of_small,
        "share of the constant rate's loss": [*saved.values()],
    }
    chart = Lines(
        x=tuple(map(float, batches)),
        curves={name: tuple(i.estimate for i in row) for name, row in curves.items()},
        xlabel="batch size (1 = one example)",
        ylabel="loss that decay saves",
        alt="What decay saves against batch size, in two units. As a share of the loss it rises up "
        "to a batch of 16 or so, falls from 64 on, and is below 0 at 4096. As a share of what it "
        "gains at batch 1 it falls slowly at first, faster from 16 on, and is below 0 from 1024.",
        caption="Decay gains {b16} of what it gains at batch 1 at batch 16, and {b64} at batch "
        "64. Of the loss itself it saves {saved_1} at batch 1 and {saved_64} at batch 64.",
        bands={
            name: (tuple(i.low for i in row), tuple(i.high for i in row))
            for name, row in curves.items()
        },
        log="x",
    )
    numbers = {f"saved_{batch}": value for batch, value in saved.items()}
    numbers["cost"] = estimate(-gains[4096] / losses[4096][:, 1])
    return Evidence(
        "what decay gains, as a share of what it gains at batch 1",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["b4096"], ".3g": ["saved_4", "saved_256", "saved_1024"]},
    )
