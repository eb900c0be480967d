"""The only dates a build knows are those of commits."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EPOCH = "315532800"  # 1980, for sources outside git


def git(root: Path, *arguments: str) -> str:
    """Return what git prints, or nothing where there is no git or no commit."""
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def stop_clock(root: Path) -> None:
    """Give whatever asks for today's date the one of the last commit (sitemap, page dates)."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", git(root, "log", "-1", "--format=%ct") or EPOCH)
