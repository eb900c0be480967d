"""Writes the logs that pages read: one small run, logged by each trainer, into docs/how-to/logs/.

    python -m tools.logs [FOLDER]

Run it where the trainers are: the environment of `make conformance`. What cannot run there prints
by its own print statement, of the file and commit that `CONSOLES` names. tests/conformance/
test_logs.py lets it write again, and compares what is read with what the run used.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import lrdecay as lrd

PLACE = Path(__file__).parents[1] / "docs" / "how-to" / "logs"
UPDATES, WARMUP, PEAK = 200, 20, 1e-2
EVERY, EVALUATED, EPOCH = 5, 50, 50  # updates
SCHEDULE = lrd.warmup_cosine(PEAK, UPDATES, WARMUP)


class Row(NamedTuple):
    """What a trainer knows at an update: the rate that it uses, and the losses before it."""

    step: int
    lr: float
    loss: float
    validation: float

    @property
    def evaluated(self) -> bool:
        """Whether a trainer that evaluates now and then does so here."""
        return self.step % EVALUATED == 0


def data(torch: Any) -> tuple[Any, Any]:
    """Return points on a noisy ring and inside of it, and what they are."""
    draw = torch.Generator().manual_seed(0)
    points = torch.randn(600, 2, generator=draw)
    noise = 0.3 * torch.randn(600, generator=draw)
    return points, ((points.norm(dim=1) + noise) > 1.2).float()


def network(torch: Any) -> Any:
    """Return a small network."""
    torch.manual_seed(0)
    layers = torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)
    return torch.nn.Sequential(*layers, torch.nn.Flatten(0))


def run() -> list[Row]:
    """Train in a plain loop, as the scripts do that print."""
    import torch

    points, labels = data(torch)
    model, loss_of = network(torch), torch.nn.functional.binary_cross_entropy_with_logits
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK)
    draw = torch.Generator().manual_seed(1)
    rows = []
    for step in range(UPDATES):
        with torch.no_grad():
            validation = loss_of(model(points[500:]), labels[500:]).item()
        for group in optimizer.param_groups:
            group["lr"] = SCHEDULE(step)
        batch = torch.randint(0, 500, (32,), generator=draw)
        loss = loss_of(model(points[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % EVERY == 0:
            rows.append(Row(step, SCHEDULE(step), loss.item(), validation))
    return rows


# --- tables ---------------------------------------------------------------------------------------


def as_csv(rows: list[Row], place: Path) -> None:
    """Write a table."""
    with (place / "log.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "lr", "loss", "val_loss"])
        for row in rows:
            known = f"{row.validation:.4f}" if row.evaluated else ""
            writer.writerow([row.step, f"{row.lr:.4g}", f"{row.loss:.4f}", known])


def as_json_lines(rows: list[Row], place: Path) -> None:
    """Write an object a line."""
    lines = [json.dumps({"step": row.step, "lr": row.lr, "loss": row.loss}) for row in rows]
    (place / "log.jsonl").write_text("\n".join([*lines, ""]), "utf-8")


# --- trainers that run ----------------------------------------------------------------------------


def by_transformers(place: Path) -> None:
    """Let transformers' Trainer train, and keep its `trainer_state.json`."""
    import torch
    import transformers

    points, labels = data(torch)

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = network(torch)

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            guess = self.body(x)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(guess, labels)
            return {"loss": loss, "logits": guess}

    rows = [{"x": x, "labels": y} for x, y in zip(points, labels, strict=True)]
    with TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder,
            per_device_train_batch_size=32,
            max_steps=UPDATES,
            learning_rate=PEAK,
            lr_scheduler_type="cosine",
            warmup_steps=WARMUP,
            logging_steps=EVERY,
            eval_strategy="steps",
            eval_steps=EVALUATED,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
            seed=0,
        )
        trainer = transformers.Trainer(
            Model(), arguments, train_dataset=rows[:500], eval_dataset=rows[500:]
        )
        trainer.train()
        trainer.save_state()
        state = json.loads((Path(folder) / "trainer_state.json").read_text("utf-8"))
    for entry in state["log_history"]:  # how fast this machine was says nothing
        for name in [one for one in entry if one.endswith(("runtime", "per_second"))]:
            del entry[name]
    (place / "trainer_state.json").write_text(json.dumps(state, indent=1) + "\n", "utf-8")


