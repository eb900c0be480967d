"""The command line: thin faces, one file a subject. The only importer of typer."""

from . import rules, schedules, trials
from .process import main
from .program import app

__all__ = [
    "app",
    "main",
    "rules",
    "schedules",
    "trials",
]  # an import of a subject makes its commands
