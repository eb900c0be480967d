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

from ..arguments import checked
from ..checks import Positive, Rate, StepCount, Steps, check, refuse
from ..families.cosine import Cosine
from ..families.exponential import Exponential
from ..families.inverse import InverseTime
from ..families.linear import Linear
from ..families.piecewise import Piecewise
from ..families.polynomial import Polynomial
from ..families.step import Step
from ..messages import quoted
from ..schedule import Constant, Hold, Schedule, Stretch
from ._folds import ReachedPlateau
from ._keras_parts import first_rate
from ._keras_restarts import CosineDecayRestarts
from ._warmed import warmed

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "ReduceLROnPlateau",
]

SCHEDULERS: dict[str, str] = {
    "CosineDecay": (
        "Cosine with its end as a share; the warmup k / w comes before decay_steps, and is left "
        "out without a warmup_target."
    ),
    "CosineDecayRestarts": (
        "CosineRestarts, with any t_mul from 1 on; the bottom stays, peaks can shrink. "
        "Keras misses some restarts by one step in float32; the dialect does not."
    ),
    "ExponentialDecay": (
        "Exponential with a factor for every decay_steps; Step with staircase. A whole first rate "
        "is refused."
    ),
    "InverseTimeDecay": "InverseTime with a rate for every decay_steps; can fall in stairs.",
    "PiecewiseConstantDecay": "Piecewise with each new value one step later: from boundary + 1 on.",
    "PolynomialDecay": "Polynomial that ends at 1e-4 by default, so that a smaller rate grows.",
    "ReduceLROnPlateau": (
        "ReduceOnPlateau whose patience is reached, not exceeded; a cooldown is one metric shorter."
    ),
}

NOT_SCHEDULES: dict[str, str] = {
    "LearningRateSchedule": "The base class.",
    "LearningRateScheduler": "A callback that calls a function of yours with epoch and rate.",
    "deserialize": "Reads a schedule from its settings.",
    "serialize": "Writes a schedule as its settings.",
}


@checked()
def ExponentialDecay(
    initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
) -> Schedule:
    """Return `Exponential` by `decay_rate` every `decay_steps`, or `Step` with `staircase`.

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
    steps = check("decay_steps", decay_steps, Steps)
    rate = check("decay_rate", decay_rate, Positive)
    if staircase:
        return Step(initial, steps, rate)
    decay = Exponential(initial, gamma=rate)
    return decay if steps == 1 else Stretch(decay, steps)


@checked()
def PiecewiseConstantDecay(boundaries: Sequence[int], values: Sequence[float]) -> Piecewise:
    """Return `Piecewise` with every change one step late: step `boundary` still has the old value.

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
    decay_steps: int,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
) -> Schedule:
    """Return `Polynomial`, which is `Linear` with the default power.

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
    steps = check("decay_steps", decay_steps, Steps)
    end = check("end_learning_rate", end_learning_rate, Rate)
    moves_on = cycle
    if check("power", power, Rate) == 0:
        return Constant(initial)
    if power == 1 and not moves_on:
        return Linear(initial, steps, end)
    return Polynomial(initial, steps, power, end, moves_on)


@checked()
def InverseTimeDecay(
    initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
) -> Schedule:
    """Return `InverseTime` with the rate `decay_rate / decay_steps`.

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
    steps = check("decay_steps", decay_steps, Steps)
    rate = check("decay_rate", decay_rate, Rate)
    if staircase:
        return Hold(InverseTime(initial, rate), steps)
    return InverseTime(initial, rate / steps)


@checked()
def CosineDecay(
    initial_learning_rate: float,
    decay_steps: int,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> Schedule:
    """Return `Cosine`, behind a `Warmup` with the ramp k / w where there is a target.

    The warmup comes in front: the end is at `warmup_steps + decay_steps`, and held.

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
    steps = check("decay_steps", decay_steps, Steps)
    share = check("alpha", alpha, Rate)
    warmup = check("warmup_steps", warmup_steps, StepCount)
    if warmup_target is None:
        return Cosine(initial, steps, share * initial)
    peak = check("warmup_target", warmup_target, Rate)
    return warmed(peak, Cosine(peak, steps, share * peak), warmup, start_lr=initial)


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
    if mode not in {"auto", "min", "max"}:
        raise refuse("mode", mode, "'auto', 'min' or 'max'")
    if mode == "auto" and monitor not in {"loss", "val_loss"}:
        raise refuse("mode", mode, f"'min' or 'max' for monitor = {quoted(monitor)}")
    goal = "max" if mode == "max" else "min"
    return ReachedPlateau(lr, factor, patience, abs(min_delta), goal, cooldown, min_lr)
