"""Warmup in front of any schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from ..checks import Fraction, Positive, Rate, StepCount, Steps, checked, refuse
from ..schedule import Of, mix, since
from .cosine import Cosine, half_cosine
from .linear import Linear

First = Literal["1/(w+1)", "1/w", "zero"]
Ramp = Literal["linear", "cosine", "exponential", "1-sqrt", "log"]


@dataclass(frozen=True, repr=False)
class Warmup(Of):
    r"""A ramp up to a schedule's first value, then that schedule on its own clock.

    With $w = \text{warmup\_steps}$, $s = \text{start\_lr}$ and $b$ the schedule's rate at its own
    step 0, the rate for $k < w$ is $s + (b - s)\, r(p)$ with

    $$p = \begin{cases}
      (k + 1) / (w + 1) & \text{first} = \text{"1/(w+1)"} \\
      \min(1, (k + 1) / w) & \text{first} = \text{"1/w"} \\
      k / w & \text{first} = \text{"zero"} \end{cases} \qquad
      r(p) = \begin{cases} p & \text{"linear"} \\
      \tfrac12 (1 - \cos \pi p) & \text{"cosine"} \\
      (10^p - 1) / 9 & \text{"exponential"} \\
      1 - \sqrt{1 - p} & \text{"1-sqrt"} \\
      \ln(k + 1) / \ln n & \text{"log"} \end{cases}$$

    where $n$ is $w$ for "1/w" and $w + 1$ for the other two,
    and $\eta_k = \text{schedule}(k - w)$ from $k = w$ on. The warmup is put in front: a schedule
    with horizon $T$ ends at $w + T$. `warmup_cosine` and `warmup_linear` count it inside $T$.

    Args:
        schedule: what follows the warmup.
        warmup_steps: length of the ramp, >= 0; 0 means no warmup.
        start_lr: where the ramp starts from, >= 0.
        first: which of the three clocks of the ramp. With "zero" and `start_lr` 0 the first update
            changes nothing; with "1/w" the last update of the ramp already uses the peak, so that
            the peak is used twice.
        shape: which ramp. "1-sqrt" is infinitely steep at its end: its last step is a jump. "log"
            starts at `start_lr` whatever `first` is, and is half done at the root of $n$.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017,
        arXiv:1706.02677. "1/(w+1)" is nanoGPT's ramp, "1/w" pytorch-warmup's, "zero" that of
        transformers and optax. "log" with "1/w" is the default of DeepSpeed's `WarmupLR`
        (`deepspeed/runtime/lr_schedules.py`).

    Examples:
        >>> Warmup(Linear(1.0, total_steps=4), warmup_steps=3).sample(8).tolist()
        [0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0]
        >>> Warmup(Linear(1.0, total_steps=4), warmup_steps=4, first="zero").sample(6).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0, 0.75]
    """

    warmup_steps: StepCount
    start_lr: Rate = 0.0
    first: First = "1/(w+1)"
    shape: Ramp = "linear"

    def _lr(self, k: Any, xp: Any) -> Any:
        w = self.warmup_steps
        if w == 0:
            return xp.rate(self.schedule, k)
        ramp = self._ramp(self.schedule.first_rate, k, xp)
        return xp.where(k < w, ramp, xp.rate(self.schedule, since(w, k, xp)))

    def _ramp(self, peak: float, k: Any, xp: Any) -> Any:
        w = self.warmup_steps
        if self.first == "zero":
            share = k / w
        elif self.first == "1/(w+1)":
            share = (k + 1) / (w + 1)
        else:
            # The minimum is for steps between w - 1 and w, where the ramp is already done.
            share = xp.minimum((k + 1) / w, 1.0)
        return mix(self.start_lr, peak, self._bent(share, k, xp))

    def _bent(self, share: Any, k: Any, xp: Any) -> Any:
        # The minimum is for arrays, which compute the ramp past its end too.
        match self.shape:
            case "linear":
                return share
            case "cosine":
                return 1 - half_cosine(share, xp)
            case "exponential":
                return (10.0 ** xp.minimum(share, 1.0) - 1) / 9
            case "1-sqrt":
                return 1 - xp.sqrt(1 - xp.minimum(share, 1.0))
            case "log":
                updates = self.warmup_steps + (self.first != "1/w")
                if updates == 1:
                    return share
                return xp.minimum(xp.log(k + 1) / math.log(updates), 1.0)


@checked()
def warmup_cosine(
    base_lr: Rate,
    total_steps: Steps,
    warmup_steps: StepCount,
    final_lr: Rate = 0.0,
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


@checked()
def warmup_linear(
    base_lr: Rate,
    total_steps: Steps,
    warmup_steps: StepCount,
    final_lr: Rate = 0.0,
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
    if warmup_steps >= total_steps:
        raise refuse("warmup_steps", warmup_steps, f"below total_steps = {total_steps}")
    return total_steps - warmup_steps


@checked()
def untuned_warmup_steps(beta2: Fraction) -> int:
    r"""Return the length of the warmup that Adam needs for a given $\beta_2$, without tuning.

    $$\left\lfloor \frac{2}{1 - \beta_2} \right\rfloor$$

    Args:
        beta2: Adam's second decay rate, from 0 to below 1.

    Raises:
        ValueError: if `beta2` is out of range.

    Source:
        J. Ma, D. Yarats, "On the adequacy of untuned warmup for adaptive optimization", 2019,
        arXiv:1910.04209; shipped in pytorch-warmup.

    Examples:
        >>> untuned_warmup_steps(0.999), untuned_warmup_steps(0.95)
        (2000, 40)
    """
    if beta2 == 1:
        raise refuse("beta2", beta2, "from 0 to below 1")
    # 2 / (1 - 0.999) is 1999.9999999999982 in floating point.
    return int(round(2 / (1 - beta2), 9))


@dataclass(frozen=True, repr=False)
class RAdamWarmup(Of):
    r"""The warmup that is implicit in RAdam, in front of any schedule: its variance rectification.

    With $s = k + 1$, $\rho_\infty = 2 / (1 - \text{beta2}) - 1$ and
    $\rho_s = \rho_\infty - 2 s\, \text{beta2}^s / (1 - \text{beta2}^s)$:

    $$\eta_k = \text{schedule}(k) \cdot \begin{cases} \sqrt{\frac{(\rho_s - 4)(\rho_s - 2)
      \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2) \rho_s}} & \rho_s > \text{threshold} \\
      0 & \text{otherwise} \end{cases}$$

    It multiplies: the schedule's clock runs during the warmup too. Without end, and close to 1
    after a few times $1 / (1 - \text{beta2})$ steps.

    Args:
        schedule: what is multiplied.
        beta2: Adam's second decay rate, above 0.6 and below 1.
        threshold: the factor is 0 while $\rho_s$ is not above this, >= 4.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Source:
        L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2019,
        arXiv:1908.03265, as a factor of the learning rate in pytorch-warmup, which leaves the steps
        at 0 out.

    Examples:
        >>> from lrdecay import Constant
        >>> [round(lr, 4) for lr in RAdamWarmup(Constant(1.0)).sample(8).tolist()]
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0258, 0.0327, 0.0387]
    """

    beta2: Fraction = 0.999
    threshold: Positive = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.6 < self.beta2 < 1:
            raise refuse("beta2", self.beta2, "above 0.6 and below 1")
        if self.threshold < 4:
            raise refuse("threshold", self.threshold, "a finite number >= 4")

    def _lr(self, k: Any, xp: Any) -> Any:
        s, most = k + 1, 2 / (1 - self.beta2) - 1
        # 1 - beta2**s by expm1: in float32 the difference keeps three digits of the first steps.
        gone = -xp.expm1(math.log(self.beta2) * s)
        rho = most - 2 * s * (1 - gone) / gone
        # Below the threshold the root may not exist; its argument is then computed at it.
        safe = xp.clip(rho, self.threshold, None)
        scale = most / ((most - 4) * (most - 2))
        factor = xp.sqrt((safe - 4) * (safe - 2) / safe * scale)
        on = xp.where(rho > self.threshold, factor, xp.full_like(factor, 0.0))
        return xp.rate(self.schedule, k) * on
