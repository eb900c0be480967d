"""MkDocs hook: keeps `build/` up to date, fills embeds in, turns LaTeX into MathML.

The work is done by the modules beside this file; `mkdocs build` and `mkdocs serve` call it here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # MkDocs loads this file by its path, not as part of the package
    sys.path.insert(0, str(ROOT))

from docs._build import embed, glossary, llms, mathml, notebooks, rules  # noqa: E402
from docs._build.dates import stop_clock  # noqa: E402
from docs._build.project import BuildError, Project, write  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

_project = Project(ROOT)
_index: dict[str, Any] = {}
_texts: dict[str, str] = {}  # Markdown of the pages that people wrote, and of the rules
_pages: list[Page] = []


@event_priority(100)  # before mkdocs-jupyter asks whether the folder of executed notebooks exists
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Run the notebooks that changed, and stop the clock."""
    stop_clock(ROOT)
    (_project.build / "notebooks").mkdir(parents=True, exist_ok=True)
    try:
        notebooks.update(_project)
    except BuildError as error:
        raise PluginError(str(error)) from None
    _index.clear()
    _index.update(notebooks.index(_project) | rules.numbers(_project))
    for section in config.nav or []:
        if "Heuristics" in section:
            section["Heuristics"] += rules.topics(_project)
    return config


@event_priority(-100)  # after plugins, so that none takes these for files on disk
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the rules' pages and what is made from all rules."""
    site = config.site_url or ""
    for path, content in rules.pages(_project, site).items():
        file = File.generated(config, path, content=content)
        words = f"../lrdecay/heuristics/rules/{Path(path).name}"
        file.edit_uri = words  # ty: ignore[invalid-assignment]
        files.append(file)
    for path, content in rules.downloads(_project, site).items():
        files.append(File.generated(config, path, content=content))
    return files


def on_serve(server: LiveReloadServer, config: MkDocsConfig, **_: object) -> LiveReloadServer:
    """Do not watch what a build writes itself; mkdocs.yml names what that is made from."""
    made = str(_project.build / "notebooks")  # mkdocs-jupyter adds it
    config.watch[:] = [path for path in config.watch if path != made]
    return server


@event_priority(-10)  # after plugins have had the Markdown
def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Fill numbers in and mark figures and tables; a notebook has its own outputs."""
    if page.file.src_uri.endswith(".ipynb"):
        return markdown
    try:
        others = {"glossary": lambda: glossary.definitions(ROOT)}
        whole = embed.pieces(markdown, rules.folder(_project) / "pieces", others)
        text = embed.mark(whole, _index)
    except BuildError as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None
    if not page.file.src_uri.startswith("reference/api/"):  # whose text is in the package
        _texts[page.file.src_uri] = text
    return text


def on_nav(nav: Navigation, **_: object) -> Navigation:
    """Note the order of the pages."""
    _pages[:] = nav.pages
    return nav


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Put figures and tables in, turn every formula into MathML, explain a term only once."""
    try:
        html = embed.fill(html, _index, _project.build, page.url)
        return mathml.convert(glossary.once(html))
    except BuildError as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None


def on_post_build(config: MkDocsConfig) -> None:
    """Write the pages once more, for language models."""
    site = Path(config.site_dir)
    write(site / "llms.txt", llms.summary(config, _pages))
    write(site / "llms-full.txt", llms.full(config, _pages, _texts, _index, _project.build))
