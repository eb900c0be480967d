"""Experiments on gradient noise, and on when a decay pays."""

from __future__ import annotations

import numpy as np

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.heuristics.cases import World
from lrdecay.lab import laws, moons, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, share
from lrdecay.lab.streams import stream

# --- H001: Decay in the micrograd demo ------------------------------------------------------------


def h001(seeds: range) -> Evidence:
    """Train the demo with its decay and at constant rates, on both kinds of gradient."""
    steps = 100
    settings = {None: "full batch", 10: "batches of 10"}
    rows = [lr.Linear(1.0, steps, 0.1), lr.Constant(1.0), lr.Constant(0.5)]
    gains, finals, wins, lower = {}, {}, {}, {}
    for batch_size, name in settings.items():
        runs = moons.run(
            rows, seeds, steps=steps, batch_size=batch_size, curves=False, test_points=2, workers=1
        )
        decay, constant, half = runs.final_loss
        finals[name] = (estimate(decay), estimate(constant))
        gains[name] = estimate(constant - decay)
        wins[name] = share(int(np.count_nonzero(decay < constant)), len(seeds))
        lower[name] = estimate(half - decay)
    words = {
        "full": ("gradients are exact (full batch)", "full batch"),
        "mini": ("gradients are noisy (batches of 10)", "batches of 10"),
    }
    cases = tuple(
        Case(
            key=key,
            when=when,
            effect=gains[batch],
            world="toy",
            setting="micrograd demo",
            claim="threshold",
            at_least=0.005,
            unit="loss",
            traits={"batch": batch},
            updates=steps,
        )
        for key, (when, batch) in words.items()
    )
    chart = Dots(
        rows=tuple(finals),
        series={
            "decay, 1.0 to 0.1": tuple(pair[0] for pair in finals.values()),
            "constant 1.0": tuple(pair[1] for pair in finals.values()),
        },
        xlabel="final training loss",
        alt="Median final loss with its interval. Full batch: the demo's decay and the constant "
        "rate overlap. Batches of 10: the decay ends far lower.",
        caption="The decay that buys {full} on the full batch, as the demo was recorded, buys "
        "{mini} when each update sees 10 points.",
    )
    numbers = {
        "full_wins": wins["full batch"],
        "mini_wins": wins["batches of 10"],
        "mini_half": lower["batches of 10"],
    }
    return Evidence(
        "median gain in final loss, constant - decay",
        cases,
        chart,
        numbers,
        format=".3f",
        formats={".4f": ["full"], ".0%": ["full_wins", "mini_wins"]},
    )


# --- H002: The floor of a constant rate -----------------------------------------------------------


