"""The dialect of lrsched against rates that lrsched gave, without it."""

import json

import numpy as np
import pytest

from lrdecay.dialects import lrsched
from tests.paths import DATA

GOLDEN = json.loads((DATA / "golden/lrsched.json").read_text("utf-8"))


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["scheduler"])
def test_rates_of_the_peer(case):
    schedule = getattr(lrsched, case["scheduler"])(**case["kwargs"])
    rates = np.array(case["lr"])
    unit = np.abs(rates).max()
    assert np.abs(schedule.sample(rates.size) - rates).max() <= 1e-12 * unit
    numbers = np.array([schedule(k) for k in range(rates.size)])
    assert np.abs(numbers - rates).max() <= 1e-12 * unit


def test_every_schedule_has_a_case_and_a_sentence():
    cases = {case["scheduler"] for case in GOLDEN["cases"]}
    assert cases == set(lrsched.SCHEDULERS) - {"with_warmup", "sequential"}
    assert set(lrsched.SCHEDULERS) <= set(lrsched.__all__)


def test_sequential_holds_the_last_rate_it_used():
    fall = lrsched.cosine(base_lr=1.0, min_lr=0.0, total_steps=4)
    whole = lrsched.sequential([(2, lrsched.constant(lr=1.0)), (4, fall)])
    assert whole.sample(8).round(4).tolist() == [1, 1, 1, 0.8536, 0.5, 0.1464, 0.1464, 0.1464]


def test_what_is_refused():
    for name, call in {
        "phases": lambda: lrsched.sequential([]),
        "warmup_steps": lambda: lrsched.with_warmup(
            lrsched.constant(lr=1.0), warmup_steps=0, start_lr=0.0
        ),
        "drop": lambda: lrsched.step_decay(base_lr=1.0, drop=2.0, step_size=1),
        "decay_rate": lambda: lrsched.exponential_decay(base_lr=1.0, decay_rate=1.0, decay_steps=1),
    }.items():
        with pytest.raises(ValueError, match=name):
            call()
