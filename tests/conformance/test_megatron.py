"""The dialect of Megatron against megatron-core.

Run as a program it writes the golden file.
"""

import warnings
from types import SimpleNamespace

import golden
import harness
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.dialects import megatron as ours

pytest.importorskip("torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that Apex and Transformer Engine are not there
    peer = pytest.importorskip("megatron.core.optimizer_param_scheduler")

PEER = "megatron-core"
RATES, DECAY = "OptimizerParamScheduler", "OptimizerParamScheduler_weight_decay"
NO_DECAY = {"start_wd": 0.0, "end_wd": 0.0, "wd_incr_steps": 0, "wd_incr_style": "constant"}
COOLDOWNS = ("exponential", "linear", "cosine", "minus_sqrt")


def theirs(name, steps, increment=1, **kwargs):
    optimizer = SimpleNamespace(param_groups=[{}])
    scheduler = peer.OptimizerParamScheduler(optimizer, **(NO_DECAY | kwargs))
    values = []
    for _ in range(steps):
        group = optimizer.param_groups[0]
        values.append(group["lr" if name == RATES else "weight_decay"])
        scheduler.step(increment)
    return values


def rates(style, w=3, t=10, low=0.1, first=0.0, **kwargs):
    steps = {"lr_warmup_steps": w, "lr_decay_steps": t, "lr_decay_style": style}
    return RATES, {"init_lr": first, "max_lr": 1.0, "min_lr": low} | steps | kwargs


def cooled(style, d, **kwargs):
    return rates("WSD", wsd_decay_steps=d, lr_wsd_decay_style=style, **kwargs)


def decay(style, first, last, steps):
    kwargs = {"start_wd": first, "end_wd": last, "wd_incr_steps": steps, "wd_incr_style": style}
    return DECAY, rates("constant")[1] | kwargs


CASES = [
    *(rates(style) for style in ("constant", "linear", "cosine", "inverse-square-root")),
    rates("linear", w=0, first=0.2),
    rates("inverse-square-root", w=0, low=0.0),
    rates("inverse-square-root", w=2, t=12, low=0.6, first=0.2),
    rates("cosine", w=512, t=2560, increment=256),
    *(cooled(style, 5) for style in COOLDOWNS),
    cooled("exponential", 12, low=0.0),
    cooled("linear", 12, w=0),
    cooled("linear", 0),
    decay("constant", 0.1, 0.1, 5),
    decay("linear", 0.0, 0.1, 5),
    decay("cosine", 0.05, 0.1, 9),
]

shares = st.just(0.0) | st.floats(1e-6, 1.0)


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs):
    harness.agree(PEER, name, theirs(name, 30, **kwargs), getattr(ours, name)(**kwargs))


@given(
    st.floats(1e-5, 10.0),
    shares,
    shares,
    st.integers(0, 30),
    st.integers(1, 40),
    st.sampled_from(["constant", "linear", "cosine", "inverse-square-root", "WSD"]),
    st.integers(0, 80),
    st.sampled_from(COOLDOWNS),
    st.integers(1, 5),
)
def test_rates(max_lr, low, first, w, more, style, d, cooldown, increment):
    kwargs = {"max_lr": max_lr, "min_lr": low * max_lr, "init_lr": first * max_lr}
    kwargs |= {"lr_warmup_steps": w, "lr_decay_steps": w + more, "lr_decay_style": style}
    kwargs |= {"wsd_decay_steps": d, "lr_wsd_decay_style": cooldown, "increment": increment}
    steps = w + more + 20
    schedule = ours.OptimizerParamScheduler(**kwargs)
    harness.agree(PEER, RATES, theirs(RATES, steps, **kwargs), schedule)


@given(shares, shares, st.integers(1, 40), st.sampled_from(["linear", "cosine"]))
def test_weight_decay(first, more, steps, style):
    kwargs = decay(style, first, first + more, steps)[1]
    schedule = ours.OptimizerParamScheduler_weight_decay(**kwargs)
    harness.agree(PEER, DECAY, theirs(DECAY, steps + 20, **kwargs), schedule)


@pytest.mark.parametrize(
    ("case", "error"),
    [
        (rates("linear", w=10, t=10), AssertionError),
        (rates("linear", w=0, t=0), AssertionError),
        (rates("linear", low=2.0), AssertionError),
        (rates("linear", first=2.0), AssertionError),
        (rates("step", w=0), Exception),
        (rates("WSD", lr_wsd_decay_style="linear"), AssertionError),
        (cooled("sqrt", 5, w=0, t=5), AssertionError),
        (decay("constant", 0.0, 0.1, 5), AssertionError),
        (decay("linear", 0.2, 0.1, 5), AssertionError),
        (decay("linear", 0.0, 0.1, 0), ZeroDivisionError),
        (decay("square", 0.0, 0.1, 5), Exception),
    ],
)
def test_refuses_what_its_peer_refuses(case, error):
    name, kwargs = case
    with pytest.raises(error):
        theirs(name, 3, **kwargs)
    with pytest.raises(ValueError, match="must be"):
        getattr(ours, name)(**kwargs)


if __name__ == "__main__":
    golden.write(PEER, "megatron", CASES, theirs)
