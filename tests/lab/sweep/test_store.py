"""The store of a sweep: exact values, keys that tell inputs apart, files whole or absent."""

import base64
import errno
import json
import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import lrdecay as lrd
from lrdecay.lab.stats import Interval
from lrdecay.lab.sweep import Store, grid, sweep
from lrdecay.lab.sweep.store import decode, dumps, encode, key, loads
from tests import sweeping
from tests.strategies import COMPOSED, EXAMPLES
from tests.sweeping import bits, calls, kept, square


@pytest.fixture
def folder(tmp_path):
    """Return a folder in which functions leave a file a call."""
    made = tmp_path / "calls"
    made.mkdir()
    return made


TEXT = st.text(st.characters(codec=None, categories=None))  # halves of surrogate pairs included
KINDS = hnp.scalar_dtypes().filter(lambda kind: kind.kind in "biufc" and kind.char not in "gG")
ARRAYS = hnp.arrays(KINDS, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXT, ARRAYS, ARRAYS.map(np.ravel)
)
NUMPY = KINDS.flatmap(lambda kind: hnp.arrays(kind, ())).map(lambda array: array[()])
VALUES = st.recursive(
    st.one_of(LEAVES, NUMPY),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(TEXT, st.sampled_from(["!", "!!", "!a"])), inner, max_size=4),
    ),
    max_leaves=12,
)


# Values.


@given(VALUES)
def test_values_survive_text_to_the_bit(value):
    text = dumps(value)
    got = loads(text)
    assert bits(got) == bits(value)
    assert dumps(got) == text


@given(VALUES)
def test_values_survive_a_file(tmp_path_factory, value):
    store = Store(tmp_path_factory.getbasetemp() / "values")
    text = dumps(value)
    store.write("name", text, "function", {"value": value})
    assert store.read("name") == text
    assert len(store) == 1


@pytest.mark.parametrize(
    "value",
    [
        -0.0,
        5e-324,
        -math.inf,
        np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\xff")[0].item(),  # another NaN
        2**70,
        np.float32("nan"),
        np.array(3, dtype=">i2"),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10)[::-3],
        np.zeros((2, 0, 3)),
    ],
)
def test_values_at_the_edges_survive(value):
    assert bits(loads(dumps(value))) == bits(value)


def test_arrays_that_come_back_can_be_written():
    got = decode(encode(np.zeros(3)))
    got += 1
    assert got.tolist() == [1, 1, 1]


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "bad",
    [
        {1},
        b"",
        1j,
        {1: 2},
        {Text("a"): 2},
        Text("a"),
        Interval(0.0, 0.0, 0.0, 1),
        np.array(["a"]),
        np.array([None]),
        np.zeros(2, "f8,i4"),
        np.ma.masked_array([1.0]),
        np.longdouble(1),
        np.datetime64("2020"),
        lrd.Cosine(1.0, 10),
    ],
)
def test_what_would_come_back_as_something_else_is_refused(bad):
    with pytest.raises(ValueError, match="must be made of None, bool, int"):
        encode([bad])


# Keys.


def test_a_key_depends_on_nothing_but_the_call():
    # Written down: another value here means that no store of before is found again.
    case = {"lr": 0.1, "seeds": (1, 2), "schedule": lrd.Cosine(1.0, 10), "x": np.arange(2.0)}
    assert key("module.function", case) == (
        "bbfe10c882a07287fe97c2db1fd819d9b37024f075f3e9902be5fe9634107e86"
    )
    assert key("module.function", dict(reversed(case.items()))) == key("module.function", case)


@dataclass(frozen=True)
class Pair:
    a: float
    b: object = None


@dataclass(frozen=True)
class Other(Pair):
    pass


DISTINCT = [
    *(None, True, 1, 1.0, "1", np.int64(1), np.int32(1), np.float64(1), np.bool_(True)),
    *(0, 0.0, -0.0, False, "", [], (), {}, math.nan, math.inf, -math.inf, "nan", "None"),
    *([1], (1,), [[1]], [1, 1], {"a": 1}, {"a": 1.0}, {"!": "float"}, {"!!": "float"}),
    *(np.array(1), np.array([1]), np.array([[1]]), np.array([1.0]), np.array([1], ">i8")),
    *(np.zeros(2000), np.zeros(2000) + np.eye(1, 2000, 1000)[0], np.array([0.1]), [0.1]),
    np.array([np.nextafter(0.1, 1)]),
    *(Pair(1), Pair(1.0), Pair(1, 2), Other(1), Pair(Pair(1)), "Pair(a=1, b=None)"),
    *(Pair(1, np.array([0.1])), Pair(1, np.array([np.nextafter(0.1, 1)]))),
    *EXAMPLES,
]


def test_different_inputs_have_different_keys():
    keys = [key("f", {"x": value}) for value in DISTINCT]
    keys += [key("f", {}), key("g", {}), key("f", {"y": 1}), key("f", {"x": 1, "y": 1})]
    assert len(set(keys)) == len(keys)


@given(COMPOSED)
def test_any_schedule_is_an_input_and_equal_ones_are_the_same(schedule):
    again = eval(repr(schedule), vars(lrd))
    assert key("f", {"x": again}) == key("f", {"x": schedule})
    assert key("f", {"x": schedule}) != key("f", {"x": 2 * schedule})


# Files.


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


def forged(store, name, tree):
    """Write an entry that is whole and has its checksum, whatever it holds."""
    # Without a check of what is written: any tree of JSON.
    store.write(name, json.dumps(tree, ensure_ascii=False), "function", {})


