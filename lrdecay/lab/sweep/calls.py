"""Calls a function for many cases, here or on an executor, and hands on what comes of each."""

from __future__ import annotations

import copy
import pickle
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from traceback import format_exception_only
from typing import Any

from .store import dumps
from .workers import adopt, end_with_parent

Outcome = str | Exception
"""The text of a result, or the error of a case that failed."""


def compute(
    function: Callable[..., Any],
    cases: Mapping[str, Mapping[str, Any]],
    executor: Executor | None,
    keep: Callable[[str, Outcome], None],
) -> None:
    """Call the function for each case and `keep` what comes of it, in the order of finishing."""
    if executor is not None:
        _submit(function, cases, executor, keep)
        return
    for each, case in cases.items():
        try:
            outcome: Outcome = _text(_call(function, case))
        except Exception as error:  # noqa: BLE001, a result like another
            outcome = error
        keep(each, outcome)


def _submit(
    function: Callable[..., Any],
    cases: Mapping[str, Mapping[str, Any]],
    executor: Executor,
    keep: Callable[[str, Outcome], None],
) -> None:
    ours = isinstance(executor, ProcessPoolExecutor)
    if ours:
        adopt(executor)
    # Dask takes equal calls for one, and does not repeat one that has failed.
    sweep_id = uuid.uuid4().hex
    waiting: dict[Future[str | KeyboardInterrupt], str] = {}
    try:
        for each, case in cases.items():
            waiting[executor.submit(_call, function, case, ours, sweep_id)] = each
        for future in as_completed(list(waiting)):
            error = future.exception()
            if isinstance(error, Exception) and not isinstance(error, BrokenExecutor):
                keep(waiting[future], error)
            else:
                keep(waiting[future], _text(future.result()))
            del waiting[future]
    except BaseException:
        for future, each in waiting.items():  # also what finished and was not yet looked at
            finished = not future.cancel() and future.done() and not future.exception()
            if finished and isinstance(text := future.result(), str):
                keep(each, text)
        raise


def _text(outcome: str | KeyboardInterrupt) -> str:
    if isinstance(outcome, KeyboardInterrupt):
        raise outcome
    return outcome


def _call(
    function: Callable[..., Any],
    case: Mapping[str, Any],
    process: bool = False,
    _token: str = "",
) -> str | KeyboardInterrupt:
    """Return the text of one result; runs in the worker, which may be a `process` of a pool."""
    if process:
        end_with_parent()
    try:
        return dumps(function(**copy.deepcopy(case)))
    except KeyboardInterrupt as error:
        return error  # raised, it would end a worker of Dask, and then the next one
    except BaseException as error:
        if _comes_back(error):
            raise
        raise RuntimeError("".join(format_exception_only(error)).strip()) from error


def _comes_back(error: BaseException) -> bool:
    """Return whether executors hand on an error as it is, as the failure of one call."""
    # The first two they, or we, take for the end of the executor; the rest may end its workers.
    if isinstance(error, (BrokenExecutor, CancelledError)) or not isinstance(error, Exception):
        return False
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301, our own
    except Exception:  # noqa: BLE001, of any kind
        return False
    return True
