"""What every rate that follows a metric has: the whole history, by one update after another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fields import Checked


class Fold(Checked, ABC):
    """A learning rate that follows a metric: a pure function `state, metric -> state`."""

    @abstractmethod
    def start(self) -> Any:
        """Return the state before the first metric; it has an `lr`."""

    @abstractmethod
    def update(self, state: Any, metric: float) -> Any:
        """Return the state after one more metric; `state` itself is left as it was."""

    def history(self, metrics: Iterable[float]) -> NDArray[np.float64]:
        """Return the learning rate in force after each metric.

        Args:
            metrics: the history of the metric, oldest first.

        Returns:
            Array as long as `metrics`. What ran before the first metric used `start().lr`.

        Raises:
            ValueError: if a metric is not a number.
        """
        state = self.start()
        rates: list[float] = []
        for metric in metrics:
            state = self.update(state, metric)
            rates.append(state.lr)
        return np.array(rates, dtype=np.float64)
