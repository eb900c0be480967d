"""Logs of training runs, read by what they look like and never by their name."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from codecs import BOM_UTF8
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ...checks import refuse
from .consoles import of_text
from .events import is_events, of_events
from .log import Log
from .tables import of_csv, of_json

__all__ = ["Log", "parsed", "read"]

MOST_BYTES = 256 * 2**20
LONG = 64 * 2**20  # one emoji makes a text four times as long in memory
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # how such a text begins


def read(path: str | Path | BinaryIO) -> Log:
    """Return the log in a file: CSV, JSON, JSON lines, event file, or what a trainer printed.

    A file may be compressed by gzip. Of a folder the newest event file is read.

    Args:
        path: of the file; or a file that is open for reading bytes, such as `sys.stdin.buffer`.

    Raises:
        ValueError: if it is too long, or no log.
        OSError: if it cannot be read.
    """
    if not isinstance(path, (str, Path)):
        return _of_bytes(path.read(MOST_BYTES + 1))
    place = Path(path)
    if place.is_dir():
        found = [one for one in place.glob("events.out.tfevents.*") if one.is_file()]
        if not found:
            raise refuse("log", str(path), "a file, or a folder with an event file")
        place = max(found, key=lambda one: one.stat().st_mtime)
    with open(place, "rb", opener=_at_once) as file:
        return _of_bytes(file.read(MOST_BYTES + 1))


def _at_once(path: str, flags: int) -> int:
    """Open a pipe that nobody writes as an empty one, in place of waiting for ever."""
    file = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(file, True)
    return file


def _of_bytes(data: bytes) -> Log:
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data)
    if len(data) > MOST_BYTES:
        raise refuse("log", "more", f"at most {MOST_BYTES // 2**20} MiB long")
    if is_events(data):
        return of_events(data)
    text = _text(data)
    del data  # as long as the text
    return parsed(text)


def parsed(text: str) -> Log:
    r"""Return the log in a text.

    Raises:
        ValueError: if it is none.

    Examples:
        >>> log = parsed("step,lr\n0,0.1\n1,0.05\n")
        >>> log.format, log.steps.tolist(), log.rates["lr"].tolist()
        ('csv', [0, 1], [0.1, 0.05])
        >>> parsed("step 00010/00100 (10.00%) | loss: 3.5 | lrm: 0.50 | dt: 9ms").format
        'nanochat'
    """
    if not text.strip():
        raise refuse("log", "nothing", "a table, JSON, an event file, or what a trainer printed")
    found = of_json(text)
    if found is not None:
        return found
    first = text.lstrip().partition("\n")[0]
    if max(map(first.count, ",\t;")) and not any(mark in first for mark in ("|", ": ", "= ")):
        return of_csv(text.lstrip())
    return of_text(text)


def _text(data: bytes) -> str:
    if b"\0" in data[:4096] and data[:2] not in UTF_16:
        raise refuse("log", data[:20], "text, or an event file")
    if data[:2] in UTF_16:
        with suppress(UnicodeDecodeError):
            return data.decode("utf-16")
    plain = data.removeprefix(BOM_UTF8)
    if len(plain) <= LONG or plain.isascii():
        with suppress(UnicodeDecodeError):
            return plain.decode()
    return plain.decode("latin-1")  # names and numbers are ASCII in any case


def _unpacked(data: bytes) -> bytes:
    """Return what gzip packed, and not more than may be read."""
    try:
        with gzip.open(io.BytesIO(data)) as file:
            return file.read(MOST_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise refuse("log", str(error), "a whole gzip file") from None
