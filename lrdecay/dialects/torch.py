"""The schedules of PyTorch (`torch.optim.lr_scheduler` and `SWALR`, read and run at 2.13.0).

A schedule here is that of one parameter group: where PyTorch takes a list with one value for each
group, make one schedule for each. `last_epoch`, which resumes a run, falls away. PyTorch computes
most of these from the rate before, not from the step, so that its rounding errors add up in a long
run; these are the formulas. `lrdecay.torch_scheduler` puts a schedule back into PyTorch.
"""

from __future__ import annotations

from ..arguments import checked
from ..checks import Rate, StepCount, Steps, check
from ..families.cosine import Cosine
from ..families.piecewise import Piecewise
from ..families.restarts import CosineRestarts
from ..plateau import Compare, Goal
from ..schedule import Constant, Schedule
from ._torch_chain import Annealed
from ._torch_checks import OneGroup, is_int
from ._torch_compose import ChainedScheduler, SequentialLR
from ._torch_cyclic import CyclicLR, CyclicLR_momentum
from ._torch_factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from ._torch_onecycle import OneCycleLR, OneCycleLR_momentum, Strategy
from ._torch_plateau import TorchPlateau
from ._wave import CosineWave

__all__ = [
    "SWALR",
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
    "MultiplicativeLR",
    "OneCycleLR",
    "OneCycleLR_momentum",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]

SCHEDULERS: dict[str, str] = {
    "LambdaLR": "Calls a Python function for every step, so that it cannot be traced.",
    "MultiplicativeLR": "A running product of a Python function's values; cannot be traced.",
    "StepLR": "The same as Step.",
    "MultiStepLR": (
        "MultiStep that also takes step 0, milestones in any order, and one twice: two drops."
    ),
    "ConstantLR": "Not constant: a third for 5 steps by default, then the full rate.",
    "LinearLR": "Factors of lr, by default from a third up to 1; never starts at 0.",
    "ExponentialLR": "The same as Exponential with gamma.",
    "SequentialLR": (
        "Then, each on its own clock; one inside another goes wrong and is refused, but for a "
        "ChainedScheduler of four kinds as the first."
    ),
    "CosineAnnealingLR": "Rises again after T_max, where Cosine holds.",
    "ChainedScheduler": (
        "Product, but each acts on the rate before it: a cosine in it is none after T_max or with "
        "eta_min, a SequentialLR in it overwrites at its milestones, and what always overwrites "
        "is refused."
    ),
    "ReduceLROnPlateau": (
        "ReduceOnPlateau that takes a worse negative metric for a better one, and leaves out "
        "reductions of at most eps = 1e-8."
    ),
    "CyclicLR": "Cyclic, with base_lr for the bottom; overwrites the optimizer's rate.",
    "CosineAnnealingWarmRestarts": "The same as CosineRestarts; eta_min is never reached.",
    "OneCycleLR": (
        "OneCycle with peak and end a step early; runs on at total_steps, below 0 where it is "
        "linear, and raises after; overwrites the optimizer's rate."
    ),
    "PolynomialLR": "Polynomial that always ends at 0, linear and over 5 steps by default.",
    "SWALR": "Cosine or a straight line from whatever rate it finds to swa_lr, which it holds.",
}

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
def CosineAnnealingLR(lr: float, T_max: int, eta_min: float = 0.0) -> Schedule:
    """Return the rates of `CosineAnnealingLR`: `Cosine` that rises again after `T_max`.

    `lr` again at `2 * T_max`, and so on for ever. PyTorch computes each rate from the one before
    and drifts: after `T_max` 10 000 with `eta_min` a tenth of `lr`, by 1e-10 of the rate.

    Args:
        lr: the optimizer's rate.
        T_max: steps from `lr` to `eta_min`, >= 1; PyTorch divides by zero at 0.
        eta_min: the lowest rate, absolute. Above `lr` it raises the rate, without a warning.

    Examples:
        >>> CosineAnnealingLR(1.0, T_max=4).sample(9).round(4).tolist()
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464, 0.5, 0.8536, 1.0]
    """
    return CosineWave(
        check("lr", lr, Rate), check("T_max", T_max, Steps), check("eta_min", eta_min, Rate)
    )


@checked(base_lr="lr")
def CosineAnnealingWarmRestarts(
    lr: float, T_0: int, T_mult: int = 1, eta_min: float = 0.0
) -> Schedule:
    """Return the rates of `CosineAnnealingWarmRestarts`: those of `CosineRestarts`.

    `eta_min` is never reached (pytorch#47560). These are the rates of `scheduler.step()`.
    `scheduler.step(epoch)` takes a logarithm, which misses some restarts: for `T_mult` 3 the sixth,
    where it gives `eta_min` instead of `lr`.

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
        check("lr", lr, Rate),
        is_int("T_0", T_0),
        is_int("T_mult", T_mult),
        check("eta_min", eta_min, Rate),
    )


@checked(base_lr="lr", gamma="factor")
def ReduceLROnPlateau(
    lr: float,
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
        check("lr", lr, Rate),
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
    lr: float, swa_lr: OneGroup, anneal_epochs: int = 10, anneal_strategy: Strategy = "cos"
) -> Schedule:
    """Return the rates of `SWALR`: from `lr` to `swa_lr` in `anneal_epochs` steps, then held.

    This is `Cosine`, or a line of `Piecewise`. Its steps are those of its own `scheduler.step()`:
    PyTorch's anneals from the rate it finds at the first of these, however late that comes.

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
    lr, swa_lr = check("lr", lr, Rate), check("swa_lr", swa_lr, Rate)
    steps = check("anneal_epochs", anneal_epochs, StepCount)
    if steps == 0:
        return Annealed(Constant(swa_lr))
    if anneal_strategy == "cos":
        return Annealed(Cosine(lr, steps, swa_lr))
    return Annealed(Piecewise((steps,), (lr, swa_lr), between="linear"))