def by_lightning(place: Path) -> None:
    """Let Lightning train, with its CSVLogger and its LearningRateMonitor."""
    import lightning
    import torch
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger

    from lrdecay.torch import torch_scheduler

    points, labels = data(torch)
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.body = network(torch)

        def training_step(self, batch: Any, _index: int) -> Any:
            loss = loss_of(self.body(batch[0]), batch[1])
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: Any, _index: int) -> None:
            self.log("val_loss", loss_of(self.body(batch[0]), batch[1]))

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.AdamW(self.parameters(), lr=PEAK)
            scheduler = torch_scheduler(optimizer, SCHEDULE)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def loader(part: slice, size: int) -> Any:
        rows = torch.utils.data.TensorDataset(points[part], labels[part])
        return torch.utils.data.DataLoader(rows, size)

    with TemporaryDirectory() as folder:
        logger = CSVLogger(folder)
        trainer = lightning.Trainer(
            max_steps=UPDATES,
            log_every_n_steps=EVERY,
            check_val_every_n_epoch=3,
            logger=logger,
            default_root_dir=folder,
            callbacks=[LearningRateMonitor(logging_interval="step")],
            accelerator="cpu",
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(Module(), loader(slice(0, 500), 32), loader(slice(500, 600), 100))
        shutil.copy(Path(logger.log_dir) / "metrics.csv", place / "metrics.csv")


def by_keras(place: Path) -> None:
    """Let Keras train, with a rate an epoch and its CSVLogger."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras
    import torch

    points, labels = (one.numpy() for one in data(torch))
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(16, "tanh"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.AdamW(PEAK), "binary_crossentropy")
    epochs = UPDATES // EVERY
    by_epoch = lrd.warmup_cosine(PEAK, epochs, WARMUP // EVERY)
    model.fit(
        points[:500], labels[:500],
        validation_data=(points[500:], labels[500:]),
        batch_size=100, epochs=epochs, verbose=0,
        callbacks=[
            keras.callbacks.LearningRateScheduler(lambda epoch, _: by_epoch(epoch)),
            keras.callbacks.CSVLogger(place / "training.csv"),
        ],
    )  # fmt: skip


def by_tensorboard(rows: list[Row], place: Path) -> None:
    """Let PyTorch's SummaryWriter write an event file."""
    from torch.utils.tensorboard import SummaryWriter

    with TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        for row in rows:
            writer.add_scalar("train/loss", row.loss, row.step)
            writer.add_scalar("train/lr", row.lr, row.step)
            if row.evaluated:
                writer.add_scalar("val/loss", row.validation, row.step)
        writer.flush()
        (written,) = Path(folder).iterdir()
        shutil.copy(written, place / "events.out.tfevents.0")


# --- trainers that print, by their print statements -----------------------------------------------


def _nanogpt(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.evaluated:
            yield f"step {row.step}: train loss {row.loss:.4f}, val loss {row.validation:.4f}"
        yield f"iter {row.step}: loss {row.loss:.4f}, time 9.00ms, mfu 1.00%"


def _nanochat(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        done = 100 * row.step / UPDATES
        yield (
            f"step {row.step:05d}/{UPDATES:05d} ({done:.2f}%) | loss: {row.loss:.6f} | "
            f"lrm: {row.lr / PEAK:.2f} | dt: 9.00ms | tok/sec: 1,000 | bf16_mfu: 1.00 | "
            f"epoch: 1 pq: 0 rg: 0 | total time: 0.00m"
        )


def _llm_c(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.evaluated:
            yield f"s:{row.step} tel:{row.validation:.4f}"
        yield f"s:{row.step} trl:{row.loss:.4f} lr:{row.lr:.6f} norm:1.00"


def _modded_nanogpt(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        time = f"train_time:{9 * row.step}ms step_avg:9.00ms"
        yield f"step:{row.step}/{UPDATES} val_loss:{row.validation:.4f} {time}"
        yield f"step:{row.step + 1}/{UPDATES} {time}"


def _torchtitan(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        yield (
            f"[titan] 2026-01-01 00:00:00,000 - root - INFO - \x1b[31mstep: {row.step:2}  "
            f"\x1b[32mloss: {row.loss:7.4f}  \x1b[38;2;180;60;0mgrad_norm: {1:7.4f}  "
            f"\x1b[36mmemory: {1:5.2f}GiB(1.00%)  \x1b[34mtps: 1,000  \x1b[36mtflops: 1.00  "
            f"\x1b[35mmfu: 1.00%\x1b[39m"
        )
        if row.evaluated:
            yield (
                f"[titan] 2026-01-01 00:00:00,000 - root - INFO - \x1b[33mvalidate step: "
                f"{row.step:2}  \x1b[32mloss: {row.validation:7.4f}  "
                f"\x1b[36mmemory: {1:5.2f}GiB(1.00%)  \x1b[34mtps: 1,000\x1b[39m"
            )


def _timm(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        epoch, update = divmod(row.step, EPOCH)
        if row.evaluated and epoch:
            yield (
                f"Test: [{0:>4d}/0]  Time: 0.009 (0.009)  Loss: {row.validation:>7.3f} "
                f"({row.validation:>6.3f})  Acc@1: {50:>7.3f} ({50:>7.3f})  "
                f"Acc@5: {100:>7.3f} ({100:>7.3f})"
            )
        yield (
            f"Train: {epoch} [{update:>4d}/{EPOCH} ({100 * update / (EPOCH - 1):>3.0f}%)]  "
            f"Loss: {row.loss:#.3g} ({row.loss:#.3g})  Time: 0.009s, {1000:>7.2f}/s  "
            f"(0.009s, {1000:>7.2f}/s)  LR: {row.lr:.3e}  Data: 0.001 (0.001)"
        )


class Console(NamedTuple):
    """A trainer that prints: where its statement was read, and our lines by it."""

    file: str
    repository: str
    path: str
    commit: str
    lines: Callable[[list[Row]], Iterator[str]]


CONSOLES = {
    "nanoGPT": Console(
        "nanogpt.txt", "karpathy/nanoGPT", "train.py",
        "e2221318e607eb5ee0669d6b7641af25a2111545", _nanogpt,
    ),
    "nanochat": Console(
        "nanochat.txt", "karpathy/nanochat", "scripts/base_train.py",
        "00255c194d47108c3b50c11df19cbba089337ec3", _nanochat,
    ),
    "llm.c": Console(
        "main.log", "karpathy/llm.c", "llmc/logger.h",
        "046d00154826daaf1d1d38e6ce4116fbb7a37e36", _llm_c,
    ),
    "modded-nanogpt": Console(
        "modded-nanogpt.txt", "KellerJordan/modded-nanogpt", "train_gpt.py",
        "0016a3c45a41748e729b097a9db15e9840328b52", _modded_nanogpt,
    ),
    "torchtitan": Console(
        "torchtitan.txt", "pytorch/torchtitan", "torchtitan/components/metrics.py",
        "00fbaafa6ea1b54dd1a9b451a648f196781e8b26", _torchtitan,
    ),
    "timm": Console(
        "timm.txt", "huggingface/pytorch-image-models", "train.py",
        "2aabaef039d918d453b58714ab84562609981112", _timm,
    ),
}  # fmt: skip


def range_test(place: Path) -> None:
    """Write a range test of the same network: the rate grows with every update."""
    import torch

    points, labels = data(torch)
    model, loss_of = network(torch), torch.nn.functional.binary_cross_entropy_with_logits
    rising = lrd.Exponential(1e-4, gamma=10 ** (5 / UPDATES))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    draw = torch.Generator().manual_seed(1)
    lines = ["step,lr,loss"]
    for step in range(UPDATES):
        optimizer.param_groups[0]["lr"] = rising(step)
        batch = torch.randint(0, 500, (32,), generator=draw)
        loss = loss_of(model(points[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        lines.append(f"{step},{rising(step):.4g},{loss.item():.4f}")
    (place / "range-test.csv").write_text("\n".join([*lines, ""]), "utf-8")


def write(place: Path) -> list[Row]:
    """Write all of them, and return what the plain loop did."""
    place.mkdir(parents=True, exist_ok=True)
    rows = run()
    as_csv(rows, place)
    as_json_lines(rows, place)
    by_transformers(place)
    by_lightning(place)
    by_keras(place)
    by_tensorboard(rows, place)
    for each in CONSOLES.values():
        (place / each.file).write_text("\n".join([*each.lines(rows), ""]), "utf-8")
    range_test(place)
    return rows


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else PLACE)
