"""How far a small world can be trusted: its effects beside those of real training.

The scoring was written before any score was looked at; the answers of the rules were known.

- **Which cases are compared.** Each case of real training asks; a world replies with those of its
  cases of the same rule that agree with the real one in the most traits, such as the shape that has
  a floor, and so with all of them where it names none. Claims must be of one kind. Distances from a
  best one, which cannot fall below 0, must have one unit as well; the sign of a difference needs
  none, and a threshold, which may be a power or a count, is compared by its outcome.
- **The side of a case** is 1 where its interval lies where the claim puts it, -1 where it lies
  outside, else 0. For superiority that is the sign: the margin counts for answers alone. The side
  of a world is that of most of its replies, 0 if neither side has more.
- **A vote.** A real case whose side is 0 asks nothing. A reply is worth 1 where the sides agree, 0
  where they are opposite, and a half where the world has no side, as a coin would get. The score of
  a rule is the mean over its settings of the mean over their cases. So *a rule has one vote*,
  however many cases it has, and what differs between real settings costs every world that cannot
  tell them apart.
- **Beside it** stands who always gives the same answer, that of the two which is more often right
  on the same rules. Hindsight favours it, so that a world must know something to be ahead. (At
  first the majority was that of the *other* rules. This was changed after the first look: where the
  claims come out right about as often as not, leaving a rule out tips the majority against it, and
  the answer scored 14 % on rules of which a coin gets half. The change is against the worlds.)
- **Intervals** resample the rules, which are not independent either: they share worlds and runs, so
  that the intervals are rather too narrow. Below six rules they are from 0 to 1.
- **Sizes** are compared where both sides are in shares of decay's gain: for each rule the median of
  the real effects and that of the replies to them; how alike they are ranked, and the median of
  the ratio of their sizes.
- **Together**, the small worlds say what most of them say. Algebra measures nothing and has no
  vote. Our trials are scored against published runs in the same way. A law has no say about the
  runs it was fitted to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..checks import refuse
from ..lab.laws import PUBLISHED
from ..lab.stats import Interval, estimate, jointly
from .answers import Word, answer
from .cases import GAIN, REAL, WORLDS, Case, World
from .evidence import Evidence

SMALL: tuple[World, ...] = ("law", "toy", "quadratic", "bound")
FITTED = frozenset(f"published runs, {size}, their text" for size in PUBLISHED)
"""The settings of the published runs that the laws were fitted to."""

FEWEST = 6
"""Rules: with fewer, a score has no interval but all that is possible."""


class Reply(NamedTuple):
    """What a world says where a real case asks.

    Attributes:
        real: the case.
        side: of the world: 1 for the claim, -1 against it, 0 for neither.
        size: of the effect in the world, or None where it is not in shares of decay's gain.
    """

    real: Case
    side: int
    size: float | None

    @property
    def right(self) -> float:
        """1 where the sides agree, 0 where they are opposite, a half where the world has none."""
        return 0.5 * (1 + self.side * side(self.real))


class Vote(NamedTuple):
    """What a world gets for a rule.

    Attributes:
        rule: its id.
        right: from 0 to 1.
        said: the share of its replies that have a side.
        claim: how far real training is on the claim's side, from 0 to 1.
        real: the median effect of real training in shares of decay's gain, or None.
        size: that of the world, or None.
    """

    rule: str
    right: float
    said: float
    claim: float
    real: float | None
    size: float | None


class Score(NamedTuple):
    """How a world fares over all rules in which it can be compared.

    Attributes:
        votes: one a rule.
        right: their mean.
        majority: that of always giving the same answer, the better of the two.
        ahead: the first less the second.
        sized: how many rules have sizes to compare.
        rank: how alike rules are ranked by real effect and by that of the world, from -1 to 1, or
            None for too few.
        ratio: the median of the world's size over the real size, or None for too few.
    """

    votes: tuple[Vote, ...]
    right: Interval
    majority: Interval
    ahead: Interval
    sized: int
    rank: Interval | None
    ratio: Interval | None

    @property
    def few(self) -> bool:
        """Whether there are too few rules to say anything of all."""
        return len(self.votes) < FEWEST


def side(case: Case) -> int:
    """Return 1 if a case lies where its claim puts it, -1 if outside, 0 if across an end.

    Examples:
        >>> gained = Interval(0.01, 0.005, 0.015, 50)
        >>> case = Case(key="a", when="noisy", effect=gained, world="toy", claim="superiority")
        >>> case.outcome, side(case)
        ('contradicts', 1)
    """
    low, high = case.effect.low, case.effect.high
    if case.claim == "superiority":
        return int(low > 0) - int(high < 0)
    least, most = case.range
    return int(least <= low and high <= most) - int(high < least or low > most)


def replies(
    cases: Sequence[Case],
    judge: str,
    truth: Iterable[str] = REAL,
    *,
    ignoring: Iterable[str] = (),
) -> tuple[Reply, ...]:
    """Return what a world says wherever a real case of a rule has a side.

    Args:
        cases: of one rule, of all worlds.
        judge: the world that replies, or "small" for all small ones together.
        truth: the worlds that ask.
        ignoring: names of traits by which cases are not matched.

    Raises:
        ValueError: if there is no such world.
    """
    if judge not in {"small", *WORLDS}:
        raise refuse("judge", judge, f"small, or one of {', '.join(WORLDS)}")
    found: list[Reply] = []
    for real in cases:
        if real.world in set(truth) and side(real):
            worlds = (judge,) if judge in WORLDS else SMALL
            each = [near for world in worlds if (near := _nearest(real, cases, world, ignoring))]
            if each:
                said = [_most(side(case) for case in near) for near in each]
                sizes = [case.effect.estimate for near in each for case in near if _sized(case)]
                size = float(np.median(sizes)) if sizes and _sized(real) else None
                found.append(Reply(real, _most(said), size))
    return tuple(found)


def _nearest(real: Case, cases: Sequence[Case], world: str, ignoring: Iterable[str]) -> list[Case]:
    """Return the cases of a world that agree with a real one in the most traits."""
    if world == "law" and real.pooled in FITTED:
        return []
    asked = {(name, value) for name, value in real.traits.items() if name not in ignoring}
    there = [
        (len(asked & case.traits.items()), case)
        for case in cases
        if case.world == world and _comparable(case, real)
    ]
    most = max((alike for alike, _ in there), default=0)
    return [case for alike, case in there if alike == most]


def _comparable(case: Case, real: Case) -> bool:
    free = real.claim in {"superiority", "threshold"}  # of the unit
    return case.claim == real.claim and (free or case.unit == real.unit)


def _sized(case: Case) -> bool:
    return case.unit == GAIN


def _most(sides: Iterable[int]) -> int:
    return int(np.sign(sum(sides)))


def vote(rule: str, found: Sequence[Reply]) -> Vote:
    """Return what the replies to a rule are worth: each setting has the same weight."""

    def mean(value: Callable[[Reply], float]) -> float:
        settings: dict[str, list[float]] = {}
        for reply in found:
            settings.setdefault(reply.real.pooled, []).append(value(reply))
        return float(np.mean([np.mean(values) for values in settings.values()]))

    pairs = [(r.real.effect.estimate, r.size) for r in found if r.size is not None]
    real, size = (float(x) for x in np.median(pairs, axis=0)) if pairs else (None, None)
    return Vote(
        rule,
        mean(lambda reply: reply.right),
        mean(lambda reply: abs(reply.side)),
        mean(lambda reply: side(reply.real) > 0),
        real,
        size,
    )


def score(
    evidence: Mapping[str, Evidence],
    judge: str,
    truth: Iterable[str] = REAL,
    *,
    ignoring: Iterable[str] = (),
) -> Score:
    """Return how a world fares against real training, over the rules that they share.

    Args:
        evidence: of rules, by id, such as `recorded()`.
        judge: as for `replies`.
        truth: as for `replies`.
        ignoring: as for `replies`.

    Raises:
        ValueError: as for `replies`.

    Examples:
        >>> from lrdecay.heuristics import recorded
        >>> found = score(recorded(), "quadratic")
        >>> 0 <= found.right.low <= found.right.estimate <= found.right.high <= 1
        True
    """
    worlds, left = tuple(truth), tuple(ignoring)
    each = {id_: replies(one.cases, judge, worlds, ignoring=left) for id_, one in evidence.items()}
    votes = tuple(vote(id_, found) for id_, found in each.items() if found)
    right, claim = (np.array([getattr(v, name) for v in votes]) for name in ("right", "claim"))
    pairs = np.array([(v.real, v.size) for v in votes if v.size is not None]).reshape(-1, 2)
    enough = len(pairs) >= FEWEST
    ratios = [abs(size / real) for real, size in pairs if real]
    return Score(
        votes,
        _known(0.0, (right,), np.mean),
        _known(0.5, (claim,), _majority),
        _known(-1.0, (right, claim), _ahead),
        len(pairs),
        jointly((*pairs.T,), _alike) if enough else None,
        estimate(ratios) if len(ratios) >= FEWEST else None,
    )


def _majority(claim: np.ndarray, axis: int) -> np.ndarray:
    """Return what the better of the two answers gets that are always the same."""
    return 0.5 + np.abs(np.mean(claim, axis=axis) - 0.5)


def _ahead(right: np.ndarray, claim: np.ndarray, axis: int) -> np.ndarray:
    return np.mean(right, axis=axis) - _majority(claim, axis)


def _known(
    least: float, columns: tuple[np.ndarray, ...], statistic: Callable[..., Any]
) -> Interval:
    """Return a statistic of rules, with all that is possible as its interval where they are few."""
    if len(columns[0]) < FEWEST:
        found = float(statistic(*columns, axis=-1)) if columns[0].size else 0.5 * (least + 1.0)
        return Interval(found, least, 1.0, len(columns[0]))
    return jointly(columns, statistic)


def _alike(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """Return Spearman's correlation along the last axis; 0 where a column is constant."""
    assert axis == -1
    x, y = (
        np.sign(values[..., :, None] - values[..., None, :]).sum(axis=-1)  # ranks, from their mean
        for values in (a, b)
    )
    size = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    return (x * y).sum(axis=-1) / np.where(size > 0.0, size, 1.0)


