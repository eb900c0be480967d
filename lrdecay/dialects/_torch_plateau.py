"""PyTorch's reduction on a plateau, in the details where `ReduceOnPlateau` is another."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..checks import Rate
from ..plateau import PlateauState, ReduceOnPlateau


@dataclass(frozen=True, repr=False)
class TorchPlateau(ReduceOnPlateau):
    r"""`ReduceOnPlateau` with PyTorch's threshold and without its smallest reductions.

    A metric $m$ is better than the best one $b$ under compare "rel" when
    $m < b\,(1 - \text{threshold})$ (goal "min") or $m > b\,(1 + \text{threshold})$ ("max"), with
    $b$ and not $|b|$: for $b < 0$ that takes a worse value for a better one and keeps it as the
    best. $b = \pm\infty$ before the first metric, so that an infinitely bad one is a bad one.

    Args:
        eps: a reduction by at most this much is left out, >= 0.

    Examples:
        >>> metrics = [-1.0, -0.99995, -0.9999, -0.99985]  # worse and worse
        >>> TorchPlateau(1.0, patience=0).history(metrics).tolist()
        [1.0, 1.0, 1.0, 1.0]
        >>> [round(lr, 3) for lr in ReduceOnPlateau(1.0, patience=0).history(metrics).tolist()]
        [1.0, 0.1, 0.01, 0.001]
    """

    eps: Rate = 1e-8

    def _next(self, state: PlateauState, metric: float) -> PlateauState:
        new = super()._next(state, metric)
        return new if state.lr - new.lr > self.eps else new._replace(lr=state.lr)

    def _better(self, metric: float, best: float | None) -> bool:
        if best is None:
            best = math.inf if self.goal == "min" else -math.inf
        sign = -1.0 if self.goal == "min" else 1.0
        if self.compare == "rel":
            bar = best * (1.0 + sign * self.threshold)
        else:
            bar = best + sign * self.threshold
        return metric < bar if self.goal == "min" else metric > bar
