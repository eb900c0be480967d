"""The pages: every fenced Python block runs and prints what the page says, every formula parses."""

import re

import pytest

import lrdecay
from lrdecay.heuristics import citing, recorded
from tests.blocks import FENCE, printed
from tests.paths import ROOT

yaml = pytest.importorskip("yaml", reason="the site needs its own requirements, Python >= 3.12")
LatexToMathML = pytest.importorskip("math_core").LatexToMathML

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if not page.is_relative_to(ROOT / "docs/_theme")]
FAMILIES = [page for page in PAGES if page.parent.name == "schedules" and page.stem != "index"]
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?![\s$])([^$]+?)(?<!\s)\$")
LISTS = {"index", "check"}  # what leads to answers, and what asks for them
TOLD = [
    page
    for page in PAGES
    if page.parent.name in {"learn", "schedules", "how-to"}
    and page.stem not in LISTS | {"fine-tune"}
]
BOX = re.compile(r'\n# [^\n]+\n\n!!! answer "In short"\n\n((?:    [^\n]+\n|\n)+)')
HEADINGS = [
    "Formula",
    "Code",
    "Knobs",
    "When to use it",
    "When not",
    "In other libraries",
    "Sources",
    "Run this",
]


def name(page):
    return str(page.relative_to(ROOT))


def prose(text):
    """Return a page without its code."""
    return CODE_SPAN.sub("", FENCE.sub("", text))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_blocks_run_and_print_what_the_page_says(page):
    for line, got, shown in printed(page, "no-run|beside-torch"):
        assert got == shown, f"{name(page)}, line {line}"


def test_what_blocks_write_stays_out_of_the_tree(tmp_path):
    logs, page = tmp_path / "logs", tmp_path / "page.md"
    logs.mkdir()
    (logs / "log.csv").write_text("read")
    lines = [
        "from pathlib import Path",
        "place = Path('logs')",
        "print((place / 'log.csv').read_text())",
        "(place / 'more.csv').write_text('more')",
        "(place / 'log.csv').write_text('other')",
    ]
    page.write_text("\n".join(["```python", *lines, "```", "", "```text", "read", "```", ""]))
    assert [(got, shown) for _, got, shown in printed(page, "no-run")] == [("read", "read")]
    assert [one.name for one in logs.iterdir()] == ["log.csv"]
    assert (logs / "log.csv").read_text() == "read"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_formulas_parse(page):
    text = re.sub(r"\{\{.*?\}\}", "0", prose(page.read_text()))
    converter = LatexToMathML()
    for latex in DISPLAY.findall(text):
        converter.convert_with_local_state(latex, displaystyle=True)
    for latex in INLINE.findall(DISPLAY.sub("", text)):
        converter.convert_with_local_state(latex, displaystyle=False)


@pytest.mark.parametrize("page", FAMILIES, ids=name)
def test_family_pages_follow_the_template(page):
    text = page.read_text()
    front, body = text.removeprefix("---\n").split("\n---\n", 1)
    assert yaml.safe_load(front)["description"].endswith(".")
    assert body.startswith("\n# ")
    headings = re.findall(r"^## (.+?)(?: \{.*\})?$", FENCE.sub("", text), re.MULTILINE)
    assert [heading for heading in headings if heading in HEADINGS] == HEADINGS
    assert "{{ figure(" in text[: text.index("## Formula")]
    assert DISPLAY.search(text)
    assert re.search(r"\]\(\.\./notebooks/[\w-]+\.ipynb\)", text)


@pytest.mark.parametrize("page", TOLD, ids=name)
def test_a_page_opens_with_its_answer(page):
    found = BOX.search(page.read_text())
    assert found, "no answer directly under the title"
    box = found[1]
    seen = re.sub(
        r"\]\([^)]*\)|^    - ", "", re.sub(r"`[^`]+`|\{\{.*?\}\}", "0", box), flags=re.MULTILINE
    )
    assert 1 <= len(re.findall(r"^    - ", box, re.MULTILINE)) <= 3
    assert len(seen.split()) <= 60
    calls = [code for code in re.findall(r"`([^`]+)`", box) if "(" in code]
    assert calls or "/heuristics/h" in box or "`lrdecay " in box


