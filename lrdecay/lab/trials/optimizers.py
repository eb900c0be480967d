"""SGD with momentum and AdamW for many runs at once, as PyTorch defines them.

Parameters and gradients are (runs, parameters), rates (runs,). Everything is elementwise, so that a
run has the same bits alone and in company.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class SGD:
    r"""Gradient descent with momentum: $v \leftarrow \mu v + g$, $w \leftarrow w - \eta v$.

    Args:
        parameters: what will be updated.
        momentum: $\mu$, from 0 to below 1.
    """

    def __init__(self, parameters: Array, momentum: float) -> None:
        self.momentum = parameters.dtype.type(momentum)
        self.velocity = np.zeros_like(parameters)
        self.step = np.empty_like(parameters)

    def update(self, parameters: Array, gradient: Array, lrs: Array) -> None:
        """Update the parameters in place."""
        self.velocity *= self.momentum
        self.velocity += gradient
        np.multiply(self.velocity, lrs[:, None].astype(parameters.dtype), out=self.step)
        parameters -= self.step


class AdamW:
    r"""Adam with decoupled weight decay: $w \leftarrow (1 - \eta \lambda) w$, then Adam's step.

    $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2,
    \quad w \leftarrow w - \eta\, \frac{m / (1 - \beta_1^k)}{\sqrt{v / (1 - \beta_2^k)} +
    \varepsilon}$$

    Args:
        parameters: what will be updated.
        weight_decay: $\lambda$, >= 0.
        beta2: from 0 to below 1.
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
        self.weight_decay, self.beta1, self.beta2 = weight_decay, beta1, beta2
        self.epsilon = parameters.dtype.type(epsilon)
        self.mean, self.square = np.zeros_like(parameters), np.zeros_like(parameters)
        self.step, self.root = np.empty_like(parameters), np.empty_like(parameters)
        self.count = 0

    def update(self, parameters: Array, gradient: Array, lrs: Array) -> None:
        """Update the parameters in place."""
        self.count += 1
        kind, step, root = parameters.dtype.type, self.step, self.root
        parameters *= (1.0 - self.weight_decay * lrs[:, None]).astype(kind)
        self.mean *= kind(self.beta1)
        np.multiply(gradient, kind(1.0 - self.beta1), out=step)
        self.mean += step
        self.square *= kind(self.beta2)
        np.multiply(gradient, gradient, out=step)
        step *= kind(1.0 - self.beta2)
        self.square += step
        np.sqrt(self.square, out=root)
        root /= kind((1.0 - self.beta2**self.count) ** 0.5)
        root += self.epsilon
        np.divide(self.mean, root, out=step)
        step *= (lrs[:, None] / (1.0 - self.beta1**self.count)).astype(kind)
        parameters -= step
