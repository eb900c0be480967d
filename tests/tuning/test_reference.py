"""What the package exports stands in the reference of the API, and what stands there exists."""

import pkgutil
import re

import pytest

import lrdecay
from lrdecay.tuning import diagnose, identify, logs, preflight
from tests.paths import ROOT

PAGES = sorted((ROOT / "docs/reference/api").glob("*.md"))
NAMED = [
    name
    for page in PAGES
    for name in re.findall(r"^::: (lrdecay[\w.]*)", page.read_text("utf-8"), re.MULTILINE)
]
LAST = {name.rpartition(".")[2] for name in NAMED}


@pytest.mark.parametrize("name", [*lrdecay.__all__, *lrdecay.TOOLS, "recommend"])
def test_what_can_be_imported_is_described(name):
    assert name in LAST


@pytest.mark.parametrize("module", [diagnose, identify, logs, preflight])
def test_so_is_what_the_tools_return(module):
    assert set(module.__all__) <= LAST


@pytest.mark.parametrize("name", NAMED)
def test_what_is_described_exists(name):
    assert pkgutil.resolve_name(name) is not None
