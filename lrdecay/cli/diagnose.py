"""What a loss curve asks for."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..tuning.diagnose import diagnose as find
from .logs import File, read
from .program import LOG, AsJson, Schema, app, as_json, fail


@app.command(rich_help_panel=LOG)
def diagnose(
    log: File,
    *,
    updates: Annotated[
        int | None, typer.Option(min=1, help="How long the run was to be, as the log counts.")
    ] = None,
    json_: AsJson = False,
    _schema: Schema = False,
) -> None:
    """Say what a loss curve asks for, how sure that is, and which cheap test would decide.

    Example: `lrdecay diagnose log.csv --updates 10000`, with columns step and loss, and val_loss
    and lr if there are any. Without rates less can be told.
    """
    found = read(log)
    try:
        said = find(found, total_steps=updates)
    except ValueError as error:
        fail(str(error))
    if json_:
        symptoms = [one._asdict() for one in said.symptoms]
        typer.echo(as_json("diagnose", points=said.points, symptoms=symptoms, notes=found.notes))
        return
    table = Table("symptom", "confidence", "seen", box=None, pad_edge=False)
    for one in said.symptoms:
        table.add_row(one.name, f"{one.confidence:.0%}", one.evidence)
    Console().print(table)
    first = said.symptoms[0]
    typer.echo(f"To decide: {first.test}.")
    typer.echo("What to do: " + ", ".join(f"lrdecay cite {rule}" for rule in first.heuristics))
    for words in found.notes:
        typer.echo(f"Note: {words}.")
