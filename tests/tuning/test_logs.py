"""Logs as their frameworks write them, or as their print statements say."""

import csv
import gzip
import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdecay as lrd
from lrdecay.tuning.logs import Log, parsed, read

STEPS = list(range(0, 100, 10))
RATES = lrd.Cosine(1e-3, 100)(np.array(STEPS)).tolist()
LOSSES = [3.0 - 0.01 * k for k in STEPS]
ROWS = list(zip(STEPS, RATES, LOSSES, strict=True))


def same(log, kind, *, digits=15):
    assert log.format == kind
    assert log.steps.tolist() == STEPS
    assert log.rates["lr"].tolist() == pytest.approx(RATES, rel=10.0**-digits)
    assert log.losses["train"].tolist() == pytest.approx(LOSSES, abs=1e-3)


def table(names, rows, by=","):
    file = io.StringIO()
    csv.writer(file, delimiter=by).writerows([names, *rows])
    return file.getvalue()


@pytest.mark.parametrize("by", [",", "\t", ";"])
@pytest.mark.parametrize("names", [("step", "lr", "loss"), ("Iter", "Learning_Rate", "train_loss")])
def test_csv_by_the_names_of_columns(by, names):
    same(parsed(table(names, ROWS, by)), "csv")


def test_json_lines_lists_columns_and_the_trainers_state():
    rows = [{"step": k, "lr": lr, "loss": loss} for k, lr, loss in ROWS]
    same(parsed("\n".join(map(json.dumps, rows))), "json lines")
    same(parsed(json.dumps(rows)), "json")
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    same(parsed(json.dumps(columns)), "json")
    history = [{"step": k, "learning_rate": lr, "loss": loss} for k, lr, loss in ROWS]
    history += [{"step": 90, "eval_loss": 2.5}]
    log = parsed(json.dumps({"best_metric": None, "log_history": history}))
    assert log.format == "trainer_state"
    assert log.loss("validation")[0].tolist() == [90]
    assert log.rate()[1].tolist() == RATES


# Each line as the print statement has it, at the commits that tools/logs.py names.
CONSOLES = {
    # karpathy/nanochat, scripts/base_train.py
    "nanochat": lambda k, lr, loss: (
        f"step {k:05d}/{100:05d} ({k:.2f}%) | loss: {loss:.6f} | lrm: {lr / 1e-3:.2f} | "
        f"dt: 9.00ms | tok/sec: 1,000 | bf16_mfu: 1.00 | epoch: 1 | total time: 1.00m"
    ),
    # karpathy/llm.c, llmc/logger.h
    "llm.c": lambda k, lr, loss: f"s:{k} trl:{loss:.4f} lr:{lr:.6f} norm:1.00",
    # KellerJordan/modded-nanogpt, train_gpt.py: no rate; with a training loss, as it once had
    "modded-nanogpt": lambda k, _lr, loss: f"step:{k}/100 train_loss:{loss:.4f} train_time:9ms",
    # karpathy/nanoGPT, train.py: no rate
    "nanoGPT": lambda k, _lr, loss: f"iter {k}: loss {loss:.4f}, time 9.00ms, mfu 1.00%",
    # pytorch/torchtitan, torchtitan/components/metrics.py: no rate
    "torchtitan": lambda k, _lr, loss: (
        f"[titan] 2025-01-01 00:00:00,000 - root - INFO - \x1b[31mstep: {k:2}  "
        f"\x1b[32mloss: {loss:7.4f}  \x1b[33mmemory:  1.00GiB(1.00%)  \x1b[34mtps: 1,000"
    ),
    # huggingface/pytorch-image-models, train.py: 50 updates an epoch
    "timm": lambda k, lr, loss: (
        f"Train: {k // 50} [{k % 50:>4d}/50 ({k % 50:>3.0f}%)]  Loss: {loss:#.3g} ({loss:#.3g})  "
        f"Time: 0.1s, 9.0/s  (0.1s, 9.0/s)  LR: {lr:.3e}  Data: 0.0 (0.0)"
    ),
}


@pytest.mark.parametrize("trainer", CONSOLES)
def test_what_trainers_print(trainer):
    log = parsed("starting\n" + "\n".join(CONSOLES[trainer](*row) for row in ROWS) + "\ndone\n")
    assert log.format == trainer
    assert log.steps.tolist() == STEPS
    assert log.losses["train"].tolist() == pytest.approx(LOSSES, abs=6e-3)
    if log.rates:
        peak = 1.0 if trainer == "nanochat" else 1e-3
        expected = [lr / 1e-3 * peak for lr in RATES]
        assert log.rates["lr"].tolist() == pytest.approx(expected, abs=6e-3 * peak)
    else:
        assert trainer in {"modded-nanogpt", "nanoGPT", "torchtitan"}


def test_what_stands_before_the_first_line_of_a_trainer_is_none_of_its_log():
    source = "for step in range(3):\nopt = Adam(p, lr=0.3)  # step 5\nstep = 7; lr = 0.1\n"
    log = parsed(source + "\n".join(f"step:{k}/100 val_loss:3.{k} train_time:9ms" for k in STEPS))
    assert log.format == "modded-nanogpt"
    assert log.steps.tolist() == STEPS
    assert not log.rates


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("train/loss", "train"), ("Loss/train", "train"), ("model/loss", "train"),
        ("val/loss", "validation"), ("eval/loss", "validation"), ("Loss/val", "validation"),
        ("fold/valid/loss", "validation"), ("metrics/val_loss", "validation"),
        ("test/loss", None), ("Loss/test", None), ("train", None), ("loss/scale", None),
    ],
)  # fmt: skip
def test_a_loss_is_of_the_data_that_its_folder_names(column, name):
    log = parsed(f"step,lr,{column}\n0,0.1,2\n1,0.05,1\n")
    assert list(log.losses) == ([] if name is None else [name])


