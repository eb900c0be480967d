"""Any schedule as a scheduler of PyTorch, which is imported when one is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from .algebra import check_schedule
from .fields import Flag, StepCount, check, refuse
from .schedule import Schedule


def torch_scheduler(
    optimizer: Any,
    schedule: Schedule | Sequence[Schedule],
    *,
    relative: bool = False,
    step: int = 0,
) -> Any:
    r"""Return a scheduler of PyTorch that sets the rates of a schedule.

    A `torch.optim.lr_scheduler.LRScheduler`, to be stepped after each `optimizer.step()`. After $k$
    steps every parameter group has the rate `schedule(k)`, whatever `lr` it was made with.

    Resuming: save the `state_dict()` of the optimizer and of this, make both anew, load both, in
    any order. The rates follow from the step alone, and loading sets them at once. (Of PyTorch's
    14 own schedulers, 8 give wrong rates when the optimizer is loaded before they are made.) The
    schedule is not in the state: a run goes on under the schedule given here. The state of another
    of PyTorch's schedulers will do, and without any there is `step`.

    A group that is added later joins at the next step: under one schedule as it is, under
    `relative` with its own `lr` at that time. For a sequence, first append to it:
    `scheduler.schedule = [*scheduler.schedule, another]`; a step without it is a ValueError.

    Args:
        optimizer: a `torch.optim.Optimizer`.
        schedule: one for all parameter groups, or a sequence with one for each.
        relative: whether a schedule's values are factors of each group's own learning rate (its
            `initial_lr`, which is its `lr` unless a scheduler was there before).
        step: updates already made, >= 0.

    Returns:
        The scheduler. Besides what every scheduler of PyTorch has, `schedule` holds what it was
        given. It can be pickled and copied together with its optimizer if the schedule can.

    Raises:
        ValueError: if `schedule` is no schedule, or a sequence with another length than the
            optimizer has groups, or if `step` is out of range.
        TypeError: from PyTorch, if `optimizer` is not an optimizer.

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
    held = list(schedule) if isinstance(schedule, Iterable) else schedule
    for one in held if isinstance(held, list) else [held]:
        check_schedule("schedule", one)
    return _scheduler_class()(optimizer, held, check("relative", relative, Flag), at)


def __getattr__(name: str) -> Any:
    """Return the class by its name, where pickle looks for it."""
    if name == "ScheduleLR":
        return _scheduler_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Rates:
    """The part of the scheduler that needs nothing of PyTorch."""

    optimizer: Any
    schedule: Schedule | list[Schedule]
    relative: bool
    last_epoch: int
    base_lrs: list[Any]
    _last_lr: list[Any]
    _step_count: int

    def get_lr(self) -> list[float]:
        """Return the rate of each group at this scheduler's step."""
        groups = self.optimizer.param_groups
        if isinstance(self.schedule, Schedule):
            rates = [self.schedule(self.last_epoch)] * len(groups)
        elif len(self.schedule) == len(groups):
            rates = [schedule(self.last_epoch) for schedule in self.schedule]
        else:
            words = f"one for each of the {len(groups)} parameter groups"
            raise refuse("schedule", self.schedule, words)
        if not self.relative:
            return rates
        for group in groups[len(self.base_lrs) :]:
            self.base_lrs.append(group.setdefault("initial_lr", _copied(group["lr"])))
        return [float(base) * lr for base, lr in zip(self.base_lrs, rates, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Return the step and, if they matter, the groups' own rates: numbers only."""
        state: dict[str, Any] = {"last_epoch": self.last_epoch}
        if self.relative:
            state["base_lrs"] = [float(base) for base in self.base_lrs]
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to the step of the state, and set the rates there."""
        step = check("last_epoch", state_dict.get("last_epoch"), StepCount)
        if self.relative and "base_lrs" in state_dict:
            bases, groups = state_dict["base_lrs"], len(self.optimizer.param_groups)
            if len(bases) > groups:
                raise refuse("base_lrs", bases, f"at most one for each of {groups} groups")
            self.base_lrs = list(bases)
        self.go_to(step)

    def go_to(self, step: int) -> None:
        """Set the rates of a step, without one."""
        self.last_epoch = step
        groups = self.optimizer.param_groups
        for group, lr in zip(groups, self.get_lr(), strict=True):
            if hasattr(group["lr"], "fill_"):  # a tensor, which a compiled optimizer holds on to
                group["lr"].fill_(lr)
            else:
                group["lr"] = lr
        self._last_lr = [_copied(group["lr"]) for group in groups]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # A copied optimizer does not tell whether it has stepped: leave out PyTorch's check of it.
        self._step_count = max(self._step_count, 2)


def _copied(lr: Any) -> Any:
    return lr.clone() if hasattr(lr, "clone") else lr


@cache
def _scheduler_class() -> Any:
    """Return the class, whose base exists only with PyTorch."""
    from torch.optim.lr_scheduler import LRScheduler

    class ScheduleLR(_Rates, LRScheduler):
        """A scheduler whose rates are those of a schedule; `torch_scheduler` makes it."""

        def __init__(
            self, optimizer: Any, schedule: Schedule | list[Schedule], relative: bool, step: int
        ) -> None:
            self.schedule = schedule
            self.relative = relative
            super().__init__(optimizer)
            if step > 0:
                self.go_to(step)

    ScheduleLR.__qualname__ = "ScheduleLR"
    return ScheduleLR
