"""Sweeps: the same results whatever computes them, and errors that say where they are from."""

import functools
import math
import subprocess
import sys
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.lab.sweep import grid, sweep
from tests import sweeping
from tests.paths import ROOT
from tests.sweeping import bits, calls, kept, processes, square

TEN = grid(x=range(10))


@pytest.fixture
def folder(tmp_path):
    """Return a folder in which functions leave a file a call."""
    made = tmp_path / "calls"
    made.mkdir()
    return made


# The grid.


def test_a_grid_is_the_product_with_the_last_axis_fastest():
    assert grid(a=[1, 2], b=["x", "y", "z"]) == [{"a": a, "b": b} for a in (1, 2) for b in "xyz"]
    assert grid(a=iter([1, 2])) == [{"a": 1}, {"a": 2}]
    assert grid() == [{}]
    assert grid(a=[], b=[1]) == []


@pytest.mark.parametrize("bad", ["12", 1, None])
def test_a_bad_axis_is_named(bad):
    with pytest.raises(ValueError, match=rf"lr must be a list.+, got {bad!r}"):
        grid(lr=bad)


# The same results everywhere.


def test_results_are_those_of_the_function_bit_for_bit_wherever_it_runs(tmp_path):
    cases = grid(lr=[0.3, 1.0, 1e6], seed=range(3))  # 1e6 diverges: infinities and NaN
    direct = bits([sweeping.final(**case) for case in cases])
    assert bits(sweep(sweeping.final, cases)) == direct
    for workers in (1, 2, 8):
        with ThreadPoolExecutor(workers) as pool:
            assert bits(sweep(sweeping.final, cases, executor=pool)) == direct
        with processes(workers) as pool:
            store = tmp_path / str(workers)
            assert bits(sweep(sweeping.final, cases, executor=pool, store=store)) == direct
        assert bits(sweep(sweeping.final, cases, store=store)) == direct
        assert kept(store) == len(cases)
    read = [{p.name: p.read_bytes() for p in (tmp_path / w).iterdir()} for w in ("1", "2", "8")]
    assert read[0] == read[1] == read[2]


def test_results_come_in_the_order_of_the_cases_even_if_they_finish_in_reverse(folder, tmp_path):
    cases = grid(x=range(5), last=[4], folder=[str(folder)])
    with ThreadPoolExecutor(5) as pool:
        got = sweep(sweeping.after_the_next, cases, executor=pool, store=tmp_path / "store")
    assert got == list(range(5))


def test_equal_cases_are_computed_once(folder, tmp_path):
    cases = grid(x=[3, 1, 3, 3, 1], folder=[str(folder)])
    with ThreadPoolExecutor(2) as pool:
        assert sweep(square, cases, executor=pool, store=tmp_path / "a") == [9, 1, 9, 9, 1]
    assert calls(folder) == [1, 3]
    # 3.0 may mean something else to the function.
    got = sweep(square, [{"x": 3}, {"x": 3.0}, {"x": np.float32(3)}])
    assert bits(got) == bits([9, 9.0, np.float32(9)])


def test_a_function_cannot_change_the_cases_or_results_of_others():
    shared = [1]
    assert sweep(grow, [{"items": shared, "by": b} for b in (1, 2)]) == [[1, 1], [1, 2]]
    assert shared == [1]
    assert sweep(remember, grid(x=range(3))) == [[0], [0, 1], [0, 1, 2]]


def grow(items, by):
    items.append(by)
    return items


def remember(x, seen=[]):  # noqa: B006, what the test is about
    seen.append(x)
    return seen


def test_no_cases_give_no_results_and_a_generator_of_cases_will_do(tmp_path):
    assert sweep(square, [], store=tmp_path) == []
    assert sweep(square, ({"x": x} for x in range(3))) == [0, 1, 4]


# Errors.


def test_an_error_is_raised_after_the_others_are_finished_and_names_its_case(folder, tmp_path):
    store = tmp_path / "store"
    cases = grid(x=range(6), bad=[(2, 4)], folder=[str(folder)])

    def check(**options):
        with pytest.raises(ZeroDivisionError, match="no 2") as caught:
            sweep(sweeping.fail, cases, **options)
        named, counted = caught.value.__notes__
        assert named == f"raised by tests.sweeping.fail(x=2, bad=(2, 4), folder={str(folder)!r})"
        assert counted == "2 of 6 cases failed, the others finished"

    check(store=store)
    assert calls(folder) == [0, 1, 3, 5]
    assert kept(store) == 4
    with ThreadPoolExecutor(3) as pool:
        check(executor=pool, store=store)
    with processes(2) as pool:
        check(executor=pool, store=store)
    assert calls(folder) == [0, 1, 3, 5]


def test_an_error_that_cannot_be_pickled_does_not_break_the_pool(tmp_path):
    for executor in (None, processes(1)):
        with pytest.raises(RuntimeError, match="NeedsTwo: 1 and 2"):
            sweep(sweeping.fail_oddly, grid(x=range(3)), executor=executor, store=tmp_path)
        if executor is not None:
            executor.shutdown()
    assert kept(tmp_path) == 2


