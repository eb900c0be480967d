"""The explorer in a real browser: its numbers, its address, its code, and how it is used."""

import json
import math
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus

import numpy as np
import pytest
import yaml

import lrdecay
from lrdecay.checks import Checked
from lrdecay.heuristics.recipes import RECIPES
from lrdecay.lab import bound
from lrdecay.lab.laws import PUBLISHED
from tests.paths import ROOT

pytestmark = pytest.mark.browser

with suppress(ImportError):  # the fixture says so
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page

    from site_builder import explorer

PATH = "tools/explorer/"
FORMULAS = """
async ([base, cases]) => {
  const { ITEMS } = await import(base + "families.js");
  const { FORMULAS } = await import(base + "formulas.js");
  return cases.map(([name, values, steps]) => {
    const given = Object.entries(ITEMS[name].parameters).map(([key, [value]]) => [key, value]);
    const all = { ...Object.fromEntries(given), ...values };
    return steps.map((step) => String(FORMULAS[ITEMS[name].formula](step, all)));
  });
}
"""
RATES = """
async ([base, cases, steps]) => {
  const { read } = await import(base + "state.js");
  const { rate } = await import(base + "schedules.js");
  return cases.map((search) => {
    const { state, problems } = read(search);
    return [problems, steps.map(rate(state.schedules[0])).map(String)];
  });
}
"""


@pytest.fixture
def page(browser: "Browser", base: str, request: pytest.FixtureRequest) -> Iterator["Page"]:
    """A window, in which nothing may go wrong and no other host be asked."""
    wanted: dict[str, Any] = getattr(request, "param", {})
    context = browser.new_context(
        color_scheme=wanted.get("scheme", "light"),
        viewport={"width": wanted.get("width", 1280), "height": 900},
        reduced_motion="reduce",
        has_touch=wanted.get("width", 1280) < 1000,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda one: problems.append(one.text) if one.type == "error" else None)
    page.on("request", lambda one: None if _is_ours(one.url, base) else problems.append(one.url))
    yield page
    context.close()
    assert problems == []


def _is_ours(url: str, base: str) -> bool:
    return url.startswith((base, "data:", "blob:"))


@pytest.fixture(scope="module")
def still(browser: "Browser", base: str) -> Iterator["Page"]:
    """A window in which modules are called."""
    page = browser.new_page()
    page.goto(base + PATH)
    yield page
    page.close()


def opened(page: "Page", base: str, search: str = "") -> "Page":
    page.goto(base + PATH + search)
    page.wait_for_selector(".lr-card")
    page.wait_for_selector(".lr-figure__line", state="attached")
    return page


def rested(page: "Page") -> "Page":
    page.wait_for_timeout(700)
    return page


# -- Numbers ---------------------------------------------------------------------------------------


def calls() -> dict[str, str]:
    return yaml.safe_load((ROOT / "docs" / explorer.CALLS).read_text("utf-8"))


def remade(value: Any, moved: dict[str, float]) -> Any:
    """Return a schedule with other numbers, checked anew."""
    if isinstance(value, tuple):
        return tuple(remade(one, moved) for one in value)
    if not isinstance(value, Checked):
        return value
    given = {}
    for field in fields(value):
        part = getattr(value, field.name)
        is_moved = field.name in moved and type(part) in (int, float)
        given[field.name] = moved[field.name] if is_moved else remade(part, moved)
    return type(value)(**given)


def another(value: float, by: float) -> float:
    return max(1, round(value * by)) if type(value) is int else value * by


STEPS: list[float] = [
    0,
    1,
    2,
    7,
    300,
    1999,
    2160,
    2161,
    5000,
    6000,
    11999,
    12000,
    12001,
    18000,
    19200,
    23999,
]
STEPS += [24_000, 24_001, 50_000, 0.5, 3333.25]


