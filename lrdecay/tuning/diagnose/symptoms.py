"""The symptoms: what must be seen before one may be named, in words, and the test that decides.

`seen` is a sentence with the numbers, or None where the log does not show the symptom at all: then
it is not named, whatever the weights say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

Traits = Mapping[str, float]

BRANCHES = (
    "branch from the last checkpoint at 3 times and at a third of the rate, a tenth of the run each"
)


class Kind(NamedTuple):
    """A symptom.

    Attributes:
        seen: the evidence in traits, or None.
        fewest: points of the log that it needs.
        heuristics: rules that say what to do.
        test: the cheapest test that would decide.
    """

    seen: Callable[[Traits], str | None]
    fewest: int
    heuristics: tuple[str, ...]
    test: str


def _diverged(t: Traits) -> str | None:
    if t["broken"]:
        return "the loss is not finite from some row on until the end"
    if t["end"] > 0.5 and t["end_row"] > 0.5:
        return f"the loss ends {t['end']:.0%} of its fall above its least"
    return None


def _early_spike(t: Traits) -> str | None:
    if t["early_peak"] < 0.1 or t["early_peak_sigmas"] < 5.0:
        return None
    return (
        f"the loss rises by {_part(t['early_peak'])} of its fall at {t['early_peak_at']:.0%} of "
        "the log, and comes back"
    )


def _early_instability(t: Traits) -> str | None:
    if t["early_jumps"] < 2:
        return None
    return (
        f"{t['early_jumps']:.0f} jumps of the loss in the first third of the log, "
        f"and swings of {_part(t['swings'])} of its fall in the last"
    )


def _oscillating_late(t: Traits) -> str | None:
    if t["swings"] < 0.03:
        return None
    return f"in its last third the loss swings by {_part(t['swings'])} of its fall around its trend"


def _floor(t: Traits) -> str | None:
    if t["fell_sigmas"] < 4.0 or (t["slope"] > 0.25 and t["slope_sigmas"] > 4.0):
        return None
    return f"the loss fell, and in the last third of the log by {_late(t)}{_rate(t)}"


def _starved(t: Traits) -> str | None:
    if (
        t["fell_sigmas"] < 3.0
        or t["at_50"] < 0.03
        or (t["slope"] < 0.0 and t["slope_sigmas"] < -4.0)
    ):
        return None
    return (
        f"half-way {_part(t['at_50'])} of the fall is still to come, the noise is "
        f"{_part(t['rough_late'])} of it, and in the last third the loss falls by {_late(t)}"
    )


def _still_improving(t: Traits) -> str | None:
    if t["slope"] < 0.01 or t["slope_sigmas"] < 2.0:
        return None
    return f"in the last third of the log the loss still falls by {_late(t)}{_rate(t)}"


def _too_early(t: Traits) -> str | None:
    if not t["has_rates"] or t["low"] < 0.3:
        return None
    return (
        f"{t['low']:.0%} of the rows have a rate under a tenth of the peak, and the last half of "
        f"the log brings {_part(t['at_50'] - t['end'])} of the fall"
    )


def _warmup_short(t: Traits) -> str | None:
    spike = _early_spike(t)
    if spike is None or not t["has_rates"] or t["peak_at"] > 0.06:
        return None
    ramp = f"a warmup of {t['peak_at']:.0%}" if t["peak_at"] > 0.0 else "no warmup"
    return f"{spike}; there was {ramp}"


def _warmup_long(t: Traits) -> str | None:
    if not t["has_rates"] or t["peak_at"] < 0.25:
        return None
    return f"the rate comes to its peak at {t['peak_at']:.0%} of the log"


def _plateau_rule(t: Traits) -> str | None:
    if not t["has_rates"] or not t["cuts"]:
        return None
    return (
        f"sudden cuts of the rate: {t['cuts']:.0f}, the first at {t['first_cut']:.0%} of the log; "
        f"the loss has fallen by {_part(t['kept_falling'])} of its fall since"
    )


def _overfitting(t: Traits) -> str | None:
    if not t["has_validation"] or t["turned"] < 0.02 or t["turned_sigmas"] < 3.0:
        return None
    return (
        f"validation loss is {_part(t['turned'])} of its fall above its least, which was at "
        f"{t['turned_at']:.0%} of the log; the training loss {_part(t['end'])} of its own"
    )


def _cooldown(t: Traits) -> str | None:
    if t["has_rates"]:
        if t["falling"] < 0.02 or t["ends_at"] < -1.5:
            return None
        return f"the rate is at {10.0 ** t['ends_at']:.0%} of its peak and falling"
    if t["bend"] < 0.0 or t["slope_sigmas"] < 1.0:
        return None
    return f"the fall of the loss became faster towards the end, by {_part(t['bend'])} of the whole"


def _healthy(t: Traits) -> str | None:
    if (
        t["broken"]
        or t["fell_sigmas"] < 3.0
        or t["end"] > 0.5
        or (t["turned"] > 0.1 and t["turned_sigmas"] > 5.0)
    ):
        return None
    return (
        f"the loss ends {_part(t['end'])} of its fall above its least, with swings of "
        f"{_part(t['swings'])}"
    )


def _cannot_tell(t: Traits) -> str | None:
    return f"{t['points']:.0f} points, in which the loss falls by {t['fall']:.1%} of itself"


def _part(value: float) -> str:
    return f"{value:.0%}" if abs(value) >= 0.1 else f"{value:.1%}"


def _late(t: Traits) -> str:
    return f"{_part(max(0.3 * t['slope'], 0.0))} of its whole fall"


def _rate(t: Traits) -> str:
    if not t["has_rates"]:
        return ""
    return f", at {10.0 ** t['ends_at']:.0%} of the highest rate"


KINDS: Mapping[str, Kind] = MappingProxyType({
    "diverged": Kind(
        _diverged, 3, ("H047", "H028", "H082"),
        "run the first tenth again at a third of the peak: does it still diverge?",
    ),
    "early-spike": Kind(
        _early_spike, 12, ("H027", "H081"),
        "run the start again in another order of the data: the spike of a bad batch moves",
    ),
    "early-instability": Kind(
        _early_instability, 20, ("H027", "H028", "H082"),
        "run the first tenth again at half of the peak: the jumps go",
    ),
    "oscillating-late": Kind(
        _oscillating_late, 20, ("H004", "H002", "H041"),
        "branch from the last checkpoint at a third of the rate: the swings shrink at once",
    ),
    "on-its-noise-floor": Kind(
        _floor, 20, ("H004", "H002", "H005", "H014"),
        "cool down to zero over a tenth of the run: the loss falls at once",
    ),
    "starved": Kind(
        _starved, 12, ("H023", "H004"),
        f"{BRANCHES}: 3 times is lower if the run is starved",
    ),
    "still-improving-at-the-end": Kind(
        _still_improving, 16, ("H019", "H020", "H009"),
        "go on for a tenth of the run at the last rate, then cool down: the loss falls further",
    ),
    "decayed-too-early": Kind(
        _too_early, 16, ("H016", "H020", "H009"),
        "branch from the checkpoint before the decay and hold the rate for as long again",
    ),
    "warmup-too-short": Kind(
        _warmup_short, 16, ("H027", "H030", "H028"),
        "run the start again with a warmup of a tenth of the run: the spike goes",
    ),
    "warmup-too-long": Kind(
        _warmup_long, 12, ("H030",),
        "run again with a warmup of 5 % up to the step that the log has come to, and compare there",
    ),
    "plateau-rule-fired-on-noise": Kind(
        _plateau_rule, 20, ("H034",),
        "branch from before the first cut at the old rate: the metric goes on falling",
    ),
    "overfitting": Kind(
        _overfitting, 12, ("H084", "H069"),
        "evaluate the checkpoint of the least validation loss on data that neither has seen",
    ),
    "cooldown-under-way": Kind(
        _cooldown, 16, ("H006", "H050"),
        "let it end: a loss that falls while the rate decays says nothing of the next run yet",
    ),
    "healthy": Kind(
        _healthy, 12, ("H026", "H023"),
        "run at half and at twice the peak: the best of the three is in the middle",
    ),
    "cannot-tell": Kind(_cannot_tell, 0, ("H004", "H026"), BRANCHES),
})  # fmt: skip


def shown(traits: Traits) -> dict[str, str]:
    """Return the evidence of each symptom that the log shows and has enough points for."""
    enough = {name: kind for name, kind in KINDS.items() if traits["points"] >= kind.fewest}
    found = {name: kind.seen(traits) for name, kind in enough.items()}
    return {name: words for name, words in found.items() if words is not None}
