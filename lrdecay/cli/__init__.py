"""The command line: thin faces, one file a subject. The only importer of typer."""

from . import rules, trials
from .process import main
from .program import app

__all__ = ["app", "main", "rules", "trials"]  # an import of a subject makes its commands
