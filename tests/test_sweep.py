"""Sweeps: one result whatever computes it, kept exactly, and never lost or computed again."""

import functools
import json
import math
import struct
import threading
from concurrent.futures import (
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.lab._store import key
from lrdecay.lab.sweep import Store, grid, sweep
from tests import sweeping
from tests.sweeping import calls, kept, square

ROOT = Path(__file__).parent.parent
TEN = grid(x=range(10))


@pytest.fixture
def folder(tmp_path):
    """Return a folder in which functions leave a file a call."""
    made = tmp_path / "calls"
    made.mkdir()
    return made


def processes(workers):
    # A fork of this process, which has threads, would be a warning.
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


# Resuming.


def test_what_is_in_the_store_is_not_computed_again(folder, tmp_path):
    store = tmp_path / "deep" / "store"
    cases = grid(x=range(6), folder=[str(folder)])
    assert sweep(square, cases[:4], store=store) == [0, 1, 4, 9]
    assert sweep(square, cases[::-1], store=str(store)) == [25, 16, 9, 4, 1, 0]
    assert calls(folder) == list(range(6))
    # Another order of the arguments is the same call, another function is not.
    swapped = [dict(reversed(case.items())) for case in cases]
    assert sweep(square, swapped, store=store) == [0, 1, 4, 9, 16, 25]
    assert calls(folder) == list(range(6))
    assert sweep(sweeping.fail, grid(x=range(6), bad=[()], folder=[str(folder)]), store=store)
    assert len(calls(folder)) == 12
    assert len(Store(store)) == kept(store) == 12


def test_a_file_says_what_was_called_and_holds_the_result(tmp_path):
    sweep(learn, [{"schedule": lrd.Cosine(1.0, 10), "word": "é"}], store=tmp_path)
    (path,) = tmp_path.iterdir()
    file = json.loads(path.read_text(encoding="utf-8"))
    assert file["function"] == f"{__name__}.learn"
    assert file["inputs"] == "schedule=Cosine(base_lr=1.0, total_steps=10), word='é'"
    assert file["result"] == {"last": 0.0, "word": "é"}
    assert 'word=\'é\'",\n "result": ' in path.read_text(encoding="utf-8")  # for grep


def learn(schedule, word):
    return {"last": schedule(10), "word": word}


def text_of(path):
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _good, _: b"",
        lambda good, _: good[:-2],
        lambda good, _: good[: len(good) // 2],
        lambda good, _: good.replace(b'"result": 49', b'"result": 48'),
        lambda good, _: good.replace(b'"result"', b'"rexult"'),
        lambda good, _: good.replace(b"49", b"4\xff"),
        lambda _good, other: other,  # whole, but the result of other inputs
        lambda _good, _: b"null",
        lambda _good, _: b"[1]",
        lambda _good, _: b"[" * 10**5,
        lambda good, _: good.replace(b"49", b"9" * 5000),
        lambda good, _: good.replace(b"49", b'{"!": "unknown"}'),
    ],
)
def test_a_damaged_file_counts_as_absent_and_is_replaced(damage, folder, tmp_path):
    store = tmp_path / "store"
    cases = grid(x=[7, 8], folder=[str(folder)])
    sweep(square, cases, store=store)
    path, other = (store / f"{key('tests.sweeping.square', case)}.json" for case in cases)
    good = path.read_bytes()
    damaged = damage(good, other.read_bytes())
    assert damaged != good
    path.write_bytes(damaged)
    assert sweep(square, cases, store=store) == [49, 64]
    assert calls(folder) == [7, 7, 8]
    assert path.read_bytes() == good


def test_two_sweeps_at_once_share_a_store(folder, tmp_path):
    store = tmp_path / "store"
    start = threading.Barrier(2)
    cases = grid(x=range(60), folder=[str(folder)])

    def one():
        start.wait(sweeping.PATIENCE)
        return sweep(square, cases, store=store)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(one) for _ in range(2)]
        assert both[0].result() == both[1].result() == [x * x for x in range(60)]
    assert sorted(path.suffix for path in store.iterdir()) == [".json"] * 60


def test_a_store_that_cannot_be_written_stops_the_sweep_and_leaves_no_part(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        sweep(square, TEN, store=tmp_path / "file")
    (tmp_path / f"{key('tests.sweeping.square', {'x': 1})}.json").mkdir()
    with pytest.raises(IsADirectoryError):
        sweep(square, TEN, store=tmp_path)
    assert not list(tmp_path.glob("*.part"))


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
    "bad", [lambda x: x, lrd.Cosine(1.0, 9), functools.partial(square), math.sqrt, None, Store.read]
)
def test_a_function_without_a_name_is_refused(bad):
    if bad is Store.read:
        bad = Store.__len__.__get__(object())  # a bound method
    with pytest.raises(ValueError, match="function must be defined with def at the top of a mod"):
        sweep(bad, TEN)


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
