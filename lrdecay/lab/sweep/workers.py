"""Worker processes that end when the process they work for does, whatever ended it.

The workers of a pool wait for their next call on a pipe that they hold open themselves: alone they
never learn that nobody is left to call.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import wait
from threading import Thread, current_thread, main_thread

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
ENDING = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
_OFTEN = 1.0  # seconds: a fork inherits the pipes that would tell at once, and is asked
_SOON = 5.0  # seconds that killed processes may take to go


@contextmanager
def processes(workers: int) -> Generator[ProcessPoolExecutor]:
    """Give a pool whose workers are gone on the way out: at once if that is an exception's.

    They are spawned: what a fork shares with threads of this process is no business of an
    experiment. Ctrl-C in a terminal, which reaches them too, is left to this process.
    """
    others = set(multiprocessing.active_children())
    with _undisturbed() as disturb:
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), end_with_parent)
        with _unreached():
            for _ in range(workers):  # one starts with each call
                pool.submit(os.getpid)
    try:
        disturb()
        yield pool
        pool.shutdown()
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            worker.kill()
        # In a thread, since the rest of a result that a worker was sending would be waited for.
        closing = Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        closing.start()
        closing.join(_SOON)
        raise


@contextmanager
def _undisturbed() -> Generator[Callable[[], None]]:
    """Hold `ENDING` signals back: a process that is half started is one that nobody knows of.

    The function that is given delivers them, afterwards.
    """
    came: list[int] = []

    def deliver() -> None:
        for number in came:
            signal.raise_signal(number)

    if current_thread() is not main_thread():  # which alone is interrupted
        yield deliver
        return
    handlers = {number: signal.getsignal(number) for number in ENDING}
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    try:
        for number in handlers:
            signal.signal(number, lambda number, _frame: came.append(number))
        yield deliver
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def _unreached() -> Generator[None]:
    """Start processes that Ctrl-C does not reach: they inherit what this thread blocks."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def adopt(pool: ProcessPoolExecutor) -> None:
    """Let the workers that someone else's pool is about to start end with this process."""
    # No public name is early enough: a worker that never gets a case would stay. Where this one is
    # taken or gone, `end_with_parent` is called with the first case.
    if getattr(pool, "_initializer", end_with_parent) is None:
        pool._initializer = end_with_parent  # noqa: SLF001


def end_with_parent() -> None:
    """End this process, from now on, as soon as the one that started it has ended."""
    _watch(os.getpid())


@cache  # by process: a fork inherits what is kept here, and no threads
def _watch(_pid: int) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent.sentinel, os.getppid()), daemon=True).start()


def _end_after(sentinel: int, parent: int) -> None:
    while not wait([sentinel], _OFTEN) and os.getppid() == parent:
        pass
    os._exit(1)