@pytest.mark.parametrize("kind", sweeping.RAISED)
@pytest.mark.parametrize("where", ["here", "threads", "processes"])
def test_whatever_a_case_raises_is_its_failure_and_not_the_end_of_the_sweep(kind, where, tmp_path):
    pools = {"here": None, "threads": ThreadPoolExecutor(2), "processes": processes(1)}
    cases = grid(x=range(5), bad=[(1, 3)], kind=[kind])
    with pytest.raises(RuntimeError, match=rf"{kind}\w*: no 1") as caught:
        sweep(sweeping.end_badly, cases, executor=pools[where], store=tmp_path)
    assert not isinstance(caught.value, BrokenExecutor)
    assert caught.value.__notes__ == [
        f"raised by tests.sweeping.end_badly(x=1, bad=(1, 3), kind={kind!r})",
        "2 of 5 cases failed, the others finished",
    ]
    assert kept(tmp_path) == 3
    for pool in pools.values():
        if pool is not None:
            pool.shutdown()


@pytest.mark.parametrize("kind", ["lambda", "set", "keys", "object"])
def test_a_result_of_another_kind_is_refused_before_it_is_kept(kind, tmp_path):
    for executor in (None, ThreadPoolExecutor(1)):
        with pytest.raises(ValueError, match="must be made of None, bool") as caught:
            sweep(sweeping.returns, [{"kind": kind}], executor=executor, store=tmp_path)
        assert caught.value.__notes__[0] == f"raised by tests.sweeping.returns(kind={kind!r})"
        if executor is not None:
            executor.shutdown()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "bad",
    [
        lambda x: x,
        lrd.Cosine(1.0, 9),
        functools.partial(square),
        lrd.Cosine(1.0, 9).sample,
        math.sqrt,
        int,
        None,
    ],
)
def test_a_function_that_workers_could_not_import_is_refused(bad):
    def nested(x):
        return x

    for function in (bad, nested):
        with pytest.raises(ValueError, match="function must be defined with def at the top of a"):
            sweep(function, TEN)


@pytest.mark.parametrize("bad", [1, None, "x", [("x", 1)], {1: 2}])
def test_a_bad_case_is_named(bad):
    with pytest.raises(ValueError, match="cases must be mappings from the names of arguments"):
        sweep(square, [{"x": 1}, bad])


@pytest.mark.parametrize(
    "bad", [object(), square, {1}, {1: 2}, 1 + 2j, [b""], np.array([None]), int]
)
def test_a_bad_input_is_refused_before_anything_is_computed(bad, folder):
    with pytest.raises(ValueError, match="must be made of None, bool"):
        sweep(square, [{"x": 1, "folder": str(folder)}, {"x": bad}])
    assert calls(folder) == []


@pytest.mark.parametrize("bad", [1, "processes", ProcessPoolExecutor])
def test_a_bad_executor_is_named(bad):
    with pytest.raises(ValueError, match=r"executor must be a concurrent\.futures\.Executor"):
        sweep(square, TEN, executor=bad)


@pytest.mark.parametrize(
    ("store", "error"),
    [
        ("", ValueError),  # it would be the current folder
        ("file", FileExistsError),
        ("file/below", NotADirectoryError),
        ("loop/below", OSError),
        ("x" * 300, OSError),
        ("/proc/none", FileNotFoundError),
        ("/dev/null", FileExistsError),
        ("/proc", OSError),  # there, and nothing can be written into it
    ],
)
def test_a_store_that_cannot_be_written_is_told_before_anything_is_computed(
    store, error, folder, tmp_path
):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(error):
        sweep(square, grid(x=[1], folder=[str(folder)]), store=store and str(tmp_path / store))
    assert calls(folder) == []


# Progress.


def test_progress_is_one_line_where_there_is_no_terminal(capfd, tmp_path):
    sweep(square, TEN[:4], store=tmp_path, progress=True)
    sweep(square, TEN, store=tmp_path, progress=True)
    with pytest.raises(ZeroDivisionError):
        sweep(sweeping.fail, grid(x=range(3), bad=[(1,)]), progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "tests.sweeping.square: 4 of 4 cases, 0 from the store",
        "tests.sweeping.square: 10 of 10 cases, 4 from the store",
        "tests.sweeping.fail: 3 of 3 cases, 0 from the store",
    ]
    sweep(square, TEN)
    assert capfd.readouterr() == ("", "")


def test_progress_is_a_bar_on_a_terminal(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    sweep(square, TEN[:4], store=tmp_path)
    sweep(square, TEN, store=tmp_path, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert [f"{done}/10" in err.replace(" ", "") for done in (3, 4, 9, 10)] == [0, 1, 1, 1]
    assert "from the store" not in err


def test_progress_is_left_out_where_stderr_is_closed(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    assert sweep(square, TEN, progress=True) == [x * x for x in range(10)]


def test_a_silent_sweep_does_not_import_rich():
    code = "import sys; from lrdecay.lab import sweep; from calendar import isleap as f\n"
    code += "assert sweep.sweep(f, [{'year': 2000}]) == [True]; assert 'rich' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
