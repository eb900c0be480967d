"""Experiments on how a run should end, and on how shapes of decay compare."""

from __future__ import annotations

import numpy as np

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines, of_losses
from lrdecay.heuristics.cases import GAIN
from lrdecay.lab import bound, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, ratio, share
from lrdecay.lab.streams import stream

# --- What they have in common ---------------------------------------------------------------------


def _ends(steps: int) -> np.ndarray:
    """Return linear decay to zero and a constant rate, whose difference is decay's gain."""
    return np.stack([lr.Linear(1.0, steps).sample(steps), np.ones(steps)])


def _tuned(problems: quadratic.Problem, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses of shapes, each at its best peak on each problem, and decay's gain."""
    linear, constant = quadratic.best(problems, _ends(shapes.shape[-1])).loss.T
    return quadratic.best(problems, shapes).loss, constant - linear


def _bounds(shapes: np.ndarray) -> np.ndarray:
    """Return worst-case bounds of shapes at their best peaks, in shares of decay's gain in them."""
    linear, constant = bound.best(_ends(shapes.shape[-1])).value
    return bound.best(shapes).value / (constant - linear)


# --- H007: Linear to zero as default --------------------------------------------------------------


def _nine(steps: int) -> dict[str, np.ndarray]:
    """Return the learning rates of each schedule, with peak 1."""
    schedules = {
        "linear to 0": lr.Linear(1.0, steps),
        "cosine to 0": lr.Cosine(1.0, steps),
        "cosine to 10 %": lr.Cosine(1.0, steps, 0.1),
        "exponential to 1 %": lr.Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "(1 - x) squared": lr.Polynomial(1.0, steps, 2),
        "WSD, last 20 %": lr.WSD(1.0, steps, steps // 5),
        "three drops by 10": lr.MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "inverse root": lr.InverseSqrt(1.0, steps / 100),
        "constant": lr.Constant(1.0),
    }
    return {name: schedule.sample(steps) for name, schedule in schedules.items()}


def h007(seeds: range) -> Evidence:
    """Tune the peak of nine schedules on three populations of problems, and in a short run."""
    settings = {  # exponents of the curvatures h_i = i^-a, updates, in words
        "slow": ((1.0, 1.2), 1000, "curvatures fall slowly, as 1/i"),
        "middle": ((1.4, 1.6), 1000, "curvatures fall as 1/i^1.5"),
        "fast": ((1.8, 2.0), 1000, "curvatures fall fast, as 1/i^2"),
        "short": ((1.0, 2.0), 100, "a run has 100 updates"),
    }
    cases, rows, first = [], {}, {}
    for key, (exponent, steps, when) in settings.items():
        problems = quadratic.draw(seeds, exponent=exponent)
        losses = quadratic.best(problems, np.stack([*_nine(steps).values()])).loss
        gain = losses[:, -1] - losses[:, 0]
        above = losses - losses.min(axis=-1, keepdims=True)
        cases.append(
            of_losses(
                key,
                when,
                above[:, 0],
                gain,
                world="quadratic",
                claim="non-inferiority",
                updates=steps,
            )
        )
        rows[key] = [ratio(column, gain) for column in above.T]
        first[key] = losses.argmin(axis=-1)
    bounds = _bounds(np.stack([*_nine(1000).values()]))
    bounds -= bounds.min()
    numbers = {
        "cosine_slow": rows["slow"][1],
        "cosine_fast": rows["fast"][1],
        "constant_slow": rows["slow"][-1],
        "constant_fast": rows["fast"][-1],
        "short_wins": share(int(np.count_nonzero(first["short"] == 2)), len(seeds)),
        "bound_linear": exact(float(bounds[0])),
        "bound_cosine": exact(float(bounds[1])),
        "bound_wsd": exact(float(bounds[5])),
    }
    labels = {"slow": "1/i", "middle": "1/i^1.5", "fast": "1/i^2"}
    chart = Dots(
        rows=tuple(_nine(1000)),
        series={f"curvatures as {label}": tuple(rows[key]) for key, label in labels.items()},
        xlabel="final loss above the best of the nine (share of decay's gain)",
        alt="How far each of nine schedules ends above the best one, on three kinds of problem, in "
        "shares of what linear decay gains over a constant rate. Linear to zero is near 0 on two "
        "of them. Three drops, the inverse root and the constant rate are far off on all.",
        caption="Linear to zero is within {middle} of the best until curvatures fall fast; "
        "there schedules that fall sooner beat it by {fast}. The line is the margin of the claim.",
        reference=0.05,
    )
    return Evidence(
        "final loss above the best of nine schedules", tuple(cases), chart, numbers, format=".0%"
    )


# --- H008: To zero or to a tenth ------------------------------------------------------------------


def _pairs(steps: int) -> np.ndarray:
    """Return three shapes, each to 0 and to a tenth: (3, 2, steps)."""
    tenth = 0.1
    both = (0.0, tenth)
    return np.array(
        [
            [lr.Linear(1.0, steps, final).sample(steps) for final in both],
            [lr.Cosine(1.0, steps, final).sample(steps) for final in both],
            [lr.WSD(1.0, steps, steps // 5, final_lr=final).sample(steps) for final in both],
        ]
    )


def h008(seeds: range) -> Evidence:
    """Compare schedules that end at 0 and at a tenth, in runs of four lengths."""
    lengths = (100, 300, 1000, 5000)
    shapes = {"linear": "linear decay", "cosine": "cosine", "wsd": "WSD"}
    problems = quadratic.draw(seeds)
    cases: dict[str, list[Case]] = {key: [] for key in shapes}
    numbers = {}
    for steps in lengths:
        losses = quadratic.best(problems, _pairs(steps)).loss
        gain = quadratic.best(problems, np.ones(steps)).loss - losses[:, 0, 0]
        bounds = np.diff(_bounds(_pairs(steps)))[:, 0]
        for i, (key, words) in enumerate(shapes.items()):
            cases[key].append(
                of_losses(
                    f"{key}_{steps}",
                    f"{steps:,} updates, {words}",
                    losses[:, i, 1] - losses[:, i, 0],
                    gain,
                    world="quadratic",
                    claim="superiority",
                    traits={"shape": words},
                    updates=steps,
                )
            )
            numbers[f"bound_{key}_{steps}"] = exact(float(bounds[i]))
    costs = {shapes[key]: [case.effect for case in row] for key, row in cases.items()}
    chart = Lines(
        x=tuple(map(float, lengths)),
        curves={name: tuple(c.estimate for c in row) for name, row in costs.items()},
        bands={
            name: (tuple(c.low for c in row), tuple(c.high for c in row))
            for name, row in costs.items()
        },
        xlabel="updates in the run",
        ylabel="cost of a floor / decay's gain",
        alt="What it costs to end at a tenth of the peak instead of at zero, against the length of "
        "the run, in shares of what linear decay gains over a constant rate. All curves rise from "
        "below zero: linear crosses first, then the other two.",
        caption="In short runs a floor of 10 % helps, in long ones it hurts: linear "
        "{linear_100} at 100 updates and {linear_5000} at 5,000, cosine {cosine_100} "
        "and {cosine_5000}.",
        log="x",
    )
    return Evidence(
        "saved by ending at 0 in place of 10 %",
        tuple(case for row in cases.values() for case in row),
        chart,
        numbers,
        format=".0%",
    )


# --- H009: Cosine as long as the run --------------------------------------------------------------


def h009(seeds: range) -> Evidence:
    """Cut cosines off that were planned for longer runs."""
    steps = 1000
    cycles = (1.0, 1.1, 1.25, 1.5, 2.0, 3.0)
    finals = {"zero": (0.0, "0"), "tenth": (0.1, "10 %")}
    shapes = np.array(
        [
            [lr.Cosine(1.0, round(steps * c), final).sample(steps) for c in cycles]
            for final, _ in finals.values()
        ]
    )
    problems = quadratic.draw(seeds)
    best = quadratic.best(problems, shapes)
    linear, constant = quadratic.best(problems, _ends(steps)).loss.T
    gain = constant - linear
    cost = best.loss - best.loss[..., :1]
    kept = quadratic.rates(problems, shapes[0, 4], best.rate[:, 0, :1])[:, 0] - best.loss[:, 0, 0]
    bounds = _bounds(shapes[0])
    bounds -= bounds[0]
    cases = {
        f"{key}_{100 * c:.0f}": of_losses(
            f"{key}_{100 * c:.0f}",
            f"a cosine to {words} is {c:g} times the run",
            cost[:, i, j],
            gain,
            world="quadratic",
            claim="superiority",
            traits={"planned for": f"planned for {c:g} times the run", "ends at": words},
            updates=steps,
        )
        for i, (key, (_, words)) in enumerate(finals.items())
        for j, c in enumerate(cycles[1:], start=1)
    }
    numbers = {
        "untuned_200": ratio(kept, gain),
        "peak_200": estimate(best.rate[:, 0, 4] / best.rate[:, 0, 0]),
    }
    for percent in (110, 125, 200):
        j = cycles.index(percent / 100)
        numbers[f"bound_{percent}"] = exact(float(bounds[j]))
        numbers[f"left_{percent}"] = exact(float(shapes[0, j, -1]))
    rows = {
        f"to {words}": [exact(0.0)] + [cases[f"{key}_{100 * c:.0f}"].effect for c in cycles[1:]]
        for key, (_, words) in finals.items()
    }
    curves = {name: tuple(c.estimate for c in row) for name, row in rows.items()}
    curves["to 0, worst-case bound"] = tuple(bounds.tolist())
    chart = Lines(
        x=cycles,
        curves=curves,
        bands={
            name: (tuple(c.low for c in row), tuple(c.high for c in row))
            for name, row in rows.items()
        },
        xlabel="length of the cosine / length of the run",
        ylabel="cost / decay's gain",
        alt="What it costs to plan a cosine longer than the run, in shares of what linear decay "
        "gains over a constant rate. To zero the curve dips below 0 at 1.1 and rises beyond 1.25; "
        "to 10 % it rises from the start. The bound follows the first.",
        caption="A cosine to zero that is 1.1 times too long changes the loss by {zero_110} of "
        "decay's gain, one of twice the run by {zero_200}.",
    )
    return Evidence(
        "loss above that of the exact length",
        tuple(cases.values()),
        chart,
        numbers,
        format=".0%",
        formats={".2f": ["peak_200"], ".1%": ["left_110"]},
    )


# --- H010: Cosine or step decay -------------------------------------------------------------------


def h010(seeds: range) -> Evidence:
    """Tune the peak of a cosine to zero and of four step decays."""
    steps = 1000
    stepped = {
        "drops": lr.MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
        "one": lr.MultiStep(1.0, (7 * steps // 10,)),
        "late": lr.MultiStep(1.0, (8 * steps // 10, 9 * steps // 10), 0.1**0.5),
        "many": lr.Step(1.0, steps // 10, 0.01**0.1),
    }
    words = {
        "drops": "three tenfold drops",
        "one": "one tenfold drop",
        "late": "two late drops by 3.2",
        "many": "nine drops by 1.6",
    }
    smooth = {  # without drops, to the ends of many and of three
        "smooth": lr.Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "smooth_drops": lr.Exponential(1.0, gamma=0.001 ** (1 / steps)),
    }
    cosine = lr.Cosine(1.0, steps)
    shapes = np.stack([s.sample(steps) for s in (cosine, *stepped.values(), *smooth.values())])
    losses, gain = _tuned(quadratic.draw(seeds), shapes)
    worse = dict(zip([*stepped, *smooth], (losses[:, 1:] - losses[:, :1]).T, strict=True))
    bounds = _bounds(shapes)
    cases = tuple(
        of_losses(
            key,
            f"the rate takes {words[key]}",
            worse[key],
            gain,
            world="quadratic",
            claim="superiority",
            traits={"steps": words[key]},
            updates=steps,
        )
        for key in stepped
    )
    numbers = {
        f"bound_{key}": exact(float(bounds[i] - bounds[0]))
        for i, key in enumerate([*stepped, "smooth"], start=1)
    }
    numbers["smooth_drops"] = ratio(worse["smooth_drops"], gain)
    for key in ("drops", "many"):
        numbers[f"wins_{key}"] = share(int(np.count_nonzero(worse[key] > 0)), len(seeds))
    chart = Dots(
        rows=tuple(words.values()),
        series={"": tuple(case.effect for case in cases)},
        xlabel="final loss above that of a cosine to 0 (share of decay's gain)",
        alt="How much higher four step decays end than a cosine, in shares of what linear decay "
        "gains over a constant rate. Three drops by 10 are worst, then one drop, then two late "
        "ones. Many small drops end about level with it.",
        caption="Few deep drops cost: three by 10 end {drops} of decay's gain higher. A drop by "
        "1.6 every tenth of the run costs about nothing ({many}).",
        reference=0.0,
    )
    return Evidence(
        "loss of step decay above that of a cosine",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["many"]},
    )


# --- H011: Any decay rather than none -------------------------------------------------------------


def _decays(steps: int) -> dict[str, np.ndarray]:
    """Return the learning rates of decays, with peak 1; the gradual ones first."""
    schedules = {
        "linear to 0": lr.Linear(1.0, steps),
        "cosine to 0": lr.Cosine(1.0, steps),
        "(1 - x) squared": lr.Polynomial(1.0, steps, 2),
        "1 - sqrt(x)": lr.WSD(1.0, steps, steps, shape="1-sqrt"),
        "REX": lr.REX(1.0, steps),
        "exponential to 1 %": lr.Exponential(1.0, gamma=0.01 ** (1 / steps)),
        "WSD, last half": lr.WSD(1.0, steps, steps // 2),
        "WSD, last tenth": lr.WSD(1.0, steps, steps // 10),
        "inverse root": lr.InverseSqrt(1.0, steps / 100),
        "three drops by 10": lr.MultiStep(1.0, (steps // 3, 2 * steps // 3, 8 * steps // 9)),
    }
    return {name: schedule.sample(steps) for name, schedule in schedules.items()}


def h011(seeds: range) -> Evidence:
    """Set the spread among tuned decays against what no decay costs."""
    lengths = {"gradual": 1000, "short": 100}
    n_gradual = 6  # so many of the shapes fall over the whole run, to 1 % or less
    problems = quadratic.draw(seeds)
    names = [*_decays(1000)]
    cases, regained, numbers = [], {}, {}
    for key, steps in lengths.items():
        losses, gain = _tuned(problems, np.stack([*_decays(steps).values()]))
        spread = np.ptp(losses[:, :n_gradual], axis=-1)
        cases.append(
            of_losses(
                key,
                f"gradual decays of {steps:,} updates",
                spread,
                gain,
                world="quadratic",
                claim="threshold",
                at_most=0.25,
                updates=steps,
            )
        )
        # By how much a decay ends below the constant rate.
        below = (losses[:, :1] + gain[:, None] - losses).T
        regained[f"{steps:,} updates"] = tuple(ratio(column, gain) for column in below)
        if key == "gradual":
            numbers = {
                "whole": ratio(np.ptp(losses, axis=-1), gain),
                "relative": estimate(spread / losses[:, :n_gradual].min(axis=-1)),
            }
    last = regained["1,000 updates"]
    numbers |= {
        "half": last[names.index("WSD, last half")],
        "tenth": last[names.index("WSD, last tenth")],
        "drops": last[names.index("three drops by 10")],
        "root": last[names.index("inverse root")],
    }
    chart = Dots(
        rows=tuple(names),
        series=regained,
        xlabel="gain over a constant rate (share of linear decay's)",
        alt="What ten decays gain over a constant rate, in shares of what linear decay gains. In "
        "long runs the gradual ones lie close together; a short cooldown, the inverse root and "
        "three drops gain far less. In short runs they scatter more.",
        caption="Among gradual decays of 1,000 updates the choice is worth {gradual} of what "
        "decay itself is worth; a 10 % cooldown gets {tenth}, three drops {drops}.",
        reference=1.0,
    )
    return Evidence(
        "spread among decays / gain over no decay",
        tuple(cases),
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["relative"]},
    )


# --- H012: The last update at rate zero -----------------------------------------------------------


def _pair(values: int) -> np.ndarray:
    """Return lines that reach 0 after the last of so many values, and at the last one."""
    return np.stack(
        [lr.Linear(1.0, values).sample(values), lr.Linear(1.0, values - 1).sample(values)]
    )


def h012(seeds: range) -> Evidence:
    """Compare linear decays whose last value is above 0 and at 0, an update and an epoch each."""
    steps = 1000
    counts = (5, 10, 30, 100, 300, 1000)
    problems = quadratic.draw(seeds)

    def case(key: str, when: str, values: int, lrs: np.ndarray) -> Case:
        losses, gain = _tuned(problems, lrs)
        return of_losses(
            f"{key}_{values}",
            when,
            losses[:, 1] - losses[:, 0],
            gain,
            world="quadratic",
            claim="superiority",
            traits={"values": f"{values:,} values of the rate"},
            updates=lrs.shape[-1],
        )

    updates = {
        n: case("updates", f"the run has {n:,} updates, a rate each", n, _pair(n)) for n in counts
    }
    epochs = {
        n: case(
            "epochs",
            f"the rate is set once an epoch, {n} times",
            n,
            _pair(n)[:, np.arange(steps) * n // steps],
        )
        for n in counts[:-1]
    }
    rows = {
        "a value an epoch (1,000 updates)": [*epochs.values(), updates[steps]],
        "a value an update": [*updates.values()],
    }
    native = {
        name: [each.native or each.effect for each in row] for name, row in rows.items()
    }  # decay gains nothing in the shortest runs
    good, wasted = bound.best(_pair(10)).value  # in which decay gains nothing in 10 updates
    numbers = {
        "bound_10": exact(float(wasted / good - 1)),
        "last_used": exact(float(_pair(steps)[0, -1])),
        # its default ends just above 0
        "one_cycle": exact(
            float(lr.dialects.torch.OneCycleLR(1.0, total_steps=steps).sample(steps)[-1])
        ),
    }
    chart = Lines(
        x=tuple(map(float, counts)),
        curves={name: tuple(each.estimate for each in row) for name, row in native.items()},
        bands={
            name: (tuple(each.low for each in row), tuple(each.high for each in row))
            for name, row in native.items()
        },
        xlabel="values of the rate in the run",
        ylabel="loss that a last 0 adds",
        alt="What a last value of zero adds to the loss, against the number of values in the run, "
        "on logarithmic axes: two lines that fall, one for values an epoch, one for values an "
        "update.",
        caption="The more values, the less the last one matters: {epochs_10} of decay's gain when "
        "each of 10 epochs has one rate, {updates_1000} when each of 1,000 updates has.",
        log="xy",
    )
    cases = (*epochs.values(), *updates.values())
    return Evidence(
        "loss added by a last value of 0",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={
            ".2g": [each.key for each in cases if each.unit != GAIN],
            ".3f": ["last_used"],
            ".0e": ["one_cycle"],
        },
    )


# --- H013: 1/t in a finite run --------------------------------------------------------------------


def _falls(steps: int) -> np.ndarray:
    """Return linear decay, then 1 / (1 + k / onset) for each onset, then 1 / (1 + k)."""
    onsets = np.geomspace(0.003, 0.3, 7)  # of the fall, as a share of the run
    falls = [lr.InverseTime(1.0, 1 / (onset * steps)) for onset in onsets]
    schedules = [lr.Linear(1.0, steps), *falls, lr.InverseTime(1.0, 1.0)]
    return np.stack([schedule.sample(steps) for schedule in schedules])


def _spanning(span: float, noise: np.ndarray) -> quadratic.Problem:
    """Return problems whose curvatures are even in the logarithm from 1 / span to 1."""
    directions = 20
    h = np.geomspace(1.0, 1.0 / span, directions)
    return quadratic.Problem(h, noise[:, None] * h, 1.0)


def h013(seeds: range) -> Evidence:
    """Compare tuned 1/t with tuned linear decay on four kinds of problem and run length."""
    lengths = (100, 300, 1000, 2000)
    noise = np.array([0.5 * 20 ** stream("H013.noise", seed).random() for seed in seeds])
    worlds = {  # span: the largest curvature / the smallest
        "one": ("all directions curve alike", "all alike", _spanning(1.0, noise)),
        "ten": ("curvatures span a factor of 10", "span 10", _spanning(10.0, noise)),
        "thousand": ("curvatures span a factor of 1,000", "span 1,000", _spanning(1000.0, noise)),
        "law": ("curvatures follow a power law", "power law", quadratic.draw(seeds)),
    }
    cases, numbers = [], {}
    rows: dict[str, list[Interval]] = {}
    for key, (words, label, problems) in worlds.items():
        for steps in lengths:
            losses = quadratic.best(problems, _falls(steps)).loss
            gain = quadratic.best(problems, np.ones(steps)).loss - losses[:, 0]
            found = of_losses(
                key if steps == 1000 else f"{key}_{steps}",
                f"{words}, {steps:,} updates",
                losses[:, 0] - losses[:, 1:].min(axis=-1),  # scale and onset tuned
                gain,
                world="quadratic",
                claim="superiority",
                updates=steps,
            )
            cases.append(found)
            rows.setdefault(label, []).append(found.effect)
            if steps == 1000:  # the bare form, of which the scale alone is tuned
                numbers[f"pure_{key}"] = ratio(losses[:, 0] - losses[:, -1], gain)
    chart = Lines(
        x=tuple(map(float, lengths)),
        curves={label: tuple(c.estimate for c in row) for label, row in rows.items()},
        bands={
            label: (tuple(c.low for c in row), tuple(c.high for c in row))
            for label, row in rows.items()
        },
        xlabel="updates in the run",
        ylabel="(linear - 1/t) / decay's gain",
        alt="How far tuned 1/t decay ends below tuned linear decay, against the length of the run, "
        "in shares of what linear decay gains over a constant rate. With curvatures all alike or "
        "within a factor of 10 it is below in runs of all lengths; with a span of 1,000 or a power "
        "law it ends above in long runs.",
        caption="1/t is ahead where curvatures are close together ({one} after 1,000 updates when "
        "all are alike) and falls behind in longer runs where they are spread ({law} on power "
        "laws).",
        log="x",
    )
    return Evidence(
        "loss of 1/t below that of linear decay", tuple(cases), chart, numbers, format=".0%"
    )
