"""Logs that are tables: CSV (of any logger), JSON lines, and the Trainer's state."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from ...checks import refuse
from .log import Log, kind, of_rows

MOST_COLUMNS = 10_000
MOST_JSON = 64 * 2**20  # characters of one object or list, which is read whole
MOST_LINE = 2**20


def of_csv(text: str) -> Log:
    """Return a log of comma, tab or semicolon separated values with names on top.

    Keras' CSVLogger counts epochs alone: then an epoch is a step, and a note says so.

    Raises:
        ValueError: if there is no column of steps, or none of rates or losses.
    """
    first = text.partition("\n")[0]
    by = max(",\t;", key=first.count)
    try:
        rows = csv.reader(_each_line(text), delimiter=by, strict=False)
        names = [name.strip() for name in next(rows, [])]
        _columns(names)
        notes = []
        if not any((kind(name) or ("",))[0] == "step" for name in names) and "epoch" in names:
            names[names.index("epoch")] = "step"
            notes.append("there is no column of steps: each epoch counts as one")
        return of_rows(_dicts(names, rows), "csv", notes)
    except csv.Error as error:
        raise refuse("log", str(error), "comma-separated values") from None


def _each_line(text: str) -> Iterator[str]:
    """Yield the lines one by one: a list or a file of them would be several times the text."""
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        yield text[at:end]
        at = end


def _columns(names: list[str]) -> None:
    if len(names) > MOST_COLUMNS:
        raise refuse("log", f"{len(names):,} columns", f"at most {MOST_COLUMNS:,} columns wide")
    kinds = {(kind(name) or ("",))[0] for name in names}
    if not ({"step"} <= kinds or "epoch" in names) or not kinds & {"rates", "losses"}:
        shown = ", ".join(names)[:200]
        raise refuse("log", shown, "a table with a column step, and one of rates (lr) or losses")


def _dicts(names: list[str], rows: Iterator[list[str]]) -> Iterator[dict[str, str]]:
    for row in rows:
        if row:
            yield dict(zip(names, row, strict=False))


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
    except (ValueError, RecursionError):
        whole = None
    if whole is None:
        return _lines(text)
    if isinstance(whole, dict) and isinstance(whole.get("log_history"), list):
        return of_rows(filter(_is_row, whole["log_history"]), "trainer_state")
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


def _lines(text: str) -> Log | None:
    bad: list[int] = []
    rows = _rows(text, bad)
    first = next(rows, None)
    if first is None:
        return None
    note = "{:,} lines are no JSON, and were left out"
    return of_rows(chain([first], rows), "json lines", (note.format(len(x)) for x in [bad] if x))


def _rows(text: str, bad: list[int]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of JSON lines, and keep the numbers of lines that are none."""
    for number, line in enumerate(_each_line(text), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line) if len(line) <= MOST_LINE else None
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, Mapping):
            yield row
        else:
            bad.append(number)


def _is_row(row: Any) -> bool:
    return isinstance(row, Mapping)
