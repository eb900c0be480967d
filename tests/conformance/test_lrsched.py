"""The dialect of lrsched against lrsched.

Run as a program it writes the golden file.
"""

import inspect

import golden
import harness
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay.dialects import lrsched as ours

peer = pytest.importorskip("lrsched")


def build(module, kwargs):
    """Make schedules, which stand as pairs of name and arguments, with a module's functions."""
    if isinstance(kwargs, tuple):
        name, inner = kwargs
        return getattr(module, name)(**{key: build(module, value) for key, value in inner.items()})
    if isinstance(kwargs, list):
        return [
            (item[0], build(module, item[1])) if isinstance(item, tuple) else item
            for item in kwargs
        ]
    return kwargs


def theirs(name, steps, **kwargs):
    return peer.sample(build(peer, (name, kwargs)), num_steps=steps)


def agree(name, steps, **kwargs):
    harness.agree("lrsched", name, theirs(name, steps, **kwargs), build(ours, (name, kwargs)))


CASES = [
    ("constant", {"lr": 0.3}),
    ("step_decay", {"base_lr": 1.0, "drop": 0.1, "step_size": 3}),
    ("multi_step", {"base_lr": 1.0, "milestones": [6, 3, 6], "gamma": 0.1}),
    ("exponential", {"base_lr": 1.0, "gamma": 0.9}),
    ("exponential_decay", {"base_lr": 1.0, "decay_rate": 0.5, "decay_steps": 4}),
    ("linear", {"base_lr": 1.0, "end_lr": 0.1, "total_steps": 7}),
    ("polynomial", {"base_lr": 1.0, "end_lr": 0.1, "total_steps": 7, "power": 2.0}),
    ("polynomial_decay", {"start_lr": 1.0, "end_lr": 0.1, "total_steps": 7, "power": 0.5}),
    ("cosine", {"base_lr": 1.0, "min_lr": 0.1, "total_steps": 7}),
    ("cosine_restarts", {"base_lr": 1.0, "min_lr": 0.1, "period": 2, "t_mult": 2}),
    ("inverse_sqrt", {"base_lr": 1.0, "warmup_steps": 4}),
    (
        "one_cycle",
        {"max_lr": 1.0, "total_steps": 10, "pct_start": 0.3, "initial_div": 25.0, "final_div": 1e4},
    ),
    *(
        (
            "warmup_stable_decay",
            {
                "base_lr": 1.0,
                "warmup_steps": 2,
                "decay_steps": 4,
                "total_steps": 9,
                "final_lr": 0.1,
                "warmup_start": 0.0,
                "decay_shape": shape,
            },
        )
        for shape in ("linear", "1-sqrt")
    ),
    ("triangular", {"min_lr": 0.1, "max_lr": 1.0, "step_size": 4}),
    ("triangular2", {"min_lr": 0.1, "max_lr": 1.0, "step_size": 3}),
    ("exp_range", {"min_lr": 0.1, "max_lr": 1.0, "step_size": 3, "gamma": 0.9}),
]

lrs = st.floats(1e-4, 10.0)
steps = st.integers(1, 20)
shares = st.floats(0.0, 1.0)
gammas = st.floats(0.3, 1.05)


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs):
    agree(name, 30, **kwargs)


@given(lrs, steps, st.floats(0.3, 0.99), gammas, st.lists(st.integers(1, 30), max_size=5))
def test_drops_and_exponentials(lr, n, below, gamma, milestones):
    agree("constant", 3, lr=lr)
    agree("step_decay", 40, base_lr=lr, drop=below, step_size=n)
    agree("multi_step", 40, base_lr=lr, milestones=milestones, gamma=gamma)
    agree("exponential", 40, base_lr=lr, gamma=gamma)
    agree("exponential_decay", 40, base_lr=lr, decay_rate=below, decay_steps=n)


