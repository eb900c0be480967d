"""Draws the cards that a link shows where it is shared: one of each rule, one of the site."""

from __future__ import annotations

import io
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from .files import digest, installed, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .files import Project

WIDTH, HEIGHT, MARGIN = 1200, 630, 80  # pixels, as previews expect
PLACE = "assets/cards"
COLOURS = {"Yes": "green", "Mostly yes": "green", "Depends": "orange"}
COLOURS |= {"Mostly no": "pink", "No": "pink"}  # as the site has them


def files(project: Project, rules: Iterable[dict[str, Any]]) -> dict[str, str | bytes]:
    """Return the cards by their place in `build/docs/`; none for a project without rules."""
    said = {rule["id"].lower(): (f"lrdecay · {rule['id']}", *rule["card"]) for rule in rules}
    if said:
        told = f"{len(said)} questions about learning rates, answered by runs and sources."
        said["site"] = ("lrdecay", "Learning-rate decay, where every rule can be run", "", told)
    common = digest([("with", installed()), ("drawn by", Path(__file__).read_bytes())])
    made: dict[str, str | bytes] = {}
    for name, words in said.items():
        path = project.cache / "cards" / f"{digest([(common, repr(words))])}.png"
        if not path.is_file():
            write(path, draw(*words))
        made[f"{PLACE}/{name}.png"] = path.read_bytes()
    return made


def draw(head: str, title: str, answer: str, more: str) -> bytes:
    """Return a card as PNG: the same bytes for the same words. A test sees that all of them fit."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from PIL import Image

    from lrdecay import Cosine
    from lrdecay.plot import LIGHT

    canvas = FigureCanvasAgg(Figure((WIDTH / 100, HEIGHT / 100), 100, facecolor=LIGHT["paper"]))
    top = 34.0
    for words, size, colour, letters in (
        (head, 22, "muted", 60),
        (title, 38 if len(title) < 85 else 33, "ink", 31 if len(title) < 85 else 37),
        (answer, 34, COLOURS.get(answer, "blue"), 40),
        (more, 20, "ink", 71),
    ):
        font = FontProperties(
            family="DejaVu Sans", size=size, weight="bold" if size > 30 else "normal"
        )
        for row in [row for line in words.split("\n") for row in wrap(line, letters)]:
            top += 1.6 * size
            place = MARGIN / WIDTH, 1 - top / HEIGHT
            canvas.figure.text(*place, row, font=font, color=LIGHT[colour], parse_math=False)
        top += 18
    curve = Cosine(1.0, 100)(range(101))
    axes = canvas.figure.add_axes((0, 0, 1, 0.12), frameon=False, xmargin=0, ylim=(0, 1.1))
    axes.fill_between(range(101), curve, color=LIGHT["cool"], linewidth=0)
    axes.plot(curve, color=LIGHT["blue"], linewidth=4)
    canvas.draw()
    image = Image.frombuffer("RGBA", (WIDTH, HEIGHT), canvas.buffer_rgba()).convert("RGB")
    out = io.BytesIO()
    image.quantize(32, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
