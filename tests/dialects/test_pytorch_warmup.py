"""The dialect of pytorch-warmup against rates that pytorch-warmup gave, without it."""

import json

import numpy as np
import pytest

from lrdecay import Linear
from lrdecay.dialects import pytorch_warmup
from tests.paths import DATA

GOLDEN = json.loads((DATA / "golden/pytorch_warmup.json").read_text("utf-8"))


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["scheduler"])
def test_rates_of_the_peer(case):
    schedule = getattr(pytorch_warmup, case["scheduler"])(**case["kwargs"])
    rates = np.array(case["lr"])
    unit = np.abs(rates).max()
    # The library loses digits of the first steps of RAdam.
    least = 1e-8 if case["scheduler"] == "RAdamWarmup" else 1e-12
    assert np.abs(schedule.sample(rates.size) - rates).max() <= least * unit
    numbers = np.array([schedule(k) for k in range(rates.size)])
    assert np.abs(numbers - rates).max() <= least * unit


def test_every_schedule_has_a_case_and_a_sentence():
    assert {case["scheduler"] for case in GOLDEN["cases"]} == set(pytorch_warmup.SCHEDULERS)


def test_it_multiplies():
    warm = pytorch_warmup.LinearWarmup(Linear(1.0, 8), warmup_period=4)
    assert warm.sample(5).tolist() == [0.25, 0.4375, 0.5625, 0.625, 0.5]


def test_what_is_refused():
    for call in (
        lambda: pytorch_warmup.LinearWarmup(1.0, 0),
        lambda: pytorch_warmup.UntunedLinearWarmup(1.0, 1.0),
        lambda: pytorch_warmup.RAdamWarmup(1.0, 0.6),
    ):
        with pytest.raises(ValueError, match=r"warmup_period|beta2"):
            call()
