"""Renders `build/docs/`: pages are Jinja templates, and what they show is data.

A page says `{{ figure("shapes.cosine") }}`, `{{ table("shapes.spend") }}`, `{{ number("H1.n") }}`,
with a notebook or a rule, and a name. Tables of rules and the like loop over the data of `rules`.
"""

from __future__ import annotations

import json
import re
import traceback
from datetime import UTC, date, datetime
from functools import cache
from operator import itemgetter
from pathlib import Path
from pydoc import locate
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import jinja2
import yaml
from mkdocs.utils.meta import get_data

from . import cards, explorer, tools
from .files import BuildError, contents
from .rules import SITE, trials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .files import Project
    from .notebooks import Shown

CONFIG = "from-make-build.yml"  # what mkdocs.yml inherits; where it is missing, MkDocs names it
CONFORMANCE = "tests/data/conformance.json"  # written by `make conformance`
TEMPLATES = Path(__file__).parent / "templates"
TITLE = re.compile(r"^# (.+?)(?: \{.*\})?$", re.MULTILINE)
WRONG = (AttributeError, LookupError, TypeError, ValueError, jinja2.TemplateError)
Files = dict[str, str | bytes]


class Settings(NamedTuple):
    """What a build is told from outside."""

    site_url: str  # with a slash at its end
    repo_url: str  # without one; "" for none
    release: str
    commit: str
    days: Mapping[str, str]  # of the last commit of each source
    epoch: str  # the second that everything else is dated by

    @property
    def newest(self) -> str:
        """Where the newest site is: above a release that is kept, else here."""
        return self.site_url.removesuffix(f"/v{self.release}/").removesuffix("/") + "/"


def render(
    project: Project, notebooks: Mapping[str, Shown], package: dict[str, Any], settings: Settings
) -> tuple[Files, dict[str, Any]]:
    """Return the files of `build/docs/`, and the configuration that goes with them.

    Raises:
        BuildError: if a page is no template, or shows what there is not. The message names it.
    """
    package = json.loads(json.dumps(package, ensure_ascii=False).replace(SITE, settings.newest))
    sources = {name: data for name, data in contents(project.sources) if name[0] != "_"}
    glossary = yaml.safe_load(sources.pop("glossary.yml", "{}"))
    measured = project.root / CONFORMANCE
    conformance = json.loads(measured.read_text("utf-8")) if measured.is_file() else {}
    data = trials(project, settings.site_url, settings.days)
    known = {"site": settings.site_url, "glossary": glossary, "conformance": conformance}
    known |= {"trials": data, "github": github(settings.repo_url)}
    known |= {"changes": _changes(package["rules"], settings)}
    renderer = Renderer(notebooks, known | package)
    questions = {rule["id"]: rule["entry"]["question"] for rule in package["rules"]}
    nav = yaml.safe_load(renderer.page("nav.yml", sources.pop("nav.yml", b"[]"))[0])

    calls = yaml.safe_load(sources.pop(explorer.CALLS, "{}"))
    made: Files = package["files"] | data["files"] | tools.files(package)
    made |= explorer.files(project, calls, package["rules"])
    made |= cards.files(project, package["rules"]) | _wheel(project)
    for shown in notebooks.values():
        made |= shown["files"]
    origin = {name: name for name in made if name.endswith(".ipynb")}
    wheel = f"downloads/lrdecay-{settings.release}-py3-none-any.whl"
    install = rf"\"lrdecay[plot] @ {settings.site_url}{wheel}\""  # outside a clone, as in Colab
    made |= {name: str(made[name]).replace(r"\"lrdecay[plot]\"", install) for name in origin}
    words = {}  # of each page, for language models
    for name in [name for name in sources if name.endswith(".md")]:
        made[name], words[name] = renderer.page(name, sources.pop(name))
        origin[name] = f"docs/{name}"
    for rule in package["rules"]:
        name = f"heuristics/{rule['id'].lower()}.md"
        made[name], words[name] = renderer.page(
            name, (TEMPLATES / "rule.md").read_bytes(), rule=rule
        )
        origin[name] = rule["source"]
    listed = [_page(section, title, name, made, words) for section, title, name in flat(nav)]
    for name, data in sources.items():
        template = name.endswith((".txt", ".bib", ".xml", "heuristics.json"))
        made[name] = renderer.page(name, data, pages=listed)[0] if template else data
    extensions = {
        "abbr": {"glossary": glossary.get("tooltips", {})},
        "site_builder.markdown": {"questions": questions},
    }
    return made, _config(settings, nav, origin, made) | {"markdown_extensions": extensions}


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701, this is Markdown
)
ENVIRONMENT.filters |= {
    "cell": lambda words: " ".join(str(words).split()).replace("|", "\\|"),  # of a table
    "sentence": lambda words: words[:1].upper() + words[1:],
    "json": lambda value: json.dumps(value, ensure_ascii=False, indent=1),
}
TO_RULE = re.compile(
    r"(?P<link>\[(?:[^][]|\[[^][]*\])*\]\([./]*heuristics/(?P<id>h\d{3})\.md)"
    r"(?: \"(?P<taken>yes|no)\")?\)"
)
compiled = cache(ENVIRONMENT.from_string)


