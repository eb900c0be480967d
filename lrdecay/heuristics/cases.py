"""A case: what was measured in one world, beside the range that a claim gives it.

The margins of all rules stand here, and were fixed before any trial was run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from ..checks import refuse
from ..lab.stats import Interval, estimate, ratio, share

World = Literal["runs", "trial", "law", "toy", "quadratic", "bound", "algebra"]
"""From published pretraining runs down to what is true by algebra."""

REAL: tuple[World, ...] = ("runs", "trial")
WORLDS: Mapping[World, str] = MappingProxyType(
    {
        "runs": "published runs",
        "trial": "our trials",
        "law": "fitted laws",
        "toy": "toy models",
        "quadratic": "noisy quadratics",
        "bound": "worst-case theory",
        "algebra": "algebra",
    }
)

Claim = Literal["superiority", "non-inferiority", "equality", "threshold"]
GAIN = "of decay's gain"
"""The unit of losses: the share of what tuned linear decay gains over a tuned constant rate."""

MARGINS: Mapping[Claim, float] = MappingProxyType(
    {"superiority": 0.02, "non-inferiority": 0.05, "equality": 0.05}
)
"""In shares of decay's gain. A threshold names its own number."""

Outcome = Literal["supports", "contradicts", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """An effect in one setting, and the range that the claim gives it.

    Args:
        key: name of the effect in texts and tables: letters, digits and underscores.
        when: the condition, in words that follow "when".
        effect: what was measured: for superiority by how much the better one is better, for
            non-inferiority by how much the one that is no worse is worse.
        world: where.
        claim: "superiority", "non-inferiority" or "equality", whose margin is that of `MARGINS`, or
            0 where the effect is in another unit than `GAIN`, as where decay gains nothing; or
            "threshold", with ends of its own.
        at_least: the least effect that agrees with a threshold.
        at_most: the greatest.
        setting: data and model; cases of one setting have one vote. The world by default.
        traits: what a reader can check on their own run: a name, such as "optimizer", and what
            holds here, in words, such as "AdamW".
        updates: the horizon, where there is one.
        unit: of the effect.
        native: the same in the world's own unit.
        problems: of a prior over problems, the share of them that agree with the claim.

    Raises:
        ValueError: if the key is no name, a word is not one of those allowed, the condition is
            empty, or an end is given that the claim does not take.

    Examples:
        >>> gained = Interval(0.2, 0.1, 0.3, 50)
        >>> case = Case(key="a", when="noisy", effect=gained, world="toy", claim="superiority")
        >>> case.outcome, case.claimed()
        ('supports', 'at least 2 %')
    """

    key: str
    when: str
    effect: Interval
    world: World
    claim: Claim
    at_least: float = -math.inf
    at_most: float = math.inf
    setting: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)
    updates: int = 0
    unit: str = GAIN
    native: Interval | None = None
    problems: Interval | None = None

    def __post_init__(self) -> None:
        if not self.key.isidentifier():
            raise refuse("key", self.key, "a name of letters, digits and underscores")
        if not self.when.strip():
            raise refuse("when", self.when, "a condition in words")
        for name, allowed in (("world", World), ("claim", Claim)):
            if getattr(self, name) not in get_args(allowed):
                raise refuse(name, getattr(self, name), f"one of {', '.join(get_args(allowed))}")
        given = math.isfinite(self.at_least) or math.isfinite(self.at_most)
        if given != (self.claim == "threshold"):
            raise refuse("at_least", self.at_least, "finite, or at_most finite, for a threshold")

    @property
    def pooled(self) -> str:
        """The setting whose vote it shares."""
        return self.setting or WORLDS[self.world]

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest effect that agree with the claim."""
        if self.claim == "threshold":
            return self.at_least, self.at_most
        margin = MARGINS[self.claim] if self.unit == GAIN else 0.0
        return {
            "superiority": (margin, math.inf),
            "non-inferiority": (-math.inf, margin),
            "equality": (-margin, margin),
        }[self.claim]

    @property
    def percent(self) -> bool:
        """Whether the effect is a share."""
        return self.unit == GAIN or self.unit.startswith("share")

    @property
    def outcome(self) -> Outcome:
        """Whether the interval lies inside the range, outside of it, or across an end."""
        least, greatest = self.range
        inside = least <= self.effect.low and self.effect.high <= greatest
        if self.claim == "superiority":  # to be better by nothing is not to be better
            inside = inside and self.effect.low > 0
        if inside:
            return "supports"
        outside = self.effect.high < least or self.effect.low > greatest
        return "contradicts" if outside else "undecided"

    def claimed(self) -> str:
        """Return the range of the claim in words."""
        low, high = (f"{100 * x:.3g} %" if self.percent else f"{x:.3g}" for x in self.range)
        if math.isinf(self.range[1]):
            return f"at least {low}"
        return f"at most {high}" if math.isinf(self.range[0]) else f"{low} to {high}"


def of_losses(
    key: str,
    when: str,
    difference: ArrayLike,
    gain: ArrayLike,
    *,
    world: World,
    claim: Claim,
    statistic: Callable[..., Any] = np.median,
    at_least: float = -math.inf,
    at_most: float = math.inf,
    **options: Any,
) -> Case:
    """Return the case of a difference of losses, in shares of what decay gains.

    The share is statistic(difference) / statistic(gain), both resampled together. Where the
    interval of the gain reaches 0, decay gains nothing, and the difference stands in the world's
    own unit. Of quadratics it is also said in what share of the problems the claim holds.

    Args:
        key: as for `Case`.
        when: as for `Case`.
        difference: one number a seed, positive where the better one is better (superiority) or
            where the one that is no worse is worse (non-inferiority).
        gain: on the same seeds the loss of a tuned constant rate less that of tuned linear decay,
            after the same number of updates.
        world: as for `Case`.
        claim: as for `Case`.
        statistic: np.median, or np.mean.
        at_least: as for `Case`.
        at_most: as for `Case`.
        options: `setting`, `traits` and `updates`, as for `Case`.

    Examples:
        >>> of_losses("a", "noisy", [0.25, 0.5, 0.75], [1.0, 2.0, 3.0], world="toy",
        ...           claim="superiority").effect
        Interval(estimate=0.25, low=0.25, high=0.25, n=3)
    """
    d, g = np.asarray(difference, dtype=np.float64), np.asarray(gain, dtype=np.float64)
    native = estimate(d, statistic)
    pays = estimate(g, statistic).low > 0

    case = Case(
        key=key,
        when=when,
        effect=ratio(d, g, statistic) if pays else native,
        world=world,
        claim=claim,
        at_least=at_least,
        at_most=at_most,
        unit=GAIN if pays else "loss",
        native=native,
        **options,
    )
    if world != "quadratic":
        return case
    least, greatest = case.range
    each = d / g if pays else d
    agree = int(((least <= each) & (each <= greatest)).sum())
    return replace(case, problems=share(agree, len(d)))
