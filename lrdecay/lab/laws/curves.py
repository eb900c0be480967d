"""Laws: the loss after each update, from the learning rates alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Checked, Positive, Rate, refuse
from ..inputs import Floats, rates
from .relaxation import Changes, changes, exponential, power


@dataclass(frozen=True, repr=False)
class Law(Checked):
    """What both laws share: a power of the area, less what the falls of the rate bring."""

    L0: Rate
    A: Rate
    alpha: Positive

    def predict(self, lrs: ArrayLike, *, at: ArrayLike | None = None) -> Floats:
        """Return the predicted loss after each update.

        Takes a time proportional to T: about a second for 72,000 updates, and little for a few
        points.

        Args:
            lrs: learning rates (..., T) of updates 0 to T - 1, finite and >= 0.
            at: the updates after which the loss is asked for, rising, from 0 to T - 1; None for
                all of them.

        Returns:
            The losses (..., T), or (..., len(at)); infinite while no rate was above 0.

        Raises:
            ValueError: if an argument is out of its range.
        """
        array = rates("lrs", lrs)
        asked = updates(at, array.shape[-1])
        rows = [self._curve(row, asked) for row in array.reshape(-1, array.shape[-1])]
        return np.array(rows).reshape(*array.shape[:-1], asked.size)

    def _curve(self, lrs: Floats, at: NDArray[np.int64]) -> Floats:
        found = changes(lrs, at)
        with np.errstate(divide="ignore"):
            area = found.point_area**-self.alpha
        return self.L0 + self.A * area - self._weight() * self._fallen(found)

    def _weight(self) -> float:
        """Return the factor of what the falls bring."""
        raise NotImplementedError

    def _fallen(self, found: Changes) -> Floats:
        """Return what the falls have brought at each point, without that factor."""
        raise NotImplementedError

    def _for(self, peak: float) -> Self:
        """Return the law that predicts the same when all rates are multiplied by `peak`."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class MultiPowerLaw(Law):
    r"""The multi-power law, $L_0, A, \alpha, B, C, \beta, \gamma$.

    A rate that falls to 0 brings nothing until a later one is above 0.

    Args:
        L0: $L_0$, the loss that no training undercuts but by decay, >= 0.
        A: the factor of the area's power, >= 0.
        alpha: $\alpha$, > 0.
        B: the loss a fall brings in the end, a unit of rate, >= 0.
        C: how fast it comes, > 0.
        beta: $\beta$, > 0.
        gamma: $\gamma$, >= 0; above 0 it comes sooner at low rates.

    Raises:
        ValueError: if an argument is out of its range.

    Source:
        arXiv:2503.12811.

    Examples:
        >>> law = MultiPowerLaw(2.0, 1.0, 0.5, B=0.5, C=1.0, beta=1.0, gamma=0.0)
        >>> law.predict([4.0, 4.0, 1.0]).round(4).tolist()
        [2.5, 2.3536, 1.5833]
    """

    B: Rate
    C: Positive
    beta: Positive
    gamma: Rate

    def _weight(self) -> float:
        return self.B

    def _fallen(self, found: Changes) -> Floats:
        # Not 0, whose power is infinite: 1e-30 gives the same loss.
        scale = self.C * np.maximum(found.lr, 1e-30) ** -self.gamma
        return power(found, scale, self.beta)

    def _for(self, peak: float) -> Self:
        area = self.A * peak**self.alpha
        return replace(self, A=area, B=self.B / peak, C=self.C * peak ** (self.gamma - 1))


@dataclass(frozen=True, repr=False)
class AnnealingLaw(Law):
    r"""The annealing law of Tissue et al., $L_0, A, \alpha, C, \lambda$.

    Args:
        L0: $L_0$, >= 0.
        A: the factor of the area's power, >= 0.
        alpha: $\alpha$, > 0.
        C: the factor of what the falls bring, >= 0.
        decay: $\lambda$, above 0 and below 1: the share of its effect a fall still has to bring
            after one more update.

    Raises:
        ValueError: if an argument is out of its range.

    Source:
        arXiv:2408.11029.

    Examples:
        >>> AnnealingLaw(2.0, 1.0, 0.5, C=0.1, decay=0.5).predict([4.0, 4.0, 1.0]).round(4).tolist()
        [2.5, 2.3536, 2.0333]
    """

    C: Rate
    decay: Positive

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decay >= 1:
            raise refuse("decay", self.decay, "a number > 0 and below 1")

    def _weight(self) -> float:
        return self.C

    def _fallen(self, found: Changes) -> Floats:
        return exponential(found, self.decay)

    def _for(self, peak: float) -> Self:
        return replace(self, A=self.A * peak**self.alpha, C=self.C / peak)


PUBLISHED = MappingProxyType(
    {
        "25M": MultiPowerLaw(
            3.04045406, 0.52468604, 0.50786857, 363.78751622, 2.06560812, 0.58279013, 0.64142257
        ),
        "100M": MultiPowerLaw(
            2.6514477, 0.60115152, 0.45295811, 437.9464276, 2.13245612, 0.59785199, 0.65523644
        ),
        "400M": MultiPowerLaw(
            2.37474466, 0.65421216, 0.42878731, 523.42464371, 2.02462735, 0.59350493, 0.63472457
        ),
    }
)
"""The authors' fits to models of three sizes, all of peak rate 3e-4 after a warmup of 2160 updates.

Source:
    `src/config.py` of github.com/thu-yao-01-luo/MultiPowerLaw. Each is fitted to three runs: a
    cosine and a constant rate of 24,000 updates, and a constant rate with one drop.
"""


def updates(at: ArrayLike | None, total: int) -> NDArray[np.int64]:
    """Return the updates after which a loss is asked for, checked; None is all of them."""
    if at is None:
        return np.arange(total)
    found = np.asarray(at)
    whole = found.ndim == 1 and found.size and np.issubdtype(found.dtype, np.integer)
    if not whole or found[0] < 0 or found[-1] >= total or (np.diff(found) <= 0).any():
        raise refuse("at", at, f"rising whole numbers from 0 to {total - 1}")
    return found.astype(np.int64)
