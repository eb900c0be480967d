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

    shapes = {
        "recorded": Linear(1.0, 100, 0.1),
        "constant": Constant(1.0),
        "linear": Linear(1.0, 100),
        "cosine": Cosine(1.0, 100),
        "wsd": WSD(1.0, 100, 20),
    }
    functions = [
        source(shape, "javascript").replace(" schedule(", f" {name}(")
        for name, shape in shapes.items()
    ]
    seeds: Any = stream("moons.minibatches", 0).bit_generator.seed_seq
    (key,) = seeds.spawn_key
    words = [key >> 32 * i & 0xFFFFFFFF for i in range(4)]
    return "\n".join([*functions, f"export const stream = {words};"]) + "\n"
