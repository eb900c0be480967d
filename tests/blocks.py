"""Runs the code blocks of a page and compares what they print with what the page says."""

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import zip_longest
from pathlib import Path

FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)\n"
    r"(?P<body>.*?)^(?P=indent)(?P=mark) *$",
    re.DOTALL | re.MULTILINE,
)


def printed(page: Path, skip: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line of each Python block, what it printed, and what the page says that it prints.

    Args:
        page: a page; its blocks share their names and run in order.
        skip: a regular expression of the marks of blocks that are left out: `no-run` never runs,
            `beside-torch` runs where torch and the libraries around it are.
    """
    text = page.read_text(encoding="utf-8")
    fences = list(FENCE.finditer(text))
    namespace: dict[str, object] = {}
    for fence, after in zip_longest(fences, fences[1:]):
        if "python" not in fence["info"] or re.search(skip, fence["info"]):
            continue
        line = text.count("\n", 0, fence.start()) + 1
        out = io.StringIO()
        # Padded, so that a traceback names the line of the page.
        source = "\n" * line + fence["body"]
        with redirect_stdout(out):
            exec(compile(source, str(page), "exec"), namespace)
        follows = after is not None and not text[fence.end() : after.start()].strip()
        shown = str(after["body"]) if after and follows and after["info"].strip() == "text" else ""
        yield line, out.getvalue().rstrip(), shown.rstrip()
