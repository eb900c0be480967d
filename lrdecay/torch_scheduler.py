"""Any schedule as a scheduler of PyTorch, which is imported when one is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from .fields import Flag, StepCount, check
from .fold import Fold
from .schedule import Schedule
from .torch_groups import RULES, Followed, Held, Scheduled, held

ForGroups = Schedule | Sequence[Schedule] | Mapping[str, Schedule]


def torch_scheduler(
    optimizer: Any,
    schedule: ForGroups | Fold | Sequence[Schedule | Fold] | Mapping[str, Schedule | Fold],
    *,
    relative: bool = False,
    step: int = 0,
    **others: ForGroups,
) -> Any:
    r"""Return a scheduler of PyTorch that sets the rates of a schedule.

    A `torch.optim.lr_scheduler.LRScheduler`, to be stepped after each `optimizer.step()`. After $k$
    steps every parameter group has the rate `schedule(k)`, whatever `lr` it was made with.

    A rule that follows a metric becomes a `ReduceLROnPlateau`, as which PyTorch, Lightning and
    transformers know it: `scheduler.step(metric)` after each evaluation. It counts the updates of
    the optimizer, for a warmup in front of the rule, by itself.

    Resuming: save the `state_dict()` of the optimizer and of this, make both anew, load both, in
    any order. The state is plain numbers, and loading sets the rates at once. (Of PyTorch's 14 own
    schedulers, 8 give wrong rates when the optimizer is loaded before they are made.) The
    schedule is not in the state: a run goes on under the schedule given here. The state of another
    of PyTorch's schedulers will do for a schedule, and without any there is `step`.

    A group that is added later joins at the next step: under one schedule as it is, under
    `relative` with its own `lr` at that time. Where each has its own, first add one:
    `scheduler.schedule = [*scheduler.schedule, another]`; a step without it is a ValueError.

    Args:
        optimizer: a `torch.optim.Optimizer`.
        schedule: one for all parameter groups, or one for each: a sequence, or a mapping such as
            that of `per_group`. A mapping goes by the "name" of the groups where all have one,
            else by their order.
        relative: whether a schedule's values are factors of each group's own learning rate (its
            `initial_lr`, which is its `lr` unless a scheduler was there before).
        step: updates already made, >= 0.
        **others: a schedule, or one for each group, of anything else that the groups have as a
            number, under its name there, such as `momentum` or `weight_decay`. `momentum` is also
            the first of `betas`. The values are set as they are: where a group has no weight
            decay, give each its own.

    Returns:
        The scheduler. Besides what every scheduler of PyTorch has, `schedule` holds what it was
        given. It can be pickled and copied together with its optimizer if the schedule can.

    Raises:
        ValueError: if a schedule is none, or does not fit the optimizer's groups, or if `step` is
            out of range.
        TypeError: if `optimizer` is not an optimizer of PyTorch, as PyTorch itself raises.

    Examples:
        ```python
        scheduler = lrdecay.torch_scheduler(optimizer, lrdecay.warmup_cosine(1e-3, 10_000, 500))
        for batch in batches:
            loss(batch).backward()
            optimizer.step()
            scheduler.step()
        ```
    """
    at = check("step", step, StepCount)
    kept = held("schedule", schedule, (Schedule, Fold), RULES)
    beside = {name: held(name, given) for name, given in others.items()}
    parts = kept.values() if isinstance(kept, dict) else kept if isinstance(kept, list) else [kept]
    shares = check("relative", relative, Flag)
    from torch.optim import Optimizer

    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {optimizer!r:.200}")
    follows = any(isinstance(one, Fold) for one in parts)
    kind = _plateau_class() if follows else _scheduler_class()
    return kind(optimizer, kept, shares, at, beside)


def __getattr__(name: str) -> Any:
    """Return a class by its name, where pickle looks for it."""
    if name == "ScheduleLR":
        return _scheduler_class()
    if name == "PlateauLR":
        return _plateau_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _scheduler_class() -> Any:
    """Return the class, whose base exists only with PyTorch."""
    from torch.optim.lr_scheduler import LRScheduler

    class ScheduleLR(Scheduled, LRScheduler):
        """A scheduler whose rates are those of a schedule; `torch_scheduler` makes it."""

        def __init__(
            self,
            optimizer: Any,
            schedule: Held,
            relative: bool,
            step: int,
            others: dict[str, Held],
        ) -> None:
            self.hold(optimizer, schedule, relative, others)
            super().__init__(optimizer)
            if step > 0:
                self.go_to(step)

    ScheduleLR.__qualname__ = "ScheduleLR"
    return ScheduleLR


@cache
def _plateau_class() -> Any:
    """Return the class, whose base exists only with PyTorch."""
    from torch.optim.lr_scheduler import ReduceLROnPlateau

    class PlateauLR(Followed, ReduceLROnPlateau):
        """A scheduler whose rates follow a metric; `torch_scheduler` makes it.

        Trainers hand the metric to what is a `ReduceLROnPlateau`; nothing else of it is used.
        """

        def __init__(
            self,
            optimizer: Any,
            schedule: Held,
            relative: bool,
            step: int,
            others: dict[str, Held],
        ) -> None:
            self.optimizer = optimizer
            self.hold(optimizer, schedule, relative, others)
            self.begin(step)

    PlateauLR.__qualname__ = "PlateauLR"
    return PlateauLR
