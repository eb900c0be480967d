"""Given rates at given steps, held or joined by straight lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from ..checks import Milestones, Rates, refuse
from ..schedule import Schedule, mix

Between = Literal["constant", "linear"]


@dataclass(frozen=True, repr=False)
class Piecewise(Schedule):
    r"""Rates of your own at steps of your own.

    With $m_0 = 0 < m_1 < \dots < m_n$, where $m_1 \dots m_n$ are the `milestones`, and `values`
    $v_0 \dots v_n$:

    $$\eta_k = v_i + \begin{cases} 0 & \text{between} = \text{"constant"} \\
      (v_{i+1} - v_i) \frac{k - m_i}{m_{i+1} - m_i} & \text{between} = \text{"linear"}
      \end{cases} \qquad m_i \le k < m_{i+1}$$

    $v_0$ at $k = 0$; $v_n$ from $k = m_n$ on. The update at a milestone is the first to use its
    value.

    Args:
        milestones: rising steps, each >= 1.
        values: one rate more than there are milestones, each >= 0.
        between: whether a rate is held until the next milestone or moves there in a line.

    Raises:
        ValueError: if an argument, or a step when called, is out of range, or if `values` is not
            one longer than `milestones`.

    Source:
        `optax.piecewise_interpolate_schedule`; Keras' `PiecewiseConstantDecay` changes one step
        later.

    Examples:
        >>> Piecewise((2, 4), values=(1.0, 0.5, 0.1)).sample(6).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.1, 0.1]
        >>> Piecewise((2, 4), values=(0.0, 1.0, 0.5), between="linear").sample(6).tolist()
        [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]
    """

    milestones: Milestones
    values: Rates
    between: Between = "constant"

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.values) != len(self.milestones) + 1:
            words = f"one longer than milestones ({len(self.milestones)})"
            raise refuse("values", self.values, words)

    def _lr(self, k: Any, xp: Any) -> Any:
        index = xp.bisect(self.milestones, k)
        lr = xp.item(self.values, index)
        if self.between == "constant":
            return lr
        steps = (0, *self.milestones)
        k = xp.minimum(k, float(steps[-1]))
        lengths = [late - early for early, late in pairwise(steps)] + [1]
        share = (k - xp.item(steps, index)) / xp.item(lengths, index)
        return mix(lr, xp.item((*self.values[1:], self.values[-1]), index), share)