def test_every_schedule_is_there_and_gives_the_rates_of_python(still, base):
    made = {name: schedule for name, _, schedule in explorer.schedules(calls())}
    public = [getattr(lrdecay, name) for name in lrdecay.__all__]
    families = {
        one for one in public if isinstance(one, type) and issubclass(one, lrdecay.Schedule)
    }
    assert families - {type(one) for one in made.values()} == {lrdecay.Schedule}
    items = still.evaluate(
        "async (m) => (await import(m)).ITEMS", base + "assets/tools/families.js"
    )
    assert items.keys() == made.keys()
    cases, wanted = [], []
    for name, schedule in made.items():
        free = items[name]["parameters"]
        for by, sets in ((1, [free]), (0.7, [free]), (1.37, [free, *([key] for key in free)])):
            for moved in sets:
                values = {key: another(free[key][0], by) for key in moved}
                try:
                    other = schedule if by == 1 else remade(schedule, values)
                    want = [other(step) for step in STEPS]
                except ValueError:
                    continue  # that no such schedule can be is not said by its formula
                cases.append([name, {} if by == 1 else values, STEPS])
                wanted.append(want)
    assert len(cases) > 4 * len(made)
    found = still.evaluate(FORMULAS, [base + "assets/tools/", cases])
    for case, got, want in zip(cases, found, wanted, strict=True):
        slack = 2.0**-48 * max(want)
        np.testing.assert_allclose(
            np.array(got, float), want, rtol=1e-12, atol=slack, err_msg=str(case[:2])
        )


W, C = lrdecay.Warmup, lrdecay.Constant
JOINED = {
    "Cosine(base_lr=0.1,total_steps=900).warmup(shape=zero,warmup_steps=100,start_lr=0)": W(
        lrdecay.Cosine(0.1, 900), 100, first="zero"
    ),
    "Linear(total_steps=900).warmup(shape=half cosine,warmup_steps=100,start_lr=0.00001)": W(
        lrdecay.Linear(3e-4, 900), 100, 1e-5, first="zero", shape="cosine"
    ),
    "Constant().cooldown(shape=WSD 1-sqrt,at=700,decay_steps=300,final_lr=0.00001)": (
        lrdecay.cooldown(C(3e-4), 700, 300, final_lr=1e-5, shape="1-sqrt").schedule
    ),
    "REX(total_steps=900).then(at=450).Step(step_size=100)": (
        lrdecay.REX(3e-4, 900).then(lrdecay.Step(3e-4, 100, 0.3), 450)
    ),
    "Constant().then(at=500).Linear(total_steps=500)"
    ".warmup(shape=one over w+1,warmup_steps=50,start_lr=0)"
    ".cooldown(shape=WSD,at=800,decay_steps=100,final_lr=0)": (
        lrdecay.cooldown(W(C(3e-4).then(lrdecay.Linear(3e-4, 500), 500), 50), 800, 100).schedule
    ),
}


def test_what_is_joined_is_joined_as_python_joins_it(still, base):
    steps = [*range(0, 1100, 7), 99, 100, 449, 450, 499, 500, 700, 799, 800, 900, 1000]
    searches = [f"?s={quote_plus(one)}" for one in JOINED]
    found = still.evaluate(RATES, [base + "assets/tools/", searches, steps])
    for (problems, got), (text, schedule) in zip(found, JOINED.items(), strict=True):
        assert problems == []
        want = [schedule(step) for step in steps]
        np.testing.assert_allclose(np.array(got, float), want, rtol=1e-12, atol=1e-18, err_msg=text)


