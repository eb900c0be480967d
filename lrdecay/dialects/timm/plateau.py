"""timm's plateau schedule: a warmup during which no metric is looked at, then PyTorch's."""

from __future__ import annotations

from typing import Unpack

from ...checks import checked
from ...plateau import Goal, ThenFold
from ..plateaus import TorchPlateau
from .parts import Ignored, refuse_noise


@checked(
    base_lr="lr",
    cooldown="cooldown_t",
    gamma="decay_rate",
    min_lr="lr_min",
    patience="patience_t",
    warmup_steps="warmup_t",
)
def PlateauLRScheduler(
    lr: float,
    decay_rate: float = 0.1,
    patience_t: int = 10,
    threshold: float = 1e-4,
    cooldown_t: int = 0,
    warmup_t: int = 0,
    warmup_lr_init: float = 0.0,
    lr_min: float = 0.0,
    mode: Goal = "max",
    **ignored: Unpack[Ignored],
) -> TorchPlateau | ThenFold:
    """Return the fold of timm's plateau schedule: PyTorch's, behind a warmup.

    It waits for a metric that rises. One metric is one call of `step`, for epochs 1, 2, ...; those
    of the first `warmup_t` are not looked at. timm has deprecated it, since its state is not saved
    with a run.

    Compared:
        PyTorch's ReduceLROnPlateau for a metric that should rise; metrics during the warmup are not
        looked at.

    Args:
        lr: learning rate before the first reduction.
        decay_rate: factor of each reduction.
        patience_t: bad metrics to bear; the next one reduces.
        threshold: the least improvement that counts, as a share of the best metric.
        cooldown_t: metrics after a reduction that are not counted as bad.
        warmup_t: length of the warmup.
        warmup_lr_init: where the warmup starts from.
        lr_min: the rate is not reduced below this.
        mode: whether a lower or a higher metric is better.
        ignored: what changes nothing; see `lrdecay.dialects.timm`.

    Raises:
        ValueError: if an argument is out of range, or with noise.

    Examples:
        >>> plateau = PlateauLRScheduler(1.0, patience_t=0, warmup_t=2)
        >>> plateau.history([0.5, 0.5, 0.5, 0.6, 0.6]).tolist()
        [0.5, 1.0, 1.0, 1.0, 0.1]
    """
    refuse_noise(ignored)
    plateau = TorchPlateau(
        lr, decay_rate, patience_t, threshold, goal=mode, cooldown=cooldown_t, min_lr=lr_min
    )
    if warmup_t == 0:
        return plateau
    return plateau.after_warmup(warmup_t, warmup_lr_init, first="zero", clock="metrics")
