"""Running notebooks: what is run again, what fails and how, what comes out."""

import json
import shutil

import pytest

from tests import checkouts

pytest.importorskip("nbclient")

from site_builder import files, kernel, notebooks
from site_builder.files import BuildError, mirror, write


@pytest.fixture
def project(tmp_path):
    return checkouts.make(tmp_path / "checkout")


def names(project):
    """Return the notebooks that are run."""
    return notebooks.update(project)[1]


def test_update_runs_what_changed_and_nothing_else(project):
    checkouts.save(project, "first", checkouts.GOOD)
    checkouts.save(project, "second", ["1 + 1"])
    shown, ran = notebooks.update(project)
    assert ran == ["first", "second"]
    first = shown["first"]
    made = first["files"] | shown["second"]["files"]
    assert sorted(made) == [
        "notebooks/figures/first-line-dark.svg",
        "notebooks/figures/first-line-light.svg",
        "notebooks/first.ipynb",
        "notebooks/second.ipynb",
    ]
    assert 'fill="#101010" stroke="#eeeeee"' in made["notebooks/figures/first-line-dark.svg"]
    assert first["numbers"] == {"loss": "0.5"}
    assert first["figures"]["line"]["file"] == "notebooks/figures/first-line"
    assert first["figures"]["line"]["width"] == 120  # 90 points
    assert first["tables"]["rows"]["text"] == "1"

    cells = json.loads(made["notebooks/first.ipynb"])["cells"]
    assert [cell["id"] for cell in cells] == [f"cell-{i}" for i in range(5)]
    assert [cell["execution_count"] for cell in cells[1:]] == [1, 2, 3, 4]
    assert all("execution" not in cell["metadata"] for cell in cells)
    stream, figure = cells[2]["outputs"]
    assert "".join(stream["text"]) == "one\ntwo\n"
    assert figure["metadata"]["lrdecay"]["height"] == 80
    assert "#FFFFFF" in "".join(figure["data"]["image/svg+xml"])

    assert notebooks.update(project) == (shown, [])
    checkouts.save(project, "second", ["1 + 2"])
    assert names(project) == ["second"]

    (project.notebooks / "first.ipynb").unlink()
    shown, ran = notebooks.update(project)
    assert (list(shown), ran) == (["second"], [])
    assert [path.name for path in (project.cache / "notebooks").iterdir()] == ["second.json"]


def test_two_cold_runs_are_byte_identical(project):
    checkouts.save(
        project,
        "first",
        [*checkouts.GOOD, "import os\nsorted({'a', 'b'}), hash('x'), os.getcwd()[:0]"],
    )
    before = notebooks.update(project)
    shutil.rmtree(project.cache / "notebooks")
    assert notebooks.update(project) == before


def test_key_covers_notebook_package_and_what_is_installed(project, monkeypatch):
    checkouts.save(project, "first", ["1"])
    source = project.notebooks / "first.ipynb"

    def key():
        return notebooks.keys(project, {"first": source})["first"]

    found = [key()]
    checkouts.save(project, "first", ["2"])
    found.append(key())
    monkeypatch.setattr(notebooks, "installed", lambda: "numpy 4")
    found.append(key())
    (project.package / "data.csv").write_text("1")
    found.append(key())
    (project.package / "plot.py").write_text(checkouts.PLOT + "# new\n")
    found.append(key())
    monkeypatch.setattr(notebooks, "SCHEMA", "other")
    found.append(key())
    assert len(set(found)) == len(found)
    (project.package / "__pycache__").mkdir()
    (project.package / "__pycache__" / "plot.pyc").write_text("x")
    assert key() == found[-1]


def test_what_is_installed_has_names_and_versions():
    assert {"nbclient", "numpy"} <= {line.split()[0] for line in files.installed().splitlines()}


