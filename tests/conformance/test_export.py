"""Every export is run in the framework it is for, and compared with the schedule it came from.

The targets of one Python number compute what the schedule computes, and agree to the bit. The
others have their own cos, exp and powers: they agree to a few units in the last place, in float64
where the framework can.
"""

import io
import itertools
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


# --- numbers that are moved later ----------------------------------------------------------------

MOVED = (
    (lrdecay.Linear(0.1, 9), {"base_lr": 0.3, "total_steps": 12}, lrdecay.Linear(0.3, 12)),
    (
        lrdecay.warmup_cosine(0.1, 12, 3),
        {"base_lr": 0.3, "warmup_steps": 5},
        lrdecay.Warmup(lrdecay.Cosine(0.3, 9), 5),
    ),
    (lrdecay.warmup_linear(0.3, 12, 3), {"warmup_steps": 0}, lrdecay.Linear(0.3, 9)),
    (lrdecay.WSD(0.3, 12, 5), {"decay_steps": 0}, lrdecay.Constant(0.3)),
    (lrdecay.MultiStep(0.3, (4, 8)), {"gamma": 0.5}, lrdecay.MultiStep(0.3, (4, 8), 0.5)),
)


@pytest.mark.parametrize(("schedule", "given", "moved"), MOVED, ids=repr)
def test_numbers_are_arguments_in_every_framework(schedule, given, moved):
    want = [moved(k) for k in range(STEPS)]

    def scope(target):
        found = {}
        exec(source(schedule, target, list(given)), found)
        return found

    lr = scope("torch")["lr"]
    assert [lr(k, **given) for k in range(STEPS)] == pytest.approx(want, rel=1e-12)
    lr = scope("optax")["schedule"]
    assert [float(lr(k, **given)) for k in range(STEPS)] == pytest.approx(want, rel=1e-5, abs=1e-7)
    made = scope("keras")["LearningRate"](**given)
    again = type(made).from_config(made.get_config())
    for one in (made, again):
        got = [float(one(k)) for k in range(STEPS)]
        assert got == pytest.approx(want, rel=1e-5, abs=1e-7)


# --- PyTorch: resumed, with groups, past the end -------------------------------------------------

TORCH = pytest.mark.parametrize("target", ["torch", "transformers", "lightning"])
# Each way to make and load the four; an optimizer is made before it is loaded, and so on.
MADE, LOADED = "make the optimizer", "load the optimizer"
ORDERS = [
    order
    for order in itertools.permutations([MADE, LOADED, "make", "load"])
    if order.index(MADE) == 0 and order.index("make") < order.index("load")
] + [(MADE, "make", "load")]


def ready(target, schedule, *, relative=False, lr=7.0):
    made = optimizer(lr=lr)
    return made, run(schedule, target)["scheduler"](made, relative)


def advance(made, scheduler, steps):
    for _ in range(steps):
        made.step()
        scheduler.step()


@TORCH
@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
@pytest.mark.parametrize("saved_at", [0, 1, 45, 100, 130])
def test_resumed_in_every_order(target, order, relative, saved_at):
    schedule = lrdecay.Cosine(1e-3, 100)
    own = [7.0, 8.0] if relative else [1.0, 1.0]
    made, scheduler = ready(target, schedule, relative=relative)
    advance(made, scheduler, saved_at)
    file = io.BytesIO()
    torch.save({"optimizer": made.state_dict(), "scheduler": scheduler.state_dict()}, file)
    file.seek(0)
    state = torch.load(file)  # weights only, as is the default

    # Groups that were made otherwise do not matter once the optimizer is loaded.
    made = optimizer(lr=3.0 if LOADED in order and order.index(LOADED) < 2 else 7.0)
    for step in order[1:]:
        if step == LOADED:
            made.load_state_dict(state["optimizer"])
        elif step == "make":
            scheduler = run(schedule, target)["scheduler"](made, relative)
        else:
            scheduler.load_state_dict(state["scheduler"])
    for k in range(saved_at, saved_at + 5):
        want = [lr * schedule(k) for lr in own]
        assert [group["lr"] for group in made.param_groups] == pytest.approx(want, rel=1e-15)
        assert scheduler.get_last_lr() == pytest.approx(want, rel=1e-15)
        advance(made, scheduler, 1)
    if saved_at == 45 and not relative:
        assert schedule(45) == pytest.approx(5.782172e-4, rel=1e-6)


@TORCH
@pytest.mark.parametrize("relative", [False, True])
def test_groups_keep_their_own_rates(target, relative):
    schedule = COMPOSED[0]
    made, scheduler = ready(target, schedule, relative=relative)
    own = [7.0, 8.0] if relative else [1.0, 1.0]
    used = rates_used(made, scheduler)
    assert used == [[lr * schedule(k) for lr in own] for k in range(STEPS)]
    assert [group["initial_lr"] for group in made.param_groups] == [7.0, 8.0]
    # One that is added joins at the next step.
    made.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 9.0})
    advance(made, scheduler, 1)
    want = [lr * schedule(STEPS + 1) for lr in [*own, 9.0 if relative else 1.0]]
    assert [group["lr"] for group in made.param_groups] == want


