"""The README's figure is the one the notebook draws."""

import re

import pytest

pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

from tests.pages import ROOT, built

NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figure_is_current(scheme: str) -> None:
    """Up to a thousandth of a point: another machine's cosine may differ in its last digit."""
    committed = (ROOT / f"docs/assets/shapes-{scheme}.svg").read_text()
    drawn = (built() / f"notebooks/figures/shapes-all-{scheme}.svg").read_text()
    how = "copy build/notebooks/figures/shapes-all-{light,dark}.svg to docs/assets/shapes-*.svg"
    assert NUMBER.sub("#", committed) == NUMBER.sub("#", drawn), how
    pairs = zip(NUMBER.findall(committed), NUMBER.findall(drawn), strict=True)
    assert all(abs(float(old) - float(new)) < 1e-3 for old, new in pairs), how
