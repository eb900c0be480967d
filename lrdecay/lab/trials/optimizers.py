"""SGD with momentum, AdamW and Muon for many runs at once, as PyTorch defines the first two.

Parameters and gradients are (runs, parameters), rates (runs,). All but the products of Muon is
elementwise, and those are one a run, so that a run has the same bits alone and in company.

What may move in a run, momentum and its like, is an attribute: a number, or an array (runs, 1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Moving = Any  # a number, or an array (runs, 1)
Matrices = Callable[[Array], list[Array]]

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
ROUNDS = 5
RMS = 0.2  # about that of AdamW's step at rate 1


class SGD:
    r"""Gradient descent with momentum: $v \leftarrow \mu v + g$, $w \leftarrow w - \eta v$.

    Args:
        parameters: what will be updated.
        momentum: $\mu$, from 0 to below 1.
    """

    def __init__(self, parameters: Array, momentum: float) -> None:
        self.momentum: Moving = momentum
        self.velocity = np.zeros_like(parameters)
        self.step = np.empty_like(parameters)

    def update(self, parameters: Array, gradient: Array, lrs: Array) -> None:
        """Update the parameters in place, at rates (runs,) or (runs, parameters)."""
        kind = parameters.dtype.type
        self.velocity *= np.asarray(self.momentum, dtype=kind)
        self.velocity += gradient
        np.multiply(self.velocity, _columns(lrs).astype(kind), out=self.step)
        parameters -= self.step


class AdamW:
    r"""Adam with decoupled weight decay: $w \leftarrow (1 - \eta \lambda) w$, then Adam's step.

    $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2,
    \quad w \leftarrow w - \eta\, \frac{m / (1 - \beta_1^k)}{\sqrt{v / (1 - \beta_2^k)} +
    \varepsilon}$$

    Args:
        parameters: what will be updated.
        weight_decay: $\lambda$, >= 0.
        beta2: from 0 to below 1. Where it or `beta1` moves, its power is the product so far.
        beta1: likewise.
        epsilon: $\varepsilon$.
    """

    def __init__(
        self,
        parameters: Array,
        weight_decay: float,
        beta2: float,
        beta1: float = 0.9,
        epsilon: float = 1e-8,
    ) -> None:
        self.weight_decay: Moving = weight_decay
        self.beta1: Moving = beta1
        self.beta2: Moving = beta2
        self.epsilon = parameters.dtype.type(epsilon)
        self.mean, self.square = np.zeros_like(parameters), np.zeros_like(parameters)
        self.step, self.root = np.empty_like(parameters), np.empty_like(parameters)
        self.pull: Array | None = None  # the rate of weight decay, if not that of the step
        self.count = 0
        self.first = (beta1, beta2)
        self.lefts: list[Moving] = [None, None]

    def update(self, parameters: Array, gradient: Array, lrs: Array) -> None:
        """Update the parameters in place, at rates (runs,) or (runs, parameters)."""
        self.count += 1
        kind, step, root, lrs = parameters.dtype.type, self.step, self.root, _columns(lrs)
        parameters *= self._kept(lrs).astype(kind)
        left1, left2 = (self._left(i, beta) for i, beta in enumerate((self.beta1, self.beta2)))
        self.mean *= np.asarray(self.beta1, dtype=kind)
        np.multiply(gradient, np.asarray(1.0 - self.beta1, dtype=kind), out=step)
        self.mean += step
        self.square *= np.asarray(self.beta2, dtype=kind)
        np.multiply(gradient, gradient, out=step)
        step *= np.asarray(1.0 - self.beta2, dtype=kind)
        self.square += step
        np.sqrt(self.square, out=root)
        root /= np.asarray((1.0 - left2) ** 0.5, dtype=kind)
        root += self.epsilon
        np.divide(self.mean, root, out=step)
        step *= (lrs / (1.0 - left1)).astype(kind)
        parameters -= step

    def _kept(self, lrs: Array) -> Array:
        """Return the share of the weights that weight decay leaves."""
        return 1.0 - self.weight_decay * (lrs if self.pull is None else _columns(self.pull))

    def _left(self, which: int, beta: Moving) -> Moving:
        """Return how much of the first zeros is left in a running mean."""
        if np.ndim(beta) == 0:
            return beta**self.count
        left = self.lefts[which]
        if left is None:
            left = self.first[which] ** (self.count - 1)
        self.lefts[which] = left * beta
        return self.lefts[which]


class Muon(AdamW):
    r"""Muon for matrices, AdamW for all else.

    A matrix moves by $\eta$ times $0.2 \sqrt{\max(n, m)}$ times the orthogonal factor of
    $\mu V + G$, its momentum in Nesterov's form with $\mu = 0.95$, which five rounds of a
    Newton-Schulz iteration come near to: about as far as AdamW would move it.

    Args:
        parameters: what will be updated.
        weight_decay: of all, as in AdamW.
        beta2: of AdamW.
        matrices: returns views of the matrices (runs, n, m) in an array like the parameters.

    Source:
        K. Jordan et al., kellerjordan.github.io/posts/muon; the scale: J. Liu et al.,
        arXiv:2502.16982.
    """

    def __init__(
        self, parameters: Array, weight_decay: float, beta2: float, matrices: Matrices
    ) -> None:
        super().__init__(parameters, weight_decay, beta2)
        self.matrices, self.momentum = matrices, 0.95
        self.velocity = np.zeros_like(parameters)
        self.before = np.empty_like(parameters)

    def update(self, parameters: Array, gradient: Array, lrs: Array, others: Any = None) -> None:
        """Update the parameters in place: matrices at `lrs`, all else at `others` or the same."""
        self.velocity *= parameters.dtype.type(self.momentum)
        self.velocity += gradient
        self.before[...] = parameters
        super().update(parameters, gradient, lrs if others is None else others)
        moved = zip(
            *map(self.matrices, (parameters, self.before, self.velocity, gradient)), strict=True
        )
        kind = parameters.dtype.type
        for matrix, before, velocity, slope in moved:
            step = orthogonal(kind(self.momentum) * velocity + slope)
            step *= (RMS * max(matrix.shape[1:]) ** 0.5 * lrs).astype(kind)[:, None, None]
            matrix[...] = self._kept(_columns(lrs)).astype(kind)[:, :, None] * before - step


def orthogonal(matrices: Array) -> Array:
    r"""Return nearly the orthogonal factors of matrices (runs, n, m): singular values near 1.

    Five rounds of $X \leftarrow aX + (bA + cA^2) X$, $A = X X^T$, from $X = G / \|G\|$.
    """
    a, b, c = (matrices.dtype.type(each) for each in NEWTON_SCHULZ)
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.swapaxes(1, 2) if tall else matrices
    norm = np.sqrt(np.square(x).sum(axis=(1, 2), keepdims=True))
    x = x / (norm + matrices.dtype.type(1e-7))
    for _ in range(ROUNDS):
        square = x @ x.swapaxes(1, 2)
        x = a * x + (b * square + c * (square @ square)) @ x
    return x.swapaxes(1, 2) if tall else x


def _columns(lrs: Array) -> Array:
    return lrs[:, None] if lrs.ndim == 1 else lrs
