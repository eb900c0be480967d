"""What a recipe for the learning rate says: a peak, a warmup, and the parts that follow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from ..families.cosine import Cosine
from ..families.inverse import InverseSqrt
from ..families.linear import Linear
from ..families.warmup import Warmup
from ..schedule import Constant, Schedule

Unknown = Literal["not stated", "not verified"]
Unit = Literal["step", "million tokens", "epoch", "thousandth of the run"]
How = Literal["constant", "linear", "cosine", "1/sqrt", "exponential"]


class Leg(NamedTuple):
    """A part of a schedule after the warmup.

    Attributes:
        to: when it ends, counted from the start of the run.
        lr: the rate it ends at; a "constant" leg has it all along. None for "1/sqrt", which ends
            where it gets.
        how: its shape.
        left: when it is left before its end, as by an annealing that cuts a cosine off.
    """

    to: int | Unknown
    lr: float | Unknown | None
    how: How
    left: int | None = None


@dataclass(frozen=True)
class Recipe:
    """The learning-rate schedule of one run.

    The rate rises in a line from `start` to `peak` over `warmup`, then follows the `legs`.

    Attributes:
        name: of the run.
        year: when it was published.
        model: what was trained.
        peak: the highest rate, in the units of its optimizer: rates of different optimizers and
            parametrisations are not comparable.
        warmup: its length, in `unit`.
        legs: what follows. None are known when it is empty.
        batch: how much one update saw.
        optimizer: its name.
        source: key of `references.bib`.
        verified: what was read.
        note: what else is worth knowing.
        unit: of `warmup` and of the ends of the legs.
        start: the rate that the warmup starts from.
        base: what a fine-tuning starts from, by the name of its row where there is one. Empty for a
            run from scratch.

    Examples:
        >>> legs = (Leg(80, 1.0, "constant"), Leg(100, 0.1, "cosine"))
        >>> recipe = Recipe("a", 2026, "b", 1.0, 5, legs, "c", "SGD", "playbook", "all")
        >>> recipe.warmup_share, recipe.shape, recipe.floor_share
        (0.05, 'constant, then cosine', 0.1)
        >>> recipe.schedule([0, 5, 80, 90, 100]).tolist()
        [0.0, 1.0, 1.0, 0.55, 0.1]
    """

    name: str
    year: int
    model: str
    peak: float | Unknown
    warmup: int | Unknown
    legs: tuple[Leg, ...]
    batch: str
    optimizer: str
    source: str
    verified: str
    note: str = ""
    unit: Unit = "step"
    start: float = 0.0
    base: str = ""

    @property
    def horizon(self) -> int | Unknown:
        """The end of the schedule, in `unit`."""
        return self.legs[-1].to if self.legs else "not stated"

    @property
    def warmup_share(self) -> float | Unknown:
        """The share of the schedule that is warmup."""
        warmup, horizon = self.warmup, self.horizon
        if isinstance(warmup, str) or warmup == 0:
            return warmup
        return horizon if isinstance(horizon, str) else warmup / horizon

    @property
    def floor(self) -> float | Unknown:
        """The last rate."""
        last = self.legs[-1].lr if self.legs else "not stated"
        if last is not None:
            return last
        schedule, horizon = self.schedule, self.horizon
        if schedule is None or isinstance(horizon, str):
            return "not verified"
        return schedule(horizon)

    @property
    def floor_share(self) -> float | Unknown:
        """The last rate as a share of the peak."""
        floor, peak = self.floor, self.peak
        if isinstance(floor, str) or floor == 0:
            return floor
        return peak if isinstance(peak, str) else floor / peak

    @property
    def shape(self) -> str:
        """The shapes of the legs in words: constant rates that follow each other are steps."""
        runs = [(how, len(list(legs))) for how, legs in groupby(self.legs, lambda leg: leg.how)]
        words = ["steps" if how == "constant" and n > 1 else how for how, n in runs]
        return ", then ".join(words) or "not stated"

    @property
    def schedule(self) -> Schedule | None:
        """The schedule on the clock of `unit`, or None where it is not known in full.

        The ramp is that of time passed: `start` at 0, `peak` at `warmup`. How a library counts its
        first step is not part of a recipe.
        """
        peak, warmup = self.peak, self.warmup
        if isinstance(peak, str) or isinstance(warmup, str):
            return None
        whole: Schedule | None = None
        at, lr = warmup, peak
        for to, last, how, left in self.legs:
            if isinstance(to, str) or isinstance(last, str) or how == "exponential":
                return None
            piece = _piece(how, at, to, lr, lr if last is None else last)
            whole = piece if whole is None else whole.then(piece, at - warmup)
            end = to if left is None else left
            lr, at = piece(end - at), end
        if whole is None or warmup == 0:
            return whole
        return Warmup(whole, warmup, self.start, first="zero")


def _piece(how: How, at: int, to: int, first: float, last: float) -> Schedule:
    """Return a leg from the rate `first` at time `at` to the rate `last` at `to`."""
    match how:
        case "constant":
            return Constant(last)
        case "linear":
            return Linear(first, to - at, last)
        case "cosine":
            return Cosine(first, to - at, last)
        case _:
            return InverseSqrt(first, timescale=at)