def told(found: Score, what: str = "real training") -> str:
    """Return a score as a sentence that follows the name of a world.

    Args:
        found: what `score` returned.
        what: it was scored against.

    Examples:
        >>> told(score({}, "toy"))
        'shares no rule with real training, and has no score'
    """
    if not found.votes:
        return f"shares no rule with {what}, and has no score"
    rules = f"{found.right.n} rule{'' if found.right.n == 1 else 's'}"
    if found.few:
        right = f"{found.right.estimate:.0%}".replace("%", " %")
        return (
            f"can be compared with {what} in {rules} alone, too few for a score: {right} of the "
            "signs agree"
        )
    majority = f"{found.majority.estimate:.0%}".replace("%", " %")
    ahead = "which is less" if found.ahead.low > 0 else "and these rules leave open which is more"
    ahead = "which is more" if found.ahead.high < 0 else ahead
    return (
        f"gets {found.right:.0%} of the signs of {what} right in {rules}; always giving the same "
        f"answer gets {majority}, {ahead}"
    )


# --- the answers -------------------------------------------------------------------------------

_LEANS: Mapping[Word, str] = {
    "yes": "yes",
    "mostly yes": "yes",
    "no": "no",
    "mostly no": "no",
}


def answers(evidence: Mapping[str, Evidence]) -> Mapping[str, int]:
    """Return how often the small worlds would have answered a rule as real training does.

    Returns:
        How many rules are answered "alike" (both with yes or mostly yes, or both with no or mostly
        no), how many "contrary", and of how many one of the two leaves it "open".
    """
    counts = Counter(dict.fromkeys(("alike", "contrary", "open"), 0))
    for one in evidence.values():
        real = [case for case in one.cases if case.world in REAL]
        small = [case for case in one.cases if case.world in SMALL]
        if real and small:
            a, b = (_LEANS.get(answer(cases).word) for cases in (real, small))
            counts["open" if None in (a, b) else "alike" if a == b else "contrary"] += 1
    return counts
