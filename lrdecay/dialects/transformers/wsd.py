"""The warmup-stable-decay schedule of transformers."""

from __future__ import annotations

from typing import Literal

from ...checks import Rate, StepCount, check, checked
from ...families.wsd import WSD
from ...schedule import Constant, Schedule, Skip, Then
from ..shared import CosineWave, warmed

Shape = Literal["linear", "cosine", "1-sqrt"]


@checked(total_steps="num_stable_steps", waves="num_cycles")
def get_wsd_schedule(
    lr: Rate,
    num_warmup_steps: StepCount,
    num_decay_steps: StepCount,
    num_training_steps: int | None = None,
    num_stable_steps: int | None = None,
    warmup_type: Shape = "linear",
    decay_type: Shape = "cosine",
    min_lr_ratio: Rate = 0.0,
    num_cycles: float = 0.5,
) -> Schedule:
    """Return transformers' warmup-stable-decay: `Warmup` of `WSD` with a cosine cooldown.

    Starts at `min_lr_ratio` times `lr`, not at 0 as the other schedules of transformers do; reaches
    `lr` at `num_warmup_steps`, and the minimum after warmup, stable phase and cooldown, which is
    then held. Where `num_training_steps` is shorter than warmup and cooldown together, the
    cooldown is entered late and the rate jumps.

    Compared:
        The ramp starts at the minimum, not at 0 as everywhere else here; cosine cooldown.

    Args:
        lr: the rate that is held.
        num_warmup_steps: length of the warmup.
        num_decay_steps: length of the cooldown.
        num_training_steps: length of all three phases; not looked at when `num_stable_steps` is
            given, about which transformers warns.
        num_stable_steps: length of the stable phase.
        warmup_type: shape of the ramp. "1-sqrt" is infinitely steep at its end, so that its last
            step is a jump.
        decay_type: shape of the cooldown.
        min_lr_ratio: the first and the last rate, as a share of `lr`.
        num_cycles: whole waves of the "cosine" cooldown; with other than 0.5 it ends in a jump to
            the minimum.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> schedule = get_wsd_schedule(1.0, 2, 4, num_stable_steps=2, decay_type="linear")
        >>> schedule.sample(9).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]
    """
    if num_stable_steps is not None:
        stable_steps = check("num_stable_steps", num_stable_steps, StepCount)
    elif num_training_steps is not None:
        total_steps = check("num_training_steps", num_training_steps, StepCount)
        stable_steps = total_steps - num_warmup_steps - num_decay_steps
    else:
        raise ValueError("num_training_steps or num_stable_steps must be given, got neither")
    final_lr = min_lr_ratio * lr
    if stable_steps + num_decay_steps <= 0:
        rest: Schedule = Constant(final_lr)
    else:
        rest = _stable_decay(
            lr, stable_steps, num_decay_steps, shape=decay_type, final_lr=final_lr, waves=num_cycles
        )
    return warmed(lr, rest, num_warmup_steps, start_lr=final_lr, shape=warmup_type)


def _stable_decay(
    lr: float, stable_steps: int, decay_steps: int, *, shape: Shape, final_lr: float, waves: float
) -> Schedule:
    if decay_steps == 0:
        return Then(Constant(lr), Constant(final_lr), at=stable_steps)
    held = max(stable_steps, 0)
    if shape == "cosine" and waves != 0.5:
        wave = CosineWave(lr, decay_steps, final_lr, waves)
        decay: Schedule = Then(wave, Constant(final_lr), at=decay_steps)
        decay = Then(Constant(lr), decay, at=held) if held else decay
    else:
        decay = WSD(lr, held + decay_steps, decay_steps, final_lr=final_lr, shape=shape)
    return decay if stable_steps >= 0 else Skip(decay, -stable_steps)
