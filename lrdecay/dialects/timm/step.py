"""timm's drops by a factor: at intervals, and at milestones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from ...checks import Number, Positive, Rate, check, checked, refuse
from ...families.step import Step
from ...schedule import Constant, Schedule, Skip
from ..torch.factors import MultiStepLR
from .parts import Ignored, after_warmup, refuse_noise


@dataclass(frozen=True, repr=False)
class AnyStep(Schedule):
    r"""`Step` with drops at intervals that need not be whole.

    $$\eta_k = \text{base\_lr} \cdot \text{gamma}^{\lfloor k / \text{step\_size} \rfloor}$$

    Args:
        base_lr: learning rate at $k = 0$, >= 0.
        step_size: steps between drops, > 0.
        gamma: factor of each drop, > 0.

    Raises:
        ValueError: if an argument, or a step when called, is out of range.

    Examples:
        >>> AnyStep(1.0, step_size=1.5, gamma=0.5).sample(5).tolist()
        [1.0, 1.0, 0.5, 0.25, 0.25]
    """

    base_lr: Rate
    step_size: Positive
    gamma: Positive = 0.1

    def _lr(self, k: Any, xp: Any) -> Any:
        return self.base_lr * self.gamma ** (k // self.step_size)


@checked(base_lr="lr", gamma="decay_rate", step_size="decay_t")
def StepLRScheduler(
    lr: float,
    decay_t: Positive,
    decay_rate: float = 1.0,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = True,
    **ignored: Unpack[Ignored],
) -> Schedule:
    """Return timm's step schedule: `Step`, by default without a drop.

    Compared:
        The steps between drops need not be whole; decay_rate is 1 by default.

    Args:
        lr: learning rate at the end of the warmup.
        decay_t: steps between drops, whole or not.
        decay_rate: factor of each drop.
        warmup_t: length of the warmup.
        warmup_lr_init: where the warmup starts from.
        warmup_prefix: whether the drops are counted from the end of the warmup.
        ignored: what changes nothing; see `lrdecay.dialects.timm`.

    Raises:
        ValueError: if an argument is out of range, or with noise.

    Examples:
        >>> StepLRScheduler(1.0, decay_t=2, decay_rate=0.5, warmup_t=2).sample(7).tolist()
        [0.0, 0.5, 1.0, 1.0, 0.5, 0.5, 0.25]
    """
    refuse_noise(ignored)
    whole = decay_t.is_integer()
    main = Step(lr, int(decay_t), decay_rate) if whole else AnyStep(lr, decay_t, decay_rate)
    return after_warmup(lr, main, warmup_t, warmup_lr_init, prefix=warmup_prefix)


@checked(base_lr="lr", gamma="decay_rate")
def MultiStepLRScheduler(
    lr: float,
    decay_t: Sequence[float],
    decay_rate: float = 1.0,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    warmup_prefix: bool = True,
    **ignored: Unpack[Ignored],
) -> Schedule:
    """Return timm's milestones: `MultiStep` entered at its own step 1.

    Each drop comes one step before its milestone, which timm keeps on purpose (timm#2745, #2753). A
    milestone that is not whole counts as the next whole one, a repeated one twice.

    Compared:
        Drops one step before each milestone; decay_rate is 1 by default.

    Args:
        lr: learning rate at the end of the warmup, before the first drop.
        decay_t: the milestones, none before the last one.
        decay_rate: factor of each drop.
        warmup_t: length of the warmup.
        warmup_lr_init: where the warmup starts from.
        warmup_prefix: whether the milestones are counted from the end of the warmup.
        ignored: what changes nothing; see `lrdecay.dialects.timm`.

    Raises:
        ValueError: if an argument is out of range, or with noise, or if the milestones are not
            sorted, with which timm's search among them goes astray.

    Examples:
        >>> MultiStepLRScheduler(1.0, decay_t=[3, 6], decay_rate=0.1).sample(4).tolist()
        [1.0, 1.0, 0.1, 0.1]
    """
    refuse_noise(ignored)
    milestones = [check("decay_t", milestone, Number) for milestone in decay_t]
    if milestones != sorted(milestones):
        raise refuse("decay_t", decay_t, "sorted")
    # Before step 1 of the schedule, which is timm's step 0, all is one.
    steps = [max(1, math.ceil(milestone)) for milestone in milestones]
    main = Skip(MultiStepLR(lr, steps, decay_rate), steps=1) if steps else Constant(lr)
    return after_warmup(lr, main, warmup_t, warmup_lr_init, prefix=warmup_prefix)
