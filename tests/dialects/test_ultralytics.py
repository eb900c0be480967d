"""What is peculiar to the dialect of Ultralytics; its rates are in test_golden."""

import pytest

from lrdecay import Linear
from lrdecay.dialects import ultralytics


def test_all_that_is_public_is_a_schedule_or_said_to_be_none():
    assert {*ultralytics.SCHEDULERS, *ultralytics.NOT_SCHEDULES} == set(ultralytics.__all__)


def warmed(k, nb, epochs, lr0, lrf, warmup, start):
    """Return the rate of batch k: a share of the way to the rate of the epoch it is in."""
    epoch = k // nb
    goal = lr0 * (max(1 - epoch / epochs, 0) * (1 - lrf) + lrf)
    return goal if k > warmup else start + (goal - start) * k / warmup


@pytest.mark.parametrize("nb", [4, 20, 40])
def test_the_warmup_of_at_least_100_batches_up_to_8_4_102(nb):
    for group, start in {"weight": 0.0, "bias": 0.1}.items():
        schedule = ultralytics.train(nb, epochs=6, lrf=0.1, param_group=group, least_warmup=100)
        want = [warmed(k, nb, 6, 0.01, 0.1, max(3 * nb, 100), start) for k in range(6 * nb + 20)]
        assert schedule.sample(len(want)) == pytest.approx(want, rel=1e-12, abs=1e-17)
    momentum = ultralytics.train_momentum(nb, epochs=6, least_warmup=100)
    assert momentum == Linear(0.8, max(3 * nb, 100), 0.937)


def test_no_warmup_is_none_whatever_the_least():
    assert ultralytics.train(5, warmup_epochs=0, least_warmup=100)(0) == 0.01
    assert ultralytics.train(5, warmup_epochs=0)(0) == 0.01
    assert ultralytics.train(5, epochs=1)(0) == 0.01  # the last epoch is never warmed up
    assert ultralytics.train(5, epochs=1, least_warmup=100)(0) == 0.0


def test_updates_while_the_accumulation_grows():
    assert ultralytics.train_updates(6, epochs=2, batch=16, warmup_epochs=0).tolist() == [3, 7, 11]
    old = ultralytics.train_updates(6, epochs=2, batch=16, warmup_epochs=1, least_warmup=0)
    assert old.tolist() == [0, 2, 6, 10]
    # Four batches in the run make an update, where 64 / 1 would take 64.
    assert ultralytics.train_updates(2, epochs=2, batch=1, warmup_epochs=0).tolist() == [3]
    every = ultralytics.train_updates(2, epochs=2, batch=1, warmup_epochs=0, least_warmup=0)
    assert every.tolist() == []


def test_updates_of_more_batches_than_can_be_listed_are_refused():
    with pytest.raises(ValueError, match="nb must be at most 1000000 with epochs=100"):
        ultralytics.train_updates(2**40)


def test_past_the_end_the_line_is_held_and_the_cosine_rises():
    line = ultralytics.train(2, epochs=3, lrf=0.1, warmup_epochs=0)
    wave = ultralytics.train(2, epochs=3, lrf=0.1, warmup_epochs=0, cos_lr=True)
    assert line([6, 7, 8]).round(6).tolist() == [0.001, 0.001, 0.001]
    assert wave([6, 7, 8]).round(6).tolist() == [0.001, 0.001, 0.00325]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("nb", {"nb": 0}),
        ("epochs", {"epochs": 0}),
        ("lr0", {"lr0": -1.0}),
        ("lrf", {"lrf": -1.0}),
        ("cos_lr", {"cos_lr": "no"}),
        ("warmup_epochs", {"warmup_epochs": -1}),
        ("warmup_bias_lr", {"param_group": "bias", "warmup_bias_lr": -1.0}),
        ("param_group", {"param_group": "head"}),
        ("least_warmup", {"least_warmup": -1}),
    ],
)
def test_refuses(name, given):
    with pytest.raises(ValueError, match=name):
        ultralytics.train(**{"nb": 4} | given)
