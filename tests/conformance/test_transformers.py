"""The dialect of transformers against transformers.

Run as a program it writes the golden file.
"""

import inspect
import math

import golden
import harness
import numpy as np
import pytest
from folds import Replay
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import InverseSqrt
from lrdecay.dialects import transformers as ours

torch = pytest.importorskip("torch")
hf = pytest.importorskip("transformers.optimization")

FOLDS = ("get_reduce_on_plateau_schedule", "get_greedy_schedule", "GreedyLR")


def sgd(lr):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def theirs(name, steps, lr, **kwargs):
    optimizer = sgd(lr)
    scheduler = getattr(hf, name)(optimizer, **kwargs)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def agree(name, steps, **kwargs):
    harness.agree(
        "transformers", name, theirs(name, steps, **kwargs), getattr(ours, name)(**kwargs)
    )


def case(name, lr=1.0, w=0, t=None, **kwargs):
    steps = {} if name == "get_constant_schedule" else {"num_warmup_steps": w}
    if t is not None:
        steps["num_training_steps"] = t
    return name, {"lr": lr} | steps | kwargs


COSINE = "get_cosine_schedule_with_warmup"
RESTARTS = "get_cosine_with_hard_restarts_schedule_with_warmup"
MINIMUM = "get_cosine_with_min_lr_schedule_with_warmup"
AHEAD = "get_cosine_with_min_lr_schedule_with_warmup_lr_rate"
LINEAR = "get_linear_schedule_with_warmup"
POLYNOMIAL = "get_polynomial_decay_schedule_with_warmup"
WSD = "get_wsd_schedule"

CASES = [
    case("get_constant_schedule", lr=0.3),
    case("get_constant_schedule_with_warmup", w=3),
    case(LINEAR, w=3, t=8),
    case(LINEAR, w=5, t=4),
    case(COSINE, w=3, t=8),
    case(COSINE, w=0, t=9, num_cycles=1.7),
    case(COSINE, w=4, t=4),
    case(RESTARTS, w=0, t=8, num_cycles=2),
    case(RESTARTS, w=2, t=10, num_cycles=3),
    case(RESTARTS, w=0, t=49, num_cycles=49),
    case(POLYNOMIAL, w=2, t=6, power=2.0, lr_end=0.1),
    case(POLYNOMIAL, lr=0.01, w=0, t=12),
    case(POLYNOMIAL, w=5, t=4),
    case("get_inverse_sqrt_schedule", w=4),
    case("get_inverse_sqrt_schedule", w=0),
    case("get_inverse_sqrt_schedule", w=2, timescale=5),
    case(MINIMUM, w=3, t=8, min_lr_rate=0.1),
    case(MINIMUM, lr=0.2, w=2, t=9, min_lr=0.05),
    case(AHEAD, w=3, t=8, min_lr_rate=0.1),
    case(AHEAD, w=4, t=9, min_lr=0.0, warmup_lr_rate=0.2),
    case(AHEAD, w=1, t=6, min_lr=0.1, warmup_lr_rate=0.2),
    *(
        case(WSD, w=2, num_stable_steps=3, num_decay_steps=4, decay_type=shape, min_lr_ratio=0.1)
        for shape in ("linear", "cosine", "1-sqrt")
    ),
    case(WSD, w=4, t=12, num_decay_steps=5, warmup_type="1-sqrt"),
    case(WSD, w=4, t=12, num_decay_steps=5, warmup_type="cosine", num_cycles=0.8),
    case(WSD, w=4, t=8, num_decay_steps=6, min_lr_ratio=0.2),
]

lrs = st.floats(1e-5, 10.0)
warmups = st.integers(0, 12)
totals = st.integers(1, 40)
shares = st.floats(0.0, 1.0)
cycles = st.floats(0.0, 4.0)


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs):
    agree(name, 70, **kwargs)


def test_the_rows_of_the_reference():
    rows = {
        (COSINE, (3, 8)): [0, 0.3333, 0.6667, 1, 0.9045, 0.6545, 0.3455, 0.0955, 0, 0.0955, 0.3455],
        (LINEAR, (3, 8)): [0, 0.3333, 0.6667, 1, 0.8, 0.6, 0.4, 0.2, 0, 0, 0],
        (RESTARTS, (2, 10, 3)): [0, 0.5, 1, 0.6913, 0.1464, 0.9619, 0.5, 0.0381, 0.8536, 0.3087, 0],
        (WSD, (2, 4, None, 3, "linear", "linear", 0.1)): [0.1, 0.55, 1, 1, 1, 1, 0.775, 0.55],
        ("get_inverse_sqrt_schedule", (4,)): [
            0,
            0.25,
            0.5,
            0.75,
            1,
            0.8944,
            0.8165,
            0.7559,
            0.7071,
        ],
    }
    for (name, args), row in rows.items():
        assert np.round(getattr(ours, name)(1.0, *args).sample(len(row)), 4).tolist() == row


