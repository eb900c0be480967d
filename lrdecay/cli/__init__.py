"""The command line: thin faces, one file a subject. The only importer of typer."""

# An import of a subject makes its commands.
from . import find, identify, lint, rules, schedules, trials
from .process import main
from .program import app

__all__ = ["app", "find", "identify", "lint", "main", "rules", "schedules", "trials"]
