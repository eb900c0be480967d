"""What `make test` leaves to `make slow`, and what of that CI leaves out."""

import pytest


def mostly_slow(values, *kept, every=1):
    """Return the cases of a parametrised test: quick are those named, the others slow.

    Where that is too much for CI, `every` so manieth is slow, and the rest is marked `full`.
    """
    values = list(values)
    assert set(kept) <= set(values)
    return [
        value
        if value in kept
        else pytest.param(value, marks=pytest.mark.full if k % every else pytest.mark.slow)
        for k, value in enumerate(values)
    ]
