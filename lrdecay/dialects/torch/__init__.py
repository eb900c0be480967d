"""The schedules of PyTorch (`torch.optim.lr_scheduler` and `SWALR`, read and run at 2.13.0).

A schedule here is that of one parameter group: where PyTorch takes a list with one value for each
group, make one schedule for each. `last_epoch`, which resumes a run, falls away. PyTorch computes
most of these from the rate before, not from the step, so that its rounding errors add up in a long
run; these are the formulas. `lrdecay.torch_scheduler` puts a schedule back into PyTorch.
"""

from __future__ import annotations

from ...checks import Rate, StepCount, Steps, checked
from ...families.cosine import Cosine
from ...families.piecewise import Piecewise
from ...families.restarts import CosineRestarts
from ...plateau import Compare, Goal
from ...schedule import Constant, Schedule
from ..plateaus import TorchPlateau
from ..shared import CosineWave, OneGroup, OneRate, compared, is_int
from .chain import Alone, Annealed, Chain, Multiplicative
from .compose import ChainedScheduler, SequentialLR
from .cyclic import CyclicLR, CyclicLR_momentum, OfCycle
from .factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from .onecycle import OneCycleLR, OneCycleLR_momentum, OneCycleRun, Strategy

__all__ = [
    "SWALR",
    "Alone",
    "Annealed",
    "Chain",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "CyclicLR_momentum",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "Multiplicative",
    "MultiplicativeLR",
    "OfCycle",
    "OneCycleLR",
    "OneCycleLR_momentum",
    "OneCycleRun",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]

NOT_SCHEDULES: dict[str, str] = {
    "LRScheduler": "The base class.",
    "AveragedModel": "Averages weights.",
    "update_bn": "Recomputes the statistics of batch normalisation.",
    "get_ema_avg_fn": "A rule for AveragedModel.",
    "get_ema_multi_avg_fn": "A rule for AveragedModel.",
    "get_swa_avg_fn": "A rule for AveragedModel.",
    "get_swa_multi_avg_fn": "A rule for AveragedModel.",
}


@checked()
def CosineAnnealingLR(lr: Rate, T_max: Steps, eta_min: Rate = 0.0) -> Schedule:
    """Return the rates of `CosineAnnealingLR`: `Cosine` that rises again after `T_max`.

    `lr` again at `2 * T_max`, and so on for ever. PyTorch computes each rate from the one before
    and drifts: after `T_max` 10 000 with `eta_min` a tenth of `lr`, by 1e-10 of the rate.

    Compared:
        Rises again after T_max, where Cosine holds.

    Args:
        lr: the optimizer's rate.
        T_max: steps from `lr` to `eta_min`, >= 1; PyTorch divides by zero at 0.
        eta_min: the lowest rate, absolute. Above `lr` it raises the rate, without a warning.

    Examples:
        >>> CosineAnnealingLR(1.0, T_max=4).sample(9).round(4).tolist()
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464, 0.5, 0.8536, 1.0]
    """
    return CosineWave(lr, T_max, eta_min)


@checked(base_lr="lr")
def CosineAnnealingWarmRestarts(
    lr: Rate, T_0: int, T_mult: int = 1, eta_min: Rate = 0.0
) -> Schedule:
    """Return the rates of `CosineAnnealingWarmRestarts`: those of `CosineRestarts`.

    `eta_min` is never reached (pytorch#47560). These are the rates of `scheduler.step()`.
    `scheduler.step(epoch)` takes a logarithm, which misses some restarts: for `T_mult` 3 the sixth,
    where it gives `eta_min` instead of `lr`.

    Compared:
        The same as CosineRestarts; eta_min is never reached.

    Args:
        lr: the optimizer's rate.
        T_0: length of the first cycle, an int >= 1.
        T_mult: factor from one cycle to the next, an int >= 1.
        eta_min: the lowest rate, absolute.

    Examples:
        >>> CosineAnnealingWarmRestarts(1.0, T_0=2, T_mult=2).sample(7).round(4).tolist()
        [1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 1.0]
    """
    return CosineRestarts(
        lr,
        is_int("T_0", T_0),
        is_int("T_mult", T_mult),
        eta_min,
    )


@checked(base_lr="lr", gamma="factor")
def ReduceLROnPlateau(
    lr: Rate,
    mode: Goal = "min",
    factor: float = 0.1,
    patience: int = 10,
    threshold: float = 1e-4,
    threshold_mode: Compare = "rel",
    cooldown: int = 0,
    min_lr: OneGroup = 0.0,
    eps: float = 1e-8,
) -> TorchPlateau:
    """Return the fold of `ReduceLROnPlateau` over a metric: `ReduceOnPlateau`, but for two details.

    With a negative metric in mode "rel", a worse value within `threshold` counts as better, and as
    the best. A reduction by at most `eps` is left out, so that the rate stops near 1e-8. PyTorch's
    rate after the n-th `step(metric)` is `history(metrics)[n - 1]`.

    Compared:
        ReduceOnPlateau that takes a worse negative metric for a better one, and leaves out
        reductions of at most eps = 1e-8.

    Args:
        lr: the optimizer's rate.
        mode: whether a lower or a higher metric is better.
        factor: of each reduction, > 0 and below 1.
        patience: bad metrics to bear; the rate falls at the one after.
        threshold: the least improvement that counts.
        threshold_mode: whether that is a share of the best metric or an amount.
        cooldown: metrics after a reduction that are not counted as bad.
        min_lr: the rate is not reduced below this, at most `lr`.
        eps: the least reduction.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> ReduceLROnPlateau(1.0, patience=2).history([1.0] * 5).tolist()
        [1.0, 1.0, 1.0, 0.1, 0.1]
    """
    return TorchPlateau(
        lr,
        factor,
        patience,
        threshold,
        threshold_mode,
        mode,
        cooldown,
        min_lr,
        eps=eps,
    )


@checked()
def SWALR(
    lr: Rate, swa_lr: OneRate, anneal_epochs: StepCount = 10, anneal_strategy: Strategy = "cos"
) -> Schedule:
    """Return the rates of `SWALR`: from `lr` to `swa_lr` in `anneal_epochs` steps, then held.

    This is `Cosine`, or a line of `Piecewise`. Its steps are those of its own `scheduler.step()`:
    PyTorch's anneals from the rate it finds at the first of these, however late that comes.

    Compared:
        Cosine or a straight line from whatever rate it finds to swa_lr, which it holds.

    Args:
        lr: the rate in force when the annealing starts.
        swa_lr: the rate of the averaging phase.
        anneal_epochs: length of the way; with 0 the rate is `swa_lr` at once.
        anneal_strategy: "cos" or "linear".

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> SWALR(1.0, 0.5, anneal_epochs=2, anneal_strategy="linear").sample(4).tolist()
        [1.0, 0.75, 0.5, 0.5]
    """
    if anneal_epochs == 0:
        return Annealed(Constant(swa_lr))
    if anneal_strategy == "cos":
        return Annealed(Cosine(lr, anneal_epochs, swa_lr))
    return Annealed(Piecewise((anneal_epochs,), (lr, swa_lr), between="linear"))


SCHEDULERS = compared(globals())
