"""Makes `llms.txt`, a list of the pages, and `llms-full.txt`, their text, for language models."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from .embed import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

    from .embed import Index

MARK = re.compile(r'<lr-embed data-ref="(\w+) ([\w-]+)\.([\w-]+)"></lr-embed>')
WRAPPING = re.compile(r"^</?(?:div|p)\b[^>]*>|</p>$", re.MULTILINE)
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


def summary(config: MkDocsConfig, pages: Iterable[Page]) -> str:
    """Return the list of pages, by the tab they stand under."""
    sections: dict[str, list[str]] = {}
    for page in pages:
        top = page.ancestors[-1].title if page.ancestors else config.site_name
        about = page.meta.get("description", "")
        line = f"- [{page.title}]({address(config, page)})" + (f": {about}" if about else "")
        sections.setdefault(top, []).append(line)
    data = f"{config.site_url}heuristics.json"
    parts = [
        f"# {config.site_name}\n\n> {config.site_description}",
        (
            f"Every rule with its measured numbers, as data: {data}. The text of the pages: "
            f"{config.site_url}llms-full.txt."
        ),
    ]
    parts += [f"## {top}\n\n" + "\n".join(lines) for top, lines in sections.items()]
    return "\n\n".join(parts) + "\n"


def full(
    config: MkDocsConfig, pages: Iterable[Page], texts: Mapping[str, str], index: Index, build: Path
) -> str:
    """Return the Markdown of the pages, figures as their words and tables as text.

    Args:
        config: of the site.
        pages: in the order of the navigation.
        texts: Markdown of each page by its source, as `embed.mark` leaves it.
        index: what the notebooks show.
        build: the folder `build/`.
    """

    def embedded(found: re.Match[str]) -> str:
        kind, notebook, name = found.groups()
        about = index[notebook][KINDS[kind]][name]
        if kind == "figure":
            return f"[Figure: {about['alt']} {about['caption']}]"
        return f"{about['caption']}\n\n{plain((build / about['file']).read_text('utf-8'))}"

    parts = []
    for page in pages:
        if page.file.src_uri in texts:
            text = WRAPPING.sub("", MARK.sub(embedded, texts[page.file.src_uri])).strip()
            parts.append(f"<!-- {address(config, page)} -->\n\n{text}")
    return "\n\n".join(parts) + "\n"


def plain(table: str) -> str:
    r"""Return the rows of an HTML table as lines.

    >>> plain("<table><tr><th>a</th><th>b</th></tr><tr><th>1 &lt; 2</th><td>x</td></tr></table>")
    'a | b\n1 < 2 | x'
    """
    rows = (CELL.findall(row) for row in ROW.findall(table))
    return "\n".join(" | ".join(html.unescape(cell) for cell in cells) for cells in rows)


def address(config: MkDocsConfig, page: Page) -> str:
    """Return the full address of a page."""
    return f"{config.site_url}{page.url}"
