"""Schedules on the command line: shown, listed, drawn, exported."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import lrdecay as lrd
from lrdecay.cli import app
from lrdecay.cli.braille import plot
from lrdecay.export import from_json, source


def call(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_a_plot_has_a_dot_for_each_rate_where_it_belongs():
    rows = plot(np.linspace(1.0, 0.0, 101), width=50, height=10)
    assert [len(row) for row in rows] == [50] * 10
    dots = np.array([[ord(char) - 0x2800 for char in row] for row in rows])
    columns = np.flatnonzero(dots.any(axis=0))
    assert columns.size == 50
    # The line goes down by a row of characters every five.
    assert [int(np.flatnonzero(dots[:, 5 * i + 2])[0]) for i in range(10)] == list(range(10))


def test_show_draws_and_sums_up():
    done = call("show", "Linear", "base_lr=0.5", "total_steps=100")
    assert done.exit_code == 0
    assert "peak 0.5" in done.output
    assert f"{lrd.summary(lrd.Linear(0.5, 100), 100).sum_lr:.6g}" in done.output


def test_compare_as_json_is_what_python_says():
    done = call("compare", "Cosine(1e-3, 90)", "Linear(1e-3, 100)", "--json")
    told = json.loads(done.output)
    assert told["total_steps"] == 100
    assert [one["summary"] for one in told["schedules"]] == [
        vars(lrd.summary(lrd.Cosine(1e-3, 90), 100)),
        vars(lrd.summary(lrd.Linear(1e-3, 100), 100)),
    ]


def test_list_names_every_schedule_that_can_be_written():
    told = json.loads(call("list", "torch", "--json").output)["schedules"]
    assert told["torch.CosineAnnealingLR"] == ["lr", "T_max", "eta_min"]
    assert "Cosine" in call("list").output


def test_rates_are_written_and_read_again(tmp_path):
    file = tmp_path / "rates.csv"
    assert call("plot", "Cosine(1e-3, 90)", "-o", str(file)).exit_code == 0
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row["Cosine(1e-3, 90)"]) for row in rows] == lrd.Cosine(1e-3, 90).sample(
        91
    ).tolist()
    assert [int(row["step"]) for row in rows] == list(range(91))
    assert call("plot", "Cosine(1e-3, 90)", "-o", str(tmp_path / "rates.json")).exit_code == 0
    told = json.loads((tmp_path / "rates.json").read_text("utf-8"))
    assert told["rates"]["Cosine(1e-3, 90)"] == lrd.Cosine(1e-3, 90).sample(91).tolist()


@pytest.mark.parametrize(("kind", "head"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_a_figure_is_drawn(tmp_path, kind, head):
    file = tmp_path / f"rates.{kind}"
    assert call("plot", "Cosine(1e-3, 90)", "--output", str(file)).exit_code == 0
    assert file.read_bytes().startswith(head)


def test_export_and_convert_print_what_python_prints():
    made = lrd.dialects.torch.CosineAnnealingLR(0.1, 100)
    words = "torch.CosineAnnealingLR(0.1, T_max=100)"
    assert call("convert", words, "--to", "optax").output == source(made, "optax")
    assert call("convert", words).output == f"{made!r}\n"
    assert from_json(call("export", words, "--to", "json").output) == made


PLAN = lrd.warmup_cosine(1e-2, 200, 20)


@pytest.fixture
def log(tmp_path):
    """A run of the plan that was resumed at step 100 and wrote a wrong rate before."""
    steps = [*range(0, 150, 5), *range(100, 200, 5)]
    rates = [9.0 if 20 < i < 30 else PLAN(k) for i, k in enumerate(steps)]
    file = tmp_path / "run.csv"
    rows = [f"{k},{rate!r}" for k, rate in zip(steps, rates, strict=True)]
    file.write_text("\n".join(["step,lr", *rows]))
    return str(file)


def test_the_rates_of_a_log_stand_beside_a_plan(log):
    done = call("compare", log, "warmup_cosine(1e-2, 200, 20)", "--json")
    told = json.loads(done.output)
    assert told["total_steps"] == 200
    run, plan = told["schedules"]
    assert (run["code"], run["logged"], plan["logged"]) == (None, [0, 195], None)
    at = np.arange(0, 200, 5)
    rates = np.interp(np.arange(200), at, PLAN(at))
    assert run["summary"]["sum_lr"] == pytest.approx(rates.sum())
    assert run["summary"]["last_lr"] == pytest.approx(rates[-1])
    assert run["summary"]["peak_lr"] == plan["summary"]["peak_lr"]
    assert f"{log}  steps 0 to 200, peak 0.01, logged from 0 to 195" in call("show", log).output


def test_the_rates_of_a_log_are_drawn(log, tmp_path):
    file = tmp_path / "both.json"
    assert call("plot", log, "Linear(1e-2, 300)", "-o", str(file)).exit_code == 0
    told = json.loads(file.read_text("utf-8"))
    assert told["steps"] == 301
    at = np.arange(0, 200, 5)
    expected = np.interp(np.arange(301), at, PLAN(at))
    assert told["rates"][log] == pytest.approx(expected.tolist())


def test_a_log_that_begins_late_or_has_one_row_is_held(tmp_path):
    for text, rates in (("5,0.5\n6,0.25", [0.5] * 6 + [0.25]), ("0,0.5", [0.5] * 2)):
        file, drawn = tmp_path / "run.csv", tmp_path / "drawn.json"
        file.write_text(f"step,lr\n{text}\n")
        done = call("plot", str(file), "-o", str(drawn), "--updates", str(len(rates) - 1))
        assert done.exit_code == 0
        assert json.loads(drawn.read_text("utf-8"))["rates"][str(file)] == rates


@pytest.mark.parametrize("command", ["show", "compare", "export", "convert"])
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("step,lr\n0,-1\n1,1", "rates must be from 0 to 1e100, got -1.0"),
        ("step,lr\n0,inf\n1,1", "rates must be from 0 to 1e100, got inf"),
        ("step,loss\n0,1\n1,1", "this log has no learning rates"),
        ("a,b\n0,1", "log must be a table with a column step"),
        ("", "log must be"),
    ],
)
def test_what_is_wrong_with_a_log_is_said(command, text, sentence, tmp_path):
    file = tmp_path / "run.csv"
    file.write_text(text)
    done = call(command, str(file))
    assert done.exit_code == 2
    if command in {"export", "convert"} and "log must be" not in sentence:
        sentence = "is a log: lrdecay identify names the schedule that wrote it"
    assert str(file) in done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_json_that_is_neither_is_no_schedule(tmp_path):
    file = tmp_path / "run.json"
    file.write_text('{"lrdecay": 2, "schedule": {"type": "Cosine", "base_lr": -1}}')
    for command in ("show", "lint"):
        done = call(command, str(file))
        assert done.exit_code == 2
        assert "base_lr" in done.stderr


def test_a_long_log_is_drawn_at_once_and_is_no_schedule(tmp_path):
    file = tmp_path / "run.csv"
    steps = np.arange(200_000)
    file.write_text("step,lr\n" + "\n".join(f"{k},{1 - k / 400_000}" for k in steps.tolist()))
    told = json.loads(call("show", str(file), "--json").output)["schedules"][0]
    assert told["summary"]["sum_lr"] == pytest.approx(float((1 - steps / 400_000).sum()))
    done = call("plot", str(file), "-o", str(tmp_path / "run.svg"))
    assert done.exit_code == 2
    assert "rates must be at most 100,000, to be a schedule, got '200,000 of them'" in done.stderr


def test_a_log_can_be_piped_in(log):
    done = CliRunner().invoke(app, ["show", "-", "--json"], input=Path(log).read_bytes())
    assert json.loads(done.output)["schedules"][0]["logged"] == [0, 195]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "Constant(1)"), "no end of its own: give --updates"),
        (("show", "ReduceOnPlateau(1)"), "follows a metric"),
        (("show", "Cosine(1, 9)", "--updates", "10000000"), "--updates must be at most"),
        (("show", "nothing"), "there is no schedule 'nothing'"),
        (("show", "none.json"), "cannot read none.json: No such file"),
        (("export", "Cosine(1, 9)", "--to", "jax"), "--to must be one of"),
        (("export", "ReduceOnPlateau(1)", "--to", "torch"), "follows a metric"),
        (("export", "Cosine(1, 9)", "Cosine(1, 8)"), "this takes one schedule, got 2"),
        (("compare", "Cosine(1, 9)", "Cosine(1, 9)"), "named once each"),
        (("plot", "Cosine(1, 9)", "-o", "a.gif"), "--output must end in"),
        (("plot", "Cosine(1, 9)", "-o", "/none/a.csv"), "cannot write /none/a.csv"),
        (("list", "caffe"), "there is no library 'caffe'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments, sentence):
    done = call(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
