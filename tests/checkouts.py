"""Small checkouts for the tests of the builder."""

import json

from site_builder.files import Project

PLOT = """
LIGHT = {"paper": "#ffffff", "ink": "#101010"}
DARK = {"paper": "#101010", "ink": "#eeeeee"}
"""
OUTPUTS = """
class Output:
    def __init__(self, data, about):
        self.bundle = data, {"lrdecay": about}

    def _repr_mimebundle_(self, **_):
        return self.bundle

SVG = '<svg viewBox="0 0 90 60"><path fill="#FFFFFF" stroke="#101010"/></svg>'

def figure(name, alt="A line.", caption="It falls.", svg=SVG):
    about = {"kind": "figure", "name": name, "alt": alt, "caption": caption}
    return Output({"image/svg+xml": svg, "text/plain": alt}, about)

def table(name):
    about = {"kind": "table", "name": name, "caption": "All of $x$."}
    return Output({"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "1"}, about)

def numbers(**values):
    data = {k: {"value": v, "text": str(v)} for k, v in values.items()}
    return Output({"application/json": data, "text/plain": "x"}, {"kind": "numbers"})
"""
GOOD = (
    "from lrdecay import outputs",
    'print("one")\nprint("two")\noutputs.figure("line")',
    'outputs.table("rows")',
    "outputs.numbers(loss=0.5)",
)


def put(project, path, text):
    """Write a file at once: a server that polls may meet one that is open, and build twice."""
    new = project.root / "new"
    new.write_text(text)
    new.replace(path)


def save(project, name, cells):
    """Write a notebook of code cells below a title."""
    cells = [
        {"cell_type": "code", "source": source, "outputs": [], "execution_count": None}
        for source in cells
    ]
    cells.insert(0, {"cell_type": "markdown", "source": f"# {name}\n\nOne sentence."})
    for number, cell in enumerate(cells):
        cell |= {"id": f"cell-{number}", "metadata": {}}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    project.notebooks.mkdir(exist_ok=True)
    put(project, project.notebooks / f"{name}.ipynb", json.dumps(notebook))


def contents(folder):
    """Return the bytes of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def make(root):
    """Return a checkout with a package of its own and no notebook."""
    made = Project(root)
    made.package.mkdir(parents=True)
    (made.package / "__init__.py").write_text("")
    (made.package / "plot.py").write_text(PLOT)
    (made.package / "outputs.py").write_text(OUTPUTS)
    # One font list for all tests: finding the fonts takes a second.
    (made.cache / "matplotlib").mkdir(parents=True)
    (made.cache / "matplotlib" / "fontlist-none.json").write_text("{}")
    return made


def built(project):
    """Return what notebooks made."""
    return {name: data for name, data in contents(project.build).items() if name[0] != "."}
