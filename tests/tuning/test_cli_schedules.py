"""Schedules on the command line: shown, listed, drawn, exported."""

import csv
import json

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
