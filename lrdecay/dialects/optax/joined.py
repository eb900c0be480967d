"""optax's joined schedules: warmup in front of a decay, and one schedule after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...checks import Rate, StepCount, Steps, check, checked, refuse
from ...schedule import Constant, Schedule, Then
from ..shared import warmed
from .decays import cosine, exponential_decay, length


@checked()
def warmup_constant_schedule(init_value: Rate, peak_value: Rate, warmup_steps: int) -> Schedule:
    """Return `Warmup` from `init_value` in front of a constant rate.

    With `warmup_steps` 0 or less optax 0.2.8 stays at `init_value` for ever: with the usual
    `init_value=0.0` nothing is ever learned. So here.

    Compared:
        Warmup from init_value, then constant. Zero warmup_steps: init_value for ever.

    Examples:
        >>> warmup_constant_schedule(0.0, 1.0, warmup_steps=2).sample(4).tolist()
        [0.0, 0.5, 1.0, 1.0]
        >>> warmup_constant_schedule(0.0, 1.0, warmup_steps=0).sample(4).tolist()
        [0.0, 0.0, 0.0, 0.0]
    """
    steps = length("warmup_steps", warmup_steps)
    return (
        warmed(peak_value, Constant(peak_value), steps, start_lr=init_value)
        if steps
        else Constant(init_value)
    )


@checked()
def warmup_cosine_decay_schedule(
    init_value: Rate,
    peak_value: Rate,
    warmup_steps: StepCount,
    decay_steps: Steps,
    end_value: Rate = 0.0,
    exponent: float = 1.0,
) -> Schedule:
    """Return `Warmup` from `init_value` and `Cosine`, the warmup counted inside `decay_steps`.

    `peak_value` at `warmup_steps`, `end_value` at `decay_steps` and held after; with a peak of 0
    the end is 0 too.

    Compared:
        Warmup with the ramp k / w from init_value and Cosine, the warmup inside decay_steps.

    Args:
        init_value: rate at step 0; usually 0, so that the first update changes nothing.
        peak_value: the highest rate.
        warmup_steps: length of the warmup, from 0 to `decay_steps` - 1.
        decay_steps: the horizon, warmup included.
        end_value: rate from the horizon on.
        exponent: of the half wave, >= 0.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> schedule = warmup_cosine_decay_schedule(0.0, 1.0, 3, 8, end_value=0.1)
        >>> schedule.sample(10).round(4).tolist()
        [0.0, 0.3333, 0.6667, 1.0, 0.9141, 0.6891, 0.4109, 0.1859, 0.1, 0.1]
    """
    if warmup_steps >= decay_steps:
        raise refuse("decay_steps", decay_steps, f"above warmup_steps = {warmup_steps}")
    decay = cosine(
        peak_value, decay_steps - warmup_steps, end_value if peak_value else 0.0, exponent
    )
    return warmed(peak_value, decay, warmup_steps, start_lr=init_value)


@checked()
def warmup_exponential_decay_schedule(
    init_value: Rate,
    peak_value: Rate,
    warmup_steps: int,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Schedule:
    """Return `Warmup` from `init_value` in front of `exponential_decay`.

    The decay's clock starts after the warmup. Where `end_value` bounds the peak itself, the ramp
    still goes to `peak_value`.

    Compared:
        Warmup with the ramp k / w from init_value, then the exponential decay on its own clock.

    Args:
        init_value: rate at step 0.
        peak_value: where the ramp ends and the decay starts.
        warmup_steps: length of the warmup, >= 0.
        transition_steps: steps for one factor of `decay_rate`.
        decay_rate: the factor, >= 0.
        transition_begin: steps at the peak before the decay.
        staircase: whether the rate falls at whole multiples of `transition_steps` alone.
        end_value: lower bound of the decay where `decay_rate` is below 1, else upper bound.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> warmup_exponential_decay_schedule(0.0, 1.0, 2, 1, 0.5).sample(5).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.25]
    """
    decay = exponential_decay(
        peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value
    )
    return warmed(peak_value, decay, warmup_steps, start_lr=init_value, name="warmup_steps")


@checked()
def join_schedules(schedules: Sequence[Schedule], boundaries: Sequence[int]) -> Schedule:
    """Return `Then` for each boundary: from it on the next schedule, on its own clock.

    Of boundaries that do not rise, a later one takes from all schedules before it; so in optax.

    Compared:
        Then, as often as there are boundaries; more or fewer are refused.

    Args:
        schedules: one or more schedules.
        boundaries: steps of the changes, one fewer than schedules. optax 0.2.8 leaves out what
            has no partner, without a word; this refuses.

    Raises:
        ValueError: if the numbers do not fit.

    Examples:
        >>> from lrdecay import Linear
        >>> join_schedules([Constant(1.0), Linear(1.0, 2)], [2]).sample(5).tolist()
        [1.0, 1.0, 1.0, 0.5, 0.0]
    """
    if not schedules or len(boundaries) != len(schedules) - 1:
        words = f"one fewer than schedules ({len(schedules)}, at least 1)"
        raise refuse("boundaries", boundaries, words)
    joined = schedules[0]
    for schedule, boundary in zip(schedules[1:], boundaries, strict=True):
        joined = Then(joined, schedule, check("each of boundaries", boundary, StepCount))
    return joined


@checked()
def sgdr_schedule(cosine_kwargs: Iterable[Mapping[str, Any]]) -> Schedule:
    """Return `warmup_cosine_decay_schedule`s joined, each for its own `decay_steps`.

    A cycle ends one step before its `end_value`, which only the last one reaches and holds.

    Compared:
        Warmup and Cosine, one after the other, each with settings of its own.

    Args:
        cosine_kwargs: the arguments of each cycle.

    Raises:
        ValueError: if an argument is out of range, or there is no cycle.

    Examples:
        >>> cycle = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 1, "decay_steps": 3}
        >>> sgdr_schedule([cycle, cycle]).sample(7).tolist()
        [0.0, 1.0, 0.5, 0.0, 1.0, 0.5, 0.0]
    """
    cycles = [dict(kwargs) for kwargs in cosine_kwargs]
    if not cycles:
        raise refuse("cosine_kwargs", cosine_kwargs, "one or more")
    schedules = [warmup_cosine_decay_schedule(**kwargs) for kwargs in cycles]
    ends: list[int] = []
    for kwargs in cycles:
        ends.append((ends[-1] if ends else 0) + kwargs["decay_steps"])
    return join_schedules(schedules, ends[:-1])
