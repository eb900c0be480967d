"""Running notebooks: what is run again, what fails and how, what comes out."""

import json
import shutil
import sys

import pytest

from tests import checkouts

pytest.importorskip("nbclient")

from docs._build import cache, extract, kernel, notebooks
from docs._build.project import BuildError, remove_others, write


@pytest.fixture
def project(tmp_path):
    return checkouts.make(tmp_path / "checkout")


def test_update_runs_what_changed_and_nothing_else(project):
    checkouts.save(project, "first", checkouts.GOOD)
    checkouts.save(project, "second", ["1 + 1"])
    assert notebooks.update(project) == ["first", "second"]
    made = checkouts.built(project)
    assert sorted(made) == [
        "index/first.json",
        "index/second.json",
        "notebooks/figures/first-line-dark.svg",
        "notebooks/figures/first-line-light.svg",
        "notebooks/first.ipynb",
        "notebooks/second.ipynb",
        "tables/first-rows.html",
    ]
    assert b'fill="#101010" stroke="#eeeeee"' in made["notebooks/figures/first-line-dark.svg"]
    index = notebooks.index(project)["first"]
    assert index["numbers"] == {"loss": {"text": "0.5", "value": 0.5}}
    assert index["figures"]["line"]["file"] == "figures/first-line"
    assert index["figures"]["line"]["width"] == 120  # 90 points

    cells = json.loads(made["notebooks/first.ipynb"])["cells"]
    assert [cell["id"] for cell in cells] == [f"cell-{i}" for i in range(5)]
    assert [cell["execution_count"] for cell in cells[1:]] == [1, 2, 3, 4]
    assert all("execution" not in cell["metadata"] for cell in cells)
    stream, shown = cells[2]["outputs"]
    assert "".join(stream["text"]) == "one\ntwo\n"
    assert shown["metadata"]["lrdecay"]["height"] == 80
    assert "#FFFFFF" in "".join(shown["data"]["image/svg+xml"])

    dates = {path: path.stat().st_mtime_ns for path in project.build.rglob("*.ipynb")}
    assert notebooks.update(project) == []
    assert dates == {path: path.stat().st_mtime_ns for path in project.build.rglob("*.ipynb")}

    checkouts.save(project, "second", ["1 + 2"])
    assert notebooks.update(project) == ["second"]

    (project.notebooks / "first.ipynb").unlink()
    assert notebooks.update(project) == []
    assert sorted(checkouts.built(project)) == ["index/second.json", "notebooks/second.ipynb"]
    assert [path.name for path in (project.cache / "executed").iterdir()] == ["second.json"]


def test_two_cold_runs_are_byte_identical(project):
    checkouts.save(
        project,
        "first",
        [*checkouts.GOOD, "import os\nsorted({'a', 'b'}), hash('x'), os.getcwd()[:0]"],
    )
    notebooks.update(project)
    before = checkouts.built(project)
    shutil.rmtree(project.cache / "executed")
    for name in notebooks.MADE:
        shutil.rmtree(project.build / name)
    assert notebooks.update(project) == ["first"]
    assert checkouts.built(project) == before


def test_key_covers_notebook_package_versions_and_python(project, monkeypatch):
    source = b'{"cells": [{"cell_type": "code", "source": ["import numpy"]}]}'

    def key(data=source):
        return cache.Keys(project.package).of(data)

    keys = [key(), key(source.replace(b"numpy", b"ast"))]
    monkeypatch.setattr(cache, "version", lambda name: f"{name} 1")
    keys.append(key())
    monkeypatch.undo()
    (project.package / "data.csv").write_text("1")
    keys.append(key())
    (project.package / "plot.py").write_text(checkouts.PLOT + "# new\n")
    keys.append(key())
    monkeypatch.setattr(cache, "SCHEMA", "other")
    keys.append(key())
    monkeypatch.undo()
    monkeypatch.setattr(sys, "version", "4.0")
    keys.append(key())
    assert len(set(keys)) == len(keys)
    (project.package / "__pycache__").mkdir()
    (project.package / "__pycache__" / "plot.pyc").write_text("x")
    assert key() == keys[-1]


def test_imported_modules_are_found():
    code = "import os, numpy.linalg\n%pip install x\nif 1:\n    !ls\n    from sklearn import a\n"
    assert cache.imported(code) == {"numpy", "sklearn"}
    assert cache.imported("from . import plot\nimport lrdecay.lab") == {"lrdecay"}
    assert cache.imported("not python at all") == set()
    assert cache.version("nbclient")[0].isdigit()
    assert "PyYAML" in cache.version("yaml").replace("pyyaml", "PyYAML")
    assert cache.version("no_such_module") == "absent"


def test_damaged_cache_entry_is_never_trusted(tmp_path):
    path = tmp_path / "entry.json"
    cache.store(path, "key", {"cells": ["lost"]})
    assert cache.load(path, "key") == {"cells": ["lost"]}
    assert cache.load(path, "other") is None
    whole = path.read_text()
    half, changed = whole[: len(whole) // 2], whole.replace("lost", "kept")
    for damaged in (half, changed, whole.replace("sha256", "md5"), "[]", ""):
        path.write_text(damaged)
        assert cache.load(path, "key") is None


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
        "shows an image without alt text; use show.figure",
    ),
    "no-alt": (
        "from lrdecay import show\nshow.figure('f', alt=' ')",
        "figure 'f' has an empty alt",
    ),
    "no-caption": (
        "from lrdecay import show\nshow.figure('f', caption='')",
        "figure 'f' has an empty caption",
    ),
    "twice": (
        "from lrdecay import show\nfor _ in '12': display(show.figure('f'))",
        "the name 'f' is used twice",
    ),
    "bad-name": ("from lrdecay import show\nshow.table('A b')", "'A b' is no name"),
    "colour": (
        "from lrdecay import show\nshow.figure('f', svg=show.SVG.replace('#1', '#2'))",
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
    assert (project.build / "notebooks" / "fine.ipynb").is_file()
    for name in FAILURES:
        (project.notebooks / f"{name}.ipynb").unlink()
    assert notebooks.update(project) == []  # the good one was kept


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
    with pytest.raises(BuildError, match=r"odd.ipynb (must have format 4.5|is no valid)"):
        notebooks.update(project)


def test_slow_notebook_is_stopped(project, monkeypatch):
    async def impatient(source, project, **options):
        return await run(source, project, **options | {"limit": 3})

    run = kernel.run
    monkeypatch.setattr(kernel, "run", impatient)
    checkouts.save(project, "slow", ["import time\ntime.sleep(60)"])
    with pytest.raises(BuildError, match=r"cell 2 .*: the notebook was stopped after 3 seconds"):
        notebooks.update(project)


def test_files_are_written_only_when_they_change(tmp_path):
    path = tmp_path / "a" / "b.txt"
    assert write(path, "one")
    assert not write(path, "one")
    assert write(path, "two")
    (tmp_path / "a" / "c").mkdir()
    (tmp_path / "a" / "c" / "d.txt").write_text("")
    remove_others(tmp_path, [path])
    assert checkouts.contents(tmp_path) == {"a/b.txt": b"two"}
    assert not (tmp_path / "a" / "c").exists()


def test_published_notebook_installs_from_the_repository():
    cells = [{"cell_type": "code", "id": "install", "source": 'x = "lrdecay[plot]"'}]
    made = extract.outputs("nb", {"cells": cells}, {}, "https://example.org/repo")
    (cell,) = json.loads(made["notebooks/nb.ipynb"])["cells"]
    assert cell["source"] == 'x = "lrdecay[plot] @ git+https://example.org/repo"'
