"""How far a logged rate can be from the true one: half a unit of its last digit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...checks import refuse

Floats = NDArray[np.float64]
MOST_DIGITS = 12  # beyond them, programs that compute the same formula differ
SINGLE = 8  # digits; a number of float32 has a little more than seven


class Rounding(NamedTuple):
    """How rates were written: with so many significant digits, or so many decimals.

    Attributes:
        digits: significant ones; None if it is `decimals` that is known.
        decimals: digits after the point.
        single: whether the numbers are float32.
    """

    digits: int | None
    decimals: int | None
    single: bool = False

    def __str__(self) -> str:
        if self.single:
            return "float32"
        if self.decimals is not None:
            return f"{self.decimals} decimals"
        return f"{self.digits} digits"


def found(rates: Floats, text_digits: int | None = None) -> Rounding:
    """Return how rates were rounded, as the one of two ways that leaves fewer zeros at their ends.

    Args:
        rates: as logged.
        text_digits: how many digits the longest had as text.

    Examples:
        >>> str(found(np.array([0.93, 0.5, 0.08, 0.03]))), str(found(np.array([0.123, 0.0456])))
        ('2 decimals', '3 digits')
    """
    values = np.unique(np.abs(rates[rates != 0]))
    if not values.size:
        return Rounding(MOST_DIGITS if text_digits is None else text_digits, None)
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if np.array_equal(single, values):
        short = max(len(_mantissa(value)) for value in values)
        if short > SINGLE:
            return Rounding(None, None, single=True)
    exponents = np.floor(np.log10(values)).astype(int)
    places = np.array([len(_mantissa(value)) for value in values])
    after = places - 1 - exponents  # decimals that are used
    digits = max(int(places.max()), text_digits or 0)
    decimals = int(after.max())
    if text_digits is not None:
        decimals = max(decimals, text_digits - 1 - int(exponents.max()))
    if digits >= MOST_DIGITS:
        return Rounding(MOST_DIGITS, None)
    if decimals >= 0 and (decimals - after).sum() < (digits - places).sum():
        return Rounding(None, decimals)
    return Rounding(digits, None)


def half_units(rates: Floats, rounding: Rounding) -> Floats:
    """Return half a unit of the last digit of each rate, and the least of these for a 0.

    Raises:
        ValueError: if digits or decimals are out of range.
    """
    digits, decimals, single = rounding
    largest = float(np.abs(rates).max())
    if single:
        return np.abs(rates) * 2.0**-23 + largest * 1e-12
    if decimals is not None:
        if not 0 <= decimals <= 20:
            raise refuse("decimals", decimals, "a whole number from 0 to 20")
        return np.full(rates.shape, 0.5 * 10.0**-decimals + largest * 1e-12)
    if digits is None or not 1 <= digits <= 17:
        raise refuse("digits", digits, "a whole number from 1 to 17")
    digits = min(digits, MOST_DIGITS)
    sizes = np.abs(rates)
    least = sizes[sizes > 0].min() if largest else 1.0
    exponents = np.floor(np.log10(np.maximum(sizes, least)))
    return 0.5 * 10.0 ** (exponents - digits + 1) + largest * 1e-12


def _mantissa(value: float) -> str:
    """Return the significant digits of a number as Python writes it, without zeros at the end."""
    return repr(float(value)).partition("e")[0].replace(".", "").strip("0") or "0"
