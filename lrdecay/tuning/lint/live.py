"""A scheduler of PyTorch as it stands: the rates it will set, without a step of it.

A copy of it is stepped on a stand-in for its optimizer, which has the groups and no parameters.
"""

from __future__ import annotations

import copy
import inspect
import random
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import refuse
from ...schedule import Schedule

Floats = NDArray[np.float64]


class _StandIn:
    """What a scheduler sees of an optimizer."""

    def __init__(self, optimizer: Any) -> None:
        self.defaults = dict(optimizer.defaults)
        self.param_groups: list[dict[str, Any]] = [
            {key: [] if key == "params" else copy.deepcopy(value) for key, value in group.items()}
            for group in optimizer.param_groups
        ]
        self.state: dict[Any, Any] = {}
        self._opt_called = True  # PyTorch asks whether it was stepped before its scheduler

    def step(self, *_: Any) -> None:
        """Do nothing."""


def bare(wrapped: Any) -> Any:
    """Return the scheduler or optimizer of PyTorch in one that accelerate has prepared."""
    for name in ("scheduler", "optimizer"):
        inside = getattr(wrapped, name, None)
        if inside is not None and type(wrapped).__name__ == f"Accelerated{name.capitalize()}":
            return inside
    return wrapped


def is_live(scheduler: Any) -> bool:
    """Return whether this is a scheduler of PyTorch, or one that behaves like it."""
    scheduler = bare(scheduler)
    groups = getattr(getattr(scheduler, "optimizer", None), "param_groups", None)
    return groups is not None and hasattr(scheduler, "get_last_lr")


def follows_metric(scheduler: Any) -> bool:
    """Return whether its steps need a metric."""
    return any(kind.__name__ == "ReduceLROnPlateau" for kind in type(bare(scheduler)).__mro__)


def name_of(scheduler: Any) -> str:
    """Return what a scheduler, or what it was made with, is called."""
    scheduler = bare(scheduler)
    inside = getattr(scheduler, "schedule", None)
    if isinstance(inside, Schedule):
        return type(inside).__name__
    parts = getattr(scheduler, "_schedulers", None)
    if parts:
        return name_of(parts[-1])
    for function in getattr(scheduler, "lr_lambdas", None) or ():
        named = getattr(getattr(function, "func", function), "__name__", "<lambda>")
        if named != "<lambda>":
            return named
    return type(scheduler).__name__


def teller(scheduler: Any) -> Any:
    """Return what counts the steps of a scheduler in its `last_epoch`; None if nothing does."""
    scheduler = bare(scheduler)
    parts = getattr(scheduler, "_schedulers", None)
    if not hasattr(scheduler, "last_epoch") and parts:  # of those that are chained
        return teller(parts[0])
    return scheduler if isinstance(getattr(scheduler, "last_epoch", None), int) else None


def step_of(scheduler: Any) -> int | None:
    """Return how often a scheduler was stepped; None if it does not tell."""
    counts = teller(scheduler)
    return None if counts is None else counts.last_epoch


def is_between(scheduler: Any) -> bool:
    """Return whether a scheduler stands between two of its steps, as warm restarts can."""
    at = getattr(bare(scheduler), "T_cur", 0)
    return isinstance(at, float) and not at.is_integer()


def rates_of(scheduler: Any, steps: int) -> tuple[list[Floats], str]:
    """Return the rates that each group has now and after each of the next steps.

    Args:
        scheduler: one of PyTorch, which stays as it is.
        steps: how many rates.

    Returns:
        An array for each group, and what the scheduler says if it ends earlier.

    Raises:
        ValueError: if the scheduler cannot be copied.
    """
    scheduler = bare(scheduler)
    stand_in = _StandIn(scheduler.optimizer)
    memo: dict[int, Any] = {id(scheduler.optimizer): stand_in}
    for group in scheduler.optimizer.param_groups:
        memo |= {id(each): each for each in group["params"]}  # nobody copies parameters
    rates: list[list[float]] = []
    with _undisturbed():
        try:
            scheduler = copy.deepcopy(scheduler, memo)
        except Exception as error:  # noqa: BLE001, of what it holds
            words = f"one that can be copied ({error})"
            raise refuse("scheduler", type(scheduler).__name__, words) from None
        for k in range(steps):
            try:
                if k:
                    scheduler.step()
            except Exception as error:  # noqa: BLE001, what will stop the run
                return _columns(rates), str(error)
            rates.append([float(group["lr"]) for group in stand_in.param_groups])
    return _columns(rates), ""


def own_rate(scheduler: Any, group: dict[str, Any]) -> float | None:
    """Return the rate that a group was made with, if its scheduler replaces it."""
    scheduler = bare(scheduler)
    optimizer = bare(scheduler.optimizer)
    if "max_lr" in group:  # OneCycleLR and CyclicLR have written over the group's own
        own = optimizer.defaults.get("lr")
    elif getattr(scheduler, "relative", True) is False:
        own = group.get("initial_lr")
    else:
        return None
    usual = inspect.signature(type(optimizer)).parameters.get("lr")
    if own is None or (usual is not None and float(own) == usual.default):
        return None
    return float(own)


def multiplied_rate(scheduler: Any, group: dict[str, Any]) -> float | None:
    """Return the rate of a group that its scheduler multiplies by what functions return.

    None for a rate of 1 or more: what is multiplied by it is a rate on purpose.
    """
    base = group.get("initial_lr")
    multiplies = any(kind.__name__ == "LambdaLR" for kind in type(bare(scheduler)).__mro__)
    return float(base) if multiplies and base is not None and 0 < base < 1 else None


def told(scheduler: Any) -> tuple[int | None, tuple[int, ...]]:
    """Return the step at which a scheduler says that it ends, and those at which it changes."""
    scheduler = bare(scheduler)
    every = getattr(scheduler, "step_size", None)
    marks = getattr(scheduler, "milestones", None) or getattr(scheduler, "_milestones", None)
    marks = (every,) if isinstance(every, int) else tuple(marks or ())
    ends = [getattr(scheduler, name, None) for name in ("T_max", "total_iters", "total_steps")]
    end = next((int(one) for one in ends if isinstance(one, (int, float)) and one > 0), None)
    return end, tuple(int(mark) for mark in marks if isinstance(mark, (int, float)))


def _columns(rates: list[list[float]]) -> list[Floats]:
    return list(np.array(rates, dtype=float).T)


@contextmanager
def _undisturbed() -> Generator[None]:
    """Leave random numbers as they are, and give no warnings."""
    import torch

    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - what others may draw from
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


setattr(_StandIn.step, "_wrapped_by_lr_sched", True)  # noqa: B010, PyTorch asks for it
