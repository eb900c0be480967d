"""Sweeps on a real Dask cluster of separate processes, one of which is killed on the way."""

import importlib
import os
import re
import subprocess
import sys
from concurrent.futures import BrokenExecutor

import pytest

from lrdecay.lab.sweep import grid, sweep
from tests import sweeping
from tests.paths import ROOT
from tests.sweeping import bits, calls, kept, wait

distributed = pytest.importorskip("distributed", reason="needs Dask")

# On a loaded machine: that it took more than a second to make a folder.
pytestmark = pytest.mark.filterwarnings("ignore:Creating scratch directories:UserWarning")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path_factory.mktemp("dask")),
            memory_limit=None,  # no one measures it on a shared machine
            silence_logs="CRITICAL",  # a worker is killed on purpose
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
        pids = client.run(os.getpid).values()
    wait(lambda: not any(alive(pid) for pid in pids))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_cluster_gives_the_results_of_this_process_bit_for_bit(client, tmp_path):
    cases = grid(lr=[0.3, 1.0, 1e6], seed=range(4))
    with client.get_executor() as executor:
        found = sweep(sweeping.final, cases, executor=executor, store=tmp_path)
    assert bits(found) == bits([sweeping.final(**case) for case in cases])
    assert bits(found) == bits(sweep(sweeping.final, cases, store=tmp_path))
    assert kept(tmp_path) == len(cases)


def test_arguments_that_dask_knows_too_reach_the_function(client):
    cases = grid(workers=[1, 2], retries=[3], key=["a"], pure=[False])
    with client.get_executor() as executor:
        assert sweep(sweeping.named_as_dask_does, cases, executor=executor) == [
            (1, 3, "a", False),
            (2, 3, "a", False),
        ]


def test_an_error_comes_back_from_a_cluster_after_the_others_are_kept(client, tmp_path):
    cases = grid(x=range(6), bad=[(2, 4)])
    with (
        client.get_executor() as executor,
        pytest.raises(ZeroDivisionError, match="no 2") as caught,
    ):
        sweep(sweeping.fail, cases, executor=executor, store=tmp_path)
    assert caught.value.__notes__[0] == "raised by tests.sweeping.fail(x=2, bad=(2, 4))"
    assert kept(tmp_path) == 4


def test_a_case_that_failed_is_computed_again_in_the_same_client(client, tmp_path):
    cases = grid(x=range(4), bad=[(2,)], folder=[str(tmp_path)])
    with client.get_executor() as executor:
        # As long as someone holds the error, Dask holds what failed.
        with pytest.raises(ZeroDivisionError, match="no 2") as held:
            sweep(sweeping.fail_the_first_time, cases, executor=executor)
        assert sweep(sweeping.fail_the_first_time, cases, executor=executor) == [0, 1, 2, 3]
    assert str(held.value) == "no 2"


def test_what_ends_a_process_ends_no_worker_of_a_cluster(client, tmp_path):
    before = set(client.run(os.getpid).values())
    cases = grid(x=range(6), bad=[(2, 4)], kind=["SystemExit"])
    with client.get_executor() as executor:
        with pytest.raises(RuntimeError, match="SystemExit: no 2"):
            sweep(sweeping.end_badly, cases, executor=executor, store=tmp_path)
        assert kept(tmp_path) == 4
        with pytest.raises(KeyboardInterrupt):
            sweep(sweeping.interrupt, grid(x=range(6), at=[2]), executor=executor)
    assert set(client.run(os.getpid).values()) == before


def test_a_module_can_be_sent_to_a_cluster_known_by_its_address(client, monkeypatch, tmp_path):
    module = tmp_path / "sent_to_the_cluster.py"
    module.write_text("def double(x):\n    return 2 * x\n")
    monkeypatch.syspath_prepend(tmp_path)
    double = importlib.import_module(module.stem).double
    address = client.scheduler.address
    assert address.startswith("tcp://127.0.0.1:")
    with distributed.Client(address) as other, other.get_executor() as executor:
        other.upload_file(str(module))
        assert sweep(double, grid(x=range(5)), executor=executor) == [0, 2, 4, 6, 8]


def test_a_killed_worker_loses_nothing_and_nothing_is_kept_twice(client, tmp_path):
    marks, folder, store = tmp_path / "marks", tmp_path / "calls", tmp_path / "store"
    marks.mkdir()
    folder.mkdir()
    before = set(client.run(os.getpid).values())
    assert len(before) == 2
    assert os.getpid() not in before
    cases = grid(x=range(12), store=[str(store)], folder=[str(folder)], marks=[str(marks)])
    with client.get_executor() as executor:
        found = sweep(sweeping.kill_worker, cases, executor=executor, store=store)
    (pid,) = (int(path.name) for path in marks.iterdir())
    assert pid in before
    wait(lambda: not alive(pid))  # the other worker may be done before anyone buries it
    assert found == [x * x for x in range(12)]
    assert kept(store) == 12
    finished = calls(folder)
    assert set(finished) == set(range(12))
    assert sweep(sweeping.kill_worker, cases, store=store) == found
    assert calls(folder) == finished


def test_a_cancelled_sweep_keeps_what_is_finished_and_says_so(client, tmp_path):
    store = tmp_path / "store"
    cases = grid(x=range(4), at=[2], folder=[str(tmp_path)])
    with client.get_executor() as executor:

        def cancel():
            wait(lambda: kept(store) == 2)
            executor.shutdown(wait=False)
            (tmp_path / "go").touch()

        with sweeping.beside(cancel), pytest.raises(BrokenExecutor, match="2 of 4 cases are fin"):
            sweep(sweeping.wait_at, cases, executor=executor, store=store)
    assert sweep(sweeping.wait_at, cases, store=store) == [0, 1, 2, 3]


def test_the_scripts_of_the_page_print_what_it_says(tmp_path):
    page = ROOT.joinpath("docs/how-to/sweep.md").read_text()
    scripts = dict(re.findall(r'title="(\w+\.py)" \}\n(.*?)^```$', page, re.DOTALL | re.MULTILINE))
    assert list(scripts) == ["experiment.py", "processes.py", "cluster.py"]
    for name, script in scripts.items():
        (tmp_path / name).write_text(script)
    (shown,) = re.findall(r"^```json\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    for name in ("processes.py", "cluster.py"):
        _, printed = page.split(scripts[name] + "```\n\n```text\n")
        done = subprocess.run(
            [sys.executable, name],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        assert done.stdout == printed.split("```")[0]
        (tmp_path / "results").rename(tmp_path / f"results of {name}")
        files = [path.read_text() for path in (tmp_path / f"results of {name}").iterdir()]
        assert len(files) == 6
        assert files.count(shown) == 1
