"""The dialect of pytorch-scheduler against pytorch-scheduler.

Run as a program it writes the golden file.
"""

import inspect

import golden
import harness
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdecay import Schedule
from lrdecay.dialects import pytorch_scheduler as ours

torch = pytest.importorskip("torch")
peer = pytest.importorskip("pytorch_scheduler")

RESTARTS = "CosineAnnealingWarmupRestarts"


def theirs(name, steps, lr=0.5, **kwargs):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    if "base_scheduler" in kwargs:
        inner, rest = kwargs["base_scheduler"]
        kwargs["base_scheduler"] = getattr(peer, inner)(optimizer, **rest)
        optimizer.param_groups[0]["lr"] = lr
    scheduler = getattr(peer, name)(optimizer, **kwargs)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def build(name, kwargs):
    kwargs = dict(kwargs)
    if "base_scheduler" in kwargs:
        inner, rest = kwargs["base_scheduler"]
        first = {} if inner == RESTARTS else {"lr": kwargs["lr"]}
        kwargs["base_scheduler"] = getattr(ours, inner)(**first, **rest)
    return getattr(ours, name)(**kwargs)


def agree(name, steps, **kwargs):
    harness.agree("pytorch-scheduler", name, theirs(name, steps, **kwargs), build(name, kwargs))


def case(name, *args, lr=1.0, **kwargs):
    first = [n for n in inspect.signature(getattr(ours, name)).parameters if n != "lr"]
    start = {} if name == RESTARTS else {"lr": lr}
    return name, start | dict(zip(first, args, strict=False)) | kwargs


CASES = [
    case("IdentityScheduler"),
    case("ChebyshevScheduler", 8, 0.1),
    case("RexScheduler", 4),
    case("KDecayScheduler", 8, 2.0),
    case("TanhDecayScheduler", 8, 3.0, 0.1),
    case("CosineWithWarmupScheduler", 8, 3, 0.1),
    case("LinearDecayScheduler", 8, 3, 0.1),
    case("PolynomialScheduler", 8, 2.0, 0.1, 3),
    case("PolynomialScheduler", 5, 0.5, 0.1, 2, cycle=True),
    case("InverseSqrtScheduler", 4),
    case("PowerDecayScheduler", 8, 3, 0.7),
    case("PowerDecayScheduler", 8, min_lr=0.4),
    case("HyperbolicLRScheduler", 4, 8),
    case("HyperbolicLRScheduler", 8, 8, 0.1, 3),
    case("ExpHyperbolicLRScheduler", 8, 12, 0.1, 3),
    case("FlatCosineScheduler", 8),
    case("TrapezoidalScheduler", 9, 2, 4, 0.1),
    case("TrapezoidalScheduler", 5, 2, 0, 0.1),
    case("TrapezoidalScheduler", 3, 3, 0, 0.1),
    case("WarmupHoldCosineScheduler", 9, 2, 3, 0.1),
    *(case("WSDScheduler", 9, 2, 3, 0.1, decay_type=d) for d in ("cosine", "linear", "sqrt")),
    case("SlantedTriangularScheduler", 12),
    case("SlantedTriangularScheduler", 8),
    case("SlantedTriangularScheduler", 8, 0.5, 0.5),
    case(RESTARTS, 4),
    case(RESTARTS, 4, 2, 1.0, 0.1, 1.5, 0.5),
]
WARMED = [c for c in CASES if c[0] != "PolynomialScheduler"]

lrs = st.floats(1e-4, 10.0)
totals = st.integers(1, 30)
shares = st.floats(0.0, 1.0)


@pytest.mark.parametrize(("name", "kwargs"), CASES)
def test_case(name, kwargs):
    agree(name, 40, **kwargs)


@given(lrs, totals, shares, st.floats(0.2, 4.0))
def test_without_warmup(lr, t, share, power):
    least = {"min_lr": share * lr}
    agree("IdentityScheduler", 3, lr=lr)
    agree("RexScheduler", t + 5, lr=lr, total_steps=t)
    agree("ChebyshevScheduler", t + 5, lr=lr, total_steps=t, **least)
    agree("KDecayScheduler", t + 5, lr=lr, total_steps=t, k=power, **least)
    agree("TanhDecayScheduler", t + 5, lr=lr, total_steps=t, steepness=power, **least)
    if share < 1:
        agree("FlatCosineScheduler", t + 5, lr=lr, total_steps=t, flat_fraction=share)
    agree("InverseSqrtScheduler", 40, lr=lr, warmup_steps=t)


@given(lrs, st.integers(0, 9), totals, st.floats(0.0, 1.5), st.floats(0.2, 3.0), st.booleans())
def test_with_warmup(lr, w, left, share, power, cycle):
    t = w + left
    kwargs = {"lr": lr, "total_steps": t, "warmup_steps": w, "min_lr": share * lr}
    agree("CosineWithWarmupScheduler", t + 5, **kwargs)
    agree("LinearDecayScheduler", t + 5, **kwargs)
    agree("PolynomialScheduler", 2 * t + 5, **kwargs, power=power, cycle=cycle)
    agree("PowerDecayScheduler", t + 5, **kwargs, alpha=power)


