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

from .curves import CosineLRScheduler, PolyLRScheduler, TanhLRScheduler
from .factory import create_scheduler_v2
from .plateau import PlateauLRScheduler
from .step import MultiStepLRScheduler, StepLRScheduler
from .wsd import WSDLRScheduler

__all__ = [
    "NOT_SCHEDULES",
    "SCHEDULERS",
    "CosineLRScheduler",
    "MultiStepLRScheduler",
    "PlateauLRScheduler",
    "PolyLRScheduler",
    "StepLRScheduler",
    "TanhLRScheduler",
    "WSDLRScheduler",
    "create_scheduler_v2",
]

SCHEDULERS: dict[str, str] = {
    "CosineLRScheduler": (
        "Without warmup_prefix its clock runs during the warmup, so that the peak is never used; "
        "cycle_mul may be any factor, and with 3 the sixth cycle starts at the bottom."
    ),
    "StepLRScheduler": "The steps between drops need not be whole; decay_rate is 1 by default.",
    "MultiStepLRScheduler": "Drops one step before each milestone; decay_rate is 1 by default.",
    "PolyLRScheduler": "The power is 0.5 by default; without warmup_prefix the peak is never used.",
    "TanhLRScheduler": (
        "Jumps to lr_min at the end, which Tanh only comes close to; without warmup_prefix the "
        "warmup ends at the rate that the schedule has by then."
    ),
    "WSDLRScheduler": (
        "Warmup from 0 and always put in front; 1-sqrt cooldown; the stable phase may fall too."
    ),
    "PlateauLRScheduler": (
        "PyTorch's ReduceLROnPlateau for a metric that should rise; metrics during the warmup are "
        "not looked at."
    ),
    "create_scheduler_v2": (
        "Makes one of the others by a name, with other defaults than theirs: cycle_decay 0.1, and "
        "decay_rate 0.1, which for 'poly' is the power; 'wsd' and 'rsqrt' fit the warmup into "
        "num_epochs."
    ),
}

NOT_SCHEDULES: dict[str, str] = {
    "create_scheduler": "create_scheduler_v2, from the options of timm's training script.",
    "scheduler_kwargs": (
        "Collects those options; the ones that are missing have other defaults: 100 epochs, 5 of "
        "them warmup, a drop every 30."
    ),
}
