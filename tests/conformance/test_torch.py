"""The dialect of PyTorch against PyTorch.

Run as a program it writes the golden file.
"""

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # when run as a program

import golden
import harness
import numpy as np
import pytest
from folds import Replay
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdecay.dialects import torch as ours
from tests.torch_cases import CASES, FUNCTIONS, build, case, named

torch = pytest.importorskip("torch")
lr_scheduler = torch.optim.lr_scheduler
swa_utils = torch.optim.swa_utils

RATES = st.floats(1e-3, 10.0)
SHARES = st.floats(0.0, 1.0)
GAMMAS = st.floats(0.3, 1.05)
STEPS = st.integers(1, 25)


def sgd(lr):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.5)


def make(optimizer, name, kwargs):
    kwargs = {key: named(value) for key, value in kwargs.items() if key != "lr"}
    if "schedulers" in kwargs:
        kwargs["schedulers"] = [make(optimizer, *inner) for inner in kwargs["schedulers"]]
        if name == "ChainedScheduler":
            return lr_scheduler.ChainedScheduler(kwargs["schedulers"], optimizer)
    return getattr(swa_utils if name == "SWALR" else lr_scheduler, name)(optimizer, **kwargs)


def theirs(name, steps, **kwargs):
    optimizer = sgd(kwargs.get("lr", 123.0))
    name, _, what = name.partition("_")
    scheduler = make(optimizer, name, kwargs)
    rates = []
    for k in range(steps):
        if k > 0:
            optimizer.step()
            scheduler.step()
        rates.append(optimizer.param_groups[0][what or "lr"])
    return rates


def agree(name, steps, kwargs):
    schedule = build(ours, name, kwargs)
    harness.agree("torch", name.partition("_")[0], theirs(name, steps, **kwargs), schedule)
    return schedule


@pytest.mark.parametrize(("name", "kwargs"), CASES)
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_cases(name, kwargs):
    agree(name, 16 if "OneCycle" in str(kwargs) + name else 60, kwargs)


def test_every_public_scheduler_is_covered():
    known = set(ours.SCHEDULERS) | set(ours.NOT_SCHEDULES)
    assert known == set(lr_scheduler.__all__) | set(swa_utils.__all__)
    assert set(ours.SCHEDULERS) <= set(ours.__all__)


FACTORS = [
    st.builds(
        lambda lr, f, n: case("ConstantLR", lr, factor=f, total_iters=n),
        RATES,
        st.floats(0.01, 1.0),
        STEPS,
    ),
    st.builds(
        lambda lr, s, e, n: case("LinearLR", lr, start_factor=s, end_factor=e, total_iters=n),
        RATES,
        st.floats(0.01, 1.0),
        SHARES,
        STEPS,
    ),
    st.builds(lambda lr, n, g: case("StepLR", lr, step_size=n, gamma=g), RATES, STEPS, GAMMAS),
    st.builds(
        lambda lr, m, g: case("MultiStepLR", lr, milestones=m, gamma=g),
        RATES,
        st.lists(st.integers(0, 20), max_size=5),
        GAMMAS,
    ),
    st.builds(lambda lr, g: case("ExponentialLR", lr, gamma=g), RATES, GAMMAS),
    st.builds(
        lambda lr, n, p: case("PolynomialLR", lr, total_iters=n, power=p),
        RATES,
        STEPS,
        st.floats(0.2, 4.0),
    ),
    st.builds(
        lambda lr, f: case("MultiplicativeLR", lr, lr_lambda=f),
        RATES,
        st.sampled_from([*FUNCTIONS]),
    ),
]
COSINES = st.builds(
    lambda lr, n, e: case("CosineAnnealingLR", lr, T_max=n, eta_min=e),
    RATES,
    # The recursion of PyTorch loses digits with the square of T_max.
    st.integers(1, 20),
    st.just(0.0) | st.floats(0.0, 2.0),
)
LAMBDAS = st.builds(
    lambda lr, f: case("LambdaLR", lr, lr_lambda=f), RATES, st.sampled_from([*FUNCTIONS])
)
RESTARTS = st.builds(
    lambda lr, n, m, e: case("CosineAnnealingWarmRestarts", lr, T_0=n, T_mult=m, eta_min=e),
    RATES,
    st.integers(1, 10),
    st.integers(1, 4),
    st.floats(0.0, 1.0),
)
SCALED = st.fixed_dictionaries(
    {"mode": st.sampled_from(["triangular", "triangular2", "exp_range"])},
    optional={
        "gamma": GAMMAS,
        "step_size_down": st.none() | STEPS,
        "scale_fn": st.sampled_from([*FUNCTIONS]),
        "scale_mode": st.sampled_from(["cycle", "iterations"]),
    },
)
CYCLIC = st.builds(
    lambda low, rise, up, scaled: case(
        "CyclicLR", base_lr=low, max_lr=low + rise, step_size_up=up, **scaled
    ),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    STEPS,
    SCALED,
)
SWA = st.builds(
    lambda lr, swa, n, how: case("SWALR", lr, swa_lr=swa, anneal_epochs=n, anneal_strategy=how),
    RATES,
    RATES,
    st.integers(0, 20),
    st.sampled_from(["cos", "linear"]),
)
ALONE = st.one_of(*FACTORS, COSINES, LAMBDAS, RESTARTS, CYCLIC, SWA)


