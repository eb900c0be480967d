"""`python -m docs._build`: notebooks, build, site, serve."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from . import notebooks, server, site
from .project import BuildError, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130  # what a shell expects after Ctrl-C


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m docs._build", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "notebooks": "run the notebooks that changed, into build/",
        "build": "the same, then the pages, into site/",
        "site": "the same, then serve it",
        "serve": "serve while editing, with live reload",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text, description=text)
        if name != "serve":
            command.add_argument(
                "--jobs", type=int, default=notebooks.WORKERS, help="notebooks at a time"
            )
            command.add_argument(
                "--traceback", action="store_true", help="of a failing cell, all of it"
            )
        if name in {"site", "serve"}:
            command.add_argument("--port", type=int, default=8000, help="default: 8000")
    chosen = parser.parse_args(arguments)
    if getattr(chosen, "jobs", 1) < 1:
        parser.error("--jobs must be 1 or more")
    return chosen


def _run(chosen: argparse.Namespace) -> int:
    project = Project()
    if chosen.command == "serve":
        site.serve(project, chosen.port)
        return 0
    if chosen.command == "notebooks":
        ran = notebooks.update(project, workers=chosen.jobs, traceback=chosen.traceback)
        count = len(project.sources())
        print(f"{count} notebooks, {len(ran)} run, the rest unchanged.", file=sys.stderr)
        return 0
    if chosen.command == "site":
        server.free_port(chosen.port)  # say so before the build, not after it
    site.build(project, workers=chosen.jobs, traceback=chosen.traceback)
    if chosen.command == "site":
        server.serve(project.site, chosen.port)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = _parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # kill means the same as Ctrl-C
    try:
        return _run(chosen)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept, nothing is half-written.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
