"""Libraries that only a part of the package needs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def needs(library: str, extra: str, what: str) -> Generator[None]:
    """Say, where an import within finds no `library`, which extra of the package brings it.

    Raises:
        ModuleNotFoundError: that says so; another missing module is told as it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != library:
            raise
        message = f"{what} needs {library}: pip install lrdecay[{extra}]"
        raise ModuleNotFoundError(message, name=library) from error
