"""timm's plateau schedule: a warmup during which no metric is looked at, then PyTorch's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Unpack

from ..arguments import checked
from ..families.plateau import Goal, PlateauState
from ..fields import Rate, StepCount, refuse
from ..fold import Fold
from ._timm_parts import Ignored, refuse_noise
from ._torch_plateau import TorchPlateau


class WarmPlateauState(NamedTuple):
    """What `WarmPlateau` remembers between two metrics.

    Attributes:
        lr: the learning rate in force.
        epoch: metrics seen so far.
        plateau: the state of the reduction.
    """

    lr: float
    epoch: int
    plateau: PlateauState


@dataclass(frozen=True, repr=False)
class WarmPlateau(Fold):
    """A linear warmup over the first metrics, then a reduction on a plateau; a fold like it.

    Args:
        plateau: what follows the warmup.
        warmup_steps: metrics that pass unseen while the rate grows, >= 0.
        start_lr: where the warmup starts from, >= 0.

    Raises:
        ValueError: if an argument is out of range, or, in an update, if the metric is no number.

    Examples:
        >>> warm = WarmPlateau(TorchPlateau(1.0, patience=0), warmup_steps=2)
        >>> warm.history([5.0, 5.0, 5.0, 5.0]).tolist()
        [0.5, 1.0, 1.0, 0.1]
    """

    plateau: TorchPlateau
    warmup_steps: StepCount = 0
    start_lr: Rate = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.plateau, TorchPlateau):
            raise refuse("plateau", self.plateau, "a TorchPlateau")

    def start(self) -> WarmPlateauState:
        """Return the state before the first metric."""
        state = self.plateau.start()
        return WarmPlateauState(self.start_lr if self.warmup_steps else state.lr, 0, state)

    def update(self, state: WarmPlateauState, metric: float) -> WarmPlateauState:
        """Return the state after one more metric; `state` itself is left as it was.

        Args:
            state: what the last update returned, or `start()`.
            metric: the new metric; NaN counts as bad.

        Returns:
            The new state, whose `lr` is in force until the next metric.

        Raises:
            ValueError: if the metric is not a number.
        """
        epoch, after = state.epoch + 1, self.plateau.update(state.plateau, metric)
        if epoch <= self.warmup_steps:
            slope = (self.plateau.base_lr - self.start_lr) / self.warmup_steps
            after = state.plateau._replace(lr=self.start_lr + epoch * slope)
        return WarmPlateauState(after.lr, epoch, after)


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
) -> TorchPlateau | WarmPlateau:
    """Return the fold of timm's plateau schedule: PyTorch's, behind a warmup.

    It waits for a metric that rises. One metric is one call of `step`, for epochs 1, 2, ...; those
    of the first `warmup_t` are not looked at. timm has deprecated it, since its state is not saved
    with a run.

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
    return WarmPlateau(plateau, warmup_t, warmup_lr_init) if warmup_t else plateau
