"""Logs of every kind: what is read from them, and that every command's page shows what it says."""

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

import lrdecay as lrd
from lrdecay.cli import app
from lrdecay.tuning.logs import read
from tools.logs import CONSOLES, PEAK, PLACE, SCHEDULE
from tools.transcripts import HOW_TO, LOGS, PAGES

with (PLACE / "log.csv").open(encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))
STEPS = [int(row["step"]) for row in ROWS]
LOSSES = [float(row["loss"]) for row in ROWS]
# How exactly, of those that have a rate.
RATES = {
    "log.csv": (5e-4, 0.0),
    "log.jsonl": (1e-12, 0.0),
    "metrics.csv": (1e-12, 1e-16),
    "events.out.tfevents.0": (1e-7, 0.0),
    "nanochat.txt": (0.0, 0.005),
    "main.log": (0.0, 5.01e-7),
    "timm.txt": (5e-4, 0.0),
}


@pytest.mark.parametrize("name", RATES)
def test_the_rates_of_a_log_are_those_of_the_run(name):
    relative, absolute = RATES[name]
    steps, rates = read(PLACE / name).rate()
    peak = PEAK if name == "nanochat.txt" else 1.0  # a multiple of it
    assert steps.size == 40
    np.testing.assert_allclose(rates, SCHEDULE(steps) / peak, relative, absolute)


@pytest.mark.parametrize(
    "name", ["main.log", "nanochat.txt", "nanogpt.txt", "timm.txt", "torchtitan.txt"]
)
def test_what_is_printed_has_the_losses_of_the_run(name):
    log = read(PLACE / name)
    steps, losses = log.loss()
    assert steps.tolist() == STEPS
    np.testing.assert_allclose(losses, LOSSES, atol=6e-4)
    assert log.format == next(one for one, each in CONSOLES.items() if each.file == name)


def test_a_loss_of_validation_is_none_of_training():
    steps, losses = read(PLACE / "torchtitan.txt").loss()
    assert steps.tolist() == STEPS
    np.testing.assert_allclose(losses, LOSSES, atol=6e-5)
    for name in ("events.out.tfevents.0", "torchtitan.txt", "nanogpt.txt", "main.log"):
        steps, losses = read(PLACE / name).loss("validation")
        known = [float(row["val_loss"]) for row in ROWS if row["val_loss"]]
        assert steps.tolist() == [0, 50, 100, 150]
        np.testing.assert_allclose(losses, known, atol=6e-5)


def test_of_modded_nanogpt_only_the_validation_loss_is_there():
    log = read(PLACE / "modded-nanogpt.txt")
    assert list(log.losses) == ["validation"]
    assert lrd.diagnose(log).points == 40


def test_every_command_of_a_log_shows_each_kind_on_its_page():
    for name, commands in PAGES.items():
        text = (HOW_TO / name).read_text("utf-8")
        for command in commands:
            for each in LOGS:
                assert f"$ {command.format(f'logs/{each}')}\n" in text


def test_the_page_of_logs_names_where_print_statements_were_read():
    text = (PLACE / "index.md").read_text("utf-8")
    for each in CONSOLES.values():
        source = f"https://github.com/{each.repository}/blob/{each.commit}/{each.path}"
        words = f"[{each.repository}, {each.path}]({source})"
        assert f"[{each.file}]({each.file}) | {words} |" in text
    assert {path.name for path in PLACE.iterdir()} == {*LOGS, "range-test.csv", "index.md"}


@pytest.mark.parametrize("name", ["nanogpt.txt", "modded-nanogpt.txt", "torchtitan.txt"])
@pytest.mark.parametrize(
    "words", [["identify"], ["find"], ["predict", "Linear(1e-2, 200)", "--fit"]]
)
def test_without_rates_a_command_ends_with_a_sentence_and_status_2(name, words):
    done = CliRunner().invoke(app, [*words, str(PLACE / name)])
    assert done.exit_code == 2
    assert done.stderr == "lrdecay: this log has no learning rates\n"
