"""A log of a training run, whatever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import MOST_STEPS, refuse
from ...families.piecewise import Piecewise
from ...schedule import Constant, Schedule

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Kind = tuple[str, str]  # "step", "rates" or "losses", and its name there
Block = Iterable[tuple[str, Sequence[Any]]]  # columns of one length; None or "" is no number
BLOCK = 2**12  # rows
MOST_CELLS = 2**20  # of a block, those that do not count among them
MOST_ROWS = 5_000_000
MOST_NUMBERS = 50_000_000
MOST_RATE = 1e100
MOST_PIECES = 100_000  # of a schedule, each of which is looked at again for every few rates
FULL = 15  # significant digits, of which a float keeps no more in every case


@dataclass(frozen=True)
class Log:
    """Rates and losses of a run, in the order in which they were written.

    Attributes:
        steps: of the rows: updates made before, or as the trainer counts them.
        rates: by parameter group, NaN where a row has none; the first is "lr".
        losses: "train" and "validation", NaN where a row has none.
        format: what wrote it, such as "csv" or "nanochat".
        notes: what was odd, in sentences.
        decimals: with how many significant digits rates were written at least, as text, up to the
            15 of a float; None where they are numbers in full.
    """

    steps: NDArray[np.int64]
    rates: Mapping[str, Floats] = field(default_factory=dict)
    losses: Mapping[str, Floats] = field(default_factory=dict)
    format: str = "python"
    notes: tuple[str, ...] = ()
    decimals: int | None = None

    @property
    def updates(self) -> int:
        """Of how many updates the log is, if it has a row every so many.

        One that begins after as many counts updates made, as trainers do, and ends with the last;
        one that begins a step sooner counts from 0, as Lightning does; of another the next row
        would have been as far away.
        """
        steps = np.unique(self.steps)
        gap = int(np.median(np.diff(steps))) if steps.size > 1 else 1
        first, last = int(steps[0]), int(steps[-1])
        if first == gap - 1:
            return last + 1
        return last if 0 < first <= gap else last + gap

    def rate(self, group: str | None = None) -> tuple[NDArray[np.int64], Floats]:
        """Return the steps that have a rate, and their rates.

        Args:
            group: a parameter group; the first by default.

        Raises:
            ValueError: if the log has no such rates.
        """
        return self._column("learning rates", self.rates, group)

    def loss(self, kind: str = "train") -> tuple[NDArray[np.int64], Floats]:
        """Return the steps that have a loss, and their losses; NaN that was logged is left out.

        Raises:
            ValueError: if the log has no such losses.
        """
        return self._column("losses", self.losses, kind)

    def curve(self, group: str | None = None) -> tuple[NDArray[np.int64], Floats]:
        """Return rising steps and their rates; of a step that is there twice, the last counts.

        Args:
            group: a parameter group; the first by default.

        Raises:
            ValueError: if the log has no such rates, or one is negative or above 1e100.
        """
        steps, rates = last_of_each(*self.rate(group))
        wrong = rates[(rates < 0) | (rates > MOST_RATE)]
        if wrong.size:
            raise refuse("rates", float(wrong[0]), "from 0 to 1e100")
        return steps, rates

    def schedule(self, group: str | None = None) -> Schedule:
        """Return the logged rates as a schedule: straight lines between them, held on both sides.

        Args:
            group: a parameter group; the first by default.

        Raises:
            ValueError: if the log has no such rates, more than 100,000 of them, or one that is
                negative or above 1e100.

        Examples:
            >>> log = Log(np.array([5, 10]), {"lr": np.array([0.5, 0.25])})
            >>> log.schedule().sample(12).tolist()[4:]
            [0.5, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.25]
        """
        steps, rates = self.curve(group)
        if steps.size > MOST_PIECES:
            words = f"at most {MOST_PIECES:,}, to be a schedule"
            raise refuse("rates", f"{steps.size:,} of them", words)
        later = steps > 0
        if not later.any():
            return Constant(rates[0])
        # As numbers of Python, whose checks are quick.
        values = np.append(rates[0], rates[later]).tolist()
        return Piecewise(tuple(steps[later].tolist()), tuple(values), between="linear")

    def _column(
        self, what: str, columns: Mapping[str, Floats], name: str | None
    ) -> tuple[NDArray[np.int64], Floats]:
        key = next(iter(columns), "") if name is None else name
        if key not in columns:
            if not columns:
                raise ValueError(f"this log has no {what}")
            names = ", ".join(columns)
            raise ValueError(f"this log has no {what} called {key}; it has {names}")
        there = ~np.isnan(columns[key])
        if not there.any():
            raise ValueError(f"this log has no {what} that are numbers")
        return self.steps[there], columns[key][there]


def last_of_each(steps: NDArray[np.int64], values: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return steps in rising order with their values; of one that is there twice, the last."""
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    last = np.append(np.diff(steps) > 0, [True])
    return steps[last], values[last]


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
TRAIN = ("train_loss", "loss", "training_loss", "trl", "train_loss_step")
VALIDATION = ("val_loss", "eval_loss", "validation_loss", "valid_loss", "tel")
PARTS = {  # of the data, as a folder: `val/loss`, `Loss/train`
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "eval": "validation",
    "test": None,
}  # fmt: skip


