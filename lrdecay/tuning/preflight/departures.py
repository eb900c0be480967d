"""Where the rates that were used left those that were planned."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Steps, check, refuse
from ..lint.codes import Finding, finding

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SAME = 1e-5  # of the peak: some libraries count in float32
IN_A_ROW = 24  # updates: a scaler that begins at 2**16 skips fewer before its scale is below 1
FEW = 0.01  # of the updates


def compare(
    plan: ArrayLike,
    used: ArrayLike,
    at: ArrayLike | None = None,
    *,
    total_steps: int | None = None,
    every: int = 1,
    each: int = 1,
    end: int | None = None,
) -> tuple[Finding, ...]:
    """Return where a run left its plan.

    Args:
        plan: the rates of the scheduler's steps 0, 1, 2, ...
        used: the rates of the updates.
        at: step of the scheduler at each update; None if it was stepped as it should be.
        total_steps: updates that were planned; None if that does not matter.
        every: updates for a step of the scheduler.
        each: steps of the scheduler for an update.
        end: step of the scheduler when the run was over; None if that is not known.

    Returns:
        Findings, with the number of the update where each is seen first.

    Raises:
        ValueError: if there are no rates, or `used` and `at` are not equally long.

    Examples:
        >>> from lrdecay import Cosine
        >>> plan = Cosine(0.1, 90).sample(90)
        >>> compare(plan, plan)
        ()
        >>> held = np.arange(90) // 30
        >>> print(compare(plan, plan[held], held)[0].message)
        the scheduler was stepped 2 times in 90 updates: 30 updates used each rate
    """
    planned, rates = np.asarray(plan, dtype=float), np.asarray(used, dtype=float)
    if planned.ndim != 1 or planned.size == 0:
        raise refuse("plan", plan, "the rates of at least one step")
    if rates.ndim != 1:
        raise refuse("used", used, "a rate for each update")
    every, each = check("every", every, Steps), check("each", each, Steps)
    due = np.arange(rates.size) * each // every
    steps = due if at is None else np.asarray(at, dtype=np.int64)
    if steps.shape != rates.shape:
        raise refuse("at", at, f"a step for each of the {rates.size} updates")
    if rates.size == 0:
        return other_length(0, total_steps)
    if steps[0] < 0:
        words = (
            f"the count of updates begins {-steps[0]:,} before the update at which the run goes on"
        )
        return (finding("LR023", words, 0),)
    begin = int(steps[0]) if steps[0] > IN_A_ROW else 0  # a state that was loaded
    k = _off(planned, rates, steps)
    sure = rates.size if k is None else k
    over = 0 if end is None or k is not None else end - begin - rates.size * each // every
    found, skipped = _timing(steps[:sure], due[:sure] + begin, None if end is None else over)
    if k is not None:
        found.append(_another(planned, rates, steps, k, begin))
    done = rates.size + begin * every // each
    return (*found, *other_length(done, total_steps, skipped))


def _off(plan: Floats, used: Floats, steps: Ints) -> int | None:
    """Return the first update whose rate is not that of the scheduler's step."""
    inside = np.clip(steps, 0, plan.size - 1)
    near = np.abs(used - plan[inside]) <= SAME * np.nanmax(np.abs(plan))
    off = np.flatnonzero(~near & (steps < plan.size))
    return int(off[0]) if off.size else None


def _another(plan: Floats, used: Floats, steps: Ints, k: int, begin: int) -> Finding:
    """Return what is wrong with the rate of update `k`."""
    has, due = f"{used[k]:.4g}", f"{plan[steps[k]]:.4g}"
    if has == due:
        has, due = f"{used[k]:.9g}", f"{plan[steps[k]]:.9g}"
    words = f"update {k:,} used {has} where the schedule has {due}"
    if k == 0 and begin:
        return finding("LR023", f"resumed at step {begin:,}, {words}", k)
    rest = min(used.size - k, plan.size)
    again = np.abs(used[k : k + rest] - plan[:rest]) <= SAME * np.nanmax(np.abs(plan))
    if k and rest > 1 and again.all():
        return finding("LR023", f"with update {k:,} the rates begin again, at {used[k]:.4g}", k)
    return finding("LR024", words, k)


def _timing(steps: Ints, due: Ints, over: int | None) -> tuple[list[Finding], int]:
    """Return what is wrong with when the scheduler was stepped, and how many updates it skipped.

    Args:
        steps: of the scheduler at each update.
        due: which they should be.
        over: how many too many at the end, after its last step; None if that is not known.
    """
    drift, n = steps - due, steps.size
    if not drift.any():
        return [], 0
    first, moves = int(np.flatnonzero(drift)[0]), np.diff(steps)
    made, wanted = int(steps[-1] - steps[0]), int(due[-1] - due[0])
    back = np.flatnonzero(moves < 0)
    if back.size:
        k = int(back[0]) + 1
        words = f"with update {k:,} the scheduler goes back from step {steps[k - 1]:,} to"
        return [finding("LR023", f"{words} {steps[k]:,}", k)], 0
    if drift[-1] < 0:
        held = f"{n / (made + 1):.3g} updates used each rate" if made else "the rate never changed"
        words = f"the scheduler was stepped {made:,} times in {n:,} updates: {held}"
        return [finding("LR020", words, first)], 0
    if 2 * made >= 3 * wanted > 0 and np.median(moves) > np.median(np.diff(due)):
        words = f"the scheduler was stepped {made:,} times in {n:,} updates"
        return [finding("LR026", f"{words}, which need {wanted:,}", first)], 0
    if (drift == 1).all() and (over is None or over < 1):
        words = "the scheduler was stepped before the first update: its first rate is used by none"
        return [finding("LR021", words, 0)], 0
    lead = max(int(drift.max()), over or 0)
    words = f"the scheduler moved on in {lead:,} of {n + lead:,} updates that were skipped"
    return [finding("LR022", words, first, "info" if lead <= FEW * n else None)], lead


def other_length(done: int, total_steps: int | None, skipped: int = 0) -> tuple[Finding, ...]:
    """Return whether a run made as many updates as planned, or would have but for the skipped."""
    if total_steps is None or total_steps - skipped <= done <= total_steps:
        return ()
    words = f"the run made {done:,} updates where {total_steps:,} were planned"
    close = abs(total_steps - done) <= FEW * total_steps
    return (finding("LR025", words, max(done - 1, 0), "info" if close else None),)
