"""Questions that rules about schedules ask, answered by the runs that there are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ...checks import Positive, Rate, checked, refuse
from ...messages import needs
from ..inputs import Floats
from ..stats import Interval
from .effects import Effect, arms, best, compare, effect, setting
from .noise import Arm, drawn, losses, peaks, rerun_noise, within
from .tables import Configuration, Run, _curves, _runs, llama_style, nine_schedules

Setting = tuple[str, int, int]
"""A text, a size in millions of parameters, and a horizon in updates."""

_GRADUAL = 0.5


class Average(NamedTuple):
    """What an average of the last weights does at a constant rate, beside a decay.

    All losses are those on few batches, at the end of the run.

    Attributes:
        setting: text, size and horizon.
        constant: the loss of the last weights at the constant rate.
        averaged: of their average, in the same run.
        decayed: of the better decay in this setting.
        above: the loss of the average above that of the decay, in nats.
        reached: the share of the difference between constant and decayed that the average gains.
    """

    setting: Setting
    constant: float
    averaged: float
    decayed: float
    above: Interval
    reached: Interval


def above_best(steps: int = 50_000) -> Mapping[str, Effect]:
    """Return how far each schedule of the 124M sweep ends above the best of them.

    The interval is that of the difference to the best of the others, cut at 0: where it begins
    there, the schedule may itself be the best.

    Args:
        steps: a horizon of `arms`.

    Raises:
        ValueError: if there is no such horizon.

    Examples:
        >>> f"{above_best()['linear, last 10 %'].share:.0%}"
        '20 % [17 %, 22 %]'
    """
    return _above(arms(steps))


def spread(steps: int = 50_000) -> Effect:
    """Return how far the worst gradual decay to 0 ends above the best, in the 124M sweep.

    Gradual ones fall over half of the run or more. The range of several noisy losses is above 0
    even where all are level: the low end of the interval makes up for that, the high end does not.

    Args:
        steps: a horizon of `arms`.

    Raises:
        ValueError: if there is no such horizon.

    Examples:
        >>> f"{spread().share:.1%}"
        '1.9 % [0.0 %, 3.7 %]'
    """
    gradual = [a for a in arms(steps).values() if a[0].cooldown >= _GRADUAL and not a[0].floor]
    table = np.array([losses(arm).min(axis=0) for arm in gradual])
    worst, least = (gradual[int(pick(table[:, 0]))] for pick in (np.argmax, np.argmin))
    ranges = effect(table.max(axis=0) - table.min(axis=0), worst, least, 0.0)
    ends = compare(worst, least)
    return ranges._replace(
        nats=ranges.nats._replace(high=ends.nats.high),
        known_share=ranges.share._replace(high=ends.share.high),
    )


@checked()
def cooldowns(steps: int = 50_000, peak: Positive | None = None) -> Mapping[float, Effect]:
    """Return how far each length of a linear cooldown ends above the best length.

    Args:
        steps: a horizon of `arms`.
        peak: one for all lengths; None for the best of each.

    Raises:
        ValueError: if there is no such horizon, or no cooldown was run at this peak.

    Examples:
        >>> {share: round(found.nats.estimate, 4) for share, found in cooldowns(15_000).items()}
        {0.1: 0.0287, 0.2: 0.0137, 0.4: 0.0032, 0.6: 0.0, 0.8: 0.0044, 0.9: 0.0054}
    """
    linear = {
        arm[0].cooldown: arm
        for arm in arms(steps).values()
        if arm[0].schedule == "wsd" and arm[0].shape == "linear" and arm[0].cooldown <= 0.9
    }
    if peak is not None:
        linear = {share: at(arm, peak) for share, arm in linear.items()}
    return _above(linear)


def at(arm: Arm, peak: float) -> Arm:
    """Return the runs of an arm at one peak.

    Raises:
        ValueError: if there is none.
    """
    found = tuple(run for run in arm if run.peak == peak)
    if not found:
        raise refuse("peak", peak, f"one of {peaks(arm)}")
    return found


@checked()
def peak_cost(arm: Arm, factor: Positive) -> Effect:
    """Return by how much an arm ends higher at a multiple of its best peak.

    Args:
        arm: one of `arms()`.
        factor: such that the best peak times it was run too.

    Raises:
        ValueError: if it was not.

    Examples:
        >>> f"{peak_cost(arms()['cosine to 0'], 0.5).nats:.4f}"
        '0.0084 [0.0057, 0.0111]'
    """
    row = _multiple(arm, factor)
    return effect(_over_others(losses(arm), row), at(arm, peaks(arm)[row]), arm)


def _multiple(arm: Arm, factor: float) -> int:
    """Return the place of a multiple of the best peak among those run."""
    wanted = best(arm).peak * factor
    near = [i for i, peak in enumerate(peaks(arm)) if math.isclose(peak, wanted)]
    if not near:
        words = f"{peaks(arm)} / {best(arm).peak}, the peaks run by the best one"
        raise refuse("factor", factor, words)
    return near[0]


@checked()
def peak_costs(arm: Arm, other: Arm, factor: Positive) -> Effect:
    """Return how much more a multiple of the best peak costs one arm than another.

    Args:
        arm: one of `arms()`.
        other: another.
        factor: such that the best peak of each times it was run too.

    Raises:
        ValueError: if it was not.

    Examples:
        >>> constant, wsd = arms()["constant"], arms()["linear, last 20 %"]
        >>> f"{peak_costs(constant, wsd, 2.0).nats:.4f}"
        '0.0241 [0.0202, 0.0279]'
    """
    over, less = (_over_others(losses(a), _multiple(a, factor)) for a in (arm, other))
    return effect(over - less, arm, other)


def kept_peak(before: Arm, after: Arm) -> Effect:
    """Return what it costs to keep the peak that was best for one arm in another.

    Peaks that only one of them was run at are left out. The interval is that of the difference to
    the best of the other peaks, cut at 0: where it begins there, the old peak may be the best.

    Args:
        before: runs whose best peak is kept: another shape, or another horizon.
        after: runs in which it is used, beside their own best.

    Raises:
        ValueError: if the two have fewer than two peaks in common.

    Examples:
        >>> f"{kept_peak(arms()['linear, last 20 %'], arms()['cosine to 0']).share:.1%}"
        '5.4 % [3.6 %, 7.1 %]'
    """
    both = sorted(set(peaks(before)) & set(peaks(after)))
    if len(both) < 2:
        raise refuse("after", peaks(after), f"runs at two or more peaks of before, {peaks(before)}")
    before, after = (tuple(run for run in arm if run.peak in both) for arm in (before, after))
    old = best(before).peak
    return effect(_over_others(losses(after), both.index(old)), at(after, old), after, 0.0)


def extensions() -> Mapping[tuple[int, int, str], Effect]:
    """Return what it costs to extend a run of 50,000 updates by holding its peak on.

    The run ends with a linear cooldown over its last 20 %, and is compared with two others that
    share its first 40,000 updates: "last 60 %", which cools down for longer, and "two-stage", whose
    rate is lowered where the first run cooled down. That a planned run would have been the same is
    no result: it would have had the same rates.

    Returns:
        By size in millions, updates in all, and what it is compared with.

    Examples:
        >>> f"{extensions()[124, 100_000, 'last 60 %'].nats:.4f}"
        '0.0159 [0.0120, 0.0198]'
    """
    extended = [run for run in _runs() if run.extends]
    held = {_size(run): run for run in extended if (run.schedule, run.cooldown) == ("wsd", 0.2)}
    others = [run for run in extended if run not in held.values()]
    names = {"wsd": "last 60 %", "two-stage": "two-stage"}
    return {
        (*_size(run), names[run.schedule]): compare((held[_size(run)],), (run,)) for run in others
    }


def _size(run: Run) -> tuple[int, int]:
    return run.millions, run.steps


def cut_cosine() -> Mapping[int, Interval]:
    """Return the loss of a cosine cut at a third of its length above that of one of this length.

    Both to 10 %, at one peak that was retuned for neither, after 24,000 updates; in nats, by size
    in millions. Noise is taken to be that of the 124M reruns.

    Examples:
        >>> f"{cut_cosine()[100]:.3f}"
        '0.044 [0.041, 0.048]'
    """
    found = {}
    for short in nine_schedules(schedule="cosine", total=24_000):
        long = _only(nine_schedules(millions=short.millions, schedule="cosine", total=72_000))
        step = short.steps[-1]
        found[short.millions] = within(_curve(long, step) - _curve(short, step), 1)
    return found


@checked()
def at_one_peak(millions: int = 100) -> Mapping[str, Interval]:
    """Return how far each of the nine schedules ends above the linear cooldown, in nats.

    Those of 24,000 updates, where the last losses were logged, shortly before they end at 10 % of
    the peak, which is the same for all and was retuned for none. Noise as in `cut_cosine`.

    Args:
        millions: 25, 100 or 400.

    Raises:
        ValueError: if there is no such size.

    Examples:
        >>> f"{at_one_peak(400)['exponential']:.4f}"
        '-0.0031 [-0.0070, 0.0008]'
    """
    curves = {curve.schedule: curve for curve in nine_schedules(millions=millions, total=24_000)}
    step = min(curve.steps[-1] for curve in curves.values())
    linear = curves.pop("linear")
    return {
        name: within(_curve(curve, step) - _curve(linear, step), 1)
        for name, curve in curves.items()
    }


def untuned_gains() -> Mapping[Setting, Interval]:
    """Return what a decay gained over a constant rate where each was run at one peak, in nats.

    Of the older runs: the better of a cosine to 10 % and a linear cooldown over 20 %, where there
    is one. The constant rate has the peak of the cooldown, half of the cosine's. Not the unit of
    shares, since no rate was tuned.

    Examples:
        >>> len(untuned_gains())
        11
    """
    found = {}
    for key, runs in _older("loss").items():
        if "constant" in runs and len(runs) > 1:
            constant = losses((runs.pop("constant"),))[0]
            decays = [losses((run,))[0] for run in runs.values()]
            found[key] = within(constant - np.min(decays, axis=0), 1)
    return found


def cooldown_or_cosine() -> Mapping[Setting, Interval]:
    """Return how far a linear cooldown over 20 % ends above a cosine to 10 %, in nats.

    Of the older runs, each at one peak: the cosine's is twice that of the cooldown.

    Examples:
        >>> f"{cooldown_or_cosine()['slimpajama', 60, 7500]:.4f}"
        '-0.0014 [-0.0053, 0.0025]'
    """
    return {
        key: compare((runs["wsd"],), (runs["cosine"],)).nats
        for key, runs in _older("loss").items()
        if {"wsd", "cosine"} <= runs.keys()
    }


def averages() -> tuple[Average, ...]:
    """Return what averaging the last weights reaches at a constant rate, in each older setting.

    The rate was tuned neither for the constant run nor for the average. The window of the average
    is not in the logs; 500 updates is the default of the training code. Noise is taken to be that
    of final losses; the batches are the same for all runs.

    Examples:
        >>> round(min(found.reached.estimate for found in averages()), 2)
        0.56
    """
    return tuple(
        _average(runs.pop("constant"), list(runs.values()))
        for runs in _older("running").values()
        if "constant" in runs and len(runs) > 1
    )


def _average(run: Run, decays: list[Run]) -> Average:
    constant, *others = (drawn(one.running, _runs().index(one)) for one in (run, *decays))
    averaged = constant + (run.averaged - run.running)  # the noise is that of the same run
    decayed = np.min(others, axis=0)
    return Average(
        setting((run,)),
        run.running,
        run.averaged,
        float(decayed[0]),
        within(averaged - decayed, 1),
        within((constant - averaged) / (constant - decayed), 1),
    )


def _older(column: str) -> Mapping[Setting, dict[str, Run]]:
    """Return the older runs that have a loss of this kind, by setting and schedule."""
    found: dict[Setting, dict[str, Run]] = defaultdict(dict)
    for run in llama_style(series="scaling"):
        if not math.isnan(getattr(run, column)):
            found[setting((run,))][run.schedule] = run
    return found


def one_run(difference: Interval) -> Interval:
    r"""Return how often one run of each of two settings ranks them rightly.

    $\Phi(|d| / \sqrt 2 s)$ for a difference $d$ of means and the rerun noise $s$. Where the
    interval of the difference holds 0, which one is better is not known, and it begins at a half.

    Args:
        difference: in nats, such as `compare(a, b).nats`.

    Examples:
        >>> f"{one_run(compare(arms()['linear, whole run'], arms()['cosine to 0']).nats):.0%}"
        '67 % [50 %, 99 %]'
    """
    ends = sorted(map(abs, (difference.low, difference.high)))
    low = 0.0 if difference.low < 0 < difference.high else ends[0]
    sizes = np.array([abs(difference.estimate), low, ends[1]])
    right = _scipy().norm.cdf(sizes / (math.sqrt(2) * rerun_noise().estimate))
    return Interval(*map(float, right), difference.n)


@checked()
def seeded(a: Configuration, b: Configuration, worth: Rate = 4.5e-5) -> Interval:
    """Return how much higher one configuration of the benchmark ends than another, in nats.

    At equal updates: an update that one needs more counts as a loss that much higher. The interval
    is Welch's, over seeds.

    Args:
        a: an entry with two seeds or more.
        b: the same.
        worth: what an update is worth, in nats; by the benchmark's own conversion .0045 a hundred.

    Raises:
        ValueError: if an entry has one seed.
        ModuleNotFoundError: if scipy is not installed.

    Examples:
        >>> from lrdecay.lab.runs import benchmark
        >>> (earlier,) = benchmark(name="20260430_muonh")
        >>> (later,) = benchmark(name="20260611_muonh_tuned_aux_3250")
        >>> f"{seeded(earlier, later):.4f}"
        '0.0030 [0.0017, 0.0042]'
    """
    for name, one in (("a", a), ("b", b)):
        if len(one.losses) < 2:
            raise refuse(name, len(one.losses), "a configuration with two seeds or more")
    found = _scipy().ttest_ind(a.losses, b.losses, equal_var=False)
    middle = float(np.mean(a.losses) - np.mean(b.losses))
    bonus = worth * (a.steps - b.steps)
    low, high = found.confidence_interval(0.95)
    n = min(len(a.losses), len(b.losses))
    return Interval(middle + bonus, float(low) + bonus, float(high) + bonus, n)


def _above(named: Mapping[Any, Arm]) -> Mapping[Any, Effect]:
    table = np.array([losses(arm).min(axis=0) for arm in named.values()])
    top = list(named.values())[int(table[:, 0].argmin())]
    return {
        name: effect(_over_others(table, row), arm, top, 0.0)
        for row, (name, arm) in enumerate(named.items())
    }


def _over_others(table: Floats, row: int) -> Floats:
    """Return a row less the least of the others: below 0 where it is itself the least.

    Less the least of all, it would be 0 there in all draws, as if that were known.
    """
    return table[row] - np.delete(table, row, axis=0).min(axis=0)


def _only(rows: tuple[Any, ...]) -> Any:
    (row,) = rows
    return row


def _curve(curve: Any, step: int) -> Floats:
    return drawn(curve.loss_at(step), len(_runs()) + _curves().index(curve))


def _scipy() -> Any:
    with needs("scipy", "lab", "an interval"):
        from scipy import stats
    return stats
