"""The schedules of DeepSpeed (`deepspeed.runtime.lr_schedules`, read and run at 0.19.8).

DeepSpeed's clock runs one step behind: its warmups use the first rate for the first two updates,
and reach the peak at `warmup_num_steps` with the logarithmic ramp, which is the default, one step
later with the linear one. The schedules overwrite the optimizer's rate, so that most take no `lr`.
A schedule here is that of one parameter group: where DeepSpeed takes a list with one value for each
group, make one schedule for each. `last_batch_iteration`, which resumes a run, falls away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..checks import MOST_STEPS, Flag, Positive, Rate, StepCount, Steps, check, checked, refuse
from ..families.cosine import Cosine
from ..families.cyclic import Cyclic
from ..families.inverse import InverseTime
from ..families.linear import Linear
from ..families.warmup import Warmup
from ..schedule import Constant, Schedule, Shift, Skip, Then, mix
from .shared import Mirrored, OneGroup, OneRate, check_cycled, compared, is_int, warmed

__all__ = [
    "Growth",
    "LRRangeTest",
    "OneCycle",
    "OneCycle_momentum",
    "Stairs",
    "WarmupCosineLR",
    "WarmupDecayLR",
    "WarmupLR",
]

NOT_SCHEDULES: dict[str, str] = {}

WarmupType = Literal["log", "linear"]


@checked()
def WarmupLR(
    lr: Rate,
    warmup_min_lr: OneRate = 0.0,
    warmup_max_lr: OneGroup | None = None,
    warmup_num_steps: int = 1000,
    warmup_type: WarmupType = "log",
) -> Schedule:
    """Return DeepSpeed's warmup: a ramp, one step late, then a constant rate.

    Compared:
        The ramp is logarithmic by default, and starts a step late: the first two updates use
        warmup_min_lr.

    Args:
        lr: the optimizer's rate, for which `warmup_max_lr` stands when given.
        warmup_min_lr: learning rate of the first two updates.
        warmup_max_lr: the peak; `lr` when not given.
        warmup_num_steps: length of the ramp, an int >= 1; 1 counts as 2.
        warmup_type: "log" rises with the logarithm of the step, "linear" evenly. DeepSpeed takes
            any other word for "log", with a warning.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> WarmupLR(1.0, warmup_num_steps=4).sample(6).round(4).tolist()
        [0.0, 0.0, 0.5, 0.7925, 1.0, 1.0]
        >>> WarmupLR(1.0, warmup_num_steps=4, warmup_type="linear").sample(6).tolist()
        [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]
    """
    peak = lr
    if warmup_max_lr is not None:
        peak = check("warmup_max_lr", warmup_max_lr, Rate)
    steps = _ramp_steps(warmup_num_steps)
    return Shift(
        ramped(peak, Constant(peak), steps, start_lr=warmup_min_lr, kind=warmup_type), steps=1
    )


@checked()
def WarmupDecayLR(
    total_num_steps: StepCount,
    warmup_min_lr: OneRate = 0.0,
    warmup_max_lr: OneRate = 0.001,
    warmup_num_steps: int = 1000,
    warmup_type: WarmupType = "log",
) -> Schedule:
    """Return DeepSpeed's warmup and linear decay: `WarmupLR`, then `Linear` down, one step late.

    There is no `lr`: DeepSpeed overwrites that of the optimizer. A warmup that is no shorter than
    the run is followed by `warmup_min_lr`.

    Compared:
        The same ramp; the line behind it reaches warmup_min_lr one step after total_num_steps.

    Args:
        total_num_steps: the horizon, warmup included; the end is used one step later, and held.
        warmup_min_lr: learning rate of the first two updates, and of the end.
        warmup_max_lr: the peak.
        warmup_num_steps: length of the ramp, an int >= 1; 1 counts as 2.
        warmup_type: "log" or "linear".

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> WarmupDecayLR(6, 0.0, 1.0, 2, "linear").sample(8).tolist()
        [0.0, 0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    steps = _ramp_steps(warmup_num_steps)
    decay_steps = total_num_steps - steps
    rest = (
        Linear(warmup_max_lr, decay_steps, warmup_min_lr)
        if decay_steps > 0
        else Constant(warmup_min_lr)
    )
    return Shift(
        ramped(warmup_max_lr, rest, steps, start_lr=warmup_min_lr, kind=warmup_type), steps=1
    )


@checked()
def WarmupCosineLR(
    lr: Rate,
    total_num_steps: StepCount,
    warmup_min_ratio: Rate = 0.0,
    warmup_num_steps: int = 1000,
    cos_min_ratio: Rate = 0.0001,
    warmup_type: WarmupType = "log",
) -> Schedule:
    """Return DeepSpeed's warmup and cosine: 0, a ramp, then `Cosine` entered at its own step 1.

    The first update changes nothing even where the ramp starts above 0 (DeepSpeed#5287). Only the
    logarithmic ramp uses `lr` itself, at `warmup_num_steps`.

    Compared:
        The same ramp, but the first update is lost whatever warmup_min_ratio; the cosine is entered
        at its own step 1 and ends at total_num_steps, at 1e-4 of lr by default.

    Args:
        lr: the optimizer's rate, of which the ratios are shares.
        total_num_steps: the horizon, warmup included. At it, and after, the rate is the lowest. A
            warmup that is no shorter is followed by that rate.
        warmup_min_ratio: where the ramp starts, at the second update.
        warmup_num_steps: length of the ramp, an int >= 1; 1 counts as 2.
        cos_min_ratio: the share at the end.
        warmup_type: "log" or "linear".

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> schedule = WarmupCosineLR(1.0, 6, warmup_num_steps=2, warmup_type="linear")
        >>> schedule.sample(8).round(4).tolist()
        [0.0, 0.0, 0.5, 0.8536, 0.5, 0.1465, 0.0001, 0.0001]
    """
    start = lr * warmup_min_ratio
    end = lr * cos_min_ratio
    steps = _ramp_steps(warmup_num_steps)
    decay_steps = max(1, total_num_steps - steps)
    decay = Skip(Cosine(lr, decay_steps, end), steps=1)
    ramp = ramped(lr, decay, steps, start_lr=start, kind=warmup_type)
    return Shift(ramp, steps=1) if start == 0 else Then(Constant(0.0), ramp, at=1)


@checked()
def LRRangeTest(
    lr_range_test_min_lr: OneRate = 1e-3,
    lr_range_test_step_size: int = 2000,
    lr_range_test_step_rate: Rate = 1.0,
    lr_range_test_staircase: bool = False,
) -> Schedule:
    """Return DeepSpeed's range test: a rate that rises without end, to find the largest that works.

    There is no `lr`: DeepSpeed overwrites that of the optimizer.

    Compared:
        A line, or stairs, that rise without end; no family does.

    Args:
        lr_range_test_min_lr: the first rate.
        lr_range_test_step_size: steps between multiples of the step rate, an int >= 1.
        lr_range_test_step_rate: growth over that many steps, as a share of the first rate.
        lr_range_test_staircase: whether the rate is held in between.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> LRRangeTest(1.0, 4, 2.0).sample(6).tolist()
        [1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
    """
    return Growth(
        lr_range_test_min_lr,
        lr_range_test_step_rate,
        is_int("lr_range_test_step_size", lr_range_test_step_size),
        lr_range_test_staircase,
    )


def _ramp_steps(warmup_num_steps: int) -> int:
    return max(2, is_int("warmup_num_steps", warmup_num_steps))


def ramped(
    peak: float, rest: Schedule, warmup_steps: int, *, start_lr: float, kind: str
) -> Schedule:
    """Return DeepSpeed's "linear" or "log" ramp from `start_lr` to `peak`, then `rest`."""
    if kind == "linear":
        return warmed(peak, rest, warmup_steps, start_lr=start_lr)
    ramp = Warmup(Constant(peak), warmup_steps, start_lr, "1/w", "log")
    return Then(ramp, rest, at=warmup_steps)


@dataclass(frozen=True, repr=False)
class Growth(Schedule):
    r"""A rate that grows by the same amount at every step, without end.

    $$\eta_k = \text{base\_lr} \left(1 + \text{rate} \frac{k}{\text{step\_size}}\right)$$

    with the fraction rounded down if `staircase`.

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        rate: growth over `step_size` steps, as a share of `base_lr`, >= 0.
        step_size: steps from one multiple of `rate` to the next, > 0.
        staircase: whether the rate is held in between.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> Growth(1.0, rate=2.0, step_size=4).sample(5).tolist()
        [1.0, 1.5, 2.0, 2.5, 3.0]
    """

    base_lr: Rate
    rate: Rate
    step_size: Positive = 1.0
    staircase: Flag = False

    def _lr(self, k: Any, xp: Any) -> Any:
        intervals = k // self.step_size if self.staircase else k / self.step_size
        return self.base_lr * (1 + self.rate * intervals)


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
    cycle_min_lr: OneRate,
    cycle_max_lr: OneRate,
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

    Compared:
        One triangle, not cosines, with stairs on request, then InverseTime from the lowest rate;
        overwrites Adam's second beta with 0.99.

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
    if cycle_max_lr < cycle_min_lr:
        raise refuse("cycle_max_lr", cycle_max_lr, f"at least cycle_min_lr = {cycle_min_lr}")
    sides = _sides(cycle_first_step_size, cycle_second_step_size)
    stairs = _stairs(cycle_first_stair_count, cycle_second_stair_count)
    rate = _per_step("decay_lr_rate", decay_lr_rate, decay_step_size)
    rest = InverseTime(cycle_min_lr, rate) if rate else Constant(cycle_min_lr)
    return Then(_triangle(cycle_max_lr, cycle_min_lr, sides, stairs), rest, at=sum(sides))


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
    cycle_min_mom: OneRate = 0.8,
    cycle_max_mom: OneRate = 0.9,
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
    if cycle_max_mom < cycle_min_mom:
        raise refuse("cycle_max_mom", cycle_max_mom, f"at least cycle_min_mom = {cycle_min_mom}")
    sides = _sides(cycle_first_step_size, cycle_second_step_size)
    stairs = _stairs(cycle_first_stair_count, cycle_second_stair_count)
    rate = _per_step("decay_mom_rate", decay_mom_rate, decay_step_size)
    cycle = Skip(
        Mirrored(_triangle(cycle_max_mom - cycle_min_mom, 0.0, sides, stairs), cycle_max_mom),
        steps=1,
    )
    rest = Growth(cycle_max_mom, rate) if rate else Constant(cycle_max_mom)
    return Then(Then(Constant(cycle_min_mom), cycle, at=1), rest, at=sum(sides))


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


SCHEDULERS = compared(globals())
