"""What is peculiar to the dialect of Megatron; its rates are in test_golden."""

import numpy as np
import pytest

from lrdecay import Constant, Linear, Warmup
from lrdecay.dialects import megatron

RUN = {"init_lr": 0.0, "max_lr": 1.0, "min_lr": 0.0, "lr_warmup_steps": 2, "lr_decay_steps": 10}


def test_translation():
    linear = megatron.OptimizerParamScheduler(**RUN, lr_decay_style="linear")
    assert linear == Warmup(Linear(1.0, 8), 2, first="zero")
    wd = megatron.OptimizerParamScheduler_weight_decay(**RUN, lr_decay_style="linear", end_wd=0.0)
    assert wd == Constant(0.0)


def test_an_update_adds_its_samples():
    samples = megatron.OptimizerParamScheduler(
        **RUN | {"lr_warmup_steps": 512, "lr_decay_steps": 2560}, lr_decay_style="cosine"
    )
    updates = megatron.OptimizerParamScheduler(
        **RUN | {"lr_warmup_steps": 512, "lr_decay_steps": 2560},
        lr_decay_style="cosine",
        increment=256,
    )
    assert updates.sample(12).tolist() == samples(np.arange(12) * 256).tolist()


def test_the_inverse_root_jumps_to_the_minimum_one_step_after_the_horizon():
    schedule = megatron.OptimizerParamScheduler(**RUN, lr_decay_style="inverse-square-root")
    assert schedule([9, 10, 11]).round(4).tolist() == [0.4714, 0.4472, 0.0]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("init_lr", {"init_lr": 2.0}),
        ("min_lr", {"min_lr": 2.0}),
        ("lr_warmup_steps", {"lr_warmup_steps": 10}),
        ("lr_decay_steps", {"lr_decay_steps": 0}),
        ("lr_decay_style", {"lr_decay_style": "step"}),
        ("wsd_decay_steps", {"lr_decay_style": "WSD", "lr_wsd_decay_style": "linear"}),
        ("lr_wsd_decay_style", {"lr_decay_style": "WSD", "wsd_decay_steps": 2}),
        ("increment", {"increment": 0}),
    ],
)
def test_refuses(name, given):
    with pytest.raises(ValueError, match=name):
        megatron.OptimizerParamScheduler(**{"lr_decay_style": "linear"} | RUN | given)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("end_wd", {"start_wd": 0.2, "end_wd": 0.1}),
        ("end_wd", {"start_wd": 0.1, "end_wd": 0.2}),
        ("wd_incr_steps", {"end_wd": 0.2, "wd_incr_style": "linear"}),
        ("wd_incr_style", {"wd_incr_style": "square"}),
    ],
)
def test_refuses_a_weight_decay(name, given):
    with pytest.raises(ValueError, match=name):
        megatron.OptimizerParamScheduler_weight_decay(**given)
