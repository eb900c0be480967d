"""LaTeX -> MathML Core, in finished HTML."""

from __future__ import annotations

import html
import re

from math_core import LatexError, LatexToMathML

from .project import BuildError

# What pymdownx.arithmatex marks in generic mode.
MARKED = re.compile(
    r'(?P<open><(?P<tag>span|div) class="arithmatex">)\s*'
    r"(?:\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\])\s*(?P<close></(?P=tag)>)",
    re.DOTALL,
)
_CONVERTER = LatexToMathML(fancy_error=False)


def formula(latex: str, *, display: bool) -> str:
    """Return one formula as MathML.

    Raises:
        BuildError: if it does not parse.
    """
    if not latex.strip():
        raise BuildError("an empty formula")
    try:
        return _CONVERTER.convert_with_local_state(latex, displaystyle=display)
    except LatexError as error:
        at, _, reason = str(error).partition(": ")
        shown = " ".join(latex.split())
        raise BuildError(f"formula {shown!r}, at character {at}: {reason}") from None


def convert(content: str) -> str:
    """Return HTML with every marked formula as MathML.

    Raises:
        BuildError: if a formula does not parse, or its marks were lost on the way.
    """

    def one(found: re.Match[str]) -> str:
        display = found["display"] is not None
        latex = html.unescape(found["display"] if display else found["inline"]).strip()
        return f"{found['open']}{formula(latex, display=display)}{found['close']}"

    return MARKED.sub(one, content)
