"""What a result comes from: a program to be pasted and run, and the code that computes it."""

import ast
import builtins
import importlib
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from lrdecay import heuristics
from lrdecay.heuristics import JUDGED, RULES, provenance
from tests.paths import ROOT

SMALL = tuple(id_ for id_ in JUDGED if RULES[id_].experiment is not None)
# One of each topic, of those that take little time.
PASTED = ("H001", "H010", "H018", "H025", "H029", "H032", "H036", "H045", "H047")


@pytest.mark.parametrize("id_", PASTED)
def test_an_experiment_can_be_pasted_and_run(id_):
    assert {RULES[each].topic for each in PASTED} == {RULES[each].topic for each in SMALL}
    pasted: dict[str, Any] = {"__name__": "__main__"}
    exec(heuristics.source(id_), pasted)
    seeds = RULES[id_].seeds[:20]
    assert pasted[id_.lower()](seeds) == heuristics.run(id_, seeds=seeds).small


@pytest.mark.parametrize("id_", SMALL)
def test_what_is_pasted_needs_nothing_more_and_imports_public_names(id_):
    program = heuristics.source(id_)
    given = set(dir(builtins))
    for node in ast.walk(ast.parse(program)):
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                given.add(node.name)
            case ast.Import() | ast.ImportFrom():
                modules = [getattr(node, "module", "")] + [each.name for each in node.names]
                assert not any("._" in name or name.startswith("_") for name in modules)
                assert getattr(node, "level", 0) == 0
                given |= {each.asname or each.name for each in node.names}
            case ast.arg():
                given.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                given.add(node.id)
    used = {node.id for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)}
    assert used <= given


def test_the_functions_of_experiments_are_those_of_rules():
    found = {
        f"{path.stem} {node.name}"
        for path in (ROOT / "lrdecay/heuristics/experiments").glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert found == {f"{RULES[id_].topic.replace(' ', '_')} {id_.lower()}" for id_ in SMALL}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Let fingerprints be those of a copy of the package that can be edited."""
    shutil.copytree(provenance.PACKAGE, tmp_path / "lrdecay")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "lrdecay")

    def edited(name, change, id_="H001"):
        path = tmp_path / "lrdecay" / name
        before = path.read_text("utf-8")
        path.write_text(change(before), "utf-8")
        found = heuristics.fingerprint(id_)
        path.write_text(before, "utf-8")
        return found

    return edited


def commented(code):
    return code.replace('"""', '"""Else. ', 1) + "# a comment\n"


def changed(code):
    return code + "\nADDED = 1\n"


def test_a_result_depends_on_code_that_computes(package):
    same = heuristics.fingerprint("H001")
    for name in ("schedule.py", "lab/stats.py", "heuristics/evidence.py"):
        assert package(name, commented) == same
    for name in ("cli/rules.py", "plot.py", "outputs.py", "heuristics/citing.py"):
        assert package(name, changed) == same
    for name in (
        "schedule.py",
        "lab/moons/net.py",
        "families/linear.py",
        "dialects/keras.py",
    ):
        assert package(name, changed) != same
    for name in provenance.SHARED:
        assert package(f"heuristics/{name}", changed) != same


def test_a_result_depends_on_every_byte_of_the_tables_that_code_reads(package):
    same = heuristics.fingerprint("H001")
    tables = [
        path.relative_to(provenance.PACKAGE).as_posix()
        for kind in ("csv", "json")
        for path in (provenance.PACKAGE / "lab").rglob(f"*.{kind}")
        if "trials" not in path.parts
    ]
    assert "lab/runs/nine.csv" in tables

    def moved(table):
        return re.sub(r"\d(?=\D*$)", lambda digit: str(9 - int(digit[0])), table)

    for name in tables:
        assert package(name, moved) != same, name
        assert heuristics.fingerprint("H001") == same
    new = provenance.PACKAGE / "lab/runs/new.json"
    new.write_text("{}", "utf-8")
    assert heuristics.fingerprint("H001") != same
    new.unlink()
    assert heuristics.fingerprint("H001") == same
    trial = provenance.PACKAGE / "lab/trials/results/digits.json.gz"
    trial.write_bytes(trial.read_bytes() + b"more")
    assert heuristics.fingerprint("H001") == same
    for name in (
        "heuristics/recorded.json",
        "heuristics/rules/h001.md",
        "heuristics/references.bib",
    ):
        assert package(name, changed) == same, name


def test_all_that_experiments_use_of_the_rules_counts():
    for id_ in SMALL:
        for node in ast.walk(ast.parse(heuristics.source(id_))):
            if isinstance(node, ast.ImportFrom) and "lrdecay.heuristics" in str(node.module):
                module = importlib.import_module(str(node.module))
                for each in node.names:
                    used = getattr(module, each.name)
                    own = getattr(used, "__module__", "")
                    where = own if own.startswith("lrdecay") else module.__name__
                    where = where.rpartition(".")[2]
                    assert f"{where}.py" in provenance.SHARED | {"charts.py"}, each.name


def test_a_result_depends_on_its_own_experiment_alone(monkeypatch):
    before = {id_: heuristics.fingerprint(id_) for id_ in ("H001", "H002")}
    assert before["H001"] != before["H002"]
    program = heuristics.source("H001")
    monkeypatch.setattr(
        provenance, "source", lambda _: program.replace("steps = 100", "steps = 99")
    )
    assert heuristics.fingerprint("H001") != before["H001"]
    monkeypatch.setattr(provenance, "source", lambda _: commented(program))
    assert heuristics.fingerprint("H001") == before["H001"]


def test_a_notebook_may_depend_on_every_file_of_the_package(package):
    same = heuristics.fingerprint()
    assert heuristics.fingerprint() == same
    for name in ("heuristics/rules/h001.md", "heuristics/experiments/shape.py", "plot.py"):
        assert package(name, changed, None) != same


def test_every_program_has_its_own_fingerprint():
    assert len({heuristics.fingerprint(id_) for id_ in SMALL}) == len(SMALL)


def test_experiments_need_no_optional_library_and_load_no_face():
    """Only an experiment that runs asks for scipy."""
    program = (
        "import sys\n"
        "for name in ('scipy', 'matplotlib', 'sklearn', 'distributed'):\n"
        "    sys.modules[name] = None\n"
        "from lrdecay.heuristics import JUDGED, RULES, provenance\n"
        "assert not any('experiments' in name for name in sys.modules)\n"
        "assert all(RULES[id_].experiment for id_ in JUDGED if RULES[id_].seeds)\n"
        "faces = {f'lrdecay.{name}' for name in provenance.FACES}\n"
        "assert not faces & sys.modules.keys(), faces & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


@pytest.mark.parametrize("id_", ["H999", "H051", ""])
def test_only_judged_rules_run(id_):
    with pytest.raises(ValueError, match=r"^id must be a rule that is judged, such as H001, got"):
        heuristics.run(id_)
