"""Every export is run in the framework it is for, and compared with the schedule it came from.

The targets of one Python number compute what the schedule computes, and agree to the bit. The
others have their own cos, exp and powers: they agree to a few units in the last place, in float64
where the framework can.
"""

import json
import os
import subprocess
import sys

os.environ["KERAS_BACKEND"] = "torch"  # as test_keras needs it; JAX has a process of its own

from typing import Any

import jax
import keras
import numpy as np
import optax
import pytest
import torch
import transformers
from hypothesis import given, settings

import lrdecay
from lrdecay.export import source
from tests import strategies as my
from tests.oracle import scale

STEPS = 24
COMPOSED = (
    lrdecay.warmup_cosine(0.3, 12, 4).clip(0.01, 0.25),
    lrdecay.cooldown(lrdecay.Warmup(lrdecay.Constant(0.3), 4), 9, 6, shape="1-sqrt").schedule,
    lrdecay.extend(lrdecay.Cosine(0.3, 12), lrdecay.Cosine(0.3, 20), 8).schedule,
    (lrdecay.Cyclic(1.0, 0.5, 2) * lrdecay.WSD(0.3, 14, 5)).repeat(9),
    (lrdecay.CosineRestarts(0.3, 2, 2) + lrdecay.Linear(0.1, 9).reverse(9)).stretch(2).scale(0.5),
    lrdecay.Noise(lrdecay.REX(0.3, 12).shift(2), 9).then(lrdecay.Step(0.1, 3).skip(2), 12),
    lrdecay.Warmup(lrdecay.Piecewise([3, 5], [0.3, 0.2, 0.1]).clip(0.15), 3, shape="cosine"),
)
EVERY = pytest.mark.parametrize("schedule", [*my.EXAMPLES, *COMPOSED], ids=repr)
ANY = my.COMPOSED


def run(schedule, target):
    """Return what the exported module defines."""
    scope = {}
    exec(source(schedule, target), scope)
    return scope


def optimizer(groups=2, lr=7.0):
    """Return an optimizer of parameters that get a gradient, each group with its own rate."""
    parameters = [torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(groups)]
    return torch.optim.SGD([{"params": [p], "lr": lr + i} for i, p in enumerate(parameters)])


def rates_used(made, scheduler, step=lambda s: s.step()):
    """Return, for each update, by how much a unit gradient moved each parameter."""
    used = []
    for _ in range(STEPS):
        before = [group["params"][0].item() for group in made.param_groups]
        for group in made.param_groups:
            group["params"][0].grad = torch.ones(1, dtype=torch.float64)
        rates = [group["lr"] for group in made.param_groups]
        made.step()
        moved = [b - g["params"][0].item() for b, g in zip(before, made.param_groups, strict=True)]
        assert moved == pytest.approx(rates, rel=1e-6, abs=1e-12)
        assert scheduler.get_last_lr() == rates
        used.append(rates)
        step(scheduler)
    return used


@EVERY
def test_torch(schedule):
    made = optimizer()
    used = rates_used(made, run(schedule, "torch")["scheduler"](made))
    assert used == [[schedule(k)] * 2 for k in range(STEPS)]


@given(ANY)
@settings(max_examples=30)
def test_torch_drawn(schedule):
    made = optimizer(1)
    used = rates_used(made, run(schedule, "torch")["scheduler"](made))
    assert used == [[schedule(k)] for k in range(STEPS)]


def test_torch_resumes():
    schedule = COMPOSED[0]
    code = run(schedule, "torch")
    made = optimizer()
    scheduler = code["scheduler"](made)
    for _ in range(5):
        made.step()
        scheduler.step()
    states = made.state_dict(), scheduler.state_dict()
    other = optimizer()
    again = code["scheduler"](other)
    other.load_state_dict(states[0])
    again.load_state_dict(states[1])
    assert again.get_last_lr() == [schedule(5)] * 2
    other.step()
    again.step()
    assert [group["lr"] for group in other.param_groups] == [schedule(6)] * 2


@EVERY
def test_lightning(schedule):
    """Lightning steps the scheduler of this dictionary after each update."""
    made = optimizer()
    configured = run(schedule, "lightning")["configured"](made)
    assert set(configured) == {"optimizer", "lr_scheduler"}
    assert configured["optimizer"] is made
    assert configured["lr_scheduler"]["interval"] == "step"
    scheduler = configured["lr_scheduler"]["scheduler"]
    assert isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
    assert rates_used(made, scheduler) == [[schedule(k)] * 2 for k in range(STEPS)]


def test_transformers_trainer_drives_it(tmp_path):
    """The Trainer's own loop, and the rates that it used."""
    pytest.importorskip("accelerate", reason="the Trainer needs it")
    schedule = COMPOSED[0]
    model = torch.nn.Linear(1, 1)
    made = torch.optim.SGD(model.parameters(), lr=7.0)
    used = []
    made.register_step_pre_hook(lambda *_: used.append(made.param_groups[0]["lr"]))

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, x):
            return {"loss": self.inner(x).mean()}

    trainer = transformers.Trainer(
        Model(),
        transformers.TrainingArguments(tmp_path, max_steps=STEPS, report_to=[], use_cpu=True),
        train_dataset=[{"x": torch.ones(1)}] * 8,
        optimizers=(made, run(schedule, "transformers")["scheduler"](made)),
    )
    trainer.train()
    assert used == [schedule(k) for k in range(STEPS)]


