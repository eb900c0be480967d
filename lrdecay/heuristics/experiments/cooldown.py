"""Experiments on cooldowns and drops: how long, when, and from where to go on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import lrdecay as lr
from lrdecay.heuristics import Case, Dots, Evidence, Lines, of_losses
from lrdecay.lab import bound, laws, moons, quadratic
from lrdecay.lab.stats import Interval, estimate, exact, ratio

Floats = NDArray[np.float64]

NOISY = {"gradients": "noisy"}
NEARLY_EXACT, LITTLE = {"gradients": "nearly exact"}, {"gradients": "little noise"}
USUAL, THOUSANDTH, HUNDREDTH = (0.5, 10.0), (0.0005, 0.005), (0.005, 0.05)  # ranges of the noise


def _linear(updates: int) -> Floats:
    return lr.Linear(1.0, updates).sample(updates)


def _wsd(updates: int, share: float) -> Floats:
    return lr.WSD(1.0, updates, round(share * updates)).sample(updates)


def _tenth(updates: int) -> Floats:
    return lr.Cosine(1.0, updates, 0.1).sample(updates)


def _drop(place: float, updates: int) -> Floats:
    return lr.MultiStep(1.0, (round(place * updates),), 0.1).sample(updates)


def _worst_gain(updates: int) -> float:
    """Return what tuned linear decay gains in the worst case of convex theory."""
    constant, linear = bound.best([np.ones(updates), _linear(updates)]).value
    return float(constant - linear)


def _in_theory(key: str, difference: float, updates: int, **options: Any) -> Case:
    """Return the case of the worst case of convex theory, where nothing is left to chance."""
    return Case(
        key=key,
        when="the worst case of convex theory counts",
        effect=exact(difference / _worst_gain(updates)),
        native=exact(difference),
        world="bound",
        updates=updates,
        **options,
    )


def _over_others(losses: Floats, at: int) -> Floats:
    """Return by how much one loss along the last axis lies above the best of the others."""
    return losses[..., at] - np.delete(losses, at, axis=-1).min(axis=-1)


def _in_loss(cases: tuple[Case, ...]) -> list[str]:
    """Name the cases where decay gains nothing, so that the loss is the unit."""
    return [case.key for case in cases if case.unit == "loss"]


# --- H014: A 10 % cooldown ------------------------------------------------------------------------

FRACTIONS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
TENTH = FRACTIONS.index(0.1)


def h014(seeds: range) -> Evidence:
    """Compare lengths of a linear cooldown, with the peak retuned and with one peak for all."""
    steps = 1000
    shapes = [_wsd(steps, f) for f in FRACTIONS]
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in (USUAL, THOUSANDTH))
    tuned = quadratic.best(noisy, shapes)
    # A column of rates for every shape: the best of the tenth, and half of it.
    kept = tuned.rate[:, None, TENTH, None] * np.ones((len(FRACTIONS), 1)) * [1.0, 0.5]
    same, half = np.moveaxis(quadratic.rates(noisy, shapes, kept), -1, 0)
    losses = {"tuned": tuned.loss, "same": same, "half": half}
    losses["calm"] = quadratic.best(quiet, shapes).loss
    gains = dict.fromkeys(("tuned", "same", "half"), quadratic.gain(noisy, steps))
    gains["calm"] = quadratic.gain(quiet, steps)
    worst = bound.best(shapes).value
    law, law_gain = _law()

    each, all_one = {"peak": "tuned for each length"}, {"peak": "one for all lengths"}
    low = {"peak": "one for all lengths, too low"}
    told = {
        "tuned": ("gradients are noisy and the peak is tuned for each length", each | NOISY),
        "same": ("the peak is kept at the best one for 10 %", all_one | NOISY),
        "half": ("the peak is kept at half of the best one for 10 %", low | NOISY),
        "calm": ("gradients are nearly exact", each | NEARLY_EXACT),
    }
    cases = (
        *(
            of_losses(
                key,
                when,
                _over_others(losses[key], TENTH),
                gains[key],
                world="quadratic",
                claim="non-inferiority",
                traits=traits,
                updates=steps,
            )
            for key, (when, traits) in told.items()
        ),
        _in_theory(
            "worst",
            float(_over_others(worst, TENTH)),
            steps,
            claim="non-inferiority",
            traits=each | NOISY,
        ),
        of_losses(
            "law",
            "a law of language models predicts, at its one peak",
            _over_others(law, TENTH),
            law_gain,
            world="law",
            claim="non-inferiority",
            traits=all_one | NOISY,
            updates=LAW_STEPS,
        ),
    )
    above = {k: v - v.min(axis=-1, keepdims=True) for k, v in losses.items()}
    medians = {k: np.median(v, axis=0) / np.median(gains[k]) for k, v in above.items()}
    law_above = np.median(law - law.min(axis=-1, keepdims=True), axis=0) / np.median(law_gain)
    chart = Lines(
        x=tuple(100 * f for f in FRACTIONS),
        curves={
            "peak tuned for each length": tuple(medians["tuned"]),
            "worst case, tuned": tuple((worst - worst.min()) / _worst_gain(steps)),
            "peak of the 10 % cooldown": tuple(medians["same"]),
            "half of that peak": tuple(medians["half"]),
            "law of language models": tuple(law_above),
        },
        xlabel="length of the cooldown, % of the run",
        ylabel="loss above the best length's, share of decay's gain",
        alt="Loss above the best against the length of the cooldown. With a tuned peak it "
        "falls all the way to a cooldown over the whole run. With one low peak it is least "
        "for a short cooldown and rises after.",
        caption="At a peak kept low, a tenth to a fifth is best. Let each length have its own "
        "peak, and a tenth ends {tuned} of decay's gain above the best.",
    )
    at_fifth = above["tuned"][:, FRACTIONS.index(0.2)]
    numbers = {
        "fifth": ratio(at_fifth, gains["tuned"]),
        "rate": estimate(tuned.rate[:, -1] / tuned.rate[:, TENTH]),
    }
    return Evidence(
        "loss above that of the best other length, share of decay's gain",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".3g": _in_loss(cases), ".1%": ["half", "law"], ".1f": ["rate"]},
    )


LAW_STEPS, LAW_WARMUP, LAW_PEAK = 24_000, 2160, 3e-4


def _law() -> tuple[Floats, Floats]:
    """Return the predicted loss of each size and length, and what the longest gains over none."""
    longest = 0.95  # of the law's runs: they begin with a warmup
    most = round(longest * (LAW_STEPS - LAW_WARMUP))
    lengths = [min(round(f * LAW_STEPS), most) for f in FRACTIONS]
    floor = 0.1 * LAW_PEAK
    runs = [lr.WSD(LAW_PEAK, LAW_STEPS, n, LAW_WARMUP, floor).sample(LAW_STEPS) for n in lengths]
    flat = lr.Warmup(lr.Constant(LAW_PEAK), LAW_WARMUP).sample(LAW_STEPS)
    sizes = laws.PUBLISHED.values()
    found = np.array([law.predict([*runs, flat], at=[LAW_STEPS - 1])[:, 0] for law in sizes])
    losses, constant = found[:, :-1], found[:, -1]
    return losses, constant - losses[:, -1]


# --- H015: 1-sqrt or linear cooldown --------------------------------------------------------------

COOLDOWNS = ("linear", "1-sqrt")
NETWORK_STEPS, BATCH, PEAKS = 100, 10, (0.25, 0.35, 0.5, 0.7, 1.0)


def h015(seeds: range) -> Evidence:
    """Compare the two shapes at equal length, on quadratics, in the bound and in a network."""
    steps, few = 1000, 50
    percent = {"short": 2.5, "tenth": 10.0, "fifth": 20.0, "longer": 40.0, "whole": 100.0}
    problem = quadratic.draw(seeds)
    both = [[_cooldown(f, steps, s) for f in percent.values()] for s in COOLDOWNS]
    linear, root = np.moveaxis(quadratic.best(problem, both).loss, 1, 0)
    gain = quadratic.gain(problem, steps)
    brief = quadratic.best(problem, [_cooldown(20.0, few, s) for s in COOLDOWNS]).loss
    worst = bound.best([_cooldown(20.0, steps, s) for s in COOLDOWNS]).value
    network = _trained(
        [
            *(_cooldown(20.0, NETWORK_STEPS, s) for s in COOLDOWNS),
            np.ones(NETWORK_STEPS),
            _linear(NETWORK_STEPS),
        ],
        seeds,
    )
    fifth = {"length": "a cooldown over 20 %"}
    cases = (
        *(
            of_losses(
                key,
                f"the cooldown takes {share:g} % of a noisy run",
                linear[:, i] - root[:, i],
                gain,
                world="quadratic",
                claim="superiority",
                traits={"length": f"a cooldown over {share:g} %"},
                updates=steps,
            )
            for i, (key, share) in enumerate(percent.items())
        ),
        of_losses(
            "brief",
            "the noisy run has 50 updates (20 %)",
            brief[:, 0] - brief[:, 1],
            quadratic.gain(problem, few),
            world="quadratic",
            claim="superiority",
            traits=fifth,
            updates=few,
        ),
        _in_theory("worst", float(worst[0] - worst[1]), steps, claim="superiority", traits=fifth),
        of_losses(
            "network",
            "a small network has 100 updates (20 %)",
            network[0] - network[1],
            network[2] - network[3],
            world="toy",
            setting="micrograd demo",
            claim="superiority",
            traits=fifth,
            updates=NETWORK_STEPS,
        ),
    )
    rows = {f"noisy quadratics, {share:g} %": key for key, share in percent.items()}
    rows |= {"50 updates of these, 20 %": "brief", "worst case, 20 %": "worst"}
    rows["small network, 20 %"] = "network"
    effects = {case.key: case.effect for case in cases}
    chart = Dots(
        rows=tuple(rows),
        series={"": tuple(effects[key] for key in rows.values())},
        xlabel="what 1-sqrt ends below linear, share of decay's gain",
        alt="What 1-sqrt ends below a linear cooldown of equal length, with intervals. Noisy "
        "quadratics: nothing for a cooldown of 2.5 %, most for 20 and 40 %, less for the "
        "whole run. Worst case: above zero. 50 updates, and the small network: below zero.",
        caption="At 20 % of the run 1-sqrt ends {fifth} of decay's gain lower on noisy quadratics. "
        "In short runs it ends higher.",
        reference=0.0,
    )
    at = list(percent)
    saved = linear[:, at.index("fifth")] - linear[:, at.index("longer")]
    return Evidence(
        "loss with a linear cooldown, less that with 1-sqrt, share of decay's gain",
        cases,
        chart,
        {"doubled": ratio(saved, gain)},
        format=".1%",
        formats={".0%": ["network"]},
    )


def _cooldown(percent: float, steps: int, shape: str) -> Floats:
    length = round(percent * steps / 100)
    return lr.WSD(1.0, steps, length, shape=shape).sample(steps)  # ty: ignore[invalid-argument-type]


def _trained(shapes: list[Floats], seeds: range) -> Floats:
    """Return the losses of a small network, shapes by seeds, each shape at its best peak."""
    peaks = _peaks(shapes, seeds)
    return _train(peaks[:, None] * np.array(shapes), seeds)


def _peaks(shapes: list[Floats], seeds: range) -> Floats:
    """Return the best of the peaks for each shape, by the median over other seeds."""
    tuning = 5000  # offset of the seeds that choose
    other = range(seeds.start + tuning, seeds.start + tuning + len(seeds))
    tried = _train(np.array(PEAKS)[:, None, None] * np.array(shapes), other)
    return np.array(PEAKS)[np.median(tried, axis=-1).argmin(axis=0)]


def _train(lrs: Floats, seeds: range) -> Floats:
    runs = moons.run(lrs, seeds, batch_size=BATCH, curves=False, test_points=2, workers=1)
    return np.where(runs.diverged, moons.EXPLODED, runs.final_loss)


# --- H016: Too early or too late ------------------------------------------------------------------


def h016(seeds: range) -> Evidence:
    """Drop the rate tenfold at many places, and compare one at 45 % with one at 85 %."""
    steps = 1000
    places = tuple(round(0.05 * i, 2) for i in range(6, 20))  # 0.3 to 0.95
    early, mid, late = (places.index(p) for p in (0.45, 0.65, 0.85))
    starts = [round(p * steps) for p in places]
    drops = [_drop(p, steps) for p in places]
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in (USUAL, HUNDREDTH))
    tuned = quadratic.best(noisy, drops)
    kept = np.broadcast_to(tuned.rate[:, None, mid, None], (len(seeds), len(places), 1))
    cut = [drop[: starts[mid]] for drop in drops]  # before the one at 65 % has come
    meanwhile = quadratic.rates(noisy, cut, kept)[..., 0]
    losses = {
        "noisy": tuned.loss,
        "same": quadratic.rates(noisy, drops, kept)[..., 0],
        "calm": quadratic.best(quiet, drops).loss,
    }
    gains = dict.fromkeys(("noisy", "same"), quadratic.gain(noisy, steps)) | {
        "calm": quadratic.gain(quiet, steps)
    }
    worst = bound.best(drops).value
    each, one = {"peak": "tuned for each place"}, {"peak": "one for all places"}
    told = {
        "noisy": ("gradients are noisy", each | NOISY),
        "same": ("gradients are noisy and one peak serves all places", one | NOISY),
        "calm": ("there is little noise", each | LITTLE),
    }
    cases = (
        *(
            of_losses(
                key,
                when,
                losses[key][:, early] - losses[key][:, late],
                gains[key],
                world="quadratic",
                claim="superiority",
                traits=traits,
                updates=steps,
            )
            for key, (when, traits) in told.items()
        ),
        _in_theory(
            "worst",
            float(worst[early] - worst[late]),
            steps,
            claim="superiority",
            traits=each | NOISY,
        ),
    )
    above = {k: v - v.min(axis=1, keepdims=True) for k, v in losses.items()}
    middle = {k: np.median(v, axis=0) / np.median(gains[k]) for k, v in above.items()}
    middle["worst"] = (worst - worst.min()) / _worst_gain(steps)
    chart = Lines(
        x=tuple(100 * p for p in places),
        curves={
            "noise": tuple(middle["noisy"]),
            "noise, one peak": tuple(middle["same"]),
            "little noise": tuple(middle["calm"]),
            "worst case": tuple(middle["worst"]),
        },
        xlabel="place of the drop, % of the run",
        ylabel="loss above the best place's, share of decay's gain",
        alt="Loss above the best against the place of the drop: four bowls, steeper on the "
        "right. With noise the bottom is at {best} of the run, and a drop at 85 % is far "
        "up the right side. With little noise it is at {calm_best}, and a drop at 45 % is "
        "the higher.",
        caption="With noise the bottom is at {best} of the run and a drop at 85 % is the dearer "
        "mistake; with little noise it is at {calm_best}, and one at 45 % is.",
    )
    numbers = {
        f"{world}_{place}": ratio(above[world][:, at], gains[world])
        for world in ("noisy", "calm")
        for place, at in (("early", early), ("late", late))
    }
    numbers |= {
        "best": exact(places[middle["noisy"].argmin()]),
        "calm_best": exact(places[middle["calm"].argmin()]),
        "ahead": estimate(1.0 - meanwhile[:, early] / meanwhile[:, mid]),
    }
    return Evidence(
        "loss with a drop at 45 %, less that with one at 85 %, share of decay's gain",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["noisy", "same", "noisy_early", "noisy_late"]},
    )


# --- H017: One tenfold drop -----------------------------------------------------------------------

PLACES = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
HALF, HERE, LATE = (PLACES.index(p) for p in (0.5, 0.65, 0.8))
DROP_STEPS, SHORT, LONG = 1000, 100, 4000


def h017(seeds: range) -> Evidence:
    """Drop the rate tenfold at many places, with the peak tuned for each."""
    few = seeds[: len(seeds) // 5]  # the long runs take their time
    worlds = {
        "middle": ("a noisy run has 1000 updates", seeds, USUAL, DROP_STEPS),
        "long": ("a noisy run has 4000 updates", few, USUAL, LONG),
        "short": ("a noisy run has 100 updates", seeds, USUAL, SHORT),
        "calm": ("gradients are nearly exact", seeds, THOUSANDTH, DROP_STEPS),
    }
    losses, gains, cases = {}, {}, []
    for key, (when, drawn, noise, steps) in worlds.items():
        problem = quadratic.draw(drawn, noise=noise)
        losses[key] = quadratic.best(problem, [_drop(p, steps) for p in PLACES]).loss
        gains[key] = quadratic.gain(problem, steps)
        case = of_losses(
            key,
            when,
            _over_others(losses[key], HERE),
            gains[key],
            world="quadratic",
            claim="non-inferiority",
            traits=NEARLY_EXACT if noise == THOUSANDTH else NOISY,
            updates=steps,
        )
        cases.append(case)
    worst = bound.best([_drop(p, DROP_STEPS) for p in PLACES]).value
    over = float(_over_others(worst, HERE))
    cases.append(_in_theory("worst", over, DROP_STEPS, claim="non-inferiority", traits=NOISY))

    above = {k: v - v.min(axis=1, keepdims=True) for k, v in losses.items()}
    middle = {k: np.median(v, axis=0) / np.median(gains[k]) for k, v in above.items()}
    chart = Lines(
        x=tuple(100 * p for p in PLACES),
        curves={
            "noise, 1000 updates": tuple(middle["middle"]),
            "noise, 4000 updates": tuple(middle["long"]),
            "noise, 100 updates": tuple(middle["short"]),
            "worst case": tuple((worst - worst.min()) / _worst_gain(DROP_STEPS)),
        },
        xlabel="place of the drop, % of the run",
        ylabel="loss above the best place's, share of decay's gain",
        alt="Loss above the best against the place of the drop, tuned peaks. Bowls with a flat "
        "bottom near two thirds for 1000 and 4000 noisy updates and in the worst case. "
        "With 100 updates the curve is a hump, and the latest place is best.",
        caption="One drop at 65 % of a noisy run of 1000 updates is within {middle} of decay's "
        "gain of the best other place; one at 80 % costs {late}.",
    )
    gain, best = gains["middle"], np.array(PLACES)
    linear = quadratic.best(quadratic.draw(seeds), _linear(DROP_STEPS)).loss
    numbers = {
        "half": ratio(above["middle"][:, HALF], gain),
        "late": ratio(above["middle"][:, LATE], gain),
        "way": ratio(linear + gain - losses["middle"][:, HERE], gain),
        **{f"best_{k}": estimate(best[above[k].argmin(axis=1)], np.mean) for k in above},
    }
    return Evidence(
        "loss above that of the best other place, share of decay's gain",
        tuple(cases),
        chart,
        numbers,
        format=".0%",
        formats={".3g": _in_loss(tuple(cases)), ".1%": ["middle", "long", "worst", "half", "late"]},
    )


# --- H018: WSD and a bad peak ---------------------------------------------------------------------


def h018(seeds: range) -> Evidence:
    """Miss the best peak of each shape by the same factors."""
    steps = 1000
    factors = (1 / 4, 1 / 3, 1 / 2, 2**-0.5, 1.0, 2**0.5, 2.0, 3.0, 4.0)
    half, twice, thrice = (factors.index(f) for f in (1 / 2, 2.0, 3.0))
    shapes = {
        "constant, 20 % cooldown": _wsd(steps, 0.2),
        "linear to zero": _linear(steps),
        "cosine to zero": lr.Cosine(1.0, steps).sample(steps),
        "cosine to 10 %": _tenth(steps),
        "constant": np.ones(steps),
    }
    problem = quadratic.draw(seeds)
    best = quadratic.best(problem, list(shapes.values()))
    tried = best.rate[..., None] * factors
    found = quadratic.rates(problem, list(shapes.values()), tried)
    found = np.minimum(found, problem.initial_loss[:, None, None])  # also where it diverged
    costs = dict(zip(shapes, np.moveaxis(found - best.loss[..., None], 1, 0), strict=True))
    gain = best.loss[:, 4] - best.loss[:, 1]  # of linear decay over the constant rate
    wsd, linear, cosine, _, constant = costs.values()
    against = {
        "linear": ("linear to zero", "linear decay to 0"),
        "cosine": ("cosine to zero", "a cosine to 0"),
        "floor": ("cosine to 10 %", "a cosine to 10 %"),
        "constant": ("constant", "no decay"),
    }
    cases = tuple(
        of_losses(
            key,
            f"compared with {words}",
            costs[shape][:, twice] - wsd[:, twice],
            gain,
            world="quadratic",
            claim="superiority",
            traits={"against": f"against {words}"},
            updates=steps,
        )
        for key, (shape, words) in against.items()
    )
    chart = Lines(
        x=tuple(np.log2(factors).tolist()),
        curves={k: tuple(np.median(v, axis=0) / np.median(gain)) for k, v in costs.items()},
        xlabel="peak over the best one for that shape [doublings]",
        ylabel="loss above that at the best peak, share of decay's gain",
        alt="Loss above the best against how far the peak is off, for five shapes. The three "
        "that end at zero lie close together, the cooldown a little above the other two. "
        "The cosine to 10 % and the constant rate rise faster above the best peak.",
        caption="Twice the best peak costs {wsd} of decay's gain with a cooldown and {lin} with "
        "linear decay: what forgives is ending at zero.",
    )
    ideal = bound.best(shapes["linear to zero"])  # the ratio is the same for every shape
    theory = float(bound.value(2.0 * ideal.rate * shapes["linear to zero"]) / ideal.value) - 1.0
    numbers = {
        "wsd": ratio(wsd[:, twice], gain),
        "lin": ratio(linear[:, twice], gain),
        "cos": ratio(cosine[:, twice], gain),
        "const": ratio(constant[:, twice], gain),
        "wsd_thrice": ratio(wsd[:, thrice], gain),
        "wsd_half": ratio(wsd[:, half], gain),
        "theory": exact(theory),
    }
    return Evidence(
        "cost of a peak twice too high: the other shape's, less WSD's, share of decay's gain",
        cases,
        chart,
        numbers,
        format=".0%",
        formats={".1%": ["linear", "cosine", "floor"]},
    )


# --- H019: The budget has grown -------------------------------------------------------------------

PLANNED_STEPS = 500
HELD = "hold on, cool over 20 %"
SECOND, STAY = "decay to zero, again from half", "decay to 10 %, stay there"


def h019(seeds: range) -> Evidence:
    """Give a run more updates than it was planned for, at the peak it was planned with."""
    budgets = {
        "little": ("20 % more", 600),
        "twice": ("twice", 1000),
        "four": ("four times", 2000),
    }
    plans = {"wsd": "planned as WSD", "linear": "planned as linear decay"}
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in (USUAL, THOUSANDTH))
    worlds = {key: _grown(noisy, total) for key, (_, total) in budgets.items()}
    worlds["calm"] = _grown(quiet, budgets["twice"][1])
    cases = []
    for key, (taken, planned, gain) in worlds.items():
        budget, total = budgets["twice" if key == "calm" else key]
        for plan, words in plans.items():
            noise = NEARLY_EXACT if key == "calm" else NOISY
            case = of_losses(
                f"{plan}_{key}",
                f"{words}, the budget is {budget}, gradients are {noise['gradients']}",
                taken[HELD] - planned[plan],
                gain,
                world="quadratic",
                claim="non-inferiority",
                traits={"the plan": words, "the budget": budget} | noise,
                updates=total,
            )
            cases.append(case)

    def above(key: str, way: str) -> Interval:
        taken, planned, gain = worlds[key]
        return ratio(taken[way] - planned["linear"], gain)

    rows = tuple(worlds["twice"][0])
    chart = Dots(
        rows=rows,
        series={words: tuple(above(k, way) for way in rows) for k, (words, _) in budgets.items()},
        xlabel="loss above planned linear decay, share of decay's gain",
        alt="Loss above a planned linear decay for ways to use a budget that has grown by 20 "
        "%, twofold and fourfold. Holding the peak on costs about as much whatever the "
        "growth, less with the longer cooldown. A second decay is dear for 20 % more, and "
        "staying at the low rate dear for four times.",
        caption="Against the same plan, holding the peak on and a 20 % cooldown cost {wsd_twice} "
        "of decay's gain for a doubling; against planned linear decay, as drawn here, "
        "{linear_twice}.",
        reference=0.0,
    )
    numbers = {
        "half": above("twice", SECOND),
        "full": above("twice", "decay to zero, again from the peak"),
        "little_half": above("little", SECOND),
        "little_stay": above("little", STAY),
        "longer": above("twice", "hold on, cool over 40 %"),
    }
    return Evidence(
        "loss above the run that was planned, share of decay's gain",
        tuple(cases),
        chart,
        numbers,
        format=".0%",
        formats={
            ".3g": _in_loss(tuple(cases)),
            ".1%": ["wsd_little", "wsd_twice", "wsd_four", "little_stay"],
        },
    )


def _grown(
    problem: quadratic.Problem, total: int
) -> tuple[dict[str, Floats], dict[str, Floats], Floats]:
    """Return the loss of each way to spend `total` updates, of each plan for them, and the gain."""
    steps = PLANNED_STEPS
    rest = total - steps
    line, again = _linear(steps), _linear(rest)
    ways = {
        HELD: (_wsd(steps, 0.2), _wsd(total, 0.2)),
        "hold on, cool over 40 %": (_wsd(steps, 0.4), _wsd(total, 0.4)),
        SECOND: (line, np.r_[line, 0.5 * again]),
        "decay to zero, again from the peak": (line, np.r_[line, again]),
        STAY: (_tenth(steps), np.r_[_tenth(steps), np.full(rest, 0.1)]),
    }
    peaks = quadratic.best(problem, [plan for plan, _ in ways.values()]).rate
    taken = quadratic.rates(problem, [used for _, used in ways.values()], peaks[..., None])
    plans = [_wsd(total, 0.2), _linear(total), np.ones(total)]
    wsd, linear, constant = quadratic.best(problem, plans).loss.T
    losses = {way: taken[:, i, 0] for i, way in enumerate(ways)}
    return losses, {"wsd": wsd, "linear": linear}, constant - linear


# --- H020: Resuming a decayed checkpoint ----------------------------------------------------------

RUN_STEPS, COOLDOWN = 500, 100
STABLE = RUN_STEPS - COOLDOWN  # where the other checkpoint was kept


def h020(seeds: range) -> Evidence:
    """Continue a finished run from its end, and from before its cooldown."""
    noisy, quiet = (quadratic.draw(seeds, noise=n) for n in (USUAL, HUNDREDTH))
    cooled, tenth = _wsd(RUN_STEPS, 0.2), _tenth(RUN_STEPS)
    peak, calm = quadratic.best(noisy, cooled).rate, quadratic.best(quiet, cooled).rate
    low = np.full(RUN_STEPS, 0.1)
    resumed = {n: (np.r_[cooled, _again(n)], np.r_[np.ones(STABLE), _again(n)])
               for n in (150, 500, 1500)}  # fmt: skip
    stable = resumed[RUN_STEPS][1]
    held = np.r_[cooled, low], stable

    def final(problem: quadratic.Problem, shape: Floats, rate: Floats) -> Floats:
        return quadratic.rates(problem, shape, rate[:, None])[:, 0]

    def between(problem: quadratic.Problem, pair: tuple[Floats, Floats], rate: Floats) -> Floats:
        return final(problem, pair[0], rate) - final(problem, pair[1], rate)

    retuned = quadratic.best(noisy, resumed[RUN_STEPS][0]).loss
    retuned = retuned - quadratic.best(noisy, stable).loss
    floor = final(noisy, np.r_[tenth, low], quadratic.best(noisy, tenth).rate)
    floor = floor - final(noisy, stable, peak)
    back, on = {"going on": "back to the same peak"}, {"going on": "on at a tenth of the peak"}
    cosine = {"going on": "on at the floor of a cosine"}
    differences = {
        "some": ("the rate goes back to the peak for 30 % more updates",
                 between(noisy, resumed[150], peak), 150, back | NOISY),
        "twice": ("the rate goes back to the peak for as many updates again",
                  between(noisy, resumed[500], peak), 500, back | NOISY),
        "long": ("the rate goes back to the peak for three times as many updates",
                 between(noisy, resumed[1500], peak), 1500, back | NOISY),
        "retuned": ("the rate goes back to a peak retuned for as many updates again",
                    retuned, 500, {"going on": "back to the peak, retuned"} | NOISY),
        "cosine": ("a cosine stays at its floor of 10 % for as many updates again",
                   floor, 500, cosine | NOISY),
        "held": ("the rate stays at 10 % of the peak and gradients are noisy",
                 between(noisy, held, peak), 500, on | NOISY),
        "calm": ("the rate stays at 10 % of the peak and there is little noise",
                 between(quiet, held, calm), 500, on | LITTLE),
    }  # fmt: skip
    totals = {RUN_STEPS + n for _, _, n, _ in differences.values()}
    gains = {total: quadratic.gain(noisy, total) for total in totals}
    calm_gain = quadratic.gain(quiet, 2 * RUN_STEPS)
    quadratics = {
        key: of_losses(
            key,
            when,
            difference,
            calm_gain if key == "calm" else gains[RUN_STEPS + n],
            world="quadratic",
            claim="non-inferiority",
            traits=traits,
            updates=RUN_STEPS + n,
        )
        for key, (when, difference, n, traits) in differences.items()
    }
    network = of_losses(
        "network",
        "a small network goes back to the peak for as many updates again",
        *_network_resumed(seeds),
        world="toy",
        setting="micrograd demo",
        claim="non-inferiority",
        traits=back | NOISY,
        updates=2 * NETWORK_STEPS,
    )
    cases = (*quadratics.values(), network)
    chart = Dots(
        rows=(
            "at the peak, +30 %",
            "at the peak, +100 %",
            "at the peak, +300 %",
            "at a retuned peak, +100 %",
            "cosine, at its floor, +100 %",
            "at a tenth, +100 %",
            "at a tenth, little noise, +100 %",
            "network, at the peak, +100 %",
        ),
        series={"": tuple(case.effect for case in cases)},
        xlabel="final loss above that from the stable one, share of decay's gain",
        alt="Loss after equally many further updates, from the decayed above that from the "
        "stable checkpoint. Back at the peak it is lower, less so the longer training goes "
        "on, and whether the peak is retuned or not. Held at a tenth of the peak it is a "
        "little lower with noise, and far higher with little noise.",
        caption="With as many updates again and the rate back at the peak, the difference is "
        "{twice} of decay's gain. With little noise, holding a tenth of the peak costs {calm}.",
        reference=0.0,
    )
    end, rise = final(noisy, cooled, peak), final(noisy, np.r_[cooled, np.ones(COOLDOWN)], peak)
    never = np.r_[np.ones(RUN_STEPS), _again(RUN_STEPS)]
    detour = between(noisy, (resumed[RUN_STEPS][0], never), peak)
    return Evidence(
        "loss from the decayed checkpoint, less that from the stable one, share of decay's gain",
        cases,
        chart,
        {"rise": estimate(rise / end - 1.0), "detour": ratio(detour, gains[2 * RUN_STEPS])},
        format=".0%",
        formats={".1%": ["twice", "long", "retuned", "detour"]},
    )


def _again(updates: int) -> Floats:
    """Return the peak, then a cooldown over a fifth of what the whole run has become."""
    length = min(updates, round((RUN_STEPS + updates) / 5))
    return lr.WSD(1.0, updates, length).sample(updates)


def _network_resumed(seeds: range) -> tuple[Floats, Floats]:
    """Return the same difference in a small network, for as many updates again, and the gain."""
    cooldown, total = NETWORK_STEPS // 5, 2 * NETWORK_STEPS
    cooled = _wsd(NETWORK_STEPS, 0.2)
    peak = _peaks([cooled], seeds)[0]
    again = lr.WSD(1.0, NETWORK_STEPS, 2 * cooldown).sample(NETWORK_STEPS)
    # The shorter of the two ends with updates at rate 0, which change nothing.
    before = np.r_[np.ones(NETWORK_STEPS - cooldown), again, np.zeros(cooldown)]
    decayed, stable = _train(peak * np.array([np.r_[cooled, again], before]), seeds)
    constant, linear = _trained([np.ones(total), _linear(total)], seeds)
    return decayed - stable, constant - linear
