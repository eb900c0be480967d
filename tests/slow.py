"""What `make test` leaves to `make slow`."""

import pytest


def mostly_slow(values, *kept):
    """Return the cases of a parametrised test: quick are those named, slow the others."""
    assert set(kept) <= set(values)
    return [
        value if value in kept else pytest.param(value, marks=pytest.mark.slow) for value in values
    ]
