"""What tests of pages in a browser share: one browser and one server a module, a window a test."""

import socket
from collections.abc import Iterator
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import chromium
from tests.visits import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

try:
    import axe_playwright_python  # noqa: F401  # one of these may be missing

    from site_builder.server import Server
    from tests.pages import built

    missing = ""
except ImportError as error:
    missing = f"the browser tests need {error.name}"


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium(missing) as browser:
        yield browser


@pytest.fixture(scope="module")
def base(browser: "Browser") -> Iterator[str]:  # noqa: ARG001  # without a browser, no server
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(lambda: None, built(), port, "https://example.org/")
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}/"
    server.shutdown()
    thread.join()


@pytest.fixture
def visit(browser: "Browser", base: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A window; a test can ask for a colour scheme or a width by indirect parameters."""
    wanted: dict[str, Any] = getattr(request, "param", {})
    context = browser.new_context(
        color_scheme=wanted.get("scheme", "light"),
        viewport={"width": wanted.get("width", 1280), "height": wanted.get("height", 900)},
        reduced_motion="reduce",  # colours are judged at rest
    )
    visit = Visit(context.new_page(), base)
    yield visit
    context.close()
    assert visit.problems == []
