"""The home page: a hero that computes what Python computes, and five questions that end in code."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest

from lrdecay import WSD, Constant, Cosine, Exponential, Linear
from lrdecay.heuristics import QUESTIONS, citing, recommend, recorded
from lrdecay.heuristics.choices import CHOICES
from lrdecay.lab.quadratic import best, loss, power_law
from tests.visits import until

pytestmark = pytest.mark.browser

with suppress(ImportError):  # the fixture says so
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page

    from tests.pages import built

STEPS = 400
SHAPES = {
    "constant": Constant(1.0),
    "WSD, last 20 %": WSD(1.0, STEPS, 80),
    "WSD, last 40 %": WSD(1.0, STEPS, 160),
    "linear": Linear(1.0, STEPS),
    "cosine": Cosine(1.0, STEPS),
    "exponential": Exponential(1.0, gamma=0.01 ** (1 / STEPS)),
}
FIRST = {one.name: next(iter(one.options)) for one in QUESTIONS}
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def home(browser: "Browser", base: str, request: pytest.FixtureRequest) -> Iterator["Page"]:
    """The home page; a test can ask for a window and for what follows the address."""
    wanted: dict[str, Any] = getattr(request, "param", {})
    context = browser.new_context(
        color_scheme=wanted.get("scheme", "light"),
        viewport={"width": wanted.get("width", 1280), "height": wanted.get("height", 900)},
        reduced_motion="reduce",
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda one: problems.extend([one.text] * (one.type in {"error", "warning"})))
    page.add_init_script(SHIFTS)
    page.goto(base + wanted.get("hash", ""), wait_until="networkidle")
    page.wait_for_selector("[data-tool=choose] input >> nth=0")
    page.wait_for_selector("[data-tool=hero] svg path >> nth=0")
    yield page
    context.close()
    assert problems == []


def answers_of(page: "Page") -> dict[str, str]:
    return {
        one.name: str(page.locator(f"input[name={one.name}]:checked").get_attribute("value"))
        for one in QUESTIONS
    }


def choose(page: "Page", **answers: str) -> None:
    for name, id_ in answers.items():
        page.locator(f"input[name={name}][value={id_}]").check(force=True)


def code_of(page: "Page") -> str:
    return page.locator("#lr-choose-code code").inner_text()


# -- The hero --------------------------------------------------------------------------------------


def test_the_hero_computes_what_python_does(home: "Page") -> None:
    noises, peaks = (0.0, 0.3, 1.0, 10.0), (0.02, 0.3, 1.0)
    found = home.evaluate(
        """async ([peaks, noises]) => {
          const { best, losses, rates } = await import("./assets/tools/hero.js");
          const { shapes } = await import("./assets/tools/hero-data.js");
          const runs = Object.keys(shapes).map((shape) => peaks.map((peak) => {
            const lrs = rates(shape, peak);
            return { lrs, curves: noises.map((noise) => losses(lrs, noise)) };
          }));
          return { names: Object.keys(shapes), runs, best: noises.map((noise) => best(noise)) };
        }""",
        [peaks, noises],
    )
    assert found["names"] == list(SHAPES)
    for schedule, runs in zip(SHAPES.values(), found["runs"], strict=True):
        for peak, run in zip(peaks, runs, strict=True):
            lrs = peak * schedule.sample(STEPS)
            np.testing.assert_allclose(run["lrs"], lrs, rtol=1e-12, atol=1e-15)
            for noise, curve in zip(noises, run["curves"], strict=True):
                exact = loss(power_law(1.5, error=0.25, noise=noise), lrs, curve=True)
                np.testing.assert_allclose(curve, exact, rtol=1e-9)
    for noise, one in zip(noises[1:], found["best"][1:], strict=True):
        truth = best(power_law(1.5, error=0.25, noise=noise), np.ones(STEPS))
        assert one["curve"][-1] == pytest.approx(truth.loss, rel=2e-3)
        assert one["curve"][-1] >= truth.loss


def test_the_hero_is_quick(home: "Page") -> None:
    spent = home.evaluate(
        """async () => {
          const { best, losses, rates } = await import("./assets/tools/hero.js");
          const once = () => {
            const start = performance.now();
            losses(rates("linear", 0.3), 1);
            best(1);
            return performance.now() - start;
          };
          return Math.min(...Array.from({ length: 20 }, once));
        }"""
    )
    assert spent < 16


def test_sliders_move_the_hero_by_keyboard(home: "Page") -> None:
    result = home.locator(".lr-hero__result")
    seen = [result.inner_text()]
    assert "below the best constant rate" in seen[0]
    for name in ("Peak", "Shape", "Noise"):
        slider = home.get_by_role("slider", name=name)
        slider.focus()
        home.keyboard.press("ArrowRight")
        seen.append(result.inner_text())
        assert result.inner_text() in str(slider.get_attribute("aria-valuetext"))
    assert len(set(seen)) == len(seen)
    home.get_by_role("slider", name="Noise").focus()
    home.keyboard.press("Home")  # exact gradients: decay only costs
    assert "above the best constant rate" in result.inner_text()
    drawing = home.locator(".lr-hero svg").last
    drawing.focus()
    home.keyboard.press("End")
    until(
        home,
        "document.querySelector('.lr-hero__figures > :last-child p').textContent.includes('400')",
    )


# -- Choose a schedule -----------------------------------------------------------------------------


def test_every_combination_of_answers_is_that_of_the_package(home: "Page") -> None:
    every = [
        (steps, dict(zip(FIRST, ids, strict=True)))
        for steps in (339, CHOICES["short"], CHOICES["short"] + 1, 1_234_567)
        for ids in product(*(one.options for one in QUESTIONS))
    ]
    found = home.evaluate(
        """async (every) => {
          const { recommend } = await import("./assets/tools/choose.js");
          return every.map(([steps, answers]) => {
            const { code, schedule, warmup, peak, tuning } = recommend(steps, answers);
            return [code, schedule.name, [schedule, warmup, peak, tuning].map((one) => one.why)];
          });
        }""",
        every,
    )
    for (steps, answers), (code, name, why) in zip(every, found, strict=True):
        one = recommend(steps, **answers)
        assert (code, name) == (one.code, one.name)
        assert why == [reason.why for reason in one.reasons]


def test_an_answer_changes_what_is_shown_and_the_address_keeps_it(home: "Page") -> None:
    assert answers_of(home) == FIRST
    assert code_of(home) == recommend().code
    choose(home, start="finetune")
    home.get_by_label("Updates in all").fill("339")
    wanted = recommend(339, start="finetune")
    assert code_of(home) == wanted.code
    names = {}
    exec(code_of(home), names)
    assert names["schedule"](339) == 0.0
    for reason in wanted.reasons:
        for id_ in reason.rules:
            link = home.locator(f".lr-choose__reasons a:text-is('{id_}')")
            assert str(link.first.get_attribute("href")).endswith(f"heuristics/{id_.lower()}/")
            word = citing.answer(recorded().get(id_)).word
            assert link.first.evaluate("link => link.nextElementSibling.textContent") == word
    address = home.url
    home.goto("about:blank")
    home.goto(address, wait_until="networkidle")
    home.wait_for_selector("#lr-choose-code")
    assert code_of(home) == wanted.code
    assert answers_of(home) == FIRST | {"start": "finetune"}
    assert home.locator("#choose").evaluate("one => one.getBoundingClientRect().top < 300")
    choose(home, optimizer="muon")
    home.evaluate("location.hash = '#choose?start=lora&steps=500'")
    # The theme draws the page anew when it first hears of another address.
    home.locator("input[value=lora]:checked").wait_for(state="attached")
    assert code_of(home) == recommend(500, start="lora").code


def test_the_questions_are_answered_by_keyboard(home: "Page") -> None:
    home.locator("input[name=start]:checked").focus()
    home.keyboard.press("ArrowDown")
    assert answers_of(home) == FIRST | {"start": "finetune"}
    home.keyboard.press("Tab")
    home.keyboard.press("ArrowRight")
    assert answers_of(home) == FIRST | {"start": "finetune", "model": "other"}
    outline = "one => getComputedStyle(one.nextElementSibling).outlineStyle"
    assert home.locator("input[name=model]:focus").evaluate(outline) != "none"


HOSTILE = [
    ("start=<img src=x onerror=alert(1)>", "“<img src=x onerror=alert(1)>”"),
    ("<script>alert(1)</script>=1", "<script>alert(1)</script> “1”"),
    ("start=" + "a" * 10**5, "start “" + "a" * 40 + "…”"),
    ("start=toString", "start “toString”"),
    ("__proto__=lora", "__proto__ “lora”"),
    ("steps=-3", "steps “-3”"),
    ("steps=1e9", "steps “1e9”"),
    ("steps=" + "9" * 17, "steps “" + "9" * 17 + "”"),
    ("steps=%00%ff", "steps"),
    ("start=%E0%A4%A", "start"),
]


@pytest.mark.parametrize("home", [{"hash": f"#choose?{HOSTILE[0][0]}"}], indirect=True)
def test_a_hostile_address_is_answered_with_a_sentence(home: "Page") -> None:
    said = home.locator(".lr-choose__wrong")
    for asked, words in HOSTILE:
        if asked != HOSTILE[0][0]:  # the first came with the page
            home.evaluate("asked => { location.hash = asked }", f"#choose?{asked}&model=other")
            home.locator("input[value=other]:checked").wait_for(state="attached")
            home.locator(".lr-choose__wrong").filter(has_text=words).wait_for()
        assert words in said.inner_text()
        assert len(said.inner_text()) < 200
        chosen = answers_of(home)
        assert code_of(home) == recommend(**chosen).code
        choose(home, model="other")
        choose(home, model="language")
        assert said.inner_text() == ""
        assert answers_of(home) == FIRST
    assert home.locator("[data-tool] img, [data-tool] script").count() == 0


def test_wrong_updates_are_refused_with_a_sentence(home: "Page") -> None:
    for typed in ("", "0", "-5", "1e3", "many", "9" * 16, "<b>"):
        home.get_by_label("Updates in all").fill(typed)
        assert home.locator(".lr-choose__wrong").inner_text().startswith("Updates must be a whole")
        assert code_of(home) == recommend().code
    home.get_by_label("Updates in all").fill("20_000")
    assert home.locator(".lr-choose__wrong").inner_text() == ""
    assert code_of(home) == recommend(20_000).code


# -- The page --------------------------------------------------------------------------------------

WINDOWS = [
    pytest.param({"scheme": scheme, "width": width, "height": height}, id=f"{scheme}-{width}")
    for scheme, width, height in (
        ("light", 1280, 900),
        ("dark", 1280, 900),
        ("light", 360, 640),
        ("light", 2560, 2000),
    )
]


@pytest.mark.parametrize("home", WINDOWS, indirect=True)
def test_no_violation_and_nothing_moves_when_the_scripts_take_over(home: "Page") -> None:
    found = Axe().run(home).response["violations"]
    known = "landmark-unique"  # the theme's own
    assert [one["id"] for one in found if one["id"] != known] == []
    assert home.evaluate("window.shift") == 0
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert home.evaluate(wide) == 0


@pytest.mark.parametrize("home", [{"width": 360, "height": 640}], indirect=True)
def test_a_phone_shows_the_sentence_and_the_start_of_the_hero(home: "Page") -> None:
    bottom = "one => one.getBoundingClientRect().bottom"
    assert home.locator("article h1 + p").evaluate(bottom) < 400
    assert home.locator(".lr-hero__result").evaluate(bottom) < 640


def test_the_page_has_a_title_of_its_own(home: "Page") -> None:
    assert home.title() == "lrdecay: learning-rate decay, where every rule can be run"


def test_without_scripts_a_figure_and_a_table_stand_there(browser: "Browser", base: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(base)
    assert page.locator("[data-tool=hero] figure img").count() == 2
    rows = page.locator("[data-tool=choose] tbody tr")
    assert rows.count() == len(CHOICES["schedule"])
    assert rows.first.locator("td").nth(1).is_visible()
    context.close()


def test_what_the_page_prints_is_data_of_the_package() -> None:
    text = (built() / "assets/tools/choose-data.js").read_text("utf-8")
    line = text.splitlines()[0].removeprefix("export const choices = ").rstrip(";")
    choices = json.loads(line)
    assert [one.pop("code") for one in choices["peak"]] == [
        repr(one["value"]) for one in CHOICES["peak"]
    ]
    assert choices == CHOICES
    assert quote(urlencode(FIRST))  # the answers need no escaping
