"""The one Markdown extension: formulas, figures, tables and words, finished in the tree of a page.

Pages stay plain Markdown. Whatever generator reads them, `site_builder.markdown` among its
extensions makes of a page what this site shows.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, override
from xml.etree.ElementTree import Element, SubElement

from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML

if TYPE_CHECKING:
    from markdown import Markdown

PUNCTUATION = re.compile(r"[.,;:?!)]+")
TITLES = {"h1", "h2", "h3", "h4", "h5", "h6", "dt"}
STYLES = "        <style>"
BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
LATEX = LatexToMathML(fancy_error=False)


class Finish(Treeprocessor):
    """What is left to do once headings, links and abbreviations are known."""

    @override
    def run(self, root: Element) -> None:
        """Change the tree in place."""
        self._formulas(root)
        self._figures(root)
        self._tables(root)
        self._words(root, set())

    def _formulas(self, root: Element) -> None:
        """Turn LaTeX into MathML, and keep a formula on one line with the full stop behind it."""
        for parent in list(root.iter()):
            for at, box in enumerate(list(parent)):
                if "arithmatex" not in (box.get("class") or "") or not box.text:
                    continue
                text = unescape(box.text)  # arithmatex has escaped blocks, mkdocs-jupyter cells
                box.text = self.md.htmlStash.store(formula(text[2:-2], display=text[1] == "["))
                if box.tag == "span" and (after := PUNCTUATION.match(box.tail or "")):
                    kept = Element("span", {"class": "lr-keep"})
                    before = parent[at - 1] if at else parent
                    lead = (before.tail if at else before.text) or ""
                    if lead.endswith("("):
                        kept.text, lead = "(", lead[:-1]
                        setattr(before, "tail" if at else "text", lead)
                    kept.append(box)
                    kept.tail = box.tail[after.end() :]
                    box.tail = after[0]
                    parent[at] = kept

    def _figures(self, root: Element) -> None:
        """Make a figure of two images and the words behind them."""
        for box in root.iter("p"):
            if box.get("class") == "lr-figure":
                box.tag = "figure"
                images = [child for child in box if child.tag == "img"]
                words = SubElement(box, "figcaption")
                words.text, images[-1].tail = (images[-1].tail or "").lstrip(), "\n"
                for child in list(box)[len(images) : -1]:
                    box.remove(child)
                    words.append(child)

    def _tables(self, root: Element) -> None:
        """Give each table the caption that stands before it, and a box that scrolls.

        The class keeps the theme's script from boxing it again, where no keyboard reaches.
        """
        for parent in list(root.iter()):
            for table in [child for child in parent if child.tag == "table"]:
                at = list(parent).index(table)
                before = parent[at - 1] if at else table
                if before.get("class") == "lr-caption":
                    parent.remove(before)
                    at -= 1
                    before.tag = "caption"
                    if name := before.get("id"):
                        table.set("id", name)
                    before.attrib.clear()
                    table.insert(0, before)
                if not table.get("class"):
                    table.set("class", "lr-table")
                    box = Element("div", {"class": "lr-scroll"})
                    box.append(table)
                    box.tail, table.tail = table.tail, None
                    parent[at] = box

    def _words(self, parent: Element, explained: set[str], *, titled: bool = False) -> None:
        """Explain a term once, and in no heading; keep a number with its percent sign."""
        parent.text = parent.text and BEFORE_PERCENT.sub("\u00a0", parent.text)
        for child in list(parent):
            child.tail = child.tail and BEFORE_PERCENT.sub("\u00a0", child.tail)
            if child.tag == "abbr":
                if titled or child.get("title", "") in explained:
                    unwrap(parent, child)
                explained.add("" if titled else child.get("title", ""))
            elif child.tag != "pre":
                self._words(child, explained, titled=titled or child.tag in TITLES)


def formula(latex: str, *, display: bool) -> str:
    """Return one formula as MathML.

    Raises:
        ValueError: if it does not parse.
    """
    shown = " ".join(latex.split())
    if not shown:
        raise ValueError("an empty formula")
    try:
        return LATEX.convert_with_local_state(latex.strip(), displaystyle=display)
    except LatexError as error:
        at, _, reason = str(error).partition(": ")
        raise ValueError(f"formula {shown!r}, at character {at}: {reason}") from None


def unwrap(parent: Element, child: Element) -> None:
    """Put the words of an element in its place."""
    at = list(parent).index(child)
    words = f"{child.text or ''}{child.tail or ''}"
    if at:
        parent[at - 1].tail = f"{parent[at - 1].tail or ''}{words}"
    else:
        parent.text = f"{parent.text or ''}{words}"
    parent.remove(child)


class WithoutStyles(Preprocessor):
    """Drops the style sheet that mkdocs-jupyter ends a notebook with, whatever its template."""

    @override
    def run(self, lines: list[str]) -> list[str]:
        """Return the lines before it: as a template cannot print it, by its indentation."""
        return lines[: lines.index(STYLES)] if STYLES in lines else lines


class Finished(Extension):
    """The extension."""

    @override
    def extendMarkdown(self, md: Markdown) -> None:
        """Take part after `toc` (5), which reads headings, and before text is unescaped (0)."""
        md.preprocessors.register(WithoutStyles(md), "without-styles", 100)
        md.treeprocessors.register(Finish(md), "finish", 1.5)


def makeExtension(**options: object) -> Finished:  # noqa: N802, its name in every extension
    """Return the extension."""
    return Finished(**options)
