"""The trials of what people ask beside the schedule: training on, and how the optimizer goes.

This file was committed before its trials ran at size. Known then were the trials of `grids`: from
their best peaks the first grids of peaks here, and the peaks of what is trained on, were taken.
Programs were tried on runs of a few updates.
"""

from __future__ import annotations

from dataclasses import replace

from .design import Arm, Method, Model, Piece, Start
from .grids import (
    FASHION_ADAMW,
    FASHION_SGD,
    IMAGES,
    IMAGES_TUNING,
    TEXT,
    TEXT_64K,
    TEXT_TUNING,
    around,
)

PIECES: tuple[Piece, ...] = ()
