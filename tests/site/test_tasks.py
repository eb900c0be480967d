"""Ten tasks of a newcomer with a phone: two clicks at most, and the answer stands on the screen."""

import re
from dataclasses import dataclass

import pytest

from tests.visits import Visit, until

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 640}
# What stands on the screen, as lines of text.
SEEN = """() => {
  const article = document.querySelector("article"), lines = [];
  const walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const isSeen = node.parentElement.checkVisibility() && box.height > 0;
    if (isSeen && box.bottom > 0 && box.bottom <= innerHeight) lines.push(node.textContent);
  }
  return lines.join("").replace(/\\s+/g, " ");
}"""


@dataclass(frozen=True)
class Task:
    """Where to look, what to click, and the words of the answer."""

    answer: str  # a regular expression
    search: str = ""  # typed into the search box; its best result is the first click
    clicks: tuple[str, ...] = ()  # texts of links: within the first result, or on the page


TASKS = {
    "fine-tune BERT": Task(r"warmup over a tenth", "BERT"),
    "a language model with an open budget": Task(
        r"WSD\(", clicks=("which schedule for what", "may go on longer")
    ),
    "a loss that oscillates": Task(
        r"(?s)rate is too high for the noise.*H\d{3}", "loss oscillates", ("jumps up and down",)
    ),
    "spikes at the start": Task(
        r"(?si)spikes in the.*warm up over.*H\d{3}", "loss spikes", ("spikes in the first",)
    ),
    "cite a rule": Task(r"lrdecay cite|BibTeX", "cite a rule", ("Cite it",)),
    "Keras' cosine beside PyTorch's": Task(
        r"(?s)PyTorch.*rises.*Keras", "cosine in other libraries", ("In other libraries",)
    ),
    "where one cycle ends": Task(r"down, far below", "OneCycleLR"),
    "SequentialLR in optax": Task(r'export\.source\(\S+, "optax"\)', "SequentialLR to optax"),
    "run the micrograd notebook": Task(r"(?i)download|pip install", "micrograd notebook"),
    "how long a cooldown": Task(r"Cooldown: 40\s%", "cooldown length"),
}


def test_no_task_takes_more_than_two_clicks() -> None:
    assert len(TASKS) == 10
    assert all(bool(task.search) + len(task.clicks) in {1, 2} for task in TASKS.values())


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
@pytest.mark.parametrize("name", TASKS)
def test_the_answer_stands_on_the_first_screen(visit: Visit, name: str) -> None:
    task, page = TASKS[name], visit.open("")
    page.set_default_timeout(10_000)
    clicks = list(task.clicks)
    if task.search:
        page.locator("label.md-header__button[for=__search]").click()
        page.get_by_role("textbox", name="Search").fill(task.search)
        page.keyboard.press("End")  # the box listens to keys
        result = page.locator(".md-search-result__item").first
        result.wait_for()
        # The link to the page shows words of it, a section's link has an anchor.
        within = result.locator("a[href*='#']", has_text=clicks[0] if clicks else "")
        # A section that was found too is one click away, as is its page.
        if clicks and within.count():
            clicks.pop(0)
            fold = result.locator("summary")
            if not within.first.is_visible() and fold.count():
                fold.click()
            within.first.click()
        else:
            result.locator("a").first.click()
        page.wait_for_load_state("networkidle")
        until(page, "!document.querySelector('#__search').checked")
    for text in clicks:
        link = page.locator("article a", has_text=re.compile(text, re.IGNORECASE)).first
        link.click()
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)  # the way to an anchor
    seen = page.evaluate(SEEN)
    assert re.search(task.answer, seen), f"{page.url} shows: {seen}"
