"""What rules on schedules ask of real training: which arms, which published runs, which claim.

This file was committed before any trial ran at size, but for the digits, which were looked at while
it was written; the figures of the published runs were known. A rule is tried in every setting in
which the design of the trials has the arms that it names, whatever comes out. What was found wrong
after is said where it stands, and under "Changes" of the rule: H020 and H025.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ...lab import runs
from ...lab.stats import Interval, estimate, share
from ...lab.trials import effects as trials
from ...lab.trials.effects import Setting
from ...lab.trials.shapes import NAMES
from ..cases import GAIN, Case
from .asking import (
    asks,
    between,
    from_trials,
    in_nats,
    of_losses,
    of_power,
    of_published,
    of_setting,
    over_best,
    spread,
    widest,
)

# --- the rules -----------------------------------------------------------------------------------


@asks
def h002() -> Iterable[Case]:
    """Ask whether half of a flat constant rate leaves half of the loss."""
    # At twice the best rate a long constant run has gone flat for its noise, if any has.
    yield from from_trials(
        "constant constant@2",
        np.divide,
        "threshold",
        longest=True,
        at_least=0.45,
        at_most=0.55,
    )


@asks
def h005() -> Iterable[Case]:
    """Ask whether tuned decay ends below a tuned constant rate: the unit, so in nats."""
    for setting in trials.tried("constant", "linear"):
        gained = trials.gain(setting)
        yield of_setting(setting, gained, "superiority", unit="nats", native=gained)
    gained = between("constant", "linear, whole run").nats
    yield in_nats(of_published(gained))


@asks
def h043() -> Iterable[Case]:
    """Ask the same of Adam."""
    for case in h005():
        if case.traits["optimizer"] == "AdamW":
            yield case


COMMON: Mapping[str, str] = MappingProxyType(
    {
        shape: NAMES[shape]
        for shape in (
            *("linear", "cosine", "linear_tenth", "cosine_tenth", "wsd_20", "exponential_100"),
            *("rex", "drops_3", "constant"),
        )
    }
)
"""Schedules that are tried as a default, as our trials name them."""

_FEW = {"linear", "constant", "cosine", "cosine_tenth", "wsd_20"}  # all that every trial has


@asks
def h007() -> Iterable[Case]:
    """Ask whether any common schedule ends clearly below linear decay."""
    yield from best_default("linear")


def best_default(shape: str) -> Iterable[Case]:
    """Yield how far a schedule ends above the best of the others, wherever it was tried.

    Args:
        shape: of the trials' grid, such as "linear" or "wsd_20".
    """
    for setting in trials.tried(*_FEW):
        names = {*COMMON} if setting in trials.tried(*COMMON) else _FEW
        if shape in names:
            others = sorted(names - {shape})
            found = trials.effect(setting, (shape, *others), over_best)
            yield of_losses(setting, found, "non-inferiority")
    name = {
        "linear": "linear, whole run",
        "cosine": "cosine to 0",
        "cosine_tenth": "cosine to 10 %",
        "constant": "constant",
        "wsd_20": "linear, last 20 %",
    }.get(shape)
    if name is not None:
        yield of_published(runs.above_best()[name], "non-inferiority")


@asks
def h008() -> Iterable[Case]:
    """Ask what a floor of a tenth costs."""
    for shape, words in (("linear", "linear decay"), ("cosine", "cosine")):
        yield from from_trials(f"{shape}_tenth {shape}", variant={"shape": words})
    for updates in (25_000, 50_000):
        found = between("cosine to 10 %", "cosine to 0", updates)
        yield of_published(found, updates=updates, variant={"shape": "cosine"})


@asks
def h009() -> Iterable[Case]:
    """Ask what a cosine costs that was planned for a longer run."""
    for percent in (110, 125, 150, 200, 300):
        planned = {"planned for": f"planned for {percent / 100:g} times the run"}
        yield from from_trials(f"cosine_{percent} cosine", variant=planned)
    for millions, nats in runs.cut_cosine().items():
        planned = {"planned for": "planned for 3 times the run"}
        yield of_published(
            nats,
            millions=millions,
            updates=24_000,
            text="their text",
            variant=planned,
            untuned=True,
        )


@asks
def h010() -> Iterable[Case]:
    """Ask whether step decay ends above a cosine."""
    drops = {
        "drops_3": "three tenfold drops",
        "drop_65": "one tenfold drop",
        "drops_late": "two late drops by 3.2",
        "drops_small": "nine drops by 1.6",
    }
    for arm, words in drops.items():
        yield from from_trials(f"{arm} cosine", variant={"steps": words})


@asks
def h011() -> Iterable[Case]:
    """Ask how far gradual decays differ, as a share of what decay gains."""
    # Those that fall over the whole run to a hundredth of the peak or less.
    names = ("linear", "cosine", "power_2", "sqrt", "rex", "exponential_100")
    for setting in trials.tried(*names):
        found = trials.effect(setting, names, spread)
        if found.known_share is not None:  # else there is nothing to be a share of
            yield of_setting(
                setting, found.share, "threshold", unit=GAIN, at_most=0.25, native=found.nats
            )
    yield _threshold(of_published(runs.spread(), "equality"), at_most=0.25)


def _threshold(case: Case, **ends: float) -> Case:
    return replace(case, claim="threshold", **ends)


@asks
def h012() -> Iterable[Case]:
    """Ask what a last update at rate zero costs."""
    yield from from_trials("linear_last_zero linear")


@asks
def h013() -> Iterable[Case]:
    """Ask whether 1/t, at the best of three falls, ends below linear decay."""

    def saved(linear: Any, *inverse: Any) -> Any:
        return linear - np.min(inverse, axis=0)

    yield from from_trials("linear inverse_time_10 inverse_time_30 inverse_time_100", saved)


@asks
def h014() -> Iterable[Case]:
    """Ask whether a cooldown of 10 % ends near the best length."""
    lengths = ("wsd_20 wsd_40 wsd_60 wsd_80", "wsd_20 wsd_40", "wsd_20")
    for setting, names in widest("wsd_10", *lengths):
        found = trials.effect(setting, names, over_best)
        yield of_losses(setting, found, "non-inferiority")
    for updates in (15_000, 25_000, 35_000, 50_000):
        yield of_published(runs.cooldowns(updates)[0.1], "non-inferiority", updates=updates)


@asks
def h015() -> Iterable[Case]:
    """Ask whether 1-sqrt ends below a line, at equal length of the cooldown."""
    for percent in (10, 20, 40):
        length = {"length": f"a cooldown over {percent} %"}
        yield from from_trials(f"wsd_{percent} wsd_{percent}_sqrt", variant=length)
    for updates in (25_000, 50_000):
        found = between("linear, last 20 %", "1-sqrt, last 20 %", updates)
        yield of_published(found, updates=updates, variant={"length": "a cooldown over 20 %"})


@asks
def h016() -> Iterable[Case]:
    """Ask whether a drop 20 % too early costs more than one 20 % too late."""
    yield from from_trials("drop_45 drop_85")


@asks
def h017() -> Iterable[Case]:
    """Ask whether a drop at 65 % is near the best place."""
    places = "drop_25 drop_45 drop_75 drop_85 drop_95"
    yield from from_trials(f"drop_65 {places}", over_best, "non-inferiority")


@asks
def h018() -> Iterable[Case]:
    """Ask whether a peak twice too high costs WSD less than another shape."""
    others = {
        "linear": ("linear decay to 0", "linear, whole run"),
        "cosine": ("a cosine to 0", "cosine to 0"),
        "cosine_tenth": ("a cosine to 10 %", "cosine to 10 %"),
        "constant": ("no decay", "constant"),
    }

    def less(twice: Any, best: Any, wsd_twice: Any, wsd: Any) -> Any:
        return (twice - best) - (wsd_twice - wsd)

    for shape, (words, name) in others.items():
        against = {"against": f"against {words}"}
        yield from from_trials(f"{shape}@2 {shape} wsd_20@2 wsd_20", less, variant=against)
        arm, wsd = runs.arms()[name], runs.arms()["linear, last 20 %"]
        if all(2 * runs.best(one).peak in runs.best(one).tried for one in (arm, wsd)):
            yield of_published(runs.peak_costs(arm, wsd, 2.0), variant=against)


@asks
def h019() -> Iterable[Case]:
    """Ask whether holding the peak on is as good as having planned for the longer run."""
    for plan, words in (("wsd_20", "planned as WSD"), ("linear", "planned as linear decay")):
        yield from from_trials(
            f"wsd_20_kept {plan}", claim="non-inferiority", variant={"the plan": words}
        )
    # A run whose rate was held has the rates of one that was planned with this cooldown.
    yield of_published(
        between("linear, last 20 %", "linear, whole run"),
        "non-inferiority",
        variant={"the plan": "planned as linear decay"},
    )


# H020 asks nothing here, though the design has arms for it: they end after as many updates in all,
# which gives the run from the stable checkpoint its cooldown back, a fifth of the first run more
# than the claim says. That was seen when their results were.


@asks
def h021() -> Iterable[Case]:
    """Ask what it costs to keep the peak of another shape."""
    names = {
        "constant": "constant",
        "wsd_20": "linear, last 20 %",
        "linear": "linear, whole run",
        "cosine": "cosine to 0",
    }
    changes = {
        "to or from a constant rate": (
            *(("constant", "linear"), ("constant", "cosine"), ("constant", "wsd_20")),
            *(("linear", "constant"), ("wsd_20", "constant")),
        ),
        "between WSD and a decay of the whole run": (
            *(("wsd_20", "cosine"), ("wsd_20", "linear"), ("linear", "wsd_20")),
        ),
        "from linear decay to a cosine": (("linear", "cosine"),),
    }
    for change, pairs in changes.items():
        for old, new in pairs:
            variant = {"change": change}
            pair = f"{old} to {new}".replace("_20", "")
            yield from from_trials(f"{new}_at_{old} {new}", variant=variant, note=pair)
            found = runs.kept_peak(runs.arms()[names[old]], runs.arms()[names[new]])
            yield of_published(found, variant=variant, note=pair)


@asks
def h022() -> Iterable[Case]:
    """Ask what it costs to keep the peak when the run gets twice as long."""
    shapes = {"constant": "no decay", "wsd_20": "WSD", "linear": "linear decay", "cosine": "cosine"}
    for shape, words in shapes.items():
        yield from from_trials(f"{shape}_kept {shape}", variant={"shape": words})
    for name, words in (
        ("linear, last 20 %", "WSD"),
        ("cosine to 0", "cosine"),
        ("linear, last 90 %", "linear decay"),
    ):
        yield of_published(
            runs.kept_peak(runs.arms(25_000)[name], runs.arms(50_000)[name]),
            variant={"shape": words},
        )


@asks
def h023() -> Iterable[Case]:
    """Ask what a sweep loses that stops a factor of 2 short of the best peak."""
    sides = {"0.5": "the sweep stops below the best", "2": "the sweep stops above the best"}
    for factor, words in sides.items():
        yield from from_trials(f"linear@{factor} linear", variant={"edge": words})
    found = runs.peak_cost(runs.arms()["linear, whole run"], 0.5)  # twice was not run
    yield of_published(found, variant={"edge": sides["0.5"]})


@asks
def h024() -> Iterable[Case]:
    """Ask whether the best peak of the shortest horizon is too low for the longest."""
    shapes = {"linear": "linear decay", "wsd_20": "WSD", "cosine": "cosine", "constant": "no decay"}
    horizons = {
        "fashion-sgd": (300, 3000),
        "fashion-adamw": (1000, 3000),
        "fashion-conv": (1000, 3000),
        "text-64k": (500, 2000),
    }
    for shape, words in shapes.items():
        for trial, (few, many) in horizons.items():
            short, long = Setting(trial, few), Setting(trial, many)
            if {short, long} <= {*trials.tried(shape)}:
                found = trials.peak_ratio(short, shape, long, shape)
                variant = {"shape": words}
                unit = "best peak, short / long"
                yield of_setting(long, found, "threshold", variant, unit=unit, at_most=0.8)


@asks
def h025() -> Iterable[Case]:
    """Ask how often a range test suggests a peak within a factor of 2 of the best linear one."""
    setting = Setting("fashion-sgd", 300)
    curves = trials.range_test(setting.trial)
    if curves is None or setting not in trials.tried("linear"):
        return
    rates, losses = curves
    best = trials.best_peak(setting, "linear")
    smooth = np.stack([losses[:, i : losses.shape[1] - 2 + i] for i in range(3)]).mean(axis=0)
    smooth = np.where(np.isfinite(smooth), smooth, np.inf)
    # As in small worlds, what comes after the loss has quadrupled is no fall to be read.
    over = np.logical_or.accumulate(smooth > 4 * np.minimum.accumulate(smooth, axis=1), axis=1)
    smooth = np.where(over, np.inf, smooth)
    with np.errstate(invalid="ignore"):
        falls = np.nan_to_num(np.diff(smooth), nan=0.0, posinf=0.0)
    suggested = {
        "the steepest fall": np.sqrt(rates[1:-2] * rates[2:-1])[falls.argmin(axis=1)],
        "a tenth of the rate of the least loss": 0.1 * rates[1:-1][smooth.argmin(axis=1)],
    }
    for words, found in suggested.items():
        near = np.abs(np.log2(found / best)) <= 1
        yield of_setting(
            setting,
            share(int(near.sum()), len(near)),
            "threshold",
            {"suggestion": words},
            unit="share of suggestions",
            at_least=0.8,
        )


@asks
def h026() -> Iterable[Case]:
    """Ask how often one seed ranks two settings as all seeds do."""
    pairs = {
        ("constant", "linear"): "decay or none",
        ("cosine", "linear"): "linear decay or cosine",
        ("linear@0.5", "linear"): "the best peak or half of it",
    }
    for (a, b), words in pairs.items():
        for setting in trials.tried(a, b):
            d = trials.losses(setting, a) - trials.losses(setting, b)
            right = share(int((np.sign(d) == np.sign(d.mean())).sum()), len(d))
            yield of_setting(
                setting,
                right,
                "threshold",
                {"compared": words},
                unit="share of seeds",
                at_least=0.9,
            )
    linear = runs.arms()["linear, whole run"]
    published = {
        "decay or none": between("constant", "linear, whole run"),
        "linear decay or cosine": between("cosine to 0", "linear, whole run"),
        "the best peak or half of it": runs.peak_cost(linear, 0.5),
    }
    for words, found in published.items():
        case = of_published(found, variant={"compared": words})
        right = runs.one_run(found.nats)
        yield replace(
            case,
            effect=right,
            claim="threshold",
            at_least=0.9,
            unit="share of seeds",
            native=None,
        )


@asks
def h027() -> Iterable[Case]:
    """Ask what share of early spikes, in which the loss doubles, a warmup avoids."""
    for setting, cold, warm in _stable():
        spikes = cold["worst"] > 2 * cold["start"]
        if spikes.any():
            avoided = spikes & ~(warm["worst"] > 2 * warm["start"])
            found = share(int(avoided.sum()), int(spikes.sum()))
            yield of_setting(setting, found, "threshold", unit="share of spikes", at_least=0.5)


@asks
def h028() -> Iterable[Case]:
    """Ask how much higher a constant rate a run survives with a warmup."""
    for setting, cold, warm in _stable():
        highest = []
        for one in (cold, warm):
            survived = ~one["diverged"].astype(bool)
            highest.append(np.where(survived, one["peak"], 0.0).max(axis=0))
        found = estimate(highest[1] / highest[0])
        yield of_setting(setting, found, "threshold", unit="times", at_least=2.0)


def _stable() -> Iterable[tuple[Setting, dict[str, Any], dict[str, Any]]]:
    """Yield the ladders of constant rates: columns of shape (peaks, seeds), cold and warmed up."""
    for trial in ("digits", "fashion-sgd"):
        found = [trials.ladder(trial, f"stable_{name}") for name in ("none", "warmup_10")]
        if all(found):
            yield Setting(trial, 300), found[0], found[1]


@asks
def h029() -> Iterable[Case]:
    """Ask what a warmup costs that starts at zero."""
    yield from from_trials("linear_warmup_5_zero linear_warmup_5")


@asks
def h030() -> Iterable[Case]:
    """Ask what a warmup over 10 % gains over none."""
    for trial, none, warm, updates in (
        ("digits", "linear", "linear_warmup_10", 300),
        ("fashion-sgd", "linear", "linear_warmup_10", 1000),
        ("fashion-adamw", "linear_warmup_0", "linear_warmup_10", 3000),
        ("text-64k", "linear_warmup_0", "linear", 500),  # 10 % is what the model warms up over
    ):
        setting = Setting(trial, updates)
        if setting in trials.tried(none, warm):
            found = trials.effect(setting, (none, warm))
            yield of_losses(setting, found, "superiority")


@asks
def h031() -> Iterable[Case]:
    """Ask what Adam's warmup of 2 / (1 - beta2) updates costs, 2,000 of 3,000 here."""
    yield from from_trials("linear_warmup_66.6667 linear_warmup_0", claim="non-inferiority")


