"""Many copies of micrograd's 2-16-16-1 ReLU network, computed side by side.

The parameters of one network are a flat vector of 337 numbers in the order of micrograd's
`model.parameters()`: neuron by neuron, the weights and then the bias. A layer with `o` neurons and
`i` inputs is therefore a slice seen as an `(o, i + 1)` matrix, and a layer's input carries a row of
ones, so that one matrix product gives weights and biases, forwards and backwards.

Every product is a separate small matrix product per network, and every sum runs along the last,
contiguous axis. So no number depends on how many networks share the arrays.
"""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import refuse
from .points import Floats, check_seed

INPUTS = 2
HIDDEN = 16
PARAMETERS = 337
_SPLIT = (48, 320)  # 16 neurons of 2 + 1, then 16 of 16 + 1, then 1 of 16 + 1


def layers(parameters: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the three layers of (..., 337) parameters, views (..., neurons, inputs + 1)."""
    first, second, third = np.split(parameters, _SPLIT, axis=-1)
    lead = parameters.shape[:-1]
    return (
        first.reshape(*lead, HIDDEN, INPUTS + 1),
        second.reshape(*lead, HIDDEN, HIDDEN + 1),
        third.reshape(*lead, 1, HIDDEN + 1),
    )


def with_ones(points: Floats) -> Floats:
    """Return points (..., n, 2) as the first layer takes them: (..., 3, n), the last row ones."""
    rows = np.ones((*points.shape[:-2], INPUTS + 1, points.shape[-2]))
    rows[..., :INPUTS, :] = np.swapaxes(points, -1, -2)
    return rows


def initial(seed: int) -> Floats:
    """Return the parameters of micrograd's `MLP(2, [16, 16, 1])` made after `random.seed(seed)`.

    Weights are uniform on (-1, 1), drawn neuron by neuron; biases are 0.

    Args:
        seed: of Python's generator, from 0 to 2**32 - 1.

    Returns:
        Parameters (337,) in the order of `model.parameters()`.

    Raises:
        ValueError: if the seed is out of range.

    Examples:
        >>> initial(1337).shape, float(initial(1337)[2])
        ((337,), 0.0)
    """
    rng = random.Random(check_seed(seed))  # noqa: S311 - the demo's generator, not a secret
    parameters = np.zeros(PARAMETERS)
    for layer in layers(parameters):
        weights = layer[:, :-1]
        # The bits of `uniform(-1, 1)`, in less time.
        draws = np.array([rng.random() for _ in range(weights.size)])
        weights[:] = (2.0 * draws - 1.0).reshape(weights.shape)
    return parameters


def scores(parameters: ArrayLike, points: ArrayLike) -> Floats:
    """Return the output of the network at each point; its sign is the predicted moon.

    Args:
        parameters: (..., 337), such as `Run.parameters` or a snapshot.
        points: (..., m, 2); leading axes broadcast against those of `parameters`.

    Returns:
        Scores (..., m).

    Raises:
        ValueError: if a last axis does not fit.

    Examples:
        >>> scores(initial(1337), [[0.0, 0.0], [1.0, 0.5]]).shape
        (2,)
    """
    p, x = np.asarray(parameters, dtype=np.float64), np.asarray(points, dtype=np.float64)
    if p.ndim < 1 or p.shape[-1] != PARAMETERS:
        raise refuse("parameters", p.shape, f"of shape (..., {PARAMETERS})")
    if x.ndim < 2 or x.shape[-1] != INPUTS:
        raise refuse("points", x.shape, f"of shape (..., m, {INPUTS})")
    *hidden, last = layers(p)
    rows = np.swapaxes(x, -1, -2)
    with np.errstate(all="ignore"):  # a diverged network has scores that are not numbers
        for layer in hidden:
            rows = layer[..., :-1] @ rows
            rows += layer[..., -1:]
            np.maximum(rows, 0.0, out=rows)
        return (last[..., :-1] @ rows + last[..., -1:])[..., 0, :]


class Net:
    """Work space for `runs` networks on `points` points each; keeps nothing between steps."""

    def __init__(self, runs: int, points: int) -> None:
        hidden = (runs, HIDDEN, points)
        self.hidden1 = np.ones((runs, HIDDEN + 1, points))  # the last row stays ones
        self.hidden2 = np.ones((runs, HIDDEN + 1, points))
        self.zeros = np.zeros((HIDDEN + 1, points))
        self.active1 = np.empty(hidden, dtype=bool)
        self.active2 = np.empty(hidden, dtype=bool)
        self.back1 = np.empty(hidden)
        self.back2 = np.empty(hidden)
        self.scores = np.empty((runs, 1, points))
        self.margin = np.empty((runs, 1, points))
        self.violated = np.empty((runs, 1, points), dtype=bool)

    def forward(self, parameters: Floats, inputs: Floats, labels: Floats) -> None:
        """Compute scores and margins for inputs (runs, 3, points), labels (runs, 1, points)."""
        first, second, third = layers(parameters)
        np.matmul(first, inputs, out=self.hidden1[:, :HIDDEN])
        self._relu(self.hidden1, self.active1)
        np.matmul(second, self.hidden1, out=self.hidden2[:, :HIDDEN])
        self._relu(self.hidden2, self.active2)
        np.matmul(third, self.hidden2, out=self.scores)
        np.multiply(self.scores, labels, out=self.margin)
        np.subtract(1.0, self.margin, out=self.margin)  # > 0: the point costs something
        np.greater(self.margin, 0.0, out=self.violated)

    def _relu(self, hidden: Floats, active: NDArray[np.bool_]) -> None:
        """Clip in place and note where the slope is 1."""
        # On all rows, ones included, and against an array: both keep NumPy on its fastest loop.
        np.maximum(hidden, self.zeros, out=hidden)
        np.greater(hidden[:, :HIDDEN], 0.0, out=active)

    def hinge(self) -> Floats:
        """Return the mean of max(0, 1 - label * score) after `forward`, (runs,)."""
        return np.maximum(self.margin[:, 0], 0.0).sum(axis=-1) / self.margin.shape[-1]

    def accuracy(self, labels: Floats) -> Floats:
        """Return the fraction of points on the right side after `forward` (a score of 0 is -)."""
        right = (self.scores > 0.0) == (labels > 0.0)
        return np.count_nonzero(right[:, 0], axis=-1) / right.shape[-1]

    def backward(
        self, parameters: Floats, inputs: Floats, labels: Floats, gradient: Floats
    ) -> None:
        """Write the gradient of the mean hinge loss into `gradient`, after `forward`."""
        _, second, third = layers(parameters)
        gradient1, gradient2, gradient3 = layers(gradient)
        slope = self.margin  # its values are spent
        np.multiply(labels, self.violated, out=slope)
        slope /= -slope.shape[-1]
        np.matmul(slope, self.hidden2.swapaxes(1, 2), out=gradient3)
        np.multiply(slope, self.active2, out=self.back2)
        self.back2 *= third[:, 0, :HIDDEN, None]
        np.matmul(self.back2, self.hidden1.swapaxes(1, 2), out=gradient2)
        np.matmul(second[:, :, :HIDDEN].swapaxes(1, 2), self.back2, out=self.back1)
        np.multiply(self.back1, self.active1, out=self.back1)
        np.matmul(self.back1, inputs.swapaxes(1, 2), out=gradient1)
