"""The fraction that was meant by a float."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache


@lru_cache(maxsize=1024)
def fraction_of(number: float) -> Fraction | None:
    """Return the simplest fraction of which a number > 0 is the nearest float.

    Computing with `1 / 91` in floating point makes a little less than 10 of 910 of them; computing
    with the fraction, in whole numbers, does not.

    Returns:
        The fraction, or None for a number that is no simple one, such as pi.

    Examples:
        >>> fraction_of(1 / 91), fraction_of(2.0), fraction_of(0.7), fraction_of(3.141592653589793)
        (Fraction(1, 91), Fraction(2, 1), Fraction(7, 10), None)
    """
    for digits in range(16):
        near = Fraction(number).limit_denominator(10**digits)
        if float(near) == number:
            # Any number has a fraction; one much shorter than a float was meant.
            return near if near.numerator * near.denominator < 2**45 else None
    return None
