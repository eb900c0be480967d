"""The live demo and the noisy valley: the package's numbers, moved by every hand."""

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from scipy.stats import binomtest

from lrdecay import WSD, Constant, Cosine, Linear
from lrdecay.lab import moons, quadratic
from lrdecay.lab.moons.points import minibatches
from tests.visits import until

pytestmark = pytest.mark.browser

with suppress(ImportError):  # the fixture says so
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, expect

PATH = "tools/demo/"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHAPES = {
    "recorded": Linear(1.0, 100, 0.1),
    "constant": Constant(1.0),
    "linear": Linear(1.0, 100),
    "cosine": Cosine(1.0, 100),
    "wsd": WSD(1.0, 100, 20),
}
TRAIN = """async ({ seed, batch, shape, peak }) => {
  const [moons, demo, data] = await Promise.all(
    ["moons", "demo", "demo-data"].map((name) => import(`/assets/tools/${name}.js`)));
  const problem = moons.problem(seed);
  const chosen = batch === 100 ? null : moons.batches(seed, batch, data.stream);
  const rates = demo.rates(shape, peak);
  const run = moons.train(problem, rates, chosen);
  return {
    rates, loss: run.loss, accuracy: run.accuracy, last: [...run.parameters[100]],
    alone: moons.train(problem, rates, chosen, false).loss.at(-1),
    points: [...problem.points], labels: [...problem.labels], first: [...problem.parameters],
    batches: chosen && chosen.map((each) => [...each]),
  };
}"""


@pytest.fixture
def page(browser: "Browser", base: str, request: pytest.FixtureRequest) -> Iterator["Page"]:
    """A window, without motion unless a test asks for it; nothing may go wrong in it."""
    wanted: dict[str, Any] = getattr(request, "param", {})
    settings = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}}
    context = browser.new_context(base_url=base, **settings | wanted)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("console", lambda said: problems.append(said.text) if said.type != "log" else None)
    page.on("request", lambda asked: None if base in asked.url else problems.append(asked.url))
    yield page
    context.close()
    assert problems == []


def visit(page: "Page", address: str = "") -> "Page":
    """Open the page and wait until both parts stand."""
    page.goto(PATH + address, wait_until="networkidle")
    page.locator(".lr-tool--demo .lr-result").first.filter(has_text="ends at").wait_for()
    page.locator(".lr-tool--valley .lr-result").filter(has_text="floor").wait_for()
    return page


def holds(page: "Page", **chosen: str) -> None:
    """Wait until the address says all of this."""
    said = "new URLSearchParams(location.hash.slice(1))"
    until(
        page,
        f"Object.entries({json.dumps(chosen)}).every(([key, value]) => {said}.get(key) === value)",
    )


@pytest.mark.parametrize(
    ("seed", "batch", "shape", "peak"),
    [
        (moons.SEED, 100, "recorded", 1.0),
        (moons.SEED, 10, "recorded", 1.0),
        (moons.SEED, 50, "cosine", 0.3),
        (0, 100, "constant", 1.0),
        (0, 10, "wsd", 0.5),
        (2**32 - 1, 100, "linear", 0.7),
        (2**32 - 1, 20, "constant", 1.0),
    ],
)
def test_a_run_is_the_packages(
    page: "Page", seed: int, batch: int, shape: str, peak: float
) -> None:
    visit(page)
    asked = {"seed": seed, "batch": batch, "shape": shape, "peak": peak}
    found = page.evaluate(TRAIN, asked)
    rates = peak * SHAPES[shape].sample(100)
    np.testing.assert_allclose(found["rates"], rates, rtol=1e-14, atol=0)
    size = None if batch == 100 else batch
    one = moons.run(rates, [seed], batch_size=size, keep=[100])[0]
    points, labels = moons.data(seed)
    np.testing.assert_allclose(np.reshape(found["points"], (100, 2)), points, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(found["labels"], labels)
    np.testing.assert_array_equal(found["first"], moons.initial(seed))
    if size is not None:
        drawn = minibatches(seed, size)
        np.testing.assert_array_equal(found["batches"], [next(drawn) for _ in range(100)])
    losses = np.append(one.loss, one.final_loss)
    np.testing.assert_allclose(found["loss"], losses, rtol=0, atol=1e-9)
    assert found["alone"] == found["loss"][-1]
    np.testing.assert_array_equal(found["accuracy"], np.append(one.accuracy, one.final_accuracy))
    np.testing.assert_allclose(found["last"], one.snapshots[100], rtol=0, atol=1e-9)


def test_the_recorded_run_is_the_published_one(page: "Page") -> None:
    visit(page)
    asked = {"seed": moons.SEED, "batch": 100, "shape": "recorded", "peak": 1.0}
    found = page.evaluate(TRAIN, asked)
    np.testing.assert_allclose(found["loss"][:100], moons.demo().loss, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 624, 2**31, 2**32 - 1])