@given(lrs, lrs, steps, st.floats(0.2, 4.0))
def test_to_a_horizon(lr, end, n, power):
    kwargs = {"end_lr": end, "total_steps": n}
    agree("linear", 40, base_lr=lr, **kwargs)
    agree("polynomial", 40, base_lr=lr, power=power, **kwargs)
    agree("polynomial_decay", 40, start_lr=lr, power=power, **kwargs)
    agree("cosine", 40, base_lr=lr, min_lr=end, total_steps=n)


@given(lrs, shares, steps, st.integers(1, 4), gammas)
def test_waves(lr, share, n, mult, gamma):
    agree("cosine_restarts", 60, base_lr=lr, min_lr=share * lr, period=n, t_mult=mult)
    kwargs = {"min_lr": share * lr, "max_lr": lr, "step_size": n}
    agree("triangular", 60, **kwargs)
    agree("triangular2", 60, **kwargs)
    agree("exp_range", 60, **kwargs, gamma=gamma)


@given(
    lrs,
    st.integers(2, 30),
    st.floats(0.01, 0.99),
    st.floats(1.0, 50.0),
    st.floats(1.0, 1e5),
)
def test_one_cycle_and_inverse_sqrt(lr, n, start, initial, final):
    agree("inverse_sqrt", 40, base_lr=lr, warmup_steps=n)
    kwargs = {"pct_start": start, "initial_div": initial, "final_div": final}
    agree("one_cycle", 40, max_lr=lr, total_steps=n, **kwargs)


@given(
    lrs,
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(0, 8),
    shares,
    shares,
    st.sampled_from(["linear", "1-sqrt"]),
)
def test_warmup_stable_decay(lr, w, d, held, final, start, shape):
    agree(
        "warmup_stable_decay",
        40,
        base_lr=lr,
        warmup_steps=w,
        decay_steps=d,
        total_steps=max(1, w + d + held),
        final_lr=final * lr,
        warmup_start=start * lr,
        decay_shape=shape,
    )


inner = st.sampled_from(CASES)


@given(inner, st.integers(1, 12), shares)
def test_with_warmup(schedule, w, start):
    agree("with_warmup", 40, schedule=schedule, warmup_steps=w, start_lr=start)


@given(st.lists(st.tuples(st.integers(1, 8), inner), min_size=1, max_size=4))
def test_sequential(phases):
    agree("sequential", 45, phases=phases)


@pytest.mark.parametrize(
    ("name", "index", "argument", "value"),
    [
        ("step_decay", 1, "drop", 1.5),
        ("step_decay", 1, "base_lr", 0.0),
        ("multi_step", 2, "milestones", [0]),
        ("exponential_decay", 4, "decay_rate", 1.0),
        ("polynomial_decay", 7, "power", 0.0),
        ("one_cycle", 11, "pct_start", 1.0),
        ("one_cycle", 11, "total_steps", 1),
        ("one_cycle", 11, "final_div", 0.0),
        ("warmup_stable_decay", 12, "decay_steps", 8),
        ("warmup_stable_decay", 12, "decay_shape", "cosine"),
        ("warmup_stable_decay", 12, "warmup_start", -1.0),
    ],
)
def test_refuses_what_its_peer_refuses(name, index, argument, value):
    assert CASES[index][0] == name
    kwargs = CASES[index][1] | {argument: value}
    for module in (peer, ours):
        with pytest.raises(ValueError, match=r"must|positive"):
            getattr(module, name)(**kwargs)


def test_sequential_and_warmup_refuse():
    for module in (peer, ours):
        with pytest.raises(ValueError, match="phase"):
            module.sequential([])
        with pytest.raises(ValueError, match="warmup_steps"):
            module.with_warmup(module.constant(lr=1.0), warmup_steps=0, start_lr=0.0)


def test_every_name_of_the_peer_is_known():
    assert set(peer.__all__) == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    for name in ours.SCHEDULERS:
        mine, want = (inspect.signature(getattr(m, name)).parameters for m in (ours, peer))
        kinds = [[(p.name, p.default, p.kind) for p in each.values()] for each in (mine, want)]
        assert kinds[0] == kinds[1], name


if __name__ == "__main__":
    golden.write("lrsched", "lrsched", CASES, theirs)
