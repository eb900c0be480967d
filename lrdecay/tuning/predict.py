"""The loss that a fitted law expects of a schedule, and whether the law may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..checks import Steps, check, refuse
from ..lab.laws import PUBLISHED, Law, fit
from ..schedule import Schedule
from .logs import Log

Floats = NDArray[np.float64]

MOST = 1_000_000  # updates
POINTS = 100  # of a curve
NEAR = 1.25  # times: so far may a peak be from those of a fit
FEWEST = 20  # losses of a log, to fit a law to


@dataclass(frozen=True)
class Domain:
    """Where a law was fitted.

    Attributes:
        peak: the highest rate.
        updates: the shortest and the longest run.
        what: in words.
        lowest: no loss is lower.
    """

    peak: float
    updates: tuple[int, int]
    what: str
    lowest: float = -np.inf


# The authors fitted runs of 24,000 updates and tried the fits on runs of up to 72,000.
_AUTHORS = Domain(3e-4, (24_000, 72_000), "Llama-style language models of {size}, AdamW")


@dataclass(frozen=True)
class Prediction:
    """What a law expects of one schedule.

    Attributes:
        name: of the schedule.
        steps: updates after which the loss is given.
        losses: at these.
        final_loss: after the last update; NaN where the law gives what no loss can be.
    """

    name: str
    steps: NDArray[np.int64]
    losses: Floats
    final_loss: float


@dataclass(frozen=True)
class Predicted:
    """What a law expects of schedules, side by side.

    Attributes:
        predictions: lowest final loss first, those without one last.
        law: with its numbers.
        domain: where it was fitted.
        total_steps: updates after which the final loss is given.
        warnings: where it is asked outside of that, in sentences.
    """

    predictions: tuple[Prediction, ...]
    law: Law
    domain: Domain
    total_steps: int
    warnings: tuple[str, ...]


def predict(
    schedules: Schedule | Mapping[str, Schedule],
    total_steps: int,
    *,
    law: str | Law | None = None,
    log: Log | None = None,
) -> Predicted:
    """Return the loss that a law expects of one or several schedules.

    Args:
        schedules: one, or several by name.
        total_steps: updates of the run, at most a million.
        law: "25M", "100M" (the default) or "400M", the published fits to language models of these
            sizes; or a law of `lrdecay.lab.laws`.
        log: in place of a law, of a run of one's own, with rates that fall and losses: a law is
            fitted to it.

    Raises:
        ValueError: if an argument is out of range, or the log is too short or its rate constant.
        ModuleNotFoundError: if a fit is asked for and scipy is not installed.

    Source:
        `lrdecay.lab.laws` names it; the page on laws says how far they were right.

    Examples:
        >>> from lrdecay import warmup_cosine, warmup_linear
        >>> found = predict(
        ...     {
        ...         "cosine": warmup_cosine(3e-4, 24_000, 2160),
        ...         "linear": warmup_linear(3e-4, 24_000, 2160),
        ...     },
        ...     24_000,
        ... )
        >>> [one.name for one in found.predictions], found.warnings
        (['cosine', 'linear'], ())
    """
    total = check("total_steps", total_steps, Steps)
    if total > MOST:
        raise refuse("total_steps", total_steps, f"at most {MOST:,}")
    named = {"schedule": schedules} if isinstance(schedules, Schedule) else dict(schedules)
    if not named or not all(isinstance(one, Schedule) for one in named.values()):
        raise refuse("schedules", schedules, "a schedule, or several by name")
    if law is not None and log is not None:
        raise refuse("law", law, "left out where one is fitted to a log")
    chosen, domain = _law("100M" if law is None else law) if log is None else _fitted(log)
    rates = {name: one.sample(total) for name, one in named.items()}
    at = np.unique(np.linspace(0, total - 1, POINTS).astype(np.int64))
    found = []
    for name, lrs in rates.items():
        losses = chosen.predict(lrs, at=at)
        losses[~((losses > domain.lowest) & (losses < np.inf))] = np.nan
        found.append(Prediction(name, at + 1, losses, float(losses[-1])))
    order = tuple(sorted(found, key=lambda one: (np.isnan(one.final_loss), one.final_loss)))
    warnings = _warnings(rates, total, domain)
    for one in order:
        if np.isnan(one.final_loss):
            warnings.append(f"of {one.name} the law gives what no loss can be: it does not hold")
    return Predicted(order, chosen, domain, total, tuple(warnings))


def _law(law: str | Law) -> tuple[Law, Domain]:
    if isinstance(law, Law):
        return law, Domain(np.nan, (0, MOST), "a law of yours")
    if law not in PUBLISHED:
        raise refuse("law", law, f"one of {', '.join(PUBLISHED)}, or a law of lrdecay.lab.laws")
    peak, updates, what = _AUTHORS.peak, _AUTHORS.updates, _AUTHORS.what.format(size=law)
    return PUBLISHED[law], Domain(peak, updates, what, lowest=0.0)


def _fitted(log: Log) -> tuple[Law, Domain]:
    """Return the law fitted to a log: its rates joined by lines, without its first tenth."""
    steps, rates = log.rate()
    at, losses = log.loss()
    order = np.argsort(steps, kind="stable")
    steps, rates = steps[order], rates[order]
    first = at[0] + (at[-1] - at[0]) // 10
    kept = np.unique(at, return_index=True)[1]
    kept = kept[(at[kept] >= max(first, 1)) & np.isfinite(losses[kept])]
    if kept.size < FEWEST:
        words = f"a log with at least {FEWEST} losses after its first tenth"
        raise refuse("log", f"one with {kept.size}", words)
    if np.ptp(rates[rates > 0]) <= 0.5 * rates.max():
        raise refuse("log", "one whose rate hardly changes", "a log in which the rate falls")
    if at[-1] >= MOST:
        raise refuse("log", f"one of {int(at[-1]):,} updates", f"a log of at most {MOST:,} updates")
    lrs = np.interp(np.arange(at[-1] + 1), steps, rates)
    law = fit([(lrs, at[kept], losses[kept])])
    total = int(at[-1]) + 1
    return law, Domain(float(rates.max()), (total // 2, 2 * total), "the run in the log")


def _warnings(rates: Mapping[str, Floats], total: int, domain: Domain) -> list[str]:
    found = []
    shortest, longest = domain.updates
    if not shortest <= total <= longest:
        words = f"the law was fitted to {shortest:,} to {longest:,} updates, of {domain.what}"
        found.append(f"{words}: {total:,} is outside")
    for name, lrs in rates.items():
        peak = float(lrs.max())
        if peak > NEAR * domain.peak or peak * NEAR < domain.peak:
            words = f"the law knows a peak of {domain.peak:.3g} alone, and {name} has {peak:.3g}"
            found.append(f"{words}: it says nothing of another one, nor of instability")
    return found
