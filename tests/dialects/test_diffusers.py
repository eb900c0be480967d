"""What is peculiar to the dialect of diffusers; its rates are in test_golden."""

import pytest

from lrdecay import Constant, Piecewise
from lrdecay.dialects import diffusers, transformers


def test_step_rules_are_a_translation():
    made = diffusers.get_piecewise_constant_schedule(0.5, "1:10,0.1:20,0.01:30,0.005")
    assert made == Piecewise((10, 20, 30), (0.5, 0.05, 0.005, 0.0025))
    assert diffusers.get_piecewise_constant_schedule(0.5, "2:0,3:-1,0.5") == Constant(0.25)


@pytest.mark.parametrize(
    "rules",
    [
        *("", "1:10", "x", "1:a,1", "a:1,1", "1:2:3,1", "-1:2,1", "1:2,nan", "inf:2,1"),
        *(f"1:{10**20},1", "1e308:2,1", None, 0.5),
    ],
)
def test_step_rules_are_named_when_refused(rules):
    with pytest.raises(ValueError, match="step_rules must be"):
        diffusers.get_piecewise_constant_schedule(10.0, rules)


@pytest.mark.parametrize(
    ("name", "word", "kwargs"),
    [
        ("no", "name", {}),
        (["linear"], "name", {}),
        ("constant", "lr", {"lr": -1.0}),
        ("cosine", "lr", {"lr": -1.0, "num_warmup_steps": 1, "num_training_steps": 9}),
        ("linear", "num_warmup_steps", {}),
        ("linear", "num_training_steps", {"num_warmup_steps": 1}),
        ("constant_with_warmup", "num_warmup_steps", {}),
        ("piecewise_constant", "step_rules", {}),
        ("polynomial", "power", {"num_warmup_steps": 1, "num_training_steps": 9, "power": 0}),
        (
            "cosine_with_restarts",
            "num_cycles",
            {"num_warmup_steps": 1, "num_training_steps": 9, "num_cycles": 0},
        ),
    ],
)
def test_messages_name_the_argument(name, word, kwargs):
    with pytest.raises(ValueError, match=f"^{word} must be"):
        diffusers.get_scheduler(name, **{"lr": 1.0} | kwargs)


@pytest.mark.parametrize("word", ["lr", "f_min", "f_max", "num_warmup_steps", "num_training_steps"])
def test_messages_of_the_linear_schedule_name_the_argument(word):
    kwargs = {"lr": 1.0, "num_warmup_steps": 2, "num_training_steps": 9} | {word: -1}
    with pytest.raises(ValueError, match=f"^{word} must be"):
        diffusers.get_linear_schedule_with_warmup(**kwargs)


def test_without_shares_it_is_transformers():
    for args in [(0.1, 0, 9), (0.1, 3, 9), (0.1, 9, 9), (0.1, 9, 3)]:
        ours = diffusers.get_linear_schedule_with_warmup(*args)
        assert ours == transformers.get_linear_schedule_with_warmup(*args)
