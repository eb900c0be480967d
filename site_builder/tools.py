"""What the parts that move are made of: formulas and numbers of the package, as ES modules."""

from __future__ import annotations

import json
from typing import Any

PLACE = "assets/tools"  # beside the modules of docs/_theme that import them


def files(package: dict[str, Any]) -> dict[str, str | bytes]:
    """Return the modules by their place in `build/docs/`; none for a project without rules."""
    return _home(package) if "choices" in package else {}


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
