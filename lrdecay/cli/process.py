"""The process: what ends it, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any, NoReturn

import typer

from ..lab.sweep.workers import ENDING
from .program import FAILED, app


class _Ended(BaseException):
    """A signal asks this process to end: no error, and nothing that may be caught on the way."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _end(number: int, _frame: Any) -> NoReturn:
    raise _Ended(number)


def _die(number: int) -> NoReturn:
    """End as a program does that leaves the signal alone, so that a shell knows of it."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(128 + number)  # the first process of a container is spared by its own signals


def _let_go() -> None:
    """Give up what cannot be written: Python would try once more, and end with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def main() -> None:
    """Run the command line. What ends it, ends its workers first."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _end)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # while a full disk can still be told
    except _Ended as ended:
        _die(ended.number)
    except SystemExit as ended:
        # typer and rich end with 1, which says "changed" here, when nobody reads what they print.
        if isinstance(ended.__context__, BrokenPipeError):
            _die(signal.SIGPIPE)
        raise
    except BrokenPipeError:
        _die(signal.SIGPIPE)
    except Exception as error:  # noqa: BLE001, Python would end with 1
        with suppress(OSError):  # of a full disk under what is printed, which may be this too
            if isinstance(error, OSError):
                typer.echo(f"lrdecay: {error}", err=True)
            else:
                traceback.print_exc()
        _let_go()
        sys.exit(FAILED)
