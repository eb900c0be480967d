"""Builds the site: `python -m site_builder build|site|serve|notebooks`.

The road goes one way. What the notebooks show and what the package knows is data (`notebooks`,
`rules`); the pages of `docs/`, which are templates, and that data become plain Markdown under
`build/docs/` (`pages`); and MkDocs, which knows nothing of this, makes `site/` of it. `markdown` is the
extension that it is given; `files` says where everything is.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import shutil
import signal
import socket
import sys
import time
import tomllib
from urllib.parse import urlsplit
from contextlib import contextmanager
from importlib import metadata
from typing import TYPE_CHECKING

from . import notebooks, pages, rules
from .files import (
    BuildError,
    Project,
    contents,
    digest,
    history,
    keep,
    listing,
    load,
    locked,
    mirror,
    say,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from mkdocs.livereload import LiveReloadServer

HOST = "127.0.0.1"
INTERRUPTED = 130  # what a shell expects after Ctrl-C
EPOCH = "315532800"  # 1980, for sources outside git
SETTINGS = ("REPO_URL", "SITE_URL", "SOURCE_DATE_EPOCH")
# One thread: two processes run at a time, and sums then do not depend on the number of cores.
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")


def prepare(
    project: Project, *, workers: int, traceback: bool = False
) -> tuple[list[str], set[str]]:
    """Bring `build/docs/` up to date; return the notebooks that were run and the files that changed.

    Raises:
        BuildError: if a notebook, an experiment or a page fails; `build/docs/` is then as it was.
    """
    package = rules.update(project)
    shown, ran = notebooks.update(project, workers=workers, traceback=traceback)
    commit, second, days = history(project.root, "docs", "notebooks", "lrdecay/heuristics/rules")
    os.environ.setdefault("SOURCE_DATE_EPOCH", second or EPOCH)  # of the sitemap
    settings = pages.Settings(
        _address(),
        os.environ.get("REPO_URL", "").rstrip("/"),
        _release(project),
        commit,
        days,
    )
    made, config = pages.render(project, shown, package, settings)
    changed = mirror(project.docs, made)
    if write(project.build / pages.CONFIG, json.dumps(config, ensure_ascii=False, indent=1)):
        changed.add(pages.CONFIG)
    return ran, changed


def build(project: Project, *, workers: int = notebooks.WORKERS, traceback: bool = False) -> bool:
    """Bring `site/` up to date; return whether anything had to be done.

    Raises:
        BuildError: if a step fails. `site/` is then as it was.
    """
    start = time.monotonic()
    new, old = project.root / ".site.new", project.root / ".site.old"
    stamp = project.cache / "site"
    with locked(project.cache / "lock"):
        if old.exists() and not project.site.exists():  # stopped between the two renames below
            old.rename(project.site)
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        key = fingerprint(project)
        if load(stamp, key) == listing(project.site):
            say("The site is up to date.")
            return False
        ran, _ = prepare(project, workers=workers, traceback=traceback)
        generate(project, new)
        if project.site.exists():
            project.site.rename(old)
        new.rename(project.site)
        shutil.rmtree(old, ignore_errors=True)
        keep(stamp, key, listing(project.site))
    say(f"Built site/ in {time.monotonic() - start:.1f} s, {len(ran)} notebooks run.")
    return True


def fingerprint(project: Project) -> str:
    """Return a hash of everything that the site can depend on."""
    parts: list[tuple[str, bytes | str]] = [(name, str(os.environ.get(name))) for name in SETTINGS]
    installed = sorted({f"{one.name} {one.version}" for one in metadata.distributions()})
    parts += [("python", sys.version), ("versions", "\n".join(installed))]
    parts += [("commit", history(project.root)[0])]
    for name in ("mkdocs.yml", "pyproject.toml", pages.CONFORMANCE):
        path = project.root / name
        parts.append((name, path.read_bytes() if path.is_file() else b""))
    for folder in ("docs", "lrdecay", "notebooks", "site_builder"):
        parts += [(f"{folder}/{name}", data) for name, data in contents(project.root / folder)]
    return digest(parts)


def generate(project: Project, target: Path, *, dirty: bool = False) -> None:
    """Let MkDocs make a site of `build/docs/`: `mkdocs build --strict`."""
    from mkdocs.commands.build import build as build_pages
    from mkdocs.config import load_config

    with speaking(logging.WARNING):
        config = load_config(
            str(project.root / "mkdocs.yml"), site_dir=str(target), strict=not dirty
        )
        config.plugins.on_startup(command="build", dirty=dirty)
        try:
            build_pages(config, dirty=dirty)
        finally:
            config.plugins.on_shutdown()


@contextmanager
def speaking(level: int) -> Generator[None]:
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


def serve(project: Project, port: int, *, watched: bool) -> None:
    """Serve the site until Ctrl-C; if it is watched, with what is edited, as soon as it can be seen.

    That is a preview: pages that changed are made again where they alone did, and search finds what it
    found before.
    """
    from .server import Server

    shown = project.site
    if watched:
        shown = project.build / "preview"
        shutil.rmtree(shown, ignore_errors=True)
        shutil.copytree(project.site, shown)

    def frame() -> str:
        theme = contents(project.sources / "_theme")
        return digest([*theme, *contents(project.package), *contents(project.root / "site_builder")])

    known = frame()

    def preview() -> None:
        nonlocal known
        start, index = time.monotonic(), shown / "search" / "search_index.json"
        found = index.read_bytes()
        try:
            with locked(project.cache / "lock"):
                _, changed = prepare(project, workers=notebooks.WORKERS)
                whole = frame() != known or pages.CONFIG in changed
                generate(project, shown, dirty=not whole)
        except BuildError as error:
            say(str(error))
            return
        if not whole:
            index.write_bytes(found)
        known = frame()
        say(f"{len(changed)} files changed, shown after {time.monotonic() - start:.1f} s.")

    with speaking(logging.INFO if watched else logging.WARNING):
        server = Server(preview, shown, port, urlsplit(_address()).path)
        for path in (project.sources, project.package, project.notebooks) if watched else ():
            server.watch(str(path))
        say(f"The site is at {server.url} (Ctrl-C stops it).")
        try:
            server.serve()
        except KeyboardInterrupt:
            say("")
        finally:
            server.shutdown()


def free(port: int) -> None:
    """Raise BuildError if a server could not listen on this port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
        raise BuildError(f"Port {port} {reason}: `make site PORT={port + 1}` takes another.") from None


