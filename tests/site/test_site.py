"""The built pages: links, budgets, words, and the same bytes each time."""

import filecmp
import json
import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

from lrdecay import plot
from tests.pages import ROOT, Page, built, is_elsewhere, problem, read, run

LOCAL = "http://127.0.0.1:8000/"
HOSTED = "https://example.org/some/where/"
REPO = "https://github.com/example/lrdecay"
COLAB = "https://colab.research.google.com/github/example/lrdecay/blob/gh-pages"
BINDER = "https://mybinder.org/v2/gh/example/lrdecay/main?urlpath=lab/tree"
PAGE_BYTES = 150_000
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
SOURCES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "/_" not in path.as_posix())
UNFINISHED = (
    r"\b(TODO|TBD|FIXME|XXX)\b|lorem ipsum|coming soon|placeholder|No description has been provided"
    r"|(?m:^\s*(description|title|hide): )"  # front matter that is not YAML
    r"|\{\{|\}\}|\]\(|\]\[|:\w+-[\w-]+:"  # embeds, links and icons that were not understood
)
LATEX = r"\\[()\[\]]|\$\$|\$[^\s\d]|\\(frac|eta|text|cos|min|sum)\b"
COLOURS = {"paper": "paper", "ink": "ink", "muted": "muted", "link": "blue", "dot": "orange"}

Pages = dict[str, Page]


@pytest.fixture(scope="session")
def site() -> Path:
    return built()