def h002(seeds: range) -> Evidence:
    """Compare the floors of a rate and half of it, and halve the rate during a run."""
    steps, further = 1000, 100
    lowest, highest = 0.1, 1.0  # a twentieth and a half of the highest stable rate, which is 2
    shown = (0.4, 0.2, 0.1, 0.05)
    long = 10_000
    problems = quadratic.draw(seeds)
    floors = {rate: quadratic.floor(problems, [rate, rate / 2]) for rate in (lowest, highest)}
    drawn, high = (estimate(pair[:, 1] / pair[:, 0]) for pair in floors.values())
    # A flatter direction keeps more, up to a half, so that every problem lies between.
    steepest = quadratic.floor(quadratic.Problem(1.0, 1.0, 1.0), [lowest, lowest / 2])
    low = exact(float(steepest[1] / steepest[0]))
    lrs = np.full(2 * steps, lowest)
    now = quadratic.loss(problems, lrs[:steps])
    lrs[steps:] /= 2
    branch, later = (
        estimate(quadratic.loss(problems, lrs[: steps + n]) / now) for n in (further, steps)
    )
    found: dict[str, tuple[World, Interval, str]] = {
        "low": ("algebra", low, "from floor to floor at a low rate"),
        "high": ("quadratic", high, "from floor to floor at half of the highest stable rate"),
        "branch": ("quadratic", branch, f"{further} updates after a low rate is halved"),
    }
    cases = tuple(
        Case(
            key=key,
            when=f"seen {words}",
            effect=effect,
            world=world,
            claim="threshold",
            at_least=0.45,
            at_most=0.55,
            unit="of the loss",
            traits={"seen": words},
        )
        for key, (world, effect, words) in found.items()
    )

    at = np.unique(np.geomspace(1, long, 80).astype(int))
    runs = quadratic.loss(problems, np.outer(shown, np.ones(long)), curve=True)[..., at]
    middle = np.median(runs / quadratic.floor(problems, shown[0])[:, None, None], axis=0)
    chart = Lines(
        x=tuple(at.tolist()),
        curves={f"rate {r}": tuple(row) for r, row in zip(shown, middle.tolist(), strict=True)},
        xlabel="updates",
        ylabel=f"loss / floor at rate {shown[0]}",
        alt="Median loss of four constant rates on log axes. Each falls, then goes flat. Half the "
        "rate takes longer and goes flat about half as high.",
        caption="Each halving of the rate about halves the level at which the loss goes flat, and "
        "takes longer to get there. Where a lower rate has not arrived, it is behind.",
        log="xy",
    )
    numbers = {"drawn": drawn, "later": later, "left": estimate(now / floors[lowest][:, 0] - 1.0)}
    return Evidence(
        "loss at half the rate / loss at the rate",
        cases,
        chart,
        numbers,
        format=".2f",
        formats={".0%": ["left"]},
    )


# --- H003: Curvature or noise ---------------------------------------------------------------------

STEPS, NOISY = 1000, (0.5, 10.0)


def h003(seeds: range) -> Evidence:
    """Tune a constant rate and linear decay on quadratics with much, little and no noise."""
    levels = tuple(10.0**k for k in range(-6, 2))
    charted = 40
    losses = {
        "noisy": _constant_and_linear(seeds, NOISY),
        "exact": _constant_and_linear(seeds, 0.0),
    }
    gains = {key: constant - linear for key, (constant, linear) in losses.items()}
    # The gain is the unit itself, so that it stands in losses.
    cases = tuple(
        Case(
            key=key,
            when=f"gradients are {key}",
            effect=estimate(gain),
            world="quadratic",
            claim="superiority",
            unit="loss",
            traits={"gradients": f"{key} gradients"},
            updates=STEPS,
            problems=share(int(np.count_nonzero(gain > 0.0)), len(seeds)),
        )
        for key, gain in gains.items()
    )
    numbers = {
        f"relative_{key}": estimate(constant / linear - 1.0)
        for key, (constant, linear) in losses.items()
    }
    charted_losses = [_constant_and_linear(seeds[:charted], level) for level in levels]
    found = [estimate(constant / linear - 1.0) for constant, linear in charted_losses]
    name = "constant against linear decay"
    chart = Lines(
        x=levels,
        curves={
            name: tuple(i.estimate for i in found),
            "no difference": (0.0,) * len(levels),
        },
        xlabel="noise variance of a gradient at curvature 1",
        ylabel="loss, constant / decay - 1",
        alt="Loss of the tuned constant rate against tuned linear decay, by noise. At little noise "
        "the constant rate ends lower; with more decay does.",
        caption="The curvature never changes here. With almost no noise a constant rate wins "
        "({relative_exact} without any); with noise decay does ({relative_noisy} in the noisy "
        "problems).",
        bands={name: (tuple(i.low for i in found), tuple(i.high for i in found))},
        log="x",
    )
    return Evidence(
        "loss of tuned constant - tuned linear decay",
        cases,
        chart,
        numbers,
        format=".3f",
        formats={"+.0%": [*numbers]},
    )


def _constant_and_linear(seeds: range, noise: float | tuple[float, float]) -> np.ndarray:
    """Return the losses of a constant rate and of linear decay, both tuned: (2, problems)."""
    shapes = np.stack([lr.Constant(1.0).sample(STEPS), lr.Linear(1.0, STEPS).sample(STEPS)])
    return quadratic.best(quadratic.draw(seeds, noise=noise), shapes).loss.T


