"""Draws the cards that a link shows where it is shared: one of each rule, one of the site."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from .files import BuildError, contents, digest, installed, write

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
        told = f"{len(said)} questions about learning rates, answered by runs that can be repeated."
        said["site"] = ("lrdecay", "Learning-rate decay, where every rule can be run", "", told)
    drawing = digest([("with", installed()), *contents(project.root / "site_builder")])
    made: dict[str, str | bytes] = {}
    for name, words in said.items():
        path = project.cache / "cards" / f"{digest([(drawing, repr(words))])}.png"
        if not path.is_file():
            write(path, draw(*words))
        made[f"{PLACE}/{name}.png"] = path.read_bytes()
    return made


def draw(head: str, title: str, answer: str, more: str) -> bytes:
    """Return a card as PNG: the same bytes for the same words.

    Raises:
        BuildError: if the words do not fit.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from PIL import Image

    from lrdecay import Cosine
    from lrdecay.plot import LIGHT

    figure = Figure((WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=LIGHT["paper"])
    canvas = FigureCanvasAgg(figure)
    measured = canvas.get_renderer().get_text_width_height_descent
    top = 40.0

    def put(words: str, lines: int, largest: int, colour: str, weight: str = "normal") -> None:
        """Write below what is there, as large as it may be in so many lines."""
        nonlocal top
        for size in range(largest, 11, -1):
            font = FontProperties("DejaVu Sans", size=size, weight=weight)
            rows: list[str] = []
            for line in words.split("\n"):
                rows.append("")
                for word in line.split():
                    longer = f"{rows[-1]} {word}".strip()
                    if measured(longer, font, ismath=False)[0] <= WIDTH - 2 * MARGIN:
                        rows[-1] = longer
                    else:
                        rows.append(word)
            if len(rows) <= lines and "" not in rows[1:]:
                break
        else:
            raise BuildError(f"a card has no room for {words!r}")
        for row in rows:
            top += 1.65 * size
            place = MARGIN / WIDTH, 1 - top / HEIGHT
            figure.text(*place, row, font=font, color=LIGHT[colour], parse_math=False)
        top += 22

    put(head, 1, 22, "muted")
    put(title, 3, 40, "ink", "bold")
    put(answer, 1, 34, COLOURS.get(answer, "blue"), "bold")
    put(more, 4, 23, "ink")
    curve = Cosine(1.0, 100)(range(101))
    axes = figure.add_axes((0, 0, 1, 0.12), frameon=False, xmargin=0, ylim=(0, 1.1))
    axes.fill_between(range(101), curve, color=LIGHT["cool"], linewidth=0)
    axes.plot(curve, color=LIGHT["blue"], linewidth=4)
    canvas.draw()
    image = Image.frombuffer("RGBA", (WIDTH, HEIGHT), canvas.buffer_rgba()).convert("RGB")
    out = io.BytesIO()
    image.quantize(32, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
