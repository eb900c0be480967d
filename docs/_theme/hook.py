"""Facts about a page that its source does not hold: dates, edit links, the release; and tables.

Nothing here makes content; `docs/_build/hook.py` does that.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mkdocs.plugins import event_priority

from docs._build.dates import git
from docs._build.embed import caption

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED_SOURCES = ("docs", "notebooks")
CAPTION = re.compile(r"(<(?:fig)?caption>)(.*?)(?=</(?:fig)?caption>)", re.DOTALL)
TABLE = re.compile(r"<table(?![^>]*\bclass=)(.*?)</table>", re.DOTALL)
# With the punctuation that touches it; in a browser a line may break between the two.
FORMULA = re.compile(
    r'\(?<span class="arithmatex"><math(?:(?!</math>).)*</math></span>[.,;:?!)]+', re.DOTALL
)
# A number and its sign; what stands in <pre> is left as it is.
PERCENT = re.compile(r"<pre\b.*?</pre>|(?<=\d) (?=%)", re.DOTALL)
STYLE = re.compile(r"\s*<style>(?:(?!</?style).)*</style>\s*\Z", re.DOTALL)
LOCAL = ("127.0.0.1", "localhost")

_changed: dict[str, date] = {}


def _read_dates() -> dict[str, date]:
    """Return the day of the last commit of each file, from one call of git for all of them.

    A file that no commit holds has no date: one taken from the clock would differ between builds.
    """
    dates: dict[str, date] = {}
    day = date.min
    log = git(ROOT, "log", "--format=%x00%as", "--name-only", "--", *PUBLISHED_SOURCES)
    for line in log.splitlines():
        if line.startswith("\0"):
            day = date.fromisoformat(line[1:])
        elif line:
            dates.setdefault(line, day)
    return dates


def _source(page: Page) -> str:
    """Return the path of a page's source from the root: of a notebook, the one in git.

    A page of the API says what the package says, whenever its own few lines changed: it has none.
    """
    if page.file.src_uri.startswith("reference/api/"):
        return ""
    if page.file.src_uri.startswith("notebooks/"):
        return page.file.src_uri
    return f"docs/{page.file.src_uri}"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Read what holds for the whole site."""
    _changed.clear()
    _changed.update(_read_dates())
    with (ROOT / "pyproject.toml").open("rb") as file:
        config.extra["release"] = tomllib.load(file)["project"].get("version", "")
    config.extra["commit"] = git(ROOT, "rev-parse", "HEAD")[:10]
    if repository := config.repo_url or "":
        config.edit_uri = "edit/main/docs/"
        address = urlsplit(repository)
        if address.hostname == "github.com":  # the only host whose notebooks Colab opens
            config.extra["github"] = address.path.strip("/").removesuffix(".git")
    return config


@event_priority(-50)  # after mkdocs-jupyter has mounted the executed notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Point the edit link of an executed notebook at its source."""
    for file in files:
        if file.src_uri.startswith("notebooks/") and file.is_documentation_page():
            # MkDocs means this property to be set; its type does not say so.
            file.edit_uri = f"../{file.src_uri}"  # ty: ignore[invalid-assignment]
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Date the page; take a notebook's Markdown out of its wrapping, and set its captions."""
    if changed := _changed.get(_source(page)):
        page.meta["changed"] = changed
    if page.file.src_uri.endswith(".ipynb"):
        markdown = unquote(STYLE.sub("", markdown).strip())  # see notebook.html
        markdown = CAPTION.sub(lambda found: f"{found[1]}{caption(unescape(found[2]))}", markdown)
    return markdown


@event_priority(-50)  # after every other change of the content
def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give tables boxes that scroll; keep formulas with full stops and numbers with their %.

    The class keeps the theme's script from wrapping a table again, in a box no keyboard reaches.
    """
    html = PERCENT.sub(lambda found: "\u00a0" if found[0] == " " else found[0], html)
    html = FORMULA.sub(r'<span class="lr-keep">\g<0></span>', html)
    return TABLE.sub(r'<div class="lr-scroll"><table class="lr-table"\1</table></div>', html)


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Leave out the canonical address of a site built for this machine alone.

    Only here: the sitemap, which instant navigation reads, is made before and needs it.
    """
    if urlsplit(config.site_url or "").hostname in LOCAL:
        page.canonical_url = None
    return context
