"""Runs the notebooks that changed and takes out of each what pages show.

A notebook's outputs depend on its source, every file of the package, Python, and the versions of the
distributions that it and the package import (an optional one that is missing counts as absent).
What these use in turn is left out: its versions are locked, and rarely change a result.
"""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import json
import re
import sys
import time
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from .files import BuildError, contents, digest, keep, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .files import Project

WORKERS = 2
SCHEMA = "2"  # raise it when execution or what is taken out changes
RUNNERS = ("ipykernel", "ipython", "nbclient")
NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
POINT = 4 / 3  # CSS pixels in a point, the unit of an SVG's viewBox

# What one notebook gives to the site: its `files`, by their path below build/docs, and its
# `figures`, `tables` and `numbers`, by name.
Shown = dict[str, dict[str, Any]]


def update(
    project: Project, *, workers: int = WORKERS, traceback: bool = False
) -> tuple[dict[str, Shown], list[str]]:
    """Run the notebooks that changed; return what all of them show, and the names of those run.

    Args:
        project: the checkout.
        workers: how many notebooks run at a time.
        traceback: whether a failing cell's message ends with its traceback.

    Raises:
        BuildError: if a notebook fails; one line for each. What the others gave is kept.
    """
    sources = sorted(project.notebooks.glob("*.ipynb"))
    key_of = keys(project.package)
    kept = project.cache / "notebooks"
    entries = {source: kept / f"{source.stem}.json" for source in sources}
    shown = {source.stem: load(entries[source], key_of(source)) for source in sources}
    stale = [source for source in sources if shown[source.stem] is None]
    if stale:
        failures = asyncio.run(_run(project, stale, entries, shown, workers, traceback=traceback))
        if failures:
            raise BuildError("\n".join(sorted(failures)))
    for path in set(kept.glob("*")) - set(entries.values()):  # what nobody needs, or half-written
        path.unlink()
    return shown, [source.stem for source in stale]


