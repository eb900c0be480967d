"""Time the reading of logs, and a diagnosis from file to answer: `python -m benchmarks.logs`.

A million rows of step, loss and rate, and a validation loss in every 1000th: what loggers write.
`--tiny` sees that it runs; such times say nothing.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import lrdecay as lrd
from lrdecay.tuning import logs

ROWS = 2000 if "--tiny" in sys.argv else 1_000_000
EVERY = 1000
NAMES = ("step", "loss", "lr", "val_loss")
VERSION = b"\x1a\x0dbrain.Event:2"
# By the operating system, of a process of its own: what getrusage says begins with its parent's.
PROGRAM = """
import re, sys
from pathlib import Path
from lrdecay.cli import app
try:
    app(sys.argv[1:])
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def rows() -> list[tuple[float, ...]]:
    """Return the rows: the last number is left out where there is no validation."""
    k = np.arange(ROWS)
    noise = np.random.default_rng(0).standard_normal(ROWS)
    losses = 2.0 + 2.0 * np.exp(-k / (ROWS / 5)) + 0.05 * noise
    rates = lrd.Cosine(1e-3, ROWS)(k)
    whole = zip(k.tolist(), losses.tolist(), rates.tolist(), (losses + 0.1).tolist(), strict=True)
    return [row if row[0] % EVERY == 0 else row[:3] for row in whole]


def csv(found: list[tuple[float, ...]]) -> bytes:
    """Return them with an empty cell where there is none."""
    lines = (",".join(map(repr, row)) + "," * (len(NAMES) - len(row)) for row in found)
    return "\n".join([",".join(NAMES), *lines, ""]).encode()


def json_lines(found: list[tuple[float, ...]]) -> bytes:
    """Return them as an object each."""
    return "".join(json.dumps(dict(zip(NAMES, row, strict=False))) + "\n" for row in found).encode()


def events(found: list[tuple[float, ...]]) -> bytes:
    """Return them as TensorBoard's records, one for each scalar; no checksum is looked at."""

    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    def varint(number: int) -> bytes:
        high = [number >> shift & 0x7F | 0x80 for shift in range(0, number.bit_length() - 7, 7)]
        return bytes([*high, number >> 7 * len(high)])

    records = [VERSION]
    for step, *values in found:
        for tag, value in zip(NAMES[1:], values, strict=False):
            scalar = field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)
            start = struct.pack("<Bd", 1 << 3 | 1, 1.7e9 + step) + b"\x10" + varint(int(step))
            records.append(start + field(5, field(1, scalar)))
    return b"".join(struct.pack("<QI", len(one), 0) + one + bytes(4) for one in records)


def seconds(call: Callable[[], object]) -> float:
    """Return the processor's seconds of the fastest of three calls."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def command(path: Path) -> tuple[float, int]:
    """Return the processor's seconds of `lrdecay diagnose`, and its peak memory in MB."""
    start = os.times()
    words = [sys.executable, "-c", PROGRAM, "diagnose", str(path), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    end = os.times()
    used = end.children_user + end.children_system - start.children_user - start.children_system
    return used, int(done.stdout.split()[-1]) // 1000


def main() -> None:
    """Print the table."""
    print("| log | by | seconds | times | peak, MB |\n|---|---|--:|--:|--:|")
    found = rows()
    with TemporaryDirectory() as folder:
        for name, make in (("CSV", csv), ("JSON lines", json_lines), ("event file", events)):
            path = Path(folder) / "log"
            path.write_bytes(make(found))
            mine = seconds(lambda path=path: logs.read(path))
            assert len(logs.read(path).steps) == ROWS
            table = [("lrdecay, reading", mine, "")]
            if make is csv:
                taken = seconds(
                    lambda path=path: np.loadtxt(path, delimiter=",", skiprows=1, usecols=(0, 1, 2))
                )
                table.append(("numpy.loadtxt, without the sparse column", taken, ""))
            elif make is json_lines:
                taken = seconds(lambda path=path: [*map(json.loads, path.open())])
                table.append(("json.loads of each line", taken, ""))
            table.append(("lrdecay diagnose, whole", *command(path)))
            for row, (by, taken, peak) in enumerate(table):
                log = "" if row else f"{name}, {path.stat().st_size / 1e6:.0f} MB"
                print(f"| {log} | {by} | {taken:.2f} | {taken / mine:.2f} | {peak} |")


if __name__ == "__main__":
    main()