def test_transformers():
    """What the Trainer asks of a scheduler that it is given, without the Trainer itself."""
    for schedule in (*my.EXAMPLES, *COMPOSED):
        made = optimizer()
        scheduler = run(schedule, "transformers")["scheduler"](made)
        assert isinstance(scheduler, torch.optim.lr_scheduler.LambdaLR)
        assert rates_used(made, scheduler) == [[schedule(k)] * 2 for k in range(STEPS)]


@pytest.mark.parametrize("x64", [False, True])
@EVERY
def test_optax(schedule, x64):
    with jax.enable_x64(x64):
        theirs = run(schedule, "optax")["schedule"]
        want = [schedule(k) for k in range(STEPS)]
        slack = 64 * (2.0**-52 if x64 else 2.0**-23)
        close: Any = {"rtol": slack, "atol": slack * scale(schedule)}
        np.testing.assert_allclose(theirs(jax.numpy.arange(STEPS)), want, **close)

        # As optax uses it: inside an optimizer, one count at a time, under jit.
        made = optax.sgd(theirs)
        parameter = jax.numpy.zeros(3)
        state = made.init(parameter)
        update = jax.jit(made.update)
        for k in range(8):
            moved, state = update(jax.numpy.ones(3), state)
            np.testing.assert_allclose(moved, [-want[k]] * 3, **close)


@given(ANY)
@settings(max_examples=30)
def test_optax_drawn(schedule):
    with jax.enable_x64(True):
        theirs = run(schedule, "optax")["schedule"]
        count = np.arange(0, 4 * STEPS, 0.5)
        rates = np.asarray(theirs(jax.numpy.asarray(count)))
        slack = 1e-12 * scale(schedule)
        np.testing.assert_allclose(rates, schedule(count), rtol=1e-11, atol=slack)


@EVERY
def test_keras(schedule):
    keras.saving.get_custom_objects().clear()
    kind = run(schedule, "keras")["LearningRate"]
    made = keras.optimizers.SGD(learning_rate=kind())
    variable = keras.Variable(np.zeros(3, np.float32))
    made.build([variable])
    slack = 64 * 2.0**-23
    for k in range(STEPS):
        assert float(made.learning_rate) == pytest.approx(
            schedule(k), rel=slack, abs=slack * scale(schedule)
        )
        made.apply([keras.ops.ones(3)])
    # It survives being saved with a model.
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(kind()))
    assert type(again) is kind


def test_keras_on_jax(tmp_path):
    """Every export under Keras' other backend, compiled, in a process of its own."""
    every = [*my.EXAMPLES, *COMPOSED]
    codes = [source(schedule, "keras") for schedule in every]
    program = tmp_path / "program.py"
    program.write_text(
        "import json, sys, jax, keras\n"
        "assert keras.backend.backend() == 'jax'\n"
        "rates = []\n"
        "for code in json.load(open(sys.argv[1])):\n"
        "    scope = {}\n"
        "    exec(code, scope)\n"
        "    lr = jax.jit(scope['LearningRate']().__call__)\n"
        "    rates.append([float(lr(k)) for k in range(24)])\n"
        "print(json.dumps(rates))\n"
    )
    (tmp_path / "codes.json").write_text(json.dumps(codes))
    done = subprocess.run(
        [sys.executable, program, tmp_path / "codes.json"],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    slack = 64 * 2.0**-23
    for schedule, rates in zip(every, json.loads(done.stdout), strict=True):
        want = schedule.sample(STEPS)
        assert rates == pytest.approx(want, rel=slack, abs=slack * scale(schedule)), schedule


@given(ANY)
@settings(max_examples=20)
def test_keras_drawn(schedule):
    keras.saving.get_custom_objects().clear()
    theirs = run(schedule, "keras")["LearningRate"]()
    slack = 2.0**-12  # of a sum or a product of several, in float32
    for k in range(0, STEPS, 3):
        assert float(theirs(k)) == pytest.approx(
            schedule(k), rel=slack, abs=slack * scale(schedule)
        )


@EVERY
def test_plain_python_and_nanogpt(schedule):
    """In the loop of nanoGPT: the rate is set on every group before the update."""
    code = run(schedule, "nanogpt")
    plain = run(schedule, "python")["lr"]
    made = optimizer()
    for iter_num in range(STEPS):
        for group in made.param_groups:
            group["lr"] = code["get_lr"](iter_num)
        assert [group["lr"] for group in made.param_groups] == [schedule(iter_num)] * 2
        assert plain(iter_num) == schedule(iter_num)
        made.step()
