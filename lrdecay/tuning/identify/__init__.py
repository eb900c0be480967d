"""Which schedule wrote this log? Families that pass through logged rates, the simplest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ...checks import MOST_STEPS, Rate, Steps, check, refuse
from ...schedule import Schedule
from ..logs import Log
from ..logs.log import MOST_RATE
from . import rounding
from .candidates import Known, proposed, within
from .fitting import Points
from .joins import joined
from .written import around, kind, parameters
from .written import count as numbers
from .written import digits as digits_of

__all__ = ["Candidate", "Identified", "identify"]

Floats = NDArray[np.float64]
FEWEST = 3
SAID = 3  # candidates of which is said what the points leave undecided


@dataclass(frozen=True)
class Candidate:
    """A schedule that may have written the log.

    Attributes:
        family: the class of what follows the warmup, such as "Cosine"; "Then" of two in a row.
        parameters: those of the family that are no defaults, by their names there, and those of the
            warmup; of two in a row each is a mapping with its `family`.
        residual: the largest distance between a logged rate and the schedule's, in half units of
            the last digit: up to 1 the schedule fits.
        fits: whether every logged rate is this schedule's, rounded.
        code: the schedule, to be written into a program or behind `lrdecay show`.
        undecided: in sentences, what the points leave open.
        schedule: the same as a value.
    """

    family: str
    parameters: Mapping[str, Any]
    residual: float
    fits: bool
    code: str
    undecided: tuple[str, ...]
    schedule: Schedule

    def predict(self, steps: Sequence[int]) -> Floats:
        """Return the rates at steps, logged or not."""
        return self.schedule(np.asarray(steps))

    def told(self, steps: Sequence[int] = ()) -> dict[str, Any]:
        """Return it as data for JSON, with the rates at some steps."""
        rates = self.predict(steps).tolist() if steps else []
        return {
            "family": self.family,
            "parameters": dict(self.parameters),
            "residual": self.residual if np.isfinite(self.residual) else None,
            "fits": self.fits,
            "code": self.code,
            "undecided": list(self.undecided),
            "predictions": [
                {"step": step, "lr": rate} for step, rate in zip(steps, rates, strict=True)
            ],
        }


@dataclass(frozen=True)
class Identified(Sequence[Candidate]):
    """What `identify` found: candidates, best first.

    Attributes:
        candidates: best first; those that fit before those that do not.
        rounding: what was assumed of the log, such as "4 digits".
        notes: in sentences, what was odd.
    """

    candidates: tuple[Candidate, ...]
    rounding: str
    notes: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether any family fits within rounding."""
        return self.candidates[0].fits

    def predict(self, steps: Sequence[int]) -> Floats:
        """Return the rates at steps by the best candidate."""
        return self.candidates[0].predict(steps)

    def told(self, steps: Sequence[int] = ()) -> dict[str, Any]:
        """Return what was found as data for JSON, with the rates at some steps."""
        candidates = [one.told(steps) for one in self]
        return {"rounding": self.rounding, "notes": list(self.notes), "candidates": candidates}

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.candidates[index]

    def __len__(self) -> int:
        return len(self.candidates)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.candidates)


@np.errstate(all="ignore")
def identify(  # noqa: C901 - one check an argument
    steps: Sequence[int] | Log,
    rates: Sequence[float] | None = None,
    *,
    digits: int | None = None,
    decimals: int | None = None,
    group: str | None = None,
    peak: float | None = None,
    total_steps: int | None = None,
) -> Identified:
    """Return the schedules that may have written a log of rates, best first.

    A schedule fits when each logged rate is what it would have printed: within half a unit of the
    last digit. Of those that fit, the one with the fewest parameters comes first, then the one
    whose parameters are the roundest. Where none fits, two in a row are looked for.

    Args:
        steps: of the logged rates, from 0; or a log, and then no rates.
        rates: one for each step: learning rates, or multipliers of one.
        digits: significant digits that were written; guessed from the rates when not given.
        decimals: decimals that were written, in place of `digits`.
        group: which parameter group of a log; the first by default.
        peak: the highest rate of the schedule (`base_lr`), where it is known: 1 for a multiplier.
        total_steps: the last step of the schedule, what is in front of it included, where known.

    Raises:
        ValueError: if there are fewer than 3 steps with a finite rate, a step is negative or not
            whole, or a rate is negative or above 1e100.

    Examples:
        >>> from lrdecay import Cosine, Warmup
        >>> true = Warmup(Cosine(3e-4, 900, 3e-5), 100)
        >>> steps = range(0, 1000, 25)
        >>> best = identify(steps, [float(f"{true(k):.4g}") for k in steps])[0]
        >>> best.family, best.code
        ('Cosine', 'lrd.Warmup(lrd.Cosine(0.0003, 900, 3e-05), 100)')
        >>> best.predict([999, 1000]).round(8).tolist()
        [3e-05, 3e-05]
    """
    notes: list[str] = []
    text_digits = None
    if isinstance(steps, Log):
        if rates is not None:
            raise refuse("rates", "some", "left out where a log is given")
        notes += steps.notes
        text_digits = steps.decimals
        steps, rates = steps.rate(group)  # ty: ignore[invalid-assignment]
    if rates is None:
        raise refuse("rates", None, "given, one for each step")
    if digits is not None and decimals is not None:
        raise refuse("decimals", decimals, "left out where digits are given")
    if peak is not None:
        peak = check("peak", peak, Rate)
    if total_steps is not None:
        total_steps = check("total_steps", total_steps, Steps)
    at, values = _tidy(steps, rates, notes)
    if digits is None and decimals is None:
        how = rounding.found(values, text_digits)
    else:
        how = rounding.Rounding(digits, decimals)
    points = Points(at, values, rounding.half_units(values, how))
    best: dict[str, tuple[Candidate, Callable[[], tuple[str, ...]]]] = {}
    known = Known(peak, total_steps)
    found = proposed(points, known)
    if not any(within(one, points) for one, _ in found):
        found += joined(points, known)
    for schedule, undecided in found:
        one = _candidate(schedule, points)
        name = kind(schedule)
        if name not in best or _rank(one, at) < _rank(best[name][0], at):
            best[name] = one, undecided
    order = sorted(best.values(), key=lambda pair: _rank(pair[0], at))
    ranked = [replace(one, undecided=undecided()) for one, undecided in order[:SAID]]
    ranked += [one for one, _ in order[SAID:]]
    if not ranked[0].fits:
        words = f"no family fits within rounding to {how}: the nearest, {ranked[0].family}, misses"
        notes.append(f"{words} by {_times(ranked[0].residual)} half a unit of the last digit")
    return Identified(tuple(ranked), str(how), tuple(notes))


