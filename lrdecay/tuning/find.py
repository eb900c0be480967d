"""What a range test (learning-rate finder) suggests, and how far its rules can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..checks import refuse
from ..lab.streams import stream
from .logs import Log
from .logs.log import last_of_each

Floats = NDArray[np.float64]

WINDOWS = 10  # in a test, each the width of the smoothing
DIVERGED = 4.0  # times the least smoothed loss
HUGE = 1e100  # a loss from which on sums of losses may be none
FEWEST = 20  # points
MOST = 1000  # points looked at: a longer test is averaged down to so many
DRAWS = 200
BLOCK = 5  # neighbouring residuals are drawn together
FAR = 3.0  # times: from here on two rules disagree


class Suggestion(NamedTuple):
    """A rate, and the 90 % interval of it over resampled noise."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Found:
    """What a range test says.

    Attributes:
        suggestions: by rule: "steep" (the steepest fall of the loss over the logarithm of the
            rate), "tenth" (a tenth of the rate of the least loss) and "valley" (the middle of the
            second third of the longest fall).
        diverges_at: the rate from which the loss is more than 4 times its least; None if it never
            is in this test.
        warnings: in sentences.
    """

    suggestions: dict[str, Suggestion]
    diverges_at: float | None
    warnings: tuple[str, ...]


def find(
    rates: Sequence[float] | Floats, losses: Sequence[float] | Floats, *, seed: int = 0
) -> Found:
    """Return what the rules of a range test suggest for the peak of a schedule.

    Args:
        rates: one an update, > 0, rising.
        losses: of the same updates; what is not finite, or beyond 1e100, counts as diverged.
        seed: of the resampling.

    Raises:
        ValueError: if there are fewer than 20 points, if the rates do not rise, or if the loss
            never falls.

    Source:
        L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2015, arXiv:1506.01186;
        the rules are those of fastai's `lr_find`, written again. Rule H025 has how often they are
        right.

    Examples:
        >>> rates = np.geomspace(1e-5, 10, 100)
        >>> losses = 3 - 2 / (1 + (0.01 / rates) ** 2) + (rates / 2) ** 4
        >>> found = find(rates, losses)
        >>> 0.005 < found.suggestions["steep"].rate < 0.05
        True
    """
    x, y = np.asarray(rates, dtype=float), np.asarray(losses, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or x.size < FEWEST:
        raise refuse("losses", np.shape(y), f"as many as rates, and at least {FEWEST}")
    bad = ~(np.isfinite(x) & (x > 0) & (np.diff(x, prepend=0.0) > 0))
    if bad.any():
        i = int(bad.argmax())
        words = "finite, above 0 and rising from row to row, as in a range test"
        raise ValueError(f"rates must be {words}; row {i + 1} has {x[i]:g}{_after(x, i)}")
    if x.size > MOST:
        starts = np.linspace(0, x.size, MOST, endpoint=False).astype(np.intp)
        y = np.add.reduceat(np.where(np.abs(y) < HUGE, y, np.inf), starts)
        y /= np.diff(starts, append=x.size)
        x = x[starts]
    smooth, diverged = _until_diverged(y)
    if smooth.size < FEWEST or smooth.min() >= smooth[0]:
        raise refuse("losses", losses, f"falling somewhere, over at least {FEWEST} points")
    residuals = y[: smooth.size] - smooth
    generator = stream("find", seed)
    drawn = [smooth + _blocks(residuals, generator) for _ in range(DRAWS)]
    suggestions = {}
    for name, rule in RULES.items():
        others = [rule(x, _smoothed(curve)) for curve in drawn]
        low, high = np.quantile(others, (0.05, 0.95))
        suggestions[name] = Suggestion(float(rule(x, smooth)), float(low), float(high))
    at = float(x[smooth.size]) if diverged else None
    return Found(suggestions, at, tuple(_warnings(suggestions, at)))


def points(log: Log) -> tuple[Floats, Floats]:
    """Return the rates and losses of a log's steps that have both, as `find` takes them.

    Steps after the last loss count without one: there it diverged.

    Raises:
        ValueError: if the log has no rates or no losses.
    """
    at, rates = log.rate()
    order, losses = last_of_each(*log.loss())
    place = np.minimum(np.searchsorted(order, at), order.size - 1)
    there = order[place] == at
    found = np.where(there, losses[place], np.nan)
    kept = there | (at > order[-1])
    return rates[kept], found[kept]


def _after(x: Floats, i: int) -> str:
    return f" after {x[i - 1]:g}" if i else ""


def _smoothed(losses: Floats) -> Floats:
    """Return the mean over a tenth of the test around each point, so that nothing comes late."""
    half = max(losses.size // (2 * WINDOWS), 1)
    window = np.hanning(2 * half + 3)[1:-1]
    ends = (2 * losses[0] - losses[half:0:-1], 2 * losses[-1] - losses[-2 : -half - 2 : -1])
    padded = np.concatenate([ends[0], losses, ends[1]])
    return np.convolve(padded, window / window.sum(), "valid")


def _until_diverged(losses: Floats) -> tuple[Floats, bool]:
    """Return the smoothed losses up to where they diverge, and whether they do."""
    bad = np.flatnonzero(~(np.abs(losses) < HUGE))
    finite = losses[: bad[0]] if bad.size else losses
    if finite.size < FEWEST:
        return finite, True
    smooth = _smoothed(finite)
    least = np.minimum.accumulate(np.abs(smooth))
    gone = np.flatnonzero(smooth > DIVERGED * least)
    stop = int(gone[0]) if gone.size else smooth.size
    return smooth[:stop], stop < losses.size


def _blocks(residuals: Floats, generator: np.random.Generator) -> Floats:
    starts = generator.integers(0, residuals.size - BLOCK, residuals.size // BLOCK + 1)
    return np.concatenate([residuals[s : s + BLOCK] for s in starts])[: residuals.size]


def _steep(rates: Floats, smooth: Floats) -> float:
    slopes = np.gradient(smooth, np.log(rates[: smooth.size]))
    return float(rates[slopes.argmin()])


def _tenth(rates: Floats, smooth: Floats) -> float:
    return float(rates[smooth.argmin()]) / 10.0


def _valley(rates: Floats, smooth: Floats) -> float:
    """Return the middle of the longest run of losses that fall, taken as a subsequence."""
    length = np.ones(smooth.size, dtype=int)
    before = np.full(smooth.size, -1)
    for k in range(1, smooth.size):
        above = np.flatnonzero(smooth[:k] > smooth[k])
        if above.size:
            best = above[length[above].argmax()]
            length[k], before[k] = length[best] + 1, best
    end = first = int(length.argmax())
    while before[first] >= 0:
        first = int(before[first])
    return float(rates[first + (end - first) // 2])


RULES: dict[str, Callable[[Floats, Floats], float]] = {
    "steep": _steep,
    "tenth": _tenth,
    "valley": _valley,
}


def _warnings(suggestions: dict[str, Suggestion], diverges_at: float | None) -> list[str]:
    found = []
    rates = {name: one.rate for name, one in suggestions.items()}
    low, high = min(rates, key=rates.__getitem__), max(rates, key=rates.__getitem__)
    if rates[high] >= FAR * rates[low]:
        times = rates[high] / rates[low]
        found.append(f"the rules disagree: {high} suggests {times:.1f} times the rate of {low}")
    wide = [name for name, one in suggestions.items() if one.high >= FAR * one.low]
    if wide:
        found.append(f"noise moves {', '.join(wide)} by more than {FAR:g} times")
    if diverges_at is None:
        found.append("the loss never diverged: the test ended too low to bound the peak")
    return found
