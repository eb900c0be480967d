"""PyTorch's one-cycle scheduler, and the momentum that mirrors it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from ...checks import Flag, Fraction, Positive, Rate, Steps, check, checked, refuse
from ...families.cosine import half_cosine
from ...families.onecycle import Curve
from ...schedule import Schedule
from ..shared import OneGroup, OneRate, check_cycled, is_int

Strategy = Literal["cos", "linear"]


@dataclass(frozen=True, repr=False)
class OneCycleRun(Schedule):
    r"""`OneCycle` with PyTorch's clock: phases end at fractions of a step, the last at $T - 1$.

    With $T = \text{total\_steps}$, $q = \text{pct\_start} \cdot T$ and a curve as in `OneCycle`,
    the phases end at $q - 1$ and $T - 1$, or at $q - 1$, $2 q - 2$ and $T - 1$: up to `base_lr`,
    back to `start_lr` when there are three, and to `final_lr`. A phase whose end is before step 0
    is left out. At $k = T$ the last phase is extrapolated; beyond it there is no rate: a number is
    refused, an array holds NaN. Where $q$ is whole, the rates up to $T - 1$ are those of
    `OneCycle(base_lr, T - 1, q - 1, start_lr, final_lr, shape)`.

    Args:
        base_lr: the peak, >= 0.
        total_steps: number of updates $T$, >= 1.
        start_lr: learning rate at $k = 0$, >= 0.
        final_lr: learning rate at $k = T - 1$, >= 0.
        pct_start: share of the run up to the peak.
        shape: the curve, "cosine" or "linear".
        three_phase: whether the rate returns to `start_lr` as fast as it rose.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> run = OneCycleRun(1.0, 10, start_lr=0.2, final_lr=0.0, shape="linear")
        >>> [round(lr, 4) for lr in run.sample(11).tolist()]
        [0.2, 0.6, 1.0, 0.8571, 0.7143, 0.5714, 0.4286, 0.2857, 0.1429, 0.0, -0.1429]
    """

    base_lr: Rate
    total_steps: Steps
    start_lr: Rate
    final_lr: Rate
    pct_start: Fraction = 0.3
    shape: Curve = "cosine"
    three_phase: Flag = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pct_start * self.total_steps - 1 == 0:
            words = (
                "other than 1 / total_steps: the first phase has no width there, and PyTorch "
                "divides by zero (pull request 180187)"
            )
            raise refuse("pct_start", self.pct_start, words)

    @property
    def _phases(self) -> list[tuple[float, float, float, float]]:
        """Begin and end, first and last rate of each phase that has a width."""
        total, peak = self.total_steps, self.base_lr
        rise = self.pct_start * total
        ends = [(rise - 1, self.start_lr, peak)]
        if self.three_phase:
            ends.append((2 * self.pct_start * total - 2, peak, self.start_lr))
        ends.append((total - 1, ends[-1][2], self.final_lr))
        begins = (0.0, *(end for end, _, _ in ends))
        phases = zip(begins, ends, strict=False)
        return [(begin, *phase) for begin, phase in phases if begin != phase[0]]

    @property
    def _last(self) -> int:
        """The last step with a rate: at T, a last phase without a width would divide by zero."""
        return self.total_steps - (len(self._phases) < 2 + self.three_phase)

    def _lr(self, k: Any, xp: Any) -> Any:
        pieces = []
        for begin, end, first, last in self._phases:
            share = (k - begin) / (end - begin)
            # As PyTorch rounds it: the last rate is a small difference of large ones.
            if self.shape == "linear":
                pieces.append((end, (last - first) * share + first))
            else:
                pieces.append((end, last + (first - last) * half_cosine(share, xp)))
        lr = pieces[-1][1]
        for end, piece in reversed(pieces[:-1]):
            if end >= 0:
                lr = xp.where(k <= end, piece, lr)
        return xp.where(k <= self._last, lr, xp.full_like(k, math.nan))

    def _no_rate(self, step: float, lr: float) -> ValueError:
        last = self._last
        if last == self.total_steps:
            words = f"at most total_steps = {last}, after which OneCycleLR raises an error"
        else:
            words = f"at most total_steps - 1 = {last}, after which OneCycleLR divides by zero"
        return refuse("step", step, words) if step > last else super()._no_rate(step, lr)


@checked()
def OneCycleLR(
    max_lr: OneRate,
    total_steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
    pct_start: float = 0.3,
    anneal_strategy: Strategy = "cos",
    cycle_momentum: bool = True,
    base_momentum: OneGroup = 0.85,
    max_momentum: OneGroup = 0.95,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
    three_phase: bool = False,
) -> Schedule:
    """Return the rates of `OneCycleLR`: `OneCycle` whose peak and end come a step early.

    There is no `lr`: PyTorch overwrites that of the optimizer with `max_lr / div_factor`, the rate
    at step 0. The peak is at `pct_start * total_steps - 1`, which may lie between two steps; the
    lowest rate, `max_lr / div_factor / final_div_factor`, at `total_steps - 1`, the last update of
    the run. At `total_steps`, which the last `scheduler.step()` sets, the curve runs on: up again
    for "cos", below 0 for "linear". After that PyTorch raises a ValueError, and so does a number
    here; an array holds NaN.

    Compared:
        OneCycle with peak and end a step early; runs on at total_steps, below 0 where it is linear,
        and raises after; overwrites the optimizer's rate.

    Args:
        max_lr: the peak.
        total_steps: length of the run; or give `epochs` and `steps_per_epoch`.
        epochs: together with `steps_per_epoch`, in place of `total_steps`.
        steps_per_epoch: updates in an epoch.
        pct_start: a share, not a percentage, of the run; at 0, and wherever it is below one step,
            the run starts on the way down. PyTorch, and this, fail where it is exactly one step
            (pull request 180187).
        anneal_strategy: the curve.
        cycle_momentum: here without effect, like the next two: see `OneCycleLR_momentum`.
        base_momentum: lowest momentum.
        max_momentum: highest momentum.
        div_factor: `max_lr` over the first rate.
        final_div_factor: first rate over the last.
        three_phase: up, back to the first rate as fast, then down.

    Raises:
        ValueError: where PyTorch raises an error, and where an argument is out of range.

    Examples:
        >>> [round(lr, 4) for lr in OneCycleLR(1.0, total_steps=10).sample(11).tolist()]
        [0.04, 0.52, 1.0, 0.9505, 0.8117, 0.6113, 0.3887, 0.1883, 0.0495, 0.0, 0.0495]
    """
    first = check("max_lr / div_factor", max_lr / div_factor, Rate)
    last = first / final_div_factor
    check("max_lr / div_factor / final_div_factor", last, Rate)
    total = _total(total_steps, epochs, steps_per_epoch)
    return _one_cycle(max_lr, first, last, total, pct_start, anneal_strategy, three_phase)


@checked()
def OneCycleLR_momentum(
    max_lr: OneGroup,
    total_steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
    pct_start: float = 0.3,
    anneal_strategy: Strategy = "cos",
    cycle_momentum: bool = True,
    base_momentum: OneRate = 0.85,
    max_momentum: OneRate = 0.95,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    three_phase: bool = False,
) -> Schedule:
    """Return the momentum (or Adam's first beta) that `OneCycleLR` with these arguments sets.

    It falls from `max_momentum` to `base_momentum` while the rate rises, and comes back.

    Examples:
        >>> [round(m, 4) for m in OneCycleLR_momentum(1.0, total_steps=10).sample(10).tolist()]
        [0.95, 0.9, 0.85, 0.855, 0.8688, 0.8889, 0.9111, 0.9312, 0.945, 0.95]
    """
    check_cycled(cycle_momentum)
    total = _total(total_steps, epochs, steps_per_epoch)
    return _one_cycle(
        base_momentum, max_momentum, max_momentum, total, pct_start, anneal_strategy, three_phase
    )


def _total(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    if total_steps is not None:
        return is_int("total_steps", total_steps)
    if epochs is None or steps_per_epoch is None:
        raise ValueError("total_steps must be given, or both epochs and steps_per_epoch")
    return is_int("epochs", epochs) * is_int("steps_per_epoch", steps_per_epoch)


def _one_cycle(
    peak: float,
    first: float,
    last: float,
    total_steps: int,
    pct_start: float,
    anneal_strategy: Strategy,
    three_phase: bool,
) -> Schedule:
    if not isinstance(pct_start, float):
        raise refuse("pct_start", pct_start, "a float from 0 to 1")
    shape: Curve = "cosine" if anneal_strategy == "cos" else "linear"
    return OneCycleRun(peak, total_steps, first, last, pct_start, shape, three_phase)
