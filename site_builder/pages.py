"""Renders `build/docs/`: pages are Jinja templates, and what they show is data.

A page says `{{ figure("shapes.cosine") }}`, `{{ table("shapes.spend") }}`, `{{ number("shapes.gap") }}`;
of a rule, `{{ number("H001.mini") }}`. Tables of rules and the like loop over the data of `rules.py`.
"""

from __future__ import annotations

import json
import re
import traceback
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import jinja2
import yaml

from .files import BuildError, contents
from .rules import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .files import Project
    from .notebooks import Shown

CONFIG = "from-make-build.yml"  # what mkdocs.yml inherits; where it is missing, MkDocs names it
CONFORMANCE = "tests/data/conformance.json"
TEMPLATES = Path(__file__).parent / "templates"
TITLE = re.compile(r"^# (.+?)(?: \{.*\})?$", re.MULTILINE)
LOCAL = ("127.0.0.1", "localhost")
WRONG = (AttributeError, LookupError, TypeError, ValueError)  # in what a template says
FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


class Settings(NamedTuple):
    """What a build is told from outside."""

    site_url: str  # with a slash at its end
    repo_url: str  # without one; "" for none
    release: str
    commit: str
    days: Mapping[str, str]  # of the last commit of each source
    epoch: str  # the second that everything else is dated by


def render(
    project: Project, notebooks: Mapping[str, Shown], package: dict[str, Any], settings: Settings
) -> tuple[dict[str, str | bytes], dict[str, Any]]:
    """Return the files of `build/docs/`, and the configuration that goes with them.

    Raises:
        BuildError: if a page is no template, or shows what there is not. The message names it.
    """
    package = json.loads(json.dumps(package, ensure_ascii=False).replace(SITE, settings.site_url))
    rules = package["rules"]
    sources = dict(contents(project.sources))
    glossary = yaml.safe_load(sources.pop("glossary.yml", "{}"))
    measured = project.root / CONFORMANCE
    known = {
        **package,
        "site": settings.site_url,
        "glossary": glossary,
        "conformance": json.loads(measured.read_text("utf-8")) if measured.is_file() else {},
    }
    renderer = Renderer(dict(notebooks) | {rule["id"]: rule for rule in rules}, known)
    tree = yaml.safe_load(renderer.text("nav.yml", sources.pop("nav.yml", b"[]")))
    made: dict[str, str | bytes] = dict(package["files"])
    origin: dict[str, str] = {}

    for name, shown in notebooks.items():
        made |= shown["files"]
        origin[f"notebooks/{name}.ipynb"] = f"notebooks/{name}.ipynb"
    if settings.repo_url:  # then the cell that installs the package does so in Colab
        install = rf"\"lrdecay[plot] @ git+{settings.repo_url}\""
        made |= {name: str(made[name]).replace(r"\"lrdecay[plot]\"", install) for name in origin}

    words = dict.fromkeys(origin, "")  # of each page, for language models
    for rule in rules:
        name = f"heuristics/{rule['id'].lower()}.md"
        template = (TEMPLATES / "rule.md").read_bytes()
        made[name] = renderer.text(name, template, rule=rule)
        words[name] = renderer.text(name, template, rule=rule, plain=True)
        origin[name] = rule["source"]
    for name, data in sources.items():
        if name.endswith(".md") and not name.startswith("_"):
            made[name] = renderer.text(name, data)
            words[name] = renderer.text(name, data, plain=True)
            origin[name] = f"docs/{name}"
        elif not name.startswith("_"):
            made[name] = data
    pages = [_page(*one, str(made.get(one[2], "")), words.get(one[2], "")) for one in flat(tree)]
    for name, data in sources.items():
        if name.endswith((".txt", ".bib")):
            made[name] = renderer.text(name, data, pages=pages)
    if rules:
        entries = [rule["entry"] for rule in rules]
        listed = {"$schema": "heuristics.schema.json", "heuristics": entries}
        made["heuristics.json"] = f"{json.dumps(listed, ensure_ascii=False, indent=1)}\n"
    return made, _config(settings, tree, glossary, origin)


