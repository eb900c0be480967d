"""What the explorer is made of: every schedule of the package as a formula, as ES modules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .files import contents, digest, keep, load
from .tools import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .files import Project

CALLS = "tools/schedules.yml"  # what the explorer offers: calls, one a line, by library
NUMBERS = {"lr": 3e-4, "T": 24_000, "w": 2160}  # that they are made with
TO_RULE = re.compile(r"heuristics/(h\d{3})\.md")


def files(
    project: Project, calls: dict[str, str], rules: list[dict[str, Any]]
) -> dict[str, str | bytes]:
    """Return the modules by their place in `build/docs/`; none for a project without calls."""
    if not calls:
        return {}
    own = Path(__file__).read_bytes()
    key = digest([("calls", json.dumps(calls)), ("code", own), *contents(project.package)])
    kept = project.cache / "explorer.json"
    data = load(kept, key)
    if data is None:
        keep(kept, key, data := collect(calls))
    pages = sorted((project.sources / "schedules").glob("*.md"))
    data["families"]["PAGES"] = {
        page.stem: sorted(set(TO_RULE.findall(page.read_text("utf-8")))) for page in pages
    }
    data["families"]["RULES"] = {
        one["id"].lower(): [one["entry"]["question"], one["numbers"]["word"]] for one in rules
    }
    made = {
        name: "".join(
            f"export const {key} = {json.dumps(value, ensure_ascii=False)};\n"
            for key, value in module.items()
        )
        for name, module in data.items()
    }
    formulas = "".join(f"(() => {{\n{code}}})(),\n" for code in data["formulas"]["LIST"])
    made["formulas"] = f"export const FORMULAS = [\n{formulas}];\n"
    return {f"{PLACE}/{name}.js": text for name, text in made.items()}


def collect(calls: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what the explorer knows of schedules and laws, as constants by module."""
    from lrdecay import Constant
    from lrdecay.export import source
    from lrdecay.lab.laws import PUBLISHED, PUBLISHED_METRICS
    from lrdecay.templates import template

    formulas: dict[str, int] = {}  # each once, with its place
    codes: dict[tuple[str, ...], int] = {}
    items = {}
    for name, about, schedule in schedules(calls):
        found = template(schedule, ["javascript", "python", "optax", "keras"])
        formula, *others = found.codes.values()
        formula = formula.replace("export function", "return function")
        items[name] = about | {
            "parameters": found.numbers,
            "formula": formulas.setdefault(formula, len(formulas)),
            "code": codes.setdefault(tuple(others), len(codes)),
            "call": found.call,
            "imports": found.imports,
            "pages": found.families,
        }
    # What follows the rates in code for these is the same for every schedule.
    tails = {
        name: "\n\nclass " + source(Constant(1.0), target).partition("\n\nclass ")[2]
        for name, target in (("PyTorch", "torch"), ("transformers", "transformers"))
    }
    laws = {size: law.__dict__ for size, law in PUBLISHED.items()}
    errors = {size: found.worst for size, found in PUBLISHED_METRICS.items()}
    return {
        "families": {"ITEMS": items, "LAWS": laws, "ERRORS": errors},
        "codes": {"CODES": list(codes), "TAILS": tails},
        "formulas": {"LIST": list(formulas)},
    }


def schedules(calls: dict[str, str]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each schedule by name, with what is known of it."""
    import lrdecay
    from lrdecay import dialects
    from lrdecay.heuristics.recipes import RECIPES

    for library, lines in calls.items():
        module = getattr(dialects, library, lrdecay)
        for line in lines.splitlines():
            name, _, call = line.rpartition(" = ")
            name = name or call.partition("(")[0]
            made = eval(call, {**vars(module), **NUMBERS})  # noqa: S307 - run as code of a page is
            about = {"library": library, "peer": call, "steps": NUMBERS["T"]}
            yield (name if module is lrdecay else f"{library}.{name}"), about, made
    for one in RECIPES:
        if one.schedule is not None:
            about = {"library": "known runs", "unit": one.unit, "steps": one.horizon}
            yield one.name, about, one.schedule