def test_laws_and_bound_are_those_of_python(still, base):
    shapes = [
        W(lrdecay.Cosine(3e-4, 1840, 3e-5), 160, first="zero"),
        lrdecay.WSD(3e-4, 2000, 400, 100, shape="1-sqrt"),
        lrdecay.Linear(1e-3, 2000),
        lrdecay.CosineRestarts(3e-4, 500),
        lrdecay.Step(3e-4, 600, 0.1),
        lrdecay.Linear(3e-4, 1500),  # ends in a tail of zeros
        C(2e-4),
    ]
    at = [50, 333, 1000, 1999]
    script = """async ([base, shapes, at]) => {
      const { losses, SIZES } = await import(base + "laws.js");
      const { best } = await import(base + "bound.js");
      return shapes.map((s) => [SIZES.map((size) => [size, losses(size, s, at)]), best(s)]);
    }"""
    rates = [one.sample(2000) for one in shapes]
    found = still.evaluate(script, [base + "assets/tools/", [x.tolist() for x in rates], at])
    for values, (laws, least) in zip(rates, found, strict=True):
        assert [size for size, _ in laws] == list(PUBLISHED)
        for size, got in laws:
            np.testing.assert_allclose(
                got, PUBLISHED[size].predict(values, at=np.array(at)), rtol=1e-9
            )
        want = bound.best(values / values.max())
        assert math.isclose(least["rate"], want.rate, rel_tol=1e-9)
        assert math.isclose(least["value"], want.value, rel_tol=1e-9)


# -- The address -----------------------------------------------------------------------------------

SHOWN = (
    "?s=Cosine(base_lr=0.001,total_steps=5000).warmup(shape=zero,warmup_steps=500,start_lr=0)"
    "&s=WSD+1-sqrt(total_steps=5500,decay_steps=1100,warmup_steps=500)"
    "&s=torch.StepLR(step_size=1000)&s=GPT-3+125M()&steps=6000&x=log&y=log&size=400M"
)
BACK = """async ([module, search]) => {
  const { read, write } = await import(module);
  return write(read(search).state);
}"""
READ = "async ([module, all]) => { const { read } = await import(module); return all.map(read); }"


def test_an_address_tells_the_whole_state(still, page, base):
    assert still.evaluate(BACK, [base + "assets/tools/state.js", SHOWN]) == SHOWN
    opened(page, base, SHOWN)
    assert page.locator(".lr-card").count() == 4
    assert page.get_by_label("base_lr", exact=True).first.input_value() == "0.001"
    assert page.get_by_role("combobox", name="Rates").input_value() == "log"
    assert rested(page).evaluate("location.search") == SHOWN
    assert page.locator(".lr-problem[role=status]").first.text_content() == ""


def test_back_and_a_second_visit_show_what_was_moved(page, base):
    opened(page, base)
    page.get_by_label("base_lr", exact=True).first.fill("0.002")
    page.get_by_role("combobox", name="Schedule").nth(1).select_option("keras.CosineDecay")
    address = rested(page).evaluate("location.search")
    assert "base_lr=0.002" in address
    assert "keras.CosineDecay" in address
    page.get_by_role("link", name="Live demo").first.click()
    page.wait_for_url("**/tools/demo/")
    page.go_back()
    page.wait_for_selector(".lr-card")
    assert page.get_by_label("base_lr", exact=True).first.input_value() == "0.002"
    assert page.evaluate("location.search") == address


HOSTILE = {
    "?s=%3Cimg+src%3Dx+onerror%3D%22window.hacked%3D1%22%3E()": "no schedule",
    "?s=Cosine(base_lr=%3Cscript%3Ewindow.hacked%3D1%3C/script%3E)": "base_lr must be a number",
    "?s=Cosine(base_lr=-1)": "base_lr must be a number of at least 0, not “-1”",
    "?s=Cosine(base_lr=1e999)": "base_lr must be",
    "?s=Cosine(base_lr=)": "base_lr must be",
    "?s=Cosine(total_steps=2.5)": "total_steps must be a whole number of at least 1, not “2.5”",
    "?s=Cosine(total_steps=NaN)": "total_steps must be",
    "?s=Cosine(__proto__=1)": "“__proto__” is not a number",
    "?s=__proto__()": "There is no schedule",
    "?s=constructor()": "There is no schedule",
    "?s=Cosine().__proto__()": "joined by",
    "?s=Cosine().then(at=5)": "There is no schedule",
    "?s=Cosine": "not written as a schedule",
    "?s=((((": "not written as a schedule",
    "?s=Cosine().warmup(shape=steep)": "no warmup of shape “steep”",
    "?s=Cosine()" + ".warmup()" * 9: "More than 5",
    "?" + "&".join(["s=Cosine()"] * 9): "More than 4",
    "?steps=1e99": "steps must be",
    "?steps=0": "steps must be",
    "?y=javascript:alert(1)": "y must be one of linear, log",
    f"?s=Cosine(base_lr={'a' * 3900})": "base_lr must be",
    f"?s={'a' * 5000}": "longer than 4000",
    f"?s={'a' * 100_000}": "longer than 4000",
    "?" + "s=Cosine()&" * 10_000: "longer than 4000",
}


