"""The trials of what people ask beside the schedule: training on, and how the optimizer goes.

This file was committed before its trials ran at size. Known then were the trials of `grids`: from
their best peaks the first grids of peaks here were taken, and the peaks of what is trained on. Each
program was tried at a peak or two on two seeds that no trial uses; from that it was seen that 2,000
images of the late classes are enough to train on from scratch, and their number was set to 500.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .design import Arm, Method, Model, Piece, Start
from .grids import (
    FASHION_ADAMW,
    FASHION_SGD,
    FEW_IMAGES,
    HALF_AND_TWICE,
    IMAGES,
    IMAGES_TUNING,
    TEXT,
    TEXT_64K,
    TEXT_TUNING,
    around,
    plain,
)

WATCHED = Method(watched=True)


# --- the optimizer, from scratch -----------------------------------------------------------------


def _watched(model: Model, updates: int, shapes: tuple[str, ...]) -> tuple[Arm, ...]:
    """Return arms at the peaks of those of their names, looked at on their way."""
    return tuple(
        Arm(
            f"{shape}_watched",
            shape,
            ((updates, model.batch),),
            tuned_as=f"{shape}/{updates}",
            method=WATCHED,
        )
        for shape in shapes
    )


@dataclass(frozen=True)
class Run:
    """What arms of a piece have in common."""

    model: Model
    updates: int
    peaks: tuple[int, ...]

    def arm(self, name: str, shape: str, average: str = "", **method: Any) -> Arm:
        """Return an arm that is tuned, with options of its method."""
        batches = ((self.updates, self.model.batch),)
        return Arm(name, shape, batches, average=average, peaks=self.peaks, method=Method(**method))


def _resumed(model: Model, updates: int, peak: int) -> tuple[Arm, ...]:
    """Return arms that go on from half of a run at a constant rate, in a line to zero.

    The optimizer's means are kept, or begin again: then with or without a warmup.
    """
    start = Start(model, "constant", updates // 2, peak)
    first = Arm("", "linear", ((updates // 2, model.batch),), warmup=0.0, tuned_as="start")
    fresh, kept = Method(start=start), Method(start=start, kept=True)
    return (
        replace(first, name="resumed_kept", method=kept),
        replace(first, name="resumed_fresh", method=fresh),
        replace(first, name="resumed_fresh_warm", method=fresh, warmup=0.1),
    )


def _seesaw(model: Model, peaks: tuple[int, ...]) -> tuple[Arm, ...]:
    """Return a schedule that drops by 4 twice, and two whose batch grows by 4 instead.

    "seesaw" halves the rate as well, as Adam's square-root rule has it; the other keeps it.
    """
    b = model.batch
    ramp = ((512, b), (64, 4 * b), (16, 16 * b))
    whole = Arm("", "", ((1024, b),), warmup=0.0, peaks=peaks)
    return (
        replace(whole, name="drops_by_4_ramp", shape="drops_by_4"),
        replace(whole, name="batch_by_4_ramp", shape="constant", batches=ramp),
        replace(whole, name="seesaw", shape="seesaw", batches=ramp),
        Arm("seesaw_kept", "seesaw", ramp, warmup=0.0, tuned_as="drops_by_4_ramp/1024"),
    )


_P, _A, _T = around(-10, 3), around(-16, 3), around(-13, 2)
_SGD, _ADAMW = Run(FASHION_SGD, 1000, _P), Run(FASHION_ADAMW, 1000, _A)
_TEXT = Run(TEXT_64K, 500, _T)
_SHAPES = ("linear", "constant", "cosine_tenth", "wsd_20")

SGD_ARMS = (
    *_watched(FASHION_SGD, 1000, _SHAPES),
    _SGD.arm("linear_clipped", "linear", clip=1.0),
    _SGD.arm("linear_momentum", "linear", momentum=(0.85, 0.95)),
    _SGD.arm("one_cycle_momentum", "one_cycle", momentum=(0.85, 0.95)),
    _SGD.arm("constant_last_20_by_5", "constant", "last_20_by_5"),
)

ADAMW_ARMS = (
    *_watched(FASHION_ADAMW, 1000, _SHAPES),
    _ADAMW.arm("linear_clipped", "linear", clip=1.0),
    _ADAMW.arm("wsd_20_beta2", "wsd_20", beta2=(0.999, 0.9999)),
    _ADAMW.arm("constant_last_20_by_5", "constant", "last_20_by_5"),
    *_resumed(FASHION_ADAMW, 1000, -16),
    *_seesaw(FASHION_ADAMW, _A),
)

TEXT_ARMS = (
    *_watched(TEXT_64K, 500, _SHAPES[:3]),
    *_resumed(TEXT_64K, 500, -13),
    _TEXT.arm("linear_decay_constant", "linear", decay="constant"),
    _TEXT.arm("linear_decay_square", "linear", decay="with the square"),
    _TEXT.arm("linear_unclipped", "linear", clip=0.0),
    _TEXT.arm("wsd_20_beta2", "wsd_20", beta2=(0.99, 0.999)),
    _TEXT.arm("constant_last_20_by_5", "constant", "last_20_by_5"),
)

FASHION_DECAYED = replace(FASHION_ADAMW, weight_decay=0.1)


def _decayed(run: Run) -> tuple[Arm, ...]:
    """Return arms whose weight decay goes in three ways."""
    return (
        run.arm("constant", "constant"),
        run.arm("linear", "linear"),
        run.arm("linear_decay_constant", "linear", decay="constant"),
        run.arm("linear_decay_square", "linear", decay="with the square"),
    )


def _muon(run: Run) -> tuple[Arm, ...]:
    """Return arms of Muon: AdamW's rate has the shape of the matrices', or another."""
    return (
        run.arm("constant", "constant", muon=True),
        run.arm("linear", "linear", muon=True),
        run.arm("linear_others_wsd_40", "linear", muon=True, others="wsd_40"),
        run.arm("wsd_40_others_linear", "wsd_40", muon=True, others="linear"),
    )


# --- width ---------------------------------------------------------------------------------------


def _widths(trial: str, model: Model, widths: tuple[int, ...], center: int) -> list[Piece]:
    """Return a piece for each width, of linear decay alone; each hidden layer has the width."""
    found = []
    for width in widths:
        text = model.network == "transformer"
        sizes = (2, width, 4, 64) if text else (width, width)
        (arm,) = plain(("linear",), 500 if text else 1000, model, around(center, 2 if text else 3))
        arms = (replace(arm, name=f"linear_{width}"),)
        weights = 12 * 2 * width**2 + 3 * 65 * width if text else width * (width + 206)
        seconds = 1.4e-7 * weights if text else 4e-9 * weights
        tuning, judging = (TEXT_TUNING, range(2)) if text else (range(1000, 1008), FEW_IMAGES)
        of = replace(model, sizes=sizes)
        found.append(Piece(f"{trial}-{width}", trial, of, arms, tuning, judging, seconds, 0.1))
    return found


# --- training on ---------------------------------------------------------------------------------

FASHION_EARLY = replace(FASHION_ADAMW, data="fashion-early")
FASHION_LATE = replace(FASHION_ADAMW, data="fashion-late", warmup=0.0)
TEXT_WIDE = replace(TEXT_64K, data="kjv-wide")
CODE_SMALL = replace(TEXT_64K, data="code-small", warmup=0.0)
CODE = replace(CODE_SMALL, data="code")

IMAGES_BEFORE = Start(FASHION_EARLY, "linear", 1000, -15)
IMAGES_BEFORE_CONSTANT = Start(FASHION_EARLY, "constant", 1000, -18)
TEXT_BEFORE = Start(TEXT_WIDE, "linear", 1000, -13)
TEXT_BEFORE_CONSTANT = Start(TEXT_WIDE, "constant", 1000, -15)


def _on(run: Run, start: Method) -> tuple[Arm, ...]:
    """Return the arms of every way to train on: no decay, linear decay, and that with a warmup."""
    first = replace(run.arm("", "linear"), method=start)
    return (
        replace(first, name="constant", shape="constant"),
        replace(first, name="linear", judged=HALF_AND_TWICE),
        replace(first, name="linear_warmup_10", warmup=0.1),
    )


def _at_start(run: Run, start: Method) -> Arm:
    """Return linear decay from the peak of the start."""
    return replace(run.arm("linear_at_start", "linear"), method=start, tuned_as="start", peaks=())


def _tuned_on(run: Run, before: Start, before_constant: Start, layerwise: float) -> tuple[Arm, ...]:
    """Return arms that train all weights on, of a start that decayed, did not, or of none."""
    start = Method(start=before, watched=True)
    first = replace(run.arm("", "linear"), method=start)
    return (
        *_on(run, start),
        replace(first, name="cosine_tenth", shape="cosine_tenth"),
        replace(first, name="linear_layerwise", method=replace(start, layerwise=layerwise)),
        replace(first, name="linear_from_constant", method=replace(start, start=before_constant)),
        replace(first, name="linear_from_scratch", method=WATCHED),
        _at_start(run, start),
    )


def _adapted(run: Run, before: Start) -> tuple[Arm, ...]:
    """Return arms that train products of rank 4."""
    return _on(run, Method(start=before, rank=4, watched=True))


def _continued(run: Run, before: Start) -> tuple[Arm, ...]:
    """Return arms that go on with much of other data, as pretraining does."""
    start = Method(start=before, watched=True)
    return (*_on(run, start), _at_start(run, start))


# --- pieces, in the order of their worth ---------------------------------------------------------


def _images(name: str, trial: str, model: Model, arms: tuple[Arm, ...], **options: object) -> Piece:
    first = Piece(name, trial, model, arms, IMAGES_TUNING, IMAGES, 6e-5, 0.1)
    return replace(first, **options)


def _text(name: str, trial: str, model: Model, arms: tuple[Arm, ...], **options: object) -> Piece:
    first = Piece(name, trial, model, arms, TEXT_TUNING, TEXT, 1e-2, 0.8)
    return replace(first, **options)


_FINE = {"tuning": range(1000, 1003)}

PIECES: tuple[Piece, ...] = (
    *(
        _images(
            f"fashion-tuned-{n}",
            "fashion-tuned",
            FASHION_LATE,
            _tuned_on(Run(FASHION_LATE, n, _A), IMAGES_BEFORE, IMAGES_BEFORE_CONSTANT, 0.5),
        )
        for n in (100, 500)
    ),
    *(
        _images(
            f"fashion-lora-{n}",
            "fashion-lora",
            FASHION_LATE,
            _adapted(Run(FASHION_LATE, n, around(-13, 3)), IMAGES_BEFORE),
        )
        for n in (100, 500)
    ),
    _images(
        "fashion-decayed-3000",
        "fashion-decayed",
        FASHION_DECAYED,
        _decayed(Run(FASHION_DECAYED, 3000, _A)),
    ),
    _images("fashion-adamw-questions", "fashion-adamw", FASHION_ADAMW, ADAMW_ARMS),
    _images("fashion-sgd-questions", "fashion-sgd", FASHION_SGD, SGD_ARMS),
    _images(
        "fashion-muon-1000",
        "fashion-muon",
        FASHION_ADAMW,
        _muon(Run(FASHION_ADAMW, 1000, around(-14, 2))),
        judging=FEW_IMAGES,
        per_update=2e-3,
    ),
    *_widths("fashion-adamw-widths", FASHION_ADAMW, (24, 48, 96, 192, 384), -15),
    *_widths("fashion-sgd-widths", FASHION_SGD, (24, 48, 96, 192, 384), -10),
    *(
        _text(
            f"text-tuned-{n}",
            "text-tuned",
            CODE_SMALL,
            _tuned_on(Run(CODE_SMALL, n, around(-15, 2)), TEXT_BEFORE, TEXT_BEFORE_CONSTANT, 0.7),
            **_FINE,
        )
        for n in (100, 300)
    ),
    _text(
        "text-lora-300",
        "text-lora",
        CODE_SMALL,
        _adapted(Run(CODE_SMALL, 300, around(-11, 2)), TEXT_BEFORE),
        **_FINE,
    ),
    _text("text-64k-questions", "text-64k", TEXT_64K, TEXT_ARMS),
    _text("text-muon-500", "text-muon", TEXT_64K, _muon(Run(TEXT_64K, 500, around(-12, 2)))),
    _text(
        "text-continued-500",
        "text-continued",
        CODE,
        _continued(Run(CODE, 500, around(-13, 2)), TEXT_BEFORE),
    ),
    *_widths("text-widths", TEXT_64K, (32, 48, 96, 176), -13),
)