def _address() -> str:
    return os.environ.get("SITE_URL") or f"http://{HOST}:8000/"


def _release(project: Project) -> str:
    path = project.root / "pyproject.toml"
    data = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    return data.get("project", {}).get("version", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m site_builder", description=__doc__)
    parser.add_argument("command", choices=("notebooks", "build", "site", "serve"))
    parser.add_argument("--jobs", type=int, default=notebooks.WORKERS, help="notebooks at a time")
    parser.add_argument("--traceback", action="store_true", help="of a failing cell, all of it")
    parser.add_argument("--port", type=int, default=8000, help="default: 8000")
    chosen = parser.parse_args(arguments)
    if chosen.jobs < 1 or not 0 < chosen.port < 2**16:
        parser.error("--jobs must be 1 or more, --port from 1 to 65535")
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in THREADS})
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # kill means the same as Ctrl-C
    project = Project()
    options = {"workers": chosen.jobs, "traceback": chosen.traceback}
    try:
        if chosen.command == "notebooks":
            with locked(project.cache / "lock"):
                shown, ran = notebooks.update(project, **options)
            say(f"{len(shown)} notebooks, {len(ran)} run, the rest unchanged.")
            return 0
        if chosen.command != "build":
            free(chosen.port)  # say so before the build, not after it
        build(project, **options)
        if chosen.command != "build":
            serve(project, chosen.port, watched=chosen.command == "serve")
    except BuildError as error:
        say(str(error))
        return 1
    except OSError as error:  # a full disk, a folder that is read-only
        say(f"{error.strerror or error}: {error.filename or project.root}")
        return 1
    except KeyboardInterrupt:
        say("Stopped. What was finished is kept, nothing is half-written.")
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
