"""The one Markdown extension: it finishes formulas, figures, tables and words of a page."""

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

LATEX = LatexToMathML(fancy_error=False)
PUNCTUATION = re.compile(r"[.,;:?!)]+")
BEFORE_PERCENT = re.compile(r"(?<=\d) (?=%)")
TITLES = {"h1", "h2", "h3", "h4", "h5", "h6", "dt"}
UNLINKED = TITLES | {"a", "code", "pre"}
STYLES = "        <style>"
PHONE = "screen and (max-width: 44.99em)"
LEFT = re.compile(r' style="text-align: left;[^"]*"')  # of `cases`; a page may carry no styles


class Finish(Treeprocessor):
    """What is left to do once headings, links and abbreviations are known."""

    def __init__(self, md: Markdown, questions: dict[str, str]) -> None:
        super().__init__(md)
        self.questions = questions  # of each rule, by its id

    @override
    def run(self, root: Element) -> None:
        """Change the tree in place."""
        found = [(parent, child) for parent in root.iter() for child in parent]
        for parent, child in found:
            if child.get("class") == "arithmatex":
                self.formula(parent, child)
        for parent, child in found:
            if child.tag == "table":
                table(parent, child)
        words(root, set())
        if self.questions:
            linked(root, self.questions, re.compile(rf"\b({'|'.join(self.questions)})\b"))

    def formula(self, parent: Element, box: Element) -> None:
        """Turn LaTeX into MathML, and keep it on one line with the full stop behind it."""
        assert self.md is not None
        text = unescape(box.text or "")  # arithmatex has escaped blocks, mkdocs-jupyter cells
        box.text = self.md.htmlStash.store(mathml(text[2:-2], display=text[1] == "["))
        tail = box.tail or ""
        after = PUNCTUATION.match(tail)
        if box.tag == "span" and after is not None:
            kept = Element("span", {"class": "lr-keep"})
            before = ahead(parent, box)
            if before.endswith("("):
                kept.text = "("
                ahead(parent, box, before[:-1])
            parent[list(parent).index(box)] = kept
            kept.append(box)
            kept.tail, box.tail = tail[after.end() :], after[0]


def mathml(latex: str, *, display: bool) -> str:
    """Return one formula as MathML.

    Raises:
        ValueError: if it does not parse.
    """
    shown = " ".join(latex.split())
    if not shown:
        raise ValueError("an empty formula")
    try:
        made = LATEX.convert_with_local_state(latex.strip(), displaystyle=display)
        return LEFT.sub(' class="lr-left"', made)
    except LatexError as error:
        at, _, reason = str(error).partition(": ")
        raise ValueError(f"formula {shown!r}, at character {at}: {reason}") from None


class Figures(Treeprocessor):
    """Makes figures of paragraphs, once the addresses of their images are those of the site."""

    @override
    def run(self, root: Element) -> None:
        """Change the tree in place."""
        for box in root.iter("p"):
            if box.get("class") == "lr-figure":
                figure(box)


def figure(box: Element) -> None:
    """Make a figure of a paragraph: images, and what they show in words.

    An image in `lr-narrow` is what a phone shows in place of the next one.
    """
    images = [child for child in box if child.tag == "img"]
    others = [child for child in box if child.tag != "img"]
    box.tag, box[:] = "figure", []
    box.attrib.pop("class")
    words = (images[-1].tail or "").lstrip()
    for image in images:
        image.tail = "\n"
        if image.get("class") == "lr-narrow":
            source = {name: image.get(name, "") for name in ("width", "height")}
            picture = SubElement(box, "picture")
            SubElement(picture, "source", source | {"media": PHONE, "srcset": image.get("src", "")})
        elif len(box) and len(box[-1]) == 1:
            box[-1].append(image)
        else:
            box.append(image)
    caption = SubElement(box, "figcaption")
    caption.text = words
    caption.extend(others)


def table(parent: Element, child: Element) -> None:
    """Give a table the caption that stands before it, and a box that scrolls.

    The class keeps the theme's script from boxing it again, where no keyboard reaches. What search
    shows is sentences.
    """
    child.set("data-search-exclude", "yes")
    at = list(parent).index(child)
    if at > 0 and parent[at - 1].get("class") == "lr-caption":
        caption = parent[at - 1]
        parent.remove(caption)
        caption.attrib.pop("class")
        child.attrib |= caption.attrib
        child.insert(0, caption)
        caption.tag, caption.attrib = "caption", {}
    if child.get("class") is None:
        child.set("class", "lr-table")
        box = Element("div", {"class": "lr-scroll"})
        parent[list(parent).index(child)] = box
        box.append(child)


def words(parent: Element, explained: set[str], *, titled: bool = False) -> None:
    """Explain a term once, and in no heading; keep a number with its percent sign."""
    parent.text = parent.text and BEFORE_PERCENT.sub("\u00a0", parent.text)
    for child in list(parent):
        child.tail = child.tail and BEFORE_PERCENT.sub("\u00a0", child.tail)
        term = child.get("title", "")
        if child.tag == "abbr" and (titled or term in explained):
            ahead(parent, child, f"{ahead(parent, child)}{child.text}{child.tail or ''}")
            parent.remove(child)
        elif child.tag == "abbr":
            explained.add(term)
        elif child.tag != "pre":
            words(child, explained, titled=titled or child.tag in TITLES)


def linked(parent: Element, questions: dict[str, str], ids: re.Pattern[str]) -> None:
    """Make a link of each id of a rule that stands in running text; say the question of each."""
    texts: list[tuple[Element | None, str | None]] = [(None, parent.text)]
    texts += [(child, child.tail) for child in parent]
    parent[:] = []
    for child, text in texts:
        if child is not None:
            parent.append(child)
            if child.tag == "a" and child.text in questions:
                child.set("title", questions[child.text])
            elif child.tag not in UNLINKED:
                linked(child, questions, ids)
        before, *found = ids.split(text or "")
        if found and child is None:
            parent.text = before
        elif found and child is not None:
            child.tail = before
        for id_, after in zip(found[::2], found[1::2], strict=True):
            page = {"href": f"/heuristics/{id_.lower()}.md", "title": questions[id_]}
            link = SubElement(parent, "a", page)
            link.text, link.tail = id_, after


def ahead(parent: Element, child: Element, text: str | None = None) -> str:
    """Return the text directly before a child, changed to another first if there is one."""
    at = list(parent).index(child)
    holder, name = (parent[at - 1], "tail") if at else (parent, "text")
    if text is not None:
        setattr(holder, name, text)
    return getattr(holder, name) or ""


class WithoutStyles(Preprocessor):
    """Drops the style sheet that mkdocs-jupyter ends a notebook with, whatever its template."""

    @override
    def run(self, lines: list[str]) -> list[str]:
        """Return the lines before it: as a template cannot print it, by its indentation."""
        return lines[: lines.index(STYLES)] if STYLES in lines else lines


class Finished(Extension):
    """The extension."""

    def __init__(self, **options: object) -> None:
        self.config = {"questions": [{}, "of each rule, by its id"]}
        super().__init__(**options)

    @override
    def extendMarkdown(self, md: Markdown) -> None:
        """Take part after `toc` (5), which reads headings, and before text is unescaped (0)."""
        md.preprocessors.register(WithoutStyles(md), "without-styles", 100)
        md.treeprocessors.register(Finish(md, self.getConfig("questions")), "finish", 1.5)
        md.treeprocessors.register(Figures(md), "figures", -1)  # after MkDocs' addresses (0)


def makeExtension(**options: object) -> Finished:  # noqa: N802, its name in every extension
    """Return the extension."""
    return Finished(**options)
