"""Cosine annealing with warm restarts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from array_api_compat import device

from ..fields import Rate, Steps
from ..schedule import Schedule, mix
from ..trace import Symbolic
from .cosine import half_cosine


@dataclass(frozen=True, repr=False)
class CosineRestarts(Schedule):
    r"""Cosine annealing that jumps back to `base_lr` at the end of each cycle.

    Cycle $i$ has $T_i = \text{cycle\_steps} \cdot \text{cycle\_mult}^i$ steps and starts at
    $R_i = T_0 + \dots + T_{i-1}$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (\text{base\_lr} - \text{final\_lr})
      \left(1 + \cos \frac{\pi (k - R_i)}{T_i}\right), \quad R_i \le k < R_{i+1}$$

    `base_lr` at $k = 0$ and at every restart; `final_lr` is approached and never used, because
    the step that would use it is the restart. There is no horizon: cycles go on. The
    cycle of a whole-number step is found exactly at any $k$ below $2^{53}$.

    Args:
        base_lr: learning rate at the start of each cycle, >= 0.
        cycle_steps: length of the first cycle, >= 1.
        cycle_mult: factor from one cycle's length to the next, a whole number >= 1.
        final_lr: the bottom of each cycle, >= 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016,
        arXiv:1608.03983.

    Examples:
        >>> schedule = CosineRestarts(1.0, cycle_steps=2, cycle_mult=2)
        >>> [round(lr, 4) for lr in schedule.sample(7).tolist()]
        [1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 1.0]
    """

    base_lr: Rate
    cycle_steps: Steps
    cycle_mult: Steps = 1
    final_lr: Rate = 0.0

    def _lr(self, k: Any, xp: Any) -> Any:
        if self.cycle_mult == 1:
            share = k % self.cycle_steps / self.cycle_steps
        else:
            start, length = _cycle(k, xp, self.cycle_steps, self.cycle_mult)
            share = (k - start) / length
        return mix(self.final_lr, self.base_lr, half_cosine(share, xp))


def _cycle(k: Any, xp: Any, cycle_steps: int, cycle_mult: int) -> tuple[Any, Any]:
    """Return the start and the length of the cycle that `k` is in.

    Looked up among exact integers: the closed form takes a logarithm, and where that rounds down
    at a restart, as it does in PyTorch and timm, the peak of the cycle is lost.
    """
    starts, lengths = _cycles(cycle_steps, cycle_mult)
    if xp is Symbolic:
        index = xp.bisect(starts, k) - 1
        return xp.item(starts, index), xp.item(lengths, index)
    most = float(xp.finfo(k.dtype).max)  # float16 ends at 65504
    edges, sizes = (
        xp.asarray([min(x, most) for x in column], dtype=k.dtype, device=device(k))
        for column in (starts, lengths)
    )
    flat = xp.reshape(k, (-1,))
    index = xp.searchsorted(edges, flat, side="right") - 1
    return tuple(xp.reshape(xp.take(x, index), k.shape) for x in (edges, sizes))


@lru_cache(maxsize=64)
def _cycles(cycle_steps: int, cycle_mult: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the start and length of every cycle that a float can tell apart (below 2**53)."""
    starts, lengths = [0.0], [float(cycle_steps)]
    while starts[-1] + lengths[-1] < 2.0**53:
        starts.append(starts[-1] + lengths[-1])
        lengths.append(lengths[-1] * cycle_mult)
    return tuple(starts), tuple(lengths)
