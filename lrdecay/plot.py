"""Figures in one style. The only module that imports matplotlib.

Figures are made without pyplot, so nothing here touches matplotlib's global state, and they are
drawn in the colours of `LIGHT` alone: the site makes the dark version by swapping each of them for
the colour of the same name in `DARK`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .charts import Dots, Ladder, Lines, Rung
from .checks import Flag, Positive, Steps, check, checked, refuse
from .messages import needs
from .plateau import Fold
from .schedule import Schedule

with needs("matplotlib", "plot", "lrdecay.plot"):
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Six lines that differ in lightness as well as hue (after Okabe and Ito), each at least 3:1
# against the paper in its scheme.
LIGHT = {
    "paper": "#fdfdfb",
    "ink": "#23272e",
    "muted": "#5d6570",
    "grid": "#e3e4e0",
    "blue": "#0b62a4",
    "orange": "#c2500a",
    "green": "#0a7d5c",
    "pink": "#b0447f",
    "violet": "#6a55c2",
    "brown": "#7c5a12",
    "cool": "#c9ddef",
    "warm": "#f6d9c4",
}
DARK = {
    "paper": "#14171c",
    "ink": "#e4e6ea",
    "muted": "#a2abb8",
    "grid": "#2c323b",
    "blue": "#63b3f0",
    "orange": "#f59052",
    "green": "#3fc79a",
    "pink": "#ea8cbf",
    "violet": "#a99bf5",
    "brown": "#d3ac55",
    "cool": "#1d3a55",
    "warm": "#55331d",
}
LINES = ("blue", "orange", "green", "pink", "violet", "brown")
CLASSES = (LIGHT["warm"], LIGHT["cool"])  # where a score is negative, and positive
DASHES = (
    "-",
    (0, (7, 1.5)),
    (0, (9, 1.5, 2, 1.5)),
    (0, (2, 1)),
    (0, (4, 1.5, 1, 1.5)),
    (0, (4, 1)),
)
# DejaVu Sans, which matplotlib ships, measures the text; readers see their system's own font.
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans'"

_STYLE: Any = {
    "figure.facecolor": LIGHT["paper"],
    "axes.facecolor": LIGHT["paper"],
    "savefig.facecolor": LIGHT["paper"],
    "text.color": LIGHT["ink"],
    "axes.labelcolor": LIGHT["ink"],
    "axes.titlecolor": LIGHT["ink"],
    "axes.edgecolor": LIGHT["muted"],
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "grid.color": LIGHT["grid"],
    "axes.prop_cycle": f"cycler('color', {[LIGHT[name] for name in LINES]!r})",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.labelsize": 10,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "lines.linewidth": 1.8,
    "grid.linewidth": 0.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "lrdecay",
    "path.simplify_threshold": 0.25,
}

_CHART = 6.0  # inches

_LEGEND: dict[str, Any] = {
    "frameon": False,
    "fontsize": 9.5,
    "labelcolor": LIGHT["ink"],
    "handlelength": 2.6,
}


def figure(
    rows: int = 1, columns: int = 1, *, height: float = 3.2, width: float = 7.2, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure in the house style and its axes (one `Axes`, or an array of them).

    Args:
        rows: rows of axes.
        columns: columns of axes.
        height: height in inches.
        width: width in inches. Pages show every figure as wide as their text, so that a narrower
            one has larger letters, which a phone needs.
        **options: passed on to `Figure.subplots`, such as `sharex`.

    Raises:
        ValueError: if the width or the height is not above 0.
    """
    width, height = check("width", width, Positive), check("height", height, Positive)
    with mpl.rc_context(_STYLE):
        fig = Figure(figsize=(width, height), layout="constrained")
        axes = fig.subplots(rows, columns, **options)
    return fig, axes


@checked()
def svg(fig: Figure) -> str:
    """Return the figure as SVG text: the same bytes for the same figure, every time."""
    out = io.StringIO()
    with mpl.rc_context(_STYLE):
        fig.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :].replace("'DejaVu Sans'", FONTS)


