"""The dialect of DeepSpeed against DeepSpeed.

Run as a program it writes the golden file.
"""

import inspect
import math

import golden
import harness
import pytest
from deepspeed_source import peer
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.dialects import deepspeed as ours

torch = pytest.importorskip("torch")

RANGE, CYCLE, MOMENTUM = "LRRangeTest", "OneCycle", "OneCycle_momentum"
WARM, DECAY, COSINE = "WarmupLR", "WarmupDecayLR", "WarmupCosineLR"


def theirs(name, steps, lr=0.7, **kwargs):
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = getattr(peer, name.removesuffix("_momentum"))(optimizer, **kwargs)
    group, rates = optimizer.param_groups[0], []
    for _ in range(steps):
        rates.append(group["betas"][0] if name == MOMENTUM else group["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def agree(name, steps, **kwargs):
    scheduler = name.removesuffix("_momentum")
    harness.agree(
        "deepspeed", scheduler, theirs(name, steps, **kwargs), getattr(ours, name)(**kwargs)
    )


def ramp(w, kind="log", **rest):
    return {"warmup_num_steps": w, "warmup_type": kind} | rest


def cycle(up, down=None, **rest):
    sizes = {"cycle_first_step_size": up, "cycle_second_step_size": down}
    return {"cycle_min_lr": 0.1, "cycle_max_lr": 1.0} | sizes | rest


STAIRS = {"cycle_first_stair_count": 3, "cycle_second_stair_count": 2}
CASES = [
    (WARM, {"lr": 1.0} | ramp(4)),
    (WARM, {"lr": 1.0} | ramp(4, "linear", warmup_min_lr=0.1)),
    (WARM, {"lr": 1.0} | ramp(1, warmup_max_lr=0.5)),
    (DECAY, {"total_num_steps": 10, "warmup_max_lr": 1.0} | ramp(4)),
    (DECAY, {"total_num_steps": 10, "warmup_max_lr": 1.0} | ramp(4, "linear", warmup_min_lr=0.1)),
    (DECAY, {"total_num_steps": 3, "warmup_max_lr": 1.0} | ramp(5)),
    (COSINE, {"lr": 1.0, "total_num_steps": 10} | ramp(4)),
    (COSINE, {"lr": 1.0, "total_num_steps": 10} | ramp(4, "linear", warmup_min_ratio=0.1)),
    (COSINE, {"lr": 0.5, "total_num_steps": 5, "cos_min_ratio": 0.2} | ramp(5)),
    *(
        case
        for name in (CYCLE, MOMENTUM)
        for case in [
            (name, cycle(4)),
            (name, cycle(4, 6, decay_lr_rate=0.5, decay_mom_rate=0.1, decay_step_size=2)),
            (name, cycle(6, 5, **STAIRS)),
            (name, cycle(5, cycle_first_stair_count=2)),
            (name, cycle(4, 0, decay_lr_rate=1.0, decay_step_size=3)),
        ]
    ),
    (RANGE, {"lr_range_test_min_lr": 0.1, "lr_range_test_step_size": 4}),
    (
        RANGE,
        {"lr_range_test_min_lr": 0.1, "lr_range_test_step_size": 4}
        | {"lr_range_test_step_rate": 2.5, "lr_range_test_staircase": True},
    ),
]

lrs = st.floats(1e-5, 10.0)
lengths = st.integers(1, 12)
kinds = st.sampled_from(["log", "linear"])
shares = st.floats(0.0, 2.0)


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs):
    agree(name, 40, **kwargs)


@given(lrs, lrs, lrs, lengths, kinds)
def test_warmup(lr, low, high, w, kind):
    agree(WARM, w + 9, lr=lr, **ramp(w, kind))
    agree(WARM, w + 9, lr=lr, **ramp(w, kind, warmup_min_lr=low, warmup_max_lr=high))


@given(lrs, lrs, lengths, st.integers(0, 30), kinds)
def test_linear_decay(low, high, w, t, kind):
    rest = {"total_num_steps": t, "warmup_max_lr": high}
    agree(DECAY, w + t + 9, **ramp(w, kind, **rest))
    agree(DECAY, w + t + 9, **ramp(w, kind, warmup_min_lr=low, **rest))


@given(lrs, lengths, st.integers(0, 30), kinds, shares, shares)
def test_cosine(lr, w, t, kind, start, end):
    rest = {"lr": lr, "total_num_steps": t}
    agree(COSINE, w + t + 9, **ramp(w, kind, **rest))
    agree(COSINE, w + t + 9, **ramp(w, kind, warmup_min_ratio=start, cos_min_ratio=end, **rest))


@given(
    st.tuples(lrs, lrs).map(sorted),
    lengths,
    st.fixed_dictionaries(
        {},
        optional={
            "cycle_second_step_size": st.none() | st.integers(0, 12),
            "cycle_first_stair_count": st.integers(-1, 6),
            "cycle_second_stair_count": st.none() | st.integers(-1, 6),
            "decay_lr_rate": shares,
            "decay_mom_rate": shares,
            "decay_step_size": st.integers(0, 5) | st.floats(0.5, 5.0),
            "cycle_min_mom": st.floats(0.0, 0.85),
            "cycle_max_mom": st.floats(0.86, 0.99),
        },
    ),
)
def test_one_cycle(bounds, up, rest):
    kwargs = {"cycle_min_lr": bounds[0], "cycle_max_lr": bounds[1], "cycle_first_step_size": up}
    steps = 2 * up + (rest.get("cycle_second_step_size") or 0) + 15
    agree(CYCLE, steps, **kwargs | rest)
    agree(MOMENTUM, steps, **kwargs | rest)


def test_the_second_beta_is_overwritten():
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], betas=(0.9, 0.999))
    peer.OneCycle(optimizer, 0.1, 1.0)
    assert optimizer.param_groups[0]["betas"] == (0.8, 0.99)


