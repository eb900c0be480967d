"""Sweeps that are stopped: what is finished is kept whole, and the rest is computed later."""

import signal
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from lrdecay.lab.sweep import grid, sweep
from tests import sweeping
from tests.paths import ROOT
from tests.sweeping import calls, kept, processes, square

TEN = grid(x=range(10))


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_an_interrupt_leaves_what_is_finished_in_the_store(workers, tmp_path):
    cases = grid(x=range(6), at=[4])
    executor = ThreadPoolExecutor(workers) if workers else None
    with pytest.raises(KeyboardInterrupt):
        sweep(sweeping.interrupt, cases, executor=executor, store=tmp_path)
    if executor is not None:
        executor.shutdown()
    assert kept(tmp_path) >= 4 - workers
    assert sweep(square, TEN, store=tmp_path) == [x * x for x in range(10)]


class Later(Executor):
    """Finishes the first few calls at once, whatever they raise, and the others never."""

    def __init__(self, most):
        self.most, self.futures = most, []

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        self.futures.append(future)
        if len(self.futures) <= self.most:
            future.set_running_or_notify_cancel()
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001, as executors do
                future.set_exception(error)
        return future


def test_an_interrupt_keeps_what_was_not_yet_looked_at_and_cancels_what_has_not_begun(tmp_path):
    executor = Later(5)
    with pytest.raises(KeyboardInterrupt):
        sweep(sweeping.interrupt, grid(x=range(8), at=[3]), executor=executor, store=tmp_path)
    assert kept(tmp_path) == 4
    assert [future.cancelled() for future in executor.futures] == [False] * 5 + [True] * 3


def test_an_executor_that_was_shut_down_is_not_asked_twice(tmp_path):
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        sweep(square, TEN, executor=pool, store=tmp_path)
    assert kept(tmp_path) == 0


def started(tmp_path):
    """Make folders, and return cases of which one kills, with their store."""
    for name in ("marks", "calls"):
        (tmp_path / name).mkdir()
    store, folder, marks = (str(tmp_path / name) for name in ("store", "calls", "marks"))
    return grid(x=range(8), store=[store], folder=[folder], marks=[marks]), store


def resumed(function, cases, store, before):
    """Finish a sweep of which `before` is kept, and count how often each case was computed."""
    kept_before = {path: path.read_bytes() for path in Path(store).glob("*.json")}
    assert len(kept_before) == before
    finished_before = calls(cases[0]["folder"])
    with processes(2) as pool:
        assert sweep(function, cases, executor=pool, store=store) == [x * x for x in range(8)]
    assert kept(store) == 8
    assert all(path.read_bytes() == content for path, content in kept_before.items())
    assert len(calls(cases[0]["folder"])) == len(finished_before) + 8 - before


def test_a_killed_worker_is_told_and_the_rest_can_be_computed_later(tmp_path):
    cases, store = started(tmp_path)
    with processes(2) as pool, pytest.raises(BrokenExecutor) as caught:
        sweep(sweeping.kill_worker, cases, executor=pool, store=store)
    said = str(caught.value)
    assert said.startswith("the executor stopped during the sweep of tests.sweeping.kill_worker; ")
    before = kept(store)
    assert f"; {before} of 8 cases are finished and kept in {store}: sweep again" in said
    assert 2 <= before <= 7
    resumed(sweeping.kill_worker, cases, store, before)


def test_a_broken_executor_without_a_store_is_told_too(tmp_path):
    cases, _ = started(tmp_path)
    (tmp_path / "store").mkdir()
    for name in "ab":
        (tmp_path / "store" / f"{name}.json").touch()  # what case 3 waits for
    with processes(1) as pool, pytest.raises(BrokenExecutor, match="lost: a store would have"):
        sweep(sweeping.kill_worker, cases, executor=pool)


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from lrdecay.lab.sweep import grid, sweep
from tests import sweeping
store, folder, marks, workers = sys.argv[2:]
cases = grid(x=range(8), store=[store], folder=[folder], marks=[marks])
if __name__ == "__main__":
    executor = sweeping.processes(int(workers)) if int(workers) else None
    sweep(sweeping.kill_all, cases, executor=executor, store=store)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_a_killed_process_leaves_whole_files_to_resume_from(workers, tmp_path):
    cases, store = started(tmp_path)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, script, ROOT, *list(cases[0].values())[1:], str(workers)]
    done = subprocess.run(command, start_new_session=True, timeout=100, check=False)
    assert done.returncode == -signal.SIGKILL
    before = kept(store)
    assert 2 <= before <= 7
    if not workers:
        assert (before, calls(cases[0]["folder"])) == (3, [0, 1, 2])
    resumed(sweeping.kill_all, cases, store, before)
