"""Figures as shown: no letter below 9 pixels, a phone gets a drawing of its own."""

import re
from contextlib import suppress
from xml.etree import ElementTree as ET

import pytest

pytestmark = pytest.mark.browser

with suppress(ImportError):  # the fixture says so
    from playwright.sync_api import Browser

    from tests.pages import built

LEAST = 9  # pixels
SIZE = re.compile(r"font(?:-size)?:[^;]*?([\d.]+)px")
PATHS = ["", "schedules/", "schedules/cosine/", "heuristics/h009/", "learn/ending/"]
PATHS += ["notebooks/", "notebooks/micrograd/"]
SHOWN = """images => images.filter((image) => image.checkVisibility()).map((image) => {
  // Far down the page the browser has not yet chosen.
  const source = image.closest("picture")?.querySelector("source")
  const chosen = source && matchMedia(source.media).matches ? source.srcset : image.src
  return [new URL(chosen, location.href).pathname, image.clientWidth]
})"""


def smallest(path: str) -> float:
    """Return the smallest letters of a drawing as a share of its width; infinite without any."""
    text = (built() / path.lstrip("/")).read_text()
    width = float(ET.fromstring(text).attrib["viewBox"].split()[2])
    return min(map(float, SIZE.findall(text)), default=float("inf")) / width


def shown(browser: "Browser", base: str, width: int) -> dict[str, float]:
    """Return how wide each drawing of some pages is shown in a window."""
    found = {}
    page = browser.new_page(viewport={"width": width, "height": 900})
    for path in PATHS:
        page.goto(base + path)
        found |= dict(page.locator("article img[src$='.svg#only-light']").evaluate_all(SHOWN))
    page.close()
    return found


@pytest.mark.parametrize(
    ("width", "narrow"), [(360, True), (700, True), (720, False), (1280, False)]
)
def test_letters_are_large_enough(browser: "Browser", base: str, width: int, narrow: bool) -> None:
    found = shown(browser, base, width)
    drawn = {path: wide for path, wide in found.items() if "-thumbnail-" not in path}
    assert len(drawn) > 8
    assert all(("-narrow-" in path) == narrow for path in drawn)
    assert {path for path, wide in found.items() if smallest(path) * wide < LEAST} == set()


def test_every_drawing_has_letters_that_are_large_enough() -> None:
    """As wide as pages show them: 352 pixels on a phone of 360, 691 on a desktop."""
    small = []
    for path in sorted(built().rglob("figures/*-light.svg")):
        name = path.relative_to(built()).as_posix()
        if smallest(name) * (352 if "-narrow-" in name else 691) < LEAST:
            small.append(name)
    assert small == []


def test_nothing_of_a_drawing_for_a_phone_is_cut_off(browser: "Browser", base: str) -> None:
    page = browser.new_page()
    cut = []
    for path in sorted(built().rglob("figures/*-narrow-light.svg")):
        page.goto(base + path.relative_to(built()).as_posix())
        out = page.evaluate(
            """() => [...document.querySelectorAll("text")].flatMap((text) => {
              // Between the parts of a power are blanks of another size, which nobody sees.
              const parts = [...text.querySelectorAll("tspan")]
              return parts.length ? parts : [text]
            }).filter((text) => {
              const box = text.getBoundingClientRect()
              const room = document.documentElement.getBoundingClientRect()
              const across = box.left < room.left - 2 || box.right > room.right + 2
              return across || box.top < room.top - 2 || box.bottom > room.bottom + 2
            }).map((text) => text.textContent)"""
        )
        cut += [(path.name, text) for text in out]
    page.close()
    assert cut == []


def test_thumbnails_have_no_letters() -> None:
    found = sorted(built().rglob("figures/*-thumbnail-light.svg"))
    assert len(found) > 100
    assert not [path.name for path in found if "<text" in path.read_text()]
