"""The blocks of pages that need torch, or a library around it: they print what the page says."""

import logging
import re

import pytest

from tests.blocks import printed
from tests.paths import ROOT

pytest.importorskip("torch")

MARKED = [p for p in sorted(ROOT.glob("docs/**/*.md")) if "beside-torch" in p.read_text("utf-8")]


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    """Run in a folder of the test's own, without the libraries' notes on themselves."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


@pytest.mark.parametrize("page", MARKED, ids=lambda page: page.stem)
def test_blocks_print_what_the_page_says(page):
    for line, got, shown in printed(page, "no-run"):
        assert got == shown, f"{page.name}, line {line}"


def test_some_pages_are_tried():
    assert len(MARKED) >= 5
    assert not any(re.search("beside-torch.*no-run", page.read_text("utf-8")) for page in MARKED)
