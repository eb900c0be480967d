"""What tools print as JSON fits the schema that the package has of it."""

import json

import numpy as np
import pytest
from typer.main import get_group
from typer.testing import CliRunner

from lrdecay.cli import app
from lrdecay.release import version
from lrdecay.tuning.schemas import TOOLS, schema
from tests.paths import ROOT

jsonschema = pytest.importorskip("jsonschema")

RATES = np.geomspace(1e-5, 10, 60)
LOSSES = 3 - 2 / (1 + (0.01 / RATES) ** 2) + (RATES / 2) ** 4
ASKED = [
    ("compare", "show Cosine(1e-3,100)"),
    ("compare", "compare Cosine(1e-3,90) Step(0.1,30) Constant(0)"),
    ("compare", "compare Cosine(1e-3,90) rates.csv"),
    ("diagnose", "diagnose range.csv"),
    ("find", "find range.csv"),
    ("identify", "identify rates.csv --at 50"),
    ("lint", "lint Cosine(1e-3,100)"),
    ("lint", "lint Cosine(1e-3,500) --updates 1000"),
    ("lint", "lint Cosine(1e-3,100) --optimizer-lr 5"),
    ("list", "list"),
    ("list", "list optax"),
    ("predict", "predict Cosine(3e-4,24000) --updates 100"),
    ("recommend", "recommend --start lora --updates 339"),
    ("rules", "rules"),
    ("rules", "rules --symptom oscillates --situation during-a-run"),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What each question prints, run where a range test lies."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("run")
        patch.chdir(place)
        rows = [f"{k},{r},{x}" for k, (r, x) in enumerate(zip(RATES, LOSSES, strict=True))]
        (place / "range.csv").write_text("\n".join(["step,lr,loss", *rows]))
        CliRunner().invoke(app, ["plot", "Linear(1,40)", "-o", "rates.csv"])
        rates = (place / "rates.csv").read_text().replace("Linear(1,40)", "lr", 1)
        (place / "rates.csv").write_text(rates.replace('"lr"', "lr"))
        found = [CliRunner().invoke(app, [*words.split(), "--json"]) for _, words in ASKED]
        drawn = place / "rates.json"
        CliRunner().invoke(app, ["plot", "Cosine(1,9)", "-o", str(drawn)], catch_exceptions=False)
        printed = [(tool, one.stdout) for (tool, _), one in zip(ASKED, found, strict=True)]
        return [*printed, ("plot", drawn.read_text())]


def strict(name):
    raise AssertionError(f"{name} is no JSON")


def test_what_tools_print_fits_their_schemas(told):
    assert {tool for tool, _ in told} == set(TOOLS)
    for tool, text in told:
        found = json.loads(text, parse_constant=strict)
        jsonschema.Draft202012Validator(json.loads(schema(tool))).validate(found)
        assert (found["tool"], found["lrdecay"]) == (tool, version())


@pytest.mark.parametrize("tool", TOOLS)
def test_a_schema_is_one_and_refuses_what_a_tool_does_not_say(told, tool):
    kind = jsonschema.Draft202012Validator
    kind.check_schema(json.loads(schema(tool)))
    (found, *_) = (json.loads(text) for name, text in told if name == tool)
    for name in found:
        less = {key: value for key, value in found.items() if key != name}
        assert not kind(json.loads(schema(tool))).is_valid(less)
    assert not kind(json.loads(schema(tool))).is_valid(found | {"more": 1})


def test_every_command_with_json_prints_its_schema():
    printing = set()
    for name in get_group(app).commands:
        asked = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).output
        if "--json " in asked or name == "plot":
            printing.add(name)
            done = CliRunner().invoke(app, [name, "--schema"])
            assert done.exit_code == 0, name
            assert done.output == schema({"show": "compare"}.get(name, name))
    assert printing >= {*TOOLS, "show"}


def test_each_schema_is_linked_where_commands_are_described():
    page = (ROOT / "docs/how-to/command-line.md").read_text("utf-8")
    assert all(f"](../schemas/{tool}.json)" in page for tool in TOOLS)
