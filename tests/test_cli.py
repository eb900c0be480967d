"""The command line and the citations it prints."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrdecay.cli import app
from lrdecay.heuristics import RULES, citing, recorded, running

ROOT = Path(__file__).parents[1]
SITE = "https://example.org/lrdecay/"


def call(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_cite_prints_a_short_form_with_verdict_and_address():
    done = call("cite", "h001", "--site", SITE)
    assert done.exit_code == 0
    assert done.output.strip() == (
        'lrdecay contributors, "Does the decay in the micrograd demo help?", rule H001 of lrdecay '
        f"{citing.version()}, 2026. Verdict: {recorded()['H001'].verdict}. {SITE}heuristics/h001/"
    )


@pytest.mark.parametrize("id_", RULES)
def test_bibtex_is_read_by_another_library(id_):
    database = pytest.importorskip("pybtex.database")
    text = citing.cite(id_, "bibtex", SITE)
    (entry,) = database.parse_string(text, "bibtex").entries.values()
    assert entry.key == f"lrdecay-{id_.lower()}"
    assert entry.fields["title"].replace("\\", "") == f"{id_}: {RULES[id_].question}"
    assert entry.fields["url"] == f"{SITE}heuristics/{id_.lower()}/"


def test_other_formats_and_an_address_without_a_site():
    assert call("cite", "H001", "-f", "url").output == "heuristics/h001/\n"
    entry = json.loads(call("cite", "H001", "--format", "json", "--site", SITE).output)
    assert entry["id"] == "H001"
    assert entry["verdict"] == recorded()["H001"].verdict.word
    assert {case["name"] for case in entry["evidence"]} == {c.key for c in recorded()["H001"].cases}


def test_the_year_is_that_of_the_release():
    released = re.search(r"date-released: (\d{4})", (ROOT / "CITATION.cff").read_text("utf-8"))
    assert released is not None
    assert int(released[1]) == citing.YEAR


@pytest.mark.parametrize(
    "arguments", [("cite", "H999"), ("cite", "H001", "-f", "apa"), ("verify", "X")]
)
def test_mistakes_are_named_and_nothing_runs(arguments):
    done = call(*arguments)
    assert done.exit_code == 2
    assert arguments[-1] in done.output


def test_verify_says_whether_the_numbers_are_those_printed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "lrdecay", "verify", "h001", "--store", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^H001 .*(same|within the interval)\s*$", done.stdout, re.MULTILINE)
    assert list(tmp_path.iterdir())


def test_a_changed_result_is_an_error(monkeypatch, tmp_path):
    found = {"H001": recorded()["H002"]}
    monkeypatch.setattr("lrdecay.cli.run_all", lambda *_, **__: found)
    done = call("verify", "H001", "--store", str(tmp_path))
    assert done.exit_code == 1
    assert "changed" in done.output


def test_disjoint_seeds_are_asked_for(monkeypatch):
    asked = {}

    def run_all(ids, **options):
        asked.update(options)
        return {id_: recorded()[id_] for id_ in ids}

    monkeypatch.setattr("lrdecay.cli.run_all", run_all)
    assert call("verify", "H001", "--disjoint").exit_code == 0
    assert asked["seeds"] == "disjoint"
    assert running.JUDGED[0] == "H001"