# --- H004: A stalled loss -------------------------------------------------------------------------

STALLED_STEPS, BRANCH = 1000, 100
FACTORS = {"a third of the rate": 1 / 3, "the same rate": 1.0, "three times the rate": 3.0}


def h004(seeds: range) -> Evidence:
    """Train 1000 updates at a random rate, go on at three rates, and group by what was seen."""
    lowest, highest = 1e-5, 0.6  # three times the highest is still stable
    problems = quadratic.draw(seeds, noise=(0.05, 10.0))
    uniform = np.array([stream("H004.rate", seed).random() for seed in seeds])
    rates = lowest * (highest / lowest) ** uniform
    before, now, third, _, triple = _branches(problems, rates[:, None], BRANCH)[..., 0]
    _, _, late_third, _, late_triple = _branches(problems, rates[:, None], STALLED_STEPS)[..., 0]
    flat, left = now > 0.98 * before, now / problems.initial_loss
    stalled, unmoved, above = flat & (left < 0.5), flat & (left >= 0.5) & (left < 1), left >= 1
    slow = ~flat & (left < 0.5)

    def wins(group: np.ndarray, low: np.ndarray = third, high: np.ndarray = triple) -> Interval:
        return share(int(np.count_nonzero(low[group] < high[group])), int(group.sum()))

    groups = {
        "stalled": ("the loss fell by half before it went flat", wins(stalled)),
        "unmoved": ("the loss fell by less and is flat", wins(unmoved)),
    }
    cases = tuple(
        Case(
            key=key,
            when=words,
            effect=effect,
            world="quadratic",
            claim="threshold",
            at_least=0.9,
            unit="share of runs",
            traits={"the loss": words},
            updates=STALLED_STEPS,
        )
        for key, (words, effect) in groups.items()
    )
    numbers = {
        "lower": estimate((third / now)[stalled] - 1.0),
        "higher": estimate((triple / now)[stalled] - 1.0),
        "stalled_late": wins(stalled, late_third, late_triple),
        "above": wins(above),
        "slow": wins(slow),
        "slow_late": wins(slow, late_third, late_triple),
    }
    return Evidence(
        "share of runs in which the lower rate wins",
        cases,
        _stalled_chart(seeds),
        numbers,
        format=".0%",
        formats={"+.0%": ["higher"]},
    )


def _branches(problems: quadratic.Problem, rates: np.ndarray, updates: int) -> np.ndarray:
    """Return losses 100 updates ago, now, and after more updates at each factor of the rate."""
    last = [np.ones(STALLED_STEPS - BRANCH), np.ones(STALLED_STEPS)]
    last += [np.r_[np.ones(STALLED_STEPS), np.full(updates, f)] for f in FACTORS.values()]
    return np.stack([quadratic.rates(problems, shape, rates) for shape in last])


def _stalled_chart(seeds: range) -> Lines:
    charted = 40
    problems = quadratic.draw(seeds[:charted])
    best = quadratic.best(problems, np.ones(STALLED_STEPS)).rate
    x = np.geomspace(0.001, 2.0, 24)
    _, now, *after = _branches(problems, best[:, None] * x, BRANCH)
    changes = {name: later / now - 1.0 for name, later in zip(FACTORS, after, strict=True)}
    return Lines(
        x=tuple(x.tolist()),
        curves={k: tuple(np.median(v, axis=0).tolist()) for k, v in changes.items()},
        xlabel="rate so far / best constant rate",
        ylabel="change of loss by 100 updates",
        alt="Change of the loss by 100 more updates against the rate so far. Far below the best "
        "constant rate, three times the rate does best; near it and above, a third does, by far.",
        caption="At the same rate nothing happens at either end. On the right the rate is too "
        "high, and a lower one helps at once; on the left it is too low, and the loss has hardly "
        "moved.",
        log="x",
    )


