"""Time the moons lab against a PyTorch loop and micrograd; prints a Markdown table.

    python -m benchmarks.moons [--torch-python PYTHON]

A run is the demo's: 100 full-batch updates, loss and accuracy recorded before each. The lab draws
the data and initial parameters of 128 seeds, the others get theirs. Tests on fresh points are left
out where runs are compared. Times are medians of several repeats, after one to warm up.
"""

import argparse
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lrdecay.lab import moons

STEPS = 100
BATCH = 128
MICROGRAD_STEPS = 3
DEMO = 1.0 - 0.9 * np.arange(STEPS) / STEPS


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of `work`, called once before to warm up."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def torch_seconds(python: str, repeats: int) -> tuple[float, str]:
    """Return the time of a run by the PyTorch loop and a remark, or NaN and why there is none."""
    points, labels = moons.data(moons.SEED)
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "start.npz"
        np.savez(given, points=points, labels=labels, parameters=moons.initial(moons.SEED))
        script = Path(__file__).with_name("_torch_loop.py")
        command = [python, str(script), str(given), str(repeats)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return float("nan"), f"not timed: {reason}"
    found = json.loads(done.stdout)
    if abs(found["loss"] - moons.demo().loss[-1]) > 1e-9:
        raise AssertionError(f"the PyTorch loop ended at loss {found['loss']}")
    return float(found["seconds"]), f"torch {found['version']}, threads {found['threads']}, float64"


def micrograd_seconds() -> tuple[float, str]:
    """Return the time of a run by micrograd, scaled from a few steps, and a remark."""
    if importlib.util.find_spec("micrograd") is None:
        return float("nan"), "not timed: micrograd is not installed"
    from micrograd.engine import Value
    from micrograd.nn import MLP

    points, labels = moons.data(moons.SEED)
    random.seed(moons.SEED)
    model = MLP(2, [16, 16, 1])
    losses = []

    def step() -> None:
        outputs = [model([Value(float(v)) for v in x]) for x in points]
        hinge = [(1 + -float(y) * s).relu() for y, s in zip(labels, outputs, strict=True)]
        loss = sum(hinge) * (1.0 / len(hinge))
        loss += moons.PENALTY * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= DEMO[len(losses)] * p.grad
        losses.append(loss.data)

    seconds = STEPS * median_seconds(step, MICROGRAD_STEPS)
    if abs(losses[-1] - moons.demo().loss[len(losses) - 1]) > 1e-9:
        raise AssertionError(f"micrograd was at loss {losses[-1]}")
    return seconds, f"{MICROGRAD_STEPS} steps timed, scaled to {STEPS}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-python", default=os.environ.get("TORCH_PYTHON", sys.executable))
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()

    batch = (
        median_seconds(lambda: moons.run(DEMO, range(BATCH), test_points=2), options.repeats)
        / BATCH
    )
    mini = median_seconds(
        lambda: moons.run(DEMO, range(BATCH), batch_size=10, curves=False, test_points=2),
        options.repeats,
    )
    rows = [
        (f"lab, {BATCH} runs together", batch, f"{os.cpu_count()} processors"),
        (f"lab, {BATCH} runs, minibatches of 10", mini / BATCH, "final numbers only"),
        ("lab, the demo alone", median_seconds(moons.demo, options.repeats), "101 snapshots kept"),
        ("PyTorch loop", *torch_seconds(options.torch_python, options.repeats)),
        ("micrograd", *micrograd_seconds()),
    ]
    print("| a run of 100 steps | ms | times the batched lab | remark |")
    print("|---|---:|---:|---|")
    for name, seconds, remark in rows:
        shown = "- | -" if np.isnan(seconds) else f"{seconds * 1e3:,.2f} | {seconds / batch:,.1f}"
        print(f"| {name} | {shown} | {remark} |")


if __name__ == "__main__":
    main()
