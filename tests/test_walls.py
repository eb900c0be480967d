"""The walls between the rooms of the package: what may import what, read from the source.

Imports inside functions and those for type checkers count like any other: they are arrows too.
"""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lrdecay

PACKAGE = Path(lrdecay.__file__).parent
SOURCES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
BY_MODULE = pytest.mark.parametrize("module", SOURCES)

# Libraries that every module may import, and those of one module or room.
COMMON = {"lrdecay", "numpy", "array_api_compat", *sys.stdlib_module_names}
OUTSIDE = {
    "lrdecay.plot": {"matplotlib"},
    "lrdecay.torch": {"torch"},  # in functions alone
    "lrdecay.cli": {"typer", "rich"},
    "lrdecay.mcp": {"mcp"},
    "lrdecay.lab": {"scipy", "rich"},  # a progress bar, say
    "lrdecay.tuning.lint.live": {"torch"},  # in functions alone, as all of these
    "lrdecay.tuning.preflight": {
        "torch",
        "accelerate",
        "transformers",
        "lightning",
        "keras",
        "jax",
    },
    "lrdecay.lab.trials": {"sklearn", "torch"},  # in functions alone: what some trials need
}


LATE = {"torch", "accelerate", "transformers", "lightning", "keras", "jax"}


def imports(path, module):
    """Yield the full name of what a module imports, and whether that is when it is imported itself.

    Of `from a import b` it is the module `a.b` if there is one. The packages that a module lies in
    are left out: they are imported before it, by Python.
    """
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    waiting = [(ast.parse(path.read_text(encoding="utf-8")), True)]
    while waiting:
        node, at_once = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            assert above or not node.level, f"{module} imports from outside of the package"
            source = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if inner in SOURCES else source, at_once
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            at_once = False
        waiting += [(child, at_once) for child in ast.iter_child_nodes(node)]


IMPORTS = {module: list(imports(path, module)) for module, path in SOURCES.items()}
OURS = {
    module: sorted({name for name, _ in found if name in SOURCES})
    for module, found in IMPORTS.items()
}


def reached(module):
    """Return all modules that a module's imports lead to."""
    found, waiting = set(), [module]
    while waiting:
        new = set(OURS[waiting.pop()]) - found
        found |= new
        waiting += new
    return found


def test_there_are_no_circles():
    below = {module: reached(module) for module in OURS}
    circles = {
        frozenset(other for other in below[module] if module in below[other])
        for module in OURS
        if module in below[module]
    }
    assert not circles


def room(module):
    """Return the wing that a module is in, or that it is of the core."""
    wings = {"cli", "dialects", "heuristics", "lab", "mcp", "tuning"} & set(module.split(".")[1:2])
    return wings.pop() if wings else "core"


# Who may import from a wing. The lab knows of nothing but the core; nobody knows of the faces.
ABOVE = {
    "lab": {"heuristics", "tuning", "cli", "mcp"},
    "heuristics": {"tuning", "cli", "mcp"},
    "tuning": {"cli", "mcp"},
    "mcp": {"cli"},
    "cli": {"core"},  # __main__
}


def may(source, target):
    """Return whether a module may import another."""
    here, there = room(source), room(target)
    if there in {"core", here}:
        return True
    if there == "dialects":  # imported by nobody
        return False
    if there == "lab" and (source, target) == ("lrdecay.charts", "lrdecay.lab.stats"):
        return True  # of an interval
    return here in ABOVE[there]


def test_arrows_go_one_way():
    arrows = {(source, target) for source, targets in OURS.items() for target in targets}
    assert not {arrow for arrow in arrows if not may(*arrow)}


@BY_MODULE
def test_few_modules_import_other_libraries(module):
    within = [name for name in OUTSIDE if f"{module}.".startswith(f"{name}.")]
    allowed = COMMON.union(*(OUTSIDE[name] for name in within))
    for name, at_once in IMPORTS[module]:
        root = name.split(".")[0]
        assert root in allowed
        assert not (at_once and root in LATE)


@BY_MODULE
def test_the_package_knows_nothing_of_the_site(module):
    text = SOURCES[module].read_text(encoding="utf-8")
    assert not re.search(r"(docs|notebooks|build|site)/", text)


@BY_MODULE
def test_no_module_is_hidden_behind_a_name(module):
    above, _, name = module.rpartition(".")
    if above and name != "__main__":
        found = importlib.import_module(module)
        assert getattr(sys.modules[above], name) is found


def loaded(program):
    """Return which modules are there after a program in an interpreter of its own."""
    code = f"import json, sys\n{program}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_figures_need_little_of_the_package():
    ours = {name for name in loaded("import lrdecay.plot") if name.split(".")[0] == "lrdecay"}
    assert len(ours) <= 41
    of_intervals = {"lrdecay.lab", "lrdecay.lab.stats", "lrdecay.lab.streams"}
    assert {room(name) for name in ours - of_intervals} == {"core"}


def test_nothing_is_imported_before_it_is_needed():
    found = loaded(
        "import lrdecay, lrdecay.outputs, lrdecay.lab.stats\n"
        "s = lrdecay.warmup_cosine(0.1, 100, 10)\n"
        "s(5), s.sample(100), lrdecay.outputs.table('t', columns=['a'], rows=[[1]], caption='c')"
    )
    assert not found & {"matplotlib", "jax", "torch", "scipy", "sklearn", "typer", "rich"}
    assert "lrdecay.dialects" not in found
    assert "lrdecay.heuristics" not in found
