"""The schedules of Keras (`keras.optimizers.schedules`, and a callback; read and run at 3.15.1).

Keras computes in the type of the first rate: in float32 by default. These are the same formulas in
float64; `name` falls away. A *whole number* for that rate makes Keras compute in whole numbers:
`ExponentialDecay(1, 2, 0.5)` takes 0.5 for 0 and is 0 from step 1 on. These refuse an `int`, except
where it changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from ..checks import Positive, Rate, StepCount, Steps, check, checked, refuse
from ..families.cosine import Cosine
from ..families.exponential import Exponential
from ..families.inverse import InverseTime
from ..families.linear import Linear
from ..families.piecewise import Piecewise
from ..families.polynomial import Polynomial
from ..families.restarts import CosineRestarts
from ..families.step import Step
from ..messages import quoted
from ..schedule import Constant, Hold, Schedule, Stretch
from .plateaus import ReachedPlateau
from .shared import compared, warmed

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "ReduceLROnPlateau",
]

NOT_SCHEDULES: dict[str, str] = {
    "LearningRateSchedule": "The base class.",
    "LearningRateScheduler": "A callback that calls a function of yours with epoch and rate.",
    "deserialize": "Reads a schedule from its settings.",
    "serialize": "Writes a schedule as its settings.",
}


@checked()
def ExponentialDecay(
    initial_learning_rate: float, decay_steps: Steps, decay_rate: Positive, staircase: bool = False
) -> Schedule:
    """Return `Exponential` by `decay_rate` every `decay_steps`, or `Step` with `staircase`.

    Compared:
        Exponential with a factor for every decay_steps; Step with staircase. A whole first rate is
        refused.

    Args:
        initial_learning_rate: rate at step 0; a float, see the module.
        decay_steps: steps for one factor of `decay_rate`, >= 1.
        decay_rate: the factor, > 0.
        staircase: whether the rate falls at whole multiples of `decay_steps` alone.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> ExponentialDecay(1.0, 2, 0.25).sample(5).tolist()
        [1.0, 0.5, 0.25, 0.125, 0.0625]
    """
    initial = first_rate(initial_learning_rate)
    if staircase:
        return Step(initial, decay_steps, decay_rate)
    decay = Exponential(initial, gamma=decay_rate)
    return decay if decay_steps == 1 else Stretch(decay, decay_steps)


@checked()
def PiecewiseConstantDecay(boundaries: Sequence[int], values: Sequence[float]) -> Piecewise:
    """Return `Piecewise` with every change one step late: step `boundary` still has the old value.

    Compared:
        Piecewise with each new value one step later: from boundary + 1 on.

    Args:
        boundaries: the last step of each value, rising, >= 0. Keras takes others too: it cuts
            fractions off, and where boundaries fall it adds two values up.
        values: one more than boundaries. Whole numbers do no harm, but that Keras raises on its
            torch backend where the first is one and another is not.

    Raises:
        ValueError: if an argument is out of range; for no boundary at all too, where Keras raises
            when it is called.

    Examples:
        >>> PiecewiseConstantDecay([2], [1.0, 0.1]).sample(5).tolist()
        [1.0, 1.0, 1.0, 0.1, 0.1]
    """
    steps = [check("each of boundaries", boundary, StepCount) for boundary in boundaries]
    if not steps or any(late <= early for early, late in pairwise(steps)):
        raise refuse("boundaries", boundaries, "one or more rising whole numbers >= 0")
    if len(values) != len(steps) + 1:
        raise refuse("values", values, f"one longer than boundaries ({len(steps)})")
    rates = tuple(check("each of values", value, Rate) for value in values)
    return Piecewise(tuple(step + 1 for step in steps), rates)


@checked()
def PolynomialDecay(
    initial_learning_rate: float,
    decay_steps: Steps,
    end_learning_rate: Rate = 0.0001,
    power: Rate = 1.0,
    cycle: bool = False,
) -> Schedule:
    """Return `Polynomial`, which is `Linear` with the default power.

    Compared:
        Polynomial that ends at 1e-4 by default, so that a smaller rate grows.

    Args:
        initial_learning_rate: rate at step 0; a float, see the module. Below the default
            `end_learning_rate` it grows.
        decay_steps: the horizon, >= 1.
        end_learning_rate: rate at the horizon and, without `cycle`, after it.
        power: exponent, >= 0; 0 leaves the rate where it is.
        cycle: whether the horizon moves on: the end is touched at every multiple of `decay_steps`,
            and the next step jumps up.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> PolynomialDecay(1.0, 4, 0.1, cycle=True).sample(7).round(4).tolist()
        [1.0, 0.775, 0.55, 0.325, 0.1, 0.4375, 0.325]
    """
    initial = first_rate(initial_learning_rate)
    moves_on = cycle
    if power == 0:
        return Constant(initial)
    if power == 1 and not moves_on:
        return Linear(initial, decay_steps, end_learning_rate)
    return Polynomial(initial, decay_steps, power, end_learning_rate, moves_on)


@checked()
def InverseTimeDecay(
    initial_learning_rate: float, decay_steps: Steps, decay_rate: Rate, staircase: bool = False
) -> Schedule:
    """Return `InverseTime` with the rate `decay_rate / decay_steps`.

    Compared:
        InverseTime with a rate for every decay_steps; can fall in stairs.

    Args:
        initial_learning_rate: rate at step 0; a float, see the module.
        decay_steps: steps in which the divisor grows by `decay_rate`, >= 1.
        decay_rate: by how much, >= 0.
        staircase: whether it grows at whole multiples of `decay_steps` alone.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> InverseTimeDecay(1.0, 2, 0.5).sample(5).round(4).tolist()
        [1.0, 0.8, 0.6667, 0.5714, 0.5]
    """
    initial = first_rate(initial_learning_rate)
    if staircase:
        return Hold(InverseTime(initial, decay_rate), decay_steps)
    return InverseTime(initial, decay_rate / decay_steps)


@checked()
def CosineDecay(
    initial_learning_rate: float,
    decay_steps: Steps,
    alpha: Rate = 0.0,
    warmup_target: float | None = None,
    warmup_steps: StepCount = 0,
) -> Schedule:
    """Return `Cosine`, behind a `Warmup` with the ramp k / w where there is a target.

    The warmup comes in front: the end is at `warmup_steps + decay_steps`, and held.

    Compared:
        Cosine with its end as a share; the warmup k / w comes before decay_steps, and is left out
        without a warmup_target.

    Args:
        initial_learning_rate: rate at step 0; a float, see the module.
        decay_steps: length of the cosine, >= 1, warmup not counted.
        alpha: the lowest rate, as a share of the peak, >= 0.
        warmup_target: the peak, where the warmup goes to. Without it there is no warmup, whatever
            `warmup_steps` says: Keras gives no warning.
        warmup_steps: length of the warmup, >= 0.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> CosineDecay(0.0, 5, 0.1, warmup_target=1.0, warmup_steps=3).sample(9).round(4).tolist()
        [0.0, 0.3333, 0.6667, 1.0, 0.9141, 0.6891, 0.4109, 0.1859, 0.1]
    """
    initial = first_rate(initial_learning_rate)
    if warmup_target is None:
        return Cosine(initial, decay_steps, alpha * initial)
    peak = check("warmup_target", warmup_target, Rate)
    return warmed(peak, Cosine(peak, decay_steps, alpha * peak), warmup_steps, start_lr=initial)


@checked(base_lr="lr", gamma="factor", threshold="min_delta")
def ReduceLROnPlateau(
    lr: float,
    monitor: str = "val_loss",
    factor: float = 0.1,
    patience: int = 10,
    mode: Literal["auto", "min", "max"] = "auto",
    min_delta: float = 1e-4,
    cooldown: int = 0,
    min_lr: float = 0.0,
) -> ReachedPlateau:
    """Return the fold of Keras' callback: a pure `state, metric -> state`.

    Like `ReduceOnPlateau` with `patience_is="reached"` and an absolute threshold, but the last
    metric of a cooldown counts already, and a first metric that is NaN stays the best for ever.
    `verbose` falls away.

    Compared:
        ReduceOnPlateau whose patience is reached, not exceeded; a cooldown is one metric shorter.

    Args:
        lr: rate before the first reduction. Keras stores it in float32 and needs it as a number:
            with a schedule in the optimizer the callback raises TypeError.
        monitor: name of the metric, of use with `mode="auto"` alone.
        factor: of each reduction, above 0 and below 1.
        patience: bad metrics in a row that reduce the rate.
        mode: whether a lower or a higher metric is better; "auto" knows "loss" and "val_loss",
            and here no other name, as Keras asks the model's metrics.
        min_delta: the least improvement, as an amount; its sign does not matter.
        cooldown: metrics after a reduction that are not counted as bad, and one more.
        min_lr: the rate is not reduced below this.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> ReduceLROnPlateau(1.0, patience=2).history([3.0] * 6).round(3).tolist()
        [1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    """
    if mode == "auto" and monitor not in {"loss", "val_loss"}:
        raise refuse("mode", mode, f"'min' or 'max' for monitor = {quoted(monitor)}")
    goal = "max" if mode == "max" else "min"
    return ReachedPlateau(lr, factor, patience, abs(min_delta), goal, cooldown, min_lr)


def first_rate(rate: float) -> float:
    """Return the rate whose type Keras computes in."""
    if isinstance(rate, (int, np.integer)):
        words = "a float: Keras cuts all other arguments to whole numbers after an int"
        raise refuse("initial_learning_rate", rate, words)
    return check("initial_learning_rate", rate, Rate)


@checked(cycle_mult="t_mul")
def CosineDecayRestarts(
    initial_learning_rate: float,
    first_decay_steps: Steps,
    t_mul: Positive = 2.0,
    m_mul: Positive = 1.0,
    alpha: Rate = 0.0,
) -> Schedule:
    """Return `CosineRestarts` whose cycles grow by any factor, above a bottom that stays.

    Keras finds the cycle by a logarithm. Where that is rounded down at a restart, the update there
    uses the bottom, not the peak. Which restarts these are depends on the backend and the machine:
    with the default `t_mul` the 13th and the 15th were, with `t_mul=7` on one machine most of
    them, on another none. Here every restart is at its peak.

    Compared:
        CosineRestarts, with any t_mul from 1 on; the bottom stays, peaks can shrink. Keras misses
        some restarts by one step in float32; the dialect does not.

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
    if t_mul < 1:
        raise refuse("t_mul", t_mul, "at least 1")
    if alpha > 1:
        raise refuse("alpha", alpha, "from 0 to 1")
    flat = 0.0 if m_mul != 1 else alpha * initial
    peak = initial if m_mul == 1 else (1 - alpha) * initial
    waves = CosineRestarts(peak, first_decay_steps, t_mul, flat, m_mul)
    return waves if m_mul == 1 or alpha == 0 else waves + Constant(alpha * initial)


SCHEDULERS = compared(globals())
