"""PyTorch's triangular waves, and the momentum that mirrors them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ..arguments import checked
from ..checks import Number, Positive, Rate, Steps, check, refuse
from ..families.cyclic import Cyclic
from ..schedule import Constant, Of, Product, Schedule, Sum
from ._functions import Factor, check_function
from ._torch_checks import OneGroup, check_cycled

Mode = Literal["triangular", "triangular2", "exp_range"]
ScaleMode = Literal["cycle", "iterations"]


@dataclass(frozen=True, repr=False)
class Mirrored(Of):
    r"""A number less a schedule: $\eta_k = \text{high} - \text{schedule}(k)$.

    Args:
        schedule: what is taken away.
        high: what the schedule is taken from; less than it takes away, the value is negative.

    Examples:
        >>> Mirrored(Constant(0.25), 1.0)(0)
        0.75
    """

    high: Number

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.high - xp.rate(self.schedule, k)


@dataclass(frozen=True)
class _OfCycle:
    """A function of the number of the cycle, counted from 1, as one of the step."""

    function: Callable[[float], float]
    cycle_steps: int

    def __call__(self, step: float) -> float:
        return self.function(math.floor(1 + step / self.cycle_steps))


@checked()
def CyclicLR(
    base_lr: OneGroup,
    max_lr: OneGroup,
    step_size_up: int = 2000,
    step_size_down: int | None = None,
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
    low = check("base_lr", base_lr, Rate)
    high = check("max_lr", max_lr, Rate)
    if high < low:
        raise refuse("max_lr", max_lr, f"at least base_lr = {low}")
    return _wave(low, high, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)


@checked()
def CyclicLR_momentum(
    base_lr: OneGroup,
    max_lr: OneGroup,
    step_size_up: int = 2000,
    step_size_down: int | None = None,
    mode: Mode = "triangular",
    gamma: float = 1.0,
    scale_fn: Callable[[float], float] | None = None,
    scale_mode: ScaleMode = "cycle",
    cycle_momentum: bool = True,
    base_momentum: OneGroup = 0.8,
    max_momentum: OneGroup = 0.9,
) -> Schedule:
    """Return the momentum (or Adam's first beta) that `CyclicLR` with these arguments sets.

    `max_momentum` where the rate is lowest, `base_momentum` at the top of the first wave.

    Examples:
        >>> momentum = CyclicLR_momentum(0.1, 1.0, step_size_up=2)
        >>> [round(m, 4) for m in momentum.sample(5).tolist()]
        [0.9, 0.85, 0.8, 0.85, 0.9]
    """
    check_cycled(cycle_momentum)
    low = check("base_momentum", base_momentum, Rate)
    high = check("max_momentum", max_momentum, Rate)
    if high < low:
        raise refuse("max_momentum", max_momentum, f"at least base_momentum = {low}")
    wave = _wave(0.0, high - low, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)
    return Mirrored(wave, high)


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
    up = check("step_size_up", step_size_up, Steps)
    down = up if step_size_down is None else check("step_size_down", step_size_down, Steps)
    if scale_fn is not None:
        check_function("scale_fn", scale_fn)
        if scale_mode not in get_args(ScaleMode):
            raise refuse("scale_mode", scale_mode, f"one of {get_args(ScaleMode)}")
        factor = _OfCycle(scale_fn, up + down) if scale_mode == "cycle" else scale_fn
        wave = Product(Cyclic(high - low, 0.0, up, down), Factor(1.0, factor))
        return Sum(Constant(low), wave)
    if mode not in get_args(Mode):
        raise refuse("mode", mode, f"one of {get_args(Mode)}")
    check("gamma", gamma, Positive)
    return Cyclic(
        high,
        low,
        up,
        None if down == up else down,
        cycle_gamma=0.5 if mode == "triangular2" else 1.0,
        step_gamma=gamma if mode == "exp_range" else 1.0,
    )
