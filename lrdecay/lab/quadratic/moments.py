"""The exact expected loss, by a recursion of second moments of many runs together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import Checked, Flag, Fraction, StepCount, check, checked, refuse
from ..inputs import BELOW_1, POSITIVE, Floats, numbers, rates
from .problem import Problem, flat

# Numbers per array of a chunk: its few arrays together stay in a second-level cache.
_CHUNK = 24_000


@dataclass(frozen=True, repr=False)
class Ema(Checked):
    r"""Exponential moving average of the weights.

    $$\bar\theta_{k+1} = b\, \bar\theta_k + (1 - b)\, \theta_{k+1}, \qquad \bar\theta_s = \theta_s$$

    Args:
        decay: $b$, from 0 to 1; 0 is no average.
        start: $s$, the step at which the average begins as a copy.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> Ema(0.9, start=1).weights(3).round(4).tolist()
        [1.0, 0.1, 0.1]
    """

    decay: Fraction
    start: StepCount = 0

    def weights(self, total_steps: int) -> Floats:
        """Return the weight of the new iterate in the average after each update."""
        k = np.arange(total_steps)
        return np.where(k < self.start, 1.0, 1.0 - self.decay)


@dataclass(frozen=True, repr=False)
class Tail(Checked):
    r"""Mean of the last iterates.

    $$\bar\theta_T = \frac{1}{T - s} \sum_{k=s+1}^{T} \theta_k$$

    Args:
        fraction: share of the run that is averaged, from 0 to 1: $T - s$ is
            `fraction` $\cdot\, T$ rounded up, and at least 1.
        start: $s$ itself, in place of `fraction`. The last iterate alone if $s \ge T - 1$.

    Raises:
        ValueError: if an argument is out of range, or both or neither are given.

    Examples:
        >>> Tail(0.5).weights(4).round(4).tolist(), Tail(start=1).weights(4).round(4).tolist()
        ([1.0, 1.0, 1.0, 0.5], [1.0, 1.0, 0.5, 0.3333])
    """

    fraction: Fraction | None = None
    start: StepCount | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.fraction is None) == (self.start is None):
            raise refuse("start", self.start, "given in place of fraction")

    def weights(self, total_steps: int) -> Floats:
        """Return the weight of the new iterate in the average after each update."""
        if self.start is not None:
            start = self.start
        else:
            assert self.fraction is not None
            # Rounded first: 0.07 of 100 steps is 7, not 8.
            start = total_steps - math.ceil(round(self.fraction * total_steps, 9))
        return 1.0 / np.maximum(np.arange(total_steps) - start + 1, 1)


Average = Ema | Tail


class Runs(NamedTuple):
    """What R runs of T updates do: all arrays (R, T), or with an axis of 1 where constant."""

    lrs: Floats
    inverse_batch: Floats
    momentum: Floats | None
    weights: Floats | None  # of the average, (T,)
    shape: tuple[int, ...]  # of the leading axes before they were made one


def runs(
    lrs: ArrayLike,
    batch_size: ArrayLike,
    momentum: ArrayLike,
    average: Average | float | None,
    *,
    name: str = "lrs",
) -> Runs:
    """Check what the caller said of the runs."""
    array = rates(name, lrs)
    *lead, total = array.shape
    batch = _sequence("batch_size", numbers("batch_size", batch_size, POSITIVE), array)
    mu = numbers("momentum", momentum, BELOW_1)
    if average is not None and not isinstance(average, Ema | Tail):
        average = Ema(check("average", average, Fraction))
    return Runs(
        array.reshape(-1, total),
        1.0 / batch,
        _sequence("momentum", mu, array) if mu.any() else None,
        None if average is None else average.weights(total),
        tuple(lead),
    )


def _sequence(name: str, value: Floats, lrs: Floats) -> Floats:
    """Return an array (R, T), (1, T) or (1, 1) from one that broadcasts to the learning rates."""
    try:
        full = np.broadcast_to(value, lrs.shape)
    except ValueError:
        raise refuse(
            name, value.shape, f"one number, or of a shape that fits {lrs.shape}"
        ) from None
    if value.ndim == 0 or value.size == 1:
        return value.reshape(1, 1)
    if value.size == value.shape[-1]:
        return value.reshape(1, -1)
    return np.ascontiguousarray(full).reshape(-1, lrs.shape[-1])


@checked()
def loss(
    problem: Problem,
    lrs: ArrayLike,
    *,
    batch_size: ArrayLike = 1.0,
    momentum: ArrayLike = 0.0,
    average: Average | float | None = None,
    curve: bool = False,
) -> Floats:
    r"""Return the exact expected loss after the last update, or before and after each.

    With momentum $\mu_k$ the update is PyTorch's: the velocity starts at 0 and

    $$v \leftarrow \mu_k v + g, \qquad \theta \leftarrow \theta - \eta_k v$$

    Args:
        problem: of any shape.
        lrs: learning rates (..., T), finite and >= 0.
        batch_size: $B_k$, > 0; one number, (T,), or what broadcasts to the shape of `lrs`.
        momentum: $\mu_k$, from 0 to below 1; likewise.
        average: None for the loss of the iterate, `Ema` or `Tail` for that of the average; a number
            is the decay of an `Ema`.
        curve: return the loss before each update and after the last.

    Returns:
        Losses (problem..., ...), with `curve` (problem..., ..., T + 1); inf where it overflowed.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> problem = Problem(h=[1.0], c=[1.0], m=[4.0])
        >>> loss(problem, [0.5, 0.5], curve=True).tolist()
        [2.0, 0.625, 0.28125]
    """
    todo = runs(lrs, batch_size, momentum, average)
    problems = flat(problem)
    whose, which = np.indices((len(problems.h), len(todo.lrs)), dtype=np.intp).reshape(2, -1)
    found = evaluate(problems, todo, whose, which, curve=check("curve", curve, Flag))
    return found.reshape((*problem.shape, *todo.shape, *found.shape[1:]))[()]


@checked()
def floor(
    problem: Problem, lr: ArrayLike, *, batch_size: ArrayLike = 1.0, momentum: ArrayLike = 0.0
) -> Floats:
    r"""Return the loss at which a constant learning rate stops falling.

    $$L_\infty = \sum_i w_i \frac{\eta\, c_i / B}{2 (1 - \mu)
      \left(2 - \frac{\eta h_i}{1 + \mu}\right)}$$

    without momentum $\eta c / (2 (2 - \eta h))$ in each direction, about in proportion to the rate.

    Args:
        problem: of any shape.
        lr: $\eta$, > 0; any shape, as are the next two.
        batch_size: $B$, > 0.
        momentum: $\mu$, from 0 to below 1.

    Returns:
        Losses (problem..., ...), where `...` is the shape of `lr`, `batch_size` and `momentum`
        broadcast together; inf from the limit of stability $\eta h_{\max} = 2 (1 + \mu)$ on.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> floor(Problem(h=1.0, c=1.0, m=1.0), [0.5, 1.0, 2.0]).round(4).tolist()
        [0.1667, 0.5, inf]
    """
    eta, batch, mu = np.broadcast_arrays(
        numbers("lr", lr, POSITIVE),
        numbers("batch_size", batch_size, POSITIVE),
        numbers("momentum", momentum, BELOW_1),
    )
    where = (..., *(None,) * eta.ndim, slice(None))
    h, c, weight = (a[where] for a in (problem.h, problem.c, problem.weight))
    eta, batch, mu = (a[..., None] for a in (eta, batch, mu))
    room = 2.0 - eta * h / (1.0 + mu)
    with np.errstate(divide="ignore"):
        each = np.where(room > 0.0, eta * c / batch / (2.0 * (1.0 - mu) * room), np.inf)
    return (weight * each).sum(axis=-1)


def evaluate(
    problem: Problem,
    runs: Runs,
    whose: NDArray[np.intp],
    which: NDArray[np.intp],
    scale: Floats | None = None,
    *,
    curve: bool = False,
) -> Floats:
    """Return the expected losses of columns, each a problem, a run and a factor on its rates.

    Every operation is elementwise along the columns, so that none depends on its company.

    Args:
        problem: flat, of shape (problems,).
        runs: the sequences.
        whose: problem of each column.
        which: run of each column.
        scale: factor on the learning rates of each column.
        curve: return (columns, T + 1) in place of (columns,).
    """
    columns, total = whose.size, runs.lrs.shape[-1]
    found = np.empty((columns, total + 1) if curve else columns)
    size = max(_CHUNK // problem.directions, 1)
    for at in range(0, columns, size):
        part = slice(at, at + size)
        p, r = whose[part], which[part]
        if p.size == 1:  # NumPy would add up a lone column in another order
            p, r = p.repeat(2), r.repeat(2)
        lrs = runs.lrs[r].T
        if scale is not None:
            lrs = lrs * scale[part]
        moments = Moments(
            *(np.ascontiguousarray(a[p].T) for a in (problem.h, problem.c, problem.m)),
            0.5 * (problem.weight * problem.h)[p].T,
        )
        sequences = Runs(
            np.ascontiguousarray(lrs),
            _columns(runs.inverse_batch, r, total),
            None if runs.momentum is None else _columns(runs.momentum, r, total),
            runs.weights,
            (),
        )
        losses = _recursion(moments, sequences, curve=curve)
        found[part] = losses[..., : found[part].shape[0]].T
    return found


def _columns(values: Floats, which: NDArray[np.intp], total: int) -> Floats:
    """Return the sequences of some runs as (T, columns) or (T, 1)."""
    chosen = values if len(values) == 1 else values[which]
    return np.ascontiguousarray(np.broadcast_to(chosen, (len(chosen), total)).T)


def _recursion(moments: Moments, runs: Runs, *, curve: bool) -> Floats:
    """Return losses (columns,) or (T + 1, columns); the sequences are (T, columns) or (T, 1)."""
    lrs, inverse_batch, momentum, weights, _ = runs
    total = len(lrs)
    out = np.empty((total + 1 if curve else 1, lrs.shape[1]))
    noises = lrs * lrs * inverse_batch
    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        for k in range(total):
            if curve:
                moments.loss(out[k], averaged=weights is not None)
            if momentum is not None:
                moments.heavy_ball(
                    lrs[k], inverse_batch[k], momentum[k], averaged=weights is not None
                )
            else:
                moments.descend(lrs[k], noises[k], averaged=weights is not None)
            if weights is not None:
                moments.average(weights[k], moving=momentum is not None)
        moments.loss(out[-1], averaged=weights is not None)
        # Where a second moment cancels to nothing, rounding may leave less.
        np.maximum(out, 0.0, out=out)
    out[~np.isfinite(out)] = np.inf
    return out if curve else out[0]


class Moments:
    r"""The second moments of the iterate, its velocity $v$ and its average, advanced in place.

    `a` $= E[\theta^2]$, `b` $= E[\theta v]$, `s` $= E[v^2]$, `x` $= E[\theta \bar\theta]$,
    `y` $= E[v \bar\theta]$, `z` $= E[\bar\theta^2]$; all of them (d, columns), as the problem is.
    """

    def __init__(self, h: Floats, c: Floats, m: Floats, slope: Floats) -> None:
        self.h, self.c, self.slope = h, c, slope
        self.a, self.x, self.z = m, m.copy(), m.copy()
        self.b, self.s, self.y = np.zeros_like(m), np.zeros_like(m), np.zeros_like(m)
        self.t, self.u = np.empty_like(m), np.empty_like(m)

    def loss(self, out: Floats, *, averaged: bool) -> None:
        """Add up the loss over directions."""
        np.multiply(self.slope, self.z if averaged else self.a, out=self.t)
        np.add.reduce(self.t, axis=0, out=out)

    def descend(self, lr: Floats, noise: Floats, *, averaged: bool) -> None:
        """Update by gradient descent; `noise` is the squared rate over the batch size."""
        t = self.t
        np.multiply(self.h, lr, out=t)
        np.subtract(1.0, t, out=t)
        if averaged:
            self.x *= t
        t *= t
        self.a *= t
        self.a += np.multiply(self.c, noise, out=t)

    def heavy_ball(self, lr: Floats, noise: Floats, mu: Floats, *, averaged: bool) -> None:
        """Update velocity and iterate; `noise` is one over the batch size."""
        h, a, b, s, t, u = self.h, self.a, self.b, self.s, self.t, self.u
        if averaged:
            self.y *= mu
            self.y += np.multiply(h, self.x, out=t)
            self.x -= np.multiply(self.y, lr, out=t)
        s *= mu
        s += np.multiply(h, b, out=t)
        s *= mu
        b *= mu
        b += np.multiply(h, a, out=t)
        s += np.multiply(h, b, out=t)
        s += np.multiply(self.c, noise, out=t)
        # a - 2 lr b + lr^2 s, with b as it is before and after the update of theta
        np.copyto(u, b)
        b -= np.multiply(s, lr, out=t)
        u += b
        u *= lr
        a -= u

    def average(self, w: float, *, moving: bool) -> None:
        """Move the average by the weight `w` of the new iterate."""
        t = self.t
        self.z *= (1.0 - w) ** 2
        self.z += np.multiply(self.x, 2.0 * w * (1.0 - w), out=t)
        self.z += np.multiply(self.a, w * w, out=t)
        self.x *= 1.0 - w
        self.x += np.multiply(self.a, w, out=t)
        if moving:
            self.y *= 1.0 - w
            self.y += np.multiply(self.b, w, out=t)