async def _run(
    project: Project,
    stale: list[Path],
    entries: Mapping[Path, Path],
    shown: dict[str, Any],
    workers: int,
    *,
    traceback: bool,
) -> list[str]:
    """Run notebooks, storing what each shows as soon as it is known; return what failed."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    from . import kernel  # half a second, which a build without changes saves

    colours = palette(project.package / "plot.py")
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    total = bar.add_task("notebooks", total=len(stale))
    failures: list[str] = []
    gate = asyncio.Semaphore(workers)
    done = 0

    async def one(source: Path) -> None:
        nonlocal done
        async with gate:
            name, start = source.stem, time.monotonic()
            key = keys(project.package)(source)
            cells = bar.add_task(name, total=None)
            try:
                executed = await kernel.run(
                    source,
                    project,
                    traceback=traceback,
                    on_cell=lambda at, of: bar.update(cells, completed=at, total=of),
                )
                shown[name] = take(name, executed, colours)
                if keys(project.package)(source) == key:  # else an edit came between
                    keep(entries[source], key, shown[name])
            except BuildError as error:
                failures.append(str(error))
            done += 1
            bar.advance(total)
            bar.remove_task(cells)
            end = "done" if shown[name] else "failed"
            seconds = time.monotonic() - start
            line = f"Notebook {done} of {len(stale)}: {name}, {end} in {seconds:.1f} s"
            console.print(line, highlight=False, markup=False, soft_wrap=True)

    with bar:
        await kernel.warm_up(project)
        async with asyncio.TaskGroup() as group:
            # The longest first: a slow notebook should not start when all else is done.
            for source in sorted(stale, key=lambda path: -path.stat().st_size):
                group.create_task(one(source))
    return failures


# --- what a result depends on ------------------------------------------------------------------


def keys(package: Path) -> Callable[[Path], str]:
    """Return what gives the key of a notebook; reads the package once."""
    parts = contents(package)
    whole = digest(parts)
    code = [data.decode() for name, data in parts if name.endswith(".py")]
    used = set(RUNNERS).union(*map(imported, code))

    def key(source: Path) -> str:
        data = source.read_bytes()
        try:
            cells = [cell for cell in json.loads(data)["cells"] if cell["cell_type"] == "code"]
            names = used.union(*(imported("".join(cell["source"])) for cell in cells))
        except (ValueError, KeyError, TypeError):
            raise BuildError(f"notebooks/{source.name} is no valid notebook") from None
        versions = {name: version(name) for name in sorted(names - {package.name})}
        python = f"{sys.implementation.name} {sys.version}"
        return digest(
            [
                ("schema", SCHEMA),
                ("python", python),
                ("versions", json.dumps(versions)),
                ("package", whole),
                ("notebook", data),
            ]
        )

    return key


@cache
def imported(code: str) -> set[str]:
    """Return the top-level modules that Python code imports, notebook magics allowed."""
    lines = (re.sub(r"^(\s*)[%!].*", r"\1pass", line) for line in code.splitlines())
    names: set[str] = set()
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return names  # running it says why, and where
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names


@cache
def version(module: str) -> str:
    """Return the version of the distribution a module comes from, or "absent"."""
    try:
        return metadata.version(module.replace("_", "-"))
    except metadata.PackageNotFoundError:
        if importlib.util.find_spec(module) is None:
            return "absent"
    names = sorted(set(_distributions().get(module, [])))  # slow, so only where names differ
    return ",".join(f"{name} {metadata.version(name)}" for name in names) or "absent"


_distributions = cache(metadata.packages_distributions)


# --- what a notebook shows ---------------------------------------------------------------------


def palette(source: Path) -> dict[str, str]:
    """Return light colour -> dark colour, read from the literals LIGHT and DARK of a module.

    It is read, not imported: a server then sees an edit of it, and no matplotlib is loaded.
    """
    found: dict[str, dict[str, str]] = {"LIGHT": {}, "DARK": {}}
    for node in ast.parse(source.read_text("utf-8")).body if source.is_file() else []:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id in found:
            found[target.id] = ast.literal_eval(getattr(node, "value", node))
    light, dark = found.values()
    colours = {value.lower(): dark.get(role, "") for role, value in light.items()}
    if light.keys() != dark.keys() or len(colours) != len(light):
        words = "LIGHT and DARK must have the same names, no colour twice"
        raise BuildError(f"lrdecay/plot.py: {words}")
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
        for output in cell.get("outputs", []):
            data, about = output.get("data", {}), output.get("metadata", {}).get("lrdecay", {})
            try:
                _take(shown, name, data, about, colours)
            except BuildError as error:
                raise BuildError(f"{place(name, at, cell)}{error}") from None
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    shown["files"][f"notebooks/{name}.ipynb"] = f"{text}\n"
    return shown


def _take(
    shown: Shown, notebook: str, data: dict[str, Any], about: dict[str, Any], colours: Mapping[str, str]
) -> None:
    """Add one output to what is shown."""
    kind, name = about.get("kind"), about.get("name")
    for field in {"figure": ("alt", "caption"), "table": ("caption",)}.get(str(kind), ()):
        if not str(about.get(field, "")).strip():
            raise BuildError(f": {kind} {name!r} has an empty {field}")
    if kind == "figure":
        try:
            svg = "".join(data["image/svg+xml"])
            made = figure(about, f"notebooks/figures/{notebook}-{name}", svg, colours)
        except BuildError as error:
            raise BuildError(f": figure {name!r}: {error}") from None
        shown["files"] |= made
        new = {name: about | {"notebook": notebook}}
    elif kind == "table":  # its caption becomes Markdown
        body = "".join(data["text/html"]).partition("</caption>")[2]
        more = {"notebook": notebook, "html": body, "text": "".join(data["text/plain"])}
        new = {name: about | more}
    elif kind == "numbers":
        new = {key: number["text"] for key, number in data["application/json"].items()}
    elif any(mime.startswith("image/") for mime in data):
        raise BuildError(" shows an image without alt text; use outputs.figure")
    else:
        return
    known = shown["numbers" if kind == "numbers" else f"{kind}s"]
    for key in new:
        if not NAME.fullmatch(key):
            raise BuildError(f": {key!r} is no name; use a-z, 0-9, hyphens, underscores")
        if key in known:
            raise BuildError(f": the name {key!r} is used twice in this notebook")
    known |= new


def figure(
    about: dict[str, Any], stem: str, svg: str, colours: Mapping[str, str]
) -> dict[str, str]:
    """Return the two files of a figure, and note in `about` what they are called and their size.

    Raises:
        BuildError: if a colour has no dark one: it could not be read in one scheme.
    """
    box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise BuildError("the SVG has no viewBox")
    foreign = sorted({colour.lower() for colour in COLOUR.findall(svg)} - colours.keys())
    if foreign:
        raise BuildError(f"{', '.join(foreign)} is no colour of lrdecay.plot.LIGHT")
    dark = COLOUR.sub(lambda found: colours[found[0].lower()], svg)
    about["file"] = stem
    about["width"], about["height"] = (round(float(side) * POINT) for side in box.groups())
    return {f"{stem}-light.svg": svg, f"{stem}-dark.svg": dark}
