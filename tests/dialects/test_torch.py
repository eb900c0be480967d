"""What is peculiar to the dialect of PyTorch; its rates are in test_golden."""

import inspect
import itertools
import math
import pickle
import re
from typing import Any

import numpy as np
import pytest

import lrdecay
from lrdecay import export
from lrdecay.dialects import torch
from tests.golden import GOLDEN
from tests.torch_cases import CASES, build

NAMES = [name for name in torch.__all__ if inspect.isfunction(getattr(torch, name))]
CALLS = ("LambdaLR", "MultiplicativeLR", "scale_fn")


def test_the_peer_gave_rates_for_every_case():
    assert [case["scheduler"] for case in GOLDEN["torch"]] == [name for name, _ in CASES]


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
        if "eta_min" in str(kwargs) and name == "ChainedScheduler":
            with pytest.raises(ValueError, match="computes each rate from the one before has none"):
                export.source(schedule, "python")
            continue
        scope = {}
        exec(export.source(schedule, "python"), scope)
        assert [scope["lr"](k) for k in range(12)] == [schedule(k) for k in range(12)]


TAKES_NUMBERS = {
    "abs": abs,
    "an if": lambda k: 1.0 if k < 3 else 0.5,
    "the smaller": lambda k: min(1.0, k / 3),
    "a table": {0: 1.0, 30: 0.1}.get,
    "a set": lambda k: 0.5 ** (k in {30, 60}),
    "a type": lambda k: 1.0 if isinstance(k, int) else 0.5,
    "NumPy": np.cos,
    "math": math.cos,
    "text": lambda _: "0.5",
}


@pytest.mark.parametrize("function", TAKES_NUMBERS.values(), ids=TAKES_NUMBERS)
@pytest.mark.parametrize("target", ["python", "torch", "optax", "keras"])
def test_a_function_that_takes_only_numbers_has_no_source(function, target):
    for schedule in (torch.LambdaLR(1.0, function), torch.CyclicLR(0.1, 1.0, scale_fn=function)):
        with pytest.raises(ValueError, match=r"schedule must .* calls a Python function cannot be"):
            export.source(schedule, target)


