"""What rules on fine-tuning and on optimizers ask of real training: which arms, which claim.

This file was committed before the trials of `lrdecay.lab.trials.questions` ran at size. A rule is
tried in every setting in which that design has the arms that it names, whatever comes out. What was
found wrong after is said where it stands, and under "Changes" of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from ...lab.stats import share
from ...lab.trials import effects as trials
from ...lab.trials.effects import Setting
from ..cases import Case
from .asking import asks, from_trials, of_losses, of_power, of_setting, over_best
from .schedules import COMMON

WHOLE, LORA = ("fashion-tuned", "text-tuned"), ("fashion-lora", "text-lora")
CONTINUED = ("text-continued",)
TRAINED = {"all weights": WHOLE, "LoRA": LORA}
MUON = ("fashion-muon", "text-muon")
SCRATCH = (*trials.SCHEDULES, "fashion-decayed")


# --- weight decay and the optimizer's means -------------------------------------------------------


@asks
def h064() -> Iterable[Case]:
    """Ask whether weight decay that stays as it is ends above one that falls with the rate."""
    yield from from_trials("linear_decay_constant linear", among=SCRATCH)


@asks
def h065() -> Iterable[Case]:
    """Ask whether weight decay that falls with the square of the rate ends lower."""
    yield from from_trials("linear linear_decay_square", among=SCRATCH)


@asks
def h086() -> Iterable[Case]:
    """Ask whether a cooldown ends lower if beta2 goes nearer to 1 by a factor of 10 in it."""
    yield from from_trials("wsd_20 wsd_20_beta2")


@asks
def h087() -> Iterable[Case]:
    """Ask whether momentum against the rate, 0.85 at the peak and 0.95 at zero, ends lower."""
    for shape, words in (("linear", "linear decay"), ("one_cycle", "one cycle")):
        yield from from_trials(f"{shape} {shape}_momentum", variant={"shape": words})


# --- fine-tuning ----------------------------------------------------------------------------------


@asks
def h066() -> Iterable[Case]:
    """Ask whether the best peak of full fine-tuning is at most half of the pretraining's."""
    for setting in trials.tried("linear", among=WHOLE):
        found = trials.peak_share(setting, "linear")
        yield of_setting(setting, found, "threshold", unit="of the old peak", at_most=0.5)


@asks
def h067() -> Iterable[Case]:
    """Ask whether LoRA's best peak is ten times that of full fine-tuning, within a factor of 2."""
    for whole, lora in zip(WHOLE, LORA, strict=True):
        for setting in trials.tried("linear", among=(lora,)):
            other = Setting(whole, setting.updates)
            if other in trials.tried("linear", among=(whole,)):
                found = trials.peak_ratio(setting, "linear", other, "linear")
                unit = "times the peak of full fine-tuning"
                yield of_setting(setting, found, "threshold", unit=unit, at_least=5.0, at_most=20.0)


@asks
def h068() -> Iterable[Case]:
    """Ask whether fine-tuning ends lower after a warmup over a tenth of it."""
    for words, among in TRAINED.items():
        variant = {"trained": words}
        yield from from_trials("linear linear_warmup_10", among=among, variant=variant)


@asks
def h069() -> Iterable[Case]:
    """Ask whether fine-tuning ends lower with linear decay than at a constant rate, in nats."""
    for words, among in TRAINED.items():
        variant = {"trained": words}
        yield from from_trials("constant linear", among=among, native=True, variant=variant)


@asks
def h070() -> Iterable[Case]:
    """Ask whether a start that decayed fine-tunes to a lower loss than one that did not."""
    yield from from_trials("linear_from_constant linear", among=WHOLE)


@asks
def h085() -> Iterable[Case]:
    """Ask whether fine-tuning ends lower with rates that fall from layer to layer."""
    yield from from_trials("linear linear_layerwise", among=WHOLE)


@asks
def h089() -> Iterable[Case]:
    """Ask whether fine-tuning may keep a floor of a tenth: a cosine to it against linear decay."""
    yield from from_trials("cosine_tenth linear", claim="non-inferiority", among=WHOLE)


@asks
def h074() -> Iterable[Case]:
    """Ask whether one may go on at the peak of the pretraining."""
    for words, among in {"much new data": CONTINUED, "few new data": WHOLE}.items():
        yield from from_trials(
            "linear_at_start linear",
            claim="non-inferiority",
            among=among,
            variant={"data": words},
        )


@asks
def h075() -> Iterable[Case]:
    """Ask whether twice the best peak forgets more of the old text, in nats."""
    for words, among in {**TRAINED, "all weights, much new data": CONTINUED}.items():
        yield from from_trials(
            "linear@2:old_loss linear:old_loss",
            among=[trial for trial in among if trial.startswith("text")],
            native=True,
            variant={"trained": words},
        )


@asks
def h084() -> Iterable[Case]:
    """Ask whether the last checkpoint is as good as the one of the least validation loss."""
    # First committed with the final loss in place of that of the last look. On images they are one;
    # text is looked at on fewer windows, which was seen before any result on text was.
    for shape, words in (("linear", "linear decay"), ("constant", "no decay")):
        variant = {"schedule": words}
        for arm, among in (
            (shape, (*WHOLE, *LORA, *CONTINUED)),
            (f"{shape}_watched", trials.SCHEDULES),
        ):
            yield from from_trials(
                f"{arm}:late_loss {arm}:early_loss",
                claim="non-inferiority",
                among=among,
                variant=variant,
            )


