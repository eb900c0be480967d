"""fastai's learning rates of a whole fit, and the schedule of shares that they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...checks import Fraction, Positive, Rate, Rates, StepCount, Steps, checked, refuse
from ...families.cosine import Cosine
from ...families.onecycle import OneCycle
from ...families.restarts import CosineRestarts
from ...families.wsd import WSD
from ...schedule import Schedule, Stretch, Then


@dataclass(frozen=True, repr=False)
class Joined(Schedule):
    r"""Schedules one after the other, each over its share of the way from 0 to 1.

    With $L_i = \text{pcts}_0 + \dots + \text{pcts}_{i-1}$, rounded to float32:

    $$\eta_k = \text{schedule}_i\left(\frac{k - L_i}{L_{i+1} - L_i}\right), \quad
      L_i \le k < L_{i+1}$$

    where $k$ is compared in float32 too. The last rate is held from $k = 1$ on.

    Args:
        pcts: the share of each, >= 0.
        schedules: as many, with clocks that run from 0 to 1.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> from lrdecay import Constant, Linear
        >>> Joined((0.5, 0.5), (Linear(0.0, 1, 1.0), Constant(0.1)))([0.0, 0.25, 0.5, 1.0]).tolist()
        [0.0, 0.5, 0.1, 0.1]
    """

    pcts: Rates
    schedules: tuple[Schedule, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.schedules) != len(self.pcts):
            raise refuse("schedules", self.schedules, f"as many as pcts ({len(self.pcts)})")
        if not sum(self.pcts) > 0:
            raise refuse("pcts", self.pcts, "numbers with a sum of 1")

    @property
    def limits(self) -> tuple[float, ...]:
        """The position at which each piece starts, and the end of the last, in float32."""
        shares = np.array((0.0, *self.pcts), dtype=np.float32)
        return tuple(np.cumsum(shares, dtype=np.float64).astype(np.float32).tolist())

    def _lr(self, k: Any, xp: Any) -> Any:
        position = xp.minimum(k, 1.0)
        lr = None
        for i in reversed(range(len(self.pcts))):
            start, end = self.limits[i : i + 2]
            if start == end:
                continue
            local = xp.clip((position - start) / (end - start), 0.0, 1.0)
            piece = xp.rate(self.schedules[i], local)
            lr = piece if lr is None else xp.where(position < _least(end), piece, lr)
        return lr


def _least(limit: float) -> float:
    """Return the least position that is `limit` or more when it is rounded to float32.

    That is half-way to the number below; a little more, so that it is itself rounded to `limit`
    where the steps are float32.
    """
    below = float(np.nextafter(np.float32(limit), np.float32(0)))
    return below + 0.501 * (limit - below)


@checked(total_steps="n_iter")
def fit_one_cycle(
    n_epoch: Steps,
    lr_max: Rate = 1e-3,
    div: Positive = 25.0,
    div_final: Positive = 1e5,
    pct_start: Fraction = 0.25,
    *,
    n_iter: Steps = 1,
) -> Schedule:
    """Return the rates of `Learner.fit_one_cycle`: `OneCycle` down to `lr_max / div_final`.

    The end is a share of the peak, not of the start as in PyTorch and optax, and one step too late
    to be used.

    Compared:
        OneCycle whose end is a 1e5th of the peak, and is never used.

    Args:
        n_epoch: epochs of the run.
        lr_max: the peak.
        div: peak over start.
        div_final: peak over end.
        pct_start: share of the run on the way up.
        n_iter: batches in an epoch.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> fit_one_cycle(8, lr_max=1.0).sample(5).round(4).tolist()
        [0.04, 0.52, 1.0, 0.933, 0.75]
    """
    steps = n_epoch * n_iter
    start = lr_max / div
    end = lr_max / div_final
    rise = _rise(pct_start, steps)
    if rise is not None and rise < steps:
        return OneCycle(lr_max, steps, rise, start, end)
    waves = (Cosine(start, 1, lr_max), Cosine(lr_max, 1, end))
    return Stretch(Joined((pct_start, 1 - pct_start), waves), steps)


@checked(total_steps="n_iter")
def fit_flat_cos(
    n_epoch: Steps,
    lr: Rate = 1e-3,
    div_final: Positive = 1e5,
    pct_start: Fraction = 0.75,
    *,
    n_iter: Steps = 1,
) -> Schedule:
    """Return the rates of `Learner.fit_flat_cos`: `WSD` without warmup, cooling down in a cosine.

    Compared:
        WSD without warmup, its cooldown a cosine over the last quarter.

    Args:
        n_epoch: epochs of the run.
        lr: the rate that is held.
        div_final: that rate over the end, which comes one step too late to be used.
        pct_start: share of the run at which the cosine begins.
        n_iter: batches in an epoch.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> fit_flat_cos(4, lr=1.0, pct_start=0.5).sample(5).round(4).tolist()
        [1.0, 1.0, 1.0, 0.5, 0.0]
    """
    steps = n_epoch * n_iter
    end = lr / div_final
    flat = _rise(pct_start, steps)
    if flat is not None and flat < steps:
        return WSD(lr, steps, steps - flat, final_lr=end, shape="cosine")
    waves = (Cosine(lr, 1, lr), Cosine(lr, 1, end))
    return Stretch(Joined((pct_start, 1 - pct_start), waves), steps)


_MOST_CYCLES = 53


@checked(cycle_steps="n_iter")
def fit_sgdr(
    n_cycles: Steps,
    cycle_len: Steps,
    lr_max: Rate = 1e-3,
    cycle_mult: Steps = 2,
    *,
    n_iter: Steps = 1,
) -> Schedule:
    """Return the rates of `Learner.fit_sgdr`: `CosineRestarts` down to 0, a number of cycles.

    fastai 2.8.12 joins the cycles by `combine_scheds`, whose shares are float32. Where the sum of
    the shares is rounded up, the first update of a cycle is still at the bottom of the cycle
    before: so it is in the third of three cycles with the default factor. So here.

    Compared:
        CosineRestarts with a number of cycles; some restarts are missed by one step, and
        cycle_mult=1 fails.

    Args:
        n_cycles: number of cycles, from 1 to 53.
        cycle_len: epochs of the first cycle.
        lr_max: the peak of every cycle.
        cycle_mult: factor from one cycle's length to the next, >= 2; with 1 fastai divides by zero.
        n_iter: batches in an epoch.

    Raises:
        ValueError: if an argument is out of range, or if the shares of the cycles do not sum to 1
            to the last bit: fastai raises then too.

    Examples:
        >>> fit_sgdr(2, 2, lr_max=1.0).sample(7).round(4).tolist()
        [1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 0.0]
        >>> fit_sgdr(3, 1, lr_max=1.0, n_iter=2).sample(9).round(4).tolist()
        [1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 0.0, 0.9619, 0.8536]
    """
    if n_cycles > _MOST_CYCLES:
        words = (
            f"at most {_MOST_CYCLES}: as each is at least twice as long as the one before, later "
        )
        raise refuse("n_cycles", n_cycles, f"{words}ones start beyond step 2**53")
    if cycle_mult == 1:
        raise refuse("cycle_mult", cycle_mult, "a whole number >= 2: fastai divides by zero at 1")
    epochs = cycle_len * (cycle_mult**n_cycles - 1) // (cycle_mult - 1)
    pcts = tuple(cycle_len * cycle_mult**i / epochs for i in range(n_cycles))
    if sum(pcts) != 1:
        words = f"another number: fastai fails as the shares of the cycles sum to {sum(pcts)!r},"
        raise refuse("n_cycles", n_cycles, words)
    limits = Joined(pcts, (Cosine(lr_max, 1),) * n_cycles).limits
    starts = [cycle_len * (cycle_mult**i - 1) // (cycle_mult - 1) for i in range(n_cycles)]
    late = [start / epochs < _least(limit) for start, limit in zip(starts, limits, strict=False)]
    if not any(late):
        return CosineRestarts(lr_max, cycle_len * n_iter, cycle_mult, cycles=n_cycles)
    schedule: Schedule = Cosine(lr_max, cycle_len * n_iter)
    for i in range(1, n_cycles):
        cycle = Cosine(lr_max, cycle_len * cycle_mult**i * n_iter)
        # Where it is late, the cycle before holds its end for one update more.
        schedule = Then(schedule, cycle.skip(1) if late[i] else cycle, starts[i] * n_iter + late[i])
    return schedule


def _rise(share: float, steps: int) -> int | None:
    """Return the step at which a share is over, None where it is between two."""
    nearest = round(share * steps)
    return nearest if abs(share * steps - nearest) < 1e-9 * steps else None


@checked(n_epoch="epochs", total_steps="n_iter")
def fine_tune(
    epochs: int,
    base_lr: Rate = 2e-3,
    freeze_epochs: StepCount = 1,
    lr_mult: float = 100,
    pct_start: float = 0.3,
    div: float = 5.0,
    *,
    div_final: float = 1e5,
    n_iter: Steps = 1,
) -> Schedule:
    """Return the rates of the head in `Learner.fine_tune`: two `fit_one_cycle`, one after another.

    The first, with the body frozen, rises during 99 % of `freeze_epochs`; the second is half as
    high and runs for `epochs`.

    Compared:
        Two runs of OneCycle: almost all rise, then half as high with a start at 1/5.

    Args:
        epochs: epochs of the second run.
        base_lr: peak of the first run.
        freeze_epochs: epochs of the first run, >= 0.
        lr_mult: by what the rates of the first layers are lower; the head's do not change with it.
        pct_start: share of the second run on the way up.
        div: peak over start, of the second run.
        div_final: peak over end, of both.
        n_iter: batches in an epoch.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> fine_tune(4, base_lr=1.0, pct_start=0.25).sample(6).round(4).tolist()
        [0.04, 0.1, 0.5, 0.375, 0.125, 0.0]
    """
    second = fit_one_cycle(epochs, base_lr / 2, div, div_final, pct_start, n_iter=n_iter)
    if not freeze_epochs:
        return second
    first = fit_one_cycle(
        freeze_epochs, base_lr, div_final=div_final, pct_start=0.99, n_iter=n_iter
    )
    return Then(first, second, freeze_epochs * n_iter)
