"""Builds the site for the tests, and reads what it is made of."""

import os
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

ROOT = Path(__file__).resolve().parent.parent
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
QUOTED = {"code", "pre", "script", "style", "math", "svg"}  # no prose
FOLLOWED = {"canonical", "prev", "next", "alternate"}  # `link` elements that only name a page
FETCHED = ("src", "href", "data", "poster")


def run(*arguments: str, cwd: Path = ROOT, **settings: str) -> None:
    """Run Python and fail with what it printed. The site has no settings but those given."""
    clean = {key: value for key, value in os.environ.items() if key not in {"REPO_URL", "SITE_URL"}}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=clean | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"


@cache
def built() -> Path:
    """Return `site/`, brought up to date."""
    run("-m", "site_builder", "build")
    return ROOT / "site"


class Page(HTMLParser):
    """What a page says and where it points."""

    def __init__(self, path: str, source: str) -> None:
        super().__init__()
        self.path = path  # from the root of the site
        self.size = len(source.encode())
        self.lang = ""
        self.ids: set[str] = set()
        self.names: list[str] = []  # of elements
        self.links: set[str] = set()  # what a reader may follow
        self.loads: set[str] = set()  # what the browser fetches by itself
        self.alts: list[str] = []
        self.text = ""  # prose, without code
        self.code = ""
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.names.append(tag)
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag == "html":
            self.lang = values.get("lang", "")
        elif tag == "img":
            self.alts.append(values.get("alt", "").strip())
        if tag == "a" or (tag == "link" and values.get("rel") in FOLLOWED):
            self.links |= {values["href"]} if "href" in values else set()
        else:
            self.loads |= {values[name] for name in FETCHED if name in values}
            self.loads |= {part.split()[0] for part in values.get("srcset", "").split(",") if part}
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "pre" in self._open:
            self.code += data
        elif not QUOTED & set(self._open):
            self.text += data


def read(site: Path) -> dict[str, Page]:
    """Return every page of a site by its path."""
    paths = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*.html"))}
    return {name: Page(name, path.read_text(encoding="utf-8")) for name, path in paths.items()}


def is_elsewhere(url: str, base: str = "") -> bool:
    """Whether an address lies on another host than `base`."""
    return bool(urlsplit(url).netloc) and not (base and url.startswith(base))


def problem(site: Path, pages: dict[str, Page], page: Page, url: str, base: str) -> str:
    """Return what is wrong with a link, or nothing.

    Args:
        site: the folder of the site.
        pages: its pages.
        page: the one with the link.
        url: the link.
        base: address of the site, with a slash at the end.
    """
    if is_elsewhere(url, base) or urlsplit(url).scheme in {"data", "mailto", "javascript"}:
        return ""
    # 404.html stands for any missing address, so its links are absolute; all others are relative.
    if url.startswith("/") != (page.path == "404.html" and not url.startswith("#")):
        return f"{page.path}: {url} is not relative to the page"
    full = urljoin(base + page.path, url)
    if not full.startswith(base):
        return f"{page.path}: {url} leaves the site"
    parts = urlsplit(full.removeprefix(base))
    name = unquote(parts.path)
    if not name or name.endswith("/"):
        name += "index.html"
    if not (site / name).is_file():
        return f"{page.path}: {url} does not exist"
    if parts.fragment and name in pages and unquote(parts.fragment) not in pages[name].ids:
        return f"{page.path}: {url} has no such anchor"
    return ""
