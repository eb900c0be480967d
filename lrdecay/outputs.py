"""What a notebook shows: figures, tables and numbers that have a name.

Each call returns an object that a notebook displays when it is the last expression of a cell. The
name and the words travel with the output, so that a page can embed exactly what the cell computed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from .checks import Allowed, check, checked, refuse

if TYPE_CHECKING:
    from .plot import Figure

Cell = str | float | int
_MOST_DIGITS = 17  # more are not in a float


def _name(value: Any) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
        raise ValueError
    return value


Name = Annotated[str, Allowed("lower-case letters and digits, with single hyphens between", _name)]


@dataclass(frozen=True)
class Output:
    """Something to display: its data by MIME type, and what is known about it."""

    data: Mapping[str, Any]
    about: Mapping[str, Any]

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return dict(self.data), {"lrdecay": dict(self.about)}


def figure(
    fig: Figure, name: str, *, alt: str, caption: str, phone: Figure | None = None
) -> Output:
    """Show a figure as SVG; pages show it narrower on a phone, and small in a list.

    Args:
        fig: a figure made by `lrdecay.plot`.
        name: by which pages embed it: lower-case letters, digits and hyphens.
        alt: what the figure shows, for someone who cannot see it.
        caption: what to notice in it.
        phone: the figure for a phone, where it is another drawing than `lrdecay.plot.narrow` makes.

    Raises:
        ValueError: if the name has another form, or `alt` or `caption` is empty.
    """
    from . import plot  # only here, so that tables and numbers need no matplotlib

    alt, caption = _words("alt", alt), _words("caption", caption)
    image = plot.svg(fig).replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)
    about = {"kind": "figure", "name": check("name", name, Name), "alt": alt, "caption": caption}
    about |= {"narrow": plot.narrow(phone or fig), "thumbnail": plot.thumbnail(fig)}
    return Output({"image/svg+xml": image, "text/plain": alt}, about)


@checked()
def table(
    name: Name, *, columns: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str
) -> Output:
    """Show a table; what starts with a digit is set to the right, floats with three digits.

    Args:
        name: by which pages embed it: lower-case letters, digits and hyphens.
        columns: the headings.
        rows: the cells of each row, the first of which names the row.
        caption: what the table says.

    Raises:
        ValueError: if a row is not as long as `columns`, or a name or caption has the wrong form.
    """
    about = {
        "kind": "table",
        "name": name,
        "caption": _words("caption", caption),
    }
    for row in rows:
        if len(row) != len(columns):
            raise refuse("rows", list(row), f"rows of {len(columns)} cells each")
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, row, range(len(row))))}</tr>" for row in rows)
    html = (
        f"<table>\n<caption>{escape(about['caption'])}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    )
    plain = "\n".join(" | ".join(map(text, row)) for row in [columns, *rows])
    return Output({"text/html": html, "text/plain": plain}, about)


def numbers(**values: Cell) -> Output:
    """Show named numbers, for use in the sentences of a page.

    Args:
        **values: name to number; a string is shown as it is, a float with three digits.

    Raises:
        ValueError: if a value is neither a finite number nor a string.
    """
    plain_values = {name: _plain(name, value) for name, value in values.items()}
    shown = {name: {"value": item, "text": text(item)} for name, item in plain_values.items()}
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(text(value))}</td></tr>'
        for name, value in values.items()
    )
    plain = json.dumps({name: item["text"] for name, item in shown.items()}, indent=1)
    data = {
        "application/json": shown,
        "text/html": f"<table>\n<tbody>\n{rows}\n</tbody>\n</table>",
        "text/plain": plain,
    }
    return Output(data, {"kind": "numbers"})


def text(value: Cell) -> str:
    """Return a value as pages print it.

    >>> text(0.0123456), text(1234.5), text(100), text("92 %")
    ('0.0123', '1234', '100', '92 %')
    """
    if not isinstance(value, (float, np.floating)):
        return str(value)
    # Three digits of a number in the thousands would print as 1.23e+03.
    return f"{value:.0f}" if 999.5 <= abs(value) < 1e6 else f"{value:.3g}"


@checked()
def interval(estimate: float, low: float, high: float, digits: int = 4) -> str:
    """Return an estimate with its interval.

    >>> interval(0.01234, 0.0101, 0.0149)
    '0.0123 [0.0101, 0.0149]'
    """
    if not 0 <= digits <= _MOST_DIGITS:
        raise refuse("digits", digits, f"from 0 to {_MOST_DIGITS}")
    return f"{estimate:.{int(digits)}f} [{low:.{int(digits)}f}, {high:.{int(digits)}f}]"


@checked()
def percent(estimate: float, low: float, high: float) -> str:
    """Return a share with its interval, in per cent.

    >>> percent(0.48, 0.41, 0.55)
    '48 % [41 %, 55 %]'
    """
    return f"{100 * estimate:.0f} % [{100 * low:.0f} %, {100 * high:.0f} %]"


def _cell(value: Cell, column: int) -> str:
    if column == 0:
        return f'<th scope="row">{escape(text(value))}</th>'
    shown = text(value)
    kind = ' class="number"' if re.match(r"[-+]?\d", shown) else ""
    return f"<td{kind}>{escape(shown)}</td>"


def _plain(name: str, value: Any) -> Cell:
    """Return what JSON can hold: NumPy's scalars as Python's, and no NaN."""
    item = value.item() if isinstance(value, np.generic) else value
    if not isinstance(item, (str, float, int)) or (
        isinstance(item, float) and not math.isfinite(item)
    ):
        raise refuse(name, value, "a finite number or a string")
    return item


def _words(argument: str, words: str) -> str:
    if not isinstance(words, str) or not words.strip():
        raise refuse(argument, words, "a sentence, not empty")
    return " ".join(words.split())