@pytest.mark.parametrize("page", TOLD, ids=name)
def test_a_no_stands_behind_a_question(page):
    # The builder prints the answer behind the link: "10 % is too short *no*" would mislead.
    for text, id_ in re.findall(r"\[([^][]+)\]\(\.\./heuristics/(h\d{3})\.md", page.read_text()):
        if citing.answer(recorded().get(id_.upper())).word in {"no", "mostly no"}:
            assert text.endswith("?"), text


@pytest.mark.parametrize("page", FAMILIES, ids=name)
def test_the_call_of_a_family_can_be_typed(page):
    found = BOX.search(page.read_text())
    assert found
    known = vars(lrdecay) | {"lr": 0.1, "T": 1000, "w": 100}
    calls = re.findall(r"`([^`]+)`", found[1].partition("- **Call**")[2])
    made = [eval(call, known) for call in calls]
    assert made
    assert all(type(each).__module__.startswith("lrdecay") for each in made)


def test_each_message_is_listed_and_shows_what_its_examples_print():
    folder = ROOT / "docs/how-to/messages"
    index, nav = (folder / "index.md").read_text(), (ROOT / "docs/nav.yml").read_text()
    pages = [page for page in folder.glob("*.md") if page.stem != "index"]
    assert len(pages) >= 11
    for page in pages:
        front, body = page.read_text().removeprefix("---\n").split("\n---\n", 1)
        assert yaml.safe_load(front)["description"].endswith(".")
        assert f"]({page.name})" in index
        assert f" how-to/messages/{page.name}\n" in nav
        # A block whose output the page does not show would be compared with nothing.
        assert re.search(
            r"^```(python|\{ \.python \.beside-torch \}).*?^```\n\n```text\n\S",
            body,
            re.DOTALL | re.MULTILINE,
        )


def test_every_family_has_a_page():
    assert {page.stem for page in FAMILIES} >= {
        "constant",
        "step",
        "multistep",
        "piecewise",
        "exponential",
        "inverse",
        "noam",
        "linear",
        "polynomial",
        "cosine",
        "wsd",
        "tanh",
        "rex",
        "others",
        "restarts",
        "cyclic",
        "slanted",
        "onecycle",
        "warmup",
        "noise",
        "plateau",
    }


def test_each_question_of_the_check_has_one_right_answer_and_reasons_with_a_rule():
    text = (ROOT / "docs/learn/check.md").read_text()
    questions = re.findall(r"<fieldset.*?</fieldset>", text, re.DOTALL)
    assert len(questions) >= 15
    for question in questions:
        names = set(re.findall(r'<input type="radio" name="(\w+)">', question))
        reasons = re.findall(r"^: {3}(.+)$", question, re.MULTILINE)
        assert len(names) == 1
        assert len(reasons) == question.count("<label>") == 3
        assert all("](../heuristics/h" in reason for reason in reasons)
        assert sorted(reason.startswith("**Right.**") for reason in reasons) == [False, False, True]
        # The builder holds what a link takes for granted to the rule; here it must say something.
        right = next(reason for reason in reasons if reason.startswith("**Right.**"))
        links = re.findall(r"\(\.\./heuristics/(h\d{3})\.md( \"(?:yes|no)\")?\)", right)
        assert len(links) == right.count("](../heuristics/h")
        answers = {id_: citing.answer(recorded().get(id_.upper())).word for id_, _ in links}
        decided = {id_ for id_ in answers if answers[id_] not in {"depends", "undecided", "fact"}}
        assert {id_ for id_, title in links if title} >= decided


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("learn/worlds", "small"),
        ("learn/trust", "small"),
        ("learn/toys", "toy"),
        ("learn/quadratic", "quadratic"),
        ("learn/laws", "law"),
        ("learn/theory", "bound"),
        ("learn/trials", "trial_runs"),
        ("learn/published-runs", "small_runs"),
    ],
)
def test_the_page_of_a_world_opens_with_its_score(page, number):
    text = (ROOT / f"docs/{page}.md").read_text()
    opening = text.partition("\n# ")[2].partition("\n## ")[0].partition("{{ figure")[0]
    assert f'{{{{ number("trust.{number}") }}}}' in opening


def test_home_says_how_far_its_world_and_all_small_ones_can_be_trusted():
    text = (ROOT / "docs/index.md").read_text()
    hero, said = text.partition("\n## ")[0], '{{ number("trust.%s") }}'
    assert said % "quadratic" in hero
    assert "](learn/trust.md)" in hero
    assert said % "small" in text
