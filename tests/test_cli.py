"""The command line and the citations it prints."""

import importlib
import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrdecay import cli
from lrdecay.cli import app
from lrdecay.heuristics import RULES, citing, recorded, running
from lrdecay.messages import needs
from tests.paths import ROOT
from tests.slow import mostly_slow

SITE = "https://example.org/lrdecay/"


def call(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_cite_prints_a_short_form_with_answer_and_address():
    done = call("cite", "h001", "--site", SITE)
    assert done.exit_code == 0
    assert done.output.strip() == (
        'lrdecay contributors, "Does the decay in the micrograd demo help?", rule H001 of lrdecay '
        f"{citing.version()}, 2026. Answer: {citing.told(recorded()['H001'])}. "
        f"{SITE}heuristics/h001/"
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
    assert entry["answer"] == recorded()["H001"].answer.word
    assert {case["name"] for case in entry["cases"]} == {c.key for c in recorded()["H001"].cases}


def test_the_year_is_that_of_the_release():
    released = re.search(r"date-released: (\d{4})", (ROOT / "CITATION.cff").read_text("utf-8"))
    assert released is not None
    assert int(released[1]) == citing.YEAR


def lrdecay(*arguments, **environment):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lrdecay", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("cite", "H001", "-f", "apa"), "apa"),
        (("verify", "--workers", "0"), "--workers"),
        (("verify", "--stor", "x"), "--store"),
        (("verfy",), "verify"),
    ],
)
def test_mistakes_are_named_and_nothing_runs(arguments, named):
    done = call(*arguments)
    assert done.exit_code == 2
    assert named in done.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("cite", "H999"), f"there is no rule 'H999'; try H001 to {max(RULES)}"),
        (("cite", "H01"), "there is no rule 'H01'; did you mean H001?"),
        (("verify", "7"), "there is no rule '7'; did you mean H007?"),
        (("verify", "H001", "HO02"), "there is no rule 'HO02'; did you mean H002?"),
        (("verify", "X"), "there is no rule 'X'; try H001 to"),
        (("verify", ""), "there is no rule ''; try H001 to"),
        (("cite", " "), "there is no rule ' '; try H001 to"),
        (("verify", "h051"), "H051 is a fact and has no experiment to run"),
        (("verify", "H001", "--store", ""), "--store must name a folder, got ''"),
        (("verify", "h064"), "no small world is asked of H064: verify with --world trial"),
    ],
)
def test_bad_input_is_told_in_a_sentence(arguments, sentence):
    done = call(*arguments)
    assert done.exit_code == 2
    assert done.output.startswith(f"lrdecay: {sentence}")
    assert len(done.output.splitlines()) == 1


def test_a_long_id_is_not_repeated_whole():
    assert len(call("cite", "x" * 10**5).output) < 300


@pytest.mark.parametrize("store", ["file", "file/below", "loop/below", "x" * 300, "/proc/none"])
def test_a_store_that_cannot_be_is_told_in_a_sentence(store, tmp_path, monkeypatch):
    monkeypatch.setattr(
        cli.rules, "processes", lambda _: nullcontext()
    )  # nothing is to be computed
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    folder = str(tmp_path / store)
    for arguments, variables in (
        (("--store", folder), {}),
        ((), {"LRDECAY_STORE": folder}),
    ):
        done = CliRunner().invoke(app, ["verify", "H001", *arguments], env=variables)
        assert done.exit_code == 2
        assert re.fullmatch(r"lrdecay: cannot run with .+: [A-Z][a-z ]+\n", done.stderr)
        assert folder[:180] in done.stderr
        assert done.stdout == ""


def test_so_it_is_in_a_process_of_its_own(tmp_path):
    (tmp_path / "file").touch()
    done = lrdecay("verify", "H001", LRDECAY_STORE=str(tmp_path / "file"))
    words = f"lrdecay: cannot run with --store {tmp_path / 'file'}: File exists\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", words)


def test_a_disk_that_is_full_when_results_come_is_told_in_a_sentence(tmp_path):
    limited = [sys.executable, "-c", "import sys; from lrdecay.cli import main; main()", "verify"]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *limited, "H001", "--store", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.endswith(f"lrdecay: cannot run with --store {tmp_path}: File too large\n")
    assert not list(tmp_path.iterdir())


