"""What is trained is said in these words: models, arms, methods, pieces.

An `Arm` is a way to train; it is tuned over peak rates 2**(i/2) on seeds of its own, on the loss of
validation data, and judged on other seeds, on the loss of test data, at the best peak and, in the
grids, at half and at twice that, or more. If the best peak is the least or the greatest that was
tried, more are tried on that side. A run that diverges is a result. Nothing is left out of the file
of a trial. `grids` and `questions` say which arms there are; both were committed before their
trials ran at size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MOST_WIDER = 8
"""How many half powers of 2 a sweep of peaks goes beyond its first grid, on either side."""

LEARNT = 0.98
"""A run has diverged unless its final training loss is below this many times a uniform guess's.

So a run that exploded, and one whose units all died, are the same: it has learnt nothing.
"""


def peak(i: int) -> float:
    """Return the peak rate of number i: i rises by 2 where the rate doubles.

    >>> peak(-8), peak(-6)
    (0.0625, 0.125)
    """
    return float(2.0 ** (i / 2))


@dataclass(frozen=True)
class Model:
    """A network, its data and its optimizer.

    Attributes:
        data: a name that `data.load` knows.
        network: "mlp" (its widths in `sizes`), "conv" (channels) or "transformer" (layers, width,
            heads, context).
        sizes: see `network`; for an mlp the widths of the hidden layers.
        optimizer: "sgd", with momentum, or "adamw".
        batch: examples an update; for text, sequences.
        weight_decay: of AdamW.
        clip: the greatest norm of the gradient, or 0 for any.
        warmup: share of the updates, unless an arm says otherwise.
    """

    data: str
    network: str
    sizes: tuple[int, ...]
    optimizer: str
    batch: int
    weight_decay: float = 0.0
    clip: float = 0.0
    warmup: float = 0.0
    beta2: float = 0.999


@dataclass(frozen=True)
class Start:
    """Training before an arm's: the network and the optimizer that it leaves are where one starts.

    Where the data are those of the arm, they go on where this stopped. Where they are others, the
    last layer of an image network is drawn afresh, for its new classes.

    Attributes:
        model: what is trained, on its data.
        shape: a key of `shapes.SHAPES`.
        updates: its horizon.
        peak: the number of its peak.
    """

    model: Model
    shape: str
    updates: int
    peak: int


@dataclass(frozen=True)
class Method:
    """How an arm trains, beside its schedule: as most do if nothing is said.

    Attributes:
        start: the training before; None for fresh weights.
        kept: whether the optimizer's running means are those of the start.
        rank: of the products that are added to hidden matrices and trained in their place, as in
            LoRA, scaled by 2. Embeddings and the last layer are trained as they are, biases and
            norms are not. 0 for whole matrices.
        layerwise: the rate of a layer as a share of that of the layer after it.
        muon: whether hidden matrices are moved by Muon, and all else by AdamW: at the same rate, as
            Muon's step is scaled to the size of AdamW's.
        others: with Muon, the shape of AdamW's rate, if not that of the arm.
        decay: whether AdamW's weight decay falls "with the rate", as in PyTorch, is "constant", or
            falls "with the square" of the rate; all are the same at the peak.
        clip: the greatest norm of the gradient; 0 for any, None for the model's.
        momentum: (at the peak, at rate zero) of SGD, or beta1 of AdamW: linear in the rate between.
        beta2: likewise, of AdamW.
        watched: whether the run is looked at ten times on its way, on validation and test data, the
            matrices of its last weights are rounded to 8 and to 4 bits, and text of the start is
            read again at the end.
    """

    start: Start | None = None
    kept: bool = False
    rank: int = 0
    layerwise: float = 1.0
    muon: bool = False
    others: str = ""
    decay: Literal["with the rate", "constant", "with the square"] = "with the rate"
    clip: float | None = None
    momentum: tuple[float, float] | None = None
    beta2: tuple[float, float] | None = None
    watched: bool = False


PLAIN = Method()


@dataclass(frozen=True)
class Arm:
    """One way to train.

    Attributes:
        name: of the arm, one in its piece.
        shape: a key of `shapes.SHAPES`.
        batches: (updates, examples) one after the other; their updates are the horizon.
        warmup: share of the updates, or -1 for the model's.
        first: how the ramp begins, as for `lrdecay.Warmup`.
        momentum: of SGD.
        average: "" to judge the last weights, "last_10" the mean of those after each update of the
            last 10 % of the run, "ema_10" an exponential mean that looks back over 10 % of it,
            "last_20_by_5" that of 5 checkpoints, evenly spaced over the last 20 %.
        plateau: "" or "every,patience,factor": the rate is cut when the validation loss, looked at
            after so many updates, has not fallen so many times.
        tuned_as: the arm, of this trial, whose best peak is taken, or "start" for that of the
            start; "" to tune its own.
        peaks: the first grid of peaks, or all of them with `ladder`.
        ladder: whether every peak is judged, and none tuned.
        judged: peaks to judge, counted from the best.
        method: how, beside the schedule.
    """

    name: str
    shape: str
    batches: tuple[tuple[int, int], ...]
    warmup: float = -1.0
    first: Literal["1/(w+1)", "1/w", "zero"] = "1/(w+1)"
    momentum: float = 0.9
    average: str = ""
    plateau: str = ""
    tuned_as: str = ""
    peaks: tuple[int, ...] = ()
    ladder: bool = False
    judged: tuple[int, ...] = (0,)
    method: Method = PLAIN

    @property
    def updates(self) -> int:
        """The horizon."""
        return sum(updates for updates, _ in self.batches)


@dataclass(frozen=True)
class Piece:
    """Arms of one trial that are run together; small enough to be run alone.

    Attributes:
        name: such as "fashion-sgd-1000".
        trial: the name of the file of results that it belongs to, such as "fashion-sgd".
        model: what is trained.
        arms: how.
        tuning: seeds on which peaks are chosen.
        judging: other seeds, on which arms are compared.
        per_update: estimated seconds of one core for a run's update with the model's batch.
        per_run: and for what comes after the last update.
        device: "cpu" or "cuda".
    """

    name: str
    trial: str
    model: Model
    arms: tuple[Arm, ...]
    tuning: range
    judging: range
    per_update: float
    per_run: float
    device: str = "cpu"


def cost(piece: Piece) -> float:
    """Return the estimated seconds of one core that a piece takes, peaks tried again not counted.

    Three tenths of an update's time do not depend on the batch.
    """
    seconds = 0.0
    for arm in piece.arms:
        tuned = 0 if arm.ladder or arm.tuned_as else len(arm.peaks) * len(piece.tuning)
        judged = len(arm.peaks if arm.ladder else arm.judged) * len(piece.judging)
        work = sum(
            updates * (0.3 + 0.7 * batch / piece.model.batch) for updates, batch in arm.batches
        )
        seconds += (tuned + judged) * (piece.per_update * work + piece.per_run)
    return seconds
