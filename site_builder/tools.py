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
    return {f"{PLACE}/demo-data.js": _demo()}


def _demo() -> str:
    """Return the live demo's shapes at peak 1, and the key of its stream of minibatches."""
    from lrdecay import WSD, Constant, Cosine, Linear
    from lrdecay.export import source
    from lrdecay.lab.streams import stream

    shapes = [Linear(1.0, 100, 0.1), Constant(1.0), Linear(1.0, 100), Cosine(1.0, 100)]
    shapes.append(WSD(1.0, 100, 20))
    names = ("recorded", "constant", "linear", "cosine", "wsd")
    printed = [source(s, "javascript") for s in shapes]
    functions = [p.replace(" schedule(", f" {n}(") for p, n in zip(printed, names, strict=True)]
    (key,) = stream("moons.minibatches", 0).bit_generator.seed_seq.spawn_key  # ty: ignore
    words = [key >> 32 * i & 0xFFFFFFFF for i in range(4)]
    return "\n".join([*functions, f"export const stream = {words};"]) + "\n"
