"""Estimates with 95 % intervals, for experiments repeated over seeds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import Number, StepCount, Steps, checked, refuse
from ..messages import needs
from .streams import stream


class Interval(NamedTuple):
    """An estimate, the ends of its 95 % interval, and the number of runs behind it.

    Formatting one gives all three numbers, or the estimate alone where the interval is a point:

    >>> f"{Interval(0.0123, 0.0101, 0.0149, 200):.3f}; {exact(0.5):.0%}"
    '0.012 [0.010, 0.015]; 50 %'
    """

    estimate: float
    low: float
    high: float
    n: int

    @property
    def is_exact(self) -> bool:
        """Whether the number is known without an interval, such as from a closed form."""
        return self.low == self.high

    def __format__(self, spec: str) -> str:
        """Format the estimate and, unless it is exact, the ends; three digits by default."""
        spec = spec or ".3g"
        shown = format(self.estimate, spec)
        if not self.is_exact:
            shown = f"{shown} [{self.low:{spec}}, {self.high:{spec}}]"
        return shown.replace("%", " %")


@checked()
def exact(value: Number, n: Steps = 1) -> Interval:
    """Return a number that was computed without chance, as an interval of no width.

    Args:
        value: the number, finite.
        n: of how many cases it holds, >= 1.

    Raises:
        ValueError: if the value is not a finite number, or `n` is below 1.

    Examples:
        >>> exact(2.0)
        Interval(estimate=2.0, low=2.0, high=2.0, n=1)
    """
    return Interval(value, value, value, n)


@checked()
def estimate(values: ArrayLike, statistic: Callable[..., Any] = np.median) -> Interval:
    """Return a statistic of `values` with its 95 % interval.

    Of the median, the interval is between two of the values, by the binomial law of how many lie
    below it. It holds the truth at least 95 times in 100, of whatever law the values are; below six
    values no two of them do, and it is from the least to the greatest. Of any other statistic, it
    is the bootstrap's, corrected for bias and acceleration, which is too narrow for few runs: of
    the mean of 10 normal values it holds the truth about 90 times in 100, of 80 about 94 times.

    Whole runs are resampled, so that for a paired comparison `values` should be the differences.

    Args:
        values: one number a run, shape (n,), all finite, n >= 2.
        statistic: called as `statistic(samples, axis=-1)`, such as `np.median` or `np.mean`.

    Raises:
        ValueError: if there are fewer than two values, or one is not finite.
        ModuleNotFoundError: if scipy is not installed.

    Source:
        `scipy.stats.quantile_test` and `scipy.stats.bootstrap`; the latter by B. Efron, "Better
        Bootstrap Confidence Intervals", Journal of the American Statistical Association 82(397),
        1987, doi:10.1080/01621459.1987.10478410.

    Examples:
        >>> estimate([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
        Interval(estimate=4.0, low=1.0, high=7.0, n=7)
    """
    x = _column("values", values)
    ends = _between_values(x) if statistic is np.median else _resampled((x,), statistic)
    return Interval(float(statistic(x, axis=-1)), *map(float, ends), x.size)


@checked()
def jointly(columns: Sequence[ArrayLike], statistic: Callable[..., Any]) -> Interval:
    """Return a statistic of several columns with its 95 % interval, resampling their rows.

    A row is a run, or a seed on which every column has a run: what they have in common stays in
    common. The interval is the bootstrap's, corrected for bias and acceleration.

    Args:
        columns: of one length n >= 2, all finite.
        statistic: called as `statistic(*columns, axis=-1)`, with arrays of shape (..., n).

    Raises:
        ValueError: if the columns are not of one length, below 2 rows, or not all finite.
        ModuleNotFoundError: if scipy is not installed.

    Source:
        As for `estimate`.

    Examples:
        >>> def apart(a, b, axis):
        ...     return (a - b).mean(axis=axis)
        >>> jointly(([3.0, 4.0, 6.0], [1.0, 2.0, 4.0]), apart).estimate
        2.0
    """
    table = tuple(_column("columns", column) for column in columns)
    if len({column.size for column in table}) != 1:
        raise refuse("columns", [column.size for column in table], "of one length")
    ends = _resampled(table, statistic)
    return Interval(float(statistic(*table, axis=-1)), *map(float, ends), table[0].size)


@checked()
def ratio(top: ArrayLike, bottom: ArrayLike, statistic: Callable[..., Any] = np.median) -> Interval:
    """Return statistic(top) / statistic(bottom) with its 95 % interval, rows resampled jointly.

    Such as a difference of losses over what decay gains on the same seeds.

    Args:
        top: one number a run, shape (n,), all finite, n >= 2.
        bottom: one number for each of the same runs.
        statistic: as for `estimate`.

    Raises:
        ValueError: as for `jointly`.
        ModuleNotFoundError: if scipy is not installed.

    Examples:
        >>> ratio([0.25, 0.5, 0.75], [1.0, 2.0, 3.0])
        Interval(estimate=0.25, low=0.25, high=0.25, n=3)
    """

    def of(one: Any, other: Any, axis: int) -> Any:
        return statistic(one, axis=axis) / statistic(other, axis=axis)

    return jointly((top, bottom), of)


def _column(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        x = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        x = np.empty(0)
    if x.ndim != 1 or x.size < 2 or not np.isfinite(x).all():
        raise refuse(name, values, "two or more finite numbers, one a run")
    return x


def _between_values(x: NDArray[np.float64]) -> tuple[float, float]:
    if x.size < 6:
        return x.min(), x.max()
    return _scipy().quantile_test(x, p=0.5).confidence_interval(0.95)


def _resampled(
    columns: tuple[NDArray[np.float64], ...], statistic: Callable[..., Any]
) -> tuple[float, float]:
    options = {"n_resamples": 2000, "vectorized": True, "axis": -1, "paired": True}
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that leave nothing to correct
            found = _scipy().bootstrap(
                columns, statistic, method=method, rng=stream("stats.bootstrap", 0), **options
            )
        if np.isfinite(found.confidence_interval).all():
            break
    return found.confidence_interval


def _scipy() -> Any:
    with needs("scipy", "lab", "an interval"):
        from scipy import stats
    return stats


@checked()
def share(successes: StepCount, n: Steps) -> Interval:
    r"""Return the share of successes with Wilson's interval.

    With $p = \text{successes} / n$ and $z = 1.96$ the interval is

    $$\frac{p + z^2 / 2n \pm z \sqrt{p (1 - p) / n + z^2 / 4n^2}}{1 + z^2 / n}$$

    which stays inside [0, 1] and is of use at 0 and at $n$ successes too.

    Args:
        successes: from 0 to `n`.
        n: number of runs, >= 1.

    Raises:
        ValueError: if `successes` is not between 0 and `n`, or `n` is below 1.
        ModuleNotFoundError: if scipy is not installed.

    Source:
        E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
        Journal of the American Statistical Association 22(158), 1927.

    Examples:
        >>> share(10, 10).high
        1.0
    """
    if successes > n:
        raise refuse("successes", successes, f"from 0 to n = {n}")
    low, high = _scipy().binomtest(successes, n).proportion_ci(0.95, method="wilson")
    return Interval(successes / n, float(low), float(high), n)
