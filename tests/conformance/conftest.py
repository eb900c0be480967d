"""Write what the conformance tests met, for the table on the site."""

import harness


def pytest_sessionfinish() -> None:
    """Write the largest deviation of each scheduler."""
    harness.write()
