"""What the parts that move are made of: formulas and numbers of the package, as ES modules."""

from __future__ import annotations

import json
from typing import Any

PLACE = "assets/tools"  # beside the modules of docs/_theme that import them


def files(package: dict[str, Any]) -> dict[str, str | bytes]:
    """Return the modules by their place in `build/docs/`; none for a project without rules."""
    if "choices" not in package:
        return {}
    return _home(package) | {f"{PLACE}/demo-data.js": _demo()}


def _home(package: dict[str, Any]) -> dict[str, str | bytes]:
    """Return the five questions with the answers of the rules behind them, and the hero's world."""
    from lrdecay import WSD, Constant, Cosine, Exponential, Linear
    from lrdecay.export import source
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
    problem = power_law(1.5, error=0.25)  # of noise 1; its `c` is in proportion to it
    world = {name: getattr(problem, name).tolist() for name in ("h", "c", "m", "weight")}
    lines = [f"export const steps = {steps}, world = {json.dumps(world)}, shapes = {{}};"]
    for name, shape in shapes.items():
        code = source(shape, "javascript", ["base_lr"]).replace(
            "export function", "return function"
        )
        lines.append(f"shapes[{json.dumps(name)}] = (() => {{\n{code}}})();")
    peaks = [one | {"code": repr(one["value"])} for one in package["choices"]["peak"]]
    choices = json.dumps(package["choices"] | {"peak": peaks}, ensure_ascii=False)
    rules = {
        one["id"]: [one["entry"]["question"], one["entry"]["answer"]] for one in package["rules"]
    }
    asked = f"export const choices = {choices};\nexport const rules = {json.dumps(rules)};\n"
    return {f"{PLACE}/hero-data.js": "\n".join(lines) + "\n", f"{PLACE}/choose-data.js": asked}


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
