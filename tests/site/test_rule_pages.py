"""What the site makes from the rules: pages, tables, data, BibTeX, and text for language models."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

from jsonschema import Draft202012Validator

from lrdecay.heuristics import JUDGED, RULES, recorded
from lrdecay.heuristics.references import references
from tests.pages import ROOT, VOID, Page, built, read

LOCAL = "http://127.0.0.1:8000/"


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return read(built())


SMALL = tuple(id_ for id_ in JUDGED if RULES[id_].experiment is not None)


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return json.loads((built() / "heuristics.json").read_text("utf-8"))


@pytest.mark.parametrize("id_", RULES)
def test_a_rule_has_a_page_with_its_numbers_answer_and_citation(pages, id_):
    rule, page = RULES[id_], pages[f"heuristics/{id_.lower()}/index.html"]
    words = " ".join(page.text.split())
    html = (built() / page.path).read_text("utf-8")
    assert f"@misc{{lrdecay-{id_.lower()}" in page.code
    assert f"{LOCAL}heuristics/{id_.lower()}/" in page.code
    assert {f"../../reference/bibliography/#{key}" for key in rule.sources} <= page.links
    if id_ in JUDGED:
        evidence = recorded()[id_]
        assert f"lr-answer--{evidence.answer.word.replace(' ', '-')}" in html
        assert evidence.answer.strength in words
        # The ladder, and a small world.
        assert page.names.count("figure") == 1 + (rule.experiment is not None)
        assert f"lrdecay verify {id_}" in page.code
        assert f"def {id_.lower()}(" in page.code
        for case in evidence.cases:
            assert " ".join(case.when.split())[:20] in words.replace("\u2019", "'")
        published = json.loads((built() / "heuristics.json").read_text("utf-8"))["heuristics"]
        (entry,) = (entry for entry in published if entry["id"] == id_)
        assert len(entry["cases"]) == page.names.count("tr") - 1
    else:
        assert "lr-answer--fact" in html


@pytest.mark.parametrize("id_", RULES)
def test_id_answer_and_action_stand_before_the_ladder_and_all_else(id_):
    html = (built() / f"heuristics/{id_.lower()}/index.html").read_text("utf-8")
    article = html[html.index("<article") :]
    parts = [f'<em class="lr-id">{id_}</em>', 'class="lr-answer ', 'class="lr-action"']
    parts += ["<figure", "The claim."] if id_ in JUDGED else ["lr-advice"]
    places = [article.index(part) for part in parts]
    assert places == sorted(places)
    action = re.search(r'<p class="lr-action">(.*?)</p>', article, re.DOTALL)
    assert action is not None
    assert "." not in re.sub(r"<code>.*?</code>|<[^>]*>|\d\.\d", "", action[1]).rstrip(".")
    assert article.count("<h2") == len(set(re.findall(r'<h2 id="([^"]+)"', article)))


@pytest.mark.parametrize("id_", RULES)
def test_the_id_is_in_the_title_the_sidebar_and_related_rules(id_):
    html = (built() / f"heuristics/{id_.lower()}/index.html").read_text("utf-8")
    name = f"{id_} {RULES[id_].name}"
    assert f"<title>{id_}: {RULES[id_].question} - lrdecay</title>" in unescape(html)
    assert name in " ".join(unescape(html[: html.index("<article")]).split())
    for other in RULES[id_].related:
        assert f'href="../{other.lower()}/">{other}: ' in html


class Running(HTMLParser):
    """The running text of a page by its paragraphs: no code, link, heading, figure or table."""

    LINKS = frozenset(("a", "code", "pre", "script", "style", "title", "svg", "math", "nav"))
    TITLES = frozenset(("header", "label", "dt", "h1", "h2", "h3", "h4"))
    WITH_INTERVALS = frozenset(("table", "figure", "pre", "script", "style"))
    PARAGRAPHS = frozenset(("p", "li", "dd", "td", "th", "figcaption", "caption", "summary"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""  # outside links, code and headings
        self.prose = [""]  # paragraphs, with their links, outside figures and tables
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in VOID:
            self._open.append(tag)
        if tag in self.PARAGRAPHS:
            self.prose.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while self._open and self._open.pop() != tag:
            pass
        if tag in self.PARAGRAPHS:
            self.prose.append("")

    def handle_data(self, data: str) -> None:
        if not (self.LINKS | self.TITLES) & set(self._open):
            self.text += data
        if not self.WITH_INTERVALS & set(self._open):
            self.prose[-1] += data


@pytest.fixture(scope="module")
def running() -> dict[str, Running]:
    paths = sorted(built().rglob("*.html"))
    names = (path.relative_to(built()).as_posix() for path in paths)
    return {name: Running(path.read_text("utf-8")) for name, path in zip(names, paths, strict=True)}


def test_every_id_in_running_text_is_a_link(running):
    bare = {name: re.findall(r".{0,20}\bH\d{3}\b", page.text) for name, page in running.items()}
    assert {name: found for name, found in bare.items() if found} == {}


def test_a_link_that_is_an_id_says_the_question():
    html = unescape((built() / "tables/claims/index.html").read_text("utf-8"))
    links = re.findall(r'<a href="../../heuristics/h\d{3}/" title="([^"]*)">(H\d{3})</a>', html)
    assert len(links) > 50
    assert all(title == RULES[id_].question for title, id_ in links)


NUMBER = r"[-+\u2212]?\d[\d.,]*(?:\s%)?"
BRACKET = re.compile(rf"\[{NUMBER}, {NUMBER}\]|{NUMBER} to {NUMBER} \(95\s%")


# Of the pages that are written by hand, tests/site/test_site.py asks the same.
@pytest.mark.parametrize("section", ["heuristics/", "tables/", "tools/", "reference/"])
def test_a_paragraph_has_at_most_one_interval(running, section):
    assert len(BRACKET.findall("0.16 [0.15, 0.16] nats, -4\u00a0% [-5\u00a0%, -3\u00a0%]")) == 2
    drowned = {
        name: [text for text in page.prose if len(BRACKET.findall(text)) > 1]
        for name, page in running.items()
        if name.startswith(section)
    }
    assert {name: found for name, found in drowned.items() if found} == {}


@pytest.mark.parametrize("topic", sorted({RULES[id_].topic for id_ in SMALL}))
def test_the_notebook_of_a_topic_runs_its_rules(topic, pages):
    stem = f"rules-{topic.replace(' ', '-')}"
    shown = pages[f"notebooks/{stem}/index.html"]
    ids = [id_ for id_ in SMALL if RULES[id_].topic == topic]
    assert shown.names.count("figure") >= len(ids)
    for id_ in ids:
        said = " ".join(shown.text.split()).replace("\u2019", "'")
        assert f"{id_}. {RULES[id_].question}" in said


def test_a_notebook_shows_every_rule_that_only_real_training_judges(pages):
    shown = pages["notebooks/rules-trained/index.html"]
    ids = [id_ for id_ in JUDGED if id_ not in SMALL]
    assert ids
    assert shown.names.count("figure") == len(ids) + 1  # the first stands on top as well
    said = " ".join(shown.text.split()).replace("\u2019", "'")
    for id_ in ids:
        assert f"{id_} {RULES[id_].question}" in said


def test_the_published_data_follow_the_published_schema(published):
    schema = json.loads((built() / "heuristics.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(published)] == []


def test_the_published_data_hold_every_rule_as_it_was_measured(published, pages):
    entries = {entry["id"]: entry for entry in published["heuristics"]}
    assert list(entries) == list(RULES)
    for id_, entry in entries.items():
        path = entry["url"].removeprefix(LOCAL)
        assert f"{path}index.html" in pages
        assert not re.search(r"\{[a-z_]+(:[^{}]*)?\}", re.sub(r"\$[^$]+\$", "", entry["value"]))
        if id_ not in JUDGED:
            assert (entry["answer"], entry["cases"]) == ("fact", [])
            continue
        evidence = recorded()[id_]
        assert entry["answer"] == evidence.answer.word
        assert [case["name"] for case in entry["cases"]] == [c.key for c in evidence.cases]
        for case, kept in zip(entry["cases"], evidence.cases, strict=True):
            assert case["low"] <= case["estimate"] <= case["high"]
            assert case["n"] == kept.effect.n
            assert (case["outcome"], case["world"]) == (kept.outcome, kept.world)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": 2, "heuristics": []},
        {"version": 2, "heuristics": [{"id": "H001"}]},
        {"version": 1, "heuristics": [{"id": 1}]},
    ],
)
def test_the_schema_refuses_what_is_not_a_list_of_rules(broken):
    schema = json.loads((ROOT / "docs/heuristics.schema.json").read_text("utf-8"))
    assert not Draft202012Validator(schema).is_valid(broken)


def test_one_bibtex_file_holds_sources_and_rules():
    database = pytest.importorskip("pybtex.database")
    entries = database.parse_file(str(built() / "references.bib")).entries
    assert set(entries) == set(references()) | {f"lrdecay-{id_.lower()}" for id_ in RULES}


def test_the_bibliography_has_an_anchor_for_each_source(pages):
    assert set(references()) <= pages["reference/bibliography/index.html"].ids


def test_every_rule_and_every_claim_stands_in_its_table(pages):
    table = pages["heuristics/index.html"]
    assert {f"{id_.lower()}/" for id_ in RULES} <= table.links
    claims = " ".join(pages["tables/claims/index.html"].text.split())
    ids = re.findall(r"^\| (S\d-\d\d) ", (ROOT / "docs/tables/claims.md").read_text(), re.MULTILINE)
    assert len(ids) > 70
    assert [id_ for id_ in ids if id_ not in claims] == []


def test_language_models_get_every_page(pages):
    listed = (built() / "llms.txt").read_text("utf-8")
    assert listed.startswith("# lrdecay\n\n> ")
    linked = set(re.findall(rf"\]\({LOCAL}([^)]*)\)", listed))
    assert linked == {path.removesuffix("index.html") for path in pages if path != "404.html"}
    text = (built() / "llms-full.txt").read_text("utf-8")
    assert not re.search(r"\{\{ |\{%|^---$", text, re.MULTILINE)
    for id_ in RULES:
        assert f"\n# *{id_}*{{ .lr-id }} {RULES[id_].question}\n" in text
    assert "[Figure: " in text