@lru_cache(maxsize=10_000)
def kind(column: str) -> Kind | None:
    """Return what a column holds and its name there; None for what is no step, rate or loss.

    >>> kind("Learning_Rate"), kind("lr-Adam/pg2"), kind("val_loss"), kind("accuracy")
    (('rates', 'lr'), ('rates', 'lr-Adam/pg2'), ('losses', 'validation'), None)
    >>> kind("train/loss"), kind("eval/loss"), kind("test/loss")
    (('losses', 'train'), ('losses', 'validation'), None)
    """
    plain = column.strip().lower()
    *folders, last = plain.replace(" ", "_").split("/")
    if plain in STEP or last in {"step", "global_step"}:
        return "step", "step"
    if last in RATE:
        return "rates", "lr" if plain in RATE or "/" in plain else column.strip()
    if last.startswith(("lr-", "lr_", "lr/")) or plain.startswith(("lr-", "lr/", "learning_rate/")):
        return "rates", column.strip()
    if last in PARTS and "loss" in folders:
        folders, last = [*folders, last], "loss"
    if last in VALIDATION:
        return "losses", "validation"
    if last in TRAIN:
        part = next((PARTS[one] for one in reversed(folders) if one in PARTS), "train")
        return None if part is None else ("losses", part)
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
    return of_blocks(_blocks(rows), format, notes)


def _blocks(rows: Iterable[Mapping[str, Any]]) -> Iterator[Block]:
    place: dict[str, int] = {}  # of columns, as they come up: the same in every block
    for block in _some(rows):
        names = [name for name in dict.fromkeys(chain.from_iterable(block)) if kind(name)]
        _bounded(len(names) * len(block))
        for name in names:
            place.setdefault(name, len(place))
        names.sort(key=place.__getitem__)
        yield ((name, [row.get(name) for row in block]) for name in names)


