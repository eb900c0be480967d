"""A diagnosis on the command line."""

import json
from pathlib import Path

import jsonschema
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import lrdecay
from lrdecay.cli import app
from lrdecay.tuning import diagnose as room

SCHEMA = json.loads(
    (Path(room.__file__).parents[1] / "schemas" / "diagnose.json").read_text("utf-8")
)
STEPS = np.arange(0, 6000, 20)
LOSSES = 0.4 + 1.6 * np.exp(-STEPS / 300) + 0.03 * np.random.default_rng(0).standard_normal(300)
TEXT = "step,loss,lr\n" + "".join(
    f"{k},{loss!r},0.1\n" for k, loss in zip(STEPS.tolist(), LOSSES.tolist(), strict=True)
)


def call(*arguments, **options):
    return CliRunner().invoke(app, ["diagnose", *arguments], env={"COLUMNS": "200"}, **options)


def test_the_command_says_what_python_says(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(TEXT, "utf-8")
    done = call(str(file), "--json", "--updates", "6000")
    told = json.loads(done.stdout)
    jsonschema.validate(told, SCHEMA)
    expected = lrdecay.diagnose(STEPS, LOSSES, rates=np.full(300, 0.1), total_steps=6000)
    assert [one["name"] for one in told["symptoms"]] == [one.name for one in expected.symptoms]
    assert told["points"] == expected.points == 300
    plain = call("-", input=TEXT)
    assert plain.exit_code == 0
    assert expected.name in plain.stdout
    assert "To decide: " in plain.stdout


def test_the_schema_is_printed_and_knows_every_name():
    assert json.loads(call("--schema").stdout) == SCHEMA
    names = SCHEMA["properties"]["symptoms"]["items"]["properties"]["name"]["enum"]
    assert names == list(room.KINDS)


def test_what_is_no_loss_curve_is_said_in_a_sentence(tmp_path):
    file = tmp_path / "log.csv"
    for text, sentence in (
        ("step,lr\n0,1\n", "this log has no losses"),
        ("", "log must be"),
        ("\0\1\2", "log must be"),
    ):
        file.write_text(text, "utf-8")
        done = call(str(file))
        assert (done.exit_code, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
    assert "No such file" in call(str(tmp_path / "none")).stderr
    assert call("-", "--updates", "0", input=TEXT).exit_code == 2


numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, 1e308, -1e308, 1e-308, float("nan"), float("inf")]),
)


@given(st.lists(st.tuples(st.integers(0, 2**53 - 1), numbers, numbers, numbers), max_size=60))
def test_any_numbers_give_a_valid_answer(rows):
    text = "step,loss,lr,val_loss\n" + "".join(f"{a},{b!r},{c!r},{d!r}\n" for a, b, c, d in rows)
    done = call("-", "--json", input=text)
    if done.exit_code == 0:
        jsonschema.validate(json.loads(done.stdout), SCHEMA)
    else:
        assert done.exit_code == 2
        assert isinstance(done.exception, SystemExit)
        assert done.stderr.startswith("lrdecay: ")
