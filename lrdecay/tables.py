"""Looking things up in constant tables: for a symbol, and for arrays of every library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from array_api_compat import device

from .trace import Symbol


def bisect(table: Sequence[float], k: Any, xp: Any) -> Any:
    """Return how many entries of a rising table are at most `k`, as whole numbers."""
    if isinstance(k, Symbol):
        return xp.bisect(tuple(table), k)
    index = xp.searchsorted(_column(table, k, xp), xp.reshape(k, (-1,)), side="right")
    return xp.reshape(index, k.shape)


def item(table: Any, index: Any, k: Any, xp: Any) -> Any:
    """Return the entries of a table at whole numbers, in the floating dtype of `k`."""
    if isinstance(k, Symbol):
        return xp.item(tuple(np.asarray(table, np.float64).tolist()), index)
    return xp.reshape(xp.take(_column(table, k, xp), xp.reshape(index, (-1,))), k.shape)


def _column(table: Any, k: Any, xp: Any) -> Any:
    most = float(xp.finfo(k.dtype).max)
    values = np.asarray(table, np.float64)
    if most < 2.0**53:  # float16 ends at 65504
        values = np.minimum(values, most)
    return xp.asarray(values, dtype=k.dtype, device=device(k))