def _some(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    block: list[Mapping[str, Any]] = []
    cells = 0
    for row in rows:
        block.append(row)
        cells += len(row)
        if len(block) == BLOCK or cells > MOST_CELLS:
            yield block
            block, cells = [], 0
    if block:
        yield block


def of_blocks(
    blocks: Iterable[Block],
    format: str,  # noqa: A002
    notes: Iterable[str] = (),
) -> Log:
    """Return a log of tables that follow one another: columns by name, `BLOCK` rows long.

    Whole columns are read at once, so that a million rows take a second; blocks bound the memory.
    Of several columns that hold the same, the first that has a number in a row counts there.

    Raises:
        ValueError: as `of_rows` does.
    """
    steps: list[NDArray[np.int64]] = []
    columns: dict[Kind, list[tuple[int, Floats]]] = {}  # parts, and the row where each begins
    rows = skipped = digits = 0
    for block in blocks:
        found, digits = _found(block, digits)
        at, has_step = found.pop(("step", "step"), (None, None))
        if not found:
            continue
        filled = np.logical_or.reduce([there for _, there in found.values()])
        if at is None or has_step is None:
            skipped += int(filled.sum())
            continue
        kept = filled & has_step & (at >= 0) & (at <= MOST_STEPS) & (at == np.floor(at))
        skipped += int((filled & ~kept).sum())
        for what, (values, there) in found.items():
            if (there & kept).any():
                columns.setdefault(what, []).append((rows, values[kept]))
        steps.append(at[kept].astype(np.int64))
        rows += steps[-1].size
        if rows > MOST_ROWS:
            raise refuse("log", f"{MOST_ROWS:,} rows and more", f"at most {MOST_ROWS:,} rows long")
        _bounded(rows * len(columns))
    if not rows:
        words = "rows with a step and a rate or a loss, such as columns step and lr"
        raise refuse("log", "none" if not skipped else f"{skipped:,} rows without a step", words)
    notes = [*notes, *_skipped(skipped)]
    return _made(np.concatenate(steps), columns, format, notes, digits or None)


def _found(block: Block, digits: int) -> tuple[dict[Kind, tuple[Floats, Flags]], int]:
    """Return what the columns of a block hold and where they do, and how many digits rates have."""
    found: dict[Kind, tuple[Floats, Flags]] = {}
    for name, cells in block:
        what = kind(name)
        if what is None:
            continue
        values, there = _numbers(cells)
        if what[0] == "rates" and digits < FULL:
            numbers = compress(cells, there & np.isfinite(values))
            counts = map(_digits, (cell for cell in numbers if isinstance(cell, str)))
            digits = min(max(chain([digits], counts)), FULL)
        if what in found:
            before, known = found[what]
            values, there = np.where(known, before, values), known | there
        found[what] = values, there
    return found, digits


def _bounded(numbers: int) -> None:
    if numbers > MOST_NUMBERS:
        words = f"at most {MOST_NUMBERS:,} numbers, rows times columns of rates and losses"
        raise refuse("log", f"{numbers:,} and more", words)


def _made(
    steps: NDArray[np.int64],
    columns: dict[Kind, list[tuple[int, Floats]]],
    format: str,  # noqa: A002
    notes: list[str],
    digits: int | None,
) -> Log:
    made: dict[str, dict[str, Floats]] = {"rates": {}, "losses": {}}
    for what, name in sorted(columns, key=lambda key: key[1] != "lr"):  # the first group is "lr"
        column = made[what][name] = np.full(steps.size, np.nan)
        for start, part in columns.pop((what, name)):
            column[start : start + part.size] = part
    return Log(steps, made["rates"], made["losses"], format, (*notes, *_odd(steps)), digits)


def _skipped(count: int) -> list[str]:
    what = "1 row has" if count == 1 else f"{count:,} rows have"
    return [f"{what} a value but no step, and were left out"] if count else []


def _odd(steps: NDArray[np.int64]) -> list[str]:
    """Return what is odd in the steps: a run that was resumed writes some of them twice."""
    gaps = np.diff(steps)
    back = np.flatnonzero(gaps < 0)
    notes = []
    if back.size:
        first = int(steps[back[0] + 1])
        times = "once" if back.size == 1 else f"{back.size} times"
        notes.append(f"steps go back {times}, first to {first:,}: a resumed run")
    rising = steps if (gaps > 0).all() else np.unique(steps)
    gaps = np.diff(rising)
    if gaps.size > 2 and gaps.max() > 10 * np.median(gaps):
        at = int(rising[gaps.argmax()])
        notes.append(f"the widest gap is of {int(gaps.max()):,} steps, after step {at:,}")
    return notes


def _numbers(cells: Sequence[Any]) -> tuple[Floats, Flags]:
    """Return the numbers of a column, NaN where there is none, and where there is one."""
    values = _all_numbers(cells)
    if values is not None:
        return values, np.ones(len(cells), dtype=bool)
    there = np.array([cell is not None and cell != "" for cell in cells], dtype=bool)
    given = list(compress(cells, there))
    found = _all_numbers(given)
    if found is None:
        singly = list(map(_number, given))
        there[there] = [number is not None for number in singly]
        found = np.array([number for number in singly if number is not None], dtype=np.float64)
    values = np.full(len(cells), np.nan)
    values[there] = found
    return values, there


def _all_numbers(cells: Sequence[Any]) -> Floats | None:
    """Return a column of numbers or their texts; None if anything else is among them."""
    with suppress(OverflowError, TypeError, ValueError):
        if bool not in set(map(type, cells)):  # which float() would take
            return np.fromiter(map(float, cells), np.float64, len(cells))
    return None


def _number(value: Any) -> float | None:
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except (OverflowError, ValueError):
        return None


def _digits(text: str) -> int:
    mantissa = text.lower().partition("e")[0].lstrip(" +-0.").rstrip()
    return len(mantissa) - mantissa.count(".")
