r"""The families as a search sees them: rates times columns of numbers that depend on few others.

Every family is linear in its rates. With $c_j$ the columns, computed from a step and the numbers
that are no rates (horizons, powers, factors),

$$\eta_k = \sum_j \text{rate}_j \cdot c_j(k)$$

so that the rates of a given horizon are a matter of least squares, and only the other numbers are
searched for. What is found is made into the schedule itself, and that is what is compared with the
log.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...checks import refuse
from ...families.cosine import Cosine
from ...families.cyclic import Cyclic
from ...families.exponential import Exponential
from ...families.inverse import InverseSqrt, InverseTime, PowerLaw
from ...families.linear import Linear
from ...families.noam import Noam
from ...families.onecycle import OneCycle
from ...families.others import Chebyshev, Hyperbolic
from ...families.polynomial import Polynomial
from ...families.restarts import CosineCycles, CosineRestarts
from ...families.rex import REX
from ...families.slanted import SlantedTriangular
from ...families.tanh import Tanh
from ...families.warmup import Warmup
from ...families.wsd import WSD
from ...schedule import Clip, Constant, Schedule, Shift

Floats = NDArray[np.float64]
Columns = tuple[Floats, ...]
WHOLE = {"total_steps", "warmup_steps", "start", "cycle_steps", "cycles", "up_steps", "down_steps"}
WHOLE |= {"shift", "upper_bound", "return_steps", "end", "peak_at", "noam_steps"}
WHOLE |= {f"corner_{i}" for i in range(8)}
LEAST = {"power": 0.02, "exponent": 0.05, "k_decay": 0.05, "cut": 1e-4, "cycle_mult": 1.0}
LEAST |= {"half_life": 1e-3, "rate": 1e-12, "timescale": 1e-3, "lower": -60.0, "upper": -60.0}
LEAST |= {
    "gamma": 1e-4,
    "cycle_gamma": 1e-3,
    "step_gamma": 0.5,
    "warmup_steps": 0.0,
    "start": 0.0,
    "shift": 0.0,
}


class View(NamedTuple):
    """What a grid is made from.

    Attributes:
        last: step of the last point, counted from where the family starts.
        drops: steps around which the rate leaves its peak for good, as (before, after).
        rises: (before, after) of each jump up.
        gap: between points, the median.
    """

    last: float
    drops: tuple[float, float]
    rises: tuple[tuple[float, float], ...]
    gap: float


@dataclass(frozen=True)
class Form:
    """One way in which a family can be written.

    Attributes:
        family: its class.
        numbers: those that are no rates.
        rates: one for each column.
        columns: of steps and numbers.
        grid: where to search: one row a start.
        make: the schedule, of all by name.
        extra: arguments that are not counted by their names, such as a shape.
    """

    family: str
    numbers: tuple[str, ...]
    rates: tuple[str, ...]
    columns: Callable[..., Columns]
    grid: Callable[[View], Floats]
    make: Callable[[Mapping[str, Any]], Schedule]
    extra: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """All that is searched for."""
        return (*self.numbers, *self.rates)


# --- columns --------------------------------------------------------------------------------------


def _share(u: Floats, total: Any) -> Floats:
    return np.minimum(u / total, 1.0)


def _half(share: Floats) -> Floats:
    return 0.5 * (1 + np.cos(math.pi * share))


def _two(left: Floats) -> Columns:
    return left, 1 - left


def _cosine(u: Floats, total: Any, exponent: Any = 1.0, k_decay: Any = 1.0) -> Columns:
    return _two(_half(_share(u, total) ** k_decay) ** exponent)


def _cosine_k(u: Floats, total: Any, k_decay: Any) -> Columns:
    return _cosine(u, total, 1.0, k_decay)


def _linear(u: Floats, total: Any) -> Columns:
    return _two(1 - _share(u, total))


def _polynomial(u: Floats, total: Any, power: Any) -> Columns:
    return _two((1 - _share(u, total)) ** power)


def _polynomial_cycle(u: Floats, total: Any, power: Any) -> Columns:
    turns = np.maximum(np.ceil(u / total - 1e-12), 1.0)
    return _two((1 - np.minimum(u / (total * turns), 1.0)) ** power)


def _rex(u: Floats, total: Any) -> Columns:
    share = _share(u, total)
    return _two((1 - share) / (1 - share / 2))


def _tanh(u: Floats, total: Any, lower: Any = -7.0, upper: Any = 3.0) -> Columns:
    share = _share(u, total)
    return _two((1 - np.tanh(lower * (1 - share) + upper * share)) / 2)


def _chebyshev(u: Floats, total: Any) -> Columns:
    node = np.minimum(u, np.maximum(total - 1, 0))  # at whole steps, and between them smooth
    return _two((1 + np.cos(math.pi * (2 * node + 1) / (2 * total))) / 2)


def _hyperbolic(u: Floats, total: Any, bound: Any) -> Columns:
    bound = np.maximum(bound, total)
    n = np.minimum(u, total)
    arc = np.sqrt(np.maximum((total - n) / bound * (2 - (total + n) / bound), 0.0))
    arc = arc - np.sqrt(total / bound * (2 - total / bound))
    return 1 + arc, -arc


def _exponential(u: Floats, half_life: Any) -> Columns:
    return (0.5 ** (u / half_life),)


def _growing(u: Floats, rate: Any) -> Columns:
    return (np.exp(np.clip(-rate * u, -700, 700)),)


def _inverse_time(u: Floats, rate: Any) -> Columns:
    return (1 / (1 + rate * u),)


def _inverse_sqrt(u: Floats, timescale: Any) -> Columns:
    return (1 / np.sqrt(1 + u / timescale),)


def _power_law(u: Floats, power: Any, timescale: Any = 1.0) -> Columns:
    return ((1 + u / timescale) ** -power,)


def _until(columns: Callable[..., Columns]) -> Callable[..., Columns]:
    """Return columns that stay as they are from a step on, as a bound from below makes them."""

    def bounded(u: Floats, end: Any, *numbers: Any) -> Columns:
        return columns(np.minimum(u, end), *numbers)

    return bounded


def _noam(u: Floats, peak: Any) -> Columns:
    s = u + 1
    return (np.minimum(s**-0.5, s * peak**-1.5),)


def _wsd(shape: str) -> Callable[..., Columns]:
    left = {
        "linear": lambda p: 1 - p,
        "cosine": _half,
        "1-sqrt": lambda p: 1 - np.sqrt(p),
        "1-square": lambda p: 1 - p * p,
        "exponential": lambda p: (0.1**p - 0.1) / 0.9,
    }[shape]

    def columns(u: Floats, total: Any, start: Any) -> Columns:
        long = np.maximum(total - start, 1.0)
        return _two(left(np.clip((u - start) / long, 0.0, 1.0)))

    return columns


def _wsd_power(u: Floats, total: Any, start: Any, power: Any) -> Columns:
    return _two(1 - np.clip((u - start) / np.maximum(total - start, 1.0), 0.0, 1.0) ** power)


def _restarts(u: Floats, steps: Any, mult: Any = 1.0, gamma: Any = 1.0) -> Columns:
    flat = np.abs(mult - 1) < 1e-6
    grown = np.where(flat, 2.0, mult)
    more = np.floor(np.log1p(u / steps * (grown - 1)) / np.log(grown) + 1e-10)
    index = np.where(flat, np.floor(u / steps + 1e-12), more)
    begin = np.where(flat, index * steps, steps * (grown**more - 1) / (grown - 1))
    long = np.where(flat, steps, steps * grown**more)
    wave = _half(np.clip((u - begin) / long, 0.0, 1.0))
    return wave * gamma**index, 1 - wave


def _cycles(u: Floats, total: Any, cycles: Any) -> Columns:
    wave = _half(np.where(u < total, cycles * np.minimum(u, total) % total / total, 1.0))
    return _two(wave)


def _triangles(u: Floats, up: Any, down: Any, cycle: Any = 1.0, step: Any = 1.0) -> Columns:
    turn = np.floor(u / (up + down) + 1e-12)
    j = u - turn * (up + down)
    height = np.where(j <= up, j / up, 1 - (j - up) / down) * cycle**turn * step**u
    return _two(height)


def _even(u: Floats, up: Any, cycle: Any = 1.0, step: Any = 1.0) -> Columns:
    return _triangles(u, up, up, cycle, step)


def _even_step(u: Floats, up: Any, step: Any) -> Columns:
    return _triangles(u, up, up, 1.0, step)


def _one_cycle(left: Callable[[Floats], Floats]) -> Callable[..., Columns]:
    def columns(u: Floats, total: Any, peak_at: Any) -> Columns:
        rise = left(np.minimum(u / np.maximum(peak_at, 1e-9), 1.0))
        fall = left(np.clip((u - peak_at) / np.maximum(total - peak_at, 1e-9), 0.0, 1.0))
        up = u < peak_at
        zero = np.zeros_like(rise)
        return np.where(up, 1 - rise, fall), np.where(up, rise, zero), np.where(up, zero, 1 - fall)

    return columns


def _one_cycle_default(left: Callable[[Floats], Floats]) -> Callable[..., Columns]:
    inner = _one_cycle(left)

    def columns(u: Floats, total: Any, peak_at: Any) -> Columns:
        peak, start, final = inner(u, total, peak_at)
        return (peak + start / 25 + final / 250_000,)

    return columns


def _three_phases(left: Callable[[Floats], Floats]) -> Callable[..., Columns]:
    def columns(u: Floats, total: Any, peak_at: Any, back: Any) -> Columns:
        rise = left(np.minimum(u / np.maximum(peak_at, 1e-9), 1.0))
        fall = left(np.clip((u - peak_at) / np.maximum(back, 1e-9), 0.0, 1.0))
        turn = peak_at + back
        end = left(np.clip((u - turn) / np.maximum(total - turn, 1e-9), 0.0, 1.0))
        up, mid = u < peak_at, u < turn
        peak = np.where(up, 1 - rise, np.where(mid, fall, 0.0))
        start = np.where(up, rise, np.where(mid, 1 - fall, end))
        return peak, start, np.where(mid, 0.0, 1 - end)

    return columns


def _slanted(u: Floats, total: Any, cut: Any) -> Columns:
    share = _share(u, total)
    height = np.where(share < cut, share / cut, 1 - (share - cut) / (1 - cut))
    return _two(height)


def _slanted_default(u: Floats, total: Any, cut: Any = 0.1) -> Columns:
    peak, low = _slanted(u, total, cut)
    return (peak + low / 32,)


# --- where to search ------------------------------------------------------------------------------

_ENDS = np.concatenate([np.linspace(0.08, 1.16, 55), np.geomspace(1.2, 12, 14)])


def _product(*axes: Sequence[float] | Floats) -> Floats:
    return np.stack([one.ravel() for one in np.meshgrid(*axes, indexing="ij")], axis=-1)


def _ends(*others: Sequence[float]) -> Callable[[View], Floats]:
    # Of a log of a whole run the last step is one before the end, where some families are steep.
    return lambda view: _product(
        np.append(view.last * _ENDS, view.last + np.array([1.0, 2.0])), *others
    )


def _times(*others: Sequence[float]) -> Callable[[View], Floats]:
    return lambda view: _product(view.last * np.geomspace(1e-4, 30, 60), *others)


def _per_step(*others: Sequence[float]) -> Callable[[View], Floats]:
    return lambda view: _product(np.geomspace(0.02, 1e5, 70) / view.last, *others)


def _bounded(view: View) -> Floats:
    return _product(view.last * np.linspace(0.2, 1, 33), view.last * np.geomspace(1e-2, 3, 30))


def _bounded_rate(view: View) -> Floats:
    return _product(view.last * np.linspace(0.2, 1, 33), np.geomspace(0.1, 1e3, 30) / view.last)


def _cooldown(*others: Sequence[float]) -> Callable[[View], Floats]:
    def grid(view: View) -> Floats:
        before, after = view.drops
        starts = before + (after - before) * np.array([-1.5, -0.7, 0.0, 0.25, 0.5, 0.75, 1.0])
        starts = np.concatenate([np.maximum(starts, 0.0), view.last * np.linspace(0, 0.95, 12)])
        ends = np.append(view.last * _ENDS[2:60], view.last + np.array([1.0, 2.0]))
        rows = _product(ends, starts, *others)
        return rows[rows[:, 0] > rows[:, 1] + 1]

    return grid


def _periods(view: View) -> Floats:
    """Return lengths of a first cycle: whole ones, as dense as the points can tell apart."""
    if view.rises:
        before, after = view.rises[0]
        near = [np.linspace(before, after, 60) / m for m in (1, 2, 3)]
        return np.unique(np.maximum(np.concatenate([*near, _fine(view)]), 1.0))
    return _fine(view)


def _fine(view: View) -> Floats:
    # A step of the period moves the last cycle by as many cycles as there are.
    counts = np.arange(0.6, 12, 0.02)
    return np.unique(np.maximum(view.last / counts, 1.0))


def _restart_grid(*others: Sequence[float]) -> Callable[[View], Floats]:
    return lambda view: _product(_periods(view), *others)


def _cycle_grid(view: View) -> Floats:
    return _product(view.last * np.linspace(0.3, 2, 400), np.arange(2.0, 11.0))


def _wave_grid(*others: Sequence[float]) -> Callable[[View], Floats]:
    return lambda view: _product(_fine(view) / 2, *others)


def _wave_pairs(*others: Sequence[float]) -> Callable[[View], Floats]:
    def grid(view: View) -> Floats:
        counts = np.arange(0.6, 12, 0.05)
        pairs = _product(view.last / counts, np.linspace(0.1, 0.9, 17), *others)
        up = pairs[:, 0] * pairs[:, 1]
        return np.column_stack([up, pairs[:, 0] - up, pairs[:, 2:]])

    return grid


def _peaked(*others: Sequence[float]) -> Callable[[View], Floats]:
    def grid(view: View) -> Floats:
        rows = _product(view.last * _ENDS[8:], np.linspace(0.02, 0.9, 30), *others)
        return np.column_stack([rows[:, 0], rows[:, 0] * rows[:, 1], rows[:, 2:]])

    return grid


def _three(view: View) -> Floats:
    rows = _product(
        view.last * _ENDS[30:60], np.linspace(0.05, 0.6, 12), np.linspace(0.05, 0.9, 12)
    )
    rows = np.column_stack([rows[:, 0], rows[:, 0] * rows[:, 1], rows[:, 0] * rows[:, 2]])
    return rows[rows[:, 1] + rows[:, 2] < rows[:, 0] - 1]


def _none(view: View) -> Floats:  # noqa: ARG001 - as the others
    return np.zeros((1, 0))


# --- the catalogue --------------------------------------------------------------------------------


def _plain(kind: type[Schedule], **fixed: Any) -> Callable[[Mapping[str, Any]], Schedule]:
    return lambda given: kind(**given, **fixed)


def _floored(
    family: type[Schedule],
    numbers: tuple[str, ...],
    columns: Callable[..., Columns],
    grid: Callable[[View], Floats],
    extra: int = 0,
    **fixed: Any,
) -> list[Form]:
    """Return a form that falls to 0, and one that falls to a floor."""
    name, make = family.__name__, _plain(family, **fixed)
    if family is Polynomial:
        make = _make_polynomial(cycle=bool(fixed))

    def to_zero(u: Floats, *given: Any) -> Columns:
        return columns(u, *given)[:1]

    return [
        Form(name, numbers, ("base_lr",), to_zero, grid, make, extra),
        Form(name, numbers, ("base_lr", "final_lr"), columns, grid, make, extra),
    ]


def _clipped(
    kind: type[Schedule],
    number: str,
    columns: Callable[..., Columns],
    grid: Callable[[View], Floats],
) -> Form:
    def make(given: Mapping[str, Any]) -> Schedule:
        inner = kind(**{key: value for key, value in given.items() if key != "end"})
        return Clip(inner, low=float(f"{inner(given['end']):.12g}"))

    return Form(kind.__name__, ("end", number), ("base_lr",), _until(columns), grid, make)


def _make_polynomial(*, cycle: bool) -> Callable[[Mapping[str, Any]], Schedule]:
    def make(given: Mapping[str, Any]) -> Schedule:
        if given["power"] == 1 and not cycle:
            raise refuse("power", 1, "another: that is a line")
        return Polynomial(**given, cycle=cycle)

    return make


def _make_wsd(shape: str) -> Callable[[Mapping[str, Any]], Schedule]:
    def make(given: Mapping[str, Any]) -> Schedule:
        rest = {key: value for key, value in given.items() if key not in {"start", "power"}}
        long = given["total_steps"] - given["start"]
        kind: Any = given["power"] if shape == "power" else shape
        return WSD(**rest, decay_steps=long, shape=kind)

    return make


def _make_noam(given: Mapping[str, Any]) -> Schedule:
    scale, steps = given["scale"], given["noam_steps"]
    width = round(scale**-2) if scale > 1e-4 else 0
    if width and abs(width**-0.5 / scale - 1) < 1e-4:
        return Noam(width, steps)
    return Noam(1, steps, factor=scale)


def _make_one_cycle(shape: Any) -> Callable[[Mapping[str, Any]], Schedule]:
    def make(given: Mapping[str, Any]) -> Schedule:
        rest = {key: value for key, value in given.items() if key != "peak_at"}
        if given["base_lr"] < max(given.get("start_lr", 0.0), given.get("final_lr", 0.0)):
            raise refuse("base_lr", given["base_lr"], "the peak")
        usual = OneCycle(**rest, shape=shape)
        if given["peak_at"] == usual._rise:  # noqa: SLF001 - what it is when not given
            return usual
        return OneCycle(**rest, warmup_steps=given["peak_at"], shape=shape)

    return make


def _make_slanted(given: Mapping[str, Any]) -> Schedule:
    rest = {key: value for key, value in given.items() if key != "low"}
    if "low" in given:
        if given["low"] <= 1e-9 * given["base_lr"]:
            raise refuse("ratio", "none", "finite")  # that is a line from 0
        rest["ratio"] = float(f"{given['base_lr'] / max(given['low'], 1e-300):.10g}")
    return SlantedTriangular(**rest)


def _cosine_forms() -> list[Form]:
    bend = [0.5, 0.75, 1.5, 2.0, 3.0]
    return [
        *_floored(Cosine, ("total_steps",), _cosine, _ends()),
        *_floored(Cosine, ("total_steps", "k_decay"), _cosine_k, _ends(bend)),
        *_floored(Cosine, ("total_steps", "exponent"), _cosine, _ends(bend)),
    ]


def _wsd_forms() -> list[Form]:
    numbers = ("total_steps", "start")
    forms = [
        replace(form, make=_make_wsd(shape))
        for shape in ("linear", "cosine", "1-sqrt", "1-square", "exponential")
        for form in _floored(WSD, numbers, _wsd(shape), _cooldown(), shape != "linear")
    ]
    forms.sort(key=lambda form: form.extra + len(form.names))
    bent = _floored(WSD, (*numbers, "power"), _wsd_power, _cooldown([0.3, 0.7, 1.5, 3.0]))
    return [*forms, *(replace(form, make=_make_wsd("power")) for form in bent)]


def _line(p: Floats) -> Floats:
    return 1 - p


def catalogue() -> dict[str, list[Form]]:
    """Return the forms of each family that can follow a warmup, the simplest first."""
    powers = [0.3, 0.5, 0.75, 1.4, 2.0, 3.0, 5.0]
    gammas = [0.3, 0.5, 0.7, 0.85, 0.95]
    low = ("base_lr", "min_lr")
    base = ("base_lr",)
    return {
        "Constant": [
            Form("Constant", (), base, lambda u: (np.ones_like(u),), _none, _plain(Constant))
        ],
        "Linear": _floored(Linear, ("total_steps",), _linear, _ends()),
        "Cosine": _cosine_forms(),
        "Exponential": [
            Form("Exponential", ("half_life",), base, _exponential, _times(), _plain(Exponential)),
            Form("Exponential", ("rate",), base, _growing, _per_step(), _plain(Exponential)),
            _clipped(Exponential, "half_life", _exponential, _bounded),
        ],
        "InverseTime": [
            Form("InverseTime", ("rate",), base, _inverse_time, _per_step(), _plain(InverseTime)),
            _clipped(InverseTime, "rate", _inverse_time, _bounded_rate),
        ],
        "InverseSqrt": [
            Form("InverseSqrt", ("timescale",), base, _inverse_sqrt, _times(), _plain(InverseSqrt)),
            _clipped(InverseSqrt, "timescale", _inverse_sqrt, _bounded),
        ],
        "PowerLaw": [
            Form("PowerLaw", ("power",), base, _power_law,
                 lambda _: _product(np.linspace(0.05, 3, 60)), _plain(PowerLaw)),
            Form("PowerLaw", ("power", "timescale"), base, _power_law,
                 lambda view: _times([0.2, 0.35, 0.7, 0.85, 1.2, 1.5, 2.0, 3.0])(view)[:, ::-1],
                 _plain(PowerLaw)),
        ],
        "REX": _floored(REX, ("total_steps",), _rex, _ends()),
        "Chebyshev": _floored(Chebyshev, ("total_steps",), _chebyshev, _ends()),
        "Tanh": [
            *_floored(Tanh, ("total_steps",), _tanh, _ends()),
            *_floored(Tanh, ("total_steps", "lower", "upper"), _tanh,
                      _ends([-10.0, -7.0, -5.0, -3.5, -2.5, -1.5], [1.0, 2.0, 3.0, 4.0, 6.0])),
        ],
        "Polynomial": [
            *_floored(Polynomial, ("total_steps", "power"), _polynomial, _ends(powers)),
            *_floored(Polynomial, ("total_steps", "power"), _polynomial_cycle,
                      _ends(powers), 1, cycle=True),
        ],
        "WSD": _wsd_forms(),
        "Hyperbolic": _floored(
            Hyperbolic, ("total_steps", "upper_bound"), _hyperbolic,
            lambda view: _stretched(_ends(np.geomspace(1.01, 30, 16).tolist())(view)),
        ),
        "CosineRestarts": [
            *_floored(CosineRestarts, ("cycle_steps",), _restarts, _restart_grid()),
            *_floored(CosineRestarts, ("cycle_steps", "cycle_mult"),
                      _restarts, _restart_grid([1.25, 1.5, 2.0, 3.0])),
            *_floored(CosineRestarts, ("cycle_steps", "gamma"),
                      lambda u, c, g: _restarts(u, c, 1.0, g), _restart_grid(gammas)),
            *_floored(CosineRestarts, ("cycle_steps", "cycle_mult", "gamma"), _restarts,
                      _restart_grid([1.5, 2.0, 3.0], [0.5, 0.7, 0.9])),
        ],
        "CosineCycles": _floored(CosineCycles, ("total_steps", "cycles"), _cycles, _cycle_grid),
        "Cyclic": [
            Form("Cyclic", ("up_steps",), low, _even, _wave_grid(), _plain(Cyclic)),
            Form("Cyclic", ("up_steps", "cycle_gamma"), low, _even, _wave_grid(gammas),
                 _plain(Cyclic)),
            Form("Cyclic", ("up_steps", "down_steps"), low, _triangles, _wave_pairs(),
                 _plain(Cyclic)),
            Form("Cyclic", ("up_steps", "down_steps", "cycle_gamma"), low, _triangles,
                 _wave_pairs([0.5, 0.8]), _plain(Cyclic)),
        ],
    }  # fmt: skip


def risers() -> dict[str, list[Form]]:
    """Return the forms of each family that rises by itself, so that no warmup is put in front."""
    three = ("base_lr", "start_lr", "final_lr")
    forms = []
    for shape, left in (("cosine", _half), ("linear", _line)):
        extra = int(shape == "linear")
        make = _make_one_cycle(shape)
        numbers = ("total_steps", "peak_at")
        forms += [
            Form("OneCycle", numbers, ("base_lr",), _one_cycle_default(left), _peaked(), make,
                 extra),
            Form("OneCycle", numbers, three, _one_cycle(left), _peaked(), make, extra),
            Form("OneCycle", (*numbers, "return_steps"), three, _three_phases(left), _three, make,
                 extra),
        ]  # fmt: skip
    forms.sort(key=lambda form: len(form.names) + form.extra)
    shares = np.linspace(0.02, 0.9, 40)
    return {
        "OneCycle": forms,
        "SlantedTriangular": [
            Form("SlantedTriangular", ("total_steps",), ("base_lr",), _slanted_default, _ends(),
                 _make_slanted),
            Form("SlantedTriangular", ("total_steps", "cut"), ("base_lr",), _slanted_default,
                 _ends(shares.tolist()), _make_slanted),
            Form("SlantedTriangular", ("total_steps", "cut"), ("base_lr", "low"), _slanted,
                 _ends(shares.tolist()), _make_slanted),
        ],
        "Noam": [Form("Noam", ("noam_steps",), ("scale",), _noam, _times(), _make_noam)],
    }  # fmt: skip


def _stretched(rows: Floats) -> Floats:
    return np.column_stack([rows[:, 0], rows[:, 0] * rows[:, 1]])


# --- what is put around a family ------------------------------------------------------------------


def warmed(form: Form, first: str, widths: Floats, *, start: bool = False) -> Form:
    """Return a form behind a warmup of a length to be found, near one of the widths."""

    def columns(k: Floats, warmup: Any, *numbers: Any) -> Columns:
        inner = form.columns(np.maximum(k - warmup, 0.0), *numbers)
        if first == "zero":
            share = k / np.maximum(warmup, 1e-9)
        elif first == "1/w":
            share = (k + 1) / np.maximum(warmup, 1e-9)
        else:
            share = (k + 1) / (warmup + 1)
        ramp = np.where(k < warmup, np.minimum(share, 1.0), 1.0)
        return (*(ramp * one for one in inner), *((1 - ramp,) if start else ()))

    def grid(view: View) -> Floats:
        blocks = []
        for width in widths:
            rises = tuple((a - width, b - width) for a, b in view.rises if a >= width)
            drops = (view.drops[0] - width, view.drops[1] - width)
            inner = form.grid(View(max(view.last - width, 1.0), drops, rises, view.gap))
            blocks.append(np.column_stack([np.full(len(inner), width), inner]))
        return np.concatenate(blocks)

    def make(given: Mapping[str, Any]) -> Schedule:
        outer = {"warmup_steps": given["warmup_steps"], "start_lr": given.get("start_lr", 0.0)}
        inner = form.make({k: v for k, v in given.items() if k not in outer})
        if isinstance(inner, WSD) and first == "1/(w+1)" and not outer["start_lr"]:
            w = outer["warmup_steps"]
            return WSD(inner.base_lr, inner.total_steps + w, inner.decay_steps, w, inner.final_lr,
                       inner.shape)  # fmt: skip
        if not outer["warmup_steps"]:
            return inner
        return Warmup(inner, first=first, **outer)  # ty: ignore[invalid-argument-type]

    rates = (*form.rates, *(("start_lr",) if start else ()))
    extra = form.extra + (first != "1/(w+1)")
    return Form(form.family, ("warmup_steps", *form.numbers), rates, columns, grid, make, extra)


def shifted(form: Form, starts: Floats) -> Form:
    """Return a form that begins later, its first rate held until then."""

    def columns(k: Floats, start: Any, *numbers: Any) -> Columns:
        return form.columns(np.maximum(k - start, 0.0), *numbers)

    def grid(view: View) -> Floats:
        blocks = []
        for start in starts:
            inner = form.grid(view._replace(last=max(view.last - start, 1.0), rises=()))
            blocks.append(np.column_stack([np.full(len(inner), start), inner]))
        return np.concatenate(blocks)

    def make(given: Mapping[str, Any]) -> Schedule:
        inner = form.make({k: v for k, v in given.items() if k != "shift"})
        return Shift(inner, given["shift"]) if given["shift"] else inner

    return Form(form.family, ("shift", *form.numbers), form.rates, columns, grid, make, form.extra)


def ending(form: Form, total: int) -> Form:
    """Return a form whose last step is known, what is in front of it included."""
    if "total_steps" not in form.numbers:
        return form
    i = form.numbers.index("total_steps")
    numbers = (*form.numbers[:i], *form.numbers[i + 1 :])
    before = [numbers.index(name) for name in ("warmup_steps", "shift") if name in numbers]

    def columns(k: Floats, *given: Any) -> Columns:
        long = total - (given[before[0]] if before else 0.0)
        return form.columns(k, *given[:i], np.maximum(long, 1.0), *given[i:])

    def grid(view: View) -> Floats:
        return np.unique(np.delete(form.grid(view), i, axis=1), axis=0)

    def make(given: Mapping[str, Any]) -> Schedule:
        front = given.get("warmup_steps", given.get("shift", 0))
        return form.make({"total_steps": total - front, **given})

    return Form(form.family, numbers, form.rates, columns, grid, make, form.extra)
