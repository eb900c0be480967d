"""What is peculiar to the dialect of DeepSpeed; its rates are in test_golden."""

import math

import numpy as np
import pytest

from lrdecay import Constant, Cyclic, InverseTime, Shift, Then, Warmup
from lrdecay.dialects import deepspeed

CYCLE = {"cycle_min_lr": 0.1, "cycle_max_lr": 1.0}


@pytest.mark.parametrize("w", [2, 5, 1000])
def test_the_ramp_is_a_logarithm_one_step_late(w):
    schedule = deepspeed.WarmupLR(1.0, warmup_num_steps=w)
    want = [0.0, *(math.log(k) / math.log(w) for k in range(1, w + 1)), 1.0, 1.0]
    assert np.allclose(schedule.sample(w + 3), want, rtol=1e-14, atol=0)


def test_translations():
    linear = deepspeed.WarmupLR(1.0, warmup_num_steps=5, warmup_type="linear")
    assert linear == Shift(Warmup(Constant(1.0), 5, first="zero"), 1)
    cycle = deepspeed.OneCycle(0.1, 1.0, 1.0, 4, 6, decay_step_size=2)
    assert cycle == Then(Cyclic(1.0, 0.1, 4, 6), InverseTime(0.1, 0.5), 10)


def test_without_a_way_down_the_top_is_not_used():
    schedule = deepspeed.Stairs(1.0, 0.0, up_steps=4, down_steps=0)
    assert schedule.sample(6).tolist() == [0.0, 0.25, 0.5, 0.75, 0.0, 0.0]


def test_the_first_update_is_lost_even_where_the_ramp_starts_above():
    schedule = deepspeed.WarmupCosineLR(1.0, 9, warmup_min_ratio=0.5, warmup_num_steps=4)
    assert schedule.sample(2).tolist() == [0.0, 0.5]


def test_momentum_mirrors_the_rate_but_for_the_first_update():
    sizes = {"cycle_first_step_size": 3, "cycle_second_step_size": 5}
    rates = deepspeed.OneCycle(0.0, 1.0, **sizes).sample(9)
    momenta = deepspeed.OneCycle_momentum(0.0, 1.0, **sizes).sample(9)
    assert np.allclose(momenta[1:], 0.9 - 0.1 * rates[1:])
    assert momenta[0] == 0.8
    with pytest.raises(ValueError, match="cycle_momentum"):
        deepspeed.OneCycle_momentum(0.1, 1.0, cycle_momentum=False)


@pytest.mark.parametrize(
    ("name", "word", "kwargs"),
    [
        ("WarmupLR", "lr", {"lr": -1.0}),
        ("WarmupLR", "warmup_min_lr", {"lr": 1.0, "warmup_min_lr": -1.0}),
        ("WarmupLR", "warmup_max_lr", {"lr": 1.0, "warmup_max_lr": [0.1]}),
        ("WarmupLR", "warmup_type", {"lr": 1.0, "warmup_type": "cosine"}),
        ("WarmupLR", "warmup_num_steps", {"lr": 1.0, "warmup_num_steps": 0}),
        ("WarmupDecayLR", "total_num_steps", {"total_num_steps": -1}),
        ("WarmupDecayLR", "warmup_max_lr", {"total_num_steps": 9, "warmup_max_lr": None}),
        ("WarmupDecayLR", "warmup_type", {"total_num_steps": 9, "warmup_type": "cosine"}),
        ("WarmupCosineLR", "total_num_steps", {"lr": 1.0, "total_num_steps": 1.5}),
        ("WarmupCosineLR", "cos_min_ratio", {"lr": 1.0, "total_num_steps": 9, "cos_min_ratio": -1}),
        (
            "WarmupCosineLR",
            "warmup_min_ratio",
            {"lr": 1.0, "total_num_steps": 9, "warmup_min_ratio": -1},
        ),
        *(
            (name, word, CYCLE | {word: value})
            for name in ("OneCycle", "OneCycle_momentum")
            for word, value in (
                ("cycle_first_step_size", 0),
                ("cycle_first_step_size", 2.5),
                ("cycle_second_step_size", -1),
                ("cycle_first_stair_count", 1.5),
                ("cycle_second_stair_count", -2),
                ("decay_step_size", -1),
            )
        ),
        ("OneCycle", "cycle_min_lr", {"cycle_min_lr": -1.0, "cycle_max_lr": 1.0}),
        ("OneCycle", "cycle_max_lr", {"cycle_min_lr": 0.5, "cycle_max_lr": 0.1}),
        ("OneCycle", "decay_lr_rate", CYCLE | {"decay_lr_rate": -0.1}),
        ("OneCycle_momentum", "cycle_max_mom", CYCLE | {"cycle_max_mom": 0.1}),
        ("OneCycle_momentum", "decay_mom_rate", CYCLE | {"decay_mom_rate": -0.1}),
        ("LRRangeTest", "lr_range_test_min_lr", {"lr_range_test_min_lr": -1}),
        ("LRRangeTest", "lr_range_test_step_size", {"lr_range_test_step_size": 1.5}),
        ("LRRangeTest", "lr_range_test_step_rate", {"lr_range_test_step_rate": -1}),
        ("LRRangeTest", "lr_range_test_staircase", {"lr_range_test_staircase": "no"}),
    ],
)
def test_messages_name_the_argument(name, word, kwargs):
    with pytest.raises(ValueError, match=f"^{word} must be"):
        getattr(deepspeed, name)(**kwargs)