def test_a_hostile_address_is_refused_in_a_sentence(still, base):
    found = still.evaluate(READ, [base + "assets/tools/state.js", list(HOSTILE)])
    for (search, words), told in zip(HOSTILE.items(), found, strict=True):
        assert words in " ".join(told["problems"]), search[:80]
        assert max(map(len, told["problems"])) < 200
        assert 1 <= len(told["state"]["schedules"]) <= 4


TRIED = [next(one for one in HOSTILE if words in one) for words in ("%3Cimg", "script", "aaaa")]


@pytest.mark.parametrize("search", TRIED, ids=["img", "script", "long"])
def test_a_page_shows_a_hostile_address_as_text(page, base, search):
    opened(page, base, search)
    assert HOSTILE[search] in page.locator("[data-tool] > .lr-problem").text_content()
    assert page.evaluate("window.hacked") is None
    assert page.locator("[data-tool] img, [data-tool] script").count() == 0
    assert page.locator(".lr-card").count() >= 1


def test_what_is_typed_is_refused_in_a_sentence_too(page, base):
    opened(page, base)
    field = page.get_by_label("total_steps", exact=True).first
    before = page.locator(".lr-figure__line").first.get_attribute("d")
    for wrong in ("-5", "1.5", "many", "", "<b>1</b>", "9" * 400):
        field.fill(wrong)
        assert field.get_attribute("aria-invalid") is not None
        alert = page.locator(".lr-card .lr-problem").nth(1).text_content()
        assert alert == "total_steps must be a whole number of at least 1."
    assert page.locator(".lr-figure__line").first.get_attribute("d") == before
    field.fill("10000")
    assert field.get_attribute("aria-invalid") is None


# -- Use -------------------------------------------------------------------------------------------


def test_a_keyboard_reads_the_figure_and_moves_a_number(page, base):
    opened(page, base, "?s=Linear()")
    page.locator(".lr-figure__svg").first.focus()
    for key in ("End", "PageDown", "ArrowLeft"):
        page.keyboard.press(key)
    said = rested(page).locator(".lr-figure__said").first.text_content() or ""
    found = re.fullmatch(r"step (\S+): Linear (\S+)", said)
    assert found, said
    assert float(found[2]) == pytest.approx(lrdecay.Linear(3e-4, 24_000)(int(found[1])), rel=1e-3)
    page.keyboard.press("Escape")
    assert rested(page).locator(".lr-figure__said").first.text_content() == ""
    details = page.locator(".lr-figure__svg").first.get_attribute("aria-details")
    rows = page.locator(f"#{details} tbody tr")
    assert rows.count() == 26
    assert rows.last.text_content() == "240000"
    slider = page.get_by_label("total_steps, slider").first
    slider.focus()
    page.keyboard.press("Home")
    assert page.get_by_label("total_steps", exact=True).first.input_value() == "1"
    assert "total_steps=1)" in rested(page).evaluate("location.search")


