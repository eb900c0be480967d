"""Figures: the same bytes every time, colours that can be read and swapped, nothing global."""

import hashlib
import json
import os
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from lrdecay import Cosine, CosineRestarts, Linear, ReduceOnPlateau, Step, plot
from lrdecay.charts import Dots, Ladder, Lines, Rung
from lrdecay.lab.stats import Interval, exact

HEX = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
SCHEMES = pytest.mark.parametrize("scheme", [plot.LIGHT, plot.DARK], ids=["light", "dark"])


def draw():
    """Return the SVG of a figure that uses every function of the module."""
    fig, (top, bottom) = plot.figure(2, 1, height=5.0)
    k = np.arange(40)
    named = {f"curve {i}": Step(1.0, 5 + i, 0.5)(k) for i in range(8)}
    plot.lines(top, k, named, xlabel="step k", ylabel="learning rate", log=True)
    plot.band(top, k, 0.1 + 0 * k, 0.2 + 0 * k, colour="violet")
    plot.intervals(bottom, ["a", "b"], [(1, 0, 2), (2, 1, 3)], xlabel="loss", label="series")
    plot.legend(bottom, loc="lower right")
    return plot.svg(fig)


def run(program, **environment):
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- bytes -------------------------------------------------------------------------------------


def test_same_bytes_twice_and_in_another_process_which_loads_no_pyplot():
    svg = draw()
    assert draw() == svg
    other = run(
        "import hashlib, json, sys\n"
        "from tests.core.test_plot import draw\n"
        "svg = draw()\n"
        "print(json.dumps([hashlib.sha256(svg.encode()).hexdigest(),"
        " 'matplotlib.pyplot' in sys.modules]))",
        PYTHONHASHSEED="7",
        TZ="Asia/Kathmandu",
        LC_ALL="C",
    )
    assert other == [hashlib.sha256(svg.encode()).hexdigest(), False]


def test_svg_says_nothing_of_when_or_where_and_keeps_text_as_text():
    svg = draw()
    assert svg.startswith("<svg")
    assert "<dc:date>" not in svg
    assert mpl.__version__ not in svg
    for words in ("learning rate", "curve 7", "loss"):
        assert f">{words}</text>" in svg
    assert "system-ui" in svg


def test_every_colour_can_be_swapped_for_the_dark_scheme():
    used = set(map(str.lower, HEX.findall(draw())))
    assert used
    assert used <= set(plot.LIGHT.values())


def test_drawing_leaves_matplotlib_as_it_was():
    before = dict(mpl.rcParams)
    draw()
    assert dict(mpl.rcParams) == before


# --- colours -----------------------------------------------------------------------------------