@given(lrs, warmups, totals)
def test_constant_and_linear(lr, w, t):
    agree("get_constant_schedule", 5, lr=lr)
    agree("get_constant_schedule_with_warmup", w + 5, lr=lr, num_warmup_steps=w)
    agree(LINEAR, t + 15, lr=lr, num_warmup_steps=w, num_training_steps=t)


@given(lrs, warmups, totals, cycles)
def test_cosine(lr, w, t, n):
    agree(COSINE, 2 * t + 15, lr=lr, num_warmup_steps=w, num_training_steps=t)
    agree(COSINE, 2 * t + 15, lr=lr, num_warmup_steps=w, num_training_steps=t, num_cycles=n)


@given(lrs, warmups, st.integers(1, 60), st.integers(1, 60) | st.floats(0.1, 5.0))
def test_cosine_with_hard_restarts(lr, w, t, n):
    agree(RESTARTS, t + 15, lr=lr, num_warmup_steps=w, num_training_steps=t, num_cycles=n)


def test_missed_restarts_in_floating_point():
    missed = [n for n in range(1, 60) if not _exact(n)]
    assert missed[:4] == [22, 23, 25, 26]
    for n in missed:
        agree(RESTARTS, n + 2, lr=1.0, num_warmup_steps=0, num_training_steps=n, num_cycles=n)


def _exact(n):
    schedule = ours.get_cosine_with_hard_restarts_schedule_with_warmup(1.0, 0, n, n)
    return type(schedule).__name__ == "CosineCycles"


@given(lrs, warmups, totals, st.floats(0.0, 0.99), st.floats(0.1, 4.0))
def test_polynomial(lr, w, t, share, power):
    kwargs = {"lr": lr, "num_warmup_steps": w, "num_training_steps": t}
    if w == t:
        with pytest.raises(ValueError, match="num_warmup_steps"):
            ours.get_polynomial_decay_schedule_with_warmup(**kwargs)
        with pytest.raises(ZeroDivisionError):
            theirs(POLYNOMIAL, t + 2, **kwargs)
        return
    agree(POLYNOMIAL, t + 15, **kwargs, lr_end=share * lr, power=power)


def test_polynomial_refuses_an_end_that_is_not_lower():
    for make in (hf.get_polynomial_decay_schedule_with_warmup, None):
        with pytest.raises(ValueError, match="lr_end"):
            (
                make(sgd(0.1), 0, 5, lr_end=0.1)
                if make
                else ours.get_polynomial_decay_schedule_with_warmup(0.1, 0, 5, lr_end=0.1)
            )


@given(lrs, warmups, st.none() | st.integers(1, 50))
def test_inverse_sqrt(lr, w, timescale):
    agree("get_inverse_sqrt_schedule", 40, lr=lr, num_warmup_steps=w, timescale=timescale)


@given(lrs, warmups, totals, cycles, shares, st.booleans(), st.none() | shares)
def test_cosine_to_a_minimum(lr, w, t, n, share, as_rate, start):
    least = {"min_lr_rate": share} if as_rate else {"min_lr": share * lr}
    kwargs = {"lr": lr, "num_warmup_steps": w, "num_training_steps": t, "num_cycles": n} | least
    agree(MINIMUM, 2 * t + 15, **kwargs)
    agree(AHEAD, 2 * t + 15, **kwargs, warmup_lr_rate=start)


@pytest.mark.parametrize("given_", [{}, {"min_lr": 0.1, "min_lr_rate": 0.1}])
@pytest.mark.parametrize("name", [MINIMUM, AHEAD])
def test_one_minimum_is_needed(name, given_):
    with pytest.raises(ValueError, match="min_lr"):
        getattr(hf, name)(sgd(1.0), 1, 5, **given_)
    with pytest.raises(ValueError, match="min_lr"):
        getattr(ours, name)(1.0, 1, 5, **given_)


shapes = st.sampled_from(["linear", "cosine", "1-sqrt"])


@given(
    lrs,
    warmups,
    st.integers(0, 12),
    st.integers(0, 12),
    st.integers(-8, 12),
    shapes,
    shapes,
    shares,
)
def test_wsd(lr, w, s, d, more, warmup_type, decay_type, ratio):
    kwargs = {
        "lr": lr,
        "num_warmup_steps": w,
        "num_decay_steps": d,
        "warmup_type": warmup_type,
        "decay_type": decay_type,
        "min_lr_ratio": ratio,
    }
    agree(WSD, w + s + d + 5, **kwargs, num_stable_steps=s)
    if w + d + more >= 0:
        agree(WSD, w + 2 * d + 15, **kwargs, num_training_steps=w + d + more)


@given(lrs, st.integers(0, 6), st.integers(0, 6), st.integers(-4, 6), cycles, shares)
def test_wsd_with_waves(lr, w, d, s, n, ratio):
    kwargs = {"lr": lr, "num_warmup_steps": w, "num_decay_steps": d, "num_cycles": n}
    total = max(0, w + d + s)
    agree(WSD, 25, **kwargs, num_training_steps=total, min_lr_ratio=ratio)


