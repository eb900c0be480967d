"""Where the names of lines can stand beside them, so that a figure needs no legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

_GAP = 4.0  # between a line and its name
_APART = 5.0  # how much farther than its own line the next one is
_FAR = 60.0  # from other lines: farther is no better


def place(
    lines: Sequence[np.ndarray],
    sizes: Sequence[tuple[float, float]],
    box: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]] = (),
) -> list[tuple[float, float]] | None:
    """Return the lower left corner of each name, or None if one of them finds no place.

    A name touches no line and no other name, and lies clearly closer to its line than to others.

    Args:
        lines: corners of each line, of shape (points, 2); what has no name comes last.
        sizes: width and height of each name.
        box: left, bottom, right and top of the room there is, in the units of the lines.
        taken: rooms that are not free.

    >>> flat, steep = np.array([(0.0, 90.0), (200.0, 90.0)]), np.array([(0.0, 0.0), (200.0, 60.0)])
    >>> place([flat, steep], [(40.0, 10.0)] * 2, (0.0, 0.0, 200.0, 100.0))[0]
    (1.0, 76.0)
    >>> place([flat, steep], [(300.0, 10.0)] * 2, (0.0, 0.0, 200.0, 100.0)) is None
    True
    """
    dense = [_dense(line, box) for line in lines]
    found = []
    for i, size in enumerate(sizes):
        corners = _around(dense[i], np.array(size), box)
        own = _distance(corners, size, dense[i])
        others = np.full(len(corners), _FAR)
        for j, line in enumerate(dense):
            if j != i and len(line):
                others = np.minimum(others, _distance(corners, size, line))
        clear = (own >= 0.6 * _GAP) & (others >= np.maximum(1.5 * own, own + _APART))
        order = np.argsort(-others[clear], kind="stable")
        found.append(corners[clear][order])
    placed: dict[int, tuple[float, float]] = {}
    rooms = list(taken)
    for i in sorted(range(len(sizes)), key=lambda i: len(found[i])):
        (width, height) = sizes[i]
        for x, y in found[i]:
            room = (x, y, x + width, y + height)
            if not any(_overlap(room, other) for other in rooms):
                rooms.append(room)
                placed[i] = (float(x), float(y))
                break
        else:
            return None
    return [placed[i] for i in range(len(sizes))]


def _dense(line: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Return points of a line inside the box, about three units apart."""
    line = line[np.isfinite(line).all(axis=1)]
    if len(line) > 1:
        along = np.append(0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
        at = np.linspace(0.0, along[-1], int(min(along[-1] / 3, 20_000)) + 2)
        line = np.column_stack([np.interp(at, along, side) for side in line.T])
    inside = (line >= box[:2]) & (line <= box[2:])
    return np.unique(np.round(line[inside.all(axis=1)] / 3), axis=0) * 3


def _around(
    line: np.ndarray, size: np.ndarray, box: tuple[float, float, float, float]
) -> np.ndarray:
    """Return corners of rooms around points of a line: above, below, at the sides."""
    steps = [(0.0, -1.0), (0.5, 0.0), (1.0, 1.0)]  # share of the size, and sign of the gap
    offsets = [
        np.array([gx, gy]) * -_GAP - np.array([x, y]) * size
        for (x, gx), (y, gy) in product(steps, steps)
        if (gx, gy) != (0.0, 0.0)
    ]
    points = line[:: max(1, len(line) // 64)]
    corners = (points[:, None, :] + np.array(offsets)).reshape(-1, 2)
    inside = (corners >= np.array(box[:2])) & (corners + size <= np.array(box[2:]))
    return corners[inside.all(axis=1)]


def _distance(corners: np.ndarray, size: tuple[float, float], line: np.ndarray) -> np.ndarray:
    """Return how far from a line each room is."""
    low, high = corners[:, None, :], corners[:, None, :] + np.array(size)
    gap = np.maximum(0.0, np.maximum(low - line, line - high))
    return np.hypot(gap[..., 0], gap[..., 1]).min(axis=1, initial=np.inf)


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
