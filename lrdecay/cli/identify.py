"""Which schedule wrote this log?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..tuning.identify import Identified
from ..tuning.identify import identify as find
from .logs import File, read
from .program import LOG, AsJson, Schema, app, as_json, fail

MOST_SHOWN = 5


@app.command(rich_help_panel=LOG)
def identify(
    log: File,
    *,
    group: Annotated[
        str | None, typer.Option(help="Parameter group of the log; the first by default.")
    ] = None,
    decimals: Annotated[
        int | None, typer.Option(min=0, max=20, help="With how many decimals rates were written.")
    ] = None,
    digits: Annotated[
        int | None, typer.Option(min=1, max=17, help="Or with how many significant digits.")
    ] = None,
    peak: Annotated[
        float | None, typer.Option(help="The highest rate, if known: 1 for a multiplier.")
    ] = None,
    updates: Annotated[
        int | None, typer.Option(help="The last step of the schedule, if known.")
    ] = None,
    at: Annotated[
        str, typer.Option(metavar="STEPS", help="Predict the rates there, such as 500,1000.")
    ] = "",
    json_: AsJson = False,
    _schema: Schema = False,
) -> None:
    """Name the schedules that may have written a log, best first.

    Examples: `lrdecay identify log.csv --json`, with columns step and lr ·
    `lrdecay identify console.txt --decimals 2 --at 90000,130000`
    """
    steps = _steps(at)
    found = read(log)
    try:
        said = find(
            found, group=group, decimals=decimals, digits=digits, peak=peak, total_steps=updates
        )
    except ValueError as error:
        fail(str(error).replace("total_steps", "--updates"))
    if json_:
        typer.echo(as_json("identify", **said.told(steps)))
    else:
        _show(said, steps)


def _steps(words: str) -> list[int]:
    try:
        found = [int(word.replace("_", "")) for word in words.split(",") if word.strip()]
    except ValueError:
        fail(f"--at must be whole steps with commas between them, got {words:.60}")
    if any(not 0 <= step < 2**53 for step in found):
        fail(f"--at must be steps from 0 to below 2**53, got {words:.60}")
    return found


def _show(said: Identified, steps: list[int]) -> None:
    fitting = [one for one in said if one.fits]
    shown = (fitting or list(said))[:MOST_SHOWN]
    table = Table("family", "misses by", "code", *(f"at {step:,}" for step in steps),
                  box=None, pad_edge=False)  # fmt: skip
    for one in shown:
        rates = [f"{rate:.6g}" for rate in (one.predict(steps) if steps else ())]
        table.add_row(one.family, f"{one.residual:.2g}", one.code, *rates)
    Console().print(table)
    typer.echo(f"Rates are read as rounded to {said.rounding}; up to 1 half a unit it fits.")
    for words in shown[0].undecided:
        typer.echo(f"Not decided: {words}.")
    for words in said.notes:
        typer.echo(f"Note: {words}.")
