"""Curves as text: each character holds two by four dots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column


def plot(rates: NDArray[np.float64], *, width: int = 60, height: int = 12) -> Sequence[str]:
    """Return the lines of a plot, the greatest rate on top and 0 at the bottom.

    Args:
        rates: one a step, finite and >= 0.
        width: in characters.
        height: in lines.

    Examples:
        >>> print("|".join(plot(np.linspace(1.0, 0.0, 9), width=4, height=1)))
        ⠉⠒⠤⣀
    """
    across, up = 2 * width, 4 * height
    at = np.linspace(0, len(rates) - 1, across)
    top = rates.max() or 1.0
    y = np.interp(at, np.arange(len(rates)), rates) / top
    row = np.rint((1.0 - y) * (up - 1)).astype(int)
    cells = np.full((height, width), 0x2800)
    for x in range(across):
        before = row[x - 1] if x else row[x]
        low, high = sorted((before, row[x]))
        inner = low + 1 if before < row[x] else low  # joins to the dot before without a corner
        for dot in range(min(inner, high), high + 1) if high - low > 1 else (row[x],):
            cells[dot // 4, x // 2] |= _DOTS[dot % 4][x % 2]
    return ["".join(map(chr, line)) for line in cells]