def test_parts_are_joined_and_taken_away(page, base):
    opened(page, base, "?s=Constant()")
    page.get_by_role("button", name="+ cooldown behind").click()
    page.get_by_role("button", name="+ another schedule behind").click()
    assert page.locator(".lr-join").count() == 2
    assert "Constant().cooldown(" in rested(page).evaluate("location.search")
    page.get_by_role("button", name="Remove: cooldown behind").click()
    assert "?s=Constant().then(at=" in rested(page).evaluate("location.search")
    page.get_by_role("button", name="Add a schedule").click()
    assert page.locator(".lr-card").count() == 2
    page.get_by_role("button", name="Remove schedule 1").click()
    assert rested(page).evaluate("location.search") == "?s=Linear()"


def test_rules_about_what_is_shown_are_listed_with_their_answers(page, base):
    opened(page, base, "?s=CosineRestarts()")
    links = rested(page).locator(".lr-rules a")
    ids = re.findall(
        r"heuristics/(h\d{3})", (ROOT / "docs/schedules/restarts.md").read_text("utf-8")
    )
    assert {one[:4].lower() for one in links.all_text_contents()} == set(ids)
    assert page.locator(".lr-rules .lr-says").count() == len(set(ids))
    links.first.click()
    page.wait_for_url("**/heuristics/h0*/")


LOGS = {
    "step,lr\n0,0.1\n10,0.05\n": [[0, 0.1], [10, 0.05]],
    "iter;train/learning_rate;loss\n5;1e-3;2\n6;2e-3;1": [[5, 1e-3], [6, 2e-3]],
    '"step"\t"lr"\n3\t0.5': [[3, 0.5]],
    "lr\n0.5\n0.4": [[0, 0.5], [1, 0.4]],
    '{"step": 2, "lr": 0.2}\n{"step": 1, "lr": 0.1}\n': [[1, 0.1], [2, 0.2]],
    '{"_step": 2, "lr-AdamW": 0.2}': [[2, 0.2]],
    json.dumps([{"global_step": 1, "learning_rate": 0.1}, {"note": 1}]): [[1, 0.1]],
    json.dumps(
        {"log_history": [{"step": 5, "learning_rate": 1e-5}, {"step": 9, "eval_loss": 1}]}
    ): [[5, 1e-5]],
}
WRONG = {
    "a,b\n1,2": "No column of the log is called lr or learning_rate: it has a, b.",
    '{"step": 1': "The log begins like JSON and cannot be read as such, neither whole nor line",
    "step,lr\nx,y": "No row of the log has numbers under step and lr.",
    "<img src=x onerror=window.hacked=1>,b\n1,2": "No column of the log is called lr or",
    "[1, 2]": "No column of the log is called lr or learning_rate: it has none.",
}


def test_a_log_is_read_in_the_page(page, base):
    opened(page, base)
    script = "async ([m, text]) => (await import(m)).read(text)"
    for text, points in LOGS.items():
        assert page.evaluate(script, [base + "assets/tools/log.js", text]) == points
    page.get_by_text("Your own log").click()
    field = page.get_by_label("Paste it")
    status = page.locator(".lr-panel .lr-problem")
    for text, words in WRONG.items():
        field.fill(text)
        assert words in status.text_content()
        assert page.evaluate("window.hacked") is None
    field.fill("step,lr\n0,0.0001\n30000,0.0002\n")
    assert (
        status.text_content() == "2 rows were read, up to step 3e4."
        or "30000" in status.text_content()
    )
    assert (
        page.locator(".lr-figure__name")
        .get_by_text("your log")
        .or_(page.get_by_text("your log"))
        .count()
    )
    page.get_by_role("button", name="Clear the log").click()
    assert status.text_content() == ""


