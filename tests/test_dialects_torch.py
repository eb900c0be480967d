"""The dialect of PyTorch against rates that PyTorch gave, without PyTorch."""

import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

from lrdecay import Schedule, export
from lrdecay.dialects import torch
from tests.torch_cases import CASES, build

GOLDEN = json.loads((Path(__file__).parent / "data/golden/torch.json").read_text("utf-8"))
CALLS = ("LambdaLR", "MultiplicativeLR", "scale_fn", "ChainedScheduler")


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["scheduler"])
def test_rates_of_the_peer(case):
    schedule = build(torch, case["scheduler"], case["kwargs"])
    assert isinstance(schedule, Schedule)
    rates = np.array(case["lr"])
    unit = np.abs(rates).max()
    for given in (schedule.sample(rates.size), [schedule(k) for k in range(rates.size)]):
        assert np.abs(given - rates).max() <= 1e-12 * unit


def test_every_schedule_has_a_case_and_a_sentence():
    assert set(torch.SCHEDULERS) | {"OneCycleLR_momentum", "CyclicLR_momentum"} == set(
        torch.__all__
    )
    cases = {case["scheduler"] for case in GOLDEN["cases"]}
    assert cases == set(torch.__all__) - {"ReduceLROnPlateau"}
    assert len(GOLDEN["cases"]) == len(CASES)


def test_plateau():
    metrics = [1.0, 0.9, 0.9, 0.9, math.nan, 0.5, 0.6, 0.6, 0.6, 0.6]
    fold = torch.ReduceLROnPlateau(1.0, patience=1, cooldown=1, factor=0.5)
    rates = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]  # PyTorch 2.13.0
    assert fold.history(metrics).tolist() == rates
    assert torch.ReduceLROnPlateau(2e-8, patience=0, factor=0.6).history([1.0] * 4)[-1] == 2e-8


def test_what_calls_no_function_can_be_pickled_and_exported():
    for name, kwargs in CASES:
        schedule = build(torch, name, kwargs)
        if any(word in name + str(kwargs) for word in CALLS):
            continue
        assert pickle.loads(pickle.dumps(schedule)) == schedule
        scope = {}
        exec(export.source(schedule, "python"), scope)
        assert [scope["lr"](k) for k in range(12)] == [schedule(k) for k in range(12)]
    with pytest.raises(ValueError, match="calls a Python function"):
        export.source(torch.LambdaLR(1.0, abs), "python")
    with pytest.raises(ValueError, match="calls a Python function"):
        export.source(torch.LambdaLR(1.0, abs), "optax")


def test_one_cycle_ends():
    run = torch.OneCycleLR(1.0, total_steps=10)
    with pytest.raises(ValueError, match="step must be"):
        run(11)
    assert np.isnan(run([10, 11])).tolist() == [False, True]
    scope = {}
    exec(export.source(run, "python"), scope)
    assert math.isnan(scope["lr"](11))
    for pct in (0.1, 1, 1.5):
        with pytest.raises(ValueError, match="pct_start must be"):
            torch.OneCycleLR(1.0, total_steps=10, pct_start=pct)


def test_functions():
    schedule = torch.LambdaLR(1.0, lambda k: 1.0 if type(k) is int else 0.5)
    assert schedule([0, 1.5, 2]).tolist() == [1.0, 0.5, 1.0]
    assert [schedule(k) for k in (0, 1.5, 2.0)] == [1.0, 0.5, 1.0]
    product = torch.MultiplicativeLR(1.0, float)
    assert [product(4), product(2), product(2.5)] == [24.0, 2.0, 2.0]
    assert product(np.array([[0, 5], [3, 1]])).tolist() == [[1.0, 120.0], [6.0, 1.0]]
    assert pickle.loads(pickle.dumps(product)) == product
    joined = torch.SequentialLR(1.0, [torch.ExponentialLR(1.0, 0.5), product], [2])
    assert [joined(k) for k in range(4)] == joined.sample(4).tolist() == [1.0, 0.5, 0.0, 0.0]
    for make in (torch.LambdaLR, torch.MultiplicativeLR):
        for wrong in (0.5, [abs, abs]):
            with pytest.raises(ValueError, match="lr_lambda must be"):
                make(1.0, wrong)


def test_a_trace_is_refused():
    jax = pytest.importorskip("jax")
    with pytest.raises(ValueError, match="calls a Python function"):
        jax.jit(torch.LambdaLR(1.0, abs))(3)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: torch.OneCycleLR([1.0, 2.0], 10), "max_lr must be one number"),
        (lambda: torch.CyclicLR(0.1, [1.0, 2.0]), "max_lr must be one number"),
        (lambda: torch.CyclicLR(1.0, 0.1), "max_lr must be at least base_lr"),
        (lambda: torch.CyclicLR(0.1, 1.0, scale_fn=abs, scale_mode="epoch"), "scale_mode must be"),
        (lambda: torch.ReduceLROnPlateau(1.0, min_lr=[0.1, 0.1]), "min_lr must be one number"),
        (lambda: torch.ConstantLR(1.0, total_iters=0), "total_iters must be .* 169107"),
        (lambda: torch.LinearLR(1.0, total_iters=0), "total_iters must be .* 169107"),
        (lambda: torch.PolynomialLR(1.0, total_iters=0), "total_iters must be .* 169107"),
        (lambda: torch.MultiStepLR(1.0, [-1, 3]), "milestones must be"),
        (lambda: torch.CosineAnnealingLR(1.0, 4, -0.1), "eta_min must be"),
        (lambda: torch.ExponentialLR(1.0, 0.0), "gamma must be"),
        (lambda: torch.OneCycleLR_momentum(1.0, 9, cycle_momentum=False), "cycle_momentum must"),
        (
            lambda: torch.SequentialLR(1.0, [0.5, 0.5], [2]),
            "schedulers must be a Schedule, got 0.5",
        ),
        (
            lambda: torch.SequentialLR(1.0, [torch.StepLR(1.0, 2)] * 3, [5, 3]),
            "milestones must be steps in rising order",
        ),
    ],
)
def test_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