# --- H005: Decay against a tuned constant ---------------------------------------------------------


def h005(seeds: range) -> Evidence:
    """Tune a constant rate and linear decay to zero on other seeds, and compare them on these."""
    settings = {  # points an update, updates, seeds to judge on, seeds to tune on
        "short": (10, 100, 200, 60),
        "middle": (10, 300, 200, 60),
        "long": (10, 1000, 100, 30),
        "exact": (None, 100, 100, 40),
    }
    losses = {key: _micrograd(seeds, *setting) for key, setting in settings.items()}
    losses["quad"] = _constant_and_linear(seeds, NOISY)
    worlds: dict[str, tuple[World, str, str, int, str]] = {
        "short": ("toy", "micrograd demo", "batches of 10", 100, "a network"),
        "middle": ("toy", "micrograd demo", "batches of 10", 300, "a network"),
        "long": ("toy", "micrograd demo", "batches of 10", 1000, "a network"),
        "exact": ("toy", "micrograd demo", "full batch", 100, "a network"),
        "quad": ("quadratic", "", "single examples", STEPS, "a quadratic"),
    }
    wins = {
        key: share(int(np.count_nonzero(decay < constant)), decay.size)
        for key, (constant, decay) in losses.items()
    }
    cases = tuple(
        Case(
            key=key,
            when=f"{what}, {updates:,} updates, {batch}",
            effect=estimate(losses[key][0] - losses[key][1]),
            world=world,
            setting=setting,
            claim="superiority",
            unit="loss",  # of other rules the unit is what decay gains
            traits={"batch": batch},
            updates=updates,
            problems=wins[key] if world == "quadratic" else None,
        )
        for key, (world, setting, batch, updates, what) in worlds.items()
    )
    relative = {
        f"relative_{key}": estimate(decay / constant - 1.0)
        for key, (constant, decay) in losses.items()
    }
    chart = Dots(
        rows=tuple(case.when for case in cases),
        series={"": tuple(relative.values())},
        xlabel="final loss: tuned decay / tuned constant - 1",
        alt="Change of the final loss by tuned decay against a tuned constant rate, in five "
        "settings. Far below 0 on the noisy quadratic and in short noisy runs, about 0 after 1000 "
        "noisy updates, above 0 on the full batch.",
        caption="Left of 0 decay ends lower. It does where noise is left at the end of the run; "
        "with exact gradients, or once the network fits all its data, it does not.",
        reference=0.0,
    )
    return Evidence(
        "final loss of tuned constant - tuned decay",
        cases,
        chart,
        relative | {f"{key}_wins": won for key, won in wins.items()},
        format=".4f",
        formats={".0%": [f"{key}_wins" for key in wins], "+.0%": [*relative]},
    )


def _micrograd(
    seeds: range, batch_size: int | None, steps: int, judges: int, tuners: int
) -> np.ndarray:
    """Return, a seed, the final losses at a constant rate and with decay, each at its best peak."""
    peaks = (0.14, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4)
    tune = 5000  # the seeds that choose the rates start so much later

    def final(rows: list[lr.Constant | lr.Linear], which: range) -> np.ndarray:
        runs = moons.run(
            rows, which, steps=steps, batch_size=batch_size, curves=False, test_points=2, workers=1
        )
        return runs.final_loss

    constants = [lr.Constant(peak) for peak in peaks]
    decays = [lr.Linear(peak, steps) for peak in peaks]
    start = seeds.start + tune
    tuned = np.median(final([*constants, *decays], range(start, start + tuners)), axis=-1)
    at, to = tuned.reshape(2, -1).argmin(axis=-1)
    return final([constants[at], decays[to]], seeds[:judges])


# --- H006: A fall during the decay ----------------------------------------------------------------