@pytest.fixture(scope="session")
def pages(site: Path) -> Pages:
    return read(site)


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as published: below a sub-path, with a repository."""
    built()  # so that nothing need be run again
    folder = tmp_path_factory.mktemp("hosted")
    return again(folder, SITE_URL=HOSTED, REPO_URL=REPO)


@pytest.fixture(scope="session")
def published(hosted: Path) -> Pages:
    return read(hosted)


def again(folder: Path, *command: str, kept: str = "build/.cache", **settings: str) -> Path:
    """Return a site that is built in a copy of this checkout, with what it `kept` here."""
    (folder / "build").mkdir()
    (folder / ".git").symlink_to(ROOT / ".git")
    for name in ("docs", "lrdecay", "notebooks", "site_builder", "tests/data", kept):
        ignore = shutil.ignore_patterns("__pycache__", "site")
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in ("mkdocs.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    run(*(command or ("-m", "site_builder", "build")), cwd=folder, **settings)
    return folder / "site"


def page_of(source: Path) -> str:
    """Return the page that a Markdown file becomes."""
    path = source.relative_to(ROOT / "docs").with_suffix("")
    return (path.parent if path.name == "index" else path).joinpath("index.html").as_posix()


def found(pages: Pages, pattern: str) -> dict[str, list[str]]:
    """Return what the prose of each page holds of a pattern."""
    words = re.compile(pattern, re.IGNORECASE)
    return {
        name: [match[0] for match in words.finditer(page.text)]
        for name, page in pages.items()
        if words.search(page.text)
    }


def test_every_source_has_its_page(pages: Pages) -> None:
    assert {page_of(source) for source in SOURCES} <= pages.keys()
    assert {f"notebooks/{name}/index.html" for name in NOTEBOOKS} <= pages.keys()


@pytest.mark.parametrize("base", [LOCAL, HOSTED])
def test_every_link_leads_somewhere(base: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue("site" if base == LOCAL else "hosted")
    pages = read(folder)
    links = [(page, url) for page in pages.values() for url in sorted(page.links | page.loads)]
    wrong = {problem(folder, pages, page, url, base) for page, url in links}
    assert wrong - {""} == set()


def test_nothing_is_loaded_from_another_host(site: Path, pages: Pages) -> None:
    wrong = [f"{p.path}: {url}" for p in pages.values() for url in p.loads if is_elsewhere(url)]
    # What style sheets and pictures fetch in turn.
    fetch = re.compile(r"""url\(\s*["']?(//|https?:)|@import\s*["'](//|https?:)|href="https?:""")
    for path in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        wrong += [
            f"{path.relative_to(site)}: {match[0]}" for match in fetch.finditer(path.read_text())
        ]
    # What scripts inside a page would fetch.
    loader = re.compile(r"mathjax|jsdelivr|cdnjs|unpkg|googleapis|api\.github", re.IGNORECASE)
    wrong += [path for path in pages if loader.search((site / path).read_text())]
    assert wrong == []


def test_every_image_says_what_it_shows(pages: Pages) -> None:
    assert [page.path for page in pages.values() if not all(page.alts)] == []
    assert any(page.alts for page in pages.values())


def test_every_page_has_one_title_and_a_language(pages: Pages) -> None:
    assert {page.path: page.names.count("h1") for page in pages.values()} == dict.fromkeys(pages, 1)
    assert {page.lang for page in pages.values()} == {"en"}


def test_pages_are_light(pages: Pages) -> None:
    assert {page.path: page.size for page in pages.values() if page.size >= PAGE_BYTES} == {}


def test_nothing_is_left_unfinished(pages: Pages) -> None:
    assert found(pages, UNFINISHED) == {}


@pytest.mark.parametrize("folder", ["learn", "schedules", "how-to"])
def test_a_paragraph_has_one_interval_at_most(site: Path, folder: str) -> None:
    interval = re.compile(r"\[[-+−]?\d[^][]{0,14}, [-+−]?\d[^][]{0,14}\]")
    shown = re.compile(r"<(figure|table|pre|code)\b.*?</\1>", re.DOTALL)
    crowded = [
        f"{path.parent.name}: {' '.join(block.split())[:120]}"
        for path in sorted((site / folder).glob("*/index.html"))
        for block in re.split(r"</?(?:p|li|dd)\b", shown.sub("", path.read_text("utf-8")))
        if len(interval.findall(block)) > 1
    ]
    assert crowded == []


def test_every_formula_is_mathml(pages: Pages) -> None:
    assert found(pages, LATEX) == {}
    display = re.compile(r"^\$\$", re.MULTILINE)
    expected = [page_of(source) for source in SOURCES if display.search(source.read_text())]
    expected.append("reference/api/families/index.html")  # from docstrings
    assert [path for path in expected if "math" not in pages[path].names] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_page_offers_the_executed_notebook(site: Path, pages: Pages, name: str) -> None:
    page = pages[f"notebooks/{name}/index.html"]
    assert f"{name}.ipynb" in page.links
    cells = json.loads((site / f"notebooks/{name}/{name}.ipynb").read_text())["cells"]
    code = ["".join(cell["source"]).rstrip() for cell in cells if cell["cell_type"] == "code"]
    assert [source for source in code if source not in page.code] == []
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert outputs
    assert all(output["output_type"] != "error" for output in outputs)
    shown = [output.get("metadata", {}).get("lrdecay", {}).get("kind") for output in outputs]
    drawn = shown.count("figure")
    assert page.names.count("figure") == drawn + bool(drawn)  # the first stands on top as well
    assert page.names.count("table") >= shown.count("table")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_search_index_holds_prose_and_no_code(site: Path, name: str) -> None:
    index = json.loads((site / "search/search_index.json").read_text())["docs"]
    here = [doc["text"] for doc in index if doc["location"].startswith(f"notebooks/{name}/")]
    text = " ".join(here)
    cells = json.loads((ROOT / f"notebooks/{name}.ipynb").read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    # Lines long enough to be nothing but code, and without a character that HTML escapes.
    lines = {line.strip() for line in code.splitlines() if re.fullmatch(r"[\w .=(),]{30,}", line)}
    assert text
    assert [line for line in lines if line in text] == []


def test_links_to_services_come_from_one_setting(
    pages: Pages, published: Pages, hosted: Path
) -> None:
    service = re.compile(r"colab|mybinder|/edit/|/issues/|/blob/")
    local = {link for page in pages.values() for link in page.links if is_elsewhere(link)}
    assert [link for link in local if service.search(link) and "example/lrdecay" in link] == []
    for name in NOTEBOOKS:
        page = published[f"notebooks/{name}/index.html"]
        assert f"{COLAB}/notebooks/{name}/{name}.ipynb" in page.links
        assert (hosted / f"notebooks/{name}/{name}.ipynb").is_file()
        assert f"{BINDER}/notebooks/{name}.ipynb" in page.links
        assert f"{REPO}/edit/main/notebooks/{name}.ipynb" in page.links
        assert f"{HOSTED}notebooks/{name}/" in page.links  # canonical


@pytest.mark.parametrize("kind", ["edit", "blob"])
def test_links_to_sources_point_at_files(published: Pages, kind: str) -> None:
    start = f"{REPO}/{kind}/main/"
    every = {link for page in published.values() for link in page.links if link.startswith(start)}
    assert every
    for link in every:
        path, _, lines = link.removeprefix(start).partition("#L")
        source = (ROOT / path).read_text().splitlines()
        if lines:  # of a class or function
            assert re.match(r"\s*(@|class |def )", source[int(lines.partition("-")[0]) - 1]), link


def test_the_page_has_the_colours_of_its_figures() -> None:
    css = (ROOT / "docs/_theme/assets/lrdecay.css").read_text()
    light, dark = css.split("@media screen", 1)
    for scheme, colours in ((light, plot.LIGHT), (dark, plot.DARK)):
        page = dict(re.findall(r"--lr-(\w+): (#\w+);", scheme))
        assert {ours: page[ours] for ours in COLOURS} == {o: colours[f] for o, f in COLOURS.items()}


def differences(one: Path, other: Path) -> list[str]:
    """Return the files that two folders do not share byte for byte."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file()
    }
    same, *_ = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted(names - set(same))


def test_a_second_build_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    assert differences(site, again(tmp_path, PYTHONHASHSEED="7")) == []


def test_properdocs_makes_the_same_pages(pages: Pages, tmp_path: Path) -> None:
    """ProperDocs, the fork that goes on where MkDocs 1.6 ended, builds the same tree."""
    pytest.importorskip("properdocs")
    arguments = ("-m", "properdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path))
    run(*arguments, SOURCE_DATE_EPOCH="0")
    theirs = read(tmp_path)
    assert theirs.keys() == pages.keys()
    for name, page in pages.items():
        other = theirs[name]
        assert (other.text.split(), other.ids, other.links) == (
            page.text.split(),
            page.ids,
            page.links,
        )


@pytest.mark.full
def test_a_cold_build_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    """But for what the rules measured, which tests/heuristics measures again."""
    assert differences(site, again(tmp_path, kept="build/.cache/rules", PYTHONHASHSEED="1")) == []
