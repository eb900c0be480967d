"""The cycles of timm's schedulers: any factor between lengths, found by a logarithm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from ...checks import Positive, Rate, Steps, refuse
from ...families.restarts import MOST_CYCLES
from ...families.restarts import Cycles as ExactCycles
from ...schedule import Schedule, mix


@dataclass(frozen=True, repr=False)
class Cycles(Schedule):
    r"""A shape in cycles of growing or shrinking length and height, as timm has them.

    Cycle $i$ has the length $T_i = T m^i$, the start $R_i = T (1 - m^i) / (1 - m)$ and the peak
    $b_i = \text{base\_lr} \cdot \text{gamma}^i$, with $T = \text{cycle\_steps}$ and
    $m = \text{cycle\_mul}$:

    $$\eta_k = \text{final\_lr} + (b_i - \text{final\_lr})\,
      \text{shape}\left((k - R_i)^\kappa / T_i^\kappa\right), \qquad
      i = \left\lfloor \log_m \left(1 - (1 - m) k / T\right) \right\rfloor$$

    `final_lr` from the end of the last cycle on. The logarithm is rounded; where it comes out too
    small at a restart (of the sixth cycle with $m = 3$), that step still ends the cycle before.

    Args:
        base_lr: learning rate at the start of the first cycle, >= 0.
        cycle_steps: length $T$ of the first cycle, >= 1.
        shape: a schedule that falls from 1 at its step 0 to 0 at its step 1.
        cycle_mul: factor $m$ from one cycle's length to the next, > 0.
        final_lr: the bottom of each cycle, >= 0.
        gamma: factor from one peak to the next, > 0.
        cycles: number of cycles, >= 1.
        k_decay: power $\kappa$ of the time in a cycle, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> from lrdecay import Linear
        >>> Cycles(1.0, 2, Linear(1.0, 1), cycle_mul=1.5, cycles=2).sample(6).tolist()
        [1.0, 0.5, 1.0, 0.6666666666666667, 0.33333333333333337, 0.0]
    """

    base_lr: Rate
    cycle_steps: Steps
    shape: Schedule
    cycle_mul: Positive = 1.0
    final_lr: Rate = 0.0
    gamma: Positive = 1.0
    cycles: Steps = 1
    k_decay: Positive = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cycle_mul != 1:
            cycle_table(self.cycle_steps, self.cycle_mul, self.cycles)

    def _lr(self, k: Any, xp: Any) -> Any:
        if self.cycle_mul == 1:
            index = k // self.cycle_steps
            share = k % self.cycle_steps / self.cycle_steps
            end: float = self.cycle_steps * self.cycles
        else:
            table = cycle_table(self.cycle_steps, self.cycle_mul, self.cycles)
            index, start, length = look_up(table, k, xp)
            # Rounding may put a start behind its first step, or an end before its last.
            share = xp.clip((k - start) / length, 0.0, 1.0)
            end = table.end
        if self.k_decay != 1:
            share = share**self.k_decay
        peak = self.base_lr if self.gamma == 1 else self.base_lr * self.gamma**index
        lr = mix(self.final_lr, peak, xp.rate(self.shape, share))
        return xp.where(k < end, lr, xp.full_like(k, self.final_lr))


class CycleTable(NamedTuple):
    """Where timm finds the cycles.

    Attributes:
        first: the first whole step of each cycle.
        start: its start, in the formula.
        length: its length.
        end: the first step after the last cycle.
    """

    first: tuple[float, ...]
    start: tuple[float, ...]
    length: tuple[float, ...]
    end: float

    def agrees(self, exact: ExactCycles) -> bool:
        """Whether every cycle begins at the first whole step of an exact one.

        The last may end later: at its end it has the rate of what follows.
        """
        later = exact.end == math.inf or self.end >= math.ceil(exact.end)
        return later and self.first == tuple(map(math.ceil, exact.starts))


@lru_cache(maxsize=64)
def cycle_table(cycle_steps: int, cycle_mul: float, cycles: int) -> CycleTable:
    """Return the first step, start and length of every cycle that begins below 2**53.

    Raises:
        ValueError: if these are more than `MOST_CYCLES`.
    """
    first, start, length = [0.0], [0.0], [float(cycle_steps)]
    end = math.inf
    for i in range(1, cycles + 1):
        step = _first_step(i, cycle_steps, cycle_mul)
        if i == cycles or step == math.inf:
            end = step
            break
        if i == MOST_CYCLES:
            words = f"at most {MOST_CYCLES} with a cycle_mul so close to 1"
            raise refuse("cycle_limit", cycles, words)
        first.append(step)
        start.append((1 - cycle_mul**i) / (1 - cycle_mul) * cycle_steps)
        length.append(cycle_mul**i * cycle_steps)
    if end == math.inf and cycle_mul < 1:
        # All cycles together are shorter than this, and timm fails from here on.
        end = math.ceil(cycle_steps / (1 - cycle_mul))
    return CycleTable(tuple(first), tuple(start), tuple(length), float(end))


def _first_step(i: int, cycle_steps: int, cycle_mul: float) -> float:
    """Return the first whole step that timm counts to cycle `i` or a later one."""
    start = (1 - cycle_mul**i) / (1 - cycle_mul) * cycle_steps
    if start >= 2.0**53:
        return math.inf
    step = max(0, math.floor(start) - 1)
    while True:
        grown = 1 - step / cycle_steps * (1 - cycle_mul)
        if grown <= 0:
            return math.inf
        if math.floor(math.log(grown, cycle_mul)) >= i:
            return float(step)
        step += 1


def look_up(table: CycleTable, k: Any, xp: Any) -> tuple[Any, Any, Any]:
    """Return the number, start and length of the cycle that `k` is in."""
    index = xp.bisect(table[0], k) - 1
    return index, xp.item(table[1], index), xp.item(table[2], index)
