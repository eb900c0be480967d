"""Trials: trained, and collected into the package."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..lab import trials as lab_trials
from ..lab.sweep.workers import processes
from .program import RULE, app, fail


@app.command(rich_help_panel=RULE)
def trials(
    pieces: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PIECE]...", help='Such as digits-300, or "all" without a card.'),
    ] = None,
    *,
    store: Annotated[
        str,
        typer.Option(
            metavar="FOLDER",
            help="Where results are kept, so that a stop loses little.",
            envvar="LRDECAY_STORE",
        ),
    ] = "trials-store",
    data: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Where the data are.", envvar="LRDECAY_DATA"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, of one thread each.")] = 2,
    device: Annotated[
        str, typer.Option(help='"cuda" to train on a card what PyTorch trains.')
    ] = "",
    collect: Annotated[
        bool, typer.Option("--collect", help="Write the files of the package from the store.")
    ] = False,
) -> None:
    """Train real networks on real data, or go on with it; without a name, list what there is.

    With `--device cuda` and no name it trains the piece that was made for a card.

    Example: `lrdecay trials digits-300 --workers 2`
    """
    known = lab_trials.PIECES
    cards = [name for name, piece in known.items() if piece.device == "cuda"]
    chosen = pieces or (cards if device == "cuda" and not collect else [])
    chosen = [each for each in known if each not in cards] if chosen == ["all"] else chosen
    for name in chosen:
        if name not in known:
            near = get_close_matches(name, known)
            hint = f"did you mean {' or '.join(near)}?" if near else f"try {' or '.join(known)}"
            fail(f"there is no piece {name!r:.200}; {hint}")
    try:
        with lab_trials.workers(data):
            for number, name in enumerate(chosen, 1):
                minutes = lab_trials.cost(known[name]) / 60 / workers
                words = f"{name}, {number} of {len(chosen)}: about {minutes:.1f} minutes in all"
                typer.echo(words, err=True)
                with processes(workers) as executor:
                    lab_trials.run(
                        name, store=store, executor=executor, progress=True, device=device
                    )
            if collect:
                for path in lab_trials.write(store=store):
                    typer.echo(path)
            elif not chosen:
                _list_trials(store, workers)
    except (BrokenExecutor, ModuleNotFoundError, ValueError) as error:
        fail(str(error))


def _list_trials(store: str, workers: int) -> None:
    """Print every piece, what is in the store of it, and what it takes."""
    table = Table("piece", "arms", "state", "minutes", box=None, pad_edge=False)
    for name, piece in lab_trials.PIECES.items():
        state = lab_trials.state(name, store=store)
        word = "done" if state.finished else f"{state.cases} of at least {state.known} cases"
        minutes = f"{lab_trials.cost(piece) / 60 / workers:.1f}"
        card = " on a card" * (piece.device == "cuda")
        table.add_row(name, str(len(piece.arms)), word, minutes + card)
    Console().print(table)
