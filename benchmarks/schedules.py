"""Time schedules beside the peers, all in one process: `python -m benchmarks.schedules`.

Wants torch, optax and lrsched, which the conformance environment has; a row without its peer is
left out. All compute warmup + cosine, with the same numbers.
"""

from __future__ import annotations

import os

# Before JAX is imported: one thread, as NumPy has.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_ENABLE_X64"] = "1"

import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import lrdecay as lrd

PEAK, FINAL, WARMUP = 0.1, 0.01, 100
TINY = "--tiny" in sys.argv  # to see that it runs; such times say nothing
MILLION = 10_000 if TINY else 1_000_000
Row = tuple[str, str, str, str]


def best(function: Callable[[], object], repeats: int = 15) -> float:
    """Return the seconds of the fastest of several calls."""
    times = []
    for _ in range(1 if TINY else repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def has(name: str) -> bool:
    """Return whether a library is installed."""
    return importlib.util.find_spec(name) is not None


def ours(total: int) -> lrd.Schedule:
    """Return the schedule that is timed."""
    return lrd.warmup_cosine(PEAK, total, WARMUP, FINAL, first="zero")


def one_number() -> list[Row]:
    """One call with a Python int, over a run of 1000 steps."""
    steps = range(1000)

    def each(call: Callable[[int], object]) -> float:
        def loop() -> None:
            for k in steps:
                call(k)

        return best(loop, 60) / len(steps)

    mine = each(ours(1000))
    rows = [("one call, Python int", "lrdecay", f"{mine * 1e9:.0f} ns", "1")]
    if has("lrsched"):
        import lrsched

        base = lrsched.cosine(base_lr=PEAK, min_lr=FINAL, total_steps=1000 - WARMUP)
        call = lrsched.with_warmup(base, warmup_steps=WARMUP, start_lr=0.0)
        rows.append(row("", "lrsched", each(call), mine))
    if has("torch"):
        scheduler = torch_run()
        rows.append(row("", "torch, scheduler.step()", each(lambda _: scheduler.step()), mine))
    return rows


def torch_run() -> Any:
    """Return torch's own warmup + cosine."""
    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    warmup = LinearLR(optimizer, 1e-9, total_iters=WARMUP)
    decay = CosineAnnealingLR(optimizer, MILLION - WARMUP, FINAL)
    scheduler = SequentialLR(optimizer, [warmup, decay], [WARMUP])
    optimizer.step()  # else the first step of the scheduler warns
    return scheduler


def million() -> list[Row]:
    """A million steps in one array call."""
    k = np.arange(MILLION)
    schedule = ours(MILLION)

    def bare() -> np.ndarray:
        share = (np.minimum(k, MILLION) - WARMUP) / (MILLION - WARMUP)
        cosine = FINAL + (PEAK - FINAL) * (1 + np.cos(np.pi * share)) / 2
        return np.where(k < WARMUP, PEAK * k / WARMUP, cosine)

    np.testing.assert_allclose(schedule(k), bare(), rtol=1e-12)
    mine = best(lambda: schedule(k))
    rows = [("a million steps, array", "lrdecay", f"{mine * 1e3:.1f} ms", "1")]
    rows.append(row("", "bare NumPy expression", best(bare), mine))
    if has("optax"):
        import jax
        import jax.numpy as jnp
        import optax

        steps = jnp.arange(MILLION)
        theirs = jax.jit(optax.warmup_cosine_decay_schedule(0.0, PEAK, WARMUP, MILLION, FINAL))
        under_jit = jax.jit(schedule)
        for name, call in (("optax under jit", theirs), ("lrdecay under jit", under_jit)):
            call(steps).block_until_ready()
            taken = best(lambda call=call: call(steps).block_until_ready())
            rows.append(row("", f"{name}, one thread", taken, mine))
    if has("lrsched"):
        import lrsched

        base = lrsched.cosine(base_lr=PEAK, min_lr=FINAL, total_steps=MILLION - WARMUP)
        call = lrsched.with_warmup(base, warmup_steps=WARMUP, start_lr=0.0)
        rows.append(
            row(
                "", "lrsched.sample", best(lambda: lrsched.sample(call, num_steps=MILLION), 2), mine
            )
        )
    if has("torch"):
        scheduler = torch_run()

        def loop() -> None:
            for _ in range(MILLION // 20):
                scheduler.step()

        rows.append(row("", "torch loop (a twentieth, scaled)", 20 * best(loop, 2), mine))
    return rows


def restarts() -> list[Row]:
    """Restarts, early and late."""
    schedule = lrd.CosineRestarts(PEAK, cycle_steps=10, cycle_mult=2)

    def at(k: int) -> float:
        return best(lambda: [schedule(k) for _ in range(10_000)], 20) / 10_000

    early, late = at(10), at(10**12)
    return [
        ("restarts, one call", "k = 10", f"{early * 1e9:.0f} ns", "1"),
        row("", "k = 10^12", late, early),
    ]


def recording() -> list[Row]:
    """What preflight's hook takes of an update, beside the update itself."""
    if not has("torch"):
        return []
    import torch

    updates = range(1000)

    def each(call: Callable[[], object]) -> float:
        return best(lambda: [call() for _ in updates], 60) / len(updates)

    rows: list[Row] = []
    for n in (1, 8):
        groups = [{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(n)]
        optimizer = torch.optim.SGD(groups, lr=PEAK)
        bare = each(optimizer.step)
        lrd.preflight(optimizer, lrd.torch_scheduler(optimizer, ours(1000)), 1000)
        (hook,) = optimizer._optimizer_step_pre_hooks.values()  # noqa: SLF001, alone to be timed
        mine = each(lambda hook=hook, optimizer=optimizer: hook(optimizer, (), {}))
        rows += [
            ("" if rows else "preflight", f"recording, groups: {n}", f"{mine * 1e9:.0f} ns", "1"),
            row("", f"torch, SGD.step(), groups: {n}", bare, mine),
        ]
    return rows


def imports() -> list[Row]:
    """What `import lrdecay` adds to `import numpy`, each in processes of its own."""

    def seconds(code: str) -> float:
        timed = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
        runs = [
            subprocess.run(
                [sys.executable, "-c", timed], capture_output=True, text=True, check=True
            )
            for _ in range(1 if TINY else 15)
        ]
        return statistics.median(float(run.stdout) for run in runs)

    bare = seconds("import numpy")
    both = seconds("import numpy, lrdecay")
    return [
        ("import", "numpy", f"{bare * 1e3:.0f} ms", "–"),
        ("", "lrdecay after numpy adds", f"{(both - bare) * 1e3:.0f} ms", "–"),
    ]


def row(what: str, who: str, seconds: float, mine: float) -> Row:
    """Return a row with the ratio to lrdecay's time."""
    shown = f"{seconds * 1e9:.0f} ns" if seconds < 1e-4 else f"{seconds * 1e3:.1f} ms"
    return what, who, shown, f"{seconds / mine:.2f}"


def main() -> None:
    """Print the table."""
    rows = [*one_number(), *million(), *restarts(), *recording(), *imports()]
    print("| what | by | time | of lrdecay's |\n|---|---|--:|--:|")
    for cells in rows:
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
