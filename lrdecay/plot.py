"""Figures in one style. The only module that imports matplotlib.

Figures are made without pyplot, so nothing here touches matplotlib's global state, and they are
drawn in the colours of `LIGHT` alone: the site makes the dark version by swapping each of them for
the colour of the same name in `DARK`.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .charts import Dots, Ladder, Lines, Rung
from .checks import Flag, Positive, Steps, check, checked, refuse
from .labels import place
from .messages import needs
from .plateau import Fold
from .schedule import Schedule

with needs("matplotlib", "plot", "lrdecay.plot"):
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text
    from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

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
_PHONE = 3.75  # inches, which are 360 pixels
_COLUMN = 40  # letters that fit into a phone

_VEIL = {"facecolor": LIGHT["paper"], "alpha": 0.85, "edgecolor": "none", "pad": 1}

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
            one has larger letters; a phone gets a drawing of its own, see `narrow`.
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
    """Return the figure as SVG text: the same bytes for the same figure, every time.

    Lines have their names beside them; a legend stays where there is no room for that.
    """
    with _named(fig):
        return _saved(fig)


@checked()
def narrow(fig: Figure) -> str:
    """Return the figure as SVG text for a phone: as narrow as one, with letters of the same size.

    Panels that stand side by side stand one below the other.
    """
    with ExitStack() as stack:
        if fig.get_size_inches()[0] > _PHONE:
            stack.enter_context(_stacked(fig))
        stack.enter_context(_named(fig))
        return _saved(fig)


@checked()
def thumbnail(fig: Figure) -> str:
    """Return the first panel of a figure as small SVG text: lines and no letters."""
    first, *others = fig.axes
    (width, height), engine = fig.get_size_inches(), fig.get_layout_engine()
    hidden = [*others, *fig.legends, *filter(None, [first.get_legend()])]
    hidden = [one for one in hidden if one.get_visible()]
    place_before = first.get_position(original=True)
    try:
        fig.set_layout_engine("none")
        fig.set_size_inches(3.2, 1.6)
        first.set_position((0.015, 0.03, 0.97, 0.94))
        for one in hidden:
            one.set_visible(False)
        return re.sub(r"<text\b.*?</text>", "", _saved(fig), flags=re.DOTALL)
    finally:
        for one in hidden:
            one.set_visible(True)
        first.set_position(place_before)
        first.set_in_layout(True)
        fig.set_size_inches(width, height)
        fig.set_layout_engine(engine)


def _saved(fig: Figure) -> str:
    out = io.StringIO()
    with mpl.rc_context(_STYLE):
        fig.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :].replace("'DejaVu Sans'", FONTS)


@contextmanager
def _stacked(fig: Figure) -> Generator[None]:
    """Make a figure as narrow as a phone for a while."""
    (width, height), panels = fig.get_size_inches(), fig.axes
    specs = [ax.get_subplotspec() for ax in panels]
    words = [[(label, label.get_text()) for label in _labels(ax)] for ax in panels]
    rows = [ax.yaxis.get_major_formatter() for ax in panels]
    ticked = [_ticked(ax) for ax in panels]
    height = _restacked(fig)
    fig.set_size_inches(_PHONE, height + sum(map(_rewrapped, panels)))
    yield
    fig.set_size_inches(width, height)
    for ax, spec, formatter, (left, bottom) in zip(panels, specs, rows, ticked, strict=True):
        if spec:
            ax.set_subplotspec(spec)
        ax.yaxis.set_major_formatter(formatter)
        ax.tick_params(labelleft=left, labelbottom=bottom)
    for label, text in (each for found in words for each in found):
        label.set_text(text)


def _labels(ax: Axes) -> list[Text]:
    """Return the words around a panel: below, at its side, above."""
    return [ax.xaxis.label, ax.yaxis.label, ax.title]


def _ticked(ax: Axes) -> tuple[bool, bool]:
    """Return whether ticks have numbers, on the left and at the bottom."""
    left, bottom = ax.yaxis.get_tick_params(), ax.xaxis.get_tick_params()
    return bool(left.get("labelleft", True)), bool(bottom.get("labelbottom", True))


def _restacked(fig: Figure) -> float:
    """Put panels that stand side by side one below the other; return the height for them."""
    panels, height = fig.axes, fig.get_size_inches()[1]
    specs = [spec for ax in panels if (spec := ax.get_subplotspec()) is not None]
    if len(specs) < len(panels) or len({id(spec.get_gridspec()) for spec in specs}) > 1:
        return height
    rows, columns = specs[0].get_gridspec().get_geometry()
    alike = fig.axes[0].get_shared_y_axes().joined(panels[0], panels[-1])
    kept = 2 if alike and len(panels) > 4 and len(panels) % 2 == 0 else 1
    if columns <= kept:
        return height
    grid = fig.add_gridspec(len(panels) // kept, kept)
    for i, ax in enumerate(panels):
        ax.set_subplotspec(grid[i])
        ax.tick_params(labelleft=i % kept == 0 or ax.get_ylabel() != "", labelbottom=True)
    return min(height / rows, 2.5) * (len(panels) // kept)


def _rewrapped(ax: Axes) -> float:
    """Wrap the words of a panel to what a phone has room for; return the height that this takes."""
    rows = _rows(ax)
    widest = max((len(part) for row in rows for part in row.split("\n")), default=0)
    if rows:
        ax.yaxis.set_major_formatter(FixedFormatter(rows))
    spec = ax.get_subplotspec()
    side_by_side = spec.get_gridspec().ncols if spec else 1
    for label in _labels(ax):
        room = 22 if label is ax.yaxis.label else (_COLUMN - widest) // side_by_side
        label.set_text(_wrapped(label.get_text(), room))
    return 0.15 * sum(row.count("\n") for row in rows)


def _rows(ax: Axes) -> list[str]:
    """Return the names of the rows of a panel, on as many lines as they need; none on a scale."""
    if not isinstance(ax.yaxis.get_major_locator(), FixedLocator):
        return []
    names = [label.get_text() for label in ax.get_yticklabels()]
    return [_wrapped(name, _COLUMN // 2) for name in names] if any(map(_worded, names)) else []


def _worded(text: str) -> bool:
    return any(letter.isalpha() for letter in text) and "$" not in text


def _wrapped(words: str, letters: int) -> str:
    """Return words on as many lines as they need; a formula stays whole."""
    return words if "$" in words else textwrap.fill(words, max(letters, 8))


@contextmanager
def _named(fig: Figure) -> Generator[None]:
    """Write the names of lines beside them for a while, where there is room, and hide legends."""
    inside = {one: [ax] for ax in fig.axes if (one := ax.get_legend())}
    outside, fig.legends = fig.legends, []
    width, height = fig.get_size_inches()
    written: list[Text] = []
    for legend in inside:
        legend.set_visible(False)
    with mpl.rc_context(_STYLE):
        fig.draw_without_rendering()
        kept = []
        for legend, panels in {**inside, **dict.fromkeys(outside, fig.axes)}.items():
            names = next(filter(None, (_beside(ax, legend) for ax in panels)), [])
            written += names
            kept += [] if names else [legend]
        if width <= _PHONE and kept:
            _below(fig, kept)
        elif kept:
            fig.legends = [legend for legend in kept if legend in outside]
            for legend in kept:
                legend.set_visible(True)
    yield
    for text in written:
        text.remove()
    for legend in inside:
        legend.set_visible(True)
    fig.legends = outside
    fig.set_size_inches(width, height)


def _beside(ax: Axes, legend: Legend) -> list[Text]:
    """Write what a legend says beside the lines of a panel; nothing if there is no room."""
    lines = {str(line.get_label()): line for line in ax.get_lines()}
    names = [text.get_text() for text in legend.get_texts()]
    drawn = [lines[name].get_linestyle() not in {"None", ""} for name in names if name in lines]
    if legend.get_title().get_text() or not all(drawn) or len(drawn) < len(names):
        return []
    unnamed = [line for line in ax.get_lines() if line.get_label() not in names]
    ways = [
        line.get_transform().transform(line.get_xydata())
        for line in [*(lines[name] for name in names), *unnamed]
    ]
    room, taken = ax.get_window_extent(), [text.get_window_extent() for text in ax.texts]
    texts = [
        ax.text(0, 0, name, color=lines[name].get_color(), fontsize=9.5, va="bottom")
        for name in names
    ]
    sizes = [text.get_window_extent().size for text in texts]
    places = place(ways, sizes, room.padded(-2).extents, [one.extents for one in taken])
    for text, corner in zip(texts, places or [], strict=False):
        text.set(position=ax.transAxes.inverted().transform(corner), transform=ax.transAxes)
        text.set_in_layout(False)
    if places is None:
        for text in texts:
            text.remove()
        return []
    return texts


def _below(fig: Figure, legends: Sequence[Legend]) -> None:
    """Say what legends say below a narrow figure, each name once, and make room for it."""
    told = {
        text.get_text(): handle
        for legend in legends
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
        if handle
    }
    columns = max(1, int(_COLUMN / (max(map(len, told)) + 6)))
    width, height = fig.get_size_inches()
    fig.set_size_inches(width, height + 0.2 * -(-len(told) // columns))
    title = next((text for one in legends if (text := one.get_title().get_text())), None)
    options = {"title": title, "loc": "outside lower center", "ncols": columns}
    fig.legend(list(told.values()), list(told), **options, **_LEGEND)


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
    """Draw one line for each curve, with its name when there is more than one.

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
        return ladder(data)
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


