"""On a phone the answer stands on the first screen: of rules, situations and symptoms."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest

from lrdecay.heuristics import RULES, SYMPTOMS

pytestmark = pytest.mark.browser

with suppress(ImportError):  # the fixture says so
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page

PHONE, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 900}


@pytest.fixture
def phone(browser: "Browser") -> Iterator["Page"]:
    """A phone without scripts: what they add must not be what makes room."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    yield context.new_page()
    context.close()


def end(page: "Page", selector: str) -> float:
    """Return where an element ends, in pixels from the top of the page."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None, f"no {selector} on {page.url}"
    return box["y"] + box["height"]


def test_a_rule_is_answered_on_the_first_screen_of_a_phone(phone: "Page", base: str) -> None:
    phone.route("**/*.svg", lambda route: route.abort())  # their size is in the page
    late = {}
    for id_ in RULES:
        phone.goto(f"{base}heuristics/{id_.lower()}/")
        below = max(end(phone, part) for part in ("h1 .lr-id", ".lr-answer", ".lr-action"))
        if below > PHONE["height"]:
            late[id_] = below
    assert late == {}


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("tables/schedules/", ".lr-situations tbody tr"),
        ("tables/symptoms/", "article ul a[href='#no-budget']"),
        ("how-to/fine-tune/", "article pre"),
    ],
)
def test_a_table_begins_on_the_first_screen_of_a_phone(
    phone: "Page", base: str, path: str, part: str
) -> None:
    phone.goto(base + path)
    assert end(phone, part) <= PHONE["height"]


def test_a_symptom_has_at_most_five_remedies_and_one_screen(browser: "Browser", base: str) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(f"{base}tables/symptoms/")
    headings = page.locator("article h2").all()
    assert len(headings) == len(SYMPTOMS) + 1  # and how they are ranked
    tops = [(heading.bounding_box() or {"y": 0})["y"] for heading in headings]
    assert max(b - a for a, b in pairwise(tops)) < DESK["height"]
    for heading in headings[:-1]:
        shown = heading.locator("xpath=following-sibling::ol[1]/li")
        assert 3 <= shown.count() <= 5
        assert all(re.search(r"H\d{3}: .+\?", text) for text in shown.all_inner_texts())
    assert page.locator("article details:not([open])").count() > 4
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["tables/schedules/", "tables/symptoms/", "heuristics/h042/"])
def test_no_accessibility_violation(browser: "Browser", base: str, path: str, scheme: str) -> None:
    page = browser.new_page(viewport=PHONE, color_scheme=scheme, reduced_motion="reduce")
    page.goto(base + path)
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]}).response
    assert [
        (one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]
    ] == []
    page.close()
