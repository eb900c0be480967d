"""What `make test` leaves to `make slow`, and what of that CI leaves out."""

import pytest


def mostly_slow(values, *kept, mark=pytest.mark.slow):
    """Return the cases of a parametrised test: quick are those named, slow the others."""
    values = list(values)
    assert set(kept) <= set(values)
    return [value if value in kept else pytest.param(value, marks=mark) for value in values]


def mostly_full(values, *kept):
    """Return the cases of a parametrised test, of which CI runs those named."""
    return mostly_slow(values, *kept, mark=pytest.mark.full)