def test_the_generators_are_pythons_and_numpys(page: "Page", seed: int) -> None:
    visit(page)
    uniform, normal = page.evaluate(
        """async (seed) => {
          const { Twister } = await import("/assets/tools/random.js");
          const [python, numpy] = [new Twister(seed, true), new Twister(seed, false)];
          const thousand = (draw) => Array.from({ length: 1000 }, draw);
          return [thousand(() => python.random()), thousand(() => numpy.normal())];
        }""",
        seed,
    )
    ours = random.Random(seed)
    assert uniform == [ours.random() for _ in range(1000)]
    np.testing.assert_allclose(normal, np.random.RandomState(seed).normal(size=1000), rtol=1e-13)


def test_a_run_takes_a_moment(page: "Page", capsys: pytest.CaptureFixture[str]) -> None:
    visit(page)
    for batch in (100, 10):
        took = page.evaluate(
            """async (batch) => {
              const moons = await import("/assets/tools/moons.js");
              const { stream } = await import("/assets/tools/demo-data.js");
              const rates = new Array(100).fill(1);
              return Array.from({ length: 20 }, (_, seed) => {
                const start = performance.now();
                const chosen = batch === 100 ? null : moons.batches(seed, batch, stream);
                moons.train(moons.problem(seed), rates, chosen);
                return performance.now() - start;
              });
            }""",
            batch,
        )
        with capsys.disabled():
            print(f"\n100 updates, {batch} points each: median {np.median(took):.1f} ms")  # noqa: T201
        assert np.median(took) < 1000  # a machine under load; meant are 100


def test_the_page_says_how_the_run_ended(page: "Page") -> None:
    visit(page, "#peak=1&shape=recorded&batch=10&seed=1337")
    decay, constant = (
        moons.run(SHAPES[name].sample(100), [1337], batch_size=10)[0]
        for name in ("recorded", "constant")
    )
    said = page.locator(".lr-tool--demo .lr-result").first.inner_text()
    assert f"{decay.final_loss:.3g}, constant at {constant.final_loss:.3g}." in said
    assert f"{decay.final_accuracy:.0%}".replace("%", " %") in said


def test_two_hundred_seeds_end_as_in_python(page: "Page") -> None:
    visit(page, "#peak=1&shape=recorded&batch=10")
    page.get_by_role("button", name="Train 200 seeds").click()
    status = page.locator(".lr-many [role=status]")
    expect(status).to_contain_text("ends lower", timeout=60_000)
    both = [SHAPES[name].sample(100) for name in ("recorded", "constant")]
    decay, constant = moons.run(
        both, range(1000, 1200), batch_size=10, curves=False, test_points=2
    ).final_loss
    won = int((decay < constant).sum())
    assert f"for {won} of 200 seeds" in status.inner_text()
    middle = f"{np.median(decay):.3g} against {np.median(constant):.3g}"
    assert middle in status.inner_text()
    edges = np.geomspace(0.005, 1.0, 25)
    page.wait_for_timeout(1000)  # tables follow their figures
    for name, losses in (("schedule 1", decay), ("schedule 2", constant)):
        box = page.locator(f".lr-many [aria-label='Final losses, {name}: values']")
        cells = box.locator("tbody td").evaluate_all("all => all.map((cell) => cell.textContent)")
        counts = np.histogram(np.clip(losses, 0.005, 1.0), edges)[0]
        assert [int(cell) for cell in cells] == counts.tolist()
    # What is shown says so once the settings have moved on.
    page.get_by_role("radio", name="50", exact=True).check()
    expect(status).to_contain_text("earlier settings")


def test_training_of_many_seeds_can_be_cancelled(page: "Page") -> None:
    visit(page)
    page.route(
        "**/demo-worker.js",
        lambda route: route.fulfill(
            content_type="text/javascript", body="onmessage = () => postMessage([0.1, 0.2])"
        ),
    )
    page.get_by_role("button", name="Train 200 seeds").click()
    bar = page.get_by_role("progressbar", name="Seeds trained")
    expect(bar).to_have_attribute("value", "1")
    page.keyboard.press("Enter")  # the focus went to "Cancel"
    expect(page.locator(".lr-many [role=status]")).to_contain_text("Cancelled")
    expect(bar).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Train 200 seeds"


