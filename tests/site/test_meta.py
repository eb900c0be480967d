"""What the site says of itself: to search engines, to previews, to feeds, to those who cite it."""

import functools
import http.server
import io
import json
import re
import shutil
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from zipfile import ZipFile

import pytest

pytest.importorskip("mkdocs_jupyter", reason="the site needs its own requirements, Python >= 3.12")

import numpy as np
from PIL import Image

from lrdecay import release
from lrdecay.heuristics import RULES, citing, recorded, sharing
from site_builder import cards
from tests import checkouts
from tests.chromium import chromium
from tests.pages import ROOT, built, run
from tools import archive

LOCAL = "http://127.0.0.1:8000/"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
MAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


class Head(HTMLParser):
    """What the head of a page says."""

    def __init__(self, source):
        super().__init__()
        self.title, self.data, self.days = "", [], []
        self.said, self.rels, self.into = {}, {}, ""
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "meta":
            self.said[values.get("name") or values.get("property")] = values.get("content")
        elif tag == "link":
            self.rels[values["rel"]] = values["href"]
        elif tag == "time":
            self.days.append(values["datetime"])
        self.into = "data" if values.get("type") == "application/ld+json" else tag

    def handle_endtag(self, tag):  # noqa: ARG002
        self.into = ""

    def handle_data(self, data):
        if self.into == "title" and not self.title:
            self.title = data
        elif self.into == "data":
            self.data.append(json.loads(data))


@pytest.fixture(scope="module")
def heads():
    site = built()
    found = {p.relative_to(site).as_posix(): p.read_text("utf-8") for p in site.rglob("*.html")}
    return {name: Head(text) for name, text in found.items() if name != "404.html"}


def of_rule(heads, id_):
    return heads[f"heuristics/{id_.lower()}/index.html"]


def test_titles_say_which_page_it_is(heads):
    assert heads["index.html"].title == "lrdecay: learning-rate decay, where every rule can be run"
    for id_, rule in RULES.items():
        assert of_rule(heads, id_).title == f"{id_}: {rule.question} - lrdecay"
    shared = Counter(head.title for head in heads.values())
    assert [title for title, count in shared.items() if count > 1] == []


def test_no_two_pages_share_a_description_and_none_is_too_long(heads):
    said = {name: head.said.get("description") or "" for name, head in heads.items()}
    wrong = {name: len(text) for name, text in said.items() if not 45 <= len(text) <= 205}
    assert wrong == {}
    shared = Counter(said.values())
    assert [text for text, count in shared.items() if count > 1] == []


@pytest.mark.parametrize("id_", RULES)
def test_a_rule_is_described_by_its_answer(heads, id_):
    rule, evidence, head = RULES[id_], recorded().get(id_), of_rule(heads, id_)
    found = citing.answer(evidence)
    for name in ("description", "og:description"):
        says = head.said[name]
        assert says.startswith(rule.question)
        assert len(says) <= sharing.ROOM
        if evidence is not None:
            assert says[len(rule.question) :].startswith(f" {found.word.capitalize()}")
            assert found.strength in says
    (data,) = head.data
    assert data["mainEntity"]["name"] == rule.question
    answer = data["mainEntity"]["acceptedAnswer"]["text"]
    assert answer == sharing.response(rule, evidence)


def test_every_page_has_a_card_data_and_a_date(heads):
    for name, head in heads.items():
        card = head.said["og:image"].removeprefix(LOCAL)
        data = (built() / card).read_bytes()
        assert Image.open(io.BytesIO(data)).size == (1200, 630)
        assert len(data) < 40_000
        assert head.said["twitter:card"] == "summary_large_image"
        assert head.said["og:title"]
        (data,) = head.data
        assert data["@context"] == "https://schema.org"
        assert data["description"] == head.said["description"]
        assert head.days or not name.startswith(("heuristics/h", "notebooks/", "reference/api/"))
        assert head.days[-1:] == [data["dateModified"]] if "dateModified" in data else []
    kinds = {name: head.data[0]["@type"] for name, head in heads.items()}
    assert kinds["index.html"] == "SoftwareSourceCode"
    assert kinds["reference/trials-data/index.html"] == "Dataset"
    assert (
        heads["reference/trials-data/index.html"]
        .data[0]["distribution"]["contentUrl"]
        .endswith("trials.croissant.json")
    )


def pixels(name):
    image = Image.open(built() / cards.PLACE / f"{name}.png").convert("RGB")
    return np.asarray(image).astype(int)