@given(lrs, st.integers(0, 9), totals, st.integers(0, 20), st.floats(0.001, 1.0))
def test_hyperbolas(lr, w, left, more, share):
    t = w + left
    kwargs = {"lr": lr, "total_steps": t, "warmup_steps": w, "min_lr": share * lr}
    agree("HyperbolicLRScheduler", t + 5, **kwargs, upper_bound=t + more)
    agree("ExpHyperbolicLRScheduler", t + 5, **kwargs, upper_bound=t + more)


@given(
    lrs,
    st.integers(0, 9),
    st.integers(0, 9),
    totals,
    shares,
    st.sampled_from(["cosine", "linear", "sqrt"]),
)
def test_phases(lr, w, held, d, share, shape):
    kwargs = {"lr": lr, "total_steps": w + held + d, "warmup_steps": w, "min_lr": share * lr}
    steps = w + held + d + 5
    agree("TrapezoidalScheduler", steps, **kwargs, decay_steps=d)
    agree("TrapezoidalScheduler", steps, **kwargs, decay_steps=0)
    agree("WarmupHoldCosineScheduler", steps, **kwargs, hold_steps=held)
    agree("WSDScheduler", steps, **kwargs, stable_steps=held, decay_type=shape)


@given(lrs, totals, st.floats(0.01, 0.99), st.floats(0.2, 50.0))
def test_slanted_triangular(lr, t, cut, ratio):
    kwargs = {"lr": lr, "total_steps": t, "ratio": ratio}
    agree("SlantedTriangularScheduler", t + 5, **kwargs, cut_frac=cut)


@given(
    lrs,
    st.integers(1, 12),
    st.integers(0, 11),
    shares,
    st.sampled_from([1.0, 1.3, 1.5, 2, 3.0]),
    st.sampled_from([1.0, 0.5, 1.2]),
)
def test_restarts(lr, first, w, share, mult, gamma):
    kwargs = {"max_lr": lr, "min_lr": share * lr, "cycle_mult": mult, "gamma": gamma}
    agree(RESTARTS, 60, first_cycle_steps=first, warmup_steps=min(w, first - 1), **kwargs)


@given(
    st.sampled_from(CASES), st.integers(0, 8), st.sampled_from(["linear", "cosine", "exponential"])
)
def test_warmup_scheduler(inner, w, shape):
    name, kwargs = inner
    rest = {key: value for key, value in kwargs.items() if key != "lr"}
    # A base whose own first rate is another is asked only after the warmup.
    if name == RESTARTS and w == 0:
        return
    kwargs = {"lr": 0.7, "base_scheduler": (name, rest), "warmup_steps": w, "warmup_type": shape}
    agree("WarmupScheduler", 40, **kwargs)


@pytest.mark.parametrize(
    ("index", "argument", "value"),
    [
        (2, "total_steps", 0),
        (3, "k", 0.0),
        (4, "steepness", 0.0),
        (5, "warmup_steps", 8),
        (6, "min_lr", -0.1),
        (7, "power", 0.0),
        (9, "warmup_steps", 0),
        (10, "alpha", 0.0),
        (13, "upper_bound", 7),
        (14, "min_lr", 0.0),
        (15, "flat_fraction", 1.0),
        (16, "decay_steps", 8),
        (19, "hold_steps", 7),
        (20, "stable_steps", 7),
        (23, "cut_frac", 1.0),
        (23, "ratio", 0.0),
        (26, "warmup_steps", 4),
        (26, "max_lr", 0.0),
        (26, "gamma", 0.0),
    ],
)
def test_refuses_what_its_peer_refuses(index, argument, value):
    name, kwargs = CASES[index]
    kwargs = kwargs | {argument: value}
    with pytest.raises(ValueError, match=r"must"):
        theirs(name, 1, **kwargs)
    with pytest.raises(ValueError, match=r"must"):
        build(name, kwargs)


def test_what_else_is_refused():
    with pytest.raises(ValueError, match="cycle_mult"):
        ours.CosineAnnealingWarmupRestarts(4, cycle_mult=0.5)
    with pytest.raises(ValueError, match="decay_type"):
        ours.WSDScheduler(1.0, 5, 1, 1, decay_type="no")
    with pytest.raises(ValueError, match="warmup_type"):
        ours.WarmupScheduler(1.0, ours.IdentityScheduler(1.0), 3, "no")


def test_the_rows_of_the_reference():
    rows = [
        (ours.TanhDecayScheduler(1.0, 8), [0.9975, 0.989, 0.9526, 0.8176, 0.5, 0.1824]),
        (ours.RexScheduler(1.0, 4), [1, 0.8571, 0.6667, 0.4, 0]),
        (ours.HyperbolicLRScheduler(1.0, 4, 8, 0.0), [1, 0.852, 0.693, 0.509, 0.134]),
    ]
    for schedule, row in rows:
        assert isinstance(schedule, Schedule)
        assert np.round(schedule.sample(len(row)), 4).tolist() == row


def test_every_name_of_the_peer_is_known():
    assert set(peer.__all__) == set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    for name in ours.SCHEDULERS:
        want = inspect.signature(getattr(peer, name)).parameters
        mine = inspect.signature(getattr(ours, name)).parameters
        known = [(n, p.default) for n, p in mine.items() if n != "lr"]
        left_out = ("optimizer", "last_epoch")
        assert known == [(n, p.default) for n, p in want.items() if n not in left_out], name


if __name__ == "__main__":
    golden.write("pytorch-scheduler", "pytorch_scheduler", CASES, theirs)
