"""Time the builds of the site, and its notebooks against stock mkdocs-jupyter.

    python -m benchmarks.site

Two Markdown tables. The first is the whole site, as `make build` makes it. The second is a plain
MkDocs project with the Material theme that holds the same notebooks and nothing else, once executed
by docs/_build through its hook, once by mkdocs-jupyter with `execute: true` and its own cache; all
other options are the same. Everything runs in copies, in turn, from the first file on.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("docs", "lrdecay", "notebooks")
PAGE = "docs/schedules/cosine.md"
CONFIG = """
site_name: Notebooks
theme: material
{hooks}
plugins:
  - mkdocs-jupyter:
      include: ["*.ipynb"]
      ignore: ["*.md", "*.py"]
      allow_errors: false
      {options}
"""
OURS = CONFIG.format(
    hooks="hooks: [docs/_build/hook.py]\nexclude_docs: /_build/",
    options="notebook_dirs: {notebooks: build/notebooks}",
)
STOCK = CONFIG.format(hooks="", options="execute: true")


def run(folder: Path, *module: str) -> float:
    """Run a Python module in a folder and return the seconds it took."""
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a usual machine keeps compiled modules
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(module)} failed in a copy:\n{done.stdout}{done.stderr}")
    return seconds


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
    target.mkdir(parents=True)
    for name in parts:
        source = ROOT / name
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target / name, ignore=ignore, dirs_exist_ok=True)
        else:
            shutil.copy(source, target / name)
    return target


def whole_site(folder: Path) -> list[tuple[str, float]]:
    """Return the times of the site's own builds."""
    files = [path.name for path in ROOT.iterdir() if path.is_file()]
    site = copy(folder / "site", *PARTS, *files)
    build = ("docs._build", "build")
    times = [("cold: nothing built, no cache", run(site, *build))]
    times.append(("nothing changed", run(site, *build)))
    edit(site / PAGE)
    times.append(("one page edited", run(site, *build)))
    edit(site / "notebooks" / "shapes.ipynb")
    times.append(("one notebook touched", run(site, *build)))
    return times


def side_by_side(folder: Path) -> list[tuple[str, float, float]]:
    """Return the times of the same builds by this builder and by mkdocs-jupyter."""
    ours = copy(folder / "ours", "lrdecay", "notebooks", "docs/_build")
    (ours / "mkdocs.yml").write_text(OURS)
    stock = copy(folder / "stock", "lrdecay")
    shutil.copytree(ROOT / "notebooks", stock / "docs" / "notebooks")
    (stock / "mkdocs.yml").write_text(STOCK)
    notebooks = {ours: ours / "notebooks", stock: stock / "docs" / "notebooks"}
    for place in notebooks:
        (place / "docs" / "index.md").write_text("# Notebooks\n")

    def builds(place: Path, *command: str) -> list[float]:
        times = [run(place, *command), run(place, *command)]
        edit(notebooks[place] / "shapes.ipynb")
        return [*times, run(place, *command)]

    mine = builds(ours, "docs._build", "build")
    theirs = builds(stock, "mkdocs", "build", "--strict", "--quiet")
    names = ("cold: nothing built, no cache", "nothing changed", "one notebook touched")
    return list(zip(names, mine, theirs, strict=True))


def main() -> None:
    """Print the tables."""
    count = len(list((ROOT / "notebooks").glob("*.ipynb")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"The whole site, {count} notebooks, {os.cpu_count()} cores\n")
        print("| `make build` | seconds | of cold |\n|---|--:|--:|")
        times = whole_site(folder)
        for what, seconds in times:
            print(f"| {what} | {seconds:.1f} | {seconds / times[0][1]:.1%} |")
        print(f"\nThe same {count} notebooks in a plain project\n")
        print("| build | docs/_build, s | mkdocs-jupyter, s | ratio |\n|---|--:|--:|--:|")
        for what, mine, theirs in side_by_side(folder):
            print(f"| {what} | {mine:.2f} | {theirs:.2f} | {mine / theirs:.2f} |")
    print(
        "\nNothing changed: docs/_build compares hashes and stops; mkdocs-jupyter has no such stop,"
        "\nso MkDocs builds all pages from its cache of converted notebooks."
    )


if __name__ == "__main__":
    main()
