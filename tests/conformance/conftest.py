"""Write what the conformance tests met, for the table on the site."""

import os

import harness
import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread of torch a worker


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the largest deviation of each scheduler, or send it to who writes."""
    home = getattr(session.config, "workeroutput", None)
    if home is None:
        harness.write()
    else:
        home["met"] = harness.met


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take in what a worker met; one that died met nothing, and its tests have failed."""
    for peer, found in getattr(node, "workeroutput", {}).get("met", {}).items():
        for scheduler, deviation in found.items():
            harness.meet(peer, scheduler, deviation)
