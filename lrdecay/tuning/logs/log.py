"""A log of a training run, whatever wrote it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import MOST_STEPS, refuse

Floats = NDArray[np.float64]
MOST_ROWS = 5_000_000


@dataclass(frozen=True)
class Log:
    """Rates and losses of a run, in the order in which they were written.

    Attributes:
        steps: of the rows: updates made before, or as the trainer counts them.
        rates: by parameter group, NaN where a row has none; the first is "lr".
        losses: "train" and "validation", NaN where a row has none.
        format: what wrote it, such as "csv" or "nanochat".
        notes: what was odd, in sentences.
        decimals: with how many significant digits rates were written at least, as text; None where
            they are numbers in full.
    """

    steps: NDArray[np.int64]
    rates: Mapping[str, Floats] = field(default_factory=dict)
    losses: Mapping[str, Floats] = field(default_factory=dict)
    format: str = "python"
    notes: tuple[str, ...] = ()
    decimals: int | None = None

    def rate(self, group: str | None = None) -> tuple[NDArray[np.int64], Floats]:
        """Return the steps that have a rate, and their rates.

        Args:
            group: a parameter group; the first by default.

        Raises:
            ValueError: if the log has no such rates.
        """
        return self._column("rates", self.rates, group)

    def loss(self, kind: str = "train") -> tuple[NDArray[np.int64], Floats]:
        """Return the steps that have a loss, and their losses; NaN that was logged is left out.

        Raises:
            ValueError: if the log has no such losses.
        """
        return self._column("losses", self.losses, kind)

    def _column(
        self, what: str, columns: Mapping[str, Floats], name: str | None
    ) -> tuple[NDArray[np.int64], Floats]:
        key = next(iter(columns), "") if name is None else name
        if key not in columns:
            names = ", ".join(columns) or "none"
            raise ValueError(
                f"this log has no {what} {name or ''}; it has {names}".replace("  ", " ")
            )
        there = ~np.isnan(columns[key])
        if not there.any():
            raise ValueError(f"this log has no {what} that are numbers")
        return self.steps[there], columns[key][there]


STEP = (
    "step",
    "global_step",
    "_step",
    "iter",
    "iteration",
    "steps",
    "update",
    "trainer/global_step",
)
RATE = ("lr", "learning_rate", "lrm", "rate")
TRAIN = ("train_loss", "loss", "train/loss", "training_loss", "trl", "train_loss_step")
VALIDATION = (
    "val_loss",
    "eval_loss",
    "validation_loss",
    "val/loss",
    "eval/loss",
    "valid_loss",
    "tel",
)


@lru_cache(maxsize=10_000)
def kind(column: str) -> tuple[str, str] | None:
    """Return what a column holds and its name there; None for what is no step, rate or loss.

    >>> kind("Learning_Rate"), kind("lr-Adam/pg2"), kind("val_loss"), kind("accuracy")
    (('rates', 'lr'), ('rates', 'lr-Adam/pg2'), ('losses', 'validation'), None)
    """
    plain = column.strip().lower()
    last = plain.replace(" ", "_").split("/")[-1]
    if plain in STEP or last in {"step", "global_step"}:
        return "step", "step"
    if last in RATE:
        return "rates", "lr" if plain in RATE or "/" in plain else column.strip()
    if last.startswith(("lr-", "lr_", "lr/")) or plain.startswith(("lr-", "lr/", "learning_rate/")):
        return "rates", column.strip()
    for name, known in (("train", TRAIN), ("validation", VALIDATION)):
        if plain in known or (last in known and "/" in plain):
            return "losses", name
    return None


def of_rows(
    rows: Iterable[Mapping[str, Any]],
    format: str,  # noqa: A002
    notes: Iterable[str] = (),
) -> Log:
    """Return a log of rows that have a step, and rates or losses by the names of their columns.

    Raises:
        ValueError: if no row has a step with a rate or a loss, or there are too many.
    """
    steps = array("q")
    columns: dict[tuple[str, str], array[float]] = {}
    skipped = 0
    digits: int | None = None
    for row in rows:
        found: dict[tuple[str, str], float] = {}
        step = None
        for column, value in row.items():
            what = kind(str(column))
            number = None if what is None else _number(value)
            if what is None or number is None:
                continue
            if what[0] == "step":
                step = number if step is None else step
            else:
                found.setdefault(what, number)
                if what[0] == "rates" and isinstance(value, str):
                    digits = max(digits or 0, _digits(value))
        if step is None or not found or not 0 <= step <= MOST_STEPS or step != int(step):
            skipped += bool(found)
            continue
        if len(steps) >= MOST_ROWS:
            raise refuse("log", f"{MOST_ROWS:,} rows and more", f"at most {MOST_ROWS:,} rows long")
        for key, number in found.items():
            column = columns.setdefault(key, array("d"))
            column.extend(repeat(math.nan, len(steps) - len(column)))
            column.append(number)
        steps.append(int(step))
    if not steps:
        words = "rows with a step and a rate or a loss, such as columns step and lr"
        raise refuse("log", "none" if not skipped else f"{skipped:,} rows without a step", words)
    return _made(steps, columns, format, [*notes, *_skipped(skipped)], digits)


def _made(
    steps: array[int],
    columns: Mapping[tuple[str, str], array[float]],
    format: str,  # noqa: A002
    notes: list[str],
    digits: int | None,
) -> Log:
    made: dict[str, dict[str, Floats]] = {"rates": {}, "losses": {}}
    order = sorted(columns, key=lambda key: key[1] != "lr")  # the first group is "lr"
    for what, name in order:
        column = np.full(len(steps), np.nan)
        column[: len(columns[what, name])] = columns[what, name]
        made[what][name] = column
    at = np.array(steps, dtype=np.int64)
    return Log(at, made["rates"], made["losses"], format, (*notes, *_odd(at)), digits)


def _skipped(count: int) -> list[str]:
    what = "1 row has" if count == 1 else f"{count:,} rows have"
    return [f"{what} a value but no step, and were left out"] if count else []


def _odd(steps: NDArray[np.int64]) -> list[str]:
    """Return what is odd in the steps: a run that was resumed writes some of them twice."""
    back = np.flatnonzero(np.diff(steps) < 0)
    notes = []
    if back.size:
        first = int(steps[back[0] + 1])
        times = "once" if back.size == 1 else f"{back.size} times"
        notes.append(f"steps go back {times}, first to {first:,}: a resumed run")
    gaps = np.diff(np.unique(steps))
    if gaps.size > 2 and gaps.max() > 10 * np.median(gaps):
        at = int(np.unique(steps)[gaps.argmax()])
        notes.append(f"the widest gap is of {int(gaps.max()):,} steps, after step {at:,}")
    return notes


def _number(value: Any) -> float | None:
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except (OverflowError, ValueError):
        return None


def _digits(text: str) -> int:
    mantissa = text.strip().lower().partition("e")[0].lstrip("+-").replace(".", "")
    return len(mantissa.lstrip("0"))
