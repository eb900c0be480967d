"""What the pages on messages and habits say of libraries beside their examples."""

import copy
import os
import warnings

import pytest

os.environ["KERAS_BACKEND"] = "torch"
torch = pytest.importorskip("torch")
lr_scheduler = torch.optim.lr_scheduler

FALL = [1.0, 0.75, 0.5, 0.25]


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)


def rates(one, scheduler, updates):
    used = []
    for _ in range(updates):
        used.append(one.param_groups[0]["lr"])
        one.step()
        scheduler.step()
    return used


def joined(one, **options):
    parts = [lr_scheduler.LinearLR(one, 0.1, total_iters=3), lr_scheduler.CosineAnnealingLR(one, 7)]
    return lr_scheduler.SequentialLR(one, parts, [3], **options)


MADE = {
    "LambdaLR": lambda one, **options: lr_scheduler.LambdaLR(one, lambda k: 1 - k / 9, **options),
    "ConstantLR": lambda one, **options: lr_scheduler.ConstantLR(one, 0.5, 5, **options),
    "SequentialLR": joined,
    "CosineAnnealingLR": lambda one, **options: lr_scheduler.CosineAnnealingLR(one, 9, **options),
}


@pytest.fixture(params=MADE)
def resumed(request):
    """How to make a scheduler, the rates of its run from the 5th update on, and states before."""
    make, one = MADE[request.param], optimizer()
    scheduler = make(one)
    rates(one, scheduler, 5)
    states = copy.deepcopy((one.state_dict(), scheduler.state_dict()))
    return request.param, make, rates(one, scheduler, 4), states


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_made_then_loaded_in_any_order_a_run_goes_on(resumed, order):
    _, make, want, states = resumed
    one = optimizer()
    scheduler = make(one)
    for i in order:
        (one, scheduler)[i].load_state_dict(copy.deepcopy(states[i]))
    assert rates(one, scheduler, 4) == want


def test_an_optimizer_loaded_too_early_costs_an_update_or_the_run(resumed):
    name, make, want, states = resumed
    one = optimizer()
    one.load_state_dict(copy.deepcopy(states[0]))
    scheduler = make(one)
    scheduler.load_state_dict(copy.deepcopy(states[1]))
    got = rates(one, scheduler, 4)
    if name == "CosineAnnealingLR":
        assert got == pytest.approx(want)
    elif name == "LambdaLR":
        assert got[0] == 1.0 != want[0]
        assert got[1:] == want[1:]
    else:
        assert all(abs(a - b) > 0.01 for a, b in zip(got, want, strict=True))


def test_last_epoch_is_the_updates_made_minus_one_and_of_no_use_to_some(resumed):
    name, make, want, states = resumed
    right = []
    for last_epoch in (3, 4, 5):
        one = optimizer()
        one.load_state_dict(copy.deepcopy(states[0]))
        if rates(one, make(one, last_epoch=last_epoch), 4) == pytest.approx(want):
            right.append(last_epoch)
    assert right == {"LambdaLR": [4], "CosineAnnealingLR": [4], "ConstantLR": [5]}.get(name, [])


def test_get_lr_from_outside_warns_and_may_give_a_rate_that_is_never_used():
    one = optimizer()
    scheduler = lr_scheduler.StepLR(one, 2, 0.5)
    asked = []
    for _ in range(2):
        one.step()
        scheduler.step()
        with pytest.warns(UserWarning, match="get_last_lr"):
            asked.append(scheduler.get_lr()[0])
    assert asked[-1] == 0.25  # the rate is 0.5
    assert scheduler.get_last_lr() == [0.5]


def test_keras_shows_the_next_rate_at_the_end_of_a_batch():
    keras = pytest.importorskip("keras")
    shown = {"begin": [], "end": []}

    class Show(keras.callbacks.Callback):
        def on_train_batch_begin(self, *_, **__):
            shown["begin"].append(float(self.model.optimizer.learning_rate))

        def on_train_batch_end(self, *_, **__):
            shown["end"].append(float(self.model.optimizer.learning_rate))

    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    fall = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)
    model.compile(keras.optimizers.SGD(fall), "mse")
    ones = keras.ops.ones((3, 1))
    model.fit(ones, ones, batch_size=1, verbose=0, callbacks=[Show()])
    assert shown == {"begin": FALL[:3], "end": FALL[1:]}


def test_optax_keeps_the_rate_of_the_update_just_made():
    optax = pytest.importorskip("optax")
    fall = optax.linear_schedule(1.0, 0.0, 4)
    tried = optax.inject_hyperparams(optax.sgd)(learning_rate=fall)
    state = tried.init(0.0)
    for want in FALL:
        step, state = tried.update(1.0, state)
        assert float(state.hyperparams["learning_rate"]) == want == -float(step)


def test_the_trainers_callbacks_see_the_next_rate(tmp_path):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate", reason="the Trainer needs it")
    seen = []

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, x):
            return {"loss": (self.weight * x).mean()}

    class Show(transformers.TrainerCallback):
        def on_step_end(self, *_, **given):
            seen.append(given["lr_scheduler"].get_last_lr()[0])

    arguments = transformers.TrainingArguments(
        tmp_path,
        max_steps=4,
        learning_rate=1.0,
        per_device_train_batch_size=1,
        logging_strategy="no",
        save_strategy="no",
        report_to=[],
        use_cpu=True,
    )
    data = [{"x": torch.ones(1)}] * 4
    transformers.Trainer(Model(), arguments, train_dataset=data, callbacks=[Show()]).train()
    assert seen == [0.75, 0.5, 0.25, 0.0]
    with pytest.raises(TypeError, match="warmup_ratio"):
        transformers.TrainingArguments(tmp_path, warmup_ratio=0.1)


def test_accelerate_resumes_what_was_prepared(tmp_path):
    accelerate = pytest.importorskip("accelerate")

    def train(updates, resume=False):
        accelerator = accelerate.Accelerator(cpu=True)
        one = optimizer()
        one, scheduler = accelerator.prepare(one, lr_scheduler.LambdaLR(one, lambda k: 1 - k / 8))
        if resume:
            accelerator.load_state(tmp_path)
        used = rates(one, scheduler, updates)
        accelerator.save_state(tmp_path)
        return used

    assert train(4) == [1.0, 0.875, 0.75, 0.625]
    assert train(4, resume=True) == [0.5, 0.375, 0.25, 0.125]


def test_lightning_shows_the_next_rate_at_the_end_of_a_batch_and_resumes(tmp_path):
    lightning = pytest.importorskip("lightning")
    seen = {"step": [], "end": []}

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def training_step(self, batch, _):
            seen["step"].append(self.lr_schedulers().get_last_lr()[0])
            return (self.weight * batch).sum()

        def on_train_batch_end(self, *_):
            seen["end"].append(self.lr_schedulers().get_last_lr()[0])

        def configure_optimizers(self):
            one = torch.optim.SGD(self.parameters(), lr=1.0)
            scheduler = lr_scheduler.LambdaLR(one, lambda k: 1 - k / 4)
            return {"optimizer": one, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def fit(max_steps, resume=None):
        trainer = lightning.Trainer(
            max_steps=max_steps,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        data = torch.utils.data.DataLoader(torch.ones(4, 1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trainer.fit(Model(), data, ckpt_path=resume)
            trainer.save_checkpoint(tmp_path / "saved")

    fit(2)
    fit(4, tmp_path / "saved")
    assert seen == {"step": FALL, "end": [*FALL[1:], 0.0]}
