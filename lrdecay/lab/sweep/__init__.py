"""Many experiments: in this process, in several, or on a cluster, with the same results.

`sweep` calls a function once for each case of a list, such as one that `grid` makes, through any
`concurrent.futures.Executor`. Give it a folder and every result is kept there as it arrives, so
that a sweep that was stopped goes on from where it was.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from ...checks import Flag, check, refuse
from .calls import Outcome, compute
from .store import Store, described, function_name, key, loads

__all__ = ["Store", "grid", "sweep"]


def grid(**axes: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the product of the axes as cases; the last axis varies fastest.

    Raises:
        ValueError: if an axis is a string or not iterable.

    Examples:
        >>> [tuple(case.values()) for case in grid(lr=[0.1, 1.0], seed=range(2))]
        [(0.1, 0), (0.1, 1), (1.0, 0), (1.0, 1)]
    """
    for name, values in axes.items():
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise refuse(name, values, "a list, or another iterable, of values")
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def sweep(
    function: Callable[..., Any],
    cases: Iterable[Mapping[str, Any]],
    *,
    executor: Executor | None = None,
    store: str | Path | None = None,
    progress: bool = False,
) -> list[Any]:
    """Return `function(**case)` for each case, in the order of the cases.

    The results do not depend on the executor, its number of workers or the order in which they
    finish, provided that the function depends on its arguments alone. Equal cases are computed
    once and share one result.

    If a case fails, the others are finished first; then the error of the first that failed is
    raised, with a note that names the case. `sys.exit` in a case is its failure too; only a
    KeyboardInterrupt stops the sweep, wherever it is raised. What is finished stays in the store,
    also when the sweep is interrupted, a worker dies or this process is killed: call again to go
    on. The workers of a `ProcessPoolExecutor` end with this process, however that ends.

    Args:
        function: defined with `def` at the top of a module that workers can import. It gets copies
            of its inputs.
        cases: keyword arguments, one mapping a call. Values are None, bool, int, float, str, lists,
            tuples, dicts with string keys, NumPy scalars and arrays of numbers, and dataclasses of
            such, as schedules are. 1 and 1.0 are different inputs.
        executor: where to call it: a `ProcessPoolExecutor`, Dask's `client.get_executor()`, or any
            other of their kind. None for this process, one case after the other.
        store: a folder for the results, made if needed. Those already there are not computed
            again. They are found by the name of the function and its inputs: after a change of
            what the function does, take another folder.
        progress: draw a bar on stderr, or write one line at the end where that is no terminal.

    Returns:
        One result a case. A result is made of the values that inputs may have, without
        dataclasses, and comes back equal to the last bit and of the same type, whether it was
        computed or read.

    Raises:
        ValueError: if the function has no name that a worker could import, or an argument, an
            input or a result is of another kind.
        OSError: if the store cannot be written; where that shows, before anything is computed.
        BrokenExecutor: if the executor stopped working, such as after the death of a process.
        RuntimeError: for what the function raised that is no Exception, such as SystemExit, cannot
            be pickled, or would pass for an error of the executor.
        Exception: what else the function raised.

    Examples:
        >>> from lrdecay.lab import moons
        >>> def accuracy(lr, seed):
        ...     return float(moons.run([lr] * 20, [seed]).final_accuracy[0])
        >>> sweep(accuracy, grid(lr=[0.1, 1.0], seed=[1, 2]))
        [0.88, 0.86, 1.0, 0.94]
    """
    if executor is not None and not isinstance(executor, Executor):
        words = "a concurrent.futures.Executor, such as ProcessPoolExecutor() or Dask's"
        raise refuse("executor", executor, f"{words} client.get_executor()")
    check("progress", progress, Flag)
    name = function_name(function)
    listed = [_checked(case) for case in cases]
    keys = [key(name, case) for case in listed]
    todo = dict(zip(keys, listed, strict=True))
    failed: dict[str, Exception] = {}
    folder, results = (None, {}) if store is None else _opened(store, todo)
    missing = {each: case for each, case in todo.items() if each not in results}
    with _progress(progress, name, len(todo), len(results)) as advance:

        def keep(each: str, outcome: Outcome) -> None:
            if isinstance(outcome, Exception):
                failed[each] = outcome
            else:
                if folder is not None:
                    folder.write(each, outcome, name, todo[each])
                results[each] = loads(outcome)
            advance()

        try:
            compute(function, missing, executor, keep)
        except (BrokenExecutor, CancelledError) as error:
            finished = f"{len(results)} of {len(todo)} cases are finished"
            raise _broken(name, finished, store) from error
    for each, case in missing.items():
        if each in failed:
            failed[each].add_note(f"raised by {name}({described(case)})")
            failed[each].add_note(f"{len(failed)} of {len(todo)} cases failed, the others finished")
            raise failed[each]
    return [results[each] for each in keys]


def _opened(store: str | Path, keys: Collection[str]) -> tuple[Store, dict[str, Any]]:
    """Return a store, and what it has; if something is missing, it can be written."""
    if store == "":  # a path of that would be the current folder
        raise refuse("store", store, "a folder")
    folder = Store(store)
    texts = ((each, folder.read(each)) for each in keys)
    results = {each: loads(text) for each, text in texts if text is not None}
    if len(results) < len(keys):
        with TemporaryFile(dir=folder.folder, buffering=0) as file:
            file.write(b"1")
    return folder, results


def _broken(name: str, finished: str, store: str | Path | None) -> BrokenExecutor:
    words = f"the executor stopped during the sweep of {name}; {finished}"
    if store is None:
        words += ", and lost: a store would have kept them"
    else:
        words += f" and kept in {store}: sweep again, with a new executor, for the rest"
    if name.startswith("__main__."):
        words += "; workers may not find what a notebook or script defines: import it from a module"
    return BrokenExecutor(words)


def _checked(case: Any) -> dict[str, Any]:
    if not isinstance(case, Mapping) or not all(isinstance(name, str) for name in case):
        raise refuse("cases", case, "mappings from the names of arguments to their values")
    return dict(case)


@contextmanager
def _progress(show: bool, name: str, total: int, done: int) -> Generator[Callable[[], None]]:
    """Give a function that counts one more case."""
    if not show or sys.stderr is None:  # closed by whoever started this
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Drawn when a case arrives: a thread that draws would be in the way of forking workers.
    bar = Progress(*columns, console=console, auto_refresh=False, disable=not console.is_terminal)
    task = bar.add_task(name, total=total, completed=done)
    try:
        with bar:
            bar.refresh()
            yield lambda: bar.update(task, advance=1, refresh=True)
    finally:
        if not console.is_terminal:
            count = int(bar.tasks[0].completed)
            sys.stderr.write(f"{name}: {count} of {total} cases, {done} from the store\n")
