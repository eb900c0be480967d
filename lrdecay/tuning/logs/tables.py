"""Logs that are tables: CSV (of any logger), JSON lines, and the Trainer's state."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from ...checks import refuse
from .log import BLOCK, MOST_CELLS, MOST_ROWS, Block, Log, kind, of_blocks, of_rows

MOST_COLUMNS = 10_000
MOST_JSON = 64 * 2**20  # characters of one object or list, which is read whole
MOST_LINE = 2**20
MOST_LINES = 1000  # of one row, between quotes


def of_csv(text: str) -> Log:
    """Return a log of comma, tab or semicolon separated values with names on top.

    Keras' CSVLogger counts epochs alone: then an epoch is a step, and a note says so.

    Raises:
        ValueError: if there is no column of steps, or none of rates or losses.
    """
    first = next(_pieces(text)).partition("\n")[0]
    by = max(",\t;", key=first.count)
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=by))]
        _columns(names)
        notes = []
        if not any((kind(name) or ("",))[0] == "step" for name in names) and "epoch" in names:
            names[names.index("epoch")] = "step"
            notes.append("there is no column of steps: each epoch counts as one")
        return of_blocks(_blocks(text, len(first) + 1, names, by), "csv", notes)
    except csv.Error as error:
        raise refuse("log", str(error), "comma-separated values") from None


def _blocks(text: str, start: int, names: list[str], by: str) -> Iterator[Block]:
    """Yield the columns that count, some thousand rows at a time."""
    wanted = [(name, at) for at, name in enumerate(names) if kind(name)]
    read = 0

    def pieces() -> Iterator[str]:
        nonlocal read
        for piece in _pieces(text, start):
            if read > BLOCK + MOST_LINES:  # and no block is full
                raise csv.Error(f"a row of more than {MOST_LINES:,} lines: a quote was not closed")
            read += piece.count("\n")
            yield piece

    lines = chain.from_iterable(map(io.StringIO, pieces()))
    rows = csv.reader(lines, delimiter=by, strict=False)
    while block := list(islice(rows, max(min(BLOCK, MOST_CELLS // len(names)), 1))):
        read = 0
        yield ((name, _column(block, at)) for name, at in wanted)


def _column(rows: list[list[str]], at: int) -> list[str]:
    with suppress(IndexError):
        return list(map(itemgetter(at), rows))
    return [row[at] if at < len(row) else "" for row in rows]


def _pieces(text: str, at: int = 0) -> Iterator[str]:
    """Yield some lines at a time: a list or a file of all would be several times the text.

    Raises:
        ValueError: if a line is too long, or there are too many.
    """
    lines = 0
    while at < len(text):
        end = text.rfind("\n", at, at + MOST_LINE) + 1 or text.find("\n", at) + 1 or len(text)
        if end - at > MOST_LINE + 1:
            words = f"lines of at most {MOST_LINE:,} characters"
            raise refuse("log", f"a line of {end - at:,} characters", words)
        piece = text[at:end]
        lines += piece.count("\n")
        if lines > 2 * MOST_ROWS:  # some of which may be empty
            raise refuse("log", f"{lines:,} lines and more", f"at most {MOST_ROWS:,} rows long")
        yield piece
        at = end


def _columns(names: list[str]) -> None:
    if len(names) > MOST_COLUMNS:
        raise refuse("log", f"{len(names):,} columns", f"at most {MOST_COLUMNS:,} columns wide")
    kinds = {(kind(name) or ("",))[0] for name in names}
    if not ({"step"} <= kinds or "epoch" in names) or not kinds & {"rates", "losses"}:
        shown = ", ".join(names)[:200]
        raise refuse("log", shown, "a table with a column step, and one of rates (lr) or losses")


def of_json(text: str) -> Log | None:
    """Return a log of JSON lines, of a list of rows, or of `trainer_state.json`; None of no JSON.

    Raises:
        ValueError: if it is JSON without rows of a step and a rate or a loss.
    """
    stripped = text.lstrip()
    if not stripped.startswith(("{", "[")):
        return None
    try:
        whole = json.loads(text) if len(text) <= MOST_JSON else None
    except RecursionError:
        raise refuse("log", "JSON nested too deeply", "JSON of rows, or of columns") from None
    except ValueError:
        whole = None
    if whole is None:
        if len(text) > MOST_JSON and "\n" not in stripped[:MOST_LINE]:
            words = f"at most {MOST_JSON // 2**20} MiB as one piece of JSON, or a row a line"
            raise refuse("log", f"{len(text) // 2**20} MiB", words)
        return _json_lines(text)
    if isinstance(whole, dict) and isinstance(whole.get("log_history"), list):
        # The last entry sums up the run: its `train_loss` is a mean over all of it.
        rows = (row for row in filter(_is_row, whole["log_history"]) if "train_loss" not in row)
        return of_rows(rows, "trainer_state")
    if isinstance(whole, dict):
        columns = {key: value for key, value in whole.items() if isinstance(value, list)}
        if columns:
            lengths = {len(column) for column in columns.values()}
            if len(lengths) > 1:
                raise refuse("log", sorted(lengths), "columns of one length")
            values = zip(*columns.values(), strict=True)
            return of_rows((dict(zip(columns, row, strict=True)) for row in values), "json")
        return of_rows([whole], "json lines")
    return of_rows(filter(_is_row, whole), "json")


def _json_lines(text: str) -> Log | None:
    bad: list[int] = []
    pieces = _pieces(text)
    first = list(_rows([next(pieces)], bad))
    if not first:
        return None
    return of_rows(chain(first, _rows(pieces, bad)), "json lines", _left_out(bad))


def _left_out(bad: list[int]) -> Iterator[str]:
    """Yield a note if there is one, asked when all is read."""
    if count := sum(bad):
        what = "1 line is" if count == 1 else f"{count:,} lines are"
        yield f"{what} no JSON, and left out"


def _rows(pieces: Iterable[str], bad: list[int]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of JSON lines, and keep how many lines of each block are none."""
    for piece in pieces:
        block = [line for line in map(str.strip, io.StringIO(piece)) if line]
        rows = list(filter(_is_row, _parsed(block)))
        bad.append(len(block) - len(rows))
        yield from rows


def _parsed(lines: list[str]) -> list[Any]:
    """Return what lines say, at once if each is an object, which takes half the time."""
    joined = ",\n".join(lines)
    with suppress(ValueError, RecursionError):
        if joined.count("},\n{") == len(lines) - 1:
            found = json.loads(f"[{joined}]")
            if len(found) == len(lines):
                return found
    return list(map(_one, lines))


def _one(line: str) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(line)
    return None


def _is_row(row: Any) -> bool:
    return isinstance(row, Mapping)
