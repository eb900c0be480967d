"""optax's decays: polynomial, exponential and cosine, on one clock."""

from __future__ import annotations

from ...checks import Number, Rate, Steps, check, checked
from ...families.cosine import Cosine
from ...families.exponential import Exponential
from ...families.linear import Linear
from ...families.polynomial import Polynomial
from ...families.step import Step
from ...schedule import Clip, Constant, Schedule, Stretch


@checked()
def polynomial_schedule(
    init_value: Rate,
    end_value: Rate,
    power: Rate,
    transition_steps: int,
    transition_begin: int = 0,
) -> Schedule:
    """Return `Polynomial` that starts `transition_begin` steps late; `end_value` is held after.

    With `transition_steps` 0 or less optax never leaves `init_value`; so here.

    Compared:
        Polynomial that can start late. Zero transition_steps: the first value for ever.

    Args:
        init_value: rate up to the start.
        end_value: rate from `transition_begin + transition_steps` on.
        power: exponent, >= 0.
        transition_steps: how long the change takes.
        transition_begin: steps before it; below 0 counts as 0.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> polynomial_schedule(1.0, 0.0, 2, 4, transition_begin=1).sample(6).tolist()
        [1.0, 1.0, 0.5625, 0.25, 0.0625, 0.0]
    """
    steps = length("transition_steps", transition_steps)
    if not steps or power == 0:
        return Constant(init_value)
    line = (
        Linear(init_value, steps, end_value)
        if power == 1
        else Polynomial(init_value, steps, power, end_value)
    )
    return _later(line, transition_begin)


@checked()
def linear_schedule(
    init_value: float, end_value: float, transition_steps: int, transition_begin: int = 0
) -> Schedule:
    """Return `Linear` that starts `transition_begin` steps late; `end_value` is held after.

    With `transition_steps` 0 or less optax never leaves `init_value`; so here.

    Compared:
        Linear that can start late. Zero transition_steps: constant.

    Examples:
        >>> linear_schedule(1.0, 0.5, transition_steps=2).sample(4).tolist()
        [1.0, 0.75, 0.5, 0.5]
    """
    return polynomial_schedule(init_value, end_value, 1, transition_steps, transition_begin)


@checked()
def exponential_decay(
    init_value: Rate,
    transition_steps: int,
    decay_rate: Rate,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Schedule:
    """Return `Exponential` by a factor every `transition_steps`, or `Step` with `staircase`.

    With `transition_steps` 0 or less or `decay_rate` 0 optax never leaves `init_value`, whatever
    `end_value` says; so here.

    Compared:
        Exponential with a factor for each transition_steps, Step with staircase; can start late and
        stop at a value. Zero transition_steps or rate: constant.

    Args:
        init_value: rate up to the start.
        transition_steps: steps for one factor of `decay_rate`.
        decay_rate: the factor, >= 0.
        transition_begin: steps before the decay; below 0 counts as 0.
        staircase: whether the rate falls at whole multiples of `transition_steps` alone.
        end_value: lower bound where `decay_rate` is below 1, else upper bound. It bounds
            `init_value` too.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> exponential_decay(1.0, 2, 0.25, staircase=True, end_value=0.1).sample(6).tolist()
        [1.0, 1.0, 0.25, 0.25, 0.1, 0.1]
    """
    steps = length("transition_steps", transition_steps)
    if not steps or decay_rate == 0:
        return Constant(init_value)
    if staircase:
        decay: Schedule = Step(init_value, steps, decay_rate)
    else:
        decay = Exponential(init_value, gamma=decay_rate)
        decay = decay if steps == 1 else Stretch(decay, steps)
    decay = _later(decay, transition_begin)
    if end_value is None:
        return decay
    if decay_rate < 1:
        low = max(check("end_value", end_value, Number), 0.0)
        return Clip(decay, low) if low else decay
    return Clip(decay, high=check("end_value", end_value, Rate))


@checked()
def cosine_decay_schedule(
    init_value: Rate, decay_steps: Steps, alpha: Rate = 0.0, exponent: float = 1.0
) -> Schedule:
    """Return `Cosine` down to `alpha * init_value`, which is held.

    Compared:
        Cosine, with the lowest rate as a share of the highest.

    Args:
        init_value: rate at step 0.
        decay_steps: the horizon, >= 1.
        alpha: the lowest rate as a share of `init_value`, >= 0.
        exponent: of the half wave, >= 0; not the power of the time that others call k-decay.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> cosine_decay_schedule(1.0, 4, alpha=0.1).sample(6).round(4).tolist()
        [1.0, 0.8682, 0.55, 0.2318, 0.1, 0.1]
    """
    return cosine(init_value, decay_steps, alpha * init_value, exponent)


def length(name: str, steps: int) -> int:
    """Return a length that optax takes for nothing when it is not above 0."""
    return check(name, steps, Steps) if check(name, steps, Number) > 0 else 0


def cosine(peak: float, steps: int, end: float, exponent: float) -> Schedule:
    """Return `Cosine` with an exponent that may be 0, which leaves it constant."""
    if check("exponent", exponent, Rate) == 0:
        return Constant(peak)
    return Cosine(peak, steps, end, exponent)


def _later(schedule: Schedule, begin: int) -> Schedule:
    steps = length("transition_begin", begin)
    return schedule.shift(steps) if steps else schedule
