"""What a first visit costs: bytes, requests, and nothing that moves under the reader's eyes."""

import gzip

import pytest

from tests.pages import built
from tests.visits import KINDS, Visit

pytestmark = pytest.mark.browser

HTML = 100_000  # bytes of a page
LISTING = 150_000  # of an API page or a notebook, which hold code
TRANSFER = (
    200_000  # bytes of all that a first visit fetches, gzipped, but for what lies further down
)
REQUESTS = 20  # of a page
TOOL = 20  # and of the modules of a part that moves
TEXT = ("text/", "application/json", "application/javascript", "application/xml", "image/svg")
SHIFTS = """
  window.shifts = [];
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts.push(
      [one.value, one.startTime, scrollY,
        ...one.sources.map(each => each.node?.outerHTML?.slice(0, 80) ?? "")]);
  }).observe({ type: "layout-shift", buffered: true });
"""
# Images below the fold, which a browser fetches when it thinks fit.
BELOW = """() => [...document.querySelectorAll("article img")]
  .filter(image => image.getBoundingClientRect().top > innerHeight)
  .map(image => image.currentSrc || image.src)"""


def test_no_page_is_heavy() -> None:
    heavy = {}
    for path in sorted(built().rglob("*.html")):
        name, size = path.relative_to(built()).as_posix(), path.stat().st_size
        if size > (LISTING if name.startswith(("reference/api/", "notebooks/")) else HTML):
            heavy[name] = size
    assert heavy == {}


@pytest.mark.parametrize("visit", [{"width": 412, "height": 823}], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_a_first_visit_is_light_and_still(visit: Visit, kind: str) -> None:
    visit.page.add_init_script(SHIFTS)
    answers = []
    visit.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # a built-in takes no listener
    page = visit.open(KINDS[kind])
    below, sizes = set(page.evaluate(BELOW)), {}
    for answer in answers:
        if answer.url not in below:
            text = answer.headers.get("content-type", "").startswith(TEXT)
            body = answer.body()
            sizes[answer.url.removeprefix(visit.base)] = len(gzip.compress(body) if text else body)
    assert sum(sizes.values()) <= TRANSFER, sizes
    assert len(sizes) <= REQUESTS + TOOL * page.locator("[data-tool]").count(), list(sizes)
    for _ in range(6):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(50)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifts") == []
