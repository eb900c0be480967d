r"""Puts figures, tables and numbers of the notebooks into pages.

A page says `{{ figure shapes.cosine }}`, `{{ table shapes.spend }}` or `{{ number shapes.gap }}`;
`{{ number H001.mini }}` is a number of a rule, `{{ number H001.mini:.1f }}` in another format than
its own, `{{ piece rules }}` a table made from all of them.
Numbers become text before Markdown is read, so they work anywhere, in a formula too. Figures and
tables are marked there and filled in when the page is HTML, so they work in lists and notes.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from mkdocs.utils import get_relative_url

from lrdecay.lab.stats import Interval

from .project import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Index = dict[str, dict[str, dict[str, Any]]]  # notebook -> figures, tables, numbers -> name
KINDS = {"figure": "figures", "table": "tables", "number": "numbers"}
EMBED = re.compile(
    r"\{\{\s*(?P<kind>[A-Za-z]+)\s+(?P<notebook>[\w-]+)\.(?P<name>[\w-]+)"
    r"(?::(?P<format>[^{}\s]+))?\s*\}\}"
)
PIECE = re.compile(r"\{\{\s*piece\s+(?P<name>[\w-]+)\s*\}\}")
ANY = re.compile(r"\{\{\s*(?:figure|table|number)\b[^{}]*\}?\}?")
# Fenced blocks and code spans, in which an embed is an example and stays as it is.
CODE = re.compile(
    r"^(?P<fence>[ \t>]*(?P<mark>`{3,}|~{3,})).*?(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z)"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
MARK = re.compile(
    r'(?:<p>\s*)?<lr-embed data-ref="(\w+) ([\w-]+)\.([\w-]+)"></lr-embed>(?:\s*</p>)?'
)


def pieces(markdown: str, folder: Path, others: Mapping[str, Callable[[], str]]) -> str:
    """Return Markdown with each `{{ piece NAME }}` replaced.

    Args:
        markdown: of a page.
        folder: the text of a piece is there, in NAME.md,
        others: or this makes it, by its name.

    Raises:
        BuildError: if there is no such piece.
    """

    def one(found: re.Match[str]) -> str:
        if found["name"] in others:
            return others[found["name"]]()
        path = folder / f"{found['name']}.md"
        if not path.is_file():
            known = [*others, *(each.stem for each in folder.glob("*.md"))]
            names = ", ".join(sorted(known)) or "none"
            raise BuildError(f"embed {found[0]!r}: there is no such piece; there are {names}")
        return path.read_text("utf-8")

    return PIECE.sub(one, markdown)


def mark(markdown: str, index: Index) -> str:
    """Return Markdown with numbers filled in, figures and tables marked for `fill`.

    Raises:
        BuildError: if an embed names nothing that a notebook shows.
    """
    parts: list[str] = []
    end = 0
    for code in CODE.finditer(markdown):
        parts += [_mark(markdown[end : code.start()], index), code[0]]
        end = code.end()
    return "".join([*parts, _mark(markdown[end:], index)])


def _mark(text: str, index: Index) -> str:
    def one(found: re.Match[str]) -> str:
        kind, notebook, name = found.group("kind", "notebook", "name")
        shown = f"embed {found[0]!r}"
        if kind not in KINDS:
            raise BuildError(f"{shown}: {kind!r} is none of {', '.join(KINDS)}")
        if notebook not in index:
            raise BuildError(f"{shown}: there is no notebooks/{notebook}.ipynb, and no such rule")
        known = index[notebook][KINDS[kind]]
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise BuildError(f"{shown}: {notebook} has no {kind} {name!r}; it has {names}")
        if kind == "number" and found["format"]:
            return format(Interval(*known[name]["value"]), found["format"])
        if kind == "number":
            return str(known[name]["text"])
        return f'<lr-embed data-ref="{kind} {notebook}.{name}"></lr-embed>'

    text = EMBED.sub(one, text)
    if left := ANY.search(text):
        raise BuildError(f"embed {left[0]!r} is not of the form {{{{ kind notebook.name }}}}")
    return text


def fill(content: str, index: Index, build: Path, url: str) -> str:
    """Return HTML with the marked figures and tables.

    Args:
        content: HTML with the marks of `mark`.
        index: what the notebooks show.
        build: the folder `build/`.
        url: the page's address from the root of the site, for relative links.

    Raises:
        BuildError: if the page embeds the same figure or table twice.
    """
    seen: set[str] = set()
    figures = 0

    def one(found: re.Match[str]) -> str:
        nonlocal figures
        kind, notebook, name = found.groups()
        about = index[notebook][KINDS[kind]][name]
        ident = f"{kind[:3]}-{notebook}-{name}"
        if ident in seen:
            raise BuildError(f"embed '{kind} {notebook}.{name}' stands twice on this page")
        seen.add(ident)
        run = f'<a href="{get_relative_url(f"notebooks/{notebook}/", url)}">Run this</a>'
        if kind == "table":
            table = (build / about["file"]).read_text("utf-8")
            return _table(table, about["caption"], ident, run)
        figures += 1
        source = get_relative_url(f"notebooks/{about['file']}", url)
        return figure(about, source, ident, run, lazy=figures > 1)

    return MARK.sub(one, content)


def figure(about: dict[str, Any], source: str, ident: str, run: str, *, lazy: bool) -> str:
    """Return a figure; Material hides one of the two images by the end of its address."""
    loading = ' loading="lazy"' if lazy else ""
    attributes = (
        f'alt="{html.escape(about["alt"])}" width="{about["width"]}" height="{about["height"]}"'
        f'{loading} decoding="async"'
    )
    images = "\n".join(
        f'<img src="{source}-{scheme}.svg#only-{scheme}" {attributes}>'
        for scheme in ("light", "dark")
    )
    words = f"{caption(about['caption'])} {run}"
    return (
        f'<figure class="lr-figure" id="{ident}">\n{images}\n'
        f"<figcaption>{words}</figcaption>\n</figure>"
    )


def _table(table: str, words: str, ident: str, run: str) -> str:
    """Return a table with its caption; the theme puts every table into a box that scrolls."""
    table = re.sub(r"\s*<caption>.*?</caption>", "", table, flags=re.DOTALL)
    start = f'<table id="{ident}">\n<caption>{caption(words)} {run}</caption>'
    return table.replace("<table>", start, 1)


def caption(words: str) -> str:
    r"""Return a caption as HTML: `code` and $formula$ are marked up, all else is plain text.

    >>> caption("From `base_lr` to $0$ & below.")
    'From <code>base_lr</code> to <span class="arithmatex">\\(0\\)</span> &amp; below.'
    """
    text = html.escape(words, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(
        r"\$([^$\s](?:[^$]*[^$\s])?)\$", r'<span class="arithmatex">\\(\1\\)</span>', text
    )
