"""Lint from inside a training script: before the first update, and of the rates that were used.

`preflight` is for PyTorch; `transformers`, `lightning`, `keras` and `optax` have a callback or a
wrapper each. None of these libraries is imported before it is asked for.
"""

from .departures import compare
from .recorder import Recorder
from .torch import preflight

__all__ = ["Recorder", "compare", "preflight"]
