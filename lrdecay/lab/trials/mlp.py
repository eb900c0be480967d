"""Many fully connected ReLU networks side by side: losses and gradients of a stack of runs.

A stack has S seeds and P ways to train each; run s P + p belongs to seed s, and all P share the
seed's batch. The parameters of a run are a flat vector: layer by layer a matrix (outputs,
inputs + 1), whose last column is the bias. Inputs carry a column of ones.

Every product is one matrix product a run, and every other operation is elementwise over runs. So a
run has the same bits alone and in company.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..streams import stream

Array = NDArray[np.floating]
Labels = NDArray[np.int64]


class Losses(NamedTuple):
    """Cross-entropy and the share of right answers, one a run."""

    loss: Array
    accuracy: Array


def parameters(widths: tuple[int, ...]) -> int:
    """Return how many parameters a network has, its widths from input to output.

    >>> parameters((196, 48, 48, 10))
    12298
    """
    return sum((i + 1) * o for i, o in pairwise(widths))


def layers(flat: Array, widths: tuple[int, ...]) -> list[Array]:
    """Return the layers of (runs, parameters), views (runs, outputs, inputs + 1)."""
    found, start = [], 0
    for i, o in pairwise(widths):
        size = (i + 1) * o
        found.append(flat[:, start : start + size].reshape(len(flat), o, i + 1))
        start += size
    return found


def initial(seed: int, widths: tuple[int, ...]) -> NDArray[np.float32]:
    r"""Return the parameters before training: weights normal, of variance 2 / inputs, biases 0."""
    flat = np.zeros((1, parameters(widths)), np.float32)
    rng = stream("trials.initial", seed)
    for layer in layers(flat, widths):
        _, outputs, inputs = layer.shape
        deviation = (2.0 / (inputs - 1)) ** 0.5
        layer[0, :, :-1] = rng.normal(0.0, deviation, (outputs, inputs - 1))
    return flat[0]


def with_ones(inputs: Array) -> Array:
    """Return inputs (..., features) with a last column of ones, as the first layer takes them."""
    return np.concatenate([inputs, np.ones_like(inputs[..., :1])], axis=-1)


class Stack:
    """Work space for S seeds times P runs on batches of B examples; keeps nothing between steps.

    Args:
        widths: of the layers, from input to output.
        seeds: S.
        each: P.
        batch: B.
        dtype: of all numbers.
    """

    def __init__(
        self,
        widths: tuple[int, ...],
        seeds: int,
        each: int,
        batch: int,
        dtype: type[np.floating] = np.float32,
    ) -> None:
        self.widths, self.seeds, self.each, self.batch = widths, seeds, each, batch
        runs = seeds * each
        # The last row of each stays ones: it meets the biases.
        self.hidden = [np.ones((runs, width + 1, batch), dtype) for width in widths[1:-1]]
        self.back = [np.empty((runs, width, batch), dtype) for width in widths[1:-1]]
        self.scores = np.empty((runs, widths[-1], batch), dtype)

    def _grouped(self, array: Array) -> Array:
        return array.reshape(self.seeds, self.each, *array.shape[1:])

    def forward(self, flat: Array, inputs: Array) -> None:
        """Compute `scores` (runs, classes, B) of inputs (S, B, features + 1)."""
        first, *rest = layers(flat, self.widths)
        outputs = [*(hidden[:, :-1] for hidden in self.hidden), self.scores]
        rows = inputs.swapaxes(1, 2)[:, None]
        np.matmul(self._grouped(first), rows, out=self._grouped(outputs[0]))
        for hidden, layer, output in zip(self.hidden, rest, outputs[1:], strict=True):
            np.maximum(hidden, 0.0, out=hidden)
            np.matmul(layer, hidden, out=output)

    def losses(self, labels: Labels) -> Losses:
        """Return the mean losses after `forward`, and leave probabilities in `scores`."""
        right = np.repeat(labels, self.each, axis=0)[:, None]
        answers = self.scores.argmax(axis=1)
        self.scores -= self.scores.max(axis=1, keepdims=True)
        of_right = np.take_along_axis(self.scores, right, axis=1)[:, 0]
        np.exp(self.scores, out=self.scores)
        total = self.scores.sum(axis=1, keepdims=True)
        self.scores /= total
        loss = (np.log(total[:, 0]) - of_right).mean(axis=-1)
        return Losses(loss, (answers == right[:, 0]).mean(axis=-1))

    def backward(self, flat: Array, inputs: Array, labels: Labels, gradient: Array) -> None:
        """Write the gradient of the mean loss into `gradient`, after `losses`."""
        weights, slopes = layers(flat, self.widths), layers(gradient, self.widths)
        right = np.repeat(labels, self.each, axis=0)[:, None]
        error = self.scores
        at_right = np.take_along_axis(error, right, axis=1)
        np.put_along_axis(error, right, at_right - error.dtype.type(1.0), axis=1)
        error /= error.dtype.type(self.batch)
        for depth in range(len(self.hidden) - 1, -1, -1):
            hidden, back = self.hidden[depth], self.back[depth]
            np.matmul(error, hidden.swapaxes(1, 2), out=slopes[depth + 1])
            np.matmul(weights[depth + 1][:, :, :-1].swapaxes(1, 2), error, out=back)
            back *= hidden[:, :-1] > 0.0
            error = back
        np.matmul(self._grouped(error), inputs[:, None], out=self._grouped(slopes[0]))


def evaluate(flat: Array, widths: tuple[int, ...], inputs: Array, labels: Labels) -> Losses:
    """Return the losses of runs (runs, parameters) on the same examples (n, features + 1)."""
    found = []
    work = Stack(widths, 1, 1, len(labels), flat.dtype.type)
    for run in flat:  # one at a time: thousands of examples of each would leave the cache
        work.forward(run[None], inputs[None])
        found.append(work.losses(labels[None]))
    return Losses(*(np.concatenate(each) for each in zip(*found, strict=True)))
