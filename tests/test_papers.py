"""The papers that say what this is: CITATION.cff, .zenodo.json, codemeta.json, CHANGELOG.md."""

import json
import re
import tomllib

import pytest

from lrdecay import release
from tests.paths import ROOT

yaml = pytest.importorskip("yaml", reason="comes with MkDocs")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
ZENODO = json.loads((ROOT / ".zenodo.json").read_text("utf-8"))
CODEMETA = json.loads((ROOT / "codemeta.json").read_text("utf-8"))
AUTHORS = [author["name"] for author in PROJECT["authors"]]


def test_they_agree_with_the_project():
    for paper in (CITATION, ZENODO, CODEMETA):
        assert paper["version"] == PROJECT["version"]
        assert paper["keywords"] == PROJECT["keywords"]
        assert PROJECT["license"] == paper["license"].rpartition("/")[2]
        authors = paper.get("authors") or paper.get("creators") or paper["author"]
        assert [author["name"] for author in authors] == AUTHORS == [release.AUTHORS]
    assert CITATION["title"] == ZENODO["title"]
    assert CITATION["title"].partition(": ")[0] == CODEMETA["name"] == PROJECT["name"]
    assert CITATION["abstract"] == ZENODO["description"] == CODEMETA["description"]
    assert CODEMETA["softwareRequirements"] == PROJECT["dependencies"]
    assert CODEMETA["runtimePlatform"] == f"Python {PROJECT['requires-python']}"


def test_releases_that_are_kept_are_those_the_changelog_dates():
    """`## 0.3.0 (2027-01-31)`; what is unreleased, or has no date, has no pages of its own."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (\S+)(?: \((.+)\))?$", changelog, re.MULTILINE)
    assert headings[0][0] == PROJECT["version"]
    dated = {version: day for version, day in headings if re.fullmatch(r"\d{4}-\d\d-\d\d", day)}
    assert dict(release.RELEASED) == dict(reversed(dated.items()))
    assert [*release.RELEASED.values()] == sorted(release.RELEASED.values())
    if PROJECT["version"] in dated:
        assert str(CITATION["date-released"]) == dated[PROJECT["version"]]


def test_a_release_keeps_its_address(monkeypatch):
    assert release.address("https://a.org") == release.address("https://a.org/") == "https://a.org/"
    monkeypatch.setattr(release, "RELEASED", {release.version(): "2027-01-31"})
    kept = f"https://a.org/v{release.version()}/"
    assert release.address("https://a.org/") == release.address(kept) == kept
    assert release.address("") == ""
