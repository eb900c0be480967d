"""How often `identify` names the family that wrote a log: drawn schedules, printed and read again.

Of each family schedules are drawn with the numbers people choose: a peak of one or two digits; a
run of 200 to 100 000 updates, half of the time of two digits and half of any length; with and
without a floor and a warmup. Logs are of the whole run at equal steps. Where two families draw the
same curve, such as whole cosine cycles written in two ways, the draws keep them apart. `Then` is
two families, the first left before its end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...families.cosine import Cosine
from ...families.cyclic import Cyclic
from ...families.exponential import Exponential
from ...families.inverse import InverseSqrt, InverseTime, PowerLaw
from ...families.linear import Linear
from ...families.multistep import MultiStep
from ...families.noam import Noam
from ...families.onecycle import OneCycle
from ...families.others import Chebyshev, Hyperbolic
from ...families.piecewise import Piecewise
from ...families.polynomial import Polynomial
from ...families.restarts import CosineCycles, CosineRestarts
from ...families.rex import REX
from ...families.slanted import SlantedTriangular
from ...families.step import Step
from ...families.tanh import Tanh
from ...families.warmup import Warmup
from ...families.wsd import WSD
from ...schedule import Constant, Schedule, Then
from . import identify
from .written import kind

CELLS = (
    (4, 40),
    (2, 40),
    (4, 10),
    (4, 200),
    (6, 40),
    (2, 10),
    (6, 200),
    (3, 5),
    (2, 200),
)  # digits, points
SEEDS = tuple(range(8000, 8005))  # reported; those below were seen while it was built
PLACE = Path(__file__).with_suffix(".json")
Generator = np.random.Generator


class Row(NamedTuple):
    """How often the true family was first, and among those that fit, of so many logs."""

    family: str
    digits: int
    points: int
    logs: int
    first: int
    among: int


def draw(family: str, seed: int) -> tuple[Schedule, int]:
    """Return a schedule of a family, and for how many updates it runs.

    Examples:
        >>> draw("Cosine", 0) == draw("Cosine", 0)
        True
    """
    order = sorted(FAMILIES, key=lambda name: (name == "Then", name))
    rng = np.random.default_rng([seed, order.index(family)])
    total = _total(rng)
    warmup = int(rng.choice([0, 1]) * max(2, round(total * rng.uniform(0.01, 0.1))))
    if warmup > 10 and rng.random() < 0.5:
        warmup = _whole(warmup, 1)
    made = FAMILIES[family](rng, total - warmup)
    if warmup and family in WARMED:
        first: Any = rng.choice(["1/(w+1)", "1/(w+1)", "zero", "zero", "1/w"])
        return Warmup(made, warmup, first=str(first)), total  # ty: ignore[invalid-argument-type]
    return made, total


def log(schedule: Schedule, total: int, points: int, digits: int) -> tuple[Any, Any]:
    """Return steps and rates of a log of about so many points, to so many digits."""
    steps = np.unique(np.linspace(0, total - 1, min(points, total)).astype(int))
    return steps, [float(f"{rate:.{digits - 1}e}") for rate in schedule(steps)]


def measure(family: str, digits: int, points: int, seeds: Iterable[int] = SEEDS) -> Row:
    """Return how often a family is recovered from logs of so many points and digits.

    Of two that are joined both have to be named.
    """
    first = among = logs = 0
    for seed in seeds:
        schedule, total = draw(family, seed)
        steps, rates = log(schedule, total, points, digits)
        found = identify(steps, rates, digits=digits)
        named = [kind(one.schedule) if one.fits else "" for one in found]
        first += named[0] == kind(schedule)
        among += kind(schedule) in named
        logs += 1
    return Row(family, digits, points, logs, first, among)


def recorded() -> list[Row]:
    """Return what `benchmarks/identify.py` measured."""
    return [Row(**row) for row in json.loads(PLACE.read_text("utf-8"))] if PLACE.exists() else []


def table(rows: Iterable[Row]) -> str:
    """Return rows as a table for a page: of each family, first / among those that fit."""
    by_family: dict[str, dict[tuple[int, int], Row]] = {}
    for row in rows:
        by_family.setdefault(row.family, {})[row[1:3]] = row
    cells = sorted(CELLS, key=lambda cell: cell[::-1])
    heads = [f"{points} × {digits}" for digits, points in cells]
    lines = ["| Points × digits | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(cells)]
    for family, found in by_family.items():
        shown = [f"{found[cell].first} / {found[cell].among}" for cell in cells]
        lines.append(f"| {family} | " + " | ".join(shown) + " |")
    sums = [totals(rows, [cell]) for cell in cells]
    shown = [f"**{one.first} / {one.among}**" for one in sums]
    return "\n".join([*lines, f"| All, of {sums[0].logs} | " + " | ".join(shown) + " |"])


def totals(rows: Iterable[Row], cells: Iterable[tuple[int, int]] = CELLS) -> Row:
    """Return the rows of some cells as one."""
    kept = [row for row in rows if row[1:3] in set(cells)]
    counts = [sum(row[i] for row in kept) for i in (3, 4, 5)]
    return Row("all", 0, 0, *counts)


# --- what is drawn --------------------------------------------------------------------------------


def _whole(number: float, digits: int) -> int:
    return int(float(f"{number:.{digits - 1}e}"))


def _total(rng: Generator) -> int:
    total = 10 ** rng.uniform(np.log10(200), 5)
    return _whole(total, 2) if rng.random() < 0.5 else int(total)


def _peak(rng: Generator) -> float:
    return float(f"{10 ** rng.uniform(-4, 0):.{rng.integers(0, 2)}e}")


def _floor(rng: Generator, peak: float) -> float:
    share = float(rng.choice([0.0, 0.0, 0.1, 0.01, round(rng.uniform(0.02, 0.3), 2)]))
    return float(f"{peak * share:.3g}")


def _up_to(kind: Callable[..., Schedule], **more: Any) -> Callable[[Generator, int], Schedule]:
    """Return a draw of what falls over the whole run, or a little less or more."""

    def made(rng: Generator, total: int) -> Schedule:
        peak = _peak(rng)
        end = max(2, round(total * float(rng.choice([1.0, 1.0, 1.0, 0.9, 1.25]))))
        given = {name: one(rng) for name, one in more.items()}
        return kind(base_lr=peak, total_steps=end, final_lr=_floor(rng, peak), **given)

    return made


def _polynomial(rng: Generator, total: int) -> Schedule:
    power = float(rng.choice([0.5, 0.7, 0.9, 1.5, 2.0, 3.0]))
    return _up_to(Polynomial, power=lambda _: power)(rng, total)


def _wsd(rng: Generator, total: int) -> Schedule:
    peak = _peak(rng)
    warmup = int(rng.choice([0, 1]) * max(2, round(total * rng.uniform(0.01, 0.1))))
    decay = max(2, round(total * float(rng.choice([0.1, 0.2, 0.3, 0.5, rng.uniform(0.1, 0.6)]))))
    shapes = ["linear", "linear", "cosine", "1-sqrt", "1-square", "exponential"]
    shape: Any = str(rng.choice(shapes))
    return WSD(peak, total, decay, warmup, _floor(rng, peak), shape)


def _one_cycle(rng: Generator, total: int) -> Schedule:
    peak, shape = _peak(rng), str(rng.choice(["cosine", "cosine", "linear"]))
    if rng.random() < 0.4:
        return OneCycle(peak, total, shape=shape)  # ty: ignore[invalid-argument-type]
    rise = round(total * float(rng.choice([0.2, 0.3, 0.4, 0.45])))
    start, final = peak / float(rng.choice([5, 10, 25])), peak / float(rng.choice([100, 250, 1e4]))
    return OneCycle(peak, total, rise, start, final, shape)  # ty: ignore[invalid-argument-type]


def _restarts(rng: Generator, total: int) -> Schedule:
    peak, mult = _peak(rng), int(rng.choice([1, 2]))
    cycle = max(3, int(total / rng.uniform(2.2, 5) / (1 if mult == 1 else 1.6)))
    gamma = float(rng.choice([1.0, 1.0, 0.5, 0.8]))
    return CosineRestarts(peak, cycle, mult, _floor(rng, peak) if gamma == 1 else 0.0, gamma)


def _cycles(rng: Generator, total: int) -> Schedule:
    """Return cycles whose restarts fall between steps, and whose end is in the log."""
    peak, cycles = _peak(rng), int(rng.integers(2, 6))
    end = round(total * 0.9)
    return CosineCycles(peak, end + (end % cycles == 0), cycles, _floor(rng, peak))


def _cyclic(rng: Generator, total: int) -> Schedule:
    peak = _peak(rng)
    up = max(2, round(total / rng.uniform(3, 10)))
    down = max(2, round(up * rng.uniform(0.6, 1.8))) if rng.random() < 0.4 else None
    gamma = float(rng.choice([1.0, 1.0, 0.5]))
    return Cyclic(peak, float(f"{peak * rng.choice([0.1, 0.2, 0.01]):.3g}"), up, down, gamma)


def _slanted(rng: Generator, total: int) -> Schedule:
    if rng.random() < 0.5:
        return SlantedTriangular(_peak(rng), total)
    cut = round(float(rng.uniform(0.05, 0.3)), 2)
    return SlantedTriangular(_peak(rng), total, cut, float(rng.choice([10, 20, 32, 50])))


def _step(rng: Generator, total: int) -> Schedule:
    size = max(2, int(total / rng.uniform(2.1, 6)))
    return Step(_peak(rng), size, float(rng.choice([0.1, 0.1, 0.2, 0.5, 0.3])))


def _multistep(rng: Generator, total: int) -> Schedule:
    shares = [(0.6, 0.8), (0.5, 0.75, 0.9), (0.3, 0.6, 0.8), (0.67, 0.89)]
    chosen = shares[int(rng.integers(len(shares)))]
    at = tuple(max(i + 1, round(total * share)) for i, share in enumerate(chosen))
    return MultiStep(_peak(rng), at, float(rng.choice([0.1, 0.1, 0.2, 0.5])))


def _piecewise(rng: Generator, total: int) -> Schedule:
    count = int(rng.integers(2, 4))
    shares = np.sort(rng.choice(np.arange(0.15, 0.9, 0.15), count, replace=False))
    at = tuple(max(i + 1, round(total * float(share))) for i, share in enumerate(shares))
    peak = _peak(rng)
    low = [1.0, *(float(rng.choice([0.5, 0.3, 0.7])) * 0.5**i for i in range(count))]
    values = tuple(float(f"{peak * one:.2g}") for one in low)
    kinds: Any = str(rng.choice(["constant", "linear"]))
    return Piecewise(at, values, kinds)


def _hyperbolic(rng: Generator, total: int) -> Schedule:
    peak = _peak(rng)
    bound = round(total * float(rng.choice([1.5, 2, 3, 5])))
    return Hyperbolic(peak, total, bound, float(rng.choice([0.0, 0.01, 0.1])) * peak)


def _times(kind: Callable[..., Schedule], name: str, *, inverse: bool) -> Callable[..., Schedule]:
    """Return a draw of what falls without end: to between a half and a hundredth in the run."""

    def made(rng: Generator, total: int) -> Schedule:
        number = (total if inverse else 1 / total) * rng.uniform(
            *((0.1, 0.6) if inverse else (1, 8))
        )
        return kind(base_lr=_peak(rng), **{name: float(f"{number:.1e}")})

    return made


def _exponential(rng: Generator, total: int) -> Schedule:
    if rng.random() < 0.5:
        return _times(Exponential, "half_life", inverse=True)(rng, total)
    return Exponential(_peak(rng), gamma=1 - float(f"{rng.uniform(1, 5) / total:.1e}"))


def _power_law(rng: Generator, total: int) -> Schedule:
    power = float(rng.choice([0.3, 0.4, 0.7, 0.8, 1.5, 2.0]))
    return PowerLaw(_peak(rng), power, float(f"{total * rng.uniform(0.02, 0.3):.1e}"))


def _tanh(rng: Generator, total: int) -> Schedule:
    if rng.random() < 0.5:
        return _up_to(Tanh)(rng, total)
    bounds = {"lower": lambda r: float(r.choice([-6, -5, -4, -3])),
              "upper": lambda r: float(r.choice([2, 3, 4]))}  # fmt: skip
    return _up_to(Tanh, **bounds)(rng, total)


PAIRS: tuple[tuple[type[Schedule], type[Schedule]], ...] = (
    (Cosine, Linear),
    (Cosine, Constant),
    (Cosine, Exponential),
    (Linear, Cosine),
    (Linear, Exponential),
    (Exponential, Linear),
    (Exponential, Cosine),
    (InverseSqrt, Linear),
    (InverseSqrt, Cosine),
)  # of which none is one schedule of another family


def _then(rng: Generator, total: int) -> Schedule:
    """Return what is left for another before its end, at its rate there or at another."""
    one, other = PAIRS[int(rng.integers(len(PAIRS)))]
    at = round(total * float(rng.uniform(0.3, 0.7)))
    if rng.random() < 0.5:
        at = _whole(at, 1)
    before: Any = FAMILIES[one.__name__](rng, total)
    after: Any = FAMILIES[other.__name__](rng, total - at)
    share = float(rng.choice([1.0, 1.0, 0.5, 2.0]))
    after = replace(after, base_lr=float(f"{before(at) * share:.1e}"))
    if getattr(after, "final_lr", 0) >= after.base_lr:
        after = replace(after, final_lr=0.0)
    return Then(before, after, at)


FAMILIES: dict[str, Callable[[Generator, int], Schedule]] = {
    "Constant": lambda rng, _: Constant(_peak(rng)),
    "Linear": _up_to(Linear),
    "Cosine": _up_to(Cosine),
    "Polynomial": _polynomial,
    "REX": _up_to(REX),
    "Chebyshev": _up_to(Chebyshev),
    "Tanh": _tanh,
    "Hyperbolic": _hyperbolic,
    "WSD": _wsd,
    "Exponential": _exponential,
    "InverseTime": _times(InverseTime, "rate", inverse=False),
    "InverseSqrt": _times(InverseSqrt, "timescale", inverse=True),
    "PowerLaw": _power_law,
    "Noam": lambda rng, total: Noam(int(rng.choice([256, 512, 768, 1024])), max(2, total // 8)),
    "OneCycle": _one_cycle,
    "SlantedTriangular": _slanted,
    "Cyclic": _cyclic,
    "CosineRestarts": _restarts,
    "CosineCycles": _cycles,
    "Step": _step,
    "MultiStep": _multistep,
    "Piecewise": _piecewise,
    "Then": _then,
}
WARMED = {"Constant", "Linear", "Cosine", "Polynomial", "REX", "Chebyshev", "Tanh", "Hyperbolic"}
WARMED |= {"Exponential", "InverseTime", "InverseSqrt", "PowerLaw"}
