"""Builds the site: `python -m site_builder build`, `site`, `serve` or `notebooks`.

The road goes one way. What notebooks show and what the package knows becomes data (`notebooks`,
`rules`). The pages of `docs/`, which are templates, become plain Markdown with it in `build/docs/`
(`pages`). MkDocs, which knows nothing of this, makes `site/` of them, with one Markdown extension
of ours (`markdown`). `files` says where everything is, and how it is written.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import signal
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import notebooks, pages, rules, search
from .files import (
    BuildError,
    Project,
    contents,
    digest,
    history,
    installed,
    keep,
    listing,
    load,
    locked,
    mirror,
    say,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130  # what a shell expects after Ctrl-C
EPOCH = "315532800"  # 1980, for sources outside git
# One thread: two processes run at a time, and sums then do not depend on the number of cores.
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
# What pages depend on besides their own text.
FRAME = ("docs/_theme", "lrdecay", "site_builder", "mkdocs.yml", pages.CONFORMANCE)


def build(project: Project, *, traceback: bool) -> None:
    """Bring `site/` up to date.

    Raises:
        BuildError: if a step fails. `site/` is then as it was.
    """
    start, stamp = time.monotonic(), project.cache / "site"
    new, old = project.root / ".site.new", project.root / ".site.old"  # beside it: to be renamed
    with locked(project.cache / "lock"):
        if old.exists() and not project.site.exists():  # stopped between the two renames below
            old.rename(project.site)
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        told = settings(project)
        key = fingerprint(project, *FRAME, "docs", "notebooks", told=json.dumps(told))
        if load(stamp, key) == listing(project.site):
            say("The site is up to date.")
            return
        ran, _ = prepare(project, told, traceback=traceback)
        generate(project, new)
        if project.site.exists():
            project.site.rename(old)
        new.rename(project.site)
        shutil.rmtree(old, ignore_errors=True)
        keep(stamp, key, listing(project.site))
    say(f"Built site/ in {time.monotonic() - start:.1f} s, {len(ran)} notebooks run.")


def prepare(
    project: Project, told: pages.Settings, *, traceback: bool = False
) -> tuple[list[str], set[str]]:
    """Bring `build/docs/` up to date; return the notebooks that ran and the files that changed.

    Raises:
        BuildError: if a notebook, an experiment or a page fails; `build/docs/` is then as it was.
    """
    package = rules.update(project)
    shown, ran = notebooks.update(project, traceback=traceback)
    made, config = pages.render(project, shown, package, told)
    changed = mirror(project.docs, made)
    if write(project.build / pages.CONFIG, json.dumps(config, ensure_ascii=False, indent=1)):
        changed.add(pages.CONFIG)
    return ran, changed


def generate(project: Project, target: Path, *, dirty: bool = False) -> None:
    """Let MkDocs make a site of `build/docs/`: `mkdocs build --strict`, or `--dirty`.

    Raises:
        BuildError: if a link leads nowhere, a formula does not parse, and the like.
    """
    from click import ClickException
    from mkdocs.commands.build import build as build_pages
    from mkdocs.config import load_config

    path = str(project.root / "mkdocs.yml")
    keep_converted(project)
    try:
        config = load_config(path, site_dir=str(target), strict=not dirty)
        config.plugins.on_startup(command="build", dirty=dirty)
        try:
            build_pages(config, dirty=dirty)
            if (index := target / "search" / "search_index.json").is_file():
                search.shorten(index, project.sources / "_search.yml")
        finally:
            config.plugins.on_shutdown()
    except ClickException as error:
        raise BuildError(error.format_message()) from None
    except ValueError as error:  # of our extension; MkDocs has printed it with the page's name
        raise BuildError(f"The pages were not built: {error}") from None


def keep_converted(project: Project) -> None:
    """Let mkdocs-jupyter convert a notebook once: with a template of ours it has no cache."""
    from mkdocs_jupyter import convert, nbconvert2

    common = digest([("with", installed()), *contents(pages.TEMPLATES)])

    def converted(path: str, **options: Any) -> str:
        key = digest([(common, Path(path).read_bytes()), ("options", repr(options))])
        kept = project.cache / "converted" / f"{Path(path).stem}.json"
        page = load(kept, key)
        if page is None:
            page = nbconvert2.nb2html(path, **options)
            keep(kept, key, page)
        return page

    convert.nb2html = converted  # ty: ignore[invalid-assignment]


def serve(project: Project, port: int, *, watched: bool) -> None:
    """Serve the site until Ctrl-C; if it is watched, what is edited appears at once.

    Such a preview is quick: pages that changed are made again where nothing else did, and search
    finds what it found before.
    """
    from .server import Server

    folder = project.build / "preview" if watched else project.site
    if watched:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(project.site, folder)
    index = folder / "search" / "search_index.json"
    frame = fingerprint(project, *FRAME)

    def preview() -> None:
        nonlocal frame
        start, now = time.monotonic(), fingerprint(project, *FRAME)
        try:
            with locked(project.cache / "lock"):
                told = settings(project)
                _, changed = prepare(project, told)
                dirty = now == frame and pages.CONFIG not in changed
                found = index.read_bytes() if dirty and index.is_file() else None
                generate(project, folder, dirty=dirty)
                if found is not None:
                    index.write_bytes(found)
        except BuildError as error:
            say(str(error))
            return
        frame = now
        say(f"{len(changed)} files changed; shown after {time.monotonic() - start:.1f} s.")

    server = Server(preview, folder, port, settings(project).site_url)
    for place in (project.sources, project.package, project.notebooks) if watched else ():
        server.watch(str(place))
    try:
        server.serve()
    except KeyboardInterrupt:
        say("")
    finally:
        server.shutdown()


def settings(project: Project) -> pages.Settings:
    """Return what the environment, git and `pyproject.toml` say of the site.

    Raises:
        BuildError: if SOURCE_DATE_EPOCH is no date.
    """
    commit, second, days = history(project.root)
    epoch = os.environ.setdefault("SOURCE_DATE_EPOCH", second or EPOCH)  # MkDocs dates by it
    if not (epoch.isdecimal() and len(epoch) < len(EPOCH) + 3):
        raise BuildError(f"SOURCE_DATE_EPOCH must be seconds since 1970, not {epoch!r}")
    declared = project.root / "pyproject.toml"
    about = tomllib.loads(declared.read_text("utf-8"))["project"] if declared.is_file() else {}
    address, repository = (os.environ.get(name, "") for name in ("SITE_URL", "REPO_URL"))
    return pages.Settings(
        site_url=address or "http://127.0.0.1:8000/",
        repo_url=repository.rstrip("/"),
        release=about.get("version", ""),
        commit=commit,
        days=days,
        epoch=epoch,
    )


def fingerprint(project: Project, *places: str, told: str = "") -> str:
    """Return a hash of folders and files, of what is told, and of what is installed."""
    parts: list[tuple[str, bytes | str]] = [("with", installed()), ("told", told)]
    for place in places:
        path = project.root / place
        one = [("", path.read_bytes())] if path.is_file() else contents(path)
        parts += [(f"{place}/{name}", data) for name, data in one]
    return digest(parts)


def speak() -> None:
    """Let MkDocs print its warnings, but for those about previews."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    dirty = logging.getLogger("mkdocs.commands.build")
    dirty.addFilter(lambda record: "'dirty' build" not in record.getMessage())
    logging.getLogger("mkdocs.livereload").setLevel(logging.ERROR)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m site_builder", description="Build the site.")
    add = parser.add_argument
    add("command", choices=("notebooks", "build", "site", "serve"), help="how far to go")
    add("--traceback", action="store_true", help="of a failing cell, all of it")
    add("--port", type=int, default=8000, help="where to serve: 8000 by default")
    chosen = parser.parse_args(arguments)
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in THREADS})
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # kill means the same as Ctrl-C
    try:
        run(Project(), chosen)
    except BuildError as error:
        say(str(error))
        return 1
    except OSError as error:  # a full disk, a folder that is read-only
        say(f"{error.filename or 'The build'}: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        say("Stopped. What was finished is kept, nothing is half-written.")
        return INTERRUPTED
    return 0


def run(project: Project, chosen: argparse.Namespace) -> None:
    """Do what the command line asks."""
    if chosen.command == "notebooks":
        with locked(project.cache / "lock"):
            shown, ran = notebooks.update(project, traceback=chosen.traceback)
        say(f"{len(shown)} notebooks, {len(ran)} run, the rest unchanged.")
        return
    speak()
    if chosen.command == "build":
        build(project, traceback=chosen.traceback)
        return
    from .server import free

    free(chosen.port)  # say so before the build, not after it
    build(project, traceback=chosen.traceback)
    serve(project, chosen.port, watched=chosen.command == "serve")


if __name__ == "__main__":
    sys.exit(main())
