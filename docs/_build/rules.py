"""Brings `build/rules/` up to date: runs the rules whose code changed, and writes what they give.

The work is done by `rule_pages.py` in a process of its own, so that a server which has imported
the package earlier sees an edit of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from . import cache
from .project import BuildError, Project, locked, write

if TYPE_CHECKING:
    from pathlib import Path

# One thread: two of them run at a time, and sums then do not depend on the number of cores.
THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
SITE = "https://site.invalid/"  # in what is made; becomes the site's address when it is published
OURS = ("rules.py", "rule_pages.py", "rule_tables.py")


def store(project: Project) -> Path:
    """Return the folder where the results of experiments are kept."""
    return project.cache / "rules"


def folder(project: Project) -> Path:
    """Return the folder of what the site takes from rules."""
    return project.build / "rules"


def update(project: Project) -> bool:
    """Bring `build/rules/` up to date; return whether anything had to be done.

    Raises:
        BuildError: if an experiment, or a page made from one, fails.
    """
    if not (project.package / "heuristics" / "registry.py").is_file():
        return False
    with locked(project.cache / "rules.lock"):
        stamp = project.cache / "rules.json"
        if _read(stamp) == {"key": _key(project), "made": _listing(project)}:
            return False
        key = _key(project)
        done = subprocess.run(
            [sys.executable, "-m", "docs._build.rule_pages", str(folder(project))],
            cwd=project.root,
            env=environment(project),
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise BuildError(f"rules: {done.stdout.strip() or 'failed, see above'}")
        write(stamp, json.dumps({"key": key, "made": _listing(project)}))
    return True


def environment(project: Project) -> dict[str, str]:
    """Return the variables of a process that runs rules or a notebook."""
    return {
        **os.environ,
        **{f"{name}_NUM_THREADS": "1" for name in THREADS},
        "PYTHONPATH": str(project.root),
    }


def numbers(project: Project) -> dict[str, Any]:
    """Return the numbers of each rule, as `notebooks.index` gives those of notebooks."""
    known = _read(folder(project) / "numbers.json") or {}
    return {id_: {"figures": {}, "tables": {}, "numbers": found} for id_, found in known.items()}


def pages(project: Project, site: str) -> dict[str, str]:
    """Return the Markdown of the page of each rule, by its path below `docs/`."""
    return _below(folder(project) / "pages", site)


def downloads(project: Project, site: str) -> dict[str, str]:
    """Return the other files of the site, by their path below its root."""
    return _below(folder(project) / "files", site)


def topics(project: Project) -> list[dict[str, Any]]:
    """Return the navigation of the rules' pages, by topic."""
    known = _read(folder(project) / "topics.json") or {}
    return [{topic: [{name: path} for name, path in rows]} for topic, rows in known.items()]


def _below(start: Path, site: str) -> dict[str, str]:
    found = cache.files(start) if start.is_dir() else []
    return {name: data.decode().replace(SITE, site) for name, data in found}


def _key(project: Project) -> str:
    parts = [(f"package/{name}", data) for name, data in cache.files(project.package)]
    builder = project.root / "docs" / "_build"
    parts += [(name, (builder / name).read_bytes()) for name in OURS]
    parts += [("python", sys.version.encode()), ("numpy", cache.version("numpy").encode())]
    return cache.digest(parts)


def _listing(project: Project) -> str:
    """Return a hash of what was made, to notice when a part of it went."""
    return cache.digest(cache.files(folder(project)))


def _read(stamp: Path) -> Any:
    try:
        return json.loads(stamp.read_bytes())
    except (OSError, ValueError):
        return None
