"""The pages in a real browser: accessibility, network, console, navigation, narrow screens."""

from contextlib import suppress
from typing import Any

import pytest

from tests.pages import built
from tests.visits import KINDS, Visit, until

pytestmark = pytest.mark.browser

with suppress(ImportError):  # the fixture says so
    from axe_playwright_python.sync_playwright import Axe

AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WINDOWS = [
    pytest.param({"scheme": scheme, "width": width}, id=f"{scheme}-{width}")
    for scheme, width in (("light", 1280), ("dark", 360))
]
TWO_FRAMES = "new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))"
WIDTHS = (320, 640, 960, 1280, 1920, 3840)


@pytest.mark.parametrize("visit", WINDOWS, indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_no_accessibility_violation(visit: Visit, kind: str) -> None:
    page = visit.open(KINDS[kind])
    found = Axe().run(page, options={"runOnly": AXE}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def fits(page: Any, width: int) -> bool:
    """Return whether a page comes to be no wider: boxes learn after a while that they scroll."""
    try:
        until(page, f"document.documentElement.scrollWidth <= {width}", 2)
    except TimeoutError:
        return False
    return True


def test_no_window_need_scroll_sideways(visit: Visit) -> None:
    """From a phone to 4K, and at 200 %: half the width with letters of twice the size."""
    wide = []
    for kind, path in KINDS.items():
        page = visit.open(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if not fits(page, width):
                wide.append((kind, width))
        double = "parseFloat(getComputedStyle(document.documentElement).fontSize) * 2"
        page.set_viewport_size({"width": 640, "height": 450})
        page.evaluate(TWO_FRAMES)  # a wide window has larger letters, which are to go first
        page.evaluate(f"document.documentElement.style.fontSize = {double} + 'px'")
        if not fits(page, 640):
            wide.append((kind, "200 %"))
    assert wide == []


@pytest.mark.parametrize("visit", [{"width": 320}], indirect=True)
def test_no_page_is_wider_than_a_phone(visit: Visit) -> None:
    wide = []
    for path in sorted(built().rglob("index.html")):
        name = path.relative_to(built()).parent.as_posix()
        visit.page.goto(f"{visit.base}{'' if name == '.' else name + '/'}")
        if visit.page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(name)
    assert wide == []


def test_paper_shows_every_column(visit: Visit) -> None:
    """A4 with margins, upright or, where a page asks for it, across."""
    clipped = """() => [...document.querySelectorAll(".lr-scroll, pre, .arithmatex")]
      .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
      .map(box => [box.scrollWidth, box.clientWidth, box.textContent.trim().slice(0, 60)])"""
    visit.page.emulate_media(media="print")
    visit.page.set_viewport_size({"width": 718, "height": 1000})
    found = {kind: visit.open(path).evaluate(clipped) for kind, path in KINDS.items()}
    assert {kind: boxes for kind, boxes in found.items() if boxes} == {}


def test_forced_colours_leave_every_control_to_be_seen(visit: Visit) -> None:
    """What is told by colour alone elsewhere has a border here, and no colour is forced back."""
    unseen = """() => [...document.querySelectorAll("article *")]
      .filter(box => box.checkVisibility())
      .filter(box => getComputedStyle(box).forcedColorAdjust === "none"
        || box.matches("button, select, input:not([type=radio], [type=checkbox], [type=range])")
          && ["borderStyle", "outlineStyle"].every(side => getComputedStyle(box)[side] === "none")
          && !box.textContent.trim() && !box.querySelector("svg"))
      .map(box => box.outerHTML.slice(0, 100))"""
    visit.page.emulate_media(forced_colors="active")
    found = {kind: visit.open(path).evaluate(unseen) for kind, path in KINDS.items()}
    assert {kind: boxes for kind, boxes in found.items() if boxes} == {}


def test_a_page_runs_what_belongs_to_the_site_and_nothing_else(visit: Visit) -> None:
    page = visit.open("")
    found = page.evaluate("""async () => {
      const broken = [];
      addEventListener("securitypolicyviolation", event => broken.push(event.effectiveDirective));
      const add = (name, properties) =>
        document.body.append(Object.assign(document.createElement(name), properties));
      add("script", { textContent: "window.hostile = true" });
      add("div", { innerHTML: "<img src=nothing.png onerror='window.hostile = true'>" });
      add("div", { innerHTML: "<p style='color: red'>" });
      add("script", { src: "https://example.org/hostile.js" });
      await fetch("https://example.org/").catch(() => {});
      for (let i = 0; i < 50 && broken.length < 6; i++) await new Promise(go => setTimeout(go, 20));
      return { broken: [...new Set(broken)].sort(), ran: Boolean(window.hostile) };
    }""")
    page.wait_for_load_state("networkidle")  # so that the picture that is not there is told of
    told = [text for text in visit.problems if "Content Security Policy" in text]
    visit.problems.clear()  # they say what was tried
    assert found["broken"] == [
        "connect-src",
        "script-src-attr",
        "script-src-elem",
        "style-src-attr",
    ]
    assert not found["ran"]
    assert len(told) >= len(found["broken"])


def test_the_table_of_rules_is_sorted_and_filtered(visit: Visit) -> None:
    page = visit.open(KINDS["rules"])
    rows = page.locator(".lr-finder tbody tr:visible")
    count = rows.count()
    page.locator(".lr-filters").get_by_label("Answer").select_option("no")
    verdicts = page.locator(".lr-finder tbody tr:visible td:nth-child(3)").all_inner_texts()
    assert 0 < len(verdicts) < count
    assert set(verdicts) == {"no"}
    assert page.get_by_role("status").inner_text() == f"{len(verdicts)} of {count} rows"
    page.locator(".lr-filters").get_by_label("Answer").select_option("any")
    page.get_by_label("Symptom").select_option("loss stalls")
    assert 0 < rows.count() < count
    page.get_by_label("Symptom").select_option("any")
    page.get_by_label("Words").fill("micrograd")
    assert 0 < rows.count() < count
    page.get_by_label("Words").fill("")
    button = page.get_by_role("button", name="Rule")
    for order in ("ascending", "descending"):
        button.focus()
        page.keyboard.press("Enter")
        assert page.locator("th").first.get_attribute("aria-sort") == order
        ids = page.locator(".lr-finder tbody tr td:first-child").all_inner_texts()
        assert ids == sorted(ids, reverse=order == "descending")
        assert len(ids) == count


@pytest.mark.parametrize("visit", [{"scheme": s} for s in ("light", "dark")], indirect=True)
def test_figures_follow_the_colour_scheme(visit: Visit) -> None:
    page = visit.open(KINDS["family"])
    scheme = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
    images = page.locator("figure img:visible")
    assert images.count() == page.locator("figure").count() > 0
    assert all(f"-{scheme}.svg" in str(image.get_attribute("src")) for image in images.all())


def test_what_a_page_needs_survives_instant_navigation(visit: Visit) -> None:
    # The theme follows links within the addresses of the sitemap, which name port 8000.
    sitemap = (built() / "sitemap.xml").read_text().replace("http://127.0.0.1:8000/", visit.base)
    visit.page.route("**/sitemap.xml", lambda route: route.fulfill(body=sitemap))
    page = visit.open("")
    page.evaluate("window.stays = true")
    page.locator(".md-tabs").get_by_role("link", name="Notebooks").click()
    page.wait_for_url("**/notebooks/**")
    page.get_by_role("link", name="micrograd").first.click()
    page.wait_for_url("**/notebooks/micrograd/")
    page.wait_for_selector("article h1")
    assert page.evaluate("window.stays"), "the page was loaded anew"
    figure = page.locator("figure img:visible").first
    figure.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert figure.evaluate("image => image.complete && image.naturalWidth > 0")
    page.locator(".md-tabs").get_by_role("link", name="Reference").click()
    page.wait_for_url("**/reference/")
    page.get_by_role("link", name="Families").first.click()
    page.wait_for_url("**/families/")
    assert page.locator("math[display=block]").first.bounding_box()


def test_an_answer_shows_its_reason(visit: Visit) -> None:
    page = visit.open(KINDS["check"])
    question = page.locator(".lr-quiz").first
    reasons = question.locator("dd:visible")
    assert reasons.count() == 0
    question.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    first = reasons.all_inner_texts()
    page.keyboard.press("ArrowDown")
    second = reasons.all_inner_texts()
    assert len(first) == len(second) == 1
    assert first != second
    page.emulate_media(media="print")
    assert reasons.count() == 3


def test_an_unknown_address_shows_the_way(visit: Visit) -> None:
    answer = visit.page.goto(f"{visit.base}no/such/page/", wait_until="networkidle")
    assert answer is not None
    assert answer.status == 404
    assert visit.page.get_by_role("heading", level=1).inner_text() == "Page not found"
    visit.page.get_by_role("article").get_by_role("link", name="Schedules").click()
    visit.page.wait_for_url("**/schedules/**")
    # The address itself is the one thing that may be missing.
    known = ("404 for", "console: Failed to load resource")
    visit.problems[:] = [text for text in visit.problems if not text.startswith(known)]


def test_the_keyboard_reaches_what_scrolls(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 800})
    page = visit.open(KINDS["reference"])
    unreachable = """() => [...document.querySelectorAll("article *")]
      .filter(box => box.scrollWidth > box.clientWidth + 1)
      .filter(box => ["auto", "scroll"].includes(getComputedStyle(box).overflowX))
      .filter(box => box.tabIndex < 0).map(box => box.outerHTML.slice(0, 100))"""
    assert page.evaluate(unreachable) == []


def test_focus_is_always_seen(visit: Visit) -> None:
    page = visit.open(KINDS["family"])
    seen = """() => {
      const focused = document.activeElement
      // The radio buttons of the colour switch show theirs on the label beside them.
      const shown = focused.matches(".md-option") ? focused.nextElementSibling : focused
      return shown.checkVisibility({ opacityProperty: false, visibilityProperty: true })
        && getComputedStyle(shown).outlineStyle !== "none" ? "" : focused.outerHTML.slice(0, 100)
    }"""
    for _ in range(12):  # past header, search and tabs, into the navigation
        page.keyboard.press("Tab")
        assert page.evaluate(seen) == ""
