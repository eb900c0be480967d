"""What is peculiar to the dialect of sd-scripts; its rates are in test_golden."""

import pytest

from lrdecay import Piecewise
from lrdecay.dialects import kohya, transformers
from tests.golden import GOLDEN


def test_every_name_has_a_case_and_every_schedule_a_sentence():
    assert set(kohya.SCHEDULERS) == {"get_scheduler_fix"} <= set(kohya.__all__)
    cases = {case["kwargs"]["lr_scheduler"] for case in GOLDEN["kohya"]}
    assert cases == set(kohya.SCHEDULER_TYPES)


def test_shares_grow_with_the_processes_and_whole_numbers_do_not():
    linear = transformers.get_linear_schedule_with_warmup
    for warmup, steps in ((100, 100), (0.1, 400), (0.0999, 399)):
        made = kohya.get_scheduler_fix(1.0, "linear", 1000, 4, lr_warmup_steps=warmup)
        assert made == linear(1.0, steps, 4000)


def test_cycles_are_half_waves_or_nothing():
    def made(name, cycles):
        return kohya.get_scheduler_fix(
            1.0, name, 100, lr_scheduler_num_cycles=cycles, lr_scheduler_min_lr_ratio=0.1
        )

    assert made("cosine", 1) == made("cosine", 5)
    assert made("cosine_with_min_lr", 1)(100) == pytest.approx(0.1)
    assert made("cosine_with_min_lr", 2)(100) == 1.0
    assert made("cosine_with_restarts", 2)(50) == 1.0


def test_arguments_are_python_texts():
    made = kohya.get_scheduler_fix(
        0.5, "piecewise_constant", lr_warmup_steps=9, lr_scheduler_args=["step_rules='1:9,0.1'"]
    )
    assert made == Piecewise((9,), (0.5, 0.05))


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("lr", {"lr": -1.0}),
        ("lr_scheduler", {"lr_scheduler": "no"}),
        ("lr_scheduler", {"lr_scheduler": "reduce_lr_on_plateau"}),
        ("lr_scheduler_type", {"lr_scheduler_type": "CosineAnnealingLR"}),
        ("max_train_steps", {"max_train_steps": 0}),
        ("num_processes", {"num_processes": 1.5}),
        ("lr_warmup_steps", {"lr_warmup_steps": 1}),  # sd-scripts refuses it for "constant" too
        ("lr_warmup_steps", {"lr_scheduler": "linear", "lr_warmup_steps": 1.5}),
        ("lr_warmup_steps", {"lr_scheduler": "linear", "lr_warmup_steps": -1}),
        ("lr_warmup_steps", {"lr_scheduler": "polynomial", "lr_warmup_steps": 1600}),
        ("lr_decay_steps", {"lr_decay_steps": -0.5}),
        ("lr_scheduler_num_cycles", {"lr_scheduler_num_cycles": 0}),
        ("lr_scheduler_power", {"lr_scheduler_power": 0}),
        ("lr_scheduler_timescale", {"lr_scheduler_timescale": 0}),
        ("lr_scheduler_min_lr_ratio", {"lr_scheduler_min_lr_ratio": -0.1}),
        ("lr_scheduler_min_lr_ratio", {"lr_scheduler": "cosine_with_min_lr"}),
        (
            "lr_scheduler_min_lr_ratio",
            {
                "lr_scheduler": "cosine_with_min_lr",
                "lr_scheduler_min_lr_ratio": 0.1,
                "lr_scheduler_args": ["min_lr=0.1"],
            },
        ),
        *(
            ("lr_scheduler_args", {"lr_scheduler": "cosine", "lr_scheduler_args": given})
            for given in ("num_cycles=1", ["num_cycles"], ["num_cycles=x"], ["a=1=2"], [3], 3)
        ),
        (
            "step_rules",
            {"lr_scheduler": "piecewise_constant", "lr_scheduler_args": ["step_rules='1:2'"]},
        ),
    ],
)
def test_messages_name_the_option(word, options):
    with pytest.raises(ValueError, match=f"^{word} must be"):
        kohya.get_scheduler_fix(**{"lr": 1.0} | options)


def test_arguments_that_the_schedule_does_not_take_are_refused():
    for name, given in [
        ("cosine", ["power=2"]),
        ("polynomial", ["power=2"]),
        ("piecewise_constant", []),
    ]:
        with pytest.raises(TypeError, match=r"power|step_rules"):
            kohya.get_scheduler_fix(1.0, name, lr_scheduler_args=given)
