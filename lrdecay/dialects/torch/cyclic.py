"""PyTorch's triangular waves, and the momentum that mirrors them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ...checks import Positive, Steps, check, checked, refuse
from ...families.cyclic import Cyclic
from ...schedule import Constant, Product, Schedule, Sum
from ..shared import Factor, Mirrored, OneGroup, OneRate, check_cycled

Mode = Literal["triangular", "triangular2", "exp_range"]
ScaleMode = Literal["cycle", "iterations"]


@dataclass(frozen=True)
class OfCycle:
    """A function of the number of the cycle, counted from 1, as one of the step."""

    function: Callable[[float], float]
    cycle_steps: int

    def __call__(self, step: float) -> float:
        """Return what the function gives of the cycle that a step is in."""
        return self.function(math.floor(1 + step / self.cycle_steps))


@checked()
def CyclicLR(
    base_lr: OneRate,
    max_lr: OneRate,
    step_size_up: Steps = 2000,
    step_size_down: Steps | None = None,
    mode: Mode = "triangular",
    gamma: float = 1.0,
    scale_fn: Callable[[float], float] | None = None,
    scale_mode: ScaleMode = "cycle",
    cycle_momentum: bool = True,
    base_momentum: OneGroup = 0.8,
    max_momentum: OneGroup = 0.9,
) -> Schedule:
    """Return the rates of `CyclicLR`: `Cyclic`, whose `base_lr` is the top where it is the bottom.

    There is no `lr`: PyTorch overwrites that of the optimizer with `base_lr`, the rate at step 0.
    The wave goes on for ever.

    Compared:
        Cyclic, with base_lr for the bottom; overwrites the optimizer's rate.

    Args:
        base_lr: the bottom.
        max_lr: the top of the first wave, at least `base_lr`; PyTorch lets it be lower.
        step_size_up: steps from bottom to top, whole here.
        step_size_down: steps from top to bottom; as `step_size_up` when not given.
        mode: which waves get smaller: none, each by half ("triangular2"), or each step by `gamma`.
        gamma: for mode "exp_range".
        scale_fn: the factor of the height in place of `mode`: a Python function.
        scale_mode: whether `scale_fn` gets the number of the cycle, from 1, or the step.
        cycle_momentum: here without effect, like the next two: see `CyclicLR_momentum`.
        base_momentum: lowest momentum.
        max_momentum: highest momentum.

    Raises:
        ValueError: where PyTorch raises an error, and where an argument is out of range.

    Examples:
        >>> CyclicLR(0.5, 1.0, step_size_up=2, mode="triangular2").sample(8).tolist()
        [0.5, 0.75, 1.0, 0.75, 0.5, 0.625, 0.75, 0.625]
    """
    if max_lr < base_lr:
        raise refuse("max_lr", max_lr, f"at least base_lr = {base_lr}")
    return _wave(base_lr, max_lr, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)


@checked()
def CyclicLR_momentum(
    base_lr: OneGroup,
    max_lr: OneGroup,
    step_size_up: Steps = 2000,
    step_size_down: Steps | None = None,
    mode: Mode = "triangular",
    gamma: float = 1.0,
    scale_fn: Callable[[float], float] | None = None,
    scale_mode: ScaleMode = "cycle",
    cycle_momentum: bool = True,
    base_momentum: OneRate = 0.8,
    max_momentum: OneRate = 0.9,
) -> Schedule:
    """Return the momentum (or Adam's first beta) that `CyclicLR` with these arguments sets.

    `max_momentum` where the rate is lowest, `base_momentum` at the top of the first wave.

    Examples:
        >>> momentum = CyclicLR_momentum(0.1, 1.0, step_size_up=2)
        >>> [round(m, 4) for m in momentum.sample(5).tolist()]
        [0.9, 0.85, 0.8, 0.85, 0.9]
    """
    check_cycled(cycle_momentum)
    if max_momentum < base_momentum:
        raise refuse("max_momentum", max_momentum, f"at least base_momentum = {base_momentum}")
    wave = _wave(
        0.0,
        max_momentum - base_momentum,
        step_size_up,
        step_size_down,
        mode,
        gamma,
        scale_fn,
        scale_mode,
    )
    return Mirrored(wave, max_momentum)


def _wave(
    low: float,
    high: float,
    step_size_up: int,
    step_size_down: int | None,
    mode: Mode,
    gamma: float,
    scale_fn: Callable[[float], float] | None,
    scale_mode: ScaleMode,
) -> Schedule:
    up, down = step_size_up, step_size_down or step_size_up
    if scale_fn is not None:
        factor = OfCycle(scale_fn, up + down) if scale_mode == "cycle" else scale_fn
        wave = Product(Cyclic(high - low, 0.0, up, down), Factor(1.0, factor))
        return Sum(Constant(low), wave)
    check("gamma", gamma, Positive)
    return Cyclic(
        high,
        low,
        up,
        None if down == up else down,
        cycle_gamma=0.5 if mode == "triangular2" else 1.0,
        step_gamma=gamma if mode == "exp_range" else 1.0,
    )