@checked()
def lines(
    ax: Axes,
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
) -> None:
    """Draw one labelled line for each curve, with a legend when there is more than one.

    Args:
        ax: where to draw.
        x: shared x values.
        curves: label to y values.
        xlabel: label of the x axis, with its unit.
        ylabel: label of the y axis.
        log: whether the y axis is logarithmic.
    """
    for (label, y), name, dash in zip(curves.items(), cycle(LINES), cycle(DASHES), strict=False):
        ax.plot(np.asarray(x), np.asarray(y), label=label, color=LIGHT[name], linestyle=dash)
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if check("log", log, Flag) else "linear")
    if len(curves) > 1:
        legend(ax)


def legend(ax: Axes, **options: Any) -> None:
    """Draw the legend of `ax` in the house style; `options` go to `Axes.legend`."""
    ax.legend(**_LEGEND, **options)


def shared_legend(fig: Figure, ax: Axes) -> None:
    """Draw one legend below a figure whose panels all show the lines of `ax`."""
    handles, labels = ax.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=4, **_LEGEND)


@checked()
def schedules(
    named: Mapping[str, Schedule | Fold],
    total_steps: Steps,
    *,
    metrics: Iterable[float] | None = None,
    log: bool = False,
    height: float = 3.2,
) -> Figure:
    """Return a figure of schedules from step 0 to `total_steps`.

    Args:
        named: label to schedule, or to a rule that follows a metric.
        total_steps: the last step drawn, >= 1.
        metrics: the history that the rules follow, one metric after every
            `total_steps / len(metrics)` steps, which is a whole number.
        log: whether the y axis is logarithmic.
        height: height in inches.

    Raises:
        ValueError: if `total_steps` is not a whole number >= 1, if something named is no schedule,
            or if a rule has no metrics to follow.
    """
    # Eight points a step, so that a drop between two steps looks like one.
    k = np.arange(8 * total_steps + 1) / 8
    history = list(metrics) if isinstance(metrics, Iterable) else []
    whole = history and total_steps % len(history) == 0
    curves: dict[str, ArrayLike] = {}
    for label, one in named.items():
        if isinstance(one, Schedule):
            curves[label] = one(k)
        elif not isinstance(one, Fold):
            words = "a Schedule, or a rule that follows a metric"
            raise refuse(f"named[{label!r}]", one, words)
        elif whole:
            every = total_steps // len(history)
            rates = [*one.rates(history, every), one.history(history, every)[-1]]
            curves[label] = np.repeat(rates, 8)[: k.size]
        else:
            words = f"as many numbers as divide total_steps = {total_steps}, to draw {label!r}"
            raise refuse("metrics", metrics, words)
    fig, ax = figure(height=height)
    lines(ax, k, curves, xlabel="step k", ylabel="learning rate", log=log)
    if not log:
        ax.set_ylim(bottom=0)
    return fig


@checked()
def band(ax: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, *, colour: str = "blue") -> None:
    """Fill between two curves, in a light tint of one of the line colours."""
    ax.fill_between(
        np.asarray(x), np.asarray(low), np.asarray(high), color=LIGHT[colour], alpha=0.18, lw=0
    )


@checked()
def intervals(
    ax: Axes,
    labels: Sequence[str],
    estimates: Sequence[tuple[float, float, float]],
    *,
    xlabel: str,
    colour: str = "blue",
    marker: str = "o",
    offset: float = 0.0,
    label: str | None = None,
) -> None:
    """Draw one dot with its interval a row, first row on top.

    Args:
        ax: where to draw.
        labels: the rows.
        estimates: (estimate, low, high) of each row.
        xlabel: label of the x axis.
        colour: name of the colour.
        marker: shape of the dot.
        offset: vertical shift, to draw two series in the same rows.
        label: entry in the legend.
    """
    rows = -np.arange(len(labels)) + offset
    middle, low, high = np.array(estimates).T
    ax.hlines(rows, low, high, color=LIGHT[colour], linewidth=1.8)
    ax.plot(middle, rows, marker, color=LIGHT[colour], label=label, linestyle="none")
    ax.set(xlabel=xlabel, yticks=-np.arange(len(labels)), yticklabels=list(labels))
    ax.grid(visible=False, axis="y")
    ax.set_ylim(-len(labels) + 0.4, 0.6)


