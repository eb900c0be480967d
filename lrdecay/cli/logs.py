"""Logs on the command line: read once, here, and what is wrong with them said in a sentence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from ..tuning.logs import Log
from ..tuning.logs import read as read_log
from .program import fail

File = Annotated[
    str, typer.Argument(metavar="LOG", help="CSV, JSON, an event file, a console's text; - reads.")
]


def there(word: str) -> bool:
    """Return whether a word is a file or a folder, or what is piped in."""
    with suppress(OSError, ValueError):  # no file can be called that
        return word == "-" or Path(word).exists()
    return False


def opened(file: str) -> Log:
    """Return the log in a file, or in what is piped in if it is `-`.

    Raises:
        ValueError: if it is none.
        OSError: if it cannot be read.
    """
    return read_log(typer.get_binary_stream("stdin") if file == "-" else Path(file))


def read(file: str) -> Log:
    """Return the log in a file, or say in a sentence what is wrong with it."""
    try:
        return opened(file)
    except OSError as error:
        fail(f"cannot read {file:.200}: {error.strerror or error}")
    except ValueError as error:
        fail(f"{file:.200}: {error}")
