"""What the parts that move are made of: formulas and numbers of the package, as ES modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

    shapes = Linear(1, 100, 0.1), Constant(1), Linear(1, 100), Cosine(1, 100), WSD(1, 100, 20)
    names = "recorded", "constant", "linear", "cosine", "wsd"
    modules = [source(shape, "javascript") for shape in shapes]
    made = [m.replace(" schedule(", f" {name}(") for m, name in zip(modules, names, strict=True)]
    seeds: Any = stream("moons.minibatches", 0).bit_generator.seed_seq
    words = [seeds.spawn_key[0] >> 32 * i & 0xFFFFFFFF for i in range(4)]
    return "\n".join([*made, f"export const stream = {words};"]) + "\n"