class Renderer:
    """Renders templates, with what they may show."""

    def __init__(self, notebooks: Mapping[str, Shown], known: dict[str, Any]) -> None:
        self.known = known
        self.shown = dict(notebooks) | {rule["id"]: rule for rule in known["rules"]}

    def page(self, name: str, source: bytes, **more: Any) -> tuple[str, str]:
        """Return a page, and its words: without the images and the boxes.

        Args:
            name: of the page, from `docs/`.
            source: of its template.
            more: what this page knows besides.

        Raises:
            BuildError: if that fails; the message names the page and the line.
        """
        macros: Any = ENVIRONMENT.get_template("shown.md").module
        rows = source.decode(errors="replace").split("\n")
        seen: dict[str, str] = {}  # Markdown of a figure or table -> its words
        root = "../" * name.count("/")
        up = root if name.endswith("index.md") else f"{root}../"  # in the site

        def embed(kind: str, place: str) -> str:
            about = self.one(kind, place)
            ident = f"{kind[:3]}-{place.replace('.', '-')}"
            run = macros.run(about["notebook"], root, up, self.known["github"])
            if kind == "figure":
                lazy = any(text.startswith("!") for text in seen)
                text = macros.figure(about, root, f" #{ident}", run, lazy=lazy).strip()
                words = f"[Figure: {about['alt']} {about['caption']}]"
            else:
                text = macros.table(about, about["rows"], f" #{ident}", run).strip()
                words = f"{about['caption']}\n\n{about['text']}"
            if any(f"#{ident} }}" in other for other in seen):
                raise BuildError(f"{kind}({place!r}) stands twice on this page")
            seen[text] = words
            return text

        try:
            text = compiled(source.decode()).render(
                self.known,
                figure=lambda place: embed("figure", place),
                table=lambda place: embed("table", place),
                thumbnail=lambda place: macros.thumbnail(self.one("figure", place), root),
                notebook=lambda name: macros.notebook(name, *self.notebook(name)),
                number=self.number,
                rows=lambda text: sum(row[:2] == "| " and text in row for row in rows),
                **more,
            )
            if not name.startswith(("heuristics/", "nav")):
                text = self.answered(text)
        except UnicodeDecodeError as error:
            raise BuildError(f"docs/{name} is not in UTF-8: {error.reason}") from None
        except (BuildError, *WRONG) as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
            line = getattr(error, "lineno", None) or (lines[-1] if lines else "?")
            raise BuildError(f"docs/{name}, line {line}: {error}") from None
        words = get_data(text)[0]
        for shown, said in seen.items():
            words = words.replace(shown, said)
        boxes = ("<div", "</di")
        return text, "\n".join(row for row in words.split("\n") if row[:4] not in boxes).strip()

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

    def notebook(self, name: str) -> tuple[str, str, Any]:
        """Return title, first sentence and first figure, or None, of a notebook."""
        shown = self.shown[name]
        first = json.loads(shown["files"][f"notebooks/{name}.ipynb"])["cells"][0]
        title, _, words = "".join(first["source"]).partition("\n\n")
        sentence = re.split(r"(?<=[.?!])\s", words, maxsplit=1)[0]
        return title.lstrip("# "), sentence, next(iter(shown["figures"].values()), None)

    def number(self, place: str, spec: str = "") -> str:
        """Return a number as it is printed; one of a rule also in another format."""
        shown = self.one("number", place)
        if not spec:
            return shown
        from lrdecay.lab.stats import Interval  # late: few pages need it

        id_, _, key = place.partition(".")
        return format(Interval(*self.shown[id_]["values"][key]), spec)

    def answered(self, text: str) -> str:
        """Return Markdown in which each link to a rule is followed by the rule's answer.

        A link may say what it takes for granted: `[Linear to zero](../heuristics/h007.md "yes")`.

        Raises:
            BuildError: if the rule's answer is the other one, so that the page must be rewritten.
        """
        against = {"yes": ("no", "mostly no"), "no": ("yes", "mostly yes")}

        def one(link: re.Match[str]) -> str:
            id_ = link["id"].upper()
            word = self.one("number", f"{id_}.word")
            if link["taken"] and word in against[link["taken"]]:
                raise BuildError(
                    f"the link to {id_} takes {link['taken']!r} for granted: it is {word!r}"
                )
            kind = word.replace(" ", "-")
            return f"{link['link']}) *{word}*{{ .lr-says .lr-answer--{kind} }}"

        return TO_RULE.sub(one, text)


