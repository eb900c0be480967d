"""The dialect of fastai against rates that fastai gave, without fastai."""

import json

import numpy as np
import pytest

from lrdecay import Schedule
from lrdecay.dialects import fastai
from tests.paths import DATA

GOLDEN = json.loads((DATA / "golden/fastai.json").read_text("utf-8"))


def made(name, **kwargs):
    """Make a schedule from arguments as JSON holds them."""
    metrics = kwargs.pop("metrics", None)
    if "scheds" in kwargs:
        kwargs["scheds"] = [made(part, **rest) for part, rest in kwargs["scheds"]]
    schedule = getattr(fastai, name)(**kwargs)
    return schedule if metrics is None else schedule.history(metrics)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["scheduler"])
def test_rates_of_the_peer(case):
    schedule = made(case["scheduler"], **case["kwargs"])
    rates = np.array(case["lr"])
    given = schedule.sample(rates.size) if isinstance(schedule, Schedule) else schedule
    # Where it joins schedules fastai computes the position in float32.
    joins = case["scheduler"].startswith(("combine", "fi"))
    assert np.abs(given - rates).max() <= (1e-6 if joins else 1e-12) * np.abs(rates).max()
    if isinstance(schedule, Schedule):
        assert given == pytest.approx([schedule(k) for k in range(rates.size)], rel=1e-14)
        assert eval(repr(schedule), vars(__import__("lrdecay")) | parts()) == schedule


def parts():
    from lrdecay.dialects.fastai.fit import Joined

    return {"Joined": Joined}


def test_every_schedule_has_a_case_and_a_sentence():
    assert {case["scheduler"] for case in GOLDEN["cases"]} == set(fastai.SCHEDULERS)


def test_translations_are_families():
    assert repr(fastai.fit_one_cycle(2, 1.0, n_iter=4)) == (
        "OneCycle(base_lr=1.0, total_steps=8, warmup_steps=2, start_lr=0.04, final_lr=1e-05)"
    )
    assert repr(fastai.fit_flat_cos(2, 1.0, n_iter=4)) == (
        "WSD(base_lr=1.0, total_steps=8, decay_steps=2, final_lr=1e-05, shape='cosine')"
    )
    assert repr(fastai.fit_sgdr(2, 3, 1.0)) == (
        "CosineRestarts(base_lr=1.0, cycle_steps=3, cycle_mult=2, cycles=2)"
    )


def test_a_restart_that_fastai_misses():
    rates = fastai.fit_sgdr(3, 1, 1.0, n_iter=10).sample(70)
    assert rates[[0, 10]].tolist() == [1.0, 1.0]
    assert rates[30] == 0.0
    assert rates[31] > 0.99


def test_a_schedule_of_the_position():
    schedule = fastai.combined_cos(0.25, 0.1, 1.0, 0.0)
    assert schedule([0.0, 0.25, 1.0]) == pytest.approx([0.1, 1.0, 0.0])
    assert schedule.stretch(8).sample(8) == pytest.approx(
        fastai.combined_cos(0.25, 0.1, 1.0, 0.0, total_steps=8).sample(8), rel=1e-14
    )


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("SchedExp", (1.0, 0.0), "end"),
        ("SchedPoly", (1.0, 0.0, -1.0), "power"),
        ("combine_scheds", ([0.5, 0.4], [fastai.SchedNo(1.0, 1.0)] * 2), "exactly 1"),
        ("combine_scheds", ([0.5, 0.5], [fastai.SchedNo(1.0, 1.0)]), "scheds must be as many"),
        ("combine_scheds", ([1.0], [lambda pos: pos]), "scheds must be a Schedule, got <func"),
        ("fit_sgdr", (3, 1, 1.0, 1), "divides by zero"),
        ("fit_one_cycle", (0,), "n_epoch"),
        ("fit_one_cycle", (1, 1.0, 25.0, 1e5, 1.5), "pct_start"),
    ],
)
def test_refuses(name, args, words):
    with pytest.raises(ValueError, match=words):
        getattr(fastai, name)(*args)