@given(ALONE)
def test_alone(one):
    agree(one[0], 70, one[1])


@pytest.mark.parametrize("strategy", [*FACTORS, COSINES, RESTARTS, CYCLIC, SWA])
def test_each(strategy):
    @given(strategy)
    def check(one):
        agree(one[0], 45, one[1])

    check()


@given(st.integers(1, 40), SHARES, st.booleans(), st.sampled_from(["cos", "linear"]), RATES)
def test_one_cycle(total, pct, three, strategy, peak):
    shape = {"pct_start": pct, "three_phase": three, "anneal_strategy": strategy}
    kwargs = {"max_lr": peak, "total_steps": total, "div_factor": 10.0} | shape
    try:
        theirs("OneCycleLR", 0, **kwargs)
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="pct_start must be other than 1 / total_steps"):
            ours.OneCycleLR(**kwargs)
        return
    schedule = agree("OneCycleLR", total, kwargs)
    agree("OneCycleLR_momentum", total, kwargs)
    optimizer = sgd(1.0)
    scheduler = make(optimizer, "OneCycleLR", kwargs)
    for _ in range(total - 1):
        optimizer.step()
        scheduler.step()
    optimizer.step()
    try:
        scheduler.step()
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="step"):
            schedule(total)
    else:
        # The harness takes the largest rate for the unit; this one may be far larger.
        got, want = schedule(total), optimizer.param_groups[0]["lr"]
        assert got == pytest.approx(want, rel=1e-9, abs=1e-12 * peak)
        with pytest.raises(ValueError, match="Tried to step"):
            scheduler.step()
    with pytest.raises(ValueError, match="step"):
        schedule(total + 1)
    assert np.isnan(schedule(np.array([total + 1]))).all()


def test_one_cycle_golden_rows():
    run = ours.OneCycleLR(1.0, total_steps=10, anneal_strategy="linear")
    row = [0.04, 0.52, 1, 0.8571, 0.7143, 0.5714, 0.4286, 0.2857, 0.1429, 0, -0.1429]
    assert run.sample(11).round(4).tolist() == row
    run = ours.OneCycleLR(1.0, total_steps=5, pct_start=1.0)
    assert run(4) == 1.0
    with pytest.raises(ValueError, match="step"):
        run(5)


def with_lr(one, lr):
    return one[0], one[1] | ({"lr": lr} if "lr" in one[1] else {})


CHILDREN = st.one_of(*FACTORS, COSINES, LAMBDAS, RESTARTS, CYCLIC)