def flat(tree: list[Any], section: str = "") -> Iterator[tuple[str, str, str]]:
    """Return the section, given title and source of each page of a navigation, in its order."""
    for item in tree:
        title, value = next(iter(item.items())) if isinstance(item, dict) else ("", item)
        if isinstance(value, list):
            yield from flat(value, section or title)
        else:
            yield section, str(title), str(value)


def _page(
    section: str, title: str, name: str, made: Files, words: Mapping[str, str]
) -> dict[str, str]:
    """Return what a list of the pages says of one."""
    text = str(made.get(name, ""))
    if name.endswith(".ipynb") and text:
        text = "".join(json.loads(text)["cells"][0]["source"])
    (_, meta), head = get_data(text), TITLE.search(text)
    return {
        "section": section,
        "title": title or meta.get("title") or (head[1] if head else name),
        "url": re.sub(r"(^|/)index\.md$|\.\w+$", r"\1" if name.endswith("index.md") else "/", name),
        "description": meta.get("description", ""),
        "words": "" if name.startswith("reference/api/") else words.get(name, ""),
    }


def github(repo_url: str) -> str:
    """Return owner and name of a repository on GitHub, whose notebooks Colab and Binder open."""
    repository = urlsplit(repo_url)
    path = repository.path.strip("/").removesuffix(".git")
    return path if repository.hostname == "github.com" else ""


def _changes(rules: list[dict[str, Any]], settings: Settings) -> list[dict[str, str]]:
    """Return what releases changed in the rules, the newest first; undated until a release is."""
    built = datetime.fromtimestamp(int(settings.epoch), UTC).date().isoformat()
    found = [
        change
        | {"id": rule["id"], "question": rule["entry"]["question"], "answer": rule["response"]}
        | {"day": change["day"] or settings.days.get(rule["source"], built)}
        for rule in rules
        for change in rule["changes"]
    ]
    return sorted(found, key=itemgetter("day"), reverse=True)


def _wheel(project: Project) -> Files:
    """Return the package as what `pip install` takes, for where no index has it."""
    declared = project.root / "pyproject.toml"
    if not declared.is_file():
        return {}
    from flit_core.wheel import make_wheel_in  # dated by SOURCE_DATE_EPOCH

    with TemporaryDirectory() as folder:
        path = make_wheel_in(declared, Path(folder)).file
        return {f"downloads/{path.name}": path.read_bytes()}


def _modules(page: str) -> set[str]:
    """Return the modules, without their endings, of what an API page shows."""
    shown = [locate(name) for name in re.findall(r"^::: (\S+)", page, re.MULTILINE)]
    names = [getattr(one, "__module__", getattr(one, "__name__", "?")) for one in shown]
    return {name.replace(".", "/") for name in names}


def _config(
    settings: Settings,
    nav: list[Any],
    origin: Mapping[str, str],
    made: Files,
) -> dict[str, Any]:
    """Return what mkdocs.yml inherits: all of it that a build finds out."""
    about: dict[str, dict[str, str]] = {}
    for name, source in origin.items():
        about[name] = {"source": source}
        days = [settings.days.get(source, "")]
        if name.startswith("reference/api/"):  # it is drawn from the package
            for module in _modules(str(made[name])):
                parts = (f"{module}.py", f"{module}/")
                days += [day for part, day in settings.days.items() if part.startswith(parts)]
        if day := max(days):
            changed = date.fromisoformat(day)
            about[name] |= {"day": day, "changed": f"{changed.day} {changed:%B %Y}"}
    return {
        "site_url": settings.site_url,
        "repo_url": settings.repo_url,
        "nav": nav,
        "extra": {
            "release": settings.release,
            "commit": settings.commit[:10],
            "newest": settings.newest,
            "kept": settings.newest != settings.site_url,
            "local": urlsplit(settings.site_url).hostname in {"127.0.0.1", "localhost"},
            "github": github(settings.repo_url),
            "pages": about,
        },
    }