@asks
def h033() -> Iterable[Case]:
    """Ask whether restarts end below one cosine."""
    for arm, words in (("restarts_5", "five cycles"), ("restarts_doubling", "cycles that double")):
        yield from from_trials(f"cosine {arm}", variant={"cycles": words})


@asks
def h032() -> Iterable[Case]:
    """Ask whether cycles, of the same rates or nearly, end below one fall."""
    pairs = (("cosine", "restarts_5", "cosine cycles"), ("linear", "zigzag", "triangles"))
    for one, cyclic, words in pairs:
        yield from from_trials(f"{one} {cyclic}", variant={"cycles": words})


@asks
def h035() -> Iterable[Case]:
    """Ask whether one-cycle ends below linear decay."""
    yield from from_trials("linear one_cycle")


_BATCHES = (("256", "8 times the batch"), ("2048", "64 times the batch"))


@asks
def h036() -> Iterable[Case]:
    """Ask whether SGD's best peak grows as the batch: by its power, 0.75 to 1.25."""
    yield from _powers("fashion-sgd", 0.75, 1.25)


@asks
def h038() -> Iterable[Case]:
    """Ask whether Adam's best peak grows as the root of the batch: by its power, 0.25 to 0.75."""
    yield from _powers("fashion-adamw", 0.25, 0.75)