# --- resuming -------------------------------------------------------------------------------------


@asks
def h079() -> Iterable[Case]:
    """Ask whether a warmup helps a run that goes on without its optimizer's state."""
    yield from from_trials("resumed_fresh resumed_fresh_warm", anywhere=True)


@asks
def h080() -> Iterable[Case]:
    """Ask whether a run that goes on ends lower with its optimizer's state than without."""
    yield from from_trials("resumed_fresh resumed_kept", anywhere=True)


# --- averages, Muon, batches, width ---------------------------------------------------------------


@asks
def h071() -> Iterable[Case]:
    """Ask whether five checkpoints average as well as every update of the last fifth."""
    yield from from_trials("constant_last_20_by_5 constant_last_20", claim="non-inferiority")


@asks
def h072() -> Iterable[Case]:
    """Ask whether Muon too ends lower with linear decay than at a constant rate, in nats."""
    yield from from_trials("constant linear", among=MUON, native=True)


@asks
def h073() -> Iterable[Case]:
    """Ask whether one schedule for Muon and AdamW ends near the best of three pairs."""
    arms = "linear linear_others_wsd_40 wsd_40_others_linear"
    yield from from_trials(arms, over_best, "non-inferiority", among=MUON)


@asks
def h076() -> Iterable[Case]:
    """Ask what it costs AdamW to grow the batch by 4 and halve the rate where it fell by 4."""
    for arm, words in (
        ("seesaw", "half the rate, peak retuned"),
        ("seesaw_kept", "half the rate, at the peak of the decay"),
        ("batch_by_4_ramp", "the same rate, peak retuned"),
    ):
        for setting in trials.tried(
            arm, "drops_by_4_ramp", anywhere=True, among=("fashion-adamw",)
        ):
            found = trials.effect(setting, (arm, "drops_by_4_ramp"), anywhere=True)
            yield of_losses(setting, found, "non-inferiority", {"in its place": words})


@asks
def h077() -> Iterable[Case]:
    """Ask whether AdamW's best peak falls as the width grows: by its power, -1.25 to -0.75."""
    yield from _powers({"fashion-adamw-widths": (24, 384), "text-widths": (32, 176)}, -1.25, -0.75)


@asks
def h078() -> Iterable[Case]:
    """Ask whether SGD's best peak stays as the width grows: by its power, -0.25 to 0.25."""
    yield from _powers({"fashion-sgd-widths": (24, 384)}, -0.25, 0.25)


def _powers(widths: dict[str, tuple[int, int]], least: float, most: float) -> Iterable[Case]:
    for trial, (narrow, wide) in widths.items():
        arms = f"linear_{wide}", f"linear_{narrow}"
        for setting in trials.tried(*arms, among=(trial,), unit=()):
            ratio = trials.peak_ratio(setting, arms[0], setting, arms[1])
            yield of_power(setting, ratio, wide / narrow, "width", at_least=least, at_most=most)


# --- clipping, rounding, accuracy -----------------------------------------------------------------

CLIPPED = (("linear", "linear_clipped"), ("linear_unclipped", "linear"))


@asks
def h081() -> Iterable[Case]:
    """Ask whether a run whose gradients are clipped to a norm of 1 ends lower."""
    for free, clipped in CLIPPED:
        yield from from_trials(f"{free} {clipped}")


@asks
def h082() -> Iterable[Case]:
    """Ask whether clipping allows a higher peak: 1.4 times the best without it, or more."""
    for free, clipped in CLIPPED:
        for setting in trials.tried(free, clipped):
            found = trials.peak_ratio(setting, clipped, setting, free)
            yield of_setting(
                setting, found, "threshold", unit="times the peak without", at_least=1.4
            )


@asks
def h083() -> Iterable[Case]:
    """Ask whether a decayed run loses more than a constant one when its weights are rounded."""

    def more(decayed_rounded: Any, decayed: Any, constant_rounded: Any, constant: Any) -> Any:
        return (decayed_rounded - decayed) - (constant_rounded - constant)

    for bits in (8, 4):
        arms = (
            f"{arm}_watched{of}"
            for arm in ("linear", "constant")
            for of in (f":rounded_{bits}", "")
        )
        yield from from_trials(" ".join(arms), more, variant={"rounded": f"to {bits} bits"})


@asks
def h088() -> Iterable[Case]:
    """Ask whether test accuracy ranks pairs of schedules as test loss does: nine in ten of them."""
    for setting in trials.tried(*COMMON):
        means = {
            column: [trials.losses(setting, f"{arm}:{column}").mean() for arm in COMMON]
            for column in ("test_loss", "accuracy")
        }
        pairs = list(combinations(range(len(COMMON)), 2))
        same = sum(
            (means["test_loss"][a] < means["test_loss"][b])
            == (means["accuracy"][a] > means["accuracy"][b])
            for a, b in pairs
        )
        found = share(same, len(pairs))
        yield of_setting(setting, found, "threshold", unit="share of pairs", at_least=0.9)
