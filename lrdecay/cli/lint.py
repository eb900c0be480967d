"""Is this schedule what you meant?"""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..plateau import Fold
from ..tuning.lint import Finding
from ..tuning.lint import lint as find
from .program import FOUND, LOG, AsJson, Schema, app, as_json, fail
from .schedules import Words, one, several


@app.command(rich_help_panel=LOG)
def lint(
    schedule: Words,
    *,
    updates: Annotated[
        int | None,
        typer.Option(min=1, help="Of the run, or give epochs; else as many as it was made for."),
    ] = None,
    epochs: Annotated[float | None, typer.Option(help="With the two sizes.")] = None,
    dataset_size: Annotated[int | None, typer.Option(min=1, help="Examples in an epoch.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Of one process.")] = None,
    accumulation: Annotated[int, typer.Option(min=1, help="Forward passes an update.")] = 1,
    world_size: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    optimizer_lr: Annotated[
        float | None, typer.Option(help="The rate that the optimizer was made with.")
    ] = None,
    noise: Annotated[
        float | None, typer.Option(help="Of the metric, for a rule that follows one.")
    ] = None,
    fall: Annotated[float | None, typer.Option(help="Of the metric in the run.")] = None,
    resumed: Annotated[
        str | None, typer.Option(metavar="SCHEDULE", help="After a resume, in one word.")
    ] = None,
    at: Annotated[int | None, typer.Option(min=0, help="The step of the resume.")] = None,
    json_: AsJson = False,
    _schema: Schema = False,
) -> None:
    """Look at a schedule in its run for what was probably not meant.

    Examples: `lrdecay lint schedule.json --updates 1000 --json` ·
    `lrdecay lint torch.CosineAnnealingLR lr=0.1 T_max=90 --epochs 90 --dataset-size 50000
    --batch-size 128` · `lrdecay lint --updates 1000 schedules/*.json` · `lrdecay lint log.csv`

    Exit status: 0 without errors and warnings, 1 with, 2 if the input was wrong.
    """
    after = None if resumed is None else one([resumed])
    if isinstance(after, Fold):
        fail("--resumed follows a metric, and has no rates without one")
    all_made = several(schedule)
    if json_ and len(all_made) > 1:
        fail(f"--json takes one schedule, got {len(all_made)}")
    found = {}
    for name, made in all_made.items():
        try:
            found[name] = find(
                made,
                updates,
                epochs=epochs,
                dataset_size=dataset_size,
                batch_size=batch_size,
                accumulation=accumulation,
                world_size=world_size,
                base_lr=optimizer_lr,
                noise=noise,
                fall=fall,
                resumed=after,
                at=at,
            )
        except ValueError as error:
            where = f"{name:.200}: " if len(all_made) > 1 else ""
            fail(where + _as_flags(str(error)))
    for name, each in found.items():
        if len(found) > 1:
            typer.echo(name)
        report(each, json_=json_)
    if any(one.severity != "info" for each in found.values() for one in each):
        raise typer.Exit(FOUND)


def report(found: tuple[Finding, ...], *, json_: bool) -> None:
    """Print the findings of a schedule."""
    if json_:
        typer.echo(as_json("lint", findings=[one._asdict() for one in found]))
    elif found:
        table = Table("code", "", "step", "what", "what to do", "costs", box=None, pad_edge=False)
        for each in found:
            step = "" if each.step is None else f"{each.step:,}"
            table.add_row(each.code, each.severity, step, each.message, each.fix, each.rule or "")
        Console().print(table)
    else:
        typer.echo("Nothing to say: the schedule fits the run.")


def _as_flags(sentence: str) -> str:
    """Return an error in the words that the user wrote: flags in place of arguments."""
    flags = {"total_steps": "--updates", "base_lr": "--optimizer-lr"}
    names = ("noise", "fall", "at", "epochs", "dataset_size", "batch_size", "resumed")
    flags |= {name: f"--{name.replace('_', '-')}" for name in names}
    return re.sub(r"\w+(?! most| least)", lambda word: flags.get(word[0], word[0]), sentence)
