"""Logs that are tables: CSV (of any logger), JSON lines, and the Trainer's state."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...checks import refuse
from .log import Log, kind, of_rows

MOST_COLUMNS = 10_000


def of_csv(text: str) -> Log:
    """Return a log of comma, tab or semicolon separated values with names on top.

    Keras' CSVLogger counts epochs alone: then an epoch is a step, and a note says so.

    Raises:
        ValueError: if there is no column of steps, or none of rates or losses.
    """
    first = text.partition("\n")[0]
    by = max(",\t;", key=first.count)
    try:
        rows = csv.reader(io.StringIO(text), delimiter=by, strict=False)
        names = [name.strip() for name in next(rows, [])]
        _columns(names)
        notes = []
        if not any((kind(name) or ("",))[0] == "step" for name in names) and "epoch" in names:
            names[names.index("epoch")] = "step"
            notes.append("there is no column of steps: each epoch counts as one")
        return of_rows(_dicts(names, rows), "csv", notes)
    except csv.Error as error:
        raise refuse("log", str(error), "comma-separated values") from None


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
        whole = json.loads(text)
    except (ValueError, RecursionError):
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
    rows: list[Any] = []
    bad = 0
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            bad += 1
            continue
        if _is_row(row):
            rows.append(row)
        else:
            bad += 1
    if not rows:
        return None
    notes = [f"{bad:,} lines are no JSON, and were left out"] if bad else []
    return of_rows(rows, "json lines", notes)


def _is_row(row: Any) -> bool:
    return isinstance(row, Mapping)
