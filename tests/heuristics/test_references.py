"""The bibliography: well-formed to a strict reader, and complete for the pages that link to it."""

import re
from itertools import pairwise

import pytest
from pybtex.database import parse_file

from tests.paths import ROOT

FILE = ROOT / "lrdecay" / "heuristics" / "references.bib"
TEXT = FILE.read_text("utf-8")
ENTRIES = parse_file(str(FILE)).entries
FIELDS = {
    *("author", "title", "booktitle", "journal", "institution", "publisher", "year"),
    *("eprint", "archiveprefix", "doi", "url", "note", "keywords"),
}


def test_keys_are_unique_sorted_and_lower_case_with_hyphens():
    keys = re.findall(r"^@\w+\{([^,]*),$", TEXT, re.MULTILINE)
    assert keys == list(ENTRIES)
    assert all(early < late for early, late in pairwise(keys))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)


def test_every_line_has_one_of_five_forms():
    forms = (
        r"",
        r"% .+",
        r"@(article|book|inproceedings|misc|software|techreport)\{[a-z0-9-]+,",
        r"  [a-z]+ = \{[^{}\\]+\},",
        r"\}",
    )
    for line in TEXT.splitlines():
        assert any(re.fullmatch(form, line) for form in forms), line


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_says_who_what_when_where_and_what_was_read(key):
    entry = ENTRIES[key]
    fields = dict(entry.fields)
    assert set(fields) | {"author"} <= FIELDS
    assert entry.persons["author"]
    assert all(name.last_names for name in entry.persons["author"])
    assert fields["title"].strip() == fields["title"]
    assert re.fullmatch(r"(19|20)\d\d", fields["year"])
    assert fields["url"].startswith("https://")
    assert re.match(r"(Read|Not verified): .+\.$", fields["note"]), fields["note"]
    assert fields["keywords"] in {"paper", "guide"}
    if "eprint" in fields:
        assert fields["archiveprefix"] == "arXiv"
        assert re.fullmatch(r"\d{4}\.\d{4,5}", fields["eprint"])
        assert fields["url"] == f"https://arxiv.org/abs/{fields['eprint']}"
    else:
        assert "archiveprefix" not in fields
    if "doi" in fields:
        assert re.fullmatch(r"10\.\d{4,9}/\S+", fields["doi"])


def test_an_arxiv_number_belongs_to_the_year_of_its_entry_or_shortly_before():
    for key, entry in ENTRIES.items():
        if "eprint" in entry.fields:
            submitted = 2000 + int(entry.fields["eprint"][:2])
            assert 0 <= int(entry.fields["year"]) - submitted <= 2, key


def test_no_source_is_listed_twice():
    for field in ("title", "eprint", "doi", "url"):
        values = [x.fields[field].casefold() for x in ENTRIES.values() if field in x.fields]
        assert len(values) == len(set(values)), field


def test_every_link_to_the_bibliography_has_an_entry():
    pages = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("notebooks/*.ipynb")]
    links = {
        (page.name, key)
        for page in pages
        for key in re.findall(r"bibliography\.md#([\w-]+)", page.read_text("utf-8"))
    }
    assert len(links) > 40
    assert {(page, key) for page, key in links if key not in ENTRIES} == set()
