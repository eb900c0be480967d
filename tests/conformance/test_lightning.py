"""A schedule and a rule that follows a metric in Lightning: who steps them, and resuming."""

import logging
import warnings

import lightning
import pytest
import torch

import lrdecay
from lrdecay import ReduceOnPlateau, torch_scheduler

BATCHES = 3
LOSSES = [3.0, 3.0, 3.0, 2.0, 2.0, 2.0]
RULE = ReduceOnPlateau(1.0, patience=0, gamma=0.5).after_warmup(4)


class Model(lightning.LightningModule):
    """One weight; the metric is the next of `LOSSES`, and the rates that updates use are kept."""

    def __init__(self, schedule, **config):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.schedule, self.config, self.used = schedule, config, []

    def training_step(self, batch, _):
        self.used.append(self.optimizers().param_groups[0]["lr"])
        return self.layer(batch).sum()

    def on_train_epoch_end(self):
        self.log("val_loss", LOSSES[self.current_epoch])

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.3)
        scheduler = torch_scheduler(optimizer, self.schedule)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, **self.config}}


def fit(model, epochs, path, resume=None, accumulate=1):
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        accumulate_grad_batches=accumulate,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    data = torch.utils.data.DataLoader(torch.ones(BATCHES * accumulate, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its advice on workers, logging and checkpoints
        trainer.fit(model, data, ckpt_path=resume)
        trainer.save_checkpoint(path)
    return model.used[::accumulate]


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_rule_gets_the_metric_it_monitors_and_counts_updates(tmp_path, accumulate):
    used = fit(Model(RULE, monitor="val_loss"), 6, tmp_path / "a", accumulate=accumulate)
    assert used == RULE.rates(LOSSES, BATCHES).tolist()
    assert len(set(used)) > 4


def test_a_schedule_is_stepped_with_each_update(tmp_path):
    schedule = lrdecay.warmup_cosine(1.0, 18, 5)
    used = fit(Model(schedule, interval="step"), 6, tmp_path / "a")
    assert used == schedule.sample(18).tolist()


def test_a_rule_needs_a_monitor_as_pytorchs_own_does(tmp_path):
    with pytest.raises(lightning.fabric.utilities.exceptions.MisconfigurationException):
        fit(Model(RULE), 1, tmp_path / "a")


@pytest.mark.parametrize("at", [1, 2, 4])
def test_a_run_that_is_resumed_goes_on(tmp_path, at):
    path = tmp_path / "a.ckpt"
    before = fit(Model(RULE, monitor="val_loss"), at, path)
    after = fit(Model(RULE, monitor="val_loss"), 6, path, resume=path)
    assert before + after == RULE.rates(LOSSES, BATCHES).tolist()
