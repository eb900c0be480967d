"""What the parts that move are made of: formulas and numbers of the package, as ES modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .files import Project

PLACE = "assets/tools"  # beside the modules of docs/_theme that import them


def files(project: Project) -> dict[str, str | bytes]:
    """Return the modules by their place in `build/docs/`; none for a project without families."""
    if not (project.package / "families").is_dir():
        return {}
    return {}
