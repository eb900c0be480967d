"""The pages in a real browser: accessibility, network, console, navigation, narrow screens."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pytest

from tests.chromium import chromium

pytestmark = pytest.mark.browser

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page

    from site_builder.server import Server
    from tests.pages import built

    missing = ""
except ImportError as error:
    missing = f"the browser tests need {error.name}"

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
KINDS = {
    "home": "",
    "family": "schedules/cosine/",
    "notebook": "notebooks/micrograd/",
    "reference": "reference/api/families/",
    "check": "learn/check/",
    "rule": "heuristics/h001/",
    "rules": "heuristics/",
    "claims": "tables/claims/",
    "lesson": "learn/micrograd/",
}


@dataclass
class Visit:
    """A page in a window, and what went wrong in it."""

    page: "Page"
    base: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on("response", lambda answer: self._answer(answer.status, answer.url))
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("console", lambda message: self._console(message.type, message.text))

    def _request(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.problems.append(f"request to {url}")

    def _answer(self, status: int, url: str) -> None:
        if status >= 400:
            self.problems.append(f"{status} for {url}")

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.problems.append(f"console: {text}")

    def open(self, path: str) -> "Page":
        """Go to a page of the site and wait until nothing more is loaded."""
        self.page.goto(self.base + path, wait_until="networkidle")
        return self.page


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium(missing) as browser:
        yield browser


@pytest.fixture(scope="module")
def base(browser: "Browser") -> Iterator[str]:  # noqa: ARG001  # without a browser, no server
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(lambda: None, built(), port, "https://example.org/")
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}/"
    server.shutdown()
    thread.join()


@pytest.fixture
def visit(browser: "Browser", base: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A window; a test can ask for a colour scheme or a width by indirect parameters."""
    wanted: dict[str, Any] = getattr(request, "param", {})
    context = browser.new_context(
        color_scheme=wanted.get("scheme", "light"),
        viewport={"width": wanted.get("width", 1280), "height": 900},
        reduced_motion="reduce",  # colours are judged at rest
    )
    visit = Visit(context.new_page(), base)
    yield visit
    context.close()
    assert visit.problems == []


WINDOWS = [
    pytest.param({"scheme": scheme, "width": width}, id=f"{scheme}-{width}")
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360))
]


@pytest.mark.parametrize("visit", WINDOWS, indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_no_accessibility_violation(visit: Visit, kind: str) -> None:
    page = visit.open(KINDS[kind])
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("visit", [{"width": 360}], indirect=True)
@pytest.mark.parametrize("path", [*KINDS.values(), "notebooks/what-decay-buys/", "404.html"])
def test_a_phone_need_not_scroll_sideways(visit: Visit, path: str) -> None:
    page = visit.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("visit", [{"width": 360}], indirect=True)
def test_no_page_is_wider_than_a_phone(visit: Visit) -> None:
    wide = []
    for path in sorted(built().rglob("index.html")):
        name = path.relative_to(built()).parent.as_posix()
        visit.page.goto(f"{visit.base}{'' if name == '.' else name + '/'}")
        if visit.page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(name)
    assert wide == []


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


@pytest.mark.parametrize(
    ("words", "path"), [("cosine", "schedules/cosine/"), ("restarts", "reference/api/cycles/")]
)
def test_search_finds(visit: Visit, words: str, path: str) -> None:
    page = visit.open("")
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type(words)
    found = page.locator(f".md-search-result__link[href*='{path}']").first
    page.locator(".md-search-result__link").first.wait_for(state="attached")
    for _ in range(20):  # more results are added as the list is scrolled
        if found.count():
            break
        page.locator(".md-search__scrollwrap").evaluate(
            "list => list.scrollTo(0, list.scrollHeight)"
        )
        page.wait_for_timeout(100)
    found.wait_for(state="attached")


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
