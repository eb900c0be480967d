"""The schedules of fastai (`fastai.callback.schedule` and a callback; read and run at 2.8.12).

fastai's schedules are functions of the position in the run, from 0 to 1. Here they take a
`total_steps` beyond their own arguments: with the default 1 the step *is* the position, as fastai
has it; with the length of the run it is the step. A run of T updates has the positions k / T and
never comes to 1, so that `end` is never used. Past it, where fastai has no step, the last rate is
held.

The `fit_...` functions give the rates of the learner's methods. They take `n_iter`, the batches in
an epoch; with its default an epoch is one step. The rate is that of the last parameter group: with
a slice of rates make one schedule for each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...checks import Fraction, Positive, Rate, Steps, checked, refuse
from ...families.cosine import Cosine
from ...families.exponential import Exponential
from ...families.linear import Linear
from ...families.polynomial import Polynomial
from ...plateau import Goal
from ...schedule import Constant, Reverse, Schedule, Stretch
from ..plateaus import DividingPlateau
from ..shared import compared
from .fit import Joined, fine_tune, fit_flat_cos, fit_one_cycle, fit_sgdr

__all__ = [
    "Joined",
    "ReduceLROnPlateau",
    "SchedCos",
    "SchedExp",
    "SchedLin",
    "SchedNo",
    "SchedPoly",
    "combine_scheds",
    "combined_cos",
    "fine_tune",
    "fit_flat_cos",
    "fit_one_cycle",
    "fit_sgdr",
    "lr_find",
]

NOT_SCHEDULES: dict[str, str] = {
    "LRFinder": "The callback of lr_find.",
    "ParamScheduler": "The callback that sets any hyper-parameter by a schedule.",
    "SuggestionMethod": "The names of the rules that read lr_find's curve.",
    "annealer": "Makes a schedule of a formula with start, end and position.",
    "minimum": "A rule that reads lr_find's curve.",
    "plot_lr_find": "A plot.",
    "plot_sched": "A plot.",
    "sched_cos": "The formula of SchedCos.",
    "sched_exp": "The formula of SchedExp.",
    "sched_lin": "The formula of SchedLin.",
    "sched_no": "The formula of SchedNo.",
    "slide": "A rule that reads lr_find's curve.",
    "steep": "A rule that reads lr_find's curve.",
    "valley": "A rule that reads lr_find's curve.",
}


@checked()
def SchedNo(start: Rate, end: Rate, total_steps: Steps = 1) -> Constant:
    """Return `Constant` at `start`.

    Compared:
        The same as Constant; end is not looked at.

    Examples:
        >>> SchedNo(1.0, 0.0)(0.5)
        1.0
    """
    return Constant(start)


@checked()
def SchedLin(start: Rate, end: Rate, total_steps: Steps = 1) -> Linear:
    """Return `Linear`.

    Compared:
        The same as Linear.

    Examples:
        >>> SchedLin(1.0, 0.0)(0.25)
        0.75
        >>> SchedLin(1.0, 0.0, total_steps=4).sample(4).tolist()
        [1.0, 0.75, 0.5, 0.25]
    """
    return Linear(start, total_steps, end)


@checked()
def SchedCos(start: Rate, end: Rate, total_steps: Steps = 1) -> Cosine:
    """Return `Cosine`.

    Compared:
        The same as Cosine.

    Examples:
        >>> SchedCos(1.0, 0.0, total_steps=4).sample(4).round(4).tolist()
        [1.0, 0.8536, 0.5, 0.1464]
    """
    return Cosine(start, total_steps, end)


@checked()
def SchedExp(start: Positive, end: Positive, total_steps: Steps = 1) -> Reverse:
    """Return `Exponential` from `start` to `end`, both > 0, run backwards from `end`.

    Backwards, so that `end` is exact and a rate that grows is held there; forwards it is
    `start * (end / start) ** (k / total_steps)`. fastai takes an `end` of 0, which is 0 at once.

    Compared:
        Exponential from start to end, held there.

    Examples:
        >>> SchedExp(1.0, 0.01, total_steps=2).sample(4).round(4).tolist()
        [1.0, 0.1, 0.01, 0.01]
    """
    if not 0 < start / end < math.inf:
        raise refuse("start", start, f"of a size that can be compared with end = {end}")
    curve = Exponential(end, gamma=start / end)
    return Reverse(curve if total_steps == 1 else Stretch(curve, total_steps), total_steps)


@checked()
def SchedPoly(start: Rate, end: Rate, power: Rate, total_steps: Steps = 1) -> Schedule:
    """Return `Polynomial` run backwards: `start + (end - start) * (k / total_steps) ** power`.

    With a power above 1 most of the change comes late, where `Polynomial` has it early.

    Compared:
        Polynomial run backwards: the power is of the time passed, not left.

    Args:
        start: rate at position 0.
        end: rate at position 1.
        power: exponent of the position, >= 0; at 0 the rate is `end`.
        total_steps: length of the run.

    Examples:
        >>> SchedPoly(1.0, 0.0, power=2, total_steps=4).sample(5).tolist()
        [1.0, 0.9375, 0.75, 0.4375, 0.0]
    """
    if power == 0:
        return Constant(end)
    return Reverse(Polynomial(end, total_steps, power, start), total_steps)


@checked(schedules="scheds")
def combine_scheds(
    pcts: Sequence[Fraction], scheds: Sequence[Schedule], total_steps: Steps = 1
) -> Schedule:
    """Return schedules one after the other, each stretched to its share of the run.

    fastai adds the shares up in float32; so is done here to find the step of a change.

    Compared:
        Then, at shares of the run, each stretched to its share.

    Args:
        pcts: the shares, >= 0. Their sum must be 1 to the last bit, as fastai has it; how Python
            rounds it differs from 3.12 on.
        scheds: as many schedules of the position, from 0 to 1: made with `total_steps` 1.
        total_steps: length of the run.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> scheds = [SchedLin(0.0, 1.0), SchedNo(0.1, 0.1)]
        >>> combine_scheds([0.5, 0.5], scheds, total_steps=4).sample(5).tolist()
        [0.0, 0.5, 0.1, 0.1, 0.1]
    """
    if sum(pcts) != 1:
        raise refuse("pcts", pcts, f"numbers whose sum is exactly 1, not {sum(pcts)!r},")
    joined = Joined(tuple(pcts), tuple(scheds))
    return joined if total_steps == 1 else Stretch(joined, total_steps)


@checked()
def combined_cos(
    pct: Fraction, start: Rate, middle: Rate, end: Rate, total_steps: Steps = 1
) -> Schedule:
    """Return half a cosine wave from `start` to `middle`, and one from there to `end`.

    Compared:
        OneCycle with its three rates given.

    Args:
        pct: share of the run at which `middle` is reached.
        start: rate at position 0.
        middle: rate at position `pct`.
        end: rate at position 1.
        total_steps: length of the run.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> combined_cos(0.5, 0.1, 1.0, 0.0, total_steps=4).sample(5).round(4).tolist()
        [0.1, 0.55, 1.0, 0.5, 0.0]
    """
    waves = [SchedCos(start, middle), SchedCos(middle, end)]
    return combine_scheds([pct, 1 - pct], waves, total_steps)


@checked(end="end_lr", start="start_lr")
def lr_find(start_lr: float = 1e-7, end_lr: float = 10, num_it: Steps = 100) -> Reverse:
    """Return the rates of `Learner.lr_find`: exponential growth that stops short of `end_lr`.

    Compared:
        Exponential growth over num_it steps.

    Args:
        start_lr: the first rate.
        end_lr: the rate that step `num_it` would have.
        num_it: steps; fewer than 6 count as 6.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> lr_find(1e-4, 1.0, num_it=8).sample(5).round(6).tolist()
        [0.0001, 0.000316, 0.001, 0.003162, 0.01]
    """
    return SchedExp(start_lr, end_lr, max(num_it, 6))


@checked(base_lr="lr", gamma="factor", threshold="min_delta")
def ReduceLROnPlateau(
    lr: float,
    monitor: str = "valid_loss",
    comp: Goal | None = None,
    min_delta: float = 0.0,
    patience: int = 1,
    factor: float = 10.0,
    min_lr: float = 0.0,
) -> DividingPlateau:
    """Return the fold of fastai's callback: a pure `state, metric -> state`.

    Like `ReduceOnPlateau` with `patience_is="reached"`, an absolute threshold and no cooldown.
    `reset_on_fit` falls away.

    Compared:
        ReduceOnPlateau whose patience is reached, not exceeded, 1 by default; factor divides.

    Args:
        lr: rate before the first reduction.
        monitor: name of the metric; one with "loss" or "error" in it should fall, others rise.
        comp: "min" or "max" to say so in place of the name, for NumPy's `less` and `greater`.
        min_delta: the least improvement, as an amount.
        patience: bad metrics in a row that reduce the rate.
        factor: what the rate is *divided* by.
        min_lr: lower bound of a divided rate; fastai raises a lower `lr` to it.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> ReduceLROnPlateau(1.0, patience=2).history([3.0] * 5).tolist()
        [1.0, 1.0, 0.1, 0.1, 0.01]
    """
    falls = "loss" in monitor or "error" in monitor
    return DividingPlateau(
        lr, factor, patience, min_delta, comp or ("min" if falls else "max"), min_lr
    )


SCHEDULERS = compared(globals())
