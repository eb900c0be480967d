"""Averages of the last weights on the moons, as two rules use them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..lab import moons

Floats = NDArray[np.float64]

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)  # of a run, averaged at its end
MOONS = 100  # updates of a run on the moons
PEAKS = np.array([0.35, 0.5, 0.7, 1.0])  # swept there
TUNING = 150  # runs that the sweep takes


def averaged(lrs: Floats, seeds: Iterable[int]) -> Floats:
    """Return losses on the moons of the last weights and of their averages, (1 + shares, ...)."""
    chosen, total = list(seeds), lrs.shape[-1]
    windows = [round(share * total) for share in SHARES]
    kept = range(total - max(windows) + 1, total + 1)
    runs = moons.run(lrs, chosen, batch_size=10, curves=False, keep=kept, test_points=2, workers=1)
    points, labels = map(np.stack, zip(*map(moons.data, chosen), strict=True))
    losses = [runs.final_loss]
    total_weights, taken = np.zeros_like(runs.parameters), 0
    for window in windows:
        for k in range(taken, window):
            total_weights += runs.snapshots[total - k]
        taken = window
        mean = total_weights / window
        hinge = np.maximum(0.0, 1.0 - labels * moons.scores(mean, points)).mean(axis=-1)
        losses.append(hinge + moons.PENALTY * np.square(mean).sum(axis=-1))
    return np.minimum(np.nan_to_num(losses, nan=moons.EXPLODED), moons.EXPLODED)
