"""Preflight in transformers' Trainer and in Lightning: before the first update, and at the end."""

import logging
import warnings

import lightning
import pytest
import torch
import transformers
from torch.optim import lr_scheduler as lrs

import lrdecay
from lrdecay.tuning.preflight import lightning as in_lightning
from lrdecay.tuning.preflight import transformers as in_trainer

EPOCHS, BATCHES = 4, 5
T = EPOCHS * BATCHES
GOOD = lrdecay.Linear(0.1, T)


@pytest.fixture(autouse=True)
def hears(caplog):
    caplog.set_level(logging.INFO, "lrdecay.preflight")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def said(caplog):
    """The codes that were logged at the level of a warning or an error."""
    of_ours = [one for one in caplog.records if one.name == "lrdecay.preflight"]
    return [one.getMessage()[:5] for one in of_ours if one.levelno >= logging.WARNING]


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(1, 1)

    def forward(self, x):
        return {"loss": self.inner(x).mean()}


def train(path, make, resume=None, interfere=None, **settings):
    """The updates of a Trainer's run, and its callback."""
    pytest.importorskip("accelerate", reason="the Trainer needs it")
    model = Tiny()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    arguments = transformers.TrainingArguments(
        path,
        **{"num_train_epochs": EPOCHS, "per_device_train_batch_size": 1} | settings,
        save_strategy="epoch",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    callback = in_trainer.callback()
    trainer = transformers.Trainer(
        model,
        arguments,
        train_dataset=[{"x": torch.ones(1)}] * BATCHES,
        optimizers=(optimizer, make(optimizer)) if make else (None, None),
        callbacks=[callback, *([interfere] if interfere else [])],
    )
    trainer.train(resume_from_checkpoint=resume)
    return callback.recorder


def ours(schedule):
    return lambda optimizer: lrdecay.torch_scheduler(optimizer, schedule)


def linear(updates):
    return lambda o: transformers.get_linear_schedule_with_warmup(o, 0, updates)


@pytest.mark.parametrize("make", [ours(GOOD), linear(T)])
def test_a_clean_run_of_the_trainer_says_nothing(tmp_path, caplog, make):
    recorder = train(tmp_path, make)
    assert said(caplog) == []
    assert list(recorder.used[0]) == pytest.approx(GOOD.sample(T), abs=1e-12)


def test_a_scheduler_that_the_trainer_makes_is_looked_at(tmp_path, caplog):
    """It is made of the optimizer that accelerate has prepared."""
    recorder = train(tmp_path, None, warmup_steps=1)
    assert len(recorder.steps) == T
    assert said(caplog) == ["LR001"]
    caplog.clear()
    train(tmp_path, None, warmup_steps=5 * T)
    assert "LR002" in said(caplog)


def test_the_trainer_is_told_of_epochs_given_as_steps(tmp_path, caplog):
    train(tmp_path, linear(EPOCHS))
    assert "LR007" in said(caplog)


def test_accumulation_is_counted(tmp_path, caplog):
    train(tmp_path, linear(10), gradient_accumulation_steps=2, per_device_train_batch_size=1,
          max_steps=10)  # fmt: skip
    assert said(caplog) == []


class Meddles(transformers.TrainerCallback):
    """One that sets the rate itself."""

    def on_step_begin(self, _args, state, _control, *, optimizer, **_):
        if state.global_step == 8:
            optimizer.param_groups[0]["lr"] = 0.5


def test_the_trainer_is_told_of_a_rate_that_is_overwritten(tmp_path, caplog):
    train(tmp_path, ours(GOOD), interfere=Meddles())
    assert said(caplog) == ["LR024"]


def test_the_trainer_resumes_cleanly_or_is_told(tmp_path, caplog):
    train(tmp_path, ours(GOOD))
    place = tmp_path / f"checkpoint-{2 * BATCHES}"
    recorder = train(tmp_path, ours(GOOD), resume=place)
    assert said(caplog) == []
    assert (recorder.start, len(recorder.steps)) == (2 * BATCHES, T - 2 * BATCHES)
    (place / "scheduler.pt").unlink()
    train(tmp_path, ours(GOOD), resume=place)
    assert "LR023" in said(caplog)


class Model(lightning.LightningModule):
    def __init__(self, make, **config):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.make, self.config, self.meddles = make, config, False

    def on_train_batch_start(self, *_):
        if self.meddles and self.trainer.global_step == 8:
            self.optimizers().param_groups[0]["lr"] = 0.5

    def training_step(self, batch, _):
        return self.layer(batch).sum()

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = {"scheduler": self.make(optimizer), **self.config}
        return {"optimizer": optimizer, "lr_scheduler": scheduler}


def fit(model, accumulate=1, resume=None, save=None, epochs=EPOCHS, **more):
    callback = in_lightning.callback()
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        accumulate_grad_batches=accumulate,
        callbacks=[callback],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **more,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its advice on workers, logging and checkpoints
        data = torch.utils.data.DataLoader(torch.ones(BATCHES * accumulate, 1))
        trainer.fit(model, data, ckpt_path=resume)
        if save:
            trainer.save_checkpoint(save)
    return callback.recorders


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_clean_run_of_lightning_says_nothing(caplog, accumulate):
    (recorder,) = fit(Model(ours(GOOD), interval="step"), accumulate)
    assert said(caplog) == []
    assert list(recorder.used[0]) == GOOD.sample(T).tolist()


def test_a_scheduler_of_epochs_is_clean_too(caplog):
    decay = lambda o: lrs.LambdaLR(o, lambda k: 0.4**k)  # noqa: E731
    (recorder,) = fit(Model(decay, interval="epoch"))
    assert said(caplog) == []
    assert len(recorder.steps) == T


def test_lightning_is_told_of_an_interval_that_was_forgotten(caplog):
    fit(Model(lambda o: lrs.CosineAnnealingLR(o, T)))
    assert "LR020" in said(caplog)


def test_lightning_is_told_of_a_rate_that_is_overwritten(caplog):
    model = Model(ours(GOOD), interval="step")
    model.meddles = True
    fit(model)
    assert said(caplog) == ["LR024"]


def test_lightning_is_told_of_skipped_updates(caplog):
    class Skips(Model):
        def training_step(self, batch, _):
            infinite = self.trainer.global_step in (3, 4, 5)
            return super().training_step(batch, _) * (float("inf") if infinite else 1.0)

    plugin = lightning.pytorch.plugins.MixedPrecision(
        "16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=4.0)
    )
    fit(Skips(ours(GOOD), interval="step"), plugins=[plugin])
    assert said(caplog) == ["LR022"]


def test_lightning_resumes_cleanly(caplog, tmp_path):
    longer = {"interval": "step"}
    fit(Model(ours(GOOD), **longer), epochs=2, save=tmp_path / "a.ckpt")
    caplog.clear()
    (recorder,) = fit(Model(ours(GOOD), **longer), resume=tmp_path / "a.ckpt")
    assert said(caplog) == []
    assert (recorder.start, len(recorder.steps)) == (2 * BATCHES, T - 2 * BATCHES)


def test_lightning_may_run_without_a_scheduler(caplog):
    model = Model(ours(GOOD))
    model.configure_optimizers = lambda: torch.optim.SGD(model.parameters(), lr=0.1)
    assert fit(model) == []
    assert said(caplog) == []
