"""The schedules of the trials by name: functions of a peak rate and a number of updates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Literal

from ... import (
    REX,
    WSD,
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Exponential,
    InverseSqrt,
    InverseTime,
    Linear,
    MultiStep,
    OneCycle,
    Piecewise,
    Polynomial,
    Schedule,
    Warmup,
    cooldown,
)

Shape = Callable[[float, int], Schedule]


def _cooldown(
    share: float, shape: Literal["linear", "cosine", "1-sqrt", "1-square"], peak: float, steps: int
) -> Schedule:
    return WSD(peak, steps, max(1, round(share * steps)), shape=shape)


def _drops(shares: tuple[float, ...], gamma: float, peak: float, steps: int) -> Schedule:
    milestones = sorted({max(1, round(share * steps)) for share in shares})
    return MultiStep(peak, tuple(milestones), gamma)


def _to_share(share: float, peak: float, steps: int) -> Schedule:
    return Exponential(peak, gamma=share ** (1 / steps))


def _inverse_time(fall: float, peak: float, steps: int) -> Schedule:
    return InverseTime(peak, (fall - 1) / steps)


def _planned(shape: Shape, share: float, peak: float, steps: int) -> Schedule:
    """Return a schedule that was planned for a run `share` times as long, and is cut off."""
    return shape(peak, round(share * steps))


def _inverse_sqrt_cooldown(peak: float, steps: int) -> Schedule:
    end = max(1, round(0.1 * steps))
    return cooldown(InverseSqrt(peak, max(1.0, steps / 20)), steps - end, end).schedule


def _again(shape: Shape, peak: float, steps: int) -> Schedule:
    """Return a schedule that runs to its end in half of the updates, and then once more."""
    return shape(peak, steps // 2).then(shape(peak, steps - steps // 2), steps // 2)


def _tenth_after(peak: float, steps: int) -> Schedule:
    """Return a cosine to a tenth over the first half, which then stays there."""
    return Cosine(peak, steps // 2, 0.1 * peak)


def _rewarmed(peak: float, steps: int) -> Schedule:
    """Return linear decay over the first half, then a warmup over a tenth of the rest and again."""
    half = steps - steps // 2
    ramp = max(1, half // 10)
    again = Warmup(Linear(peak, half - ramp), ramp)
    return Linear(peak, steps // 2).then(again, steps // 2)


def _zigzag(peak: float, steps: int) -> Schedule:
    return Cyclic(peak, 0.1 * peak, max(1, steps // 10))


def _restarts(cycles: int, mult: float, peak: float, steps: int) -> Schedule:
    parts = sum(mult**i for i in range(cycles))
    return CosineRestarts(peak, max(1, round(steps / parts)), mult)


def _range_test(peak: float, steps: int) -> Schedule:
    """Return a rate that rises by a constant factor from 1e-5 of the peak to the peak."""
    return Exponential(1e-5 * peak, gamma=1e5 ** (1 / steps))


def _floor_then_cooldown(peak: float, steps: int) -> Schedule:
    """Return cosine to a tenth over 90 % of the run and linear decay to zero over the rest."""
    end = max(1, round(0.1 * steps))
    return cooldown(Cosine(peak, steps - end, 0.1 * peak), steps - end, end).schedule


def _power(power: float, peak: float, steps: int) -> Schedule:
    return Polynomial(peak, steps, power)


def _last_zero(peak: float, steps: int) -> Schedule:
    """Return linear decay whose last update has rate zero."""
    return Linear(peak, max(1, steps - 1))


def _trapezoid(peak: float, steps: int) -> Schedule:
    """Return linear growth over 20 % of the run, a hold, and linear decay over the last 40 %."""
    at = (round(0.2 * steps), round(0.6 * steps), steps)
    return Piecewise(at, (0.0, peak, peak, 0.0), "linear")


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        # The grid.
        "constant": lambda peak, _: Constant(peak),
        "linear": Linear,
        "cosine": Cosine,
        "linear_tenth": lambda peak, steps: Linear(peak, steps, 0.1 * peak),
        "cosine_tenth": lambda peak, steps: Cosine(peak, steps, 0.1 * peak),
        "wsd_10": partial(_cooldown, 0.1, "linear"),
        "wsd_20": partial(_cooldown, 0.2, "linear"),
        "wsd_40": partial(_cooldown, 0.4, "linear"),
        "wsd_20_sqrt": partial(_cooldown, 0.2, "1-sqrt"),
        "drops_3": partial(_drops, (1 / 3, 2 / 3, 8 / 9), 0.1),
        "exponential_100": partial(_to_share, 0.01),
        "power_2": partial(_power, 2.0),
        "sqrt": partial(_cooldown, 1.0, "1-sqrt"),
        "rex": REX,
        "inverse_sqrt_cooldown": _inverse_sqrt_cooldown,
        # Endings and powers.
        "linear_last_zero": _last_zero,
        "linear_hundredth": lambda peak, steps: Linear(peak, steps, 0.01 * peak),
        "cosine_tenth_cooldown": _floor_then_cooldown,
        "power_0.5": partial(_power, 0.5),
        "power_0.75": partial(_power, 0.75),
        "power_1.5": partial(_power, 1.5),
        "power_3": partial(_power, 3.0),
        "exponential_10": partial(_to_share, 0.1),
        "exponential_1000": partial(_to_share, 0.001),
        "inverse_sqrt": lambda peak, steps: InverseSqrt(peak, max(1.0, steps / 100)),
        "inverse_time_10": partial(_inverse_time, 10.0),
        "inverse_time_30": partial(_inverse_time, 30.0),
        "inverse_time_100": partial(_inverse_time, 100.0),
        # Cooldowns and drops.
        "wsd_5": partial(_cooldown, 0.05, "linear"),
        "wsd_60": partial(_cooldown, 0.6, "linear"),
        "wsd_80": partial(_cooldown, 0.8, "linear"),
        "wsd_10_sqrt": partial(_cooldown, 0.1, "1-sqrt"),
        "wsd_40_sqrt": partial(_cooldown, 0.4, "1-sqrt"),
        "wsd_20_square": partial(_cooldown, 0.2, "1-square"),
        "wsd_20_cosine": partial(_cooldown, 0.2, "cosine"),
        **{
            f"drop_{place}": partial(_drops, (place / 100,), 0.1)
            for place in (25, 45, 65, 75, 85, 95)
        },
        "drops_late": partial(_drops, (0.8, 0.9), 0.1**0.5),
        "drops_small": partial(_drops, tuple(i / 10 for i in range(1, 10)), 1 / 1.6),
        "drops_by_4": partial(_drops, (0.5, 0.75), 0.25),
        "seesaw": partial(_drops, (512 / 592, 576 / 592), 0.5),  # where the batch grows by 4
        # A horizon that was wrong, and one that has moved.
        "cosine_110": partial(_planned, Cosine, 1.1),
        "cosine_125": partial(_planned, Cosine, 1.25),
        "cosine_150": partial(_planned, Cosine, 1.5),
        "cosine_200": partial(_planned, Cosine, 2.0),
        "cosine_300": partial(_planned, Cosine, 3.0),
        "linear_125": partial(_planned, Linear, 1.25),
        "linear_200": partial(_planned, Linear, 2.0),
        "linear_again": partial(_again, Linear),
        "linear_rewarmed": _rewarmed,
        "cosine_again": partial(_again, Cosine),
        "wsd_20_again": partial(_again, partial(_cooldown, 0.2, "linear")),
        "cosine_tenth_held": _tenth_after,
        # Cycles and ramps.
        "restarts_5": partial(_restarts, 5, 1.0),
        "restarts_doubling": partial(_restarts, 3, 2.0),
        "zigzag": _zigzag,
        "one_cycle": OneCycle,
        "trapezoid": _trapezoid,
        "range_test": _range_test,
    }
)


NAMES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "constant",
        "linear": "linear to 0",
        "cosine": "cosine to 0",
        "linear_tenth": "linear to 10 %",
        "cosine_tenth": "cosine to 10 %",
        "wsd_10": "constant, linear over the last 10 %",
        "wsd_20": "constant, linear over the last 20 %",
        "wsd_40": "constant, linear over the last 40 %",
        "wsd_20_sqrt": "constant, 1-sqrt over the last 20 %",
        "drops_3": "three tenfold drops",
        "exponential_100": "exponential to 1 %",
        "power_2": "linear squared",
        "sqrt": "1-sqrt over the whole run",
        "rex": "REX",
        "inverse_sqrt_cooldown": "inverse square root, linear over the last 10 %",
    }
)
"""The shapes of the grid in words."""


def schedule(
    shape: str,
    peak: float,
    steps: int,
    warmup: float = 0.0,
    first: Literal["1/(w+1)", "1/w", "zero"] = "1/(w+1)",
) -> Schedule:
    """Return a shape with a linear warmup inside its horizon.

    The ramp takes the share `warmup` of the updates and the shape has the rest, so that shares in
    its name, such as the 20 % of "wsd_20", are shares of the rest.

    Args:
        shape: a key of `SHAPES`.
        peak: the highest rate, > 0.
        steps: updates of the run, >= 1.
        warmup: share of the updates, from 0 to below 1.
        first: how the ramp begins, as for `lrdecay.Warmup`.

    Examples:
        >>> schedule("linear", 1.0, 8, warmup=0.5).sample(9).tolist()
        [0.2, 0.4, 0.6, 0.8, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    ramp = round(warmup * steps)
    rest = SHAPES[shape](peak, steps - ramp)
    if not ramp:
        return rest
    return Warmup(rest, ramp, first=first)
