"""DeepSpeed's one-cycle schedule, and the momentum that mirrors it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..arguments import checked
from ..checks import MOST_STEPS, Rate, StepCount, Steps, check, refuse
from ..families.cyclic import Cyclic
from ..families.inverse import InverseTime
from ..schedule import Constant, Schedule, Skip, Then, mix
from ._deepspeed_parts import Growth
from ._torch_checks import OneGroup, check_cycled
from ._torch_cyclic import Mirrored


@dataclass(frozen=True, repr=False)
class Stairs(Schedule):
    r"""One triangle, up and down, in stairs: each side is rounded down to a part of the height.

    With $u = \text{up\_steps}$, $d = \text{down\_steps}$ and $h$ the height of the triangle, from 0
    at $k = 0$ to 1 at $k = u$ and to 0 at $k = u + d$, held after, a side in $n$ stairs has the
    height $\lfloor n h \rfloor / n$, and one in 0 stairs $h$ itself:

    $$\eta_k = \text{min\_lr} + (\text{base\_lr} - \text{min\_lr})\, h$$

    Args:
        base_lr: the top, >= 0.
        min_lr: the bottom, >= 0.
        up_steps: steps from bottom to top, >= 1.
        down_steps: steps from top to bottom, >= 0. With 0 the top is not used.
        up_stairs: number of stairs up; none when 0.
        down_stairs: number of stairs down; none when 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Stairs(1.0, 0.0, up_steps=4, down_steps=4, up_stairs=2).sample(9).tolist()
        [0.0, 0.0, 0.5, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    base_lr: Rate
    min_lr: Rate
    up_steps: Steps
    down_steps: StepCount
    up_stairs: StepCount = 0
    down_stairs: StepCount = 0

    def _lr(self, k: Any, xp: Any) -> Any:
        up, down = self.up_steps, self.down_steps
        height = _side(xp.minimum(k, up), up, self.up_stairs)
        if down:
            fall = _side(xp.maximum(up + down - k, 0.0), down, self.down_stairs)
            height = xp.where(k <= up, height, fall)
        else:
            height = xp.where(k < up, height, xp.full_like(k, 0.0))
        return mix(self.min_lr, self.base_lr, height)


def _side(steps: Any, length: int, stairs: int) -> Any:
    # In whole numbers: the quotient may come out just below a stair.
    return steps * stairs // length / stairs if stairs else steps / length


@checked()
def OneCycle(
    cycle_min_lr: OneGroup,
    cycle_max_lr: OneGroup,
    decay_lr_rate: float = 0.0,
    cycle_first_step_size: int = 2000,
    cycle_second_step_size: int | None = None,
    cycle_first_stair_count: int = 0,
    cycle_second_stair_count: int | None = None,
    decay_step_size: float = 0,
    cycle_momentum: bool = True,
    cycle_min_mom: OneGroup = 0.8,
    cycle_max_mom: OneGroup = 0.9,
    decay_mom_rate: float = 0.0,
) -> Schedule:
    """Return the rates of DeepSpeed's `OneCycle`: `Cyclic` once, then `InverseTime`.

    There is no `lr`: DeepSpeed overwrites that of the optimizer. Up to `cycle_max_lr` in a line,
    and down to `cycle_min_lr`, which is held, or divided by 1 + `decay_lr_rate` after
    `decay_step_size` steps, by 1 + 2 `decay_lr_rate` after twice as many, and so on.

    Args:
        cycle_min_lr: first rate, and last of the cycle.
        cycle_max_lr: the top, at least `cycle_min_lr`; DeepSpeed lets it be lower.
        decay_lr_rate: how fast the rate falls after the cycle.
        cycle_first_step_size: steps up, whole here, >= 1.
        cycle_second_step_size: steps down; as those up when not given. With 0 the top is not used.
        cycle_first_stair_count: parts into which the way up is divided, each held, and left for the
            next when it is reached; 0 or -1 for a line.
        cycle_second_stair_count: the same for the way down; as for the way up when not given.
        decay_step_size: steps in which the decay has its rate once; none with 0.
        cycle_momentum: here without effect, like the next three: see `OneCycle_momentum`.
        cycle_min_mom: lowest momentum.
        cycle_max_mom: highest momentum.
        decay_mom_rate: how fast the momentum grows after the cycle.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> schedule = OneCycle(0.5, 1.0, 1.0, cycle_first_step_size=2, decay_step_size=2)
        >>> schedule.sample(9).round(4).tolist()
        [0.5, 0.75, 1.0, 0.75, 0.5, 0.3333, 0.25, 0.2, 0.1667]
    """
    low = check("cycle_min_lr", cycle_min_lr, Rate)
    high = check("cycle_max_lr", cycle_max_lr, Rate)
    if high < low:
        raise refuse("cycle_max_lr", cycle_max_lr, f"at least cycle_min_lr = {low}")
    sides = _sides(cycle_first_step_size, cycle_second_step_size)
    stairs = _stairs(cycle_first_stair_count, cycle_second_stair_count)
    rate = _per_step("decay_lr_rate", decay_lr_rate, decay_step_size)
    rest = InverseTime(low, rate) if rate else Constant(low)
    return Then(_triangle(high, low, sides, stairs), rest, at=sum(sides))


@checked()
def OneCycle_momentum(
    cycle_min_lr: OneGroup,
    cycle_max_lr: OneGroup,
    decay_lr_rate: float = 0.0,
    cycle_first_step_size: int = 2000,
    cycle_second_step_size: int | None = None,
    cycle_first_stair_count: int = 0,
    cycle_second_stair_count: int | None = None,
    decay_step_size: float = 0,
    cycle_momentum: bool = True,
    cycle_min_mom: OneGroup = 0.8,
    cycle_max_mom: OneGroup = 0.9,
    decay_mom_rate: float = 0.0,
) -> Schedule:
    """Return the first beta that DeepSpeed's `OneCycle` with these arguments sets.

    It mirrors the rate, but for the first update, which has `cycle_min_mom`. After the cycle it is
    held, or grows by `decay_mom_rate` every `decay_step_size` steps, past 1 in the end. DeepSpeed
    sets the second beta to 0.99 with it, and does nothing for an optimizer without betas.

    Examples:
        >>> momentum = OneCycle_momentum(0.1, 1.0, cycle_first_step_size=2)
        >>> momentum.sample(6).round(4).tolist()
        [0.8, 0.85, 0.8, 0.85, 0.9, 0.9]
    """
    check_cycled(cycle_momentum)
    low = check("cycle_min_mom", cycle_min_mom, Rate)
    high = check("cycle_max_mom", cycle_max_mom, Rate)
    if high < low:
        raise refuse("cycle_max_mom", cycle_max_mom, f"at least cycle_min_mom = {low}")
    sides = _sides(cycle_first_step_size, cycle_second_step_size)
    stairs = _stairs(cycle_first_stair_count, cycle_second_stair_count)
    rate = _per_step("decay_mom_rate", decay_mom_rate, decay_step_size)
    cycle = Skip(Mirrored(_triangle(high - low, 0.0, sides, stairs), high), steps=1)
    rest = Growth(high, rate) if rate else Constant(high)
    return Then(Then(Constant(low), cycle, at=1), rest, at=sum(sides))


def _sides(first: int, second: int | None) -> tuple[int, int]:
    up = check("cycle_first_step_size", first, Steps)
    down = up if second is None else check("cycle_second_step_size", second, StepCount)
    if up + down > MOST_STEPS:
        raise refuse("cycle_first_step_size", first, "small enough for a cycle of 2**53 steps")
    return up, down


def _stairs(first: int, second: int | None) -> tuple[int, int]:
    second = first if second is None else second
    named = {"cycle_first_stair_count": first, "cycle_second_stair_count": second}
    # -1 is what DeepSpeed's command line has for none.
    up, down = (0 if n == -1 else check(name, n, StepCount) for name, n in named.items())
    return up, down


def _per_step(name: str, rate: float, decay_step_size: float) -> float:
    rate, size = check(name, rate, Rate), check("decay_step_size", decay_step_size, Rate)
    return rate / size if size else 0.0


def _triangle(high: float, low: float, sides: tuple[int, int], stairs: tuple[int, int]) -> Schedule:
    if any(stairs) or not sides[1]:
        return Stairs(high, low, *sides, *stairs)
    up, down = sides
    return Cyclic(high, low, up, None if down == up else down)