@given(RATES, st.lists(CHILDREN, min_size=1, max_size=4), st.data())
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_sequential(lr, schedulers, data):
    count = len(schedulers) - 1
    milestones = sorted(data.draw(st.lists(st.integers(0, 25), min_size=count, max_size=count)))
    # CyclicLR made first would give its rate to the others.
    schedulers = [with_lr(FACTOR_ONE, lr), *(with_lr(one, lr) for one in schedulers)]
    kwargs = {"lr": lr, "schedulers": schedulers, "milestones": [2, *(m + 2 for m in milestones)]}
    agree("SequentialLR", 45, kwargs)


FACTOR_ONE = case("StepLR", 1.0, step_size=50)


@given(RATES, st.lists(st.one_of(*FACTORS, COSINES), min_size=1, max_size=4))
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_chained(lr, schedulers):
    kwargs = {"lr": lr, "schedulers": [with_lr(one, lr) for one in schedulers]}
    agree("ChainedScheduler", 45, kwargs)


METRICS = st.one_of(
    st.floats(-2.0, 2.0),
    st.sampled_from([1.0, -1.0, -0.99995, 0.0, math.nan, math.inf, -math.inf]),
)


@given(
    st.lists(METRICS, min_size=1, max_size=40),
    st.fixed_dictionaries(
        {
            "mode": st.sampled_from(["min", "max"]),
            "factor": st.floats(0.1, 0.99),
            "patience": st.integers(0, 4),
            "threshold": st.sampled_from([0.0, 1e-4, 0.1, 1.5]),
            "threshold_mode": st.sampled_from(["rel", "abs"]),
            "cooldown": st.integers(0, 3),
            "min_lr": st.sampled_from([0.0, 0.05]),
            "eps": st.sampled_from([1e-8, 0.0, 0.3]),
        }
    ),
    st.sampled_from([1.0, 3e-8]),
)
def test_plateau(metrics, kwargs, scale):
    kwargs["min_lr"] *= scale
    optimizer = sgd(scale)
    peer = lr_scheduler.ReduceLROnPlateau(optimizer, **kwargs)
    want = []
    for metric in metrics:
        peer.step(metric)
        want.append(optimizer.param_groups[0]["lr"])
    got = ours.ReduceLROnPlateau(scale, **kwargs).history(metrics).tolist()
    harness.agree("torch", "ReduceLROnPlateau", want, Replay(np.array(got)))
    assert got == want


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        case("OneCycleLR", max_lr=1.0),
        case("OneCycleLR", max_lr=1.0, epochs=3),
        case("OneCycleLR", max_lr=1.0, total_steps=0),
        case("OneCycleLR", max_lr=1.0, total_steps=10.0),
        case("OneCycleLR", max_lr=1.0, epochs=3, steps_per_epoch=0),
        case("OneCycleLR", max_lr=1.0, total_steps=10, pct_start=1),
        case("OneCycleLR", max_lr=1.0, total_steps=10, pct_start=1.5),
        case("OneCycleLR", max_lr=1.0, total_steps=10, pct_start=0.1),
        case("OneCycleLR", max_lr=1.0, total_steps=10, anneal_strategy="cosine"),
        case("OneCycleLR", max_lr=1.0, total_steps=10, div_factor=0),
        case("CyclicLR", base_lr=0.1, max_lr=1.0, mode="square"),
        case("CosineAnnealingWarmRestarts", 1.0, T_0=0),
        case("CosineAnnealingWarmRestarts", 1.0, T_0=4.0),
        case("CosineAnnealingWarmRestarts", 1.0, T_0=4, T_mult=0),
        case("CosineAnnealingLR", 1.0, T_max=0),
        case("ConstantLR", 1.0, factor=1.5),
        case("ConstantLR", 1.0, factor=0.0),
        case("LinearLR", 1.0, start_factor=0.0),
        case("LinearLR", 1.0, end_factor=2.0),
        case("StepLR", 1.0, step_size=0),
        case("PolynomialLR", 1.0, power=-1.0),
        case("SWALR", 1.0, swa_lr=0.1, anneal_strategy="no"),
        case("SWALR", 1.0, swa_lr=0.1, anneal_epochs=-1),
        case("ReduceLROnPlateau", 1.0, factor=1.0),
        case("ReduceLROnPlateau", 1.0, mode="up"),
        case("ReduceLROnPlateau", 1.0, threshold_mode="no"),
        case("SequentialLR", 1.0, schedulers=[], milestones=[]),
        case("SequentialLR", 1.0, schedulers=[case("StepLR", 1.0, step_size=2)], milestones=[2]),
        case("ChainedScheduler", 1.0, schedulers=[]),
        case(
            "SequentialLR",
            1.0,
            schedulers=[
                case("StepLR", 1.0, step_size=2),
                case("ChainedScheduler", 1.0, schedulers=[case("StepLR", 1.0, step_size=2)] * 2),
            ],
            milestones=[2],
        ),
    ],
)
def test_both_refuse(name, kwargs):
    with pytest.raises(ValueError, match="must be"):
        build(ours, name, kwargs)
    with pytest.raises((ValueError, ZeroDivisionError, NotImplementedError)):
        theirs(name, 9, **kwargs)


