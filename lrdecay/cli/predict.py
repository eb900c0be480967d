"""The loss that a law expects."""

from __future__ import annotations

from math import isnan
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..tuning.predict import predict as expect
from .logs import read
from .program import CHOICE, AsJson, Schema, app, as_json, fail
from .schedules import Updates, Words, curves


@app.command(rich_help_panel=CHOICE)
def predict(
    schedules: Words,
    *,
    updates: Updates = None,
    law: Annotated[
        str | None, typer.Option(help="A published fit: 25M, 100M (the default) or 400M.")
    ] = None,
    fit: Annotated[
        str | None, typer.Option(metavar="LOG", help="Fit the law to a run of yours instead.")
    ] = None,
    json_: AsJson = False,
    _schema: Schema = False,
) -> None:
    """Say which loss a law of pretraining expects of schedules, side by side.

    Example: `lrdecay predict "warmup_cosine(3e-4, 24000, 2160)" "WSD(3e-4, 24000, 8000, 2160)"`
    """
    named, total = curves(schedules, updates)
    try:
        log = None if fit is None else read(fit)
        found = expect({name: one.schedule for name, one in named.items()}, total, law=law, log=log)
    except (ModuleNotFoundError, ValueError) as error:
        fail(str(error))
    warnings = [*(() if log is None else log.notes), *found.warnings]
    if json_:
        told = [
            {
                "schedule": one.name,
                "final_loss": _number(one.final_loss),
                "steps": one.steps.tolist(),
                "losses": [_number(loss) for loss in one.losses.tolist()],
            }
            for one in found.predictions
        ]
        about = {"law": repr(found.law), "domain": found.domain.what, "warnings": warnings}
        about["total_steps"] = found.total_steps
        typer.echo(as_json("predict", predictions=told, **about))
        return
    table = Table("schedule", "final loss", "above the lowest", box=None, pad_edge=False)
    least = found.predictions[0].final_loss
    digits = 4 if log is None else 3  # the fourth of a fit depends on the machine's arithmetic
    for one in found.predictions:
        both = (one.final_loss, one.final_loss - least)
        table.add_row(one.name, *("none" if isnan(loss) else f"{loss:.{digits}f}" for loss in both))
    Console().print(table)
    typer.echo(f"After {total:,} updates, by a law fitted to {found.domain.what}.")
    for words in warnings:
        typer.echo(f"Warning: {words}.")


def _number(loss: float) -> float | None:
    return None if isnan(loss) else loss
