r"""A river valley: slow progress along a flat river, noise that knocks up its sharp hillsides.

$$L(x, y) = d\, e^{-x} + \tfrac12 k(x)\, y^2, \qquad k(x) = k_0\, e^{n x}$$

The river runs along $x$ and falls ever more gently; $y$ is the place across the valley, where the
gradient is noisy. With the summed learning rate $\tau$ that halves the height of the river, which
sets the length of a unit of $x$, the updates are

$$x \leftarrow x + \frac{\eta}{\tau} \left(e^{-x} - \frac{n}{2 d}\, k(x)\, y^2\right), \qquad
y \leftarrow y - \eta \left(k(x)\, y + \text{noise of variance } c / B\right)$$

In a straight valley, $n = 0$, the two do not meet. Then $x$ depends on the summed learning rate and
hardly on anything else, with a height near $d / (1 + S / \tau)$ after the sum $S$, and the height
above the river follows

$$E[y^2] \leftarrow (1 - \eta k_0)^2 E[y^2] + \eta^2 c / B$$

which forgets all but the latest learning rates. Where the valley narrows downstream, $n > 0$, the
steep walls push a run that swings across back up the river.

Source:
    The picture is that of K. Wen, Z. Li, J. Wang, D. Hall, P. Liang, T. Ma, "Understanding
    Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape Perspective", 2024,
    arXiv:2410.05192 (its abstract was read). The formulas are this module's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks import Flag, Rate, StepCount, check, checked, refuse
from .inputs import NOT_NEGATIVE, POSITIVE, Floats, numbers, rates
from .streams import stream

__all__ = ["Path", "Valley", "draw", "follow", "simulate"]


@dataclass(frozen=True, eq=False)
class Valley:
    r"""River valleys; any shape holds many of them.

    Args:
        drop: $d$, the height of the river at the start, > 0.
        timescale: $\tau$, the summed learning rate after which half of it is left, > 0.
        sharpness: $k_0$, the curvature across at the start, > 0.
        noise: $c$, the variance of one example's gradient across, >= 0.
        offset: $E[y^2]$ at the start, >= 0.
        narrowing: $n$: the curvature grows as the $n$-th power of the river's fall, >= 0.

    All are broadcast to one shape and may not be written to. `valley[i]` takes an index.

    Raises:
        ValueError: if an array is out of its range or the shapes do not agree.

    Examples:
        >>> Valley(noise=[0.1, 1.0]).shape, Valley().start_loss.item()
        ((2,), 1.5)
    """

    drop: Floats
    timescale: Floats
    sharpness: Floats
    noise: Floats
    offset: Floats
    narrowing: Floats

    def __init__(
        self,
        *,
        drop: ArrayLike = 1.0,
        timescale: ArrayLike = 10.0,
        sharpness: ArrayLike = 1.0,
        noise: ArrayLike = 1.0,
        offset: ArrayLike = 1.0,
        narrowing: ArrayLike = 0.0,
    ) -> None:
        arrays = {
            "drop": numbers("drop", drop, POSITIVE),
            "timescale": numbers("timescale", timescale, POSITIVE),
            "sharpness": numbers("sharpness", sharpness, POSITIVE),
            "noise": numbers("noise", noise, NOT_NEGATIVE),
            "offset": numbers("offset", offset, NOT_NEGATIVE),
            "narrowing": numbers("narrowing", narrowing, NOT_NEGATIVE),
        }
        shape: tuple[int, ...] = ()
        for name, array in arrays.items():
            try:
                shape = np.broadcast_shapes(shape, array.shape)
            except ValueError:
                raise refuse(name, array.shape, f"of a shape that fits {shape}") from None
        for name, array in arrays.items():
            value = np.array(np.broadcast_to(array, shape))
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of every field; () for a single valley."""
        return self.drop.shape

    @property
    def start_loss(self) -> Floats:
        """The expected loss before the first update."""
        return self.drop + 0.5 * self.sharpness * self.offset

    def __getitem__(self, index: Any) -> Valley:
        """Return the valleys at an index."""
        if not self.shape:
            raise refuse("index", index, "left out: this is a single valley")
        return Valley(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


class Path(NamedTuple):
    r"""Where runs are before each update and after the last, or after the last only.

    Attributes:
        x: the place along the river, 0 at the start.
        y: the place across; of `follow`, which averages over runs, $\sqrt{E[y^2]}$.
        river: the height of the river there, $d\, e^{-x}$.
        hill: the height above the river, $k y^2 / 2$, or what it is on average.
    """

    x: Floats
    y: Floats
    river: Floats
    hill: Floats

    @property
    def loss(self) -> Floats:
        """The sum of both heights."""
        return self.river + self.hill


@checked()
def follow(
    valley: Valley, lrs: ArrayLike, *, batch_size: ArrayLike = 1.0, curve: bool = False
) -> Path:
    """Return the exact path in straight valleys, on average over runs, without sampling.

    Args:
        valley: of any shape, `narrowing` 0.
        lrs: learning rates (..., T), finite and >= 0.
        batch_size: > 0; one number, (T,), or what broadcasts to the shape of `lrs`.
        curve: also return where the runs are before each update.

    Returns:
        Arrays (valley..., ...), with `curve` (valley..., ..., T + 1); inf where it overflowed.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> path = follow(Valley(), [[0.5] * 400, [0.5] * 300 + [0.01] * 100])
        >>> path.river.round(3).tolist(), path.hill.round(3).tolist()
        ([0.047, 0.062], [0.167, 0.025])
    """
    if valley.narrowing.any():
        raise refuse("valley", valley.narrowing.max().item(), "straight, of narrowing 0")
    todo, batches = _runs(lrs, batch_size)
    aligned = _aligned(valley, todo.ndim - 1)
    shape = (*valley.shape, *todo.shape[:-1])
    square = np.broadcast_to(aligned.offset, shape)
    return _walk(
        aligned, todo, batches, (np.zeros(shape), square), None, curve=check("curve", curve, Flag)
    )


@checked()
def simulate(
    valley: Valley,
    lrs: ArrayLike,
    seeds: Sequence[StepCount],
    *,
    batch_size: ArrayLike = 1.0,
    curve: bool = False,
) -> Path:
    """Return the path of sampled runs for every valley, learning-rate sequence and seed.

    A seed fixes the start across and the noise, both normal, whatever the valley and the learning
    rates, so that they can be compared in pairs.

    Args:
        valley: of any shape.
        lrs: learning rates (..., T), finite and >= 0.
        seeds: whole numbers >= 0, at least one.
        batch_size: as in `follow`.
        curve: as in `follow`.

    Returns:
        Arrays (valley..., ..., seeds), with `curve` (valley..., ..., seeds, T + 1), the same
        bits alone or in company; inf where a run overflowed.

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> straight, narrow = Valley(), Valley(narrowing=0.5)
        >>> lrs = [0.5] * 300
        >>> sampled = simulate(straight, lrs, range(2000)).loss.mean()
        >>> abs(sampled / follow(straight, lrs).loss - 1) < 0.1
        np.True_
        >>> bool(simulate(narrow, lrs, range(9)).x.max() < follow(straight, lrs).x)
        True
    """
    if not seeds:
        raise refuse("seeds", [], "at least one seed")
    todo, batches = (values[..., None, :] for values in _runs(lrs, batch_size))
    aligned = _aligned(valley, todo.ndim - 1)
    streams = (stream("river.noise", seed) for seed in seeds)
    normal = np.stack([stream.standard_normal(1 + todo.shape[-1]) for stream in streams], axis=-1)
    x = np.zeros((*valley.shape, *todo.shape[:-2], len(seeds)))
    y = np.sqrt(aligned.offset) * normal[0] + x
    return _walk(aligned, todo, batches, (x, y), normal[1:], curve=check("curve", curve, Flag))


@checked()
def draw(seeds: Sequence[StepCount], *, narrowing: Rate = 0.0) -> Valley:
    r"""Return random valleys, one a seed: a rule should hold over all of them.

    The timescale is log-uniform from 3 to 30, the noise from 0.3 to 3; drop, sharpness and offset
    are 1. The limit of stability is then a learning rate of 2.

    Args:
        seeds: whole numbers >= 0; the same seed gives the same valley in any company.
        narrowing: of all of them, >= 0.

    Returns:
        A `Valley` of shape (seeds,).

    Raises:
        ValueError: if an argument is out of its range.

    Examples:
        >>> draw(range(3)).shape, draw([2]).noise[0] == draw(range(3)).noise[2]
        ((3,), np.True_)
    """
    if not seeds:
        raise refuse("seeds", [], "at least one seed")
    u = np.stack([stream("river.valley", seed).random(2) for seed in seeds], axis=-1)
    return Valley(timescale=3.0 * 10.0 ** u[0], noise=0.3 * 10.0 ** u[1], narrowing=narrowing)


def _runs(lrs: ArrayLike, batch_size: ArrayLike) -> tuple[Floats, Floats]:
    """Return learning rates and batch sizes of the same shape (..., T)."""
    todo = rates("lrs", lrs)
    batches = numbers("batch_size", batch_size, POSITIVE)
    try:
        return todo, np.broadcast_to(batches, todo.shape)
    except ValueError:
        raise refuse("batch_size", batches.shape, f"of a shape that fits {todo.shape}") from None


def _aligned(valley: Valley, axes: int) -> Valley:
    """Return the valleys with more axes behind theirs."""
    where = (..., *(None,) * axes)
    return Valley(**{field.name: getattr(valley, field.name)[where] for field in fields(valley)})


def _walk(
    valley: Valley,
    lrs: Floats,
    batches: Floats,
    start: tuple[Floats, Floats],
    normal: Floats | None,
    *,
    curve: bool,
) -> Path:
    """Go through the updates; without normal numbers `y` is the mean of its square."""
    x, y = start
    deviation, bent = np.sqrt(valley.noise), bool(valley.narrowing.any())
    k = valley.sharpness
    found: list[tuple[Floats, Floats]] = []
    with np.errstate(all="ignore"):  # divergence is a result, not a warning
        for i in range(lrs.shape[-1]):
            if curve:
                found.append((x, y))
            lr, along = lrs[..., i], np.exp(-x)
            if bent:
                k = valley.sharpness * np.exp(valley.narrowing * x)
                along = along - valley.narrowing / (2.0 * valley.drop) * k * y * y
            x = x + lr / valley.timescale * along
            if normal is None:
                y = (1.0 - lr * k) ** 2 * y + lr * lr * valley.noise / batches[..., i]
            else:
                noise = normal[i] * deviation / np.sqrt(batches[..., i])
                y = y - lr * (k * y + noise)
        xs, ys = (np.stack(values, axis=-1) for values in zip(*found, (x, y), strict=True))
        whole = _aligned(valley, 1)
        squares = ys if normal is None else ys * ys
        hill = 0.5 * whole.sharpness * np.exp(whole.narrowing * xs) * squares
        river = whole.drop * np.exp(-xs)
        across = np.sqrt(ys) if normal is None else ys
    lost = ~np.isfinite(river + hill)
    parts = (xs, across, np.where(lost, np.inf, river), np.where(lost, np.inf, hill))
    return Path(*(part if curve else part[..., -1] for part in parts))