def test_wsd_refuses_what_its_peer_refuses():
    for bad in (
        {},
        {"num_stable_steps": 1, "decay_type": "no"},
        {"num_stable_steps": 1, "warmup_type": "no"},
    ):
        with pytest.raises(ValueError, match=r"num_stable_steps|type"):
            hf.get_wsd_schedule(sgd(1.0), 1, 5, **bad)
        with pytest.raises(ValueError, match=r"num_stable_steps|_type"):
            ours.get_wsd_schedule(1.0, 1, 5, **bad)


metrics = st.lists(
    st.floats(-2.0, 2.0) | st.sampled_from([1.0, 0.5, math.nan]), min_size=1, max_size=60
)


def drive(scheduler, optimizer, values):
    rates = []
    for value in values:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


@given(
    metrics | st.integers(1, 60).map(lambda n: [-float(k) for k in range(n)]),
    st.fixed_dictionaries(
        {"lr": st.sampled_from([1e-4, 1e-3, 0.1, 2.0])},
        optional={
            "mode": st.sampled_from(["min", "max"]),
            "factor": st.sampled_from([0.3, 0.5, 0.95]),
            "patience": st.integers(0, 3),
            "threshold": st.sampled_from([0.0, 1e-4, 0.5]),
            "threshold_mode": st.sampled_from(["rel", "abs"]),
            "cooldown": st.integers(0, 3),
            "warmup": st.integers(0, 3),
            "min_lr": st.sampled_from([0.0, 0.05]),
            "max_lr": st.sampled_from([0.5, 3.0]),
            "eps": st.sampled_from([0.0, 0.01]),
            "smooth": st.booleans(),
            "window_size": st.integers(1, 5),
            "reset_start": st.integers(0, 4),
        },
    ),
)
def test_greedy(values, kwargs):
    optimizer = sgd(kwargs["lr"])
    rest = {name: value for name, value in kwargs.items() if name != "lr"}
    want = drive(hf.get_greedy_schedule(optimizer, **rest), optimizer, values)
    harness.agree(
        "transformers", "GreedyLR", want, Replay(ours.get_greedy_schedule(**kwargs).history(values))
    )
    harness.agree(
        "transformers", "get_greedy_schedule", want, Replay(ours.GreedyLR(**kwargs).history(values))
    )


@given(st.lists(st.floats(0.1, 2.0), min_size=1, max_size=40), st.integers(0, 3))
def test_reduce_on_plateau(values, patience):
    optimizer = sgd(0.5)
    want = drive(hf.get_reduce_on_plateau_schedule(optimizer, patience=patience), optimizer, values)
    fold = ours.get_reduce_on_plateau_schedule(0.5, patience=patience)
    harness.agree(
        "transformers", "get_reduce_on_plateau_schedule", want, Replay(fold.history(values))
    )


@pytest.mark.parametrize("name", ours.SCHEDULER_TYPES)
def test_get_scheduler_picks_by_name(name):
    rest = {"min_lr": 0.1} if "min_lr" in name else {}
    rest = {"num_decay_steps": 2} if name == "warmup_stable_decay" else rest
    schedule = ours.get_scheduler(name, 0.5, 2, 9, rest)
    optimizer = sgd(0.5)
    scheduler = hf.get_scheduler(name, optimizer, 2, 9, rest)
    if name in ("greedy", "reduce_lr_on_plateau"):
        values = [1.0] * 30
        assert schedule.history(values).tolist() == drive(scheduler, optimizer, values)
        return
    rates = []
    for _ in range(14):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    harness.agree("transformers", "get_scheduler", rates, schedule)


def test_every_name_of_the_peer_is_known():
    public = {
        name
        for name, value in vars(hf).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == hf.__name__
        and (inspect.isfunction(value) or inspect.isclass(value))
    }
    assert public == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    assert all(hasattr(ours, name) for name in ours.SCHEDULERS)
    types = {kind.value: make.__name__ for kind, make in hf.TYPE_TO_SCHEDULER_FUNCTION.items()}
    assert types == ours.SCHEDULER_TYPES


def test_arguments_are_the_peers():
    for name in ours.SCHEDULERS:
        peer = inspect.signature(getattr(hf, name)).parameters
        want = {
            n: p.default for n, p in peer.items() if n not in ("last_epoch", "optimizer", "verbose")
        }
        mine = inspect.signature(getattr(ours, name)).parameters
        assert {n: p.default for n, p in mine.items() if n != "lr"} == want, name
        order = list(mine)
        assert [n for n in order if n != "lr"] == list(want)


def test_the_relative_step_of_adafactor():
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = hf.Adafactor([weight], scale_parameter=False)
    rates = []
    for _ in range(200):
        weight.grad = torch.ones(1)
        optimizer.step()
        rates.append(optimizer._get_lr(optimizer.param_groups[0], optimizer.state[weight]))
    expected = InverseSqrt(1.0, timescale=1.0).clip(high=0.01).sample(200)
    assert np.allclose(rates, expected, rtol=1e-12, atol=0)


if __name__ == "__main__":
    golden.write("transformers", "transformers", CASES, theirs)
