"""Logs that trainers print: a line for each step, with names and numbers in it.

The lines of nanoGPT, nanochat, llm.c, modded-nanogpt, torchtitan and timm differ in order and
punctuation; what they share is a name followed by its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .log import Log, of_rows

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NUMBER = r"[-+]?(?:\d[\d,]*\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|nan|inf)"
STEP = re.compile(r"\b(?:step|iter|iteration|s)[ :=]+(\d+)(?:\s*/\s*\d+)?", re.IGNORECASE)
OF_EPOCH = re.compile(r"\bTrain: (\d+) \[\s*(\d+)/(\d+) ")  # timm: epoch, update of it, of how many
PAIR = re.compile(
    rf"\b(learning_rate|lrm?|train_loss|train loss|val_loss|val loss|loss|trl|tel)\b"
    rf"['\"]?[ :=]+({NUMBER})",
    re.IGNORECASE,
)
VALIDATED = re.compile(r"\bvalidat\w* step\b", re.IGNORECASE)  # torchtitan
COLUMNS = {"train loss": "train_loss", "val loss": "val_loss"}
# Where a line came from, by what only that trainer prints.
TRAINERS = (
    ("nanochat", re.compile(r"\| lrm: ")),
    ("llm.c", re.compile(r"^s:\d+ t[re]l:|\(\s*[-+]?(?:\d+\.\d+|nan)z\)")),
    ("modded-nanogpt", re.compile(r"^step:\d+/\d+ .*train_time:")),
    ("nanoGPT", re.compile(r"^iter \d+: loss |^step \d+: train loss ")),
    ("torchtitan", re.compile(r"step:\s+\d+\s+loss:")),
    ("timm", OF_EPOCH),
)


def of_text(text: str) -> Log:
    """Return the log of what a trainer printed.

    Raises:
        ValueError: if no line has a step with a rate or a loss.
    """
    lines = COLOUR.sub("", text.replace("\r", "\n")).splitlines()
    trainer, first = _trainer(lines[:10_000])
    notes = []
    if trainer == "nanochat":
        notes.append("lrm is the rate as a multiple of the peak")
    return of_rows(_rows(lines[first:], trainer), trainer, notes)


def _trainer(lines: list[str]) -> tuple[str, int]:
    """Return who printed, and its first line: modded-nanogpt prints its own source before."""
    for trainer, mark in TRAINERS:
        for number, line in enumerate(lines):
            if mark.search(line):
                return trainer, number
    return "console", 0


def _rows(lines: list[str], trainer: str) -> Iterator[dict[str, Any]]:
    estimated = trainer == "nanoGPT" and any(line.startswith("iter ") for line in lines)
    for line in lines:
        if len(line) > 10_000:
            continue
        row: dict[str, Any] = {}
        for name, number in PAIR.findall(line):
            plain = name.lower()
            row.setdefault(COLUMNS.get(plain, plain), number.replace(",", ""))
        if estimated and line.startswith("step "):  # a mean of its own, beside each update's loss
            row.pop("train_loss", None)
        if VALIDATED.search(line) and "loss" in row:
            row["val_loss"] = row.pop("loss")
        if not row:
            continue
        within = OF_EPOCH.search(line)
        if within is not None:
            epoch, update, updates = map(int, within.groups())
            row["step"] = epoch * updates + update
        elif (found := STEP.search(line)) is not None:
            row["step"] = found[1]
        else:
            continue
        yield row
