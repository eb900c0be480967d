"""The command line. The only importer of typer."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from .heuristics.citing import cite as citation
from .heuristics.citing import home
from .heuristics.running import JUDGED, compare, judged, recorded, run_all

app = typer.Typer(
    help="Learning-rate decay, where every rule can be run.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """What `cite` prints."""

    text = "text"
    bibtex = "bibtex"
    url = "url"
    json = "json"


@app.command()
def verify(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Such as H001. All by default.")
    ] = None,
    *,
    disjoint: Annotated[
        bool, typer.Option("--disjoint", help="Use as many other seeds; compare the verdict alone.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    store: Annotated[
        Path | None, typer.Option(help="A folder that keeps results, so that a stop loses none.")
    ] = None,
) -> None:
    """Run rules again and compare with what the site printed.

    "same": every number. "within the interval": the verdict, and each estimate lies in the interval
    that was printed, as on another processor. "changed" otherwise; then the exit status is 1.
    """
    chosen = [id_.upper() for id_ in ids or []] if bool(ids) else list(JUDGED)
    try:
        for id_ in chosen:
            judged(id_)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="ID") from None
    # Spawned: what a fork shares with threads of this process is no business of an experiment.
    with ProcessPoolExecutor(min(workers, len(chosen)), get_context("spawn")) as executor:
        seeds = "disjoint" if disjoint else None
        found = run_all(chosen, seeds=seeds, executor=executor, store=store, progress=True)
    table = Table("rule", "verdict", "printed", "result", box=None, pad_edge=False)
    changed = 0
    for id_, evidence in found.items():
        printed = recorded().get(id_)
        outcome = compare(id_, evidence)
        if disjoint:
            same = printed is not None and printed.verdict == evidence.verdict
            outcome = "same" if same else "changed"
        changed += outcome == "changed"
        before = "nothing" if printed is None else str(printed.verdict)
        table.add_row(id_, str(evidence.verdict), before, outcome)
    Console().print(table)
    if changed:
        Console(stderr=True).print(f"{changed} of {len(found)} rules changed.")
        raise typer.Exit(1)


@app.command()
def cite(
    id: Annotated[str, typer.Argument(metavar="ID", help="Such as H001.")],  # noqa: A002
    *,
    format: Annotated[Format, typer.Option("--format", "-f", help="What to print.")] = Format.text,  # noqa: A002
    site: Annotated[
        str | None, typer.Option(help="Address of the site, where the package names none.")
    ] = None,
) -> None:
    """Print the citation of a rule. Needs no network."""
    try:
        typer.echo(citation(id.upper(), format.value, home() if site is None else site))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="ID") from None


def main() -> None:
    """Run the command line."""
    app()
