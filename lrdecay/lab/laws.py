r"""Laws that predict the loss curve of a pretraining run from its learning rates.

Both laws know the rates alone. With the area $S_1(k) = \sum_{i \le k} \eta_i$ and the falls
$\eta_{i-1} - \eta_i$ of the rate, negative in a warmup, the loss after update $k$ is

$$L_k = L_0 + A\, S_1(k)^{-\alpha} - B \sum_{i=1}^{k} (\eta_{i-1} - \eta_i)\,
  \left[1 - \left(1 + C\, \eta_i^{-\gamma} \sum_{j=i}^{k} \eta_j\right)^{-\beta}\right]$$

by the multi-power law, where what a fall brings depends on the area since, and

$$L_k = L_0 + A\, S_1(k)^{-\alpha} - C \sum_{i=1}^{k} (\eta_{i-1} - \eta_i)\,
  \frac{1 - \lambda^{k - i + 1}}{1 - \lambda}$$

by the annealing law, where it depends on the updates since. They were fitted to language models
trained with AdamW at one peak rate: they say nothing of instability, nor of a peak far from theirs.

Source:
    K. Luo, H. Wen, S. Hu et al., "A Multi-Power Law for Loss Curve Prediction Across Learning Rate
    Schedules", 2025, arXiv:2503.12811, in the form of the authors' code (`src/models.py`), which
    counts the rises of the warmup too; H. Tissue, V. Wang, L. Wang, "Scaling Law with Learning Rate
    Annealing", 2024, arXiv:2408.11029, whose sum was read in others' code only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._optional import needs
from ..arguments import checked
from ..checks import Checked, Positive, Rate, Steps, check, refuse
from ._laws_metrics import PUBLISHED_METRICS, Metrics, metrics
from ._rates import Floats, rates
from ._relaxation import Changes, changes, exponential, power

__all__ = [
    "PUBLISHED",
    "PUBLISHED_METRICS",
    "AnnealingLaw",
    "Law",
    "Metrics",
    "MultiPowerLaw",
    "fit",
    "metrics",
]


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
        points = _points(at, array.shape[-1])
        rows = [self._curve(row, points) for row in array.reshape(-1, array.shape[-1])]
        return np.array(rows).reshape(*array.shape[:-1], points.size)

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


class Observed(NamedTuple):
    """A run: its learning rates, the updates after which a loss was taken, and these losses."""

    lrs: Floats
    steps: NDArray[np.int64]
    losses: Floats


AnyLaw = TypeVar("AnyLaw", bound=Law)


@checked()
def fit(
    curves: Iterable[tuple[ArrayLike, ArrayLike, ArrayLike]],
    law: type[AnyLaw] = MultiPowerLaw,  # ty: ignore[invalid-parameter-default]
    *,
    points: int = 200,
) -> AnyLaw:
    r"""Return the law that fits loss curves best.

    Minimises the Huber loss of $\log L$, quadratic up to 0.001, as the authors of the multi-power
    law do, from several starts, so that no first guess is asked for. Falls of the rate that are
    small and close together count as one meanwhile, at a cost of about 1e-4 in the loss.

    A constant rate alone cannot tell what a fall brings: give at least one curve with decay.

    Args:
        curves: for each run its learning rates (T,); the updates, from 0 to T - 1 and rising, after
            which the loss was taken; and these losses, > 0. Leave out the noisy beginning.
        law: `MultiPowerLaw` or `AnnealingLaw`.
        points: of each curve that are used, at most, evenly spread; >= 10.

    Raises:
        ValueError: if an argument is out of its range.
        ModuleNotFoundError: if scipy is not installed.
    """
    most = check("points", points, Steps)
    if law not in {MultiPowerLaw, AnnealingLaw}:
        raise refuse("law", law, "MultiPowerLaw or AnnealingLaw")
    runs = [_run(*curve) for curve in curves]
    if most < 10 or not runs:
        raise refuse(*(("points", points, ">= 10") if runs else ("curves", [], "one or more")))
    with needs("scipy", "fit", "fitting"):
        from ._laws_fit import search
    return search(runs, law, most)


def _run(lrs: ArrayLike, steps: ArrayLike, losses: ArrayLike) -> Observed:
    """Return one curve for `fit`, checked."""
    array, loss = rates("lrs", lrs), rates("losses", losses)
    if array.ndim > 1 or loss.ndim > 1:
        raise refuse("lrs and losses", (array.shape, loss.shape), "of shapes (T,) and (n,)")
    at = _points(steps, array.size)
    if at.size != loss.size or loss.min() <= 0:
        raise refuse("losses", losses, f"{at.size} numbers > 0, one for each of steps")
    if not array[: at[0] + 1].any():
        raise refuse("steps", int(at[0]), "from the first update with a rate above 0 on")
    return Observed(array, at, loss)


def _points(at: ArrayLike | None, total: int) -> NDArray[np.int64]:
    if at is None:
        return np.arange(total)
    points = np.asarray(at)
    whole = points.ndim == 1 and points.size and np.issubdtype(points.dtype, np.integer)
    if not whole or points[0] < 0 or points[-1] >= total or (np.diff(points) <= 0).any():
        raise refuse("at", at, f"rising whole numbers from 0 to {total - 1}")
    return points.astype(np.int64)