@pytest.mark.parametrize("relative", [False, True])
def test_a_rate_that_is_a_tensor_stays_the_same_tensor(relative):
    parameter = torch.nn.Parameter(torch.zeros(1))
    held = torch.tensor(2.0)
    made = torch.optim.Adam([parameter], lr=held)
    schedule = lrdecay.Linear(0.5, 8)
    scheduler = run(schedule, "torch")["scheduler"](made, relative)
    advance(made, scheduler, 3)
    assert made.param_groups[0]["lr"] is held
    scheduler.load_state_dict({"last_epoch": 4})
    assert made.param_groups[0]["lr"] is held
    assert held.item() == 0.25 * (2.0 if relative else 1.0)


def test_the_state_of_the_live_scheduler_and_of_pytorch_will_do():
    schedule = COMPOSED[0]
    made = optimizer()
    live = lrdecay.torch_scheduler(made, schedule)
    advance(made, live, 5)
    made, scheduler = ready("torch", schedule)
    scheduler.load_state_dict(live.state_dict())
    assert scheduler.get_last_lr() == [schedule(5)] * 2
    made = optimizer()
    peer = torch.optim.lr_scheduler.LambdaLR(made, schedule)
    advance(made, peer, 6)
    scheduler.load_state_dict(peer.state_dict())
    assert scheduler.get_last_lr() == [schedule(6)] * 2
    live.load_state_dict(scheduler.state_dict())
    assert live.get_last_lr() == [schedule(6)] * 2


def test_past_the_end_and_before_the_start():
    for schedule in (lrdecay.Cosine(0.3, 5), lrdecay.warmup_linear(0.3, 9, 4, 0.1)):
        made, scheduler = ready("torch", schedule)
        assert rates_used(made, scheduler)[-1] == [schedule(STEPS - 1)] * 2
        assert run(schedule, "torch")["lr"](-3) == schedule(0)


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


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.filterwarnings("ignore")  # Lightning's own, of which there are many
def test_lightning_trainer_drives_it(tmp_path, relative):
    """Lightning's own loop, over several epochs and accumulated batches, saved and resumed."""
    lightning = pytest.importorskip("lightning")
    schedule = COMPOSED[0]
    own = [7.0, 8.0] if relative else [1.0, 1.0]
    used = []

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.one, self.two = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)

        def training_step(self, batch, _):
            return self.two(self.one(batch)).mean() * 1e-6

        def configure_optimizers(self):
            parts = (self.one, self.two)
            groups = [{"params": p.parameters(), "lr": 7.0 + i} for i, p in enumerate(parts)]
            made = torch.optim.SGD(groups)
            made.register_step_pre_hook(
                lambda *_: used.append([group["lr"] for group in made.param_groups])
            )
            return run(schedule, "lightning")["configured"](made, relative)

    def fit(steps, **given):
        trainer = lightning.Trainer(
            max_steps=steps,
            accelerator="cpu",
            accumulate_grad_batches=2,
            default_root_dir=tmp_path,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            enable_checkpointing=False,
        )
        batches = torch.utils.data.DataLoader(torch.ones(8, 1), batch_size=1)
        trainer.fit(Module(), batches, **given)
        return trainer

    fit(10).save_checkpoint(tmp_path / "saved")
    fit(STEPS, ckpt_path=tmp_path / "saved")
    assert used == [[lr * schedule(k) for lr in own] for k in range(STEPS)]


@pytest.mark.parametrize("relative", [False, True])
def test_transformers_trainer_drives_it(tmp_path, relative):
    """The Trainer's own loop, and the rates that it used, saved and resumed."""
    pytest.importorskip("accelerate", reason="the Trainer needs it")
    schedule = COMPOSED[0]
    own = [7.0, 8.0] if relative else [1.0, 1.0]
    used = []

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)

        def forward(self, x):
            return {"loss": self.two(self.one(x)).mean() * 1e-6}

    def train(steps, **given):
        model = Model()
        parts = (model.one, model.two)
        groups = [{"params": p.parameters(), "lr": 7.0 + i} for i, p in enumerate(parts)]
        made = torch.optim.SGD(groups)
        made.register_step_pre_hook(
            lambda *_: used.append([group["lr"] for group in made.param_groups])
        )
        arguments = transformers.TrainingArguments(
            tmp_path,
            max_steps=steps,
            save_steps=10,
            per_device_train_batch_size=2,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        )
        trainer = transformers.Trainer(
            model,
            arguments,
            train_dataset=[{"x": torch.ones(1)}] * 8,
            optimizers=(made, run(schedule, "transformers")["scheduler"](made, relative)),
        )
        trainer.train(**given)

    train(10)
    train(STEPS, resume_from_checkpoint=str(tmp_path / "checkpoint-10"))
    assert used == [[lr * schedule(k) for lr in own] for k in range(STEPS)]


