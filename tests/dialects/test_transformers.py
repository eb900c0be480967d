"""What is peculiar to the dialect of transformers; its rates are in test_golden."""

import inspect

import pytest

from lrdecay.dialects import transformers
from tests.golden import GOLDEN


def test_metric_driven():
    greedy = transformers.get_greedy_schedule(
        0.5, factor=0.5, patience=0, min_lr=0.25, warmup=1, reset_start=2
    )
    metrics = [2.0, 1.0, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.4]
    rates = [1.0, 1.0, 1.0, 1.0, 0.5, 0.25, 0.5, 1.0, 1.0, 0.5, 1.0, 1.0]  # transformers 5.23.0
    assert greedy.history(metrics).tolist() == rates


@pytest.mark.parametrize("name", transformers.SCHEDULER_TYPES)
def test_by_name(name):
    rest = {"min_lr": 0.1} if "min_lr" in name else {}
    rest = {"num_decay_steps": 2} if name == "warmup_stable_decay" else rest
    kwargs = {"num_warmup_steps": 2, "num_training_steps": 9} | rest
    made = transformers.get_scheduler(name, 0.5, 2, 9, rest)
    make = getattr(transformers, transformers.SCHEDULER_TYPES[name])
    takes = inspect.signature(make).parameters
    assert made == make(0.5, **{key: kwargs[key] for key in kwargs if key in takes})


def test_by_name_refuses():
    for args in [("no",), ("linear",), ("linear", 2), ("constant_with_warmup",)]:
        name, *rest = args
        with pytest.raises(ValueError, match=r"name|num_warmup_steps|num_training_steps"):
            transformers.get_scheduler(name, 0.5, *rest)


def test_the_first_update_is_lost_but_with_wsd():
    for name, kwargs in ((case["scheduler"], case["kwargs"]) for case in GOLDEN["transformers"]):
        schedule = getattr(transformers, name)(**kwargs)
        if kwargs.get("num_warmup_steps") and "wsd" not in name and "lr_rate" not in name:
            assert schedule(0) == 0.0
