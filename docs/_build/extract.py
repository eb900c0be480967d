"""Takes figures, tables and numbers out of an executed notebook."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

from .project import BuildError, place

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
POINT = 4 / 3  # CSS pixels in a point, the unit of an SVG's viewBox


def palette(source: Path) -> dict[str, str]:
    """Return light colour -> dark colour, read from the literals LIGHT and DARK of a module.

    The module is read, not imported: a server then sees an edit of it, and no matplotlib is loaded.
    """
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(source.read_text("utf-8")).body if source.is_file() else []:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in {"LIGHT", "DARK"}:
                found[target.id] = ast.literal_eval(getattr(node, "value", node))
    light, dark = found.get("LIGHT", {}), found.get("DARK", {})
    colours = {value.lower(): dark.get(role, "") for role, value in light.items()}
    if light.keys() != dark.keys() or len(colours) != len(light):
        raise BuildError(
            "lrdecay/plot.py: LIGHT and DARK must have the same names, no colour twice"
        )
    return colours


def outputs(
    name: str, notebook: dict[str, Any], colours: dict[str, str], repository: str = ""
) -> dict[str, str]:
    """Return what a notebook gives to the site: path below `build/` -> text.

    The output of each figure in `notebook` gains its file, width and height, for the notebook's
    own page. Its install cell gets the address of the repository, so that it works in Colab.

    Args:
        name: the notebook's file stem.
        notebook: the executed notebook; changed in place.
        colours: light colour -> dark colour.
        repository: where the published notebook installs the package from; "" leaves its name.

    Raises:
        BuildError: if a name is taken twice, or alt text or caption is missing.
    """
    made: dict[str, str] = {}
    index: dict[str, dict[str, Any]] = {"figures": {}, "tables": {}, "numbers": {}}
    for at, cell in enumerate(notebook["cells"]):
        where = place(name, at, cell)
        if repository:
            cell["source"] = cell["source"].replace(
                '"lrdecay[plot]"', f'"lrdecay[plot] @ git+{repository}"'
            )
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            about = output.get("metadata", {}).get("lrdecay", {})
            kind = about.get("kind")
            if kind == "figure":
                _words(about, ("alt", "caption"), where)
                about["file"] = f"figures/{name}-{about['name']}"
                try:
                    made |= _figure(about, "".join(data["image/svg+xml"]), colours)
                except BuildError as error:
                    raise BuildError(f"{where}: figure {about['name']!r}: {error}") from None
                _add(index["figures"], about["name"], {**about, "cell": cell["id"]}, where)
            elif kind == "table":
                _words(about, ("caption",), where)
                path = f"tables/{name}-{about['name']}.html"
                made[path] = "".join(data["text/html"])
                entry = {**about, "file": path, "cell": cell["id"]}
                _add(index["tables"], about["name"], entry, where)
            elif kind == "numbers":
                for key, number in data["application/json"].items():
                    _add(index["numbers"], key, number, where)
            elif any(mime.startswith("image/") for mime in data):
                raise BuildError(f"{where} shows an image without alt text; use show.figure")
    made[f"notebooks/{name}.ipynb"] = _json(notebook)
    made[f"index/{name}.json"] = _json(index)
    return made


def _figure(about: dict[str, Any], svg: str, colours: dict[str, str]) -> dict[str, str]:
    """Return the two files of a figure, and note its size in `about`."""
    box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise BuildError("the SVG has no viewBox")
    about["width"], about["height"] = (round(float(side) * POINT) for side in box.groups())
    return {
        f"notebooks/{about['file']}-{scheme}.svg": text
        for scheme, text in (("light", svg), ("dark", dark(svg, colours)))
    }


def dark(svg: str, colours: dict[str, str]) -> str:
    """Return the SVG with each light colour changed to its dark one, in a single pass.

    Raises:
        BuildError: if a colour has no dark one: it could not be read in one scheme.
    """
    foreign = sorted({colour.lower() for colour in COLOUR.findall(svg)} - colours.keys())
    if foreign:
        raise BuildError(f"{', '.join(foreign)} is no colour of lrdecay.plot.LIGHT")
    return COLOUR.sub(lambda found: colours[found[0].lower()], svg)


def _add(known: dict[str, Any], key: str, value: dict[str, Any], where: str) -> None:
    if not NAME.fullmatch(key):
        raise BuildError(f"{where}: {key!r} is no name; use a-z, 0-9, hyphens, underscores")
    if key in known:
        raise BuildError(f"{where}: the name {key!r} is used twice in this notebook")
    known[key] = value


def _words(about: dict[str, Any], fields: tuple[str, ...], where: str) -> None:
    for field in fields:
        if not str(about.get(field, "")).strip():
            raise BuildError(f"{where}: {about['kind']} {about.get('name')!r} has an empty {field}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
