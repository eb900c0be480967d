"""Logs that trainers write themselves: what is read from them is what the run used."""

import subprocess
import sys

import numpy as np
import pytest

import lrdecay as lrd
from lrdecay.tuning.identify import identify
from lrdecay.tuning.logs import read
from tests.paths import ROOT
from tools import logs


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    command = [sys.executable, "-m", "tools.logs", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_command_writes_the_logs_that_pages_read(place):
    kept = {one.name for one in logs.PLACE.iterdir() if one.suffix != ".md"}
    assert {one.name for one in place.iterdir()} == kept
    for name in kept:
        new, old = read(place / name), read(logs.PLACE / name)
        assert (new.format, new.notes) == (old.format, old.notes)
        assert list(new.losses) == list(old.losses)
        np.testing.assert_array_equal(new.steps, old.steps)
        for rate, known in zip(new.rates.values(), old.rates.values(), strict=True):
            np.testing.assert_allclose(rate, known, 1e-6, 1e-12)


@pytest.mark.parametrize(("name", "ahead"), [("trainer_state.json", 1), ("metrics.csv", 0)])
def test_rates_are_those_that_the_trainer_used(place, name, ahead):
    log = read(place / name)
    steps, rates = log.rate()
    schedule = logs.SCHEDULE
    if name == "trainer_state.json":  # its own scheduler, which warms up from 0
        schedule = lrd.Warmup(lrd.Cosine(logs.PEAK, 180), 20, first="zero")
    np.testing.assert_allclose(rates, schedule(steps - ahead), 1e-12, 1e-16)
    assert steps.size == log.loss()[0].size == 40
    assert log.loss("validation")[0].size >= 4
    assert lrd.lint(log, logs.UPDATES) == ()


def test_keras_logs_an_epoch_in_float32(place):
    log = read(place / "training.csv")
    steps, rates = log.rate()
    by_epoch = lrd.warmup_cosine(logs.PEAK, 40, 4)
    np.testing.assert_array_equal(rates, np.float32(by_epoch(steps)))
    assert "each epoch counts as one" in " ".join(log.notes)


@pytest.mark.parametrize("name", ["trainer_state.json", "metrics.csv", "training.csv"])
def test_the_schedule_of_each_is_named(place, name):
    best = identify(read(place / name))[0]
    assert best.fits
    assert best.family == "Cosine"


def test_an_event_file_has_the_rates_and_losses_of_the_run(place):
    rows = logs.run()
    log = read(place / "events.out.tfevents.0")
    assert log.steps.tolist() == [row.step for row in rows]
    np.testing.assert_array_equal(log.rate()[1], np.float32([row.lr for row in rows]))
    np.testing.assert_array_equal(log.loss()[1], np.float32([row.loss for row in rows]))
    known = np.float32([row.validation for row in rows if row.evaluated])
    np.testing.assert_array_equal(log.loss("validation")[1], known)