def test_damaged_entry_is_never_trusted(tmp_path):
    path = tmp_path / "entry.json"
    files.keep(path, "key", {"cells": ["lost"]})
    assert files.load(path, "key") == {"cells": ["lost"]}
    assert files.load(path, "other") is None
    whole = path.read_text()
    half, changed = whole[: len(whole) // 2], whole.replace("lost", "kept")
    for damaged in (half, changed, whole[1:], "[]", ""):
        path.write_text(damaged)
        assert files.load(path, "key") is None


FAILURES = {
    "raises": ("x = 1\n1 / 0", "cell 2 (cell-1: 'x = 1'): ZeroDivisionError: division"),
    "syntax": ("def f(:", "SyntaxError: invalid syntax"),
    "warns": ("import warnings\nwarnings.warn('too hot')", "wrote to stderr: UserWarning: too hot"),
    "address": ("class A: pass\nA()", "an address that is never the same"),
    "path": ("import os\nos.getcwd()", "a path of this machine"),
    "dies": ("import os\nos._exit(3)", "the kernel died"),
    "tagged": ("raise KeyError('k')", "): KeyError: 'k'"),
    "bare": (
        "from IPython.display import SVG\nSVG('<svg></svg>')",
        "shows an image without alt text; use outputs.figure",
    ),
    "no-alt": (
        "from lrdecay import outputs\noutputs.figure('f', alt=' ')",
        "figure 'f' has an empty alt",
    ),
    "no-caption": (
        "from lrdecay import outputs\noutputs.figure('f', caption='')",
        "figure 'f' has an empty caption",
    ),
    "twice": (
        "from lrdecay import outputs\nfor _ in '12': display(outputs.figure('f'))",
        "the name 'f' is used twice",
    ),
    "bad-name": ("from lrdecay import outputs\noutputs.table('A b')", "'A b' is no name"),
    "colour": (
        "from lrdecay import outputs\noutputs.figure('f', svg=outputs.SVG.replace('#1', '#2'))",
        "figure 'f': #201010 is no colour of lrdecay.plot.LIGHT",
    ),
}


def test_failing_cells_are_named_one_line_each(project):
    checkouts.save(project, "fine", ["1"])
    for name, (code, _) in FAILURES.items():
        checkouts.save(project, name, [code])
    tagged = project.notebooks / "tagged.ipynb"
    tagged.write_text(
        tagged.read_text().replace('"metadata": {}}', '"metadata": {"tags": ["raises-exception"]}}')
    )
    with pytest.raises(BuildError) as caught:
        notebooks.update(project)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(FAILURES)
    for name, (_, words) in FAILURES.items():
        (line,) = (one for one in lines if one.startswith(f"notebooks/{name}.ipynb, cell 2"))
        assert words in line
    for name in FAILURES:
        (project.notebooks / f"{name}.ipynb").unlink()
    assert names(project) == []  # the good one was kept


def test_traceback_only_when_asked_for(project):
    checkouts.save(project, "raises", ["def f():\n    return 1 / 0\nf()"])
    with pytest.raises(BuildError, match=r"\n.*Traceback") as caught:
        notebooks.update(project, traceback=True)
    assert "\x1b" not in str(caught.value)


def test_what_is_no_notebook_is_named(project):
    project.notebooks.mkdir()
    path = project.notebooks / "odd.ipynb"
    for text in ("", "[]", '{"cells": [{"cell_type": "code", "source": []}], "nbformat": 4}'):
        path.write_text(text)
        with pytest.raises(BuildError, match=r"^notebooks/odd.ipynb is no valid notebook[^\n]*$"):
            notebooks.update(project)
    checkouts.save(project, "odd", ["1"])
    path.write_text(path.read_text().replace('"nbformat_minor": 5', '"nbformat_minor": 4'))
    with pytest.raises(BuildError, match=r"odd.ipynb must have format 4.5[^\n]*$"):
        notebooks.update(project)
    path.write_text(json.dumps({"worksheets": [], "nbformat": 3, "nbformat_minor": 0}))
    with pytest.raises(BuildError, match=r"odd.ipynb must have format 4.5[^\n]*$"):
        notebooks.update(project)
    checkouts.save(project, "odd", ["1", "2"])
    path.write_text(path.read_text().replace("cell-2", "cell-1"))  # others would be drawn at random
    with pytest.raises(BuildError, match=r"odd.ipynb has more than one cell with the id 'cell-1'$"):
        notebooks.update(project)


def test_slow_notebook_is_stopped(project, monkeypatch):
    async def impatient(source, project, **options):
        return await run(source, project, **options | {"limit": 3})

    run = kernel.run
    monkeypatch.setattr(kernel, "run", impatient)
    checkouts.save(project, "slow", ["import time\ntime.sleep(60)"])
    with pytest.raises(BuildError, match=r"cell 2 .*: the notebook was stopped after 3 seconds"):
        notebooks.update(project)


def test_a_folder_becomes_what_it_should_hold(tmp_path):
    assert mirror(tmp_path, {"a/b.txt": "one", "c/d/e.txt": b"two"}) == {"a/b.txt", "c/d/e.txt"}
    date = (tmp_path / "a" / "b.txt").stat().st_mtime_ns
    assert mirror(tmp_path, {"a/b.txt": "one", "f.txt": "x"}) == {"c/d/e.txt", "f.txt"}
    assert checkouts.contents(tmp_path) == {"a/b.txt": b"one", "f.txt": b"x"}
    assert (tmp_path / "a" / "b.txt").stat().st_mtime_ns == date
    assert not (tmp_path / "c").exists()
    assert write(tmp_path / "f.txt", "y")
    assert not write(tmp_path / "f.txt", "y")