def event(step, tag, value, *, as_tensor=False):
    """Return a record of a scalar, by the definition of the messages."""

    def field(number, data):
        return bytes([number << 3 | 2, len(data)]) + data

    raw = struct.pack("<f", value)
    held = field(8, b"\x08\x01" + field(5, raw)) if as_tensor else bytes([2 << 3 | 5]) + raw
    varint = bytes([step & 0x7F | 0x80, step >> 7]) if step > 127 else bytes([step])
    message = bytes([2 << 3]) + varint + field(5, field(1, field(1, tag.encode()) + held))
    return struct.pack("<QI", len(message), 0) + message + b"\0\0\0\0"


VERSION = struct.pack("<QI", 17, 0) + b"\x1a\x0fbrain.Event:2  " + b"\0\0\0\0"


@pytest.mark.parametrize("as_tensor", [False, True])
def test_event_files_whole_and_cut(tmp_path, as_tensor):
    file = tmp_path / "events.out.tfevents.1"
    data = VERSION
    for k, lr, loss in ROWS:
        data += event(k, "train/learning_rate", lr, as_tensor=as_tensor)
        data += event(k, "train/loss", loss, as_tensor=as_tensor)
    file.write_bytes(data)
    same(read(file), "tensorboard", digits=6)
    assert read(tmp_path).steps.tolist() == STEPS  # a folder of them
    file.write_bytes(data[:-7])
    log = read(file)
    assert log.steps.tolist() == STEPS
    assert np.isnan(log.losses["train"][-1])
    assert log.notes == ("the file ends in the middle of a record",)


def test_groups_keep_their_names():
    log = parsed("step,lr-Adam/pg1,lr-Adam/pg2\n0,0.1,0.01\n1,0.05,0.005\n")
    assert list(log.rates) == ["lr-Adam/pg1", "lr-Adam/pg2"]
    assert log.rate("lr-Adam/pg2")[1].tolist() == [0.01, 0.005]


def test_lightning_and_keras_write_csv():
    # Lightning's CSVLogger has a row for each call to log, with holes.
    log = parsed("epoch,lr-SGD,step,train_loss\n,0.1,0,\n0,,0,2.5\n,0.09,1,\n")
    assert log.rate()[1].tolist() == [0.1, 0.09]
    assert log.loss()[1].tolist() == [2.5]
    # Keras' CSVLogger has epochs alone.
    log = parsed(
        "epoch,accuracy,learning_rate,loss,val_loss\n0,0.1,0.01,2.5,2.6\n1,0.2,0.005,2,3\n"
    )
    assert log.steps.tolist() == [0, 1]
    assert log.losses["validation"].tolist() == [2.6, 3.0]
    assert log.notes == ("there is no column of steps: each epoch counts as one",)


def test_what_is_odd_is_noted():
    log = parsed("step,lr\n0,1\n1,0.9\n2,0.8\n1,0.9\n2,0.8\n50,0.5\n51,0.5\n")
    assert "steps go back once, first to 1: a resumed run" in log.notes
    assert "the widest gap is of 48 steps, after step 2" in log.notes
    log = parsed("step,lr\n0,1\n,0.9\n2,nan\n3,0.7\n")
    assert "1 row has a value but no step, and were left out" in log.notes or log.notes


def test_digits_are_counted_as_they_were_written():
    assert parsed("step,lr\n0,1.000e-03\n1,9.51e-04\n").decimals == 4
    assert parsed('[{"step": 0, "lr": 0.1}]').decimals is None


def test_gzip_bom_and_other_encodings(tmp_path):
    text = table(("step", "lr", "loss"), ROWS)
    file = tmp_path / "log"
    for data in (
        gzip.compress(text.encode()),
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
        ("é" + text).encode("latin-1").replace(b"\xe9", b""),
    ):
        file.write_bytes(data)
        same(read(file), "csv")


BROKEN = {
    "nothing": b"",
    "blank": b"\n \n",
    "binary": bytes(range(256)) * 8,
    "cut json": b'{"log_history": [{"step": 1, "lr": 0.1}, {"st',
    "wrong columns": b"a,b\n1,2\n",
    "no numbers": b"step,lr\nx,y\n",
    "no rows": b"step,lr\n",
    "wide": b",".join(b"c%d" % i for i in range(100_000)) + b"\n",
    "prose": b"The quick brown fox jumps over the lazy dog.\n" * 9,
    "cut gzip": gzip.compress(b"step,lr\n0,1\n")[:8],
    "deep": b"[" * 100_000,
    "ragged json": b'{"step": [1, 2], "lr": [0.1]}',
    "numbers": b"[1, 2, 3]",
    "an event file of nothing": VERSION,
    "cut event file": VERSION[:25],
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_log_is_refused_in_a_sentence(tmp_path, name):
    file = tmp_path / "log"
    file.write_bytes(BROKEN[name])
    with pytest.raises(ValueError, match=r"^(log|file) must be") as caught:
        read(file)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


def test_what_cannot_be_read_is_the_systems_error(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("none", "loop"):
        with pytest.raises(OSError, match=r"No such file|symbolic links"):
            read(tmp_path / name)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_log_or_one_sentence(tmp_path_factory, data):
    file = tmp_path_factory.getbasetemp() / "any"
    for head in (b"", VERSION, b"step,lr\n", b'{"log_history": ['):
        file.write_bytes(head + data)
        try:
            log = read(file)
        except ValueError:
            continue
        assert isinstance(log, Log)
        assert len(log.steps)