def test_wins_and_their_interval(page: "Page") -> None:
    visit(page)
    found = page.evaluate(
        """async () => {
          const { wins } = await import("/assets/tools/demo.js");
          const pairs = Array.from({ length: 200 }, (_, i) => (i < 166 ? [1, 2] : [2, 1]));
          return [wins(pairs), wins([[NaN, 1], [1, NaN], [1, 1]]).won];
        }"""
    )
    true = binomtest(166, 200).proportion_ci(method="wilson")
    assert found[0]["won"] == 166
    assert found[0]["low"] == pytest.approx(true.low, abs=1e-4)
    assert found[0]["high"] == pytest.approx(true.high, abs=1e-4)
    assert found[1] == 1


@pytest.mark.parametrize("decay", ["yes", "no"])
@pytest.mark.parametrize(("rate", "noise"), [(0.1, 1.0), (0.5, 0.5), (1.5, 1.0)])
def test_the_floor_of_the_valley(page: "Page", rate: float, noise: float, decay: str) -> None:
    visit(page)
    found = page.evaluate(
        """async ({ rate, noise, decay }) => {
          const valley = await import("/assets/tools/valley.js");
          const all = valley.rates({ rate, decay });
          const end = (_, seed) => valley.walk(all, noise, seed).at(-1);
          const ends = Array.from({ length: 4000 }, end);
          return {
            all, ends, floor: valley.floor(rate, noise), expected: valley.expected(all, noise),
          };
        }""",
        {"rate": rate, "noise": noise, "decay": decay},
    )
    problem = quadratic.Problem(h=1.0, c=noise**2, m=4.0)
    assert found["floor"] == pytest.approx(float(quadratic.floor(problem, rate)), rel=1e-12)
    line = Linear(rate, 200) if decay == "yes" else Constant(rate)
    exact = quadratic.loss(problem, line.sample(200), curve=True)
    np.testing.assert_allclose(found["expected"], exact, rtol=1e-9)
    simulated = np.square(found["ends"]) / 2
    error = simulated.std() / np.sqrt(len(simulated))
    assert simulated.mean() == pytest.approx(exact[-1], abs=4 * error)
    if decay == "no":
        assert simulated.mean() == pytest.approx(found["floor"], abs=4 * error + 1e-6)


def test_the_keyboard_moves_everything(page: "Page") -> None:
    visit(page)
    result = page.locator(".lr-tool--demo .lr-result").first
    before = result.inner_text()
    page.get_by_role("slider", name="Peak rate", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    holds(page, peak="0.91")
    expect(result).not_to_have_text(before)
    page.get_by_role("radio", name="all 100").focus()
    page.keyboard.press("ArrowRight")
    holds(page, batch="50")
    page.get_by_role("button", name="Next seed").focus()
    page.keyboard.press("Enter")
    holds(page, seed="1338")
    assert page.get_by_label("Seed", exact=True).input_value() == "1338"
    page.get_by_role("radio", name="WSD").focus()
    page.keyboard.press("Space")
    holds(page, shape="wsd")
    expect(result).to_contain_text("WSD ends")
    page.get_by_role("application").first.focus()
    page.keyboard.press("Home")
    caption = page.locator(".lr-boundary figcaption")
    expect(caption).to_contain_text("After 0 updates")
    page.keyboard.press("ArrowRight")
    expect(caption).to_contain_text("After 1 update:")
    page.keyboard.press("Escape")
    expect(caption).to_contain_text("After 100 updates")
    page.get_by_role("radio", name="in a line to 0").focus()
    page.keyboard.press("Space")
    holds(page, decay="yes")
    expect(page.locator(".lr-tool--valley .lr-result")).to_contain_text("falling to 0")


def test_the_address_holds_what_was_chosen(page: "Page") -> None:
    visit(page, "#peak=0.25&shape=cosine&batch=20&seed=7&rate=1.2&noise=0.5&decay=yes")
    for name in ("cosine to 0", "20", "in a line to 0"):
        assert page.get_by_role("radio", name=name, exact=True).is_checked()
    assert "rate of 1.2 and a noise of 0.5" in page.locator(".lr-tool--valley").inner_text()
    linear = page.get_by_role("radio", name="linear to 0", exact=True)
    linear.check()
    wanted = {"peak": "0.25", "shape": "linear", "batch": "20", "seed": "7", "rate": "1.2"}
    holds(page, **wanted)
    page.get_by_role("article").get_by_role("link", name="micrograd demo").first.click()
    page.wait_for_url("**/learn/micrograd/")
    page.go_back(wait_until="networkidle")
    expect(linear).to_be_checked()
    holds(page, **wanted)


@pytest.mark.parametrize(
    "hostile",
    ["<img src=x onerror=alert(1)>", "-1", "1e999", "NaN", "", "x" * 100_000, "__proto__"],
    ids=["markup", "negative", "infinite", "nan", "empty", "long", "proto"],
)
def test_what_the_address_cannot_ask_is_refused(page: "Page", hostile: str) -> None:
    names = ("peak", "shape", "batch", "seed", "rate", "noise", "decay")
    visit(page, "#" + "&".join(f"{name}={quote(hostile)}" for name in names))
    demo, valley = page.get_by_role("alert").all_inner_texts()
    assert demo.count("The address asks for") == 4
    assert valley.count("The address asks for") == 3
    assert len(demo) < 1000
    assert page.locator("article img[src=x]").count() == 0
    assert "Linear to a tenth ends" in page.locator(".lr-result").first.inner_text()


def test_the_picture_is_of_the_update_under_the_cursor(page: "Page") -> None:
    visit(page)
    run = moons.demo()
    points, _ = moons.data(moons.SEED)
    page.get_by_role("application").first.focus()
    for key, k in (("Home", 0), ("End", 100)):
        page.keyboard.press(key)
        expect(page.locator(".lr-boundary figcaption")).to_contain_text(f"After {k} updates")
        marked = page.locator(".lr-boundary__wrong").count()
        assert marked == round(100 * (1 - [*run.accuracy, run.final_accuracy][k]))
        inside = page.locator(".lr-boundary__side").evaluate(
            """(side, points) => points.map(
              ([x, y]) => side.isPointInFill(new DOMPoint(100 * (x + 1.7), 100 * (1.8 - y))))""",
            points.tolist(),
        )
        above = moons.scores(run.snapshots[k], points) > 0
        assert (above != inside).sum() <= 1  # on the edge itself, strips are two pixels high


WINDOWS = [
    pytest.param({"color_scheme": "light"}, id="light"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"viewport": {"width": 360, "height": 740}}, id="phone"),
]


