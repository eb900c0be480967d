"""The schedules of Ultralytics YOLO (`engine/trainer.py`, read and run at 8.4.190).

The arguments are those of `model.train`. The rate is set once an epoch, and in the warmup once a
batch: step $k$ here counts batches, as the trainer's warmup does, and `nb` is the number of batches
in an epoch. An update uses the rate of the batch that completes it: with gradients accumulated over
`nbs / batch` batches, `train(...)(train_updates(...))` are the rates that the updates use.

A schedule here is that of one parameter group. With `optimizer="auto"`, the default, the trainer
overrules `lr0`, `momentum` and `warmup_bias_lr`: 0.01 for MuSGD beyond 10 000 updates, else AdamW
with `round(0.01 / (4 + classes), 6)`; 0.9; and 0. MuSGD triples `lr0` for some groups. With `time`,
which finds the number of epochs under way, there is no schedule to know in advance.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import MOST_STEPS, Positive, Rate, StepCount, Steps, check, checked, refuse
from ..families.linear import Linear
from ..schedule import Constant, Product, Schedule, Sum
from .shared import CosineWave, compared

__all__ = [
    "one_cycle",
    "train",
    "train_momentum",
    "train_updates",
]

_MOST_BATCHES = 10**8  # whose updates are listed

Group = Literal["weight", "bn", "bias", "muon"]

NOT_SCHEDULES: dict[str, str] = {
    "train_updates": "The batches at which the trainer makes an update.",
}


@checked()
def train(
    nb: Steps,
    *,
    epochs: Steps = 100,
    lr0: Rate = 0.01,
    lrf: Rate = 0.01,
    cos_lr: bool = False,
    warmup_epochs: float = 3.0,
    warmup_bias_lr: float = 0.1,
    param_group: Group = "weight",
    least_warmup: int | None = None,
) -> Schedule:
    """Return the rates of a YOLO training, batch by batch.

    In epoch $e$ of $E$ the rate is `lr0` times a share that falls from 1 towards `lrf`, which is
    that of epoch $E$ and so never used. In the warmup it is on the way to that from 0, or from
    `warmup_bias_lr`; where the epoch changes, the goal does.

    Compared:
        Linear, or Cosine that rises again, held for an epoch of nb batches; the warmup goes to the
        rate of its own epoch, from 0, and for biases down from warmup_bias_lr. Up to 8.4.102 it
        took at least 100 batches: least_warmup=100.

    Args:
        nb: batches in an epoch.
        epochs: number of epochs.
        lr0: the rate of the first epoch.
        lrf: last rate as a share of `lr0`.
        cos_lr: half a cosine wave instead of a line.
        warmup_epochs: length of the warmup; at most one epoch less than `epochs`.
        warmup_bias_lr: where the warmup of the biases starts.
        param_group: "bias", or one of the groups that start at 0: "weight", "bn", "muon".
        least_warmup: the least number of batches that a warmup has. Up to 8.4.102 it was 100, and
            no epoch was kept out of the warmup; since then there is no least, which is None.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> train(2, epochs=4, lr0=1.0, lrf=0.0, warmup_epochs=1.5).sample(8).round(4).tolist()
        [0.0, 0.3333, 0.5, 0.75, 0.5, 0.5, 0.25, 0.25]
        >>> bias = train(2, lrf=1.0, warmup_epochs=1, param_group="bias", least_warmup=100)
        >>> bias([0, 50, 100, 150]).round(4).tolist()
        [0.1, 0.055, 0.01, 0.01]
    """
    last = lrf * lr0
    decay = CosineWave(lr0, epochs, last) if cos_lr else Linear(lr0, epochs, last)
    rates = decay.hold(nb) if nb > 1 else decay
    start = check("warmup_bias_lr", warmup_bias_lr, Rate) if param_group == "bias" else 0.0
    warmup = _warmup(nb, epochs, warmup_epochs, least_warmup)
    if warmup == 0:
        return rates
    rising = Product(rates, Linear(0.0, warmup, 1.0))
    return Sum(rising, Linear(start, warmup)) if start else rising


@checked()
def train_momentum(
    nb: Steps,
    *,
    epochs: Steps = 100,
    momentum: Rate = 0.937,
    warmup_epochs: float = 3.0,
    warmup_momentum: Rate = 0.8,
    least_warmup: int | None = None,
) -> Schedule:
    """Return the momentum of a YOLO training, batch by batch: a line in the warmup, then held.

    Only optimizers whose groups have a "momentum" follow it: SGD, MuSGD and RMSprop. The betas of
    Adam stay as they are.

    Compared:
        A line from warmup_momentum to momentum in the warmup, for SGD alone.

    Args:
        nb: batches in an epoch.
        epochs: number of epochs.
        momentum: the momentum after the warmup.
        warmup_epochs: length of the warmup, as in `train`.
        warmup_momentum: the momentum of the first batch.
        least_warmup: as in `train`.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> train_momentum(2, momentum=0.9, warmup_epochs=1).sample(4).round(4).tolist()
        [0.8, 0.85, 0.9, 0.9]
    """
    warmup = _warmup(nb, epochs, warmup_epochs, least_warmup)
    return Linear(warmup_momentum, warmup, momentum) if warmup else Constant(momentum)


@checked()
def train_updates(
    nb: Steps,
    *,
    epochs: Steps = 100,
    batch: Steps = 16,
    nbs: int = 64,
    warmup_epochs: float = 3.0,
    least_warmup: int | None = None,
) -> NDArray[np.int64]:
    """Return the batches at which a YOLO training makes an update.

    After the warmup it makes one every `round(nbs / batch)` batches; in the warmup that number
    grows from 1. What an epoch leaves over counts towards the first update of the next.

    Args:
        nb: batches in an epoch.
        epochs: number of epochs.
        batch: images in a batch, on all devices together.
        nbs: images in an update, nominally.
        warmup_epochs: length of the warmup, as in `train`.
        least_warmup: as in `train`.

    Returns:
        Rising array: the steps of `train` and `train_momentum` at which an update is made.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> train_updates(4, epochs=4, batch=16, nbs=64, warmup_epochs=2).tolist()
        [0, 1, 3, 6, 10, 14]
    """
    share = check("nbs", nbs, Positive) / batch
    warmup = _warmup(nb, epochs, warmup_epochs, least_warmup)
    full, total = max(round(share), 1), nb * epochs
    if total > _MOST_BATCHES:
        raise refuse("nb", nb, f"at most {_MOST_BATCHES // epochs} with epochs={epochs}")
    if least_warmup is None:
        share = full = min(full, total)
    ramp = np.arange(min(warmup + 1, total)) if warmup else np.arange(0)
    grown = np.maximum(np.rint(np.interp(ramp, [0, warmup], [1, share])), 1)
    made = [-1]
    for k, every in enumerate(grown.tolist()):
        if k - made[-1] >= every:
            made.append(k)
    return np.array([*made[1:], *range(made[-1] + full, total, full)], dtype=np.int64)


@checked()
def one_cycle(y1: Rate = 0.0, y2: Rate = 1.0, steps: Steps = 100) -> Schedule:
    """Return `ultralytics.utils.torch_utils.one_cycle`: half a cosine wave from `y1` to `y2`.

    Compared:
        Half a cycle: Cosine that rises again after steps.

    Args:
        y1: value at step 0.
        y2: value at `steps`, after which it goes back.
        steps: length of the half wave.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> one_cycle(1.0, 0.0, 4).sample(6).round(4).tolist()
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.1464]
    """
    return CosineWave(y1, steps, y2)


def _warmup(nb: int, epochs: int, warmup_epochs: float, least: int | None) -> int:
    """Return the batches of the warmup."""
    asked = check("warmup_epochs", warmup_epochs, Rate)
    if asked * nb > MOST_STEPS:
        raise refuse("warmup_epochs", warmup_epochs, "small enough for at most 2**53 batches")
    if least is None:
        return round(min(asked, epochs - 1) * nb)
    least = check("least_warmup", least, StepCount)
    return max(round(asked * nb), least) if asked else 0


SCHEDULERS = compared(globals())
