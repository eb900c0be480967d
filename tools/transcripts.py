"""Writes what commands say of a log of each kind into their pages: `python -m tools.transcripts`.

The logs are those of tools/logs.py; that pages still print what the commands do is tested with all
other blocks.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from contextlib import chdir
from pathlib import Path
from textwrap import indent

from typer.testing import CliRunner

from lrdecay.cli import app

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"
TITLE = '??? example "On a log of each kind"'
WIDTH = "84"  # four less than other blocks, for these stand further in
LOGS = (
    "log.csv",
    "log.jsonl",
    "trainer_state.json",
    "metrics.csv",
    "training.csv",
    "events.out.tfevents.0",
    "nanogpt.txt",
    "nanochat.txt",
    "main.log",
    "modded-nanogpt.txt",
    "torchtitan.txt",
    "timm.txt",
)
PAGES = {
    "identify.md": ["lrdecay identify {}"],
    "diagnose.md": ["lrdecay diagnose {}"],
    "lint/index.md": ["lrdecay lint {}"],
    "logs/index.md": ["lrdecay show {}"],
    "command-line.md": [
        "lrdecay find {}",
        'lrdecay predict "Linear(1e-2, 200)" --fit {}',
    ],
}


def said(command: str) -> str:
    """Return what a command prints, as a page shows it."""
    _, *words = shlex.split(command)
    done = CliRunner().invoke(app, words, env={"COLUMNS": WIDTH})
    text = done.stdout or done.stderr
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def block(command: str) -> str:
    """Return the folded block of a command: its calls, and what they print."""
    logs = [*LOGS, "range-test.csv"] if "find" in command else LOGS
    calls = [command.format(f"logs/{name}") for name in logs]
    shown = "\n".join(f"$ {call}\n{said(call)}" for call in calls)
    about = "[What each file is](logs/index.md#kinds)."
    return f"{TITLE}\n\n" + indent(f"{about}\n\n```console\n{shown}\n```", "    ")


def renewed(page: Path, commands: Iterable[str]) -> str:
    """Return the text of a page with its blocks made anew, which come in this order."""
    with chdir(HOW_TO):
        blocks = [block(command) for command in commands]
    up = "../" * (len(page.relative_to(HOW_TO).parts) - 1)
    old = rf"^{re.escape(TITLE)}\n(?:(?:    .*)?\n)*"
    first, *others = re.split(old, page.read_text("utf-8"), flags=re.MULTILINE)
    made = [one.replace("(logs/", f"({up}logs/") for one in blocks]
    pairs = zip(made, others, strict=True)
    return first + "".join(f"{new}\n\n{text}" for new, text in pairs)


def main() -> None:
    """Renew the pages."""
    for name, commands in PAGES.items():
        page = HOW_TO / name
        page.write_text(renewed(page, commands).rstrip("\n") + "\n", "utf-8")


if __name__ == "__main__":
    main()
