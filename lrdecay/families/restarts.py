"""Cosine annealing that goes back up: with warm restarts, or a number of cycles in a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..fields import Positive, Rate, Steps
from ..schedule import Schedule, mix
from ..tables import bisect, item
from ..trace import Symbol
from .cosine import half_cosine


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

    Args:
        base_lr: learning rate at the start of the first cycle, >= 0.
        cycle_steps: length of the first cycle, >= 1.
        cycle_mult: factor from one cycle's length to the next, a whole number >= 1.
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
    """

    base_lr: Rate
    cycle_steps: Steps
    cycle_mult: Steps = 1
    final_lr: Rate = 0.0
    gamma: Positive = 1.0
    cycles: Steps | None = None

    def _lr(self, k: Any, xp: Any) -> Any:
        if self.cycle_mult == 1:
            index = k // self.cycle_steps
            share = k % self.cycle_steps / self.cycle_steps
        else:
            index, start, length = _cycle(k, xp, self.cycle_steps, self.cycle_mult)
            share = (k - start) / length
        peak = self.base_lr if self.gamma == 1 else self.base_lr * self.gamma**index
        lr = mix(self.final_lr, peak, half_cosine(share, xp))
        if self.cycles is None:
            return lr
        return xp.where(k < self._end(self.cycles), lr, xp.full_like(k, self.final_lr))

    def _end(self, cycles: int) -> float:
        """Return the step at which the given number of cycles is over."""
        if self.cycle_mult == 1:
            return float(self.cycle_steps * cycles)
        starts, lengths = _cycles(self.cycle_steps, self.cycle_mult)
        # Of more cycles than these the end is beyond 2**53.
        last = min(cycles, len(starts)) - 1
        return starts[last] + lengths[last]


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


def _cycle(k: Any, xp: Any, cycle_steps: int, cycle_mult: float) -> tuple[Any, Any, Any]:
    """Return the number, the start and the length of the cycle that `k` is in.

    Looked up among exact integers: the closed form takes a logarithm, and where that rounds down
    at a restart, as it does in PyTorch and timm, the peak of the cycle is lost.
    """
    starts, lengths = _cycles(cycle_steps, cycle_mult)
    index = bisect(starts, k, xp) - 1
    start, length = item(starts, index, k, xp), item(lengths, index, k, xp)
    return (index if isinstance(k, Symbol) else xp.astype(index, k.dtype)), start, length


@lru_cache(maxsize=64)
def _cycles(cycle_steps: int, cycle_mult: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the start and length of every cycle that a float can tell apart (below 2**53)."""
    starts, lengths = [0.0], [float(cycle_steps)]
    while starts[-1] + lengths[-1] < 2.0**53:
        starts.append(starts[-1] + lengths[-1])
        lengths.append(lengths[-1] * cycle_mult)
    return tuple(starts), tuple(lengths)
