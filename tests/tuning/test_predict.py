"""Predictions, against the laws themselves, and a fit that finds the law a log was made by."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import lrdecay as lrd
from lrdecay.cli import app
from lrdecay.lab.laws import PUBLISHED
from lrdecay.tuning.logs import Log
from lrdecay.tuning.logs import read as read_log
from lrdecay.tuning.predict import predict
from tests.paths import ROOT

COSINE = lrd.warmup_cosine(3e-4, 24_000, 2160)
WSD = lrd.WSD(3e-4, 24_000, 8000, warmup_steps=2160)


@pytest.mark.parametrize("size", PUBLISHED)
def test_a_prediction_is_what_the_law_says(size):
    found = predict({"cosine": COSINE, "wsd": WSD}, 24_000, law=size)
    for one in found.predictions:
        curve = PUBLISHED[size].predict({"cosine": COSINE, "wsd": WSD}[one.name].sample(24_000))
        assert one.final_loss == pytest.approx(curve[-1], rel=1e-12)
        assert one.losses == pytest.approx(curve[one.steps - 1], rel=1e-12)
    assert found.predictions[0].final_loss <= found.predictions[1].final_loss
    assert found.warnings == ()


def test_outside_of_its_domain_the_law_warns():
    short = " ".join(predict(lrd.Cosine(3e-4, 900), 900).warnings)
    assert "24,000 to 72,000 updates" in short
    high = " ".join(predict(lrd.warmup_cosine(1e-2, 24_000, 2160), 24_000).warnings)
    assert "a peak of 0.0003 alone" in high


@pytest.mark.parametrize("peak", [0.0, 1e-2, 1e5])
def test_what_no_loss_can_be_is_no_prediction(peak):
    found = predict({"wild": lrd.Linear(peak, 200), "cosine": COSINE}, 200)
    assert [one.name for one in found.predictions] == ["cosine", "wild"]
    assert np.isnan(found.predictions[1].final_loss)
    assert found.warnings[-1].startswith("of wild the law gives what no loss can be")
    done = CliRunner().invoke(app, ["predict", f"Linear({peak}, 200)"])
    assert f"Linear({peak}, 200)  none" in done.stdout
    assert "After 200 updates" in done.stdout
    done = CliRunner().invoke(app, ["predict", f"Linear({peak}, 200)", "--json"])
    assert json.loads(done.stdout)["predictions"][0]["final_loss"] is None


@pytest.mark.slow
def test_a_law_is_fitted_to_a_log_of_ones_own():
    lrs = COSINE.sample(24_000)
    at = np.arange(0, 24_000, 100)
    losses = PUBLISHED["25M"].predict(lrs, at=at)
    log = Log(at, {"lr": lrs[at]}, {"train": losses})
    found = predict(COSINE, 24_000, log=log)
    assert found.predictions[0].final_loss == pytest.approx(losses[-1], abs=2e-3)
    assert found.domain.peak == lrs[at].max()


def test_a_fit_to_a_noisy_log_does_not_hang_on_the_last_digits():
    log, rng = read_log(ROOT / "docs" / "how-to" / "logs" / "log.csv"), np.random.default_rng(0)
    ends = []
    for size in (0.0, 1e-9, 1e-8):
        noise = 1 + size * rng.standard_normal(log.steps.size)
        moved = replace(log, losses={key: one * noise for key, one in log.losses.items()})
        ends.append(predict(lrd.Linear(1e-2, 200), 200, log=moved).predictions[0].final_loss)
    assert np.ptp(ends) < 1e-4


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"law": "7B"}, "law must be one of 25M, 100M, 400M"),
        ({"law": "25M", "log": Log(np.arange(5), {"lr": np.ones(5)})}, "law must be left out"),
        ({"total_steps": 0}, "total_steps must be"),
        ({"total_steps": 10**7}, "total_steps must be at most"),
        ({"schedules": {}}, "schedules must be"),
        ({"log": Log(np.arange(5), {"lr": np.ones(5)}, {"train": np.ones(5)})}, "at least 20"),
        ({"log": Log(np.arange(50), {"lr": np.ones(50)}, {"train": np.ones(50)})}, "hardly"),
        ({"log": Log(np.arange(50), {"lr": np.ones(50)})}, "no losses"),
    ],
)
def test_what_cannot_be_asked_is_refused(facts, sentence):
    with pytest.raises(ValueError, match=sentence):
        predict(**{"schedules": COSINE, "total_steps": 24_000} | facts)


def test_the_command_says_what_python_says():
    words = ["warmup_cosine(3e-4, 24000, 2160)", "WSD(3e-4, 24000, 8000, 2160)"]
    done = CliRunner().invoke(app, ["predict", *words, "--law", "25M", "--json"])
    told = json.loads(done.stdout)
    named = dict(zip(words, (COSINE, WSD), strict=True))
    expected = predict(named, 24_000, law="25M")
    assert [one["final_loss"] for one in told["predictions"]] == [
        one.final_loss for one in expected.predictions
    ]
    done = CliRunner().invoke(app, ["predict", *words, "--law", "7B"])
    assert (done.exit_code, done.stdout) == (2, "")
