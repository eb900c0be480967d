"""However large or odd a file may be, time and memory are bounded, and one sentence says why."""

import gzip
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from lrdecay.tuning.logs import read
from tests.paths import ROOT
from tests.tuning.test_logs import VERSION, event

MIB = 2**20
MEMORY, SECONDS = 800 * MIB, 60  # of the machine's; it takes a few
PROGRAM = """
import sys
from pathlib import Path
from lrdecay.cli import app
try:
    app(sys.argv[1:])
finally:
    print(Path("/proc/self/status").read_text())
"""


def held(name, **given):
    """Return what diagnose says of a file that it cannot read, which must take little."""
    done = subprocess.run(
        # By a shell: a fork with a function of ours is one that JAX, if it was imported, warns of.
        [
            "sh",
            "-c",
            f'ulimit -v {4096 * 1024}; exec "$@"',
            "sh",
            sys.executable,
            "-c",
            PROGRAM,
            "diagnose",
            name,
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        **given,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("lrdecay: ")
    assert done.stderr.count("\n") == 1
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+)", done.stdout)
    assert int(kilobytes) * 1024 < MEMORY
    return done.stderr


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(count):
    return b"step," + b",".join(b"lr/c%d" % i for i in range(count))


LARGE = {
    "a wide table": (lambda: names(9000) + b"\n" + (b"1," * 9000 + b"\n") * 20, "no losses"),
    "a wider one": (lambda: names(10**5) + b"\n" + b"1," * 10**5, "10,000 columns"),
    "a long row": (lambda: b"step,loss\n" + b"12," * (33 * MIB), "a line of"),
    "a long header": (lambda: b"step,loss," + b"12," * (33 * MIB), "a line of"),
    "a long cell": (lambda: b"step,loss\n0," + b"1" * (100 * MIB), "a line of"),
    "a long line": (lambda: b"x" * (100 * MIB), "rows with a step"),
    "long JSON": (lambda: b"[" + b'{"step":1,"loss":1},' * (5 * MIB), "64 MiB"),
    "nested JSON": (lambda: b"[" * 10**6 + b"]" * 10**6, "nested too deeply"),
    "a nested row": (lambda: b'{"step":1,"loss":' + b"[" * 10**6, "nested too deeply"),
    "names without end": (
        lambda: b"".join(b'{"step":%d,"lr/%d":1}\n' % (i, i) for i in range(10**6)),
        "50,000,000 numbers",
    ),
    "an open quote": (lambda: b'step,loss\n"x\n' + b'","x\n' * (20 * MIB), "a quote"),
    "blank lines": (lambda: b"step,loss\n" + b"\n" * (200 * MIB), "5,000,000 rows"),
    "too many rows": (lambda: b"step,loss\n" + b"0,1\n" * (50 * MIB), "5,000,000 rows"),
    "one emoji": (lambda: "step,loss,😀\n".encode() + b"0,1,xxx\n" * (25 * MIB), "5,000,000 rows"),
    "zeros, packed": (lambda: gzip.compress(bytes(1024 * MIB), 1), "256 MiB"),
    "a long record": (lambda: VERSION + struct.pack("<QI", 2**60, 0) + bytes(99), "a step"),
    "records of nothing": (lambda: VERSION + bytes(16) * MIB, "a step"),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_is_refused(place, name):
    make, words = LARGE[name]
    (place / "log").write_bytes(make())
    assert words in held("log")
    (place / "log").unlink()


def test_what_is_no_file_of_its_own_is_refused(place):
    os.mkfifo("pipe")
    assert "got 'nothing'" in held("pipe")  # that nobody writes
    assert "256 MiB" in held("/dev/zero")
    with Path("/dev/zero").open("rb") as zeros:
        assert "256 MiB" in held("-", stdin=zeros)
    (place / "folder").mkdir()
    (place / "folder/events.out.tfevents.1").symlink_to("events.out.tfevents.1")
    assert "a folder with an event file" in held("folder")


def test_a_damaged_event_file_says_from_where_on(tmp_path):
    scalars = b"".join(event(k, "train/loss", 1.0) for k in range(9))
    file = tmp_path / "events"
    file.write_bytes(VERSION + scalars + struct.pack("<QI", 2**60, 0) + scalars)
    found = read(file)
    assert found.steps.tolist() == list(range(9))
    at = len(VERSION + scalars)
    assert found.notes[0].startswith(f"the file is damaged from byte {at} of ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_where_it_says_that_it_is(tmp_path, encoding):
    file = tmp_path / "log"
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    file.write_bytes(marks.get(encoding, b"") + "step,lr\r\n0,0.1\r\n".encode(encoding))
    assert read(file).rates["lr"].tolist() == [0.1]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr("lrdecay.tuning.logs.LONG", 9)
    file = tmp_path / "log"
    for text in ("step,lr\n0,0.1\n", "step,lr,é\n0,0.1,2\n"):
        file.write_bytes(text.encode("utf-8-sig"))
        assert read(file).rates["lr"].tolist() == [0.1]