class Renderer:
    """Renders templates, with what they may show."""

    def __init__(self, shown: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        self.shown = shown
        self.known = known
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701, this is Markdown
        )
        self.environment.filters |= {"cell": cell, "sentence": sentence, "rendered": rendered}
        self.macros = self.environment.get_template("shown.md").module

    def text(self, name: str, source: bytes | str, *, plain: bool = False, **more: Any) -> str:
        """Return the text of a page.

        Args:
            name: of the page, from `docs/`.
            source: of its template.
            plain: whether figures and tables are words, for language models.
            more: what this page knows besides.

        Raises:
            BuildError: if that fails; the message names the page and the line.
        """
        seen: set[tuple[str, str]] = set()

        def embed(kind: str, place: str) -> str:
            if (kind, place) in seen:
                raise BuildError(f"{kind}({place!r}) stands twice on this page")
            first = kind not in dict(seen)
            seen.add((kind, place))
            about = self.one(kind, place)
            if plain:
                words = about["caption"]
                return (
                    f"[Figure: {about['alt']} {words}]"
                    if kind == "figure"
                    else f"{words}\n\n{about['text']}"
                )
            root = "../" * name.count("/")
            more = {
                "attributes": f" #{kind[:3]}-{place.replace('.', '-')}",
                "more": f" [Run this]({root}notebooks/{about['notebook']}.ipynb)",
            }
            if kind == "table":
                return str(self.macros.table(about, about["rows"], **more)).strip()
            loading = {"loading": ""} if first else {}
            return str(self.macros.figure(about, root, **more, **loading)).strip()

        try:
            template = self.environment.from_string(
                source if isinstance(source, str) else source.decode()
            )
            return template.render(
                self.known,
                figure=lambda place: embed("figure", place),
                table=lambda place: embed("table", place),
                number=lambda place: self.one("number", place),
                **more,
            )
        except UnicodeDecodeError as error:
            raise BuildError(f"docs/{name} is not in UTF-8: {error.reason}") from None
        except (BuildError, jinja2.TemplateError, *WRONG) as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
            line = getattr(error, "lineno", None) or (lines[-1] if lines else "?")
            raise BuildError(f"docs/{name}, line {line}: {error}") from None

    def one(self, kind: str, place: str) -> Any:
        """Return a figure, table or number by its place, `notebook.name`."""
        shown, _, key = place.partition(".")
        if shown not in self.shown:
            raise BuildError(f"{kind}({place!r}): no notebooks/{shown}.ipynb, and no such rule")
        found = self.shown[shown][f"{kind}s"]
        if key not in found:
            names = ", ".join(sorted(found)) or "none"
            raise BuildError(f"{kind}({place!r}): {shown} has no such {kind}; it has {names}")
        return found[key]


def cell(words: str) -> str:
    """Return words as a cell of a Markdown table."""
    return " ".join(str(words).split()).replace("|", "\\|")


@jinja2.pass_context
def rendered(context: jinja2.runtime.Context, words: str) -> str:
    """Return words that are a template themselves."""
    return context.environment.from_string(words).render(context.get_all())


def sentence(words: str) -> str:
    """Return words with the first letter as at the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def flat(tree: list[Any], section: str = "") -> Iterator[tuple[str, str, str]]:
    """Return the section, given title and source of each page of a navigation, in its order."""
    for item in tree:
        title, value = next(iter(item.items())) if isinstance(item, dict) else ("", item)
        if isinstance(value, list):
            yield from flat(value, section or title)
        else:
            yield section, title, value


def _page(section: str, title: str, name: str, text: str, words: str) -> dict[str, str]:
    """Return what a list of the pages says of one."""
    if name.endswith(".ipynb"):
        text = "".join(json.loads(text)["cells"][0]["source"])
    front = FRONT.match(text)
    meta = yaml.safe_load(front[1]) if front else {}
    found = TITLE.search(text)
    lines = [line for line in FRONT.sub("", words).split("\n") if line[:4] not in {"<div", "</di"}]
    folder = re.sub(r"(^|/)index\.md$|\.\w+$", r"\1", name)
    return {
        "section": section,
        "title": title or meta.get("title") or (found[1] if found else name),
        "url": f"{folder}{'/' if folder and not folder.endswith('/') else ''}",
        "description": meta.get("description", ""),
        "words": "" if name.startswith("reference/api/") else "\n".join(lines).strip(),
    }


def _config(
    settings: Settings, nav: list[Any], glossary: Mapping[str, Any], origin: Mapping[str, str]
) -> dict[str, Any]:
    """Return what mkdocs.yml inherits: all of it that a build finds out."""
    about: dict[str, dict[str, str]] = {}
    for name, source in origin.items():
        about[name] = {"source": source}
        # What an API page says is in the package, whenever its own few lines changed.
        if (day := settings.days.get(source)) and not name.startswith("reference/api/"):
            shown = date.fromisoformat(day)
            about[name] |= {"day": day, "changed": f"{shown.day} {shown:%B %Y}"}
    host, _, path = settings.repo_url.partition("://")[2].partition("/")
    return {
        "site_url": settings.site_url,
        "repo_url": settings.repo_url,
        "nav": nav,
        "extra": {
            "release": settings.release,
            "commit": settings.commit[:10],
            "local": urlsplit(settings.site_url).hostname in LOCAL,
            "github": path.removesuffix(".git") if host == "github.com" else "",  # for Colab
            "pages": about,
        },
        "markdown_extensions": {"abbr": {"glossary": glossary.get("tooltips", {})}},
    }
