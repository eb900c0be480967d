"""A page of the site in a window of Chromium, and what goes wrong in it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# One page of every kind: template, script or shape of content.
KINDS = {
    "home": "",
    "lesson": "learn/micrograd/",
    "check": "learn/check/",
    "family": "schedules/cosine/",
    "rules": "heuristics/",
    "rule": "heuristics/h001/",
    "symptoms": "tables/symptoms/",
    "claims": "tables/claims/",
    "recipes": "tables/recipes/",
    "explorer": "tools/explorer/",
    "demo": "tools/demo/",
    "how-to": "how-to/fine-tune/",
    "message": "how-to/messages/nan-loss/",
    "notebook": "notebooks/micrograd/",
    "rosetta": "reference/rosetta/",
    "reference": "reference/api/families/",
    "bibliography": "reference/bibliography/",
    "missing": "404.html",
}

DRAWN = "() => new Promise(go => requestAnimationFrame(() => requestIdleCallback(go)))"


@dataclass
class Visit:
    """A page in a window, and what went wrong in it."""

    page: Page
    base: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on("response", lambda answer: self._answer(answer.status, answer.url))
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("console", lambda message: self._console(message.type, message.text))

    def _request(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.problems.append(f"request to {url}")

    def _answer(self, status: int, url: str) -> None:
        if status >= 400:
            self.problems.append(f"{status} for {url}")

    def _console(self, kind: str, text: str) -> None:  # also what the page's policy forbids
        if kind in {"error", "warning"}:
            self.problems.append(f"console: {text}")

    def open(self, path: str) -> Page:
        """Go to a page of the site and wait until nothing more is loaded or drawn."""
        self.page.goto(self.base + path, wait_until="networkidle")
        self.page.evaluate(DRAWN)
        return self.page


def until(page: Page, expression: str, seconds: float = 30) -> None:
    """Wait until JavaScript is true of a page: Playwright's own wait needs `eval` in the page.

    Raises:
        TimeoutError: if it does not come true.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds} s still not: {expression}")
        time.sleep(0.02)
