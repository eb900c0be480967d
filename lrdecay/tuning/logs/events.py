"""TensorBoard's event files: records of protocol buffers, of which a few fields are read.

A record is its length, a checksum of it, the data and their checksum. A file that is still written,
or was cut, ends in the middle of one: what came before it counts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from .log import Log, kind, of_rows

HEADER = struct.Struct("<QI")
FOOTER = 4
MOST_RECORD = 64 * 2**20
DAMAGED = (IndexError, struct.error, ValueError)  # what reading such a record raises
MOST_SHAPES, LONGEST = 10_000, 1000  # of records read by their shape, in bytes
TIME, STEP = 1 << 3 | 1, 2 << 3  # the keys of an event's first fields
FLOAT = struct.Struct("<f")
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def is_events(head: bytes) -> bool:
    """Return whether a file begins as an event file does: with a record of its version."""
    return b"brain.Event:" in head[:64]


def of_events(data: bytes) -> Log:
    """Return the log of an event file, by the tags of its scalars.

    Raises:
        ValueError: if it holds no scalar that is a rate or a loss.
    """
    notes: list[str] = []
    rows: list[dict[str, Any]] = []
    newest: dict[int, dict[str, Any]] = {}  # the row that a step's scalars still go to
    shapes: dict[bytes, str | None] = {}
    for record in _records(data, notes):
        try:
            step, scalars = _known(record, shapes) or _event(memoryview(record))
        except DAMAGED:
            notes.append("a damaged record was left out")
            continue
        for tag, value in scalars:
            if kind(tag) is None:
                continue
            row: dict[str, Any] | None = newest.get(step)
            if row is None or tag in row:  # a step again: the run was resumed
                row = {"step": step}
                newest[step] = row
                rows.append(row)
            row[tag] = value
    return of_rows(rows, "tensorboard", dict.fromkeys(notes))


def _records(data: bytes, notes: list[str]) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        start = at + HEADER.size
        length = HEADER.unpack_from(data, at)[0] if start <= len(data) else 0
        if length > MOST_RECORD:
            notes.append(
                f"the file is damaged from byte {at:,} of {len(data):,} on: the rest is out"
            )
            return
        if start + length + FOOTER > len(data):
            notes.append("the file ends in the middle of a record")
            return
        yield data[start : start + length]
        at = start + length + FOOTER


def _known(
    record: bytes, shapes: dict[bytes, str | None]
) -> tuple[int, list[tuple[str, float]]] | None:
    """Return what `_event` does of a record like one before, in a tenth of the time; else None.

    Scalars of a tag differ in time, step and value alone. Where `_event` reads any two values in
    the last four bytes of a record, it reads every one.
    """
    if not 15 <= len(record) <= LONGEST or record[0] != TIME or record[9] != STEP:
        return None
    step, at = _varint(record, 10)
    shape = record[at:-4]
    if shape not in shapes:
        if len(shapes) >= MOST_SHAPES:
            return None
        shapes[shape] = _tag(shape)
    tag = shapes[shape]
    return None if tag is None else (step, [(tag, FLOAT.unpack_from(record, len(record) - 4)[0])])


def _tag(shape: bytes) -> str | None:
    """Return the tag of the scalar whose value would follow these bytes; None if none would."""
    try:
        first, second = (
            _event(memoryview(bytes([STEP, step]) + shape + FLOAT.pack(step))) for step in (1, 2)
        )
    except DAMAGED:
        return None
    tag = first[1][0][0] if first[1] else None
    return tag if (first, second) == ((1, [(tag, 1.0)]), (2, [(tag, 2.0)])) else None


def _event(record: memoryview) -> tuple[int, list[tuple[str, float]]]:
    """Return the step of an event and its scalars."""
    step, scalars = 0, []
    for field, value in _fields(record):
        if field == 2 and isinstance(value, int):
            step = value
        elif field == 5 and isinstance(value, memoryview):  # the summary
            for inner, one in _fields(value):
                if inner == 1 and isinstance(one, memoryview):
                    scalars += _scalar(one)
    return step, scalars


def _scalar(value: memoryview) -> list[tuple[str, float]]:
    tag, number = "", None
    for field, one in _fields(value):
        if field == 1 and isinstance(one, memoryview):
            tag = bytes(one).decode()
        elif field == 2 and isinstance(one, bytes):
            number = struct.unpack("<f", one)[0]
        elif field == 8 and isinstance(one, memoryview):
            number = _tensor(one)
    return [] if number is None else [(tag, number)]


def _tensor(value: memoryview) -> float | None:
    """Return the number of a tensor that holds one, as TensorFlow 2 writes scalars."""
    for field, one in _fields(value):
        data = bytes(one) if isinstance(one, (memoryview, bytes)) else b""
        if field in (4, 5) and len(data) == 4:
            return struct.unpack("<f", data)[0]
        if field in (4, 6) and len(data) == 8:
            return struct.unpack("<d", data)[0]
    return None


def _fields(data: memoryview) -> Iterator[tuple[int, int | bytes | memoryview]]:
    """Yield the fields of a message: whole numbers, raw fixed numbers, and bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        field, wire = key >> 3, key & 7
        if wire == VARINT:
            number, at = _varint(data, at)
            yield field, number
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
            yield field, bytes(data[at : at + size])
            at += size
        elif wire == BYTES:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("longer than its record")
            yield field, data[at : at + length]
            at += length
        else:
            raise ValueError("no such kind of field")


def _varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
        if shift > 63:
            raise ValueError("no such number")
