"""What of a stack of networks is trained: all weights, or products of low rank beside them.

Both hold a view of the flat weights that networks compute with, `write` into it after an update,
and turn a gradient of it into one of what is trained.
"""

from __future__ import annotations

import numpy as np

from ..streams import stream
from .mlp import Array, layers

SCALE = 2.0
"""What a product is multiplied by, whatever its rank."""


class Whole:
    """All weights, as they are."""

    def __init__(self, flat: Array) -> None:
        self.trained = flat

    def slope(self, gradient: Array) -> Array:
        """Return the gradient of what is trained."""
        return gradient

    def write(self) -> None:
        """Do nothing: the weights are what is trained."""


class Adapters:
    r"""Products of low rank: $W = W_0 + 2\, B A$ for hidden layers, the last layer as it is.

    $A$ (rank, inputs) begins normal with variance 1 / inputs, $B$ (outputs, rank) at 0. Biases of
    the hidden layers stay.

    Args:
        flat: the weights of S times P runs, written into.
        widths: of the layers.
        rank: of the products.
        seeds: S, of the first A.
        each: P.

    Source:
        E. Hu et al., arXiv:2106.09685.
    """

    def __init__(
        self, flat: Array, widths: tuple[int, ...], rank: int, seeds: tuple[int, ...], each: int
    ) -> None:
        *hidden, last = layers(flat, widths)
        self.hidden, self.last = [layer[:, :, :-1] for layer in hidden], last
        self.base = [layer.copy() for layer in self.hidden]
        shapes = [(layer.shape[1], layer.shape[2]) for layer in self.hidden]
        sizes = [size for o, i in shapes for size in (rank * i, o * rank)]
        self.ends = np.cumsum([0, *sizes, last[0].size])
        self.rank, self.widths = rank, widths
        self.trained = np.zeros((len(flat), int(self.ends[-1])), flat.dtype)
        for number, seed in enumerate(seeds):
            rng = stream("trials.adapters", seed)
            for a, _ in self._pairs(self.trained[number * each : (number + 1) * each]):
                a[...] = rng.normal(0.0, a.shape[2] ** -0.5, a.shape[1:])
        self._last(self.trained)[...] = last

    def _pairs(self, trained: Array) -> list[tuple[Array, Array]]:
        """Return views of A and B of each hidden layer."""
        found = []
        for depth, layer in enumerate(self.base):
            _, outputs, inputs = layer.shape
            a, b = (
                trained[:, slice(*self.ends[2 * depth + n : 2 * depth + n + 2])] for n in (0, 1)
            )
            shapes = (len(a), self.rank, inputs), (len(a), outputs, self.rank)
            found.append((a.reshape(shapes[0]), b.reshape(shapes[1])))
        return found

    def _last(self, trained: Array) -> Array:
        return trained[:, self.ends[-2] :].reshape(len(trained), *self.last.shape[1:])

    def slope(self, gradient: Array) -> Array:
        """Return the gradient of what is trained."""
        found = np.empty_like(self.trained)
        *hidden, last = layers(gradient, self.widths)
        pairs = zip(hidden, self._pairs(self.trained), self._pairs(found), strict=True)
        for layer, (a, b), (to_a, to_b) in pairs:
            slope = layer[:, :, :-1]
            np.matmul(b.swapaxes(1, 2), slope, out=to_a)
            np.matmul(slope, a.swapaxes(1, 2), out=to_b)
        found *= found.dtype.type(SCALE)
        self._last(found)[...] = last
        return found

    def write(self) -> None:
        """Write the weights that networks compute with."""
        pairs = self._pairs(self.trained)
        for layer, base, (a, b) in zip(self.hidden, self.base, pairs, strict=True):
            layer[...] = base + self.base[0].dtype.type(SCALE) * (b @ a)
        self.last[...] = self._last(self.trained)