def _powers(trial: str, least: float, most: float) -> Iterable[Case]:
    equal = (
        ("equal examples", "linear_examples_256", "linear_examples_4", 64),
        ("equal updates", "linear_updates_2048", "linear", 64),
    )
    for words, large, small, times in equal:
        for setting in trials.tried(large, small, anywhere=True):
            if setting.trial == trial:
                ratio = trials.peak_ratio(setting, large, setting, small, anywhere=True)
                kept = {"kept equal": words}
                yield of_power(setting, ratio, times, "batch", kept, at_least=least, at_most=most)


@asks
def h037() -> Iterable[Case]:
    """Ask what a larger batch costs at equal examples, its peak retuned."""
    for batch, words in (("32", "8 times the batch"), ("256", "64 times the batch")):
        yield from from_trials(
            f"linear_examples_{batch} linear_examples_4",
            claim="non-inferiority",
            anywhere=True,
            variant={"batch": words},
        )


@asks
def h039() -> Iterable[Case]:
    """Ask what it costs to raise the batch where a schedule lowers the rate."""
    for arm, words in (("", "peak retuned"), ("_kept", "at the peak of the decay")):
        yield from from_trials(
            f"batch_by_4_ramp{arm} drops_by_4_ramp",
            claim="non-inferiority",
            anywhere=True,
            variant={"peak": words},
        )


