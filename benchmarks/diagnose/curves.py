"""Loss curves whose cause is known, because it was built in, logged as trainers log them.

A cause is a function that draws a world and a schedule with that fault and runs them. Most causes
are proved by what another schedule would have done in the same world: its best peak, a longer run,
a longer warmup. `logged` then hides what logs hide: it thins, adds noise, loses rows and columns.

Which seeds built the diagnoser and which judge it stands here and was fixed before it was built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lrdecay import ReduceOnPlateau
from lrdecay.lab import catapult, laws, moons, noisy_metric, quadratic, river
from lrdecay.lab.streams import stream
from lrdecay.lab.trials import results, shapes

Floats = NDArray[np.float64]

BUILD, JUDGE = range(400), range(10_000, 10_080)
"""Seeds of each cause that made the diagnoser, and those that its published figures come from."""

SHARES = {"healthy": 3}
"""So many curves a seed, and one of every other cause."""


@dataclass(frozen=True)
class Run:
    """What happened: losses before each update and after the last, and the rates of the updates.

    `validation` has the same length or is None; `planned` is how long the run was to be.
    """

    losses: Floats
    rates: Floats
    validation: Floats | None = None
    planned: int | None = None


@dataclass(frozen=True)
class Curve:
    """What was logged, and why it looks as it does."""

    cause: str
    seed: int
    steps: NDArray[np.int64]
    losses: Floats
    rates: Floats | None
    validation: Floats | None
    total_steps: int | None


def curves(seeds: range, causes: tuple[str, ...] | None = None) -> Iterator[Curve]:
    """Yield the curves of seeds, cause by cause."""
    for cause in CAUSES if causes is None else causes:
        for seed in seeds:
            for part in range(SHARES.get(cause, 1)):
                yield curve(cause, seed * 10 + part)


def curve(cause: str, seed: int) -> Curve:
    """Return the curve of a cause and a seed: the same, alone or in company."""
    rng = stream(f"diagnose.{cause}", seed)
    with np.errstate(all="ignore"):  # runs diverge here
        if cause in RECORDED and rng.random() < 0.2:
            run = recorded(rng, RECORDED[cause], half=seed // 10 >= JUDGE.start)
        else:
            while (run := CAUSES[cause](rng)) is None:
                pass  # the world that was drawn does not have the fault
        return logged(cause, seed, run, rng)


# --- worlds --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """Where schedules are compared on average over runs, and one run is sampled."""

    expected: Callable[[Floats], Floats]
    sampled: Callable[[Floats], Floats]


def drawn(rng: np.random.Generator, *, directions: int | None = None) -> World:
    """Return a river valley or a quadratic bowl, stable below a rate of 2."""
    seed = int(rng.integers(2**31))
    many = int(rng.integers(8, 56)) if directions is None else directions
    if directions is not None or rng.random() < 0.7:
        valley = river.draw([seed])[0]
        noises = range(seed, seed + many)

        def sampled(lrs: Floats) -> Floats:
            if many > 40:  # so many that their mean is exact
                return river.follow(valley, lrs, curve=True).loss
            return river.simulate(valley, lrs, noises, curve=True).loss.mean(axis=0)

        return World(lambda lrs: river.follow(valley, lrs).loss, sampled)
    bowl = quadratic.draw([seed])[0]
    batch = float(10.0 ** rng.uniform(0.0, 1.0))
    return World(
        lambda lrs: quadratic.loss(bowl, lrs, batch_size=batch),
        lambda lrs: quadratic.loss(bowl, lrs, batch_size=batch, curve=True),
    )


def language(rng: np.random.Generator, shape: Floats) -> Run:
    """Return what a law fitted to language models says of rates of their peak, in fewer updates."""
    law = list(laws.PUBLISHED.values())[rng.integers(3)]
    fewer = 24.0  # the area stays: each update is of so many
    law = replace(
        law,
        A=law.A * rng.uniform(0.7, 1.4),
        alpha=law.alpha * rng.uniform(0.8, 1.2),
        B=law.B / fewer * rng.uniform(0.7, 1.4),
        C=law.C * fewer**law.gamma,
    )
    rates = 3e-4 * fewer * shape
    return Run(np.minimum(np.append(np.inf, law.predict(rates)), GUESS), rates)


GUESS = float(np.log(50_000.0))  # the loss before the first update, of a vocabulary of that size
LANGUAGE = 0.25
"""Share of the curves of those causes that the laws know which are theirs."""


def horizon(rng: np.random.Generator) -> int:
    """Return a number of updates."""
    return int(rng.integers(200, 900))


PEAKS = np.geomspace(0.01, 0.8, 24)  # up to 0.4 of the limit: no peak that shakes the start


def best(world: World, shape: Floats) -> float:
    """Return the peak at which a shape, rates of a peak of 1, ends lowest."""
    return float(PEAKS[np.nanargmin(world.expected(PEAKS[:, None] * shape))])


def line(steps: int, end: float = 0.0) -> Floats:
    """Return a shape that falls from 1 on a line."""
    return 1.0 + (end - 1.0) * np.arange(steps) / steps


def decay(rng: np.random.Generator, steps: int) -> Floats:
    """Return a shape that ends near zero with the run."""
    k = np.arange(steps) / steps
    drops = (k > rng.uniform(0.4, 0.6)).astype(float) + (k > rng.uniform(0.7, 0.85))
    return (
        line(steps, float(rng.choice([0.0, 0.1]))),
        0.5 * (1.0 + np.cos(np.pi * k)),
        np.minimum(1.0, (1.0 - k) / rng.uniform(0.2, 0.5)),
        rng.choice([0.1, 0.3]) ** drops,
    )[rng.integers(4)]


def warmed(shape: Floats, share: float) -> Floats:
    """Return a shape after a linear ramp over a share of the run."""
    ramp = round(share * shape.size)
    if not ramp:
        return shape
    return np.concatenate([np.arange(1, ramp + 1) / ramp, shape])[: shape.size]


# --- causes --------------------------------------------------------------------------------------


def diverged(rng: np.random.Generator) -> Run | None:
    """The rate is, or comes, above the limit of stability, and stays there until the end."""
    total = horizon(rng)
    way = rng.integers(4)
    if way == 3:  # or a number overflows, without a warning
        rates = best(world := drawn(rng), line(total)) * line(total)
        losses, at = world.sampled(rates), int(rng.uniform(0.1, 0.9) * total)
        losses[at:] = np.nan
        stop = min(at + int(rng.uniform(0.05, 0.5) * total), total)
        return Run(losses[: stop + 1], rates[:stop], planned=total)
    if way == 0:  # above it from the start, or from the end of the warmup on
        rates = rng.uniform(2.02, 3.0) * warmed(line(total, 0.8), float(rng.choice([0.0, 0.1])))
    elif way == 1:  # a ramp that does not end
        rates = np.linspace(0.05, rng.uniform(2.3, 4.0), total)
    else:
        found = catapult.run(
            np.full(total, rng.uniform(4.2, 6.0)), [int(rng.integers(2**31))], relative=True,
            noise=0.3, curve=True,
        )  # fmt: skip
        return Run(found.loss[0], np.full(total, 5.0))
    losses = drawn(rng).sampled(rates)
    gone = np.flatnonzero(~(losses < 1e3 * losses[0]))
    if not gone.size:
        return Run(losses, rates) if losses[-1] > 3.0 * losses[0] else None
    stop = min(gone[0] + int(rng.integers(1, total // 5)), total)  # soon somebody stops it
    return Run(losses[: stop + 1], rates[:stop], planned=total)


def early_spike(rng: np.random.Generator) -> Run | None:
    """One jump that the run recovers from: a catapult in spite of a warmup, or a bad batch."""
    total = horizon(rng)
    shape = warmed(decay(rng, total), rng.uniform(0.05, 0.15))
    if rng.random() < 0.4:
        rates = rng.uniform(2.3, 3.6) * shape
        found = catapult.run(
            rates, [int(rng.integers(2**31))], relative=True, width=int(rng.integers(20, 200)),
            noise=0.3, curve=True,
        )  # fmt: skip
        losses, up = found.loss[0], np.argmax(found.loss[0])
        fine = np.isfinite(losses).all() and up < 0.2 * total and losses[up] > 3 * losses[0]
        return Run(losses, rates) if fine else None
    world = drawn(rng)
    rates = best(world, shape) * shape
    losses = world.sampled(rates)
    at, width = int(rng.uniform(0.02, 0.15) * total), rng.uniform(0.005, 0.03) * total
    later = np.arange(total + 1 - at)
    losses[at:] += rng.uniform(0.7, 4.0) * losses[0] * np.exp(-later / width)
    return Run(losses, rates)


def early_instability(rng: np.random.Generator) -> Run | None:
    """The peak is at the edge of stability, and the decay leads away from it."""
    total = horizon(rng)
    if rng.random() < 0.5:
        world = drawn(rng, directions=int(rng.integers(1, 6)))
        rates = rng.uniform(1.85, 2.05) * warmed(decay(rng, total), 0.0)
        losses = world.sampled(rates)
    else:
        total = 200
        rates = rng.uniform(1.0, 4.0) * warmed(line(total), float(rng.choice([0.0, 0.05])))
        losses = moons.run(rates, [int(rng.integers(2**31))], batch_size=20).loss[0]
        rates = rates[:-1]
    third = losses.size // 3
    jumps = (np.diff(losses[:third]) > 0.3 * losses[0]).sum()
    calm = losses[-third:].max() < 0.7 * losses[0]
    return Run(losses, rates) if jumps >= 4 and calm and np.isfinite(losses).all() else None


def oscillating_late(rng: np.random.Generator) -> Run | None:
    """The rate is near the edge of stability until the end, and the loss swings with it."""
    total = horizon(rng)
    world = drawn(rng, directions=int(rng.integers(1, 5)))
    shape = warmed(line(total, rng.uniform(0.85, 1.0)), float(rng.choice([0.0, 0.05])))
    losses = world.sampled(rates := rng.uniform(1.5, 1.9) * shape)
    half = losses[losses.size // 2 :]
    return Run(losses, rates) if half.std() > 0.3 * half.mean() else None


def on_its_noise_floor(rng: np.random.Generator) -> Run | None:
    """A constant rate over three times the best for it: flat, and a decay would lower the loss."""
    total = horizon(rng)
    world, shape = drawn(rng), warmed(np.ones(total), float(rng.choice([0.0, 0.05])))
    rate = rng.uniform(3.0, 10.0) * best(world, shape)
    if rate > 1.4:
        return None
    cut = shape.copy()
    cut[round(0.8 * total) :] *= line(total - round(0.8 * total))
    early, late, with_cut = (
        float(world.expected(rate * one)) for one in (shape[: total // 2], shape, cut)
    )
    fits = with_cut < 0.7 * late and early < 1.03 * late
    return Run(world.sampled(rate * shape), rate * shape) if fits else None


def starved(rng: np.random.Generator) -> Run | None:
    """A peak of a tenth of the best or less, with any shape."""
    total = horizon(rng)
    world = drawn(rng)
    shape = warmed(
        decay(rng, total) if rng.random() < 0.5 else np.ones(total), float(rng.choice([0.0, 0.05]))
    )
    rates = best(world, shape) / 10.0 ** rng.uniform(1.0, 2.0) * shape
    gains = world.expected(np.stack([rates, 3.0 * rates]))
    return Run(world.sampled(rates), rates) if gains[1] < 0.85 * gains[0] else None


def still_improving(rng: np.random.Generator) -> Run | None:
    """About the best rate, not decayed when the run ends, and twice the run would go on falling."""
    total = horizon(rng)
    world = drawn(rng)
    long = np.ones(3 * total) if rng.random() < 0.5 else line(3 * total)
    if rng.random() < LANGUAGE:
        return language(rng, warmed(long[:total], rng.uniform(0.02, 0.1)))
    shape = warmed(long, float(rng.choice([0.0, 0.02])))[:total]
    rates = rng.uniform(0.4, 1.0) * best(world, shape) * shape
    before, end = (float(world.expected(rates[:k])) for k in (round(0.8 * total), total))
    twice = float(world.expected(np.concatenate([rates, rates[-1] * line(total)])))
    start = float(world.expected(0.0 * rates))
    fits = before - end > 0.01 * (start - end) and twice < 0.6 * end
    return Run(world.sampled(rates), rates) if fits else None


def decayed_too_early(rng: np.random.Generator) -> Run | None:
    """The rate is near zero from a third of the run on, and the loss was still falling."""
    total = horizon(rng)
    world = drawn(rng)
    low = 10.0 ** rng.uniform(-3.0, -1.5)
    at = round(rng.uniform(0.1, 0.4) * total)
    shape = np.where(np.arange(total) < at, 1.0, low)
    if rng.random() < 0.5:
        shape = np.maximum(1.0 - np.arange(total) / (1.5 * at), low)
    if rng.random() < LANGUAGE:
        return language(rng, warmed(shape, rng.uniform(0.02, 0.08)))
    peak = best(world, line(total))
    rates = peak * shape
    both = world.expected(np.stack([rates, peak * line(total)]))
    return Run(world.sampled(rates), rates) if both[1] < 0.7 * both[0] else None


def warmup_too_short(rng: np.random.Generator) -> Run | None:
    """A network whose loss jumps at the start, and does not with a warmup of a third of the run."""
    total = 160
    seed = int(rng.integers(2**31))
    peak, ramp = rng.uniform(0.5, 3.0), float(rng.choice([0.0, 0.01, 0.02]))
    rates = peak * np.stack([warmed(line(total), share) for share in (ramp, 0.33)])
    found = moons.run(rates, [seed], batch_size=None if rng.random() < 0.6 else 40).loss[:, 0]
    spikes = found[:, : total // 5].max(axis=1) / found[:, 0]
    whole = found[1, : total // 2].max() / found[1, 0]
    fits = spikes[0] > 1.5 and whole < 1.2 and found[0, -1] < found[0, 0]
    return Run(found[0], rates[0, :-1]) if fits else None


def warmup_too_long(rng: np.random.Generator) -> Run | None:
    """Half of the run or more is a ramp, and a twentieth would have ended lower."""
    total = horizon(rng)
    world = drawn(rng)
    share = rng.uniform(0.5, 0.95)
    rest = total - round(share * total)
    shape = warmed(np.concatenate([line(rest), np.zeros(total - rest)]), share)
    short = warmed(np.concatenate([line(total - total // 20), np.zeros(total // 20)]), 0.05)
    peak = best(world, short)
    both = world.expected(peak * np.stack([shape, short]))
    return Run(world.sampled(peak * shape), peak * shape) if both[1] < 0.9 * both[0] else None


def plateau_rule(rng: np.random.Generator) -> Run | None:
    """A rule cuts the rate, though without noise the metric would have gone on falling."""
    epochs = int(rng.integers(40, 300))
    rate, gamma = 10.0 ** rng.uniform(-3.0, -1.0), rng.choice([0.1, 0.3, 0.5])
    rule = ReduceOnPlateau(float(rate), gamma=float(gamma), patience=int(rng.integers(1, 8)))
    power, noise = rng.uniform(0.2, 0.6), 10.0 ** rng.uniform(-2.3, -1.3)
    seed = int(rng.integers(2**31))
    metric = noisy_metric.metrics([seed], epochs, power=power, noise=noise)[0]
    rates = rule.rates(metric[1:].tolist())
    plain = noisy_metric.metrics([seed], epochs, power=power, noise=0.0)[0]
    cuts = np.flatnonzero(np.diff(rates) < 0)
    if not 1 <= cuts.size <= 12 or cuts[0] > 0.8 * epochs:
        return None
    train = plain + noise / 3.0 * rng.standard_normal(epochs)
    return Run(train, rates, metric) if rng.random() < 0.7 else Run(metric, rates)


def overfitting(rng: np.random.Generator) -> Run | None:
    """Least squares with few examples and noisy answers: the test loss turns, exactly known."""
    train, test, rates = _squares(
        rng, examples=int(rng.integers(45, 90)), noise=rng.uniform(0.3, 0.9)
    )
    turn = test.argmin() / test.size
    return Run(train, rates, test) if test[-1] > 1.1 * test.min() and turn > 0.03 else None


def cooldown_under_way(rng: np.random.Generator) -> Run | None:
    """A log that ends while the rate of a constant with a cooldown is on its way down."""
    total = horizon(rng)
    world = drawn(rng)
    tail = rng.uniform(0.15, 0.4)
    shape = warmed(np.minimum(1.0, line(total) / tail), float(rng.choice([0.0, 0.05])))
    stop = round((1.0 - tail * rng.uniform(0.2, 0.8)) * total)
    if rng.random() < LANGUAGE:
        run = language(rng, shape)
        return Run(run.losses[: stop + 1], run.rates[:stop], planned=total)
    rates = rng.uniform(0.7, 1.4) * best(world, shape) * shape
    return Run(world.sampled(rates)[: stop + 1], rates[:stop], planned=total)


def healthy(rng: np.random.Generator) -> Run | None:
    """A decay and about its best peak, to the end or on the way; or a real network at its best."""
    way = rng.random()
    if way < 0.2:
        train, test, rates = _squares(rng, examples=int(rng.integers(400, 1000)), noise=0.5)
        return Run(train, rates, test) if test[-1] < 1.01 * test.min() else None
    total = horizon(rng)
    world = drawn(rng)
    shape = warmed(decay(rng, total), rng.uniform(0.0, 0.1) if way < 0.85 else 0.3)
    if rng.random() < LANGUAGE:
        run = language(rng, shape)
        losses, rates = run.losses, run.rates
    else:
        rates = rng.uniform(0.7, 1.4) * best(world, shape) * shape
        losses = world.sampled(rates)
    if losses.max() > 1.3 * losses[0]:
        return None
    stop = total if way < 0.7 else round(rng.uniform(0.3, 0.7) * total)  # or not yet at its end
    return Run(losses[: stop + 1], rates[:stop], planned=total)


def cannot_tell(rng: np.random.Generator) -> Run | None:
    """A flat line: at the floor from before the log began, or starved by a low rate."""
    total = horizon(rng)
    world = drawn(rng)
    if rng.random() < 0.5:
        losses = world.sampled(np.full(2 * total, rng.uniform(0.5, 1.2)))[total:]
    else:
        losses = world.sampled(np.full(total, best(world, np.ones(total)) * 1e-4))
    losses = losses * (1.0 + 0.01 * rng.standard_normal(losses.size))
    flat = abs(losses[: total // 2].mean() / losses[total // 2 :].mean() - 1.0) < 0.02
    return Run(losses, np.full(total, 10.0 ** rng.uniform(-4, 0))) if flat else None


CAUSES: dict[str, Callable[[np.random.Generator], Run | None]] = {
    "diverged": diverged,
    "early-spike": early_spike,
    "early-instability": early_instability,
    "oscillating-late": oscillating_late,
    "on-its-noise-floor": on_its_noise_floor,
    "starved": starved,
    "still-improving-at-the-end": still_improving,
    "decayed-too-early": decayed_too_early,
    "warmup-too-short": warmup_too_short,
    "warmup-too-long": warmup_too_long,
    "plateau-rule-fired-on-noise": plateau_rule,
    "overfitting": overfitting,
    "cooldown-under-way": cooldown_under_way,
    "healthy": healthy,
    "cannot-tell": cannot_tell,
}


def _squares(
    rng: np.random.Generator, examples: int, noise: float, features: int = 40
) -> tuple[Floats, Floats, Floats]:
    """Return train and test losses of least squares in the axes of its curvature."""
    total = horizon(rng)
    inputs = rng.standard_normal((examples, features))
    truth = rng.standard_normal(features) / np.sqrt(features)
    curvature = inputs.T @ inputs / examples
    pull = curvature @ truth + noise * inputs.T @ rng.standard_normal(examples) / examples
    limit = 2.0 / np.linalg.eigvalsh(curvature)[-1]
    rates = rng.uniform(0.1, 0.6) * limit * decay(rng, total)
    weights, train, test = np.zeros(features), [], []
    for rate in (*rates, 0.0):
        away = weights - truth
        left = weights @ curvature @ weights - 2.0 * pull @ weights
        train.append(0.5 * left)
        test.append(0.5 * (away @ away + noise**2))
        weights = weights - rate * (curvature @ weights - pull)
    answers = inputs @ truth
    offset = 0.5 * float(answers @ answers / examples + noise**2)
    return np.array(train) + offset, np.array(test), rates


RECORDED = {
    "cooldown-under-way": ("wsd_20", "wsd_40"),
    "healthy": ("linear", "cosine", "wsd_20", "wsd_40", "linear_tenth"),
}
"""Shapes of the trials whose recorded curves, means over seeds at the best peak, have a cause."""
LATER = {"fashion-conv-3000", "text-64k-2000", "text-10m-1000"}
"""Pieces that were not there when it was built and judged: with them other curves are drawn, and
what was built on would be judged."""


@cache
def _trials() -> list[tuple[str, Floats]]:
    found = results.load().curves.items()
    return [
        (arm, values)
        for (piece, arm, _), values in found
        if piece not in LATER and arm in shapes.SHAPES and np.isfinite(values).all()
    ]


def recorded(rng: np.random.Generator, arms: tuple[str, ...], *, half: bool) -> Run:
    """Return the curve of a trial, of those for building or of those for judging."""
    kept = [one for one in _trials() if one[0] in arms][half::2]
    arm, values = kept[rng.integers(len(kept))]
    total = stop = values.size
    rates = shapes.SHAPES[arm](float(10.0 ** rng.uniform(-3.0, 0.0)), total).sample(total)
    if arms == RECORDED["cooldown-under-way"]:
        tail = int(arm.removeprefix("wsd_")) / 100.0
        stop = round((1.0 - tail * rng.uniform(0.2, 0.7)) * total)
    return Run(values[:stop], rates[: stop - 1], planned=total)


# --- logging -------------------------------------------------------------------------------------

EARLY = ("early-spike", "early-instability", "warmup-too-short")
FEWEST = 12  # points: with less than this, the right answer is that nobody can tell


def logged(cause: str, seed: int, run: Run, rng: np.random.Generator) -> Curve:
    """Return what a trainer writes of a run: some rows, some columns, in its own units."""
    updates = run.rates.size
    planned = updates if run.planned is None else run.planned
    few = rng.random() < 0.04
    points = int(rng.integers(3, FEWEST)) if few else int(10.0 ** rng.uniform(1.4, 2.8))
    every = max(updates // max(points, 1), 1)
    at = np.arange(0, updates + 1, every)[: max(points, 2)] if few else np.arange(0, updates, every)
    scale, offset = 10.0 ** rng.uniform(-1.0, 1.0), float(rng.choice([0.0, 0.5, 2.0]))
    losses = _seen(run.losses, at, every, mean=bool(rng.random() < 0.5))
    unit = abs(run.losses[0]) if np.isfinite(run.losses[0]) else 1.0
    noise = float(rng.choice([0.0, 0.003, 0.01, 0.03]))
    losses = losses * (1.0 + noise * rng.standard_normal(at.size))
    losses = scale * (losses + offset * unit * (1.0 + 0.2 * noise * rng.standard_normal(at.size)))
    held, validation = run.validation, None
    if held is None and rng.random() < 0.4:  # one that says no more than the training loss
        held = run.losses * (1.0 + 0.01 * rng.standard_normal(run.losses.size))
        held = held + rng.uniform(0.0, 0.1) * unit
    if held is not None:
        beside = held[at] + offset * unit
        sparse = int(rng.integers(1, max(at.size // 25, 2)))
        validation = np.where(np.arange(at.size) % sparse == 0, scale * beside, np.nan)
    rates = None if rng.random() < 0.25 else run.rates[np.minimum(at, updates - 1)]
    stretch = int(rng.choice([1, 1, 10, 100]))
    total = planned * stretch if rng.random() < 0.5 else None
    kept = _damaged(at.size, losses, rng)
    if not few and cause not in EARLY and rng.random() < 0.3:  # it begins late
        kept = kept[kept >= int(rng.uniform(0.01, 0.12) * at.size)]
    name = "cannot-tell" if few and cause != "diverged" else cause
    return Curve(
        name, seed, at[kept] * stretch, losses[kept], None if rates is None else rates[kept],
        None if validation is None else validation[kept], total,
    )  # fmt: skip


def _seen(losses: Floats, at: NDArray[np.int64], every: int, *, mean: bool) -> Floats:
    """Return the loss of a step, or the mean since the last row, which begins with the first."""
    if not mean or every == 1:
        return losses[at].copy()
    return np.array([losses[max(k - every + 1, 0) : k + 1].mean() for k in at])


def _damaged(size: int, losses: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the rows that the file has: some are missing, twice there, or not numbers."""
    rows = np.arange(size)
    if size < FEWEST:
        return rows
    if rng.random() < 0.15:  # lost
        rows = rows[rng.random(rows.size) > 0.1]
    if rng.random() < 0.1:  # a gap
        at = int(rng.uniform(0.2, 0.7) * rows.size)
        rows = np.delete(rows, slice(at, at + rows.size // 10))
    if rng.random() < 0.1:  # resumed from a checkpoint
        at = int(rng.uniform(0.3, 0.9) * rows.size)
        rows = np.concatenate([rows[:at], rows[max(at - rows.size // 10, 0) :]])
    if rng.random() < 0.1:  # not written
        losses[rng.random(size) < 0.03] = np.nan
    return rows
