"""Whatever a command is given, it answers, or says in one sentence what is wrong with it."""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lrdecay.cli import app
from tests.paths import ROOT

ROWS = b"step,lr,loss\n" + b"".join(
    b"%d,%g,%g\n" % (k, 1.2**k * 1e-4, 3 - k / 50) for k in range(50)
)
LATIN = "schrittweite\u00e4,step,lr,loss\n".encode("latin-1") + b"x,0,1,2\n\xff,1,1,2\n"
VERSION = struct.pack("<QI", 17, 0) + b"\x1a\x0fbrain.Event:2  " + b"\0\0\0\0"
NESTED = 10**5


def bomb(size):
    """Return many zeros, packed."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9) as packed:
        for _ in range(size // 2**24):
            packed.write(bytes(2**24))
    return file.getvalue()


CORPUS = {
    "empty": b"",
    "blank": b" \n\t\n",
    "binary": bytes(range(256)) * 64,
    "truncated json": b'{"log_history": [{"step": 1, "learning_rate": 0.1}, {"st',
    "truncated schedule": b'{"lrdecay": 2, "schedule": {"type": "Cosine", "base_l',
    "json of nothing": b"{}",
    "json of null": b"null",
    "json of other types": b'{"step": {"a": 1}, "lr": [[1], [2]], "loss": ["x", null]}',
    "huge numbers": b'[{"step": 1, "lr": 1' + b"0" * 400 + b', "loss": 1}]',
    "huge integers": b'[{"step": 1' + b"0" * 5000 + b', "lr": 1, "loss": 1}]',
    "rows that are no rows": b'{"log_history": [1, [2], null, {"step": []}]}',
    "a schedule without end": b'{"lrdecay": 2, "schedule": {"type": "Clip"}}',
    "another format": b'{"lrdecay": 99, "schedule": 1}',
    "nested json": b'{"lrdecay": 2, "schedule": ' + b'{"schedule": ' * NESTED,
    "nested lists": b"[" * NESTED,
    "nested lines": b"\n".join([b"[" * 5000] * 20),
    "wrong columns": b"a,b,c\n1,2,3\n",
    "ragged": b"step,lr,loss\n0,1\n1\n,,,,,\n2,3,4,5,6\n",
    "words for numbers": b"step,lr,loss\none,two,three\n",
    "not finite": b"step,lr,loss\nnan,nan,nan\ninf,inf,inf\n1e999,-inf,nan\n0,inf,nan\n",
    "steps that are none": b"step,lr,loss\n-1,1,1\n0.5,1,1\n1e300,1,1\n",
    "one row": b"step,lr,loss\n0,0.1,2\n",
    "open quote": b'step,lr,loss\n0,"0.1,2\n' * 3,
    "a long field": b"step,lr,loss\n0," + b"9" * 200_000 + b",1\n",
    "a long line": b"step 1 loss: " + b"1" * 10**6,
    "NUL late": ROWS + bytes(5000),
    "wide": b",".join(b"c%d" % i for i in range(10**5)) + b"\n" + b"1," * 10**5,
    "wide json": json.dumps([{f"c{i}": i for i in range(10**5)}]).encode(),
    "latin-1": LATIN,
    "mixed encodings": ROWS + "1,\u00e9,2\n".encode("utf-16") + LATIN,
    "utf-16 cut": ROWS.decode().encode("utf-16")[:-1],
    "utf-32": ROWS.decode().encode("utf-32"),
    "surrogates": b"\xed\xa0\x80step,lr\n0,1\n",
    "gzip": gzip.compress(ROWS),
    "gzip cut": gzip.compress(ROWS)[:-20],
    "gzip of nothing": gzip.compress(b""),
    "gzip in name alone": b"\x1f\x8b",
    "event file": VERSION,
    "event file cut": VERSION[:20],
    "event file of one long record": VERSION + struct.pack("<QI", 2**63, 0),
    "event file of noise": VERSION + struct.pack("<QI", 64, 0) + bytes(range(64)) + b"\0\0\0\0",
    "console": b"step 10 loss: nan lr: nan\n" * 30,
    "carriage returns": ROWS.replace(b"\n", b"\r"),
}
LOGS = [["find", "{}"], ["identify", "{}"], ["diagnose", "{}"]]
LOGS += [["predict", "Linear(1e-3, 100)", "--fit", "{}"], ["lint", "{}"]]
SCHEDULES = [
    ["show", "{}"],
    ["compare", "{}", "Linear(1, 9)"],
    ["plot", "{}", "-o", "rates.csv"],
    ["export", "{}", "--to", "python"],
    ["convert", "{}"],
    ["lint", "Linear(1, 9)", "--resumed", "{}", "--at", "3"],
    ["predict", "{}"],
]
DRAWN = {"ragged", "one row", "latin-1", "gzip"}  # logs, with rates that can be drawn


def clear(words):
    """Run a command, and hold that its end is a good one."""
    done = CliRunner().invoke(app, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert done.exit_code in {0, 1, 2}
    assert "Traceback" not in done.output
    if done.exit_code == 2:
        assert done.stdout == ""
        assert done.stderr.startswith("lrdecay: ")
        assert done.stderr.count("\n") == 1
        assert len(done.stderr) < 1200
    else:
        assert done.stderr == ""
    return done


def valid(text):
    """Return the JSON of a text in which each number is one."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", CORPUS)
def test_a_broken_log_is_told_in_a_sentence(place, name):
    (place / "log").write_bytes(CORPUS[name])
    for command in LOGS:
        done = clear([word.format("./log") for word in [*command, "--json"]])
        if done.exit_code != 2:
            found = valid(done.stdout)
            readable = {"gzip", "NUL late", "carriage returns", "mixed encodings"}
            first = found.get("symptoms", [{"name": ""}])[0]["name"]
            assert name in readable or first == "cannot-tell"  # from too few points


