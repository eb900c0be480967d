"""The README's figure is one that the build makes: the branch of the published site has it."""

import re

import pytest

pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

from tests.pages import ROOT, built


def test_the_figure_is_part_of_the_site() -> None:
    found = re.findall(r'"\.\./gh-pages/([^"]+\.svg)"', (ROOT / "README.md").read_text("utf-8"))
    assert len(found) == 2
    assert [path for path in found if not (built() / path).is_file()] == []
