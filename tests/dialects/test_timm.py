"""What is peculiar to the dialect of timm; its rates are in test_golden."""

from typing import Any

import numpy as np
import pytest

from lrdecay import CosineRestarts, export
from lrdecay.dialects import timm
from tests.golden import GOLDEN


def test_whole_cycles_are_restarts_until_one_is_rounded_away():
    kept, lost = (
        timm.CosineLRScheduler(1.0, 10, cycle_mul=3, cycle_limit=limit) for limit in (5, 6)
    )
    assert kept == CosineRestarts(1.0, 10, cycle_mult=3, cycles=5)
    assert CosineRestarts(1.0, 10, cycle_mult=3, cycles=6)(1210) == 1.0
    assert abs(lost(1210)) < 1e-12
    assert lost(1211) == pytest.approx(1.0, abs=1e-5)


def test_without_prefix_the_peak_is_lost():
    for make in (timm.CosineLRScheduler, timm.PolyLRScheduler):
        lost = make(1.0, 20, warmup_t=5).sample(20).max()
        kept = make(1.0, 20, warmup_t=5, warmup_prefix=True).sample(25).max()
        assert lost < 0.9 < kept == 1.0


@pytest.mark.parametrize("case", GOLDEN["timm"][:24:3], ids=lambda case: case["scheduler"])
def test_noise_and_unknown_arguments_are_refused(case):
    make = getattr(timm, case["scheduler"])
    make(**case["kwargs"], noise_pct=0.1, noise_std=2.0, noise_seed=1, t_in_epochs=False)
    with pytest.raises(ValueError, match=r"lrdecay\.Noise"):
        make(**case["kwargs"], noise_range_t=[2, 5])
    with pytest.raises(TypeError, match="no_such"):
        make(**case["kwargs"], no_such=1)


def test_what_is_refused():
    for name, call in {
        "decay_t": lambda: timm.MultiStepLRScheduler(1.0, [6, 3]),
        "lb": lambda: timm.TanhLRScheduler(1.0, 5, lb=3.0, ub=-3.0),
        "warmup_t": lambda: timm.StepLRScheduler(1.0, 5, warmup_t=-1),
        "cycle_limit": lambda: timm.TanhLRScheduler(1.0, 5, cycle_limit=-1),
        "cycle_mul": lambda: timm.PolyLRScheduler(1.0, 5, cycle_mul=0.0),
    }.items():
        with pytest.raises(ValueError, match=name):
            call()


def test_a_function_as_cooldown():
    schedule = timm.WSDLRScheduler(1.0, 6, 4, decay_fn=lambda share: 1 - share, lr_min=0.2)
    assert np.allclose(schedule.sample(8), [1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.2])


def test_plateau_looks_at_no_metric_during_its_warmup():
    # timm 1.0.31
    fold = timm.PlateauLRScheduler(1.0, patience_t=0, warmup_t=2, decay_rate=0.5)
    assert fold.history([0.9, 0.9, 0.5, 0.6, 0.6]).tolist() == [0.5, 1.0, 1.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("lr", {"lr": -1.0}),
        ("sched", {"sched": "no"}),
        ("num_epochs", {"num_epochs": 0}),
        ("min_lr", {"min_lr": -0.1}),
        ("warmup_lr", {"warmup_lr": -0.1}),
        ("warmup_epochs", {"warmup_epochs": 1.5}),
        ("warmup_epochs", {"sched": "wsd", "num_epochs": 5, "warmup_epochs": 5}),
        ("warmup_prefix", {"warmup_prefix": "no"}),
        ("decay_epochs", {"sched": "step", "decay_epochs": 0}),
        ("decay_epochs", {"sched": "wsd", "num_epochs": 5, "decay_epochs": 6}),
        ("decay_epochs", {"sched": "rsqrt", "num_epochs": 2, "decay_epochs": 0.1}),
        ("decay_milestones", {"sched": "multistep", "decay_milestones": [6, 3]}),
        ("decay_milestones", {"sched": "multistep", "decay_milestones": ["6"]}),
        ("decay_rate", {"sched": "poly", "decay_rate": 0}),
        ("decay_rate", {"sched": "plateau", "decay_rate": 1.0}),
        ("min_lr", {"sched": "plateau", "min_lr": 2.0}),
        ("plateau_mode", {"sched": "plateau", "plateau_mode": "no"}),
        ("patience_epochs", {"sched": "plateau", "patience_epochs": -1}),
        ("step_on_epochs", {"sched": "plateau", "step_on_epochs": False, "updates_per_epoch": 2}),
        ("updates_per_epoch", {"step_on_epochs": False}),
        ("cycle_mul", {"cycle_mul": 0}),
        ("cycle_decay", {"cycle_decay": 0, "cycle_limit": 2}),
        ("cycle_limit", {"cycle_limit": 1.5}),
        ("k_decay", {"k_decay": 0}),
        ("decay_fn", {"sched": "wsd", "decay_fn": "no"}),
        ("stable_timescale", {"sched": "rsqrt"}),
        ("noise", {"noise": 0.5}),
    ],
)
def test_messages_name_the_option(word, options):
    with pytest.raises(ValueError, match=f"^{word} must be"):
        timm.create_scheduler_v2(**{"lr": 1.0} | options)


def test_options_in_updates_are_those_in_epochs_times_their_number():
    for sched in ("cosine", "tanh", "step", "multistep", "poly", "wsd", "rsqrt"):
        epochs, updates = (
            timm.create_scheduler_v2(
                1.0,
                sched,
                12 // n,
                decay_epochs=4 / n,
                decay_milestones=[4 / n, 8 / n],
                warmup_epochs=4 // n,
                stable_timescale=4 / n,
                step_on_epochs=n == 1,
                updates_per_epoch=n,
            )
            for n in (1, 4)
        )
        assert updates == epochs


def test_plateau_by_name_has_the_names_of_the_options():
    fold = timm.create_scheduler_v2(
        1.0, "plateau", patience_epochs=0, decay_rate=0.5, min_lr=0.3, plateau_mode="min"
    )
    assert fold == timm.PlateauLRScheduler(1.0, 0.5, 0, lr_min=0.3, mode="min")


def test_a_decay_of_ones_own_has_source_where_it_works_on_symbols():
    arguments: Any = {"t_initial": 8, "decay_t": 4, "lr_min": 0.1, "warmup_t": 3}
    schedule = timm.WSDLRScheduler(1.0, decay_fn=lambda share: 1 - share * share, **arguments)
    scope: Any = {}
    exec(export.source(schedule, "python"), scope)
    assert [scope["lr"](k) for k in range(14)] == [schedule(k) for k in range(14)]
    schedule = timm.WSDLRScheduler(1.0, decay_fn=lambda share: max(0.0, 1 - share), **arguments)
    with pytest.raises(ValueError, match="calls a Python function cannot be printed"):
        export.source(schedule, "python")
