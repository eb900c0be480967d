"""Chromium, driven by Playwright, for what only a browser can run."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager

import pytest

try:
    from playwright.sync_api import Browser, sync_playwright

    missing = ""
except ImportError as error:
    missing = f"the browser tests need {error.name}"

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@contextmanager
def chromium(lacking: str = missing) -> Generator["Browser"]:
    """Open a browser; skip the test where there is none, or where something else is lacking.

    An open Playwright holds the event loop that other tests need: no fixture may keep it for
    longer than its module.
    """
    absent = lacking or ("" if CHROMIUM else f"no browser: none of {', '.join(NAMES)} on PATH")
    if absent:
        # On the machine that decides, a test that did not run has not passed.
        (pytest.fail if os.environ.get("CI", "") else pytest.skip)(absent)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