ARRAY = {"!": "array", "dtype": "<f8", "shape": [1], "base64": "QUFBQUFBQUE="}
NOT_WRITTEN = [
    ARRAY | {"dtype": "|O"},
    ARRAY | {"dtype": "|O", "!": "scalar", "shape": []},
    *(ARRAY | {"dtype": bad} for bad in ("f8", "<f4,<f4", "<g", "<M8[s]", "|V8", "|S8", "<U2")),
    *(ARRAY | {"dtype": bad} for bad in ("", "x", "2<f4", 8, None, [["a", "<f8"]], ["|O"], {})),
    ARRAY | {"dtype": {"names": ["a"], "formats": ["O"], "offsets": [0]}},
    *(ARRAY | {"shape": bad} for bad in ([-1], [2], [0], [1.0], [True], "1", 1, None, {})),
    *(ARRAY | {"shape": bad} for bad in ([2**62], [2**64], [2**40, 2**40, 0], [1] * 65, [[1]])),
    *(
        ARRAY | {"base64": bad}
        for bad in ("", "QUFB", "QUFBQUFBQUE", "é", " QUFBQUFBQUE=", 5, None)
    ),
    *({key: ARRAY[key] for key in ARRAY if key != without} for without in ARRAY if without != "!"),
    ARRAY | {"more": 1},
    ARRAY | {"!": "scalar"},
    {"!": "float", "value": "1.0", "bits": "3ff0000000000000"},
    {"!": "float", "value": "inf", "bits": "7ff0"},
    {"!": "float", "value": "nan", "bits": "7ff0000000000000"},
    {"!": "float", "value": "inf"},
    {"!": "tuple", "items": "ab"},
    {"!": "tuple", "items": {"a": 1}},
    {"!": "tuple"},
    {"!": ["float"]},
    {"!": None},
    {"!a": 1},
    float("nan"),
    float("inf"),
]


@pytest.mark.parametrize("tree", NOT_WRITTEN, ids=repr)
def test_what_the_writer_does_not_make_counts_as_absent(tree, tmp_path):
    store = Store(tmp_path)
    for nested in (tree, [tree], {"a": [tree]}):
        forged(store, "name", nested)
        assert store.read("name") is None


JSON_TREES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.sampled_from(["array", "scalar", "float", "tuple", "<f8", "|O", "<i4", "AAAAAAAAAAA="]),
        st.text(max_size=3),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["!", "!!", "a", "dtype", "shape", "base64", "bits", "value", "items"]),
            inner,
            max_size=4,
        ),
        st.fixed_dictionaries(
            {
                "!": st.sampled_from(["array", "scalar"]),
                "dtype": st.sampled_from(["<f8", "|O", "<i4", "|b1", "<c16", "|V8", "f8", "<U1"]),
                "shape": st.lists(st.integers(-2, 3), max_size=3),
                "base64": st.binary(max_size=24).map(lambda data: base64.b64encode(data).decode()),
            }
        ),
    ),
    max_leaves=10,
)


@given(JSON_TREES)
def test_an_entry_is_read_only_if_it_is_what_the_writer_makes_of_its_value(tmp_path_factory, tree):
    store = Store(tmp_path_factory.getbasetemp() / "forged")
    forged(store, "name", tree)
    text = store.read("name")
    if text is not None:
        assert dumps(loads(text)) == text == json.dumps(tree, ensure_ascii=False)


@given(st.integers(0, 10**9), st.binary(max_size=4), st.integers(0, 4))
def test_any_change_of_a_file_is_found(tmp_path_factory, at, put, cut):
    folder = tmp_path_factory.getbasetemp() / "changed"
    store = Store(folder)
    text = dumps({"x": np.arange(3.0), "y": (math.nan, [1, "é"])})
    store.write("name", text, "function", {})
    path = folder / "name.json"
    good = path.read_bytes()
    start = good.index(b' "result"')  # before it, words
    at = start + at % (len(good) - start)
    path.write_bytes(good[:at] + put + good[at + cut :])
    assert store.read("name") == (text if path.read_bytes() == good else None)


def test_a_key_twice_and_another_spelling_count_as_absent(tmp_path):
    store = Store(tmp_path)
    store.write("name", "1.0", "function", {})
    path = tmp_path / "name.json"
    good = path.read_text("utf-8")
    for changed in (
        good.replace('"result": 1.0', '"result": 2.0, "result": 1.0'),
        good.replace("{", '{"more": 1, '),
        good.replace("1.0", "1.00"),
        good.replace("1.0", "1e0"),
        "\ufeff" + good,
        good + " ",
    ):
        path.write_text(changed, "utf-8")
        assert store.read("name") is None


def in_place_of(path, what):
    """Put something else where a result should be."""
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a loop":
        path.symlink_to(path.name)
    elif what == "a device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to(path.parent)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
@pytest.mark.parametrize("what", ["a folder", "a pipe", "a loop", "a device", "a link to a folder"])
def test_what_is_not_a_file_counts_as_absent_and_is_replaced(what, folder, tmp_path):
    store = tmp_path / "store"
    cases = grid(x=[7], folder=[str(folder)])
    sweep(square, cases, store=store)
    (path,) = store.iterdir()
    good = path.read_bytes()
    in_place_of(path, what)
    assert sweep(square, cases, store=store) == [49]
    assert calls(folder) == [7, 7]
    assert path.is_file()
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


def test_a_store_that_cannot_be_made_is_told_before_anything_is_computed(folder, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        sweep(square, grid(x=[1], folder=[str(folder)]), store=tmp_path / "file")
    assert calls(folder) == []


def test_a_full_disk_stops_the_sweep_and_leaves_no_part(folder, monkeypatch, tmp_path):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    store = tmp_path / "store"
    sweep(square, [{"x": 1}], store=store)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="full"):
        sweep(square, grid(x=[5, 6], folder=[str(folder)]), store=store)
    assert calls(folder) == [5]
    assert [path.suffix for path in store.iterdir()] == [".json"]