@asks
def h040() -> Iterable[Case]:
    """Ask whether decay still pays with a large batch, after the same updates."""
    for batch, words in _BATCHES:
        yield from from_trials(
            f"constant_updates_{batch} linear_updates_{batch}",
            anywhere=True,
            variant={"batch": words},
        )


@asks
def h041() -> Iterable[Case]:
    """Ask whether the average of a constant run, its rate retuned, ends near the better decay."""

    def over(linear: Any, wsd: Any, *averages: Any) -> Any:
        return np.min(averages, axis=0) - np.minimum(linear, wsd)

    averages = (
        "constant_last_10 constant_last_20 constant_last_50 constant_ema_10",
        "constant_last_10 constant_last_20 constant_ema_10",
        "constant_last_20 constant_ema_10",
        "constant_last_10 constant_last_20",
    )
    retuned = {"the rate": "tuned for the average"}
    for setting, names in widest("linear wsd_20", *averages):
        found = trials.effect(setting, names, over)
        yield of_losses(setting, found, "non-inferiority", retuned)
    for found in runs.averages():
        text, millions, updates = found.setting
        yield of_published(
            found.above,
            "non-inferiority",
            millions=millions,
            updates=updates,
            text=text,
            variant={"the rate": "one rate, tuned for neither"},
        )


