"""Tables in a real browser: order, filters, their state in the address, what stays in view."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

pytestmark = pytest.mark.browser

with suppress(ImportError):  # the fixture says so
    from playwright.sync_api import Browser, Page, Route

    from tests.pages import built

RULES, RECIPES, CLAIMS = "heuristics/", "tables/recipes/", "tables/claims/"
ROSETTA = "reference/rosetta/"
SHIFTED = """() => new Promise((resolve) => {
  const moved = []
  const within = ({ node }) => (node?.closest ? node : node?.parentElement)?.closest("article")
  const told = (one) => one.sources.filter(within).map(({ node }) => node.textContent.slice(0, 80))
  new PerformanceObserver((list) => moved.push(...list.getEntries().flatMap(told)))
    .observe({ type: "layout-shift", buffered: true })
  setTimeout(() => resolve(moved), 300)
})"""
SEEN = "rows => rows.filter((row) => row.checkVisibility()).length"


@pytest.fixture
def page(browser: "Browser", base: str, request: pytest.FixtureRequest) -> Iterator["Page"]:
    wanted: dict[str, Any] = getattr(request, "param", {})
    width = wanted.get("width", 1280)
    context = browser.new_context(base_url=base, viewport={"width": width, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def go(page: "Page", path: str) -> None:
    page.goto(path, wait_until="networkidle")


def column(page: "Page", name: str) -> list[str]:
    """Return the visible cells of a column of the first table."""
    return page.evaluate(
        """(name) => {
          const table = document.querySelector(".lr-finder table")
          const heads = [...table.tHead.rows[0].cells]
          const at = heads.findIndex((head) => head.innerText.trim() === name)
          const rows = [...table.tBodies[0].rows].filter((row) => row.checkVisibility())
          return rows.map((row) => row.cells[at].textContent.trim())
        }""",
        name,
    )


ORDERED = [
    (
        ["0.01", "1e-4", ".0001", "-", "2e-05", "3e11"],
        ["2e-05", "1e-4", ".0001", "0.01", "3e11", "-"],
    ),
    (["10 %", "5 %", "2.5\u00a0%", "100 %"], ["2.5\u00a0%", "5 %", "10 %", "100 %"]),
    (["1.5B", "124M", "64k", "900"], ["900", "64k", "124M", "1.5B"]),
    (
        ["300,000 updates", "in epochs", "2,000", "none"],
        ["2,000", "300,000 updates", "in epochs", "none"],
    ),
    (["3e-4 to 1e-3", "1e-4", "2e-4\u20136e-4"], ["1e-4", "2e-4\u20136e-4", "3e-4 to 1e-3"]),
    (["2021", "2014", "2014"], ["2014", "2014", "2021"]),
    (["-0.5", "\u22122", "1"], ["\u22122", "-0.5", "1"]),
    (["H010", "H9", "H002"], ["H002", "H9", "H010"]),
    (["beta", "Alpha", ""], ["Alpha", "beta", ""]),
]


@pytest.mark.parametrize(("given", "wanted"), ORDERED)
def test_values_are_ordered_as_what_they_are(
    page: "Page", given: list[str], wanted: list[str]
) -> None:
    go(page, RULES)
    run = """async ([texts, down]) => {
      const { order } = await import("/assets/tables.js")
      return order(texts, down).map((at) => texts[at])
    }"""
    assert page.evaluate(run, [given, False]) == wanted
    gone = [text for text in wanted if text in {"-", "", "none"}]
    there = [text for text in wanted if text not in gone]
    down = page.evaluate(run, [given, True])
    assert down[len(there) :] == gone
    assert sorted(down) == sorted(given)
    if "in epochs" not in given:  # words stay behind numbers
        assert down[0] == there[-1]


def test_order_is_stable(page: "Page") -> None:
    go(page, RULES)
    run = (
        """async (down) => (await import("/assets/tables.js")).order(["2", "1", "2", "1"], down)"""
    )
    assert page.evaluate(run, False) == [1, 3, 0, 2]
    assert page.evaluate(run, True) == [0, 2, 1, 3]


def test_peaks_of_recipes_rise(page: "Page") -> None:
    go(page, RECIPES)
    page.locator("th").get_by_role("button", name="Peak").first.click()
    shown = column(page, "Peak")
    peaks = [float(text) for text in shown if text[:1].isdigit()]
    assert len(peaks) > 10
    assert peaks == sorted(peaks)
    assert not any(text[:1].isdigit() for text in shown[len(peaks) :])


def test_what_was_chosen_stands_in_the_address_and_is_kept_by_back(page: "Page", base: str) -> None:
    # The theme follows links within the addresses of the sitemap, which name port 8000.
    sitemap = (built() / "sitemap.xml").read_text().replace("http://127.0.0.1:8000/", base)
    page.route("**/sitemap.xml", lambda route: route.fulfill(body=sitemap))
    go(page, RULES)
    page.evaluate("window.stays = true")
    page.locator(".lr-finder__controls").get_by_label("Answer").select_option("no")
    page.locator(".lr-finder__controls").get_by_label("Words").fill("warmup")
    page.locator("th").get_by_role("button", name="Rule").click()
    page.locator("th").get_by_role("button", name="Rule").click()
    wanted, shown = f"{base}{RULES}?answer=no&find=warmup&sort=-rule", column(page, "Rule")
    assert sorted(page.url.partition("?")[2].split("&")) == sorted(
        wanted.partition("?")[2].split("&")
    )
    assert shown == sorted(shown, reverse=True)
    page.locator(".lr-finder tbody tr:visible a").first.click()
    page.wait_for_selector(".lr-answer")
    page.go_back()
    page.wait_for_selector(".lr-count")
    assert page.evaluate("window.stays"), "the page was loaded anew"
    assert column(page, "Rule") == shown
    assert page.locator(".lr-finder__controls").get_by_label("Answer").input_value() == "no"
    page.reload(wait_until="networkidle")
    assert column(page, "Rule") == shown
    page.locator(".lr-finder__controls").get_by_label("Answer").select_option("any")
    page.locator(".lr-finder__controls").get_by_label("Words").fill("")
    assert "answer" not in page.url
    assert "find" not in page.url


HOSTILE = [
    "answer=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "find=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&sort=%3Csvg%3E",
    "sort=-__proto__&constructor=1&answer=__proto__",
    "sort=-rule&find=%00%F0%9F%92%A9%25&h=%3Cb%3E&%FF=%FE",
    "find=" + "x" * 100_000,
    "answer=" + "no," * 33_000,
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_address_does_no_harm(page: "Page", query: str) -> None:
    def answer(route: "Route") -> None:  # as a host does that takes addresses of any length
        route.fulfill(body=(built() / RULES / "index.html").read_text(), content_type="text/html")

    # Not the search worker, whose address has a query too.
    page.route(lambda url: f"/{RULES}?" in url, answer)
    page.on("dialog", lambda _: pytest.fail("a script ran"))
    go(page, f"{RULES}?{query}")
    page.wait_for_selector(".lr-count")
    assert page.locator(".lr-finder__controls :is(script, img, svg)").count() == 0
    assert page.locator(".lr-finder__controls").get_by_label("Answer").input_value() == ""
    assert len(page.locator(".lr-finder__controls").get_by_label("Words").input_value()) <= 200
    page.locator(".lr-finder__controls").get_by_label("Words").fill("")
    assert len(column(page, "Rule")) > 50


@pytest.mark.parametrize("page", [{"width": 1280}, {"width": 360}], indirect=True)
@pytest.mark.parametrize("path", [RULES, RECIPES, CLAIMS, "tables/schedules/", ROSETTA])
def test_nothing_shifts_when_the_controls_appear(page: "Page", path: str) -> None:
    slow = page.context.new_cdp_session(page)  # so that the page arrives in pieces
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 12})
    go(page, path)
    assert page.evaluate(SHIFTED) == []


@pytest.mark.parametrize("page", [{"width": 1600}, {"width": 1280}, {"width": 360}], indirect=True)
@pytest.mark.parametrize("path", [RULES, RECIPES, CLAIMS])
def test_the_heading_stays_in_view(page: "Page", path: str) -> None:
    go(page, path)
    row = page.locator(".lr-finder table").first.locator("tbody tr").nth(11)
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    head = page.locator(".lr-finder thead th").nth(1)
    left, top = head.evaluate(
        "head => [head.getBoundingClientRect().x, head.getBoundingClientRect().y]"
    )
    under = page.evaluate(
        """([x, y]) => document.elementFromPoint(x, y)?.closest("th")?.textContent.trim()""",
        [left + 3, top + 5],
    )
    assert 0 <= top < 450
    assert under == head.inner_text().strip()


def test_claims_are_filtered_over_all_their_tables(page: "Page") -> None:
    go(page, CLAIMS)
    rows = page.locator(".lr-finder tbody tr")
    before = rows.evaluate_all(SEEN)
    page.locator(".lr-finder__controls").get_by_label("Answer").select_option("no")
    after = rows.evaluate_all(SEEN)
    assert 0 < after < before
    assert page.get_by_role("status").inner_text() == f"{after} of {before} rows"
    page.locator(".lr-finder__controls").get_by_label("Words").fill("no such words anywhere")
    assert rows.evaluate_all(SEEN) == 0
    assert page.locator(".lr-finder h2:visible").count() == 0  # nor what introduces them


@pytest.mark.parametrize("path", [RULES, RECIPES, CLAIMS])
def test_print_shows_every_row_and_column(page: "Page", path: str) -> None:
    go(page, f"{path}?find=sgd")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 900})
    rows = page.locator(".lr-finder tbody tr")
    assert rows.evaluate_all(SEEN) == rows.count()
    assert page.locator(".lr-finder__controls:visible").count() == 0
    right = "tables => Math.max(...tables.map((table) => table.getBoundingClientRect().right))"
    assert page.locator(".lr-finder table").evaluate_all(right) <= 718


def test_columns_are_as_wide_as_what_they_hold(page: "Page") -> None:
    go(page, RECIPES)
    widths = dict(
        page.locator(".lr-finder table")
        .first.locator("thead th")
        .evaluate_all("heads => heads.map((head) => [head.innerText.trim(), head.offsetWidth])")
    )
    assert widths["Year"] < 90
    assert widths["Run"] > 1.5 * widths["Year"]
    assert widths["Source"] > widths["Peak"]


def test_rosetta_shows_the_pair_that_the_address_names(page: "Page") -> None:
    go(page, ROSETTA)
    page.locator(".lr-rosetta").wait_for()
    pair, picked = page.locator(".lr-rosetta"), page.locator(".lr-pick select")
    assert pair.locator("thead th").all_inner_texts()[1:3] == ["PyTorch", "optax"]
    picked.first.select_option(label="Keras")
    picked.last.select_option(label="PyTorch")
    assert page.url.endswith("?from=keras&to=pytorch")
    row = pair.locator("tbody tr", has=page.get_by_role("rowheader", name="Cosine", exact=True))
    assert "CosineDecay(lr, T)" in row.inner_text()
    assert "CosineAnnealingLR(opt, T)" in row.inner_text()
    assert "PyTorch: other rates after its end" in row.inner_text()
    exponential = pair.locator("tbody tr", has=page.get_by_role("rowheader", name="Exponential"))
    assert "the same rates" in exponential.inner_text()
    picked.first.select_option(label="PyTorch")  # then the two change places
    assert picked.last.evaluate("list => list.selectedOptions[0].text") == "Keras"
    page.reload(wait_until="networkidle")
    pair.wait_for()
    assert pair.locator("thead th").all_inner_texts()[1:3] == ["PyTorch", "Keras"]
    go(page, f"{ROSETTA}?from=%3Cscript%3E&to=pytorch")
    pair.wait_for()
    assert pair.locator("thead th").all_inner_texts()[1:3] == ["lrdecay", "PyTorch"]


def test_the_whole_rosetta_table_is_behind_and_on_paper(
    page: "Page", browser: "Browser", base: str
) -> None:
    go(page, ROSETTA)
    whole = page.locator(".lr-whole .lr-scroll")
    assert not whole.is_visible()
    page.get_by_text("The whole table").click()
    assert whole.locator("thead th").count() == 9
    page.get_by_text("The whole table").click()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 900})
    assert whole.locator("tbody tr").last.evaluate("row => row.getBoundingClientRect().height") > 0
    assert whole.locator("table").evaluate("table => table.getBoundingClientRect().right") <= 718
    context = browser.new_context(base_url=base, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(ROSETTA)
    assert plain.locator("[data-tool] tbody tr:visible").count() > 20
    context.close()
