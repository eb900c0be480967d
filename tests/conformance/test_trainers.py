"""Counts of updates, against the trainers themselves."""

import itertools
import math
import os

import numpy as np
import pytest
import torch
from accelerate import PartialState
from accelerate.data_loader import prepare_data_loader
from lightning.pytorch import LightningModule
from lightning.pytorch import Trainer as Lightning
from torch.utils.data import DataLoader, Dataset, DistributedSampler
from transformers import Trainer, TrainingArguments

from lrdecay import steps_from_epochs, steps_from_share

os.environ["KERAS_BACKEND"] = "torch"
keras = pytest.importorskip("keras")

# Sizes around every remainder of batches of 4, alone and in groups of 3.
SIZES = (4, 5, 7, 8, 9, 11, 12, 13, 24, 25, 30, 31)
SETTINGS = list(itertools.product((1, 3, 8), (False, True)))  # accumulation, drop_last


class Line(Dataset):
    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, i):
        return {"x": torch.tensor([float(i)]), "labels": torch.tensor(0.0)}


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x, labels):
        return {"loss": ((self.weight * x - labels) ** 2).mean()}


def hugging_face(folder, size, epochs, accumulation=1, drop_last=False, **more):
    arguments = TrainingArguments(
        str(folder),
        per_device_train_batch_size=4,
        num_train_epochs=epochs,
        gradient_accumulation_steps=accumulation,
        dataloader_drop_last=drop_last,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **more,
    )
    return Trainer(Model(), arguments, train_dataset=Line(size))


@pytest.mark.parametrize(("accumulation", "drop_last"), SETTINGS)
@pytest.mark.parametrize("epochs", [1, 2, 0.3, 1.7])
def test_a_run_of_transformers(tmp_path, epochs, accumulation, drop_last):
    for size in SIZES[:: 2 if epochs == 2 else 5]:
        trainer = hugging_face(tmp_path, size, epochs, accumulation, drop_last)
        trainer.train()
        ours = steps_from_epochs(epochs, size, 4, accumulation=accumulation, drop_last=drop_last)
        assert trainer.state.global_step == ours, size


@pytest.mark.parametrize("world", [2, 3, 4])
@pytest.mark.parametrize(("accumulation", "drop_last"), SETTINGS)
def test_workers_of_transformers(tmp_path, world, accumulation, drop_last):
    PartialState()
    for size in range(1, 60):
        loaders = [
            prepare_data_loader(
                DataLoader(Line(size), 4, drop_last=drop_last),
                num_processes=world,
                process_index=rank,
                put_on_device=False,
            )
            for rank in range(world)
        ]
        (batches,) = {len(loader) for loader in loaders}
        if batches == 0:
            with pytest.raises(ValueError, match="dataset_size"):
                steps_from_epochs(2, size, 4, world_size=world, drop_last=drop_last)
            continue
        trainer = hugging_face(tmp_path, size, 2.5, accumulation, drop_last)
        *_, theirs = trainer.set_initial_training_values(trainer.args, loaders[0])
        ours = steps_from_epochs(
            2.5, size, 4, accumulation=accumulation, world_size=world, drop_last=drop_last
        )
        assert theirs == ours, size


def test_the_warmup_ratio_of_transformers(tmp_path):
    for ratio in (0.03, 0.06, 0.07, 0.1, 1 / 3, 0.99):
        arguments = TrainingArguments(str(tmp_path), warmup_steps=ratio, use_cpu=True)
        for total in (1, 2, 33, 100, 1000, 1015, 12_345):
            assert arguments.get_warmup_steps(total) == steps_from_share(ratio, total)


class Module(LightningModule):
    def __init__(self):
        super().__init__()
        self.model = Model()

    def training_step(self, batch, _):
        return self.model(**batch)["loss"]

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("accumulation", "drop_last"), SETTINGS)
def test_a_run_of_lightning(tmp_path, accumulation, drop_last):
    for size in SIZES:
        trainer = Lightning(
            max_epochs=2,
            accumulate_grad_batches=accumulation,
            accelerator="cpu",
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=tmp_path,
        )
        trainer.fit(Module(), DataLoader(Line(size), 4, drop_last=drop_last))
        ours = steps_from_epochs(2, size, 4, accumulation=accumulation, drop_last=drop_last)
        assert trainer.global_step == trainer.estimated_stepping_batches == ours, size


@pytest.mark.parametrize("world", [2, 3, 4])
@pytest.mark.parametrize("drop_last", [False, True])
def test_workers_of_lightning(world, drop_last):
    # What Lightning puts into the loader of each worker: torch's sampler, which pads.
    for size in range(1, 60):
        padding, cutting = (
            len(
                DataLoader(
                    Line(size),
                    4,
                    sampler=DistributedSampler(Line(size), world, rank=0, drop_last=cuts),
                    drop_last=drop_last,
                )
            )
            for cuts in (False, True)
        )
        counts = {"padded": (padding, True)}
        if drop_last:  # both drop: what accelerate counts
            counts["cut"] = (cutting, False)
        for batches, padded in counts.values():
            try:
                ours = steps_from_epochs(
                    1, size, 4, world_size=world, drop_last=drop_last, padded=padded
                )
            except ValueError:
                ours = 0
            assert ours == batches, (size, padded)


@pytest.mark.parametrize("accumulation", [2, 3])
def test_keras_carries_a_group_into_the_next_epoch(accumulation):
    for size in (5, 9, 13, 30):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=accumulation)
        model.compile(optimizer, "mse")
        model.fit(np.zeros((size, 1)), np.zeros((size, 1)), batch_size=4, epochs=3, verbose=0)
        batches = steps_from_epochs(3, size, 4)
        assert batches == 3 * math.ceil(size / 4)
        assert int(optimizer.iterations) == batches // accumulation