# --- one combination inside another ---------------------------------------------------------------


def nested(*inner):
    """Draw a leaf, or a combination of what is drawn, all made with the rate 1."""
    few = st.lists(st.one_of(*inner), min_size=1, max_size=3)
    chained = few.map(lambda parts: case("ChainedScheduler", 1.0, schedulers=parts))
    milestones = st.lists(st.integers(0, 20), min_size=2, max_size=2).map(sorted)
    sequence = st.tuples(few, milestones).map(
        lambda t: case("SequentialLR", 1.0, schedulers=t[0], milestones=t[1][: len(t[0]) - 1])
    )
    return chained, sequence


LEAVES = [strategy.map(lambda one: with_lr(one, 1.0)) for strategy in (*FACTORS, COSINES)]
NESTED = st.one_of(*nested(*LEAVES, *nested(*LEAVES, *nested(*LEAVES))))


@given(NESTED)
@settings(max_examples=400)
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_nested(one):
    name, kwargs = one
    try:
        schedule = build(ours, name, kwargs)
    except ValueError as error:
        if "NotImplementedError" in str(error):
            with pytest.raises(NotImplementedError):
                theirs(name, 45, **kwargs)
        else:
            assert "pytorch#196243" in str(error)  # noqa: PT017 - one of two
        return
    rates = np.array(theirs(name, 45, **kwargs))
    unit = np.abs(rates).max()
    for ours_are in (schedule.sample(45), [schedule(k) for k in range(45)]):
        np.testing.assert_allclose(ours_are, rates, rtol=1e-9, atol=1e-11 * unit)


FIRST = {
    "ConstantLR": {"factor": 0.5},
    "LinearLR": {"start_factor": 0.1},
    "StepLR": {"step_size": 2},
    "MultiStepLR": {"milestones": [0, 3]},
    "ExponentialLR": {"gamma": 0.5},
    "PolynomialLR": {"total_iters": 6},
    "MultiplicativeLR": {"lr_lambda": "0.9 or 0.8"},
    "CosineAnnealingLR": {"T_max": 6},
    "LambdaLR": {"lr_lambda": "0.7**n"},
    "CosineAnnealingWarmRestarts": {"T_0": 4},
}


@pytest.mark.parametrize("name", FIRST)
@pytest.mark.parametrize("outer", ["ChainedScheduler", "SequentialLR"])
@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_a_combination_comes_first_where_pytorch_keeps_it(name, outer):
    alone = case(name, 1.0, **FIRST[name])
    combined = case(
        outer, 1.0, schedulers=[alone], **({"milestones": []} if outer == "SequentialLR" else {})
    )
    parts = [combined, case("ConstantLR", 1.0, factor=0.25)]
    kwargs = {"lr": 1.0, "schedulers": parts, "milestones": [5]}
    kept = theirs("SequentialLR", 5, **kwargs) == pytest.approx(theirs(name, 5, **alone[1]))
    if kept:
        agree("SequentialLR", 12, kwargs)
    else:
        with pytest.raises(ValueError, match=r"one step ahead \(pytorch#196243\)"):
            build(ours, "SequentialLR", kwargs)


