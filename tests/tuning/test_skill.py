"""What the skill for agents says to do can be done."""

import re
import shlex

import numpy as np
import pytest
from typer.main import get_group
from typer.testing import CliRunner

from lrdecay.cli import app
from lrdecay.heuristics import RULES
from lrdecay.heuristics.remedies import IDS
from tests.paths import ROOT

SKILL = (ROOT / "SKILL.md").read_text("utf-8")
SPANS = re.findall(r"`(lrdecay [^`]+)`", SKILL)
NAMES = set(get_group(app).commands)


def test_it_says_its_name_and_when_it_is_for():
    front = re.match(r"---\nname: ([a-z-]+)\ndescription: (.+)\n---\n", SKILL)
    assert front is not None
    assert "Use it when" in front[2]
    assert len(front[2]) <= 1024


def test_every_command_and_every_rule_exists():
    assert {span.split()[1] for span in SPANS} <= NAMES
    ids = set(re.findall(r"\bH\d{3}\b", SKILL))
    assert len(ids) >= 4
    assert ids <= set(RULES)
    assert f"Symptoms: {', '.join(IDS)}." in SKILL


@pytest.mark.parametrize("span", [span for span in SPANS if len(span.split()) > 2])
def test_every_example_runs(span, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{k},{lr},{3 - k / 50}" for k, lr in enumerate(np.geomspace(1e-5, 1, 40))]
    (tmp_path / "log.csv").write_text("\n".join(["step,lr,loss", *rows]))
    words = shlex.split(span)[1:]
    if words == ["export", "--to", "json"]:  # in a sentence, without its schedule
        words.insert(1, "Linear(1, 9)")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == (1 if words[0] == "lint" else 0), done.output


def test_every_tool_is_one_of_the_server():
    server = pytest.importorskip("lrdecay.mcp", exc_type=ModuleNotFoundError)
    cells = [row.split("|")[-2] for row in re.findall(r"^\|.*\|$", SKILL, re.MULTILINE)]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == {function.__name__ for function in server.TOOLS}
