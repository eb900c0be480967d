"""The command line: thin faces, one file a subject. The only importer of typer."""

# An import of a subject makes its commands.
from . import (
    agents,
    diagnose,
    find,
    identify,
    lint,
    predict,
    recommend,
    rules,
    schedules,
    trials,
)
from .process import main
from .program import app

__all__ = [
    "agents",
    "app",
    "diagnose",
    "find",
    "identify",
    "lint",
    "main",
    "predict",
    "recommend",
    "rules",
    "schedules",
    "trials",
]
