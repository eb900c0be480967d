"""The checks: each reads a subject and yields what is not as it was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...families.cosine import Cosine
from ...families.cyclic import Cyclic
from ...families.inverse import InverseSqrt, InverseTime, PowerLaw
from ...families.multistep import MultiStep
from ...families.noam import Noam
from ...families.noise import Noise
from ...families.onecycle import OneCycle
from ...families.piecewise import Piecewise
from ...families.restarts import CosineCycles, CosineRestarts
from ...families.slanted import SlantedTriangular
from ...families.step import Step
from ...families.warmup import RAdamWarmup, Warmup
from ...families.wsd import WSD
from ...schedule import Constant, Repeat, Schedule, Stretch, Stride, Then
from .codes import Finding, finding
from .subject import ROUNDING, Subject, stairs

Check = Callable[[Subject], Iterator[Finding]]

JUMP = 0.05  # of the peak
SMALL = 1e-3  # of the peak: less is no change
LONG = 0.1  # of the run, of the peak: where a warmup is long and a rate is low
OFF = 0.1  # of the run: how far a horizon may be from it
SAME = 0.02  # how far two counts may differ and still be one
TINY = 20  # times: a horizon this much shorter is a count of something else

CYCLES = (CosineCycles, CosineRestarts, Cyclic, Repeat)
ENDLESS = (*CYCLES, InverseSqrt, InverseTime, PowerLaw, Noam, Noise)
RISING = (OneCycle, SlantedTriangular)  # whose rise is half of what they are
STEPS = (Piecewise, MultiStep, Step)
FADES = ("inverse", "rsqrt", "noam")
NAMES = ("cosine", "decay", "anneal", "exponential", "polynomial", "linear", "restart", "cycl")


def no_rate(of: Subject) -> Iterator[Finding]:
    """LR005: a rate is not finite, or below 0."""
    bad = np.flatnonzero(~(np.isfinite(of.rates) & (of.rates >= 0)))
    if bad.size:
        step = int(of.steps[bad[0]])
        yield finding("LR005", f"the rate of step {step:,} is {of.rates[bad[0]]:g}", step)
    elif of.schedule is not None and not np.isfinite(of.after[:1]).all():
        words = f"a scheduler is asked for step {of.total:,} after the last update, and has no rate"
        yield finding("LR005", words, of.total - 1, "warning")


def first_update(of: Subject) -> Iterator[Finding]:
    """LR001: the first update does nothing."""
    if of.steps[0] == 0 and of.rates[0] == 0 < of.peak:
        idle = int(np.flatnonzero(of.rates > 0)[0])
        what = "the first update has" if idle == 1 else f"the first {idle:,} updates have"
        yield finding("LR001", f"{what} a rate of 0: nothing is learned", 0)


def peak(of: Subject) -> Iterator[Finding]:
    """LR002: the run ends on the way up, or goes up and nowhere else."""
    if not (of.whole and of.after.size) or of.cycles or of.of(*CYCLES, Noise):
        return
    if int(of.rates.argmax()) < of.total - 1:
        return
    later = float(np.nanmax(of.after, initial=0.0))
    words = f"the run ends at {of.peak:.4g}, and"
    if later > of.peak * (1 + SMALL):
        k = int(np.flatnonzero(of.after >= later * (1 - ROUNDING))[0])
        seen = np.isfinite(of.after[k + 1 : k + 2]).any()
        at = f"the peak of {later:.4g} comes at step {of.total + k:,}"
        goes_on = f"the rate is still rising at step {of.total + k:,}"
        yield finding("LR002", f"{words} {at if seen else goes_on}", of.total - 1)
    elif of.total > 2 and _rises_all_along(of):
        yield finding("LR002", f"{words} the rate has risen from {of.rates[0]:.4g}", of.total - 1)


def _rises_all_along(of: Subject) -> bool:
    far = of.rates[0] < (1 - LONG) * of.peak
    return bool(far and (np.diff(of.rates) > 0).mean() > 1 - LONG)


def unit(of: Subject) -> Iterator[Finding]:
    """LR007: the horizon counts something else than updates."""
    ends = of.horizon
    if ends is None or abs(ends - of.total) <= SAME * of.total + 1:
        return
    words = f"the schedule was made for {ends:,} steps and the run has {of.total:,} updates"
    for factor, what in _units(of):
        if abs(ends - factor * of.total) <= SAME * factor * of.total + 1:
            yield finding("LR007", f"{words}: {what}", min(ends, of.total - 1))
            return
    if of.counts.epochs is None and ends * TINY <= of.total:
        yield finding("LR007", f"{words}: these may be epochs", ends)
    elif ends >= TINY * of.total and not of.marks:
        yield finding(
            "LR007", f"{words}: these may be examples, or the updates epochs", of.total - 1
        )


def _units(of: Subject) -> Iterator[tuple[float, str]]:
    epochs, accumulation, processes, examples = of.counts
    if epochs is not None:
        yield epochs / of.total, f"that is the number of epochs, {epochs:g}"
        if epochs > 1:
            yield 1 / epochs, f"that is one epoch of {epochs:g}"
        if examples is not None:
            yield epochs * examples / of.total, f"that is the examples of {epochs:g} epochs"
    both = accumulation * processes
    for n, what in (
        (accumulation, f"accumulation, {accumulation}"),
        (processes, f"the number of processes, {processes}"),
        (both, f"accumulation and the number of processes, {accumulation} times {processes}"),
    ):
        if n > 1:
            yield float(n), f"that is the updates times {what}"
            yield 1 / n, f"that is the updates divided by {what}"


def warmup_miscounted(of: Subject) -> Iterator[Finding]:
    """LR008: the part after the warmup was given the whole run, or was shortened twice."""
    ends, w = of.horizon, _warmup(of)
    if ends is None or not w or abs(ends - of.total) <= 1 or any(True for _ in peak(of)):
        return
    inner = ends - w
    if abs(inner - of.total) <= 1:
        words = f"the warmup of {w:,} updates comes on top: the schedule ends at {ends:,}"
        yield finding("LR008", f"{words}, and the run at {of.total:,}", of.total - 1)
    elif abs(ends + w - of.total) <= 1:
        words = f"the warmup of {w:,} updates was taken off twice: the schedule ends at {ends:,}"
        yield finding("LR008", f"{words}, and the run at {of.total:,}", ends)


def end(of: Subject) -> Iterator[Finding]:
    """LR003, LR013: the schedule is longer than the run, or a cosine is shorter."""
    ends = of.horizon
    said = (unit, warmup_miscounted, never_fires, peak)  # what explains it better
    if _is_cut(of) and not any(True for each in said for _ in each(of)):
        yield finding("LR003", f"the run ends at {of.rates[-1]:.4g}, on the way down", of.total - 1)
    if ends is None or ends == of.total or any(True for each in said for _ in each(of)):
        return
    held = any(isinstance(part.second, Constant) for part, _ in of.of(Then))
    if ends < of.total and held:  # on purpose
        return
    words = f"the schedule was made for {ends:,} updates and the run has {of.total:,}"
    last = f"the last rate is {_share(of.rates[-1], of.peak)} of the peak"
    if _is_cosine(of) and abs(ends - of.total) > OFF * of.total:
        yield finding("LR013", f"{words}; {last}", min(ends, of.total - 1))
    elif ends > of.total + 1 and of.after.size and _falls_on(of):
        yield finding("LR003", f"{words}; {last}", of.total - 1)


def _is_cut(of: Subject) -> bool:
    """Return whether rates fall on after the run and no slower, where no end is seen."""
    half, last = of.after.size // 2, float(of.rates[-1])
    known = of.schedule is not None or of.horizon is not None or of.cycles
    if known or not (of.whole and half) or not _falls_on(of) or last <= LONG * of.peak:
        return False
    first, then = last - of.after[half], of.after[half] - of.after[-1]
    return bool(first > 0 and then >= (1 - LONG) * first)


def cut_cycle(of: Subject) -> Iterator[Finding]:
    """LR003: the run ends on the way down of a cycle."""
    if not (of.of(CosineCycles, CosineRestarts, Repeat) or of.cycles) or not of.after.size:
        return
    if not of.parts and "restart" not in of.name.lower() and "cycl" in of.name.lower():
        return  # triangles, whose ends are anywhere
    moves = np.diff(np.concatenate([of.rates, of.after])) > JUMP * of.peak
    restarts = np.flatnonzero(moves) + 1
    begun = restarts[restarts < of.total]
    later = restarts[restarts >= of.total]
    rest = of.after[: later[0] - of.total if later.size else None]
    last = of.rates[-1]
    if rest.size == 0 or last - rest.min() <= LONG * of.peak:
        return
    words = f"the run ends within a cycle, at {_share(last, of.peak)} of the peak"
    if begun.size:
        words += f", {of.total - begun[-1]:,} updates after the restart at step {begun[-1]:,}"
    yield finding("LR003", words.replace(" 1 updates", " one update"), of.total - 1)


def _falls_on(of: Subject) -> bool:
    return bool(of.after.min() < of.rates[-1] - SMALL * of.peak)


def rises(of: Subject) -> Iterator[Finding]:
    """LR004: the rate climbs again once the schedule is over."""
    if of.of(*CYCLES, Noise, *RISING) or of.cycles or not of.whole:
        return
    all_rates = np.concatenate([of.rates, of.after])
    top = int(of.rates.argmax())
    seen = of.horizon is None or _waves(of)  # a wave may have its low before its end
    low = top + int(all_rates[top:].argmin()) if seen else of.horizon
    if not top < low < all_rates.size - 1:
        return
    later = all_rates[low:]
    up = np.flatnonzero(later > all_rates[low] + SMALL * of.peak)
    if not up.size or all_rates[low] > (1 - SMALL) * of.peak:
        return
    at = low + int(up[0])
    climb = all_rates[at] - all_rates[at - 1]
    if of.schedule is None and climb > 0.5 * (of.peak - all_rates[low]):  # a restart
        return
    if at < of.total:
        words = (
            f"after its end at step {low:,} the rate climbs again, to {of.rates[low:].max():.4g}"
        )
        yield finding("LR004", words, low)
    elif low >= of.total - 1:
        words = f"the rate would climb again after step {low:,}, if the run went on"
        yield finding("LR004", words, None, "info")


def jump(of: Subject) -> Iterator[Finding]:
    """LR006: two parts do not meet."""
    if of.schedule is None or not of.whole:
        yield from _jump_seen(of)
        return
    for part, at in of.of(Then):
        k = at + part.at
        if not 0 < k < of.total or isinstance(part.second, CYCLES):
            continue
        before, after = of.rates[k - 1], of.rates[k]
        slope = abs(before - of.rates[k - 2]) if k > 1 else 0.0
        next_slope = abs(of.rates[k + 1] - after) if k + 1 < of.total else 0.0
        flat = max(slope, next_slope) <= ROUNDING * of.peak
        size = abs(after - before)
        if size > max(JUMP * of.peak, 3 * max(slope, next_slope)) and not (flat and after < before):
            where = f"at step {k:,} the rate jumps from {before:.4g} to {after:.4g}"
            yield finding("LR006", f"{where}, where one part hands over to the next", k)


def _jump_seen(of: Subject) -> Iterator[Finding]:
    if of.rates.size < 4 or of.cycles or not of.whole:
        return
    moves = np.diff(of.rates)
    up = np.flatnonzero(moves > JUMP * of.peak)
    up = up[up > 0]  # a warmup of one update
    if up.size > 1 and (of.rates[up + 1] > 0.5 * of.peak).all():  # restarts
        return
    for k in up[:1]:
        near = np.abs(np.delete(moves[max(k - 2, 0) : k + 3], min(k, 2)))
        if moves[k] > 3 * near.max(initial=0.0):
            words = f"at step {k + 1:,} the rate jumps up from {of.rates[k]:.4g}"
            yield finding("LR006", f"{words} to {of.rates[k + 1]:.4g}", int(k) + 1)


def never_fires(of: Subject) -> Iterator[Finding]:
    """LR009: a milestone lies after the run."""
    late = [mark for mark in of.marks if mark >= of.total]
    if of.schedule is None and not of.marks and of.whole and not of.cycles:
        late = _unseen(of)
    for part, at in of.of(*STEPS, Then):
        if isinstance(part, Step):
            marks: tuple[Any, ...] = (part.step_size,)
        else:
            marks = (part.at,) if isinstance(part, Then) else tuple(part.milestones)
        if len(marks) < of.total:  # else it is a table of rates
            late += [at + mark for mark in marks if at + mark >= of.total]
    if late:
        what = f"step {late[0]:,}" if len(late) == 1 else f"steps {', '.join(map(str, late[:5]))}"
        words = f"the change at {what} never comes: the last update is step {of.total - 1:,}"
        yield finding("LR009", words, of.total - 1)


def _unseen(of: Subject) -> list[int]:
    """Return the first change of rates that change in steps, if the run has none before it.

    Or the last one, if the stairs end with it.
    """
    at = stairs(np.concatenate([of.rates, of.after]))
    after = at[at >= of.total]
    ends = at.size and int(at[-1]) == of.horizon
    return [int(after[0])] if after.size and (after.size == at.size or ends) else []


def long_warmup(of: Subject) -> Iterator[Finding]:
    """LR010: the warmup takes more than a tenth of the run."""
    w = _warmup(of)
    if w >= of.total:
        words = f"the warmup of {w:,} updates is longer than the run of {of.total:,}"
        yield finding("LR010", words, of.total - 1, "error")
    elif w > LONG * of.total:
        words = f"the warmup takes {_share(w, of.total)} of the run, {w:,} of {of.total:,} updates"
        yield finding("LR010", words, 0)


def _warmup(of: Subject) -> int:
    """Return how long the rate rises at the start."""
    if of.schedule is not None:
        return max(
            (_ramp(part) for part, at in of.parts if at == 0 and not isinstance(part, RISING)),
            default=0,
        )
    top = int(of.rates.argmax())
    if (
        not of.whole
        or of.cycles
        or of.is_one_cycle
        or of.rates[0] > (1 - SMALL) * of.peak
        or np.any(np.diff(of.rates[: top + 1]) < 0)
    ):
        return 0
    return top


def _ramp(part: Schedule) -> int:
    if isinstance(part, (Warmup, Noam, WSD)):
        return part.warmup_steps
    if isinstance(part, Then) and part.at and not isinstance(part.first, RAdamWarmup):
        first = part.first.sample(part.at + 1) if part.at <= 10**6 else np.zeros(1)
        rising = first.size > 1 and first[-1] > first[0] and bool((np.diff(first) >= 0).all())
        return part.at if rising else 0
    return 0


def floor(of: Subject) -> Iterator[Finding]:
    """LR011: the run ends at a high rate."""
    ends_later = of.horizon is not None and of.horizon > of.total + 1
    endless = of.of(*ENDLESS) or any(word in of.name.lower() for word in FADES)
    if endless or of.cycles or ends_later or not of.whole or _is_cut(of):
        return
    last = float(of.rates[-1])
    after_peak = of.rates[int(of.rates.argmax()) :]
    if after_peak.min() >= (1 - SMALL) * of.peak:
        return
    if LONG * of.peak * (1 + SAME) < last < (1 - SMALL) * of.peak:
        words = f"the run ends at {last:.4g}, {_share(last, of.peak)} of the peak"
        yield finding("LR011", words, of.total - 1)


def starved(of: Subject) -> Iterator[Finding]:
    """LR012: most of the run has a low rate."""
    low = float(np.mean(of.rates < of.peak * (LONG - ROUNDING)))
    if low >= 0.5 and of.rates.size > 1:
        step = int(of.steps[int(of.rates.argmax())])
        words = f"{low:.0%} of the updates have a rate under a tenth of the peak"
        yield finding("LR012", words, step)


def constant(of: Subject) -> Iterator[Finding]:
    """LR014: what is named after a decay never changes."""
    words = of.name.lower()
    kinds = [part for part, _ in of.parts if not isinstance(part, (Constant, Warmup, Stretch))]
    named = any(name in words for name in NAMES) or (
        bool(kinds) and all(_makes_decay(part) for part in kinds)
    )
    w = _warmup(of)
    rest = of.rates[w:]
    if (
        named
        and of.whole
        and rest.size > 1
        and np.ptp(rest) <= SMALL * of.peak
        and of.total > w + 1
        and not any(True for _ in unit(of))  # of which this comes
    ):
        step = None if w == 0 else w
        yield finding("LR014", f"{of.name} stays at {of.rates[-1]:.4g} for the whole run", step)


def _makes_decay(part: Schedule) -> bool:
    plain = not any(
        isinstance(getattr(part, name, None), Schedule) for name in ("schedule", "left")
    )
    return plain and not isinstance(part, (*STEPS, Then))


def lost_restart(of: Subject) -> Iterator[Finding]:
    """LR015: a restart falls between two updates, and none of them sees its peak."""
    whole = of.schedule
    moved = of.of(Stretch, Stride, *CYCLES)
    if whole is None or not of.of(*CYCLES, Stretch, Stride) or not moved or of.total > 10**6:
        return
    if not of.of(*CYCLES):
        return
    fine = whole(np.arange(8 * of.total) / 8)
    up = np.flatnonzero(np.diff(fine) > JUMP * of.peak)
    lost = [k for k in up if of.rates[min(-(-(k + 1) // 8), of.total - 1)] < 0.9 * fine[k + 1]]
    lost = [k for k in lost if -(-(k + 1) // 8) < of.total]
    if lost:
        step = int(-(-(lost[0] + 1) // 8))
        words = f"of {up.size} restarts {len(lost)} fall between updates: step {step:,} has"
        whole_rate = fine[lost[0] + 1]
        yield finding("LR015", f"{words} {of.rates[step]:.4g} in place of {whole_rate:.4g}", step)


def last_updates(of: Subject) -> Iterator[Finding]:
    """LR017: the run goes on after the rate has reached 0."""
    moving = np.flatnonzero(of.rates > 0)
    idle = of.rates.size - 1 - int(moving[-1]) if moving.size else of.rates.size
    if idle:
        what = "update has" if idle == 1 else f"{idle:,} updates have"
        step = int(of.steps[-idle])
        yield finding("LR017", f"the last {what} a rate of 0: nothing is learned", step)


def _waves(of: Subject) -> bool:
    """Return whether a part is a cosine without end, of a dialect: nothing imports those."""
    return any(type(part).__name__ == "CosineWave" for part, _ in of.parts)


def _is_cosine(of: Subject) -> bool:
    annealed = any(type(part).__name__ == "Annealed" for part, _ in of.parts)
    return bool(
        of.of(Cosine)
        or annealed
        or _waves(of)
        or ("cosine" in of.name.lower() and of.schedule is None)
    )


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "0 %"


CHECKS: tuple[Check, ...] = (
    no_rate,
    first_update,
    peak,
    unit,
    warmup_miscounted,
    end,
    cut_cycle,
    rises,
    jump,
    never_fires,
    long_warmup,
    floor,
    starved,
    constant,
    lost_restart,
    last_updates,
)