@given(lrs, lengths, st.floats(0.0, 5.0), st.booleans())
def test_range_test(low, size, rate, stairs):
    kwargs = {"lr_range_test_min_lr": low, "lr_range_test_step_size": size}
    kwargs |= {"lr_range_test_step_rate": rate, "lr_range_test_staircase": stairs}
    agree(RANGE, 50, **kwargs)


@pytest.mark.parametrize(
    ("name", "word", "bad"),
    [
        (WARM, "warmup_num_steps", {"lr": 1.0, "warmup_num_steps": 0}),
        (WARM, "warmup_num_steps", {"lr": 1.0, "warmup_num_steps": 3.0}),
        (DECAY, "warmup_num_steps", {"total_num_steps": 9, "warmup_num_steps": -1}),
        (COSINE, "warmup_num_steps", {"lr": 1.0, "total_num_steps": 9, "warmup_num_steps": 0}),
        (CYCLE, "cycle_first_step_size", cycle(0)),
        (CYCLE, "cycle_second_step_size", cycle(2, -1)),
        (RANGE, "lr_range_test_step_size", {"lr_range_test_step_size": 0}),
        (RANGE, "lr_range_test_step_size", {"lr_range_test_step_size": 2.0}),
    ],
)
def test_it_refuses_what_its_peer_refuses(name, word, bad):
    with pytest.raises(ValueError, match=word):
        theirs(name, 1, **bad)
    with pytest.raises(ValueError, match=word):
        getattr(ours, name)(**bad)


def test_every_name_of_the_peer_is_known():
    assert set(peer.VALID_LR_SCHEDULES) == set(ours.SCHEDULERS)
    classes = {n for n, v in vars(peer).items() if inspect.isclass(v) and hasattr(v, "get_lr")}
    assert classes == set(ours.SCHEDULERS)


def test_arguments_are_the_peers():
    for name in ours.SCHEDULERS:
        there = inspect.signature(getattr(peer, name)).parameters
        skipped = ("optimizer", "last_batch_iteration")
        want = {n: p.default for n, p in there.items() if n not in skipped}
        mine = inspect.signature(getattr(ours, name)).parameters
        mine = {n: p.default for n, p in mine.items() if n != "lr"}
        assert list(mine.items()) == list(want.items()), name


def test_the_clock_of_its_peer_is_a_step_behind():
    rates = theirs(WARM, 9, lr=1.0, warmup_num_steps=6)
    assert rates[:2] == [0.0, 0.0]
    assert math.isclose(rates[6], 1.0)
    assert rates[5] < 0.9


if __name__ == "__main__":
    golden.write("deepspeed", "deepspeed", CASES, theirs)