WORKS_ON_SYMBOLS = {
    "power": lambda k: 0.95**k,
    "of NumPy": lambda k: np.float64(0.95) ** k * np.int64(1),
    "whole": lambda k: 0.1 ** (k // 30),
    "floor": lambda k: 0.1 ** math.floor(k / 30),
    "counted": lambda k: 0.1 ** sum(k >= m for m in (3, 6, 9)),
    "masks": lambda k: (k < 5) * 0.5 + (k >= 5) * 0.25,
    "constant": lambda _: 0.5,
    "modulo": lambda k: 1 - k % 7 / 7 - 0.5 * -(k // 1) / (1 + k),
}


@pytest.mark.parametrize("function", WORKS_ON_SYMBOLS.values(), ids=WORKS_ON_SYMBOLS)
def test_a_function_that_works_on_symbols_has_source(function):
    schedule = torch.LambdaLR(0.1, function)
    for code in (export.source(schedule, "python"), export.source(schedule, "optax")):
        assert code.startswith("# Factor(base_lr=0.1, factor=...)\n# (... stands for what is not")
    scope = {}
    exec(export.source(schedule, "python"), scope)
    assert [scope["lr"](k) for k in range(70)] == [schedule(k) for k in range(70)]
    jnp = pytest.importorskip("jax.numpy")
    exec(export.source(schedule, "optax"), scope)
    rates = scope["schedule"](jnp.arange(70))
    assert rates.shape == (70,)
    np.testing.assert_allclose(rates, schedule.sample(70), rtol=1e-5, atol=1e-8)


def test_what_has_no_formula_says_so_and_what_can_be_done():
    for schedule in (
        torch.MultiplicativeLR(0.1, lambda _: 0.5),
        torch.ChainedScheduler(
            0.1, [torch.LinearLR(0.1, 0.1, 1.0, 5), torch.CosineAnnealingLR(0.1, 10, 0.01)]
        ),
    ):
        words = (
            r"schedule must be a formula: a schedule that computes each rate from the one before"
        )
        with pytest.raises(ValueError, match=words) as raised:
            export.source(schedule, "python")
        assert "Python function" not in str(raised.value)
        assert "Piecewise(range(1, n), schedule.sample(n))" in str(raised.value)
        table = lrdecay.Piecewise(range(1, 30), schedule.sample(30))
        scope = {}
        exec(export.source(table, "python"), scope)
        assert [scope["lr"](k) for k in range(30)] == [schedule(k) for k in range(30)]


def test_a_chain_with_a_cosine_to_0_is_a_formula():
    parts = [torch.LinearLR(0.1, 0.1, 1.0, 5), torch.CosineAnnealingLR(0.1, 10)]
    schedule: Any
    for schedule in (
        torch.ChainedScheduler(0.1, parts),
        torch.ChainedScheduler(
            0.1, [parts[1], torch.PolynomialLR(0.1, 15), torch.ExponentialLR(0.1, 0.01)]
        ),
        torch.ChainedScheduler(
            0.1, [torch.StepLR(0.1, 3, 0.01), parts[1], torch.MultiStepLR(0.1, [5, 30])]
        ),
    ):
        chain: Any = schedule
        rate, by_hand = chain._start(), []
        for k in range(400):
            rate = chain._next(rate, k) if k else rate
            by_hand.append(rate)
        close: Any = {"rtol": 1e-9, "atol": 1e-14}
        np.testing.assert_allclose(schedule.sample(400), by_hand, **close)
        np.testing.assert_allclose([schedule(k) for k in range(400)], by_hand, **close)
        scope = {}
        exec(export.source(schedule, "python"), scope)
        assert [scope["lr"](k) for k in range(50)] == [schedule(k) for k in range(50)]
        jax = pytest.importorskip("jax")
        np.testing.assert_allclose(jax.jit(schedule)(7), by_hand[7], rtol=1e-5)


def test_one_cycle_ends():
    run = torch.OneCycleLR(1.0, total_steps=10)
    for step in (11, 11.0, np.int64(11)):
        with pytest.raises(ValueError, match=r"step must be at most total_steps = 10, after which"):
            run(step)
    with pytest.raises(ValueError, match=r"step must be at most total_steps - 1 = 4, after which"):
        torch.OneCycleLR(1.0, total_steps=5, pct_start=1.0)(5)
    with pytest.raises(ValueError, match="one has none after its end"):
        run.scale(2)(11)
    with pytest.raises(ValueError, match="small enough for a finite rate"):
        lrdecay.Exponential(1.0, rate=-1)(10_000)
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
    with pytest.raises(ValueError, match="computes each rate from the one before"):
        jax.jit(torch.MultiplicativeLR(1.0, abs))(3)


NEEDED = {
    "lr": 0.1,
    "lr_lambda": abs,
    "step_size": 3,
    "gamma": 0.5,
    "milestones": [3],
    "T_max": 5,
    "T_0": 4,
    "base_lr": 0.1,
    "max_lr": 1.0,
    "total_steps": 10,
    "swa_lr": 0.05,
    "schedulers": [torch.StepLR(0.1, 3)] * 2,
}
WRONG = (object(), -1, math.nan, math.inf, "x", b"x", 1 + 2j, 10**400, [1, "x"], True, None)


@pytest.mark.parametrize("name", NAMES)
def test_every_refusal_names_the_argument_that_the_user_wrote(name):
    make = getattr(torch, name)
    arguments = inspect.signature(make).parameters
    needed = {
        key: NEEDED[key]
        for key, argument in arguments.items()
        if argument.default is argument.empty or key == "total_steps"
    }
    make(**needed)
    for key, wrong in itertools.product(arguments, WRONG):
        given = {"mode": "exp_range"} if key == "gamma" and "mode" in arguments else {}
        try:
            make(**needed | given | {key: wrong})
        except ValueError as error:
            assert re.match(rf"({key}|total_steps) must be", str(error))  # noqa: PT017 - each its own


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
        (lambda: torch.SequentialLR(1.0, [0.5, 0.5], [2]), "schedulers must be a Schedule, got"),
        (lambda: torch.SequentialLR(1.0, 0.5, [2]), "schedulers must be a sequence .*, got 0.5"),
        (lambda: torch.ChainedScheduler(1.0, 0.5), "schedulers must be a sequence .*, got 0.5"),
        (
            lambda: torch.SequentialLR(1.0, [torch.StepLR(1.0, 2)], 2),
            "milestones must be a sequence",
        ),
        (lambda: torch.MultiStepLR(1.0, 3), "milestones must be a sequence .*, got 3"),
        (lambda: torch.StepLR(-1, 2), "lr must be a finite number >= 0, got -1"),
        (lambda: torch.ExponentialLR(-1, 0.5), "lr must be"),
        (lambda: torch.PolynomialLR(-1), "lr must be"),
        (lambda: torch.LambdaLR(-1, abs), "lr must be"),
        (lambda: torch.MultiplicativeLR(-1, abs), "lr must be"),
        (lambda: torch.CosineAnnealingWarmRestarts(-1, 5), "lr must be"),
        (lambda: torch.CyclicLR(0.1, 1.0, mode="exp_range", gamma=-1), "^gamma must be"),
        (lambda: torch.ReduceLROnPlateau(1.0, mode="up"), "^mode must be"),
        (lambda: torch.ReduceLROnPlateau(1.0, factor=1.0), "^factor must be"),
        (lambda: torch.ReduceLROnPlateau(1.0, threshold_mode="no"), "^threshold_mode must be"),
        (lambda: torch.OneCycleLR(1e308, 9, div_factor=1e-9), "max_lr / div_factor must be"),
        (
            lambda: torch.SequentialLR(1.0, [torch.StepLR(1.0, 2)] * 3, [5, 3]),
            "milestones must be steps in rising order",
        ),
    ],
)
def test_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
