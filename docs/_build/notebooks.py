"""Brings `build/` up to date: runs the notebooks that changed, and takes their outputs apart."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from . import cache, extract, rules
from .project import BuildError, Project, locked, remove_others, remove_parts, write

if TYPE_CHECKING:
    from pathlib import Path

WORKERS = 2
MADE = ("notebooks", "tables", "index")  # folders below build/, written from notebooks alone


class Progress:
    """A bar on a terminal, a line for each notebook elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.running: dict[str, str] = {}
        self.live = sys.stderr.isatty()

    def cell(self, name: str, done: int, total: int) -> None:
        """Note that a notebook has come one cell further."""
        self.running[name] = f"{name} {done}/{total}"
        self._draw()

    def finish(self, name: str, seconds: float, *, failed: bool) -> None:
        """Note that a notebook has ended."""
        self.done += 1
        self.running.pop(name, None)
        if not self.live:
            end = "failed" if failed else "done"
            line = f"Notebook {self.done} of {self.total}: {name}, {end} in {seconds:.1f} s"
            print(line, file=sys.stderr, flush=True)
        self._draw()

    def close(self) -> None:
        """Leave the terminal's line empty."""
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _draw(self) -> None:
        if self.live:
            filled = 24 * self.done // max(self.total, 1)
            bar = f"[{'#' * filled}{'.' * (24 - filled)}] {self.done}/{self.total} notebooks"
            text = f"{bar}  {', '.join(self.running.values())}"
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{text[:width]}", end="", file=sys.stderr, flush=True)


def update(
    project: Project | None = None, *, workers: int = WORKERS, traceback: bool = False
) -> list[str]:
    """Bring `build/` up to date with the notebooks and the package.

    Args:
        project: the checkout; this one by default.
        workers: how many notebooks run at a time.
        traceback: whether a failing cell's message ends with its traceback.

    Returns:
        The names of the notebooks that were run; none when nothing changed.

    Raises:
        BuildError: if a notebook fails; one line for each.
    """
    project = project or Project()
    rules.update(project)  # notebooks draw what the rules found
    with locked(project.cache / "notebooks.lock"):
        for folder in (_entry(project, "x").parent, *(project.build / name for name in MADE)):
            remove_parts(folder)
        return _update(project, workers, traceback=traceback)


def _update(project: Project, workers: int, *, traceback: bool) -> list[str]:
    keys = cache.Keys(project.package)
    found: dict[str, dict[str, Any]] = {}
    stale: dict[Path, str] = {}
    for source in project.sources():
        try:
            key = keys.of(source.read_bytes())
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BuildError(f"notebooks/{source.name} is no valid notebook") from None
        notebook = cache.load(_entry(project, source.stem), key)
        if notebook is None:
            stale[source] = key
        else:
            found[source.stem] = notebook
    failures: list[str] = []
    if stale:
        made, failures = asyncio.run(_run(stale, project, workers, traceback=traceback))
        found |= made
    failures += _extract(found, project)
    if failures:
        raise BuildError("\n".join(sorted(failures)))
    return [source.stem for source in stale]


async def _run(
    stale: dict[Path, str], project: Project, workers: int, *, traceback: bool
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Run notebooks, storing each result as soon as it is there; return results and failures."""
    from . import kernel  # half a second, which a build without changes saves

    made: dict[str, dict[str, Any]] = {}
    failures: list[str] = []
    progress = Progress(len(stale))
    gate = asyncio.Semaphore(workers)

    async def one(source: Path, key: str) -> None:
        name = source.stem
        async with gate:
            start = time.monotonic()
            try:
                made[name] = await kernel.run(
                    source, project, traceback=traceback, on_cell=partial(progress.cell, name)
                )
                _keep(made[name], source, project, key)
            except BuildError as error:
                failures.append(str(error))
            progress.finish(name, time.monotonic() - start, failed=name not in made)

    try:
        await kernel.warm_up(project)
        async with asyncio.TaskGroup() as group:
            # The longest source first: a slow notebook should not start when all else is done.
            for source in sorted(stale, key=lambda path: path.stat().st_size, reverse=True):
                group.create_task(one(source, stale[source]))
    finally:
        progress.close()
    return made, failures


def _keep(notebook: dict[str, Any], source: Path, project: Project, key: str) -> None:
    """Store a result, unless an edit during the run made it one of other sources."""
    if cache.Keys(project.package).of(source.read_bytes()) == key:
        cache.store(_entry(project, source.stem), key, notebook)


def _extract(found: dict[str, dict[str, Any]], project: Project) -> list[str]:
    """Write what the executed notebooks hold, and delete what no notebook holds any more."""
    keep: dict[Path, str] = {}
    failures: list[str] = []
    repository = os.environ.get("REPO_URL", "")
    palette = extract.palette(project.package / "plot.py") if found else {}
    for name, notebook in sorted(found.items()):
        try:
            made = extract.outputs(name, notebook, palette, repository)
        except BuildError as error:
            failures.append(str(error))
            continue
        for path, text in made.items():
            if path in keep:
                failures.append(f"notebooks/{name}.ipynb: another notebook makes {path} too")
            keep[project.build / path] = text
    for path, text in keep.items():
        write(path, text)
    failed = {source.stem for source in project.sources()} - set(found)
    if not failures and not failed:
        for folder in MADE:
            remove_others(project.build / folder, keep)
        remove_others(_entry(project, "x").parent, [_entry(project, name) for name in found])
    return failures


def _entry(project: Project, name: str) -> Path:
    return project.cache / "executed" / f"{name}.json"


def index(project: Project) -> dict[str, Any]:
    """Return what there is to embed, by notebook."""
    return {
        path.stem: json.loads(path.read_bytes())
        for path in sorted((project.build / "index").glob("*.json"))
    }


if __name__ == "__main__":
    from .__main__ import main

    sys.exit(main(["notebooks"]))
