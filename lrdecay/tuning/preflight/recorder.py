"""What a run was planned to do, and what it did."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..lint import Finding, order
from ..lint.codes import finding
from ..lint.groups import over
from .departures import compare, other_length

Floats = NDArray[np.float64]
_LOG = logging.getLogger("lrdecay.preflight")
_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}


@dataclass(eq=False)
class Recorder:
    """A run: what was found before it, its plan, and the rates that it used.

    Attributes:
        findings: of before the first update.
        plan: the rates of the scheduler's steps, for each group; empty where they follow a metric.
        names: of the groups; None for one without.
        total_steps: updates of the whole run.
        start: updates that were made before, in a run that goes on.
        every: updates for a step of the scheduler.
        each: steps of the scheduler for an update.
        steps: the scheduler's step at each update, 0 for the first of the plan.
        used: the rates of the updates, for each group.
    """

    findings: tuple[Finding, ...]
    plan: Sequence[Floats]
    names: Sequence[str | None]
    total_steps: int
    start: int = 0
    every: int = 1
    each: int = 1
    now: Callable[[], int | None] = lambda: None  # the scheduler's step
    stop: Callable[[], Any] = lambda: None  # recording
    in_parts: Callable[[], bool] = lambda: False  # whether it is stepped by parts of a step
    joined: int | None = None  # the update at which there are more groups than were planned
    steps: array[int] = field(default_factory=lambda: array("q"))
    used: list[array[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.used = self.used or [array("d") for _ in self.names]

    def record(self, step: int, rates: Iterable[Any]) -> None:
        """Take the rates of an update, and the scheduler's step."""
        self.steps.append(step)
        for used, rate in zip(self.used, rates, strict=False):
            used.append(rate)

    def report(self) -> tuple[Finding, ...]:
        """Return where the rates left the plan, to be asked at the end of the run.

        Steps are updates of the whole run, as in `findings`.
        """
        left = self.total_steps - self.start
        found = [_more(self.joined, len(self.names))] if self.joined is not None else []
        if not self.plan or self.in_parts():
            words = "the scheduler is stepped by parts of an epoch"
            found += [finding("LR027", words)] if self.in_parts() else []
            return order([*found, *other_length(len(self.steps), left)])
        each_group = [
            compare(
                plan,
                used,
                self.steps,
                total_steps=left,
                every=self.every,
                each=self.each,
                end=self.now(),
            )
            for plan, used in zip(self.plan, self.used, strict=True)
        ]
        found += over(each_group, self.names)
        return order([_moved(one, self.start) for one in found])

    def close(self) -> None:
        """Record no more."""
        self.stop()


def _more(update: int, planned: int) -> Finding:
    words = f"from update {update:,} on the optimizer has more groups than the {planned} planned"
    found = finding("LR024", f"{words}: the scheduler may not know them", update, "warning")
    return found._replace(fix="Give the optimizer all its groups before the scheduler is made.")


def _moved(one: Finding, by: int) -> Finding:
    return one if one.step is None else one._replace(step=one.step + by)


def say(found: Iterable[Finding]) -> None:
    """Log findings under `lrdecay.preflight`, each at the level of its severity."""
    for one in found:
        _LOG.log(_LEVELS[one.severity], "%s", one)