WAYS = list(product(["", "1"], [">", "2>", "> /dev/full 2>"]))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("way", mostly_slow(WAYS, WAYS[0], WAYS[4]), ids=str)
def test_what_cannot_be_printed_is_no_changed_rule(way):
    unbuffered, where = way
    line = f"{sys.executable} -m lrdecay verify H001 {where} /dev/full"
    variables = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    assert subprocess.run(line, cwd=ROOT, check=False, shell=True, env=variables).returncode == 2


def test_an_experiment_that_fails_is_no_changed_rule(monkeypatch, capsys):
    def run_all(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("lrdecay.cli.rules.run_all", run_all)
    monkeypatch.setattr("sys.argv", ["lrdecay", "verify", "H001"])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_the_version_is_printed_alone():
    alone = f"lrdecay {citing.version()}\n"
    assert lrdecay("--version").stdout == alone
    done = call("--version", "verify", "H001")
    assert (done.exit_code, done.output) == (0, alone)


def test_help_says_what_the_exit_statuses_mean():
    for arguments in ((), ("verify",)):
        words = " ".join(call(*arguments, "--help").output.split())
        assert all(f"{status} if" in words for status in (0, 1, 2))


@pytest.mark.parametrize(
    ("module", "call", "missing", "sentence"),
    [
        (
            "lrdecay.plot",
            "",
            "matplotlib",
            "lrdecay.plot needs matplotlib: pip install lrdecay[plot]",
        ),
        (
            "lrdecay.outputs",
            "lrdecay.outputs.figure(None, 'a', alt='a', caption='a')",
            "matplotlib",
            "lrdecay.plot needs matplotlib: pip install lrdecay[plot]",
        ),
        (
            "lrdecay.lab.laws",
            "m = lrdecay.lab.laws; m.fit([([1.0] * 9, [1], [1.0])], m.AnnealingLaw)",
            "scipy",
            "fitting needs scipy: pip install lrdecay[lab]",
        ),
    ],
)
def test_a_library_that_is_missing_is_named_with_what_brings_it(module, call, missing, sentence):
    program = f"import sys; sys.modules[{missing!r}] = None; import {module}; {call}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: {sentence}"


def test_verify_asks_for_scipy_before_it_runs_anything():
    program = "import sys; sys.modules['scipy'] = None; from lrdecay.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "verify"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "lrdecay: rules need scipy: pip install lrdecay[lab]\n"


def test_another_library_that_is_missing_is_not_taken_for_it():
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such'"):  # noqa: SIM117
        with needs("matplotlib", "plot", "lrdecay.plot"):
            importlib.import_module("no_such")


def test_verify_names_a_rule_that_it_leaves_out(tmp_path):
    done = lrdecay("verify", "H045", "H064", "--store", str(tmp_path))
    assert done.returncode == 0
    assert "no small world is asked of H064: verify with --world trial" in done.stderr
    assert "H045" in done.stdout
    assert "H064" not in done.stdout


def test_verify_says_whether_the_numbers_are_those_printed(tmp_path):
    done = lrdecay("verify", "h001", "--store", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert re.search(r"^H001 .*(same|within the interval)\s*$", done.stdout, re.MULTILINE)
    assert list(tmp_path.iterdir())


def test_a_changed_result_is_an_error(monkeypatch, tmp_path):
    found = {"H001": recorded()["H002"]}
    monkeypatch.setattr("lrdecay.cli.rules.run_all", lambda *_, **__: found)
    done = call("verify", "H001", "--store", str(tmp_path))
    assert done.exit_code == 1
    assert "changed" in done.output


def test_disjoint_seeds_are_asked_for(monkeypatch):
    asked = {}

    def run_all(ids, **options):
        asked.update(options)
        return {id_: recorded()[id_] for id_ in ids}

    monkeypatch.setattr("lrdecay.cli.rules.run_all", run_all)
    assert call("verify", "H001", "--disjoint").exit_code == 0
    assert asked["seeds"] == "disjoint"
    assert running.JUDGED[0] == "H001"


def test_verify_trains_networks_again():
    done = call("verify", "H014", "--world", "trial")
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.output.splitlines() if line.startswith("H014  digits")]
    assert len(rows) == 2  # the digits come with scikit-learn; other data may be missing
    assert all(row[-1] in {"same", "interval"} for row in rows)


def test_verify_says_where_no_network_was_trained():
    done = call("verify", "H004", "--world", "trial")
    assert done.exit_code == 2
    assert "none of these rules rests on a trial that could be trained here" in done.output
