"""The result of training: many runs whose arrays are cut and joined together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .points import Floats

EXPLODED = 10.0
"""A run whose final loss is above this, or not a number, has diverged.

A convention: losses start between about 0.5 and 4, and those of unstable runs have no gap.
"""


@dataclass(frozen=True, eq=False)
class Run:
    """One or many training runs; all arrays share their leading axes, written `...` below.

    Indexing a `Run` indexes these axes in all its arrays.

    Attributes:
        lr: learning rate of each update, (..., steps).
        seed: seed of each run, (...).
        hinge: mean hinge loss on all training points before each update, (..., steps).
        penalty: L2 penalty before each update, (..., steps).
        accuracy: fraction of training points right before each update, (..., steps).
        final_hinge: mean hinge loss after the last update, (...).
        final_penalty: L2 penalty after the last update, (...).
        final_accuracy: training accuracy after the last update, (...).
        test_accuracy: accuracy on fresh points after the last update, (...).
        diverged: whether the final loss is not finite or above `EXPLODED`, (...).
        parameters: parameters after the last update, (..., 337).
        snapshots: for each step k kept, the parameters before update k, (..., 337).
    """

    lr: Floats
    seed: NDArray[np.int64]
    hinge: Floats
    penalty: Floats
    accuracy: Floats
    final_hinge: Floats
    final_penalty: Floats
    final_accuracy: Floats
    test_accuracy: Floats
    diverged: NDArray[np.bool_]
    parameters: Floats
    snapshots: dict[int, Floats]

    @property
    def loss(self) -> Floats:
        """Training loss before each update, as the demo prints it, (..., steps)."""
        return self.hinge + self.penalty

    @property
    def final_loss(self) -> Floats:
        """Training loss after the last update, (...)."""
        return self.final_hinge + self.final_penalty

    def __getitem__(self, index: Any) -> Run:
        """Return the runs at `index` of the leading axes."""
        flat = np.arange(self.seed.size).reshape(self.seed.shape)[index]
        return assemble([self], flat, self.seed.ndim)


def assemble(parts: Sequence[Run], flat: NDArray[np.int64], axes: int) -> Run:
    """Join runs whose leading axes are `axes` long, and take those at the flat indices."""

    def pick(arrays: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([a.reshape(prod(a.shape[:axes]), *a.shape[axes:]) for a in arrays])[
            flat
        ]

    names = [f.name for f in fields(Run) if f.name != "snapshots"]
    return Run(
        **{name: pick([getattr(part, name) for part in parts]) for name in names},
        snapshots={k: pick([part.snapshots[k] for part in parts]) for k in parts[0].snapshots},
    )