def ladder(data: Ladder, *, phone: bool = False) -> Figure:
    """Return one row a rung under the name of its world, the claim's range in a tint.

    Args:
        data: the rungs.
        phone: whether to draw it for a phone, with the words of a rung above its interval.
    """
    places, words, place = _rungs(data, phone=phone)
    width, row = (_PHONE, 0.17) if phone else (7.2, 0.21)
    fig, ax = figure(width=width, height=0.95 + row * -place)
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
    for y, text, heading in words:
        _beside_row(ax, y, text, heading=heading, phone=phone)
    ax.set(xlabel=data.xlabel, yticks=[], xlim=(left, right), ylim=(place + 0.4, 0.7))
    if phone:
        ax.set_xlabel(_wrapped(data.xlabel, _COLUMN))
        ax.spines.left.set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    if data.percent:
        ax.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.4g} %")
    shared_legend(fig, ax)
    return fig


def _rungs(
    data: Ladder, *, phone: bool
) -> tuple[list[float], list[tuple[float, str, bool]], float]:
    """Return heights of intervals, words with theirs and whether they head a world, the lowest."""
    places, words, place = [], [], 0.0
    for i, rung in enumerate(data.rungs):
        if i == 0 or rung.world != data.rungs[i - 1].world:
            place -= 0.25 * (i > 0)
            words.append((place, rung.world, True))
            place -= 1
        for row in textwrap.wrap(rung.label, _COLUMN + 8) if phone else [rung.label]:
            words.append((place, row, False))
            place -= phone
        places.append(place)
        place -= 1.3 if phone else 1
    return places, words, place


def _beside_row(ax: Axes, y: float, text: str, *, heading: bool, phone: bool) -> None:
    """Write the words of a row left of the axes, or on a phone into them."""
    ax.annotate(
        text,
        (0.0, y),
        xycoords=("axes fraction", "data"),
        xytext=(0 if phone else -5, 0),
        textcoords="offset points",
        ha="left" if phone else "right",
        va="center",
        weight="bold" if heading else "normal",
        color=LIGHT["ink" if heading else "muted"],
        fontsize=9.5 if heading else 8.5,
        bbox=_VEIL if phone else None,
        annotation_clip=False,
    )


def _around(rung: Rung) -> tuple[float, float, float]:
    """Return what of a rung has to be seen: of a wide interval no more than its estimate's size."""
    middle, low, high, _ = rung.effect
    reach = max(abs(middle), 0.1)
    return middle, max(low, middle - reach), min(high, middle + reach)