@asks
def h042() -> Iterable[Case]:
    """Ask whether the average of the last tenth of a decayed run ends below its last weights."""
    shapes = {"linear": "linear decay", "wsd_20": "WSD", "cosine_tenth": "a cosine to 10 %"}
    for shape, words in shapes.items():
        yield from from_trials(f"{shape} {shape}_last_10", variant={"shape": words})


@asks
def h044() -> Iterable[Case]:
    """Ask whether momentum 0.9 takes a tenth of the peak, within a factor of 1.5."""
    for shape, words in (("linear", "linear decay"), ("constant", "no decay")):
        for setting in trials.tried(shape, f"{shape}_no_momentum"):
            found = trials.peak_ratio(setting, shape, setting, f"{shape}_no_momentum")
            times = Interval(*(10 * end for end in found[:3]), found.n)
            yield of_setting(
                setting,
                times,
                "threshold",
                {"shape": words},
                unit="of a tenth",
                at_least=1 / 1.5,
                at_most=1.5,
            )


@asks
def h046() -> Iterable[Case]:
    """Ask whether some power of linear decay ends clearly below power 1."""
    powers = (
        "power_0.5 power_0.75 power_1.5 power_2 power_3",
        "power_0.5 power_1.5 power_2 power_3",
        "power_2",
    )
    for setting, names in widest("linear", *powers):
        found = trials.effect(setting, names, over_best)
        yield of_losses(setting, found, "non-inferiority")
