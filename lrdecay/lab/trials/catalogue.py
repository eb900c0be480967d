"""Every piece of the trials, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ...checks import refuse
from ...messages import quoted
from . import grids, questions
from .design import Piece

PIECES: Mapping[str, Piece] = MappingProxyType(
    {piece.name: piece for piece in (*grids.PIECES, *questions.PIECES)}
)
TRIALS: tuple[str, ...] = tuple(dict.fromkeys(piece.trial for piece in PIECES.values()))


def piece(name: str) -> Piece:
    """Return a piece by its name.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in PIECES:
        raise refuse("piece", name, f"one of {quoted(tuple(PIECES))}")
    return PIECES[name]