def test_what_is_shown_can_be_had_as_svg_png_and_csv(page, base):
    opened(page, base, "?s=Linear()&s=Cosine()")

    def downloaded(name: str) -> bytes:
        with page.expect_download() as found:
            page.get_by_role("button", name=name).click()
        return Path(found.value.path()).read_bytes()

    rows = downloaded("Download rates as CSV").decode().splitlines()
    assert rows[0] == "series,step,learning rate"
    cosine = lrdecay.Cosine(3e-4, 24_000)
    found = [row.split(",") for row in rows if row.startswith("Cosine,")]
    assert len(found) > 400
    for _, step, lr in found:
        assert float(lr) == pytest.approx(cosine(int(step)), rel=1e-12, abs=1e-18)
    svg = downloaded("Download rates as SVG").decode()
    assert svg.startswith("<svg")
    assert "Cosine" in svg
    assert "class=" not in svg
    png = downloaded("Download rates as PNG")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(png) > 10_000
    losses = downloaded("Download losses as CSV").decode().splitlines()
    assert [row.split(",")[1] for row in losses[1:42]][::40] == ["3001", "24000"]


TABLE = "[aria-label^='What the schedules']"


def test_a_table_says_what_the_schedules_lead_to(page, base):
    opened(page, base, "?s=Linear(base_lr=0.0003)")
    cells = rested(page).locator(f"{TABLE} tbody td").all_text_contents()
    rates = lrdecay.Linear(3e-4, 24_000).sample(24_000)
    losses = [law.predict(rates, at=np.array([23_999]))[0] for law in PUBLISHED.values()]
    assert cells[:3] == [f"{loss:.3f}" for loss in losses]
    least = bound.best(rates / rates.max())
    assert [float(one) for one in cells[3:5]] == pytest.approx([least.value, least.rate], rel=1e-3)
    assert "far from that" not in page.locator(f"{TABLE} caption").inner_text()
    page.get_by_label("base_lr", exact=True).fill("0.01")
    assert "do not read the losses" in rested(page).locator(f"{TABLE} caption").inner_text()


# -- Code ------------------------------------------------------------------------------------------

CODED: dict[str, Any] = {
    **JOINED,
    "MultiStep(base_lr=0.1)": lrdecay.MultiStep(0.1, (12_000, 18_000)),
    "CosineRestarts growing(base_lr=0.1)": lrdecay.CosineRestarts(0.1, 1600, 2),
    "torch.CosineAnnealingLR(total_steps=700)": lrdecay.dialects.torch.CosineAnnealingLR(3e-4, 700),
    "optax.warmup_cosine_decay_schedule(warmup_steps=0)": lrdecay.Cosine(3e-4, 21_840),
    "GPT-3 125M()": next(one.schedule for one in RECIPES if one.name == "GPT-3 125M"),
}


MARKS = {
    "lrdecay": "schedule = ",
    "PyTorch": "LRScheduler",
    "transformers": "Trainer(",
    "optax": "jax.numpy",
    "Keras": "import keras",
}


def stubs() -> tuple[dict[str, ModuleType], list[str]]:
    """NumPy in the place of frameworks: what is asked of them here is arithmetic.

    And the names under which Keras is told of classes.
    """

    def module(name: str, **given: Any) -> ModuleType:
        made = ModuleType(name)
        vars(made).update(given)
        return made

    def register(_: str, name: str) -> Any:
        names.append(name)
        return lambda one: one

    names: list[str] = []
    functions = ["where", "minimum", "maximum", "cos", "exp", "log", "sqrt", "tanh", "floor"]
    functions += ["take", "searchsorted"]
    ops = module(
        "keras.ops",
        cast=lambda value, dtype: np.asarray(value).astype(dtype),
        convert_to_tensor=np.asarray,
        **{name: getattr(np, name) for name in functions},
    )
    keras = module(
        "keras",
        ops=ops,
        config=module("config", floatx=lambda: "float64"),
        optimizers=module("optimizers", schedules=module("s", LearningRateSchedule=object)),
        saving=module("saving", register_keras_serializable=register),
    )
    return {
        "jax": module("jax"),
        "jax.numpy": np,
        "torch": module("torch"),
        "torch.optim": module("torch.optim"),
        "torch.optim.lr_scheduler": module("lr_scheduler", LRScheduler=object),
        "keras": keras,
        "keras.ops": ops,
    }, names


