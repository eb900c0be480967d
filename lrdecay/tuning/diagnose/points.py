"""What was logged, as points: one a step, in order, and what is not a number set aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Steps, check, refuse

Floats = NDArray[np.float64]
BROKEN = 3  # rows in a row, or all of the last: a single NaN is a gap in the log


@dataclass(frozen=True)
class Points:
    """A log without what logging did to it.

    Attributes:
        steps: rising, of the losses that are numbers.
        losses: theirs.
        broken_at: the step from which the losses were not finite until the end; None if they were.
        rates: at `steps`; None if they were not logged.
        held: steps and losses of validation.
        total_steps: how long the run was to be; None if that is not known.
    """

    steps: NDArray[np.int64]
    losses: Floats
    broken_at: int | None
    rates: Floats | None
    held: tuple[NDArray[np.int64], Floats]
    total_steps: int | None


def cleaned(
    steps: ArrayLike,
    losses: ArrayLike,
    validation: ArrayLike | None,
    rates: ArrayLike | None,
    total_steps: int | None,
) -> Points:
    """Return the points of a log; of a step that was logged twice, the run kept the last.

    Raises:
        ValueError: if the columns do not fit, or are not numbers.
    """
    at = _steps(steps)
    order = np.argsort(at, kind="stable")
    last = np.append(np.diff(at[order]) > 0, True)  # a resumed run wrote some steps again
    rows = order[last] if at.size else order
    x, y = at[rows], _column("losses", losses, at.size)[rows]
    total = None if total_steps is None else int(check("total_steps", total_steps, Steps))
    fine = np.isfinite(y)
    broken = None
    if y.size and not fine[-1]:
        end = int(np.flatnonzero(fine)[-1]) + 1 if fine.any() else 0
        if y.size - end >= BROKEN or np.isinf(y[end:]).any():
            broken = int(x[end])
    held = np.full(x.size, np.nan)
    if validation is not None:
        held = _column("validation", validation, at.size)[rows]
    there = np.isfinite(held)
    lrs = None if rates is None else _filled(_column("rates", rates, at.size)[rows])
    return Points(
        x[fine],
        y[fine],
        broken,
        None if lrs is None else lrs[fine],
        (x[there], held[there]),
        total,
    )


def _steps(steps: ArrayLike) -> NDArray[np.int64]:
    try:
        given = np.asarray(steps)
        whole = given.astype(np.int64)
    except (TypeError, ValueError, OverflowError):
        raise refuse("steps", steps, "whole numbers >= 0") from None
    if given.ndim != 1 or given.dtype == bool or not (whole == given).all() or (whole < 0).any():
        raise refuse("steps", steps, "whole numbers >= 0, in one column")
    return whole


def _column(name: str, values: ArrayLike, size: int) -> Floats:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise refuse(name, values, "numbers") from None
    if column.shape != (size,):
        raise refuse(name, column.shape, f"one number a step, of shape ({size},)")
    return column


def _filled(rates: Floats) -> Floats | None:
    """Return rates in which a row without one has that of the row before; None if there is none."""
    there = np.isfinite(rates) & (rates >= 0.0)
    if not there.any():
        return None
    before = np.maximum.accumulate(np.where(there, np.arange(rates.size), 0))
    before[: int(there.argmax())] = int(there.argmax())
    return rates[before]
