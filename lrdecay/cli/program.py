"""The program, and how it says that something is wrong."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from ..release import version as release

FOUND, FAILED = 1, 2  # exit statuses, as `--help` says; a signal's is the shell's 128 and more

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # joins the lines of a paragraph
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"lrdecay {release()}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it, and nothing."),
    ] = False,
) -> None:
    """Learning-rate decay, where every rule can be run.

    Exit status: 0 if all went well, 1 if `verify` found a changed rule, 2 if the input was wrong or
    it could not be done.
    """


def fail(sentence: str) -> NoReturn:
    """Say it, and end."""
    typer.echo(f"lrdecay: {sentence}", err=True)
    raise typer.Exit(FAILED)
