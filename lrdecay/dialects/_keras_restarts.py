"""Keras' restarts, in cycles that grow by any factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..arguments import checked
from ..families.constant import Constant
from ..families.cosine import half_cosine
from ..families.restarts import CosineRestarts, _cycle
from ..fields import Positive, Rate, Steps, check, refuse
from ..schedule import Schedule, mix
from ._keras_parts import first_rate


@dataclass(frozen=True, repr=False)
class GrowingRestarts(Schedule):
    r"""`CosineRestarts` whose cycles grow by a factor that is no whole number.

    Cycle $i$ has the length $T_i = \text{cycle\_steps} \cdot \text{cycle\_mult}^i$, which may be
    a fraction, starts at $R_i = T_0 + \dots + T_{i-1}$ and has the peak
    $b_i = \text{base\_lr} \cdot \text{gamma}^i$:

    $$\eta_k = \text{final\_lr} + \tfrac12 (b_i - \text{final\_lr})
      \left(1 + \cos \frac{\pi (k - R_i)}{T_i}\right), \quad R_i \le k < R_{i+1}$$

    A restart that falls between two steps leaves the peak unused. Without end.

    Args:
        base_lr: learning rate at the start of the first cycle, >= 0.
        cycle_steps: length of the first cycle, >= 1.
        cycle_mult: factor from one cycle's length to the next, above 1.
        final_lr: the bottom of each cycle, >= 0.
        gamma: factor from one peak to the next, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> [round(lr, 4) for lr in GrowingRestarts(1.0, 2, cycle_mult=1.5).sample(6).tolist()]
        [1.0, 0.5, 1.0, 0.75, 0.25, 1.0]
    """

    base_lr: Rate
    cycle_steps: Steps
    cycle_mult: Positive
    final_lr: Rate = 0.0
    gamma: Positive = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cycle_mult <= 1:
            raise refuse("cycle_mult", self.cycle_mult, "above 1")

    def _lr(self, k: Any, xp: Any) -> Any:
        index, start, length = _cycle(k, xp, self.cycle_steps, self.cycle_mult)
        peak = self.base_lr if self.gamma == 1 else self.base_lr * self.gamma**index
        return mix(self.final_lr, peak, half_cosine((k - start) / length, xp))


@checked(cycle_mult="t_mul")
def CosineDecayRestarts(
    initial_learning_rate: float,
    first_decay_steps: int,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Schedule:
    """Return `CosineRestarts` whose cycles grow by any factor, above a bottom that stays.

    Keras finds the cycle by a logarithm. Where that is rounded down at a restart, the update there
    uses the bottom, not the peak: with the default `t_mul` and float32 at the 13th and the 15th
    restart, with `t_mul=7` at most of them, and at others on another backend or in float64. Here
    every restart is at its peak.

    Args:
        initial_learning_rate: rate at step 0; a float, see the module.
        first_decay_steps: length of the first cycle, >= 1.
        t_mul: factor from one cycle's length to the next, >= 1; below it Keras gives NaN soon.
        m_mul: factor from one cycle's height above the bottom to the next, > 0.
        alpha: the bottom, as a share of `initial_learning_rate`, from 0 to 1.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> CosineDecayRestarts(1.0, 2, m_mul=0.5, alpha=0.1).sample(7).round(4).tolist()
        [1.0, 0.55, 0.55, 0.4841, 0.325, 0.1659, 0.325]
        >>> CosineDecayRestarts(1.0, 2, t_mul=1.5).sample(6).round(4).tolist()
        [1.0, 0.5, 1.0, 0.75, 0.25, 1.0]
    """
    initial = first_rate(initial_learning_rate)
    steps = check("first_decay_steps", first_decay_steps, Steps)
    growth = check("t_mul", t_mul, Positive)
    gamma = check("m_mul", m_mul, Positive)
    share = check("alpha", alpha, Rate)
    if growth < 1:
        raise refuse("t_mul", t_mul, "at least 1")
    if share > 1:
        raise refuse("alpha", alpha, "from 0 to 1")
    flat = 0.0 if gamma != 1 else share * initial
    peak = initial if gamma == 1 else (1 - share) * initial
    if growth.is_integer():
        waves: Schedule = CosineRestarts(peak, steps, int(growth), flat, gamma)
    else:
        waves = GrowingRestarts(peak, steps, growth, flat, gamma)
    return waves if gamma == 1 or share == 0 else waves + Constant(share * initial)
