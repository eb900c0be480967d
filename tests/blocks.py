"""Runs the code blocks of a page and compares what they print with what the page says."""

import io
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from typer.testing import CliRunner

from lrdecay.cli import app

FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)\n"
    r"(?P<body>.*?)^(?P=indent)(?P=mark) *$",
    re.DOTALL | re.MULTILINE,
)
COMMAND = re.compile(r"^\$ (lrdecay (?:.*\\\n)*.*)\n?", re.MULTILINE)
LOSS = re.compile(r"\b\d+\.\d{3}\b")
WIDTH = 88  # of the terminal; what a page shows without a bar under it


def printed(page: Path, skip: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line of each block, what it printed, and what the page says that it prints.

    Blocks are of Python, or of `console`: `$ lrdecay ...` and below it what that printed, as it
    stands. They run in a folder of their own, which the blocks of a page share in order, beside a
    copy of the page's folder of logs if there is one, and those of Python share their names.

    Args:
        page: a page.
        skip: a regular expression of the marks of blocks that are left out: `no-run` never runs,
            `beside-torch` runs where torch and the libraries around it are.
    """
    text = page.read_text(encoding="utf-8")
    fences = list(FENCE.finditer(text))
    namespace: dict[str, object] = {}
    with TemporaryDirectory() as folder:
        for logs in (page.parent / "logs", page.parents[1] / "logs"):
            if logs.is_dir():
                # A copy, for blocks write into folders of that name too.
                shutil.copytree(logs, Path(folder, "logs"))
        for fence, after in zip_longest(fences, fences[1:]):
            line = text.count("\n", 0, fence.start()) + 1
            if fence["info"].strip() == "console":
                with chdir(folder):
                    found = list(_commands(dedent(fence["body"]), WIDTH - len(fence["indent"])))
                yield from ((line, got, shown) for got, shown in found)
            if "python" not in fence["info"] or re.search(skip, fence["info"]):
                continue
            out = io.StringIO()
            # Padded, so that a traceback names the line of the page.
            source = "\n" * line + fence["body"]
            with redirect_stdout(out), chdir(folder):
                exec(compile(source, str(page), "exec"), namespace)
            follows = after is not None and not text[fence.end() : after.start()].strip()
            told = after is not None and follows and after["info"].strip() == "text"
            yield line, out.getvalue().rstrip(), str(after["body"]).rstrip() if told else ""


def _commands(body: str, width: int) -> Iterator[tuple[str, str]]:
    """Yield what the commands of a transcript print, and what it says that they do."""
    _, *parts = COMMAND.split(body)
    for command, shown in zip(parts[::2], parts[1::2], strict=True):
        _, *words = shlex.split(command.replace("\\\n", ""))
        done = CliRunner().invoke(app, words, env={"COLUMNS": str(width)})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        said, told = _plain(done.stdout or done.stderr), _plain(shown)  # without progress
        yield (told if "--fit" in words and _near(said, told) else said), told


def _near(said: str, shown: str) -> bool:
    """Whether two texts differ in the third digit of their losses at most.

    Which numbers a fit ends at depends a little on the machine's arithmetic.
    """
    both = [re.findall(LOSS, text) for text in (said, shown)]
    same = re.sub(LOSS, "", said) == re.sub(LOSS, "", shown)
    return same and all(abs(float(a) - float(b)) < 1.5e-3 for a, b in zip(*both, strict=True))


def _plain(text: str) -> str:
    return "\n".join(map(str.rstrip, text.splitlines())).strip("\n")
