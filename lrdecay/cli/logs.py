"""Logs on the command line: read once, here, and what is wrong with them said in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..tuning.logs import Log
from ..tuning.logs import read as read_log
from .program import fail

File = Annotated[
    str, typer.Argument(metavar="LOG", help="CSV, JSON, an event file, a console's text; - reads.")
]


def read(file: str) -> Log:
    """Return the log in a file, or in what is piped in if it is `-`."""
    try:
        return read_log(typer.get_binary_stream("stdin") if file == "-" else Path(file))
    except OSError as error:
        fail(f"cannot read {file:.200}: {error.strerror or error}")
    except ValueError as error:
        fail(f"{file:.200}: {error}")
