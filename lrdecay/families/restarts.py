"""Cosine annealing that goes back up: with warm restarts, or a number of cycles in a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from ..checks import MOST_STEPS, Positive, Rate, Steps, refuse
from ..schedule import Schedule, fraction_of, mix
from .cosine import half_cosine

MOST_CYCLES = 5_000


@dataclass(frozen=True, repr=False)
class CosineRestarts(Schedule):
    r"""Cosine annealing that jumps back up at the end of each cycle.

    Cycle $i$ has $T_i = \text{cycle\_steps} \cdot \text{cycle\_mult}^i$ steps, starts at
    $R_i = T_0 + \dots + T_{i-1}$ and has the peak $b_i = \text{base\_lr} \cdot \text{gamma}^i$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (b_i - \text{final\_lr})
      \left(1 + \cos \frac{\pi (k - R_i)}{T_i}\right), \quad R_i \le k < R_{i+1}$$

    $b_i$ at every restart $k = R_i$, so `base_lr` at $k = 0$; `final_lr` is approached and never
    used, because the step that would use it is the restart. Without `cycles` there is no horizon;
    with it, the rate is `final_lr` from the end of the last cycle on. The cycle of a
    whole-number step is found exactly at any $k$ below $2^{53}$.

    `cycle_mult` need not be whole. A restart that falls between two steps leaves the peak unused:
    the step after it is the first of the new cycle. A factor such as 1.1 counts as the fraction
    11 / 10, so that a restart that falls on a step is found. Below 1 the cycles shrink, and all of
    them end before $k = \text{cycle\_steps} / (1 - \text{cycle\_mult})$: from there on, where no
    `cycles` ends them sooner, the rate is `final_lr`.

    Args:
        base_lr: learning rate at the start of the first cycle, >= 0.
        cycle_steps: length of the first cycle, >= 1.
        cycle_mult: factor from one cycle's length to the next, above 0 and at most 2**53. So close
            to 1 that more than 5000 cycles begin before step 2**53, it needs `cycles`, at most
            5000.
        final_lr: the bottom of each cycle, >= 0.
        gamma: factor from one peak to the next, > 0.
        cycles: number of cycles, >= 1; endless when not given.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016,
        arXiv:1608.03983.

    Examples:
        >>> schedule = CosineRestarts(1.0, cycle_steps=2, cycle_mult=2)
        >>> [round(lr, 4) for lr in schedule.sample(7).tolist()]
        [1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 1.0]
        >>> CosineRestarts(1.0, cycle_steps=2, gamma=0.5, cycles=2).sample(6).tolist()
        [1.0, 0.5, 0.5, 0.25, 0.0, 0.0]
        >>> CosineRestarts(1.0, cycle_steps=2, cycle_mult=1.5).sample(6).round(4).tolist()
        [1.0, 0.5, 1.0, 0.75, 0.25, 1.0]
        >>> CosineRestarts(1.0, cycle_steps=4, cycle_mult=0.5).sample(9).round(4).tolist()
        [1.0, 0.8536, 0.5, 0.1464, 1.0, 0.5, 1.0, 1.0, 0.0]
    """

    base_lr: Rate
    cycle_steps: Steps
    cycle_mult: Positive = 1
    final_lr: Rate = 0.0
    gamma: Positive = 1.0
    cycles: Steps | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cycle_mult > MOST_STEPS:
            raise refuse("cycle_mult", self.cycle_mult, "above 0 and at most 2**53")
        if self.cycle_mult.is_integer():  # as it is written
            object.__setattr__(self, "cycle_mult", int(self.cycle_mult))
        if self.cycle_mult != 1:
            self._table()

    def _table(self) -> Cycles:
        return cycle_table(self.cycle_steps, self.cycle_mult, self.cycles or MOST_STEPS)

    def _lr(self, k: Any, xp: Any) -> Any:
        if self.cycle_mult == 1:
            index = k // self.cycle_steps
            share = k % self.cycle_steps / self.cycle_steps
        else:
            # Looked up among exact numbers: the closed form takes a logarithm, and where that is
            # rounded down at a restart, as in PyTorch and timm, the peak of the cycle is lost.
            table = self._table()
            index = xp.bisect(table.starts, k) - 1
            share = (k - xp.item(table.starts, index)) / xp.item(table.lengths, index)
        peak = self.base_lr if self.gamma == 1 else self.base_lr * self.gamma**index
        lr = mix(self.final_lr, peak, half_cosine(share, xp))
        end = self._end()
        return lr if end == math.inf else xp.where(k < end, lr, xp.full_like(k, self.final_lr))

    def _end(self) -> float:
        """Return the step at which the last cycle is over."""
        if self.cycle_mult != 1:
            return self._table().end
        return math.inf if self.cycles is None else float(self.cycle_steps * self.cycles)


@dataclass(frozen=True, repr=False)
class CosineCycles(Schedule):
    r"""A whole number of equal cosine cycles in a run, each from the peak ("hard restarts").

    With $p = k / \text{total\_steps}$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (\text{base\_lr} - \text{final\_lr})
      \left(1 + \cos \left(\pi \,(\text{cycles} \cdot p \bmod 1)\right)\right), \quad p < 1$$

    `base_lr` at $k = 0$ and, where `total_steps` is divisible by `cycles`, at every restart;
    otherwise a restart falls between two steps and the peak is not quite used. `final_lr` at
    $k = \text{total\_steps}$ and held after.

    Args:
        base_lr: learning rate at the start of each cycle, >= 0.
        total_steps: the horizon, >= 1.
        cycles: number of cycles, >= 1.
        final_lr: the bottom of each cycle, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        `transformers.get_cosine_with_hard_restarts_schedule_with_warmup`.

    Examples:
        >>> [round(lr, 4) for lr in CosineCycles(1.0, 8, cycles=2).sample(9).tolist()]
        [1.0, 0.8536, 0.5, 0.1464, 1.0, 0.8536, 0.5, 0.1464, 0.0]
    """

    base_lr: Rate
    total_steps: Steps
    cycles: Steps
    final_lr: Rate = 0.0

    def _lr(self, k: Any, xp: Any) -> Any:
        # In whole numbers as long as k is one, so that a restart is not missed by rounding.
        n = xp.minimum(k, self.total_steps)
        share = self.cycles * n % self.total_steps / self.total_steps
        lr = mix(self.final_lr, self.base_lr, half_cosine(share, xp))
        return xp.where(k < self.total_steps, lr, xp.full_like(k, self.final_lr))


class Cycles(NamedTuple):
    """Where the cycles are.

    Attributes:
        starts: the step at which each starts, which may lie between two whole ones.
        lengths: the length of each.
        end: where the last one ends, if it does before 2**53.
    """

    starts: tuple[float, ...]
    lengths: tuple[float, ...]
    end: float


@lru_cache(maxsize=64)
def cycle_table(cycle_steps: int, cycle_mult: float, cycles: int) -> Cycles:
    """Return at most so many cycles, those that start below 2**53 and that a float can tell apart.

    Raises:
        ValueError: if these are more than `MOST_CYCLES`.
    """
    mult = fraction_of(cycle_mult) or Fraction(cycle_mult)
    up, down = mult.as_integer_ratio()
    # In whole numbers over a common denominator, which fractions would reduce at every cycle.
    start, length, below = 0, cycle_steps, 1
    starts: list[float] = []
    lengths: list[float] = []
    while start < MOST_STEPS * below and (not starts or start / below > starts[-1]):
        if len(starts) == cycles:
            return Cycles(tuple(starts), tuple(lengths), start / below)
        if len(starts) == MOST_CYCLES:
            words = f"so far from 1 that at most {MOST_CYCLES} cycles begin before step 2**53"
            raise refuse("cycle_mult", cycle_mult, f"{words}, or cycles at most {MOST_CYCLES}")
        starts.append(start / below)
        lengths.append(length / below)
        start, length, below = (start + length) * down, length * up, below * down
    limit = float(cycle_steps / (1 - mult)) if mult < 1 else math.inf
    return Cycles(tuple(starts), tuple(lengths), limit)
