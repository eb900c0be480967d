"""Runs the notebooks that changed and takes out of each what pages show."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from .files import BuildError, contents, digest, installed, keep, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .files import Project

WORKERS = 2
SCHEMA = "4"  # raise it when execution or what is taken out changes
NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
POINT = 4 / 3  # CSS pixels in a point, the unit of an SVG's viewBox

# What a notebook gives to the site: `files` by their path below build/docs, and by their names
# `figures`, `tables` and `numbers`.
Shown = dict[str, dict[str, Any]]


def update(project: Project, *, traceback: bool = False) -> tuple[dict[str, Shown], list[str]]:
    """Run the notebooks that changed; return what all of them show, and the names of those run.

    What a notebook shows depends on its source, the package and what is installed.

    Args:
        project: the checkout.
        traceback: whether a failing cell's message ends with its traceback.

    Raises:
        BuildError: if a notebook fails; one line for each. What the others gave is kept.
    """
    sources = {path.stem: path for path in sorted(project.notebooks.glob("*.ipynb"))}
    folder = project.cache / "notebooks"
    kept = {name: folder / f"{name}.json" for name in sources}
    known = keys(project, sources)
    shown = {name: load(kept[name], known[name]) for name in sources}
    stale = [sources[name] for name in sources if shown[name] is None]
    failures: dict[str, str] = {}

    def end(name: str, result: Shown | str) -> None:
        if isinstance(result, str):
            failures[name] = result
            return
        shown[name] = result
        if keys(project, {name: sources[name]})[name] == known[name]:  # else an edit came between
            keep(kept[name], known[name], result)

    if stale:
        if not any((project.cache / "matplotlib").glob("fontlist-*.json")):
            # The fonts are listed once, before several kernels do and one of them says so.
            variables = os.environ | {"MPLCONFIGDIR": str(project.cache / "matplotlib")}
            command = [sys.executable, "-c", "import matplotlib.font_manager"]
            subprocess.run(command, env=variables, capture_output=True, check=False)
        asyncio.run(_run(project, stale, end, traceback=traceback))
    if failures:
        raise BuildError("\n".join(failures[name] for name in sorted(failures)))
    for path in set(folder.glob("*")) - set(kept.values()):  # what nobody needs, or half-written
        path.unlink()
    return shown, [source.stem for source in stale]


def keys(project: Project, sources: Mapping[str, Path]) -> dict[str, str]:
    """Return a hash of everything that the outputs of each notebook depend on."""
    common = digest([("schema", SCHEMA), ("with", installed()), *contents(project.package)])
    return {name: digest([(common, path.read_bytes())]) for name, path in sources.items()}


async def _run(project: Project, stale: list[Path], end: Any, *, traceback: bool) -> None:
    """Run notebooks; tell of each what it shows or why it failed, as soon as that is known."""
    from rich.console import Console
    from rich.progress import track

    from . import kernel  # half a second, which a build without changes saves

    colours = palette(project.package / "plot.py")
    gate = asyncio.Semaphore(WORKERS)

    async def one(source: Path) -> str:
        async with gate:
            start, word = time.monotonic(), "done"
            try:
                executed = await kernel.run(source, project, traceback=traceback)
                end(source.stem, take(source.stem, executed, colours))
            except BuildError as error:
                end(source.stem, str(error))
                word = "failed"
            return f"{source.stem}, {word} in {time.monotonic() - start:.1f} s"

    # The longest first: a slow notebook should not start when all else is done.
    waiting = map(one, sorted(stale, key=lambda path: -path.stat().st_size))
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    silent = not console.is_terminal
    done = track(
        asyncio.as_completed(waiting),
        "notebooks",
        len(stale),
        console=console,
        transient=True,
        disable=silent,
    )
    for count, said in enumerate(done, 1):
        console.print(f"Notebook {count} of {len(stale)}: {await said}")


def palette(source: Path) -> dict[str, str]:
    """Return light colour -> dark colour, read from the literals LIGHT and DARK of a module.

    It is read, not imported: a server then sees an edit of it, and no matplotlib is loaded.
    """
    found = {
        ast.unparse(node.targets[0]): node.value
        for node in ast.parse(source.read_text("utf-8")).body
        if isinstance(node, ast.Assign)
    }
    light, dark = (ast.literal_eval(found[name]) for name in ("LIGHT", "DARK"))
    colours = {value.lower(): dark.get(role, "") for role, value in light.items()}
    if light.keys() != dark.keys() or len(colours) != len(light):
        reason = "LIGHT and DARK must have the same names, no colour twice"
        raise BuildError(f"lrdecay/plot.py: {reason}")
    return colours


def take(name: str, notebook: dict[str, Any], colours: Mapping[str, str]) -> Shown:
    """Return what an executed notebook shows.

    The output of each figure in `notebook` gains its file, width and height, for its own page.

    Raises:
        BuildError: if a name is taken twice, or alt text or caption is missing.
    """
    from .kernel import place

    shown: Shown = {"files": {}, "figures": {}, "tables": {}, "numbers": {}}
    for at, cell in enumerate(notebook["cells"]):
        where = place(name, at, cell)
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("lrdecay", {})
            try:
                parts = list(_parts(name, output.get("data", {}), about, colours))
            except BuildError as error:
                raise BuildError(f"{where}{error}") from None
            for kind, key, value in parts:
                if kind != "files" and not NAME.fullmatch(key):
                    raise BuildError(f"{where}: {key!r} is no name; use a-z, 0-9, - and _")
                if key in shown[kind]:
                    raise BuildError(f"{where}: the name {key!r} is used twice in this notebook")
                shown[kind][key] = value
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    shown["files"][f"notebooks/{name}.ipynb"] = f"{text}\n"
    return shown


def _parts(
    notebook: str, data: dict[str, Any], about: dict[str, Any], colours: Mapping[str, str]
) -> Iterator[tuple[str, str, Any]]:
    """Return what one output shows: of what kind, its name, and itself."""
    kind, name = about.get("kind", ""), str(about.get("name"))
    for field in {"figure": ("alt", "caption"), "table": ("caption",)}.get(kind, ()):
        if not str(about.get(field, "")).strip():
            raise BuildError(f": {kind} {name!r} has an empty {field}")
    if kind == "figure":
        path = f"notebooks/figures/{notebook}-{name}"
        try:
            files = figure(about, path, "".join(data["image/svg+xml"]), colours)
        except BuildError as error:
            raise BuildError(f": figure {name!r}: {error}") from None
        yield "figures", name, about | {"notebook": notebook}
        yield from (("files", file, svg) for file, svg in files.items())
    elif kind == "table":  # without its caption, which becomes Markdown
        rows = "".join(data["text/html"]).partition("</caption>")[2]
        text = "".join(data["text/plain"])
        yield "tables", name, about | {"notebook": notebook, "rows": rows, "text": text}
    elif kind == "numbers":
        for key, number in data["application/json"].items():
            yield "numbers", key, number["text"]
    elif any(mime.startswith("image/") for mime in data):
        raise BuildError(" shows an image without alt text; use outputs.figure")


def figure(
    about: dict[str, Any], stem: str, svg: str, colours: Mapping[str, str]
) -> dict[str, str]:
    """Return the files of a figure, and note in `about` what they are called and their sizes.

    `about` gives up its drawings for a phone and for a list, which become files.

    Raises:
        BuildError: if a colour has no dark one: it could not be read in one scheme.
    """
    about["file"] = stem
    files = {}
    for kind in ("", "narrow", "thumbnail"):
        drawing = about.pop(kind, "") if kind else svg
        box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', drawing)
        if drawing and box is None:
            raise BuildError("the SVG has no viewBox")
        foreign = sorted({colour.lower() for colour in COLOUR.findall(drawing)} - colours.keys())
        if foreign:
            raise BuildError(f"{', '.join(foreign)} is no colour of lrdecay.plot.LIGHT")
        if box is None:
            continue
        sides = [round(float(side) * POINT) for side in box.groups()]
        if kind:
            about[kind] = sides
        else:
            about["width"], about["height"] = sides
        dark = COLOUR.sub(lambda found: colours[found[0].lower()], drawing)
        name = f"{stem}-{kind}" if kind else stem
        files |= {f"{name}-light.svg": drawing, f"{name}-dark.svg": dark}
    return files
