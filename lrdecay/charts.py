"""Charts as data: what is drawn, with its words, and nothing of how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .lab.stats import Interval


@dataclass(frozen=True)
class Lines:
    """Curves over one axis.

    Args:
        x: the shared x values.
        curves: label to y values, at most six.
        xlabel: label of the x axis, with its unit.
        ylabel: label of the y axis.
        alt: what the figure shows, for someone who cannot see it.
        caption: what to notice in it.
        bands: label of a curve to the lower and upper ends of its interval.
        log: which axes are logarithmic: "", "x", "y" or "xy".
    """

    x: tuple[float, ...]
    curves: Mapping[str, tuple[float, ...]]
    xlabel: str
    ylabel: str
    alt: str
    caption: str
    bands: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)
    log: str = ""


@dataclass(frozen=True)
class Dots:
    """Effects with their intervals, one row each.

    Args:
        rows: labels of the rows, first on top.
        series: label to one interval a row; a single one may have the label "".
        xlabel: label of the x axis, with its unit.
        alt: what the figure shows, for someone who cannot see it.
        caption: what to notice in it.
        reference: where to draw a line for comparison.
        log: whether the x axis is logarithmic.
    """

    rows: tuple[str, ...]
    series: Mapping[str, tuple[Interval, ...]]
    xlabel: str
    alt: str
    caption: str
    reference: float | None = None
    log: bool = False


@dataclass(frozen=True)
class Rung:
    """One row of a ladder.

    Args:
        world: where it was measured, in words; rows of one world stand together.
        label: setting and condition.
        effect: with its interval.
        outcome: "supports", "contradicts" or "undecided".
    """

    world: str
    label: str
    effect: Interval
    outcome: str


@dataclass(frozen=True)
class Ladder:
    """What each setting says of a claim, real evidence on top.

    Args:
        rungs: rows, first on top.
        claimed: the least and the greatest effect that agree with the claim; either may be
            infinite.
        xlabel: label of the x axis, with its unit.
        alt: what the figure shows, for someone who cannot see it.
        caption: what to notice in it.
        percent: whether effects are shares.
    """

    rungs: tuple[Rung, ...]
    claimed: tuple[float, float]
    xlabel: str
    alt: str
    caption: str
    percent: bool = True
