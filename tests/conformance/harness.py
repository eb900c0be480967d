"""Compare a schedule with the rates a real library gives, and remember how far apart they were."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import numpy as np

from lrdecay import Schedule

RESULTS = Path("build/conformance.json")
# What is not installed beside the others. No registry has sd-scripts; its commit was read.
EDITIONS = {"sd-scripts": "commit 6edbe00"}
met: dict[tuple[str, str], dict[str, float]] = {}  # largest deviations, by peer and its version


def edition(peer: str) -> str:
    """Return the version of a library, or the commit that was read."""
    return EDITIONS.get(peer) or metadata.version(peer)


def agree(
    peer: str,
    scheduler: str,
    theirs: Iterable[float],
    ours: Schedule,
    *,
    ulp32: int | None = None,
    among: float = 0.0,
) -> None:
    """Assert that `ours` gives the rates `theirs` of steps 0, 1, 2, ...

    Args:
        peer: name of the library's distribution, as on the package index.
        scheduler: its public name for the scheduler.
        theirs: the rates the library gave.
        ours: the dialect's schedule.
        ulp32: for a peer that computes in float32, how many units in the last place of the largest
            rate so far may lie between; None for 1e-12 relative in float64.
        among: the largest number that the peer adds and takes away again, if it is no rate.
    """
    expected = np.asarray(list(theirs), dtype=np.float64)
    steps = np.arange(expected.size)
    for given in (ours(steps), np.array([ours(int(k)) for k in steps])):
        # Near 0 a rate is the difference of larger numbers, so the unit is the largest rate.
        unit = np.maximum(np.abs(expected), max(np.abs(expected).max(), among))
        unit = np.where(unit > 0, unit, 1.0)
        deviation = float((np.abs(given - expected) / unit).max(initial=0.0))
        most = 1e-12 if ulp32 is None else ulp32 * 2.0**-23
        worst = int(np.argmax(np.abs(given - expected) / unit))
        assert deviation <= most, (
            f"{peer} {scheduler} at step {worst}: {expected[worst]!r}, {ours!r} gives "
            f"{given[worst]!r}"
        )
        # The version now: where the peer lies, the process that writes may not look.
        meet((peer, edition(peer).partition("+")[0]), scheduler, deviation)


def meet(peer: tuple[str, str], scheduler: str, deviation: float) -> None:
    """Remember how far apart a scheduler was, if it was never further."""
    known = met.setdefault(peer, {})
    known[scheduler] = max(known.get(scheduler, 0.0), deviation)


def write() -> None:
    """Write what was met: version of each peer, largest relative deviation of each scheduler.

    To one digit: the next ones differ from machine to machine.
    """
    table = {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "peers": {
            peer: {
                "version": version,
                "deviation": {name: float(f"{found[name]:.0e}") for name in sorted(found)},
            }
            for (peer, version), found in sorted(met.items())
        },
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(table, indent=1) + "\n")