def test_a_chain_comes_first_in_a_sequence():
    parts = [ours.LinearLR(0.05, 0.1, total_iters=5), ours.ConstantLR(0.05, 0.1, 5)]
    chain = ours.ChainedScheduler(0.05, parts)
    schedule = ours.SequentialLR(0.05, [chain, ours.ConstantLR(0.05, 0.5, 5)], [5])
    want = [0.0005, 0.0014, 0.0023, 0.0032, 0.0041, 0.025]
    assert schedule.sample(6).tolist() == pytest.approx(want, rel=1e-12)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_nested_sequence_skips_a_step_in_pytorch():
    inner = [
        case("LinearLR", 1.0, start_factor=0.1, total_iters=3),
        case("StepLR", 1.0, step_size=9),
    ]
    nested = case("SequentialLR", 1.0, schedulers=inner, milestones=[3])
    outer = {"schedulers": [nested, inner[1]], "milestones": [8]}
    assert np.round(theirs("SequentialLR", 4, lr=1.0, **outer), 4).tolist() == [0.1, 0.4, 1.0, 1.0]
    with pytest.raises(ValueError, match=r"pytorch#196243"):
        build(ours, "SequentialLR", {"lr": 1.0} | outer)


def test_what_cannot_be_chained():
    fall = ours.ExponentialLR(1.0, 0.9)
    for other in (
        ours.LambdaLR(1.0, abs),
        ours.CosineAnnealingWarmRestarts(1.0, 4),
        ours.CyclicLR(0.1, 1.0),
        ours.OneCycleLR(1.0, 10),
        ours.SequentialLR(1.0, [fall, ours.LambdaLR(1.0, abs)], [3]),
    ):
        with pytest.raises(ValueError, match="overwrite the rate"):
            ours.ChainedScheduler(1.0, [other, fall])
    for n, strategy in ((10, "cos"), (10, "linear"), (0, "cos")):
        with pytest.raises(ValueError, match="SWALR anneals from whatever rate it finds"):
            ours.ChainedScheduler(1.0, [fall, ours.SWALR(1.0, 0.1, n, strategy)])
    with pytest.raises(ValueError, match="SequentialLR of this dialect"):
        ours.ChainedScheduler(1.0, [fall, fall.shift(3)])
    parts = [
        case("LambdaLR", 1.0, lr_lambda="0.7**n"),
        case("ExponentialLR", 1.0, gamma=0.5),
    ]
    rates = theirs("ChainedScheduler", 4, lr=1.0, schedulers=parts)
    assert rates == pytest.approx([1.0, 0.7 * 0.5, 0.49 * 0.5, 0.343 * 0.5])


def test_what_depends_on_the_rate_before():
    fall = ours.ExponentialLR(1.0, 0.9)
    with pytest.raises(ValueError, match=r"made with lr = 0\.81"):
        ours.SequentialLR(1.0, [fall, ours.SWALR(1.0, 0.1)], [3])
    with pytest.raises(ValueError, match=r"max_lr / div_factor = 0\.04"):
        ours.SequentialLR(1.0, [fall, ours.OneCycleLR(1.0, 10)], [3])
    with pytest.raises(ValueError, match="at most one OneCycleLR"):
        ours.SequentialLR(1.0, [ours.OneCycleLR(1.0, 9), ours.OneCycleLR(2.0, 9)], [9])
    with pytest.raises(ValueError, match=r"made with the same lr = 2\.0"):
        ours.SequentialLR(2.0, [fall, fall], [3])
    with pytest.raises(ValueError, match=r"made with the same lr = 2\.0"):
        ours.ChainedScheduler(2.0, [fall, fall])


def test_restarts_are_those_of_step_not_of_step_epoch():
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=3)
    optimizer.step()
    scheduler.step(1210)
    assert optimizer.param_groups[0]["lr"] < 1e-5
    assert ours.CosineAnnealingWarmRestarts(1.0, T_0=10, T_mult=3)(1210) == 1.0


if __name__ == "__main__":
    golden.write("torch", "torch", CASES, theirs)
