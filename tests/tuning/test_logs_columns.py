"""Logs are read by whole columns: exactly what reading row by row gives."""

import csv
import gzip
import io
import json
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdecay.checks import MOST_STEPS
from lrdecay.tuning.logs import log, parsed, read, tables
from lrdecay.tuning.logs.log import kind
from tests.tuning.test_logs import VERSION, event

NAMES = ["step", "lr", "loss", "train_loss", "val_loss", "lr-Adam/pg2", "epoch", "global_step", "x"]
NUMBERS = st.floats() | st.integers(-3, 10**18) | st.sampled_from([2**53, 2**53 + 1, 0.1])
CELLS = st.one_of(
    NUMBERS.map(str),
    st.floats(allow_nan=False).map("{:.3e}".format),
    st.sampled_from(["", "", "", "nan", "-nan", "NaN", "inf", "-Infinity", "1e999", " 3 ", "1_0"]),
    st.sampled_from(
        ["None", "a,b", 'say "so"', "two\nlines", "é", "\u0661", "True", "0x10", ";\t"]
    ),
)


def number(cell):
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return None
    try:
        return float(cell)
    except (ValueError, OverflowError):
        return None


def by_rows(rows):
    """Return steps and columns of rows of pairs, the plain way."""
    steps, columns = [], {}
    for row in rows:
        found: dict[tuple[str, str], float] = {}
        for name, cell in row:
            what, value = kind(name), number(cell)
            if what is not None and value is not None:
                found.setdefault(what, value)
        step = found.pop(("step", "step"), math.nan)
        if found and 0 <= step <= MOST_STEPS and step == int(step):
            for what, value in found.items():
                columns.setdefault(what, {})[len(steps)] = value
            steps.append(step)
    return steps, {
        what: [column.get(i, math.nan) for i in range(len(steps))]
        for what, column in columns.items()
    }


def check(read_it, rows):
    steps, columns = by_rows(rows)
    if not steps:
        try:
            read_it()
        except ValueError:
            return
        raise AssertionError("there is no such row")
    found = read_it()
    assert found.steps.tolist() == steps
    assert {("rates", name) for name in found.rates} | {
        ("losses", name) for name in found.losses
    } == set(columns)
    for (what, name), expected in columns.items():
        np.testing.assert_array_equal(getattr(found, what)[name], expected)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_csv(tmp_path_factory, data):
    names = ["step", "lr", *data.draw(st.lists(st.sampled_from(NAMES), max_size=5))]
    names = data.draw(st.permutations(names))
    ragged = st.lists(CELLS, max_size=len(names) + 2)
    whole = st.tuples(*[NUMBERS.map(str) if kind(name) else CELLS for name in names]).map(list)
    rows = data.draw(st.lists(whole | ragged, max_size=20))
    by = data.draw(st.sampled_from([",", "\t", ";"]))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=by, lineterminator=end, quoting=quoting).writerows([names, *rows])
    written = text.getvalue()
    kept = csv.reader(io.StringIO(written, newline=""), delimiter=by)
    told = [list(zip(names, row, strict=False)) for row in list(kept)[1:]]
    check(lambda: parsed(written), told)
    file = tmp_path_factory.getbasetemp() / "log"
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    packed = data.draw(st.sampled_from([bytes, gzip.compress]))
    file.write_bytes(packed(written.encode(encoding)))
    check(lambda: read(file), told)


VALUES = NUMBERS | CELLS | st.none() | st.booleans() | st.just({"a": 1}) | st.just(10**400)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1), min_size=1))
def test_json(rows):
    names = dict.fromkeys(name for row in rows for name in row)
    pairs = [[(name, row[name]) for name in names if name in row] for row in rows]
    check(lambda: parsed("\n".join(map(json.dumps, rows))), pairs)
    check(lambda: parsed(json.dumps(rows)), pairs)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 9999),
            st.sampled_from(["train/loss", "train/lr", "x"]),
            st.floats(width=32),
            st.booleans(),
        ),
        min_size=1,
    )
)
def test_event_files(tmp_path_factory, scalars):
    file = tmp_path_factory.getbasetemp() / "events"
    timed = b"\x09" + bytes(8)
    data, rows, newest = VERSION, [], {}
    for step, tag, value, as_tensor in scalars:
        record = event(step, tag, value, as_tensor=as_tensor)
        message = timed + record[12:-4]
        data += len(message).to_bytes(8, "little") + bytes(4) + message + bytes(4)
        if tag == "x":
            continue
        if step not in newest or tag in newest[step]:
            newest[step] = {"step": step}
            rows.append(newest[step])
        newest[step][tag] = value
    file.write_bytes(data)
    check(lambda: read(file), [list(row.items()) for row in rows])


def test_rows_beyond_a_block_are_where_they_were(monkeypatch):
    for module in (log, tables):
        monkeypatch.setattr(module, "BLOCK", 3)
    monkeypatch.setattr(tables, "MOST_LINE", 40)
    rows = [[k, "" if k % 4 else k / 8, "", 3 if k == 17 else ""] for k in range(20)]
    text = "step,lr,loss,val_loss\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    check(
        lambda: parsed(text),
        [zip(text.split("\n")[0].split(","), row, strict=True) for row in rows],
    )


def test_lines_of_json_that_are_none_are_counted():
    lines = ['{"step": 0, "lr": 1}', '{"step": 1, "lr"', '{"step": 2, "lr": 3}{}', "7"]
    found = parsed("\n".join([*lines, "", '{"step": 4, "lr": 5}']))
    assert found.rates["lr"].tolist() == [1, 5]
    assert found.notes == ("3 lines are no JSON, and left out",)
    broken = [lines[0], '{"step": 1},{"step": 2}', '{"step": 3, "lr": 1', '"loss": 2}']
    assert parsed("\n".join([*broken, ""])).steps.tolist() == [0]
