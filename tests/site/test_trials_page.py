"""The trials on the site: files as the package makes them, and a page that says what is in them."""

import json

import pytest

pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

from lrdecay.lab.trials import dataset
from lrdecay.lab.trials.columns import TABLES
from tests.pages import built, read

LOCAL = "http://127.0.0.1:8000/"
PAGE = "reference/trials-data/index.html"


def test_the_site_offers_the_files_of_the_package():
    for name, content in dataset.files(LOCAL).items():
        offered = (built() / name).read_bytes()
        if name == dataset.METADATA:
            about = json.loads(offered)
            assert about.pop("datePublished", "2026") >= "2026"
            assert about == json.loads(content)
            assert about["url"] == f"{LOCAL}{PAGE.removesuffix('index.html')}"
        else:
            assert offered == content


def test_a_page_says_what_every_column_is_and_the_page_of_the_trials_leads_to_it():
    pages = read(built())
    page = pages[PAGE]
    assert {f"../../{name}" for name in dataset.files()} <= page.links
    columns = [column for columns in TABLES.values() for column in columns]
    files = len(dataset.files())
    assert page.names.count("tr") == len(columns) + files + len(TABLES) + 1  # and their heads
    words = " ".join(page.text.split()).replace("\u2019", "'")
    html = (built() / PAGE).read_text("utf-8")
    for column in columns:
        assert f"<code>{column.name}</code>" in html
        assert column.meaning.split("`")[0].split('"')[0].strip() in words
    assert "@misc{lrdecay-trials" in page.code
    assert "../../reference/trials-data/" in pages["learn/trials/index.html"].links
