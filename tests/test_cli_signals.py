"""What ends `lrdecay verify`, or a script that sweeps, ends its workers and closes its pipes."""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.slow import mostly_slow
from tests.sweeping import wait

VERIFY = ("-m", "lrdecay", "verify")  # every rule, which takes minutes
SOON = 20  # seconds, for a loaded machine; the rules go on for longer
PROGRESS = re.compile(
    r"no small world is asked of .*\n"
    r"(lrdecay.heuristics.running._measure: \d+ of \d+ cases, 0 from the store\n)?"
)
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
MARK = "LRDECAY_TEST_OF_SIGNALS"

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")


class Run:
    """A command in a session of its own, and all the processes that come of it."""

    def __init__(self, *arguments, before="", **options):
        self.mark = uuid.uuid4().hex
        # A shell first, for what Python cannot undo, and no core of a SIGQUIT.
        self.process = subprocess.Popen(
            ["sh", "-c", f'ulimit -c 0; {before} exec "$@"', "sh", sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), MARK: self.mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def alive(self):
        """Return every process that is left, by the environment that it was started with."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().decode()
            except OSError:  # it has ended meanwhile
                continue
        return found

    def ended(self):
        """Return the status and the output, once both pipes are at their end and nobody is left."""
        out, err = self.process.communicate(timeout=SOON)
        wait(lambda: not self.alive())
        return self.process.returncode, out, err


@contextmanager
def started(*arguments, workers=2, **options):
    run = Run(*arguments, **options)
    try:
        # The resource tracker is one more; workers import for a while before they can be told.
        wait(lambda: len(run.alive()) > workers + 1)
        yield run
    finally:
        for pid in run.alive():
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "when",
    mostly_slow(product(SIGNALS, [0.0, 2.0]), ("SIGINT", 0.0), ("SIGTERM", 2.0)),
    ids=str,
)
def test_a_signal_ends_verify_and_its_workers(when):
    name, late = when
    number = getattr(signal, name)
    with started(*VERIFY) as run:
        time.sleep(late)
        run.process.send_signal(number)
        status, out, err = run.ended()
    assert (status, out) == (-number, "")
    assert PROGRESS.fullmatch(err), err


@pytest.mark.parametrize("name", mostly_slow(["SIGQUIT", "SIGKILL"], "SIGKILL"))
def test_workers_notice_the_end_of_a_process_that_could_not_tell_them(name):
    number = getattr(signal, name)
    with started(*VERIFY) as run:
        time.sleep(1)
        run.process.send_signal(number)
        assert run.ended()[0] == -number


@pytest.mark.parametrize("late", mostly_slow([0.0, 0.3, 2.0], 0.3))
def test_ctrl_c_in_a_terminal_reaches_all_of_them_and_prints_no_traceback(late):
    with started(*VERIFY) as run:
        time.sleep(late)
        os.killpg(run.process.pid, signal.SIGINT)
        status, out, err = run.ended()
    assert (status, out) == (-signal.SIGINT, "")
    assert PROGRESS.fullmatch(err), err


def test_what_nohup_ignores_stays_ignored():
    with started(*VERIFY, before="trap '' HUP;") as run:
        run.process.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert run.process.poll() is None
        run.process.terminate()
        assert run.ended()[0] == -signal.SIGTERM


def test_a_killed_worker_is_told_in_a_sentence():
    with started(*VERIFY) as run:
        time.sleep(1)
        (*_, worker) = (pid for pid, line in run.alive().items() if "spawn_main" in line)
        os.kill(worker, signal.SIGKILL)
        status, out, err = run.ended()
    assert (status, out) == (2, "")
    assert "lrdecay: the executor stopped during the sweep" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [("verify", "H001"), ("cite", "H001"), ("--help",)])
def test_a_reader_that_has_gone_is_no_changed_rule(arguments, tmp_path):
    run = Run("-m", "lrdecay", *arguments, cwd=tmp_path)
    assert run.process.stdout is not None
    run.process.stdout.close()
    run.process.stdout = None
    status, _, err = run.ended()
    assert status == -signal.SIGPIPE
    assert "Traceback" not in err


# --- the pools of other people's scripts ---------------------------------------------------------

SCRIPT = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from lrdecay.lab.sweep import grid, sweep

def work(x, folder):
    Path(folder, str(x)).touch()
    time.sleep(600)

if __name__ == "__main__":
    method, workers, cases, folder, *beside = sys.argv[1:]
    with ProcessPoolExecutor(int(workers), get_context(method)) as pool:
        if beside:
            list(pool.map(time.sleep, [0.1] * int(workers)))  # they are there already
            if os.fork() == 0:
                time.sleep(600)
        sweep(work, grid(x=range(int(cases)), folder=[folder]), executor=pool)
"""


POOLS = product(["fork", "spawn", "forkserver"], ["SIGTERM", "SIGKILL"], [(2, 8), (4, 2)])
KEPT = (
    ("fork", "SIGKILL", (2, 8)),
    ("fork", "SIGTERM", (4, 2)),
    ("spawn", "SIGTERM", (2, 8)),
    ("spawn", "SIGKILL", (4, 2)),
    ("forkserver", "SIGKILL", (4, 2)),
)


@pytest.mark.parametrize("pool", mostly_slow(POOLS, *KEPT), ids=str)
def test_the_workers_of_any_pool_end_with_the_process_that_sweeps(pool, tmp_path):
    method, name, (workers, cases) = pool
    number = getattr(signal, name)
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "calls").mkdir()
    arguments = (tmp_path / "script.py", method, str(workers), str(cases), tmp_path / "calls")
    with started(*map(str, arguments), workers=0) as run:
        wait(lambda: len(list((tmp_path / "calls").iterdir())) == 2)
        assert len(run.alive()) >= 3
        run.process.send_signal(number)
        assert run.ended()[0] == -number


def test_nor_is_a_pool_kept_alive_by_what_was_forked_beside_it(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "calls").mkdir()
    arguments = (tmp_path / "script.py", "fork", "2", "8", tmp_path / "calls", "beside")
    with started(*map(str, arguments), workers=0) as run:
        wait(lambda: len(list((tmp_path / "calls").iterdir())) == 2)
        assert len(run.alive()) == 4
        run.process.kill()
        run.process.wait(SOON)
        wait(lambda: len(run.alive()) == 1)
        run.process.stdout.close()
        run.process.stderr.close()
