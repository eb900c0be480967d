"""What the parts that move are made of: formulas and numbers of the package, as ES modules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .files import Project

PLACE = "assets/tools"  # beside the modules of docs/_theme that import them


def files(project: Project, package: dict[str, Any]) -> dict[str, str | bytes]:
    """Return the modules by their place in `build/docs/`; none for a project without families."""
    if not (project.package / "families").is_dir():
        return {}
    made = {"demo-data": _demo(), "choose-data": choose(package), "hero-data": hero()}
    return {f"{PLACE}/{name}.js": text for name, text in made.items()}


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


def choose(package: dict[str, Any]) -> str:
    """Return the five questions, what they lead to, and the answers of the rules behind it."""
    choices = dict(package["choices"])
    choices["peak"] = [one | {"code": repr(one["value"])} for one in choices["peak"]]
    rules = {
        rule["id"]: {"question": rule["entry"]["question"], "word": rule["numbers"]["word"]}
        for rule in package["rules"]
    }
    return _module(choices=choices, rules=rules)


def hero() -> str:
    """Return the world on the home page, and the schedules that are tried in it."""
    from lrdecay import WSD, Constant, Cosine, Exponential, Linear
    from lrdecay.lab.quadratic import power_law

    steps = 400
    shapes = {
        "constant": Constant(1.0),
        "WSD, last 20 %": WSD(1.0, steps, steps // 5),
        "WSD, last 40 %": WSD(1.0, steps, 2 * steps // 5),
        "linear": Linear(1.0, steps),
        "cosine": Cosine(1.0, steps),
        "exponential": Exponential(1.0, gamma=0.01 ** (1 / steps)),
    }
    problem = power_law(1.5, error=0.25)  # of noise 1, which its `c` is in proportion to
    world = {name: getattr(problem, name).tolist() for name in ("h", "c", "m", "weight")}
    formulas = ",\n".join(f"{json.dumps(name)}: {_formula(one)}" for name, one in shapes.items())
    return f"{_module(steps=steps, world=world)}export const shapes = {{\n{formulas}}};\n"


def _formula(schedule: Any) -> str:
    """Return a schedule of a peak as an expression, whose helpers are its own."""
    from lrdecay.export import source

    text = source(schedule, "javascript", parameters=["base_lr"])
    return f"(() => {{\n{text.replace('export function', 'return function')}}})()"


def _module(**values: Any) -> str:
    """Return a module that exports data."""
    return "".join(
        f"export const {name} = {json.dumps(value, ensure_ascii=False)};\n"
        for name, value in values.items()
    )