def test_the_words_of_a_card_stay_on_it():
    names = sorted(path.stem for path in (built() / cards.PLACE).glob("*.png"))
    assert names == sorted(["site", *map(str.lower, RULES)])
    for name in names:
        far = np.abs(pixels(name) - pixels(name)[0, 0]).max(axis=2)
        assert far[:540, -40:].max() < 8, name  # right of the words
        assert far[532:556].max() < 8, name  # between them and the curve
        assert far[:540, 80:].max() > 100, name


def test_a_card_has_the_same_bytes_each_time():
    rule = RULES["H006"]
    words = ("lrdecay · H006", *sharing.card(rule, recorded()["H006"]))
    assert cards.draw(*words) == (built() / cards.PLACE / "h006.png").read_bytes()


def test_robots_find_the_sitemap_and_it_dates_the_pages():
    assert f"Sitemap: {LOCAL}sitemap.xml" in (built() / "robots.txt").read_text()
    urls = ET.parse(built() / "sitemap.xml").findall("s:url", MAP)
    dated = {url.findtext("s:loc", "", MAP): url.findtext("s:lastmod", "", MAP) for url in urls}
    pages = {p.relative_to(built()).as_posix() for p in built().rglob("index.html")}
    assert dated.keys() == {LOCAL + page.removesuffix("index.html") for page in pages}
    assert all(not day or date.fromisoformat(day) for day in dated.values())
    days = Head((built() / "heuristics/h005/index.html").read_text()).days
    assert [dated[f"{LOCAL}heuristics/h005/"]] == days


def test_the_feed_lists_each_answer_that_changed(heads):
    feed = ET.parse(built() / "feed.xml").getroot()
    entries = feed.findall("a:entry", ATOM)
    changes = {
        (id_, one.version): one for id_, rule in RULES.items() for one in sharing.changes(rule)
    }
    ids = [entry.findtext("a:id", "", ATOM) for entry in entries]
    expected = [f"{LOCAL}heuristics/{id_.lower()}/#{version}" for id_, version in changes]
    assert sorted(ids) == sorted(expected)
    days = [entry.findtext("a:updated", "", ATOM) for entry in entries]
    assert days == sorted(days, reverse=True)
    assert feed.findtext("a:updated", "", ATOM) == days[0]
    by_id = dict(zip(ids, entries, strict=True))
    text = by_id[f"{LOCAL}heuristics/h001/#0.2.0"].findtext("a:summary", "", ATOM)
    assert text.startswith(f"Now: {sharing.response(RULES['H001'], recorded()['H001'])}")
    assert "Before: holds when gradients are noisy (batches of 10). In 0.2.0: 1,000 seeds" in text
    assert of_rule(heads, "H001").rels["alternate"] == "../../feed.xml"


@pytest.mark.parametrize("id_", RULES)
def test_a_rule_has_a_badge_and_the_markdown_of_it(id_):
    badge = json.loads((built() / f"badges/{id_.lower()}.json").read_text())
    assert badge.keys() == {"schemaVersion", "label", "message", "color"}
    assert (badge["schemaVersion"], badge["label"]) == (1, f"lrdecay {id_}")
    assert badge["message"] == citing.answer(recorded().get(id_)).word
    page = (built() / f"heuristics/{id_.lower()}/index.html").read_text("utf-8")
    assert f"endpoint?url={LOCAL}badges/{id_.lower()}.json" in re.sub("<[^>]+>", "", page)


def test_the_site_holds_a_wheel_of_the_package():
    wheel = built() / f"downloads/lrdecay-{release.version()}-py3-none-any.whl"
    with ZipFile(wheel) as file:
        held = {name for name in file.namelist() if ".dist-info/" not in name}
        assert (
            "Name: lrdecay" in file.read(f"lrdecay-{release.version()}.dist-info/METADATA").decode()
        )
    sources = (path for path in (ROOT / "lrdecay").rglob("*") if path.is_file())
    names = {p.relative_to(ROOT).as_posix() for p in sources if "__pycache__" not in p.parts}
    assert held == names


# --- in a browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def watched(browser):
    """A page, and what went wrong in it."""
    page, wrong, asked = browser.new_page(), [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console", lambda line: wrong.append(line.text) if line.type in {"error", "warning"} else 0
    )
    return page, wrong, asked


