"""Linear warmup in front of any schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from ..fields import Rate, StepCount, Steps, check, refuse
from ..schedule import Schedule, mix, since
from .cosine import Cosine
from .polynomial import Linear

First = Literal["1/(w+1)", "1/w", "zero"]


@dataclass(frozen=True, repr=False)
class Warmup(Schedule):
    r"""A straight line up to a schedule's first value, then that schedule on its own clock.

    With $w = \text{warmup\_steps}$, $s = \text{start\_lr}$ and $b$ the schedule's rate at its own
    step 0, the ramp for $k < w$ is

    $$\eta_k = s + (b - s) \cdot \begin{cases}
      (k + 1) / (w + 1) & \text{first} = \text{"1/(w+1)"} \\
      \min(1, (k + 1) / w) & \text{first} = \text{"1/w"} \\
      k / w & \text{first} = \text{"zero"} \end{cases}$$

    and $\eta_k = \text{schedule}(k - w)$ from $k = w$ on. The warmup is put in front: a schedule
    with horizon $T$ ends at $w + T$. `warmup_cosine` and `warmup_linear` count it inside $T$.

    Args:
        schedule: what follows the warmup.
        warmup_steps: length of the ramp, >= 0; 0 means no warmup.
        start_lr: where the ramp starts from, >= 0.
        first: which of the three ramps. With "zero" and `start_lr` 0 the first update changes
            nothing; with "1/w" the last update of the ramp already uses the peak, so that the peak
            is used twice.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017,
        arXiv:1706.02677. "1/(w+1)" is nanoGPT's ramp, "1/w" pytorch-warmup's, "zero" that of
        transformers and optax.

    Examples:
        >>> Warmup(Linear(1.0, total_steps=4), warmup_steps=3).sample(8).tolist()
        [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0]
        >>> Warmup(Linear(1.0, total_steps=4), warmup_steps=4, first="zero").sample(6).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0, 0.75]
    """

    schedule: Schedule
    warmup_steps: StepCount
    start_lr: Rate = 0.0
    first: First = "1/(w+1)"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.schedule, Schedule):
            raise refuse("schedule", self.schedule, "a Schedule")
        if self.first not in get_args(First):
            raise refuse("first", self.first, f"one of {get_args(First)}")

    def _lr(self, k: Any, xp: Any) -> Any:
        w = self.warmup_steps
        if w == 0:
            return self.schedule._lr(k, xp)
        return xp.where(k < w, self._ramp(k, xp), self.schedule._lr(since(w, k, xp), xp))

    def _ramp(self, k: Any, xp: Any) -> Any:
        w = self.warmup_steps
        # Through an array: the first call with a number compiles, which takes far longer.
        peak = float(self.schedule(np.zeros(())))
        if self.first == "zero":
            share = k / w
        elif self.first == "1/(w+1)":
            share = (k + 1) / (w + 1)
        else:
            # The minimum is for steps between w - 1 and w, where the ramp is already done.
            share = xp.minimum((k + 1) / w, 1.0)
        return mix(self.start_lr, peak, share)


def warmup_cosine(
    base_lr: float,
    total_steps: int,
    warmup_steps: int,
    final_lr: float = 0.0,
    *,
    first: First = "1/(w+1)",
) -> Warmup:
    """Linear warmup, then `Cosine`, with the warmup counted inside `total_steps`.

    Reaches `base_lr` at step `warmup_steps` and `final_lr` at `total_steps`, which is held after.

    Args:
        base_lr: the peak, >= 0.
        total_steps: the horizon, >= 1, warmup included.
        warmup_steps: length of the warmup, from 0 to `total_steps` - 1.
        final_lr: learning rate from `total_steps` on, >= 0.
        first: the ramp, see `Warmup`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> [round(lr, 4) for lr in warmup_cosine(1.0, 8, 3, 0.1).sample(10).tolist()]
        [0.25, 0.5, 0.75, 1.0, 0.9141, 0.6891, 0.4109, 0.1859, 0.1, 0.1]
    """
    decay_steps = _inside(total_steps, warmup_steps)
    return Warmup(Cosine(base_lr, decay_steps, final_lr), warmup_steps, first=first)


def warmup_linear(
    base_lr: float,
    total_steps: int,
    warmup_steps: int,
    final_lr: float = 0.0,
    *,
    first: First = "1/(w+1)",
) -> Warmup:
    """Linear warmup, then `Linear`, with the warmup counted inside `total_steps`.

    Reaches `base_lr` at step `warmup_steps` and `final_lr` at `total_steps`, which is held after.

    Args:
        base_lr: the peak, >= 0.
        total_steps: the horizon, >= 1, warmup included.
        warmup_steps: length of the warmup, from 0 to `total_steps` - 1.
        final_lr: learning rate from `total_steps` on, >= 0.
        first: the ramp, see `Warmup`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> warmup_linear(1.0, 8, 4, first="zero").sample(9).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    decay_steps = _inside(total_steps, warmup_steps)
    return Warmup(Linear(base_lr, decay_steps, final_lr), warmup_steps, first=first)


def _inside(total_steps: int, warmup_steps: int) -> int:
    """Return the steps that are left after the warmup."""
    total = check("total_steps", total_steps, Steps)
    warmup = check("warmup_steps", warmup_steps, StepCount)
    if warmup >= total:
        raise refuse("warmup_steps", warmup, f"below total_steps = {total}")
    return total - warmup