def chart(data: Lines | Dots | Ladder) -> Figure:
    """Return the figure that an experiment described as data."""
    if isinstance(data, Lines):
        fig, ax = figure(width=_CHART, height=2.9)
        log = "y" in data.log
        lines(ax, data.x, data.curves, xlabel=data.xlabel, ylabel=data.ylabel, log=log)
        for label, colour in zip(data.curves, cycle(LINES)):
            if label in data.bands:
                band(ax, data.x, *data.bands[label], colour=colour)
        ax.set_xscale("log" if "x" in data.log else "linear")
        return fig
    if isinstance(data, Ladder):
        return _ladder(data)
    count = len(data.series)
    fig, ax = figure(
        width=_CHART, height=1.1 + 0.32 * len(data.rows) * max(1, 0.6 * count) + 0.25 * (count > 1)
    )
    for i, (label, row) in enumerate(data.series.items()):
        offset = 0.22 * ((count - 1) / 2 - i)
        estimates = [interval[:3] for interval in row]
        style = {"colour": LINES[i % len(LINES)], "marker": "osD^vP"[i % 6]}
        intervals(ax, data.rows, estimates, xlabel=data.xlabel, offset=offset, label=label, **style)
    if data.reference is not None:
        ax.axvline(data.reference, color=LIGHT["muted"], linewidth=1.0, linestyle=(0, (2, 2)))
    ax.set_xscale("log" if data.log else "linear")
    if count > 1:
        shared_legend(fig, ax)
    return fig


_OUTCOMES = {
    "supports": ("green", "o", "full"),
    "contradicts": ("orange", "X", "full"),
    "undecided": ("muted", "o", "none"),
}


def _ladder(data: Ladder) -> Figure:
    """Return one row a rung under the name of its world, the claim's range in a tint."""
    places, labels, headings = [], [], []
    place = 0.0
    for i, rung in enumerate(data.rungs):
        if i == 0 or rung.world != data.rungs[i - 1].world:
            place -= 0.25 * (i > 0)
            headings.append((place, rung.world))
            place -= 1
        places.append(place)
        labels.append(rung.label)
        place -= 1
    fig, ax = figure(width=7.2, height=0.95 + 0.21 * -place)
    least, greatest = data.claimed
    shown = [x for rung in data.rungs for x in _around(rung)]
    shown += [0.0] + [x for x in data.claimed if np.isfinite(x)]
    left, right = min(shown), max(shown)
    room = 0.06 * (right - left or 1.0)
    left, right = left - room, right + room
    ax.axvspan(max(least, left), min(greatest, right), color=LIGHT["green"], alpha=0.1, lw=0)
    for x in data.claimed:
        if np.isfinite(x):
            ax.axvline(x, color=LIGHT["green"], linewidth=1.0, linestyle=(0, (2, 2)))
    ax.axvline(0.0, color=LIGHT["muted"], linewidth=0.8)
    for outcome, (colour, marker, fill) in _OUTCOMES.items():
        rows = [i for i, rung in enumerate(data.rungs) if rung.outcome == outcome]
        if rows:
            at = [places[i] for i in rows]
            middle, low, high = np.array([data.rungs[i].effect[:3] for i in rows]).T
            ax.hlines(at, low, high, color=LIGHT[colour], linewidth=1.6)
            face = LIGHT[colour] if fill == "full" else LIGHT["paper"]
            ax.plot(
                middle, at, marker, color=LIGHT[colour], markerfacecolor=face, label=outcome, ls=""
            )
    for y, words in headings:
        ax.annotate(
            words,
            (0.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(-5, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            weight="bold",
            color=LIGHT["ink"],
            fontsize=9.5,
            annotation_clip=False,
        )
    ax.set(xlabel=data.xlabel, yticks=places, xlim=(left, right), ylim=(place + 0.4, 0.7))
    ax.set_yticklabels(labels, fontsize=8.5)
    if data.percent:
        ax.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.4g} %")
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    shared_legend(fig, ax)
    return fig


def _around(rung: Rung) -> tuple[float, float, float]:
    """Return what of a rung has to be seen: of a wide interval no more than its estimate's size."""
    middle, low, high, _ = rung.effect
    reach = max(abs(middle), 0.1)
    return middle, max(low, middle - reach), min(high, middle + reach)
