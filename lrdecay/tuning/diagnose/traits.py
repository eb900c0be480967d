"""What can be measured of a curve, in units that no logger changes: shares of its length and fall.

Heights are in units of the fall, from the first loss to the least mean of a window; places are
shares of the log's length. Where a column is missing its traits are 0, and `has_rates`,
`has_validation` and `has_total` say so.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .points import Floats, Points

WINDOWS = 40
MOST = 2000  # points looked at one by one: a longer log is averaged down to so many
SUDDEN = 0.75  # a rate that falls to less than this from one row to the next was cut
FAR = 1e6  # heights are cut off here: a run that diverged has no higher ones


def measure(found: Points) -> Mapping[str, float]:
    """Return the traits of a log of at least three losses."""
    with np.errstate(all="ignore"):
        x, y = _thinned(found.steps, found.losses)
        lrs = None if found.rates is None else _thinned(found.steps, found.rates)[1]
        t = (x - x[0]) / max(x[-1] - x[0], 1.0)
        first, least = _scale(y)
        y = np.clip((y - least) / max(first - least, 1e-12), -FAR, FAR)
        relative = (first - least) / max(abs(first), 1e-300)
        named = {
            "points": float(found.losses.size),
            "broken": float(found.broken_at is not None),
            "fall": float(np.clip(relative, 0.0, 10.0)),
        }
        named |= _shape(t, y) | _rates(t, lrs) | _cuts(y, lrs) | _held(found, first - least)
        total = found.total_steps
        named["has_total"] = float(total is not None)
        named["left"] = 0.0 if total is None else float(np.clip(1.0 - x[-1] / total, 0.0, 1.0))
    return {name: float(np.nan_to_num(value, posinf=FAR)) for name, value in named.items()}


def _thinned(steps: NDArray[np.int64], values: Floats) -> tuple[Floats, Floats]:
    """Return a column as it is, or the means of so many parts of it."""
    x, y = steps.astype(np.float64), np.clip(values, -1e100, 1e100)
    if x.size <= MOST:
        return x, y
    starts = np.linspace(0, x.size, MOST, endpoint=False).astype(np.intp)
    return x[starts], np.add.reduceat(y, starts) / np.diff(starts, append=x.size)


def _scale(y: Floats) -> tuple[float, float]:
    """Return the first loss, and the least mean of a twentieth of the log."""
    width = max(y.size // 20, 1)
    means = np.convolve(y, np.ones(width) / width, "valid")
    first, least = float(y[0]), float(means.min())
    if first - least < 1e-3 * (np.abs(y).max() or 1.0):  # it never fell: take the range instead
        first = least + float(np.quantile(y, 0.9) - y.min())
    return first, least


def windows(t: Floats, y: Floats) -> Floats:
    """Return the mean of each of equal parts of the log; those without a point have their past."""
    part = np.minimum((t * WINDOWS).astype(np.intp), WINDOWS - 1)
    count = np.bincount(part, minlength=WINDOWS)
    mean = np.bincount(part, weights=y, minlength=WINDOWS) / np.maximum(count, 1)
    return np.interp(np.arange(WINDOWS), np.flatnonzero(count), mean[count > 0])


def noise(y: Floats) -> float:
    """Return the standard deviation of what is between neighbours, trend and jumps left out."""
    if y.size < 4:
        return 0.0
    return float(1.4826 * np.median(np.abs(np.diff(y, 2))) / np.sqrt(6.0))


def _shape(t: Floats, y: Floats) -> dict[str, float]:
    w = windows(t, y)
    before = np.minimum.accumulate(np.append(y[0], y))[:-1]
    early, late, middle = t < 0.25, t > 0.66, (t > 0.3) & (t < 0.7)
    rise = np.where(early, y - before, 0.0)
    top = int(rise.argmax())
    rough = {"early": noise(y[early]), "middle": noise(y[middle]), "late": noise(y[late])}
    steps = np.diff(y)
    swings = _swings(t[late], y[late])
    quiet = max(rough["middle"], rough["late"], 1e-4)
    slope, error = _slope(t[t > 0.7], y[t > 0.7])
    last, _ = _slope(t[t > 0.85], y[t > 0.85])
    slope_before, _ = _slope(t[middle], y[middle])
    kink = np.abs(np.diff(w[4:], 2))
    return {
        "early_peak": float(rise[top]),
        "early_peak_sigmas": float(rise[top] / quiet),
        "early_peak_at": float(t[top]) if rise[top] > 0.05 else 0.0,
        "early_peak_width": float((rise > 0.5 * rise[top]).sum() / y.size) if rise[top] > 0 else 0,
        "early_jumps": float((steps[t[1:] < 0.33] > max(0.1, 4.0 * rough["late"])).sum()),
        "late_jumps": float((steps[t[1:] > 0.66] > 0.1).sum() / max(late.sum(), 1)),
        "highest": float(y.max()),
        "fell_sigmas": float((y[0] - w[-4:].mean()) / max(rough["late"], swings, 1e-4)),
        "end": float(w[-2:].mean()),
        "end_row": float(y[-1]),
        "rough_early": rough["early"],
        "rough_middle": rough["middle"],
        "rough_late": rough["late"],
        "swings": swings,
        "swings_middle": _swings(t[middle], y[middle]),
        "swings_early": _swings(t[early], y[early]),
        "calmed": float(np.log10((swings + 1e-4) / (_swings(t[t < 0.4], y[t < 0.4]) + 1e-4))),
        "slope": slope,
        "slope_sigmas": float(slope / max(error, 1e-9)),
        "slope_end": last,
        "slope_middle": slope_before,
        "bend": float(w[24:30].mean() - w[34:].mean()) - float(w[16:20].mean() - w[24:30].mean()),
        "kink": float(kink.max() / max(kink.mean(), 1e-9)),
        "at_5": float(w[2]),
        "at_10": float(w[4]),
        "at_25": float(w[10]),
        "at_50": float(w[20]),
        "at_75": float(w[30]),
        "hump": float((w[8:] - np.minimum.accumulate(w)[8:]).max()),
        "hump_at": float(8 + (w[8:] - np.minimum.accumulate(w)[8:]).argmax()) / WINDOWS,
    }


def _swings(t: Floats, y: Floats) -> float:
    """Return the standard deviation around a straight line."""
    if y.size < 4 or np.ptp(t) == 0.0:
        return 0.0
    return float((y - y.mean() + _fall(t, y) * (t - t.mean())).std())


def _slope(t: Floats, y: Floats) -> tuple[float, float]:
    """Return how far the curve would fall over the whole log at this pace, and the error."""
    if y.size < 4 or np.ptp(t) == 0.0:
        return 0.0, 1.0
    across = float(np.square(t - t.mean()).sum())
    return _fall(t, y), _swings(t, y) * float(np.sqrt(y.size / max(y.size - 2, 1) / across))


def _fall(t: Floats, y: Floats) -> float:
    centred = t - t.mean()
    return -float(centred @ y / (centred @ centred))


def _rates(t: Floats, lrs: Floats | None) -> dict[str, float]:
    names = (
        "has_rates", "constant", "peak_at", "starts_at", "ends_at", "rate_25", "rate_50", "rate_75",
        "low", "falling", "rising", "cuts", "first_cut",
    )  # fmt: skip
    if lrs is None or not lrs.max() > 0.0:
        return dict.fromkeys(names, 0.0)
    share = lrs / lrs.max()
    cut = np.flatnonzero(share[1:] < SUDDEN * share[:-1])
    up = int((share > 0.95).argmax())
    end = share[t > 0.9]
    rate = [max(float(np.interp(at, t, share)), 1e-4) for at in (0.25, 0.5, 0.75)]
    values = (
        1.0,
        float(share.min() > 0.98),
        float(t[up]),
        float(share[0]),
        float(np.log10(max(share[-1], 1e-4))),
        *np.log10(rate),
        float((share[up:] < 0.1).sum() / share.size),
        float(end[0] - end[-1]),
        float(max(end[-1] - end[0], 0.0)),
        float(cut.size),
        float(t[cut[0] + 1]) if cut.size else 0.0,
    )
    return dict(zip(names, values, strict=True))


def _cuts(y: Floats, lrs: Floats | None) -> dict[str, float]:
    """Return how the loss fell around the first sudden cut of the rate."""
    found = {"fell_before_cut": 0.0, "fell_after_cut": 0.0, "kept_falling": 0.0}
    if lrs is None or not lrs.max() > 0.0:
        return found
    cut = np.flatnonzero(lrs[1:] < SUDDEN * lrs[:-1])
    if not cut.size or cut[0] < 6 or y.size - cut[0] < 6:
        return found
    at = int(cut[0]) + 1
    wide = max(min(at // 3, (y.size - at) // 2), 3)
    before = y[at - 2 * wide : at - wide].mean() - y[at - wide : at].mean()
    after = y[at - wide : at].mean() - y[at : at + wide].mean()
    error = max(noise(y[at - 2 * wide : at]) * np.sqrt(2.0 / wide), 1e-6)
    return {
        "fell_before_cut": float(np.clip(before / error, -20.0, 20.0)),
        "fell_after_cut": float(after),
        "kept_falling": float(y[at - wide : at].mean() - y[-wide:].mean()),
    }


def _held(found: Points, unit: float) -> dict[str, float]:
    """Return how the validation loss turned, in units of its own fall."""
    names = ("has_validation", "turned", "turned_sigmas", "turned_at", "gap")
    steps, held = _thinned(*found.held)
    if held.size < 5:
        return dict.fromkeys(names, 0.0)
    tail = max(held.size // 10, 1)
    smooth = np.convolve(held, np.ones(tail) / tail, "valid")
    least, end = int(smooth.argmin()), float(held[-tail:].mean())
    fall = max(float(held[0] - smooth[least]), 1e-3 * abs(float(held[0])), 1e-12)
    error = max(noise(held) / np.sqrt(tail), 1e-9 * abs(end), 1e-300)
    rose = end - float(smooth[least])
    length = max(float(steps[-1] - steps[0]), 1.0)
    values = (
        1.0,
        rose / fall,
        float(np.clip(rose / error, 0.0, 50.0)),
        float(steps[least] - steps[0]) / length,
        (end - float(found.losses[-1])) / max(abs(unit), 1e-12),
    )
    return dict(zip(names, values, strict=True))