def test_transformers():
    """What the Trainer asks of a scheduler that it is given, without the Trainer itself."""
    for schedule in (*my.EXAMPLES, *COMPOSED):
        made, scheduler = ready("transformers", schedule)
        assert isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
        assert rates_used(made, scheduler) == [[schedule(k)] * 2 for k in range(STEPS)]


# --- arrays --------------------------------------------------------------------------------------


@pytest.mark.parametrize("x64", [False, True])
@EVERY
def test_optax(schedule, x64):
    with jax.enable_x64(x64):
        theirs = run(schedule, "optax")["schedule"]
        want = [schedule(k) for k in range(STEPS)]
        slack = 64 * (2.0**-52 if x64 else 2.0**-23)
        close: Any = {"rtol": slack, "atol": slack * scale(schedule)}
        np.testing.assert_allclose(theirs(jax.numpy.arange(STEPS)), want, **close)

        # As optax uses it: inside an optimizer, one count at a time, under jit and without.
        made = optax.sgd(theirs)
        for update in (jax.jit(made.update), made.update):
            state = made.init(jax.numpy.zeros(3))
            for k in range(STEPS if update is not made.update else 4):
                moved, state = update(jax.numpy.ones(3), state)
                np.testing.assert_allclose(moved, [-want[k]] * 3, **close)

        # Joined, it is asked for steps below 0, and what it gives there is not picked.
        joined = optax.join_schedules([lambda _: 0.5, theirs], [5])
        rates = [joined(k) for k in (0, 4)] + [jax.jit(joined)(k) for k in (0, 4, 5, 6)]
        np.testing.assert_allclose(rates, [0.5] * 4 + want[:2], **close)
        for before in (theirs(-5), jax.jit(theirs)(-5), theirs(jax.numpy.asarray([-5]))[0]):
            np.testing.assert_allclose(before, want[0], **close)


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
    assert float(kind()(-5)) == pytest.approx(schedule(0), rel=slack, abs=slack * scale(schedule))
    # It survives being saved with a model, whatever else was exported.
    saved = keras.optimizers.schedules.serialize(kind())
    run(lrdecay.Constant(0.123), "keras")
    assert type(keras.optimizers.schedules.deserialize(saved)) is kind


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras, when it saves
def test_keras_fits_saves_and_goes_on(tmp_path):
    """A model's own loop: the rates it used, past the end, saved and loaded in between."""
    schedule = COMPOSED[0]
    keras.saving.get_custom_objects().clear()
    kind = run(schedule, "keras")["LearningRate"]
    run(lrdecay.Constant(0.123), "keras")
    rates = []

    class Record(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):  # noqa: ARG002 - as Keras calls it
            rates.append(float(self.model.optimizer.learning_rate))

    x = np.ones((6, 1), np.float32)
    given: Any = {"batch_size": 1, "verbose": 0, "callbacks": [Record()]}
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(kind()), "mse")
    model.fit(x, x * 0.0, epochs=2, **given)
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.optimizer._learning_rate) is kind
    again.fit(x, x * 0.0, epochs=2, **given)
    assert rates == pytest.approx(schedule.sample(STEPS), rel=1e-5)


BIG = 3_000_000_000


@pytest.mark.parametrize(
    "schedule",
    [
        lrdecay.Linear(1.0, BIG),
        lrdecay.Warmup(lrdecay.Cosine(1.0, BIG), BIG),
        lrdecay.Piecewise([BIG, 2 * BIG], [1.0, 0.5, 0.1], "linear"),
        lrdecay.CosineRestarts(1.0, BIG, 2, 0.1),
        lrdecay.Constant(1.0).then(lrdecay.Step(0.5, BIG), BIG),
    ],
    ids=repr,
)
def test_whole_numbers_beyond_an_int32(schedule):
    steps = [0, 2**30, 2**31, 2**32, 2**33]
    want = [schedule(k) for k in steps]
    keras.saving.get_custom_objects().clear()
    theirs = run(schedule, "keras")["LearningRate"]()
    assert [float(theirs(k)) for k in steps] == pytest.approx(want, rel=1e-4, abs=1e-5)
    for x64 in (False, True):
        with jax.enable_x64(x64):
            rates = [float(run(schedule, "optax")["schedule"](k)) for k in steps]
        slack = 1e-12 if x64 else 1e-4
        assert rates == pytest.approx(want, rel=slack, abs=slack)
    made = optimizer(1)
    scheduler = run(schedule, "torch")["scheduler"](made)
    for k, lr in zip(steps, want, strict=True):
        scheduler.load_state_dict({"last_epoch": k})
        assert scheduler.get_last_lr() == [lr]


def test_keras_on_jax(tmp_path):
    """Every export under Keras' other backend, compiled, in a process of its own."""
    every = [*my.EXAMPLES, *COMPOSED]
    beyond = [lrdecay.Linear(1.0, BIG), lrdecay.CosineRestarts(1.0, BIG, 2, 0.1)]
    every += [schedule.skip(BIG) for schedule in beyond]
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
