"""A log on the command line: who wrote it?"""

import json

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

import lrdecay as lrd
from lrdecay.cli import app
from lrdecay.tuning.identify import identify
from lrdecay.tuning.schemas import schema

TRUE = lrd.Warmup(lrd.Cosine(0.1, 900), 100)
STEPS = np.arange(0, 1000, 25)
TEXT = "step,lr,head\n" + "".join(f"{k},{TRUE(k):.4g},{2 * TRUE(k):.4g}\n" for k in STEPS.tolist())


def call(*arguments, **options):
    return CliRunner().invoke(app, ["identify", *arguments], env={"COLUMNS": "200"}, **options)


def test_the_command_says_what_python_says_and_keeps_to_its_schema(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(TEXT, "utf-8")
    done = call(str(file), "--json", "--at", "500,1000")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    jsonschema.validate(told, json.loads(schema("identify")))
    best = identify(STEPS, [float(f"{TRUE(k):.4g}") for k in STEPS.tolist()])[0]
    assert (told["tool"], told["candidates"][0]["code"]) == ("identify", best.code)
    assert best.schedule == TRUE
    assert told["candidates"][0]["predictions"] == [
        {"step": 500, "lr": TRUE(500)},
        {"step": 1000, "lr": TRUE(1000)},
    ]
    shown = call("-", "--digits", "4", input=TEXT).stdout
    assert "lrd.Warmup(lrd.Cosine(0.1, 900), 100)" in shown
    assert "rounded to 4 digits" in shown


def test_the_schema_is_printed():
    assert json.loads(call("--schema").stdout) == json.loads(schema("identify"))


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        ("", (), "log must be"),
        ("step,lr\n0,1\n1,1\n", (), "at least 3"),
        ("step,loss\n0,1\n1,1\n2,1\n", (), "this log has no learning rates"),
        ("step,lr\n0,nan\n1,nan\n2,nan\n", (), "no learning rates that are numbers"),
        (TEXT, ("--at", "ten"), "--at must be whole steps"),
        (TEXT, ("--at", "-1"), "--at must be steps from 0"),
        (TEXT, ("--group", "tail"), "this log has no learning rates called tail"),
        (TEXT, ("--digits", "4", "--decimals", "2"), "left out where digits are given"),
        (TEXT, ("--updates", "0"), "--updates must be"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(text, arguments, sentence):
    done = call("-", *arguments, input=text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
