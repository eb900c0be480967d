"""Experiments on the batch size and the rate that goes with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.lab import adam, quadratic
from lrdecay.lab.stats import Interval, estimate, exact

Floats = NDArray[np.float64]


# --- H036: Linear scaling -------------------------------------------------------------------------


def h036(seeds: range) -> Evidence:
    """Tune the peak of a linear decay at batch sizes 1 and 8, in two ways to compare them."""
    examples = 4096
    updates = 512
    batch = 8
    choices = {"old peak x 8": 8.0, "old peak x root of 8": 8.0**0.5, "old peak": 1.0}
    problem = quadratic.draw(seeds)
    cases, series, numbers = [], {}, {}
    for key, when, lengths in (
        ("examples", "the number of examples stays the same", (examples, examples // batch)),
        ("updates", "the number of updates stays the same", (updates, updates)),
    ):
        before, shape = (lr.Linear(1.0, steps).sample(steps) for steps in lengths)
        small = quadratic.best(problem, before)
        large = quadratic.best(problem, shape, batch_size=batch)
        power = np.log(large.rate / small.rate) / np.log(batch)
        cases.append(Case(key, when, estimate(power), at_least=0.95, at_most=1.05))
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
    conditions = {
        "limit": (1.0, "the scaled peak stays within the limit of stability"),
        "twice": (2.0, "the scaled peak is twice the limit"),
        "four": (4.0, "the scaled peak is four times the limit"),
    }
    problems = quadratic.draw(seeds)
    small = quadratic.best(problems, lr.Linear(1.0, examples).sample(examples))
    share = small.rate * problems.h_max / 2.0
    tuned, kept = np.empty((2, len(places), len(seeds)))
    for at in np.ndindex(tuned.shape):
        problem, batch = problems[at[1]], places[at[0]] / share[at[1]]
        steps = round(examples / batch)
        shape = lr.Linear(1.0, steps).sample(steps)
        peak = batch * small.rate[at[1]]
        tuned[at] = quadratic.best(problem, shape, batch_size=batch).loss
        kept[at] = quadratic.rates(problem, shape, [peak], batch_size=batch)[0]
    cost = dict(zip(places, map(estimate, tuned / small.loss - 1.0), strict=True))
    cases = tuple(
        Case(key, when, cost[place], at_most=0.02) for key, (place, when) in conditions.items()
    )
    chart = Lines(
        x=places,
        curves={"extra loss": tuple(value.estimate for value in cost.values())},
        xlabel="scaled peak / limit of stability",
        ylabel="extra loss, same examples",
        alt="Extra final loss against the peak rate that linear scaling asks for. It is next to "
        "nothing up to the limit of stability, and climbs from there on.",
        caption="Larger batches cost next to nothing ({half} at half the limit) until the "
        "scaled peak passes the limit of stability. At four times the limit they cost {four}.",
        bands={
            "extra loss": (
                tuple(value.low for value in cost.values()),
                tuple(value.high for value in cost.values()),
            )
        },
    )
    numbers = {
        "half": cost[0.5],
        "kept_limit": estimate(kept[places.index(1.0)] / small.loss - 1.0),
        "kept_twice": estimate(kept[places.index(2.0)] / small.loss - 1.0),
        "batch": estimate(1.0 / share),
        "rate": estimate(share),
    }
    return Evidence(
        "extra final loss after the same examples",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={".0%": ["twice", "four", "rate"], ".0f": ["batch"]},
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
    for key, when, lengths in (
        ("examples", "the number of examples stays the same", (examples, updates)),
        ("updates", "the number of updates stays the same", (updates, updates)),
    ):
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
        cases.append(Case(key, when, estimate(powers), at_least=0.4, at_most=0.6))
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
    counts = [round(share * examples) for share in phases]
    factors = [float(factor**i) for i in range(len(phases))]
    shorter = [round(n / f) for n, f in zip(counts, factors, strict=True)]
    decay = np.repeat(1.0 / np.array(factors), counts)
    batches = np.repeat(factors, shorter)
    constant = np.ones(batches.size)

    effects = {}
    for key, share in peaks.items():
        peak = (share * 2.0 / problem.h_max)[:, None]
        lowered = quadratic.rates(problem, decay, peak)[:, 0]
        raised = quadratic.rates(problem, constant, peak, batch_size=batches)[:, 0]
        effects[key] = estimate(raised / lowered - 1.0)
    best = quadratic.best(problem, decay)
    raised = quadratic.rates(problem, constant, best.rate[:, None], batch_size=batches)[:, 0]
    effects["tuned"] = estimate(raised / best.loss - 1.0)
    cases = (
        _case("medium", effects, "the peak is 5 % of the limit of stability"),
        _case("tuned", effects, "the peak is tuned for the decay"),
        _case("large", effects, "the peak is 40 % of the limit"),
        _case("huge", effects, "the peak is 80 % of the limit"),
    )
    chart = Dots(
        rows=("1 % of the limit", "5 %", "tuned", "40 %", "80 %"),
        series={"": tuple(effects[key] for key in ("small", "medium", "tuned", "large", "huge"))},
        xlabel="extra final loss of the growing batch, as a share",
        alt="Extra loss of raising the batch instead of lowering the rate, by peak rate. Up to "
        "the tuned peak it is next to nothing, at 40 and 80 % of the limit it is large.",
        caption="With a small peak the two runs end alike ({medium} apart at 5 % of the "
        "limit); at 80 % of the limit the growing batch ends {huge} higher.",
        reference=0.0,
    )
    numbers = {
        "small": effects["small"],
        "updates": exact(1.0 - batches.size / examples),
        "share": estimate(best.rate * problem.h_max / 2.0),
    }
    return Evidence(
        "extra final loss after the same examples",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["medium", "tuned"], ".3g": ["small"]},
    )


def _case(key: str, effects: dict[str, Interval], when: str) -> Case:
    return Case(key, when, effects[key], at_most=0.02)


# --- H040: Decay and large batches ----------------------------------------------------------------


def h040(seeds: range) -> Evidence:
    """Tune a linear decay and a constant rate at batch sizes from 1 to 4096."""
    updates = 256
    batches = 4 ** np.arange(7)
    conditions = {
        16: "the batch is 16",
        64: "the batch is 64",
        4096: "hardly any noise is left (a batch of 4096)",
    }
    problem = quadratic.draw(seeds)
    shapes = [lr.Linear(1.0, updates).sample(updates), np.ones(updates)]
    saved = {}
    for batch in batches.tolist():
        losses = quadratic.best(problem, shapes, batch_size=batch).loss
        saved[batch] = 1.0 - losses[:, 0] / losses[:, 1]
    gains = {batch: estimate(values) for batch, values in saved.items()}
    cases = [
        Case(f"b{batch}", conditions[batch], gains[batch], at_most=0.02) for batch in conditions
    ]
    chart = Lines(
        x=tuple(map(float, batches)),
        curves={"gain": tuple(gain.estimate for gain in gains.values())},
        xlabel="batch size (1 = one example)",
        ylabel="loss that decay saves, as a share",
        alt="Share of the final loss that decay saves against batch size. It rises up to a batch "
        "of 16 or so, falls from 64 on, and is below 0 at 4096.",
        caption="Decay saves {b1} of the loss at batch 1, {b16} at batch 16, and costs "
        "loss only once hardly any noise is left.",
        bands={
            "gain": (
                tuple(gain.low for gain in gains.values()),
                tuple(gain.high for gain in gains.values()),
            )
        },
        log="x",
    )
    numbers = {f"b{batch}": gain for batch, gain in gains.items() if batch not in conditions}
    numbers["cost"] = estimate(-saved[4096])
    return Evidence(
        "share of the loss that decay saves",
        tuple(cases),
        chart,
        numbers,
        format=".0%",
        formats={".3g": ["b4", "b256", "b1024"]},
    )
