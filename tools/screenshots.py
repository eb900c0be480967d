"""Shows every kind of page to whoever looks it over: `make screenshots`, into build/screenshots/.

Each as a desktop has it, light and dark, as a phone has it, and as a printer does.
"""

import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, override

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.visits import KINDS

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "screenshots"
WINDOWS: dict[str, tuple[Literal["light", "dark"], int]] = {
    "light": ("light", 1280),
    "dark": ("dark", 1280),
    "phone": ("light", 360),
}


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that does not talk."""

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def shoot(browser: Browser, base: str, kinds: dict[str, str]) -> None:
    """Write the pictures of each page."""
    for name, (scheme, width) in WINDOWS.items():
        page = browser.new_page(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
        )
        for kind, path in kinds.items():
            page.goto(base + path, wait_until="networkidle")
            # What is fetched late must be there at once.
            page.evaluate("document.querySelectorAll('img').forEach(one => one.loading = 'eager')")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=TARGET / f"{kind}-{name}.png", full_page=True)
            if name == "light":
                page.pdf(path=TARGET / f"{kind}-print.pdf", prefer_css_page_size=True, format="A4")
        page.close()


def main() -> None:
    """Serve `site/` for the moment, and look at it; with `--tiny` at the home page alone."""
    kinds = {"home": KINDS["home"]} if "--tiny" in sys.argv[1:] else KINDS
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    handler = partial(Quiet, directory=ROOT / "site")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shoot(browser, f"http://127.0.0.1:{server.server_address[1]}/", kinds)
        browser.close()
        server.shutdown()
    print(f"{len(list(TARGET.iterdir()))} pictures of {len(kinds)} pages in {TARGET}")


if __name__ == "__main__":
    main()