PEAK, WARMUP = 3e-4, 2160  # those of the runs that the laws were fitted to
WINDOWS = {  # name: the multipliers of the peak between which someone looks at the loss
    "long decay, 1 to 0.75": (1.0, 0.75),
    "long decay, 0.75 to 0.5": (0.75, 0.5),
    "long decay, 0.47 to 0.31": (0.47, 0.305),
}
SHORTEST, LONGEST = 24_000, 72_000  # runs that the laws were fitted to, and tested on


def h006(seeds: range) -> Evidence:
    """Predict the loss in parts of a decay, and what it would be had the rate stayed."""
    short_decay = "short decay, all of it"
    found = np.array([_shares(seed) for seed in seeds])  # (seed, window, law)
    middle = np.median(found, axis=-1).T
    first, _, later, short = (estimate(row) for row in middle)
    parts = {
        "later": ("a long decay is below half of the peak", later),
        "short": ("the decay takes but a tenth to a fifth of the run", short),
        "first": ("a long decay is in its first quarter", first),
    }
    cases = tuple(
        Case(
            key=key,
            when=words,
            effect=effect,
            world="law",
            claim="threshold",
            at_least=0.5,
            unit="share of the fall",
            traits={"the part": words},
        )
        for key, (words, effect) in parts.items()
    )
    chart = Dots(
        rows=(*WINDOWS, short_decay),
        series={
            f"fit to {name}": tuple(estimate(found[:, i, j]) for i in range(len(WINDOWS) + 1))
            for j, name in enumerate(laws.PUBLISHED)
        },
        xlabel="share of the fall that the decay brought",
        alt="Share of the fall of the loss that is owed to the decay, for four parts of schedules "
        "and three fits that agree. It is lowest at the beginning of a long decay, grows "
        "along it, and is highest for a short decay.",
        caption="Left of the line, most of the fall would have come anyway. The later in the run "
        "and the shorter the decay, the more of it is the decay's.",
        reference=0.5,
    )
    return Evidence("share of the fall that decay brought", cases, chart, _seen(), format=".0%")


def _shares(seed: int) -> list[list[float]]:
    """Return the shares, (window, law), in a run of random length."""
    rng = stream("H006.length", seed)
    total = round(SHORTEST * (LONGEST / SHORTEST) ** rng.random())
    long = _schedule(total, 0.65, 0.05)
    rows = [_owed(long, _when(long, high), _when(long, low)) for high, low in WINDOWS.values()]
    share = 0.1 + 0.1 * rng.random()
    short = _schedule(total, share, 0.0)
    return [*rows, _owed(short, total - round(share * total), total - 1)]


def _seen() -> dict[str, Interval]:
    """Return the shares in the window that asks the question, by the run that it is in."""
    nanochat, first_leg = 130_000, 87_000  # updates of the run whose log asks, and of its first leg
    tested, logged, leg = (_schedule(n, 0.65, 0.05) for n in (LONGEST, nanochat, first_leg))
    owed = {}
    resumed = np.r_[leg, logged[first_leg:]]
    for name, lrs in (("tested", tested), ("logged", logged), ("resumed", resumed)):
        found = _owed(lrs, *(_when(lrs, m) for m in WINDOWS["long decay, 0.47 to 0.31"]))
        owed[name] = exact(float(np.median(found)), len(found))
    return owed


def _schedule(total: int, share: float, floor: float) -> np.ndarray:
    decay = round(share * total)
    return lr.WSD(PEAK, total, decay, warmup_steps=WARMUP, final_lr=floor * PEAK).sample(total)


def _when(lrs: np.ndarray, multiplier: float) -> int:
    """Return the last update at no less than a multiple of the peak."""
    return int(np.flatnonzero(lrs >= multiplier * PEAK)[-1])


def _owed(lrs: np.ndarray, begin: int, end: int) -> list[float]:
    """Return, by law, the share of the fall between two updates that decay between them brought."""
    held = lrs.copy()
    held[begin:] = lrs[begin]
    shares = []
    for law in laws.PUBLISHED.values():
        before, after = law.predict(lrs, at=[begin, end])
        shares.append(float((law.predict(held, at=[end])[0] - after) / (before - after)))
    return shares