@pytest.mark.parametrize("page", WINDOWS, indirect=True)
def test_everyone_can_use_it(page: "Page") -> None:
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
          for (const one of list.getEntries()) window.shift += one.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    visit(page, "#peak=none")
    assert page.evaluate("window.shift") < 0.005
    page.get_by_role("button", name="Train 200 seeds").click()
    expect(page.locator(".lr-many [role=status]")).to_contain_text("ends lower", timeout=60_000)
    page.evaluate("scrollTo(0, 0)")  # what the header hides is no target
    found = Axe().run(page, context="article", options={"runOnly": RULES}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("page", [{"reduced_motion": "no-preference"}], indirect=True)
def test_the_particle_moves_pauses_and_rests_out_of_sight(page: "Page") -> None:
    visit(page)
    tool = page.locator(".lr-tool--valley")
    dots = tool.locator(".lr-figure").last.locator("circle")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)
    assert dots.count() <= 1  # not before it is seen
    tool.get_by_role("button", name="Step").scroll_into_view_if_needed()
    tool.locator(".lr-pair").scroll_into_view_if_needed()
    pause = tool.get_by_role("button", name="Pause")
    pause.wait_for()
    page.wait_for_timeout(500)
    pause.click()
    page.wait_for_timeout(200)
    count = dots.count()
    assert 1 < count < 200
    page.wait_for_timeout(300)
    assert dots.count() == count
    tool.get_by_role("button", name="Step").click()
    expect(dots).to_have_count(count + 1)
    tool.get_by_role("button", name="Play").click()
    page.evaluate("scrollTo(0, 0)")
    tool.get_by_role("button", name="Play").wait_for()
    page.wait_for_timeout(200)
    count = dots.count()
    page.wait_for_timeout(300)
    assert dots.count() == count


def test_without_motion_the_end_is_shown(page: "Page") -> None:
    visit(page)
    tool = page.locator(".lr-tool--valley")
    assert tool.get_by_role("button", name="Play").count() == 0
    expect(tool.locator(".lr-figure").last.locator("circle")).to_have_count(201)
    tool.get_by_role("button", name="Back to the start").click()
    tool.get_by_role("button", name="Step").click()
    expect(tool.locator(".lr-figure").last.locator("circle")).to_have_count(2)


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts_a_figure_and_a_table_stand_there(page: "Page") -> None:
    page.goto(PATH)
    assert page.locator(".lr-tool--demo img:visible").count() == 1
    assert page.locator(".lr-tool--demo table tbody tr").count() == 2
    assert page.locator(".lr-tool--valley img:visible").count() == 1
