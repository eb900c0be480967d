"""Is this schedule what you meant? A schedule in a run, looked at before the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...checks import Positive, Rate, Steps, check, refuse
from ...lab.streams import stream
from ...plateau import Fold
from ...runs import steps_from_epochs
from ...schedule import Schedule
from ..horizon import horizon
from ..identify import rounding
from ..logs import Log
from . import live
from .checks import CHECKS, LONG, SMALL, unit
from .codes import CODES, Finding, finding
from .groups import over
from .subject import (
    MOST_CALLS,
    Counts,
    Subject,
    of_function,
    of_log,
    of_part,
    of_rates,
    of_schedule,
)
from .subject import ahead as after

__all__ = ["CODES", "Finding", "lint", "order"]

_RUNS = 200  # of a metric with noise
_OFTEN = 0.1  # of them
FEW = 0.02  # of the updates: how far two counts of them may differ
FEWEST = 3  # rates of a log


def lint(
    schedule: Schedule | Fold | Callable[[int], float] | Any,
    total_steps: int | None = None,
    *,
    epochs: float | None = None,
    dataset_size: int | None = None,
    batch_size: int | None = None,
    accumulation: int = 1,
    world_size: int = 1,
    base_lr: float | None = None,
    noise: float | None = None,
    fall: float | None = None,
    resumed: Schedule | None = None,
    at: int | None = None,
) -> tuple[Finding, ...]:
    """Return what is probably not meant in a schedule, for the run that it is used in.

    Args:
        schedule: any schedule; a Python function of the step; a rule that follows a metric; a
            scheduler of PyTorch, which stays as it is; the log of a run, of which every group is
            looked at, with straight lines between its rates.
        total_steps: updates of the run. Or `epochs`, `dataset_size` and `batch_size`; without
            either the run is as long as the schedule was made for, or as the log.
        epochs: of the run.
        dataset_size: examples in an epoch.
        batch_size: examples in one forward pass of one process.
        accumulation: forward passes between two updates.
        world_size: processes.
        base_lr: the rate that the optimizer was made with, if it should be used.
        noise: standard deviation of the metric from one look to the next, for a rule that follows
            one; each of the `total_steps` is a look.
        fall: how far the metric falls in the run, in a straight line.
        resumed: the schedule after a resume, on the clock of the whole run.
        at: step at which it is resumed.

    Returns:
        Findings, errors first, then by step.

    Raises:
        ValueError: if an argument is out of range, or the length of the run is not given.

    Examples:
        >>> from lrdecay import Cosine, warmup_cosine
        >>> [found.code for found in lint(Cosine(1e-3, 500), 1000)]
        ['LR012', 'LR013', 'LR017']
        >>> lint(warmup_cosine(1e-3, 1000, 20), 1000)
        ()
    """
    counts = counted(epochs, accumulation, world_size, dataset_size)
    if isinstance(schedule, Log) and (resumed is not None or at is not None):
        raise refuse("resumed", resumed, "left out for a log")
    total = length(schedule, total_steps, dataset_size, batch_size, counts)
    if isinstance(schedule, Log):
        return order(_of_log(schedule, total, counts, base_lr))
    if isinstance(schedule, Fold):
        return _of_rule(schedule, total, noise, fall)
    if live.is_live(schedule):
        return order(look_at_scheduler(schedule, total, counts))
    stops = ""
    if isinstance(schedule, Schedule):
        of = of_schedule(schedule, total, counts)
    elif callable(schedule):
        name = getattr(schedule, "__name__", type(schedule).__name__)
        of, stops = of_function(schedule, total, counts, name)
    else:
        words = "a schedule, a function of the step, a rule, a scheduler of PyTorch, or a log"
        raise refuse("schedule", schedule, words)
    found = look(of)
    if stops and found and found[0].code == "LR005":
        found[0] = found[0]._replace(message=f"{found[0].message}: {stops}")
    if base_lr is not None:
        found += _overwritten(of, check("base_lr", base_lr, Rate))
    if resumed is not None or at is not None:
        found += _resumed(resumed, at, of)
    return order(found)


def look(of: Subject) -> list[Finding]:
    """Return what the checks find; if a rate is none, no more is asked than why."""
    bad = list(CHECKS[0](of))
    asked = (unit,) if any(one.severity == "error" for one in bad) else CHECKS[1:]
    return bad + [one for each in asked for one in each(of)]


def _of_log(log: Log, total: int, counts: Counts, base_lr: float | None) -> list[Finding]:
    found = []
    for group in log.rates or [None]:
        at, rates = log.rate(group)  # says that there are none
        if rates.size < FEWEST:
            raise refuse("log", f"{rates.size} rates", f"one of at least {FEWEST}")
        how = rounding.found(rates[np.isfinite(rates)], log.decimals)
        if how.decimals is not None:  # a 0 may be a small rate, rounded
            rates = np.where(rates == 0, 0.25 * 10.0**-how.decimals, rates)
        of = of_log(at, rates, total, counts)
        own = [] if base_lr is None else _overwritten(of, check("base_lr", base_lr, Rate))
        found.append(look(of) + own)
    return over(found, list(log.rates))


def look_at_rates(rates: Any, total: int, counts: Counts, name: str) -> list[Finding]:
    """Return what the checks find in rates of the steps from 0 on, some of them after the run."""
    return look(of_rates(np.asarray(rates, dtype=float), total, counts, name))


def look_at_scheduler(scheduler: Any, total: int, counts: Counts) -> list[Finding]:
    """Return what is found in the rates that a scheduler of PyTorch will set."""
    if live.follows_metric(scheduler):
        return [finding("LR027", f"{live.name_of(scheduler)} follows a metric")]
    if total > MOST_CALLS:
        return [finding("LR027", f"the run has more than {MOST_CALLS:,} updates")]
    at = live.step_of(scheduler) or 0
    each, stops = live.rates_of(scheduler, ahead(total, at, counts))
    return look_at_groups(scheduler, each, stops, total=total, counts=counts, at=at)


def ahead(total: int, at: int, counts: Counts) -> int:
    """Return how many rates are asked for: those of the run from step `at` on, and some after."""
    return max(total - at, 1) + after(total, counts)


def look_at_groups(
    scheduler: Any, each: list[Any], stops: str, *, total: int, counts: Counts, at: int
) -> list[Finding]:
    """Return what is found in the rates that each group will have from step `at` on."""
    groups = live.bare(scheduler).optimizer.param_groups
    name, found = live.name_of(scheduler), []
    ends, marks = live.told(scheduler)
    k = at + each[0].size
    stopped = []
    if stops and k <= total:
        words = f"the scheduler stops at step {k:,}: {stops}"
        if k == total:
            words = f"the call after the last update raises an error: {stops}"
        severity = None if k < total else "warning"
        stopped = [finding("LR005", words, min(k, total - 1), severity)]
    for group, rates in zip(groups, each, strict=True):
        of = of_part(rates, at, total, counts, name)
        of = replace(of, horizon=of.horizon or ends, marks=marks)
        if stopped and k < total:
            found.append(stopped + list(unit(of)))
            continue
        found.append(stopped + look(of))
        own = live.own_rate(scheduler, group) if at == 0 else None
        found[-1] += [] if own is None else _overwritten(of, own)
        base = live.multiplied_rate(scheduler, group) if at == 0 else None
        found[-1] += [] if base is None else _multiplied(of, base)
    return over(found, [group.get("name") for group in groups])


def order(found: list[Finding]) -> tuple[Finding, ...]:
    """Return findings, errors first, then by step."""
    rank = {"error": 0, "warning": 1, "info": 2}
    by = sorted(found, key=lambda one: (rank[one.severity], one.step or 0, one.code))
    return tuple(dict.fromkeys(by))


def counted(
    epochs: float | None, accumulation: int, world_size: int, dataset_size: int | None = None
) -> Counts:
    """Return how the updates of a run were counted."""
    processes = check("world_size", world_size, Steps)
    return Counts(epochs, check("accumulation", accumulation, Steps), processes, dataset_size)


def length(
    schedule: Any,
    total_steps: int | None,
    dataset_size: int | None,
    batch_size: int | None,
    counts: Counts,
) -> int:
    """Return the updates of a run: as given, or by its epochs, or by the schedule."""
    none_given = counts.epochs is None and dataset_size is None and batch_size is None
    if total_steps is None and none_given and isinstance(schedule, Schedule):
        total_steps = horizon(schedule)
    if total_steps is None and none_given and isinstance(schedule, Log):
        total_steps = schedule.updates
    if total_steps is not None:
        total_steps = check("total_steps", total_steps, Steps)
    if counts.epochs is None or dataset_size is None or batch_size is None:
        if total_steps is None:
            raise refuse("total_steps", None, "given, or epochs with dataset_size and batch_size")
        return total_steps
    by_epochs = steps_from_epochs(
        check("epochs", counts.epochs, Positive),
        dataset_size,
        batch_size,
        accumulation=counts.accumulation,
        world_size=counts.world_size,
    )
    if total_steps is None:
        return by_epochs
    if abs(total_steps - by_epochs) > FEW * by_epochs + counts.epochs:  # a last batch an epoch
        words = f"left out, or the {by_epochs:,} updates that the epochs have"
        raise refuse("total_steps", total_steps, words)
    return total_steps


def _multiplied(of: Subject, base: float) -> list[Finding]:
    """Return whether the factors that multiply a rate look like rates themselves."""
    factor = max(of.peak, float(np.nanmax(of.after, initial=0.0))) / base
    rate = factor <= LONG * (1 + SMALL) or np.isclose(factor, base, rtol=SMALL)
    if not rate or factor == 0:
        return []
    words = f"the function's highest value is {factor:.4g}, which multiplies the optimizer's rate"
    found = finding("LR018", f"{words} {base:g}: the peak is {of.peak:.4g}", 0)
    return [found._replace(fix="Return a factor, 1 at the peak, or give the optimizer the rate 1.")]


def _overwritten(of: Subject, base_lr: float) -> list[Finding]:
    near = np.isclose(of.peak, base_lr, rtol=FEW)  # a peak may fall between two updates
    if near or np.isclose(of.rates, base_lr, rtol=SMALL**2).any():
        return []
    words = f"the optimizer's rate {base_lr:g} is used by no update: they run from"
    return [finding("LR018", f"{words} {of.rates.min():.4g} to {of.rates.max():.4g}", 0)]


def _resumed(resumed: Schedule | None, at: int | None, of: Subject) -> list[Finding]:
    if resumed is None or at is None or not 0 <= at < of.total:
        raise refuse("at", at, f"a step of the run, from 0 to {of.total - 1}, with resumed")
    steps = np.arange(at, of.total)
    new = resumed(steps)
    off = np.flatnonzero(np.abs(new - of.rates[at:]) > SMALL * of.peak)
    if not off.size:
        return []
    k = at + int(off[0])
    words = f"from step {k:,} on the rate is {new[off[0]]:.4g} where it would have been"
    return [finding("LR019", f"{words} {of.rates[k]:.4g}", k)]


def _of_rule(
    rule: Fold, total: int, noise: float | None, fall: float | None
) -> tuple[Finding, ...]:
    """Return whether noise alone makes a rule fire while the metric falls in a straight line."""
    if noise is None or fall is None:
        raise refuse("noise", noise, "given, with fall, for a rule that follows a metric")
    check("noise", noise, Rate)
    check("fall", fall, Positive)
    line = 10.0 * fall + fall * (1.0 - np.arange(total) / total)
    fired = []
    for seed in range(_RUNS):
        metrics = line + noise * stream("lint.noise", seed).standard_normal(total)
        rates = rule.rates(metrics)
        drops = np.flatnonzero(np.diff(rates) < 0)
        fired += [int(drops[0]) + 1] if drops.size else []
    often = len(fired) / _RUNS
    if often <= _OFTEN:
        return ()
    words = f"in {often:.0%} of runs noise of {noise:g} lowers the rate while the metric falls by"
    return (finding("LR016", f"{words} {fall:g}", int(np.median(fired))),)
