"""What a range test suggests."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from ..tuning.find import find as suggest
from ..tuning.find import points
from .logs import File, read
from .program import LOG, AsJson, Schema, app, as_json, fail


@app.command(rich_help_panel=LOG)
def find(log: File, *, json_: AsJson = False, _schema: Schema = False) -> None:
    """Read a range test (learning-rate finder) and say what its rules suggest for the peak.

    Example: `lrdecay find range-test.csv`, with columns step, lr and loss
    """
    found = read(log)
    try:
        said = suggest(*points(found))
    except ValueError as error:
        fail(str(error))
    warnings = [*found.notes, *said.warnings]
    if json_:
        rules = {name: one._asdict() for name, one in said.suggestions.items()}
        about = {"diverges_at": said.diverges_at, "warnings": warnings}
        typer.echo(as_json("find", suggestions=rules, **about))
        return
    table = Table("rule", "peak", "90 % interval", box=None, pad_edge=False)
    for name, one in said.suggestions.items():
        table.add_row(name, f"{one.rate:.3g}", f"{one.low:.3g} to {one.high:.3g}")
    Console().print(table)
    at = said.diverges_at
    typer.echo("It never diverged." if at is None else f"It diverges from {at:.3g} on.")
    for words in warnings:
        typer.echo(f"Warning: {words}.")
    typer.echo("How often such a test is right: lrdecay cite H025.")
