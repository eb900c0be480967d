"""What is peculiar to the dialect of fastai; its rates are in test_golden."""

import pytest

from lrdecay.dialects import fastai


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