def test_the_code_of_each_framework_gives_the_rates(page, base, monkeypatch):
    modules, names = stubs()
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    steps = [0, 1, 50, 99, 100, 101, 450, 500, 701, 850, 1000, 1599, 1600, 5000, 12_000, 18_500]
    for text, schedule in CODED.items():
        opened(page, base, f"?s={quote_plus(text)}")
        page.get_by_text("Code", exact=True).first.click()
        want = [schedule(k) for k in steps]
        for target, mark in MARKS.items():
            page.get_by_role("combobox", name="For").select_option(target)
            page.locator(".lr-panel pre").get_by_text(mark).wait_for()
            code = page.locator(".lr-panel pre code").text_content()
            scope: dict[str, Any] = {}
            exec(code, scope)
            made = {"lrdecay": "schedule", "optax": "schedule", "Keras": "LearningRate"}.get(
                target, "lr"
            )
            called = scope[made]() if target == "Keras" else scope[made]
            with np.errstate(all="ignore"):  # arrays compute what is not taken too
                got = [float(called(k)) for k in steps]
            np.testing.assert_allclose(
                got, want, rtol=1e-11, atol=1e-16, err_msg=f"{text} {target}"
            )
            if target == "Keras":
                assert len(set(names)) == len(names)
                names.clear()
            assert ("Trainer(" in code) == (target == "transformers")


def test_code_and_address_are_copied(page, base):
    opened(page, base, "?s=Linear()")
    page.get_by_text("Code", exact=True).first.click()
    page.get_by_role("button", name="Copy the code").click()
    page.wait_for_timeout(100)
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        "from lrdecay import Linear\n"
    )
    page.get_by_role("button", name="Copy the address").click()
    page.wait_for_timeout(100)
    assert page.evaluate("navigator.clipboard.readText()") == base + PATH + "?s=Linear()"


# -- For everyone ----------------------------------------------------------------------------------

WINDOWS = [
    pytest.param({"scheme": scheme, "width": width}, id=f"{scheme}-{width}")
    for scheme, width in (("light", 1280), ("dark", 1280), ("light", 360))
]


@pytest.mark.parametrize("page", WINDOWS, indirect=True)
def test_no_accessibility_violation(page, base):
    opened(page, base, SHOWN)
    page.evaluate(
        "document.querySelectorAll('[data-tool] details').forEach((one) => (one.open = true))"
    )
    rested(page).locator(".lr-figure__svg").first.focus()
    page.keyboard.press("End")
    page.get_by_label("total_steps", exact=True).first.fill("-1")
    found = Axe().run(page, context="[data-tool]").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("page", [{"width": 360}], indirect=True)
def test_a_finger_reads_the_figure_which_stays_in_sight(page, base):
    opened(page, base)
    figure = page.locator(".lr-figure__svg").first
    top = figure.bounding_box()["y"]
    assert top < 640  # of the first screen of a phone
    page.get_by_label("final_lr, slider").first.scroll_into_view_if_needed()
    box = figure.bounding_box()
    assert box["y"] > 0
    page.touchscreen.tap(box["x"] + 120, box["y"] + 80)
    assert rested(page).locator(".lr-figure__said").first.inner_text().startswith("step ")


@pytest.mark.parametrize("page", [{"width": 320}], indirect=True)
def test_a_narrow_window_does_not_scroll_sideways(page, base):
    opened(page, base, SHOWN)
    page.evaluate(
        "document.querySelectorAll('[data-tool] details').forEach((one) => (one.open = true))"
    )
    assert rested(page).evaluate("document.documentElement.scrollWidth") == 320


def test_without_scripts_a_figure_and_a_table_stand_there(browser, base):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + PATH)
    assert page.locator("[data-tool] figure img").count() >= 1
    assert page.locator("[data-tool] table").count() == 1
    context.close()
