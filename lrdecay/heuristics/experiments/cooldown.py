"""Experiments on cooldowns and drops: how long, when, and from where to go on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines
from lrdecay.lab import bound, laws, moons, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, share

# --- H014: A 10 % cooldown ------------------------------------------------------------------------

FRACTIONS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)


def h014(seeds: range) -> Evidence:
    """Compare lengths of a linear cooldown, with the peak retuned and with one peak for all."""
    steps = 1000
    tenth, fifth = FRACTIONS.index(0.1), FRACTIONS.index(0.2)
    nearly_exact = (0.0005, 0.005)  # noise, a thousandth of the usual
    shapes = [lr.WSD(1.0, steps, round(f * steps)).sample(steps) for f in FRACTIONS]
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), nearly_exact))
    tuned, calm = quadratic.best(noisy, shapes), quadratic.best(quiet, shapes).loss
    # A column of rates for every shape: the best of the tenth, and half of it.
    kept = tuned.rate[:, None, tenth, None] * np.ones((len(FRACTIONS), 1)) * [1.0, 0.5]
    same, half = np.moveaxis(quadratic.rates(noisy, shapes, kept), -1, 0)
    worst = bound.best(shapes).value
    excess = {"tuned": tuned.loss, "same": same, "half": half, "calm": calm, "worst": worst}
    excess = {k: v / v.min(axis=-1, keepdims=True) - 1.0 for k, v in excess.items()}
    law = _law()
    each = {k: estimate(excess[k][:, tenth]) for k in ("tuned", "same", "half", "calm")}
    most = {"at_most": 0.05}
    cases = (
        Case("tuned", "gradients are noisy and the peak is tuned for each length",
             each["tuned"], **most),
        Case("same", "the peak is kept at the best one for 10 %",
             each["same"], **most),
        Case("half", "the peak is kept at half of the best one for 10 %",
             each["half"], **most),
        Case("calm", "gradients are nearly exact", each["calm"], **most),
        Case("worst", "the worst case of convex theory counts",
             exact(excess["worst"][tenth]), **most),
        Case("law", "a law of language models predicts, at its one peak",
             exact(law[:, tenth].max(), len(law)), **most),
    )  # fmt: skip
    medians = {k: np.median(excess[k], axis=0) for k in ("tuned", "same", "half")}
    chart = Lines(
        x=tuple(100 * f for f in FRACTIONS),
        curves={
            "peak tuned for each length": tuple(medians["tuned"]),
            "worst case, tuned": tuple(excess["worst"]),
            "peak of the 10 % cooldown": tuple(medians["same"]),
            "half of that peak": tuple(medians["half"]),
            "law of language models": tuple(np.median(law, axis=0)),
        },
        xlabel="length of the cooldown, % of the run",
        ylabel="loss above that of the best length",
        alt="Loss above the best against the length of the cooldown. With a tuned peak it falls "
        "all the way to a cooldown over the whole run. With one low peak it is least for a short "
        "cooldown and rises after.",
        caption="At a peak kept low, a tenth to a fifth is best. Let each length have its "
        "own peak, and a tenth ends {tuned} above the best.",
    )
    numbers = {
        "fifth": estimate(excess["tuned"][:, fifth]),
        "rate": estimate(tuned.rate[:, -1] / tuned.rate[:, tenth]),
    }
    return Evidence(
        "loss above that of the best length, relative",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["half", "calm"], ".1f": ["rate"]},
    )


def _law() -> np.ndarray:
    """Return, for each size and length, the predicted loss above the best, as a share.

    Of the loss above the law's constant, which no schedule changes.
    """
    longest = 0.95  # of the law's runs: they begin with a warmup
    total, warmup, peak = 24_000, 2160, 3e-4
    found = []
    for law in laws.PUBLISHED.values():
        most = round(longest * (total - warmup))
        lengths = [min(round(f * total), most) for f in FRACTIONS]
        runs = [lr.WSD(peak, total, n, warmup, 0.1 * peak).sample(total) for n in lengths]
        losses = law.predict(runs, at=[total - 1])[:, 0]
        found.append((losses - losses.min()) / (losses.min() - law.L0))
    return np.array(found)


# --- H015: 1-sqrt or linear cooldown --------------------------------------------------------------

COOLDOWNS = ("linear", "1-sqrt")
NETWORK_STEPS, BATCH, PEAKS = 100, 10, (0.25, 0.35, 0.5, 0.7, 1.0)


def h015(seeds: range) -> Evidence:
    """Compare the two shapes at equal length, on quadratics, in the bound and in a network."""
    steps, few = 1000, 50
    percent = (2.5, 10.0, 20.0, 40.0, 100.0)  # lengths of the cooldown
    short, fifth, longer = 0, 2, 3
    both = [[_cooldown(f, steps, s) for f in percent] for s in COOLDOWNS]
    problem = quadratic.draw(seeds)
    linear, root = np.moveaxis(quadratic.best(problem, both).loss, 1, 0)
    gains = 1.0 - root / linear
    brief = quadratic.best(problem, [_cooldown(20.0, few, s) for s in COOLDOWNS]).loss
    least = bound.best(both).value
    worst = 1.0 - least[1] / least[0]
    claim = {"at_least": 0.01}
    cases = (
        Case("fifth", "the cooldown takes 20 % of a noisy run",
             estimate(gains[:, fifth]), **claim),
        Case("short", "the cooldown takes 2.5 % of it", estimate(gains[:, short]), **claim),
        Case("brief", "the noisy run has 50 updates (20 %)",
             estimate(1.0 - brief[:, 1] / brief[:, 0]), **claim),
        Case("worst", "the worst case of convex theory counts (20 %)",
             exact(worst[fifth]), **claim),
        Case("network", "a small network has 100 updates (20 %)",
             estimate(_network_saved(seeds)), **claim),
    )  # fmt: skip
    named = zip(percent, gains.T, strict=True)
    rows = {f"noisy quadratics, {f:.3g} %": estimate(gain) for f, gain in named}
    rows |= {
        "50 updates of these, 20 %": cases[2].effect,
        "worst case, 20 %": cases[3].effect,
        "small network, 20 %": cases[4].effect,
    }
    chart = Dots(
        rows=tuple(rows),
        series={"": tuple(rows.values())},
        xlabel="share of the loss that 1-sqrt saves",
        alt="Share of the loss that 1-sqrt saves at equal length, with intervals. Noisy "
        "quadratics: nothing for a cooldown of 2.5 %, most for 20 and 40 %, less for the whole "
        "run. Worst case: above zero. 50 updates, and the small network: below zero.",
        caption="At 20 % of the run 1-sqrt saves {fifth} on noisy quadratics. In short runs it "
        "costs.",
        reference=0.0,
    )
    numbers = {
        "wins": share(int(np.count_nonzero(gains[:, fifth] > 0)), len(seeds)),
        "longer": estimate(1.0 - linear[:, longer] / linear[:, fifth]),
    }
    return Evidence(
        "share of the loss saved, 1 - (1-sqrt / linear)",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={".2%": ["short"], ".0%": ["wins"]},
    )


def _cooldown(percent: float, steps: int, shape: str) -> np.ndarray:
    length = round(percent * steps / 100)
    return lr.WSD(1.0, steps, length, shape=shape).sample(steps)  # ty: ignore[invalid-argument-type]


def _network_saved(seeds: range) -> np.ndarray:
    """Return the share saved for each seed, each shape at its best peak."""
    tuning = 5000  # offset of the seeds that chose the network's peaks
    other = range(seeds.start + tuning, seeds.start + tuning + len(seeds))
    both = np.array([_cooldown(20.0, NETWORK_STEPS, s) for s in COOLDOWNS])
    tried = _train(np.array(PEAKS)[:, None, None] * both, other)
    peaks = np.array(PEAKS)[np.median(tried, axis=-1).argmin(axis=0)]
    linear, root = _train(peaks[:, None] * both, seeds)
    return 1.0 - root / linear


def _train(lrs: np.ndarray, seeds: range) -> np.ndarray:
    runs = moons.run(lrs, seeds, batch_size=BATCH, curves=False, test_points=2, workers=1)
    return runs.final_loss


# --- H016: Too early or too late ------------------------------------------------------------------


def h016(seeds: range) -> Evidence:
    """Drop the rate tenfold at many places, and compare those as far before and after the best."""
    steps = 1000
    places = tuple(round(0.05 * i, 2) for i in range(6, 20))  # 0.3 to 0.95
    far = 4  # places: a fifth of the run
    early, mid, late = (places.index(p) for p in (0.3, 0.6, 0.9))
    little = (0.005, 0.05)  # noise, a hundredth of the usual
    worlds = {
        "noisy": "gradients are noisy",
        "same": "gradients are noisy and one peak serves all places",
        "calm": "there is little noise",
        "worst": "the worst case of convex theory counts",
    }
    starts = [round(p * steps) for p in places]
    drops = [lr.MultiStep(1.0, (k,), 0.1).sample(steps) for k in starts]
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), little))
    tuned = quadratic.best(noisy, drops)
    kept = np.broadcast_to(tuned.rate[:, None, mid, None], (len(seeds), len(places), 1))
    cut = [drop[: starts[mid]] for drop in drops]  # before the one at 60 % has come
    meanwhile = quadratic.rates(noisy, cut, kept)[..., 0]
    losses = {
        "noisy": tuned.loss,
        "same": quadratic.rates(noisy, drops, kept)[..., 0],
        "calm": quadratic.best(quiet, drops).loss,
        "worst": bound.best(drops).value[None],
    }
    costs = {k: v / v.min(axis=1, keepdims=True) - 1.0 for k, v in losses.items()}
    middle = {k: np.median(v, axis=0) for k, v in costs.items()}
    best = {k: int(v.argmin()) for k, v in middle.items()}
    reach = {k: min(far, len(places) - 1 - i) for k, i in best.items()}  # or to the last place
    more = {k: v[:, best[k] - reach[k]] - v[:, best[k] + reach[k]] for k, v in costs.items()}
    cases = tuple(
        Case(k, words, estimate(more[k]) if k != "worst" else exact(more[k].item()), at_least=0.01)
        for k, words in worlds.items()
    )
    chart = Lines(
        x=tuple(100 * p for p in places),
        curves={
            "noise": tuple(middle["noisy"]),
            "noise, one peak": tuple(middle["same"]),
            "little noise": tuple(middle["calm"]),
            "worst case": tuple(middle["worst"]),
        },
        xlabel="place of the drop, % of the run",
        ylabel="loss above that of the best place",
        alt="Loss above the best against the place of the drop: four bowls, each steeper on its "
        "right side. With noise the bottom is at {best} of the run, with little noise at "
        "{calm_best}, so that a drop at 30 % is far off.",
        caption="Every bowl is steeper on the late side. With little noise the bottom lies later, "
        "so that a drop at 30 %, for {calm_early}, is far too early.",
    )
    numbers = {
        "early": estimate(costs["noisy"][:, early]),
        "late": estimate(costs["noisy"][:, late]),
        "calm_early": estimate(costs["calm"][:, early]),
        "calm_late": estimate(costs["calm"][:, late]),
        "best": exact(places[best["noisy"]]),
        "calm_best": exact(places[best["calm"]]),
        "ahead": estimate(1.0 - meanwhile[:, early] / meanwhile[:, mid]),
    }
    return Evidence(
        "cost of an early drop, less that of a late one",
        cases,
        chart,
        numbers,
        format=".1%",
        formats={".0%": ["calm_early", "best", "calm_best", "ahead"]},
    )


# --- H017: One tenfold drop -----------------------------------------------------------------------

PLACES = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
HALF, HERE, LATE = (PLACES.index(p) for p in (0.5, 0.65, 0.8))
DROP_STEPS, SHORT, LONG = 1000, 100, 4000


def h017(seeds: range) -> Evidence:
    """Drop the rate tenfold at many places, with the peak tuned for each."""
    nearly_exact = (0.0005, 0.005)  # noise, a thousandth of the usual
    problem = quadratic.draw(seeds)
    few = seeds[: len(seeds) // 5]  # the long runs take their time
    costs = {
        "middle": _costs(problem, DROP_STEPS),
        "long": _costs(quadratic.draw(few), LONG),
        "short": _costs(problem, SHORT),
        "calm": _costs(quadratic.draw(seeds, noise=nearly_exact), DROP_STEPS),
    }
    values = bound.best(_drops(DROP_STEPS)).value
    worst = values / values.min() - 1.0
    here = {k: estimate(v[:, HERE]) for k, v in costs.items()}
    claim = {"at_most": 0.01}
    cases = (
        Case("middle", "a noisy run has 1000 updates", here["middle"], **claim),
        Case("long", "a noisy run has 4000 updates", here["long"], **claim),
        Case("short", "a noisy run has 100 updates", here["short"], **claim),
        Case("calm", "gradients are nearly exact", here["calm"], **claim),
        Case("worst", "the worst case of convex theory counts", exact(worst[HERE]), **claim),
    )
    chart = Lines(
        x=tuple(100 * p for p in PLACES),
        curves={
            "noise, 1000 updates": tuple(np.median(costs["middle"], axis=0)),
            "noise, 4000 updates": tuple(np.median(costs["long"], axis=0)),
            "noise, 100 updates": tuple(np.median(costs["short"], axis=0)),
            "worst case": tuple(worst),
        },
        xlabel="place of the drop, % of the run",
        ylabel="loss above that of the best place",
        alt="Loss above the best against the place of the drop, tuned peaks. Bowls with a flat "
        "bottom, a little later for 4000 noisy updates than for 1000, and later still in the worst "
        "case. With 100 updates the curve is a hump, and the latest place is best.",
        caption="One drop at 65 % of a noisy run of 1000 updates is within {middle} of the "
        "best place; at 80 % it costs {late}. Nearly exact gradients, not shown: {calm}.",
    )
    return Evidence(
        "loss above that of the best place",
        cases,
        chart,
        _drop_numbers(problem, costs),
        format=".1%",
        formats={".0%": ["calm", "gain", "way", "best_middle", "best_long", "best_calm"]},
    )


def _drops(steps: int) -> list[np.ndarray]:
    return [lr.MultiStep(1.0, (round(p * steps),), 0.1).sample(steps) for p in PLACES]


def _costs(problem: quadratic.Problem, steps: int) -> np.ndarray:
    found = quadratic.best(problem, _drops(steps)).loss
    return found / found.min(axis=1, keepdims=True) - 1.0


def _drop_numbers(problem: quadratic.Problem, costs: dict[str, np.ndarray]) -> dict[str, Interval]:
    """Return what other places cost, and how far one drop gets from no decay to a line."""
    shapes = [
        lr.Linear(1.0, DROP_STEPS).sample(DROP_STEPS),
        np.ones(DROP_STEPS),
        _drops(DROP_STEPS)[HERE],
    ]
    linear, constant, drop = quadratic.best(problem, shapes).loss.T
    best = np.array(PLACES)
    return {
        "half": estimate(costs["middle"][:, HALF]),
        "late": estimate(costs["middle"][:, LATE]),
        "gain": estimate(1.0 - drop / constant),
        "way": estimate((constant - drop) / (constant - linear)),
        "best_middle": estimate(best[costs["middle"].argmin(axis=1)], np.mean),
        "best_long": estimate(best[costs["long"].argmin(axis=1)], np.mean),
        "best_calm": estimate(best[costs["calm"].argmin(axis=1)], np.mean),
    }


# --- H018: WSD and a bad peak ---------------------------------------------------------------------


def h018(seeds: range) -> Evidence:
    """Miss the best peak of each shape by the same factors."""
    steps = 1000
    factors = (1 / 4, 1 / 3, 1 / 2, 2**-0.5, 1.0, 2**0.5, 2.0, 3.0, 4.0)
    low, high, twice = factors.index(1 / 3), factors.index(3.0), factors.index(2.0)
    schedules = {
        "constant, 20 % cooldown": lr.WSD(1.0, steps, steps // 5),
        "linear to zero": lr.Linear(1.0, steps),
        "cosine to zero": lr.Cosine(1.0, steps),
        "cosine to 10 %": lr.Cosine(1.0, steps, 0.1),
        "constant": lr.Constant(1.0),
    }
    shapes = [schedule.sample(steps) for schedule in schedules.values()]
    problem = quadratic.draw(seeds)
    best = quadratic.best(problem, shapes)
    found = quadratic.rates(problem, shapes, best.rate[..., None] * factors)
    found = np.minimum(found, problem.initial_loss[:, None, None])  # also where it diverged
    costs = found / best.loss[..., None] - 1.0
    wsd, linear, cosine, tenth, constant = np.moveaxis(costs, 1, 0)
    saved = {"linear": linear - wsd, "cosine": cosine - wsd, "floor": tenth - wsd,
             "constant": constant - wsd}  # fmt: skip
    gap = {name: estimate(values[:, high]) for name, values in saved.items()}
    claim = {"at_least": 0.03}
    cases = (
        Case("constant", "compared with a constant rate without decay", gap["constant"], **claim),
        Case("floor", "compared with a cosine that stops at 10 % of the peak",
             gap["floor"], **claim),
        Case("linear", "compared with linear decay to zero", gap["linear"], **claim),
        Case("cosine", "compared with a cosine to zero", gap["cosine"], **claim),
    )  # fmt: skip
    medians = np.median(costs, axis=0)
    chart = Lines(
        x=tuple(np.log2(factors).tolist()),
        curves={name: tuple(row) for name, row in zip(schedules, medians, strict=True)},
        xlabel="peak over the best one for that shape [doublings]",
        ylabel="loss above that at best peak",
        alt="Loss above the best against how far the peak is off, for five shapes. The three that "
        "end at zero lie on one curve. The cosine to 10 % and the constant rate rise faster above "
        "the best peak.",
        caption="Three times the best peak costs {wsd} with a cooldown and {lin} with "
        "linear decay: what forgives is ending at zero.",
    )
    ideal = bound.best(shapes[0])  # the ratio is the same for every shape
    theory = float(bound.value(3.0 * ideal.rate * shapes[0]) / ideal.value) - 1.0
    numbers = {
        "wsd": estimate(wsd[:, high]),
        "lin": estimate(linear[:, high]),
        "cos": estimate(cosine[:, high]),
        "const": estimate(constant[:, high]),
        "wsd_low": estimate(wsd[:, low]),
        "lin_low": estimate(linear[:, low]),
        "wsd_twice": estimate(wsd[:, twice]),
        "theory": exact(theory),
    }
    return Evidence(
        "relative cost of a peak 3 times too high: the other shape's, less WSD's",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".3g": ["constant", "floor", "linear", "cosine", "lin_low"]},
    )


# --- H019: The budget has grown -------------------------------------------------------------------

Shape = Callable[[int], np.ndarray]  # rates with peak 1, for a number of updates


def h019(seeds: range) -> Evidence:
    """Give a run more updates than it was planned for, at the peak it was planned with."""
    budgets = {"20 % more": 600, "twice": 1000, "four times": 2000}
    nearly_exact = (0.0005, 0.005)  # noise, a thousandth of the usual
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), nearly_exact))
    above = {name: _above(noisy, total) for name, total in budgets.items()}
    calm = _above(quiet, budgets["twice"])
    held, line = "hold on, cool over 20 %", "decay to zero, again from half"
    twice, four = above["twice"], above["four times"]
    claim = {"at_most": 0.03}
    cases = (
        Case("same", "the plan is WSD too and the budget doubles",
             estimate(twice["same"]), **claim),
        Case("more", "the plan is WSD too and the budget grows fourfold",
             estimate(four["same"]), **claim),
        Case("best", "the plan is linear decay and gradients are noisy",
             estimate(twice[held]), **claim),
        Case("calm", "the plan is linear decay and gradients are nearly exact",
             estimate(calm[held]), **claim),
    )  # fmt: skip
    rows = [name for name in twice if name != "same"]
    chart = Dots(
        rows=tuple(rows),
        series={k: tuple(estimate(v[name]) for name in rows) for k, v in above.items()},
        xlabel="loss above planned linear decay",
        alt="Loss above a planned linear decay for ways to use a budget that has grown by 20 %, "
        "twofold and fourfold. Holding the peak on costs about as much whatever the growth, less "
        "with the longer cooldown. A second decay is dear for 20 % more, and staying at the low "
        "rate dear for four times.",
        caption="Against the same plan, holding the peak on and a 20 % cooldown cost "
        "{same} for a doubling; against planned linear decay, as drawn here, {best}.",
        reference=0.0,
    )
    numbers = {
        "half": estimate(twice[line]),
        "full": estimate(twice["decay to zero, again from the peak"]),
        "little_half": estimate(above["20 % more"][line]),
        "little_stay": estimate(above["20 % more"]["decay to 10 %, stay there"]),
        "stay": estimate(twice["decay to 10 %, stay there"]),
        "longer": estimate(twice["hold on, cool over 40 %"]),
    }
    return Evidence(
        "loss above the run that was planned, relative",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["same", "more", "little_stay"], ".3g": ["stay"]},
    )


def _above(problem: quadratic.Problem, total: int) -> dict[str, np.ndarray]:
    """Return what each way ends above a linear decay planned for `total` updates.

    "same" is the first way against the same plan, made for `total` from the start.
    """
    steps = 500
    rest = total - steps
    line, again = _linear(steps), _linear(rest)
    ways = {
        "hold on, cool over 20 %": (_wsd(steps, 0.2), _wsd(total, 0.2)),
        "hold on, cool over 40 %": (_wsd(steps, 0.4), _wsd(total, 0.4)),
        "decay to zero, again from half": (line, np.r_[line, 0.5 * again]),
        "decay to zero, again from the peak": (line, np.r_[line, again]),
        "decay to 10 %, stay there": (_tenth(steps), np.r_[_tenth(steps), np.full(rest, 0.1)]),
    }
    peaks = quadratic.best(problem, [plan for plan, _ in ways.values()]).rate
    taken = quadratic.rates(problem, [used for _, used in ways.values()], peaks[..., None])
    planned = quadratic.best(problem, [_linear(total), _wsd(total, 0.2)]).loss
    found = {name: taken[:, i, 0] / planned[:, 0] - 1.0 for i, name in enumerate(ways)}
    return {**found, "same": taken[:, 0, 0] / planned[:, 1] - 1.0}


def _linear(updates: int) -> np.ndarray:
    return lr.Linear(1.0, updates).sample(updates)


def _wsd(updates: int, share: float) -> np.ndarray:
    return lr.WSD(1.0, updates, round(share * updates)).sample(updates)


def _tenth(updates: int) -> np.ndarray:
    return lr.Cosine(1.0, updates, 0.1).sample(updates)


# --- H020: Resuming a decayed checkpoint ----------------------------------------------------------

RUN_STEPS, COOLDOWN = 500, 100


def h020(seeds: range) -> Evidence:
    """Continue a finished run from its end, and from before its cooldown."""
    further = {"30 %": 150, "100 %": 500, "300 %": 1500}
    little = (0.005, 0.05)  # noise, a hundredth of the usual
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in ((0.5, 10.0), little))
    cooled = lr.WSD(1.0, RUN_STEPS, COOLDOWN).sample(RUN_STEPS)
    peak, calm = quadratic.best(noisy, cooled).rate, quadratic.best(quiet, cooled).rate
    same = {name: _ratio(noisy, peak, _again(n), n) for name, n in further.items()}
    low = np.full(RUN_STEPS, 0.1)
    held = {
        "noise": _ratio(noisy, peak, low, RUN_STEPS),
        "calm": _ratio(quiet, calm, low, RUN_STEPS),
    }
    claim = {"at_most": 0.01}
    cases = (
        Case("some", "the rate goes back to the peak for 30 % more updates", same["30 %"], **claim),
        Case("twice", "the rate goes back to the peak for as many updates again",
             same["100 %"], **claim),
        Case("network", "a small network goes back to the peak for as many updates again",
             _network_resumed(seeds), **claim),
        Case("held", "the rate stays at 10 % of the peak and gradients are noisy",
             held["noise"], **claim),
        Case("calm", "the rate stays at 10 % of the peak and there is little noise",
             held["calm"], **claim),
    )  # fmt: skip
    chart = Dots(
        rows=(
            "at the peak, +30 %",
            "at the peak, +100 %",
            "at the peak, +300 %",
            "network, at the peak, +100 %",
            "at a tenth, +100 %",
            "at a tenth, little noise, +100 %",
        ),
        series={"": (*same.values(), cases[2].effect, held["noise"], held["calm"])},
        xlabel="final loss, relative to going on from the stable one",
        alt="Loss after equally many further updates, from the decayed against from the stable "
        "checkpoint. Back at the peak it is some per cent lower, less so the longer training goes "
        "on. Held at a tenth of the peak it is a little lower with noise, and far higher with "
        "little noise.",
        caption="With as many updates again and the rate back at the peak, the decayed checkpoint "
        "ends {gain_twice} lower. With little noise, holding a tenth of the peak "
        "costs {calm}.",
        reference=0.0,
    )
    return Evidence(
        "loss from the decayed checkpoint / from the stable one, minus 1",
        cases,
        chart,
        {
            "gain_some": _minus(same["30 %"]),
            "gain_twice": _minus(same["100 %"]),
            "gain_long": _minus(same["300 %"]),
            **_detour_numbers(noisy, peak, cooled),
        },
        format=".0%",
        formats={".1%": ["gain_some", "gain_twice", "gain_long", "detour"]},
    )


def _minus(ratio: Interval) -> Interval:
    return Interval(-ratio.estimate, -ratio.high, -ratio.low, ratio.n)


def _again(updates: int) -> np.ndarray:
    """Return the peak, then a cooldown over a fifth of what the whole run has become."""
    length = min(updates, round((RUN_STEPS + updates) / 5))
    return lr.WSD(1.0, updates, length).sample(updates)


def _ratio(
    problem: quadratic.Problem, peak: np.ndarray, decayed: np.ndarray, updates: int
) -> Interval:
    """Compare: from the end at the rates `decayed`, and from before the cooldown at the peak."""
    stable = RUN_STEPS - COOLDOWN  # where the other checkpoint was kept
    end = np.r_[lr.WSD(1.0, RUN_STEPS, COOLDOWN).sample(RUN_STEPS), decayed]
    before = np.r_[np.ones(stable), _again(updates)]
    losses = [quadratic.rates(problem, s, peak[:, None])[:, 0] for s in (end, before)]
    return estimate(losses[0] / losses[1] - 1.0)


def _detour_numbers(
    problem: quadratic.Problem, peak: np.ndarray, cooled: np.ndarray
) -> dict[str, Interval]:
    """Return the rise after going back to the peak, and the price of the detour."""

    def final(shape: np.ndarray) -> np.ndarray:
        return quadratic.rates(problem, shape, peak[:, None])[:, 0]

    end, rise = final(cooled), final(np.r_[cooled, np.ones(COOLDOWN)])
    never = final(np.r_[np.ones(RUN_STEPS), _again(RUN_STEPS)])
    return {
        "rise": estimate(rise / end - 1.0),
        "detour": estimate(final(np.r_[cooled, _again(RUN_STEPS)]) / never - 1.0),
    }


def _network_resumed(seeds: range) -> Interval:
    """Do the same in a small network, for as many updates as the run had."""
    tuning = 5000  # offset of the seeds that chose the network's peak
    cooldown = NETWORK_STEPS // 5
    cooled = lr.WSD(1.0, NETWORK_STEPS, cooldown).sample(NETWORK_STEPS)
    other = range(seeds.start + tuning, seeds.start + tuning + len(seeds))
    tried = _train(np.outer(PEAKS, cooled), other)
    peak = PEAKS[int(np.median(tried, axis=-1).argmin())]
    again = lr.WSD(1.0, NETWORK_STEPS, 2 * cooldown).sample(NETWORK_STEPS)
    # The shorter of the two ends with updates at rate 0, which change nothing.
    before = np.r_[np.ones(NETWORK_STEPS - cooldown), again, np.zeros(cooldown)]
    decayed, stable = _train(peak * np.array([np.r_[cooled, again], before]), seeds)
    return estimate(decayed / stable - 1.0)
