"""timm's schedulers by name, with the options of its training script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from ...checks import Number, Positive, Rate, StepCount, Steps, check, checked, refuse
from ...plateau import Goal
from ...schedule import Constant
from .curves import CosineLRScheduler, PolyLRScheduler, TanhLRScheduler
from .parts import NO_NOISE
from .plateau import PlateauLRScheduler
from .step import MultiStepLRScheduler, StepLRScheduler
from .wsd import DecayFn, WSDLRScheduler

Sched = Literal[
    "cosine",
    "tanh",
    "step",
    "multistep",
    "poly",
    "wsd",
    "rsqrt",
    "constant",
    "plateau",
    "none",
]


@checked()
def create_scheduler_v2(
    lr: Rate,
    sched: Sched = "cosine",
    num_epochs: Steps = 300,
    decay_epochs: float | None = None,
    decay_milestones: Sequence[float] = (90, 180, 270),
    cooldown_epochs: int = 0,
    patience_epochs: int = 10,
    decay_rate: Positive = 0.1,
    min_lr: Rate = 0.0,
    warmup_lr: Rate = 1e-5,
    warmup_epochs: StepCount = 0,
    warmup_prefix: bool = False,
    noise: float | Sequence[float] | None = None,
    noise_pct: float = 0.67,
    noise_std: float = 1.0,
    noise_seed: int = 42,
    cycle_mul: float = 1.0,
    cycle_decay: float = 0.1,
    cycle_limit: int = 1,
    k_decay: float = 1.0,
    decay_fn: DecayFn | Callable[[float], float] | None = None,
    stable_timescale: float | None = None,
    plateau_mode: Goal = "max",
    step_on_epochs: bool = True,
    updates_per_epoch: int = 0,
) -> Any:
    """Return one of timm's schedules by its name, such as "cosine".

    All lengths are in epochs, and so are the steps, unless `step_on_epochs` is false: then a step
    is an update and each length is multiplied by `updates_per_epoch`. timm also returns the number
    of epochs of the run, with all cycles and `cooldown_epochs`; here it falls away.

    Compared:
        Makes one of the others by a name, with other defaults than theirs: cycle_decay 0.1, and
        decay_rate 0.1, which for 'poly' is the power; 'wsd' and 'rsqrt' fit the warmup into
        num_epochs.

    Args:
        lr: the optimizer's rate.
        sched: which schedule. "rsqrt" is "wsd" whose stable phase falls; "constant" has a warmup,
            "none" has not.
        num_epochs: length of the (first) cycle. "wsd" and "rsqrt" fit their warmup into it, unless
            `warmup_prefix`.
        decay_epochs: of "step" from drop to drop, 90 when not given; of "wsd" and "rsqrt" the
            cooldown, where below 1 it is a share of what follows the warmup, 0.2 when not given.
        decay_milestones: of "multistep".
        cooldown_epochs: without effect: the last rate is held in any case.
        patience_epochs: of "plateau".
        decay_rate: factor of "step", "multistep" and "plateau"; of "poly" the power.
        min_lr: the bottom of all but "step" and "multistep".
        warmup_lr: where the warmup starts from.
        warmup_epochs: length of the warmup.
        warmup_prefix: whether the warmup is put in front of the schedule.
        noise: refused.
        noise_pct: without effect, like the next two.
        noise_std: of the noise.
        noise_seed: of the noise.
        cycle_mul: factor from one cycle's length to the next.
        cycle_decay: factor from one cycle's peak to the next, by default a tenth.
        cycle_limit: number of cycles.
        k_decay: power of the time in a cycle.
        decay_fn: shape of the cooldown; "1-sqrt" for "wsd" and "linear" for "rsqrt" when not given.
        stable_timescale: of "rsqrt"; `warmup_epochs` when not given.
        plateau_mode: whether a lower or a higher metric is better.
        step_on_epochs: whether a step is an epoch.
        updates_per_epoch: updates in an epoch, for when it is not.

    Returns:
        A `Schedule`, or for "plateau" a fold over a metric.

    Raises:
        ValueError: if an argument is out of range, or with noise.

    Examples:
        >>> create_scheduler_v2(1.0, num_epochs=100)
        Cosine(base_lr=1.0, total_steps=100)
        >>> create_scheduler_v2(1.0, "poly", 10, decay_rate=2.0, step_on_epochs=False,
        ...                     updates_per_epoch=5)
        Polynomial(base_lr=1.0, total_steps=50, power=2.0)
    """
    if noise is not None:
        raise refuse("noise", noise, NO_NOISE)
    clock = 1 if step_on_epochs else check("updates_per_epoch", updates_per_epoch, Steps)
    steps = num_epochs * clock
    ramp: dict[str, Any] = {
        "warmup_t": warmup_epochs * clock,
        "warmup_lr_init": warmup_lr,
    }
    if sched == "none":
        return Constant(lr)
    if sched in ("wsd", "rsqrt"):
        left = steps if warmup_prefix else steps - ramp["warmup_t"]
        if left < 1:
            raise refuse("warmup_epochs", warmup_epochs, f"below num_epochs = {num_epochs}")
        decay = _cooldown(0.2 if decay_epochs is None else decay_epochs, left, clock)
        return WSDLRScheduler(
            lr,
            left,
            decay,
            min_lr,
            "rsqrt" if sched == "rsqrt" else "constant",
            _timescale(stable_timescale, clock),
            decay_fn=decay_fn or ("linear" if sched == "rsqrt" else "1-sqrt"),
            **ramp,
        )
    if sched == "plateau":
        _check_plateau(lr, min_lr, decay_rate, plateau_mode, by_epochs=step_on_epochs)
        patience = check("patience_epochs", patience_epochs, StepCount)
        return PlateauLRScheduler(
            lr, decay_rate, patience, lr_min=min_lr, mode=plateau_mode, **ramp
        )

    cycles: dict[str, Any] = {
        "t_initial": steps,
        "lr_min": min_lr,
        "cycle_mul": check("cycle_mul", cycle_mul, Positive),
        "cycle_decay": check("cycle_decay", cycle_decay, Positive),
        "cycle_limit": check("cycle_limit", cycle_limit, StepCount),
    }
    bend = {"k_decay": check("k_decay", k_decay, Positive)}
    every = check("decay_epochs", 90 if decay_epochs is None else decay_epochs, Positive) * clock
    drops = _milestones(decay_milestones, clock)
    choices: dict[str, tuple[Any, dict[str, Any]]] = {
        "cosine": (CosineLRScheduler, cycles | bend),
        "tanh": (TanhLRScheduler, cycles),
        "poly": (PolyLRScheduler, cycles | bend | {"power": decay_rate}),
        "step": (StepLRScheduler, {"decay_t": every, "decay_rate": decay_rate}),
        "multistep": (MultiStepLRScheduler, {"decay_t": drops, "decay_rate": decay_rate}),
        "constant": (StepLRScheduler, {"decay_t": 1}),
    }
    make, own = choices[sched]
    return make(lr, **own, **ramp, warmup_prefix=warmup_prefix)


def _cooldown(decay_epochs: float, left: int, clock: int) -> int:
    """Return the steps of the cooldown among those that are left after the warmup."""
    epochs = check("decay_epochs", decay_epochs, Positive)
    steps = round(epochs * (left if epochs < 1 else clock))
    if not 0 < steps <= left:
        words = f"at least one step, and at most the {left} that follow the warmup"
        raise refuse("decay_epochs", decay_epochs, words)
    return steps


def _timescale(stable_timescale: float | None, clock: int) -> float | None:
    if stable_timescale is None:
        return None
    return check("stable_timescale", stable_timescale, Positive) * clock


def _milestones(decay_milestones: Sequence[float], clock: int) -> list[float]:
    drops = [check("decay_milestones", epoch, Number) * clock for epoch in decay_milestones]
    if drops != sorted(drops):
        raise refuse("decay_milestones", decay_milestones, "sorted")
    return drops


def _check_plateau(lr: float, low: float, rate: float, mode: Goal, *, by_epochs: bool) -> None:
    if not by_epochs:
        raise refuse("step_on_epochs", False, "True for 'plateau'")
    if rate >= 1:
        raise refuse("decay_rate", rate, "below 1 for 'plateau'")
    if low > lr:
        raise refuse("min_lr", low, f"at most lr = {lr}")
