"""The notebooks: in form as git keeps them, and runnable."""

import ast
import json
import re

import pytest

from site_builder.files import Project

PROJECT = Project()
SOURCES = sorted(PROJECT.notebooks.glob("*.ipynb"))
MAX_LINES = 120


@pytest.fixture(params=SOURCES, ids=[path.stem for path in SOURCES])
def notebook(request):
    return json.loads(request.param.read_bytes())


def code(notebook):
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]


def test_there_are_notebooks():
    assert SOURCES


def test_git_holds_no_results(notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        assert set(cell["metadata"]) <= {"tags"}
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"].get("language_info", {"name": "python"}) == {"name": "python"}


def test_cells_have_stable_ids(notebook):
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for name in ids:  # a name someone chose, not the random one an editor gives
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name), name
        assert not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", name), name


def test_first_cell_is_a_title_and_a_sentence(notebook):
    first = notebook["cells"][0]
    assert first["cell_type"] == "markdown"
    assert re.fullmatch(r"# [^\n]+\n\n[^\n#][^\n]*\.", "".join(first["source"]).strip())
    for cell in notebook["cells"][1:]:
        if cell["cell_type"] == "markdown":
            assert not re.search(r"^# ", "".join(cell["source"]), re.MULTILINE)


def test_second_cell_installs_the_package_only_where_it_is_missing(notebook):
    second = notebook["cells"][1]
    assert second["cell_type"] == "code"
    lines = "".join(second["source"]).splitlines()
    (install,) = (line for line in lines if "pip install" in line)
    assert install.startswith(" ")  # below the condition
    assert 'if importlib.util.find_spec("lrdecay") is None:' in lines
    assert all("pip install" not in source for source in code(notebook)[1:])


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_index_and_the_navigation_name_it(source):
    index = (PROJECT.sources / "notebooks" / "index.md").read_text()
    assert index.count(f'"{source.stem}"') == 1
    assert (PROJECT.sources / "nav.yml").read_text().count(f"/{source.stem}.ipynb") == 1


def test_code_is_short_and_is_python(notebook):
    sources = code(notebook)
    lines = [line.strip() for source in sources for line in source.splitlines()]
    assert sum(bool(line) and not line.startswith("#") for line in lines) <= MAX_LINES
    for source in sources[1:]:
        ast.parse(source)
    assert all(source.strip() for source in sources)


def test_prose_holds_nothing_that_would_be_escaped(notebook):
    """nbconvert reads prose as HTML, so that `a < b` would become `a &lt; b` in code."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            assert not re.search(r"[<>&]", "".join(cell["source"]))


def test_every_notebook_runs():
    """The same run as the site's: nothing is run twice, `allow_errors` is off."""
    pytest.importorskip("nbclient")
    notebooks = pytest.importorskip("site_builder.notebooks")
    shown, _ = notebooks.update(PROJECT)
    assert list(shown) == [path.stem for path in SOURCES]
    for path in SOURCES:
        executed = json.loads(shown[path.stem]["files"][f"notebooks/{path.name}"])
        source = json.loads(path.read_bytes())
        assert [cell["id"] for cell in executed["cells"]] == [c["id"] for c in source["cells"]]
        kinds = {o["output_type"] for c in executed["cells"] for o in c.get("outputs", [])}
        assert "error" not in kinds