@pytest.mark.browser
def test_data_in_a_page_needs_no_exception_of_a_policy(browser):
    page, wrong, _ = watched(browser)
    headers = {"Content-Security-Policy": "default-src 'self'", "Content-Type": "text/html"}
    body = '<script type="application/ld+json">{"a": 1}</script>'
    page.route("**/*", lambda route: route.fulfill(body=body, headers=headers))
    page.goto("https://example.org/")
    assert wrong == []
    body += "<script>1</script>"  # so that the policy is one
    page.goto("https://example.org/")
    assert "Content Security Policy" in wrong[0]
    page.close()


@pytest.mark.browser
def test_the_archive_is_read_and_searched_without_a_server(browser, tmp_path):
    archive.pack(built(), tmp_path / "one.zip")
    with ZipFile(tmp_path / "one.zip") as file:
        file.extractall(tmp_path)
    folder = tmp_path / archive.NAME
    pages = [*folder.rglob("*.html")]
    assert len(pages) == sum(1 for _ in built().rglob("index.html"))
    for path in pages:
        for link in re.findall(r' href="([^"#?]+)', path.read_text("utf-8")):
            if not re.match(r"[a-z]+:", link):
                target = (path.parent / link).resolve()
                assert target.is_file() or not target.exists(), f"{path}: {link} is a folder"
    page, wrong, asked = watched(browser)
    page.goto((folder / "heuristics/h005/index.html").as_uri())
    page.keyboard.press("/")
    page.locator(".md-search__input").press_sequentially("cosine")
    page.locator(".md-search-result__link").first.click()
    page.wait_for_url("**/index.html?h=cosine*")
    page.locator(".md-tabs__link").nth(1).click()
    page.wait_for_url("**/index.html")
    assert wrong == []
    assert [url for url in asked if not url.startswith("file:")] == []
    page.close()


def test_the_archive_has_the_same_bytes_each_time(tmp_path):
    site = tmp_path / "site"
    for name in ("heuristics/h005", "search"):
        shutil.copytree(built() / name, site / name)
    archive.pack(site, tmp_path / "one.zip")
    archive.pack(site, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


PYPROJECT = """
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "lrdecay"
version = "{}"
description = "A small one"
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):  # noqa: A002
        pass


@pytest.mark.browser
def test_a_release_stays_and_says_that_a_newer_one_is_out(browser, tmp_path):
    project = checkouts.make(tmp_path / "checkout")
    for name in ("site_builder", "docs/_theme"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, project.root / name, ignore=ignore)
    shutil.copy(ROOT / "mkdocs.yml", project.root)
    (project.sources / "nav.yml").write_text("- index.md\n- more.md\n")
    (project.sources / "index.md").write_text("# Home\n\nSome words.\n")
    (project.sources / "more.md").write_text("# More\n\nMore words.\n")
    (project.sources / "versions.json").write_text('{"0.1.0": "2027-01-31", "0.2.0": "2027-02-28"}')
    served = tmp_path / "served" / "rates"
    served.mkdir(parents=True)
    handler = functools.partial(Quiet, directory=served.parent)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    root = f"http://127.0.0.1:{server.server_port}/rates/"
    for version, folder in (("0.2.0", ""), ("0.1.0", "v0.1.0/"), ("0.2.0", "v0.2.0/")):
        (project.root / "pyproject.toml").write_text(PYPROJECT.format(version))
        run("-m", "site_builder", "build", cwd=project.root, SITE_URL=root + folder)
        shutil.copytree(project.site, served / folder, dirs_exist_ok=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page, wrong, asked = watched(browser)

    page.goto(f"{root}v0.1.0/more/", wait_until="networkidle")
    page.locator(".md-banner", has_text="Release 0.2.0 is out.").wait_for()
    assert "This is release 0.1.0, kept as it was cited." in page.locator(".md-banner").inner_text()
    assert page.locator('meta[name="robots"]').get_attribute("content") == "noindex"
    page.locator(".md-banner a").click()
    page.wait_for_url(f"{root}more/")

    asked.clear()
    page.goto(f"{root}more/", wait_until="networkidle")
    assert page.locator(".md-banner").count() == 0
    assert page.locator('meta[name="robots"]').count() == 0
    assert [url for url in asked if "versions.json" in url] == []

    page.goto(f"{root}v0.2.0/", wait_until="networkidle")
    assert page.locator(".md-banner").inner_text().startswith("This is release 0.2.0, kept")
    assert sum("versions.json" in url for url in asked) == 1
    assert wrong == []
    page.close()
    server.shutdown()
    server.server_close()
