"""Noise: by how much a run differs from the same run made again, and what that does to a result."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ...checks import refuse
from ...messages import needs
from ..inputs import Floats
from ..stats import Interval, estimate
from ..streams import stream
from .tables import Run, _runs, benchmark

Arm = Sequence[Run]
"""Runs of one schedule that differ in their peak, and in nothing else but the series."""

_DRAWS = 10_000
_SWEEPS = ("sweep", "grad_norm")


def pairs() -> tuple[tuple[Run, Run], ...]:
    """Return the runs of the sweep that were made twice: 16 pairs, the earlier run first.

    Examples:
        >>> len(pairs())
        16
    """
    twins = defaultdict(list)
    for run in _runs():
        if run.series in _SWEEPS:
            twins[(run.schedule, run.shape, run.cooldown, run.floor, run.peak, run.steps)] += [run]
    return tuple((first, again) for first, again in (t for t in twins.values() if len(t) == 2))


@cache
def rerun_noise() -> Interval:
    r"""Return the standard deviation of the final loss of a run that is made again.

    From the differences $d$ of the $n$ pairs, $s^2 = \sum d^2 / 2n$. The interval is that of a
    deviation with 8 degrees of freedom, not 16: the runs of one peak and series that hold it share
    the updates before their cooldowns, and what a rerun changed there they have in common, so that
    there are four such pairs and four of cosines. Evaluation is on the same text each time: what
    the choice of that text does is not in it, and neither is another initialisation, for both runs
    of a pair have the same seed.

    Raises:
        ModuleNotFoundError: if scipy is not installed.

    Examples:
        >>> f"{rerun_noise():.4f}"
        '0.0012 [0.0008, 0.0023]'
    """
    made = pairs()
    differences = np.diff([[run.loss for run in pair] for pair in made])
    deviation = float(np.sqrt(np.mean(np.square(differences)) / 2))
    free = _independent()
    low, high = deviation * np.sqrt(free / _scipy().chi2.ppf([0.975, 0.025], free))
    return Interval(deviation, float(low), float(high), len(made))


def seed_noise() -> Interval:
    """Return the standard deviation of the final loss over seeds: of the benchmark, the median.

    Over its configurations with four seeds or more, each of one 124M model at fixed data.

    Raises:
        ModuleNotFoundError: if scipy is not installed.

    Examples:
        >>> f"{seed_noise():.4f}", seed_noise().n
        ('0.0010 [0.0009, 0.0012]', 32)
    """
    seeded = [one.losses for one in benchmark() if len(one.losses) >= 4]
    return estimate([float(np.std(losses, ddof=1)) for losses in seeded])


def losses(arm: Arm) -> Floats:
    """Return the final losses of an arm: a row a peak, rising.

    Column 0 is as measured, the mean where a run was made twice. The others are what might have
    been measured: each run with noise added, the same wherever that run occurs.

    Raises:
        ValueError: if the arm has no run, or one without a loss.
    """
    if not arm or any(math.isnan(run.loss) for run in arm):
        raise refuse("arm", arm, "one or more runs that have a loss")
    made = {peak: [run for run in arm if run.peak == peak] for peak in peaks(arm)}
    return np.array([np.mean([_of(run) for run in same], axis=0) for same in made.values()])


def peaks(arm: Arm) -> tuple[float, ...]:
    """Return the peaks at which an arm was run, rising."""
    return tuple(sorted({run.peak for run in arm}))


def within(values: Floats, n: int, least: float = -np.inf) -> Interval:
    """Return a result with its 95 % interval.

    The interval is the basic one of a bootstrap: it lies as far below the result as the draws lie
    above. Where the best of several peaks was chosen by its own loss, the draws are biased as the
    result is, and the interval is moved back by as much. Of the least of one to three losses it
    holds the truth 90 to 96 times in 100.

    Args:
        values: the result, then what it would have been in each draw.
        n: of how many runs it is.
        least: what neither it nor the ends can be below.
    """
    ends = 2 * values[0] - np.quantile(values[1:], [0.975, 0.025])
    return Interval(*map(float, np.maximum([values[0], *ends], least)), n)


def drawn(loss: float, which: int) -> Floats:
    """Return a loss, then what it might have been: with the noise of a rerun, once a draw.

    The deviation is drawn too, the same for all losses: it is known from few pairs.

    Args:
        loss: as measured.
        which: a number of its own for each run, by which its noise is found again.
    """
    half = stream("runs.noise", which).standard_normal(_DRAWS // 2)
    return loss + np.r_[0.0, _deviations() * half, -_deviations() * half]


@cache
def _of(run: Run) -> Floats:
    return drawn(run.loss, _runs().index(run))


@cache
def _deviations() -> Floats:
    free = _independent()
    scale = np.sqrt(free / stream("runs.deviation", 0).chisquare(free, _DRAWS // 2))
    return rerun_noise().estimate * scale


@cache
def _independent() -> int:
    """Return how many of the pairs share no updates: a cosine is alone, those of a peak are not."""
    return len({(first.schedule == "cosine", first.peak) for first, _ in pairs()})


def _scipy() -> Any:
    with needs("scipy", "lab", "an interval"):
        from scipy import stats
    return stats