@pytest.mark.parametrize("file", ["made.json", "log"])
@pytest.mark.parametrize("name", CORPUS)
def test_a_broken_schedule_is_told_in_a_sentence(place, name, file):
    (place / file).write_bytes(CORPUS[name])
    for command in SCHEDULES:
        draws = command[0] in {"show", "compare", "plot", "predict"} and name in DRAWN
        assert clear([word.format(file) for word in command]).exit_code == (0 if draws else 2)
    left = {one.name for one in place.iterdir()}
    assert left == {file} | ({"rates.csv"} if name in DRAWN else set())


@pytest.mark.parametrize("what", ["none", "loop", "folder", "folder/below", "x" * 300, "a\0b", ""])
def test_what_is_no_file_is_told_in_a_sentence(place, what):
    (place / "loop").symlink_to("loop")
    (place / "folder").mkdir()
    for command in LOGS:
        assert clear([word.format(what) for word in command]).exit_code == 2
    for command in SCHEDULES:
        assert clear([word.format(f"./{what}") for word in command]).exit_code == 2


MEASURED = """
import re, sys
from pathlib import Path
from lrdecay.cli import app
try:
    app(sys.argv[1:])
finally:  # of this program alone: what getrusage says begins with that of its parent
    kilobytes = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print(int(kilobytes) // 1024)
"""


@pytest.mark.parametrize("text", ["zeros", "rows"])
def test_a_small_file_that_unpacks_to_a_large_one_is_refused_at_once(place, text):
    data = bomb(2**30) if text == "zeros" else gzip.compress(b"step,lr\n" + b"0,1\n" * 10**8)
    (place / "bomb.gz").write_bytes(data)
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "find", "bomb.gz"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "at most" in done.stderr
    assert "Traceback" not in done.stderr
    assert int(done.stdout) < 1000  # MiB
    assert time.monotonic() - begun < 30


WORDS = st.text(max_size=60) | st.text("Cosine(1e-3, 9)*+-[]{}'\"=:._/<>\\", max_size=40)
ARGUMENTS = [
    "1e400", "-1", "nan", "inf", "None", "True", "[]", "{}", "''", "9" * 400, "1j", "...", "b'a'",
    "'a' * 1000000000", "(1,) * 1000000000", "1 / 0", "0.1 * 1e308 * 1e308", "[" * 500, "Cosine",
    "Cosine(1, 9)", "lambda: 0", "__import__('os')", "f'{1}'", "1 if 1 else 2", "*[1]", "10 ** 10",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(WORDS)
@example("a" + ".a" * 20_000 + "(1)")
@example("(" * 10_000)
@example("-" * 10_000 + "1" + "(")
@example("Sum(" * 300)
@example("Cosine(1, 9)" + ".scale(2)" * 300)
@example("Cosine(1, 9)" + ".scale(2)" * 20_000)
@example("Constant(1)" + " * 2" * 5000)
@example("Cosine(1, 9).__class__()")
@example("Cosine(1, 9).repeat(10**9)")
@example("MultiStep(1, [1, 2], 0.5)(3)")
@example("Cosine(**{'base_lr': 1})")
@example("Cosine(1, 9, 9, 9, 9, 9)")
@example("\ud800")
def test_any_words_are_a_schedule_or_a_sentence(words):
    for command in ("show", "lint", "export"):
        clear([command, "--", words])


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_any_argument_is_one_or_a_sentence(argument):
    begun = time.monotonic()
    for words in ([f"Cosine({argument}, 9)"], ["Cosine", "base_lr=1", f"total_steps={argument}"]):
        for command in ("show", "lint"):
            clear([command, "--", *words])
    clear(["show", f"Piecewise({argument}, {argument})"])
    assert time.monotonic() - begun < 20


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_any_name_is_known_or_told(name):
    for command in (["list"], ["cite"], ["verify"]):
        if (done := clear([*command, "--", name])).exit_code == 2:
            assert "there is no" in done.stderr
    for flag in ("--symptom", "--situation", "--words"):
        clear(["rules", f"{flag}={name}"])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", VERSION, ROWS, b"step,lr,loss\n", b"[{", b"\x1f\x8b"]),
)
def test_any_bytes_are_a_log_or_a_sentence(tmp_path_factory, data, head):
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(head + data)
    clear(["find", str(file)])


NAMES = st.sampled_from(["step", "lr", "loss", "log_history", "lrdecay", "schedule", "type"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(NAMES, one, max_size=5),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_any_json_is_a_log_a_schedule_or_a_sentence(tmp_path_factory, value):
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(value))
    clear(["find", str(file)])
    clear(["show", str(file)])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 10**20), st.floats(), st.floats()), max_size=60))
@example([(k, 0.1, 1.0) for k in range(60)])
@example([(k, 1e-4 * 1.1**k, 0.0) for k in range(60)])
@example([(k, 1e-4 * 1.1**k, 1e308 * (-1) ** k) for k in range(60)])
@example([(k, 1e-320 * (k + 1), 3.0 - k) for k in range(60)])
@example([(2**53 - k, 1e-4 * 1.1**k, 3.0 - k / 60) for k in range(60)])
def test_any_numbers_are_read_or_told(tmp_path_factory, rows):
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_text("step,lr,loss\n" + "".join(f"{k},{lr!r},{loss!r}\n" for k, lr, loss in rows))
    for command in LOGS:
        with np.errstate(all="raise", under="ignore"):
            done = clear([word.format(file) for word in [*command, "--json"]])
        if done.exit_code == 0:
            valid(done.stdout)
