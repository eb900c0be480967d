"""The shapes of a cooldown: what share of the way down is left after a share of the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np

from ..calls import Call, value
from ..checks import Positive, refuse
from ..formula import Symbol, Symbolic
from .cosine import half_cosine

ShapeName = Literal["linear", "cosine", "1-sqrt", "1-square", "exponential"]
Shape = ShapeName | Positive | Callable[[Any], Any]


def left(shape: Shape, share: Any, xp: Any) -> Any:  # noqa: PLR0911 - one for each shape
    r"""Return the share of the way that is left when a `share` $p$ of the time has passed.

    "linear" $1 - p$; "cosine" $\tfrac12 (1 + \cos \pi p)$; "1-sqrt" $1 - \sqrt p$; "1-square"
    $1 - p^2$; "exponential" $(0.1^p - 0.1) / 0.9$; a number $q$: $1 - p^q$; a function: its value.
    All but a function's are 1 at 0 and 0 at 1.
    """
    match shape:
        case "linear":
            return 1 - share
        case "cosine":
            return half_cosine(share, xp)
        case "1-sqrt":
            return 1 - xp.sqrt(share)
        case "1-square":
            return 1 - share * share
        case "exponential":
            return (0.1**share - 0.1) / 0.9
        case float() | int():
            return 1 - share**shape
        case str():
            raise refuse("shape", shape, f"one of {get_args(ShapeName)}")
        case function:
            return _value(function, share)


def _value(function: Callable[[Any], Any], share: Any) -> Any:
    """Return the value of a user's function, which may know arrays but no symbols."""
    if not isinstance(share, Symbol):
        return function(share)
    try:
        return value(function, share)
    except (TypeError, AttributeError):
        return Symbolic.call(Call(function, np.float64), share, function)
