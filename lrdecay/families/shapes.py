"""The shapes of a cooldown: what share of the way down is left after a share of the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ..checks import Positive
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
        case function:
            return xp.apply(function, share)
