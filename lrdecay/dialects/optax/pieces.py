"""optax's schedules of given values: boundaries with scales, and one-cycle made of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Literal

from ...checks import MOST_STEPS, Positive, Rate, StepCount, Steps, check, checked, refuse
from ...families.cosine import Cosine
from ...families.multistep import MultiStep
from ...families.onecycle import Curve, OneCycle
from ...families.piecewise import Piecewise
from ...schedule import Constant, Schedule, Then

Scales = Mapping[int, float]


@checked()
def piecewise_constant_schedule(
    init_value: Rate, boundaries_and_scales: Scales | None = None
) -> Schedule:
    """Return `MultiStep` with a factor for each boundary: the new rate from the boundary on.

    Compared:
        The same as MultiStep with a factor for each milestone.

    Args:
        init_value: rate before the first boundary.
        boundaries_and_scales: step -> factor of the rate so far, >= 0; a factor of 0 ends the
            run's learning, and gives `Piecewise`. A boundary at 0 counts from the start.

    Raises:
        ValueError: if an argument is out of range; for a boundary below 0 too, which optax takes.

    Examples:
        >>> piecewise_constant_schedule(1.0, {2: 0.5, 4: 0.1}).sample(6).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.05, 0.05]
    """
    values, boundaries = _values(init_value, boundaries_and_scales)
    if not boundaries:
        return Constant(values[0])
    if 0 in values:
        return Piecewise(boundaries, values)
    scales = dict(boundaries_and_scales or {})
    return MultiStep(values[0], boundaries, tuple(scales[boundary] for boundary in boundaries))


@checked()
def piecewise_interpolate_schedule(
    interpolate_type: Literal["linear", "cosine"],
    init_value: Rate,
    boundaries_and_scales: Scales | None = None,
) -> Schedule:
    """Return values at boundaries, joined by straight lines or by half cosine waves, then held.

    "linear" is `Piecewise` with lines between; "cosine" joins one `Cosine` after the other.

    Compared:
        Piecewise between given steps, linear or by half cosine waves, with factors for values.

    Args:
        interpolate_type: "linear" or "cosine".
        init_value: rate at step 0.
        boundaries_and_scales: step -> factor of the value at the boundary before, >= 0. A boundary
            at 0 changes the first rate itself.

    Raises:
        ValueError: if an argument is out of range; for a boundary below 0 too, where optax enters
            the first piece midway.

    Examples:
        >>> piecewise_interpolate_schedule("linear", 1.0, {2: 0.5, 4: 0.0}).sample(6).tolist()
        [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    values, boundaries = _values(init_value, boundaries_and_scales)
    if not boundaries:
        return Constant(values[0])
    if interpolate_type == "linear":
        return Piecewise(boundaries, values, between="linear")
    schedule: Schedule = Cosine(values[0], boundaries[0], values[1])
    rest = zip(pairwise(boundaries), pairwise(values[1:]), strict=True)
    for (begin, end), (first, last) in rest:
        schedule = Then(schedule, Cosine(first, end - begin, last), begin)
    return schedule


@checked()
def linear_onecycle_schedule(
    transition_steps: Steps,
    peak_value: Rate,
    pct_start: float = 0.3,
    pct_final: float = 0.85,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
) -> Schedule:
    """Return `OneCycle` in three straight phases: up, back to the start, and down.

    Starts at `peak_value / div_factor` and ends, at `transition_steps`, at that divided by
    `final_div_factor`. The phases end at whole steps, rounded down. optax 0.2.8 keeps them in a
    dict, so that a phase that ends where a later one does loses its factor: with
    `pct_final=1.0` the rate ends at `peak_value / final_div_factor`, and where
    `pct_start * transition_steps` is below 1 it starts at the peak. So it does here.

    Compared:
        OneCycle in three straight phases; phases that end at one step lose a factor.

    Args:
        transition_steps: the horizon, >= 1.
        peak_value: the highest rate.
        pct_start: share of the horizon on the way up.
        pct_final: share of the horizon at which the start is reached again.
        div_factor: peak over start.
        final_div_factor: start over end.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> linear_onecycle_schedule(20, 1.0).sample(7).round(4).tolist()
        [0.04, 0.2, 0.36, 0.52, 0.68, 0.84, 1.0]
    """
    peak, steps, div, final_div = peak_value, transition_steps, div_factor, final_div_factor
    start = _step("pct_start", pct_start, steps)
    final = _step("pct_final", pct_final, steps)
    if 0 <= start < final < steps:
        low = peak / div
        return OneCycle(peak, steps, start, low, low / final_div, "linear", final - start)
    scales = {start: div, final: 1.0 / div, steps: 1.0 / final_div}
    return piecewise_interpolate_schedule("linear", peak / div, scales)


@checked()
def cosine_onecycle_schedule(
    transition_steps: Steps,
    peak_value: Rate,
    pct_start: float = 0.3,
    div_factor: Positive = 25.0,
    final_div_factor: Positive = 1e4,
) -> Schedule:
    """Return `OneCycle` with its end at `transition_steps`, where PyTorch's is a step earlier.

    From `peak_value / div_factor` to the peak, and to `peak_value / (div_factor *
    final_div_factor)`, which is held. The peak is at `pct_start * transition_steps`, rounded down;
    with `pct_start=1.0` there is none, as optax 0.2.8 keeps the phases in a dict in which the
    second then overwrites the first.

    Compared:
        The same as OneCycle with its peak at a step rounded down.

    Args:
        transition_steps: the horizon, >= 1.
        peak_value: the highest rate.
        pct_start: share of the horizon on the way up.
        div_factor: peak over start.
        final_div_factor: start over end.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> cosine_onecycle_schedule(10, 1.0).sample(5).round(4).tolist()
        [0.04, 0.28, 0.76, 1.0, 0.9505]
    """
    peak, steps, div, final_div = peak_value, transition_steps, div_factor, final_div_factor
    start = _step("pct_start", pct_start, steps)
    if 0 <= start < steps:
        curve: Curve = "cosine"
        return OneCycle(peak, steps, start, peak / div, peak / (div * final_div), curve)
    scales = {start: div, steps: 1.0 / (div * final_div)}
    return piecewise_interpolate_schedule("cosine", peak / div, scales)


def _step(name: str, share: float, steps: int) -> int:
    step = check(name, share, Rate) * steps
    if step > MOST_STEPS:
        raise refuse(name, share, "a share of the horizon")
    return int(step)


def _values(init: float, scales: Scales | None) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return the value at the start and at each boundary above 0, and those boundaries."""
    values, boundaries = [init], []
    for boundary, scale in sorted((scales or {}).items()):
        step = check("each boundary of boundaries_and_scales", boundary, StepCount)
        value = values[-1] * check("each scale of boundaries_and_scales", scale, Rate)
        if step == 0:
            values[-1] = value
        else:
            values.append(value)
            boundaries.append(step)
    return tuple(values), tuple(boundaries)
