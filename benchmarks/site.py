"""Time the builds of the site, beside MkDocs alone and beside stock mkdocs-jupyter.

    python -m benchmarks.site [--tiny]

Two Markdown tables. The first is the whole site, as `make build` makes it, and what MkDocs alone
takes for the same `build/docs`. The second is a plain project with the Material theme that holds
the same notebooks and nothing else, once executed by site_builder, once by mkdocs-jupyter with
`execute: true` and its own cache. Everything runs in copies, in turn, from the first file on.
`--tiny` takes two notebooks and no pages, to see that this still runs.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("docs", "lrdecay", "notebooks", "site_builder", "tests/data")
PARTS += ("mkdocs.yml", "pyproject.toml")
PAGE = "docs/schedules/cosine.md"
TINY = ("dialects", "words")
BUILD = ("site_builder", "build")
CONFIG = """
site_name: Notebooks
theme: material
{}
plugins:
  - mkdocs-jupyter: {{include: ["*.ipynb"], ignore: ["*.md", "*.py"], allow_errors: false, {}}}
"""
OURS = CONFIG.format("INHERIT: build/from-make-build.yml\ndocs_dir: build/docs", "execute: false")
STOCK = CONFIG.format("", "execute: true")
# Rules are not stock's to run.
NO_RULES = (
    'SITE = "https://site.invalid/"\n\ndef update(_):\n    return {"rules": [], "files": {}}\n'
    '\ndef trials(*_):\n    return {"files": {}}\n'
)
Seconds = tuple[float, float]  # of the clock, of the processor


def run(folder: Path, *module: str) -> Seconds:
    """Run a Python module in a folder and return how long it took."""
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a usual machine keeps compiled modules
    command = [sys.executable, "-m", *module]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(module)} failed in a copy:\n{done.stdout}{done.stderr}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def edit(path: Path) -> None:
    """Add a sentence to a page, or to the prose of a notebook."""
    if path.suffix == ".ipynb":
        notebook = json.loads(path.read_bytes())
        notebook["cells"][0]["source"] = "".join(notebook["cells"][0]["source"]) + " Edited."
        path.write_text(json.dumps(notebook))
    else:
        path.write_text(f"{path.read_text()}\nEdited.\n")


def copy(target: Path, *parts: str) -> Path:
    """Copy parts of the checkout."""
    for name in parts:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, target / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, target / name)
    return target


def whole_site(folder: Path) -> dict[str, Seconds]:
    """Return the times of the site's own builds."""
    site = copy(folder / "site", *PARTS)
    times = {"cold: nothing built, no cache": run(site, *BUILD)}
    times["nothing changed"] = run(site, *BUILD)
    edit(site / PAGE)
    times["one page edited"] = run(site, *BUILD)
    times["MkDocs alone, for the same pages"] = run(site, "mkdocs", "build", "--strict", "--quiet")
    edit(site / "notebooks" / "shapes.ipynb")
    times["one notebook touched"] = run(site, *BUILD)
    return times


def side_by_side(folder: Path, names: list[str]) -> dict[str, tuple[Seconds, Seconds]]:
    """Return the times of the same builds by this builder and by mkdocs-jupyter."""
    ours, stock = folder / "ours", folder / "stock"
    copy(ours, "site_builder", "lrdecay")
    copy(stock, "lrdecay")
    (ours / "site_builder" / "rules.py").write_text(NO_RULES)
    places = {ours: ours / "notebooks", stock: stock / "docs" / "notebooks"}
    for place, notebooks in places.items():
        notebooks.mkdir(parents=True)
        (place / "docs").mkdir(exist_ok=True)
        (place / "docs" / "index.md").write_text("# Notebooks\n")
        for name in names:
            shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", notebooks)
    nav = ["index.md", *(f"notebooks/{name}.ipynb" for name in names)]
    (ours / "docs" / "nav.yml").write_text(json.dumps(nav))
    (ours / "mkdocs.yml").write_text(OURS)
    (stock / "mkdocs.yml").write_text(STOCK)

    def builds(place: Path, *command: str) -> list[Seconds]:
        times = [run(place, *command), run(place, *command)]
        edit(places[place] / f"{names[0]}.ipynb")
        return [*times, run(place, *command)]

    what = ("cold: nothing built, no cache", "nothing changed", "one notebook touched")
    mine = builds(ours, *BUILD)
    theirs = builds(stock, "mkdocs", "build", "--strict", "--quiet")
    return dict(zip(what, zip(mine, theirs, strict=True), strict=True))


def main() -> None:
    """Print the tables."""
    names = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    if tiny := "--tiny" in sys.argv:
        names = [name for name in names if name in TINY]
    load = os.getloadavg()[0]
    print(f"{len(names)} notebooks, {os.cpu_count()} cores, load {load:.1f} before the start\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not tiny:
            print("| the whole site | seconds | of processor | of cold |\n|---|--:|--:|--:|")
            times = whole_site(folder)
            cold = times["cold: nothing built, no cache"][1]
            for what, (clock, processor) in times.items():
                print(f"| {what} | {clock:.1f} | {processor:.1f} | {processor / cold:.1%} |")
        print("\n| a plain project | site_builder, s | mkdocs-jupyter, s | ratio |")
        print("|---|--:|--:|--:|")
        for what, (mine, theirs) in side_by_side(folder, names).items():
            print(f"| {what} | {mine[0]:.2f} | {theirs[0]:.2f} | {mine[0] / theirs[0]:.2f} |")
    print(
        "\nNothing changed: site_builder compares hashes and stops; mkdocs-jupyter has no such"
        "\nstop, so MkDocs builds all pages from its cache of converted notebooks."
    )


if __name__ == "__main__":
    main()
