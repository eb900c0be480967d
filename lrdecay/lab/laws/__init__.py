"""Laws that predict the loss curve of a pretraining run from its learning rates."""

from .curves import (
    PUBLISHED,
    PUBLISHED_METRICS,
    AnnealingLaw,
    Law,
    Metrics,
    MultiPowerLaw,
    fit,
    metrics,
)

__all__ = [
    "PUBLISHED",
    "PUBLISHED_METRICS",
    "AnnealingLaw",
    "Law",
    "Metrics",
    "MultiPowerLaw",
    "fit",
    "metrics",
]
