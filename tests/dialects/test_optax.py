"""What is peculiar to the dialect of optax; its rates are in test_golden."""

import pytest

from lrdecay.dialects import optax


def test_all_that_is_public_is_a_scheduler():
    assert set(optax.__all__) == set(optax.SCHEDULERS)


def test_translations_are_families():
    assert repr(optax.warmup_cosine_decay_schedule(0.0, 1.0, 3, 8, 0.1)) == (
        "Warmup(schedule=Cosine(base_lr=1.0, total_steps=5, final_lr=0.1), warmup_steps=3, "
        "first='zero')"
    )
    assert repr(optax.exponential_decay(1.0, 4, 0.5)) == (
        "Stretch(schedule=Exponential(base_lr=1.0, gamma=0.5), factor=4.0)"
    )
    assert type(optax.linear_onecycle_schedule(20, 1.0)).__name__ == "OneCycle"


def test_a_warmup_of_no_steps_never_learns():
    assert not optax.warmup_constant_schedule(0.0, 1.0, 0).sample(100).any()
    assert optax.warmup_cosine_decay_schedule(0.0, 1.0, 0, 8)(0) == 1.0


def test_patience_0_reduces_when_the_metric_improves():
    fold = optax.reduce_on_plateau(1.0, factor=0.5, patience=0)
    assert fold.history([3.0, 3.0, 2.0, 2.0]).tolist() == [0.5, 0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("join_schedules", ([optax.constant_schedule(1.0)] * 3, [1]), "boundaries"),
        ("join_schedules", ([lambda _: 1.0], []), "schedules"),
        ("sgdr_schedule", ([],), "cosine_kwargs must be one or more"),
        ("linear_schedule", (1.0, 0.0, 2.5), "transition_steps"),
        ("cosine_decay_schedule", (-1.0, 5), "init_value"),
        ("warmup_cosine_decay_schedule", (0.0, 1.0, 5, 5), "decay_steps"),
        ("piecewise_constant_schedule", (1.0, {-3: 0.1}), "boundaries_and_scales"),
        ("piecewise_interpolate_schedule", ("cubic", 1.0, {3: 0.1}), "interpolate_type"),
    ],
)
def test_refuses(name, args, words):
    with pytest.raises(ValueError, match=words):
        getattr(optax, name)(*args)
