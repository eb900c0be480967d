"""The schedulers of timm (`timm.scheduler`, read at 1.0.31).

A scheduler of timm has a warmup from `warmup_lr_init` at step 0 to `lr` at step `warmup_t`. With
`warmup_prefix` the schedule starts behind it; without, its clock runs from step 0, so that at the
end of the warmup the rate jumps down to where the schedule has got by then, and `lr` is never used
(timm#1242, #2312). Without warmup `lr` is the rate of step 0 even where the formula gives another,
because timm first computes a rate for step 1.

One step here is one call of `step`, so an epoch, or of `step_update` with `t_in_epochs=False`;
this and `initialize` change nothing. Noise is refused: timm draws it from torch's generator. A
schedule is that of one parameter group, whose `lr_scale` is the factor of a `Scale`.
"""

from __future__ import annotations

from ..shared import compared
from .curves import CosineLRScheduler, PolyLRScheduler, TanhLRScheduler
from .cycles import Cycles
from .factory import create_scheduler_v2
from .plateau import PlateauLRScheduler
from .step import AnyStep, MultiStepLRScheduler, StepLRScheduler
from .wsd import Cooldown, DownTo, Towards, WSDLRScheduler

__all__ = [
    "AnyStep",
    "Cooldown",
    "CosineLRScheduler",
    "Cycles",
    "DownTo",
    "MultiStepLRScheduler",
    "PlateauLRScheduler",
    "PolyLRScheduler",
    "StepLRScheduler",
    "TanhLRScheduler",
    "Towards",
    "WSDLRScheduler",
    "create_scheduler_v2",
]

NOT_SCHEDULES: dict[str, str] = {
    "create_scheduler": "create_scheduler_v2, from the options of timm's training script.",
    "scheduler_kwargs": (
        "Collects those options; the ones that are missing have other defaults: 100 epochs, 5 of "
        "them warmup, a drop every 30."
    ),
}


SCHEDULERS = compared(globals())