def _times(number: float) -> str:
    return f"{number:.1f} times" if number < 1e4 else f"{number:.1e} times"


def _rank(one: Candidate, steps: Floats) -> tuple[Any, ...]:
    """Return what to sort by: whether it fits, how many parameters, in how many digits."""
    count = numbers(one.parameters)
    if not one.fits:
        return (1, one.residual * (1 + 0.05 * count))
    count += _unseen(one, float(steps[0]), float(steps[-1]))
    return (0, count, around(one.schedule), digits_of(one.parameters), one.residual)


def _unseen(one: Candidate, first: float, last: float) -> int:  # noqa: PLR0911 - one line a family
    """Return 1 for what the log does not show: a rise, a pattern that repeats, how many pieces.

    And for what it shows that the family has no part for: a rate that is held before.
    """
    named = one.parameters
    if named.get("shift_steps", 0) > first:
        return 1
    begin = named.get("warmup_steps", 0)
    match one.family:
        case "Step":
            return int(last < 2 * named["step_size"])
        case "Cyclic":
            return int(
                last <= begin + named["up_steps"] + named.get("down_steps", named["up_steps"])
            )
        case "CosineRestarts":
            return int(last <= begin + named["cycle_steps"])
        case "SlantedTriangular":
            return int(first >= named.get("cut", 0.1) * named["total_steps"])
        case "OneCycle":
            return int(first >= named.get("warmup_steps", 0.3 * named["total_steps"]))
        case "MultiStep":
            return 2 * isinstance(named.get("gamma"), tuple)
    return int(one.family == "Piecewise")


def _candidate(schedule: Schedule, points: Points) -> Candidate:
    family, named = parameters(schedule)
    with np.errstate(all="ignore"):
        misses = np.abs(schedule(points.steps) - points.rates) / points.half
    worst = float(np.nan_to_num(misses, nan=np.inf).max())
    return Candidate(family, named, worst, worst <= 1 + 1e-5, _code(schedule), (), schedule)


def _code(one: Any) -> str:
    """Return a schedule as code: arguments by place as far as none is left out."""
    if not isinstance(one, Schedule):
        return repr(one)
    given = []
    skipped = False
    for field in fields(one):
        value = getattr(one, field.name)
        if value == field.default:
            skipped = True
            continue
        words = _code(value)
        named = skipped or isinstance(value, str)
        given.append(f"{field.name}={words}" if named else words)
    return f"lrd.{type(one).__name__}({', '.join(given)})"


def _tidy(steps: Any, rates: Any, notes: list[str]) -> tuple[Floats, Floats]:
    """Return finite rates at rising steps; of a step that was logged twice, the last."""
    try:
        at, values = np.asarray(steps, dtype=float).ravel(), np.asarray(rates, dtype=float).ravel()
    except (TypeError, ValueError, OverflowError):
        raise refuse("rates", "others", "numbers, as steps") from None
    if at.size != values.size:
        raise refuse("rates", f"{values.size} of them", f"as many as steps, which are {at.size}")
    there = np.isfinite(values)
    if not there.all():
        notes.append(f"{int((~there).sum()):,} rates are not finite, and were left out")
    at, values = at[there], values[there]
    if not np.isfinite(at).all() or (at < 0).any() or (at != np.floor(at)).any() or (
        at.size and at.max() >= MOST_STEPS
    ):  # fmt: skip
        raise refuse("steps", "another", "whole numbers from 0 to below 2**53")
    if (values < 0).any() or (values > MOST_RATE).any():
        value = float(values[(values < 0) | (values > MOST_RATE)][0])
        raise refuse("rates", value, "from 0 to 1e100")
    order = np.argsort(at, kind="stable")
    at, values = at[order], values[order]
    last = np.append(np.diff(at) > 0, [True]) if at.size else np.zeros(0, dtype=bool)
    twice = int((~last).sum())
    if twice:
        same = np.flatnonzero(~last)
        other = int((values[same] != values[same + 1]).sum())
        if other:
            notes.append(
                f"{other:,} steps were logged twice with different rates, and the last counts"
            )
    at, values = at[last], values[last]
    if at.size < FEWEST:
        raise refuse("steps", at.size, f"at least {FEWEST} with a finite rate")
    return at, values
