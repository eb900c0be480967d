"""Builds the pages into `site/`, when something changed, and swaps them in at the end."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import time
from contextlib import contextmanager
from importlib import metadata
from typing import TYPE_CHECKING

from . import notebooks, rules
from .cache import digest, files
from .dates import git
from .project import BuildError, Project, locked, write
from .server import HOST, free_port

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SETTINGS = ("REPO_URL", "SITE_URL", "SOURCE_DATE_EPOCH")
TOP = {".md", ".yml", ".cff", ".toml", ".bib"}  # mkdocs.yml, README and the like


def build(project: Project | None = None, *, workers: int, traceback: bool) -> bool:
    """Bring `build/` and `site/` up to date; return whether pages had to be built.

    Raises:
        BuildError: if a notebook or a page fails. `site/` is then as it was.
    """
    project = project or Project()
    start = time.monotonic()
    ran = notebooks.update(project, workers=workers, traceback=traceback)
    with locked(project.cache / "site.lock"):
        new, old = project.build / "site.new", project.build / "site.old"
        if old.exists() and not project.site.exists():  # stopped between the two renames below
            old.rename(project.site)
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        stamp = project.cache / "site.json"
        key = _key(project)
        if _read(stamp) == {"key": key, "site": _listing(project.site)}:
            print("The site is up to date.", file=sys.stderr)
            return False
        _mkdocs(project, new)
        if project.site.exists():
            project.site.rename(old)
        new.rename(project.site)
        shutil.rmtree(old, ignore_errors=True)
        write(stamp, json.dumps({"key": key, "site": _listing(project.site)}))
    seconds = time.monotonic() - start
    print(f"Built site/ in {seconds:.1f} s, {len(ran)} notebooks run.", file=sys.stderr)
    return True


def _key(project: Project) -> str:
    """Return a hash of everything that a page can depend on."""
    parts = [(name, str(os.environ.get(name)).encode()) for name in SETTINGS]
    parts.append(("python", sys.version.encode()))
    parts.append(("commit", git(project.root, "rev-parse", "HEAD").encode()))
    distributions = sorted({f"{d.name} {d.version}" for d in metadata.distributions()})
    parts.append(("versions", "\n".join(distributions).encode()))
    top = (p for p in sorted(project.root.iterdir()) if p.suffix in TOP)
    parts += [(path.name, path.read_bytes()) for path in top]
    made = [*(project.build / name for name in notebooks.MADE), rules.folder(project)]
    for folder in (project.root / "docs", project.package, *made):
        parts += [(f"{folder.name}/{name}", data) for name, data in files(folder)]
    return digest(parts)


def _listing(site: Path) -> str:
    """Return a hash of the names and sizes in the site, to notice when a part of it went."""
    found = (path for path in sorted(site.rglob("*")) if path.is_file())
    return digest(
        (str(path.relative_to(site)), str(path.stat().st_size).encode()) for path in found
    )


def _read(stamp: Path) -> object:
    try:
        return json.loads(stamp.read_bytes())
    except (OSError, ValueError):
        return None


def serve(project: Project, port: int) -> None:
    """Serve the pages and rebuild what changes, until Ctrl-C: `mkdocs serve`.

    Raises:
        BuildError: if the first build fails, or the port is taken.
    """
    free_port(port)
    from mkdocs.commands.serve import serve as serve_pages

    with _speaking(logging.INFO):
        serve_pages(str(project.root / "mkdocs.yml"), dev_addr=f"{HOST}:{port}")


def _mkdocs(project: Project, target: Path) -> None:
    """Build the pages: `mkdocs build --strict`."""
    from mkdocs.commands.build import build as build_pages
    from mkdocs.config import load_config

    with _speaking(logging.WARNING):
        config = load_config(str(project.root / "mkdocs.yml"), site_dir=str(target), strict=True)
        config.plugins.on_startup(command="build", dirty=False)
        try:
            build_pages(config)
        finally:
            config.plugins.on_shutdown()


@contextmanager
def _speaking(level: int) -> Generator[None]:
    """Let MkDocs print messages from this level on, and fail as everything here does."""
    from click import ClickException

    handler = logging.StreamHandler()
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger = logging.getLogger("mkdocs")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    except ClickException as error:
        raise BuildError(error.format_message()) from None
    finally:
        logger.removeHandler(handler)