def luminance(colour):
    """Return the relative luminance that WCAG 2.2 defines."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_schemes_have_the_same_roles_and_no_colour_twice():
    assert plot.LIGHT.keys() == plot.DARK.keys()
    for scheme in (plot.LIGHT, plot.DARK):
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in scheme.values())
        assert len(set(scheme.values())) == len(scheme)
    assert set(plot.LINES) <= plot.LIGHT.keys()


@SCHEMES
def test_text_and_lines_stand_out_from_the_paper(scheme):
    for role in ("ink", "muted"):
        assert contrast(scheme[role], scheme["paper"]) >= 4.5, role
    for role in plot.LINES:
        assert contrast(scheme[role], scheme["paper"]) >= 3, role
    # Lines and dots are drawn on the areas of the two classes too.
    for area in ("cool", "warm"):
        assert contrast(scheme["ink"], scheme[area]) >= 4.5, area


def test_no_two_lines_share_colour_and_dash_and_none_is_told_by_colour_alone_for_long():
    styles = list(zip(plot.LINES, plot.DASHES, strict=True))
    assert len(set(styles)) == len(plot.LINES) == 6
    assert len(set(plot.DASHES)) >= 5


# --- what is drawn -----------------------------------------------------------------------------


def test_schedules_draws_what_the_schedules_say():
    named = {"cosine": Cosine(1.0, 20), "restarts": CosineRestarts(0.5, 5)}
    (ax,) = plot.schedules(named, 20).axes
    assert [line.get_label() for line in ax.get_lines()] == list(named)
    for line, schedule in zip(ax.get_lines(), named.values(), strict=True):
        k, rates = np.array(line.get_data())
        assert (k[0], k[-1]) == (0, 20)
        assert np.isin(np.arange(21), k).all()
        assert np.array_equal(rates, schedule(k))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step k", "learning rate")
    assert ax.get_legend_handles_labels()[1] == list(named)
    assert ax.get_legend() is not None
    assert ax.get_ylim()[0] == 0
    assert plot.schedules(named, 20, log=True).axes[0].get_yscale() == "log"


def test_one_curve_needs_no_legend():
    assert plot.schedules({"linear": Linear(1.0, 5)}, 5).axes[0].get_legend() is None


def test_no_curve_is_left_out_however_many():
    named = {str(i): Linear(1.0, i) for i in range(1, 60)}
    assert len(plot.schedules(named, 5).axes[0].get_lines()) == 59


def test_a_rule_is_drawn_over_the_metrics_it_follows():
    rule = ReduceOnPlateau(1.0, patience=0).after_warmup(3)
    metrics = (value for value in [3.0, 3.0, 3.0, 3.0])
    (ax,) = plot.schedules({"rule": rule, "cosine": Cosine(1.0, 8)}, 8, metrics=metrics).axes
    k, rates = np.array(ax.get_lines()[0].get_data())
    at = k == np.floor(k)
    # Two updates a metric; the first metric after the warmup is the second, and the best.
    assert rates[at] == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 0.1, 0.1, 0.01])
    assert rates[~at] == pytest.approx(np.repeat(rates[at][:-1], 7))


@pytest.mark.parametrize("bad", [None, [], [1.0] * 3])
def test_a_rule_without_metrics_that_fit_is_refused(bad):
    words = re.escape("metrics must be as many numbers as divide total_steps = 8, to draw 'rule'")
    with pytest.raises(ValueError, match=words):
        plot.schedules({"rule": ReduceOnPlateau(1.0)}, 8, metrics=bad)


@pytest.mark.parametrize("bad", [0, -1, 2.5, True, "9", None])
def test_bad_length_is_named(bad):
    with pytest.raises(ValueError, match=f"total_steps must be a whole number >= 1.*got {bad!r}"):
        plot.schedules({"linear": Linear(1.0, 5)}, bad)


def test_intervals_run_from_the_first_row_down():
    _, ax = plot.figure()
    plot.intervals(ax, ["first", "second"], [(1, 0, 3), (2, 1, 4)], xlabel="loss")
    (dots,) = ax.get_lines()
    x, y = np.array(dots.get_data())
    assert x.tolist() == [1, 2]
    assert y[0] > y[1]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    (bars,) = ax.collections
    assert [tuple(path[:, 0]) for path in bars.get_segments()] == [(0, 3), (1, 4)]


WORDS = {"xlabel": "loss", "alt": "Dots.", "caption": "They differ."}


@pytest.mark.parametrize("reference", [None, 0.0, 2.5])
def test_effects_are_drawn_beside_the_line_that_they_are_compared_with(reference):
    rows = {label: (exact(i + 1.0, 9), exact(i + 2.0, 9)) for i, label in enumerate("ab")}
    (ax,) = plot.chart(Dots(("one", "two"), rows, reference=reference, **WORDS)).axes
    series, lines = ax.get_lines()[:2], ax.get_lines()[2:]
    assert [np.array(dots.get_xdata()).tolist() for dots in series] == [[1, 2], [2, 3]]
    assert [dots.get_label() for dots in series] == ["a", "b"]
    assert (np.array(series[0].get_ydata()) > np.array(series[1].get_ydata())).all()
    assert [line.get_xdata() for line in lines] == [[reference] * 2] * (reference is not None)
    assert (ax.get_xlabel(), ax.get_xscale()) == ("loss", "linear")


@pytest.mark.parametrize("log", ["", "x", "y", "xy"])
def test_curves_are_drawn_with_their_bands(log):
    x, curves = (1.0, 2.0, 4.0), {"a": (1.0, 2.0, 3.0), "b": (3.0, 2.0, 1.0)}
    bands = {"b": ((2.0, 1.0, 0.5), (4.0, 3.0, 2.0))}
    (ax,) = plot.chart(Lines(x, curves, ylabel="rate", bands=bands, log=log, **WORDS)).axes
    for line, (label, y) in zip(ax.get_lines(), curves.items(), strict=True):
        assert (line.get_label(), *map(tuple, line.get_data())) == (label, x, y)
    (area,) = ax.collections
    corners = {tuple(corner) for corner in np.array(area.get_paths()[0].vertices).tolist()}
    assert corners == {*zip(x, bands["b"][0], strict=True), *zip(x, bands["b"][1], strict=True)}
    assert area.get_facecolor()[0, :3].tolist() == list(
        mpl.colors.to_rgb(plot.LIGHT[plot.LINES[1]])
    )
    assert (ax.get_xscale(), ax.get_yscale()) == tuple(
        "log" if axis in log else "linear" for axis in "xy"
    )


def test_a_ladder_names_its_worlds_in_colours_that_a_scheme_knows():
    # Black is in no scheme: the dark one would print it on black.
    rungs = tuple(
        Rung(world, "a", Interval(0.1, low, 0.2, 9), outcome)
        for world, low, outcome in (
            ("published runs", 0.05, "supports"),
            ("our trials", -0.05, "undecided"),
            ("noisy quadratics", -0.3, "contradicts"),
        )
    )
    data = Ladder(rungs, (0.02, float("inf")), "share", "alt", "caption")
    text = plot.svg(plot.chart(data))
    for word in ("published runs", "our trials", "noisy quadratics", "supports", "undecided"):
        (before,) = re.findall(rf"<text ([^>]*)>{word}</text>", text)
        assert plot.LIGHT["ink"] in before
