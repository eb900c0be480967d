"""The trials of schedules: data, models, schedules, peaks, seeds and further arms.

This file was committed before its trials ran at size.

Peaks were placed from general experience and from runs of a few seconds that measured speed; the
digits were looked at while the program was written.

Costs were measured as processor time on a machine of two cores (AMD EPYC) that was busy with other
work, about five processes a core: a network of `mlp` takes 0.033 to 0.045 ms an update with SGD and
0.048 to 0.056 ms with AdamW, the convolutional net 1.3 ms, the transformers 8 to 11 ms (64k) and
20 ms (161k). JAX took 9.6 ms for the update of one transformer of 64k where PyTorch took 10.8, and
18 ms a run for four stacked; so PyTorch trains them, one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .design import Arm, Model, Piece

GRID = (
    "constant",
    "linear",
    "cosine",
    "linear_tenth",
    "cosine_tenth",
    "wsd_10",
    "wsd_20",
    "wsd_40",
    "wsd_20_sqrt",
    "drops_3",
    "exponential_100",
    "power_2",
    "sqrt",
    "rex",
    "inverse_sqrt_cooldown",
)
GRID_TEXT = (
    "constant",
    "linear",
    "cosine",
    "cosine_tenth",
    "wsd_10",
    "wsd_20",
    "wsd_20_sqrt",
    "drops_3",
)
GRID_SMALL = ("constant", "linear", "cosine", "cosine_tenth", "wsd_10", "wsd_20")
HALF_AND_TWICE = (-2, 0, 2)
HALF_TO_THRICE = (-2, 0, 2, 3)  # where runs are cheap: a peak three times too high, nearly


def around(center: int, each_side: int) -> tuple[int, ...]:
    """Return so many numbers of peaks on either side of one, and that."""
    return tuple(range(center - each_side, center + each_side + 1))


def plain(
    shapes: tuple[str, ...], updates: int, model: Model, peaks: tuple[int, ...], **options: object
) -> tuple[Arm, ...]:
    """Return arms named after their shapes."""
    first = Arm("", "", ((updates, model.batch),), peaks=peaks)
    return tuple(replace(first, name=shape, shape=shape, **options) for shape in shapes)


# --- models --------------------------------------------------------------------------------------

DIGITS = Model("digits", "mlp", (32,), "sgd", 32)
FASHION_SGD = Model("fashion", "mlp", (48, 48), "sgd", 32)
FASHION_ADAMW = Model("fashion", "mlp", (48, 48), "adamw", 32, weight_decay=0.01, warmup=0.05)
FASHION_CONV = Model("fashion", "conv", (16, 32), "sgd", 32)
TEXT_64K = Model("kjv", "transformer", (2, 48, 4, 64), "adamw", 16, 0.1, 1.0, 0.1, 0.99)
TEXT_161K = Model("kjv", "transformer", (3, 64, 4, 64), "adamw", 16, 0.1, 1.0, 0.1, 0.99)
TEXT_10M = Model("kjv", "transformer", (6, 384, 6, 256), "adamw", 64, 0.1, 1.0, 0.1, 0.99)

# Judged seeds begin at 0, those for tuning at 1000; nothing else draws from either.
IMAGES, IMAGES_TUNING = range(24), range(1000, 1004)
FEW_IMAGES = range(12)
TEXT, TEXT_TUNING = range(8), range(1000, 1002)


# --- further arms --------------------------------------------------------------------------------


def _ending(model: Model, peaks: tuple[int, ...], updates: int) -> tuple[Arm, ...]:
    """Return arms on how a run ends: powers, cooldowns, drops, cycles, wrong horizons."""
    shapes = (
        *("linear_last_zero", "linear_hundredth", "cosine_tenth_cooldown"),
        *("power_0.5", "power_0.75", "power_1.5", "power_3", "exponential_10", "exponential_1000"),
        *("inverse_sqrt", "inverse_time_10", "inverse_time_30", "inverse_time_100"),
        *("wsd_5", "wsd_60", "wsd_80", "wsd_10_sqrt", "wsd_40_sqrt"),
        *("wsd_20_square", "wsd_20_cosine"),
        *(f"drop_{place}" for place in (25, 45, 65, 75, 85, 95)),
        *("drops_late", "drops_small", "drops_by_4"),
        *("cosine_110", "cosine_125", "cosine_150", "cosine_200", "cosine_300"),
        *("linear_125", "linear_200"),
        *("restarts_5", "restarts_doubling", "zigzag", "one_cycle", "trapezoid"),
    )
    return plain(shapes, updates, model, peaks)


def _borrowed(model: Model, updates: int) -> tuple[Arm, ...]:
    """Return arms that keep the peak of another shape."""
    pairs = (
        *(("linear", "constant"), ("cosine", "constant"), ("wsd_20", "constant")),
        *(("constant", "linear"), ("cosine", "linear"), ("wsd_20", "linear")),
        *(("constant", "wsd_20"), ("linear", "wsd_20"), ("cosine", "wsd_20")),
    )
    first = Arm("", "", ((updates, model.batch),))
    return tuple(
        replace(first, name=f"{shape}_at_{other}", shape=shape, tuned_as=f"{other}/{updates}")
        for shape, other in pairs
    )


def _extended(model: Model, peaks: tuple[int, ...], updates: int) -> tuple[Arm, ...]:
    """Return arms of twice the updates: planned so, with the peak of the shorter run, or resumed.

    A resumed run is one schedule: the optimizer's state is kept.
    """
    planned = ("constant", "linear", "cosine", "wsd_20")
    resumed = (
        *("linear_again", "linear_rewarmed", "cosine_again", "wsd_20_again"),
        "cosine_tenth_held",
    )
    twice = ((2 * updates, model.batch),)
    return (
        *plain(planned, 2 * updates, model, peaks),
        *(Arm(f"{shape}_kept", shape, twice, tuned_as=f"{shape}/{updates}") for shape in planned),
        *plain(resumed, 2 * updates, model, peaks),
        *(
            Arm(f"{shape}_kept", shape, twice, tuned_as=f"{of}/{updates}")
            for shape, of in (
                *(("linear_again", "linear"), ("linear_rewarmed", "linear")),
                *(("cosine_again", "cosine"), ("wsd_20_again", "wsd_20")),
                ("cosine_tenth_held", "cosine_tenth"),
            )
        ),
    )


def _averaged(
    model: Model, peaks: tuple[int, ...], updates: int, which: Mapping[str, tuple[str, ...]]
) -> tuple[Arm, ...]:
    return tuple(
        Arm(f"{shape}_{average}", shape, ((updates, model.batch),), average=average, peaks=peaks)
        for shape, averages in which.items()
        for average in averages
    )


def _warmed(
    model: Model, peaks: tuple[int, ...], updates: int, shares: tuple[float, ...]
) -> tuple[Arm, ...]:
    return tuple(
        Arm(
            f"linear_warmup_{100 * share:g}",
            "linear",
            ((updates, model.batch),),
            warmup=share,
            peaks=peaks,
        )
        for share in shares
    )


def _batches(model: Model, peaks: tuple[int, ...], updates: int) -> tuple[Arm, ...]:
    """Return arms with batches times 1, 8 and 64: of as many examples, and of as many updates.

    The first begin a factor of 8 below and end a factor of 8 above the model's batch.
    """
    few, base = model.batch // 8, model.batch
    plans = {
        **{f"examples_{few * 8**i}": ((8 * updates // 8**i, few * 8**i),) for i in range(3)},
        **{f"updates_{base * 8**i}": ((updates, base * 8**i),) for i in (1, 2)},
    }
    return tuple(
        Arm(f"{shape}_{name}", shape, plan, peaks=peaks)
        for name, plan in plans.items()
        for shape in ("linear", "constant")
    )


def _ramped(model: Model, peaks: tuple[int, ...], updates: int) -> tuple[Arm, ...]:
    """Return a schedule that drops by 4 twice, and one whose batch grows by 4 instead."""
    b, half, fourth = model.batch, updates // 2, updates // 4
    ramp = ((half, b), (fourth // 4, 4 * b), (fourth // 16, 16 * b))
    return (
        Arm("drops_by_4_ramp", "drops_by_4", ((updates, b),), peaks=peaks),
        Arm("batch_by_4_ramp", "constant", ramp, peaks=peaks),
        Arm("batch_by_4_ramp_kept", "constant", ramp, tuned_as=f"drops_by_4_ramp/{updates}"),
    )


_P = around(-8, 3)  # SGD on images
_A = around(-18, 3)  # AdamW on images
_ONCE = ((1000, FASHION_SGD.batch),)

SGD_ARMS: tuple[Arm, ...] = (
    *_ending(FASHION_SGD, _P, 1000),
    *_borrowed(FASHION_SGD, 1000),
    *_extended(FASHION_SGD, _P, 1000),
    *_averaged(
        FASHION_SGD,
        _P,
        1000,
        {
            "constant": ("last_10", "last_20", "last_50", "ema_10"),
            "linear": ("last_10", "ema_10"),
            "wsd_20": ("last_10",),
            "cosine_tenth": ("last_10",),
        },
    ),
    *_warmed(FASHION_SGD, _P, 1000, (0.01, 0.05, 0.1, 0.2)),
    Arm("linear_warmup_5_zero", "linear", _ONCE, warmup=0.05, first="zero", peaks=_P),
    Arm("constant_warmup_10", "constant", _ONCE, warmup=0.1, peaks=_P),
    *_batches(FASHION_SGD, _P, 1000),
    *_ramped(FASHION_SGD, _P, 1024),
    Arm("linear_no_momentum", "linear", _ONCE, momentum=0.0, peaks=around(-2, 3)),
    Arm("constant_no_momentum", "constant", _ONCE, momentum=0.0, peaks=around(-3, 3)),
    Arm("plateau", "constant", _ONCE, plateau="20,5,0.1", peaks=_P),
    Arm("plateau_patient", "constant", _ONCE, plateau="20,15,0.1", peaks=_P),
    *(
        Arm(
            f"stable_{name}",
            "constant",
            ((300, FASHION_SGD.batch),),
            warmup=warmup,
            peaks=tuple(range(-8, 5)),
            ladder=True,
        )
        for name, warmup in (("none", 0.0), ("warmup_10", 0.1))
    ),
    Arm("range_test", "range_test", ((300, FASHION_SGD.batch),), peaks=(6,), ladder=True),
)

_D = around(-6, 3)
_BRIEF = ((300, DIGITS.batch),)
DIGITS_ARMS: tuple[Arm, ...] = (
    *plain(("cosine_200", "cosine_300", "restarts_5", "drop_65", "one_cycle"), 300, DIGITS, _D),
    *_averaged(DIGITS, _D, 300, {"constant": ("last_20", "ema_10"), "linear": ("last_10",)}),
    Arm("constant_at_linear", "constant", _BRIEF, tuned_as="linear/300"),
    Arm("linear_at_constant", "linear", _BRIEF, tuned_as="constant/300"),
    Arm("wsd_20_at_constant", "wsd_20", _BRIEF, tuned_as="constant/300"),
    Arm("linear_updates_256", "linear", ((300, 256),), peaks=_D),
    Arm("constant_updates_256", "constant", ((300, 256),), peaks=_D),
    Arm("linear_no_momentum", "linear", _BRIEF, momentum=0.0, peaks=around(-1, 3)),
    Arm("linear_warmup_10", "linear", _BRIEF, warmup=0.1, peaks=_D),
    Arm("plateau", "constant", _BRIEF, plateau="10,3,0.1", peaks=_D),
    *_ramped(DIGITS, _D, 256),
    Arm("stable_none", "constant", _BRIEF, 0.0, peaks=tuple(range(-8, 4)), ladder=True),
    Arm("stable_warmup_10", "constant", _BRIEF, 0.1, peaks=tuple(range(-8, 4)), ladder=True),
)

ADAMW_ARMS: tuple[Arm, ...] = (
    *_warmed(FASHION_ADAMW, _A, 3000, (0.0, 0.01, 0.1, 0.2, 2 / 3)),  # 2 / (1 - beta2) updates
    *_warmed(FASHION_ADAMW, _A, 300, (0.0, 0.05, 0.2)),
    *_batches(FASHION_ADAMW, _A, 1000),
    *_averaged(FASHION_ADAMW, _A, 1000, {"constant": ("last_10", "last_20", "ema_10")}),
    *_borrowed(FASHION_ADAMW, 1000),
    *plain(
        ("power_0.5", "power_1.5", "power_3", "restarts_5", "one_cycle", "cosine_150"),
        1000,
        FASHION_ADAMW,
        _A,
    ),
)

_T = around(-14, 2)
_LATE = ((500, TEXT_64K.batch),)
TEXT_ARMS: tuple[Arm, ...] = (
    *_warmed(TEXT_64K, _T, 500, (0.0, 0.02, 0.2)),
    *_averaged(TEXT_64K, _T, 500, {"constant": ("last_10", "last_20")}),
    Arm("cosine_150", "cosine_150", _LATE, peaks=_T),
    Arm("wsd_40", "wsd_40", _LATE, peaks=_T),
    Arm("cosine_at_wsd_20", "cosine", _LATE, tuned_as="wsd_20/500"),
    Arm("linear_at_constant", "linear", _LATE, tuned_as="constant/500"),
)


# --- pieces, in the order of their worth ---------------------------------------------------------


def _image_grid(updates: int) -> Piece:
    arms = plain(GRID, updates, FASHION_SGD, _P, judged=HALF_TO_THRICE)
    name = f"fashion-sgd-{updates}"
    return Piece(name, "fashion-sgd", FASHION_SGD, arms, IMAGES_TUNING, IMAGES, 4e-5, 0.012)


def _adamw_grid(updates: int) -> Piece:
    arms = plain(GRID, updates, FASHION_ADAMW, _A, judged=HALF_TO_THRICE)
    name = f"fashion-adamw-{updates}"
    return Piece(name, "fashion-adamw", FASHION_ADAMW, arms, IMAGES_TUNING, IMAGES, 6e-5, 0.012)


def _text_grid(name: str, model: Model, shapes: tuple[str, ...], updates: int) -> Piece:
    center, seconds = (-14, 9.5e-3) if model is TEXT_64K else (-15, 20e-3)
    arms = plain(shapes, updates, model, around(center, 2), judged=HALF_AND_TWICE)
    return Piece(f"{name}-{updates}", name, model, arms, TEXT_TUNING, TEXT, seconds, 40 * seconds)


def _conv_grid(updates: int) -> Piece:
    arms = plain(GRID_SMALL, updates, FASHION_CONV, around(-8, 2), judged=HALF_AND_TWICE)
    name = f"fashion-conv-{updates}"
    return Piece(name, "fashion-conv", FASHION_CONV, arms, IMAGES_TUNING, FEW_IMAGES, 1.3e-3, 0.5)


_DIGITS = Piece(
    "digits-300",
    "digits",
    DIGITS,
    plain(GRID, 300, DIGITS, around(-6, 3), judged=HALF_AND_TWICE),
    IMAGES_TUNING,
    IMAGES,
    1.5e-5,
    0.002,
)
_CUDA = Piece(
    "text-10m-1000",
    "text-10m",
    TEXT_10M,
    plain(("linear", "cosine", "wsd_20", "constant"), 1000, TEXT_10M, (-22, -20, -18), ladder=True),
    range(0),
    range(2),
    0.02,
    1.0,
    "cuda",
)

PIECES: tuple[Piece, ...] = (
    _DIGITS,
    replace(_DIGITS, name="digits-arms", arms=DIGITS_ARMS),
    _image_grid(1000),
    _image_grid(3000),
    _image_grid(300),
    replace(_image_grid(1000), name="fashion-sgd-arms", arms=SGD_ARMS),
    _text_grid("text-64k", TEXT_64K, GRID_TEXT, 500),
    _text_grid("text-64k", TEXT_64K, GRID_TEXT, 2000),
    _image_grid(9000),
    _adamw_grid(1000),
    _adamw_grid(3000),
    _conv_grid(1000),
    _conv_grid(3000),
    replace(_adamw_grid(1000), name="fashion-adamw-arms", arms=ADAMW_ARMS),
    replace(
        _text_grid("text-64k", TEXT_64K, GRID_TEXT, 500),
        name="text-64k-arms",
        arms=TEXT_ARMS,
    ),
    _text_grid("text-161k", TEXT_161K, GRID_SMALL, 500),
    _CUDA,
)
