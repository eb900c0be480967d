"""What the tests of sweeps share: functions that another process can import, and how to look."""

import asyncio
import os
import signal
import struct
import time
import uuid
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from lrdecay.lab import moons

PATIENCE = 60  # seconds, for a loaded machine


def wait(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.01)


def note(folder, x):
    """Leave one file a call."""
    Path(folder, f"{x}.{uuid.uuid4().hex}").touch()


def calls(folder):
    """Return the x of every call, sorted."""
    return sorted(int(path.name.split(".")[0]) for path in Path(folder).iterdir())


def kept(store):
    return len(list(Path(store).glob("*.json")))


def square(x, folder=None):
    if folder is not None:
        note(folder, x)
    return x * x


def final(lr, seed):
    run = moons.run([lr] * 10, [seed])[0]
    return {"hinge": run.hinge, "loss": run.final_loss, "curve": tuple(run.accuracy.tolist())}


def after_the_next(x, last, folder):
    """Return only when the call with x + 1 has."""
    wait(lambda: x == last or Path(folder, str(x + 1)).exists())
    Path(folder, str(x)).touch()
    return x


def fail(x, bad, folder=None):
    if x in bad:
        raise ZeroDivisionError(f"no {x}")
    return square(x, folder)


class NeedsTwo(Exception):  # noqa: N818
    """Cannot be pickled."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")

    def __reduce__(self):
        raise TypeError("not for other processes")


def fail_oddly(x):
    if x == 1:
        raise NeedsTwo(1, 2)
    return x


def interrupt(x, at):
    if x == at:
        raise KeyboardInterrupt
    return x


class Wild(BaseException):
    """Neither an Exception nor one of Python's own."""


RAISED = {
    kind.__name__: kind
    for kind in (SystemExit, GeneratorExit, asyncio.CancelledError, Wild, BrokenExecutor)
} | {"Cancelled": CancelledError}


def end_badly(x, bad, kind, folder=None):
    if x in bad:
        raise RAISED[kind](f"no {x}")
    return square(x, folder)


def fail_the_first_time(x, bad, folder):
    if x in bad and not Path(folder, "failed").exists():
        Path(folder, "failed").touch()
        raise ZeroDivisionError(f"no {x}")
    return x


def returns(kind):
    """Return something that no store can hold."""
    return {"lambda": lambda: 0, "set": {1}, "keys": {1: 2}, "object": np.array([None])}[kind]


def named_as_dask_does(workers, retries, key, pure):
    return workers, retries, key, pure


def wait_at(x, at, folder):
    """Return, from x = `at` on only when told to."""
    wait(lambda: x < at or Path(folder, "go").exists())
    return x


def _first_time(marks, x, store):
    """Return whether this is the one call that ends in a kill, once two results are kept."""
    if x != 3 or any(Path(marks).iterdir()):
        return False
    wait(lambda: kept(store) >= 2)
    Path(marks, str(os.getpid())).touch()
    return True


def kill_worker(x, store, folder, marks):
    if _first_time(marks, x, store):
        os.kill(os.getpid(), signal.SIGKILL)
    return square(x, folder)


def kill_all(x, store, folder, marks):
    """Kill the calling process and its workers, which are a group of their own, at once."""
    if _first_time(marks, x, store):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    return square(x, folder)


@contextmanager
def beside(action):
    """Do something in a thread, and see its errors."""
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(action)
        yield
        doing.result(PATIENCE)


def processes(workers):
    # A fork of the tests' process, which has threads, would be a warning.
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def bits(value):
    """Return what tells one value from another, types and bits included."""
    if isinstance(value, (list, tuple)):
        return type(value), [bits(item) for item in value]
    if isinstance(value, dict):
        return dict, [(name, bits(item)) for name, item in value.items()]
    if isinstance(value, (np.ndarray, np.generic)):
        return type(value), value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, float):
        return float, struct.pack(">d", value)
    return type(value), value
